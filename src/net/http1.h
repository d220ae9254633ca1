/* HTTP/1.1 messages: bytes to struct and back, without I/O.
 *
 * A strict subset of RFC 9112: whatever two parsers could read in two ways is refused. A body is
 * framed by one Content-Length, or by chunks without extensions and trailers, never by both; one
 * Host, origin-form targets, CRLF line ends, no folding, no tabs. A request of HTTP/1.0, as proxies
 * send them, is read by the same rules; it has no chunks, and its connection ends with it. Used by
 * net/http_server.h; what handles requests reads heads and fills responses. */
#ifndef COFFER_NET_HTTP1_H
#define COFFER_NET_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"

struct http1_header {
    struct bytes name;
    struct bytes value;
};

/* A parsed request head. All views point into the bytes that were parsed.
 * target = path, or path ? query; percent-encoding is checked and left as it is. */
struct http1_head {
    struct bytes method; /* a token, case-sensitive */
    struct bytes target; /* starts with / */
    struct bytes path;
    struct bytes query;      /* without the question mark; ptr NULL when there is none */
    uint64_t content_length; /* 0 when the body is chunked */
    size_t len;              /* of the head with its empty line; 0 while it is incomplete */
    bool is_chunked;
    bool is_old; /* HTTP/1.0 */
    bool close;  /* Connection: close, or HTTP/1.0 */
    bool expect_continue;
    uint16_t headers_count;
    struct http1_header headers[LIMIT_HTTP_HEADERS]; /* values without surrounding spaces */
};

/* How far a head has been looked at. All zeros at the first byte of a message. */
struct http1_progress {
    uint32_t seen;
    uint32_t state;
};

/* Read the head of a request, as far as it is there. No byte is looked at twice before the head is
 * complete, and where the bytes are split does not matter.
 * In: progress of this message; data: everything received from the first byte of the message on
 *     (it may have moved since the last call), and possibly more than the message.
 * Out: ret_head; ret_head->len is 0 while bytes are missing.
 * Returns: OK;
 *   BAD_HTTP: not this subset of HTTP/1.1; among others any NUL, control character, tab, bare CR or
 *     LF, folded line, space before a colon, target that is not in origin form; Host missing (in
 *     HTTP/1.1), repeated or not a host; Content-Length that is not one plain decimal number
 *     without leading zeros or trailing space, or that stands beside Transfer-Encoding;
 *     Transfer-Encoding in HTTP/1.0; a second one of Host, Content-Length, Content-Type,
 *     Transfer-Encoding, Expect, Origin, Authorization, Idempotency-Key, X-Request-Id or any
 *     Coffer-*, X-App-*, X-KMS-*; an Expect other than
 *     100-continue;
 *   HTTP_VERSION: well-formed, but not HTTP/1.1 or HTTP/1.0;
 *   HEADERS_TOO_LARGE: head, target or number of headers beyond base/limits.h;
 *   TRANSFER_ENCODING: there is a Transfer-Encoding other than chunked.
 * On failure: *ret_head has len 0 and no headers; method and target stay when they were good. The
 * connection cannot be used for another message.
 * Source: RFC 9112 sections 2.2, 3, 5, 6; RFC 9110 sections 5, 7.2, 8.6, 10.1.1. */
struct status http1_read(struct http1_progress *progress, struct bytes data,
                         struct http1_head *ret_head);

/* The same of a request for a tunnel: CONNECT, whose target is a host, a colon and a port, which
 * are left to be read; path is empty, and there is no body.
 * Returns: as http1_read; METHOD_NOT_ALLOWED for every other method. */
struct status http1_read_tunnel(struct http1_progress *progress, struct bytes data,
                                struct http1_head *ret_head);

/* The same of an answer as http1_write makes them: HTTP/1.1 with one Content-Length. method, target
 * and path are empty. Out: *ret_http, its status, 100 to 599; 0 while the head is incomplete.
 * Returns: as http1_read, but for Host; TRANSFER_ENCODING for chunks too. */
struct status http1_read_answer(struct http1_progress *progress, struct bytes data,
                                struct http1_head *ret_head, unsigned *ret_http);

/* The same head over a copy of its bytes. In: head, complete; bytes, a copy of the head->len bytes
 * from head->method on. Out: *ret_moved, whose views are in bytes. */
void http1_move(const struct http1_head *head, const uint8_t *bytes, struct http1_head *ret_moved);

/* How far a chunked body has been read. All zeros before its first byte. */
struct http1_chunks {
    uint64_t left; /* of the present chunk */
    uint32_t state;
    uint32_t digits;
};

/* Take the framing out of a chunked body, in place, as far as it is there; where the bytes are
 * split does not matter. Sizes have one to eight hex digits; extensions and trailers are refused.
 * In: body_max, bytes that the body may still have; data, *len bytes that came since the last call.
 * Out: *len and *ret_body_len: data starts with so many bytes of body, and what came after the end
 *     of the body follows up to *len.
 * Returns: OK; BAD_HTTP; BODY_TOO_LARGE when a chunk is announced that is too long.
 * On failure: *ret_body_len is 0, and the connection cannot be used for another message.
 * Source: RFC 9112 section 7.1. */
struct status http1_unchunk(struct http1_chunks *chunks, size_t body_max, uint8_t *data,
                            size_t *len, size_t *ret_body_len);

/* True when the whole body was read. */
bool http1_chunks_end(const struct http1_chunks *chunks);

/* The value of a header. In: name in lower case. Returns: its first value; ptr NULL when there is
 * no such header (a header without value has a ptr and len 0). */
struct bytes http1_header(const struct http1_head *head, struct bytes name);

/* True if text equals lower but for ASCII case. In: lower, in lower case. */
bool http1_same(struct bytes text, struct bytes lower);

/* Undo percent-encoding, once; '+' stays '+'.
 * In: text: one path segment, or one name or value of a query. Out: appended to out.
 * Returns: OK; BAD_HTTP for a % without two hex digits and for %00 to %1f and %7f; BUFFER_FULL.
 * On failure: out is as before, but for its failed flag after BUFFER_FULL. */
struct status http1_decode(struct bytes text, struct buf *out);

/* The value of one member of a query, still percent-encoded.
 * In: query as in struct http1_head; name as it stands in the target, case-sensitive.
 * Out: ret_value; ptr NULL when there is no such member.
 * Returns: OK; BAD_REQUEST when there are two. On failure: *ret_value is empty. */
struct status http1_query(struct bytes query, struct bytes name, struct bytes *ret_value);

/* An answer. Content-Length, Connection and Date are written by http1_write. */
struct http1_response {
    unsigned status; /* 200 to 599 but 204, 205 and 304, which have framing rules of their own */
    bool close;
    const struct http1_header *headers;
    size_t headers_count;
    struct bytes body;
};

/* Append status line and headers (with the empty line, without the body) of an answer.
 * In: date, an HTTP date; with len 0 the answer has none.
 * Returns: OK; BUFFER_FULL; INTERNAL when a header would not be one header: name not a token, value
 * with a control character, or Content-Length, Connection, Date or Transfer-Encoding by hand.
 * On failure: out is as before, but for its failed flag after BUFFER_FULL. */
struct status http1_write(const struct http1_response *response, struct bytes date,
                          struct buf *out);

/* The whole interim answer to Expect: 100-continue. */
struct bytes http1_continue(void);

#endif
