#include "base/limits.h"
#include "starknet/address_text.h"
#include "starknet/calldata.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"
#include "starknet/selector.h"
#include "starknet/transaction.h"

struct reading {
    struct arena *arena;
    const struct json_in *at;
    struct transaction *to;
    const struct fee_table *table; /* of the seed's form; NULL in ours, which is strict */
    enum call_encoding encoding;   /* of the class */
    bool may_be_next;              /* the nonce */
};

static struct status read_felt(const struct json_in *at, const char *name, struct felt *ret)
{
    struct json_in member;
    TRY(json_in_member(at, name, &member));
    return felt_text_json(&member, ret);
}

/* A list that is empty when it is missing. */
static struct status read_list(const struct reading *in, const char *name, struct felts *ret)
{
    struct json_in member;
    return json_in_find(in->at, name, &member) ? felts_json(in->arena, &member, ret) : OK;
}

static struct status read_version(const struct json_in *at, bool *ret_is_query)
{
    struct json_in member;
    struct felt version;
    if (!json_in_find(at, "version", &member)) {
        return OK;
    }
    TRY(felt_text_json(&member, &version));
    *ret_is_query = version.limb[2] == 1;
    const struct felt wanted = {{3, 0, *ret_is_query, 0}};
    return felt_equal(&version, &wanted) ? OK : JSON_IN_FAIL(&member, TRANSACTION_VERSION);
}

/* "L1" or "L2", or their numbers 0 and 1; L1 when it is missing. */
static struct status read_da(const struct json_in *at, const char *name, enum transaction_da *ret)
{
    struct json_in member;
    struct bytes text = BYTES_LITERAL("L1");
    if (!json_in_find(at, name, &member)) {
        return OK;
    }
    if (json_in_kind(&member) == JSON_IN_INTEGER) {
        uint64_t mode = 0;
        TRY(json_in_u64(&member, TRANSACTION_DA_L1, TRANSACTION_DA_L2, &mode));
        *ret = (enum transaction_da)mode;
        return OK;
    }
    TRY(json_in_string(&member, &text));
    *ret = bytes_equal(text, BYTES_LITERAL("L2")) ? TRANSACTION_DA_L2 : TRANSACTION_DA_L1;
    if (*ret == TRANSACTION_DA_L1 && !bytes_equal(text, BYTES_LITERAL("L1"))) {
        return JSON_IN_FAIL(&member, INVALID_TRANSACTION);
    }
    return OK;
}

static struct status read_bounds(const struct reading *in)
{
    struct json_in member;
    struct felt max_fee;
    if (json_in_find(in->at, "resource_bounds", &member)) {
        return fee_bounds_json(&member, in->table == NULL, &in->to->bounds);
    }
    if (in->table == NULL || !json_in_find(in->at, "max_fee", &member)) {
        return JSON_IN_FAIL(in->at, RESOURCE_BOUNDS);
    }
    TRY(felt_text_json_bits(&member, 128, &max_fee));
    return json_in_about(&member, fee_split(in->table, &max_fee, &in->to->bounds));
}

/* What every kind has, but the nonce. */
static struct status read_common(const struct reading *in)
{
    struct transaction *to = in->to;
    struct json_in member;
    TRY(json_in_member(in->at, "chain_id", &member));
    TRY(chain_json(&member, &to->chain));
    TRY(read_bounds(in));
    if (json_in_find(in->at, "tip", &member)) {
        TRY(felt_text_json_u64(&member, &to->tip));
    }
    TRY(read_list(in, "paymaster_data", &to->paymaster_data));
    TRY(read_list(in, "account_deployment_data", &to->account_deployment_data));
    TRY(read_da(in->at, "nonce_data_availability_mode", &to->nonce_da));
    return read_da(in->at, "fee_data_availability_mode", &to->fee_da);
}

static struct status read_calls(const struct reading *in)
{
    struct transaction *to = in->to;
    struct json_in calls;
    struct json_in calldata;
    struct json_in member;
    if (json_in_find(in->at, "cairo_version", &member)) {
        TRY(call_encoding_json(&member, &to->encoding));
    }
    if (!json_in_find(in->at, "calldata", &calldata)) {
        TRY(json_in_member(in->at, "calls", &calls));
        TRY(call_list_json(in->arena, &calls, true, &to->calls));
        return json_in_about(&calls,
                             call_encode(in->arena, to->calls, to->encoding, &to->calldata));
    }
    if (json_in_find(in->at, "calls", &calls)) {
        return JSON_IN_FAIL(&calls, INVALID_TRANSACTION);
    }
    TRY(felts_json(in->arena, &calldata, &to->calldata));
    return json_in_about(&calldata, call_decode(in->arena, to->calldata, to->encoding, &to->calls));
}

static struct status read_sender(const struct reading *in)
{
    struct json_in member;
    in->to->has_sender = json_in_find(in->at, "sender_address", &member);
    return in->to->has_sender ? address_text_json(&member, &in->to->sender) : OK;
}

static struct status read_invoke(const struct reading *in)
{
    struct transaction *to = in->to;
    struct json_in member;
    TRY(read_sender(in));
    TRY(read_calls(in));
    if (json_in_find(in->at, "proof_facts", &member)) {
        TRY(felts_json(in->arena, &member, &to->proof_facts));
        if (to->calldata.len + to->proof_facts.len > LIMIT_FELTS) {
            return JSON_IN_FAIL(&member, CALLDATA_TOO_LARGE);
        }
    }
    if (json_in_find(in->at, "proof", &member)) {
        TRY(json_in_string(&member, &to->proof));
        if (to->proof_facts.len == 0) {
            return JSON_IN_FAIL(&member, INVALID_TRANSACTION);
        }
    }
    return OK;
}

static struct status read_deploy_account(const struct reading *in)
{
    struct transaction *to = in->to;
    struct json_in member;
    static const char *const names[] = {"class_hash", "contract_address_salt",
                                        "constructor_calldata"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        to->has_sender |= json_in_find(in->at, names[i], &member);
    }
    if (!to->has_sender) {
        return OK;
    }
    TRY(read_felt(in->at, "class_hash", &to->class_hash));
    TRY(read_felt(in->at, "contract_address_salt", &to->salt));
    TRY(json_in_member(in->at, "constructor_calldata", &member));
    TRY(felts_json(in->arena, &member, &to->constructor_calldata));
    to->sender =
        account_contract_address(&FELT_ZERO, &to->salt, &to->class_hash, to->constructor_calldata);
    return OK;
}

static struct status read_declare(const struct reading *in)
{
    TRY(read_sender(in));
    TRY(read_felt(in->at, "class_hash", &in->to->class_hash));
    return read_felt(in->at, "compiled_class_hash", &in->to->compiled_class_hash);
}

#define COMMON_NAMES                                                                    \
    "type", "version", "chain_id", "nonce", "resource_bounds", "tip", "paymaster_data", \
        "nonce_data_availability_mode", "fee_data_availability_mode"

static const char *const invoke_names[] = {
    COMMON_NAMES,  "sender_address", "account_deployment_data",
    "calls",       "calldata",       "cairo_version",
    "proof_facts", "proof"};
static const char *const deploy_account_names[] = {COMMON_NAMES, "class_hash",
                                                   "contract_address_salt", "constructor_calldata"};
static const char *const declare_names[] = {
    COMMON_NAMES, "sender_address", "account_deployment_data", "class_hash", "compiled_class_hash"};

#define NAMES(list) (list), sizeof(list) / sizeof(list)[0]

static const struct {
    const char *const *names;
    size_t names_count;
    struct status (*read)(const struct reading *in);
} kinds[] = {
    [TRANSACTION_INVOKE] = {NAMES(invoke_names), read_invoke},
    [TRANSACTION_DEPLOY_ACCOUNT] = {NAMES(deploy_account_names), read_deploy_account},
    [TRANSACTION_DECLARE] = {NAMES(declare_names), read_declare},
};

/* As JSON-RPC has them, as our answers say them, and starknet.js' own word. */
static const struct {
    const char *text;
    enum transaction_kind kind;
} spellings[] = {
    {"INVOKE", TRANSACTION_INVOKE},
    {"DEPLOY_ACCOUNT", TRANSACTION_DEPLOY_ACCOUNT},
    {"DECLARE", TRANSACTION_DECLARE},
    {"invoke", TRANSACTION_INVOKE},
    {"deploy_account", TRANSACTION_DEPLOY_ACCOUNT},
    {"declare", TRANSACTION_DECLARE},
    {"INVOKE_FUNCTION", TRANSACTION_INVOKE},
};

static struct status read_kind(const struct json_in *at, enum transaction_kind *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(at, "type", &member));
    TRY(json_in_string(&member, &text));
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        if (bytes_equal(text, bytes_of(spellings[i].text))) {
            *ret = spellings[i].kind;
            return OK;
        }
    }
    return JSON_IN_FAIL(&member, INVALID_TRANSACTION);
}

static struct status read_nonce(const struct reading *in)
{
    struct transaction *to = in->to;
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(in->at, "nonce", &member));
    to->is_nonce_next = in->may_be_next && json_in_kind(&member) == JSON_IN_STRING &&
                        status_is_ok(json_in_string(&member, &text)) &&
                        bytes_equal(text, BYTES_LITERAL("next"));
    return to->is_nonce_next ? OK : felt_text_json(&member, &to->nonce);
}

static struct status read_ours(const struct reading *in)
{
    struct transaction *to = in->to;
    TRY(read_kind(in->at, &to->kind));
    TRY(json_in_members(in->at, kinds[to->kind].names, kinds[to->kind].names_count));
    TRY(read_version(in->at, &to->is_query));
    TRY(read_common(in));
    TRY(read_nonce(in));
    return kinds[to->kind].read(in);
}

static struct status read_seed_call(const struct reading *in, struct call *call)
{
    struct json_in member;
    struct bytes name;
    TRY(json_in_member(in->at, "contract_address", &member));
    TRY(address_text_json(&member, &call->to));
    TRY(json_in_member(in->at, "function_name", &member));
    TRY(json_in_string(&member, &name));
    TRY(json_in_about(&member, selector_of_name(name, &call->selector)));
    return json_in_find(in->at, "calldata", &member)
               ? calldata_json(in->arena, &member, &call->calldata)
               : OK;
}

static struct status read_seed(const struct reading *in)
{
    struct transaction *to = in->to;
    struct json_in member;
    struct call *call = arena_array(in->arena, 1, sizeof *call);
    if (call == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(read_seed_call(in, call));
    to->calls = (struct calls){call, 1};
    TRY(json_in_about(in->at, call_encode(in->arena, to->calls, to->encoding, &to->calldata)));
    to->is_nonce_assumed = !json_in_find(in->at, "nonce", &member);
    if (!to->is_nonce_assumed) {
        TRY(felt_text_json(&member, &to->nonce));
    }
    return read_common(in);
}

static struct status read(const struct reading *in)
{
    *in->to = (struct transaction){.encoding = in->encoding};
    struct status status = in->table == NULL ? read_ours(in) : read_seed(in);
    if (!status_is_ok(status)) {
        *in->to = (struct transaction){0};
    }
    return status;
}

struct status transaction_json(struct arena *arena, const struct json_in *at,
                               enum call_encoding encoding, struct transaction *ret)
{
    return read(&(struct reading){arena, at, ret, NULL, encoding, false});
}

struct status transaction_json_next(struct arena *arena, const struct json_in *at,
                                    enum call_encoding encoding, struct transaction *ret)
{
    return read(&(struct reading){arena, at, ret, NULL, encoding, true});
}

struct status transaction_seed_json(struct arena *arena, const struct json_in *at,
                                    const struct fee_table *table, enum call_encoding encoding,
                                    struct transaction *ret)
{
    return read(&(struct reading){arena, at, ret, table, encoding, false});
}
