/* Audit records: what happened, as one JSON line each, chained by hash within a lane.
 *
 * A lane has one writer. Its record n carries the hash of record n-1, so that nothing can be
 * changed or left out in the middle; h of a record is its leaf in the tree of the log.
 * Lane 0 is the committer's own: the boot record, the marks and the end; each event loop has one of
 * the others. A number is never used twice: records for which there was no room leave a gap record
 * in their place. Used by the committer; read back by audit/audit_verify.h.
 * Source: formats, section 10. */
#ifndef COFFER_AUDIT_AUDIT_LANE_H
#define COFFER_AUDIT_AUDIT_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "digest/sha256.h"
#include "tlog/tlog_note.h"

enum {
    AUDIT_BOOT_BYTES = 16,
    AUDIT_VERSION = 2,
    AUDIT_WALLET = 20,
    AUDIT_WALLET_SIGNATURE = 65, /* r, s and v of 27 or 28 */
    AUDIT_PREVIOUS = 8,          /* notes of earlier starts that a boot record carries, at most */
};

enum audit_outcome {
    AUDIT_INTENT, /* an effect is about to be made, or a key to be used */
    AUDIT_OK,
    AUDIT_REFUSED,
    AUDIT_UNSETTLED, /* applied, but not known to be held or recorded as it should be */
};

/* Whether a signature is one of a query, which no network executes. */
enum audit_query {
    AUDIT_QUERY_NONE, /* null in the line */
    AUDIT_QUERY_NO,
    AUDIT_QUERY_YES,
};

/* Why a refusal has no record of its own. */
enum audit_dropped {
    AUDIT_DROPPED_FULL,       /* more was waiting to be written than may */
    AUDIT_DROPPED_RATE,       /* the caller or all callers asked too often */
    AUDIT_DROPPED_OVERLOADED, /* the node was at its limit of connections or memory */
    AUDIT_DROPPED_REASONS,
};

/* One record. Every bytes and pointer may be empty or NULL, and is null in the line then; texts are
 * short and of ours, or checked to be visible ASCII. What is said to be JSON is written so. */
struct audit_record {
    struct clock_interval at;
    const uint8_t *tenant; /* 32 bytes */
    const uint8_t *user;   /* PSEUDONYM_BYTES */
    const char *principal;
    struct bytes sid;
    struct bytes ip;
    const char *op;
    const char *route;
    struct bytes chain;
    struct bytes account;  /* whose signature it is */
    struct bytes nonce;    /* of a transaction */
    struct bytes object;   /* what was signed or shown: a hash, an address */
    const uint8_t *req;    /* pseudonym_request of the body */
    const uint8_t *policy; /* 32 bytes */
    struct bytes rid;      /* ours */
    struct bytes crid;     /* the client's */
    struct bytes block;
    struct bytes auth; /* JSON, as the next three */
    struct bytes factors;
    struct bytes layers;
    struct bytes spend;
    struct bytes rule;
    struct bytes approval;
    const uint8_t *plan; /* pseudonym_plan */
    uint64_t term;
    struct bytes ref; /* a statement, or of a replay the h of the record that it repeats */
    uint64_t duration_us;
    uint32_t key_index; /* null without has_key, as the next one */
    uint32_t key_epoch;
    enum audit_query query;
    enum audit_outcome outcome;
    enum status_code code;
    uint8_t assurance; /* 0 is null */
    bool has_key;
    bool has_term;
    bool has_duration;
};

/* Notes of earlier starts, oldest first: the last checkpoint of each. */
struct audit_previous {
    size_t count;
    struct audit_previous_note {
        size_t len;
        uint8_t text[TLOG_NOTE_OURS];
    } notes[AUDIT_PREVIOUS];
};

/* Who vouches for the key of a log: a wallet, with the EIP-191 signature over
 * tlog_note_key_binding. */
struct audit_voucher {
    uint8_t wallet[AUDIT_WALLET];
    uint8_t signature[AUDIT_WALLET_SIGNATURE];
};

/* What the first record of lane 0 says. What a node does not have is null; attestation and PCRs are
 * nobody's yet. */
struct audit_boot {
    struct clock_interval at;
    const char *profile;
    const uint8_t *domain;                 /* 32 bytes */
    const struct tlog_note_key *key;       /* of the log; NULL: there are no checkpoints */
    const struct audit_voucher *voucher;   /* NULL: nobody vouches for it */
    const struct audit_previous *previous; /* NULL: none */
};

/* What a mark says: how the log stood when it was about to be signed. */
struct audit_mark {
    struct clock_interval at;
    struct bytes block;
    uint64_t dropped[AUDIT_DROPPED_REASONS]; /* since the start */
};

/* A lane: where its chain stands. */
struct audit_lane {
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint32_t lane;
    uint64_t seq; /* of the next record */
    uint8_t prev[SHA256_BYTES];
};

/* Records of a lane for which there was no room, in the making. */
struct audit_gap {
    uint64_t from;
    uint64_t count;
    uint8_t prev[SHA256_BYTES]; /* h of the record before them */
    struct sha256 hashes;
};

/* A lane without records. In: boot, 16 random bytes, the same for all lanes of a start. */
void audit_lane_init(struct audit_lane *lane, const uint8_t boot[static AUDIT_BOOT_BYTES],
                     uint32_t index);

/* Append the next record and its line end to out.
 * Returns: OK; BUFFER_FULL when it does not fit, or is more than LIMIT_AUDIT_LINE bytes.
 * On failure: lane and out are as before, but for the failed flag of out. */
struct status audit_lane_append(struct audit_lane *lane, const struct audit_record *record,
                                struct buf *out);

/* The same for the first record of lane 0, for a mark, and for the very last. */
struct status audit_lane_boot(struct audit_lane *lane, const struct audit_boot *boot,
                              struct buf *out);
struct status audit_lane_mark(struct audit_lane *lane, const struct audit_mark *mark,
                              struct buf *out);
struct status audit_lane_end(struct audit_lane *lane, struct clock_interval at, struct buf *out);

/* Give a record its number and hash, but keep nothing else of it. gap, which is zeros at first,
 * grows by it. Returns: OK; BUFFER_FULL for a record that no lane would take.
 * On failure: lane and gap are as before. */
struct status audit_lane_drop(struct audit_lane *lane, const struct audit_record *record,
                              struct audit_gap *gap);

/* Append the record that stands for a gap, which is zeros afterwards. Its prev is h of the record
 * before the gap. Returns: as audit_lane_append. */
struct status audit_lane_gap(struct audit_lane *lane, struct clock_interval at,
                             struct audit_gap *gap, struct buf *out);

#endif
