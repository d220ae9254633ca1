/* Envelopes: bodies that only the two ends can read, inside whatever TLS there is between them.
 *
 * Both ends have a P-384 key; what they share is hashed into AES-256-GCM keys. Version 1 is that of
 * the Nova platform: one key for both directions, nothing bound to the request, and four ways to
 * make it, one for each age of the platform's supervisor. Version 2 has a key for each direction
 * and binds the text that the sender signed. Reading one decides nothing:
 * the caller compares its sender with the registered point before it spends an agreement on it.
 * Used by the node's operations and by clients.
 * Source: formats, section 5; Nova reference, section 4; what version 2 looks like is decided in
 * docs/decisions/010-envelope-v2-is-json.md. */
#ifndef COFFER_WIRE_ENVELOPE_H
#define COFFER_WIRE_ENVELOPE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/aead.h"
#include "crypto/p384.h"

enum envelope_version {
    ENVELOPE_NONE,
    ENVELOPE_V1,
    ENVELOPE_V2,
};

/* What version 1 calls the sealed bytes. Both are read; an answer uses the name of its request. */
enum envelope_member {
    ENVELOPE_ENCRYPTED_DATA,
    ENVELOPE_CIPHERTEXT,
};

/* How version 1 hashes what both ends share into a key: once for all, as supervisors up to v1.4.1
 * do, or anew for every nonce, with the points and the nonce as the salt. */
enum envelope_derivation {
    ENVELOPE_STATIC,      /* up to v1.4.1 */
    ENVELOPE_ENCLAVER,    /* v1.4.2 to v1.7.1 */
    ENVELOPE_CAPSULE_API, /* v1.7.2 */
    ENVELOPE_CAPSULE,     /* from v1.8.0 */
    ENVELOPE_DERIVATIONS,
};

enum envelope_way {
    ENVELOPE_REQUEST,
    ENVELOPE_RESPONSE,
};

/* Which end one is: the client sends requests, also when it is a node. */
enum envelope_end {
    ENVELOPE_CLIENT,
    ENVELOPE_NODE,
};

/* An envelope as it was read. sealed lives as long as the arena that it was read into. */
struct envelope {
    enum envelope_version version;
    enum envelope_member member; /* version 1 */
    struct p384_point sender;
    uint8_t iv[AEAD_IV];
    struct bytes sealed; /* ciphertext and tag */
};

/* The keys between two points. *secret*. */
struct envelope_keys {
    struct secret32 v1;          /* of ENVELOPE_STATIC; all others come from the next two */
    struct p384_shared shared;   /* what both ends share */
    struct p384_point points[2]; /* of both, the bytewise smaller one first */
    struct secret32 request;     /* version 2 */
    struct secret32 response;
};

/* What an envelope is opened or sealed as. */
struct envelope_form {
    enum envelope_version version;
    enum envelope_member member;         /* version 1 */
    enum envelope_derivation derivation; /* version 1 */
    enum envelope_way way;
    uint8_t digest[32]; /* version 2: of the request's signed text, as wire/pop.h has it for way */
};

/* What sealing needs besides its form. */
struct envelope_sealer {
    const struct envelope_keys *keys;
    const struct p384_point *sender; /* ours */
    const struct entropy *entropy;   /* for the IV */
};

void envelope_keys_wipe(struct envelope_keys *keys);

/* Read version 1: {sender_tee_pubkey, nonce, ciphertext or encrypted_data}, all hex of any case
 * with or without 0x; a nonce of 12 bytes or more, of which the first 12 count; the point in DER or
 * SEC1. Other members are ignored.
 * In: known, whose envelope it ought to be, a point that was checked: the same bytes are not asked
 * again whether they are on the curve, which is most of the reading; NULL for nobody.
 * Returns: OK; ENVELOPE_REQUIRED when at is no object or a member is missing; ENVELOPE_INVALID for
 * members that are not of this form and for both names of the ciphertext at once; NO_MEMORY.
 * On failure: *ret is zero, and the document notes the place. */
struct status envelope_read_v1(struct arena *arena, const struct json_in *at,
                               const struct p384_point *known, struct envelope *ret);

/* Read version 2: exactly {"v": 2, "sender": base64 of 97 bytes SEC1, "iv": base64 of 12 bytes,
 * "sealed": base64}. In: known, as envelope_read_v1.
 * Returns: as envelope_read_v1; ENVELOPE_REQUIRED also when v is not 2.
 * On failure: *ret is zero, and the document notes the place. */
struct status envelope_read_v2(struct arena *arena, const struct json_in *at,
                               const struct p384_point *known, struct envelope *ret);

/* The keys that we share with a peer: one agreement, 0.75 ms; keep them. In: mine, *secret*;
 * my_point, its public key; end, which one we are. Out: *ret, *secret*.
 * Returns: OK; POINT_INVALID, NO_MEMORY, INTERNAL of p384_ecdh. On failure: *ret is zero.
 * Timing: constant. */
struct status envelope_keys(const struct p384_key *mine, const struct p384_point *my_point,
                            const struct p384_point *peer, enum envelope_end end,
                            struct envelope_keys *ret);

/* Open. In: keys, *secret*; form, of which version must be the envelope's.
 * Out: *ret_text in arena, *secret*. Returns: OK; AEAD_INVALID when anything was changed or the
 * version differs; NO_MEMORY, INTERNAL. On failure: *ret_text is empty.
 * Timing: depends on lengths and on the answer. */
struct status envelope_open(struct arena *arena, const struct envelope *envelope,
                            const struct envelope_keys *keys, const struct envelope_form *form,
                            struct bytes *ret_text);

/* The same for version 1 of which it is not known how its key was made: the form's derivation
 * first, then the others, so that what nobody sealed costs four openings and never more.
 * In: keys, *secret*. Out: form's derivation, the one that opened it; *ret_text, *secret*.
 * Returns: as above. On failure: *ret_text is empty, form as it was.
 * Timing: depends on lengths and on the answer, with that on the derivation. */
struct status envelope_open_v1(struct arena *arena, const struct envelope *envelope,
                               const struct envelope_keys *keys, struct envelope_form *form,
                               struct bytes *ret_text);

/* Write version 1 of what was sealed elsewhere, by the holder of its sender's key.
 * In: envelope, of which version is not looked at. Out: *ret_json in arena.
 * Returns: OK; NO_MEMORY. On failure: *ret_json is empty. */
struct status envelope_write_v1(struct arena *arena, const struct envelope *envelope,
                                struct bytes *ret_json);

/* Seal. In: sealer, *secret* in its keys; text, *secret*. Out: *ret_json in arena, the envelope.
 * Returns: OK; ENTROPY; NO_MEMORY; NUMBER_RANGE; INTERNAL. On failure: *ret_json is empty.
 * Timing: depends on lengths only. */
struct status envelope_seal(struct arena *arena, const struct envelope_sealer *sealer,
                            const struct envelope_form *form, struct bytes text,
                            struct bytes *ret_json);

#endif
