/* Byte views: how byte strings travel. A struct bytes borrows and never owns. Used everywhere. */
#ifndef COFFER_BASE_BYTES_H
#define COFFER_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed, read-only. ptr may be NULL only when len is 0. Public data: comparing is not constant
 * time; secrets are compared with ct_equal. */
struct bytes {
    const uint8_t *ptr;
    size_t len;
};

/* A view of a string literal, without its NUL. */
#define BYTES_LITERAL(literal) \
    ((struct bytes){(const uint8_t *)("" literal), sizeof("" literal) - 1})

/* A view of a whole array object. */
#define BYTES_ARRAY(array) ((struct bytes){(const uint8_t *)(array), sizeof(array)})

/* A view of a NUL-terminated string of our own (never of network data). */
static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* True if both have the same length and content. Timing: depends on both. */
bool bytes_equal(struct bytes a, struct bytes b);

/* True if text starts with prefix. */
bool bytes_starts(struct bytes text, struct bytes prefix);

/* Less than, equal, greater than zero as in byte order; a prefix comes first. */
int bytes_compare(struct bytes a, struct bytes b);

/* The part from offset on, at most len bytes; clipped to what there is. */
struct bytes bytes_slice(struct bytes all, size_t offset, size_t len);

/* Index of the first such byte, or len when there is none. */
size_t bytes_find(struct bytes all, uint8_t byte);

#endif
