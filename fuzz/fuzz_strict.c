/* covers: src/cluster/strict/strict_serve.c src/cluster/strict/strict_hear.c */
#include <string.h>

#include "cluster/strict/strict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static struct status fill(void *context, uint8_t *out, size_t len)
{
    static uint64_t random = 1;
    (void)context;
    for (size_t i = 0; i < len; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(random >> 56);
    }
    return OK;
}

/* What a member that has turned bad can say, as a request and as an answer: each is answered or
 * refused, and nothing is kept. The first byte chooses: whether its head is made good, and whether
 * it is an answer too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t message[8192];
    static uint8_t memory[STRICT_BODY_MAX];
    static const struct strict_member other = {{0xbb}, {9}};
    const struct strict_peer_known known = {{0xbb}, {9}, true};
    struct mem mem;
    struct strict *strict;
    struct strict_member to;
    uint64_t due_ms;
    if (len < 1 || len > sizeof message) {
        return 0;
    }
    mem_init(&mem, (size_t)16 << 20);
    struct strict_setup setup = {.mem = &mem,
                                 .entropy = {NULL, fill},
                                 .self = {{0xaa}, {1}},
                                 .bytes_max = 1 << 15,
                                 .is_first = true};
    struct status status = strict_open(&setup, 1000, &strict);
    require(status_is_ok(status));
    strict_look(strict, 1000, &known, 1);
    struct buf out = buf_over(memory, sizeof memory);
    bool is_there = strict_next(strict, 1000, &out, &to, &due_ms);
    require(is_there && out.len > 16);
    memcpy(message, data + 1, len - 1);
    if ((data[0] & 1) != 0 && len > 16) {
        memcpy(message, memory, 16); /* number and hash of its set */
    }
    struct buf answer = buf_over(memory, sizeof memory);
    strict_serve(strict, 1000, &other, (struct bytes){message, len - 1}, &answer);
    require(answer.len <= STRICT_BODY_MAX);
    if ((data[0] & 2) != 0) {
        strict_answered(strict, 1001, &other, (struct bytes){message, len - 1});
    }
    strict_tick(strict, 1);
    out = buf_over(memory, sizeof memory);
    strict_next(strict, 20000, &out, &to, &due_ms);
    strict_close(&strict);
    require(mem_used(&mem) == 0);
    return 0;
}
