#include "base/vectors.h"

/* These calls take mutable pointers, but do not write through them. */
static struct iovec vector_of(struct bytes part)
{
    union {
        const uint8_t *in;
        void *out;
    } base = {part.ptr};
    return (struct iovec){base.out, part.len};
}

struct vectors vectors_of(const struct bytes *parts, size_t count, struct iovec *list)
{
    struct vectors vectors = {list, 0, count};
    for (size_t i = 0; i < count; i++) {
        list[i] = vector_of(parts[i]);
    }
    vectors_advance(&vectors, 0);
    return vectors;
}

void vectors_advance(struct vectors *vectors, size_t written)
{
    struct iovec *list = vectors->list;
    while (vectors->first < vectors->count && written >= list[vectors->first].iov_len) {
        written -= list[vectors->first].iov_len;
        vectors->first++;
    }
    if (vectors->first < vectors->count) {
        list[vectors->first].iov_base = (uint8_t *)list[vectors->first].iov_base + written;
        list[vectors->first].iov_len -= written;
    }
}
