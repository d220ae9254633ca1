#include "keys/seed_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "keys/seed.h"

enum {
    NAME_MAX_BYTES = 128,
    COMMITMENT = 32,
    COMMITMENT_TEXT = 2 + 2 * COMMITMENT + 1,
};

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

/* --- files of the folder --- */

/* A name with something after it, NUL-terminated. */
struct name {
    uint8_t text[NAME_MAX_BYTES];
};

static struct status name_of(const char *name, const char *end, struct name *ret)
{
    struct buf text = buf_over(ret->text, sizeof ret->text);
    buf_put_text(&text, name);
    buf_put_text(&text, end);
    buf_put_u8(&text, 0);
    return buf_check(&text);
}

/* Write the whole content through to the disk. */
static struct status write_through(int file, struct bytes content)
{
    bool whole = fchmod(file, 0600) == 0 &&
                 write(file, content.ptr, content.len) == (ssize_t)content.len && fsync(file) == 0;
    return whole ? OK : FAIL(IO);
}

static struct status write_aside(int directory, const char *aside, struct bytes content)
{
    unlinkat(directory, aside, 0);
    int file = openat(directory, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
        return FAIL(IO);
    }
    struct status status = write_through(file, content);
    close(file);
    return status;
}

/* A complete file under a temporary name, then the rename, which replaces nothing: of two nodes
 * that start at once in one directory, one wins and the other reads what the first one wrote. */
static struct status create(int directory, const char *name, struct bytes content,
                            bool *ret_created)
{
    char end[32];
    struct name aside;
    *ret_created = false;
    (void)snprintf(end, sizeof end, ".new.%ld", (long)getpid());
    TRY(name_of(name, end, &aside));
    const char *path = (const char *)aside.text;
    struct status status = write_aside(directory, path, content);
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

/* --- the commitment --- */

static struct status put_commitment(const struct secret32 *seed,
                                    uint8_t ret_text[static COMMITMENT_TEXT])
{
    uint8_t commitment[COMMITMENT];
    struct buf text = buf_over(ret_text, COMMITMENT_TEXT);
    seed_commitment(seed, commitment);
    buf_put_text(&text, "0x");
    hex_put(&text, BYTES_ARRAY(commitment));
    buf_put_u8(&text, '\n');
    return buf_check(&text);
}

/* Returns: OK; NOT_FOUND; SEED_COMMITMENT, when the file holds anything else; IO. */
static struct status compare(int directory, const char *path, struct bytes expected)
{
    uint8_t content[COMMITMENT_TEXT + 1];
    int file = openat(directory, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT ? FAIL(NOT_FOUND) : FAIL(IO);
    }
    ssize_t len = read_up_to(file, content, sizeof content);
    close(file);
    if (len < 0) {
        return FAIL(IO);
    }
    return bytes_equal((struct bytes){content, (size_t)len}, expected) ? OK : FAIL(SEED_COMMITMENT);
}

struct status seed_dev_bind(const struct seed_dev_folder *folder, const char *name,
                            const struct secret32 *seed)
{
    struct name file;
    uint8_t text[COMMITMENT_TEXT];
    bool created = false;
    TRY(name_of(name, SEED_DEV_COMMITMENT, &file));
    TRY(put_commitment(seed, text));
    const char *path = (const char *)file.text;
    struct status status = compare(folder->directory, path, BYTES_ARRAY(text));
    if (status.code != STATUS_NOT_FOUND || folder->is_look) {
        return status.code == STATUS_NOT_FOUND ? OK : status;
    }
    TRY(create(folder->directory, path, BYTES_ARRAY(text), &created));
    /* Another node may have been first, with a seed of its own. */
    return created ? OK : compare(folder->directory, path, BYTES_ARRAY(text));
}

/* --- the seed --- */

/* A seed that was there once is not replaced: every key would be another one. */
static struct status check_new(const struct seed_dev_folder *folder, const char *name)
{
    struct name file;
    struct stat info;
    TRY(name_of(name, SEED_DEV_COMMITMENT, &file));
    bool is_known =
        fstatat(folder->directory, (const char *)file.text, &info, AT_SYMLINK_NOFOLLOW) == 0 ||
        errno != ENOENT;
    return is_known || folder->has_history ? FAIL(SEED_LOST) : OK;
}

static struct status read_or_make(const struct seed_dev_folder *folder, const char *name,
                                  struct secret32 *ret_seed, bool *ret_created)
{
    struct status status = seed_read_file(folder->directory, name, ret_seed);
    if (status.code != STATUS_NOT_FOUND) {
        return status;
    }
    SECRET32(fresh);
    TRY(check_new(folder, name));
    TRY(entropy_fill(folder->entropy, fresh.b, sizeof fresh.b));
    if (folder->is_look) {
        *ret_seed = fresh;
        return OK;
    }
    TRY(create(folder->directory, name, BYTES_ARRAY(fresh.b), ret_created));
    return seed_read_file(folder->directory, name, ret_seed);
}

struct status seed_dev_open(const struct seed_dev_folder *folder, const char *name,
                            struct secret32 *ret_seed, bool *ret_created)
{
    *ret_created = false;
    struct status status = read_or_make(folder, name, ret_seed, ret_created);
    if (status_is_ok(status)) {
        status = seed_dev_bind(folder, name, ret_seed);
    }
    if (!status_is_ok(status)) {
        secret_wipe(ret_seed, sizeof *ret_seed);
    }
    return status;
}
