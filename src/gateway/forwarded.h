/* What of a request goes to the node, and what of its answer goes back.
 *
 * Method, target, body and every header for the far end pass as they came: they are signed, or
 * meant for the node. What is for one hop ends here. Nothing is added but the body's length.
 * Pure functions. Used by gateway/inward.h. Source: RFC 9110 section 7.6.1. */
#ifndef COFFER_GATEWAY_FORWARDED_H
#define COFFER_GATEWAY_FORWARDED_H

#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "net/http1.h"

enum { FORWARDED_HEAD_MAX = LIMIT_HTTP_HEADER_BYTES + 256 };

/* Whether a path goes to the node, and the longest body that it takes there: /nonce, and what is at
 * or below /kms, /sync and /v1. A path that somebody may read as another one goes nowhere: with an
 * empty segment, or one that is . or .. once % and \ are undone.
 * Returns: OK; NOT_FOUND. On failure: *ret_body_max is 0. */
struct status forwarded_route(struct bytes path, size_t *ret_body_max);

/* Write the head of the request for the node. In: body_len. Out: out, with FORWARDED_HEAD_MAX free.
 * Returns: OK; BAD_HTTP where Connection names a header that is not for one hop; BUFFER_FULL. */
struct status forwarded_head(const struct http1_head *head, size_t body_len, struct buf *out);

/* The headers of an answer that go back. Out: ret_headers, views, [LIMIT_HTTP_HEADERS].
 * Returns: how many. */
size_t forwarded_back(const struct http1_head *head,
                      struct http1_header ret_headers[static LIMIT_HTTP_HEADERS]);

#endif
