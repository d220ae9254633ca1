#include "client/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_file(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

struct status key_file_read(const char *path, struct arena *arena, struct bytes *ret_text,
                            bool *ret_is_private)
{
    *ret_text = (struct bytes){0};
    *ret_is_private = false;
    __attribute__((cleanup(close_file))) int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) ||
        about.st_size > KEY_FILE_MAX) {
        return FAIL(KEY_FILE);
    }
    uint8_t *memory = arena_alloc(arena, KEY_FILE_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    ssize_t got = read(fd, memory, KEY_FILE_MAX);
    if (got != about.st_size) {
        return FAIL(KEY_FILE);
    }
    *ret_text = (struct bytes){memory, (size_t)got};
    *ret_is_private = (about.st_mode & 077) == 0;
    return OK;
}

struct status key_file_write(const char *path, struct bytes text)
{
    __attribute__((cleanup(close_file))) int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return FAIL(KEY_FILE);
    }
    if (write(fd, text.ptr, text.len) != (ssize_t)text.len || fsync(fd) != 0) {
        int number = errno;
        (void)unlink(path);
        errno = number;
        return FAIL(KEY_FILE);
    }
    return OK;
}
