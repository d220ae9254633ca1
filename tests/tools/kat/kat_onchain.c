#include "starknet/account.h"
#include "starknet/chain.h"
#include "starknet/transaction.h"
#include "starknet/transaction_legacy.h"
#include "tools/kat/kat.h"

static unsigned version_of(struct kat *kat)
{
    struct bytes text = kat_text(kat, &kat->at, "version");
    kat_require(kat, text.len == 2 && text.ptr[0] == 'V');
    return kat->failed ? 0 : (unsigned)(text.ptr[1] - '0');
}

static struct felt chain_of(struct kat *kat)
{
    struct felt chain;
    kat_try(kat, chain_read(kat_text(kat, &kat->at, "chain_id"), &chain));
    return chain;
}

static enum transaction_da da_mode(struct kat *kat, const char *name)
{
    struct bytes text = kat_text(kat, &kat->in, name);
    bool second = bytes_equal(text, BYTES_LITERAL("L2"));
    kat_require(kat, second || bytes_equal(text, BYTES_LITERAL("L1")));
    return second ? TRANSACTION_DA_L2 : TRANSACTION_DA_L1;
}

static struct fee_bound bound(struct kat *kat, const char *name, bool *ret_found)
{
    struct json_in bounds = kat_member(kat, &kat->in, "resource_bounds");
    struct json_in at;
    *ret_found = json_in_find(&bounds, name, &at);
    if (!*ret_found) {
        return (struct fee_bound){0, FELT_ZERO};
    }
    return (struct fee_bound){kat_u64(kat, &at, "max_amount"),
                              kat_felt(kat, &at, "max_price_per_unit")};
}

static struct felt sender_of(struct kat *kat, const struct felt *salt, const struct felt *class,
                             struct felts constructor)
{
    const struct felt zero = FELT_ZERO;
    struct json_in member;
    const char *name =
        json_in_find(&kat->in, "sender_address", &member) ? "sender_address" : "contract_address";
    return json_in_find(&kat->in, name, &member)
               ? kat_felt(kat, &kat->in, name)
               : account_contract_address(&zero, salt, class, constructor);
}

static void version3(struct kat *kat, enum transaction_kind kind)
{
    bool found;
    struct transaction tx = {
        .kind = kind,
        .chain = chain_of(kat),
        .nonce = kat_felt(kat, &kat->in, "nonce"),
        .tip = kat_u64(kat, &kat->in, "tip"),
        .nonce_da = da_mode(kat, "nonce_data_availability_mode"),
        .fee_da = da_mode(kat, "fee_data_availability_mode"),
        .paymaster_data = kat_felts(kat, &kat->in, "paymaster_data"),
        .account_deployment_data = kat_felts_or_none(kat, &kat->in, "account_deployment_data"),
        .calldata = kat_felts_or_none(kat, &kat->in, "calldata"),
        .proof_facts = kat_felts_or_none(kat, &kat->in, "proof_facts"),
        .class_hash = kat_felt_or_zero(kat, &kat->in, "class_hash"),
        .salt = kat_felt_or_zero(kat, &kat->in, "contract_address_salt"),
        .constructor_calldata = kat_felts_or_none(kat, &kat->in, "constructor_calldata"),
        .compiled_class_hash = kat_felt_or_zero(kat, &kat->in, "compiled_class_hash"),
    };
    tx.sender = sender_of(kat, &tx.salt, &tx.class_hash, tx.constructor_calldata);
    tx.bounds.l1_gas = bound(kat, "L1_GAS", &found);
    tx.bounds.l2_gas = bound(kat, "L2_GAS", &found);
    tx.bounds.l1_data_gas = bound(kat, "L1_DATA_GAS", &found);
    for (unsigned query = 0; query < 2; query++) {
        tx.is_query = query == 1;
        struct felt hash = found ? transaction_hash(&tx) : transaction_legacy_two_bounds(&tx);
        kat_expect(kat, &kat->at, query == 1 ? "query_hash" : "hash", &hash);
    }
}

static void older(struct kat *kat, enum transaction_legacy_kind kind, unsigned version)
{
    bool deploys = kind == TRANSACTION_LEGACY_DEPLOY_ACCOUNT;
    struct transaction_legacy tx = {
        .kind = kind,
        .version = version,
        .chain = chain_of(kat),
        .selector = kat_felt_or_zero(kat, &kat->in, "entry_point_selector"),
        .calldata = kat_felts_or_none(kat, &kat->in, deploys ? "constructor_calldata" : "calldata"),
        .max_fee = kat_felt_or_zero(kat, &kat->in, "max_fee"),
        .nonce = kat_felt_or_zero(kat, &kat->in, "nonce"),
        .class_hash = kat_felt_or_zero(kat, &kat->in, "class_hash"),
        .salt = kat_felt_or_zero(kat, &kat->in, "contract_address_salt"),
        .compiled_class_hash = kat_felt_or_zero(kat, &kat->in, "compiled_class_hash"),
    };
    tx.sender = sender_of(kat, &tx.salt, &tx.class_hash, tx.calldata);
    for (unsigned query = 0; query < 2 && !kat->failed; query++) {
        tx.is_query = query == 1;
        struct felt hash = transaction_legacy_hash(&tx);
        const char *name = query == 1 ? "query_hash" : "hash";
        (query == 1 ? kat_expect_if : kat_expect)(kat, &kat->at, name, &hash);
    }
}

static void invoke(struct kat *kat)
{
    unsigned version = version_of(kat);
    kat_require(kat, version == 0 || version == 1 || version == 3);
    if (version == 3) {
        version3(kat, TRANSACTION_INVOKE);
    } else if (!kat->failed) {
        older(kat, TRANSACTION_LEGACY_INVOKE, version);
    }
}

static void declare(struct kat *kat)
{
    unsigned version = version_of(kat);
    kat_require(kat, version >= 1 && version <= 3);
    if (version == 3) {
        version3(kat, TRANSACTION_DECLARE);
    } else if (!kat->failed) {
        older(kat, TRANSACTION_LEGACY_DECLARE, version);
    }
}

static void deploy_account(struct kat *kat)
{
    unsigned version = version_of(kat);
    kat_require(kat, version == 1 || version == 3);
    if (version == 3) {
        version3(kat, TRANSACTION_DEPLOY_ACCOUNT);
    } else if (!kat->failed) {
        older(kat, TRANSACTION_LEGACY_DEPLOY_ACCOUNT, version);
    }
}

static void l1_handler(struct kat *kat)
{
    older(kat, TRANSACTION_LEGACY_L1_HANDLER, 0);
}

const struct kat_kind kat_onchain_kinds[] = {
    {"chain:Invoke", invoke},
    {"chain:Declare", declare},
    {"chain:DeployAccount", deploy_account},
    {"chain:L1Handler", l1_handler},
    {NULL, NULL},
};
