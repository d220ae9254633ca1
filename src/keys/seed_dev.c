#include "keys/seed_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "keys/seed.h"

/* Write the whole seed through to the disk. */
static struct status write_seed(int file, const struct secret32 *seed)
{
    bool whole = fchmod(file, 0600) == 0 &&
                 write(file, seed->b, sizeof seed->b) == (ssize_t)sizeof seed->b &&
                 fsync(file) == 0;
    return whole ? OK : FAIL(IO);
}

/* A complete file under a temporary name, then the rename, which replaces nothing: of two nodes
 * that start at once in one directory, one wins and the other reads what the first one wrote. */
static struct status create(int directory, const char *name, const struct secret32 *seed,
                            bool *ret_created)
{
    uint8_t memory[128];
    struct buf temporary = buf_over(memory, sizeof memory);
    buf_put_text(&temporary, name);
    buf_put_text(&temporary, ".new.");
    buf_put_decimal(&temporary, (uint64_t)getpid());
    buf_put_u8(&temporary, 0);
    TRY(buf_check(&temporary));
    const char *path = (const char *)memory;
    unlinkat(directory, path, 0);
    int file = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
        return FAIL(IO);
    }
    struct status status = write_seed(file, seed);
    close(file);
    if (status_is_ok(status)) {
        *ret_created = renameat2(directory, path, directory, name, RENAME_NOREPLACE) == 0;
        if (!*ret_created && errno != EEXIST) {
            status = FAIL(IO);
        }
    }
    if (!*ret_created) {
        unlinkat(directory, path, 0);
    } else if (fsync(directory) != 0) {
        status = FAIL(IO);
    }
    return status;
}

struct status seed_dev_open(int directory, const char *name, const struct entropy *entropy,
                            struct secret32 *ret_seed, bool *ret_created)
{
    *ret_created = false;
    struct status status = seed_read_file(directory, name, ret_seed);
    if (status.code != STATUS_NOT_FOUND) {
        return status;
    }
    SECRET32(fresh);
    TRY(entropy_fill(entropy, fresh.b, sizeof fresh.b));
    TRY(create(directory, name, &fresh, ret_created));
    return seed_read_file(directory, name, ret_seed);
}
