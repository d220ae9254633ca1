#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/invariant.h"
#include "net/dial_internal.h"
#include "net/loop_internal.h"
#include "net/tunnel_internal.h"

/* --- queues ----------------------------------------------------------------------------------- */

static void leave(struct tunnel *tunnel)
{
    if (tunnel->state == TUNNEL_STATES) {
        return;
    }
    struct tunnel_queue *queue = &tunnel->home->queues[tunnel->state];
    *(tunnel->prev == NULL ? &queue->first : &tunnel->prev->next) = tunnel->next;
    *(tunnel->next == NULL ? &queue->last : &tunnel->next->prev) = tunnel->prev;
    tunnel->state = TUNNEL_STATES;
}

void tunnel_enter(struct tunnel *tunnel, enum tunnel_state state)
{
    leave(tunnel);
    struct tunnel_queue *queue = &tunnel->home->queues[state];
    tunnel->prev = queue->last;
    tunnel->next = NULL;
    *(queue->last == NULL ? &queue->first : &queue->last->next) = tunnel;
    queue->last = tunnel;
    tunnel->state = state;
    tunnel->since_ms = loop_now_ms(tunnel->home->setup.loop);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void free_block(struct tunnel *tunnel, uint8_t **block_at)
{
    void *block = *block_at;
    mem_free(tunnel->home->setup.mem, &block);
    *block_at = NULL;
}

static void let_go(struct tunnel *tunnel)
{
    tunnel->handles--;
    if (tunnel->handles == 0 && tunnel->state == TUNNEL_STATES) {
        struct tunnels *home = tunnel->home;
        void *block = tunnel;
        mem_free(home->setup.mem, &block);
        atomic_fetch_sub(&home->open, 1);
    }
}

static void on_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void close_side(struct tunnel *tunnel, size_t index, bool is_abort)
{
    struct tunnel_side *side = &tunnel->side[index];
    free_block(tunnel, &side->kept);
    if (side->fd < 0) {
        return;
    }
    if (is_abort) {
        const struct linger at_once = {1, 0};
        (void)setsockopt(side->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    uv_close((uv_handle_t *)&side->poll, on_closed);
    close(side->fd);
    side->fd = -1;
}

void tunnel_drop(struct tunnel *tunnel, bool is_abort)
{
    leave(tunnel);
    free_block(tunnel, &tunnel->head);
    close_side(tunnel, TUNNEL_CLIENT, is_abort);
    close_side(tunnel, TUNNEL_HOST, is_abort);
}

void tunnel_refuse(struct tunnel *tunnel, struct status why)
{
    struct tunnels *home = tunnel->home;
    const struct tunnels_policy *policy = &home->setup.policy;
    uint8_t body_memory[1024];
    uint8_t memory[2048];
    struct buf body = buf_over(body_memory, sizeof body_memory);
    struct buf out = buf_over(memory, sizeof memory);
    static const struct http1_header type = {{(const uint8_t *)"Content-Type", 12},
                                             {(const uint8_t *)"application/json", 16}};
    atomic_fetch_add(&home->refused, 1);
    policy->refuse(policy->context, &tunnel->target, why, &body);
    const struct http1_response response = {status_http((enum status_code)why.code), true, &type, 1,
                                            buf_bytes(&body)};
    INVARIANT(status_is_ok(http1_write(&response, (struct bytes){NULL, 0}, &out)));
    buf_put(&out, buf_bytes(&body));
    (void)send(tunnel->side[TUNNEL_CLIENT].fd, out.ptr, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(tunnel->side[TUNNEL_CLIENT].fd, SHUT_WR);
    tunnel_enter(tunnel, TUNNEL_ENDING);
    tunnel_wait(tunnel, TUNNEL_CLIENT, UV_READABLE);
}

void tunnel_expire(struct tunnel *tunnel)
{
    atomic_fetch_add(&tunnel->home->timeouts, 1);
    if (tunnel->state == TUNNEL_HEAD) {
        tunnel_refuse(tunnel, FAIL(REQUEST_TIMEOUT));
    } else if (tunnel->state == TUNNEL_DIALING || tunnel->state == TUNNEL_RESOLVING) {
        close_side(tunnel, TUNNEL_HOST, false);
        tunnel_refuse(tunnel, FAIL(TUNNEL_FAILED));
    } else {
        tunnel_drop(tunnel, true);
    }
}

/* --- the host --------------------------------------------------------------------------------- */

static void dial_next(struct tunnel *tunnel);

static bool add_side(struct tunnel *tunnel, size_t index, int fd)
{
    struct tunnel_side *side = &tunnel->side[index];
    if (uv_poll_init_socket(loop_uv(tunnel->home->setup.loop), &side->poll, fd) != 0) {
        return false;
    }
    side->poll.data = tunnel;
    side->fd = fd;
    side->events = 0;
    tunnel->handles++;
    return true;
}

static void begin_passing(struct tunnel *tunnel)
{
    const struct bytes said = BYTES_LITERAL("HTTP/1.1 200 Connected\r\n\r\n");
    struct bytes early = {tunnel->head, tunnel->head_len};
    tunnel_enter(tunnel, TUNNEL_OPEN);
    atomic_fetch_add(&tunnel->home->made, 1);
    bool is_fine = tunnel_send(tunnel, TUNNEL_CLIENT, said) &&
                   (early.len == 0 || tunnel_send(tunnel, TUNNEL_HOST, early));
    free_block(tunnel, &tunnel->head);
    if (is_fine) {
        tunnel_settle(tunnel);
    } else {
        tunnel_drop(tunnel, true);
    }
}

/* A handle of libuv is closed later; the next one needs another place. So each address has the
 * tunnel's only one once the one before is gone. */
static void on_dial_closed(uv_handle_t *handle)
{
    struct tunnel *tunnel = handle->data;
    if (tunnel->state == TUNNEL_DIALING) {
        tunnel->handles--;
        dial_next(tunnel);
    } else {
        let_go(tunnel);
    }
}

static void on_dialed(struct tunnel *tunnel)
{
    struct tunnel_side *side = &tunnel->side[TUNNEL_HOST];
    if (status_is_ok(dial_end(side->fd))) {
        begin_passing(tunnel);
        return;
    }
    uv_close((uv_handle_t *)&side->poll, on_dial_closed);
    close(side->fd);
    side->fd = -1;
}

/* The time to connect is for all addresses together. */
static void dial_next(struct tunnel *tunnel)
{
    while (tunnel->address_at < tunnel->address_count) {
        int fd = -1;
        const struct socket_address *address = &tunnel->addresses[tunnel->address_at++];
        if (!status_is_ok(dial_begin(address, &fd))) {
            continue;
        }
        if (add_side(tunnel, TUNNEL_HOST, fd)) {
            tunnel_wait(tunnel, TUNNEL_HOST, UV_WRITABLE);
            return;
        }
        close(fd);
    }
    tunnel_refuse(tunnel, FAIL(TUNNEL_FAILED));
}

/* Out: *ret; false for an address of another family. */
static bool read_address(const struct sockaddr *place, uint16_t port, struct socket_address *ret)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)place;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)place;
    *ret = (struct socket_address){.port = port};
    if (place->sa_family == AF_INET) {
        ret->kind = SOCKET_TCP4;
        memcpy(ret->ip, &v4->sin_addr, sizeof v4->sin_addr);
    } else {
        ret->kind = SOCKET_TCP6;
        memcpy(ret->ip, &v6->sin6_addr, sizeof v6->sin6_addr);
    }
    return place->sa_family == AF_INET || place->sa_family == AF_INET6;
}

/* Those that the policy lets through. Returns: why there is none. */
static struct status take_addresses(struct tunnel *tunnel, const struct addrinfo *found)
{
    const struct tunnels_policy *policy = &tunnel->home->setup.policy;
    struct status why = FAIL(TUNNEL_FAILED);
    for (; found != NULL && tunnel->address_count < TUNNEL_ADDRESSES; found = found->ai_next) {
        struct socket_address *address = &tunnel->addresses[tunnel->address_count];
        if (!read_address(found->ai_addr, tunnel->target.port, address)) {
            continue;
        }
        struct status status = policy->check(policy->context, address);
        tunnel->address_count += status_is_ok(status);
        why = status_is_ok(status) ? why : status;
    }
    return tunnel->address_count != 0 ? OK : why;
}

static void on_found(uv_getaddrinfo_t *lookup, int failure, struct addrinfo *found)
{
    struct tunnel *tunnel = lookup->data;
    if (tunnel->state != TUNNEL_RESOLVING) {
        uv_freeaddrinfo(found);
        let_go(tunnel);
        return;
    }
    tunnel->handles--;
    struct status status = failure != 0 ? FAIL(TUNNEL_FAILED) : take_addresses(tunnel, found);
    uv_freeaddrinfo(found);
    if (!status_is_ok(status)) {
        tunnel_refuse(tunnel, status);
        return;
    }
    uint64_t since_ms = tunnel->since_ms;
    tunnel_enter(tunnel, TUNNEL_DIALING);
    tunnel->since_ms = since_ms; /* one time for both; a queue may be a little out of order */
    dial_next(tunnel);
}

static void look_up(struct tunnel *tunnel)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    tunnel->lookup.data = tunnel;
    tunnel_enter(tunnel, TUNNEL_RESOLVING);
    tunnel_wait(tunnel, TUNNEL_CLIENT, 0);
    int code = uv_getaddrinfo(loop_uv(tunnel->home->setup.loop), &tunnel->lookup, on_found,
                              tunnel->target.host, NULL, &hints);
    if (code != 0) {
        tunnel_refuse(tunnel, FAIL(TUNNEL_FAILED));
        return;
    }
    tunnel->handles++;
}

/* --- the request ------------------------------------------------------------------------------ */

static void admit(struct tunnel *tunnel, const struct http1_head *head)
{
    const struct tunnels_policy *policy = &tunnel->home->setup.policy;
    struct status status = policy->admit(policy->context, head->target, &tunnel->target);
    /* What came behind the head, before the answer, is for the host. */
    tunnel->head_len -= head->len;
    memmove(tunnel->head, tunnel->head + head->len, tunnel->head_len);
    if (!status_is_ok(status)) {
        tunnel_refuse(tunnel, status);
        return;
    }
    if (tunnel->target.is_name) {
        look_up(tunnel);
        return;
    }
    tunnel->addresses[0] = tunnel->target.address;
    tunnel->address_count = 1;
    tunnel_enter(tunnel, TUNNEL_DIALING);
    tunnel_wait(tunnel, TUNNEL_CLIENT, 0);
    dial_next(tunnel);
}

static void on_head(struct tunnel *tunnel)
{
    void *block = NULL;
    if (tunnel->head == NULL &&
        !status_is_ok(mem_alloc(tunnel->home->setup.mem, LIMIT_TUNNEL_HEAD, &block))) {
        tunnel_refuse(tunnel, FAIL(OVERLOADED));
        return;
    }
    tunnel->head = tunnel->head == NULL ? block : tunnel->head;
    ssize_t got = recv(tunnel->side[TUNNEL_CLIENT].fd, tunnel->head + tunnel->head_len,
                       LIMIT_TUNNEL_HEAD - tunnel->head_len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        tunnel_drop(tunnel, false);
        return;
    }
    tunnel->head_len += (size_t)got;
    struct http1_head *head = &tunnel->home->head;
    struct status status =
        http1_read_tunnel(&tunnel->progress, (struct bytes){tunnel->head, tunnel->head_len}, head);
    if (!status_is_ok(status)) {
        tunnel_refuse(tunnel, status);
    } else if (head->len != 0) {
        admit(tunnel, head);
    } else if (tunnel->head_len == LIMIT_TUNNEL_HEAD) {
        tunnel_refuse(tunnel, FAIL(HEADERS_TOO_LARGE));
    }
}

/* --- events ----------------------------------------------------------------------------------- */

static void on_ending(struct tunnel *tunnel)
{
    struct tunnels *home = tunnel->home;
    ssize_t got =
        recv(tunnel->side[TUNNEL_CLIENT].fd, home->scratch, sizeof home->scratch, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        tunnel_drop(tunnel, false);
    }
}

static void on_event(uv_poll_t *poll, int failure, int events)
{
    struct tunnel *tunnel = poll->data;
    size_t side = poll == &tunnel->side[TUNNEL_HOST].poll ? TUNNEL_HOST : TUNNEL_CLIENT;
    if (failure != 0) {
        /* libuv waits for nothing any more. */
        tunnel->side[side].events = 0;
        if (tunnel->state == TUNNEL_DIALING && side == TUNNEL_HOST) {
            on_dialed(tunnel);
        } else {
            tunnel_drop(tunnel, true);
        }
        return;
    }
    switch (tunnel->state) {
    case TUNNEL_HEAD:
        on_head(tunnel);
        break;
    case TUNNEL_DIALING:
        on_dialed(tunnel);
        break;
    case TUNNEL_OPEN:
        tunnel_pass(tunnel, side, events);
        break;
    case TUNNEL_ENDING:
        on_ending(tunnel);
        break;
    case TUNNEL_RESOLVING:
    case TUNNEL_STATES:
    default:
        break;
    }
}

void tunnel_wait(struct tunnel *tunnel, size_t index, int events)
{
    struct tunnel_side *side = &tunnel->side[index];
    if (side->events == events) {
        return;
    }
    side->events = events;
    int code =
        events == 0 ? uv_poll_stop(&side->poll) : uv_poll_start(&side->poll, events, on_event);
    INVARIANT(code == 0);
}

struct status tunnel_new(struct tunnels *home, int fd)
{
    void *block = NULL;
    TRY(mem_alloc(home->setup.mem, sizeof(struct tunnel), &block));
    struct tunnel *tunnel = block;
    tunnel->home = home;
    tunnel->state = TUNNEL_STATES;
    tunnel->side[TUNNEL_HOST].fd = -1;
    if (!add_side(tunnel, TUNNEL_CLIENT, fd)) {
        mem_free(home->setup.mem, &block);
        return FAIL(IO);
    }
    atomic_fetch_add(&home->open, 1);
    tunnel_enter(tunnel, TUNNEL_HEAD);
    tunnel_wait(tunnel, TUNNEL_CLIENT, UV_READABLE);
    return OK;
}
