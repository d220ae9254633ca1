// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// What an attestation must prove about an instance before its record says zkVerified.
struct Claim {
    uint256 chainId;
    address registry;
    uint256 appId;
    uint256 versionId;
    address teeWallet;
    bytes32 teePubkeyHash; // keccak256 of the bytes that are registered
    bytes32 codeMeasurement; // keccak256(PCR0 || PCR1 || PCR2)
    bytes32 instanceUrlHash; // keccak256 of the text that is registered
}

/// Decides whether a proof shows that an enclave of the named measurement made exactly this claim.
/// A view: it is reached by a static call and can change nothing.
interface IAttestationVerifier {
    /// True only when the proof is good. May revert as well; both keep the instance unverified.
    function verify(Claim calldata claim, bytes calldata proof) external view returns (bool);
}
