// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// EIP-191 signatures of secp256k1 keys, over text.
library Signatures {
    /// n/2 of secp256k1: an s above it has a twin below, so only the lower one is taken.
    uint256 private constant HALF_ORDER =
        0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// The signer of a text, or the zero address when the signature is not r || s || v with
    /// v of 0, 1, 27 or 28 (the precompile refuses others) and a low s.
    function signer(bytes memory text, bytes calldata signature) internal pure returns (address) {
        if (signature.length != 65) return address(0);
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (v < 27) v += 27;
        if (uint256(s) > HALF_ORDER) return address(0);
        bytes memory prefix = "\x19Ethereum Signed Message:\n";
        return ecrecover(keccak256(abi.encodePacked(prefix, decimal(text.length), text)), v, r, s);
    }

    /// 0x and 64 lower-case hex digits: what a signer that takes only text can sign.
    function hexText(bytes32 value) internal pure returns (bytes memory text) {
        bytes16 digits = "0123456789abcdef";
        text = new bytes(66);
        text[0] = "0";
        text[1] = "x";
        for (uint256 i = 0; i < 32; i++) {
            text[2 + 2 * i] = digits[uint8(value[i]) >> 4];
            text[3 + 2 * i] = digits[uint8(value[i]) & 15];
        }
    }

    /// Lengths below 1000, which is all that is signed here.
    function decimal(uint256 value) private pure returns (bytes memory) {
        bytes1 units = bytes1(uint8(48 + (value % 10)));
        bytes1 tens = bytes1(uint8(48 + ((value / 10) % 10)));
        bytes1 hundreds = bytes1(uint8(48 + ((value / 100) % 10)));
        if (value < 10) return abi.encodePacked(units);
        if (value < 100) return abi.encodePacked(tens, units);
        return abi.encodePacked(hundreds, tens, units);
    }
}
