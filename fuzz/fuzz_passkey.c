/* covers: src/authenticators/passkey.c */
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "authenticators/passkey.h"
#include "base/reader.h"
#include "codec/base64.h"
#include "codec/json_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first byte of an input. */
enum { IS_PROOF = 1, IS_NEW = 2, WAS_ELIGIBLE = 4, OTHER_SIGNER = 8 };

/* What the model below may say of extensions, which it does not read. */
enum { EITHER = STATUS_CODES };

enum { CRED = 32, HASH = 32, FIXED = 37, SIGNATURE = 80 };

/* That of tests/vectors/passkeys.json, private (SEC 1 in DER) and public. */
static const uint8_t private_der[] = {
    0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20, 0x48, 0x9a, 0xb8, 0x3e, 0xe0, 0x1a, 0x37, 0x01, 0xfc,
    0xa8, 0x42, 0x3f, 0x62, 0x42, 0x55, 0x38, 0x5b, 0xdb, 0x8f, 0x01, 0x5b, 0x9e, 0xc1, 0x37, 0x22,
    0x04, 0xfd, 0xb5, 0xa1, 0x97, 0x18, 0xf0, 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00, 0x04, 0xaf, 0x1f, 0xf3, 0x0e, 0x26, 0x43, 0xff,
    0xc0, 0x07, 0x9e, 0x83, 0xdd, 0x4a, 0x90, 0xba, 0x2d, 0x44, 0x7b, 0x9a, 0xa9, 0xec, 0xd3, 0xad,
    0x47, 0x53, 0x58, 0x58, 0xed, 0xe3, 0x01, 0xd4, 0x85, 0x0a, 0x3e, 0xb6, 0x71, 0x03, 0xea, 0x03,
    0xe6, 0xf6, 0xa3, 0xd3, 0xd3, 0x63, 0xc6, 0x4b, 0xd1, 0xbe, 0xe1, 0xcc, 0x38, 0xd0, 0xbd, 0xa6,
    0x24, 0xc9, 0x6d, 0xae, 0x4f, 0x9e, 0x81, 0x08, 0x46,
};
static const uint8_t key[33] = {
    0x02, 0xaf, 0x1f, 0xf3, 0x0e, 0x26, 0x43, 0xff, 0xc0, 0x07, 0x9e,
    0x83, 0xdd, 0x4a, 0x90, 0xba, 0x2d, 0x44, 0x7b, 0x9a, 0xa9, 0xec,
    0xd3, 0xad, 0x47, 0x53, 0x58, 0x58, 0xed, 0xe3, 0x01, 0xd4, 0x85,
};
static const uint8_t proof_of[AUTH_TEXT_HASH] = {
    0x31, 0xb6, 0xa5, 0xf0, 0xbc, 0x8f, 0x7b, 0x51, 0x36, 0xfd, 0x68, 0x9d, 0x5d, 0xca, 0x25, 0xd1,
    0xde, 0xc8, 0x22, 0x2a, 0xb8, 0xa0, 0x08, 0x5c, 0x17, 0xe3, 0x25, 0x68, 0xe0, 0x6c, 0x1b, 0xa2,
};
static const char challenge[] = "Mbal8LyPe1E2_WidXcol0d7IIiq4oAhcF-MlaOBsG6I";
/* SHA-256 of example.org */
static const uint8_t rp_id_hash[HASH] = {
    0xbf, 0xab, 0xc3, 0x74, 0x32, 0x95, 0x8b, 0x06, 0x33, 0x60, 0xd3, 0xad, 0x64, 0x61, 0xc9, 0xc4,
    0x73, 0x5a, 0xe7, 0xf8, 0xed, 0xd4, 0x65, 0x92, 0xa5, 0xe0, 0xf0, 0x14, 0x52, 0xb2, 0xe4, 0xb5,
};

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static struct arena *room(void)
{
    static struct arena arena;
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, 16u << 20)));
    }
    arena_reset(&arena);
    return &arena;
}

static uint16_t check(struct bytes proof, struct authenticator_passkey *passkey)
{
    const struct bytes origin = BYTES_LITERAL("https://example.org");
    const struct authenticator_rules rules = {BYTES_LITERAL("example.org"), &origin, 1};
    const struct authenticator_claim claim = {AUTH_PASSKEY, BYTES_ARRAY(key), proof, passkey};
    const struct authenticator_said said = {.proof_of = proof_of};
    const struct authenticator_passkey before = *passkey;
    uint16_t code = authenticator_check(room(), &said, &rules, &claim).code;
    require(code == STATUS_OK || code == STATUS_WEBAUTHN_FORMAT || code == STATUS_WEBAUTHN_FLAGS ||
            code == STATUS_WEBAUTHN_COUNTER || code == STATUS_ORIGIN_UNLISTED ||
            code == STATUS_AUTH_FAILED);
    require(bytes_equal(before.cred, passkey->cred));
    if (code == STATUS_OK) {
        require(!passkey->is_new);
    } else {
        require(before.is_new == passkey->is_new && before.counter == passkey->counter &&
                before.is_backup_eligible == passkey->is_backup_eligible);
    }
    return code;
}

static bool is_text(const json_t *value, const char *text)
{
    return json_string_length(value) == strlen(text) &&
           memcmp(json_string_value(value), text, strlen(text)) == 0;
}

/* What must be said of the client's data, read by jansson. */
static uint16_t client_by_model(const json_t *root)
{
    const json_t *type = json_object_get(root, "type");
    const json_t *origin = json_object_get(root, "origin");
    const json_t *cross = json_object_get(root, "crossOrigin");
    const json_t *given = json_object_get(root, "challenge");
    if (!json_is_string(type) || !json_is_string(given) || !is_text(type, "webauthn.get") ||
        !json_is_string(origin) || (cross != NULL && !json_is_boolean(cross))) {
        return STATUS_WEBAUTHN_FORMAT;
    }
    if (!is_text(origin, "https://example.org") || json_is_true(cross) ||
        json_object_get(root, "topOrigin") != NULL) {
        return STATUS_ORIGIN_UNLISTED;
    }
    return is_text(given, challenge) ? STATUS_OK : STATUS_AUTH_FAILED;
}

static uint16_t auth_by_model(struct bytes auth)
{
    if (auth.len < FIXED) {
        return STATUS_WEBAUTHN_FORMAT;
    }
    unsigned flags = auth.ptr[HASH];
    if ((flags & 0x45) != 0x05 || (flags & 0x18) == 0x10) {
        return STATUS_WEBAUTHN_FLAGS;
    }
    if ((flags & 0x80) != 0) {
        return auth.len > FIXED && auth.ptr[FIXED] >> 5 == 5 ? EITHER : STATUS_WEBAUTHN_FORMAT;
    }
    if (auth.len != FIXED) {
        return STATUS_WEBAUTHN_FORMAT;
    }
    return memcmp(auth.ptr, rp_id_hash, HASH) == 0 ? STATUS_OK : STATUS_ORIGIN_UNLISTED;
}

static uint16_t life_by_model(struct bytes auth, unsigned how, uint32_t known)
{
    bool is_eligible = (auth.ptr[HASH] & 8) != 0;
    uint32_t counter = (uint32_t)auth.ptr[33] << 24 | (uint32_t)auth.ptr[34] << 16 |
                       (uint32_t)auth.ptr[35] << 8 | auth.ptr[36];
    if ((how & OTHER_SIGNER) != 0) {
        return STATUS_AUTH_FAILED;
    }
    if ((how & IS_NEW) != 0) {
        return STATUS_OK;
    }
    if (is_eligible != ((how & WAS_ELIGIBLE) != 0)) {
        return STATUS_WEBAUTHN_FLAGS;
    }
    return is_eligible || (counter == 0 && known == 0) || counter > known ? STATUS_OK
                                                                          : STATUS_WEBAUTHN_COUNTER;
}

static void put_member(struct buf *out, const char *name, struct bytes value)
{
    buf_put_text(out, name);
    base64_put_url(out, value);
}

/* The proof for what is said, signed by OpenSSL. */
static struct bytes proof_for(struct bytes client, struct bytes auth, unsigned how)
{
    static EVP_PKEY *signer;
    static uint8_t memory[PASSKEY_PROOF];
    uint8_t text[PASSKEY_AUTH + HASH];
    uint8_t sig[SIGNATURE];
    uint8_t cred[CRED] = {0};
    size_t sig_len = sizeof sig;
    const uint8_t *der = private_der;
    if (signer == NULL) {
        signer = d2i_AutoPrivateKey(NULL, &der, sizeof private_der);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    memcpy(text, auth.ptr, auth.len);
    require(EVP_Digest(client.ptr, client.len, text + auth.len, NULL, EVP_sha256(), NULL) == 1);
    text[auth.len] ^= (how & OTHER_SIGNER) != 0;
    require(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer) == 1);
    require(EVP_DigestSign(context, sig, &sig_len, text, auth.len + HASH) == 1);
    EVP_MD_CTX_free(context);
    struct buf out = buf_over(memory, sizeof memory);
    put_member(&out, "{\"sig\":\"", (struct bytes){sig, sig_len});
    put_member(&out, "\",\"auth\":\"", auth);
    put_member(&out, "\",\"client\":\"", client);
    put_member(&out, "\",\"cred\":\"", BYTES_ARRAY(cred));
    buf_put_text(&out, "\"}");
    require(status_is_ok(buf_check(&out)));
    return buf_bytes(&out);
}

/* Whoever may sign anything: exactly what the model takes is taken. */
static void check_signed(struct bytes client, struct bytes auth, unsigned how, uint32_t known)
{
    struct json_in_doc doc;
    uint8_t cred[CRED] = {0};
    struct authenticator_passkey passkey = {BYTES_ARRAY(cred), (how & IS_NEW) != 0,
                                            (how & WAS_ELIGIBLE) != 0, known};
    uint16_t wanted = STATUS_WEBAUTHN_FORMAT;
    bool is_json = status_is_ok(json_in_parse(room(), client, &doc));
    json_t *root = json_loadb((const char *)client.ptr, client.len,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (is_json && root != NULL) {
        wanted = client_by_model(root);
    }
    json_decref(root);
    wanted = wanted == STATUS_OK ? auth_by_model(auth) : wanted;
    uint16_t code = check(proof_for(client, auth, how), &passkey);
    if (wanted == EITHER && code != STATUS_WEBAUTHN_FORMAT) {
        bool is_ours = memcmp(auth.ptr, rp_id_hash, HASH) == 0;
        wanted = is_ours ? STATUS_OK : STATUS_ORIGIN_UNLISTED;
    }
    wanted = wanted == STATUS_OK ? life_by_model(auth, how, known) : wanted;
    require(code == wanted || wanted == EITHER);
}

/* Nobody but the key signs, so that little is taken; what is has four texts. */
static void check_proof(struct bytes proof, unsigned how, uint32_t known)
{
    uint8_t cred[CRED];
    for (size_t i = 0; i < sizeof cred; i++) {
        cred[i] = (uint8_t)i;
    }
    struct authenticator_passkey passkey = {BYTES_ARRAY(cred), (how & IS_NEW) != 0,
                                            (how & WAS_ELIGIBLE) != 0, known};
    if (check(proof, &passkey) == STATUS_OK) {
        json_t *root = json_loadb((const char *)proof.ptr, proof.len, JSON_REJECT_DUPLICATES, NULL);
        require(json_object_size(root) == 4 && json_is_string(json_object_get(root, "sig")));
        json_decref(root);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct reader reader = reader_over((struct bytes){data, len});
    unsigned how = reader_u8(&reader);
    uint32_t known = reader_u32(&reader);
    if ((how & IS_PROOF) != 0) {
        check_proof(reader.rest, how, known);
        return 0;
    }
    struct bytes client = reader_take(&reader, reader_u16(&reader));
    struct bytes auth = reader.rest;
    if (!reader.failed && client.len != 0 && client.len <= PASSKEY_CLIENT && auth.len != 0 &&
        auth.len <= PASSKEY_AUTH) {
        check_signed(client, auth, how, known);
    }
    return 0;
}
