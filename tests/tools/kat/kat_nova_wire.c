/* Key agreement, envelopes and sealed bytes of the reference. */
#include <string.h>

#include "crypto/aead.h"
#include "crypto/p384.h"
#include "digest/hkdf_sha256.h"
#include "tools/kat/kat.h"
#include "wire/envelope.h"

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

static struct bytes give_iv;

static struct status give(void *context, uint8_t *out, size_t len)
{
    (void)context;
    if (give_iv.len < len) {
        return FAIL(ENTROPY);
    }
    memcpy(out, give_iv.ptr, len);
    return OK;
}

/* One end of an envelope's exchange. */
struct end {
    struct p384_key key;
    struct p384_point point;
    struct envelope_keys keys; /* with the other end */
};

static void make_ends(struct kat *kat, const char *client, const char *node, struct end ends[2])
{
    const char *const names[] = {client, node};
    for (size_t i = 0; i < 2; i++) {
        kat_try(kat, p384_key_from(kat_hex_of(kat, &kat->at, names[i], P384_BYTES), &ends[i].key));
        kat_try(kat, p384_public(&ends[i].key, &ends[i].point));
    }
    for (int i = 0; i < 2 && !kat->failed; i++) {
        kat_try(kat, envelope_keys(&ends[i].key, &ends[i].point, &ends[1 - i].point,
                                   i == 0 ? ENVELOPE_CLIENT : ENVELOPE_NODE, &ends[i].keys));
    }
}

/* A body as it travels, opened by the other end. */
static void expect_opens(struct kat *kat, struct bytes json, const struct end *from,
                         const struct end *to, struct bytes text)
{
    const struct envelope_form form = {.version = ENVELOPE_V1};
    struct json_in_doc doc;
    struct envelope read;
    struct bytes opened;
    kat_try(kat, json_in_parse(kat->arena, json, &doc));
    if (kat->failed) {
        return;
    }
    struct json_in root = json_in_root(&doc);
    kat_try(kat, envelope_read_v1(kat->arena, &root, NULL, &read));
    kat_require(kat, p384_point_equal(&from->point, &read.sender));
    kat_try(kat, envelope_open(kat->arena, &read, &to->keys, &form, &opened));
    kat_require(kat, bytes_equal(text, opened));
}

/* Sealing the text under the first 12 bytes of this nonce gives this ciphertext, under both names,
 * and the other end opens it. */
static void expect_envelope(struct kat *kat, const struct end *from, const struct end *to,
                            const char *const names[static 3])
{
    static const char *const members[] = {
        [ENVELOPE_ENCRYPTED_DATA] = "encrypted_data", [ENVELOPE_CIPHERTEXT] = "ciphertext"};
    struct bytes text = kat_text(kat, &kat->at, names[0]);
    const struct entropy entropy = {NULL, give};
    const struct envelope_sealer sealer = {&from->keys, &from->point, &entropy};
    give_iv = kat_hex(kat, &kat->at, names[1]);
    for (int i = ENVELOPE_ENCRYPTED_DATA; i <= ENVELOPE_CIPHERTEXT && !kat->failed; i++) {
        struct envelope_form form = {.version = ENVELOPE_V1, .member = (enum envelope_member)i};
        struct bytes json;
        struct json_in_doc doc;
        kat_try(kat, envelope_seal(kat->arena, &sealer, &form, text, &json));
        kat_try(kat, json_in_parse(kat->arena, json, &doc));
        if (kat->failed) {
            return;
        }
        struct json_in root = json_in_root(&doc);
        kat_require(kat,
                    bytes_equal(kat_hex(kat, &root, members[i]), kat_hex(kat, &kat->at, names[2])));
        expect_opens(kat, json, from, to, text);
    }
}

static void envelope(struct kat *kat)
{
    struct end ends[2] = {0};
    struct p384_shared shared = agree(kat, "app_priv", "kms_spki");
    make_ends(kat, "app_priv", "kms_priv", ends);
    expect_public(kat, "app_priv", "app_spki");
    expect_public(kat, "kms_priv", "kms_spki");
    kat_expect_hex(kat, &kat->at, "ecdh", BYTES_ARRAY(shared.x));
    kat_expect_hex(kat, &kat->at, "aes_key", BYTES_ARRAY(ends[0].keys.v1.b));
    kat_expect_hex(kat, &kat->at, "aes_key", BYTES_ARRAY(ends[1].keys.v1.b));
    expect_envelope(
        kat, &ends[0], &ends[1],
        (const char *const[]){"request_plaintext", "request_nonce12", "request_ciphertext"});
    expect_envelope(kat, &ends[0], &ends[1],
                    (const char *const[]){"request_plaintext", "request_nonce32",
                                          "request_ciphertext_nonce32"});
    expect_envelope(
        kat, &ends[1], &ends[0],
        (const char *const[]){"response_plaintext", "response_nonce12", "response_ciphertext"});
}

const struct kat_nova kat_nova_wire[] = {
    {"sealed", KAT_WHOLE, sealed},
    {"envelope", KAT_WHOLE, envelope},
    {NULL, KAT_INPUT, NULL},
};
