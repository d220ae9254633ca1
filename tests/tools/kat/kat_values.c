#include "base/invariant.h"
#include "codec/hex.h"
#include "starknet/felt_text.h"
#include "tools/kat/kat.h"

void kat_require(struct kat *kat, bool holds)
{
    kat->failed = kat->failed || !holds;
}

void kat_try(struct kat *kat, struct status status)
{
    kat_require(kat, status_is_ok(status));
}

struct json_in kat_member(struct kat *kat, const struct json_in *at, const char *name)
{
    struct json_in member;
    kat_try(kat, json_in_member(at, name, &member));
    return member;
}

struct felt kat_felt(struct kat *kat, const struct json_in *at, const char *name)
{
    struct json_in member = kat_member(kat, at, name);
    struct felt felt;
    kat_try(kat, felt_text_json(&member, &felt));
    return felt;
}

struct felts kat_felts(struct kat *kat, const struct json_in *at, const char *name)
{
    struct json_in member = kat_member(kat, at, name);
    struct felts felts;
    kat_try(kat, felts_json(kat->arena, &member, &felts));
    return felts;
}

struct bytes kat_text(struct kat *kat, const struct json_in *at, const char *name)
{
    struct json_in member = kat_member(kat, at, name);
    struct bytes text;
    kat_try(kat, json_in_string(&member, &text));
    return text;
}

/* Whole bytes, with or without 0x. */
struct bytes kat_hex_here(struct kat *kat, const struct json_in *at)
{
    struct bytes text;
    kat_try(kat, json_in_string(at, &text));
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        text = bytes_slice(text, 2, SIZE_MAX);
    }
    uint8_t *memory = arena_alloc(kat->arena, text.len / 2 + 1);
    kat_require(kat, memory != NULL && text.len % 2 == 0);
    if (kat->failed) {
        return (struct bytes){NULL, 0};
    }
    kat_try(kat, hex_read(text, text.len / 2, memory));
    return (struct bytes){memory, text.len / 2};
}

const uint8_t *kat_hex_of(struct kat *kat, const struct json_in *at, const char *name, size_t len)
{
    static const uint8_t zeros[256];
    struct bytes bytes = kat_hex(kat, at, name);
    INVARIANT(len <= sizeof zeros);
    kat_require(kat, bytes.len == len);
    return kat->failed ? zeros : bytes.ptr;
}

void kat_expect_hex(struct kat *kat, const struct json_in *at, const char *name,
                    struct bytes actual)
{
    struct bytes expected = kat_hex(kat, at, name);
    kat_require(kat, bytes_equal(expected, actual));
}

struct bytes kat_hex(struct kat *kat, const struct json_in *at, const char *name)
{
    struct json_in member = kat_member(kat, at, name);
    return kat_hex_here(kat, &member);
}

uint64_t kat_u64(struct kat *kat, const struct json_in *at, const char *name)
{
    struct felt felt = kat_felt(kat, at, name);
    kat_require(kat, felt_bits(&felt) <= 64);
    return felt.limb[0];
}

struct stark_key kat_key(struct kat *kat, const struct json_in *at, const char *name)
{
    struct felt felt = kat_felt(kat, at, name);
    struct secret32 bytes;
    struct stark_key key;
    felt_to_be(&felt, bytes.b);
    kat_try(kat, stark_key_from_bytes(&bytes, &key));
    return key;
}

struct felt kat_felt_or_zero(struct kat *kat, const struct json_in *at, const char *name)
{
    struct json_in member;
    return json_in_find(at, name, &member) ? kat_felt(kat, at, name) : FELT_ZERO;
}

struct felts kat_felts_or_none(struct kat *kat, const struct json_in *at, const char *name)
{
    struct json_in member;
    return json_in_find(at, name, &member) ? kat_felts(kat, at, name) : (struct felts){NULL, 0};
}

void kat_expect(struct kat *kat, const struct json_in *at, const char *name,
                const struct felt *actual)
{
    struct felt expected = kat_felt(kat, at, name);
    kat_require(kat, felt_equal(&expected, actual));
}

void kat_expect_if(struct kat *kat, const struct json_in *at, const char *name,
                   const struct felt *actual)
{
    struct json_in member;
    if (json_in_find(at, name, &member)) {
        kat_expect(kat, at, name, actual);
    }
}

void kat_expect_felts(struct kat *kat, const struct json_in *at, const char *name,
                      struct felts actual)
{
    kat_require(kat, felts_equal(kat_felts(kat, at, name), actual));
}

struct stark_public kat_public(struct kat *kat, const struct stark_key *key)
{
    struct stark_public public = {0};
    if (!kat->failed) {
        kat_try(kat, stark_key_public(key, &public));
    }
    return public;
}

struct stark_signature kat_expect_signature(struct kat *kat, const struct json_in *at,
                                            const char *name, const struct stark_key *key,
                                            const struct felt *hash)
{
    struct json_in expected = kat_member(kat, at, name);
    struct stark_signature signature = {0};
    struct stark_public public = kat_public(kat, key);
    if (kat->failed) {
        return signature;
    }
    kat_try(kat, stark_ecdsa_sign(key, hash, BYTES_LITERAL(""), &signature));
    kat_expect(kat, &expected, "r", &signature.r);
    kat_expect(kat, &expected, "s", &signature.s);
    kat_try(kat, stark_ecdsa_verify_var(&public, hash, &signature));
    return signature;
}
