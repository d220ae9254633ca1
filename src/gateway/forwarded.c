#include "gateway/forwarded.h"

#include <stdbool.h>
#include <string.h>

/* --- paths --- */

static const struct {
    struct bytes name;
    size_t body_max;
    bool has_more; /* paths below */
} families[] = {
    {{(const uint8_t *)"/nonce", 6}, LIMIT_BODY_IGNORED, false},
    {{(const uint8_t *)"/kms", 4}, LIMIT_BODY_APP, true},
    {{(const uint8_t *)"/sync", 5}, LIMIT_BODY_SYNC_V1, true},
    {{(const uint8_t *)"/v1", 3}, LIMIT_BODY_STARKNET_SIGN, true},
};

/* Segments as somebody would see them who undoes what is undone once. */
static bool is_plain(struct bytes path)
{
    uint8_t memory[LIMIT_HTTP_TARGET];
    struct buf text = buf_over(memory, sizeof memory);
    if (!status_is_ok(http1_decode(path, &text))) {
        return false;
    }
    size_t begin = 1;
    for (size_t at = 1; at <= text.len; at++) {
        bool is_end = at == text.len || memory[at] == '/' || memory[at] == '\\';
        size_t len = at - begin;
        if (is_end && (len == 0 || (len == 1 && memory[begin] == '.') ||
                       (len == 2 && memory[begin] == '.' && memory[begin + 1] == '.'))) {
            return false;
        }
        begin = is_end ? at + 1 : begin;
    }
    return true;
}

struct status forwarded_route(struct bytes path, size_t *ret_body_max)
{
    *ret_body_max = 0;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct bytes rest = bytes_slice(path, families[i].name.len, SIZE_MAX);
        bool is_of_it = bytes_starts(path, families[i].name) &&
                        (rest.len == 0 || (families[i].has_more && rest.ptr[0] == '/'));
        if (is_of_it && is_plain(path)) {
            *ret_body_max = families[i].body_max;
            return OK;
        }
    }
    return FAIL(NOT_FOUND);
}

/* --- headers --- */

static bool is_one_of(struct bytes name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (http1_same(name, bytes_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* For one hop, or said anew for the next one. */
static bool is_of_hop(struct bytes name)
{
    static const char *const names[] = {
        "connection",         "keep-alive", "proxy-connection", "te",     "proxy-authorization",
        "proxy-authenticate", "trailer",    "upgrade",          "expect", "transfer-encoding",
        "content-length",
    };
    return is_one_of(name, names, sizeof names / sizeof names[0]);
}

/* For the node, whatever a hop says. */
static bool is_of_end(struct bytes name)
{
    static const char *const names[] = {"host",          "origin",          "cookie",
                                        "authorization", "idempotency-key", "x-request-id"};
    static const char *const begins[] = {"content-", "coffer-", "x-app-", "x-kms-", "x-sync-"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        struct bytes begin = bytes_of(begins[i]);
        if (http1_same(bytes_slice(name, 0, begin.len), begin)) {
            return true;
        }
    }
    return is_one_of(name, names, sizeof names / sizeof names[0]);
}

/* The next item of a list, without spaces around it. */
static struct bytes next_item(struct bytes *list)
{
    size_t end = bytes_find(*list, ',');
    struct bytes item = bytes_slice(*list, 0, end);
    *list = bytes_slice(*list, end + 1, SIZE_MAX);
    while (item.len != 0 && item.ptr[0] == ' ') {
        item = bytes_slice(item, 1, SIZE_MAX);
    }
    while (item.len != 0 && item.ptr[item.len - 1] == ' ') {
        item.len--;
    }
    return item;
}

static bool is_same_name(struct bytes a, struct bytes b)
{
    uint8_t memory[64];
    struct buf lower = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < b.len; i++) {
        buf_put_u8(&lower, b.ptr[i] >= 'A' && b.ptr[i] <= 'Z' ? b.ptr[i] | 0x20 : b.ptr[i]);
    }
    return !lower.failed && http1_same(a, buf_bytes(&lower));
}

/* True where Connection says that a header is for this hop. */
static bool is_named(const struct http1_head *head, struct bytes name)
{
    for (size_t i = 0; i < head->headers_count; i++) {
        struct bytes list = head->headers[i].value;
        if (!http1_same(head->headers[i].name, BYTES_LITERAL("connection"))) {
            continue;
        }
        while (list.len != 0) {
            if (is_same_name(name, next_item(&list))) {
                return true;
            }
        }
    }
    return false;
}

static struct status check_connection(const struct http1_head *head)
{
    for (size_t i = 0; i < head->headers_count; i++) {
        struct bytes list = head->headers[i].value;
        bool is_list = http1_same(head->headers[i].name, BYTES_LITERAL("connection"));
        while (is_list && list.len != 0) {
            if (is_of_end(next_item(&list))) {
                return FAIL(BAD_HTTP);
            }
        }
    }
    return OK;
}

static void put_header(struct buf *out, struct bytes name, struct bytes value)
{
    buf_put(out, name);
    buf_put_text(out, ": ");
    buf_put(out, value);
    buf_put_text(out, "\r\n");
}

struct status forwarded_head(const struct http1_head *head, size_t body_len, struct buf *out)
{
    TRY(check_connection(head));
    bool has_body = head->is_chunked || body_len != 0 ||
                    http1_header(head, BYTES_LITERAL("content-length")).ptr != NULL;
    buf_put(out, head->method);
    buf_put_u8(out, ' ');
    buf_put(out, head->target);
    buf_put_text(out, " HTTP/1.1\r\n");
    for (size_t i = 0; i < head->headers_count; i++) {
        const struct http1_header *header = &head->headers[i];
        if (!is_of_hop(header->name) && !is_named(head, header->name)) {
            put_header(out, header->name, header->value);
        }
    }
    if (has_body) {
        buf_put_text(out, "Content-Length: ");
        buf_put_decimal(out, body_len);
        buf_put_text(out, "\r\n");
    }
    buf_put_text(out, "\r\n");
    return buf_check(out);
}

size_t forwarded_back(const struct http1_head *head,
                      struct http1_header ret_headers[static LIMIT_HTTP_HEADERS])
{
    size_t count = 0;
    for (size_t i = 0; i < head->headers_count; i++) {
        const struct http1_header *header = &head->headers[i];
        if (!is_of_hop(header->name) && !is_named(head, header->name) &&
            !http1_same(header->name, BYTES_LITERAL("date"))) {
            ret_headers[count++] = *header;
        }
    }
    return count;
}
