#include "base/reader.h"

struct reader reader_over(struct bytes data)
{
    return (struct reader){data, false};
}

struct bytes reader_take(struct reader *reader, size_t len)
{
    if (reader->failed || len > reader->rest.len) {
        reader->failed = true;
        reader->rest = (struct bytes){NULL, 0};
        return reader->rest;
    }
    struct bytes taken = {reader->rest.ptr, len};
    reader->rest = bytes_slice(reader->rest, len, SIZE_MAX);
    return taken;
}

static uint64_t take_big_endian(struct reader *reader, size_t width)
{
    struct bytes taken = reader_take(reader, width);
    uint64_t value = 0;
    for (size_t i = 0; i < taken.len; i++) {
        value = value << 8 | taken.ptr[i];
    }
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)take_big_endian(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)take_big_endian(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)take_big_endian(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return take_big_endian(reader, 8);
}

bool reader_done(const struct reader *reader)
{
    return !reader->failed && reader->rest.len == 0;
}
