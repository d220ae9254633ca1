// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// What the app registry tells the KMS registry about instances of the KMS app.
interface IKMSRegistry {
    function kmsAppId() external view returns (uint256);
    function novaAppRegistry() external view returns (address);
    function addOperator(
        address teeWallet,
        uint256 appId,
        uint256 versionId,
        uint256 instanceId
    ) external;
    function removeOperator(
        address teeWallet,
        uint256 appId,
        uint256 versionId,
        uint256 instanceId
    ) external;
}
