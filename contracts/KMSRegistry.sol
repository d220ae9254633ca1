// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IKMSRegistry} from "./IKMSRegistry.sol";
import {INovaAppRegistry} from "./INovaAppRegistry.sol";

/// What the nodes of one cluster agree on: the hash of root 0, commitments to later roots and to
/// imported seeds, the newest snapshot, and who the operators are.
///
/// Nothing here can be taken back: no owner, no upgrade, no reset. Registry, app, delay, threshold
/// and the hash of the guardians' list are part of the deployed code, so one code hash pins them.
/// The first hash is set once, at once, by any eligible node. Whatever comes later waits for the
/// delay, in which k of n guardians can veto it, and then needs an eligible node again. A guardian
/// can only stop a proposal; none can make or change one. Snapshots are anchored at once, by any
/// eligible node, and only upwards.
contract KMSRegistry is IKMSRegistry {
    enum Kind {
        EPOCH,
        SEED
    }

    struct Proposal {
        uint256 id; // 0: there is none
        bytes32 tenantId; // SEED only
        uint256 epoch;
        bytes32 commitment;
        address proposer;
        uint64 executableAt;
        uint16 vetoes; // one bit for each guardian
        uint8 vetoCount;
    }

    /// The newest snapshot of the cluster: its height in the chain of snapshots, and the digest of
    /// its header. Zeros: none is anchored.
    struct Anchor {
        uint64 height;
        bytes32 header;
    }

    uint256 public constant MAX_GUARDIANS = 16;
    uint256 public constant MIN_DELAY = 1 minutes;
    uint256 public constant MAX_DELAY = 30 days;

    /// How long a proposal may still be executed after its delay; then another may take its place.
    uint256 public constant EXECUTION_WINDOW = 14 days;

    /// How far one anchor may be above the one before. With it nobody uses up the heights: that
    /// takes 2^64 / 2^20 = 2^44 calls.
    uint64 public constant MAX_ANCHOR_STEP = 2 ** 20;

    address public immutable novaAppRegistry;
    uint256 public immutable kmsAppId;
    uint256 public immutable delay;
    uint256 public immutable vetoThreshold;
    bytes32 public immutable guardiansHash; // keccak256 of the ABI-encoded list

    bytes32 public masterSecretHash; // keccak256 of root 0; zero until it is set
    Anchor public anchored; // both members in one call, so at one block
    uint256 public latestEpoch;
    uint256 public proposalCount;

    mapping(uint256 epoch => bytes32) public epochCommitment; // of epoch 1 and later
    mapping(bytes32 tenantId => uint256) public seedEpochs; // how many seeds a tenant has had
    mapping(bytes32 tenantId => mapping(uint256 seedEpoch => bytes32)) public seedCommitment;
    mapping(bytes32 commitment => bool) public commitmentUsed;

    mapping(Kind => Proposal) private proposals;
    mapping(address guardian => uint256 number) private guardianNumber; // from 1
    address[] private guardians;
    address[] private operators;
    mapping(address operator => uint256 number) private operatorNumber; // from 1

    event NovaAppRegistrySet(address indexed novaAppRegistry);
    event KmsAppIdSet(uint256 indexed kmsAppId);
    event MasterSecretHashSet(bytes32 indexed hash, address indexed setter);
    event OperatorAdded(
        address indexed operator,
        uint256 indexed appId,
        uint256 versionId,
        uint256 instanceId
    );
    event OperatorRemoved(
        address indexed operator,
        uint256 indexed appId,
        uint256 versionId,
        uint256 instanceId
    );
    event Anchored(uint64 indexed height, bytes32 header, address indexed by);
    event EpochProposed(
        uint256 indexed proposalId,
        uint256 indexed epoch,
        bytes32 commitment,
        address indexed proposer,
        uint256 executableAt
    );
    event SeedProposed(
        uint256 indexed proposalId,
        bytes32 indexed tenantId,
        uint256 seedEpoch,
        bytes32 commitment,
        address indexed proposer,
        uint256 executableAt
    );
    event ProposalVetoed(uint256 indexed proposalId, address indexed guardian, uint256 vetoCount);
    event ProposalRejected(uint256 indexed proposalId);
    event ProposalExpired(uint256 indexed proposalId);
    event EpochCommitted(
        uint256 indexed epoch,
        bytes32 indexed commitment,
        address indexed executor
    );
    event SeedCommitted(
        bytes32 indexed tenantId,
        uint256 indexed seedEpoch,
        bytes32 indexed commitment,
        address executor
    );

    error OnlyNovaAppRegistry();
    error InvalidRegistryAddress();
    error InvalidAppId();
    error InvalidDelay();
    error InvalidGuardians();
    error AppIdMismatch();
    error MasterSecretHashAlreadySet();
    error MasterSecretHashNotSet();
    error NotAuthorizedToSetHash();
    error NotEligible();
    error NotGuardian();
    error InvalidCommitment();
    error InvalidHeader();
    error InvalidTenant();
    error WrongEpoch();
    error WrongHeight();
    error WrongPredecessor();
    error CommitmentAlreadyUsed();
    error ProposalPending();
    error ProposalNotFound();
    error TooEarly();
    error TooLate();
    error AlreadyVetoed();

    modifier onlyRegistry(uint256 appId) {
        if (msg.sender != novaAppRegistry) revert OnlyNovaAppRegistry();
        if (appId != kmsAppId) revert AppIdMismatch();
        _;
    }

    modifier onlyEligible() {
        if (!isEligible(msg.sender)) revert NotEligible();
        _;
    }

    constructor(
        address registry,
        uint256 appId,
        uint256 delay_,
        address[] memory guardians_,
        uint256 threshold
    ) {
        if (registry.code.length == 0) revert InvalidRegistryAddress();
        if (appId == 0 || appId >= 2 ** 63) revert InvalidAppId();
        if (delay_ < MIN_DELAY || delay_ > MAX_DELAY) revert InvalidDelay();
        uint256 count = guardians_.length;
        if (threshold == 0 || threshold > count || count > MAX_GUARDIANS) revert InvalidGuardians();
        for (uint256 i = 0; i < count; i++) {
            address guardian = guardians_[i];
            if (guardian == address(0) || guardianNumber[guardian] != 0) revert InvalidGuardians();
            guardianNumber[guardian] = i + 1;
        }
        guardians = guardians_;
        guardiansHash = keccak256(abi.encode(guardians_));
        novaAppRegistry = registry;
        kmsAppId = appId;
        delay = delay_;
        vetoThreshold = threshold;
        emit NovaAppRegistrySet(registry);
        emit KmsAppIdSet(appId);
    }

    // --- root 0 ----------------------------------------------------------------------------------

    /// Publishes keccak256(root 0). The first eligible node wins; there is no second time.
    function setMasterSecretHash(bytes32 hash) external {
        if (masterSecretHash != 0) revert MasterSecretHashAlreadySet();
        if (!isEligible(msg.sender)) revert NotAuthorizedToSetHash();
        if (hash == 0) revert InvalidCommitment();
        masterSecretHash = hash;
        emit MasterSecretHashSet(hash, msg.sender);
    }

    // --- snapshots -------------------------------------------------------------------------------

    /// Anchors a snapshot, below which nothing is restored from then on. Heights may be left out,
    /// so that a node goes on above whatever another one anchored. It names the anchored header
    /// that it follows, zero at first: of two that were made at once the second is refused, as it
    /// may lack what the first has.
    function anchor(uint64 height, bytes32 header, bytes32 follows) external onlyEligible {
        if (header == 0) revert InvalidHeader();
        Anchor memory last = anchored;
        if (height <= last.height || height - last.height > MAX_ANCHOR_STEP) revert WrongHeight();
        if (follows != last.header) revert WrongPredecessor();
        anchored = Anchor({height: height, header: header});
        emit Anchored(height, header, msg.sender);
    }

    // --- later roots and imported seeds ----------------------------------------------------------

    /// Proposes the commitment of the next root. One proposal of a kind at a time.
    function proposeEpoch(
        uint256 epoch,
        bytes32 commitment
    ) external onlyEligible returns (uint256 proposalId) {
        if (masterSecretHash == 0) revert MasterSecretHashNotSet();
        if (epoch != latestEpoch + 1 || epoch > type(uint32).max) revert WrongEpoch();
        proposalId = propose(Kind.EPOCH, 0, epoch, commitment);
        emit EpochProposed(proposalId, epoch, commitment, msg.sender, block.timestamp + delay);
    }

    /// Proposes the commitment of a tenant's next imported seed; a tenant's first has seed epoch 0.
    function proposeSeed(
        bytes32 tenantId,
        uint256 seedEpoch,
        bytes32 commitment
    ) external onlyEligible returns (uint256 proposalId) {
        if (tenantId == 0) revert InvalidTenant();
        if (seedEpoch != seedEpochs[tenantId] || seedEpoch > type(uint32).max) revert WrongEpoch();
        proposalId = propose(Kind.SEED, tenantId, seedEpoch, commitment);
        emit SeedProposed(
            proposalId,
            tenantId,
            seedEpoch,
            commitment,
            msg.sender,
            block.timestamp + delay
        );
    }

    /// A guardian's veto, at any time before the execution. The k-th ends the proposal. The
    /// commitment is named as well, so that a reorganised chain never turns it against another.
    function veto(uint256 proposalId, bytes32 commitment) external {
        uint256 number = guardianNumber[msg.sender];
        if (number == 0) revert NotGuardian();
        (Kind kind, Proposal storage proposal) = pending(proposalId, commitment);
        uint16 bit = uint16(1 << (number - 1));
        if (proposal.vetoes & bit != 0) revert AlreadyVetoed();
        proposal.vetoes |= bit;
        uint8 count = ++proposal.vetoCount;
        emit ProposalVetoed(proposalId, msg.sender, count);
        if (count >= vetoThreshold) {
            delete proposals[kind];
            emit ProposalRejected(proposalId);
        }
    }

    /// Makes a proposal that outlived its delay final. Any eligible node may, not the proposer
    /// alone, whose wallet may be gone by then; a proposer whose code was revoked cannot.
    function execute(uint256 proposalId, bytes32 commitment) external onlyEligible {
        (Kind kind, Proposal storage proposal) = pending(proposalId, commitment);
        if (block.timestamp < proposal.executableAt) revert TooEarly();
        if (block.timestamp > proposal.executableAt + EXECUTION_WINDOW) revert TooLate();
        if (commitmentUsed[commitment]) revert CommitmentAlreadyUsed();
        uint256 epoch = proposal.epoch;
        bytes32 tenantId = proposal.tenantId;
        delete proposals[kind];
        commitmentUsed[commitment] = true;
        if (kind == Kind.EPOCH) {
            latestEpoch = epoch;
            epochCommitment[epoch] = commitment;
            emit EpochCommitted(epoch, commitment, msg.sender);
        } else {
            seedEpochs[tenantId] = epoch + 1;
            seedCommitment[tenantId][epoch] = commitment;
            emit SeedCommitted(tenantId, epoch, commitment, msg.sender);
        }
    }

    /// The pending proposal of a kind; id 0 when there is none.
    function pendingProposal(Kind kind) external view returns (Proposal memory) {
        return proposals[kind];
    }

    function getGuardians() external view returns (address[] memory) {
        return guardians;
    }

    // --- who may ---------------------------------------------------------------------------------

    /// Whether a wallet is a node of the cluster now: its own instance, of the KMS app, ACTIVE and
    /// verified; the app ACTIVE; the version ENROLLED.
    function isEligible(address wallet) public view returns (bool) {
        INovaAppRegistry registry = INovaAppRegistry(novaAppRegistry);
        INovaAppRegistry.RuntimeInstance memory instance = registry.getInstanceByWallet(wallet);
        if (wallet == address(0) || instance.id == 0 || instance.teeWalletAddress != wallet)
            return false;
        if (instance.appId != kmsAppId || !instance.zkVerified) return false;
        if (instance.status != INovaAppRegistry.InstanceStatus.ACTIVE) return false;
        INovaAppRegistry.App memory app = registry.getApp(kmsAppId);
        if (app.id != kmsAppId || app.status != INovaAppRegistry.AppStatus.ACTIVE) return false;
        INovaAppRegistry.AppVersion memory version = registry.getVersion(
            kmsAppId,
            instance.versionId
        );
        return
            version.id == instance.versionId &&
            version.status == INovaAppRegistry.VersionStatus.ENROLLED;
    }

    // --- operators: the verified instances of the KMS app that were not ended --------------------

    function addOperator(
        address teeWallet,
        uint256 appId,
        uint256 versionId,
        uint256 instanceId
    ) external onlyRegistry(appId) {
        if (operatorNumber[teeWallet] == 0) {
            operators.push(teeWallet);
            operatorNumber[teeWallet] = operators.length;
        }
        emit OperatorAdded(teeWallet, appId, versionId, instanceId);
    }

    function removeOperator(
        address teeWallet,
        uint256 appId,
        uint256 versionId,
        uint256 instanceId
    ) external onlyRegistry(appId) {
        uint256 number = operatorNumber[teeWallet];
        if (number != 0) {
            address last = operators[operators.length - 1];
            operators[number - 1] = last;
            operatorNumber[last] = number;
            operators.pop();
            delete operatorNumber[teeWallet];
        }
        emit OperatorRemoved(teeWallet, appId, versionId, instanceId);
    }

    function isOperator(address account) external view returns (bool) {
        return operatorNumber[account] != 0;
    }

    function operatorCount() external view returns (uint256) {
        return operators.length;
    }

    function operatorAt(uint256 index) external view returns (address) {
        require(index < operators.length, "Index out of bounds");
        return operators[index];
    }

    function getOperators() external view returns (address[] memory) {
        return operators;
    }

    /// A part of getOperators: up to count of them from a place on.
    function operatorsPage(
        uint256 from,
        uint256 count
    ) external view returns (address[] memory page) {
        uint256 left = from < operators.length ? operators.length - from : 0;
        page = new address[](count < left ? count : left);
        for (uint256 i = 0; i < page.length; i++) page[i] = operators[from + i];
    }

    // --- parts -----------------------------------------------------------------------------------

    function propose(
        Kind kind,
        bytes32 tenantId,
        uint256 epoch,
        bytes32 commitment
    ) private returns (uint256 proposalId) {
        if (commitment == 0) revert InvalidCommitment();
        if (commitmentUsed[commitment] || commitment == masterSecretHash)
            revert CommitmentAlreadyUsed();
        Proposal storage proposal = proposals[kind];
        if (proposal.id != 0) {
            if (block.timestamp <= proposal.executableAt + EXECUTION_WINDOW)
                revert ProposalPending();
            emit ProposalExpired(proposal.id);
        }
        proposalId = ++proposalCount;
        proposals[kind] = Proposal({
            id: proposalId,
            tenantId: tenantId,
            epoch: epoch,
            commitment: commitment,
            proposer: msg.sender,
            executableAt: uint64(block.timestamp + delay),
            vetoes: 0,
            vetoCount: 0
        });
    }

    function pending(
        uint256 proposalId,
        bytes32 commitment
    ) private view returns (Kind, Proposal storage) {
        if (proposalId == 0) revert ProposalNotFound();
        Kind kind = proposals[Kind.EPOCH].id == proposalId ? Kind.EPOCH : Kind.SEED;
        Proposal storage proposal = proposals[kind];
        if (proposal.id != proposalId || proposal.commitment != commitment)
            revert ProposalNotFound();
        return (kind, proposal);
    }
}
