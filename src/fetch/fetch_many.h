/* Outbound HTTP to several servers at once: each answer is taken as it comes.
 *
 * As fetch.h: nothing of the environment is looked at, no redirect is followed, only http and https
 * are spoken, servers of https are verified. Answers, their headers and the time for everything are
 * bounded; nothing is decompressed. Memory for an answer comes as the answer does. Connections are
 * kept for whoever asks the same server next. Where there is a proxy each is a tunnel through it
 * (CONNECT), http as well as https, and names are looked up there: nothing else is connected to,
 * and nothing is looked up here. Knows nothing of what it carries. One thread at a time, but for
 * fetch_many_wake. Used by what reads the chain, and between nodes. */
#ifndef COFFER_FETCH_FETCH_MANY_H
#define COFFER_FETCH_FETCH_MANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/status.h"

struct socket_address;

enum {
    FETCH_MANY_MAX = 128,
    FETCH_MANY_URL_MAX = 1024, /* with its NUL */
    FETCH_MANY_HEADERS = 64 * 1024,
    FETCH_MANY_LINES_MAX = 8,
    FETCH_MANY_TIMEOUT_MS_MAX = 60000,
};

/* Who says which servers of https are the right ones, in place of a list of authorities. Then a
 * request has a connection and a TLS session of its own, http is not spoken, and no certificate
 * counts but by what is said here. */
struct fetch_many_tls {
    void *context;
    /* A connection for this place is about to be made. In: ssl_context, its SSL_CTX of OpenSSL 3,
     * which takes no server until it is told whom. */
    void (*prepare)(void *context, size_t place, void *ssl_context);
};

struct fetch_many_setup {
    size_t count;            /* of places, each with one request at a time; 1 to FETCH_MANY_MAX */
    const char *const *urls; /* of each, http:// or https://, with path, without user and fragment;
                                NULL: each request names its own */
    const char *ca_file;     /* whom to trust about https, in place of the system's list; or NULL */
    const struct fetch_many_tls *tls;   /* or NULL; copied */
    const struct socket_address *proxy; /* through which everything goes; or NULL; copied */
    size_t answer_max;                  /* bytes of a body */
    bool keeps_headers;                 /* of answers */
    struct mem *mem;
};

struct fetch_many_request {
    const char *url;          /* as urls; NULL: that of the place */
    struct bytes body;        /* posted as JSON; empty: GET */
    const char *const *lines; /* headers such as "Name: value", visible ASCII and spaces */
    size_t line_count;        /* up to FETCH_MANY_LINES_MAX */
    size_t answer_max;        /* bytes of a body, up to the setup's; 0: those */
    uint32_t timeout_ms;      /* for everything together, 1 to FETCH_MANY_TIMEOUT_MS_MAX */
};

/* What came of a request. */
struct fetch_many_answer {
    size_t place;         /* where it was started */
    struct status status; /* OK: there is an answer */
    unsigned http;        /* its HTTP status, 100 to 599 */
    bool is_new;          /* it came over a connection that was made for it */
    struct bytes headers; /* its header lines as they came, if they are kept, for fetch_header; */
    struct bytes body;    /* both until the place's next request, or fetch_many_drop */
};

struct fetch_many;

/* Scheme, host and port of a valid URL: what follows may be a key of its owner. */
struct bytes fetch_many_origin(const char *url);

/* True for a URL that can be used. In: url, NUL-terminated. */
bool fetch_many_url_valid(const char *url);

/* True when it is http to 127.0.0.1 or [::1], or https. */
bool fetch_many_url_private(const char *url);

/* Returns: OK; CONFIG_INVALID (a URL that cannot be used; tls, and a libcurl without OpenSSL 3);
 * NO_MEMORY. On failure: *ret is NULL. */
struct status fetch_many_open(const struct fetch_many_setup *setup, struct fetch_many **ret);

/* Drop what is under way and close all connections; *many becomes NULL (it may be NULL). */
void fetch_many_close(struct fetch_many **many);

/* Ask; what is under way at this place is dropped. In: request, of which the body must stay until
 * the answer or the drop. Returns: OK; CONFIG_INVALID (a URL or a header that cannot be used);
 * NO_MEMORY. */
struct status fetch_many_start(struct fetch_many *many, size_t place,
                               const struct fetch_many_request *request);

/* Forget about a request, if there is one, and its answer. A connection in use is closed. */
void fetch_many_drop(struct fetch_many *many, size_t place);

/* Wait for an answer, at most wait_ms. The status of one that is none: UNAVAILABLE (nothing answers
 * there, or the proxy is away or does not go there); REQUEST_TIMEOUT; BUFFER_FULL (larger than
 * allowed); NO_MEMORY; IO (anything else, such as a certificate that does not verify).
 * Returns: false when there is none so far, which may be before the time is over; at once after
 * fetch_many_wake. */
bool fetch_many_wait(struct fetch_many *many, uint32_t wait_ms, struct fetch_many_answer *ret);

/* End the wait of another thread, or the next one. From any thread. */
void fetch_many_wake(struct fetch_many *many);

#endif
