// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// The records of the app registry and the views that nodes, apps and clients read. Names, order of
/// fields and numbers of the states are those of the Nova Platform's registry and never change.
interface INovaAppRegistry {
    enum AppStatus {
        ACTIVE,
        INACTIVE,
        REVOKED
    }

    enum VersionStatus {
        ENROLLED,
        DEPRECATED,
        REVOKED
    }

    enum InstanceStatus {
        ACTIVE,
        STOPPED,
        FAILED
    }

    struct App {
        uint256 id;
        address owner;
        bytes32 teeArch;
        address dappContract;
        string metadataUri;
        uint256 latestVersionId;
        uint256 createdAt;
        AppStatus status;
        address appWallet;
    }

    struct AppVersion {
        uint256 id;
        string versionName;
        bytes32 codeMeasurement;
        string imageUri;
        string auditUrl;
        string auditHash;
        string githubRunId;
        VersionStatus status;
        uint256 enrolledAt;
        address enrolledBy;
    }

    struct RuntimeInstance {
        uint256 id;
        uint256 appId;
        uint256 versionId;
        address operator;
        string instanceUrl;
        bytes teePubkey;
        address teeWalletAddress;
        bool zkVerified;
        InstanceStatus status;
        uint256 registeredAt;
    }

    /// Each of these answers a record of zeros when there is none.
    function getApp(uint256 appId) external view returns (App memory);
    function getVersion(uint256 appId, uint256 versionId) external view returns (AppVersion memory);
    function getInstance(uint256 instanceId) external view returns (RuntimeInstance memory);
    function getInstanceByWallet(address wallet) external view returns (RuntimeInstance memory);

    /// Ids of the version's instances that are ACTIVE, in no particular order.
    function getInstancesForVersion(
        uint256 appId,
        uint256 versionId
    ) external view returns (uint256[] memory);

    /// Wallets of the app's instances that are ACTIVE, in no particular order.
    function getActiveInstances(uint256 appId) external view returns (address[] memory);
}
