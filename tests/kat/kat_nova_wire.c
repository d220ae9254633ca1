/* Key agreement, envelopes and sealed bytes of the reference. */
#include <string.h>

#include "crypto/aead.h"
#include "crypto/p384.h"
#include "digest/hkdf_sha256.h"
#include "kat/kat.h"

static struct secret32 hkdf(struct bytes salt, struct bytes secret, struct bytes info)
{
    struct secret32 prk;
    struct secret32 out;
    struct hmac_sha256_key key;
    hkdf_sha256_extract(salt, secret, &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    struct status status = hkdf_sha256_expand(&key, info, out.b, sizeof out.b);
    return status_is_ok(status) ? out : (struct secret32){{0}};
}

static struct p384_shared agree(struct kat *kat, const char *mine, const char *peer)
{
    struct p384_key key;
    struct p384_point point;
    struct p384_shared shared = {{0}};
    kat_try(kat, p384_key_from(kat_hex_of(kat, &kat->at, mine, P384_BYTES), &key));
    kat_try(kat, p384_point_parse(kat_hex(kat, &kat->at, peer), &point));
    if (!kat->failed) {
        kat_try(kat, p384_ecdh(&key, &point, &shared));
    }
    return shared;
}

/* The public key of a private one, in DER. */
static void expect_public(struct kat *kat, const char *private, const char *name)
{
    struct p384_key key;
    struct p384_point point;
    uint8_t spki[P384_SPKI];
    kat_try(kat, p384_key_from(kat_hex_of(kat, &kat->at, private, P384_BYTES), &key));
    if (!kat->failed) {
        kat_try(kat, p384_public(&key, &point));
        p384_point_spki(&point, spki);
        kat_expect_hex(kat, &kat->at, name, BYTES_ARRAY(spki));
    }
}

/* Sealing gives the member, and the member opens to the text. */
static void expect_sealed(struct kat *kat, const struct secret32 *key, const uint8_t *iv,
                          struct bytes text, const char *name)
{
    struct bytes expected = kat_hex(kat, &kat->at, name);
    uint8_t *out = arena_alloc(kat->arena, text.len + AEAD_TAG);
    kat_require(kat, out != NULL && expected.len == text.len + AEAD_TAG);
    if (kat->failed) {
        return;
    }
    kat_try(kat, aead_seal(key, iv, BYTES_LITERAL(""), text, out));
    kat_require(kat, bytes_equal(expected, (struct bytes){out, expected.len}));
    kat_try(kat, aead_open(key, iv, BYTES_LITERAL(""), expected, out));
    kat_require(kat, bytes_equal(text, (struct bytes){out, text.len}));
}

static void sealed(struct kat *kat)
{
    struct p384_shared holder = agree(kat, "ephemeral_priv", "requester_spki");
    struct p384_shared requester = agree(kat, "requester_priv", "ephemeral_pubkey");
    struct p384_shared bare = agree(kat, "ephemeral_priv", "requester_sec1");
    expect_public(kat, "requester_priv", "requester_spki");
    expect_public(kat, "ephemeral_priv", "ephemeral_pubkey");
    kat_expect_hex(kat, &kat->at, "shared_secret", BYTES_ARRAY(holder.x));
    kat_expect_hex(kat, &kat->at, "shared_secret", BYTES_ARRAY(requester.x));
    kat_expect_hex(kat, &kat->at, "shared_secret", BYTES_ARRAY(bare.x));
    struct secret32 key = hkdf(BYTES_LITERAL("nova-kms:sealed-master-secret"),
                               BYTES_ARRAY(holder.x), BYTES_LITERAL("aes-gcm-key"));
    kat_expect_hex(kat, &kat->at, "aes_key", BYTES_ARRAY(key.b));
    struct bytes secret = kat_hex(kat, &kat->at, "master_secret");
    kat_require(kat, kat_u64(kat, &kat->at, "ciphertext_len") == secret.len + AEAD_TAG);
    expect_sealed(kat, &key, kat_hex_of(kat, &kat->at, "nonce", AEAD_IV), secret, "ciphertext");
}

/* A blob is the IV and what is sealed under it. */
static void expect_blob(struct kat *kat, const struct secret32 *key, struct bytes text,
                        const char *name)
{
    uint8_t blob[256];
    const uint8_t *iv = kat_hex_of(kat, &kat->at, "nonce", AEAD_IV);
    kat_require(kat, text.len + AEAD_IV + AEAD_TAG <= sizeof blob);
    if (!kat->failed) {
        memcpy(blob, iv, AEAD_IV);
        kat_try(kat, aead_seal(key, iv, BYTES_LITERAL(""), text, blob + AEAD_IV));
        kat_expect_hex(kat, &kat->at, name, (struct bytes){blob, AEAD_IV + text.len + AEAD_TAG});
    }
}

static void at_rest(struct kat *kat)
{
    struct secret32 key;
    struct bytes text = kat_text(kat, &kat->at, "plaintext");
    memcpy(key.b, kat_hex_of(kat, &kat->at, "data_key", sizeof key.b), sizeof key.b);
    expect_blob(kat, &key, text, "blob");
    expect_blob(kat, &key, BYTES_LITERAL(""), "empty_value_blob");
    kat_require(kat, kat_u64(kat, &kat->at, "blob_len") == AEAD_IV + text.len + AEAD_TAG);
}

const struct kat_nova kat_nova_wire[] = {
    {"sealed", KAT_WHOLE, sealed},
    {"at_rest", KAT_WHOLE, at_rest},
    {NULL, KAT_INPUT, NULL},
};
