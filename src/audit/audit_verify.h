/* Checking an audit file: every line's shape, every lane's chain, every start and end, and every
 * checkpoint against the records that it stands for.
 *
 * What it cannot see: whole starts that are missing, and what is missing at the end of a start that
 * was not ended, from its last checkpoint on. Starts without any checkpoint prove nothing about who
 * wrote them; they are counted. Used by the command line and by tests; knows no key: whose
 * signature it is, a port says. */
#ifndef COFFER_AUDIT_AUDIT_VERIFY_H
#define COFFER_AUDIT_AUDIT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit_lane.h"
#include "audit/checkpoint.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"

/* How signatures are read. recover: the wallet whose EIP-191 signature over text it is; a failure
 * means that it is nobody's. found: the wallet of a start, with its first checkpoint; may be
 * NULL. */
struct audit_verify_port {
    void *context;
    struct status (*recover)(void *context, struct bytes text,
                             const uint8_t signature[static CHECKPOINT_SIGNATURE],
                             uint8_t ret_node[static CHECKPOINT_NODE]);
    void (*found)(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES],
                  const uint8_t node[static CHECKPOINT_NODE]);
};

/* What was found. */
struct audit_verify_report {
    uint64_t lines;
    uint64_t records; /* boot and end included */
    uint64_t starts;  /* of a node */
    uint64_t unended; /* starts without an end record: the node was killed, or still runs */
    uint64_t torn;    /* lines that a crash cut short; nothing was released on them */
    uint64_t checkpoints;
    uint64_t signed_starts; /* starts with a checkpoint */
    uint64_t uncovered;     /* records after the last checkpoint of signed starts, not ended */
    const char *reason;     /* why the last line that was given is wrong; "" otherwise */
};

/* A check in work. */
struct audit_verify {
    struct arena *arena;
    struct audit_verify_port port;
    struct audit_verify_report report;
    struct audit_lane lanes[LIMIT_LOOPS];
    struct checkpoint_chain chain;
    uint8_t node[CHECKPOINT_NODE]; /* who signs this start, from its first checkpoint on */
    bool started;                  /* a boot record was seen */
    bool ended;                    /* and its end record */
    bool pending;                  /* the last line was no record: torn if a boot record follows */
    const char *pending_reason;
};

/* In: arena, of 192 KiB or more, reset for each line; it outlives the check. port, copied. */
void audit_verify_init(struct audit_verify *verify, struct arena *arena,
                       const struct audit_verify_port *port);

/* The next line, without its line end. Returns: OK; AUDIT_INVALID (report.reason says why, and
 * report.lines which line). Nothing may follow a failure. */
struct status audit_verify_line(struct audit_verify *verify, struct bytes line);

/* After the last line. In: rest: what follows the last line end, normally empty.
 * Returns: OK; AUDIT_INVALID when there is no record at all. */
struct status audit_verify_end(struct audit_verify *verify, struct bytes rest);

/* A whole file. In: fd, read from where it stands. Out: ret_report, also on failure.
 * Returns: OK; AUDIT_INVALID; IO. */
struct status audit_verify_file(int fd, struct arena *arena, const struct audit_verify_port *port,
                                struct audit_verify_report *ret_report);

#endif
