/* Writing JSON into a buf: commas and escaping are taken care of, the shape is the caller's.
 *
 * Numbers beyond 2^53 are written as strings by the caller. An overflow stays in the buf.
 * Used by answers, the audit trail and the command line. Source: RFC 8259. */
#ifndef COFFER_CODEC_JSON_OUT_H
#define COFFER_CODEC_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"

struct json_out {
    struct buf *buf;
    bool comma; /* a comma is due before the next value or name */
};

struct json_out json_out_over(struct buf *buf);

void json_out_object(struct json_out *out); /* { */
void json_out_object_end(struct json_out *out);
void json_out_array(struct json_out *out); /* [ */
void json_out_array_end(struct json_out *out);

/* The name of the next member; a string of ours, in which nothing needs to be escaped. */
static inline void json_out_name(struct json_out *out, const char *name)
{
    size_t len = strlen(name);
    uint8_t *to = buf_reserve(out->buf, len + 3 + out->comma);
    CHECKED(strpbrk(name, "\"\\") == NULL);
    if (to == NULL) {
        return;
    }
    if (out->comma) {
        *to++ = ',';
    }
    *to++ = '"';
    memcpy(to, name, len);
    to[len] = '"';
    to[len + 1] = ':';
    out->comma = false;
}

/* A string. Control characters, quotes and backslashes are escaped; bytes that are not UTF-8 are
 * written as U+FFFD, so that the output is always valid. */
void json_out_string(struct json_out *out, struct bytes text);
static inline void json_out_text(struct json_out *out, const char *text)
{
    json_out_string(out, bytes_of(text));
}

/* A string of two lower-case hexadecimal digits for each byte of data. */
void json_out_hex(struct json_out *out, struct bytes data);

void json_out_u64(struct json_out *out, uint64_t value);

/* Bytes as a string in base64. In: data, *secret*. Timing: depends on its length only. */
void json_out_base64(struct json_out *out, struct bytes data);
void json_out_i64(struct json_out *out, int64_t value);
void json_out_bool(struct json_out *out, bool value);
void json_out_null(struct json_out *out);

/* A value that is already JSON. */
void json_out_raw(struct json_out *out, struct bytes json);

/* Name and value in one. */
static inline void json_out_member_string(struct json_out *out, const char *name, struct bytes text)
{
    json_out_name(out, name);
    json_out_string(out, text);
}

static inline void json_out_member_text(struct json_out *out, const char *name, const char *text)
{
    json_out_name(out, name);
    json_out_text(out, text);
}

static inline void json_out_member_u64(struct json_out *out, const char *name, uint64_t value)
{
    json_out_name(out, name);
    json_out_u64(out, value);
}

static inline void json_out_member_bool(struct json_out *out, const char *name, bool value)
{
    json_out_name(out, name);
    json_out_bool(out, value);
}

static inline void json_out_member_null(struct json_out *out, const char *name)
{
    json_out_name(out, name);
    json_out_null(out);
}

#endif
