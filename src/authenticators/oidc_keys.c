#include "authenticators/oidc_keys.h"

#include <string.h>

#include "codec/base64.h"
#include "codec/json_in.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "digest/sha256.h"

_Static_assert((int)OIDC_POINT == (int)P256_SEC1 && (int)OIDC_POINT > (int)ED25519_PUBLIC,
               "both kinds of points fit");

static const char *const alg_names[] = {
    [OIDC_RS256] = "RS256", [OIDC_PS256] = "PS256", [OIDC_ES256] = "ES256", [OIDC_EDDSA] = "EdDSA"};

struct status oidc_keys_alg(struct bytes name, enum oidc_alg *ret)
{
    for (enum oidc_alg alg = OIDC_RS256; alg <= OIDC_EDDSA; alg++) {
        if (bytes_equal(bytes_of(alg_names[alg]), name)) {
            *ret = alg;
            return OK;
        }
    }
    return FAIL(OIDC_ALG);
}

/* A member that is a text. */
static bool find_text(const struct json_in *jwk, const char *name, struct bytes *ret)
{
    struct json_in member;
    return json_in_find(jwk, name, &member) && status_is_ok(json_in_string(&member, ret));
}

static bool has_text(const struct json_in *jwk, const char *name, const char *text)
{
    struct bytes found;
    return find_text(jwk, name, &found) && bytes_equal(found, bytes_of(text));
}

/* A member that is up to max bytes in base64. */
static bool find_number(const struct json_in *jwk, const char *name, uint8_t *memory, size_t max,
                        struct bytes *ret)
{
    struct bytes text;
    struct buf out = buf_over(memory, max);
    bool is_there = find_text(jwk, name, &text) && status_is_ok(base64_read_url(text, &out));
    *ret = buf_bytes(&out);
    return is_there;
}

/* A member that is exactly len bytes in base64. */
static bool find_exactly(const struct json_in *jwk, const char *name, uint8_t *memory, size_t len)
{
    struct bytes found;
    return find_number(jwk, name, memory, len, &found) && found.len == len;
}

static bool has_member(const struct json_in *jwk, const char *name)
{
    struct json_in member;
    return json_in_find(jwk, name, &member);
}

static bool may_verify(const struct json_in *jwk)
{
    struct json_in list;
    size_t count = 0;
    if (!json_in_find(jwk, "key_ops", &list)) {
        return true;
    }
    bool is_list =
        json_in_kind(&list) == JSON_IN_ARRAY && status_is_ok(json_in_count(&list, &count));
    for (size_t i = 0; is_list && i < count; i++) {
        struct bytes text;
        struct json_in item = json_in_item(&list, i);
        if (status_is_ok(json_in_string(&item, &text)) &&
            bytes_equal(text, BYTES_LITERAL("verify"))) {
            return true;
        }
    }
    return false;
}

/* A public key that is here itself, and for signatures. */
static bool is_for_tokens(const struct json_in *jwk)
{
    bool is_elsewhere = has_member(jwk, "x5u") || has_member(jwk, "jku");
    bool is_private = has_member(jwk, "d") || has_member(jwk, "k");
    bool is_signing = !has_member(jwk, "use") || has_text(jwk, "use", "sig");
    return !is_elsewhere && !is_private && is_signing && may_verify(jwk);
}

/* KEY_INVALID, as below: it counts for nothing. */
static struct status read_kid(const struct json_in *jwk, struct oidc_key *key)
{
    struct bytes kid;
    if (!find_text(jwk, "kid", &kid) || kid.len == 0 || kid.len > OIDC_KID_MAX) {
        return FAIL(KEY_INVALID);
    }
    memcpy(key->kid, kid.ptr, kid.len);
    key->kid_len = kid.len;
    return OK;
}

static struct status read_rsa(const struct json_in *jwk, struct oidc_key *key)
{
    uint8_t n[RSA_MODULUS_MAX];
    uint8_t e[RSA_EXPONENT_MAX];
    struct bytes modulus;
    struct bytes exponent;
    if (!find_number(jwk, "n", n, sizeof n, &modulus) ||
        !find_number(jwk, "e", e, sizeof e, &exponent)) {
        return FAIL(KEY_INVALID);
    }
    return rsa_key_read(modulus, exponent, &key->rsa);
}

static struct status read_p256(const struct json_in *jwk, struct oidc_key *key)
{
    uint8_t x[P256_BYTES];
    uint8_t y[P256_BYTES];
    bool is_there = has_text(jwk, "crv", "P-256") && find_exactly(jwk, "x", x, sizeof x) &&
                    find_exactly(jwk, "y", y, sizeof y);
    return is_there ? p256_point(x, y, key->point) : FAIL(KEY_INVALID);
}

static struct status read_ed25519(const struct json_in *jwk, struct oidc_key *key)
{
    bool is_there =
        has_text(jwk, "crv", "Ed25519") && find_exactly(jwk, "x", key->point, ED25519_PUBLIC);
    return is_there ? ed25519_key_check(key->point) : FAIL(KEY_INVALID);
}

/* What a type of keys signs with. The first is meant where a key does not say. */
static const struct {
    const char *kty;
    enum oidc_alg first;
    enum oidc_alg last;
    struct status (*read)(const struct json_in *jwk, struct oidc_key *key);
} types[] = {
    {"RSA", OIDC_RS256, OIDC_PS256, read_rsa},
    {"EC", OIDC_ES256, OIDC_ES256, read_p256},
    {"OKP", OIDC_EDDSA, OIDC_EDDSA, read_ed25519},
};

static struct status read_key(const struct json_in *jwk, struct oidc_key *key)
{
    struct bytes name;
    TRY(read_kid(jwk, key));
    if (!is_for_tokens(jwk)) {
        return FAIL(KEY_INVALID);
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!has_text(jwk, "kty", types[i].kty)) {
            continue;
        }
        key->alg = types[i].first;
        if (has_member(jwk, "alg")) {
            bool is_known =
                find_text(jwk, "alg", &name) && status_is_ok(oidc_keys_alg(name, &key->alg));
            if (!is_known || key->alg < types[i].first || key->alg > types[i].last) {
                return FAIL(KEY_INVALID);
            }
        }
        return types[i].read(jwk, key);
    }
    return FAIL(KEY_INVALID);
}

static struct bytes kid_of(const struct oidc_key *key)
{
    return (struct bytes){key->kid, key->kid_len};
}

static struct status add_key(const struct json_in *jwk, struct oidc_keys *keys)
{
    struct oidc_key key = {0};
    if (json_in_kind(jwk) != JSON_IN_OBJECT) {
        return FAIL(OIDC_KEYS_STALE);
    }
    struct status status = read_key(jwk, &key);
    if (status.code == STATUS_NO_MEMORY) {
        return status;
    }
    if (!status_is_ok(status)) {
        keys->ignored++;
        return OK;
    }
    if (keys->count == OIDC_KEYS_MAX || oidc_keys_find(keys, kid_of(&key)) != NULL) {
        return FAIL(OIDC_KEYS_STALE);
    }
    keys->keys[keys->count++] = key;
    return OK;
}

static struct status read_set(struct bytes text, struct arena *arena, struct oidc_keys *keys)
{
    struct json_in_doc doc;
    struct json_in list;
    size_t count = 0;
    struct status status = json_in_parse(arena, text, &doc);
    if (!status_is_ok(status)) {
        return status.code == STATUS_NO_MEMORY ? status : FAIL(OIDC_KEYS_STALE);
    }
    struct json_in root = json_in_root(&doc);
    if (!json_in_find(&root, "keys", &list) || json_in_kind(&list) != JSON_IN_ARRAY) {
        return FAIL(OIDC_KEYS_STALE);
    }
    TRY(json_in_count(&list, &count));
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(add_key(&item, keys));
    }
    return keys->count != 0 ? OK : FAIL(OIDC_KEYS_STALE);
}

struct status oidc_keys_read(struct bytes text, struct arena *arena, struct oidc_keys *ret)
{
    *ret = (struct oidc_keys){0};
    struct status status =
        text.len <= OIDC_KEYS_TEXT ? read_set(text, arena, ret) : FAIL(OIDC_KEYS_STALE);
    if (!status_is_ok(status)) {
        *ret = (struct oidc_keys){0};
    }
    return status;
}

const struct oidc_key *oidc_keys_find(const struct oidc_keys *keys, struct bytes kid)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (bytes_equal(kid_of(&keys->keys[i]), kid)) {
            return &keys->keys[i];
        }
    }
    return NULL;
}

static struct status verify_es256(const struct oidc_key *key, struct bytes text,
                                  struct bytes signature)
{
    uint8_t digest[P256_DIGEST];
    if (signature.len != P256_SIGNATURE) {
        return FAIL(SIGNATURE_INVALID);
    }
    sha256_hash(text, digest);
    return p256_verify(key->point, digest, signature.ptr);
}

static struct status verify_by(const struct oidc_key *key, struct bytes text,
                               struct bytes signature)
{
    switch (key->alg) {
    case OIDC_RS256:
        return rsa_verify(RSA_PKCS1_V15, &key->rsa, text, signature);
    case OIDC_PS256:
        return rsa_verify(RSA_PSS_SALT_32, &key->rsa, text, signature);
    case OIDC_ES256:
        return verify_es256(key, text, signature);
    case OIDC_EDDSA:
    default:
        return signature.len == ED25519_SIGNATURE ? ed25519_verify(key->point, text, signature.ptr)
                                                  : FAIL(SIGNATURE_INVALID);
    }
}

struct status oidc_keys_verify(const struct oidc_key *key, struct bytes text,
                               struct bytes signature)
{
    struct status status = verify_by(key, text, signature);
    return status.code == STATUS_SIGNATURE_INVALID ? FAIL(AUTH_FAILED) : status;
}
