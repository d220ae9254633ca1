/* covers: src/gateway/forwarded.c src/gateway/allow_list.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/allow_list.h"
#include "gateway/forwarded.h"

#define REQUIRE(condition)    \
    do {                      \
        if (!(condition)) {   \
            __builtin_trap(); \
        }                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What goes on is the same request, but for headers of a hop, and the node reads one of it. */
static void require_same_request(const struct http1_head *head)
{
    static uint8_t memory[FORWARDED_HEAD_MAX];
    static struct http1_head other;
    struct buf out = buf_over(memory, sizeof memory);
    struct http1_progress progress = {0};
    struct status status = forwarded_head(head, 7, &out);
    if (!status_is_ok(status)) {
        REQUIRE(status.code == STATUS_BAD_HTTP);
        return;
    }
    status = http1_read(&progress, buf_bytes(&out), &other);
    REQUIRE(status_is_ok(status) || status.code == STATUS_HEADERS_TOO_LARGE ||
            (head->is_old && status.code == STATUS_BAD_HTTP));
    if (!status_is_ok(status)) {
        return;
    }
    REQUIRE(other.len == out.len && !other.is_chunked && !other.close && other.content_length == 7);
    REQUIRE(bytes_equal(head->method, other.method) && bytes_equal(head->target, other.target));
    for (size_t i = 0; i < head->headers_count; i++) {
        struct bytes name = head->headers[i].name;
        bool is_signed = http1_same(bytes_slice(name, 0, 7), BYTES_LITERAL("coffer-"));
        if (is_signed) {
            uint8_t lower[LIMIT_HTTP_HEADER_BYTES];
            struct buf text = buf_over(lower, sizeof lower);
            for (size_t at = 0; at < name.len; at++) {
                buf_put_u8(&text, name.ptr[at] >= 'A' && name.ptr[at] <= 'Z'
                                      ? (uint8_t)(name.ptr[at] | 0x20)
                                      : name.ptr[at]);
            }
            REQUIRE(bytes_equal(http1_header(&other, buf_bytes(&text)), head->headers[i].value));
        }
    }
}

/* A path that goes on has no segment that leads up, also for who decodes it. */
static void require_plain(struct bytes path)
{
    static uint8_t memory[LIMIT_HTTP_TARGET];
    struct buf text = buf_over(memory, sizeof memory - 1);
    size_t body_max = 0;
    if (!status_is_ok(forwarded_route(path, &body_max))) {
        REQUIRE(body_max == 0);
        return;
    }
    REQUIRE(body_max != 0 && status_is_ok(http1_decode(path, &text)));
    buf_put_u8(&text, '/');
    REQUIRE(memmem(text.ptr, text.len, "/../", 4) == NULL);
    REQUIRE(memmem(text.ptr, text.len, "/./", 3) == NULL);
    REQUIRE(memmem(text.ptr, text.len, "//", 2) == NULL);
}

static void require_listed(struct bytes text)
{
    static struct allow_list list;
    struct tunnels_target target;
    list = (struct allow_list){0};
    REQUIRE(!status_is_ok(allow_list_admit(&list, text, &target)));
    if (status_is_ok(allow_list_add(&list, text))) {
        REQUIRE(status_is_ok(allow_list_admit(&list, text, &target)));
        REQUIRE(target.port != 0 && target.host[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct http1_head head;
    struct http1_progress progress = {0};
    struct bytes all = {data, len};
    require_listed(bytes_slice(all, 0, 300));
    if (status_is_ok(http1_read(&progress, all, &head)) && head.len != 0) {
        require_plain(head.path);
        require_same_request(&head);
    }
    return 0;
}
