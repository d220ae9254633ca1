#include "starknet/account.h"
#include "starknet/address_text.h"
#include "starknet/call.h"
#include "starknet/fee.h"
#include "starknet/transaction.h"
#include "starknet/transaction_legacy.h"
#include "tools/kat/kat.h"

static void address(struct kat *kat)
{
    struct felt deployer = kat_felt(kat, &kat->in, "deployer");
    struct felt salt = kat_felt(kat, &kat->in, "salt");
    struct felt class = kat_felt(kat, &kat->in, "class_hash");
    struct felts constructor = kat_felts(kat, &kat->in, "constructor_calldata");
    struct felt result = account_contract_address(&deployer, &salt, &class, constructor);
    kat_expect(kat, &kat->out, "address", &result);
}

static void checksum(struct kat *kat)
{
    uint8_t memory[80];
    struct buf text = buf_over(memory, sizeof memory);
    struct felt felt = kat_felt(kat, &kat->in, "address");
    address_text_put(&text, &felt);
    struct bytes expected = kat_text(kat, &kat->out, "checksum");
    kat_require(kat, bytes_equal(expected, buf_bytes(&text)));
    struct felt again;
    kat_try(kat, address_text_read(expected, &again));
    kat_require(kat, felt_equal(&felt, &again));
}

static struct felts encoded(struct kat *kat, enum call_encoding encoding)
{
    struct json_in list = kat_member(kat, &kat->in, "calls");
    struct calls calls;
    struct felts calldata;
    kat_try(kat, call_list_json(kat->arena, &list, false, &calls));
    kat_try(kat, call_encode(kat->arena, calls, encoding, &calldata));
    kat_try(kat, call_decode(kat->arena, calldata, encoding, &calls));
    return calldata;
}

static void multicall_cairo1(struct kat *kat)
{
    kat_expect_felts(kat, &kat->out, "calldata", encoded(kat, CALL_CAIRO1));
}

static void multicall_cairo0(struct kat *kat)
{
    kat_expect_felts(kat, &kat->out, "calldata", encoded(kat, CALL_CAIRO0));
}

/* In: version, of which 2^128 may be more. */
static bool is_query(struct kat *kat, uint64_t version)
{
    struct felt felt = kat_felt(kat, &kat->in, "version");
    kat_require(kat, felt.limb[0] == version && felt.limb[1] == 0 && felt.limb[2] <= 1 &&
                         felt.limb[3] == 0);
    return felt.limb[2] == 1;
}

static enum transaction_da da_mode(struct kat *kat, const char *name)
{
    struct felt mode = kat_felt_or_zero(kat, &kat->in, name);
    kat_require(kat, mode.limb[0] <= 1 && felt_bits(&mode) <= 1);
    return mode.limb[0] == 1 ? TRANSACTION_DA_L2 : TRANSACTION_DA_L1;
}

/* What all kinds of version 3 have. */
static struct transaction version3(struct kat *kat, enum transaction_kind kind)
{
    struct json_in member;
    struct json_in bounds = kat_member(kat, &kat->in, "resource_bounds");
    struct transaction tx = {
        .kind = kind,
        .is_query = json_in_find(&kat->in, "version", &member) && is_query(kat, 3),
        .has_sender = true,
        .chain = kat_felt(kat, &kat->in, "chain_id"),
        .sender = kat_felt_or_zero(kat, &kat->in, "sender_address"),
        .nonce = kat_felt(kat, &kat->in, "nonce"),
        .tip = kat_u64(kat, &kat->in, "tip"),
        .nonce_da = da_mode(kat, "nonce_da"),
        .fee_da = da_mode(kat, "fee_da"),
        .paymaster_data = kat_felts_or_none(kat, &kat->in, "paymaster_data"),
        .account_deployment_data = kat_felts_or_none(kat, &kat->in, "account_deployment_data"),
    };
    kat_try(kat, fee_bounds_json(&bounds, false, &tx.bounds));
    return tx;
}

static void invoke_v3(struct kat *kat)
{
    struct json_in member;
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct transaction tx = version3(kat, TRANSACTION_INVOKE);
    tx.proof_facts = kat_felts_or_none(kat, &kat->in, "proof_facts");
    if (json_in_find(&kat->in, "calls", &member)) {
        tx.calldata = encoded(kat, CALL_CAIRO1);
        if (json_in_find(&kat->in, "calldata", &member)) {
            kat_expect_felts(kat, &kat->in, "calldata", tx.calldata);
        }
    } else {
        tx.calldata = kat_felts(kat, &kat->in, "calldata");
    }
    struct felt hash = transaction_hash(&tx);
    kat_expect(kat, &kat->out, "hash", &hash);
    kat_expect_signature(kat, &kat->out, "signature", &key, &hash);
}

/* The second signature of a Braavos account. */
static void braavos(struct kat *kat, const struct transaction *tx, const struct stark_key *key,
                    const struct stark_signature *first)
{
    struct account_class class = {.name = "braavos", .kind = ACCOUNT_CLASS_BRAAVOS};
    class.hash = tx->class_hash;
    class.implementation = kat_felt(kat, &kat->in, "impl_class_hash");
    struct felt hash = account_braavos_hash(&class, &tx->chain);
    kat_expect(kat, &kat->out, "aux_hash", &hash);
    struct stark_signature second =
        kat_expect_signature(kat, &kat->out, "aux_signature", key, &hash);
    struct felt rs[2] = {first->r, first->s};
    struct felt second_rs[2] = {second.r, second.s};
    struct felt all[ACCOUNT_SIGNATURE_MAX];
    size_t len = account_deploy_signature(&class, &tx->chain, rs, second_rs, all);
    kat_expect_felts(kat, &kat->out, "full_signature", (struct felts){all, len});
}

static void deploy_account_v3(struct kat *kat)
{
    struct json_in member;
    const struct felt zero = FELT_ZERO;
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct transaction tx = version3(kat, TRANSACTION_DEPLOY_ACCOUNT);
    tx.class_hash = kat_felt(kat, &kat->in, "class_hash");
    tx.salt = kat_felt(kat, &kat->in, "salt");
    tx.constructor_calldata = kat_felts(kat, &kat->in, "constructor_calldata");
    tx.sender = account_contract_address(&zero, &tx.salt, &tx.class_hash, tx.constructor_calldata);
    struct felt hash = transaction_hash(&tx);
    kat_expect(kat, &kat->out, "address", &tx.sender);
    kat_expect(kat, &kat->out, "hash", &hash);
    struct stark_signature first = kat_expect_signature(kat, &kat->out, "signature", &key, &hash);
    if (json_in_find(&kat->out, "aux_hash", &member)) {
        braavos(kat, &tx, &key, &first);
    }
}

static void declare_v3(struct kat *kat)
{
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct transaction tx = version3(kat, TRANSACTION_DECLARE);
    tx.class_hash = kat_felt(kat, &kat->in, "class_hash");
    tx.compiled_class_hash = kat_felt(kat, &kat->in, "compiled_class_hash");
    struct felt hash = transaction_hash(&tx);
    kat_expect(kat, &kat->out, "hash", &hash);
    kat_expect_signature(kat, &kat->out, "signature", &key, &hash);
}

static void invoke_v1(struct kat *kat)
{
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct transaction_legacy tx = {
        .kind = TRANSACTION_LEGACY_INVOKE,
        .version = 1,
        .is_query = is_query(kat, 1),
        .chain = kat_felt(kat, &kat->in, "chain_id"),
        .sender = kat_felt(kat, &kat->in, "sender_address"),
        .calldata = kat_felts(kat, &kat->in, "calldata"),
        .max_fee = kat_felt(kat, &kat->in, "max_fee"),
        .nonce = kat_felt(kat, &kat->in, "nonce"),
    };
    struct felt hash = transaction_legacy_hash(&tx);
    kat_expect(kat, &kat->out, "hash", &hash);
    kat_expect_signature(kat, &kat->out, "signature", &key, &hash);
}

static void deploy_account_v1(struct kat *kat)
{
    const struct felt zero = FELT_ZERO;
    struct transaction_legacy tx = {
        .kind = TRANSACTION_LEGACY_DEPLOY_ACCOUNT,
        .version = 1,
        .is_query = is_query(kat, 1),
        .chain = kat_felt(kat, &kat->in, "chain_id"),
        .calldata = kat_felts(kat, &kat->in, "constructor_calldata"),
        .class_hash = kat_felt(kat, &kat->in, "class_hash"),
        .salt = kat_felt(kat, &kat->in, "salt"),
        .max_fee = kat_felt(kat, &kat->in, "max_fee"),
        .nonce = kat_felt(kat, &kat->in, "nonce"),
    };
    tx.sender = account_contract_address(&zero, &tx.salt, &tx.class_hash, tx.calldata);
    struct felt hash = transaction_legacy_hash(&tx);
    kat_expect(kat, &kat->out, "address", &tx.sender);
    kat_expect(kat, &kat->out, "hash", &hash);
}

static void l1_handler(struct kat *kat)
{
    struct felt from = kat_felt(kat, &kat->in, "from");
    struct felts payload = kat_felts(kat, &kat->in, "payload");
    struct felts_out list = felts_open(kat->arena);
    felts_put(&list, &from);
    felts_put_all(&list, payload);
    struct felts calldata;
    kat_try(kat, felts_close(&list, &calldata));
    struct transaction_legacy tx = {
        .kind = TRANSACTION_LEGACY_L1_HANDLER,
        .chain = kat_felt(kat, &kat->in, "chain_id"),
        .sender = kat_felt(kat, &kat->in, "to"),
        .selector = kat_felt(kat, &kat->in, "selector"),
        .calldata = calldata,
        .nonce = kat_felt(kat, &kat->in, "nonce"),
    };
    struct felt hash = transaction_legacy_hash(&tx);
    kat_expect(kat, &kat->out, "hash", &hash);
}

const struct kat_kind kat_transaction_kinds[] = {
    {"address", address},
    {"checksum_address", checksum},
    {"multicall_cairo0", multicall_cairo0},
    {"multicall_cairo1", multicall_cairo1},
    {"invoke_v3", invoke_v3},
    {"signer_e2e", invoke_v3},
    {"deploy_account_v3", deploy_account_v3},
    {"declare_v3", declare_v3},
    {"invoke_v1", invoke_v1},
    {"deploy_account_v1", deploy_account_v1},
    {"l1_handler", l1_handler},
    {NULL, NULL},
};
