#include "coffer/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct status read_all(int fd, struct buf *buf)
{
    while (buf->len < buf->cap) {
        ssize_t got = read(fd, buf->ptr + buf->len, buf->cap - buf->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return FAIL(IO);
        }
        if (got == 0) {
            return OK;
        }
        buf->len += (size_t)got;
    }
    return FAIL(BODY_TOO_LARGE);
}

struct status input_read(struct arena *arena, const char *path, size_t max, struct bytes *ret_text)
{
    *ret_text = (struct bytes){0};
    uint8_t *memory = arena_alloc(arena, max + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return FAIL(IO);
    }
    struct buf buf = buf_over(memory, max + 1);
    struct status status = read_all(fd, &buf);
    if (!standard) {
        close(fd);
    }
    TRY(status);
    *ret_text = buf_bytes(&buf);
    return OK;
}
