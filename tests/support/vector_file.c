#include "support/vector_file.h"

#include <stdio.h>

#include "base/arena.h"

struct json_in vector_file_root(const char *name)
{
    static struct arena arena;
    static struct json_in_doc doc;
    static char text[1 << 20];
    if (arena.base == NULL) {
        assert_status(OK, arena_init(&arena, 128u << 20));
    }
    arena_reset(&arena);
    char path[256];
    snprintf(path, sizeof path, "tests/vectors/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(len > 0 && len < sizeof text);
    assert_status(OK, json_in_parse(&arena, (struct bytes){(const uint8_t *)text, len}, &doc));
    return json_in_root(&doc);
}

struct json_in vector_file_member(const struct json_in *at, const char *name)
{
    struct json_in member;
    assert_status(OK, json_in_member(at, name, &member));
    return member;
}

size_t vector_file_count(const struct json_in *at)
{
    size_t count = 0;
    assert_status(OK, json_in_count(at, &count));
    return count;
}

struct bytes vector_file_text(const struct json_in *at, const char *name)
{
    struct json_in member = vector_file_member(at, name);
    struct bytes text;
    assert_status(OK, json_in_string(&member, &text));
    return text;
}

struct bytes vector_file_hex(const struct json_in *at, const char *name)
{
    struct bytes text = vector_file_text(at, name);
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        text = bytes_slice(text, 2, SIZE_MAX);
    }
    char hex[8193] = {0};
    assert_true(text.len < sizeof hex);
    memcpy(hex, text.ptr, text.len);
    return unit_hex(hex);
}

uint64_t vector_file_u64(const struct json_in *at, const char *name)
{
    struct json_in member = vector_file_member(at, name);
    uint64_t value = 0;
    assert_status(OK, json_in_u64(&member, 0, UINT64_MAX, &value));
    return value;
}

void vector_file_number(const struct json_in *at, const char *name, uint8_t ret[static 32])
{
    struct bytes text = vector_file_text(at, name);
    assert_true(bytes_starts(text, BYTES_LITERAL("0x")));
    text = bytes_slice(text, 2, SIZE_MAX);
    char hex[65];
    assert_true(text.len <= 64);
    memset(hex, '0', sizeof hex);
    memcpy(hex + 64 - text.len, text.ptr, text.len);
    hex[64] = 0;
    memcpy(ret, unit_hex(hex).ptr, 32);
}
