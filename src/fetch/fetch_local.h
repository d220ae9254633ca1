/* HTTP/1.1 to a server on the same machine, over one connection that stays open: three system calls
 * for a short answer.
 *
 * For local services that are asked often and answer at once: plain TCP on loopback, JSON or
 * nothing goes out, and an answer says how long it is, or ends with its connection. No TLS, no
 * names, no redirects, no chunks; fetch.h has the rest. One thread at a time for one of these.
 * Used by the link to Odyn. Source: RFC 9112. */
#ifndef COFFER_FETCH_FETCH_LOCAL_H
#define COFFER_FETCH_FETCH_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum { FETCH_LOCAL_HOST = 64 };

/* Its members are its own. */
struct fetch_local {
    char host[FETCH_LOCAL_HOST]; /* of the URL, with its port */
    bool is_v6;
    uint16_t port;
    int fd; /* -1: there is no connection */
    uint32_t timeout_ms;
};

/* In: url, http:// and 127.0.0.1 or [::1], with or without a port; timeout_ms, of each call, 1 to
 * 600000. Returns: OK; CONFIG_INVALID for every other URL. On failure: calls are not fine,
 * fetch_local_deinit is. */
struct status fetch_local_init(struct fetch_local *local, const char *url, uint32_t timeout_ms);

/* Close the connection. Fine twice. */
void fetch_local_deinit(struct fetch_local *local);

/* POST a body, or GET where it is empty, and read the whole answer. A connection that the server
 * closed since the last call is opened again; a request is sent twice only when it was closed
 * without a byte of an answer. In: path, starts with /; body, may be *secret*.
 * Out: ret_answer, to which the answer's body is appended; *ret_http, its status, 100 to 599.
 * Returns: OK (whatever the status); UNAVAILABLE (nothing answers); REQUEST_TIMEOUT; BUFFER_FULL
 * (the body is longer than ret_answer); IO (an answer that is none, or of a form that is not read).
 * On failure: *ret_http is 0, ret_answer may have a part of the body, and the connection is
 * closed. */
struct status fetch_local_call(struct fetch_local *local, const char *path, struct bytes body,
                               struct buf *ret_answer, unsigned *ret_http);

#endif
