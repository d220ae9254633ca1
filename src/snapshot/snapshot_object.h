/* Objects of a snapshot: sealed to their place, named by what they are.
 *
 * 0x01, epoch u32, nonce 24, ciphertext, tag 16. Subkey = HKDF-Expand(snapshot key of the epoch,
 * "coffer/snapshot/1", nonce[0..12], 32), IV = nonce[12..24], associated data = the same label,
 * domain, epoch, kind u8 (two more for strict records), level u8, index u16, part u16. The name is
 * SHA-256 of all of it.
 * Used by snapshots. Source: formats, section 4; docs/decisions/068-snapshots.md. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_OBJECT_H
#define COFFER_SNAPSHOT_SNAPSHOT_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "blob/blob.h"
#include "keys/root.h"
#include "keys/root_keyring.h"

enum {
    SNAPSHOT_DIGEST = 32,
    SNAPSHOT_NONCE = 24,
    SNAPSHOT_HEAD = 1 + 4 + SNAPSHOT_NONCE, /* bytes before what is sealed */
    SNAPSHOT_OVERHEAD = SNAPSHOT_HEAD + 16,
};

enum snapshot_kind {
    SNAPSHOT_NODE = 1,
    SNAPSHOT_RECORDS = 2,
};

/* Where an object belongs. */
struct snapshot_place {
    enum snapshot_kind kind;
    bool is_strict; /* of the tree of strict records */
    uint8_t level;  /* of the tree of digests, 0 for the root */
    uint16_t index;
    uint16_t part;
};

/* What an object is, and where it has to be. */
struct snapshot_object {
    struct snapshot_place place;
    uint8_t digest[SNAPSHOT_DIGEST];
};

/* Seal. In: root, *secret*; nonce, fresh random bytes; plaintext, *secret*; object->place.
 * Out: out, with plaintext.len + SNAPSHOT_OVERHEAD bytes; plaintext may lie at out + SNAPSHOT_HEAD,
 * where it is sealed; object->digest. Returns: OK; as aead_seal. On failure: out is not to be used.
 * Timing: depends on lengths only. */
struct status snapshot_object_seal(const struct root *root,
                                   const uint8_t nonce[static SNAPSHOT_NONCE],
                                   struct bytes plaintext, uint8_t *out,
                                   struct snapshot_object *object);

/* Open an object from outside. In: roots, *secret*; object, what was asked for. Out: out,
 * sealed.len - SNAPSHOT_OVERHEAD bytes, which may begin where the ciphertext begins; *secret*.
 * Returns: OK; SNAPSHOT_INVALID when it is another one, was changed or belongs elsewhere;
 * VALUE_EPOCH without its root; NO_MEMORY, INTERNAL. On failure: out has nothing of the plaintext.
 * Timing: depends on lengths and on the answer. */
struct status snapshot_object_open(const struct root_keyring *roots,
                                   const struct snapshot_object *object, struct bytes sealed,
                                   uint8_t *out);

/* The name that it lies under. */
struct blob_name snapshot_object_name(const uint8_t digest[static SNAPSHOT_DIGEST]);

#endif
