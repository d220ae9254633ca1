/* Several pieces in one system call, and what is left of them when it took only some bytes.
 *
 * Used by whatever writes a head and a body, or records, at once. */
#ifndef COFFER_BASE_VECTORS_H
#define COFFER_BASE_VECTORS_H

#include <stddef.h>
#include <sys/uio.h>

#include "base/bytes.h"

/* Pieces that are still to be written: first to count of them. */
struct vectors {
    struct iovec *list;
    size_t first;
    size_t count;
};

/* In: parts [count]; list, room for as many, which lives as long. */
struct vectors vectors_of(const struct bytes *parts, size_t count, struct iovec *list);

/* Skip what was written, and pieces without bytes: all is done when first is count.
 * In: written, no more than is left. */
void vectors_advance(struct vectors *vectors, size_t written);

#endif
