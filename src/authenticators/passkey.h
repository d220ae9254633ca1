/* Whether a passkey said something: assertions of WebAuthn, of ES256 keys, user verified.
 *
 * A proof is {"cred","client","auth","sig"}: the credential's id, clientDataJSON, authenticatorData
 * and the signature as the browser gave them, in base64 of URLs. The client's data is parsed, not
 * compared with a template, as WebAuthn asks: members in any order, and besides those that are
 * named here any others; but strict JSON, without a name twice. Everything else is as listed.
 * Used by sessions and statements. Public data only. Any thread.
 * Source: formats for users, sections 14 and 15; Web Authentication Level 3, sections 5.8.1, 6.1
 * and 7.2. */
#ifndef COFFER_AUTHENTICATORS_PASSKEY_H
#define COFFER_AUTHENTICATORS_PASSKEY_H

#include <stdint.h>

#include "authenticators/authenticator.h"

/* In bytes, at most. */
enum {
    PASSKEY_CRED = 1023, /* as WebAuthn has it */
    PASSKEY_CLIENT = 2048,
    PASSKEY_AUTH = 1024,
    PASSKEY_SIG = 72,
    PASSKEY_PROOF = 6144, /* all of these in base64, and their names */
};

/* Whether the proof of claim shows that its passkey was asked for P, at an origin of the tenant.
 * In: arena, with 256 KiB free; claim, whose key is one of P-256 in length, and whose passkey has
 * what is known of it. Out: *claim->passkey as this proof says it, no longer new; cred stays.
 * Returns: OK.
 *   WEBAUTHN_FORMAT   it is no assertion: JSON, base64, lengths, type, DER, CBOR of extensions
 *   ORIGIN_UNLISTED   the page is none of the tenant's, or within another: origin, crossOrigin,
 *                     topOrigin; or it asked in the name of another rp_id
 *   WEBAUTHN_FLAGS    no user was present and verified; backed up without being eligible; an
 *                     attested credential; or eligible for backup otherwise than when enrolled
 *   AUTH_FAILED       another credential or challenge
 *   SIGNATURE_INVALID the key did not sign this; POINT_INVALID: it is none
 *   WEBAUTHN_COUNTER  signed, by a passkey that stays on one device, and the counter did not grow:
 *                     there may be two of it
 *   NO_MEMORY
 * What depends on what is known of the passkey is said of good signatures only, so that strangers
 * learn nothing and raise no alarm. On failure: *claim->passkey is as it was. */
struct status passkey_verify(struct arena *arena, const struct authenticator_said *said,
                             const struct authenticator_rules *rules,
                             const struct authenticator_claim *claim);

/* What a proof says of its passkey: cred, in the arena, eligibility and counter. Nothing is checked
 * but the form: for proofs that were verified before, and to know whom one is of.
 * Returns: OK; WEBAUTHN_FORMAT; NO_MEMORY. On failure: *ret is zeros. */
struct status passkey_read(struct arena *arena, struct bytes proof,
                           struct authenticator_passkey *ret);

/* Whether a passkey that was verified as if it were new goes with what is known of it.
 * Returns: OK; AUTH_FAILED for another credential; WEBAUTHN_FLAGS, WEBAUTHN_COUNTER as above. */
struct status passkey_check_known(const struct authenticator_passkey *says,
                                  const struct authenticator_passkey *known);

#endif
