/* covers: src/codec/abi.c */
#include <stddef.h>
#include <stdint.h>

#include "codec/abi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 4096, STEPS = 64, LEVELS = 4, LIMIT = 64 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* Bytes that a failed level gives must be none, others must lie inside the frame. */
static void check_part(const struct abi_in *in, struct bytes part)
{
    if (!status_is_ok(in->status)) {
        require(part.len == 0);
        return;
    }
    require(part.len <= LIMIT && in->end <= in->frame.len && in->end % ABI_WORD == 0);
    require(part.len == 0 || (part.ptr >= in->frame.ptr + in->words * ABI_WORD &&
                              part.ptr + part.len <= in->frame.ptr + in->end));
}

static void check_word(struct abi_in *in, size_t index)
{
    static const uint8_t zero[ABI_WORD];
    uint8_t word[ABI_WORD];
    uint8_t address[ABI_ADDRESS];
    struct abi_in copy = *in; /* a wrong type must not end the walk */
    abi_in_word(&copy, index, word);
    abi_in_address(&copy, index, address);
    bool is_address = bytes_equal((struct bytes){word, 12}, (struct bytes){zero, 12});
    require(status_is_ok(copy.status) == (status_is_ok(in->status) && is_address));
    require(!is_address || bytes_equal((struct bytes){word + 12, 20}, BYTES_ARRAY(address)));
    copy = *in;
    uint64_t number = abi_in_u64(&copy, index);
    copy = *in;
    uint8_t small = abi_in_u8(&copy, index);
    bool is_small = status_is_ok(copy.status);
    copy = *in;
    bool truth = abi_in_bool(&copy, index);
    require(!is_small || number == small);
    require(!status_is_ok(copy.status) || number == (truth ? 1u : 0u));
}

/* Take the next step of a walk that the input itself steers. */
static void step(struct abi_in *level, size_t *depth, uint8_t choice)
{
    struct abi_in *in = &level[*depth];
    if (in->words == 0) {
        return;
    }
    size_t index = (choice >> 3) % in->words;
    size_t end = in->end;
    struct abi_in below;
    switch (choice & 3) {
    case 0:
        check_word(in, index);
        break;
    case 1:
        check_part(in, abi_in_bytes(in, index, LIMIT));
        break;
    case 2:
        below = abi_in_array(in, index, LIMIT);
        check_part(in, (struct bytes){NULL, 0});
        require(below.words <= LIMIT && status_is_ok(below.status) == status_is_ok(in->status));
        if (below.words != 0) {
            check_word(&below, below.words - 1);
        }
        break;
    default:
        below = abi_in_tuple(in, index, 1u + (choice >> 5));
        if (*depth + 1 < LEVELS) {
            level[++*depth] = below;
        }
        break;
    }
    require(in->end >= end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    /* The first byte is the number of heads, a few from the end steer. */
    size_t words = data[0] & 15;
    struct bytes all = {data + 1, len - 1 < LONGEST ? len - 1 : LONGEST};
    size_t whole = all.len / ABI_WORD * ABI_WORD;
    struct bytes steps = bytes_slice(all, whole, STEPS);
    struct abi_in level[LEVELS] = {abi_in_over(bytes_slice(all, 0, whole), words)};
    require(status_is_ok(level[0].status) == (words * ABI_WORD <= whole));
    size_t depth = 0;
    for (size_t i = 0; i < steps.len; i++) {
        step(level, &depth, steps.ptr[i]);
    }
    return 0;
}
