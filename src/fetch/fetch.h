/* Outbound HTTP: one request, one bounded answer.
 *
 * Over TCP, TLS or a unix socket. Nothing of the environment is looked at (no proxy, no netrc), no
 * redirect is followed, and only http and https are spoken. Knows nothing of what it carries.
 * Used by the command line and by clients of apps. One thread at a time for a struct fetch. */
#ifndef COFFER_FETCH_FETCH_H
#define COFFER_FETCH_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    FETCH_HEADERS_MAX = 16, /* of a request */
};

/* A client, which keeps its connections alive between calls. Its member is fetch's own. */
struct fetch {
    void *curl;
};

/* Where a server is. */
struct fetch_place {
    const char *origin;    /* such as http://127.0.0.1:4000, without a path; one / may end it */
    const char *unix_path; /* connect to this socket instead; NULL for none */
};

struct fetch_request {
    const struct fetch_place *place;
    const char *path;    /* starts with / */
    struct bytes body;   /* sent as JSON */
    uint32_t timeout_ms; /* for everything together; 1 to 600000 */
    const char *method;  /* NULL: POST with a body, GET without */
    /* Lines such as "Name: value", visible ASCII and spaces; may be NULL when there are none. */
    const char *const *headers;
    size_t header_count;     /* up to FETCH_HEADERS_MAX */
    const char *ca_file;     /* trusted instead of the system's authorities; NULL for those */
    struct buf *ret_headers; /* gets the answer's header lines as they came; may be NULL */
};

/* Returns: OK, NO_MEMORY. On failure: fetch_deinit is still fine, fetch_call is not. */
struct status fetch_init(struct fetch *fetch);

/* Close its connections and give everything back. Fine twice. */
void fetch_deinit(struct fetch *fetch);

/* Send a request and read the whole answer.
 * Out: ret_answer, to which the body is appended; ret_http, the HTTP status, 100 to 599.
 * Returns: OK (whatever the HTTP status); CONFIG_INVALID (no such kind of origin, or a header that
 * is none); UNAVAILABLE (nothing answers there); REQUEST_TIMEOUT; BUFFER_FULL (the answer is longer
 * than ret_answer, or its headers than ret_headers); NO_MEMORY; IO (anything else, such as an
 * answer that is no HTTP, or a certificate that is not trusted).
 * On failure: *ret_http is 0 and ret_answer may have a part of the body. */
struct status fetch_call(struct fetch *fetch, const struct fetch_request *request,
                         struct buf *ret_answer, unsigned *ret_http);

/* The value of a header in lines that ret_headers got, without spaces around it. In: name in any
 * case. Returns: empty when there is none, or more than one. */
struct bytes fetch_header(struct bytes lines, const char *name);

#endif
