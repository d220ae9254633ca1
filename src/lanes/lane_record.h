/* The record of a lane: which nonces of an account were given to what.
 *
 * A lane is a sequence of nonces of one account. A nonce that was given to an object, a transaction
 * without its nonce, is given to no other one, unless whoever asks says that it replaces it: then
 * the object before it is superseded, and is not given another nonce by mistake. The same key gets
 * the same nonce; without a key the same object does.
 *
 * What was given is kept for the last LANE_USED entries. A nonce below the floor was perhaps given
 * to something that is forgotten: it is given to nothing any more. Nothing here is secret; no lock,
 * no memory of its own. Used by lanes.h. Source: formats for users, sections 17 to 19; where they
 * are silent, docs/decisions/089-lanes-of-nonces.md. */
#ifndef COFFER_LANES_LANE_RECORD_H
#define COFFER_LANES_LANE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "cluster/strict/strict.h"

enum {
    LANE_USED = 64,
    LANE_OBJECT = 32,
    LANE_KEY = 16,
    LANE_HEAD = 4 * 8 + STRICT_INCARNATION,
    LANE_ENTRY = 8 + LANE_OBJECT + LANE_KEY,
    LANE_VALUE = LANE_HEAD + LANE_USED * LANE_ENTRY, /* bytes of a record, at most */
};

/* The last nonce is one less: numbers of statements go up to there. */
#define LANE_NONCES ((uint64_t)1 << 53)

struct lane_used {
    uint64_t nonce;
    uint8_t object[LANE_OBJECT];
    uint8_t key[LANE_KEY]; /* zeros: there was none */
};

/* Zeros: there is none yet. */
struct lane_record {
    uint64_t changes; /* how often it was changed, from 1 */
    uint64_t next;    /* no nonce was given from here on, but those in used */
    uint64_t floor;   /* up to next */
    uint64_t set;     /* number of the statement that was counted last; 0: none */
    uint8_t incarnation[STRICT_INCARNATION]; /* that it was written in */
    size_t count;
    struct lane_used used[LANE_USED]; /* in the order of giving: of one nonce the last counts */
};

/* What the user has said last about the lane. */
struct lane_set {
    uint64_t number; /* of the entry in the user's log; 0: nothing */
    uint64_t next;
    uint64_t not_before_ms; /* signed by the user, Unix */
};

/* Where it is asked. */
struct lane_place {
    uint8_t incarnation[STRICT_INCARNATION]; /* that the cluster is in */
    uint64_t began_ms; /* Unix: what was said before counts no more; 0: everything counts */
    bool may_open;     /* a first nonce that is named opens the lane */
};

struct lane_wish {
    bool is_named; /* this nonce, and no other */
    bool replaces; /* whatever had it */
    uint64_t nonce;
    uint8_t object[LANE_OBJECT];
    uint8_t key[LANE_KEY]; /* of this wish; zeros: none */
};

/* Read a value. Returns: false when it is none; then *ret is zeros. */
bool lane_record_read(struct bytes value, struct lane_record *ret);

/* Append one. In: out, with LANE_VALUE bytes of room. */
void lane_record_put(const struct lane_record *record, struct buf *out);

/* Give a nonce. In: record, as it is. Out: record, changed in any case, so that it counts as the
 * last when it is put; *ret_nonce. Returns: OK; LANE_UNSET when nobody has said where the lane
 * begins, or not since the cluster was restored; LANE_CONFLICT when the nonce was given to another
 * object, or may have been, or is not the next, when the key was, or when the object was replaced;
 * LIMIT_EXCEEDED when there is no room to remember it. On failure: *ret_nonce is 0, and record is
 * not to be used. */
struct status lane_record_give(struct lane_record *record, const struct lane_set *set,
                               const struct lane_place *place, const struct lane_wish *wish,
                               uint64_t *ret_nonce);

#endif
