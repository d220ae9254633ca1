#include "coffer/script.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_LEN = 1024 };

struct buf script_begin(struct cli *cli, size_t max)
{
    uint8_t *memory = arena_alloc(&cli->arena, max);
    struct buf buf = buf_over(memory, memory == NULL ? 0 : max);
    buf.failed = memory == NULL;
    return buf;
}

void script_put(struct buf *buf, const char *format, ...)
{
    char line[LINE_MAX_LEN];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof line) {
        buf->failed = true;
        return;
    }
    buf_put(buf, (struct bytes){(const uint8_t *)line, (size_t)len});
}

enum cli_exit script_end(struct cli *cli, const char *name, const struct buf *buf)
{
    struct status status = buf_check(buf);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, name);
    }
    out_whole(&cli->out, name, buf_bytes(buf));
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

bool script_is_path(const char *takes)
{
    return strstr(takes, "FILE") != NULL || strstr(takes, "FOLDER") != NULL;
}

struct bytes script_word(const char *name, size_t index)
{
    struct bytes all = bytes_of(name);
    size_t space = bytes_find(all, ' ');
    return index == 0 ? bytes_slice(all, 0, space) : bytes_slice(all, space + 1, all.len);
}
