#include "audit/audit_tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_TILE = 96 };

void audit_tiles_init(struct audit_tiles *tiles, int folder, uint64_t size)
{
    tiles->folder = folder;
    tiles->size = size;
    tiles->at = 0;
    for (size_t i = 0; i < AUDIT_TILES_LEVELS; i++) {
        tiles->levels[i].full = 0;
        tiles->levels[i].count = 0;
    }
    tiles->bundle = buf_over(tiles->bundle_memory, sizeof tiles->bundle_memory);
}

/* tile/kind/N, N in groups of three digits of which all but the last have an x; a tile of fewer
 * than 256 lies in a folder of its own. */
static void put_path(struct buf *path, const char *kind, uint64_t number, size_t width)
{
    char group[8];
    uint64_t unit = 1;
    buf_put_text(path, "tile/");
    buf_put_text(path, kind);
    while (number / unit >= 1000) {
        unit *= 1000;
    }
    for (; unit != 0; unit /= 1000) {
        (void)snprintf(group, sizeof group, "/%s%03u", unit == 1 ? "" : "x",
                       (unsigned)(number / unit % 1000));
        buf_put_text(path, group);
    }
    if (width != AUDIT_TILES_WIDTH) {
        buf_put_text(path, ".p/");
        buf_put_decimal(path, width);
    }
    buf_put_u8(path, '\0');
}

static bool make_folders(int folder, char *path)
{
    for (char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        bool made = mkdirat(folder, path, 0755) == 0 || errno == EEXIST;
        *at = '/';
        if (!made) {
            return false;
        }
    }
    return true;
}

static struct status write_file(int folder, char *path, struct bytes data)
{
    int fd = -1;
    if (make_folders(folder, path)) {
        fd = openat(folder, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    }
    if (fd < 0) {
        return FAIL(IO);
    }
    while (data.len != 0) {
        ssize_t written = write(fd, data.ptr, data.len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            close(fd);
            return FAIL(IO);
        }
        data = bytes_slice(data, (size_t)written, SIZE_MAX);
    }
    return close(fd) == 0 ? OK : FAIL(IO);
}

static struct status write_tile(const struct audit_tiles *tiles, size_t level)
{
    const struct audit_tiles_level *tile = &tiles->levels[level];
    char memory[PATH_MAX_TILE];
    char kind[8];
    struct buf path = buf_over((uint8_t *)memory, sizeof memory);
    (void)snprintf(kind, sizeof kind, "%u", (unsigned)level);
    put_path(&path, kind, tile->full, tile->count);
    TRY(buf_check(&path));
    return write_file(tiles->folder, memory,
                      (struct bytes){tile->hashes[0], tile->count * SHA256_BYTES});
}

static struct status write_bundle(struct audit_tiles *tiles, uint64_t number, size_t width)
{
    char memory[PATH_MAX_TILE];
    struct buf path = buf_over((uint8_t *)memory, sizeof memory);
    put_path(&path, "entries", number, width);
    TRY(buf_check(&path));
    TRY(buf_check(&tiles->bundle));
    TRY(write_file(tiles->folder, memory, buf_bytes(&tiles->bundle)));
    tiles->bundle.len = 0;
    return OK;
}

/* Add a hash to a level; the root of a tile that it fills is one of the next level. */
static struct status add_hash(struct audit_tiles *tiles, const uint8_t leaf[static SHA256_BYTES])
{
    uint8_t hash[SHA256_BYTES];
    memcpy(hash, leaf, sizeof hash);
    for (size_t i = 0; i < AUDIT_TILES_LEVELS; i++) {
        struct audit_tiles_level *level = &tiles->levels[i];
        memcpy(level->hashes[level->count++], hash, sizeof hash);
        if (level->count != AUDIT_TILES_WIDTH) {
            return OK;
        }
        struct tlog_tree tree = {.count = 0};
        for (size_t k = 0; k < AUDIT_TILES_WIDTH; k++) {
            tlog_tree_add(&tree, level->hashes[k]);
        }
        tlog_tree_root(&tree, hash);
        TRY(write_tile(tiles, i));
        level->full++;
        level->count = 0;
    }
    return FAIL(AUDIT_INVALID);
}

struct status audit_tiles_add(struct audit_tiles *tiles, struct bytes entry)
{
    uint8_t leaf[SHA256_BYTES];
    if (tiles->at >= tiles->size) {
        return OK;
    }
    tiles->at++;
    buf_put_u16(&tiles->bundle, (uint16_t)entry.len);
    buf_put(&tiles->bundle, entry);
    tlog_tree_leaf(entry, leaf);
    TRY(add_hash(tiles, leaf));
    if (tiles->at % AUDIT_TILES_WIDTH != 0) {
        return OK;
    }
    return write_bundle(tiles, tiles->at / AUDIT_TILES_WIDTH - 1, AUDIT_TILES_WIDTH);
}

struct status audit_tiles_end(struct audit_tiles *tiles, struct bytes note)
{
    char checkpoint[] = "checkpoint";
    if (tiles->at != tiles->size) {
        return FAIL(AUDIT_INVALID);
    }
    for (size_t i = 0; i < AUDIT_TILES_LEVELS; i++) {
        if (tiles->levels[i].count != 0) {
            TRY(write_tile(tiles, i));
        }
    }
    if (tiles->bundle.len != 0) {
        TRY(write_bundle(tiles, tiles->at / AUDIT_TILES_WIDTH,
                         (size_t)(tiles->at % AUDIT_TILES_WIDTH)));
    }
    return write_file(tiles->folder, checkpoint, note);
}
