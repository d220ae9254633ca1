#include "snapshot/snapshot_writer.h"

#include <string.h>

#include "base/invariant.h"
#include "snapshot/snapshot_internal.h"

struct status snapshot_writer_open(const struct snapshot_writer_setup *setup,
                                   const struct cluster_now *now, struct snapshot_writer **ret)
{
    void *memory;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &memory));
    struct snapshot_writer *writer = memory;
    writer->setup = *setup;
    writer->begin_ms = now->ms;
    writer->wall_ms = now->wall_ms;
    writer->calls = (struct snapshot_calls){.mem = setup->mem, .gives_up = true};
    writer->headers = (struct snapshot_headers){.roots = setup->roots,
                                                .domain = writer->setup.domain,
                                                .anchored = setup->anchored,
                                                .wanted = 1};
    struct status status = snapshot_walk_begin(writer);
    if (!status_is_ok(status)) {
        snapshot_writer_close(&writer);
        return status;
    }
    *ret = writer;
    return OK;
}

void snapshot_writer_close(struct snapshot_writer **writer)
{
    void *memory = *writer;
    if (memory == NULL) {
        return;
    }
    struct mem *mem = (*writer)->setup.mem;
    snapshot_calls_clear(&(*writer)->calls);
    snapshot_walk_free(*writer);
    *writer = NULL;
    mem_free(mem, &memory);
}

static void end(struct snapshot_writer *writer, struct status status)
{
    writer->state = WRITER_ENDED;
    writer->status = status;
    snapshot_calls_clear(&writer->calls);
}

static void end_unless_ok(struct snapshot_writer *writer, struct status status)
{
    if (!status_is_ok(status)) {
        end(writer, status);
    }
}

/* --- the header ------------------------------------------------------------------------------- */

/* The greatest height that anybody knows of. */
static uint64_t greatest_height(const struct snapshot_writer *writer)
{
    const struct snapshot_writer_setup *setup = &writer->setup;
    uint64_t height =
        setup->anchored.height > setup->known.height ? setup->anchored.height : setup->known.height;
    for (size_t i = 0; i < writer->headers.count; i++) {
        const struct snapshot_found *found = &writer->headers.list[i];
        if (found->is_good && found->point.height > height) {
            height = found->point.height;
        }
    }
    return height;
}

static struct status make_header(struct snapshot_writer *writer)
{
    const struct snapshot_writer_setup *setup = &writer->setup;
    const struct root *root = root_keyring_newest(setup->roots);
    uint64_t height = greatest_height(writer);
    if (root == NULL) {
        return FAIL(VALUE_EPOCH);
    }
    if (height == UINT64_MAX) {
        return FAIL(NUMBER_RANGE);
    }
    struct snapshot_header header = {
        .epoch = root->epoch,
        .height = height + 1,
        .block = setup->block,
        .time_ms = writer->wall_ms,
        .records = writer->frames[0].records,
    };
    const struct snapshot_point *prev =
        writer->base != NULL ? &writer->base->point : &setup->anchored;
    memcpy(header.incarnation, setup->incarnation, sizeof header.incarnation);
    memcpy(header.prev, prev->digest, sizeof header.prev);
    memcpy(header.root, snapshot_walk_root(writer), sizeof header.root);
    return snapshot_header_make(root, &header, writer->header, &writer->point);
}

static struct status put_header(struct snapshot_writer *writer)
{
    struct snapshot_call *call = snapshot_calls_begin(&writer->calls, SNAPSHOT_PUT);
    INVARIANT(call != NULL);
    TRY(make_header(writer));
    TRY(mem_alloc(writer->setup.mem, SNAPSHOT_HEADER, &call->memory));
    memcpy(call->memory, writer->header, SNAPSHOT_HEADER);
    call->len = SNAPSHOT_HEADER;
    call->name = snapshot_header_name(&writer->point);
    return OK;
}

static void get_header(struct snapshot_writer *writer)
{
    struct snapshot_call *call = snapshot_calls_begin(&writer->calls, SNAPSHOT_GET);
    INVARIANT(call != NULL);
    call->name = snapshot_header_name(&writer->point);
}

static void anchor_or_end(struct snapshot_writer *writer)
{
    writer->stats.records = writer->frames[0].records;
    bool is_anchored = snapshot_point_order(&writer->point, &writer->setup.anchored) == 0;
    writer->state = WRITER_ANCHORING;
    if (!writer->setup.has_chain || is_anchored) {
        end(writer, OK);
    }
}

/* Whether what the newest one has is what is here. */
static bool is_as_before(const struct snapshot_writer *writer)
{
    const struct snapshot_found *base = writer->base;
    return base != NULL && !writer->setup.is_full && !writer->frames[0].is_changed &&
           bytes_equal(BYTES_ARRAY(base->header.incarnation),
                       BYTES_ARRAY(writer->setup.incarnation));
}

/* --- on and on -------------------------------------------------------------------------------- */

static void go_on_walking(struct snapshot_writer *writer)
{
    if (writer->phase == WALK_CLOSE && writer->depth == 1 && is_as_before(writer)) {
        writer->point = writer->base->point;
        anchor_or_end(writer);
        return;
    }
    end_unless_ok(writer, snapshot_walk_step(writer));
    if (writer->state == WRITER_WALKING && writer->phase == WALK_DONE) {
        writer->state = WRITER_STORING;
    }
}

/* One step, if there is one that needs nothing. */
static void take_step(struct snapshot_writer *writer)
{
    if (writer->state == WRITER_FINDING) {
        if (!snapshot_headers_step(&writer->headers, &writer->calls)) {
            writer->base = snapshot_headers_newest(&writer->headers);
            writer->state = WRITER_WALKING;
        }
    } else if (writer->state == WRITER_WALKING) {
        go_on_walking(writer);
    } else if (writer->state == WRITER_STORING && snapshot_calls_count(&writer->calls) == 0) {
        end_unless_ok(writer, put_header(writer)); /* all that it names is there */
    }
}

/* Step after step, until something is needed from others. */
static void go_on(struct snapshot_writer *writer)
{
    enum writer_state state;
    enum walk_phase phase;
    unsigned depth;
    do {
        state = writer->state;
        phase = writer->phase;
        depth = writer->depth;
        take_step(writer);
    } while (state != writer->state || phase != writer->phase || depth != writer->depth);
}

bool snapshot_writer_next(struct snapshot_writer *writer, const struct cluster_now *now,
                          struct snapshot_action *ret_action, uint64_t *ret_due_ms)
{
    writer->wall_ms = now->wall_ms > writer->wall_ms ? now->wall_ms : writer->wall_ms;
    *ret_due_ms = writer->begin_ms + SNAPSHOT_WRITE_MS;
    *ret_action = (struct snapshot_action){0};
    if (writer->state != WRITER_ENDED && now->ms >= writer->begin_ms + SNAPSHOT_WRITE_MS) {
        end(writer, FAIL(UNAVAILABLE));
    }
    go_on(writer);
    if (snapshot_calls_next(&writer->calls, now, ret_action, ret_due_ms)) {
        return true;
    }
    if (writer->state == WRITER_WALKING && writer->phase == WALK_READ) {
        ret_action->kind = SNAPSHOT_STORE;
        return true;
    }
    if (writer->state == WRITER_ANCHORING && !writer->is_anchoring) {
        writer->is_anchoring = now->ms >= writer->anchor_ms;
        *ret_action = (struct snapshot_action){
            .kind = SNAPSHOT_ANCHOR, .point = writer->point, .follows = writer->setup.anchored};
        *ret_due_ms = writer->is_anchoring ? *ret_due_ms : writer->anchor_ms;
        return writer->is_anchoring;
    }
    if (writer->state == WRITER_ENDED && !writer->is_told) {
        writer->is_told = true;
        *ret_action = (struct snapshot_action){
            .kind = SNAPSHOT_ENDED, .point = writer->point, .status = writer->status};
        return true;
    }
    *ret_due_ms = writer->state == WRITER_ENDED ? UINT64_MAX : *ret_due_ms;
    return false;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* What was put is there, or why it is not. */
static void put_ended(struct snapshot_writer *writer, struct snapshot_call *call)
{
    struct status status = call->status;
    snapshot_calls_end(&writer->calls, call);
    end_unless_ok(writer, status);
    if (writer->state == WRITER_STORING && writer->point.height != 0) {
        writer->state = WRITER_CHECKING;
        get_header(writer);
    }
}

/* Nothing is anchored that cannot be read. */
static void header_came(struct snapshot_writer *writer, struct snapshot_call *call)
{
    struct bytes got = {call->memory, call->len};
    struct status status = call->status;
    if (status_is_ok(status) && !bytes_equal(got, BYTES_ARRAY(writer->header))) {
        status = FAIL(SNAPSHOT_INVALID);
    }
    snapshot_calls_end(&writer->calls, call);
    if (status_is_ok(status)) {
        anchor_or_end(writer);
    } else {
        end(writer, status);
    }
}

void snapshot_writer_answered(struct snapshot_writer *writer, const struct cluster_now *now,
                              uint64_t id, const struct snapshot_answer *answer)
{
    struct snapshot_call *call = snapshot_calls_answered(&writer->calls, now, id, answer);
    if (call == NULL) {
        return;
    }
    if (call->kind == SNAPSHOT_PUT) {
        put_ended(writer, call);
    } else if (writer->state == WRITER_FINDING) {
        end_unless_ok(writer, snapshot_headers_answered(&writer->headers, &writer->calls, call,
                                                        answer->list));
    } else if (writer->state == WRITER_CHECKING) {
        header_came(writer, call);
    } else {
        snapshot_walk_answered(writer, call);
    }
}

void snapshot_writer_anchored(struct snapshot_writer *writer, const struct cluster_now *now,
                              struct status status)
{
    if (writer->state != WRITER_ANCHORING) {
        return;
    }
    writer->is_anchoring = false;
    writer->anchor_ms = now->ms + SNAPSHOT_RETRY_MAX_MS;
    if (status_is_ok(status) || status.code == STATUS_SNAPSHOT_LOST) {
        end(writer, status);
    }
}

struct snapshot_writer_stats snapshot_writer_stats(const struct snapshot_writer *writer)
{
    return writer->stats;
}
