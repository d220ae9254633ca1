/* covers: src/net/http1_parse.c src/net/http1_write.c src/net/http1_chunks.c */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/http1.h"

#define REQUIRE(condition)    \
    do {                      \
        if (!(condition)) {   \
            __builtin_trap(); \
        }                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool is_inside(struct bytes view, struct bytes all)
{
    return view.len == 0 || (view.ptr >= all.ptr && view.ptr + view.len <= all.ptr + all.len);
}

static void require_same(const struct http1_head *a, const struct http1_head *b)
{
    REQUIRE(bytes_equal(a->method, b->method) && bytes_equal(a->target, b->target));
    REQUIRE(bytes_equal(a->path, b->path) && bytes_equal(a->query, b->query));
    REQUIRE((a->query.ptr == NULL) == (b->query.ptr == NULL));
    REQUIRE(a->content_length == b->content_length && a->close == b->close);
    REQUIRE(a->expect_continue == b->expect_continue && a->headers_count == b->headers_count);
    REQUIRE(a->is_chunked == b->is_chunked && a->is_old == b->is_old);
    for (size_t i = 0; i < a->headers_count; i++) {
        REQUIRE(bytes_equal(a->headers[i].name, b->headers[i].name));
        REQUIRE(bytes_equal(a->headers[i].value, b->headers[i].value));
    }
}

/* Byte by byte, and in two parts: the result of all at once. */
static void require_split(struct bytes all, struct status status, const struct http1_head *head)
{
    static struct http1_head other;
    struct http1_progress progress = {0};
    struct status last = OK;
    size_t at = 0;
    do {
        last = http1_read(&progress, bytes_slice(all, 0, at), &other);
        at++;
    } while (status_is_ok(last) && other.len == 0 && at <= all.len);
    REQUIRE(last.code == status.code && other.len == head->len);
    require_same(head, &other);
    if (all.len == 0) {
        return;
    }
    struct http1_progress again = {0};
    size_t split = all.ptr[all.len - 1] * all.len / 256;
    last = http1_read(&again, bytes_slice(all, 0, split), &other);
    if (status_is_ok(last) && other.len == 0) {
        last = http1_read(&again, all, &other);
    }
    REQUIRE(last.code == status.code);
    require_same(head, &other);
}

/* What holds for every head that is accepted, looked at without the parser's own means. */
static void require_sane(struct bytes all, const struct http1_head *head)
{
    const uint8_t *end = memmem(all.ptr, all.len, "\r\n\r\n", 4);
    REQUIRE(end != NULL && (size_t)(end - all.ptr) + 4 == head->len);
    REQUIRE(head->target.len >= 1 && head->target.ptr[0] == '/');
    REQUIRE(head->path.len >= 1 && head->path.len <= head->target.len);
    REQUIRE(is_inside(head->method, all) && is_inside(head->target, all));
    size_t lines = 0;
    for (size_t i = 0; i < head->len; i++) {
        uint8_t byte = all.ptr[i];
        REQUIRE((byte >= 0x20 && byte != 0x7f) || byte == '\r' || byte == '\n');
        REQUIRE(byte != '\n' || all.ptr[i - 1] == '\r');
        REQUIRE(byte != '\r' || all.ptr[i + 1] == '\n');
        lines += byte == '\n';
    }
    REQUIRE(lines == head->headers_count + 2u);
    for (size_t i = 0; i < head->headers_count; i++) {
        REQUIRE(is_inside(head->headers[i].name, all) && is_inside(head->headers[i].value, all));
    }
    REQUIRE(head->is_old || http1_header(head, BYTES_LITERAL("host")).len != 0);
    REQUIRE(!head->is_old || (head->close && !head->is_chunked && !head->expect_continue));
    struct bytes encoding = http1_header(head, BYTES_LITERAL("transfer-encoding"));
    REQUIRE((encoding.ptr != NULL) == head->is_chunked);
    REQUIRE(!head->is_chunked || encoding.len == 7);
    struct bytes length = http1_header(head, BYTES_LITERAL("content-length"));
    uint8_t digits[20];
    struct buf text = buf_over(digits, sizeof digits);
    buf_put_decimal(&text, head->content_length);
    REQUIRE(length.ptr == NULL || !head->is_chunked);
    REQUIRE(length.ptr == NULL ? head->content_length == 0 : bytes_equal(length, buf_bytes(&text)));
}

/* Written out from the parsed form, it is read as the same. */
static void require_round_trip(const struct http1_head *head)
{
    static uint8_t memory[2 * LIMIT_HTTP_HEADER_BYTES];
    static struct http1_head other;
    struct buf out = buf_over(memory, sizeof memory);
    buf_put(&out, head->method);
    buf_put_u8(&out, ' ');
    buf_put(&out, head->target);
    buf_put_text(&out, head->is_old ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    for (size_t i = 0; i < head->headers_count; i++) {
        buf_put(&out, head->headers[i].name);
        buf_put_u8(&out, ':');
        buf_put(&out, head->headers[i].value);
        buf_put_text(&out, "\r\n");
    }
    buf_put_text(&out, "\r\n");
    struct http1_progress progress = {0};
    REQUIRE(status_is_ok(buf_check(&out)));
    REQUIRE(status_is_ok(http1_read(&progress, buf_bytes(&out), &other)));
    REQUIRE(other.len == out.len);
    require_same(head, &other);
}

/* An answer with these headers has them, each in a line of its own, or is refused. */
static void require_answer(const struct http1_head *head)
{
    static uint8_t memory[2 * LIMIT_HTTP_HEADER_BYTES];
    static struct http1_head other;
    struct buf out = buf_over(memory, sizeof memory);
    buf_put_text(&out, "GET / HTTP/1.1\r\n");
    size_t start = out.len;
    const struct http1_response response = {
        200, head->close, head->headers, head->headers_count, head->target,
    };
    if (!status_is_ok(http1_write(&response, (struct bytes){NULL, 0}, &out))) {
        REQUIRE(out.len == start);
        return;
    }
    /* But for its first line, an answer without our own headers reads as a request. */
    size_t line = bytes_find(bytes_slice(buf_bytes(&out), start, SIZE_MAX), '\n') + 1;
    memmove(memory + start, memory + start + line, out.len - start - line);
    out.len -= line;
    struct http1_progress progress = {0};
    struct status status = http1_read(&progress, buf_bytes(&out), &other);
    REQUIRE(status_is_ok(status) || status.code == STATUS_HEADERS_TOO_LARGE);
    if (status_is_ok(status)) {
        REQUIRE(other.headers_count == head->headers_count + 1u + head->close);
        REQUIRE(other.content_length == head->target.len && other.close == head->close);
    }
}

static void require_decoding(struct bytes text)
{
    static uint8_t plain[4 * LIMIT_HTTP_HEADER_BYTES];
    static uint8_t coded[4 * LIMIT_HTTP_HEADER_BYTES];
    static uint8_t again[4 * LIMIT_HTTP_HEADER_BYTES];
    struct buf once = buf_over(plain, sizeof plain);
    if (!status_is_ok(http1_decode(text, &once))) {
        REQUIRE(once.len == 0);
        return;
    }
    REQUIRE(once.len <= text.len);
    struct buf escaped = buf_over(coded, sizeof coded);
    bool has_control = false;
    for (size_t i = 0; i < once.len; i++) {
        buf_put_u8(&escaped, '%');
        buf_put_u8(&escaped, (uint8_t) "0123456789abcdef"[plain[i] >> 4]);
        buf_put_u8(&escaped, (uint8_t) "0123456789abcdef"[plain[i] & 15]);
        has_control = has_control || plain[i] < 0x20 || plain[i] == 0x7f;
    }
    struct buf twice = buf_over(again, sizeof again);
    struct status status = http1_decode(buf_bytes(&escaped), &twice);
    REQUIRE(status_is_ok(status) == !has_control);
    REQUIRE(has_control || bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
}

/* What a chunked body means, read as plainly as can be.
 * Returns: the length of it with its framing; 0 when it is not all there or not right. */
static size_t read_plainly(struct bytes text, struct buf *out)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    size_t at = 0;
    while (true) {
        char size[9] = {0};
        size_t n = 0;
        while (at < text.len && n < 9 && memchr(digits, text.ptr[at], sizeof digits - 1) != NULL) {
            size[n < 8 ? n : 7] = (char)text.ptr[at];
            n++;
            at++;
        }
        size_t chunk = strtoul(size, NULL, 16);
        bool is_line = n >= 1 && n <= 8 && text.len - at >= 2 && text.ptr[at] == '\r' &&
                       text.ptr[at + 1] == '\n';
        if (!is_line || text.len - at - 2 < chunk + 2 || chunk > out->cap - out->len) {
            return 0;
        }
        buf_put(out, bytes_slice(text, at + 2, chunk));
        at += chunk + 4;
        if (text.ptr[at - 2] != '\r' || text.ptr[at - 1] != '\n') {
            return 0;
        }
        if (chunk == 0) {
            return at;
        }
    }
}

/* All at once, and in parts whose sizes the input chooses: what the plain reading has. */
static void require_chunks(struct bytes text, size_t part_max)
{
    enum { BODY = 4096 };
    static uint8_t expected[BODY];
    static uint8_t memory[2 * BODY];
    struct buf body = buf_over(expected, sizeof expected);
    text = bytes_slice(text, 0, BODY);
    size_t whole = read_plainly(text, &body);
    struct http1_chunks chunks = {0};
    size_t kept = 0;
    size_t at = 0;
    struct status status = OK;
    while (at < text.len && !http1_chunks_end(&chunks) && status_is_ok(status)) {
        size_t len = text.len - at < part_max ? text.len - at : part_max;
        size_t body_len = 0;
        memcpy(memory + kept, text.ptr + at, len);
        at += len;
        status = http1_unchunk(&chunks, sizeof expected - kept, memory + kept, &len, &body_len);
        REQUIRE(body_len <= len && (status_is_ok(status) || body_len == 0));
        kept += body_len;
        if (http1_chunks_end(&chunks)) {
            at -= len - body_len;
        }
    }
    REQUIRE((whole != 0) == (status_is_ok(status) && http1_chunks_end(&chunks)));
    REQUIRE(whole == 0 || (at == whole && kept == body.len));
    REQUIRE(whole == 0 || memcmp(memory, expected, kept) == 0);
}

/* Answers, and requests for tunnels: framed in one way, inside what was read, and however it is
 * split. */
static void require_others(struct bytes all)
{
    static struct http1_head head;
    static struct http1_head other;
    struct http1_progress whole = {0};
    struct http1_progress parts = {0};
    unsigned http = 1;
    unsigned half = 1;
    struct status status = http1_read_answer(&whole, all, &head, &http);
    REQUIRE((head.len != 0) == (http != 0) && (http == 0 || (http >= 100 && http <= 599)));
    REQUIRE(head.len == 0 || (status_is_ok(status) && !head.is_chunked &&
                              http1_header(&head, BYTES_LITERAL("content-length")).ptr != NULL));
    struct status first =
        http1_read_answer(&parts, bytes_slice(all, 0, all.len / 2), &other, &half);
    if (status_is_ok(first) && other.len == 0) {
        first = http1_read_answer(&parts, all, &other, &half);
    }
    REQUIRE(first.code == status.code && half == http && head.len == other.len);
    whole = (struct http1_progress){0};
    status = http1_read_tunnel(&whole, all, &head);
    if (status_is_ok(status) && head.len != 0) {
        REQUIRE(bytes_equal(head.method, BYTES_LITERAL("CONNECT")) && head.target.len != 0);
        REQUIRE(bytes_find(head.target, '/') == head.target.len && head.path.len == 0);
        REQUIRE(bytes_find(head.target, '@') == head.target.len && is_inside(head.target, all));
        REQUIRE(head.content_length == 0 && !head.is_chunked && head.len <= all.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct http1_head head;
    struct bytes all = {data, len};
    require_others(all);
    struct http1_progress progress = {0};
    struct status status = http1_read(&progress, all, &head);
    require_split(all, status, &head);
    require_decoding(bytes_slice(all, 0, LIMIT_HTTP_HEADER_BYTES));
    require_chunks(all, SIZE_MAX);
    require_chunks(all, len == 0 ? 1 : 1 + data[len - 1] % 7u);
    if (head.len != 0) {
        require_chunks(bytes_slice(all, head.len, SIZE_MAX), 1);
    }
    if (!status_is_ok(status) || head.len == 0) {
        REQUIRE(head.len == 0 && head.headers_count == 0);
        return 0;
    }
    require_sane(all, &head);
    require_round_trip(&head);
    if (!head.is_old) {
        require_answer(&head);
    }
    require_decoding(head.path);
    struct bytes value;
    if (status_is_ok(http1_query(head.query, BYTES_LITERAL("a"), &value))) {
        REQUIRE(is_inside(value, head.query));
    }
    return 0;
}
