#include "tlog/tlog_proof.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/base64.h"
#include "codec/decimal.h"

#define HEADER "c2sp.org/tlog-proof@v1"

/* The larger part of a tree of size leaves, from 2. */
static uint64_t split(uint64_t size)
{
    uint64_t half = 1;
    while (2 * half < size) {
        half *= 2;
    }
    return half;
}

/* From the root down: on each level the part in which the leaf is not. */
void tlog_proof_begin(struct tlog_proof_maker *maker, uint64_t index, uint64_t size)
{
    INVARIANT(index < size && size <= (uint64_t)1 << TLOG_TREE_LEVELS);
    struct tlog_proof_part down[TLOG_TREE_LEVELS];
    *maker = (struct tlog_proof_maker){.index = index, .size = size};
    uint64_t from = 0;
    uint64_t to = size;
    size_t count = 0;
    while (to - from > 1) {
        uint64_t middle = from + split(to - from);
        if (index < middle) {
            down[count++] = (struct tlog_proof_part){middle, to};
            to = middle;
        } else {
            down[count++] = (struct tlog_proof_part){from, middle};
            from = middle;
        }
    }
    for (size_t i = 0; i < count; i++) {
        maker->parts[i] = down[count - 1 - i];
    }
    maker->count = count;
}

void tlog_proof_add(struct tlog_proof_maker *maker, const uint8_t leaf[static SHA256_BYTES])
{
    uint64_t at = maker->at++;
    for (size_t i = 0; i < maker->count; i++) {
        const struct tlog_proof_part *part = &maker->parts[i];
        if (at < part->from || at >= part->to) {
            continue;
        }
        if (at == part->from) {
            maker->tree.count = 0;
        }
        tlog_tree_add(&maker->tree, leaf);
        if (at + 1 == part->to) {
            tlog_tree_root(&maker->tree, maker->path.hashes[i]);
        }
    }
    maker->path.count = maker->count;
}

const struct tlog_path *tlog_proof_path(const struct tlog_proof_maker *maker)
{
    return maker->at >= maker->size ? &maker->path : NULL;
}

struct status tlog_proof_root(const struct tlog_path *path, uint64_t index, uint64_t size,
                              const uint8_t leaf[static SHA256_BYTES],
                              uint8_t out[static SHA256_BYTES])
{
    memcpy(out, leaf, SHA256_BYTES);
    if (index >= size) {
        return FAIL(AUDIT_NOTE_INVALID);
    }
    uint64_t last = size - 1;
    for (size_t i = 0; i < path->count; i++) {
        if (last == 0) {
            return FAIL(AUDIT_NOTE_INVALID);
        }
        if ((index & 1) == 0 && index != last) {
            tlog_tree_node(out, path->hashes[i], out);
        } else {
            tlog_tree_node(path->hashes[i], out, out);
            while ((index & 1) == 0 && index != 0) {
                index >>= 1;
                last >>= 1;
            }
        }
        index >>= 1;
        last >>= 1;
    }
    return last == 0 ? OK : FAIL(AUDIT_NOTE_INVALID);
}

void tlog_proof_put(struct bytes record, uint64_t index, const struct tlog_path *path,
                    struct bytes note, struct buf *out)
{
    buf_put_text(out, HEADER "\nextra ");
    base64_put(out, record);
    buf_put_text(out, "\nindex ");
    buf_put_decimal(out, index);
    buf_put_u8(out, '\n');
    for (size_t i = 0; i < path->count; i++) {
        base64_put(out, BYTES_ARRAY(path->hashes[i]));
        buf_put_u8(out, '\n');
    }
    buf_put_u8(out, '\n');
    buf_put(out, note);
}

static bool next_line(struct bytes *rest, struct bytes *ret_line)
{
    size_t end = bytes_find(*rest, '\n');
    if (end == rest->len) {
        return false;
    }
    *ret_line = bytes_slice(*rest, 0, end);
    *rest = bytes_slice(*rest, end + 1, SIZE_MAX);
    return true;
}

/* What follows a keyword and a space on the next line. */
static bool next_member(struct bytes *rest, struct bytes keyword, struct bytes *ret_value)
{
    struct bytes line;
    if (!next_line(rest, &line) || !bytes_starts(line, keyword)) {
        return false;
    }
    *ret_value = bytes_slice(line, keyword.len, SIZE_MAX);
    return true;
}

static bool read_path(struct bytes *rest, struct tlog_path *ret)
{
    struct bytes line;
    while (next_line(rest, &line)) {
        if (line.len == 0) {
            return true;
        }
        if (ret->count == TLOG_TREE_LEVELS) {
            return false;
        }
        struct buf hash = buf_over(ret->hashes[ret->count++], SHA256_BYTES);
        if (!status_is_ok(base64_read(line, &hash)) || hash.len != SHA256_BYTES) {
            return false;
        }
    }
    return false;
}

static struct status read_record(struct arena *arena, struct bytes text, struct bytes *ret)
{
    size_t cap = text.len / 4 * 3 + 1;
    uint8_t *memory = arena_alloc(arena, cap);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, cap);
    TRY(base64_read(text, &out));
    *ret = buf_bytes(&out);
    return OK;
}

static struct status read_parts(struct arena *arena, struct bytes rest, struct tlog_proof *ret)
{
    struct bytes line;
    struct bytes record;
    struct bytes index;
    if (!next_line(&rest, &line) || !bytes_equal(line, BYTES_LITERAL(HEADER)) ||
        !next_member(&rest, BYTES_LITERAL("extra "), &record) ||
        !next_member(&rest, BYTES_LITERAL("index "), &index) ||
        !status_is_ok(decimal_u64(index, &ret->index)) || !read_path(&rest, &ret->path)) {
        return FAIL(AUDIT_NOTE_INVALID);
    }
    ret->note = rest;
    TRY(tlog_note_read(rest, &ret->checkpoint));
    return read_record(arena, record, &ret->record);
}

struct status tlog_proof_read(struct arena *arena, struct bytes text, struct tlog_proof *ret)
{
    uint8_t leaf[SHA256_BYTES];
    uint8_t root[SHA256_BYTES];
    *ret = (struct tlog_proof){.index = 0};
    struct status status = read_parts(arena, text, ret);
    if (status_is_ok(status)) {
        tlog_tree_leaf(ret->record, leaf);
        status = tlog_proof_root(&ret->path, ret->index, ret->checkpoint.size, leaf, root);
    }
    if (status_is_ok(status) &&
        !bytes_equal(BYTES_ARRAY(root), BYTES_ARRAY(ret->checkpoint.root))) {
        status = FAIL(AUDIT_NOTE_INVALID);
    }
    if (!status_is_ok(status)) {
        *ret = (struct tlog_proof){.index = 0};
    }
    return status_judged(status, FAIL(AUDIT_NOTE_INVALID));
}
