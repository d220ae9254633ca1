/* Keys of people, back ends and authorities, in files of their own, and what they sign with them.
 *
 * P-256 and Ed25519 are in PEM, so that other programs read and make them: PKCS#8, or SEC1 of
 * P-256, not under a password. Stark keys and wallets are {"scheme","key"}, 0x and 32 bytes. Public
 * keys alone are in PEM (SubjectPublicKeyInfo) or {"scheme","public_key"}, where the private one is
 * in a device or elsewhere. Used by the command line.
 * Source: RFC 5915, RFC 5958, RFC 8410, RFC 5480; formats for users, section 14. */
#ifndef COFFER_CLIENT_USER_KEY_H
#define COFFER_CLIENT_USER_KEY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/status.h"
#include "wire/auth_text.h"

enum {
    USER_KEY_PUBLIC = 33, /* K, at most */
    USER_KEY_WHOLE = 65,  /* of P-256: 04, x, y */
    USER_KEY_PROOF = 65,  /* bytes of a proof, at most */
    USER_KEY_FILE = 512,  /* bytes of a file that is written here, at most */
};

/* A public key, K. Its scheme is one of AUTH_P256, AUTH_EIP191, AUTH_STARK, AUTH_ED25519. */
struct user_public {
    enum auth_scheme scheme;
    uint8_t len;
    uint8_t key[USER_KEY_PUBLIC];
    uint8_t whole[USER_KEY_WHOLE]; /* of AUTH_P256 */
};

/* *secret* but for its public key. */
struct user_key {
    struct user_public public;
    uint8_t d[32]; /* big-endian; of Ed25519 the seed */
};

void user_key_wipe(struct user_key *key);

static inline struct bytes user_public_bytes(const struct user_public *public)
{
    return (struct bytes){public->key, public->len};
}

/* The name of a scheme: p256, eip191, stark, ed25519, passkey, snip12, oidc, totp, service. */
const char *user_key_scheme_name(enum auth_scheme scheme);

/* One of the four that keys here are of. Returns: OK; BAD_REQUEST. */
struct status user_key_scheme(struct bytes name, enum auth_scheme *ret);

/* A new key. Returns: OK; ENTROPY, NO_MEMORY, INTERNAL, SELF_CHECK. On failure: *ret is zero. */
struct status user_key_generate(const struct entropy *entropy, enum auth_scheme scheme,
                                struct user_key *ret);

/* Read a key from a file that nobody else may read. In: arena, scratch, which is rewound.
 * Returns: OK; KEY_FILE when it is not there, not private, or none of the forms above; KEY_INVALID
 * when it is out of range, or a public key beside it is another one's; NO_MEMORY, INTERNAL.
 * On failure: *ret is zero. */
struct status user_key_read(const char *path, struct arena *arena, struct user_key *ret);

/* Read a public key, or that of a file as above.
 * Returns: as user_key_read; POINT_INVALID. On failure: *ret is zero. */
struct status user_key_read_public(const char *path, struct arena *arena, struct user_public *ret);

/* Write such a file; it must not exist. Returns: OK; KEY_FILE. On failure: there is no file. */
struct status user_key_write(const char *path, const struct user_key *key);

/* Append the public key as a file of its own. Returns: OK; BUFFER_FULL. */
struct status user_key_put_public(const struct user_public *public, struct buf *out);

/* Sign a text of wire/auth_text.h or wire/pop.h, X, and append the proof. A wallet signs X itself:
 * not what its owner sees where it logs in. Stark signatures have their plain nonce.
 * Returns: OK; SELF_CHECK, ENTROPY, NO_MEMORY, INTERNAL; BUFFER_FULL. */
struct status user_key_sign(const struct user_key *key, struct bytes text, struct buf *out);

/* A proof from what other programs make of it: signatures of P-256 as r and s or in DER, others as
 * they are. Returns: OK; BAD_REQUEST. */
struct status user_key_proof(const struct user_public *public, struct bytes made, struct buf *out);

#endif
