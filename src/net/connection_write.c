#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/invariant.h"
#include "net/connection_internal.h"

static struct connection *connection_of(struct http_request *request)
{
    struct connection *c =
        (struct connection *)(void *)((char *)request - offsetof(struct connection, request));
    INVARIANT(c->state == CONNECTION_HANDLING);
    CHECKED(loop_is_current(c->home->loop));
    return c;
}

/* An answer, as the two parts that it is sent in. */
struct parts {
    struct bytes head;
    struct bytes body;
};

/* The present second as a header has it; nothing without a clock. */
static struct bytes date_now(struct connection_home *home)
{
    const struct clock *clock = home->clock;
    if (clock->wall == NULL) {
        return (struct bytes){NULL, 0};
    }
    uint64_t now_ms = clock_wall(clock).hi_ms;
    if (now_ms / 1000 != home->date_s) {
        struct buf text = buf_over(home->date, sizeof home->date);
        utc_put_http(&text, now_ms);
        home->date_s = now_ms / 1000;
    }
    return BYTES_ARRAY(home->date);
}

static struct parts write_parts(struct connection *c, const struct http1_response *response)
{
    struct http1_response own = *response;
    struct buf head = buf_over(c->home->out, sizeof c->home->out);
    c->is_last = c->is_last || response->close || c->home->is_ending;
    own.close = c->is_last;
    INVARIANT(status_is_ok(http1_write(&own, date_now(c->home), &head)));
    struct bytes body = c->is_bodiless ? (struct bytes){NULL, 0} : response->body;
    return (struct parts){buf_bytes(&head), body};
}

/* Keep what is left of an answer after skipped bytes. */
static struct status keep_parts(struct connection *c, const struct parts *parts, size_t skipped)
{
    size_t len = parts->head.len + parts->body.len - skipped;
    void *block = NULL;
    TRY(connection_alloc(c, PLACES_OUTPUT, len, &block));
    struct buf out = buf_over(block, len);
    buf_put(&out, bytes_slice(parts->head, skipped, SIZE_MAX));
    size_t in_body = skipped > parts->head.len ? skipped - parts->head.len : 0;
    buf_put(&out, bytes_slice(parts->body, in_body, SIZE_MAX));
    INVARIANT(out.len == len);
    c->out = block;
    c->out_len = len;
    c->out_done = 0;
    return OK;
}

/* Returns: how many bytes the system took, or -1 when the client is gone. */
static ssize_t send_parts(struct connection *c, const struct parts *parts)
{
    struct iovec iov[2] = {
        {(void *)(uintptr_t)parts->head.ptr, parts->head.len},
        {(void *)(uintptr_t)parts->body.ptr, parts->body.len},
    };
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
    enum { FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT };
    ssize_t sent = parts->body.len == 0 ? send(c->fd, parts->head.ptr, parts->head.len, FLAGS)
                                        : sendmsg(c->fd, &message, FLAGS);
    return sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : sent;
}

static void wait_until_taken(struct connection *c)
{
    connection_enter(c, CONNECTION_WRITING);
    connection_wait(c, UV_WRITABLE);
}

void http_server_respond(struct http_request *request, const struct http1_response *response)
{
    struct connection *c = connection_of(request);
    connection_free_output(c);
    if (c->is_gone) {
        connection_drop(c);
        return;
    }
    struct parts parts = write_parts(c, response);
    ssize_t sent = send_parts(c, &parts);
    if (sent == (ssize_t)(parts.head.len + parts.body.len)) {
        connection_answered(c);
    } else if (sent < 0 || !status_is_ok(keep_parts(c, &parts, (size_t)sent))) {
        connection_drop(c);
    } else {
        wait_until_taken(c);
    }
}

struct status http_server_stage(struct http_request *request, const struct http1_response *response)
{
    struct connection *c = connection_of(request);
    connection_free_output(c);
    bool was_last = c->is_last;
    struct parts parts = write_parts(c, response);
    if (!status_is_ok(keep_parts(c, &parts, 0))) {
        c->is_last = was_last;
        return FAIL(OVERLOADED);
    }
    return OK;
}

void http_server_release(struct http_request *request)
{
    struct connection *c = connection_of(request);
    INVARIANT(c->out != NULL);
    if (c->is_gone) {
        connection_drop(c);
        return;
    }
    connection_flush(c);
}

void connection_flush(struct connection *c)
{
    const struct parts parts = {
        {c->out + c->out_done, c->out_len - c->out_done},
        {NULL, 0},
    };
    ssize_t sent = send_parts(c, &parts);
    if (sent < 0) {
        connection_drop(c);
        return;
    }
    c->out_done += (size_t)sent;
    if (c->out_done == c->out_len) {
        connection_answered(c);
    } else if (c->state != CONNECTION_WRITING) {
        wait_until_taken(c);
    } else {
        connection_moved(c, (size_t)sent);
    }
}
