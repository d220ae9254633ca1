#include "net/http1.h"

/* --- percent-encoding and queries ------------------------------------------------------------- */

/* The value of a hex digit, or 16. */
static unsigned hex_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - (unsigned)'0';
    }
    uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - (unsigned)'a' + 10 : 16;
}

struct status http1_decode(struct bytes text, struct buf *out)
{
    size_t before = out->len;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (byte == '%') {
            unsigned high = text.len - i > 2 ? hex_value(text.ptr[i + 1]) : 16;
            unsigned low = text.len - i > 2 ? hex_value(text.ptr[i + 2]) : 16;
            byte = (uint8_t)(high << 4 | low);
            if (high > 15 || low > 15 || byte < 0x20 || byte == 0x7f) {
                out->len = before;
                return FAIL(BAD_HTTP);
            }
            i += 2;
        }
        buf_put_u8(out, byte);
    }
    if (out->failed) {
        out->len = before;
    }
    return buf_check(out);
}

struct status http1_query(struct bytes query, struct bytes name, struct bytes *ret_value)
{
    *ret_value = (struct bytes){NULL, 0};
    struct bytes found = {NULL, 0};
    while (query.len != 0) {
        size_t end = bytes_find(query, '&');
        struct bytes member = {query.ptr, end};
        query = bytes_slice(query, end + 1, SIZE_MAX);
        size_t equals = bytes_find(member, '=');
        if (!bytes_equal((struct bytes){member.ptr, equals}, name)) {
            continue;
        }
        if (found.ptr != NULL) {
            return FAIL(BAD_REQUEST);
        }
        size_t start = equals < member.len ? equals + 1 : equals;
        found = (struct bytes){member.ptr + start, member.len - start};
    }
    *ret_value = found;
    return OK;
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *reason(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 207:
        return "Multi-Status";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 421:
        return "Misdirected Request";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return ""; /* RFC 9112 4: may be empty */
    }
}

static bool is_name(struct bytes name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.ptr[i];
        uint8_t lower = byte | 0x20;
        bool is_plain = (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
        if (!is_plain && bytes_find(BYTES_ARRAY(others), byte) >= sizeof others - 1) {
            return false;
        }
    }
    return name.len != 0;
}

static bool is_value(struct bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < 0x20 || value.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_ours(struct bytes name)
{
    return http1_same(name, BYTES_LITERAL("content-length")) ||
           http1_same(name, BYTES_LITERAL("connection")) ||
           http1_same(name, BYTES_LITERAL("date")) ||
           http1_same(name, BYTES_LITERAL("transfer-encoding"));
}

static struct status write_headers(const struct http1_response *response, struct buf *out)
{
    for (size_t i = 0; i < response->headers_count; i++) {
        const struct http1_header *header = &response->headers[i];
        if (!is_name(header->name) || !is_value(header->value) || is_ours(header->name)) {
            return FAIL(INTERNAL);
        }
        buf_put(out, header->name);
        buf_put_text(out, ": ");
        buf_put(out, header->value);
        buf_put_text(out, "\r\n");
    }
    return OK;
}

struct status http1_write(const struct http1_response *response, struct bytes date, struct buf *out)
{
    unsigned status = response->status;
    if (status < 200 || status > 599 || status == 204 || status == 205 || status == 304) {
        return FAIL(INTERNAL);
    }
    size_t before = out->len;
    buf_put_text(out, "HTTP/1.1 ");
    buf_put_decimal(out, status);
    buf_put_u8(out, ' ');
    buf_put_text(out, reason(status));
    buf_put_text(out, "\r\n");
    if (date.len != 0) {
        buf_put_text(out, "Date: ");
        buf_put(out, date);
        buf_put_text(out, "\r\n");
    }
    struct status written = write_headers(response, out);
    buf_put_text(out, "Content-Length: ");
    buf_put_decimal(out, response->body.len);
    buf_put_text(out, response->close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
    if (!status_is_ok(written) || out->failed) {
        out->len = before;
    }
    TRY(written);
    return buf_check(out);
}

struct bytes http1_continue(void)
{
    return BYTES_LITERAL("HTTP/1.1 100 Continue\r\n\r\n");
}
