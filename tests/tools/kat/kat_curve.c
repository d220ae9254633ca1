#include "crypto/pedersen.h"
#include "crypto/poseidon.h"
#include "keys/derive_v1.h"
#include "starknet/byte_array.h"
#include "starknet/felt_text.h"
#include "starknet/grind_key.h"
#include "starknet/selector.h"
#include "starknet/short_string.h"
#include "tools/kat/kat.h"

static void pubkey(struct kat *kat)
{
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct stark_public public = kat_public(kat, &key);
    struct felt y;
    stark_fe_to_felt(&public.point.y, &y);
    kat_expect(kat, &kat->out, "x", &public.x);
    kat_expect(kat, &kat->out, "y", &y);
}

static void sign(struct kat *kat)
{
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct felt hash = kat_felt(kat, &kat->in, "msg");
    kat_expect_signature(kat, &kat->at, "out", &key, &hash);
}

/* The extra entropy is the number as its bytes, as few as possible. */
static void sign_seed(struct kat *kat)
{
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct felt hash = kat_felt(kat, &kat->in, "msg");
    struct json_in member = kat_member(kat, &kat->in, "seed");
    uint64_t limb[4];
    kat_try(kat, felt_text_json_u256(&member, limb));
    uint8_t bytes[32];
    size_t skip = 32;
    for (size_t i = 0; i < 32; i++) {
        bytes[31 - i] = (uint8_t)(limb[i / 8] >> (8 * (i % 8)));
        skip = bytes[31 - i] != 0 ? 31 - i : skip;
    }
    struct stark_signature signature = {0};
    if (!kat->failed) {
        kat_try(kat,
                stark_ecdsa_sign(&key, &hash, (struct bytes){bytes + skip, 32 - skip}, &signature));
    }
    kat_expect(kat, &kat->out, "r", &signature.r);
    kat_expect(kat, &kat->out, "s", &signature.s);
}

/* False when the member is not below the field prime: then nothing verifies. */
static bool number(struct kat *kat, const char *name, struct felt *ret)
{
    struct json_in member = kat_member(kat, &kat->in, name);
    uint64_t limb[4];
    kat_try(kat, felt_text_json_u256(&member, limb));
    return felt_from_limbs(limb, ret);
}

static void verify(struct kat *kat)
{
    struct felt key;
    struct felt hash;
    struct stark_signature signature;
    bool valid = number(kat, "pub", &key) && number(kat, "msg", &hash) &&
                 number(kat, "r", &signature.r) && number(kat, "s", &signature.s);
    valid = valid && status_is_ok(stark_ecdsa_verify_x_var(&key, &hash, &signature));
    struct json_in member = kat_member(kat, &kat->out, "valid");
    bool expected;
    kat_try(kat, json_in_bool(&member, &expected));
    kat_require(kat, valid == expected);
}

static void pedersen(struct kat *kat)
{
    struct felt a = kat_felt(kat, &kat->in, "a");
    struct felt b = kat_felt(kat, &kat->in, "b");
    pedersen_hash(&a, &b, &a);
    kat_expect(kat, &kat->out, "h", &a);
}

static void pedersen_list(struct kat *kat)
{
    struct felts list = kat_felts(kat, &kat->in, "elems");
    struct felt hash;
    pedersen_array(list.ptr, list.len, &hash);
    kat_expect(kat, &kat->out, "h", &hash);
}

static void hades(struct kat *kat)
{
    struct felts list = kat_felts(kat, &kat->in, "state");
    kat_require(kat, list.len == 3);
    if (!kat->failed) {
        struct felt state[3] = {list.ptr[0], list.ptr[1], list.ptr[2]};
        poseidon_permute(state);
        kat_expect_felts(kat, &kat->out, "state", (struct felts){state, 3});
    }
}

static void poseidon_one(struct kat *kat)
{
    struct felt a = kat_felt(kat, &kat->in, "a");
    struct felt hash;
    poseidon_hash1(&a, &hash);
    kat_expect(kat, &kat->out, "h", &hash);
}

static void poseidon_two(struct kat *kat)
{
    struct felt a = kat_felt(kat, &kat->in, "a");
    struct felt b = kat_felt(kat, &kat->in, "b");
    struct felt hash;
    poseidon_hash2(&a, &b, &hash);
    kat_expect(kat, &kat->out, "h", &hash);
}

static void poseidon_list(struct kat *kat)
{
    struct felts list = kat_felts(kat, &kat->in, "elems");
    struct felt hash;
    poseidon_hash_many(list.ptr, list.len, &hash);
    kat_expect(kat, &kat->out, "h", &hash);
}

static void selector(struct kat *kat)
{
    struct felt felt;
    kat_try(kat, selector_of_name(kat_text(kat, &kat->in, "name"), &felt));
    kat_expect(kat, &kat->out, "selector", &felt);
}

static void short_string(struct kat *kat)
{
    struct felt felt;
    kat_try(kat, short_string_read(kat_text(kat, &kat->in, "s"), &felt));
    kat_expect(kat, &kat->out, "felt", &felt);
}

static void byte_array(struct kat *kat)
{
    struct bytes text = kat_text(kat, &kat->in, "s");
    struct felts_out list = felts_open(kat->arena);
    byte_array_put(&list, text);
    struct felts felts;
    kat_try(kat, felts_close(&list, &felts));
    kat_expect_felts(kat, &kat->out, "felts", felts);
}

static void grind(struct kat *kat)
{
    struct secret32 key;
    struct felt felt;
    kat_try(kat, grind_key(kat_hex(kat, &kat->in, "seed"), &key));
    kat_require(kat, felt_from_be(key.b, &felt));
    kat_expect(kat, &kat->out, "priv", &felt);
}

static void derivation(struct kat *kat)
{
    struct bytes bytes = kat_hex(kat, &kat->in, "master_seed");
    struct bytes user = kat_text(kat, &kat->in, "username");
    uint64_t index = kat_u64(kat, &kat->in, "key_index");
    kat_require(kat, bytes.len == 32);
    struct secret32 seed = {{0}};
    struct derive_v1 derived = {0};
    struct stark_key key = {0};
    for (size_t i = 0; i < 32 && !kat->failed; i++) {
        seed.b[i] = bytes.ptr[i];
    }
    kat_try(kat, derive_v1_key(&seed, user, index, &derived));
    kat_try(kat, stark_key_from_bytes(&derived.key, &key));
    struct stark_public public = kat_public(kat, &key);
    struct felt felt;
    kat_require(kat, felt_from_be(derived.key.b, &felt));
    kat_expect(kat, &kat->out, "priv", &felt);
    kat_expect(kat, &kat->out, "pub", &public.x);
    kat_require(kat, derived.attempt == kat_u64(kat, &kat->out, "attempt"));
}

const struct kat_kind kat_curve_kinds[] = {
    {"pubkey", pubkey},
    {"sign", sign},
    {"sign_seed", sign_seed},
    {"verify", verify},
    {"pedersen", pedersen},
    {"pedersen_array", pedersen_list},
    {"hades", hades},
    {"poseidon1", poseidon_one},
    {"poseidon2", poseidon_two},
    {"poseidon_many", poseidon_list},
    {"selector", selector},
    {"short_string", short_string},
    {"byte_array", byte_array},
    {"grind_key", grind},
    {"hkdf_heimdall", derivation},
    {"eth_sig_to_private", NULL},
    {"erc2645_path", NULL},
    {"hd_grind", NULL},
    {"hd_argentx", NULL},
    {"snip9_v3_cartridge", NULL},
    {"eth_signer", NULL},
    {"blake2s_felts", NULL},
    {NULL, NULL},
};
