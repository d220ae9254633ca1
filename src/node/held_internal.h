/* Answers that wait for their audit records, in the order of their batches. One list per loop.
 * Private to node.c. */
#ifndef COFFER_NODE_HELD_INTERNAL_H
#define COFFER_NODE_HELD_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "pipeline/routes.h"

struct http_request;
struct parked;

struct held {
    struct http_request *request; /* NULL once it was answered for being late */
    struct parked *errand;        /* of a request of another loop; otherwise NULL */
    uint64_t ticket;
    uint64_t since_ms;
    uint64_t started_ns;
    uint64_t entry; /* of the idempotency table, 0: none */
    size_t operation;
    enum status_code code;
    enum routes_form form;
    uint8_t request_id[LIMIT_REQUEST_ID];
    size_t request_id_len;
};

/* A ring that grows: as many entries as connections ever waited at once. */
struct held_list {
    struct mem *mem;
    const struct clock *clock;
    struct held *ring;
    size_t cap; /* a power of two, or 0 */
    size_t first;
    size_t count;
};

void held_init(struct held_list *list, struct mem *mem, const struct clock *clock);
void held_deinit(struct held_list *list);

/* A new entry at the end, now; NULL when there is no memory. */
struct held *held_add(struct held_list *list, uint64_t ticket);

/* Take back the entry that was added last. */
void held_drop_last(struct held_list *list);

void held_set_request_id(struct held *held, struct bytes request_id);

/* Hand every entry up to this ticket to take, in order, and remove it. */
void held_take(struct held_list *list, uint64_t ticket, void (*take)(void *, struct held *),
               void *context);

/* Hand every entry that waits since before_ms or longer to take. It stays, without its request and
 * its entry, until its batch is heard of. */
void held_expire(struct held_list *list, uint64_t before_ms, void (*take)(void *, struct held *),
                 void *context);

/* Since when the oldest entry with a request waits. Returns: false when there is none. */
bool held_oldest(const struct held_list *list, uint64_t *ret_since_ms);

#endif
