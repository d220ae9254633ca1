#include "keys/key_life.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "codec/hex.h"

enum { NAMED = 16 /* bytes of the point that name the mark */ };

/* path.key-HEX */
static struct status name_of(const char *path, const struct p384_point *point,
                             char ret_name[static PATH_MAX])
{
    struct buf name = buf_over((uint8_t *)ret_name, PATH_MAX - 1);
    buf_put_text(&name, path);
    buf_put_text(&name, ".key-");
    hex_put(&name, (struct bytes){point->sec1 + 1, NAMED});
    ret_name[name.len] = '\0';
    return name.failed ? FAIL(IO) : OK;
}

/* The name is durable with its folder. */
static struct status keep(const char *name)
{
    char folder[PATH_MAX];
    const char *end = strrchr(name, '/');
    size_t len = end == NULL ? 0 : (size_t)(end - name);
    memcpy(folder, name, len);
    folder[len] = '\0';
    int fd = open(end == NULL ? "." : len == 0 ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_kept = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_kept ? OK : FAIL(IO);
}

struct status key_life_begin(const char *path, const struct p384_point *point, bool *ret_is_first)
{
    char name[PATH_MAX];
    *ret_is_first = false;
    TRY(name_of(path, point, name));
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return errno == EEXIST ? OK : FAIL(IO);
    }
    bool is_closed = close(fd) == 0;
    if (!is_closed) {
        return FAIL(IO);
    }
    TRY(keep(name));
    *ret_is_first = true;
    return OK;
}
