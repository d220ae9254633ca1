/* covers: src/net/http1_parse.c src/net/http1_write.c */
#include <stddef.h>
#include <stdint.h>
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
    REQUIRE(http1_header(head, BYTES_LITERAL("host")).len != 0);
    REQUIRE(http1_header(head, BYTES_LITERAL("transfer-encoding")).ptr == NULL);
    struct bytes length = http1_header(head, BYTES_LITERAL("content-length"));
    uint8_t digits[20];
    struct buf text = buf_over(digits, sizeof digits);
    buf_put_decimal(&text, head->content_length);
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
    buf_put_text(&out, " HTTP/1.1\r\n");
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
    if (!status_is_ok(http1_write(&response, &out))) {
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct http1_head head;
    struct bytes all = {data, len};
    struct http1_progress progress = {0};
    struct status status = http1_read(&progress, all, &head);
    require_split(all, status, &head);
    require_decoding(bytes_slice(all, 0, LIMIT_HTTP_HEADER_BYTES));
    if (!status_is_ok(status) || head.len == 0) {
        REQUIRE(head.len == 0 && head.headers_count == 0);
        return 0;
    }
    require_sane(all, &head);
    require_round_trip(&head);
    require_answer(&head);
    require_decoding(head.path);
    struct bytes value;
    if (status_is_ok(http1_query(head.query, BYTES_LITERAL("a"), &value))) {
        REQUIRE(is_inside(value, head.query));
    }
    return 0;
}
