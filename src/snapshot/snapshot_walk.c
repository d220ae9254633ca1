/* The walk of a writer: along the tree of digests, beside the nodes of the snapshot before. */
#include <string.h>

#include "base/invariant.h"
#include "snapshot/snapshot_internal.h"

enum {
    LEAF = KV_DIGEST_LEVELS,
    NAMES = SNAPSHOT_NAMES_MAX * SNAPSHOT_DIGEST,
    SMALL =
        SNAPSHOT_CHILDREN * (SNAPSHOT_ENTRY + SNAPSHOT_DIGEST), /* bytes of a node above leaves */
};

static struct frame *deepest(struct snapshot_writer *writer)
{
    INVARIANT(writer->depth != 0);
    return &writer->frames[writer->depth - 1];
}

/* Leaves have parts; of every other node the records fit into one object, or lie further down. */
static bool is_above_leaves(const struct frame *frame)
{
    return frame->place.level + 1u == LEAF;
}

static struct status alloc_buf(struct snapshot_writer *writer, size_t len, struct buf *ret)
{
    void *memory;
    *ret = buf_over(NULL, 0);
    TRY(mem_alloc(writer->setup.mem, len, &memory));
    *ret = buf_over(memory, len);
    return OK;
}

static void free_buf(struct snapshot_writer *writer, struct buf *buf)
{
    void *memory = buf->ptr;
    mem_free(writer->setup.mem, &memory);
    *buf = buf_over(NULL, 0);
}

struct status snapshot_walk_begin(struct snapshot_writer *writer)
{
    for (size_t level = 0; level < KV_DIGEST_LEVELS; level++) {
        size_t len = level + 1 == LEAF ? (size_t)SNAPSHOT_NODE_MAX : (size_t)SMALL;
        TRY(alloc_buf(writer, len, &writer->frames[level].out));
    }
    TRY(alloc_buf(writer, SNAPSHOT_RECORDS_MAX, &writer->piece));
    return alloc_buf(writer, NAMES, &writer->names);
}

void snapshot_walk_free(struct snapshot_writer *writer)
{
    for (size_t level = 0; level < KV_DIGEST_LEVELS; level++) {
        free_buf(writer, &writer->frames[level].out);
        mem_free(writer->setup.mem, &writer->frames[level].old_memory);
    }
    free_buf(writer, &writer->piece);
    free_buf(writer, &writer->names);
}

const uint8_t *snapshot_walk_root(const struct snapshot_writer *writer)
{
    INVARIANT(writer->phase == WALK_DONE);
    return writer->frames[0].object.digest;
}

/* --- down and up ------------------------------------------------------------------------------ */

/* Begin with a node; old is the name of the one before, or NULL. */
static void enter_node(struct snapshot_writer *writer, const struct snapshot_place *place,
                       const uint8_t *old)
{
    struct frame *frame = &writer->frames[writer->depth++];
    struct buf out = frame->out;
    out.len = 0;
    mem_free(writer->setup.mem, &frame->old_memory);
    *frame = (struct frame){.place = *place, .has_old = old != NULL, .out = out};
    if (old != NULL) {
        frame->object.place = *place;
        memcpy(frame->object.digest, old, SNAPSHOT_DIGEST);
    }
    writer->is_filling = false;
    writer->phase = WALK_OPEN;
}

static bool is_root(const struct frame *frame)
{
    return frame->place.level == 0;
}

static void add_sum(const struct frame *frame, uint8_t sum[static KV_DIGEST],
                    const uint8_t other[static KV_DIGEST])
{
    if (frame->place.is_strict) {
        snapshot_strict_add(sum, other);
    } else {
        snapshot_node_add(sum, other);
    }
}

/* The child that is next is what the entry says. A root without strict records has no entry of
 * them. */
static void add_child(struct snapshot_writer *writer, const struct snapshot_entry *entry,
                      bool is_changed)
{
    struct frame *frame = deepest(writer);
    unsigned children = is_root(frame) ? SNAPSHOT_CHILDREN : KV_DIGEST_FAN;
    if (frame->child != SNAPSHOT_STRICT || entry->kind != 0) {
        snapshot_node_put(&frame->out, entry);
    }
    add_sum(frame, frame->sum, entry->sum);
    frame->records += entry->records;
    frame->is_changed = frame->is_changed || is_changed;
    frame->child++;
    writer->is_filling = false;
    writer->phase = frame->child == children ? WALK_CLOSE : WALK_READ;
}

static void enter_child(struct snapshot_writer *writer, const uint8_t *old)
{
    struct frame *frame = deepest(writer);
    struct snapshot_place place =
        snapshot_node_child(&frame->place, frame->child, SNAPSHOT_NODE, 0);
    enter_node(writer, &place, old);
}

/* Ask for the node of the snapshot before. */
static void open_node(struct snapshot_writer *writer)
{
    struct frame *frame = deepest(writer);
    if (!frame->has_old) {
        writer->phase = WALK_READ;
        return;
    }
    struct snapshot_call *call = snapshot_calls_begin(&writer->calls, SNAPSHOT_GET);
    if (call != NULL) {
        call->object = frame->object;
        call->name = snapshot_object_name(frame->object.digest);
        writer->phase = WALK_WAIT;
    }
}

void snapshot_walk_answered(struct snapshot_writer *writer, struct snapshot_call *call)
{
    struct frame *frame = deepest(writer);
    INVARIANT(writer->phase == WALK_WAIT);
    struct bytes sealed = {call->memory, call->len};
    struct status status = call->status;
    writer->phase = WALK_READ;
    writer->stats.read_objects++;
    if (status_is_ok(status)) {
        uint8_t *plaintext = (uint8_t *)call->memory + SNAPSHOT_HEAD;
        status = snapshot_object_open(writer->setup.roots, &call->object, sealed, plaintext);
        struct bytes opened = bytes_slice(sealed, SNAPSHOT_HEAD, sealed.len - SNAPSHOT_OVERHEAD);
        if (status_is_ok(status)) {
            status = snapshot_node_read(opened, frame->place.level, &frame->old);
        }
    }
    frame->has_old = status_is_ok(status);
    if (frame->has_old) {
        frame->old_memory = call->memory;
        call->memory = NULL;
    }
    snapshot_calls_end(&writer->calls, call);
}

/* --- the store -------------------------------------------------------------------------------- */

static void begin_filling(struct snapshot_writer *writer)
{
    struct frame *frame = deepest(writer);
    struct snapshot_place place =
        snapshot_node_child(&frame->place, frame->child, SNAPSHOT_RECORDS, 0);
    unsigned below = 4u * (LEAF - (unsigned)place.level);
    writer->at = (struct kv_digest_place){.leaf = (uint16_t)((unsigned)place.index << below)};
    if (place.is_strict) {
        writer->strict_at = snapshot_strict_begin(&place);
    }
    writer->child = (struct snapshot_entry){.kind = SNAPSHOT_RECORDS};
    writer->names.len = 0;
    writer->piece.len = 0;
    writer->piece_records = 0;
    writer->is_last = false;
    writer->is_filling = true;
}

/* Whether the child that is next is of strict records. */
static bool is_strict_child(const struct frame *frame)
{
    return frame->place.is_strict || frame->child == SNAPSHOT_STRICT;
}

/* Whether a record that is next does not go into the object that is being filled, which then has
 * to be sealed, or is none: what is below it is too much for one. */
static bool is_full(struct snapshot_writer *writer, size_t len)
{
    const struct frame *frame = deepest(writer);
    size_t room = is_above_leaves(frame) ? (size_t)SYNC_PAGE : (size_t)SNAPSHOT_GROUP;
    bool is_over = writer->piece.len + len > room;
    if (is_over && !is_above_leaves(frame)) {
        enter_child(writer, NULL);
        return true;
    }
    if (is_over && writer->piece_records != 0) {
        writer->phase = WALK_SEAL;
        return true;
    }
    return false;
}

/* One that was put into it. Returns: what it costs of a step. */
static size_t count_record(struct snapshot_writer *writer, const uint8_t digest[static KV_DIGEST],
                           size_t len)
{
    writer->child.records++;
    writer->piece_records++;
    writer->stats.read_records++;
    if (is_strict_child(deepest(writer))) {
        snapshot_strict_add(writer->child.sum, digest);
    } else {
        snapshot_node_add(writer->child.sum, digest);
    }
    return 1 + len / SNAPSHOT_STEP_UNIT;
}

static size_t end_filling(struct snapshot_writer *writer)
{
    writer->is_last = true;
    writer->phase = WALK_SEAL;
    return 1;
}

/* What is next of the child that is being read. Returns: what it costs of a step. */
static size_t read_record(struct snapshot_writer *writer, const struct kv *kv)
{
    const struct frame *frame = deepest(writer);
    struct kv_digest_place next = writer->at;
    struct kv_feed_item item;
    uint8_t digest[KV_DIGEST];
    unsigned below = 4u * (LEAF - 1u - frame->place.level);
    unsigned child = (unsigned)frame->place.index * KV_DIGEST_FAN + frame->child;
    uint16_t last = (uint16_t)(((child + 1) << below) - 1);
    if (!kv_digest_next(kv, &next, last, &item, digest)) {
        return end_filling(writer);
    }
    struct sync_record record = {item.tenant, item.is_system, item.record};
    size_t len = sync_message_record_len(&record);
    if (is_full(writer, len)) {
        return 1;
    }
    sync_message_put_record(&writer->piece, &record);
    writer->at = next;
    return count_record(writer, digest, len);
}

static size_t read_strict(struct snapshot_writer *writer)
{
    struct snapshot_strict_at next = writer->strict_at;
    struct strict_record record;
    uint8_t digest[KV_DIGEST];
    if (!snapshot_strict_next(writer->setup.strict, &next, &record, digest)) {
        return end_filling(writer);
    }
    size_t len = record.key.len + record.version.value.len;
    if (is_full(writer, len)) {
        return 1;
    }
    strict_record_put(&writer->piece, &record);
    writer->strict_at = next;
    return count_record(writer, digest, len);
}

/* What is now below the child that is next. */
static void sum_child(const struct snapshot_writer *writer, const struct frame *frame,
                      const struct kv *kv, uint8_t ret[static KV_DIGEST])
{
    uint8_t sums[KV_DIGEST_FAN * KV_DIGEST];
    if (is_strict_child(frame)) {
        struct snapshot_place place =
            snapshot_node_child(&frame->place, frame->child, SNAPSHOT_RECORDS, 0);
        snapshot_strict_sum(writer->setup.strict, &place, ret);
        return;
    }
    kv_digest_children(kv, frame->place.level, frame->place.index, sums);
    memcpy(ret, sums + frame->child * (size_t)KV_DIGEST, KV_DIGEST);
}

/* The strict records that are here are not all: those of the snapshot before stay. */
static void keep_strict(struct snapshot_writer *writer)
{
    static const struct snapshot_entry nothing;
    struct frame *frame = deepest(writer);
    frame->is_lost = writer->base != NULL && !frame->has_old;
    add_child(writer, frame->has_old ? &frame->old.entries[SNAPSHOT_STRICT] : &nothing, false);
}

/* Look at the next child: nothing, as before, further down, or to be read. */
static void look_at_child(struct snapshot_writer *writer, const struct kv *kv)
{
    static const uint8_t none[KV_DIGEST];
    struct frame *frame = deepest(writer);
    uint8_t sum[KV_DIGEST];
    if (frame->child == SNAPSHOT_STRICT && writer->setup.strict == NULL) {
        keep_strict(writer);
        return;
    }
    sum_child(writer, frame, kv, sum);
    bool is_beside = frame->has_old && !writer->setup.is_full;
    const struct snapshot_entry *old = is_beside ? &frame->old.entries[frame->child] : NULL;
    if (old != NULL && bytes_equal(BYTES_ARRAY(sum), BYTES_ARRAY(old->sum))) {
        add_child(writer, old, false);
    } else if (bytes_equal(BYTES_ARRAY(sum), BYTES_ARRAY(none))) {
        const struct snapshot_entry nothing = {0};
        add_child(writer, &nothing, true);
    } else if (old != NULL && old->kind == SNAPSHOT_NODE) {
        enter_child(writer, old->names.ptr);
    } else {
        begin_filling(writer);
    }
}

void snapshot_writer_read(struct snapshot_writer *writer, const struct kv *kv)
{
    size_t steps = 0;
    while (writer->state == WRITER_WALKING && writer->phase == WALK_READ && steps < SNAPSHOT_STEP) {
        if (writer->is_filling) {
            steps +=
                is_strict_child(deepest(writer)) ? read_strict(writer) : read_record(writer, kv);
        } else {
            look_at_child(writer, kv);
            steps++;
        }
    }
}

/* --- sealing ---------------------------------------------------------------------------------- */

/* Seal and put. Returns: OK; NO_MEMORY, ENTROPY, VALUE_EPOCH, INTERNAL. */
static struct status put_object(struct snapshot_writer *writer, struct snapshot_call *call,
                                struct bytes plaintext)
{
    uint8_t nonce[SNAPSHOT_NONCE];
    const struct root *root = root_keyring_newest(writer->setup.roots);
    if (root == NULL) {
        return FAIL(VALUE_EPOCH);
    }
    TRY(entropy_fill(&writer->setup.entropy, nonce, sizeof nonce));
    TRY(mem_alloc(writer->setup.mem, plaintext.len + SNAPSHOT_OVERHEAD, &call->memory));
    call->len = plaintext.len + SNAPSHOT_OVERHEAD;
    TRY(snapshot_object_seal(root, nonce, plaintext, call->memory, &call->object));
    call->name = snapshot_object_name(call->object.digest);
    writer->stats.objects++;
    writer->stats.bytes += call->len;
    return OK;
}

/* Put the records that were read. When they were the last ones, the child is done. */
static struct status seal_piece(struct snapshot_writer *writer)
{
    struct frame *frame = deepest(writer);
    size_t part = writer->names.len / SNAPSHOT_DIGEST;
    if (writer->piece_records != 0) {
        struct snapshot_call *call = snapshot_calls_begin(&writer->calls, SNAPSHOT_PUT);
        if (call == NULL) {
            return OK; /* when one is done */
        }
        if (part >= SNAPSHOT_NAMES_MAX) {
            return FAIL(BUFFER_FULL);
        }
        call->object.place =
            snapshot_node_child(&frame->place, frame->child, SNAPSHOT_RECORDS, part);
        TRY(buf_check(&writer->piece));
        TRY(put_object(writer, call, buf_bytes(&writer->piece)));
        buf_put(&writer->names, BYTES_ARRAY(call->object.digest));
        writer->piece.len = 0;
        writer->piece_records = 0;
    }
    if (!writer->is_last) {
        writer->phase = WALK_READ;
        return OK;
    }
    writer->child.names = buf_bytes(&writer->names);
    if (writer->child.records == 0) { /* all of it was deleted while we looked */
        writer->child = (struct snapshot_entry){0};
    }
    add_child(writer, &writer->child, true);
    return buf_check(&frame->out);
}

/* Put a node and go up. The root is put even if it has nothing. */
static struct status close_node(struct snapshot_writer *writer)
{
    struct frame *frame = deepest(writer);
    struct snapshot_entry entry = {0};
    if (frame->records > UINT32_MAX) {
        return FAIL(NUMBER_RANGE);
    }
    if (frame->is_lost) {
        return FAIL(NOT_CURRENT);
    }
    if (frame->records != 0 || is_root(frame)) {
        struct snapshot_call *call = snapshot_calls_begin(&writer->calls, SNAPSHOT_PUT);
        if (call == NULL) {
            return OK;
        }
        call->object.place = frame->place;
        TRY(put_object(writer, call, buf_bytes(&frame->out)));
        frame->object = call->object;
        entry.kind = SNAPSHOT_NODE;
        entry.records = (uint32_t)frame->records;
        entry.names = BYTES_ARRAY(frame->object.digest);
        memcpy(entry.sum, frame->sum, sizeof entry.sum);
    }
    if (is_root(frame)) {
        writer->phase = WALK_DONE;
        return OK;
    }
    writer->depth--;
    add_child(writer, &entry, true);
    return buf_check(&deepest(writer)->out);
}

/* The first of the walk: the root, beside that of the snapshot before. */
static void enter_root(struct snapshot_writer *writer)
{
    const struct snapshot_place root = {.kind = SNAPSHOT_NODE};
    bool has_old = writer->base != NULL && (!writer->setup.is_full || writer->setup.strict == NULL);
    enter_node(writer, &root, has_old ? writer->base->header.root : NULL);
}

struct status snapshot_walk_step(struct snapshot_writer *writer)
{
    if (writer->depth == 0) {
        enter_root(writer);
    }
    if (writer->phase == WALK_OPEN) {
        open_node(writer);
    } else if (writer->phase == WALK_SEAL) {
        return seal_piece(writer);
    } else if (writer->phase == WALK_CLOSE) {
        return close_node(writer);
    }
    return OK;
}
