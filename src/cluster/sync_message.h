/* What nodes say to each other about their records: messages of version 2 of sync.
 *
 * CFS2, type u8, boot of the sender 16, sequence u64, body, HMAC-SHA256 under the sync key of the
 * root over all of it and both wallets. So who knows the root, and nobody else, makes them, each
 * for one receiver. A request and its answer have one type (push and ack are two) and one sequence.
 * Integers are big-endian. Bodies:
 *
 *   push     records, each after its number in the sender's order of changes, u64, ascending
 *   ack      count u16, then number u64 and code u16 of each record that was refused, ascending
 *   digest   asked: level u8, then indexes u16 of nodes of the tree of digests, ascending;
 *            answered: state, then the sums of the children of each, 16 of 16 bytes
 *   page     asked: place, then leaves ascending: number u16, count u16, count digests of 8 bytes
 *            of what the asker has; answered: state, then where there is more the place behind the
 *            last record, records
 *   state    of the answerer when it made the answer: flags u8, origin (height u64, digest 32),
 *            time u64, Unix milliseconds
 *   strict   parts of messages about strict records (strict/strict_parts.c), answered likewise
 *   place    leaf u16, tenant 32, key after its length u16: behind which to go on
 *   record   length u32 of the rest, tenant 32, key after its length u16, updated_at u64, ttl u64,
 *            flags u8, tie 12, clock, seen, op 16, cause 26, blob after its length u32
 *
 * Of a push the sequence is the number of its last record; of an ack it is that number when all of
 * them that were not refused are held, 0 when the receiver is not current, or its clock is off, and
 * promises nothing.
 * Parsing borrows from the message and decides nothing about records but their shape.
 * Used by sync.h. Source: formats, section 13; what it leaves open is decided in
 * docs/decisions/064-messages-of-sync.md. */
#ifndef COFFER_CLUSTER_SYNC_MESSAGE_H
#define COFFER_CLUSTER_SYNC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/reader.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"
#include "record/record.h"
#include "record/vector_clock.h"
#include "store/kv_digest.h"

enum {
    SYNC_BOOT = 16,
    SYNC_WALLET = VECTOR_CLOCK_WALLET,
    SYNC_HEAD = 4 + 1 + SYNC_BOOT + 8, /* bytes before the body */
    SYNC_CODE = SHA256_BYTES,          /* bytes behind it */
    SYNC_HAVE = 8,                     /* bytes of a digest that an asker lists */
    SYNC_PAGE = 1024 * 1024, /* bytes of records in a message, unless one alone has more */
    SYNC_RECORD_MAX = 4 + 32 + 2 + 1024 + 8 + 8 + 1 + 12 + 2 * VECTOR_CLOCK_BYTES + 16 + 26 + 4,
    SYNC_PLACE_MAX = 2 + 32 + 2 + 1024,
    SYNC_ORIGIN = 8 + 32,                               /* bytes of an origin: height and digest */
    SYNC_ANSWER = 1 + SYNC_ORIGIN + 8 + SYNC_PLACE_MAX, /* bytes before the records of a page */
    SYNC_SEALED = 64, /* bytes that a blob has above its value, or more */
    SYNC_MESSAGE_MAX =
        SYNC_HEAD + SYNC_ANSWER + SYNC_PAGE + SYNC_RECORD_MAX + SYNC_SEALED + SYNC_CODE,
    SYNC_FLAG_CURRENT = 1,     /* of an answer: the answerer is current */
    SYNC_FLAG_MORE = 2,        /* of a page: there is more behind its last record */
    SYNC_RECORD_SYSTEM = 0x80, /* in the flags of a record: of a namespace of the system */
};

enum sync_type {
    SYNC_PUSH = 1,
    SYNC_ACK = 2,
    SYNC_DIGEST = 3,
    SYNC_PAGES = 4,
    SYNC_STRICT = 5,
};

/* Who says it to whom: wallets of 20 bytes. */
struct sync_way {
    const uint8_t *from;
    const uint8_t *to;
};

struct sync_head {
    enum sync_type type;
    uint8_t boot[SYNC_BOOT];
    uint64_t sequence;
};

/* A record of some namespace; borrows. */
struct sync_record {
    struct bytes tenant; /* DOMAIN_TENANT_ID bytes */
    bool is_system;
    struct record record;
};

/* Start a message. In: out, empty. */
void sync_message_begin(struct buf *out, const struct sync_head *head);

/* Write the sequence of a message that was started anew. */
void sync_message_number(struct buf *out, uint64_t sequence);

/* End it with its code. In: key, *secret*. Returns: OK; BUFFER_FULL when anything did not fit.
 * Timing: depends on the length only. */
struct status sync_message_end(struct buf *out, const struct hmac_sha256_key *key,
                               const struct sync_way *way);

/* Open a message from outside. In: key, *secret*. Out: *ret_body, at the start of the body.
 * Returns: OK; SYNC_INVALID when it is none; SYNC_CODE when it was not made with this key for this
 * way. On failure: *ret_head is zero, *ret_body empty. Timing: depends on the length only. */
struct status sync_message_open(struct bytes message, const struct hmac_sha256_key *key,
                                const struct sync_way *way, struct sync_head *ret_head,
                                struct reader *ret_body);

/* Append a record. */
void sync_message_put_record(struct buf *out, const struct sync_record *record);

/* Bytes that sync_message_put_record appends. */
size_t sync_message_record_len(const struct sync_record *record);

/* Take the next record from a body; what is wrong inside one is told by record_check.
 * Returns: false at the end, and (body->failed) when it is malformed; *ret is zero then. */
bool sync_message_next_record(struct reader *body, struct sync_record *ret);

/* Where to go on in the order of leaves: place, 0 for the start. Returns of take: false when it is
 * malformed; *ret is the start then. */
void sync_message_put_place(struct buf *out, const struct kv_digest_place *place);
bool sync_message_take_place(struct reader *body, struct kv_digest_place *ret);

/* Less than, equal to, greater than zero as a is to b. */
int sync_message_place_order(const struct kv_digest_place *a, const struct kv_digest_place *b);

#endif
