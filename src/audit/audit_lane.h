/* Audit records: what happened, as one JSON line each, chained by hash within a lane.
 *
 * A lane has one writer (one event loop). Its record n carries the hash of record n-1, so that
 * nothing can be changed or left out in the middle. h = SHA-256(0x00 ‖ line); the byte keeps the
 * hash apart from the inner nodes of the tree that checkpoints are made of.
 * Used by the service; read back by audit/audit_verify.h. */
#ifndef COFFER_AUDIT_AUDIT_LANE_H
#define COFFER_AUDIT_AUDIT_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "digest/sha256.h"

enum {
    AUDIT_BOOT_BYTES = 16,
    AUDIT_VERSION = 1,
};

enum audit_outcome {
    AUDIT_INTENT, /* a key is about to be used */
    AUDIT_OK,
    AUDIT_REFUSED,
};

/* One record. Every bytes and pointer may be empty or NULL, and is null in the line then; texts are
 * short and of ours, or checked to be visible ASCII. */
struct audit_record {
    struct clock_interval at;
    const uint8_t *tenant; /* 32 bytes */
    const uint8_t *user;   /* PSEUDONYM_BYTES */
    const char *principal;
    uint8_t assurance; /* 0 is null */
    struct bytes sid;
    const char *op;
    const char *route;
    bool has_key;
    uint32_t key_index; /* null without has_key, as the next one */
    uint32_t key_epoch;
    struct bytes chain;
    struct bytes object;   /* what was signed or shown: a hash, an address */
    const uint8_t *req;    /* SHA-256 of the request's body */
    const uint8_t *policy; /* 32 bytes */
    enum audit_outcome outcome;
    enum status_code code;
    struct bytes rid;  /* ours */
    struct bytes crid; /* the client's */
    struct bytes block;
};

/* What the first record of lane 0 says. What a node does not have yet is null: attestation, PCRs,
 * and the last checkpoints it knows. */
struct audit_boot {
    struct clock_interval at;
    const char *profile;
    const uint8_t *domain; /* 32 bytes */
};

/* A lane: where its chain stands. A value; a copy is a place to return to when records could not be
 * written. */
struct audit_lane {
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint32_t lane;
    uint64_t seq; /* of the next record */
    uint8_t prev[SHA256_BYTES];
};

/* A lane without records. In: boot, 16 random bytes, the same for all lanes of a start. */
void audit_lane_init(struct audit_lane *lane, const uint8_t boot[static AUDIT_BOOT_BYTES],
                     uint32_t index);

/* Append the next record and its line end to out.
 * Returns: OK; BUFFER_FULL when it does not fit, or is more than LIMIT_AUDIT_LINE bytes.
 * On failure: lane and out are as before, but for the failed flag of out. */
struct status audit_lane_append(struct audit_lane *lane, const struct audit_record *record,
                                struct buf *out);

/* The same for the first record of lane 0, and for the very last. */
struct status audit_lane_boot(struct audit_lane *lane, const struct audit_boot *boot,
                              struct buf *out);
struct status audit_lane_end(struct audit_lane *lane, struct clock_interval at, struct buf *out);

/* The hash of a line. In: line, without its line end. Out: 32 bytes. */
void audit_lane_hash(struct bytes line, uint8_t out[static SHA256_BYTES]);

#endif
