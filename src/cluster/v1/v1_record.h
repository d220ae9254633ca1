/* A record as nodes of version 1 write it, in JSON, and as the store has it.
 *
 *   {"key": text, "value": hex or null, "version": {wallet: count}, "updated_at_ms": number,
 *    "tombstone": bool, "ttl_ms": number}
 *
 * All but the key may be missing. Wallets are in lower case or as EIP-55 has it (v1_names.h), also
 * both in one clock: they are one wallet here. Counts go up to 2^64 - 1. A ttl of 0 or below is
 * none. What version 1 has no word for is as the store means it: the tie is the start of the blob,
 * the origin is the caller's to set, values below wallet/ do not give way. Members that nobody
 * knows are ignored. Used by messages of version 1. Source: the reference of the Nova KMS, sections
 * 5.1 and 13; formats, section 12. */
#ifndef COFFER_CLUSTER_V1_V1_RECORD_H
#define COFFER_CLUSTER_V1_V1_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "cluster/v1/v1_names.h"
#include "record/record.h"
#include "record/value_seal.h"
#include "record/vector_clock.h"

enum { V1_RECORD_BLOB = LIMIT_KV_VALUE + VALUE_SEAL_V1_OVERHEAD };

/* Where a record is read to. */
struct v1_record_memory {
    struct arena *arena;    /* for a key with escapes */
    struct v1_names *names; /* what is read of wallets is noted there */
    uint8_t *blob;          /* [V1_RECORD_BLOB] */
    uint8_t clock[VECTOR_CLOCK_BYTES];
};

/* Read a record. Out: *ret, in the text and in memory until that is used again; its blob is not
 * opened. Returns: OK, then record_check is OK too; VALUE_KEY; RECORD_INVALID; NO_MEMORY. On
 * failure: *ret is zero. */
struct status v1_record_read(struct bytes text, struct v1_record_memory *memory,
                             struct record *ret);

/* Whether a record can go to nodes of version 1 at all. */
bool v1_record_is_theirs(const struct record *record);

/* Characters that v1_record_put appends at most. */
size_t v1_record_len_max(const struct record *record);

/* Append a record that is theirs, with wallets in their spelling. */
void v1_record_put(struct buf *buf, const struct v1_names *names, const struct record *record);

#endif
