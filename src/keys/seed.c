#include "keys/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest/hmac_sha256.h"

/* Fill out as far as the input goes. Returns: the bytes read, or -1. */
static ssize_t read_up_to(int descriptor, uint8_t *out, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = read(descriptor, out + done, len - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (ssize_t)done;
}

struct status seed_read_descriptor(int descriptor, struct secret32 *ret_seed)
{
    /* One byte more than a seed, so that a longer input shows. */
    uint8_t content[sizeof ret_seed->b + 1];
    ssize_t len = read_up_to(descriptor, content, sizeof content);
    bool whole = len == (ssize_t)sizeof ret_seed->b;
    for (size_t i = 0; i < sizeof ret_seed->b; i++) {
        ret_seed->b[i] = whole ? content[i] : 0;
    }
    secret_wipe(content, sizeof content);
    if (len < 0) {
        return FAIL(IO);
    }
    return whole ? OK : FAIL(SEED_INVALID);
}

/* Checked on the open file, not on the path, which could change in between. */
static struct status check_file(int file)
{
    struct stat info;
    if (fstat(file, &info) != 0) {
        return FAIL(IO);
    }
    bool fit = S_ISREG(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 077) == 0;
    return fit ? OK : FAIL(SEED_INVALID);
}

struct status seed_read_file(int directory, const char *path, struct secret32 *ret_seed)
{
    *ret_seed = (struct secret32){0};
    /* Not blocking, so that a pipe put in the place of the file cannot hold up the start. */
    int file = openat(directory, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT ? FAIL(NOT_FOUND) : errno == ELOOP ? FAIL(SEED_INVALID) : FAIL(IO);
    }
    struct status status = check_file(file);
    if (status_is_ok(status)) {
        status = seed_read_descriptor(file, ret_seed);
    }
    close(file);
    return status;
}

void seed_commitment(const struct secret32 *seed, uint8_t ret_commitment[static 32])
{
    SECRET(hmac_sha256_key, key);
    hmac_sha256_key_init(&key, BYTES_ARRAY(seed->b));
    hmac_sha256_mac(&key, BYTES_LITERAL("coffer/seed-commit/1"), ret_commitment);
}
