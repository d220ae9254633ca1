#include "audit/audit_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit_history.h"
#include "base/arena.h"
#include "base/invariant.h"
#include "base/vectors.h"

/* A file that is new must be found again after a crash of the machine. */
static bool sync_folder(const char *path)
{
    char folder[4096];
    size_t len = strlen(path);
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    if (len >= sizeof folder) {
        return false;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    int fd = open(len == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return synced;
}

/* Only a regular file that is still linked, of the length that we left it at. */
static bool is_ours(const struct audit_sink *sink)
{
    struct stat now;
    return fstat(sink->fd, &now) == 0 && S_ISREG(now.st_mode) && now.st_nlink != 0 &&
           (uint64_t)now.st_size == sink->len;
}

static struct status end_torn_line(struct audit_sink *sink, bool *ret_torn)
{
    uint8_t last = '\n';
    if (sink->len != 0 && pread(sink->fd, &last, 1, (off_t)(sink->len - 1)) != 1) {
        return FAIL(IO);
    }
    *ret_torn = last != '\n';
    struct bytes line_end = BYTES_LITERAL("\n");
    return *ret_torn ? audit_sink_write(sink, &line_end, 1) : OK;
}

static struct status read_previous(struct audit_sink *sink)
{
    struct arena arena;
    TRY(arena_init(&arena, 1 << 20));
    struct status status = audit_history_read(sink->fd, &arena, &sink->previous);
    arena_deinit(&arena);
    return status;
}

static struct status fail_with(struct audit_sink *sink, int error)
{
    sink->error = error;
    return error == EWOULDBLOCK ? FAIL(AUDIT_BUSY) : FAIL(IO);
}

static int open_path(const char *path)
{
    return open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

static struct status take_over(struct audit_sink *sink, const char *path, bool *ret_torn)
{
    if (flock(sink->fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? FAIL(AUDIT_BUSY) : FAIL(IO);
    }
    struct stat now;
    if (fstat(sink->fd, &now) != 0 || !S_ISREG(now.st_mode)) {
        return FAIL(IO);
    }
    sink->len = (uint64_t)now.st_size;
    if (sink->len == 0 && !sync_folder(path)) {
        return FAIL(IO);
    }
    TRY(read_previous(sink));
    return end_torn_line(sink, ret_torn);
}

struct status audit_sink_open(const char *path, struct audit_sink *ret_sink, bool *ret_torn)
{
    *ret_torn = false;
    *ret_sink = (struct audit_sink){.fd = -1};
    ret_sink->fd = open_path(path);
    if (ret_sink->fd < 0) {
        return FAIL(IO);
    }
    struct status status = take_over(ret_sink, path, ret_torn);
    if (!status_is_ok(status)) {
        audit_sink_close(ret_sink);
    }
    return status;
}

static bool write_all(int fd, struct vectors *vectors)
{
    while (vectors->first < vectors->count) {
        ssize_t written =
            writev(fd, vectors->list + vectors->first, (int)(vectors->count - vectors->first));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            return false;
        }
        vectors_advance(vectors, (size_t)written);
    }
    return true;
}

/* After a failed flush the kernel may have dropped what it could not write, so that the file is
 * trusted again only when cutting it back is itself durable. */
static void take_back(struct audit_sink *sink)
{
    sink->failed = ftruncate(sink->fd, (off_t)sink->len) != 0 || fdatasync(sink->fd) != 0;
    sink->error = sink->failed ? errno : sink->error;
}

struct status audit_sink_write(struct audit_sink *sink, const struct bytes *parts, size_t count)
{
    INVARIANT(count <= AUDIT_SINK_PARTS);
    if (sink->failed) {
        take_back(sink);
    }
    if (sink->failed) {
        return FAIL(IO);
    }
    if (!is_ours(sink)) {
        return fail_with(sink, 0);
    }
    struct iovec list[AUDIT_SINK_PARTS];
    struct vectors vectors = vectors_of(parts, count, list);
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += parts[i].len;
    }
    if (!write_all(sink->fd, &vectors) || fdatasync(sink->fd) != 0) {
        int error = errno;
        take_back(sink);
        return fail_with(sink, error);
    }
    sink->len += total;
    return OK;
}

/* A trail that goes on in a file with something in it could not be read in any order. */
static struct status take_empty(struct audit_sink *sink, const char *path, int fd, bool *ret_is_new)
{
    struct stat old;
    struct stat now;
    if (fstat(sink->fd, &old) != 0 || fstat(fd, &now) != 0) {
        return fail_with(sink, errno);
    }
    if (now.st_dev == old.st_dev && now.st_ino == old.st_ino) {
        return OK;
    }
    if (!S_ISREG(now.st_mode) || now.st_size != 0) {
        return fail_with(sink, EEXIST);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !sync_folder(path)) {
        return fail_with(sink, errno);
    }
    *ret_is_new = true;
    return OK;
}

struct status audit_sink_reopen(const char *path, struct audit_sink *sink, bool *ret_is_new)
{
    *ret_is_new = false;
    if (sink->failed) {
        take_back(sink);
    }
    /* Half a record would stay behind, for which nobody would come back. */
    if (sink->failed) {
        return FAIL(IO);
    }
    int fd = open_path(path);
    if (fd < 0) {
        return fail_with(sink, errno);
    }
    struct status status = take_empty(sink, path, fd, ret_is_new);
    if (*ret_is_new) {
        close(sink->fd);
        sink->fd = fd;
        sink->len = 0;
    } else {
        close(fd);
    }
    return status;
}

const char *audit_sink_why(const struct audit_sink *sink)
{
    return sink->error == 0 ? "it was removed, cut or written to by somebody else"
                            : strerror(sink->error);
}

void audit_sink_close(struct audit_sink *sink)
{
    if (sink->fd >= 0) {
        close(sink->fd);
    }
    *sink = (struct audit_sink){.fd = -1, .failed = true};
}
