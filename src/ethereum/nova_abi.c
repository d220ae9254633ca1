#include "ethereum/nova_abi.h"

#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "codec/abi.h"

/* How many fields each struct has that is read here. */
enum {
    APP_FIELDS = 8,
    APP_WALLET = 8, /* the field that only later contracts have */
    VERSION_FIELDS = 10,
    INSTANCE_FIELDS = 10,
    PROPOSAL_FIELDS = 8,
};

enum takes { NOTHING, WORD, WORDS, WALLET, POINTS };

static const struct {
    uint32_t selector;
    enum takes takes;
    const char *signature;
} calls[NOVA_ABI_CALLS] = {
    [NOVA_ABI_GET_APP] = {0x24f3a51b, WORD, "getApp(uint256)"},
    [NOVA_ABI_GET_VERSION] = {0x6987b075, WORDS, "getVersion(uint256,uint256)"},
    [NOVA_ABI_GET_INSTANCE] = {0xebd348de, WORD, "getInstance(uint256)"},
    [NOVA_ABI_GET_INSTANCE_BY_WALLET] = {0x9863f8a2, WALLET, "getInstanceByWallet(address)"},
    [NOVA_ABI_GET_INSTANCES_FOR_VERSION] = {0xba4f74fc, WORDS,
                                            "getInstancesForVersion(uint256,uint256)"},
    [NOVA_ABI_GET_ACTIVE_INSTANCES] = {0x8c228cbf, WORD, "getActiveInstances(uint256)"},
    [NOVA_ABI_MASTER_SECRET_HASH] = {0x1ef99d10, NOTHING, "masterSecretHash()"},
    [NOVA_ABI_SET_MASTER_SECRET_HASH] = {0x4df7e390, WORD, "setMasterSecretHash(bytes32)"},
    [NOVA_ABI_ANCHORED] = {0x49c809d5, NOTHING, "anchored()"},
    [NOVA_ABI_ANCHOR] = {0x7494b1af, POINTS, "anchor(uint64,bytes32,bytes32)"},
    [NOVA_ABI_EPOCH_COMMITMENT] = {0xf5be7368, WORD, "epochCommitment(uint256)"},
    [NOVA_ABI_LATEST_EPOCH] = {0x9cb118bf, NOTHING, "latestEpoch()"},
    [NOVA_ABI_PENDING_PROPOSAL] = {0x96d0dfbe, WORD, "pendingProposal(uint8)"},
    [NOVA_ABI_PROPOSE_EPOCH] = {0x4d270e72, WORDS, "proposeEpoch(uint256,bytes32)"},
    [NOVA_ABI_EXECUTE] = {0xb3de303a, WORDS, "execute(uint256,bytes32)"},
    [NOVA_ABI_VETO] = {0xc0555a0a, WORDS, "veto(uint256,bytes32)"},
    [NOVA_ABI_SEED_COMMITMENT] = {0xe0bdc591, WORDS, "seedCommitment(bytes32,uint256)"},
    [NOVA_ABI_SEED_EPOCHS] = {0x438706ca, WORD, "seedEpochs(bytes32)"},
    [NOVA_ABI_IS_OPERATOR] = {0x6d70f7ae, WALLET, "isOperator(address)"},
    [NOVA_ABI_OPERATOR_COUNT] = {0x7c6f3158, NOTHING, "operatorCount()"},
    [NOVA_ABI_OPERATOR_AT] = {0x26142335, WORD, "operatorAt(uint256)"},
    [NOVA_ABI_GET_OPERATORS] = {0x27a099d8, NOTHING, "getOperators()"},
    [NOVA_ABI_KMS_APP_ID] = {0xabd851f1, NOTHING, "kmsAppId()"},
    [NOVA_ABI_NOVA_APP_REGISTRY] = {0x42165882, NOTHING, "novaAppRegistry()"},
    [NOVA_ABI_DELAY] = {0x6a42b8f8, NOTHING, "delay()"},
    [NOVA_ABI_VETO_THRESHOLD] = {0x614f427f, NOTHING, "vetoThreshold()"},
    [NOVA_ABI_GET_GUARDIANS] = {0x0665f04b, NOTHING, "getGuardians()"},
};

static const struct {
    uint32_t selector;
    const char *signature;
} errors[] = {
    {0xdd434f23, "OnlyNovaAppRegistry()"},
    {0x7bfd2e83, "InvalidRegistryAddress()"},
    {0x53565db5, "AppIdMismatch()"},
    {0xd7d88fdf, "MasterSecretHashAlreadySet()"},
    {0xa76d08c2, "NotAuthorizedToSetHash()"},
    {0xf92ee8a9, "InvalidInitialization()"},
    {0xd7e6bcf8, "NotInitializing()"},
    {0x1e4fbdf7, "OwnableInvalidOwner(address)"},
    {0x118cdaa7, "OwnableUnauthorizedAccount(address)"},
    {0xe07c8dba, "UUPSUnauthorizedCallContext()"},
    {0xaa1d49a4, "UUPSUnsupportedProxiableUUID(bytes32)"},
    {0x4c9c8ce3, "ERC1967InvalidImplementation(address)"},
    {0xb398979f, "ERC1967NonPayable()"},
    {0x9996b315, "AddressEmptyCode(address)"},
    {0xd6bda275, "FailedCall()"},
    {0x30cd7471, "NotOwner()"},
    {0x46359b81, "AppIdAlreadySet()"},
    {0xe254bdce, "AlreadyVetoed()"},
    {0xb7c01e1e, "CommitmentAlreadyUsed()"},
    {0x6470515b, "InvalidAppId()"},
    {0xc06789fa, "InvalidCommitment()"},
    {0x4fbe5dba, "InvalidDelay()"},
    {0xe2988ec8, "InvalidGuardians()"},
    {0xbabb01dd, "InvalidHeader()"},
    {0x59d24e9a, "InvalidTenant()"},
    {0x2afa1717, "MasterSecretHashNotSet()"},
    {0xf8eb54de, "NotEligible()"},
    {0xef6d0f02, "NotGuardian()"},
    {0x635e8737, "ProposalNotFound()"},
    {0xb06a8bf2, "ProposalPending()"},
    {0x085de625, "TooEarly()"},
    {0xecdd1c29, "TooLate()"},
    {0x254f6ab2, "WrongEpoch()"},
    {0xad55a81c, "WrongHeight()"},
    {0xa419ca88, "WrongPredecessor()"},
    {0x08c379a0, "Error(string)"},
    {0x4e487b71, "Panic(uint256)"},
};

const char *nova_abi_signature(enum nova_abi_call call)
{
    INVARIANT(call < NOVA_ABI_CALLS);
    return calls[call].signature;
}

uint32_t nova_abi_selector(enum nova_abi_call call)
{
    INVARIANT(call < NOVA_ABI_CALLS);
    return calls[call].selector;
}

static void start(struct buf *buf, enum nova_abi_call call, enum takes takes)
{
    INVARIANT(call < NOVA_ABI_CALLS && calls[call].takes == takes);
    abi_put_selector(buf, calls[call].selector);
}

void nova_abi_put(struct buf *buf, enum nova_abi_call call)
{
    start(buf, call, NOTHING);
}

void nova_abi_put_word(struct buf *buf, enum nova_abi_call call, const uint8_t word[static 32])
{
    start(buf, call, WORD);
    abi_put_word(buf, word);
}

void nova_abi_put_words(struct buf *buf, enum nova_abi_call call, const uint8_t first[static 32],
                        const uint8_t second[static 32])
{
    start(buf, call, WORDS);
    abi_put_word(buf, first);
    abi_put_word(buf, second);
}

void nova_abi_put_wallet(struct buf *buf, enum nova_abi_call call, const struct eth_address *wallet)
{
    start(buf, call, WALLET);
    abi_put_address(buf, wallet->b);
}

void nova_abi_put_anchor(struct buf *buf, uint64_t height,
                         const uint8_t header[static NOVA_ABI_HASH],
                         const uint8_t follows[static NOVA_ABI_HASH])
{
    start(buf, NOVA_ABI_ANCHOR, POINTS);
    abi_put_u64(buf, height);
    abi_put_word(buf, header);
    abi_put_word(buf, follows);
}

void nova_abi_put_numbered(struct buf *buf, enum nova_abi_call call, uint64_t number,
                           const uint8_t hash[static NOVA_ABI_HASH])
{
    start(buf, call, WORDS);
    abi_put_u64(buf, number);
    abi_put_word(buf, hash);
}

void nova_abi_put_number(struct buf *buf, enum nova_abi_call call, uint64_t number)
{
    start(buf, call, WORD);
    abi_put_u64(buf, number);
}

/* The one struct that an answer is. */
static struct abi_in tuple(struct bytes data, size_t fields)
{
    struct abi_in answer = abi_in_over(data, 1);
    return abi_in_tuple(&answer, 0, fields);
}

struct status nova_abi_read_app(struct bytes data, struct nova_abi_app *ret)
{
    struct abi_in in = tuple(data, APP_FIELDS);
    struct nova_abi_app app = {0};
    abi_in_word(&in, 0, app.id);
    abi_in_address(&in, 1, app.owner.b);
    abi_in_word(&in, 2, app.tee_arch);
    abi_in_address(&in, 3, app.dapp_contract.b);
    app.metadata_uri = abi_in_bytes(&in, 4, LIMIT_ETH_TEXT);
    abi_in_word(&in, 5, app.latest_version_id);
    app.created_at = abi_in_u64(&in, 6);
    app.status = abi_in_u8(&in, 7);
    /* The first part begins behind the heads, which tells how many fields the contract has. */
    struct abi_in more = tuple(data, APP_FIELDS);
    app.has_app_wallet = abi_in_u64(&more, 4) > (uint64_t)APP_WALLET * ABI_WORD;
    if (app.has_app_wallet) {
        more = tuple(data, APP_FIELDS + 1);
        abi_in_address(&more, APP_WALLET, app.app_wallet.b);
    }
    *ret = (struct nova_abi_app){0};
    TRY(abi_in_check(&in));
    TRY(abi_in_check(&more));
    *ret = app;
    return OK;
}

struct status nova_abi_read_version(struct bytes data, struct nova_abi_version *ret)
{
    struct abi_in in = tuple(data, VERSION_FIELDS);
    struct nova_abi_version version = {0};
    abi_in_word(&in, 0, version.id);
    version.version_name = abi_in_bytes(&in, 1, LIMIT_ETH_TEXT);
    abi_in_word(&in, 2, version.code_measurement);
    version.image_uri = abi_in_bytes(&in, 3, LIMIT_ETH_TEXT);
    version.audit_url = abi_in_bytes(&in, 4, LIMIT_ETH_TEXT);
    version.audit_hash = abi_in_bytes(&in, 5, LIMIT_ETH_TEXT);
    version.github_run_id = abi_in_bytes(&in, 6, LIMIT_ETH_TEXT);
    version.status = abi_in_u8(&in, 7);
    version.enrolled_at = abi_in_u64(&in, 8);
    abi_in_address(&in, 9, version.enrolled_by.b);
    *ret = (struct nova_abi_version){0};
    TRY(abi_in_check(&in));
    *ret = version;
    return OK;
}

struct status nova_abi_read_instance(struct bytes data, struct nova_abi_instance *ret)
{
    struct abi_in in = tuple(data, INSTANCE_FIELDS);
    struct nova_abi_instance instance = {0};
    abi_in_word(&in, 0, instance.id);
    abi_in_word(&in, 1, instance.app_id);
    abi_in_word(&in, 2, instance.version_id);
    abi_in_address(&in, 3, instance.operator.b);
    instance.instance_url = abi_in_bytes(&in, 4, LIMIT_ETH_TEXT);
    instance.tee_pubkey = abi_in_bytes(&in, 5, LIMIT_ETH_TEXT);
    abi_in_address(&in, 6, instance.tee_wallet.b);
    instance.zk_verified = abi_in_bool(&in, 7);
    instance.status = abi_in_u8(&in, 8);
    instance.registered_at = abi_in_u64(&in, 9);
    *ret = (struct nova_abi_instance){0};
    TRY(abi_in_check(&in));
    *ret = instance;
    return OK;
}

struct status nova_abi_read_anchor(struct bytes data, struct nova_abi_anchor *ret)
{
    struct abi_in in = abi_in_over(data, 2);
    struct nova_abi_anchor anchor = {.height = abi_in_u64(&in, 0)};
    abi_in_word(&in, 1, anchor.header);
    *ret = (struct nova_abi_anchor){0};
    TRY(abi_in_check(&in));
    *ret = anchor;
    return OK;
}

struct status nova_abi_read_proposal(struct bytes data, struct nova_abi_proposal *ret)
{
    struct abi_in in = abi_in_over(data, PROPOSAL_FIELDS);
    struct nova_abi_proposal proposal = {
        .id = abi_in_u64(&in, 0),
        .epoch = abi_in_u64(&in, 2), /* behind the tenant, which a root has none of */
        .executable_at = abi_in_u64(&in, 5),
        .vetoes = abi_in_u8(&in, 7), /* behind who they are of, bit by bit */
    };
    abi_in_word(&in, 3, proposal.commitment);
    abi_in_address(&in, 4, proposal.proposer.b);
    *ret = (struct nova_abi_proposal){0};
    TRY(abi_in_check(&in));
    *ret = proposal;
    return OK;
}

struct status nova_abi_read_ids(struct bytes data, struct nova_abi_list *ret)
{
    struct abi_in answer = abi_in_over(data, 1);
    struct abi_in items = abi_in_array(&answer, 0, LIMIT_ETH_LIST);
    *ret = (struct nova_abi_list){{NULL, 0}, 0};
    TRY(abi_in_check(&items));
    *ret = (struct nova_abi_list){items.frame, items.words};
    return OK;
}

struct status nova_abi_read_wallets(struct bytes data, struct nova_abi_list *ret)
{
    struct abi_in answer = abi_in_over(data, 1);
    struct abi_in items = abi_in_array(&answer, 0, LIMIT_ETH_LIST);
    struct eth_address wallet;
    for (size_t i = 0; i < items.words; i++) {
        abi_in_address(&items, i, wallet.b);
    }
    *ret = (struct nova_abi_list){{NULL, 0}, 0};
    TRY(abi_in_check(&items));
    *ret = (struct nova_abi_list){items.frame, items.words};
    return OK;
}

struct status nova_abi_read_word(struct bytes data, uint8_t ret[static 32])
{
    struct abi_in answer = abi_in_over(data, 1);
    abi_in_word(&answer, 0, ret);
    return abi_in_check(&answer);
}

struct status nova_abi_read_u64(struct bytes data, uint64_t *ret)
{
    struct abi_in answer = abi_in_over(data, 1);
    *ret = abi_in_u64(&answer, 0);
    return abi_in_check(&answer);
}

struct status nova_abi_read_bool(struct bytes data, bool *ret)
{
    struct abi_in answer = abi_in_over(data, 1);
    *ret = abi_in_bool(&answer, 0);
    return abi_in_check(&answer);
}

struct status nova_abi_read_wallet(struct bytes data, struct eth_address *ret)
{
    struct abi_in answer = abi_in_over(data, 1);
    abi_in_address(&answer, 0, ret->b);
    return abi_in_check(&answer);
}

void nova_abi_id_at(const struct nova_abi_list *list, size_t index, uint8_t ret[static NOVA_ABI_ID])
{
    INVARIANT(index < list->count);
    memcpy(ret, list->words.ptr + index * ABI_WORD, NOVA_ABI_ID);
}

void nova_abi_wallet_at(const struct nova_abi_list *list, size_t index, struct eth_address *ret)
{
    INVARIANT(index < list->count);
    memcpy(ret->b, list->words.ptr + (index + 1) * ABI_WORD - sizeof ret->b, sizeof ret->b);
}

const char *nova_abi_error(struct bytes data)
{
    if (data.len < ABI_SELECTOR) {
        return "";
    }
    uint32_t selector = (uint32_t)data.ptr[0] << 24 | (uint32_t)data.ptr[1] << 16 |
                        (uint32_t)data.ptr[2] << 8 | data.ptr[3];
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].selector == selector) {
            return errors[i].signature;
        }
    }
    return "";
}
