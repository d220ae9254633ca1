/* Checkpoints of a log as signed notes: what the log is called, how many entries it has, their
 * root, and who signed that; and the text form of the keys that sign.
 *
 * Text of other people's signatures is kept and passed over, so that witnesses may add theirs.
 * Knows no key of its own: whose signature it is, a port says. Used by the committer, by the check
 * of audit files and by proofs. Source: C2SP signed-note 1.0, tlog-checkpoint 1.0; formats,
 * section 10. */
#ifndef COFFER_TLOG_TLOG_NOTE_H
#define COFFER_TLOG_TLOG_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "digest/sha256.h"

enum {
    TLOG_NOTE_PUBLIC = 32,    /* bytes of a public key */
    TLOG_NOTE_SIGNATURE = 64, /* bytes of a signature: Ed25519, type 0x01 */
    TLOG_NOTE_ID = 4,
    TLOG_NOTE_NAME = 80,   /* characters of a name, at most; ours are of 62 */
    TLOG_NOTE_VKEY = 144,  /* characters of a key as text, at most */
    TLOG_NOTE_OURS = 320,  /* characters of a note that has our signature alone, at most */
    TLOG_NOTE_MAX = 65536, /* characters of one that is read */
};

/* A key that signs notes, as everybody may know it. */
struct tlog_note_key {
    uint8_t name[TLOG_NOTE_NAME];
    size_t name_len;
    uint8_t public[TLOG_NOTE_PUBLIC];
    uint8_t id[TLOG_NOTE_ID];
};

/* How signatures are checked. Returns: OK, or SIGNATURE_INVALID; other failures end the check. */
struct tlog_note_port {
    void *context;
    struct status (*verify)(void *context, const uint8_t public[static TLOG_NOTE_PUBLIC],
                            struct bytes text, const uint8_t signature[static TLOG_NOTE_SIGNATURE]);
};

/* A checkpoint that was read. Points into what it was read from. */
struct tlog_note {
    struct bytes text; /* what is signed, with its last line end */
    struct bytes origin;
    uint64_t size;
    uint8_t root[SHA256_BYTES];
    struct bytes signatures; /* whole lines */
};

/* A key of this name. In: name, 1 to TLOG_NOTE_NAME bytes of UTF-8 without spaces, control
 * characters and plus signs. Returns: OK; AUDIT_NOTE_INVALID for another name.
 * On failure: *ret is zero. */
struct status tlog_note_key_make(struct bytes name, const uint8_t public[static TLOG_NOTE_PUBLIC],
                                 struct tlog_note_key *ret);

/* Append the key as text: name+id+key. */
void tlog_note_key_put(const struct tlog_note_key *key, struct buf *out);

/* Read it. Returns: OK; AUDIT_NOTE_INVALID, also when the id is not that of name and key or when it
 * is no Ed25519 key. On failure: *ret is zero. */
struct status tlog_note_key_read(struct bytes text, struct tlog_note_key *ret);

/* Append what the log of a start is called: its origin, and the name of its key. In: domain, of the
 * deployment; boot, the id of the start. */
void tlog_note_origin(const uint8_t domain[static SHA256_BYTES], const uint8_t boot[static 16],
                      struct buf *out);

/* Append the text by which a wallet vouches for the key of a log. */
void tlog_note_key_binding(const struct tlog_note_key *key, struct buf *out);

/* Append the text of a checkpoint, ready to be signed. */
void tlog_note_text(struct bytes origin, uint64_t size, const uint8_t root[static SHA256_BYTES],
                    struct buf *out);

/* Append what turns the text before it into a note: the empty line and the line of a signature. */
void tlog_note_sign(const struct tlog_note_key *key,
                    const uint8_t signature[static TLOG_NOTE_SIGNATURE], struct buf *out);

/* Read a note that is a checkpoint. In: text, up to TLOG_NOTE_MAX bytes.
 * Returns: OK; AUDIT_NOTE_INVALID for everything that the two specifications refuse.
 * On failure: *ret is zero. */
struct status tlog_note_read(struct bytes text, struct tlog_note *ret);

/* Whether key signed the note: it has a signature of that key, and none of it that is wrong.
 * Returns: OK; SIGNATURE_INVALID; other failures of the port. */
struct status tlog_note_check(const struct tlog_note *note, const struct tlog_note_key *key,
                              const struct tlog_note_port *port);

#endif
