#include "registry/shared_root_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/thread.h"
#include "codec/hex.h"

enum {
    TEXT = 2 + 2 * REGISTRY_HASH + 1, /* 0x, the digits and a line end */
    OTHER_PATH = SHARED_ROOT_DEV_PATH + 64,
};

struct shared_root_dev {
    struct mem *mem;
    char path[SHARED_ROOT_DEV_PATH];
    struct thread_lock lock; /* of all below */
    bool is_there;           /* for ever */
    uint8_t hash[REGISTRY_HASH];
    bool has_looked;
    uint64_t looked_ms;
    struct status looked;
};

static struct status read_text(const char *path, uint8_t text[static TEXT + 1], size_t *ret_len)
{
    *ret_len = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT ? FAIL(NOT_FOUND) : FAIL(REGISTRY_LOST);
    }
    ssize_t len = read(file, text, TEXT + 1);
    close(file);
    *ret_len = len < 0 ? 0 : (size_t)len;
    return len < 0 ? FAIL(REGISTRY_LOST) : OK;
}

/* Returns: OK, also when there is no file; REGISTRY_LOST. */
static struct status look_for_hash(struct shared_root_dev *root)
{
    uint8_t text[TEXT + 1];
    uint8_t hash[REGISTRY_HASH];
    size_t len;
    struct status status = read_text(root->path, text, &len);
    if (status.code == STATUS_NOT_FOUND) {
        return OK;
    }
    TRY(status);
    bool is_whole = len == TEXT && text[TEXT - 1] == '\n' &&
                    status_is_ok(hex_read_0x((struct bytes){text, TEXT - 1}, sizeof hash, hash));
    if (!is_whole) {
        return FAIL(REGISTRY_LOST);
    }
    memcpy(root->hash, hash, sizeof hash);
    root->is_there = true;
    return OK;
}

struct status shared_root_dev_hash(struct shared_root_dev *root, uint64_t now_ms,
                                   bool *ret_is_there, uint8_t ret_hash[static REGISTRY_HASH])
{
    thread_lock_take(&root->lock);
    bool is_due = !root->has_looked || now_ms - root->looked_ms >= SHARED_ROOT_DEV_LOOK_MS;
    if (!root->is_there && is_due) {
        root->has_looked = true;
        root->looked_ms = now_ms;
        root->looked = look_for_hash(root);
    }
    *ret_is_there = root->is_there;
    memset(ret_hash, 0, REGISTRY_HASH);
    if (root->is_there) {
        memcpy(ret_hash, root->hash, REGISTRY_HASH);
    }
    struct status status = root->is_there ? OK : root->looked;
    thread_lock_give(&root->lock);
    return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

static struct status write_other(const char *path, const uint8_t hash[static REGISTRY_HASH])
{
    uint8_t memory[TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "0x");
    hex_put(&text, (struct bytes){hash, REGISTRY_HASH});
    buf_put_u8(&text, '\n');
    unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0) {
        return FAIL(IO);
    }
    bool is_whole = write(file, text.ptr, text.len) == (ssize_t)text.len && fsync(file) == 0;
    close(file);
    return is_whole ? OK : FAIL(IO);
}

/* Whole or not at all, and only where there is none. */
static struct status link_hash(const struct shared_root_dev *root,
                               const uint8_t hash[static REGISTRY_HASH])
{
    char other[OTHER_PATH];
    (void)snprintf(other, sizeof other, "%s.new.%ld.%p", root->path, (long)getpid(),
                   (const void *)root);
    struct status status = write_other(other, hash);
    if (status_is_ok(status) && link(other, root->path) != 0 && errno != EEXIST) {
        status = FAIL(IO);
    }
    unlink(other);
    return status;
}

static struct status publish(void *context, const uint8_t hash[static REGISTRY_HASH])
{
    struct shared_root_dev *root = context;
    thread_lock_take(&root->lock);
    struct status status = root->is_there ? OK : link_hash(root, hash);
    if (status_is_ok(status) && !root->is_there) {
        status = look_for_hash(root);
    }
    bool is_ours = bytes_equal(BYTES_ARRAY(root->hash), (struct bytes){hash, REGISTRY_HASH});
    if (status_is_ok(status) && !(root->is_there && is_ours)) {
        status = root->is_there ? FAIL(ALREADY_PUBLISHED) : FAIL(IO);
    }
    thread_lock_give(&root->lock);
    return status;
}

struct publisher_port shared_root_dev_port(struct shared_root_dev *root)
{
    return (struct publisher_port){root, publish, NULL};
}

/* --- start and end ---------------------------------------------------------------------------- */

struct status shared_root_dev_open(struct bytes path, struct mem *mem, struct shared_root_dev **ret)
{
    void *block = NULL;
    *ret = NULL;
    if (path.len == 0 || path.len >= SHARED_ROOT_DEV_PATH || bytes_find(path, '\0') != path.len) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(mem_alloc(mem, sizeof(struct shared_root_dev), &block));
    struct shared_root_dev *root = block;
    root->mem = mem;
    memcpy(root->path, path.ptr, path.len);
    thread_lock_init(&root->lock);
    *ret = root;
    return OK;
}

void shared_root_dev_close(struct shared_root_dev **root)
{
    if (*root != NULL) {
        void *block = *root;
        thread_lock_deinit(&(*root)->lock);
        mem_free((*root)->mem, &block);
        *root = NULL;
    }
}
