/* Checking an audit trail, from one file or several in their order: every line's shape, every
 * lane's chain, the tree over the records of each start and every checkpoint of it, who vouches for
 * the key that signs, that each start names the last checkpoints of those before, and what the
 * reader knows already.
 *
 * Absence of proof is a failure unless the reader asked for it: a start that nobody vouches for,
 * one that was not ended or has records behind its last checkpoint, one whose predecessors are not
 * here.
 * What no check can see is what was cut off the last start, unless the reader knows a later
 * checkpoint of it; and whether the wallets are those of the nodes.
 * Used by the command line and by tests; knows no key: whose signature it is, ports say.
 * Source: formats, section 10. */
#ifndef COFFER_AUDIT_AUDIT_VERIFY_H
#define COFFER_AUDIT_AUDIT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit_history.h"
#include "audit/audit_intents.h"
#include "audit/audit_lane.h"
#include "audit/audit_lines.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "tlog/tlog_note.h"
#include "tlog/tlog_tree.h"

enum { AUDIT_VERIFY_EXPECTED = 4 };

/* A start, when all of it was seen. */
struct audit_verify_start {
    uint8_t boot[AUDIT_BOOT_BYTES];
    bool has_key;
    struct tlog_note_key key;
    bool has_voucher;
    struct audit_voucher voucher;
    bool ended;
    uint64_t records;
    uint64_t size; /* of the last checkpoint; 0: there is none */
    size_t note_len;
    uint8_t note[TLOG_NOTE_OURS]; /* the last checkpoint */
};

/* How signatures are read, and who hears what. recover: the wallet whose EIP-191 signature over
 * text it is. start: each start, when all of it was seen; record: each record, with its place in
 * the tree of its start; both may be NULL. */
struct audit_verify_port {
    void *context;
    struct tlog_note_port notes;
    struct status (*recover)(void *context, struct bytes text,
                             const uint8_t signature[static AUDIT_WALLET_SIGNATURE],
                             uint8_t ret_wallet[static AUDIT_WALLET]);
    void (*start)(void *context, const struct audit_verify_start *start);
    void (*record)(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES], uint64_t index,
                   const uint8_t hash[static SHA256_BYTES]);
};

/* The reasons that an option lets pass: allow_open, allow_earlier, allow_unsigned. */
#define AUDIT_VERIFY_OPEN \
    "the start before has no end: its node runs, was killed, or the end was cut off"
#define AUDIT_VERIFY_EARLIER  "the start names one before it that is not here"
#define AUDIT_VERIFY_UNSIGNED "no wallet vouches for the key of the start"

/* What the reader lets pass and what he knows. */
struct audit_verify_options {
    bool allow_unsigned; /* starts that no wallet vouches for */
    bool allow_open;     /* starts without end: the node runs, or was killed */
    bool allow_earlier;  /* the starts before the first one are not given */
    size_t expected_count;
    struct tlog_note expected[AUDIT_VERIFY_EXPECTED]; /* each must be a prefix of its log */
};

/* What was found. */
struct audit_verify_report {
    uint64_t lines;
    uint64_t records; /* of all kinds */
    uint64_t starts;  /* of a node */
    uint64_t open;    /* starts without an end record */
    uint64_t unsigned_starts;
    uint64_t torn; /* lines that a crash cut short; nothing was released on them */
    uint64_t checkpoints;
    uint64_t uncovered; /* records behind the last checkpoint of their start */
    uint64_t earlier;   /* starts that the first one names and that are not here */
    uint64_t unsettled; /* intents without outcome, and outcomes that say so */
    uint64_t dropped;   /* records that gap records stand for */
    const char *reason; /* why the last line that was given is wrong; "" otherwise */
};

/* A check in work. Large. */
struct audit_verify {
    struct arena *arena;
    struct audit_verify_port port;
    struct audit_verify_options options;
    struct audit_verify_report report;
    bool met[AUDIT_VERIFY_EXPECTED]; /* of what was expected */
    struct audit_lane lanes[LIMIT_LOOPS + 1];
    struct tlog_tree tree;
    struct audit_verify_start start;
    struct audit_previous previous; /* of all starts so far, the one in work included */
    struct audit_intents intents;
    uint64_t uncovered; /* of the start in work */
    bool started;       /* a boot record was seen */
    bool pending;       /* the last line was no record: torn if a boot record follows */
    const char *pending_reason;
    struct status shortage; /* that a line could not be looked at for */
};

/* In: arena, of 512 KiB or more, reset for each line; it outlives the check. port and options,
 * copied; what options point to outlives the check. */
void audit_verify_init(struct audit_verify *verify, struct arena *arena,
                       const struct audit_verify_port *port,
                       const struct audit_verify_options *options);

/* The next line, without its line end. Returns: OK; AUDIT_INVALID (report.reason says why, and
 * report.lines which line); NO_MEMORY. Nothing may follow a failure. */
struct status audit_verify_line(struct audit_verify *verify, struct bytes line);

/* All lines of a file, from where fd stands; the next file continues it. In: lines, memory.
 * Returns: OK; AUDIT_INVALID; NO_MEMORY; IO. */
struct status audit_verify_file(struct audit_verify *verify, struct audit_lines *lines, int fd);

/* After the last line. Returns: OK; AUDIT_INVALID. */
struct status audit_verify_end(struct audit_verify *verify);

#endif
