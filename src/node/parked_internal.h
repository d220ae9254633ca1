/* Requests that wait for their turn: for something to be looked up elsewhere, before anything was
 * done for them, or for a loop at the back. Lists are bounded in number and bytes.
 * Private to node.c and backroom.c. */
#ifndef COFFER_NODE_PARKED_INTERNAL_H
#define COFFER_NODE_PARKED_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "net/http_server.h"
#include "net/loop.h"

struct parked {
    struct parked *next;
    struct http_request *request;
    uint64_t since_ms;
    uint64_t started_ns;
    /* Of one that another loop handed over: that loop's station, and how its answer gets there. */
    void *home;
    struct loop_task task;
    struct delivery *answer;
    size_t head_len;
    size_t body_len;
    uint8_t bytes[]; /* head, then body, as they came */
};

struct parked_list {
    struct mem *mem;
    struct parked *first; /* in the order of their coming */
    struct parked **end;
    size_t count;
    size_t bytes;
};

void parked_init(struct parked_list *list, struct mem *mem);

/* Forget everything that is left. */
void parked_deinit(struct parked_list *list);

/* A copy of a request at the end of the list, without times. Returns: NULL when
 * LIMIT_PARKED or LIMIT_PARKED_BYTES are reached, or there is no memory. */
struct parked *parked_add(struct parked_list *list, struct http_request *request);

/* Its head and body again; *ret_head and *ret_body borrow from parked. */
void parked_read(const struct parked *parked, struct http1_head *ret_head, struct bytes *ret_body);

enum parked_fate {
    PARKED_STAYS,
    PARKED_OVER,  /* to be forgotten */
    PARKED_TAKEN, /* in other hands, from which parked_free gives it back */
};

/* Call visit for everything that was in the list before, in order. visit may add to the list. */
void parked_visit(struct parked_list *list, enum parked_fate (*visit)(void *, struct parked *),
                  void *context);

/* Take the first out of the list; NULL when there is none. */
struct parked *parked_take(struct parked_list *list);

/* Put one that was taken at the end of a list with the same mem. Returns: false, and it is not in
 * the list, when the list is full. */
bool parked_put(struct parked_list *list, struct parked *parked);

/* Give back one that was taken. */
void parked_free(struct mem *mem, struct parked **parked);

#endif
