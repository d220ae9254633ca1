#include "coffer/out.h"

#include <stdio.h>
#include <string.h>

enum { OUT_NAME_WIDTH = 22 };

struct out out_over(bool json, uint8_t *memory, size_t cap)
{
    return (struct out){.json = json, .buf = buf_over(memory, cap)};
}

/* The writer points into the struct, which may have moved since the last call. */
static struct json_out *writer(struct out *out)
{
    if (out->buf.len == 0 && !out->buf.failed) {
        out->writer = json_out_over(&out->buf);
        json_out_object(&out->writer);
    }
    out->writer.buf = &out->buf;
    return &out->writer;
}

void out_clear(struct out *out)
{
    out->buf.len = 0;
    out->buf.failed = false;
    out->in_item = false;
}

/* Control characters become question marks: they could move the cursor or recolour the screen. */
static void put_safe(struct buf *buf, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        bool c1 = byte >= 0x80 && byte < 0xa0 && i > 0 && text.ptr[i - 1] == 0xc2;
        buf_put_u8(buf, byte < 0x20 || byte == 0x7f || c1 ? '?' : byte);
    }
}

/* Returns after the name and at least one space. */
static void put_name(struct buf *buf, const char *name, size_t width)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        buf_put_u8(buf, name[i] == '_' ? ' ' : (uint8_t)name[i]);
    }
    do {
        buf_put_u8(buf, ' ');
        len++;
    } while (len < width);
}

void out_line(struct out *out, const char *text)
{
    if (!out->json) {
        buf_put_text(&out->buf, text);
        buf_put_u8(&out->buf, '\n');
    }
}

void out_text(struct out *out, const char *name, struct bytes value)
{
    if (out->json) {
        json_out_member_string(writer(out), name, value);
        return;
    }
    buf_put_text(&out->buf, out->in_item ? "  " : "");
    put_name(&out->buf, name, out->in_item ? OUT_NAME_WIDTH - 2 : OUT_NAME_WIDTH);
    put_safe(&out->buf, value);
    buf_put_u8(&out->buf, '\n');
}

void out_string(struct out *out, const char *name, const char *value)
{
    out_text(out, name, bytes_of(value));
}

void out_u64(struct out *out, const char *name, uint64_t value)
{
    if (out->json) {
        json_out_member_u64(writer(out), name, value);
        return;
    }
    uint8_t memory[24];
    struct buf digits = buf_over(memory, sizeof memory);
    buf_put_decimal(&digits, value);
    out_text(out, name, buf_bytes(&digits));
}

void out_bool(struct out *out, const char *name, bool value)
{
    if (out->json) {
        json_out_member_bool(writer(out), name, value);
    } else {
        out_string(out, name, value ? "yes" : "no");
    }
}

void out_list(struct out *out, const char *name)
{
    if (out->json) {
        json_out_name(writer(out), name);
        json_out_array(&out->writer);
    }
}

void out_list_end(struct out *out)
{
    if (out->json) {
        json_out_array_end(writer(out));
    }
}

void out_item(struct out *out, const char *name, const char *value)
{
    if (out->json) {
        json_out_object(writer(out));
    }
    if (out->json && name != NULL) {
        json_out_member_text(&out->writer, name, value);
    }
    out_line(out, value);
    out->in_item = true;
}

void out_item_end(struct out *out)
{
    if (out->json) {
        json_out_object_end(writer(out));
    }
    out->in_item = false;
}

void out_finding(struct out *out, const char *state, const char *name, const char *text,
                 const char *hint)
{
    if (out->json) {
        struct json_out *json = writer(out);
        json_out_object(json);
        json_out_member_text(json, "name", name);
        json_out_member_text(json, "state", state);
        json_out_member_text(json, "text", text);
        json_out_member_text(json, "hint", hint);
        json_out_object_end(json);
        return;
    }
    put_name(&out->buf, state, 7);
    put_name(&out->buf, name, OUT_NAME_WIDTH);
    put_safe(&out->buf, bytes_of(text));
    buf_put_u8(&out->buf, '\n');
    if (*hint != 0) {
        put_name(&out->buf, "", 7 + OUT_NAME_WIDTH);
        put_safe(&out->buf, bytes_of(hint));
        buf_put_u8(&out->buf, '\n');
    }
}

void out_raw(struct out *out, const char *name, struct bytes json)
{
    if (out->json) {
        json_out_name(writer(out), name);
        json_out_raw(&out->writer, json);
    } else {
        out_text(out, name, json);
    }
}

void out_whole(struct out *out, const char *name, struct bytes text)
{
    if (out->json) {
        json_out_member_string(writer(out), name, text);
    } else {
        buf_put(&out->buf, text);
    }
}

static bool write_all(struct out *out)
{
    bool whole = !out->buf.failed &&
                 fwrite(out->buf.ptr, 1, out->buf.len, stdout) == out->buf.len &&
                 fflush(stdout) == 0;
    out_clear(out);
    return whole;
}

bool out_now(struct out *out)
{
    return out->json || write_all(out);
}

bool out_flush(struct out *out, bool ok)
{
    if (out->json) {
        json_out_member_bool(writer(out), "ok", ok);
        json_out_object_end(&out->writer);
        buf_put_u8(&out->buf, '\n');
    }
    return write_all(out);
}
