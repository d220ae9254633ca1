#include "base/log.h"

#include <errno.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utc.h"

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

/* Text inside quotes, for both forms: control characters would let a value write lines of its own,
 * so they become question marks. */
static void put_quoted(struct buf *out, const char *text)
{
    buf_put_u8(out, '"');
    for (; *text != '\0'; text++) {
        uint8_t c = (uint8_t)*text;
        if (c == '"' || c == '\\') {
            buf_put_u8(out, '\\');
        }
        buf_put_u8(out, c >= ' ' && c < 0x7f ? c : '?');
    }
    buf_put_u8(out, '"');
}

static bool is_token_byte(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':' || c == '/';
}

static void put_token(struct buf *out, struct bytes token)
{
    buf_put_u8(out, '"');
    for (size_t i = 0; i < token.len && i < LOG_TOKEN_MAX; i++) {
        buf_put_u8(out, is_token_byte(token.ptr[i]) ? token.ptr[i] : '?');
    }
    buf_put_u8(out, '"');
}

static void put_status(struct buf *out, const struct log_field *field, const char *separator)
{
    buf_put_u8(out, '"');
    buf_put_text(out, status_name((enum status_code)(field->number >> 16)));
    buf_put_text(out, separator);
    put_quoted(out, field->text);
    /* The place is file:line inside the quotes that put_quoted just closed. */
    out->len -= !out->failed;
    buf_put_u8(out, ':');
    buf_put_decimal(out, field->number & 0xffff);
    buf_put_u8(out, '"');
}

static void put_value(struct buf *out, const struct log_field *field, bool json)
{
    switch (field->type) {
    case LOG_FIELD_TEXT:
        put_quoted(out, field->text);
        return;
    case LOG_FIELD_U64:
        buf_put_decimal(out, field->number);
        return;
    case LOG_FIELD_BOOL:
        buf_put_text(out, field->number != 0 ? "true" : "false");
        return;
    case LOG_FIELD_STATUS:
        put_status(out, field, json ? "\",\"at\":" : "\" at=");
        return;
    case LOG_FIELD_TOKEN:
        put_token(out, field->token);
        return;
    }
}

static void put_field(struct buf *out, const struct log_field *field, bool json)
{
    buf_put_text(out, json ? ",\"" : " ");
    buf_put_text(out, field->name);
    buf_put_text(out, json ? "\":" : "=");
    put_value(out, field, json);
}

static void put_head(struct buf *out, const struct log *log, enum log_level level,
                     const char *event)
{
    buf_put_text(out, log->json ? "{\"time\":\"" : "");
    utc_put(out, clock_wall(&log->clock).lo_ms);
    buf_put_text(out, log->json ? "\",\"level\":\"" : " ");
    buf_put_text(out, level_names[level]);
    buf_put_text(out, log->json ? "\",\"event\":" : " ");
    put_quoted(out, event);
}

void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    if (log->fd < 0 || level < log->level) {
        return;
    }
    uint8_t line[LOG_LINE_MAX];
    /* Room for what ends the line is kept back. */
    struct buf out = buf_over(line, sizeof line - 2);
    put_head(&out, log, level, event);
    for (size_t i = 0; i < count; i++) {
        struct buf before = out;
        put_field(&out, &fields[i], log->json);
        if (out.failed) {
            out = before;
            break;
        }
    }
    out.cap = sizeof line;
    buf_put_text(&out, log->json ? "}\n" : "\n");
    ssize_t written = 0;
    do {
        written = write(log->fd, out.ptr, out.len);
    } while (written < 0 && errno == EINTR);
}
