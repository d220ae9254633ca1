#include <string.h>

#include "codec/decimal.h"
#include "codec/hex.h"
#include "wire/auth_text.h"

enum { LINES_MAX = 10 };

static const struct bytes none = {(const uint8_t *)"-", 1};

/* Cut a text into its lines. Returns: false when there are not so many. */
static bool cut_lines(struct bytes text, size_t count, struct bytes *ret_lines)
{
    for (size_t i = 0; i < count; i++) {
        size_t end = bytes_find(text, '\n');
        if (i + 1 == count ? end != text.len : end == text.len) {
            return false;
        }
        ret_lines[i] = bytes_slice(text, 0, end);
        text = bytes_slice(text, end + 1, text.len);
    }
    return true;
}

static bool read_hex(struct bytes line, size_t len, uint8_t *ret)
{
    return status_is_ok(hex_read(line, len, ret));
}

static bool read_number(struct bytes line, uint64_t *ret)
{
    return status_is_ok(decimal_u64(line, ret));
}

/* Whatever is not looked at while a text is read shows when it is written again. */
struct status auth_text_read_statement(struct bytes text, struct auth_text_read_statement *ret)
{
    uint8_t memory[AUTH_TEXT_MAX] BUF_LOCAL;
    struct buf again = buf_over(memory, sizeof memory);
    struct bytes line[LINES_MAX];
    struct auth_statement *read = &ret->text;
    *ret = (struct auth_text_read_statement){0};
    read->place = (struct auth_place){ret->domain, ret->tenant};
    read->body = ret->body;
    read->salt = ret->salt;
    bool is_good = cut_lines(text, 10, line) && read_hex(line[1], AUTH_TEXT_HASH, ret->domain) &&
                   read_hex(line[2], AUTH_TEXT_HASH, ret->tenant);
    if (is_good) {
        read->op = line[3];
        read->scope = line[4];
        read->is_apart = bytes_equal(line[5], none);
        read->prev = bytes_equal(line[6], none) ? NULL : ret->prev;
        is_good = (read->is_apart || read_number(line[5], &read->seq)) &&
                  (read->prev == NULL || read_hex(line[6], AUTH_TEXT_HASH, ret->prev)) &&
                  read_number(line[7], &read->not_before_ms) &&
                  read_hex(line[8], AUTH_TEXT_HASH, ret->body) &&
                  read_hex(line[9], AUTH_TEXT_SALT, ret->salt) &&
                  status_is_ok(auth_text_put_statement(read, &again)) &&
                  bytes_equal(buf_bytes(&again), text);
    }
    if (!is_good) {
        *ret = (struct auth_text_read_statement){0};
        return FAIL(BAD_REQUEST);
    }
    return OK;
}

struct status auth_text_read_ticket(struct bytes text, struct auth_text_read_ticket *ret)
{
    uint8_t memory[AUTH_TEXT_MAX] BUF_LOCAL;
    struct buf again = buf_over(memory, sizeof memory);
    struct bytes line[LINES_MAX];
    struct auth_ticket *read = &ret->text;
    *ret = (struct auth_text_read_ticket){0};
    read->place = (struct auth_place){ret->domain, ret->tenant};
    read->authenticator = ret->authenticator;
    read->salt = ret->salt;
    bool is_good = cut_lines(text, 8, line) && read_hex(line[1], AUTH_TEXT_HASH, ret->domain) &&
                   read_hex(line[2], AUTH_TEXT_HASH, ret->tenant) &&
                   read_hex(line[4], AUTH_TEXT_ID, ret->authenticator) &&
                   read_number(line[5], &read->issued_ms) &&
                   read_number(line[6], &read->not_after_ms) &&
                   read_hex(line[7], AUTH_TEXT_SALT, ret->salt);
    if (is_good) {
        read->user = line[3];
        is_good = status_is_ok(auth_text_put_ticket(read, &again)) &&
                  bytes_equal(buf_bytes(&again), text);
    }
    if (!is_good) {
        *ret = (struct auth_text_read_ticket){0};
        return FAIL(BAD_REQUEST);
    }
    return OK;
}
