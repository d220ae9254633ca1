/* A bounded writer over memory of the caller that remembers an overflow until it is asked.
 *
 * Writers put field after field and check once at the end. Used wherever bytes are made. */
#ifndef COFFER_BASE_BUF_H
#define COFFER_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/invariant.h"
#include "base/status.h"

/* Bounded writer over memory of the caller. Once a write did not fit, failed stays set and every
 * later write does nothing. */
struct buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    bool failed;
};

/* For the memory of a local writer: the compiler shall not fill it with zeros first. Of what a buf
 * writes into nobody reads more than it wrote, and a text is short where its longest is not. */
#define BUF_LOCAL __attribute__((uninitialized))

/* A writer over memory [cap]. */
struct buf buf_over(uint8_t *memory, size_t cap);

/* Reserve len bytes and return where they start, or NULL (and failed) when they do not fit. */
static inline uint8_t *buf_reserve(struct buf *buf, size_t len)
{
    INVARIANT(buf->len <= buf->cap);
    if (buf->failed || len > buf->cap - buf->len) {
        buf->failed = true;
        return NULL;
    }
    uint8_t *start = buf->ptr + buf->len;
    buf->len += len;
    return start;
}

/* Append. A write that does not fit writes nothing and sets failed. */
static inline void buf_put(struct buf *buf, struct bytes data)
{
    uint8_t *to = buf_reserve(buf, data.len);
    if (to != NULL && data.len != 0) {
        memcpy(to, data.ptr, data.len);
    }
}
static inline void buf_put_u8(struct buf *buf, uint8_t value)
{
    if (buf->failed || buf->len >= buf->cap) {
        buf->failed = true;
        return;
    }
    buf->ptr[buf->len++] = value;
}
void buf_put_u16(struct buf *buf, uint16_t value); /* big-endian, as all below */
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);

/* Append the text of a string of our own. */
static inline void buf_put_text(struct buf *buf, const char *text)
{
    buf_put(buf, bytes_of(text));
}

/* Append value in decimal, without sign or padding. */
void buf_put_decimal(struct buf *buf, uint64_t value);

/* The same of a big-endian integer of 256 bits. */
void buf_put_decimal_u256(struct buf *buf, const uint8_t value[static 32]);

/* Append value in decimal, with a minus sign where it is negative. */
void buf_put_signed(struct buf *buf, int64_t value);

/* What has been written so far. */
struct bytes buf_bytes(const struct buf *buf);

/* Returns: OK, or BUFFER_FULL when any write did not fit. */
struct status buf_check(const struct buf *buf);

#endif
