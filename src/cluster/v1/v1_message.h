/* Messages between nodes of version 1: the JSON inside of an envelope.
 *
 *   {"type": "delta", "sender_wallet": wallet, "data": {app: [record, ...], ...}}
 *      {"status": "ok", "merged": number}
 *   {"type": "snapshot_request", "sender_wallet": wallet}
 *      {"status": "ok", "data": {app: [record, ...], ...}}
 *   {"type": "master_secret_request", "sender_wallet": wallet, "ecdh_pubkey": hex}
 *      {"status": "ok", "sealed": {...}}, see v1_secret.h
 *
 * Apps are ids in decimal. A sender may be missing; other members are ignored. Nodes of ours have
 * "coffer": 2 in all that they say, so that they know each other. A node of version 1 takes two MiB
 * on the wire, which is twice the message in hex, and loses all of a longer one: so a message of
 * ours ends at V1_MESSAGE_MAX, an answer with a snapshot too, and the rest follows in pushes. What
 * is read may have any length.
 * Used by v1_sync.h. Source: the reference of the Nova KMS, sections 6.1 and 6.2. */
#ifndef COFFER_CLUSTER_V1_V1_MESSAGE_H
#define COFFER_CLUSTER_V1_V1_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "cluster/v1/v1_names.h"
#include "cluster/v1/v1_scan.h"
#include "ethereum/eth_address.h"
#include "keys/v1_apps.h"
#include "record/record.h"

enum {
    V1_MESSAGE_MAX = 1048000,   /* 2 MiB, less the envelope, in hex */
    V1_MESSAGE_ARENA = 1 << 20, /* what reading one takes, at most */
};

enum v1_message_kind {
    V1_MESSAGE_DELTA,
    V1_MESSAGE_SNAPSHOT, /* the request for one */
    V1_MESSAGE_SECRET,   /* likewise */
};

/* A message, as it was read. Borrows from its text. */
struct v1_message {
    enum v1_message_kind kind;
    bool is_ours;
    struct bytes data;        /* of a delta and a snapshot: the text of an object */
    struct bytes ecdh_pubkey; /* of a request for the secret: hex as sent; empty: none */
};

/* What kind a message is, for who has to know before it is served. Returns: OK; SYNC_INVALID. */
struct status v1_message_kind(struct bytes text, enum v1_message_kind *ret_kind);

/* Read a request. In: from, the wallet that its proof recovered. Returns: OK; SYNC_INVALID, also
 * for a type that nobody knows; FORBIDDEN when it names another sender; NO_MEMORY. On failure: *ret
 * is zero. */
struct status v1_message_read(struct bytes text, const struct eth_address *from,
                              struct arena *arena, struct v1_message *ret);

/* Read the answer to a push, or with a snapshot; what it says of single records counts for nothing.
 * In: kind, of the request. Out: *ret, of that kind: data of a snapshot, the text of an object,
 * whole. Returns: OK; SYNC_INVALID. On failure: *ret is zero. */
struct status v1_message_read_answer(struct bytes text, enum v1_message_kind kind,
                                     struct v1_message *ret);

/* Records in data, app by app. */
struct v1_message_walk {
    struct v1_scan apps;
    struct v1_scan records;
    uint8_t app[V1_APPS_ID]; /* of the records */
    size_t bad_apps;         /* that have no id, or no list of records */
};

struct v1_message_walk v1_message_walk(struct bytes data);

/* The text of the next record, whatever it is. Out: walk->app. Returns: false at the end, and (when
 * walk->apps.failed) where data is cut or malformed. */
bool v1_message_next(struct v1_message_walk *walk, struct bytes *ret_record);

/* --- writing ---------------------------------------------------------------------------------- */

/* A message in work; records of one app must follow each other. */
struct v1_message_out {
    struct buf *buf;
    const struct v1_names *names;
    bool has_app;
    bool has_record;
    uint8_t app[V1_APPS_ID];
};

/* Start a push, or an answer with a snapshot, whose wallets are spelled as names has them. */
struct v1_message_out v1_message_push(struct buf *buf, const struct v1_names *names,
                                      const struct eth_address *sender);
struct v1_message_out v1_message_snapshot(struct buf *buf, const struct v1_names *names);

/* Add a record. */
void v1_message_put(struct v1_message_out *out, const uint8_t app[static V1_APPS_ID],
                    const struct record *record);

/* Characters that v1_message_put appends at most, and all around them. */
size_t v1_message_put_max(const struct record *record);
enum { V1_MESSAGE_FRAME = 160 };

void v1_message_end(struct v1_message_out *out);

/* Whole messages: the request for a snapshot; the answer to a push. */
void v1_message_put_request(struct buf *buf, const struct eth_address *sender);
void v1_message_put_merged(struct buf *buf, size_t merged);

#endif
