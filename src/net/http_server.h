/* An HTTP/1.1 server over a set of loops and listeners.
 *
 * The first loop accepts and hands each connection to the loop that has the fewest, whatever the
 * kind of listener; there it stays. A handler, given as a function table, sees every head before
 * the body is read, and every whole request; it answers at once or later, from the thread of the
 * request's loop. What never becomes a request (malformed, too large, too slow, too many) is
 * answered by the handler too, so that all answers have one shape and none goes unrecorded.
 *
 * Requests of a connection are handled one after the other, in order; pipelined ones wait. Memory
 * for partial requests follows what came, not what was announced; it and the memory for answers
 * that were not taken are a quarter of the budget each, and what is short is taken from who made no
 * progress for longest, whatever it does (net/places_internal.h). Deadlines run from the first
 * byte of a request and are not extended by more bytes. After an answer that ends a connection
 * early, what the client still sends is read and thrown away for a while, so that it gets to read
 * the answer. Used by the service; started by the programs. */
#ifndef COFFER_NET_HTTP_SERVER_H
#define COFFER_NET_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/token_bucket.h"
#include "net/http1.h"
#include "net/listener.h"
#include "net/loop.h"

struct http_server;

/* A request in the hands of the handler. head and body are views that end with the call that gets
 * the request; what a later answer needs of them must be copied. The rest lives until the answer.
 * A request that was never parsed has an empty method, or the parts that were good. */
struct http_request {
    const struct http1_head *head;
    struct bytes body;
    size_t loop;     /* index among the server's loops */
    size_t listener; /* index among the server's listeners */
    bool is_local;   /* the listener is loopback or unix */

    /* The handler's own while it holds the request: zeros at first. */
    void *user;
    struct http_request *next;
};

/* Called in the thread of request->loop, one at a time per loop. */
struct http_server_handler {
    void *context;

    /* The head is there and the body is not read yet. Out: ret_body_max, the longest body to take.
     * Returns: OK; or a failure, which goes to refuse. The request may not be answered here. */
    struct status (*head)(void *context, const struct http_request *request, size_t *ret_body_max);

    /* The request is complete. Answer it here or later: http_server_respond exactly once. */
    void (*handle)(void *context, struct http_request *request);

    /* The request will not be handled: why is what head returned, or BAD_HTTP, HTTP_VERSION,
     * HEADERS_TOO_LARGE, TRANSFER_ENCODING, BODY_TOO_LARGE, REQUEST_TIMEOUT, RATE_LIMITED (called
     * before head) or OVERLOADED. Its body is empty. Answer it here or later, as with handle. */
    void (*refuse)(void *context, struct http_request *request, struct status why);
};

struct http_server_limits {
    size_t connections; /* of all loops; lowered to what RLIMIT_NOFILE leaves room for */
    uint64_t request_ms;
    uint64_t idle_ms;
    uint64_t write_ms;
    struct token_bucket_rule peer; /* requests of one IP address (IPv6: /64), user id or CID */
    size_t descriptors; /* of RLIMIT_NOFILE that others of the process may need meanwhile */
};

/* Everything is borrowed and outlives the server, but for this struct and its arrays. */
struct http_server_config {
    struct loop *const *loops; /* one to LIMIT_LOOPS */
    size_t loops_count;
    const struct listener *listeners;
    size_t listeners_count;
    struct http_server_handler handler;
    struct http_server_limits limits;
    struct clock clock;     /* for the header Date; zeros: answers have none */
    struct entropy entropy; /* for tables that nobody outside can fill on purpose */
    struct mem *memory;     /* for connections, partial requests and answers not yet taken */
};

/* Start serving: the loops run already, and the handler may be called before this returns. The soft
 * limit on open files is raised as far as needed and allowed. Not from a loop's thread.
 * Returns: OK, NO_MEMORY, ENTROPY, IO. On failure: *ret_server is NULL and nothing is served. */
struct status http_server_new(const struct http_server_config *config,
                              struct http_server **ret_server);

/* Answer a request: copied or sent before it returns, so nothing of response needs to live on.
 * The request is gone afterwards. A client that went away meanwhile is no failure.
 * An answer that http1_write refuses is a bug of the handler. */
void http_server_respond(struct http_request *request, const struct http1_response *response);

/* Make an answer ready without sending it, where it may go out only after something else happened
 * (a record became durable). Then http_server_release sends it, or http_server_respond sends
 * another one in its place.
 * Returns: OK; OVERLOADED when there is no memory for it. On failure: nothing is staged. */
struct status http_server_stage(struct http_request *request,
                                const struct http1_response *response);
void http_server_release(struct http_request *request);

/* Numbers of now, from any thread. */
struct http_server_stats {
    uint64_t connections; /* open now */
    uint64_t accepted;    /* since the start, as the following */
    uint64_t evicted;     /* closed to make room, and new ones for which there was none */
    uint64_t timeouts;    /* of requests, of idle connections and of answers not taken */
};
struct http_server_stats http_server_stats(const struct http_server *server);

/* Stop, once: accept nothing more, close idle connections, let requests in work finish for up to
 * grace_ms, then cut what is left. Waits for it; not from a loop's thread. The loops must run. */
void http_server_stop(struct http_server *server, uint64_t grace_ms);

/* Give everything back; *server becomes NULL and may be NULL. After http_server_stop; requests that
 * the handler still holds are gone and may not be answered any more. */
void http_server_free(struct http_server **server);

#endif
