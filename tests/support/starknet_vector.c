#include "support/starknet_vector.h"

#include "starknet/felt_text.h"

struct status starknet_vector_felt(const struct json_in *at, const char *name, struct felt *ret)
{
    struct json_in member;
    TRY(json_in_member(at, name, &member));
    return felt_text_json(&member, ret);
}

struct status starknet_vector_felts(struct arena *arena, const struct json_in *at, const char *name,
                                    struct felts *ret)
{
    struct json_in member;
    *ret = (struct felts){NULL, 0};
    return json_in_find(at, name, &member) ? felts_json(arena, &member, ret) : OK;
}

/* A felt that is 0 when it is missing. */
static struct status felt_or_zero(const struct json_in *at, const char *name, struct felt *ret)
{
    struct json_in member;
    *ret = FELT_ZERO;
    return json_in_find(at, name, &member) ? felt_text_json(&member, ret) : OK;
}

/* In files of the sequencer bounds have names of capitals, and those before L1 data gas lack it. */
static struct status read_bounds(const struct json_in *in, struct fee_bounds *ret)
{
    static const char *const names[3][2] = {
        {"l1_gas", "L1_GAS"}, {"l2_gas", "L2_GAS"}, {"l1_data_gas", "L1_DATA_GAS"}};
    struct fee_bound *const to[3] = {&ret->l1_gas, &ret->l2_gas, &ret->l1_data_gas};
    struct json_in bounds;
    struct json_in bound;
    TRY(json_in_member(in, "resource_bounds", &bounds));
    for (int i = 0; i < 3; i++) {
        if (json_in_find(&bounds, names[i][0], &bound) ||
            json_in_find(&bounds, names[i][1], &bound)) {
            struct felt amount;
            TRY(starknet_vector_felt(&bound, "max_amount", &amount));
            TRY(starknet_vector_felt(&bound, "max_price_per_unit", &to[i]->max_price));
            to[i]->max_amount = amount.limb[0];
        }
    }
    return OK;
}

static struct status read_da(const struct json_in *in, const char *name, enum transaction_da *ret)
{
    struct felt mode;
    TRY(felt_or_zero(in, name, &mode));
    *ret = felt_is_zero(&mode) ? TRANSACTION_DA_L1 : TRANSACTION_DA_L2;
    return OK;
}

static struct status read_common(struct arena *arena, const struct json_in *in,
                                 struct transaction *ret)
{
    struct felt tip;
    struct felt version;
    TRY(felt_or_zero(in, "version", &version));
    ret->is_query = version.limb[2] != 0;
    TRY(felt_or_zero(in, "chain_id", &ret->chain));
    TRY(starknet_vector_felt(in, "nonce", &ret->nonce));
    TRY(starknet_vector_felt(in, "tip", &tip));
    ret->tip = tip.limb[0];
    TRY(read_bounds(in, &ret->bounds));
    TRY(read_da(in, "nonce_da", &ret->nonce_da));
    TRY(read_da(in, "fee_da", &ret->fee_da));
    TRY(starknet_vector_felts(arena, in, "paymaster_data", &ret->paymaster_data));
    return starknet_vector_felts(arena, in, "account_deployment_data",
                                 &ret->account_deployment_data);
}

static struct status read_invoke(struct arena *arena, const struct json_in *in,
                                 struct transaction *ret)
{
    struct json_in calls;
    TRY(starknet_vector_felts(arena, in, "proof_facts", &ret->proof_facts));
    if (json_in_find(in, "calls", &calls)) {
        TRY(call_list_json(arena, &calls, true, &ret->calls));
        return call_encode(arena, ret->calls, ret->encoding, &ret->calldata);
    }
    return starknet_vector_felts(arena, in, "calldata", &ret->calldata);
}

static struct status read_salt(const struct json_in *in, struct felt *ret)
{
    struct json_in member;
    bool is_short = json_in_find(in, "salt", &member);
    return starknet_vector_felt(in, is_short ? "salt" : "contract_address_salt", ret);
}

struct status starknet_vector_transaction(struct arena *arena, const struct json_in *in,
                                          enum transaction_kind kind, struct transaction *ret)
{
    *ret = (struct transaction){.kind = kind, .has_sender = true};
    TRY(read_common(arena, in, ret));
    if (kind == TRANSACTION_DEPLOY_ACCOUNT) {
        TRY(starknet_vector_felt(in, "class_hash", &ret->class_hash));
        TRY(read_salt(in, &ret->salt));
        TRY(starknet_vector_felts(arena, in, "constructor_calldata", &ret->constructor_calldata));
        ret->sender = account_contract_address(&FELT_ZERO, &ret->salt, &ret->class_hash,
                                               ret->constructor_calldata);
        return OK;
    }
    TRY(starknet_vector_felt(in, "sender_address", &ret->sender));
    if (kind == TRANSACTION_INVOKE) {
        return read_invoke(arena, in, ret);
    }
    TRY(starknet_vector_felt(in, "class_hash", &ret->class_hash));
    return starknet_vector_felt(in, "compiled_class_hash", &ret->compiled_class_hash);
}

/* A message from L1 has its sender before the payload. */
static struct status read_message(struct arena *arena, const struct json_in *in,
                                  struct transaction_legacy *ret)
{
    struct felt from;
    struct felts payload;
    TRY(starknet_vector_felt(in, "to", &ret->sender));
    TRY(starknet_vector_felt(in, "selector", &ret->selector));
    TRY(starknet_vector_felt(in, "from", &from));
    TRY(starknet_vector_felts(arena, in, "payload", &payload));
    struct felts_out out = felts_open(arena);
    felts_put(&out, &from);
    felts_put_all(&out, payload);
    return felts_close(&out, &ret->calldata);
}

struct status starknet_vector_legacy(struct arena *arena, const struct json_in *in,
                                     enum transaction_legacy_kind kind, unsigned version,
                                     struct transaction_legacy *ret)
{
    struct felt number;
    *ret = (struct transaction_legacy){.kind = kind, .version = version};
    TRY(felt_or_zero(in, "version", &number));
    ret->is_query = number.limb[2] != 0;
    TRY(felt_or_zero(in, "chain_id", &ret->chain));
    TRY(starknet_vector_felt(in, "nonce", &ret->nonce));
    if (kind == TRANSACTION_LEGACY_L1_HANDLER) {
        return read_message(arena, in, ret);
    }
    TRY(starknet_vector_felt(in, "max_fee", &ret->max_fee));
    TRY(felt_or_zero(in, "class_hash", &ret->class_hash));
    TRY(felt_or_zero(in, "compiled_class_hash", &ret->compiled_class_hash));
    if (kind != TRANSACTION_LEGACY_DEPLOY_ACCOUNT) {
        TRY(starknet_vector_felt(in, "sender_address", &ret->sender));
        return starknet_vector_felts(arena, in, "calldata", &ret->calldata);
    }
    TRY(read_salt(in, &ret->salt));
    TRY(starknet_vector_felts(arena, in, "constructor_calldata", &ret->calldata));
    ret->sender = account_contract_address(&FELT_ZERO, &ret->salt, &ret->class_hash, ret->calldata);
    return OK;
}

struct status starknet_vector_reread(struct arena *arena, const struct transaction *transaction,
                                     struct transaction *ret)
{
    struct json_in_doc *doc = arena_alloc(arena, sizeof *doc);
    if (doc == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf text = arena_open(arena);
    struct json_out out = json_out_over(&text);
    json_out_object(&out);
    felt_text_member(&out, "chain_id", &transaction->chain);
    if (transaction->kind == TRANSACTION_INVOKE) {
        json_out_member_u64(&out, "cairo_version", transaction->encoding == CALL_CAIRO1 ? 1 : 0);
    }
    transaction_members_out(&out, transaction);
    json_out_object_end(&out);
    arena_close(arena, &text);
    TRY(buf_check(&text));
    TRY(json_in_parse(arena, buf_bytes(&text), doc));
    struct json_in root = json_in_root(doc);
    return transaction_json(arena, &root, ret);
}
