/* One request on its way through the node, from its arrival to its answer: where it is, and the one
 * table of where it may go from there. docs/request.md has the picture.
 *
 * A flight belongs to the loop of its connection, its home, and ends there; a loop at the back may
 * have it in between. It has a job while it is in work or waits in the middle of it.
 * Private to the node. */
#ifndef COFFER_NODE_FLIGHT_INTERNAL_H
#define COFFER_NODE_FLIGHT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "pipeline/context/job.h"

struct station;

enum flight_state {
    FLIGHT_OVER,     /* answered or given up */
    FLIGHT_RUNS,     /* on the thread that has it */
    FLIGHT_LOOKS_UP, /* waits until it is known who is asking */
    FLIGHT_QUEUES,   /* waits for a loop at the back */
    FLIGHT_YIELDS,   /* waits for its next turn */
    FLIGHT_INTENT,   /* waits until its intent is durable */
    FLIGHT_SETTLES,  /* waits for other nodes: to hold what it changed, or for what they have */
    FLIGHT_OUTCOME,  /* is answered, and waits until the records of it are durable */
    FLIGHT_RETURNS,  /* on its way home from a loop at the back, with its answer */
    FLIGHT_STATES,
};

struct flight {
    struct flight *next;
    enum flight_state state;
    struct station *home;
    struct http_request *request;
    struct job *job; /* NULL: it has none */
    uint64_t started_ns;
    uint64_t since_ms; /* when it began to wait as it does */
    size_t owner;      /* while it waits: whose room it has (pipeline/context/room.h) */
    uint64_t ticket;   /* the audit batch that it waits for */
    /* Of its answer, once it is there. */
    bool is_effect;
    struct idempotency_entry *entry; /* NULL: none */
    size_t operation;
    enum status_code code;
    enum routes_form form;
    uint8_t request_id[LIMIT_REQUEST_ID];
    size_t request_id_len;
    uint8_t version[ANSWER_VERSION];
    size_t version_len;
    struct loop_task task;
};

/* Move to a state. INVARIANT that the table has this way. */
void flight_move(struct flight *flight, enum flight_state to);

/* Note what is known of the answer in its job. */
void flight_note_answer(struct flight *flight);

/* Flights that wait for the same thing, in the order of their coming. */
struct flight_list {
    struct flight *first;
    struct flight **end;
    size_t count;
};

void flight_list_init(struct flight_list *list);
void flight_list_put(struct flight_list *list, struct flight *flight);

/* The first, out of the list; NULL when there is none. */
struct flight *flight_list_take(struct flight_list *list);

/* Everything, out of the list. */
struct flight *flight_list_take_all(struct flight_list *list);

/* Flights and jobs that are not in use, of one loop. */
struct flight_pool {
    struct mem *mem;
    struct flight *flights;
    struct job *jobs;
    size_t jobs_count; /* that lie here */
};

void flight_pool_init(struct flight_pool *pool, struct mem *mem);
void flight_pool_deinit(struct flight_pool *pool);

/* A flight that runs, with a job; NULL when there is no memory. */
struct flight *flight_pool_take(struct flight_pool *pool, struct station *home,
                                struct http_request *request);

/* A job for a flight without one. Returns: false when there is no memory. */
bool flight_pool_give_job(struct flight_pool *pool, struct flight *flight);

/* Wipe its job and take it back. It may have none. */
void flight_pool_take_job(struct flight_pool *pool, struct flight *flight);

/* The flight is over, and so is its job. */
void flight_pool_put(struct flight_pool *pool, struct flight *flight);

#endif
