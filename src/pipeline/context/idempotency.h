/* Answers kept for repeated requests, by Idempotency-Key: same body, same answer; other body,
 * conflict. Shared by all workers, bounded in entries and bytes; nothing gives way before its time.
 * Used by the pipeline and the node. Source: design, section 5. */
#ifndef COFFER_PIPELINE_CONTEXT_IDEMPOTENCY_H
#define COFFER_PIPELINE_CONTEXT_IDEMPOTENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "digest/sha256.h"
#include "pipeline/context/request.h"

enum { IDEMPOTENCY_OP = 16 };

struct idempotency;

/* One request: what it is found by (caller, route and key together), what it asked, and who may
 * hold no more than is free: idempotency_owner, or 0 for a caller without that bound. */
struct idempotency_id {
    uint8_t name[SHA256_BYTES];
    uint8_t body[SHA256_BYTES];
    uint32_t owner;
};

struct idempotency_setup {
    size_t entries; /* at most */
    size_t bytes;   /* of all answers together */
    const struct entropy *entropy;
};

/* In: mem, for the table. Returns: OK, NO_MEMORY, ENTROPY. On failure: *ret_table is NULL. */
struct status idempotency_open(const struct idempotency_setup *setup, struct mem *mem,
                               struct idempotency **ret_table);
void idempotency_close(struct idempotency **table);

/* True for 1 to LIMIT_IDEMPOTENCY_KEY visible ASCII characters other than a single hyphen. */
bool idempotency_key_valid(struct bytes key);

/* The owner of a name, never 0. Two names may be the same owner; then they share the bound. */
uint32_t idempotency_owner(struct bytes name);

/* The id of a request, without body and owner. */
void idempotency_id_make(const char *principal, const char *route, struct bytes key,
                         struct idempotency_id *ret_id);

/* What the request is known by to all nodes, and for ever; without its body. Out: first bytes of
 * SHA-256("coffer/op/1", principal, route, key). Source: formats, section 13. */
void idempotency_op_make(const char *principal, const char *route, struct bytes key,
                         uint8_t ret_op[static IDEMPOTENCY_OP]);

/* Begin a request. Out: ret_answer->entry: for a new one, to be settled; NULL when the answer is
 * already there, which is then copied into arena and ret_answer (code, status, type, body).
 * Returns: OK; IDEMPOTENCY_CONFLICT for another body; IDEMPOTENCY_BUSY while the first request is
 * in work; OVERLOADED when the table is full, or the owner has as many as are free; NO_MEMORY.
 * On failure: ret_answer is unchanged. */
struct status idempotency_begin(struct idempotency *table, const struct idempotency_id *id,
                                uint64_t now_ms, struct arena *arena, struct answer *ret_answer);

/* Keep a copy of the answer of an entry that was begun; it is not given out before it is settled.
 * Returns: OK; OVERLOADED when there is no room for it, or the owner has as much as is free. */
struct status idempotency_store(struct idempotency *table, const struct answer *answer);

/* The end of a request that was begun: its answer left (keep), or did not. */
void idempotency_settle(struct idempotency *table, struct idempotency_entry *entry, bool keep);

#endif
