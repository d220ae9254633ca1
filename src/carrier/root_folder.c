#include "carrier/root_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/reader.h"
#include "base/secret.h"
#include "codec/hex.h"
#include "crypto/aead.h"
#include "keys/root.h"

enum {
    VERSION = 1,
    HASH = 32,
    NAME_ROOM = 128,
    SEALED_ROOT = sizeof(struct secret32) + AEAD_TAG,
    FILE_MAX = 4 + 1 + DOMAIN_ID + 4 + 2 + ROOT_SEAL_MAX + AEAD_IV + SEALED_ROOT,
};

static const char magic[] = "CFRC";
static const char purpose[] = "coffer/carrier/1";

/* All of it lies in guarded memory. */
struct root_folder {
    struct root_folder_setup setup;
    int folder;
    struct secret32 key; /* of the file at hand */
    struct handoff_root root;
};

/* What is in a file: it borrows from its content. */
struct sealed_root {
    uint32_t epoch;
    struct bytes head; /* all that goes with what is sealed */
    struct bytes key;
    struct bytes iv;
    struct bytes root;
};

static struct status of_errno(int error)
{
    return error == ENOMEM ? FAIL(NO_MEMORY) : FAIL(IO);
}

/* What the key of a file is bound to. */
static struct status put_about(const struct root_folder *folder, uint32_t epoch, struct buf *about)
{
    buf_put_text(about, purpose);
    buf_put_u8(about, VERSION);
    buf_put(about, BYTES_ARRAY(folder->setup.domain));
    buf_put_u32(about, epoch);
    return buf_check(about);
}

/* --- reading ---------------------------------------------------------------------------------- */

static struct status read_head(const struct root_folder *folder, struct bytes content,
                               struct sealed_root *ret)
{
    struct reader in = reader_over(content);
    struct bytes mark = reader_take(&in, sizeof magic - 1);
    bool is_ours = bytes_equal(mark, bytes_of(magic)) && reader_u8(&in) == VERSION;
    struct bytes domain = reader_take(&in, DOMAIN_ID);
    ret->epoch = reader_u32(&in);
    ret->key = reader_take(&in, reader_u16(&in));
    ret->head = bytes_slice(content, 0, content.len - in.rest.len);
    ret->iv = reader_take(&in, AEAD_IV);
    ret->root = reader_take(&in, SEALED_ROOT);
    bool is_whole = is_ours && reader_done(&in) && ret->key.len != 0 &&
                    ret->epoch < LIMIT_ROOT_EPOCHS &&
                    bytes_equal(domain, BYTES_ARRAY(folder->setup.domain));
    return is_whole ? OK : FAIL(ROOT_CARRIER);
}

/* Out: folder->root. */
static struct status open_content(struct root_folder *folder, struct bytes content)
{
    struct sealed_root in;
    uint8_t memory[sizeof purpose + 1 + DOMAIN_ID + 4];
    struct buf about = buf_over(memory, sizeof memory);
    const struct root_seal *seal = &folder->setup.seal;
    TRY(read_head(folder, content, &in));
    TRY(put_about(folder, in.epoch, &about));
    TRY(seal->open(seal->context, buf_bytes(&about), in.key, &folder->key));
    folder->root.epoch = in.epoch;
    struct status status =
        aead_open(&folder->key, in.iv.ptr, in.head, in.root, folder->root.master.b);
    secret32_wipe(&folder->key);
    return status;
}

/* Checked on the open file, not on its name, which could be another's in between. */
static struct status check_file(int file)
{
    struct stat info;
    if (fstat(file, &info) != 0) {
        return of_errno(errno);
    }
    bool fits = S_ISREG(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 077) == 0;
    return fits ? OK : FAIL(ROOT_CARRIER);
}

/* Out: *ret_content, in memory, one byte longer than any file of ours when it is longer. */
static struct status read_content(int file, uint8_t memory[static FILE_MAX + 1],
                                  struct bytes *ret_content)
{
    size_t len = 0;
    ssize_t got = 1;
    while (got != 0 && len <= FILE_MAX) {
        got = read(file, memory + len, FILE_MAX + 1 - len);
        if (got < 0 && errno != EINTR) {
            return of_errno(errno);
        }
        len += got > 0 ? (size_t)got : 0;
    }
    *ret_content = (struct bytes){memory, len};
    return OK;
}

/* Out: folder->root. Returns: NOT_FOUND when it is not there; any other failure is about what is
 * stored. */
static struct status read_root(struct root_folder *folder, const char *name)
{
    uint8_t memory[FILE_MAX + 1];
    struct bytes content;
    /* Not blocking, so that a pipe in the place of a file holds nobody up. */
    int file = openat(folder->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT ? FAIL(NOT_FOUND) : of_errno(errno);
    }
    struct status status = check_file(file);
    if (status_is_ok(status)) {
        status = read_content(file, memory, &content);
    }
    close(file);
    return status_is_ok(status) ? open_content(folder, content) : status;
}

static struct status find_root(struct root_folder *folder, const char *name,
                               struct root_start_found *found)
{
    struct status status = read_root(folder, name);
    if (status.code == STATUS_NOT_FOUND) {
        return OK;
    }
    if (status_is_ok(status) && found->count < ROOT_START_FOUND_MAX) {
        found->list[found->count++] = folder->root;
    } else {
        status = FAIL(ROOT_CARRIER);
    }
    secret_wipe(&folder->root, sizeof folder->root);
    return status;
}

/* All that open, also when some do not. */
static struct status find_roots(struct root_folder *folder, DIR *list,
                                struct root_start_found *found)
{
    struct status all = OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(list);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] != '.') {
            struct status status = find_root(folder, entry->d_name, found);
            all = status_is_ok(all) ? status : all;
        }
    }
    int error = errno;
    return error != 0 && status_is_ok(all) ? of_errno(error) : all;
}

static struct status read_roots(void *context, struct root_start_found *ret_found)
{
    struct root_folder *folder = context;
    int again = openat(folder->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0) {
        return of_errno(errno);
    }
    DIR *list = fdopendir(again);
    if (list == NULL) {
        int error = errno;
        close(again);
        return of_errno(error);
    }
    struct status status = find_roots(folder, list, ret_found);
    closedir(list);
    return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

struct name {
    uint8_t text[NAME_ROOM];
};

/* The hash that is published of it is part of its name. */
static struct status put_root_name(const struct root_folder *folder,
                                   const struct handoff_root *root, struct name *ret)
{
    uint8_t hash[HASH];
    struct buf name = buf_over(ret->text, sizeof ret->text);
    if (root->epoch == 0) {
        root_master_hash(&root->master, hash);
    } else {
        SECRET(root, prepared);
        root_init(&prepared, &root->master, folder->setup.domain, root->epoch);
        root_check_hash(&prepared, hash);
    }
    ct_public(hash, sizeof hash);
    buf_put_text(&name, "root-");
    buf_put_decimal(&name, root->epoch);
    buf_put_text(&name, "-");
    hex_put(&name, BYTES_ARRAY(hash));
    buf_put_text(&name, ".sealed");
    buf_put_u8(&name, 0);
    return buf_check(&name);
}

static struct status put_other_name(const struct root_folder *folder, struct name *ret)
{
    uint8_t chance[8];
    struct buf name = buf_over(ret->text, sizeof ret->text);
    TRY(entropy_fill(&folder->setup.entropy, chance, sizeof chance));
    buf_put_text(&name, ".new-");
    hex_put(&name, BYTES_ARRAY(chance));
    buf_put_u8(&name, 0);
    return buf_check(&name);
}

/* Seal a key of its own for the file, and the root under it. In: folder->key, that key. */
static struct status put_sealed(struct root_folder *folder, const struct handoff_root *root,
                                struct buf *out)
{
    uint8_t about_memory[sizeof purpose + 1 + DOMAIN_ID + 4];
    uint8_t key_memory[ROOT_SEAL_MAX];
    uint8_t iv[AEAD_IV];
    struct buf about = buf_over(about_memory, sizeof about_memory);
    struct buf key = buf_over(key_memory, sizeof key_memory);
    const struct root_seal *seal = &folder->setup.seal;
    TRY(put_about(folder, root->epoch, &about));
    TRY(seal->seal(seal->context, buf_bytes(&about), &folder->key, &key));
    TRY(buf_check(&key));
    TRY(entropy_fill(&folder->setup.entropy, iv, sizeof iv));
    buf_put_text(out, magic);
    buf_put_u8(out, VERSION);
    buf_put(out, BYTES_ARRAY(folder->setup.domain));
    buf_put_u32(out, root->epoch);
    buf_put_u16(out, (uint16_t)key.len);
    buf_put(out, buf_bytes(&key));
    struct bytes head = buf_bytes(out);
    buf_put(out, BYTES_ARRAY(iv));
    uint8_t *sealed = buf_reserve(out, SEALED_ROOT);
    TRY(buf_check(out));
    return aead_seal(&folder->key, iv, head, BYTES_ARRAY(root->master.b), sealed);
}

static struct status write_through(int file, struct bytes content)
{
    if (fchmod(file, 0600) != 0) {
        return of_errno(errno);
    }
    for (size_t done = 0; done < content.len;) {
        ssize_t put = write(file, content.ptr + done, content.len - done);
        if (put < 0 && errno != EINTR) {
            return of_errno(errno);
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return fsync(file) == 0 ? OK : of_errno(errno);
}

/* Returns: OK, with *ret_made false when something has that name already. */
static struct status link_written(struct root_folder *folder, const char *aside, const char *name,
                                  struct bytes content, bool *ret_made)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = openat(folder->folder, aside, flags, 0600);
    if (file < 0) {
        return of_errno(errno);
    }
    struct status status = write_through(file, content);
    if (close(file) != 0 && status_is_ok(status)) {
        status = of_errno(errno);
    }
    if (status_is_ok(status)) {
        *ret_made = linkat(folder->folder, aside, folder->folder, name, 0) == 0;
        status = *ret_made || errno == EEXIST ? OK : of_errno(errno);
    }
    unlinkat(folder->folder, aside, 0);
    return status;
}

/* Whether what has its name is that root. Returns: OK; NOT_FOUND; ROOT_CARRIER. */
static struct status compare_root(struct root_folder *folder, const char *name,
                                  const struct handoff_root *root)
{
    struct status status = read_root(folder, name);
    uint64_t is_same = ct_equal(folder->root.master.b, root->master.b, sizeof root->master.b);
    bool is_it = folder->root.epoch == root->epoch && ct_declassify(is_same) == 1;
    secret_wipe(&folder->root, sizeof folder->root);
    if (status.code == STATUS_NOT_FOUND) {
        return status;
    }
    return status_is_ok(status) && is_it ? OK : FAIL(ROOT_CARRIER);
}

static struct status write_new(struct root_folder *folder, const char *name,
                               const struct handoff_root *root)
{
    uint8_t memory[FILE_MAX];
    struct buf content = buf_over(memory, sizeof memory);
    struct name aside;
    bool is_made = false;
    TRY(put_other_name(folder, &aside));
    TRY(entropy_fill(&folder->setup.entropy, folder->key.b, sizeof folder->key.b));
    struct status status = put_sealed(folder, root, &content);
    secret32_wipe(&folder->key);
    TRY(status);
    TRY(link_written(folder, (const char *)aside.text, name, buf_bytes(&content), &is_made));
    return is_made ? OK : compare_root(folder, name, root);
}

static struct status write_roots(void *context, const struct handoff_roots *roots)
{
    struct root_folder *folder = context;
    struct name name;
    for (size_t i = 0; i < roots->count; i++) {
        const struct handoff_root *root = &roots->list[i];
        TRY(put_root_name(folder, root, &name));
        struct status status = compare_root(folder, (const char *)name.text, root);
        if (status.code == STATUS_NOT_FOUND) {
            status = write_new(folder, (const char *)name.text, root);
        }
        TRY(status);
    }
    /* Also for what was there: whoever linked it may have died before this. */
    return fsync(folder->folder) == 0 ? OK : of_errno(errno);
}

/* --- start and end ---------------------------------------------------------------------------- */

static struct status make_folder(const struct root_folder_setup *setup)
{
    if (mkdirat(setup->directory, setup->name, 0700) != 0) {
        return errno == EEXIST ? OK : of_errno(errno);
    }
    return fsync(setup->directory) == 0 ? OK : of_errno(errno);
}

static struct status open_folder(struct root_folder *folder)
{
    struct stat info;
    const struct root_folder_setup *setup = &folder->setup;
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    TRY(make_folder(setup));
    folder->folder = openat(setup->directory, setup->name, flags);
    if (folder->folder < 0) {
        return errno == ENOTDIR || errno == ELOOP ? FAIL(DATA_FOLDER) : of_errno(errno);
    }
    if (fstat(folder->folder, &info) != 0) {
        return of_errno(errno);
    }
    bool is_ours = info.st_uid == geteuid() && (info.st_mode & 077) == 0;
    return is_ours ? OK : FAIL(DATA_FOLDER);
}

struct status root_folder_open(const struct root_folder_setup *setup, struct root_folder **ret)
{
    void *memory;
    *ret = NULL;
    TRY(secret_alloc(sizeof(struct root_folder), &memory));
    struct root_folder *folder = memory;
    folder->setup = *setup;
    folder->folder = -1;
    struct status status = open_folder(folder);
    if (!status_is_ok(status)) {
        root_folder_close(&folder);
        return status;
    }
    *ret = folder;
    return OK;
}

void root_folder_close(struct root_folder **folder)
{
    void *memory = *folder;
    if (*folder != NULL && (*folder)->folder >= 0) {
        close((*folder)->folder);
    }
    secret_free(&memory, sizeof(struct root_folder));
    *folder = NULL;
}

struct root_carrier root_folder_port(struct root_folder *folder)
{
    return (struct root_carrier){folder, read_roots, write_roots};
}
