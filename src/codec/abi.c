#include "codec/abi.h"

#include <string.h>

#include "base/checked.h"
#include "base/invariant.h"

void abi_put_selector(struct buf *buf, uint32_t selector)
{
    buf_put_u32(buf, selector);
}

void abi_put_word(struct buf *buf, const uint8_t word[static ABI_WORD])
{
    buf_put(buf, (struct bytes){word, ABI_WORD});
}

/* Append a value of less than a word, right-aligned. */
static void put_padded(struct buf *buf, struct bytes value)
{
    uint8_t word[ABI_WORD] = {0};
    memcpy(word + sizeof word - value.len, value.ptr, value.len);
    abi_put_word(buf, word);
}

void abi_put_u64(struct buf *buf, uint64_t number)
{
    uint8_t memory[8];
    struct buf value = buf_over(memory, sizeof memory);
    buf_put_u64(&value, number);
    put_padded(buf, buf_bytes(&value));
}

void abi_put_address(struct buf *buf, const uint8_t address[static ABI_ADDRESS])
{
    put_padded(buf, (struct bytes){address, ABI_ADDRESS});
}

static struct abi_in failed(struct status status)
{
    return (struct abi_in){{NULL, 0}, 0, 0, status};
}

static struct abi_in level(struct bytes frame, size_t words)
{
    size_t heads = 0;
    if (!checked_mul_size(words, ABI_WORD, &heads) || heads > frame.len) {
        return failed(FAIL(ABI_INVALID));
    }
    return (struct abi_in){frame, words, heads, OK};
}

struct abi_in abi_in_over(struct bytes data, size_t words)
{
    return data.len % ABI_WORD == 0 ? level(data, words) : failed(FAIL(ABI_INVALID));
}

struct status abi_in_check(const struct abi_in *in)
{
    return in->status;
}

static void fail(struct abi_in *in, struct status status)
{
    if (status_is_ok(in->status)) {
        in->status = status;
    }
}

/* The word at index; zeros when the level has failed. */
static const uint8_t *word_at(const struct abi_in *in, size_t index)
{
    static const uint8_t zeros[ABI_WORD];
    if (!status_is_ok(in->status)) {
        return zeros;
    }
    INVARIANT(index < in->words);
    return in->frame.ptr + index * ABI_WORD;
}

/* The last len bytes of a word whose other bytes must be zero; NULL when they are not. */
static const uint8_t *low_bytes(const uint8_t *word, size_t len)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < ABI_WORD - len; i++) {
        seen |= word[i];
    }
    return seen == 0 ? word + ABI_WORD - len : NULL;
}

static bool word_u64(const uint8_t *word, uint64_t *ret)
{
    const uint8_t *low = low_bytes(word, 8);
    *ret = 0;
    for (size_t i = 0; low != NULL && i < 8; i++) {
        *ret = *ret << 8 | low[i];
    }
    return low != NULL;
}

void abi_in_word(struct abi_in *in, size_t index, uint8_t ret[static ABI_WORD])
{
    memcpy(ret, word_at(in, index), ABI_WORD);
}

uint64_t abi_in_u64(struct abi_in *in, size_t index)
{
    uint64_t number;
    if (!word_u64(word_at(in, index), &number)) {
        fail(in, FAIL(ABI_INVALID));
    }
    return number;
}

/* A number of at most max. */
static uint8_t small(struct abi_in *in, size_t index, uint8_t max)
{
    uint64_t number = abi_in_u64(in, index);
    if (number > max) {
        fail(in, FAIL(ABI_INVALID));
        return 0;
    }
    return (uint8_t)number;
}

uint8_t abi_in_u8(struct abi_in *in, size_t index)
{
    return small(in, index, UINT8_MAX);
}

bool abi_in_bool(struct abi_in *in, size_t index)
{
    return small(in, index, 1) == 1;
}

void abi_in_address(struct abi_in *in, size_t index, uint8_t ret[static ABI_ADDRESS])
{
    const uint8_t *low = low_bytes(word_at(in, index), ABI_ADDRESS);
    memset(ret, 0, ABI_ADDRESS);
    if (low == NULL) {
        fail(in, FAIL(ABI_INVALID));
        return;
    }
    memcpy(ret, low, ABI_ADDRESS);
}

/* Where the part of a field begins: behind everything that was taken so far, with a word left. */
static bool find_part(struct abi_in *in, size_t index, size_t *ret_offset)
{
    uint64_t offset;
    bool is_number = word_u64(word_at(in, index), &offset);
    *ret_offset = 0;
    if (!status_is_ok(in->status)) {
        return false;
    }
    if (!is_number || offset % ABI_WORD != 0 || offset < in->end || offset > in->frame.len ||
        in->frame.len - offset < ABI_WORD) {
        fail(in, FAIL(ABI_INVALID));
        return false;
    }
    *ret_offset = (size_t)offset;
    return true;
}

/* A part that starts with how many units of unit bytes it has. Out: the units, padded to words. */
static struct bytes take_counted(struct abi_in *in, size_t index, size_t unit, size_t max)
{
    size_t offset;
    uint64_t count;
    if (!find_part(in, index, &offset)) {
        return (struct bytes){NULL, 0};
    }
    struct bytes part = bytes_slice(in->frame, offset, SIZE_MAX);
    if (!word_u64(part.ptr, &count) || count > (part.len - ABI_WORD) / unit) {
        fail(in, FAIL(ABI_INVALID));
        return (struct bytes){NULL, 0};
    }
    if (count > max) {
        fail(in, FAIL(ABI_LIMIT));
        return (struct bytes){NULL, 0};
    }
    struct bytes units = bytes_slice(part, ABI_WORD, (size_t)count * unit);
    /* The frame ends with a word, so that the padding is inside it. */
    in->end = offset + ABI_WORD + (units.len + ABI_WORD - 1) / ABI_WORD * ABI_WORD;
    return units;
}

struct bytes abi_in_bytes(struct abi_in *in, size_t index, size_t max)
{
    struct bytes text = take_counted(in, index, 1, max);
    for (size_t i = text.len; i % ABI_WORD != 0; i++) {
        if (text.ptr[i] != 0) {
            fail(in, FAIL(ABI_INVALID));
            return (struct bytes){NULL, 0};
        }
    }
    return text;
}

struct abi_in abi_in_array(struct abi_in *in, size_t index, size_t max)
{
    struct bytes words = take_counted(in, index, ABI_WORD, max);
    return status_is_ok(in->status) ? level(words, words.len / ABI_WORD) : failed(in->status);
}

struct abi_in abi_in_tuple(struct abi_in *in, size_t index, size_t words)
{
    size_t offset;
    if (!find_part(in, index, &offset)) {
        return failed(in->status);
    }
    in->end = in->frame.len;
    return level(bytes_slice(in->frame, offset, SIZE_MAX), words);
}
