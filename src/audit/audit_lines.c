#include "audit/audit_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void audit_lines_init(struct audit_lines *lines, int fd)
{
    lines->fd = fd;
    lines->ended = false;
    lines->from = 0;
    lines->len = 0;
}

static struct status fill(struct audit_lines *lines)
{
    memmove(lines->memory, lines->memory + lines->from, lines->len);
    lines->from = 0;
    for (;;) {
        ssize_t got =
            read(lines->fd, lines->memory + lines->len, sizeof lines->memory - lines->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return FAIL(IO);
        }
        lines->ended = got == 0;
        lines->len += (size_t)got;
        return OK;
    }
}

static void take_line(struct audit_lines *lines, size_t len, size_t with_end,
                      struct bytes *ret_line)
{
    *ret_line = (struct bytes){lines->memory + lines->from, len};
    lines->from += with_end;
    lines->len -= with_end;
}

struct status audit_lines_next(struct audit_lines *lines, bool *ret_more, struct bytes *ret_line,
                               bool *ret_whole)
{
    *ret_more = false;
    *ret_whole = false;
    *ret_line = (struct bytes){NULL, 0};
    for (;;) {
        struct bytes rest = {lines->memory + lines->from, lines->len};
        size_t end = bytes_find(rest, '\n');
        *ret_whole = end < rest.len;
        if (*ret_whole) {
            take_line(lines, end, end + 1, ret_line);
            break;
        }
        if (lines->len == sizeof lines->memory || (lines->ended && lines->len != 0)) {
            take_line(lines, lines->len, lines->len, ret_line);
            break;
        }
        if (lines->ended) {
            return OK;
        }
        TRY(fill(lines));
    }
    *ret_more = true;
    return OK;
}
