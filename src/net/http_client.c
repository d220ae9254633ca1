#include "net/http_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "net/dial_internal.h"
#include "net/loop_internal.h"

enum { TICK_MS = 100 };

/* Its state is the queue it is in; a queue is in the order of entering, so that its first is the
 * first to run out of time. */
enum line_state {
    LINE_DIALING,
    LINE_ASKING,
    LINE_IDLE,
    LINE_STATES, /* in no queue: closed */
};

struct line {
    uv_poll_t poll;
    struct http_client *client;
    struct line *prev;
    struct line *next;
    enum line_state state;
    uint64_t since_ms;
    int fd;
    int events; /* that poll waits for */
    bool is_head;
    uint8_t *out; /* the request; NULL when it is taken */
    size_t out_len;
    size_t out_done;
    uint8_t *in; /* what came of the answer */
    size_t in_len;
    size_t in_cap;
    struct http1_progress progress;
    size_t answer_len; /* with its head; 0 while that is not known */
    void (*done)(void *context, const struct http_client_answer *answer);
    void *context;
};

struct line_queue {
    struct line *first;
    struct line *last;
};

struct http_client {
    struct http_client_setup setup;
    struct line_queue queues[LINE_STATES];
    size_t lines; /* in queues */
    bool is_stopped;
    uv_timer_t tick;
    struct loop_task stop;
    struct http1_head head;
    uint8_t first[LIMIT_HTTP_READ]; /* where an answer is read that has no memory yet */
};

/* --- queues --- */

static void leave(struct line *line)
{
    struct line_queue *queue = &line->client->queues[line->state];
    *(line->prev == NULL ? &queue->first : &line->prev->next) = line->next;
    *(line->next == NULL ? &queue->last : &line->next->prev) = line->prev;
    line->state = LINE_STATES;
    line->client->lines--;
}

static void enter(struct line *line, enum line_state state)
{
    if (line->state != LINE_STATES) {
        leave(line);
    }
    struct line_queue *queue = &line->client->queues[state];
    line->prev = queue->last;
    line->next = NULL;
    *(queue->last == NULL ? &queue->first : &queue->last->next) = line;
    queue->last = line;
    line->state = state;
    line->since_ms = loop_now_ms(line->client->setup.loop);
    line->client->lines++;
}

/* --- the end of a connection --- */

static void free_block(struct line *line, uint8_t **block_at)
{
    void *block = *block_at;
    mem_free(line->client->setup.mem, &block);
    *block_at = NULL;
}

static void forget_exchange(struct line *line)
{
    free_block(line, &line->out);
    free_block(line, &line->in);
    line->out_len = line->out_done = line->in_len = line->in_cap = line->answer_len = 0;
    line->progress = (struct http1_progress){0};
    line->done = NULL;
}

static void on_closed(uv_handle_t *handle)
{
    struct line *line = handle->data;
    void *block = line;
    mem_free(line->client->setup.mem, &block);
}

static void drop(struct line *line)
{
    leave(line);
    forget_exchange(line);
    uv_close((uv_handle_t *)&line->poll, on_closed);
    close(line->fd);
}

/* The connection goes first: whoever is told may ask anew. */
static void fail(struct line *line, struct status why)
{
    void (*done)(void *, const struct http_client_answer *) = line->done;
    void *context = line->context;
    const struct http_client_answer answer = {.status = why};
    drop(line);
    if (done != NULL) {
        done(context, &answer);
    }
}

/* --- an exchange --- */

static void on_event(uv_poll_t *poll, int failure, int events);

static void wait_for(struct line *line, int events)
{
    if (line->events != events) {
        line->events = events;
        INVARIANT(uv_poll_start(&line->poll, events, on_event) == 0);
    }
}

/* Returns: false when the server is not there any more. */
static bool flush(struct line *line)
{
    if (line->out == NULL) {
        return true;
    }
    ssize_t sent = send(line->fd, line->out + line->out_done, line->out_len - line->out_done,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        return false;
    }
    line->out_done += sent > 0 ? (size_t)sent : 0;
    if (line->out_done == line->out_len) {
        free_block(line, &line->out);
    }
    wait_for(line, line->out == NULL ? UV_READABLE : UV_READABLE | UV_WRITABLE);
    return true;
}

/* The answer is whole. The connection is ready for the next request before anybody is told. */
static void finish(struct line *line, struct bytes data)
{
    struct http_client *client = line->client;
    const struct http1_head *head = &client->head;
    uint8_t *memory = line->in;
    void (*done)(void *, const struct http_client_answer *) = line->done;
    void *context = line->context;
    struct http_client_answer answer = {.status = OK, .head = head};
    struct http1_progress progress = {0};
    INVARIANT(status_is_ok(http1_read_answer(&progress, data, &client->head, &answer.http)));
    answer.body = line->is_head ? (struct bytes){NULL, (size_t)head->content_length}
                                : bytes_slice(data, head->len, (size_t)head->content_length);
    bool is_over = head->close || line->out != NULL || data.len != line->answer_len;
    line->in = NULL;
    forget_exchange(line);
    if (is_over) {
        drop(line);
    } else {
        enter(line, LINE_IDLE);
    }
    done(context, &answer);
    void *block = memory;
    mem_free(client->setup.mem, &block);
}

/* How long the answer will be, once its head is there. */
static struct status look_at_head(struct line *line, struct bytes data)
{
    struct http_client *client = line->client;
    struct http1_head *head = &client->head;
    unsigned http = 0;
    if (line->answer_len != 0) {
        return OK;
    }
    TRY(http1_read_answer(&line->progress, data, head, &http));
    if (head->len == 0) {
        return OK;
    }
    bool has_none = http < 200 || http == 204 || http == 205 || http == 304;
    if (has_none || head->content_length > client->setup.answer_max) {
        return FAIL(NODE_SILENT);
    }
    line->answer_len = head->len + (line->is_head ? 0 : (size_t)head->content_length);
    return OK;
}

/* Keep what came so far, with room for more: memory follows what came, twice at most. */
static struct status keep(struct line *line, struct bytes data)
{
    void *block = NULL;
    size_t cap = data.len < 4096 ? 8192 : 2 * data.len;
    if (line->answer_len != 0 && cap > line->answer_len) {
        cap = line->answer_len;
    }
    if (line->in != NULL && line->in_len < line->in_cap) {
        return OK;
    }
    TRY(mem_alloc(line->client->setup.mem, cap, &block));
    memcpy(block, data.ptr, data.len);
    free_block(line, &line->in);
    line->in = block;
    line->in_len = data.len;
    line->in_cap = cap;
    return OK;
}

static void on_readable(struct line *line)
{
    bool is_kept = line->in != NULL;
    uint8_t *to = is_kept ? line->in + line->in_len : line->client->first;
    size_t room = is_kept ? line->in_cap - line->in_len : sizeof line->client->first;
    ssize_t got = recv(line->fd, to, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0 || line->state != LINE_ASKING) {
        fail(line, FAIL(NODE_SILENT)); /* of a connection without a request nobody is told */
        return;
    }
    line->in_len += is_kept ? (size_t)got : 0;
    struct bytes data = is_kept ? (struct bytes){line->in, line->in_len}
                                : (struct bytes){line->client->first, (size_t)got};
    struct status status = look_at_head(line, data);
    if (!status_is_ok(status)) {
        fail(line, FAIL(NODE_SILENT));
    } else if (line->answer_len != 0 && data.len >= line->answer_len) {
        finish(line, data);
    } else if (!status_is_ok(keep(line, data))) {
        fail(line, FAIL(OVERLOADED));
    }
}

static void on_dialed(struct line *line)
{
    if (!status_is_ok(dial_end(line->fd))) {
        fail(line, FAIL(NODE_AWAY));
        return;
    }
    enter(line, LINE_ASKING);
    if (!flush(line)) {
        fail(line, FAIL(NODE_AWAY));
    }
}

static void on_event(uv_poll_t *poll, int failure, int events)
{
    struct line *line = poll->data;
    if (failure != 0 || line->state == LINE_DIALING) {
        if (line->state == LINE_DIALING && failure == 0) {
            on_dialed(line);
        } else {
            fail(line, line->state == LINE_DIALING ? FAIL(NODE_AWAY) : FAIL(NODE_SILENT));
        }
        return;
    }
    /* An answer may be there though not all of the request was taken. */
    if ((events & UV_READABLE) != 0) {
        on_readable(line);
    } else if (!flush(line)) {
        fail(line, FAIL(NODE_SILENT));
    }
}

/* --- requests --- */

static struct status connect_line(struct http_client *client, struct line **ret)
{
    void *block = NULL;
    int fd = -1;
    *ret = NULL;
    if (client->lines >= client->setup.connections ||
        !status_is_ok(mem_alloc(client->setup.mem, sizeof(struct line), &block))) {
        return FAIL(OVERLOADED);
    }
    struct line *line = block;
    uv_loop_t *uv = loop_uv(client->setup.loop);
    if (!status_is_ok(dial_begin(&client->setup.address, &fd)) ||
        uv_poll_init_socket(uv, &line->poll, fd) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        mem_free(client->setup.mem, &block);
        return FAIL(NODE_AWAY);
    }
    line->poll.data = line;
    line->client = client;
    line->fd = fd;
    line->state = LINE_STATES;
    enter(line, LINE_DIALING);
    wait_for(line, UV_WRITABLE);
    *ret = line;
    return OK;
}

static struct status copy_request(struct line *line, const struct http_client_request *request)
{
    size_t len = request->head.len + request->body.len;
    void *block = NULL;
    TRY(mem_alloc(line->client->setup.mem, len, &block));
    struct buf out = buf_over(block, len);
    buf_put(&out, request->head);
    buf_put(&out, request->body);
    line->out = block;
    line->out_len = len;
    line->out_done = 0;
    line->is_head = request->is_head;
    line->done = request->done;
    line->context = request->context;
    return OK;
}

/* Over one that waits, the last that was used first; those that the server closed go. */
static struct line *ask_idle(struct http_client *client, const struct http_client_request *request)
{
    while (client->queues[LINE_IDLE].last != NULL) {
        struct line *line = client->queues[LINE_IDLE].last;
        if (!status_is_ok(copy_request(line, request))) {
            return NULL;
        }
        enter(line, LINE_ASKING);
        if (flush(line)) {
            return line;
        }
        drop(line);
    }
    return NULL;
}

struct status http_client_send(struct http_client *client,
                               const struct http_client_request *request)
{
    CHECKED(loop_is_current(client->setup.loop));
    struct line *line = client->is_stopped ? NULL : ask_idle(client, request);
    if (client->is_stopped) {
        return FAIL(OVERLOADED);
    }
    if (line != NULL) {
        return OK;
    }
    TRY(connect_line(client, &line));
    if (!status_is_ok(copy_request(line, request))) {
        drop(line);
        return FAIL(OVERLOADED);
    }
    return OK;
}

/* --- deadlines, start and end --- */

static void expire(struct http_client *client, enum line_state state, uint64_t limit_ms,
                   struct status why)
{
    struct line *line = client->queues[state].first;
    while (line != NULL && loop_now_ms(client->setup.loop) - line->since_ms >= limit_ms) {
        fail(line, why);
        line = client->queues[state].first;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct http_client *client = timer->data;
    expire(client, LINE_DIALING, client->setup.connect_ms, FAIL(NODE_AWAY));
    expire(client, LINE_ASKING, client->setup.answer_ms, FAIL(NODE_SILENT));
    expire(client, LINE_IDLE, client->setup.idle_ms, OK);
}

static void stop(void *context)
{
    struct http_client *client = context;
    client->is_stopped = true;
    for (int state = 0; state < LINE_STATES; state++) {
        while (client->queues[state].first != NULL) {
            drop(client->queues[state].first);
        }
    }
    uv_close((uv_handle_t *)&client->tick, NULL);
}

struct status http_client_open(const struct http_client_setup *setup, struct http_client **ret)
{
    void *block = NULL;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct http_client), &block));
    struct http_client *client = block;
    client->setup = *setup;
    client->stop = (struct loop_task){stop, client, NULL};
    INVARIANT(uv_timer_init(loop_uv(setup->loop), &client->tick) == 0);
    client->tick.data = client;
    INVARIANT(uv_timer_start(&client->tick, on_tick, TICK_MS, TICK_MS) == 0);
    *ret = client;
    return OK;
}

void http_client_stop(struct http_client *client)
{
    loop_post(client->setup.loop, &client->stop);
}

void http_client_close(struct http_client **client_at)
{
    struct http_client *client = *client_at;
    if (client == NULL) {
        return;
    }
    INVARIANT(client->lines == 0);
    void *block = client;
    mem_free(client->setup.mem, &block);
    *client_at = NULL;
}
