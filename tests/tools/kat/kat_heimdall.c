#include <string.h>

#include "keys/derive_v1.h"
#include "starknet/account.h"
#include "starknet/transaction.h"
#include "starknet/transaction_legacy.h"
#include "tools/kat/kat.h"

/* The key index as decimal text; a number or a string in the file. */
static struct bytes index_text(struct kat *kat, const struct json_in *index)
{
    struct bytes text;
    if (json_in_kind(index) == JSON_IN_STRING) {
        kat_try(kat, json_in_string(index, &text));
        return text;
    }
    struct buf buf = arena_open(kat->arena);
    buf_put_decimal(&buf, kat_u64(kat, &kat->at, "key_index"));
    text = buf_bytes(&buf);
    arena_close(kat->arena, &buf);
    return text;
}

static void expect_public(struct kat *kat, const struct secret32 *bytes)
{
    struct stark_key key;
    struct felt y;
    kat_try(kat, stark_key_from_bytes(bytes, &key));
    struct stark_public public = kat_public(kat, &key);
    stark_fe_to_felt(&public.point.y, &y);
    kat_expect(kat, &kat->at, "public_key_x", &public.x);
    kat_expect_if(kat, &kat->at, "public_key_y", &y);
}

/* The reference takes true for an index; here it passes when it is refused. */
static void derivation(struct kat *kat)
{
    struct json_in index = kat_member(kat, &kat->at, "key_index");
    struct bytes bytes = kat_hex(kat, &kat->at, "seed");
    struct bytes user = kat_text(kat, &kat->at, "username");
    uint64_t limit = kat_u64(kat, &kat->at, "max_attempts");
    kat_require(kat, bytes.len == 32 && limit <= 1000);
    if (kat->failed) {
        return;
    }
    struct secret32 seed;
    struct derive_v1 derived;
    memcpy(seed.b, bytes.ptr, 32);
    if (json_in_kind(&index) == JSON_IN_BOOL) {
        struct status status =
            derive_v1_limited(&seed, user, BYTES_LITERAL("True"), (unsigned)limit, &derived);
        uint64_t number;
        kat_require(kat, status.code == STATUS_INVALID_KEY_INDEX);
        kat_require(kat, json_in_u64(&index, 0, INT64_MAX, &number).code == STATUS_BAD_TYPE);
        return;
    }
    kat_try(kat,
            derive_v1_limited(&seed, user, index_text(kat, &index), (unsigned)limit, &derived));
    struct felt felt;
    kat_require(kat, felt_from_be(derived.key.b, &felt));
    kat_expect(kat, &kat->at, "private_key", &felt);
    kat_require(kat, derived.attempt == kat_u64(kat, &kat->at, "attempt"));
    expect_public(kat, &derived.key);
}

static void real_address(struct kat *kat)
{
    const struct felt zero = FELT_ZERO;
    struct felt class = kat_felt(kat, &kat->at, "class_hash");
    struct felt key = kat_felt(kat, &kat->at, "public_key_x");
    struct felts constructor = {&key, 1};
    struct felt address = account_contract_address(&zero, &key, &class, constructor);
    kat_expect(kat, &kat->at, "address_salt_pub", &address);
    address = account_contract_address(&zero, &zero, &class, constructor);
    kat_expect(kat, &kat->at, "address_salt_0", &address);
}

/* The reference's library always adds the seed 32, one byte. */
static void expect_seed32(struct kat *kat, const struct stark_key *key, const struct felt *hash)
{
    struct stark_signature signature = {0};
    if (!kat->failed) {
        kat_try(kat, stark_ecdsa_sign(key, hash, BYTES_LITERAL("\x20"), &signature));
    }
    kat_expect(kat, &kat->at, "r_seed32", &signature.r);
    kat_expect(kat, &kat->at, "s_seed32", &signature.s);
}

static void signature(struct kat *kat)
{
    struct stark_key key = kat_key(kat, &kat->at, "private_key");
    struct felt hash = kat_felt(kat, &kat->at, "hash");
    struct stark_signature plain = {0};
    if (!kat->failed) {
        kat_try(kat, stark_ecdsa_sign(&key, &hash, BYTES_LITERAL(""), &plain));
    }
    kat_expect(kat, &kat->at, "r_noseed", &plain.r);
    kat_expect(kat, &kat->at, "s_noseed", &plain.s);
    expect_seed32(kat, &key, &hash);
}

static struct fee_bound bound(struct kat *kat, const char *name)
{
    struct json_in bounds = kat_member(kat, &kat->at, "bounds");
    struct felts pair = kat_felts_or_none(kat, &bounds, name);
    if (kat->failed || pair.len != 2 || felt_bits(&pair.ptr[0]) > 64) {
        kat_require(kat, pair.len == 0);
        return (struct fee_bound){0, FELT_ZERO};
    }
    return (struct fee_bound){pair.ptr[0].limb[0], pair.ptr[1]};
}

/* Two bounds are what the network took before: their hash is verified, never signed. */
static void invoke(struct kat *kat)
{
    struct stark_key key = kat_key(kat, &kat->root, "private_key");
    struct transaction tx = {
        .kind = TRANSACTION_INVOKE,
        .chain = kat_felt(kat, &kat->at, "chain_id"),
        .sender = kat_felt(kat, &kat->at, "sender"),
        .nonce = kat_felt(kat, &kat->at, "nonce"),
        .tip = kat_u64(kat, &kat->at, "tip"),
        .calldata = kat_felts(kat, &kat->at, "calldata"),
        .bounds = {bound(kat, "l1"), bound(kat, "l2"), bound(kat, "l1_data")},
    };
    uint64_t resources = kat_u64(kat, &kat->at, "resources");
    kat_require(kat, resources == 2 || resources == 3);
    struct felt hash = resources == 3 ? transaction_hash(&tx) : transaction_legacy_two_bounds(&tx);
    kat_expect(kat, &kat->at, "tx_hash", &hash);
    struct stark_public public = kat_public(kat, &key);
    struct stark_signature given = {kat_felt(kat, &kat->at, "r_seed32"),
                                    kat_felt(kat, &kat->at, "s_seed32")};
    if (!kat->failed) {
        kat_try(kat, stark_ecdsa_verify_var(&public, &hash, &given));
    }
    if (resources == 3) {
        expect_seed32(kat, &key, &hash);
    }
}

const struct kat_kind kat_heimdall_kinds[] = {
    {"list:vectors", derivation},   {"list:forced_fallback", derivation},
    {"list:signatures", signature}, {"list:real_addresses", real_address},
    {"list:invoke_v3", invoke},     {NULL, NULL},
};
