#include "registry/shared_root_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/thread.h"
#include "codec/decimal.h"
#include "codec/hex.h"

enum {
    TEXT = 2 + 2 * REGISTRY_HASH + 1, /* 0x, the digits and a line end */
    TEXT_MAX = TEXT + 21,             /* with a number */
    OTHER_PATH = SHARED_ROOT_DEV_PATH + 64,
    HEIGHT = 20,                /* digits */
    ANCHOR = HEIGHT + 1 + TEXT, /* the height, a space, and the header as a hash is */
    ANCHOR_STEP = 1024 * 1024,  /* as in the contract */
};

/* What a file has. */
struct entry {
    uint8_t hash[REGISTRY_HASH];
    bool has_number;
    uint64_t number;
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
    struct registry_anchor anchor; /* the greatest that was seen */
    bool has_looked_for_anchor;
    uint64_t anchor_looked_ms;
    struct status anchor_looked;
    struct registry_epochs epochs; /* without deadline */
    uint64_t epochs_looked_ms;     /* 0: not yet */
    struct status epochs_looked;
};

static struct status read_text(const char *path, uint8_t text[static TEXT_MAX + 1], size_t *ret_len)
{
    *ret_len = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT ? FAIL(NOT_FOUND) : FAIL(REGISTRY_LOST);
    }
    ssize_t len = read(file, text, TEXT_MAX + 1);
    close(file);
    *ret_len = len < 0 ? 0 : (size_t)len;
    return len < 0 ? FAIL(REGISTRY_LOST) : OK;
}

/* A hash, and the number behind it where there has to be one. Returns: OK; NOT_FOUND;
 * REGISTRY_LOST. */
static struct status read_entry(const char *path, struct entry *ret)
{
    uint8_t text[TEXT_MAX + 1];
    size_t len;
    TRY(read_text(path, text, &len));
    bool is_line = len >= TEXT && len <= TEXT_MAX && text[len - 1] == '\n';
    bool has_hash = is_line && status_is_ok(hex_read_0x((struct bytes){text, TEXT - 1},
                                                        sizeof ret->hash, ret->hash));
    bool has_number =
        len > TEXT && text[TEXT - 1] == ' ' &&
        status_is_ok(decimal_u64((struct bytes){text + TEXT, len - 1 - TEXT}, &ret->number));
    return has_hash && has_number == ret->has_number && (has_number || len == TEXT)
               ? OK
               : FAIL(REGISTRY_LOST);
}

/* Returns: OK, also when there is no file; REGISTRY_LOST. */
static struct status look_for_hash(struct shared_root_dev *root)
{
    struct entry entry = {.has_number = false};
    struct status status = read_entry(root->path, &entry);
    if (status.code == STATUS_NOT_FOUND) {
        return OK;
    }
    TRY(status);
    memcpy(root->hash, entry.hash, sizeof entry.hash);
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

/* --- later roots ------------------------------------------------------------------------------ */

static uint64_t now_s(void)
{
    const struct clock clock = clock_system();
    return clock_wall(&clock).lo_ms / 1000;
}

struct name {
    char text[OTHER_PATH];
};

static struct name epoch_name(const struct shared_root_dev *root, size_t epoch)
{
    struct name name;
    (void)snprintf(name.text, sizeof name.text, "%s.epoch-%zu", root->path, epoch);
    return name;
}

static struct name proposal_name(const struct shared_root_dev *root, uint64_t number,
                                 const char *behind)
{
    struct name name;
    (void)snprintf(name.text, sizeof name.text, "%s.proposal-%zu.%llu%s", root->path,
                   root->epochs.count + 1, (unsigned long long)number, behind);
    return name;
}

static struct status look_for_commitments(struct registry_epochs *epochs,
                                          const struct shared_root_dev *root)
{
    while (epochs->count < REGISTRY_EPOCHS_MAX) {
        struct entry entry = {.has_number = false};
        const struct name name = epoch_name(root, epochs->count + 1);
        struct status status = read_entry(name.text, &entry);
        if (status.code == STATUS_NOT_FOUND) {
            return OK;
        }
        TRY(status);
        memcpy(epochs->list[epochs->count++], entry.hash, REGISTRY_HASH);
    }
    return OK;
}

/* The first proposal that was not vetoed. */
static struct status look_for_proposal(struct shared_root_dev *root)
{
    struct registry_epochs *epochs = &root->epochs;
    epochs->next = REGISTRY_NEXT_NONE;
    memset(epochs->commitment, 0, sizeof epochs->commitment);
    epochs->proposal = epochs->executable_at = 0;
    for (uint64_t i = 1; i <= SHARED_ROOT_DEV_PROPOSALS_MAX; i++) {
        struct entry entry = {.has_number = true};
        const struct name name = proposal_name(root, i, "");
        const struct name veto = proposal_name(root, i, ".veto");
        struct status status = read_entry(name.text, &entry);
        if (status.code == STATUS_NOT_FOUND) {
            return OK;
        }
        TRY(status);
        if (access(veto.text, F_OK) != 0) {
            epochs->next = REGISTRY_NEXT_PROPOSED;
            epochs->proposal = i;
            epochs->executable_at = entry.number;
            memcpy(epochs->commitment, entry.hash, REGISTRY_HASH);
            return OK;
        }
    }
    return OK;
}

static struct status look_for_epochs(struct shared_root_dev *root)
{
    TRY(look_for_commitments(&root->epochs, root));
    return look_for_proposal(root);
}

struct status shared_root_dev_epochs(struct shared_root_dev *root, uint64_t now_ms,
                                     struct registry_epochs *ret)
{
    thread_lock_take(&root->lock);
    if (root->epochs_looked_ms == 0 || now_ms - root->epochs_looked_ms >= SHARED_ROOT_DEV_LOOK_MS) {
        root->epochs_looked_ms = now_ms | 1;
        root->epochs_looked = look_for_epochs(root);
    }
    uint64_t deadline_ms = ret->deadline_ms;
    *ret = root->epochs;
    ret->deadline_ms = deadline_ms;
    ret->is_due = ret->next == REGISTRY_NEXT_PROPOSED && now_s() >= ret->executable_at;
    struct status status = root->epochs_looked;
    thread_lock_give(&root->lock);
    return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

static struct status write_other(const char *path, const struct entry *entry)
{
    uint8_t memory[TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "0x");
    hex_put(&text, BYTES_ARRAY(entry->hash));
    if (entry->has_number) {
        buf_put_u8(&text, ' ');
        buf_put_decimal(&text, entry->number);
    }
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
static struct status link_entry(const struct shared_root_dev *root, const char *path,
                                const struct entry *entry)
{
    char other[OTHER_PATH];
    (void)snprintf(other, sizeof other, "%s.new.%ld.%p", root->path, (long)getpid(),
                   (const void *)root);
    struct status status = write_other(other, entry);
    if (status_is_ok(status) && link(other, path) != 0 && errno != EEXIST) {
        status = FAIL(IO);
    }
    unlink(other);
    return status;
}

static struct entry entry_of(const uint8_t hash[static REGISTRY_HASH])
{
    struct entry entry = {.has_number = false};
    memcpy(entry.hash, hash, sizeof entry.hash);
    return entry;
}

static struct status publish(void *context, const uint8_t hash[static REGISTRY_HASH])
{
    struct shared_root_dev *root = context;
    const struct entry entry = entry_of(hash);
    thread_lock_take(&root->lock);
    struct status status = root->is_there ? OK : link_entry(root, root->path, &entry);
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

/* --- anchors ---------------------------------------------------------------------------------- */

/* Without a file it is made when may_make. Returns: a descriptor, locked; -1 for none, with errno.
 */
static int open_anchor(const struct shared_root_dev *root, bool may_make)
{
    char path[OTHER_PATH];
    (void)snprintf(path, sizeof path, "%s.anchor", root->path);
    int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (may_make ? O_CREAT : 0);
    int file = open(path, flags, 0644);
    if (file >= 0 && flock(file, LOCK_EX) != 0) {
        close(file);
        errno = EIO;
        return -1;
    }
    return file;
}

/* An empty file has none. Returns: OK; REGISTRY_LOST. */
static struct status read_anchor(int file, struct registry_anchor *ret_anchor)
{
    uint8_t text[ANCHOR + 1];
    ssize_t len = pread(file, text, sizeof text, 0);
    *ret_anchor = (struct registry_anchor){0};
    if (len == 0) {
        return OK;
    }
    bool is_whole = len == ANCHOR && text[HEIGHT] == ' ' && text[ANCHOR - 1] == '\n';
    for (size_t i = 0; is_whole && i < HEIGHT; i++) {
        is_whole = text[i] >= '0' && text[i] <= '9';
        ret_anchor->height = 10 * ret_anchor->height + text[i] - '0';
    }
    struct bytes header = {text + HEIGHT + 1, TEXT - 1};
    is_whole = is_whole &&
               status_is_ok(hex_read_0x(header, sizeof ret_anchor->header, ret_anchor->header));
    ret_anchor->is_anchored = is_whole && ret_anchor->height != 0;
    if (!ret_anchor->is_anchored) {
        *ret_anchor = (struct registry_anchor){0};
    }
    return is_whole ? OK : FAIL(REGISTRY_LOST);
}

static struct status write_anchor(int file, const struct publisher_anchor *anchor)
{
    uint8_t memory[ANCHOR + 1];
    struct buf text = buf_over(memory, sizeof memory);
    char height[HEIGHT + 1];
    (void)snprintf(height, sizeof height, "%0*llu", HEIGHT, (unsigned long long)anchor->height);
    buf_put_text(&text, height);
    buf_put_text(&text, " 0x");
    hex_put(&text, BYTES_ARRAY(anchor->header));
    buf_put_u8(&text, '\n');
    bool is_whole = pwrite(file, text.ptr, text.len, 0) == (ssize_t)text.len && fsync(file) == 0;
    return is_whole ? OK : FAIL(IO);
}

/* As the contract does. Returns: OK, with *ret_is_there when there is nothing to write. */
static struct status judge_anchor(const struct registry_anchor *is,
                                  const struct publisher_anchor *anchor, bool *ret_is_there)
{
    static const uint8_t none[REGISTRY_HASH];
    bool is_header = bytes_equal(BYTES_ARRAY(is->header), BYTES_ARRAY(anchor->header));
    *ret_is_there = is->is_anchored && is->height == anchor->height && is_header;
    if (*ret_is_there) {
        return OK;
    }
    if (bytes_equal(BYTES_ARRAY(anchor->header), BYTES_ARRAY(none))) {
        return FAIL(CALL_REVERTED);
    }
    if (anchor->height <= is->height || anchor->height - is->height > ANCHOR_STEP) {
        return FAIL(ANCHOR_HEIGHT);
    }
    return bytes_equal(BYTES_ARRAY(is->header), BYTES_ARRAY(anchor->follows)) ? OK
                                                                              : FAIL(ANCHOR_MOVED);
}

static struct status publish_anchor(void *context, const struct publisher_anchor *anchor)
{
    struct shared_root_dev *root = context;
    struct registry_anchor is;
    bool is_there = false;
    int file = open_anchor(root, true);
    if (file < 0) {
        return FAIL(IO);
    }
    struct status status = read_anchor(file, &is);
    if (status_is_ok(status)) {
        status = judge_anchor(&is, anchor, &is_there);
    }
    if (status_is_ok(status) && !is_there) {
        status = write_anchor(file, anchor);
    }
    close(file);
    return status;
}

static struct status look_for_anchor(struct shared_root_dev *root)
{
    struct registry_anchor is;
    int file = open_anchor(root, false);
    if (file < 0) {
        return errno == ENOENT ? OK : FAIL(REGISTRY_LOST);
    }
    struct status status = read_anchor(file, &is);
    close(file);
    if (is.height > root->anchor.height) {
        root->anchor = is;
    }
    return status;
}

struct status shared_root_dev_anchor(struct shared_root_dev *root, uint64_t now_ms,
                                     struct registry_anchor *ret_anchor)
{
    thread_lock_take(&root->lock);
    if (!root->has_looked_for_anchor ||
        now_ms - root->anchor_looked_ms >= SHARED_ROOT_DEV_LOOK_MS) {
        root->has_looked_for_anchor = true;
        root->anchor_looked_ms = now_ms;
        root->anchor_looked = look_for_anchor(root);
    }
    struct status status = root->anchor_looked;
    *ret_anchor = status_is_ok(status) ? root->anchor : (struct registry_anchor){0};
    thread_lock_give(&root->lock);
    return status;
}

/* --- proposals of later roots ----------------------------------------------------------------- */

/* Whether that is what is proposed now. */
static bool is_proposed(const struct shared_root_dev *root,
                        const uint8_t commitment[static REGISTRY_HASH])
{
    return root->epochs.next == REGISTRY_NEXT_PROPOSED &&
           bytes_equal(BYTES_ARRAY(root->epochs.commitment),
                       (struct bytes){commitment, REGISTRY_HASH});
}

/* In the place behind those that were vetoed. With the lock, after a look. */
static struct status link_proposal(struct shared_root_dev *root,
                                   const uint8_t commitment[static REGISTRY_HASH])
{
    struct entry entry = entry_of(commitment);
    entry.has_number = true;
    entry.number = now_s() + SHARED_ROOT_DEV_DELAY_S;
    for (uint64_t i = 1; i <= SHARED_ROOT_DEV_PROPOSALS_MAX; i++) {
        const struct name name = proposal_name(root, i, "");
        if (access(name.text, F_OK) != 0) {
            TRY(link_entry(root, name.text, &entry));
            TRY(look_for_epochs(root));
            return is_proposed(root, commitment) ? OK : FAIL(ALREADY_PUBLISHED);
        }
    }
    return FAIL(CALL_REVERTED);
}

static struct status propose(void *context, uint32_t epoch,
                             const uint8_t commitment[static REGISTRY_HASH])
{
    struct shared_root_dev *root = context;
    thread_lock_take(&root->lock);
    struct status status = look_for_epochs(root);
    bool is_next = epoch == root->epochs.count + 1 && root->epochs.count < REGISTRY_EPOCHS_MAX;
    bool is_other = root->epochs.next != REGISTRY_NEXT_NONE && !is_proposed(root, commitment);
    if (status_is_ok(status) && (!is_next || is_other)) {
        status = FAIL(ALREADY_PUBLISHED);
    } else if (status_is_ok(status) && !is_proposed(root, commitment)) {
        status = link_proposal(root, commitment);
    }
    thread_lock_give(&root->lock);
    return status;
}

static struct status execute(void *context, uint64_t proposal,
                             const uint8_t commitment[static REGISTRY_HASH])
{
    struct shared_root_dev *root = context;
    const struct entry entry = entry_of(commitment);
    thread_lock_take(&root->lock);
    struct status status = look_for_epochs(root);
    if (status_is_ok(status) && is_proposed(root, commitment) &&
        root->epochs.proposal == proposal) {
        const struct name name = epoch_name(root, root->epochs.count + 1);
        status = now_s() < root->epochs.executable_at ? FAIL(CALL_REVERTED)
                                                      : link_entry(root, name.text, &entry);
    }
    thread_lock_give(&root->lock);
    return status;
}

struct publisher_port shared_root_dev_port(struct shared_root_dev *root)
{
    return (struct publisher_port){root, publish, publish_anchor, propose, execute};
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
