/* Requests to one HTTP/1.1 server from one event loop, over connections that stay open.
 *
 * For a server that writes answers as http1_write does. A request goes out once: it is tried over
 * another connection only where the server closed one that was waiting and nothing of it was taken.
 * Answers are whole before they are given, and bounded, as is the time for each. Knows nothing of
 * what it carries. All calls from the loop's thread, unless it says otherwise. Used by the gateway,
 * for its node. Source: RFC 9112. */
#ifndef COFFER_NET_HTTP_CLIENT_H
#define COFFER_NET_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/status.h"
#include "net/address/socket_address.h"
#include "net/http1.h"
#include "net/loop.h"

struct http_client;

struct http_client_setup {
    struct loop *loop;
    struct socket_address address;
    size_t connections; /* at the same time, from 1 */
    size_t answer_max;  /* bytes of a body */
    uint64_t connect_ms;
    uint64_t answer_ms; /* from the first byte of a request to the last of its answer */
    uint64_t idle_ms;   /* that a connection is kept; less than the server keeps it */
    struct mem *mem;    /* for requests and answers under way */
};

/* What came of a request. head and body are views that end with the call. */
struct http_client_answer {
    struct status status; /* OK: there is an answer */
    unsigned http;        /* its status, 200 to 599 */
    const struct http1_head *head;
    struct bytes body; /* of an answer to HEAD without a ptr, with the len that it says */
};

struct http_client_request {
    struct bytes head; /* of the whole request, with its empty line; copied, as the next */
    struct bytes body;
    bool is_head; /* the method is HEAD: the answer has no body */
    void (*done)(void *context, const struct http_client_answer *answer);
    void *context;
};

/* A client without connections. Before the loop is started, or from its thread.
 * Returns: OK, NO_MEMORY. On failure: *ret is NULL. */
struct status http_client_open(const struct http_client_setup *setup, struct http_client **ret);

/* Send a request. Returns: OK, and done is called exactly once, later; OVERLOADED (as many are
 * under way as there may be, or no memory for it); NODE_AWAY (nobody listens there).
 * On failure: nothing was sent. The status where there is no answer: NODE_AWAY, as above;
 * NODE_SILENT (what became of the request is not known: no answer, none in time, none that is one);
 * OVERLOADED (no memory for it). */
struct status http_client_send(struct http_client *client,
                               const struct http_client_request *request);

/* Drop everything; done is not called any more. From any thread; what it takes is done when the
 * loop has run its tasks, so that http_client_close comes after loop_free. */
void http_client_stop(struct http_client *client);

/* Give it back after loop_free; *client becomes NULL and may be NULL. */
void http_client_close(struct http_client **client);

#endif
