/* covers: src/cluster/handoff.c */
#include <string.h>

#include "cluster/handoff.h"
#include "fixtures/simulated_module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { WALL_MS = 1700000000 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static struct status fill(void *context, uint8_t *out, size_t len)
{
    uint8_t *last = context;
    for (size_t i = 0; i < len; i++) {
        out[i] = ++*last;
    }
    return OK;
}

/* One exchange as it should be: curves are slow, so it is made once. */
static uint8_t random_byte;
static struct simulated_module module = {.measurement = {7}, .wall_ms = WALL_MS};
static const struct handoff_other side = {module.measurement, WALL_MS};
static struct handoff_ports ports;
static const struct handoff_ends ends = {
    .domain = {0xd0}, .asker = {{1}}, .holder = {{2}}, .nonce = {3}};
static struct handoff_asking asking;
static uint8_t request_memory[HANDOFF_REQUEST_MAX];
static uint8_t answer_memory[HANDOFF_ANSWER_MAX];
static struct buf request;
static struct buf answer;

static void exchange(void)
{
    static bool is_made;
    const struct handoff_epochs epochs = {.count = 2, .list = {0, 1}};
    const struct handoff_roots roots = {.count = 2, .list = {{0, {{0x11}}}, {1, {{0x22}}}}};
    struct handoff_request read;
    if (is_made) {
        return;
    }
    is_made = true;
    ports = (struct handoff_ports){{&random_byte, fill}, simulated_port(&module)};
    request = buf_over(request_memory, sizeof request_memory);
    answer = buf_over(answer_memory, sizeof answer_memory);
    require(status_is_ok(handoff_ask(&ports, &ends, &epochs, &request, &asking)));
    require(status_is_ok(handoff_read_request(&ports, &ends, &side, buf_bytes(&request), &read)));
    require(status_is_ok(handoff_answer(&ports, &read, &roots, &answer)));
}

/* A host that changes a good message: each edit is a place, u16, and what is added there. A last
 * odd byte cuts. Returns: what is left. */
static struct bytes edit(const struct buf *good, struct bytes edits, uint8_t *memory)
{
    size_t len = good->len;
    memcpy(memory, good->ptr, len);
    for (; edits.len >= 3; edits = bytes_slice(edits, 3, edits.len - 3)) {
        size_t at = ((size_t)edits.ptr[0] << 8 | edits.ptr[1]) % good->len;
        memory[at] = (uint8_t)(memory[at] + edits.ptr[2]);
    }
    if (edits.len != 0) {
        len -= edits.ptr[0] % (len + 1);
    }
    return (struct bytes){memory, len};
}

static void read_request(struct bytes message)
{
    static const struct handoff_request none;
    struct handoff_request read;
    struct status status = handoff_read_request(&ports, &ends, &side, message, &read);
    /* Epochs alone are not bound: with others nobody can open what comes of it. */
    size_t before = HANDOFF_ASK;
    size_t after = HANDOFF_ASK + 1 + 8;
    bool is_good =
        message.len == request.len &&
        bytes_equal((struct bytes){message.ptr, before}, (struct bytes){request.ptr, before}) &&
        bytes_equal((struct bytes){message.ptr + after, message.len - after},
                    (struct bytes){request.ptr + after, message.len - after});
    require(!status_is_ok(status) || is_good);
    require(status_is_ok(status) || memcmp(&read, &none, sizeof none) == 0);
}

static void open_answer(struct bytes message)
{
    static const struct handoff_roots none;
    struct handoff_roots roots;
    struct status status = handoff_open(&ports, &asking, &side, message, &roots);
    require(status_is_ok(status) == bytes_equal(message, buf_bytes(&answer)));
    require(status_is_ok(status) || memcmp(&roots, &none, sizeof none) == 0);
    handoff_roots_wipe(&roots);
}

static void read_others(struct bytes message)
{
    uint8_t nonce[HANDOFF_NONCE];
    uint8_t again[HANDOFF_HAVE];
    enum handoff_holds holds;
    struct buf out = buf_over(again, sizeof again);
    (void)handoff_message_type(message);
    if (status_is_ok(handoff_read_ask(message, ends.domain))) {
        handoff_put_ask(ends.domain, &out);
        require(bytes_equal(message, buf_bytes(&out)));
    } else if (status_is_ok(handoff_read_have(message, &holds, nonce))) {
        handoff_put_have(holds, nonce, &out);
        require(bytes_equal(message, buf_bytes(&out)));
    }
}

/* The first byte says what the rest is: edits of a good request or answer, or a whole message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t memory[HANDOFF_ANSWER_MAX];
    if (len < 1 || len > sizeof memory) {
        return 0;
    }
    secret_allow_unlocked();
    exchange();
    struct bytes rest = {data + 1, len - 1};
    switch (data[0] % 3) {
    case 0:
        read_request(edit(&request, rest, memory));
        break;
    case 1:
        open_answer(edit(&answer, rest, memory));
        break;
    default:
        read_others(rest);
        read_request(rest);
        open_answer(rest);
        break;
    }
    return 0;
}
