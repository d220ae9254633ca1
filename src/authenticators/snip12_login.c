#include "authenticators/snip12_login.h"

#include "authenticators/authenticator_internal.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"
#include "starknet/typed_data.h"

#define TYPES                                                            \
    "{\"StarknetDomain\":[{\"name\":\"name\",\"type\":\"shortstring\"}," \
    "{\"name\":\"version\",\"type\":\"shortstring\"},"                   \
    "{\"name\":\"chainId\",\"type\":\"shortstring\"},"                   \
    "{\"name\":\"revision\",\"type\":\"shortstring\"}],"                 \
    "\"Coffer\":[{\"name\":\"Purpose\",\"type\":\"shortstring\"},"       \
    "{\"name\":\"Origin\",\"type\":\"string\"},"                         \
    "{\"name\":\"Proof\",\"type\":\"u256\"}]}"

static struct status read_signature(const struct json_in *at, struct stark_signature *ret)
{
    size_t count;
    TRY(json_in_count(at, &count));
    if (json_in_kind(at) != JSON_IN_ARRAY || count != 2) {
        return FAIL(BAD_REQUEST);
    }
    struct json_in r = json_in_item(at, 0);
    struct json_in s = json_in_item(at, 1);
    TRY(felt_text_json(&r, &ret->r));
    return felt_text_json(&s, &ret->s);
}

static struct status read_members(const struct json_in *root, struct snip12_login *ret)
{
    struct json_in at;
    TRY(authenticator_proof_text(root, "origin", &ret->origin));
    TRY(json_in_member(root, "chain", &at));
    TRY(chain_json(&at, &ret->chain));
    TRY(json_in_member(root, "account", &at));
    TRY(felt_text_json(&at, &ret->account));
    TRY(json_in_member(root, "sig", &at));
    return read_signature(&at, &ret->signature);
}

struct status snip12_login_read(struct arena *arena, struct bytes proof,
                                const struct authenticator_rules *rules, struct snip12_login *ret)
{
    static const char *const names[] = {"origin", "chain", "account", "sig"};
    struct json_in_doc doc;
    TRY(authenticator_proof_open(arena, proof, names, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(status_judged(read_members(&root, ret), FAIL(BAD_REQUEST)));
    return authenticator_origin_check(rules, ret->origin);
}

static void put_half(struct json_out *out, const char *name, const uint8_t *half)
{
    json_out_name(out, name);
    uint8_t memory[2 + 32];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "0x");
    hex_put(&text, (struct bytes){half, 16});
    json_out_string(out, buf_bytes(&text));
}

/* In JSON, as the wallet gets it. */
static void put_typed_data(const struct snip12_login *read, const struct authenticator_said *said,
                           struct json_out *out)
{
    json_out_object(out);
    json_out_name(out, "types");
    json_out_raw(out, BYTES_LITERAL(TYPES));
    json_out_member_text(out, "primaryType", "Coffer");
    json_out_name(out, "domain");
    json_out_object(out);
    json_out_member_text(out, "name", "Coffer");
    json_out_member_text(out, "version", "1");
    felt_text_member(out, "chainId", &read->chain);
    json_out_member_text(out, "revision", "1");
    json_out_object_end(out);
    json_out_name(out, "message");
    json_out_object(out);
    json_out_member_string(out, "Purpose", said->purpose);
    json_out_member_string(out, "Origin", read->origin);
    json_out_name(out, "Proof");
    json_out_object(out);
    put_half(out, "low", said->proof_of + 16);
    put_half(out, "high", said->proof_of);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
}

struct status snip12_login_hash(struct arena *arena, const struct snip12_login *read,
                                const struct authenticator_said *said, struct felt *ret)
{
    struct json_in_doc doc;
    struct typed_data data;
    struct buf text = arena_open(arena);
    struct json_out out = json_out_over(&text);
    put_typed_data(read, said, &out);
    arena_close(arena, &text);
    /* Where no piece of it fits, parsing has no room either. */
    TRY(json_in_parse(arena, buf_bytes(&text), &doc));
    struct json_in root = json_in_root(&doc);
    TRY(status_judged(typed_data_read(arena, &root, &data), FAIL(BAD_REQUEST)));
    typed_data_hash(&data, &read->account, ret);
    return OK;
}

struct status snip12_login_verify(struct arena *arena, const struct authenticator_said *said,
                                  const struct authenticator_rules *rules,
                                  const struct authenticator_claim *claim)
{
    struct snip12_login read;
    struct felt key;
    struct felt hash;
    if (!felt_from_be(claim->key.ptr, &key)) {
        return FAIL(POINT_INVALID);
    }
    TRY(snip12_login_read(arena, claim->proof, rules, &read));
    TRY(snip12_login_hash(arena, &read, said, &hash));
    return stark_ecdsa_verify_x_var(&key, &hash, &read.signature);
}
