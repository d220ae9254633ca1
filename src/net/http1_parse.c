#include <string.h>

#include "base/invariant.h"
#include "net/http1.h"

/* --- bytes ------------------------------------------------------------------------------------ */

enum {
    TOKEN = 1,  /* RFC 9110 5.6.2 */
    TARGET = 2, /* RFC 3986: pchar, '/', '?', with '%' checked on its own */
    HOST = 4,   /* letters, digits and - . _ : [ ] only: no userinfo, no escapes, no lists */
};

/* Classes of 0x20 to 0x7f; every other byte has none. */
static const uint8_t classes[96] = {
    /* 0x20 */ 0, 3, 0, 1, 3, 3, 3, 3, 2, 2, 3, 3, 2, 7, 7, 2,
    /* 0x30 */ 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 2, 0, 2, 0, 2,
    /* 0x40 */ 2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    /* 0x50 */ 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 0, 4, 1, 7,
    /* 0x60 */ 1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    /* 0x70 */ 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 1, 0, 3, 0,
};

static bool is_class(uint8_t byte, unsigned class)
{
    return byte >= 0x20 && byte < 0x80 && (classes[byte - 0x20] & class) != 0;
}

static bool all_class(struct bytes text, unsigned class)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_class(text.ptr[i], class)) {
            return false;
        }
    }
    return text.len != 0;
}

static bool is_hex(uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'f');
}

static struct bytes moved(struct bytes view, const uint8_t *from, const uint8_t *to)
{
    return view.ptr == NULL ? view : (struct bytes){to + (view.ptr - from), view.len};
}

void http1_move(const struct http1_head *head, const uint8_t *bytes, struct http1_head *ret_moved)
{
    const uint8_t *from = head->method.ptr;
    memcpy(ret_moved, head, offsetof(struct http1_head, headers));
    ret_moved->method = moved(head->method, from, bytes);
    ret_moved->target = moved(head->target, from, bytes);
    ret_moved->path = moved(head->path, from, bytes);
    ret_moved->query = moved(head->query, from, bytes);
    for (size_t i = 0; i < head->headers_count; i++) {
        ret_moved->headers[i].name = moved(head->headers[i].name, from, bytes);
        ret_moved->headers[i].value = moved(head->headers[i].value, from, bytes);
    }
}

bool http1_same(struct bytes text, struct bytes lower)
{
    if (text.len != lower.len) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (byte >= 'A' && byte <= 'Z') {
            byte |= 0x20;
        }
        if (byte != lower.ptr[i]) {
            return false;
        }
    }
    return true;
}

/* --- where the head ends ---------------------------------------------------------------------- */

enum {
    AT_START, /* before the first byte; an empty line here is refused */
    IN_LINE,
    AFTER_CR,      /* of a line with content */
    AT_LINE,       /* a line of headers starts */
    AFTER_LAST_CR, /* of the empty line */
};

/* The number of leading bytes, in steps of eight, without control characters: exact tests for
 * "some byte below 0x20" and "some byte equals 0x7f" on whole words. */
static size_t plain_words(const uint8_t *text, size_t len)
{
    const uint64_t ones = UINT64_MAX / 255;
    const uint64_t tops = ones << 7;
    size_t done = 0;
    for (; len - done >= 8; done += 8) {
        uint64_t word = 0;
        memcpy(&word, text + done, sizeof word);
        uint64_t delete = word ^ ones * 0x7f;
        if ((((word - ones * 0x20) & ~word) | ((delete - ones) & ~delete)) & tops) {
            break;
        }
    }
    return done;
}

/* Takes one byte. Returns: true unless the byte may not stand there. */
static bool step(uint32_t *state, uint8_t byte)
{
    bool is_plain = byte >= 0x20 && byte != 0x7f;
    switch (*state) {
    case AT_START:
        *state = IN_LINE;
        return is_class(byte, TOKEN);
    case IN_LINE:
        if (byte == '\r') {
            *state = AFTER_CR;
            return true;
        }
        return is_plain;
    case AT_LINE:
        *state = byte == '\r' ? AFTER_LAST_CR : IN_LINE;
        return byte == '\r' || is_class(byte, TOKEN);
    default:
        *state = AT_LINE;
        return byte == '\n';
    }
}

/* The length of the head with its empty line, or 0 while it is incomplete. */
static struct status find_end(struct http1_progress *progress, struct bytes data, size_t *ret_len)
{
    *ret_len = 0;
    size_t limit = data.len < LIMIT_HTTP_HEADER_BYTES ? data.len : LIMIT_HTTP_HEADER_BYTES;
    size_t at = progress->seen;
    while (at < limit) {
        if (progress->state == IN_LINE) {
            at += plain_words(data.ptr + at, limit - at);
            if (at == limit) {
                break;
            }
        }
        bool is_last = progress->state == AFTER_LAST_CR;
        if (!step(&progress->state, data.ptr[at++])) {
            return FAIL(BAD_HTTP);
        }
        if (is_last) {
            *ret_len = at;
            return OK;
        }
    }
    progress->seen = (uint32_t)at;
    return at == LIMIT_HTTP_HEADER_BYTES ? FAIL(HEADERS_TOO_LARGE) : OK;
}

/* --- the request line ------------------------------------------------------------------------- */

/* The next line without its CRLF. The head was scanned: every CR is followed by LF. */
static struct bytes take_line(struct bytes *rest)
{
    size_t len = bytes_find(*rest, '\r');
    struct bytes line = {rest->ptr, len};
    *rest = bytes_slice(*rest, len + 2, SIZE_MAX);
    return line;
}

static struct status read_version(struct bytes version, struct http1_head *head)
{
    if (bytes_equal(version, BYTES_LITERAL("HTTP/1.1"))) {
        return OK;
    }
    if (bytes_equal(version, BYTES_LITERAL("HTTP/1.0"))) {
        head->is_old = true;
        head->close = true;
        return OK;
    }
    bool is_version = version.len == 8 && bytes_starts(version, BYTES_LITERAL("HTTP/")) &&
                      version.ptr[5] >= '0' && version.ptr[5] <= '9' && version.ptr[6] == '.' &&
                      version.ptr[7] >= '0' && version.ptr[7] <= '9';
    return is_version ? FAIL(HTTP_VERSION) : FAIL(BAD_HTTP);
}

static struct status check_target(struct bytes target)
{
    if (target.len > LIMIT_HTTP_TARGET) {
        return FAIL(HEADERS_TOO_LARGE);
    }
    if (!all_class(target, TARGET) || target.ptr[0] != '/') {
        return FAIL(BAD_HTTP);
    }
    for (size_t i = 0; i < target.len; i++) {
        if (target.ptr[i] == '%' &&
            (target.len - i < 3 || !is_hex(target.ptr[i + 1]) || !is_hex(target.ptr[i + 2]))) {
            return FAIL(BAD_HTTP);
        }
    }
    return OK;
}

/* The target of a tunnel: host and port. RFC 9112 3.2.3. */
static struct status check_authority(struct bytes method, struct bytes target)
{
    if (target.len > LIMIT_HTTP_TARGET) {
        return FAIL(HEADERS_TOO_LARGE);
    }
    if (!bytes_equal(method, BYTES_LITERAL("CONNECT"))) {
        return FAIL(METHOD_NOT_ALLOWED);
    }
    return all_class(target, HOST) ? OK : FAIL(BAD_HTTP);
}

enum message { REQUEST, TUNNEL, ANSWER };

static struct status read_request_line(struct bytes line, enum message message,
                                       struct http1_head *head)
{
    enum { METHOD_MAX = 32 };
    size_t first = bytes_find(line, ' ');
    struct bytes method = {line.ptr, first};
    struct bytes rest = bytes_slice(line, first + 1, SIZE_MAX);
    size_t second = bytes_find(rest, ' ');
    struct bytes target = {rest.ptr, second};
    if (method.len > METHOD_MAX || !all_class(method, TOKEN)) {
        return FAIL(BAD_HTTP);
    }
    TRY(read_version(bytes_slice(rest, second + 1, SIZE_MAX), head));
    TRY(message == TUNNEL ? check_authority(method, target) : check_target(target));
    head->method = method;
    head->target = target;
    if (message == TUNNEL) {
        return OK;
    }
    size_t mark = bytes_find(target, '?');
    head->path = (struct bytes){target.ptr, mark};
    if (mark < target.len) {
        head->query = (struct bytes){target.ptr + mark + 1, target.len - mark - 1};
    }
    return OK;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* HTTP/1.1, three digits, and a reason, which may be empty and says nothing. */
static struct status read_status_line(struct bytes line, unsigned *ret_http)
{
    const uint8_t *code = line.ptr + 9;
    if (line.len < 13 || !bytes_starts(line, BYTES_LITERAL("HTTP/1.1 ")) || !is_digit(code[0]) ||
        !is_digit(code[1]) || !is_digit(code[2]) || code[3] != ' ' || code[0] < '1' ||
        code[0] > '5') {
        return FAIL(BAD_HTTP);
    }
    *ret_http = 100u * (code[0] - (unsigned)'0') + 10u * (code[1] - (unsigned)'0') +
                (code[2] - (unsigned)'0');
    return OK;
}

/* --- headers ---------------------------------------------------------------------------------- */

/* Headers that may stand once. The first four decide about framing. */
enum single {
    SINGLE_HOST,
    SINGLE_LENGTH,
    SINGLE_ENCODING,
    SINGLE_EXPECT,
    SINGLE_OTHER,
};

static const struct {
    struct bytes name;
    enum single single;
} singles[] = {
    {{(const uint8_t *)"host", 4}, SINGLE_HOST},
    {{(const uint8_t *)"content-length", 14}, SINGLE_LENGTH},
    {{(const uint8_t *)"transfer-encoding", 17}, SINGLE_ENCODING},
    {{(const uint8_t *)"expect", 6}, SINGLE_EXPECT},
    {{(const uint8_t *)"content-type", 12}, SINGLE_OTHER},
    {{(const uint8_t *)"origin", 6}, SINGLE_OTHER},
    {{(const uint8_t *)"authorization", 13}, SINGLE_OTHER},
    {{(const uint8_t *)"idempotency-key", 15}, SINGLE_OTHER},
    {{(const uint8_t *)"x-request-id", 12}, SINGLE_OTHER},
};

enum { SINGLES = sizeof singles / sizeof singles[0] };

/* Index into singles, or SINGLES. */
static size_t single_of(struct bytes name)
{
    size_t i = 0;
    while (i < SINGLES && !http1_same(name, singles[i].name)) {
        i++;
    }
    return i;
}

/* Of a proof of possession, of either version. */
static bool is_proof(struct bytes name)
{
    return http1_same(bytes_slice(name, 0, 7), BYTES_LITERAL("coffer-")) ||
           http1_same(bytes_slice(name, 0, 6), BYTES_LITERAL("x-app-")) ||
           http1_same(bytes_slice(name, 0, 6), BYTES_LITERAL("x-kms-"));
}

/* True if a header of a proof stands here and before. They are few, so that the square is cheap. */
static bool is_repeated(const struct http1_head *head, struct bytes name)
{
    for (size_t i = 0; i < head->headers_count; i++) {
        struct bytes other = head->headers[i].name;
        bool same = other.len == name.len;
        for (size_t at = 0; same && at < name.len; at++) {
            uint8_t a = other.ptr[at];
            uint8_t b = name.ptr[at];
            same = a == b || ((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z');
        }
        if (same) {
            return true;
        }
    }
    return false;
}

/* One plain decimal number: no sign, no leading zero, no space behind it, below 2^63. */
static struct status read_length(struct bytes text, uint64_t *ret_length)
{
    *ret_length = 0;
    if (text.len == 0 || text.len > 18 || (text.len > 1 && text.ptr[0] == '0')) {
        return FAIL(BAD_HTTP);
    }
    uint64_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return FAIL(BAD_HTTP);
        }
        length = length * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *ret_length = length;
    return OK;
}

/* Spaces around the items of a list, and around a value. */
static struct bytes trim(struct bytes text)
{
    while (text.len != 0 && text.ptr[0] == ' ') {
        text = (struct bytes){text.ptr + 1, text.len - 1};
    }
    while (text.len != 0 && text.ptr[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

static bool list_has(struct bytes list, struct bytes lower)
{
    while (list.len != 0) {
        size_t comma = bytes_find(list, ',');
        if (http1_same(trim(bytes_slice(list, 0, comma)), lower)) {
            return true;
        }
        list = bytes_slice(list, comma + 1, SIZE_MAX);
    }
    return false;
}

/* What a header that may stand once means. raw: the value with the space behind it. */
static struct status read_single(enum single single, struct bytes raw, struct http1_head *head)
{
    switch (single) {
    case SINGLE_HOST:
        return all_class(trim(raw), HOST) ? OK : FAIL(BAD_HTTP);
    case SINGLE_LENGTH:
        return read_length(raw, &head->content_length);
    case SINGLE_EXPECT:
        head->expect_continue = true;
        return http1_same(trim(raw), BYTES_LITERAL("100-continue")) ? OK : FAIL(BAD_HTTP);
    case SINGLE_ENCODING:
        head->is_chunked = http1_same(trim(raw), BYTES_LITERAL("chunked"));
        break;
    case SINGLE_OTHER:
        break;
    }
    return OK;
}

static struct status read_header(struct bytes line, struct http1_head *head, uint32_t *seen)
{
    size_t colon = bytes_find(line, ':');
    struct bytes name = {line.ptr, colon};
    if (colon == line.len || !all_class(name, TOKEN)) {
        return FAIL(BAD_HTTP);
    }
    if (head->headers_count == LIMIT_HTTP_HEADERS) {
        return FAIL(HEADERS_TOO_LARGE);
    }
    struct bytes raw = {line.ptr + colon + 1, line.len - colon - 1};
    while (raw.len != 0 && raw.ptr[0] == ' ') {
        raw = (struct bytes){raw.ptr + 1, raw.len - 1};
    }
    size_t index = single_of(name);
    if (index < SINGLES) {
        if ((*seen >> index & 1) != 0) {
            return FAIL(BAD_HTTP);
        }
        *seen |= 1u << index;
        TRY(read_single(singles[index].single, raw, head));
    } else if (is_proof(name) && is_repeated(head, name)) {
        return FAIL(BAD_HTTP);
    } else if (http1_same(name, BYTES_LITERAL("connection"))) {
        head->close = head->close || list_has(raw, BYTES_LITERAL("close"));
    }
    head->headers[head->headers_count++] = (struct http1_header){name, trim(raw)};
    return OK;
}

static struct status check_framing(uint32_t seen, enum message message, struct http1_head *head)
{
    const uint32_t host = 1u << SINGLE_HOST;
    const uint32_t length = 1u << SINGLE_LENGTH;
    const uint32_t encoding = 1u << SINGLE_ENCODING;
    bool has_encoding = (seen & encoding) != 0;
    if (message == ANSWER) {
        return has_encoding ? FAIL(TRANSFER_ENCODING) : (seen & length) == 0 ? FAIL(BAD_HTTP) : OK;
    }
    if ((seen & host) == 0 && !head->is_old) {
        return FAIL(BAD_HTTP);
    }
    if (has_encoding && ((seen & length) != 0 || head->is_old)) {
        return FAIL(BAD_HTTP);
    }
    if (message == TUNNEL && (has_encoding || head->content_length != 0)) {
        return FAIL(BAD_HTTP);
    }
    /* Who speaks HTTP/1.0 does not wait for an interim answer. RFC 9110 10.1.1. */
    head->expect_continue = head->expect_continue && !head->is_old;
    return has_encoding && !head->is_chunked ? FAIL(TRANSFER_ENCODING) : OK;
}

static struct status read_headers(struct bytes rest, enum message message, struct http1_head *head)
{
    uint32_t seen = 0;
    for (struct bytes line = take_line(&rest); line.len != 0; line = take_line(&rest)) {
        TRY(read_header(line, head, &seen));
    }
    return check_framing(seen, message, head);
}

static struct status read_message(struct http1_progress *progress, struct bytes data,
                                  enum message message, struct http1_head *ret_head,
                                  unsigned *ret_http)
{
    INVARIANT(progress->seen <= data.len);
    /* The array of headers is valid up to headers_count only; clearing it would cost more than
     * reading a small head. */
    memset(ret_head, 0, offsetof(struct http1_head, headers));
    size_t len = 0;
    TRY(find_end(progress, data, &len));
    if (len == 0) {
        return OK;
    }
    struct bytes rest = {data.ptr, len};
    struct bytes line = take_line(&rest);
    TRY(message == ANSWER ? read_status_line(line, ret_http)
                          : read_request_line(line, message, ret_head));
    struct status status = read_headers(rest, message, ret_head);
    if (!status_is_ok(status)) {
        ret_head->headers_count = 0;
        ret_head->content_length = 0;
        ret_head->is_chunked = false;
        return status;
    }
    ret_head->len = len;
    return OK;
}

struct status http1_read(struct http1_progress *progress, struct bytes data,
                         struct http1_head *ret_head)
{
    return read_message(progress, data, REQUEST, ret_head, NULL);
}

struct status http1_read_tunnel(struct http1_progress *progress, struct bytes data,
                                struct http1_head *ret_head)
{
    return read_message(progress, data, TUNNEL, ret_head, NULL);
}

struct status http1_read_answer(struct http1_progress *progress, struct bytes data,
                                struct http1_head *ret_head, unsigned *ret_http)
{
    *ret_http = 0;
    struct status status = read_message(progress, data, ANSWER, ret_head, ret_http);
    *ret_http = ret_head->len == 0 ? 0 : *ret_http;
    return status;
}

struct bytes http1_header(const struct http1_head *head, struct bytes name)
{
    for (size_t i = 0; i < head->headers_count; i++) {
        if (http1_same(head->headers[i].name, name)) {
            return head->headers[i].value;
        }
    }
    return (struct bytes){NULL, 0};
}
