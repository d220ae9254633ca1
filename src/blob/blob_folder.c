#include "blob/blob_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ASIDE = 32, CHUNK = 65536 };

static struct status status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return FAIL(BLOB_ABSENT);
    case ELOOP:
    case EISDIR:
    case ENXIO: /* a socket, or a pipe */
        return FAIL(BLOB_FOREIGN);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return FAIL(BLOB_FULL);
    case ENOMEM:
        return FAIL(NO_MEMORY);
    default:
        return FAIL(IO);
    }
}

/* Open for reading what must be a plain file. Not blocking, so that a pipe cannot hold us up.
 * Out: *ret_len, its length as the folder has it. */
static struct status open_object(const struct blob_folder *folder, const struct blob_name *name,
                                 int *ret_file, size_t *ret_len)
{
    struct stat info;
    *ret_file = openat(folder->folder, name->text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    *ret_len = 0;
    if (*ret_file < 0) {
        return status_of_errno();
    }
    struct status status = OK;
    if (fstat(*ret_file, &info) != 0) {
        status = FAIL(IO);
    } else if (!S_ISREG(info.st_mode)) {
        status = FAIL(BLOB_FOREIGN);
    } else {
        *ret_len = (size_t)info.st_size;
    }
    if (!status_is_ok(status)) {
        close(*ret_file);
        *ret_file = -1;
    }
    return status;
}

/* Returns: the bytes that were read up to the end, at most len; -1. */
static ssize_t read_up_to(int file, uint8_t *out, size_t len)
{
    size_t have = 0;
    while (have < len) {
        ssize_t got = read(file, out + have, len - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static struct status get_object(void *context, const struct blob_name *name, struct buf *out)
{
    const struct blob_folder *folder = context;
    int file;
    size_t len;
    TRY(open_object(folder, name, &file, &len));
    struct status status = len <= out->cap - out->len ? OK : FAIL(BLOB_FOREIGN);
    if (status_is_ok(status)) {
        ssize_t got = read_up_to(file, out->ptr + out->len, len);
        status = got < 0 ? FAIL(IO) : OK;
        out->len += got < 0 ? 0 : (size_t)got;
    }
    close(file);
    return status;
}

static bool write_all(int file, struct bytes object)
{
    size_t done = 0;
    while (done < object.len) {
        ssize_t wrote = write(file, object.ptr + done, object.len - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            errno = wrote == 0 ? ENOSPC : errno;
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

/* A whole file on the disk, under a name that nobody else has. */
static struct status write_aside(const struct blob_folder *folder, const char *aside,
                                 struct bytes object)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = openat(folder->folder, aside, flags, 0600);
    if (file < 0) {
        return errno == ENOENT ? FAIL(IO) : status_of_errno();
    }
    bool is_whole = write_all(file, object) && fsync(file) == 0;
    struct status status = is_whole ? OK : status_of_errno();
    if (close(file) != 0 && is_whole) {
        status = status_of_errno();
    }
    if (!status_is_ok(status)) {
        unlinkat(folder->folder, aside, 0);
    }
    return status;
}

/* Whether what is there is this object. */
static struct status compare(const struct blob_folder *folder, const struct blob_name *name,
                             struct bytes object)
{
    uint8_t chunk[CHUNK];
    int file;
    size_t len;
    struct status status = open_object(folder, name, &file, &len);
    if (!status_is_ok(status)) {
        return status.code == STATUS_BLOB_FOREIGN ? FAIL(BLOB_EXISTS) : FAIL(IO);
    }
    bool is_same = len == object.len;
    ssize_t got = 0;
    for (size_t at = 0; is_same && at < object.len; at += (size_t)got) {
        got = read_up_to(file, chunk, sizeof chunk);
        struct bytes part = bytes_slice(object, at, got < 0 ? 0 : (size_t)got);
        is_same = got > 0 && bytes_equal(part, (struct bytes){chunk, (size_t)got});
    }
    close(file);
    return is_same ? OK : got < 0 ? FAIL(IO) : FAIL(BLOB_EXISTS);
}

static struct status put_object(void *context, const struct blob_name *name, struct bytes object)
{
    const struct blob_folder *folder = context;
    char aside[ASIDE];
    uint64_t own;
    TRY(entropy_fill(&folder->entropy, (uint8_t *)&own, sizeof own));
    (void)snprintf(aside, sizeof aside, ".new-%016llx", (unsigned long long)own);
    TRY(write_aside(folder, aside, object));
    struct status status = OK;
    if (linkat(folder->folder, aside, folder->folder, name->text, 0) != 0) {
        status = errno == EEXIST ? compare(folder, name, object) : status_of_errno();
    }
    unlinkat(folder->folder, aside, 0);
    if (status_is_ok(status) && fsync(folder->folder) != 0) {
        status = FAIL(IO);
    }
    return status;
}

/* Put a name into its place among the least, in order. */
static void keep_name(struct blob_list *list, const char *text)
{
    size_t at = list->count;
    while (at > 0 && strcmp(text, list->names[at - 1].text) < 0) {
        at--;
    }
    if (at == BLOB_LIST_MAX) {
        list->more = true;
        return;
    }
    size_t last = list->count;
    if (last == BLOB_LIST_MAX) {
        list->more = true;
        last--;
    }
    memmove(&list->names[at + 1], &list->names[at], (last - at) * sizeof list->names[0]);
    list->names[at] = (struct blob_name){0};
    memcpy(list->names[at].text, text, strlen(text));
    list->count = last + 1;
}

/* What cannot be opened changes nothing: what is asked of the folder before then tells it. */
static void open_again(const struct blob_folder *folder)
{
    if (folder->path == NULL) {
        return;
    }
    int again = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again >= 0) {
        (void)dup3(again, folder->folder, O_CLOEXEC);
        close(again);
    }
}

static struct status list_objects(void *context, const struct blob_name *prefix,
                                  const struct blob_name *after, struct blob_list *ret_list)
{
    const struct blob_folder *folder = context;
    open_again(folder);
    int again = openat(folder->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    if (entries == NULL) {
        struct status status = errno == ENOMEM ? FAIL(NO_MEMORY) : FAIL(IO);
        if (again >= 0) {
            close(again);
        }
        return status;
    }
    size_t prefix_len = strlen(prefix->text);
    const struct dirent *entry;
    for (errno = 0; (entry = readdir(entries)) != NULL; errno = 0) {
        const char *text = entry->d_name;
        if (blob_name_valid(text) && strncmp(text, prefix->text, prefix_len) == 0 &&
            strcmp(text, after->text) > 0) {
            keep_name(ret_list, text);
        }
    }
    struct status status = errno == 0 ? OK : FAIL(IO);
    closedir(entries);
    return status;
}

static struct status remove_object(void *context, const struct blob_name *name)
{
    const struct blob_folder *folder = context;
    struct stat info;
    if (fstatat(folder->folder, name->text, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? OK : FAIL(IO);
    }
    if (!S_ISREG(info.st_mode)) {
        return FAIL(BLOB_FOREIGN);
    }
    bool is_gone = unlinkat(folder->folder, name->text, 0) == 0 || errno == ENOENT;
    return is_gone && fsync(folder->folder) == 0 ? OK : FAIL(IO);
}

struct blob_port blob_folder_port(struct blob_folder *folder)
{
    return (struct blob_port){.context = folder,
                              .get = get_object,
                              .put = put_object,
                              .list = list_objects,
                              .remove = remove_object};
}
