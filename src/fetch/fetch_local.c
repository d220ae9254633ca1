#include "fetch/fetch_local.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/vectors.h"

enum {
    HEAD_MAX = 4096, /* of an answer, and what came with it */
    SENT_MAX = 512,  /* of a request's head */
    PORT_MAX = 65535,
};

/* An answer on its way. What follows its head may be secret. */
struct answer {
    uint8_t start[HEAD_MAX];
    size_t len;    /* that came, until the head ended */
    size_t head;   /* of it, the head */
    unsigned http; /* its status */
    bool has_length;
    bool closes;
    uint64_t length;
};

static void answer_wipe(struct answer *answer)
{
    secret_wipe(answer, sizeof *answer);
}

static uint64_t now_ms(void)
{
    const struct clock clock = clock_system();
    return clock_monotonic_ms(&clock);
}

/* Digits alone, up to a bound. */
static bool read_number(struct bytes text, uint64_t max, uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *ret > max / 10) {
            return false;
        }
        *ret = *ret * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len != 0 && *ret <= max;
}

/* --- where it is ------------------------------------------------------------------------------ */

static bool read_port(struct bytes text, uint16_t *ret_port)
{
    uint64_t number = 80;
    if (text.len != 0 &&
        (text.ptr[0] != ':' || !read_number(bytes_slice(text, 1, text.len), PORT_MAX, &number))) {
        return false;
    }
    *ret_port = (uint16_t)number;
    return true;
}

struct status fetch_local_init(struct fetch_local *local, const char *url, uint32_t timeout_ms)
{
    const struct bytes v4 = BYTES_LITERAL("http://127.0.0.1");
    const struct bytes v6 = BYTES_LITERAL("http://[::1]");
    struct bytes text = bytes_of(url);
    uint16_t port = 0;
    *local = (struct fetch_local){.fd = -1, .timeout_ms = timeout_ms};
    bool is_v4 = bytes_starts(text, v4);
    size_t host = is_v4 ? v4.len : v6.len;
    if ((!is_v4 && !bytes_starts(text, v6)) || text.len - 7 >= sizeof local->host ||
        !read_port(bytes_slice(text, host, text.len), &port)) {
        return FAIL(CONFIG_INVALID);
    }
    memcpy(local->host, text.ptr + 7, text.len - 7);
    local->is_v6 = !is_v4;
    local->port = port;
    return OK;
}

void fetch_local_deinit(struct fetch_local *local)
{
    if (local->fd >= 0) {
        (void)close(local->fd);
    }
    local->fd = -1;
}

/* --- the connection --------------------------------------------------------------------------- */

static bool connect_to(const struct fetch_local *local)
{
    const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                                    .sin6_port = htons(local->port),
                                    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr_in v4 = {.sin_family = AF_INET,
                                   .sin_port = htons(local->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return (local->is_v6 ? connect(local->fd, (const struct sockaddr *)&v6, sizeof v6)
                         : connect(local->fd, (const struct sockaddr *)&v4, sizeof v4)) == 0;
}

static struct status open_connection(struct fetch_local *local)
{
    const struct timeval most = {.tv_sec = local->timeout_ms / 1000,
                                 .tv_usec = local->timeout_ms % 1000 * 1000};
    const int yes = 1;
    local->fd = socket(local->is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (local->fd < 0) {
        return FAIL(UNAVAILABLE);
    }
    bool is_set = setsockopt(local->fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) == 0 &&
                  setsockopt(local->fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == 0 &&
                  setsockopt(local->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == 0;
    if (!is_set || !connect_to(local)) {
        fetch_local_deinit(local);
        return FAIL(UNAVAILABLE);
    }
    return OK;
}

/* An idle connection has nothing to say; one that has was closed, or is out of step. */
static bool is_idle(const struct fetch_local *local)
{
    uint8_t byte;
    ssize_t got = recv(local->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

static struct status failed(void)
{
    bool is_late = errno == EAGAIN || errno == EINPROGRESS;
    return is_late ? FAIL(REQUEST_TIMEOUT) : FAIL(UNAVAILABLE);
}

static struct status send_all(const struct fetch_local *local, struct bytes head, struct bytes body)
{
    struct iovec list[2];
    struct vectors left = vectors_of((const struct bytes[]){head, body}, 2, list);
    while (left.first < left.count) {
        const struct msghdr message = {.msg_iov = left.list + left.first,
                                       .msg_iovlen = left.count - left.first};
        ssize_t wrote = sendmsg(local->fd, &message, MSG_NOSIGNAL);
        if (wrote < 0 && errno != EINTR) {
            return failed();
        }
        vectors_advance(&left, wrote > 0 ? (size_t)wrote : 0);
    }
    return OK;
}

/* Wait for something to read, where the socket's own timeout is more than what is left. */
static struct status wait_readable(const struct fetch_local *local, uint64_t deadline_ms)
{
    struct pollfd ready = {.fd = local->fd, .events = POLLIN};
    uint64_t now = now_ms();
    bool is_there = now < deadline_ms && poll(&ready, 1, (int)(deadline_ms - now)) != 0;
    return is_there ? OK : FAIL(REQUEST_TIMEOUT);
}

/* Some bytes, at least one unless the server closed. */
static struct status receive(const struct fetch_local *local, uint8_t *to, size_t cap,
                             size_t *ret_len)
{
    ssize_t got = -1;
    *ret_len = 0;
    do {
        got = recv(local->fd, to, cap, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return failed();
    }
    *ret_len = (size_t)got;
    return OK;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* The next line of a head, without its end. */
static struct bytes take_line(struct bytes *rest)
{
    size_t len = bytes_find(*rest, '\n');
    struct bytes line = bytes_slice(*rest, 0, len);
    *rest = bytes_slice(*rest, len + 1, rest->len);
    return line.len != 0 && line.ptr[line.len - 1] == '\r' ? bytes_slice(line, 0, line.len - 1)
                                                           : line;
}

/* The value of a line, if it is of this header. */
static bool is_header(struct bytes line, const char *name, struct bytes *ret_value)
{
    size_t len = strlen(name);
    if (line.len <= len || line.ptr[len] != ':' ||
        strncasecmp((const char *)line.ptr, name, len) != 0) {
        return false;
    }
    *ret_value = bytes_slice(line, len + 1, line.len);
    while (ret_value->len != 0 && ret_value->ptr[0] == ' ') {
        *ret_value = bytes_slice(*ret_value, 1, ret_value->len);
    }
    return true;
}

static bool read_header(struct answer *answer, struct bytes line)
{
    struct bytes value;
    if (is_header(line, "content-length", &value)) {
        bool is_again = answer->has_length;
        answer->has_length = true;
        return !is_again && read_number(value, SIZE_MAX / 2, &answer->length);
    }
    if (is_header(line, "connection", &value)) {
        answer->closes |= value.len == 5 && strncasecmp((const char *)value.ptr, "close", 5) == 0;
    }
    return !is_header(line, "transfer-encoding", &value);
}

/* Status and headers. Without a length the body ends with the connection. */
static struct status read_head(struct answer *answer)
{
    struct bytes rest = {answer->start, answer->head};
    struct bytes line = take_line(&rest);
    uint64_t http = 0;
    bool is_1 = bytes_starts(line, BYTES_LITERAL("HTTP/1.1 ")) ||
                bytes_starts(line, BYTES_LITERAL("HTTP/1.0 "));
    bool ends = line.len == 12 || (line.len > 12 && line.ptr[12] == ' ');
    if (!is_1 || !ends || !read_number(bytes_slice(line, 9, 3), 599, &http) || http < 200) {
        return FAIL(IO);
    }
    answer->closes = line.ptr[7] == '0';
    while (rest.len != 0) {
        if (!read_header(answer, take_line(&rest))) {
            return FAIL(IO);
        }
    }
    answer->closes |= !answer->has_length;
    answer->http = (unsigned)http;
    return OK;
}

/* The length of a head that is whole, with the empty line; 0 when it is not. */
static size_t head_len(struct bytes text)
{
    const uint8_t *end = memmem(text.ptr, text.len, "\r\n\r\n", 4);
    return end == NULL ? 0 : (size_t)(end - text.ptr) + 4;
}

static struct status receive_head(const struct fetch_local *local, uint64_t deadline_ms,
                                  struct answer *answer)
{
    while (answer->head == 0) {
        size_t got = 0;
        if (answer->len == sizeof answer->start) {
            return FAIL(IO);
        }
        if (answer->len != 0) {
            TRY(wait_readable(local, deadline_ms));
        }
        TRY(receive(local, answer->start + answer->len, sizeof answer->start - answer->len, &got));
        if (got == 0) {
            return answer->len == 0 ? FAIL(UNAVAILABLE) : FAIL(IO);
        }
        answer->len += got;
        answer->head = head_len((struct bytes){answer->start, answer->len});
    }
    return read_head(answer);
}

/* The body: what came with the head, then the rest of it, and no byte more. */
static struct status receive_body(const struct fetch_local *local, uint64_t deadline_ms,
                                  const struct answer *answer, struct buf *ret)
{
    uint64_t have = answer->len - answer->head;
    if (answer->has_length && have > answer->length) {
        return FAIL(IO);
    }
    buf_put(ret, (struct bytes){answer->start + answer->head, (size_t)have});
    if (ret->failed || (answer->has_length && answer->length - have > ret->cap - ret->len)) {
        return FAIL(BUFFER_FULL);
    }
    while (!answer->has_length || have < answer->length) {
        size_t got = 0;
        uint8_t spare;
        bool is_full = ret->len == ret->cap;
        uint64_t left = answer->has_length ? answer->length - have : SIZE_MAX;
        size_t cap = is_full ? 1 : ret->cap - ret->len;
        TRY(wait_readable(local, deadline_ms));
        TRY(receive(local, is_full ? &spare : ret->ptr + ret->len, left < cap ? (size_t)left : cap,
                    &got));
        if (got == 0) {
            return answer->has_length ? FAIL(IO) : OK;
        }
        if (is_full) {
            return FAIL(BUFFER_FULL);
        }
        ret->len += got;
        have += got;
    }
    return OK;
}

/* --- a call ----------------------------------------------------------------------------------- */

static struct status write_head(const struct fetch_local *local, const char *path,
                                struct bytes body, struct buf *out)
{
    buf_put_text(out, body.len == 0 ? "GET " : "POST ");
    buf_put_text(out, path);
    buf_put_text(out, " HTTP/1.1\r\nHost: ");
    buf_put_text(out, local->host);
    if (body.len != 0) {
        buf_put_text(out, "\r\nContent-Type: application/json\r\nContent-Length: ");
        buf_put_decimal(out, body.len);
    }
    buf_put_text(out, "\r\n\r\n");
    return out->failed ? FAIL(CONFIG_INVALID) : OK;
}

/* A request, and how long it may take. */
struct sent {
    struct bytes head;
    struct bytes body;
    uint64_t deadline_ms;
};

static struct status exchange(struct fetch_local *local, const struct sent *sent,
                              struct answer *answer)
{
    TRY(send_all(local, sent->head, sent->body));
    return receive_head(local, sent->deadline_ms, answer);
}

/* Once more on a new connection, if an old one ended before it said anything. */
static struct status exchange_anywhere(struct fetch_local *local, const struct sent *sent,
                                       struct answer *answer)
{
    if (local->fd >= 0 && is_idle(local)) {
        struct status status = exchange(local, sent, answer);
        if (status.code != STATUS_UNAVAILABLE || answer->len != 0) {
            return status;
        }
    }
    fetch_local_deinit(local);
    TRY(open_connection(local));
    return exchange(local, sent, answer);
}

struct status fetch_local_call(struct fetch_local *local, const char *path, struct bytes body,
                               struct buf *ret_answer, unsigned *ret_http)
{
    uint8_t memory[SENT_MAX];
    struct buf head = buf_over(memory, sizeof memory);
    __attribute__((cleanup(answer_wipe))) struct answer answer = {.len = 0};
    *ret_http = 0;
    TRY(write_head(local, path, body, &head));
    const struct sent sent = {buf_bytes(&head), body, now_ms() + local->timeout_ms};
    struct status status = exchange_anywhere(local, &sent, &answer);
    if (status_is_ok(status)) {
        status = receive_body(local, sent.deadline_ms, &answer, ret_answer);
    }
    if (!status_is_ok(status) || answer.closes) {
        fetch_local_deinit(local);
    }
    TRY(status);
    *ret_http = answer.http;
    return OK;
}
