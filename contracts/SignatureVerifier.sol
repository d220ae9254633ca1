// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Claim, IAttestationVerifier} from "./IAttestationVerifier.sol";
import {Signatures} from "./Signatures.sol";

/// Takes the word of one signer for a claim: for tests and private chains, where somebody who is
/// trusted reads the attestation document. A public deployment uses a verifier that checks a proof.
contract SignatureVerifier is IAttestationVerifier {
    address public immutable signer;

    error InvalidSigner();

    constructor(address signer_) {
        if (signer_ == address(0)) revert InvalidSigner();
        signer = signer_;
    }

    /// The proof is the signer's EIP-191 signature of the text of the claim.
    function verify(Claim calldata claim, bytes calldata proof) external view returns (bool) {
        return Signatures.signer(claimText(claim), proof) == signer;
    }

    /// `CofferAttest/1`, a line feed, keccak256 of the ABI-encoded claim as 0x hex.
    function claimText(Claim calldata claim) public pure returns (bytes memory) {
        return
            abi.encodePacked("CofferAttest/1\n", Signatures.hexText(keccak256(abi.encode(claim))));
    }
}
