#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "net/tunnel_internal.h"

static void free_kept(struct tunnel *tunnel, struct tunnel_side *side)
{
    void *block = side->kept;
    mem_free(tunnel->home->setup.mem, &block);
    side->kept = NULL;
    side->kept_len = 0;
    side->kept_done = 0;
}

/* Returns: how many bytes it took, 0 when it takes none now, or -1. */
static ssize_t send_some(struct tunnel *tunnel, size_t index, struct bytes data)
{
    ssize_t sent = send(tunnel->side[index].fd, data.ptr, data.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (sent > 0) {
        atomic_fetch_add_explicit(&tunnel->home->bytes[index], (uint64_t)sent,
                                  memory_order_relaxed);
    }
    return sent;
}

bool tunnel_send(struct tunnel *tunnel, size_t index, struct bytes data)
{
    struct tunnel_side *side = &tunnel->side[index];
    ssize_t sent = send_some(tunnel, index, data);
    if (sent < 0 || (size_t)sent == data.len) {
        return sent >= 0;
    }
    void *block = NULL;
    struct bytes rest = bytes_slice(data, (size_t)sent, SIZE_MAX);
    if (!status_is_ok(mem_alloc(tunnel->home->setup.mem, rest.len, &block))) {
        return false;
    }
    memcpy(block, rest.ptr, rest.len);
    side->kept = block;
    side->kept_len = rest.len;
    side->kept_done = 0;
    return true;
}

static bool flush(struct tunnel *tunnel, size_t index)
{
    struct tunnel_side *side = &tunnel->side[index];
    const struct bytes rest = {side->kept + side->kept_done, side->kept_len - side->kept_done};
    ssize_t sent = side->kept == NULL ? 0 : send_some(tunnel, index, rest);
    if (sent < 0) {
        return false;
    }
    side->kept_done += (size_t)sent;
    if (side->kept != NULL && side->kept_done == side->kept_len) {
        free_kept(tunnel, side);
    }
    return true;
}

/* What one side says to the other. Returns: false when either is gone. */
static bool pull(struct tunnel *tunnel, size_t from)
{
    struct tunnels *home = tunnel->home;
    ssize_t got = recv(tunnel->side[from].fd, home->scratch, sizeof home->scratch, MSG_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (got == 0) {
        tunnel->side[from].is_read_out = true;
        return true;
    }
    return tunnel_send(tunnel, 1 - from, (struct bytes){home->scratch, (size_t)got});
}

/* Where everything that came from one side has reached the other, its end does too. */
static void pass_end(struct tunnel *tunnel, size_t to)
{
    struct tunnel_side *side = &tunnel->side[to];
    if (tunnel->side[1 - to].is_read_out && side->kept == NULL && !side->is_ended) {
        side->is_ended = true;
        (void)shutdown(side->fd, SHUT_WR);
    }
}

void tunnel_settle(struct tunnel *tunnel)
{
    for (size_t i = 0; i < TUNNEL_SIDES; i++) {
        pass_end(tunnel, i);
    }
    if (tunnel->side[TUNNEL_CLIENT].is_ended && tunnel->side[TUNNEL_HOST].is_ended) {
        tunnel_drop(tunnel, false);
        return;
    }
    for (size_t i = 0; i < TUNNEL_SIDES; i++) {
        const struct tunnel_side *side = &tunnel->side[i];
        bool is_read = !side->is_read_out && tunnel->side[1 - i].kept == NULL;
        tunnel_wait(tunnel, i,
                    (is_read ? UV_READABLE : 0) | (side->kept == NULL ? 0 : UV_WRITABLE));
    }
}

void tunnel_pass(struct tunnel *tunnel, size_t index, int events)
{
    struct tunnel_side *side = &tunnel->side[index];
    bool is_fine = (events & UV_WRITABLE) == 0 || flush(tunnel, index);
    if (is_fine && (events & UV_READABLE) != 0 && !side->is_read_out &&
        tunnel->side[1 - index].kept == NULL) {
        is_fine = pull(tunnel, index);
    }
    if (!is_fine) {
        tunnel_drop(tunnel, true);
        return;
    }
    tunnel_enter(tunnel, TUNNEL_OPEN);
    tunnel_settle(tunnel);
}
