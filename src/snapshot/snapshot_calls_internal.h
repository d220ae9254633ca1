/* Calls of the storage that are in work, and headers that are looked for: what the machines of
 * snapshots share. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_CALLS_INTERNAL_H
#define COFFER_SNAPSHOT_SNAPSHOT_CALLS_INTERNAL_H

#include <stdbool.h>

#include "base/mem.h"
#include "cluster/cluster.h"
#include "snapshot/snapshot_action.h"

enum {
    SNAPSHOT_CALLS = 8,
    SNAPSHOT_TRIES = 8,        /* in a row, where it may be given up */
    SNAPSHOT_HEADERS_MAX = 64, /* the newest that are looked at */
    SNAPSHOT_HEADERS_PAGES = 1024,
};

struct snapshot_call {
    uint64_t id; /* 0: it is free */
    enum snapshot_action_kind kind;
    bool is_out;      /* the owner is at it */
    bool is_answered; /* status is final */
    struct status status;
    struct blob_name name;
    struct blob_name after;
    struct snapshot_object object; /* what is got or put, where it is one */
    void *memory;                  /* what is put, or came */
    size_t len;
    unsigned failures; /* in a row */
    uint64_t due_ms;
};

struct snapshot_calls {
    struct mem *mem;
    bool gives_up; /* after SNAPSHOT_TRIES */
    uint64_t last_id;
    struct snapshot_call list[SNAPSHOT_CALLS];
};

/* A new call, to be named and filled. Returns: NULL when all are in work. */
struct snapshot_call *snapshot_calls_begin(struct snapshot_calls *calls,
                                           enum snapshot_action_kind kind);

/* Forget a call and its memory, or all of them. */
void snapshot_calls_end(struct snapshot_calls *calls, struct snapshot_call *call);
void snapshot_calls_clear(struct snapshot_calls *calls);

/* How many are in work. */
size_t snapshot_calls_count(const struct snapshot_calls *calls);

/* The next one for the owner. Returns: false when there is none before *ret_due_ms. */
bool snapshot_calls_next(struct snapshot_calls *calls, const struct cluster_now *now,
                         struct snapshot_action *ret_action, uint64_t *ret_due_ms);

/* What the owner was told. Returns: the call, answered for good, what came of a GET in its memory;
 * NULL when it will be asked again, or nobody waits for it. */
struct snapshot_call *snapshot_calls_answered(struct snapshot_calls *calls,
                                              const struct cluster_now *now, uint64_t id,
                                              const struct snapshot_answer *answer);

/* A header that the storage names. */
struct snapshot_found {
    struct snapshot_point point;
    struct snapshot_header header; /* once it is good */
    bool is_good;                  /* it was read, and is what it should be */
};

/* The greatest that there are, greatest first. */
struct snapshot_headers {
    const struct root_keyring *roots;
    const uint8_t *domain;
    struct snapshot_point anchored; /* height 0: none */
    size_t wanted;                  /* good ones, beside all that are not below the anchor */
    size_t count;
    struct snapshot_found list[SNAPSHOT_HEADERS_MAX];
    struct blob_name after;
    size_t pages;
    bool is_listed;
    size_t read; /* of the list */
};

/* Ask for the next part, if there is one. Returns: false when all is there. */
bool snapshot_headers_step(struct snapshot_headers *headers, struct snapshot_calls *calls);

/* A call of snapshot_headers_step was answered, and ends. Returns: OK; why it cannot go on. */
struct status snapshot_headers_answered(struct snapshot_headers *headers,
                                        struct snapshot_calls *calls, struct snapshot_call *call,
                                        const struct blob_list *list);

/* The greatest good one that is the anchored one or leads to it. Returns: NULL for none. */
const struct snapshot_found *snapshot_headers_newest(const struct snapshot_headers *headers);

#endif
