#include "pipeline/admit.h"

#include <stddef.h>
#include <string.h>

#include "pipeline/context/service.h"

struct admitted {
    char nothing;
};

/* What DNS rebinding cannot forge: the browser sends the name that the page was loaded from. */
static bool host_is_served(const struct http1_head *head)
{
#ifdef COFFER_PRODUCTION
    (void)head;
    return true;
#else
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    struct bytes host = http1_header(head, BYTES_LITERAL("host"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct bytes name = bytes_of(names[i]);
        bool ends = host.len == name.len || (host.len > name.len && host.ptr[name.len] == ':');
        if (ends && http1_same(bytes_slice(host, 0, name.len), name)) {
            return true;
        }
    }
    return false;
#endif
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len != 0 && text.ptr[0] == ' ') {
        text = bytes_slice(text, 1, SIZE_MAX);
    }
    while (text.len != 0 && text.ptr[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

/* application/json, with no parameter other than the charset that JSON always has. */
static bool body_is_json(const struct http1_head *head)
{
    struct bytes value = http1_header(head, BYTES_LITERAL("content-type"));
    size_t end = bytes_find(value, ';');
    struct bytes type = trimmed(bytes_slice(value, 0, end));
    struct bytes parameter = trimmed(bytes_slice(value, end + 1, SIZE_MAX));
    return http1_same(type, BYTES_LITERAL("application/json")) &&
           (end == value.len || http1_same(parameter, BYTES_LITERAL("charset=utf-8")));
}

/* True unless the body is called something other than what it is. */
static bool body_is_plain(const struct http1_head *head)
{
    struct bytes coding = http1_header(head, BYTES_LITERAL("content-encoding"));
    return coding.ptr == NULL || http1_same(coding, BYTES_LITERAL("identity"));
}

bool admit_is_page(const struct http1_head *head)
{
    return http1_header(head, BYTES_LITERAL("origin")).ptr != NULL;
}

bool admit_is_empty(const struct work *work)
{
    return work->request->body.len == 0 && strcmp(work->route->method, "DELETE") == 0;
}

struct status admit_request(const struct work *work, const struct admitted **ret_admitted)
{
    static const struct admitted token;
    const struct http1_head *head = work->request->head;
    *ret_admitted = NULL;
    bool is_alone = work->worker->service->membership == NULL;
    if ((work->route->listeners & work->request->listeners) == 0 ||
        (work->route->principal == ROUTES_PEER && is_alone)) {
        return FAIL(NOT_FOUND);
    }
    if (!host_is_served(head)) {
        return FAIL(HOST_DENIED);
    }
    if (admit_is_page(head)) {
        return FAIL(ORIGIN_DENIED);
    }
    bool has_body = work->route->body_max != 0 && !admit_is_empty(work);
    if (has_body && !body_is_plain(head)) {
        return FAIL(CONTENT_ENCODING);
    }
    if (has_body && !body_is_json(head)) {
        return FAIL(MEDIA_TYPE);
    }
    *ret_admitted = &token;
    return OK;
}
