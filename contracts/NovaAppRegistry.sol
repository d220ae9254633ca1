// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Claim, IAttestationVerifier} from "./IAttestationVerifier.sol";
import {IKMSRegistry} from "./IKMSRegistry.sol";
import {INovaAppRegistry} from "./INovaAppRegistry.sol";
import {Signatures} from "./Signatures.sol";

/// Which app runs which code in which enclaves.
///
/// An app belongs to its owner, who enrols versions (a code measurement each) and may end them. An
/// instance is one boot of one enclave: its wallet and key were made in it and are never used
/// again, so a stopped instance stays stopped, and a wallet registers once. Anybody may register an
/// instance whose attestation the verifier accepts; without an attestation only the owner may, and
/// the record says so. Nobody stands above the owners: the verifier is fixed, the KMS registry is
/// named once by whoever deployed this.
///
/// Outside calls: the verifier by static call; the KMS registry last, after all state is written.
contract NovaAppRegistry is INovaAppRegistry {
    /// What a registrant says about an instance; the wallet signs all of it.
    struct Registration {
        uint256 appId;
        uint256 versionId;
        address teeWallet;
        bytes teePubkey;
        string instanceUrl;
    }

    struct VersionText {
        string versionName;
        string imageUri;
        string auditUrl;
        string auditHash;
        string githubRunId;
    }

    /// Bytes of a text. Small, so that the records of an instance, its version and its app can be
    /// read within the 300,000 gas that existing nodes send with setMasterSecretHash.
    uint256 public constant MAX_TEXT = 256;

    /// SubjectPublicKeyInfo of an uncompressed P-384 point, up to and with the byte 04.
    bytes24 private constant SPKI_PREFIX = 0x3076301006072a8648ce3d020106052b8104002203620004;

    IAttestationVerifier public immutable verifier;
    address public immutable deployer;
    IKMSRegistry public kmsRegistry;
    uint256 public kmsAppId;
    uint256 public appCount;
    uint256 public instanceCount;

    mapping(uint256 appId => App) private apps;
    mapping(uint256 appId => address) public pendingAppOwner;
    mapping(uint256 appId => mapping(uint256 versionId => AppVersion)) private versions;
    mapping(uint256 appId => mapping(bytes32 measurement => uint256 versionId))
        public versionOfMeasurement;
    mapping(uint256 instanceId => RuntimeInstance) private instances;
    mapping(address wallet => uint256 instanceId) public instanceOfWallet;

    // What is ACTIVE, as lists; places are kept, so that removal costs the same however long one is.
    mapping(uint256 appId => address[]) private activeWallets;
    mapping(uint256 appId => mapping(uint256 versionId => uint256[])) private activeIds;
    mapping(uint256 instanceId => uint256) private placeInApp;
    mapping(uint256 instanceId => uint256) private placeInVersion;

    event KmsRegistrySet(address indexed kmsRegistry, uint256 indexed kmsAppId);
    event AppCreated(
        uint256 indexed appId,
        address indexed owner,
        bytes32 teeArch,
        address dappContract,
        string metadataUri
    );
    event AppStatusChanged(uint256 indexed appId, AppStatus status);
    event AppWalletSet(uint256 indexed appId, address indexed appWallet);
    event AppOwnerProposed(
        uint256 indexed appId,
        address indexed owner,
        address indexed pendingOwner
    );
    event AppOwnerChanged(uint256 indexed appId, address indexed from, address indexed to);
    event VersionEnrolled(
        uint256 indexed appId,
        uint256 indexed versionId,
        bytes32 indexed codeMeasurement,
        string versionName
    );
    event VersionStatusChanged(
        uint256 indexed appId,
        uint256 indexed versionId,
        VersionStatus status
    );
    event InstanceRegistered(
        uint256 indexed instanceId,
        uint256 indexed appId,
        address indexed teeWallet,
        uint256 versionId,
        address operator,
        string instanceUrl,
        bytes teePubkey
    );
    event InstanceVerified(uint256 indexed instanceId, address indexed teeWallet);
    event InstanceStatusChanged(
        uint256 indexed instanceId,
        address indexed teeWallet,
        InstanceStatus status
    );

    error InvalidVerifier();
    error InvalidKmsRegistry();
    error KmsRegistryAlreadySet();
    error KmsAppHasInstances();
    error NotDeployer();
    error NotAppOwner();
    error NotPendingOwner();
    error NotAllowed();
    error AppNotFound();
    error AppNotActive();
    error AppIsRevoked();
    error VersionNotFound();
    error VersionNotEnrolled();
    error InstanceNotFound();
    error InstanceNotActive();
    error StatusUnchanged();
    error InvalidStatus();
    error InvalidText();
    error InvalidMeasurement();
    error MeasurementAlreadyEnrolled();
    error InvalidWallet();
    error WalletAlreadyRegistered();
    error WalletNotProven();
    error InvalidTeePubkey();
    error InvalidProof();
    error AlreadyVerified();

    modifier onlyAppOwner(uint256 appId) {
        if (apps[appId].id == 0) revert AppNotFound();
        if (apps[appId].owner != msg.sender) revert NotAppOwner();
        _;
    }

    constructor(address verifier_) {
        if (verifier_.code.length == 0) revert InvalidVerifier();
        verifier = IAttestationVerifier(verifier_);
        deployer = msg.sender;
    }

    /// Names the KMS registry, once, before the KMS app has instances, so that it misses none.
    function setKmsRegistry(address kmsRegistry_) external {
        if (msg.sender != deployer) revert NotDeployer();
        if (address(kmsRegistry) != address(0)) revert KmsRegistryAlreadySet();
        if (kmsRegistry_.code.length == 0) revert InvalidKmsRegistry();
        if (IKMSRegistry(kmsRegistry_).novaAppRegistry() != address(this))
            revert InvalidKmsRegistry();
        uint256 appId = IKMSRegistry(kmsRegistry_).kmsAppId();
        if (apps[appId].id == 0) revert AppNotFound();
        if (activeWallets[appId].length != 0) revert KmsAppHasInstances();
        kmsRegistry = IKMSRegistry(kmsRegistry_);
        kmsAppId = appId;
        emit KmsRegistrySet(kmsRegistry_, appId);
    }

    // --- apps ------------------------------------------------------------------------------------

    /// Makes an app of the caller; ids count from 1.
    function createApp(
        bytes32 teeArch,
        address dappContract,
        string calldata metadataUri,
        address appWallet
    ) external returns (uint256 appId) {
        if (bytes(metadataUri).length > MAX_TEXT) revert InvalidText();
        appId = ++appCount;
        App storage app = apps[appId];
        app.id = appId;
        app.owner = msg.sender;
        app.teeArch = teeArch;
        app.dappContract = dappContract;
        app.metadataUri = metadataUri;
        app.createdAt = block.timestamp;
        app.appWallet = appWallet;
        emit AppCreated(appId, msg.sender, teeArch, dappContract, metadataUri);
        if (appWallet != address(0)) emit AppWalletSet(appId, appWallet);
    }

    /// ACTIVE and INACTIVE as often as the owner likes; REVOKED for ever.
    function setAppStatus(uint256 appId, AppStatus status) external onlyAppOwner(appId) {
        AppStatus now_ = apps[appId].status;
        if (now_ == AppStatus.REVOKED) revert AppIsRevoked();
        if (now_ == status) revert StatusUnchanged();
        apps[appId].status = status;
        emit AppStatusChanged(appId, status);
    }

    function setAppWallet(uint256 appId, address appWallet) external onlyAppOwner(appId) {
        apps[appId].appWallet = appWallet;
        emit AppWalletSet(appId, appWallet);
    }

    /// Offers the app to another owner, who must accept; zero takes an offer back.
    function proposeAppOwner(uint256 appId, address owner) external onlyAppOwner(appId) {
        pendingAppOwner[appId] = owner;
        emit AppOwnerProposed(appId, msg.sender, owner);
    }

    function acceptApp(uint256 appId) external {
        if (pendingAppOwner[appId] != msg.sender) revert NotPendingOwner();
        address from = apps[appId].owner;
        delete pendingAppOwner[appId];
        apps[appId].owner = msg.sender;
        emit AppOwnerChanged(appId, from, msg.sender);
    }

    // --- versions --------------------------------------------------------------------------------

    /// Enrols code under a new version; ids count from 1 for each app. An app enrols a measurement
    /// once, so that revoking its version leaves no second way in.
    function enrollVersion(
        uint256 appId,
        bytes32 codeMeasurement,
        VersionText calldata text
    ) external onlyAppOwner(appId) returns (uint256 versionId) {
        if (apps[appId].status == AppStatus.REVOKED) revert AppIsRevoked();
        if (codeMeasurement == 0) revert InvalidMeasurement();
        if (versionOfMeasurement[appId][codeMeasurement] != 0) revert MeasurementAlreadyEnrolled();
        versionId = ++apps[appId].latestVersionId;
        versionOfMeasurement[appId][codeMeasurement] = versionId;
        AppVersion storage version = versions[appId][versionId];
        version.id = versionId;
        version.codeMeasurement = codeMeasurement;
        version.versionName = checked(text.versionName);
        version.imageUri = checked(text.imageUri);
        version.auditUrl = checked(text.auditUrl);
        version.auditHash = checked(text.auditHash);
        version.githubRunId = checked(text.githubRunId);
        version.enrolledAt = block.timestamp;
        version.enrolledBy = msg.sender;
        emit VersionEnrolled(appId, versionId, codeMeasurement, text.versionName);
    }

    /// ENROLLED to DEPRECATED: nodes refuse its instances, and it gets no new ones.
    function deprecateVersion(uint256 appId, uint256 versionId) external onlyAppOwner(appId) {
        AppVersion storage version = versions[appId][versionId];
        if (version.id == 0) revert VersionNotFound();
        if (version.status != VersionStatus.ENROLLED) revert VersionNotEnrolled();
        version.status = VersionStatus.DEPRECATED;
        emit VersionStatusChanged(appId, versionId, VersionStatus.DEPRECATED);
    }

    /// To REVOKED, for ever.
    function revokeVersion(uint256 appId, uint256 versionId) external onlyAppOwner(appId) {
        AppVersion storage version = versions[appId][versionId];
        if (version.id == 0) revert VersionNotFound();
        if (version.status == VersionStatus.REVOKED) revert StatusUnchanged();
        version.status = VersionStatus.REVOKED;
        emit VersionStatusChanged(appId, versionId, VersionStatus.REVOKED);
    }

    // --- instances -------------------------------------------------------------------------------

    /// Registers one boot of one enclave. The wallet sends the transaction itself, or signs
    /// registrationText for whoever sends it. With a proof that the verifier accepts, anybody may;
    /// with an empty proof only the app's owner may, and zkVerified stays false.
    function registerInstance(
        Registration calldata registration,
        bytes calldata walletSignature,
        bytes calldata proof
    ) external returns (uint256 instanceId) {
        checkRegistration(registration, walletSignature);
        bool proven = proof.length != 0;
        if (!proven && apps[registration.appId].owner != msg.sender) revert NotAllowed();
        instanceId = ++instanceCount;
        store(instanceId, registration);
        if (proven) becomeVerified(instances[instanceId], proof);
    }

    /// Verifies an instance that was registered without a proof. Anybody may bring one.
    function verifyInstance(uint256 instanceId, bytes calldata proof) external {
        RuntimeInstance storage instance = instances[instanceId];
        if (instance.id == 0) revert InstanceNotFound();
        if (instance.status != InstanceStatus.ACTIVE) revert InstanceNotActive();
        if (instance.zkVerified) revert AlreadyVerified();
        if (apps[instance.appId].status != AppStatus.ACTIVE) revert AppNotActive();
        if (versions[instance.appId][instance.versionId].status != VersionStatus.ENROLLED)
            revert VersionNotEnrolled();
        becomeVerified(instance, proof);
    }

    /// Ends an instance for ever, as STOPPED or FAILED: by its operator, its wallet or the owner.
    function endInstance(uint256 instanceId, InstanceStatus status) external {
        RuntimeInstance storage instance = instances[instanceId];
        uint256 appId = instance.appId;
        if (instance.id == 0) revert InstanceNotFound();
        if (
            msg.sender != instance.operator &&
            msg.sender != instance.teeWalletAddress &&
            msg.sender != apps[appId].owner
        ) revert NotAllowed();
        if (instance.status != InstanceStatus.ACTIVE) revert InstanceNotActive();
        if (status == InstanceStatus.ACTIVE) revert InvalidStatus();
        instance.status = status;
        unlist(instanceId, appId, instance.versionId);
        emit InstanceStatusChanged(instanceId, instance.teeWalletAddress, status);
        if (instance.zkVerified && appId == kmsAppId) {
            kmsRegistry.removeOperator(
                instance.teeWalletAddress,
                appId,
                instance.versionId,
                instanceId
            );
        }
    }

    /// What a wallet signs, by EIP-191, so that the operator may register it: `CofferRegister/1`,
    /// a line feed, and keccak256(abi.encode(chain id, this address, operator, app id, version id,
    /// wallet, keccak256(teePubkey), keccak256(instanceUrl))) as 0x hex.
    function registrationText(
        Registration calldata registration,
        address operator
    ) public view returns (bytes memory) {
        bytes32 digest = keccak256(
            abi.encode(
                block.chainid,
                address(this),
                operator,
                registration.appId,
                registration.versionId,
                registration.teeWallet,
                keccak256(registration.teePubkey),
                keccak256(bytes(registration.instanceUrl))
            )
        );
        return abi.encodePacked("CofferRegister/1\n", Signatures.hexText(digest));
    }

    // --- views -----------------------------------------------------------------------------------

    function getApp(uint256 appId) external view returns (App memory) {
        return apps[appId];
    }

    function getVersion(
        uint256 appId,
        uint256 versionId
    ) external view returns (AppVersion memory) {
        return versions[appId][versionId];
    }

    function getInstance(uint256 instanceId) external view returns (RuntimeInstance memory) {
        return instances[instanceId];
    }

    function getInstanceByWallet(address wallet) external view returns (RuntimeInstance memory) {
        return instances[instanceOfWallet[wallet]];
    }

    function getInstancesForVersion(
        uint256 appId,
        uint256 versionId
    ) external view returns (uint256[] memory) {
        return activeIds[appId][versionId];
    }

    function getActiveInstances(uint256 appId) external view returns (address[] memory) {
        return activeWallets[appId];
    }

    function activeInstanceCount(uint256 appId) external view returns (uint256) {
        return activeWallets[appId].length;
    }

    /// A part of getActiveInstances: up to count wallets from a place on.
    function activeInstancesPage(
        uint256 appId,
        uint256 from,
        uint256 count
    ) external view returns (address[] memory page) {
        address[] storage all = activeWallets[appId];
        uint256 left = from < all.length ? all.length - from : 0;
        page = new address[](count < left ? count : left);
        for (uint256 i = 0; i < page.length; i++) page[i] = all[from + i];
    }

    // --- parts -----------------------------------------------------------------------------------

    function checked(string calldata text) private pure returns (string calldata) {
        if (bytes(text).length > MAX_TEXT) revert InvalidText();
        return text;
    }

    function checkRegistration(
        Registration calldata registration,
        bytes calldata walletSignature
    ) private view {
        App storage app = apps[registration.appId];
        AppVersion storage version = versions[registration.appId][registration.versionId];
        address wallet = registration.teeWallet;
        if (app.id == 0) revert AppNotFound();
        if (app.status != AppStatus.ACTIVE) revert AppNotActive();
        if (version.id == 0) revert VersionNotFound();
        if (version.status != VersionStatus.ENROLLED) revert VersionNotEnrolled();
        if (wallet == address(0)) revert InvalidWallet();
        if (instanceOfWallet[wallet] != 0) revert WalletAlreadyRegistered();
        if (!isPoint(registration.teePubkey)) revert InvalidTeePubkey();
        uint256 length = bytes(registration.instanceUrl).length;
        if (length == 0 || length > MAX_TEXT) revert InvalidText();
        if (msg.sender != wallet) {
            bytes memory text = registrationText(registration, msg.sender);
            if (Signatures.signer(text, walletSignature) != wallet) revert WalletNotProven();
        }
    }

    /// The two forms of an uncompressed P-384 point: 97 bytes, or 120 in DER. Whether the point is
    /// on the curve is for its users to check.
    function isPoint(bytes calldata key) private pure returns (bool) {
        if (key.length == 97) return key[0] == 0x04;
        return key.length == 120 && bytes24(key[0:24]) == SPKI_PREFIX;
    }

    function store(uint256 instanceId, Registration calldata registration) private {
        uint256 appId = registration.appId;
        uint256 versionId = registration.versionId;
        address wallet = registration.teeWallet;
        RuntimeInstance storage instance = instances[instanceId];
        instance.id = instanceId;
        instance.appId = appId;
        instance.versionId = versionId;
        instance.operator = msg.sender;
        instance.instanceUrl = registration.instanceUrl;
        instance.teePubkey = registration.teePubkey;
        instance.teeWalletAddress = wallet;
        instance.registeredAt = block.timestamp;
        instanceOfWallet[wallet] = instanceId;
        placeInApp[instanceId] = activeWallets[appId].length;
        placeInVersion[instanceId] = activeIds[appId][versionId].length;
        activeWallets[appId].push(wallet);
        activeIds[appId][versionId].push(instanceId);
        emit InstanceRegistered(
            instanceId,
            appId,
            wallet,
            versionId,
            msg.sender,
            registration.instanceUrl,
            registration.teePubkey
        );
    }

    function becomeVerified(RuntimeInstance storage instance, bytes calldata proof) private {
        Claim memory claim = Claim({
            chainId: block.chainid,
            registry: address(this),
            appId: instance.appId,
            versionId: instance.versionId,
            teeWallet: instance.teeWalletAddress,
            teePubkeyHash: keccak256(instance.teePubkey),
            codeMeasurement: versions[instance.appId][instance.versionId].codeMeasurement,
            instanceUrlHash: keccak256(bytes(instance.instanceUrl))
        });
        if (!verifier.verify(claim, proof)) revert InvalidProof();
        instance.zkVerified = true;
        emit InstanceVerified(instance.id, claim.teeWallet);
        if (claim.appId == kmsAppId) {
            kmsRegistry.addOperator(claim.teeWallet, claim.appId, claim.versionId, instance.id);
        }
    }

    /// Takes an instance off both lists: the last of each moves into its place.
    function unlist(uint256 instanceId, uint256 appId, uint256 versionId) private {
        address[] storage wallets = activeWallets[appId];
        address lastWallet = wallets[wallets.length - 1];
        uint256 place = placeInApp[instanceId];
        wallets[place] = lastWallet;
        placeInApp[instanceOfWallet[lastWallet]] = place;
        wallets.pop();

        uint256[] storage ids = activeIds[appId][versionId];
        uint256 lastId = ids[ids.length - 1];
        place = placeInVersion[instanceId];
        ids[place] = lastId;
        placeInVersion[lastId] = place;
        ids.pop();
    }
}
