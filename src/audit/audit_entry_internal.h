/* A line of an audit trail, read: what a check needs of it. Private to audit. */
#ifndef COFFER_AUDIT_AUDIT_ENTRY_INTERNAL_H
#define COFFER_AUDIT_AUDIT_ENTRY_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit_lane.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "tlog/tlog_note.h"

enum audit_entry_kind {
    AUDIT_ENTRY_RECORD,
    AUDIT_ENTRY_BOOT,
    AUDIT_ENTRY_MARK,
    AUDIT_ENTRY_GAP,
    AUDIT_ENTRY_END,
    AUDIT_ENTRY_NOTE, /* no record, but a checkpoint over those before it */
    AUDIT_ENTRY_KINDS,
};

struct audit_entry {
    enum audit_entry_kind kind;
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint64_t lane;
    uint64_t seq;
    uint8_t prev[SHA256_BYTES];
    struct clock_interval at;
    /* of a record */
    enum audit_outcome outcome;
    uint64_t intent; /* of what an intent and its outcome have in common */
    /* of a boot record */
    bool has_domain;
    uint8_t domain[SHA256_BYTES];
    bool has_key;
    struct tlog_note_key key;
    bool has_voucher;
    struct audit_voucher voucher;
    struct audit_previous previous;
    /* of a gap */
    uint64_t from;
    uint64_t to;
    uint64_t count;
    /* of a checkpoint; in the arena */
    struct bytes note_text;
    struct tlog_note note;
};

/* Read a line without its end. Out: *ret, valid while the arena is not reset; *ret_reason, why it
 * is none, or NULL. Returns: OK, also when it is none; NO_MEMORY, which says nothing about it. */
struct status audit_entry_read(struct arena *arena, struct bytes line, struct audit_entry *ret,
                               const char **ret_reason);

#endif
