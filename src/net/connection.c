#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/invariant.h"
#include "base/secret.h"
#include "net/connection_internal.h"
#include "net/http_server_internal.h"
#include "net/loop_internal.h"

/* --- queues ----------------------------------------------------------------------------------- */

static void leave(struct connection *c)
{
    if (c->state == CONNECTION_STATES) {
        return;
    }
    struct connection_queue *queue = &c->home->queues[c->state];
    *(c->prev == NULL ? &queue->first : &c->prev->next) = c->next;
    *(c->next == NULL ? &queue->last : &c->next->prev) = c->prev;
    c->home->held -= c->state == CONNECTION_HANDLING;
    c->state = CONNECTION_STATES;
}

/* To come to another state is progress, however it came about: each is entered a bounded number of
 * times before a request is answered. */
static void order(struct connection *c)
{
    struct places *places = &c->home->places;
    if (c->state == CONNECTION_HANDLING) {
        places_take(places, &c->place);
    } else if (c->state == CONNECTION_READING) {
        places_put(places, &c->place, PLACES_READING);
    } else if (c->state == CONNECTION_WRITING) {
        places_put(places, &c->place, PLACES_WRITING);
    } else {
        places_put(places, &c->place, PLACES_QUIET);
    }
    c->moved = 0;
}

void connection_moved(struct connection *c, size_t len)
{
    c->moved += len;
    if (c->moved >= LIMIT_HTTP_PROGRESS) {
        order(c);
    }
}

void connection_enter(struct connection *c, enum connection_state state)
{
    leave(c);
    struct connection_queue *queue = &c->home->queues[state];
    c->prev = queue->last;
    c->next = NULL;
    *(queue->last == NULL ? &queue->first : &queue->last->next) = c;
    queue->last = c;
    c->state = state;
    c->since_ms = loop_now_ms(c->home->loop);
    c->home->held += state == CONNECTION_HANDLING;
    order(c);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void forget(struct connection *c)
{
    struct connection_home *home = c->home;
    void *block = c;
    mem_free(home->memory, &block);
    atomic_fetch_sub(&home->assigned, 1);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    struct connection_home *home = c->home;
    connection_free_input(c);
    connection_free_output(c);
    places_leave(&home->places, &c->place);
    forget(c);
    home->live--;
    http_server_check(home);
}

void connection_drop(struct connection *c)
{
    if (c->state == CONNECTION_STATES) {
        return;
    }
    /* Memory goes when libuv is done: the handler may still be looking at the request. */
    bool is_writing = c->state == CONNECTION_WRITING;
    leave(c);
    places_take(&c->home->places, &c->place);
    places_give(&c->home->places, &c->place, PLACES_CONNECTIONS, 1);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    if (is_writing) {
        /* What the system took of the answer would stay in its memory for as long again. */
        const struct linger at_once = {1, 0};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    close(c->fd);
    c->fd = -1;
}

void connection_drop_all(struct connection_home *home, enum connection_state state)
{
    while (home->queues[state].first != NULL) {
        connection_drop(home->queues[state].first);
    }
}

/* --- requests --------------------------------------------------------------------------------- */

/* Has the handler answer what it will not get to handle. */
static void refuse(struct connection *c, struct status why, bool is_fatal)
{
    const struct http_server_handler *handler = c->home->handler;
    c->is_last = c->is_last || is_fatal;
    c->request.body = (struct bytes){NULL, 0};
    connection_enter(c, CONNECTION_HANDLING);
    c->home->called = c;
    handler->refuse(handler->context, &c->request, why);
    c->home->called = NULL;
    if (is_fatal) {
        connection_free_input(c);
    }
}

static bool is_within_rate(struct connection *c)
{
    uint64_t now_ns = loop_now_ms(c->home->loop) * 1000000;
    return rate_table_take(c->home->rates, c->peer, now_ns);
}

/* Everything that is decided on the head alone. */
static struct status admit(struct connection *c)
{
    const struct http_server_handler *handler = c->home->handler;
    const struct http1_head *head = &c->home->head;
    c->is_admitted = true;
    c->is_last = c->is_last || head->close;
    c->is_bodiless = bytes_equal(head->method, BYTES_LITERAL("HEAD"));
    c->request_len = head->len;
    if (!is_within_rate(c)) {
        return FAIL(RATE_LIMITED);
    }
    size_t body_max = 0;
    TRY(handler->head(handler->context, &c->request, &body_max));
    INVARIANT(body_max <= SIZE_MAX / 2);
    if (head->content_length > body_max) {
        return FAIL(BODY_TOO_LARGE);
    }
    c->request_len = head->len + (size_t)head->content_length;
    if (head->is_chunked) {
        c->request_len += body_max + LIMIT_HTTP_CHUNK_ROOM;
        c->unchunked = head->len;
        c->body_left = body_max;
        c->chunks = (struct http1_chunks){0};
    }
    return OK;
}

/* Tells a client that waits with its body to go on. */
static void invite_body(struct connection *c)
{
    struct bytes text = http1_continue();
    ssize_t sent = send(c->fd, text.ptr, text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != (ssize_t)text.len) {
        connection_drop(c);
    }
}

static void handle(struct connection *c, struct bytes body)
{
    const struct http_server_handler *handler = c->home->handler;
    c->request.body = body;
    connection_enter(c, CONNECTION_HANDLING);
    handler->handle(handler->context, &c->request);
}

/* A request whose head is not taken: the rest of it may be skipped only when it is here. */
static size_t skip(struct connection *c, struct bytes data, struct status why)
{
    const struct http1_head *head = &c->home->head;
    bool is_whole = !head->is_chunked && head->content_length <= data.len - head->len;
    size_t used = is_whole ? head->len + (size_t)head->content_length : data.len;
    refuse(c, why, !is_whole);
    return used;
}

/* Take the framing out of what came of an admitted request's body.
 * In: data, in memory of this loop or this connection. Out: data, shorter by the framing;
 *     *ret_whole, whether all of the request is there: then its length is known too. */
static struct status unframe(struct connection *c, struct bytes *data, bool *ret_whole)
{
    if (c->unchunked == 0) {
        *ret_whole = data->len >= c->request_len;
        return OK;
    }
    uint8_t *fresh = (uint8_t *)(uintptr_t)data->ptr + c->unchunked;
    size_t len = data->len - c->unchunked;
    size_t body_len = 0;
    *ret_whole = false;
    TRY(http1_unchunk(&c->chunks, c->body_left, fresh, &len, &body_len));
    data->len = c->unchunked + len;
    c->unchunked += body_len;
    c->body_left -= body_len;
    *ret_whole = http1_chunks_end(&c->chunks);
    c->request_len = *ret_whole ? c->unchunked : c->request_len;
    return OK;
}

/* Take one request off the start of data, if it is all there.
 * Out: data, without the framing of a chunked body.
 * Returns: how many bytes are done with; 0 when there is something to wait for. */
static size_t take_request(struct connection *c, struct bytes *data)
{
    struct http1_head *head = &c->home->head;
    bool is_whole = false;
    struct status framing = c->is_admitted ? unframe(c, data, &is_whole) : OK;
    if (c->is_admitted && status_is_ok(framing) && !is_whole) {
        return 0;
    }
    struct status status = http1_read(&c->progress, *data, head);
    if (!status_is_ok(status)) {
        bool is_counted = is_within_rate(c);
        refuse(c, is_counted ? status : FAIL(RATE_LIMITED), true);
        return data->len;
    }
    if (head->len == 0) {
        return 0;
    }
    /* The head is read once more when the whole body is there: its bytes may have moved. */
    c->progress = (struct http1_progress){0};
    if (!c->is_admitted) {
        status = admit(c);
        if (!status_is_ok(status)) {
            return skip(c, *data, status);
        }
        framing = unframe(c, data, &is_whole);
    }
    if (!status_is_ok(framing)) {
        refuse(c, framing, true);
        return data->len;
    }
    if (is_whole) {
        handle(c, bytes_slice(*data, head->len, c->request_len - head->len));
        return c->request_len;
    }
    if (head->expect_continue && data->len == head->len) {
        invite_body(c);
    }
    return 0;
}

/* --- input ------------------------------------------------------------------------------------ */

/* Make room for more input. What the body is said to be is never taken in advance: memory follows
 * what really came, at most twice. */
static struct status grow(struct connection *c, size_t cap)
{
    if (c->is_admitted && c->state == CONNECTION_READING && cap > c->request_len) {
        cap = c->request_len;
    }
    void *block = NULL;
    TRY(connection_alloc(c, PLACES_INPUT, cap, &block));
    size_t len = c->in_len;
    if (len != 0) {
        memcpy(block, c->in, len);
    }
    connection_free_input(c);
    c->in = block;
    c->in_len = len;
    c->in_cap = cap;
    return OK;
}

/* Keep what is left of the input; it may lie in the connection's memory already. */
static struct status keep(struct connection *c, struct bytes rest)
{
    enum { FIRST = 1024 };
    if (rest.len <= c->in_cap) {
        memmove(c->in, rest.ptr, rest.len);
    } else {
        connection_free_input(c);
        TRY(grow(c, rest.len < FIRST ? FIRST : rest.len));
        memcpy(c->in, rest.ptr, rest.len);
    }
    c->in_len = rest.len;
    return OK;
}

/* After the requests that were whole: wait for the rest of the next one. */
static void settle(struct connection *c, struct bytes rest)
{
    bool is_reading = c->state == CONNECTION_IDLE || c->state == CONNECTION_READING;
    bool is_busy = c->state == CONNECTION_HANDLING || c->state == CONNECTION_WRITING;
    if (rest.len == 0 || !(is_reading || (is_busy && !c->is_last))) {
        connection_free_input(c);
        return;
    }
    if (c->state == CONNECTION_IDLE) {
        connection_enter(c, CONNECTION_READING);
    }
    if (status_is_ok(keep(c, rest))) {
        return;
    }
    if (c->state == CONNECTION_READING) {
        refuse(c, FAIL(OVERLOADED), true);
    } else {
        c->is_last = true;
    }
}

static void process(struct connection *c, struct bytes data)
{
    struct connection_home *home = c->home;
    home->called = c;
    while (data.len != 0 && (c->state == CONNECTION_IDLE || c->state == CONNECTION_READING)) {
        size_t used = take_request(c, &data);
        if (used == 0) {
            break;
        }
        data = bytes_slice(data, used, SIZE_MAX);
        home->called = c;
    }
    home->called = NULL;
    settle(c, data);
}

static void on_readable(struct connection *c)
{
    struct connection_home *home = c->home;
    bool is_partial = c->in_len != 0;
    if (is_partial && c->in_len == c->in_cap && !status_is_ok(grow(c, 2 * c->in_cap))) {
        refuse(c, FAIL(OVERLOADED), true);
        return;
    }
    uint8_t *to = is_partial ? c->in + c->in_len : home->in;
    size_t room = is_partial ? c->in_cap - c->in_len : sizeof home->in;
    ssize_t got = recv(c->fd, to, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        connection_drop(c);
        return;
    }
    if (is_partial) {
        c->in_len += (size_t)got;
        connection_moved(c, (size_t)got);
        process(c, (struct bytes){c->in, c->in_len});
    } else {
        process(c, (struct bytes){home->in, (size_t)got});
        secret_wipe(home->in, (size_t)got);
    }
}

/* Throw away, so that the system does not reset the connection before the client has read. */
static void on_lingering(struct connection *c)
{
    ssize_t got = recv(c->fd, c->home->in, sizeof c->home->in, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    c->dropped += got > 0 ? (size_t)got : 0;
    if (got <= 0 || c->dropped > LIMIT_HTTP_LINGER_BYTES) {
        connection_drop(c);
    }
}

static void on_event(uv_poll_t *poll, int failure, int events)
{
    struct connection *c = poll->data;
    if (failure != 0) {
        /* libuv waits for nothing any more. */
        c->events = 0;
        if (c->state == CONNECTION_HANDLING) {
            c->is_gone = true;
        } else {
            connection_drop(c);
        }
        return;
    }
    switch (c->state) {
    case CONNECTION_IDLE:
    case CONNECTION_READING:
        on_readable(c);
        break;
    case CONNECTION_WRITING:
        if ((events & UV_WRITABLE) != 0) {
            connection_flush(c);
        }
        break;
    case CONNECTION_LINGERING:
        on_lingering(c);
        break;
    case CONNECTION_HANDLING:
    case CONNECTION_RESUMING:
    case CONNECTION_STATES:
    default:
        /* One request at a time: what comes early stays in the socket. */
        connection_wait(c, 0);
        break;
    }
}

void connection_wait(struct connection *c, int events)
{
    if (c->events == events) {
        return;
    }
    c->events = events;
    int code = events == 0 ? uv_poll_stop(&c->poll) : uv_poll_start(&c->poll, events, on_event);
    INVARIANT(code == 0);
}

/* --- between requests ------------------------------------------------------------------------- */

void connection_resume(void *context)
{
    struct connection_home *home = context;
    struct connection_queue *queue = &home->queues[CONNECTION_RESUMING];
    home->is_resuming = false;
    while (queue->first != NULL) {
        struct connection *c = queue->first;
        connection_enter(c, CONNECTION_IDLE);
        process(c, (struct bytes){c->in, c->in_len});
    }
    http_server_check(home);
}

void connection_answered(struct connection *c)
{
    struct connection_home *home = c->home;
    connection_free_output(c);
    c->is_admitted = false;
    c->is_bodiless = false;
    c->unchunked = 0;
    c->progress = (struct http1_progress){0};
    c->request.user = NULL;
    c->request.next = NULL;
    if (c->is_last) {
        shutdown(c->fd, SHUT_WR);
        connection_enter(c, CONNECTION_LINGERING);
    } else if (c->in_len != 0 && home->called != c) {
        connection_enter(c, CONNECTION_RESUMING);
        if (!home->is_resuming) {
            home->is_resuming = true;
            loop_defer(home->loop, &home->resume);
        }
    } else {
        connection_enter(c, CONNECTION_IDLE);
    }
    connection_wait(c, UV_READABLE);
}

/* --- deadlines -------------------------------------------------------------------------------- */

static struct connection *first_before(struct connection_home *home, enum connection_state state,
                                       uint64_t limit_ms)
{
    struct connection *c = home->queues[state].first;
    return c != NULL && loop_now_ms(home->loop) - c->since_ms >= limit_ms ? c : NULL;
}

static void time_out(struct connection *c)
{
    struct http1_progress fresh = {0};
    atomic_fetch_add(&c->home->timeouts, 1);
    if (c->state != CONNECTION_READING) {
        connection_drop(c);
        return;
    }
    /* So that the handler can say what timed out, as far as it is known. */
    struct status status = http1_read(&fresh, (struct bytes){c->in, c->in_len}, &c->home->head);
    refuse(c, status_is_ok(status) ? FAIL(REQUEST_TIMEOUT) : status, true);
}

void connection_expire(struct connection_home *home)
{
    const struct http_server_limits *limits = home->limits;
    const struct {
        enum connection_state state;
        uint64_t limit_ms;
    } rows[] = {
        {CONNECTION_READING, limits->request_ms},
        {CONNECTION_IDLE, limits->idle_ms},
        {CONNECTION_WRITING, limits->write_ms},
        {CONNECTION_LINGERING, LIMIT_HTTP_LINGER_MS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct connection *c = first_before(home, rows[i].state, rows[i].limit_ms);
        while (c != NULL) {
            time_out(c);
            c = first_before(home, rows[i].state, rows[i].limit_ms);
        }
    }
}

/* --- the start -------------------------------------------------------------------------------- */

/* A full loop makes room; if nobody else can go, it is the new one. */
static void attach(void *context)
{
    struct connection *c = context;
    struct connection_home *home = c->home;
    struct places *places = &home->places;
    if (!status_is_ok(places_join(places, &c->place, c->peer))) {
        atomic_fetch_add(&home->evicted, 1);
        close(c->fd);
        forget(c);
        return;
    }
    INVARIANT(uv_poll_init_socket(loop_uv(home->loop), &c->poll, c->fd) == 0);
    c->poll.data = c;
    home->live++;
    bool has_room = places_fits(places, PLACES_CONNECTIONS, 1);
    places_use(places, &c->place, PLACES_CONNECTIONS, 1);
    connection_enter(c, CONNECTION_IDLE);
    connection_wait(c, UV_READABLE);
    if (home->is_ending) {
        connection_drop(c);
    } else if (!has_room) {
        connection_evict(places_choose(places, PLACES_CONNECTIONS));
    }
}

struct status connection_new(struct connection_home *home, int fd, struct rate_table_key peer,
                             size_t listener, bool is_local)
{
    void *block = NULL;
    TRY(mem_alloc(home->memory, sizeof(struct connection), &block));
    struct connection *c = block;
    c->home = home;
    c->fd = fd;
    c->peer = peer;
    c->state = CONNECTION_STATES;
    c->request.head = &home->head;
    c->request.loop = home->index;
    c->request.listener = listener;
    c->request.is_local = is_local;
    c->attach = (struct loop_task){attach, c, NULL};
    atomic_fetch_add(&home->assigned, 1);
    atomic_fetch_add(&home->accepted, 1);
    if (loop_is_current(home->loop)) {
        attach(c);
    } else {
        loop_post(home->loop, &c->attach);
    }
    return OK;
}
