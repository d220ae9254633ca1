/* A cursor over borrowed bytes that stays failed once it failed.
 *
 * Parsers read field after field and ask once at the end. Used by every parser of binary data. */
#ifndef COFFER_BASE_READER_H
#define COFFER_BASE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct reader {
    struct bytes rest;
    bool failed;
};

/* A reader at the start of data, which must outlive it. */
struct reader reader_over(struct bytes data);

/* Take the next integer, big-endian. A short read fails the reader and gives 0. */
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);

/* Take the next len bytes as a view. A short read fails the reader and gives an empty view. */
struct bytes reader_take(struct reader *reader, size_t len);

/* True when nothing failed and nothing is left. */
bool reader_done(const struct reader *reader);

#endif
