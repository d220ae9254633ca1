/* Whether a proof shows that the holder of a key said something: one entry for all schemes.
 *
 * What was said is a text, X, of wire/auth_text.h, and its SHA-256, P. Keys and proofs are bytes as
 * below; those that are JSON are strict: members as listed, none missing, none besides. Nothing is
 * fetched, kept or remembered here: what is known of a passkey is given, and what a proof says of
 * it is handed back. Nothing here depends on who is enrolled. Public data only, so time may depend
 * on all of it. Any thread.
 *
 *   scheme    K                       proof
 *   P256      SEC1, 33                r and s, 64: ECDSA with SHA-256 of X
 *   EIP191    address, 20             X: signature, 65. To log in: {"origin","chain_id",
 *                                     "issued_at","sig"} of the message of eip4361.h
 *   STARK     x, 32                   r and s, 64, of P without its top 5 bits
 *   ED25519   32                      64, of X
 *   PASSKEY   SEC1, 33                {"cred","client","auth","sig"}, in base64 of URLs
 *   SNIP12    x, 32                   {"origin","chain","account","sig":[r,s]} of the typed data
 *                                     of snip12_login.h
 *   OIDC      issuer, audience, sub   the ID token, of which the claim nonce is P in base64 of URLs
 *
 * Some signatures have a second form, which whoever sees the first can make; it says the same, so
 * nothing is named or counted by a signature. P256, STARK and SNIP12 take both forms, as all who
 * verify them do; EIP191 takes a low s and ED25519 an s below the order.
 *
 * TOTP and service keys prove nothing about a text alone: totp.h, and the proof of possession of a
 * request. Used by sessions and statements. Source: formats for users, sections 14 and 15. */
#ifndef COFFER_AUTHENTICATORS_AUTHENTICATOR_H
#define COFFER_AUTHENTICATORS_AUTHENTICATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "wire/auth_text.h"

enum { AUTHENTICATOR_TOTP_KEY = 16 };

/* What was said, and how it is used. */
struct authenticator_said {
    struct bytes text;       /* X */
    const uint8_t *proof_of; /* P: [AUTH_TEXT_HASH], SHA-256 of X */
    struct bytes purpose;    /* that wallets show: login or step-up; of other texts what they do,
                              * such as user.add: 1 to AUTH_TEXT_OP - 1 of visible ASCII */
    bool is_login;           /* X is a CofferAuth text: wallets show a message instead of X */
};

/* What a tenant takes. All borrowed. */
struct authenticator_rules {
    struct bytes rp_id;
    const struct bytes *origins; /* exact, such as https://app.example */
    size_t origin_count;
};

/* A key, and what it shall prove with. */
struct authenticator_claim {
    enum auth_scheme scheme;
    struct bytes key;                      /* K */
    struct bytes proof;                    /* from outside */
    struct authenticator_passkey *passkey; /* of PASSKEY: known before; changed by its proof */
};

/* What is known of a passkey; a proof says it anew. */
struct authenticator_passkey {
    struct bytes cred; /* its credential id */
    bool is_new;       /* it is being enrolled: its first proof says what follows */
    bool is_backup_eligible;
    uint32_t counter; /* the greatest that it has shown */
};

/* Whether a key is one of its scheme at all: its length, and a point of the curve, one with which a
 * proof shows something. Of EIP191, TOTP and SERVICE only the length; of OIDC the three texts, of
 * which only the audience may be empty. In: key, from outside.
 * Returns: OK; POINT_INVALID; BAD_REQUEST for another length or form; NO_MEMORY. */
struct status authenticator_key_check(enum auth_scheme scheme, struct bytes key);

/* Whether the proof of claim shows that whoever holds its key said what was said. The key is
 * checked as above. In: arena, with 256 KiB free, of which what was read stays until it is reset.
 * Returns: OK; of PASSKEY also the codes of WebAuthn, see passkey.h.
 *   BAD_REQUEST      the key is none of its scheme; the proof is not of its form or length
 *   ORIGIN_UNLISTED  it was made for a page that is none of the tenant's
 *   AUTH_FAILED      the key did not sign this; a scheme that proves nothing about a text
 *   NO_MEMORY, ENTROPY */
struct status authenticator_check(struct arena *arena, const struct authenticator_said *said,
                                  const struct authenticator_rules *rules,
                                  const struct authenticator_claim *claim);

#endif
