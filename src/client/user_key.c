#include "client/user_key.h"

#include <string.h>

#include "base/reader.h"
#include "base/secret.h"
#include "client/key_file.h"
#include "client/user_key_internal.h"
#include "crypto/ed25519.h"
#include "crypto/k256.h"
#include "crypto/p256_key.h"
#include "crypto/stark_ecdsa.h"
#include "crypto/stark_key.h"
#include "digest/sha256.h"
#include "ethereum/eip191.h"
#include "ethereum/eth_address.h"

enum { CANDIDATES = 64, DER_SEQUENCE = 0x30, DER_INTEGER = 0x02, SCALAR = 32 };

void user_key_wipe(struct user_key *key)
{
    secret_wipe(key, sizeof *key);
}

const char *user_key_scheme_name(enum auth_scheme scheme)
{
    static const char *const names[AUTH_SCHEMES] = {
        [AUTH_P256] = "p256",       [AUTH_EIP191] = "eip191",   [AUTH_STARK] = "stark",
        [AUTH_ED25519] = "ed25519", [AUTH_PASSKEY] = "passkey", [AUTH_SNIP12] = "snip12",
        [AUTH_OIDC] = "oidc",       [AUTH_TOTP] = "totp",       [AUTH_SERVICE] = "service",
    };
    return scheme > 0 && scheme < AUTH_SCHEMES ? names[scheme] : "unknown";
}

struct status user_key_scheme(struct bytes name, enum auth_scheme *ret)
{
    for (int i = AUTH_P256; i <= AUTH_ED25519; i++) {
        *ret = (enum auth_scheme)i;
        if (bytes_equal(name, bytes_of(user_key_scheme_name(*ret)))) {
            return OK;
        }
    }
    return FAIL(BAD_REQUEST);
}

/* --- what follows from the secret ----------------------------------------------------------- */

static struct status complete_p256(struct user_key *key)
{
    SECRET(p256_key, secret);
    TRY(p256_key_from(key->d, &secret));
    key->public.len = P256_SEC1;
    return p256_key_public(&secret, key->public.key, key->public.whole);
}

static struct status complete_wallet(struct user_key *key)
{
    struct k256_public public;
    struct eth_address address;
    SECRET32(bytes);
    SECRET(k256_key, secret);
    memcpy(bytes.b, key->d, sizeof bytes.b);
    TRY(k256_key_from(&bytes, &secret));
    TRY(k256_public(&secret, &public));
    eth_address_of(&public, &address);
    key->public.len = sizeof address.b;
    memcpy(key->public.key, address.b, sizeof address.b);
    return OK;
}

static struct status complete_stark(struct user_key *key)
{
    struct stark_public public;
    SECRET32(bytes);
    SECRET(stark_key, secret);
    memcpy(bytes.b, key->d, sizeof bytes.b);
    TRY(stark_key_from_bytes(&bytes, &secret));
    TRY(stark_key_public(&secret, &public));
    key->public.len = SCALAR;
    felt_to_be(&public.x, key->public.key);
    return OK;
}

static struct status complete_ed25519(struct user_key *key)
{
    SECRET(ed25519_key, secret);
    memcpy(secret.seed, key->d, sizeof secret.seed);
    key->public.len = ED25519_PUBLIC;
    return ed25519_public(&secret, key->public.key);
}

struct status user_key_complete(struct user_key *key)
{
    const enum auth_scheme scheme = key->public.scheme;
    if (scheme == AUTH_P256) {
        return complete_p256(key);
    }
    if (scheme == AUTH_EIP191) {
        return complete_wallet(key);
    }
    if (scheme == AUTH_STARK) {
        return complete_stark(key);
    }
    return scheme == AUTH_ED25519 ? complete_ed25519(key) : FAIL(BAD_REQUEST);
}

struct status user_key_generate(const struct entropy *entropy, enum auth_scheme scheme,
                                struct user_key *ret)
{
    struct status status = FAIL(ENTROPY);
    /* Half of all 252 bits are Stark keys, nearly all of 256 are keys of the other curves. */
    for (int i = 0; i < CANDIDATES; i++) {
        *ret = (struct user_key){.public.scheme = scheme};
        status = entropy_fill(entropy, ret->d, sizeof ret->d);
        if (!status_is_ok(status)) {
            break;
        }
        if (scheme == AUTH_STARK) {
            ret->d[0] &= 0x0f;
        }
        status = user_key_complete(ret);
        if (status.code != STATUS_KEY_INVALID) {
            break;
        }
    }
    if (!status_is_ok(status)) {
        user_key_wipe(ret);
    }
    return status.code == STATUS_KEY_INVALID ? FAIL(ENTROPY) : status;
}

/* --- signing -------------------------------------------------------------------------------- */

static struct status sign_p256(const struct user_key *key, const uint8_t *digest, struct buf *out)
{
    uint8_t signature[P256_SIGNATURE];
    SECRET(p256_key, secret);
    memcpy(secret.d, key->d, sizeof secret.d);
    TRY(p256_key_sign(&secret, key->public.key, digest, signature));
    buf_put(out, BYTES_ARRAY(signature));
    return buf_check(out);
}

static struct status sign_wallet(const struct user_key *key, struct bytes text, struct buf *out)
{
    struct k256_signature signature;
    SECRET(k256_key, secret);
    memcpy(secret.d, key->d, sizeof secret.d);
    TRY(eip191_sign(&secret, text, &signature));
    buf_put(out, BYTES_ARRAY(signature.rs));
    buf_put_u8(out, (uint8_t)(27 + signature.v));
    return buf_check(out);
}

static struct status sign_stark(const struct user_key *key, const uint8_t *digest, struct buf *out)
{
    uint8_t bytes[SHA256_BYTES];
    struct felt hash;
    struct stark_signature signature;
    SECRET32(copy);
    SECRET(stark_key, secret);
    memcpy(copy.b, key->d, sizeof copy.b);
    TRY(stark_key_from_bytes(&copy, &secret));
    memcpy(bytes, digest, sizeof bytes);
    bytes[0] &= 0x07;
    if (!felt_from_be(bytes, &hash)) {
        return FAIL(INTERNAL);
    }
    TRY(stark_ecdsa_sign(&secret, &hash, (struct bytes){0}, &signature));
    felt_to_be(&signature.r, bytes);
    buf_put(out, BYTES_ARRAY(bytes));
    felt_to_be(&signature.s, bytes);
    buf_put(out, BYTES_ARRAY(bytes));
    return buf_check(out);
}

static struct status sign_ed25519(const struct user_key *key, struct bytes text, struct buf *out)
{
    uint8_t signature[ED25519_SIGNATURE];
    SECRET(ed25519_key, secret);
    memcpy(secret.seed, key->d, sizeof secret.seed);
    TRY(ed25519_sign(&secret, key->public.key, text, signature));
    buf_put(out, BYTES_ARRAY(signature));
    return buf_check(out);
}

struct status user_key_sign(const struct user_key *key, struct bytes text, struct buf *out)
{
    const enum auth_scheme scheme = key->public.scheme;
    uint8_t digest[SHA256_BYTES];
    sha256_hash(text, digest);
    if (scheme == AUTH_P256) {
        return sign_p256(key, digest, out);
    }
    if (scheme == AUTH_EIP191) {
        return sign_wallet(key, text, out);
    }
    if (scheme == AUTH_STARK) {
        return sign_stark(key, digest, out);
    }
    return scheme == AUTH_ED25519 ? sign_ed25519(key, text, out) : FAIL(BAD_REQUEST);
}

/* --- what others signed --------------------------------------------------------------------- */

/* An integer of DER as 32 bytes. */
static bool take_half(struct reader *reader, uint8_t ret[static SCALAR])
{
    bool is_integer = reader_u8(reader) == DER_INTEGER;
    struct bytes digits = reader_take(reader, reader_u8(reader));
    while (digits.len > 1 && digits.ptr[0] == 0) {
        digits = bytes_slice(digits, 1, digits.len);
    }
    if (!is_integer || reader->failed || digits.len == 0 || digits.len > SCALAR) {
        return false;
    }
    memcpy(ret + SCALAR - digits.len, digits.ptr, digits.len);
    return true;
}

static bool read_der(struct bytes der, uint8_t ret[static P256_SIGNATURE])
{
    struct reader reader = reader_over(der);
    bool is_list = reader_u8(&reader) == DER_SEQUENCE && reader_u8(&reader) == der.len - 2;
    memset(ret, 0, P256_SIGNATURE);
    return is_list && take_half(&reader, ret) && take_half(&reader, ret + SCALAR) &&
           reader_done(&reader);
}

struct status user_key_proof(const struct user_public *public, struct bytes made, struct buf *out)
{
    uint8_t halves[P256_SIGNATURE];
    size_t wanted = public->scheme == AUTH_EIP191 ? EIP191_BYTES : P256_SIGNATURE;
    if (made.len == wanted) {
        buf_put(out, made);
        return buf_check(out);
    }
    if (public->scheme != AUTH_P256 || made.len < 8 || !read_der(made, halves)) {
        return FAIL(BAD_REQUEST);
    }
    buf_put(out, BYTES_ARRAY(halves));
    return buf_check(out);
}
