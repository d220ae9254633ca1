/* Checkpoints of a log as signed notes: what the log is called, how many entries it has, their
 * root, and who signed that; and the text form of the keys that sign.
 *
 * Text of other people's signatures is kept and passed over, so that witnesses may add theirs.
 * Knows no key of its own: whose signature it is, a port says. Used by the committer, by the check
 * of audit files and by proofs. Source: C2SP signed-note 1.0, tlog-checkpoint 1.0; formats,
 * section 10. */
#ifndef COFFER_AUDIT_AUDIT_NOTE_H
#define COFFER_AUDIT_AUDIT_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "digest/sha256.h"

enum {
    AUDIT_NOTE_PUBLIC = 32,    /* bytes of a public key */
    AUDIT_NOTE_SIGNATURE = 64, /* bytes of a signature: Ed25519, type 0x01 */
    AUDIT_NOTE_ID = 4,
    AUDIT_NOTE_NAME = 80,   /* characters of a name, at most; ours are of 62 */
    AUDIT_NOTE_VKEY = 144,  /* characters of a key as text, at most */
    AUDIT_NOTE_OURS = 320,  /* characters of a note that has our signature alone, at most */
    AUDIT_NOTE_MAX = 65536, /* characters of one that is read */
};

/* A key that signs notes, as everybody may know it. */
struct audit_note_key {
    uint8_t name[AUDIT_NOTE_NAME];
    size_t name_len;
    uint8_t public[AUDIT_NOTE_PUBLIC];
    uint8_t id[AUDIT_NOTE_ID];
};

/* How signatures are checked. Returns: OK, or SIGNATURE_INVALID; other failures end the check. */
struct audit_note_port {
    void *context;
    struct status (*verify)(void *context, const uint8_t public[static AUDIT_NOTE_PUBLIC],
                            struct bytes text,
                            const uint8_t signature[static AUDIT_NOTE_SIGNATURE]);
};

/* A checkpoint that was read. Points into what it was read from. */
struct audit_note {
    struct bytes text; /* what is signed, with its last line end */
    struct bytes origin;
    uint64_t size;
    uint8_t root[SHA256_BYTES];
    struct bytes signatures; /* whole lines */
};

/* A key of this name. In: name, 1 to AUDIT_NOTE_NAME bytes of UTF-8 without spaces, control
 * characters and plus signs. Returns: OK; AUDIT_NOTE_INVALID for another name.
 * On failure: *ret is zero. */
struct status audit_note_key_make(struct bytes name, const uint8_t public[static AUDIT_NOTE_PUBLIC],
                                  struct audit_note_key *ret);

/* Append the key as text: name+id+key. */
void audit_note_key_put(const struct audit_note_key *key, struct buf *out);

/* Read it. Returns: OK; AUDIT_NOTE_INVALID, also when the id is not that of name and key or when it
 * is no Ed25519 key. On failure: *ret is zero. */
struct status audit_note_key_read(struct bytes text, struct audit_note_key *ret);

/* Append what the log of a start is called: its origin, and the name of its key. In: domain, of the
 * deployment; boot, the id of the start. */
void audit_note_origin(const uint8_t domain[static SHA256_BYTES], const uint8_t boot[static 16],
                       struct buf *out);

/* Append the text by which a wallet vouches for the key of a log. */
void audit_note_key_binding(const struct audit_note_key *key, struct buf *out);

/* Append the text of a checkpoint, ready to be signed. */
void audit_note_text(struct bytes origin, uint64_t size, const uint8_t root[static SHA256_BYTES],
                     struct buf *out);

/* Append what turns the text before it into a note: the empty line and the line of a signature. */
void audit_note_sign(const struct audit_note_key *key,
                     const uint8_t signature[static AUDIT_NOTE_SIGNATURE], struct buf *out);

/* Read a note that is a checkpoint. In: text, up to AUDIT_NOTE_MAX bytes.
 * Returns: OK; AUDIT_NOTE_INVALID for everything that the two specifications refuse.
 * On failure: *ret is zero. */
struct status audit_note_read(struct bytes text, struct audit_note *ret);

/* Whether key signed the note: it has a signature of that key, and none of it that is wrong.
 * Returns: OK; SIGNATURE_INVALID; other failures of the port. */
struct status audit_note_check(const struct audit_note *note, const struct audit_note_key *key,
                               const struct audit_note_port *port);

#endif
