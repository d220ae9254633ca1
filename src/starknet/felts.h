/* Lists of felts: a borrowed view, and a bounded writer into an arena that gives one.
 *
 * Used for calldata, signatures and every other list of a transaction. */
#ifndef COFFER_STARKNET_FELTS_H
#define COFFER_STARKNET_FELTS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "crypto/felt.h"

/* Borrowed, read-only. ptr may be NULL only when len is 0. */
struct felts {
    const struct felt *ptr;
    size_t len;
};

/* A writer over what is left of an arena, at most LIMIT_FELTS felts. Between felts_open and
 * felts_close nothing else may be allocated there. */
struct felts_out {
    struct arena *arena;
    struct buf buf;
    bool is_short; /* the arena has no room for as many as are allowed */
};

struct felts_out felts_open(struct arena *arena);

/* Append. What does not fit is remembered until felts_close. */
void felts_put(struct felts_out *out, const struct felt *felt);
void felts_put_u64(struct felts_out *out, uint64_t value);
void felts_put_all(struct felts_out *out, struct felts felts);

/* Number of felts written so far. */
size_t felts_count(const struct felts_out *out);

/* End the list, which lives as long as the arena. Always to be called, also when something failed.
 * Returns: OK; CALLDATA_TOO_LARGE over LIMIT_FELTS; NO_MEMORY. On failure: *ret is empty. */
struct status felts_close(struct felts_out *out, struct felts *ret);

/* A JSON array of felts. Returns: OK, BAD_TYPE, CALLDATA_TOO_LARGE, NO_MEMORY; as
 * address_text_json_felt. On failure: *ret is empty. */
struct status felts_json(struct arena *arena, const struct json_in *at, struct felts *ret);

/* Write a member that is an array of felts. */
void felts_member(struct json_out *out, const char *name, struct felts felts);

bool felts_equal(struct felts a, struct felts b);

#endif
