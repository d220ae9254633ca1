/* Connections of an HTTP server: reading requests, writing answers, deadlines.
 *
 * Each belongs to one loop and is touched by its thread only. Its state is the queue it is in;
 * a queue is in the order of entering, so that its first is the first to run out of time. */
#ifndef COFFER_NET_CONNECTION_INTERNAL_H
#define COFFER_NET_CONNECTION_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "base/limits.h"
#include "base/utc.h"
#include "net/http_server.h"
#include "net/peer_rate_internal.h"
#include "net/places_internal.h"

enum connection_state {
    CONNECTION_IDLE,      /* nothing of a request is here */
    CONNECTION_READING,   /* a part of a request is here */
    CONNECTION_HANDLING,  /* a request is with the handler */
    CONNECTION_WRITING,   /* an answer was not taken yet */
    CONNECTION_LINGERING, /* answered for good; what comes is thrown away */
    CONNECTION_RESUMING,  /* answered, and the next request is here already */
    CONNECTION_STATES,    /* in no queue: not attached yet, or closed */
};

struct connection;

struct connection_queue {
    struct connection *first;
    struct connection *last;
};

/* The part of a server that belongs to one loop, and what the connections there use of the rest. */
struct connection_home {
    struct http_server *server;
    const struct http_server_handler *handler;
    const struct http_server_limits *limits;
    const struct clock *clock;
    struct mem *memory;
    struct rate_table *rates; /* of peers, for all loops */
    struct loop *loop;
    size_t index;
    struct connection_queue queues[CONNECTION_STATES];
    struct places places;
    size_t held;               /* in the handler's hands */
    size_t live;               /* attached and not freed */
    _Atomic size_t assigned;   /* the same, with those on their way to this loop */
    _Atomic uint64_t accepted; /* since the start, as the next two; for any thread to read */
    _Atomic uint64_t evicted;
    _Atomic uint64_t timeouts;
    struct connection *called; /* the handler was called for this one */
    bool is_ending;            /* no request after the present one of a connection */
    bool is_resuming;          /* the task is waiting to be run */
    struct loop_task resume;
    struct http1_head head;
    uint64_t date_s; /* that date is the text of */
    uint8_t date[UTC_HTTP];
    uint8_t in[LIMIT_HTTP_READ];
    uint8_t out[LIMIT_HTTP_HEADER_BYTES]; /* head of an answer */
};

struct connection {
    uv_poll_t poll;
    struct connection_home *home;
    struct connection *prev;
    struct connection *next;
    struct loop_task attach;
    struct place place;
    struct rate_table_key peer;
    enum connection_state state;
    int fd;
    int events;        /* that poll waits for */
    bool is_admitted;  /* the handler has seen the head of the present request */
    bool is_last;      /* ends after the present answer */
    bool is_bodiless;  /* the answer to HEAD */
    bool is_gone;      /* the client went away while the handler has the request */
    uint64_t since_ms; /* when it entered its queue */
    size_t moved;      /* bytes since the last progress */
    struct http_request request;
    struct http1_progress progress;
    size_t request_len; /* of the present request once it is admitted; the most, if it is chunked */
    size_t unchunked;   /* so many bytes of in are head and body, without framing; 0: not chunked */
    size_t body_left;   /* that a chunked body may still have */
    struct http1_chunks chunks;
    uint8_t *in; /* what was read and not handled; NULL when in_cap is 0 */
    size_t in_len;
    size_t in_cap;
    uint8_t *out; /* what is staged or not taken */
    size_t out_len;
    size_t out_done;
    size_t dropped; /* bytes read while lingering */
};

/* Make a connection for an accepted descriptor and send it to its loop. From any loop's thread.
 * In: listener, is_local, as in struct http_request.
 * Returns: OK, NO_MEMORY. On failure: fd is still the caller's. */
struct status connection_new(struct connection_home *home, int fd, struct rate_table_key peer,
                             size_t listener, bool is_local);

/* Close it, whatever it does. It must not be held. */
void connection_drop(struct connection *connection);

/* Memory for its input or output. Where there is none left, connections that made no progress for
 * longest go. Returns: OK, NO_MEMORY. On failure: *ret is NULL. */
struct status connection_alloc(struct connection *connection, enum places_resource resource,
                               size_t len, void **ret);

/* Wipe and free what it has of requests, and of an answer. */
void connection_free_input(struct connection *connection);
void connection_free_output(struct connection *connection);

/* Close the one at this place, which has to go for others. The handler does not have it. */
void connection_evict(struct place *place);

/* So many bytes went one way or the other. */
void connection_moved(struct connection *connection, size_t len);

/* Move it to the end of another queue. */
void connection_enter(struct connection *connection, enum connection_state state);

/* Wait for these events of libuv, or for none. */
void connection_wait(struct connection *connection, int events);

/* The present answer is with the system: go on with the next request, or end. */
void connection_answered(struct connection *connection);

/* The descriptor takes bytes again while an answer waits. */
void connection_flush(struct connection *connection);

/* Go on with the requests that were there before the last answer: the run of home->resume. */
void connection_resume(void *context);

/* Close what ran out of time. */
void connection_expire(struct connection_home *home);

/* Close everything in a state. */
void connection_drop_all(struct connection_home *home, enum connection_state state);

#endif
