#include "authenticators/authenticator.h"

#include <string.h>

#include "authenticators/authenticator_internal.h"
#include "authenticators/eip4361.h"
#include "authenticators/passkey.h"
#include "authenticators/snip12_login.h"
#include "base/reader.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "crypto/stark_ecdsa.h"
#include "ethereum/eip191.h"

enum { STARK_X = 32 };

static const size_t key_lengths[AUTH_SCHEMES] = {
    [AUTH_P256] = P256_SEC1,
    [AUTH_EIP191] = ETH_ADDRESS_BYTES,
    [AUTH_STARK] = STARK_X,
    [AUTH_ED25519] = ED25519_PUBLIC,
    [AUTH_PASSKEY] = P256_SEC1,
    [AUTH_SNIP12] = STARK_X,
    [AUTH_TOTP] = AUTHENTICATOR_TOTP_KEY,
    [AUTH_SERVICE] = AUTH_TEXT_ID,
};

static struct status check_x(struct bytes key)
{
    struct felt x;
    return felt_from_be(key.ptr, &x) ? stark_ecdsa_x_check_var(&x) : FAIL(POINT_INVALID);
}

/* Issuer, audience and sub, each after its length. */
static struct status check_oidc(struct bytes key)
{
    struct reader reader = reader_over(key);
    size_t issuer = reader_take(&reader, reader_u16(&reader)).len;
    (void)reader_take(&reader, reader_u16(&reader));
    size_t sub = reader_take(&reader, reader_u16(&reader)).len;
    return reader_done(&reader) && issuer != 0 && sub != 0 ? OK : FAIL(BAD_REQUEST);
}

static struct status check_length(enum auth_scheme scheme, struct bytes key)
{
    bool is_long = scheme < AUTH_SCHEMES && key.len != 0 && key.len == key_lengths[scheme];
    return is_long ? OK : FAIL(BAD_REQUEST);
}

struct status authenticator_key_check(enum auth_scheme scheme, struct bytes key)
{
    if (scheme == AUTH_OIDC) {
        return check_oidc(key);
    }
    TRY(check_length(scheme, key));
    if (scheme == AUTH_P256 || scheme == AUTH_PASSKEY) {
        return p256_key_check(key.ptr);
    }
    if (scheme == AUTH_STARK || scheme == AUTH_SNIP12) {
        return check_x(key);
    }
    return scheme == AUTH_ED25519 ? ed25519_key_check(key.ptr) : OK;
}

struct status authenticator_proof_open(struct arena *arena, struct bytes proof,
                                       const char *const names[static 4], struct json_in_doc *ret)
{
    if (proof.len > AUTHENTICATOR_PROOF_JSON) {
        return FAIL(BAD_REQUEST);
    }
    TRY(status_judged(json_in_parse(arena, proof, ret), FAIL(BAD_REQUEST)));
    struct json_in root = json_in_root(ret);
    return status_judged(json_in_members(&root, names, 4), FAIL(BAD_REQUEST));
}

struct status authenticator_proof_text(const struct json_in *root, const char *name,
                                       struct bytes *ret)
{
    struct json_in member;
    *ret = (struct bytes){NULL, 0};
    TRY(status_judged(json_in_member(root, name, &member), FAIL(BAD_REQUEST)));
    return status_judged(json_in_string(&member, ret), FAIL(BAD_REQUEST));
}

struct status authenticator_origin_check(const struct authenticator_rules *rules,
                                         struct bytes origin)
{
    for (size_t i = 0; i < rules->origin_count; i++) {
        if (bytes_equal(origin, rules->origins[i])) {
            return OK;
        }
    }
    return FAIL(ORIGIN_UNLISTED);
}

static struct status check_p256(const struct authenticator_said *said,
                                const struct authenticator_claim *claim)
{
    if (claim->proof.len != P256_SIGNATURE) {
        return FAIL(BAD_REQUEST);
    }
    return p256_verify(claim->key.ptr, said->proof_of, claim->proof.ptr);
}

static struct status check_eip191(const struct authenticator_said *said,
                                  const struct authenticator_claim *claim)
{
    struct k256_signature signature;
    struct eth_address signer;
    if (claim->proof.len != EIP191_BYTES) {
        return FAIL(BAD_REQUEST);
    }
    TRY(eip191_read_bytes(claim->proof.ptr, &signature));
    TRY(eip191_recover(said->text, &signature, true, &signer));
    return bytes_equal(claim->key, BYTES_ARRAY(signer.b)) ? OK : FAIL(SIGNATURE_INVALID);
}

static struct status check_stark(const struct authenticator_said *said,
                                 const struct authenticator_claim *claim)
{
    uint8_t bytes[AUTH_TEXT_HASH];
    struct stark_signature signature;
    struct felt key;
    struct felt hash;
    if (claim->proof.len != 2 * STARK_X) {
        return FAIL(BAD_REQUEST);
    }
    memcpy(bytes, said->proof_of, sizeof bytes);
    bytes[0] &= 0x07;
    bool are_felts = felt_from_be(claim->key.ptr, &key) && felt_from_be(bytes, &hash) &&
                     felt_from_be(claim->proof.ptr, &signature.r) &&
                     felt_from_be(claim->proof.ptr + STARK_X, &signature.s);
    return are_felts ? stark_ecdsa_verify_x_var(&key, &hash, &signature) : FAIL(SIGNATURE_INVALID);
}

static struct status check_ed25519(const struct authenticator_said *said,
                                   const struct authenticator_claim *claim)
{
    if (claim->proof.len != ED25519_SIGNATURE) {
        return FAIL(BAD_REQUEST);
    }
    TRY(ed25519_key_check(claim->key.ptr));
    return ed25519_verify(claim->key.ptr, said->text, claim->proof.ptr);
}

/* Tokens belong here, whose keys come from their issuer.
 * Returns: also what verifying says of a key and a signature. */
static struct status check_proof(struct arena *arena, const struct authenticator_said *said,
                                 const struct authenticator_rules *rules,
                                 const struct authenticator_claim *claim)
{
    switch (claim->scheme) {
    case AUTH_P256:
        return check_p256(said, claim);
    case AUTH_EIP191:
        return said->is_login ? eip4361_verify(arena, said, rules, claim)
                              : check_eip191(said, claim);
    case AUTH_STARK:
        return check_stark(said, claim);
    case AUTH_ED25519:
        return check_ed25519(said, claim);
    case AUTH_SNIP12:
        return snip12_login_verify(arena, said, rules, claim);
    case AUTH_PASSKEY:
        return passkey_verify(arena, said, rules, claim);
    case AUTH_OIDC:
    case AUTH_TOTP:
    case AUTH_SERVICE:
    case AUTH_SCHEMES:
        break;
    }
    return FAIL(AUTH_FAILED);
}

struct status authenticator_check(struct arena *arena, const struct authenticator_said *said,
                                  const struct authenticator_rules *rules,
                                  const struct authenticator_claim *claim)
{
    if (claim->scheme != AUTH_OIDC) {
        TRY(check_length(claim->scheme, claim->key));
    }
    struct status status = check_proof(arena, said, rules, claim);
    if (status.code == STATUS_POINT_INVALID) {
        return FAIL(BAD_REQUEST);
    }
    bool is_other =
        status.code == STATUS_SIGNATURE_INVALID || status.code == STATUS_MESSAGE_HASH_RANGE;
    return is_other ? FAIL(AUTH_FAILED) : status;
}
