#include "codec/json_out.h"

#include <string.h>

#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_plain_internal.h"
#include "codec/utf8.h"

struct json_out json_out_over(struct buf *buf)
{
    return (struct json_out){buf, false};
}

static void before_value(struct json_out *out)
{
    if (out->comma) {
        buf_put_u8(out->buf, ',');
    }
    out->comma = true;
}

static void open(struct json_out *out, uint8_t bracket)
{
    before_value(out);
    buf_put_u8(out->buf, bracket);
    out->comma = false;
}

static void close(struct json_out *out, uint8_t bracket)
{
    buf_put_u8(out->buf, bracket);
    out->comma = true;
}

void json_out_object(struct json_out *out)
{
    open(out, '{');
}

void json_out_object_end(struct json_out *out)
{
    close(out, '}');
}

void json_out_array(struct json_out *out)
{
    open(out, '[');
}

void json_out_array_end(struct json_out *out)
{
    close(out, ']');
}

static void put_escape(struct buf *buf, uint8_t c)
{
    switch (c) {
    case '"':
        buf_put_text(buf, "\\\"");
        return;
    case '\\':
        buf_put_text(buf, "\\\\");
        return;
    case '\n':
        buf_put_text(buf, "\\n");
        return;
    case '\r':
        buf_put_text(buf, "\\r");
        return;
    case '\t':
        buf_put_text(buf, "\\t");
        return;
    default:
        buf_put_text(buf, "\\u00");
        hex_put(buf, (struct bytes){&c, 1});
    }
}

/* Everything between quotes; runs of plain ASCII are copied at once. */
static void put_escaped(struct buf *buf, struct bytes text)
{
    size_t i = 0;
    while (i < text.len) {
        size_t start = i;
        while (i < text.len && json_plain(text.ptr[i])) {
            i++;
        }
        buf_put(buf, bytes_slice(text, start, i - start));
        if (i == text.len) {
            return;
        }
        if (text.ptr[i] < 0x80) {
            put_escape(buf, text.ptr[i++]);
            continue;
        }
        size_t width = utf8_width(bytes_slice(text, i, SIZE_MAX));
        buf_put(buf, width == 0 ? BYTES_LITERAL("\xef\xbf\xbd") : bytes_slice(text, i, width));
        i += width == 0 ? 1 : width;
    }
}

static bool is_all_plain(struct bytes text)
{
    size_t i = 0;
    for (; i + 8 <= text.len; i += 8) {
        if (!json_plain_eight(text.ptr + i)) {
            return false;
        }
    }
    for (; i < text.len; i++) {
        if (!json_plain(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Text in quotes, at once where nothing is to be escaped. */
static void put_quoted(struct json_out *out, struct bytes text)
{
    before_value(out);
    if (!is_all_plain(text)) {
        buf_put_u8(out->buf, '"');
        put_escaped(out->buf, text);
        buf_put_u8(out->buf, '"');
        return;
    }
    uint8_t *to = buf_reserve(out->buf, text.len + 2);
    if (to == NULL) {
        return;
    }
    *to++ = '"';
    if (text.len != 0) {
        memcpy(to, text.ptr, text.len);
    }
    to[text.len] = '"';
}

void json_out_string(struct json_out *out, struct bytes text)
{
    put_quoted(out, text);
}

void json_out_hex(struct json_out *out, struct bytes data)
{
    before_value(out);
    buf_put_u8(out->buf, '"');
    hex_put(out->buf, data);
    buf_put_u8(out->buf, '"');
}

void json_out_base64(struct json_out *out, struct bytes data)
{
    before_value(out);
    buf_put_u8(out->buf, '"');
    base64_put(out->buf, data);
    buf_put_u8(out->buf, '"');
}

void json_out_u64(struct json_out *out, uint64_t value)
{
    before_value(out);
    buf_put_decimal(out->buf, value);
}

void json_out_i64(struct json_out *out, int64_t value)
{
    before_value(out);
    buf_put_signed(out->buf, value);
}

void json_out_bool(struct json_out *out, bool value)
{
    before_value(out);
    buf_put_text(out->buf, value ? "true" : "false");
}

void json_out_null(struct json_out *out)
{
    before_value(out);
    buf_put_text(out->buf, "null");
}

void json_out_raw(struct json_out *out, struct bytes json)
{
    before_value(out);
    buf_put(out->buf, json);
}
