#include "starknet/transaction.h"

#include "base/invariant.h"
#include "crypto/poseidon.h"
#include "starknet/felt_text.h"
#include "starknet/transaction_internal.h"

static const char *const kind_names[] = {
    [TRANSACTION_INVOKE] = "INVOKE",
    [TRANSACTION_DEPLOY_ACCOUNT] = "DEPLOY_ACCOUNT",
    [TRANSACTION_DECLARE] = "DECLARE",
};

const char *transaction_kind_name(enum transaction_kind kind)
{
    INVARIANT((unsigned)kind < sizeof kind_names / sizeof kind_names[0]);
    return kind_names[kind];
}

struct status transaction_use_account(struct transaction *transaction,
                                      const struct account *account)
{
    if (transaction->kind == TRANSACTION_INVOKE &&
        transaction->encoding != account->class->encoding) {
        return FAIL(CAIRO_VERSION);
    }
    if (transaction->has_sender) {
        return OK;
    }
    transaction->sender = account->address;
    if (transaction->kind == TRANSACTION_DEPLOY_ACCOUNT) {
        transaction->class_hash = account->class->hash;
        transaction->salt = account->keys.owner;
        transaction->constructor_calldata = account_constructor(account);
    }
    return OK;
}

/* Names of the resources in the hash: "L1_GAS", "L2_GAS", "L1_DATA". */
#define NAME_L1_GAS  UINT64_C(0x4c315f474153)
#define NAME_L2_GAS  UINT64_C(0x4c325f474153)
#define NAME_L1_DATA UINT64_C(0x4c315f44415441)

static void absorb_bound(struct poseidon *sponge, uint64_t name, const struct fee_bound *bound)
{
    const struct felt packed = {
        {bound->max_price.limb[0], bound->max_price.limb[1], bound->max_amount, name}};
    poseidon_absorb(sponge, &packed);
}

static struct felt finish(struct poseidon *sponge)
{
    struct felt hash;
    poseidon_finish(sponge, &hash);
    return hash;
}

static struct felt fee_hash(const struct transaction *transaction, bool has_l1_data_gas)
{
    const struct felt tip = felt_from_u64(transaction->tip);
    struct poseidon fee;
    poseidon_init(&fee);
    poseidon_absorb(&fee, &tip);
    absorb_bound(&fee, NAME_L1_GAS, &transaction->bounds.l1_gas);
    absorb_bound(&fee, NAME_L2_GAS, &transaction->bounds.l2_gas);
    if (has_l1_data_gas) {
        absorb_bound(&fee, NAME_L1_DATA, &transaction->bounds.l1_data_gas);
    }
    return finish(&fee);
}

static bool same_bound(const struct fee_bound *a, const struct fee_bound *b)
{
    return a->max_amount == b->max_amount && felt_equal(&a->max_price, &b->max_price);
}

static struct felt remembered_fee_hash(const struct transaction *transaction,
                                       struct transaction_fee_memory *memory)
{
    const struct fee_bounds *bounds = &transaction->bounds;
    bool is_same = memory->has_any && memory->tip == transaction->tip &&
                   same_bound(&memory->bounds.l1_gas, &bounds->l1_gas) &&
                   same_bound(&memory->bounds.l2_gas, &bounds->l2_gas) &&
                   same_bound(&memory->bounds.l1_data_gas, &bounds->l1_data_gas);
    if (!is_same) {
        *memory = (struct transaction_fee_memory){true, transaction->tip, *bounds,
                                                  fee_hash(transaction, true)};
    }
    return memory->hash;
}

static void absorb_list(struct poseidon *sponge, struct felts list)
{
    struct felt hash = poseidon_empty;
    if (list.len != 0) {
        poseidon_hash_many(list.ptr, list.len, &hash);
    }
    poseidon_absorb(sponge, &hash);
}

/* The sponge that has absorbed the kind and the version. */
static struct poseidon start(const struct transaction *transaction)
{
    static const char *const prefixes[] = {
        [TRANSACTION_INVOKE] = "invoke",
        [TRANSACTION_DEPLOY_ACCOUNT] = "deploy_account",
        [TRANSACTION_DECLARE] = "declare",
    };
    static const struct poseidon *const started[] = {
        [TRANSACTION_INVOKE] = &poseidon_invoke_v3,
        [TRANSACTION_DEPLOY_ACCOUNT] = &poseidon_deploy_account_v3,
        [TRANSACTION_DECLARE] = &poseidon_declare_v3,
    };
    if (!transaction->is_query) {
        return *started[transaction->kind];
    }
    const struct felt prefix = felt_from_short(prefixes[transaction->kind]);
    const struct felt version = {{3, 0, 1, 0}};
    struct poseidon sponge;
    poseidon_init(&sponge);
    poseidon_absorb(&sponge, &prefix);
    poseidon_absorb(&sponge, &version);
    return sponge;
}

static struct felt hash_with(const struct transaction *transaction, const struct felt *fee)
{
    const struct felt da =
        felt_from_u64((uint64_t)transaction->nonce_da << 32 | (uint64_t)transaction->fee_da);
    struct poseidon sponge = start(transaction);
    poseidon_absorb(&sponge, &transaction->sender);
    poseidon_absorb(&sponge, fee);
    absorb_list(&sponge, transaction->paymaster_data);
    poseidon_absorb(&sponge, &transaction->chain);
    poseidon_absorb(&sponge, &transaction->nonce);
    poseidon_absorb(&sponge, &da);
    switch (transaction->kind) {
    case TRANSACTION_INVOKE:
        absorb_list(&sponge, transaction->account_deployment_data);
        absorb_list(&sponge, transaction->calldata);
        if (transaction->proof_facts.len != 0) {
            absorb_list(&sponge, transaction->proof_facts);
        }
        break;
    case TRANSACTION_DEPLOY_ACCOUNT:
        absorb_list(&sponge, transaction->constructor_calldata);
        poseidon_absorb(&sponge, &transaction->class_hash);
        poseidon_absorb(&sponge, &transaction->salt);
        break;
    case TRANSACTION_DECLARE:
        absorb_list(&sponge, transaction->account_deployment_data);
        poseidon_absorb(&sponge, &transaction->class_hash);
        poseidon_absorb(&sponge, &transaction->compiled_class_hash);
        break;
    }
    return finish(&sponge);
}

struct felt transaction_hash_of(const struct transaction *transaction, bool has_l1_data_gas)
{
    const struct felt fee = fee_hash(transaction, has_l1_data_gas);
    return hash_with(transaction, &fee);
}

struct felt transaction_hash(const struct transaction *transaction)
{
    return transaction_hash_of(transaction, true);
}

struct felt transaction_hash_remembering(const struct transaction *transaction,
                                         struct transaction_fee_memory *memory)
{
    const struct felt fee = remembered_fee_hash(transaction, memory);
    return hash_with(transaction, &fee);
}

static const char *da_name(enum transaction_da mode)
{
    return mode == TRANSACTION_DA_L1 ? "L1" : "L2";
}

static void common_out(struct json_out *out, const struct transaction *transaction)
{
    const struct felt version = {{3, 0, transaction->is_query, 0}};
    const struct felt tip = felt_from_u64(transaction->tip);
    json_out_member_text(out, "type", transaction_kind_name(transaction->kind));
    felt_text_member(out, "version", &version);
    felt_text_member(out, "nonce", &transaction->nonce);
    json_out_name(out, "resource_bounds");
    fee_bounds_out(out, &transaction->bounds);
    felt_text_member(out, "tip", &tip);
    felts_member(out, "paymaster_data", transaction->paymaster_data);
    json_out_member_text(out, "nonce_data_availability_mode", da_name(transaction->nonce_da));
    json_out_member_text(out, "fee_data_availability_mode", da_name(transaction->fee_da));
}

void transaction_members_out(struct json_out *out, const struct transaction *transaction)
{
    common_out(out, transaction);
    switch (transaction->kind) {
    case TRANSACTION_INVOKE:
        felt_text_member(out, "sender_address", &transaction->sender);
        felts_member(out, "account_deployment_data", transaction->account_deployment_data);
        felts_member(out, "calldata", transaction->calldata);
        if (transaction->proof_facts.len != 0) {
            felts_member(out, "proof_facts", transaction->proof_facts);
        }
        if (transaction->proof.len != 0) {
            json_out_member_string(out, "proof", transaction->proof);
        }
        break;
    case TRANSACTION_DEPLOY_ACCOUNT:
        felt_text_member(out, "class_hash", &transaction->class_hash);
        felt_text_member(out, "contract_address_salt", &transaction->salt);
        felts_member(out, "constructor_calldata", transaction->constructor_calldata);
        break;
    case TRANSACTION_DECLARE:
        felt_text_member(out, "sender_address", &transaction->sender);
        felts_member(out, "account_deployment_data", transaction->account_deployment_data);
        felt_text_member(out, "compiled_class_hash", &transaction->compiled_class_hash);
        felt_text_member(out, "class_hash", &transaction->class_hash);
        break;
    }
}

void transaction_out(struct json_out *out, const struct transaction *transaction,
                     struct felts signature)
{
    json_out_object(out);
    transaction_members_out(out, transaction);
    felts_member(out, "signature", signature);
    json_out_object_end(out);
}
