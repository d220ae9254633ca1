#include "cluster/v1/v1_secret.h"

#include <string.h>

#include "base/ct.h"
#include "cluster/v1/v1_scan.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "crypto/aead.h"
#include "digest/hkdf_sha256.h"
#include "keys/root.h"

enum { SEALED_MAX = 256 }; /* ciphertext and tag that are read */

/* Hex with or without 0x. Returns: its bytes in memory [cap]; false when it is none or longer. */
static bool take_hex(struct bytes text, uint8_t *memory, size_t cap, struct bytes *ret)
{
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        text = bytes_slice(text, 2, SIZE_MAX);
    }
    *ret = (struct bytes){memory, text.len / 2};
    return ret->len <= cap && ret->len != 0 && status_is_ok(hex_read(text, ret->len, memory));
}

static struct status take_point(struct bytes text, struct p384_point *ret)
{
    uint8_t memory[P384_SPKI];
    struct bytes bytes;
    if (!take_hex(text, memory, sizeof memory, &bytes)) {
        memset(ret, 0, sizeof *ret);
        return FAIL(POINT_INVALID);
    }
    return p384_point_parse(bytes, ret);
}

/* What both sides make of their keys. Out: *ret_key, *secret*. */
static struct status key_of(const struct p384_key *mine, const struct p384_point *theirs,
                            struct secret32 *ret_key)
{
    SECRET(p384_shared, shared);
    SECRET32(prk);
    SECRET(hmac_sha256_key, prepared);
    TRY(p384_ecdh(mine, theirs, &shared));
    hkdf_sha256_extract(BYTES_LITERAL("nova-kms:sealed-master-secret"), BYTES_ARRAY(shared.x),
                        &prk);
    hmac_sha256_key_init(&prepared, BYTES_ARRAY(prk.b));
    return hkdf_sha256_expand(&prepared, BYTES_LITERAL("aes-gcm-key"), ret_key->b,
                              sizeof ret_key->b);
}

/* A new key pair. Out: *ret_key, *secret*; spki, its public half. */
static struct status pair_of(const struct entropy *entropy, struct p384_key *ret_key,
                             uint8_t spki[static P384_SPKI])
{
    struct p384_point point;
    TRY(p384_key_generate(entropy, ret_key));
    TRY(p384_public(ret_key, &point));
    p384_point_spki(&point, spki);
    return OK;
}

struct status v1_secret_ask(const struct entropy *entropy, const struct eth_address *sender,
                            struct buf *message, struct p384_key *ret_key)
{
    uint8_t spki[P384_SPKI];
    struct status status = pair_of(entropy, ret_key, spki);
    if (!status_is_ok(status)) {
        p384_key_wipe(ret_key);
        return status;
    }
    buf_put_text(message, "{\"type\":\"master_secret_request\",\"sender_wallet\":\"");
    eth_address_put(message, sender);
    buf_put_text(message, "\",\"ecdh_pubkey\":\"");
    hex_put(message, BYTES_ARRAY(spki));
    buf_put_text(message, "\"}");
    return buf_check(message);
}

static void put_answer(struct buf *answer, struct bytes spki, struct bytes sealed,
                       struct bytes nonce)
{
    struct json_out out = json_out_over(answer);
    json_out_object(&out);
    json_out_member_text(&out, "status", "ok");
    json_out_name(&out, "sealed");
    json_out_object(&out);
    json_out_name(&out, "ephemeral_pubkey");
    json_out_hex(&out, spki);
    json_out_name(&out, "encrypted_data");
    json_out_hex(&out, sealed);
    json_out_name(&out, "nonce");
    json_out_hex(&out, nonce);
    json_out_object_end(&out);
    json_out_object_end(&out);
}

struct status v1_secret_answer(const struct entropy *entropy, struct bytes ecdh_pubkey,
                               const struct secret32 *master, struct buf *answer)
{
    SECRET(p384_key, mine);
    SECRET32(key);
    struct p384_point theirs;
    uint8_t spki[P384_SPKI];
    uint8_t nonce[AEAD_IV];
    uint8_t sealed[sizeof master->b + AEAD_TAG];
    TRY(take_point(ecdh_pubkey, &theirs));
    TRY(pair_of(entropy, &mine, spki));
    TRY(entropy_fill(entropy, nonce, sizeof nonce));
    TRY(key_of(&mine, &theirs, &key));
    TRY(aead_seal(&key, nonce, (struct bytes){NULL, 0}, BYTES_ARRAY(master->b), sealed));
    put_answer(answer, BYTES_ARRAY(spki), BYTES_ARRAY(sealed), BYTES_ARRAY(nonce));
    return buf_check(answer);
}

/* The object that holds what is sealed. */
static bool take_sealed(struct bytes answer, struct bytes *ret)
{
    struct bytes object;
    struct bytes data;
    return v1_scan_text(answer, &object) &&
           (v1_scan_member(object, "sealed", ret) ||
            (v1_scan_member(object, "data", &data) && v1_scan_member(data, "sealed", ret)));
}

static bool take_text(struct bytes object, const char *name, struct arena *arena, struct bytes *ret)
{
    struct bytes value;
    return v1_scan_member(object, name, &value) && status_is_ok(v1_scan_string(value, arena, ret));
}

/* What was sealed. Out: plain [SEALED_MAX], *secret*. */
static struct status open_sealed(const struct p384_key *key, struct bytes sealed,
                                 struct arena *arena, uint8_t *plain)
{
    SECRET32(shared);
    struct p384_point theirs;
    struct bytes texts[3];
    struct bytes bytes;
    struct bytes nonce;
    uint8_t memory[SEALED_MAX];
    uint8_t nonce_memory[AEAD_IV];
    bool is_there = take_text(sealed, "ephemeral_pubkey", arena, &texts[0]) &&
                    (take_text(sealed, "encrypted_data", arena, &texts[1]) ||
                     take_text(sealed, "ciphertext", arena, &texts[1])) &&
                    take_text(sealed, "nonce", arena, &texts[2]);
    if (!is_there || !take_hex(texts[1], memory, sizeof memory, &bytes) ||
        !take_hex(texts[2], nonce_memory, sizeof nonce_memory, &nonce) || nonce.len != AEAD_IV ||
        bytes.len < sizeof shared.b + AEAD_TAG) {
        return FAIL(HANDOFF_INVALID);
    }
    TRY(take_point(texts[0], &theirs));
    TRY(key_of(key, &theirs, &shared));
    return aead_open(&shared, nonce_memory, (struct bytes){NULL, 0}, bytes, plain);
}

struct status v1_secret_open(const struct p384_key *key, struct bytes answer,
                             const uint8_t hash[static V1_SECRET_HASH], struct arena *arena,
                             struct secret32 *ret_master)
{
    struct bytes sealed;
    uint8_t plain[SEALED_MAX] = {0};
    uint8_t got[V1_SECRET_HASH];
    secret32_wipe(ret_master);
    if (!take_sealed(answer, &sealed)) {
        return FAIL(HANDOFF_INVALID);
    }
    struct status status = open_sealed(key, sealed, arena, plain);
    if (status_is_ok(status)) {
        memcpy(ret_master->b, plain, sizeof ret_master->b);
        root_master_hash(ret_master, got);
        ct_public(got, sizeof got);
        if (!bytes_equal(BYTES_ARRAY(got), (struct bytes){hash, V1_SECRET_HASH})) {
            secret32_wipe(ret_master);
            status = FAIL(ROOT_MISMATCH);
        }
    }
    secret_wipe(plain, sizeof plain);
    return status;
}
