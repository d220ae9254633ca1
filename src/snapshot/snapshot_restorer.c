#include "snapshot/snapshot_restorer.h"

#include <string.h>

#include "base/invariant.h"
#include "keys/root.h"
#include "snapshot/snapshot_calls_internal.h"
#include "snapshot/snapshot_node.h"
#include "snapshot/snapshot_writer.h"

/* Objects that wait to be read: the last one is first, so that few nodes are open at once; and of
 * those that are read again, all. */
enum {
    WANTED_MAX = 2 * SNAPSHOT_NAMES_MAX,
    AGAIN_MAX = KV_DIGEST_LEAVES + SNAPSHOT_NAMES_MAX,
};

enum state {
    FINDING, /* the newest header */
    READING,
    ENDED,
};

struct list {
    struct snapshot_object *objects; /* [max], once there is one */
    size_t count;
    size_t max;
};

struct snapshot_restorer {
    struct snapshot_restorer_setup setup;
    struct snapshot_calls calls;
    struct snapshot_headers headers;
    const struct snapshot_found *chosen;
    struct list wanted;         /* what is known to be named; the last one is asked for first */
    struct list again;          /* records among which some are dead */
    struct snapshot_call *work; /* the object whose records are being merged, from rest on */
    struct reader rest;
    struct snapshot_restorer_stats stats;
    struct status status;
    enum state state;
    bool is_told;
    bool is_second; /* what is alive is in the store */
    bool has_dead;  /* something in work is dead */
};

static void free_list(struct mem *mem, struct list *list)
{
    void *memory = list->objects;
    mem_free(mem, &memory);
    list->objects = NULL;
}

/* Returns: OK; SNAPSHOT_INVALID when a snapshot names more than there can be; NO_MEMORY. */
static struct status add(struct mem *mem, struct list *list, const struct snapshot_object *object)
{
    void *memory;
    if (list->objects == NULL) {
        TRY(mem_alloc(mem, list->max * sizeof list->objects[0], &memory));
        list->objects = memory;
    }
    if (list->count == list->max) {
        return FAIL(SNAPSHOT_INVALID);
    }
    list->objects[list->count++] = *object;
    return OK;
}

struct status snapshot_restorer_open(const struct snapshot_restorer_setup *setup,
                                     struct snapshot_restorer **ret)
{
    void *memory;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &memory));
    struct snapshot_restorer *restorer = memory;
    restorer->setup = *setup;
    restorer->calls = (struct snapshot_calls){.mem = setup->mem};
    restorer->headers = (struct snapshot_headers){.roots = setup->roots,
                                                  .domain = restorer->setup.domain,
                                                  .anchored = setup->anchored,
                                                  .wanted = 1};
    if (setup->ordered.height != 0) {
        restorer->headers.anchored = (struct snapshot_point){0};
        restorer->headers.list[0].point = setup->ordered;
        restorer->headers.count = 1;
        restorer->headers.is_listed = true;
    }
    restorer->wanted.max = WANTED_MAX;
    restorer->again.max = AGAIN_MAX;
    *ret = restorer;
    return OK;
}

void snapshot_restorer_close(struct snapshot_restorer **restorer)
{
    void *memory = *restorer;
    if (memory == NULL) {
        return;
    }
    struct mem *mem = (*restorer)->setup.mem;
    snapshot_calls_clear(&(*restorer)->calls);
    free_list(mem, &(*restorer)->wanted);
    free_list(mem, &(*restorer)->again);
    *restorer = NULL;
    mem_free(mem, &memory);
}

static void end(struct snapshot_restorer *restorer, struct status status)
{
    restorer->state = ENDED;
    restorer->status = status;
    restorer->work = NULL;
    snapshot_calls_clear(&restorer->calls);
}

/* --- what is wanted --------------------------------------------------------------------------- */

static void choose_header(struct snapshot_restorer *restorer)
{
    const struct snapshot_restorer_setup *setup = &restorer->setup;
    const struct snapshot_found *found = snapshot_headers_newest(&restorer->headers);
    restorer->stats.headers = restorer->headers.count;
    bool is_ordered = setup->ordered.height != 0;
    if (found == NULL || (!is_ordered && snapshot_point_order(&found->point, &setup->known) < 0)) {
        end(restorer, FAIL(SNAPSHOT_OLD));
        return;
    }
    struct snapshot_object root = {.place = {.kind = SNAPSHOT_NODE}};
    memcpy(root.digest, found->header.root, sizeof root.digest);
    struct status status = add(setup->mem, &restorer->wanted, &root);
    restorer->chosen = found;
    restorer->state = READING;
    if (!status_is_ok(status)) {
        end(restorer, status);
    }
}

static void ask(struct snapshot_restorer *restorer)
{
    struct list *wanted = &restorer->wanted;
    struct snapshot_call *call;
    while (wanted->count != 0 &&
           (call = snapshot_calls_begin(&restorer->calls, SNAPSHOT_GET)) != NULL) {
        call->object = wanted->objects[--wanted->count];
        call->name = snapshot_object_name(call->object.digest);
    }
}

/* Returns: as add. */
static struct status want_children(struct snapshot_restorer *restorer,
                                   const struct snapshot_place *place,
                                   const struct snapshot_node *node)
{
    for (unsigned i = 0; i < SNAPSHOT_CHILDREN; i++) {
        const struct snapshot_entry *entry = &node->entries[i];
        for (size_t at = 0; at < entry->names.len; at += SNAPSHOT_DIGEST) {
            struct snapshot_object object = {
                .place = snapshot_node_child(place, i, (enum snapshot_kind)entry->kind,
                                             at / SNAPSHOT_DIGEST)};
            memcpy(object.digest, entry->names.ptr + at, SNAPSHOT_DIGEST);
            TRY(add(restorer->setup.mem, &restorer->wanted, &object));
        }
    }
    return OK;
}

/* Open what came, where it lies. A node is done with then; records are to be merged. */
static struct status open_object(struct snapshot_restorer *restorer, struct snapshot_call *call)
{
    struct snapshot_node node;
    struct bytes sealed = {call->memory, call->len};
    TRY(call->status);
    TRY(snapshot_object_open(restorer->setup.roots, &call->object, sealed,
                             (uint8_t *)call->memory + SNAPSHOT_HEAD));
    struct bytes opened = bytes_slice(sealed, SNAPSHOT_HEAD, sealed.len - SNAPSHOT_OVERHEAD);
    restorer->stats.objects++;
    restorer->stats.bytes += sealed.len;
    if (call->object.place.kind == SNAPSHOT_RECORDS) {
        restorer->work = call;
        restorer->rest = reader_over(opened);
        restorer->has_dead = false;
        return OK;
    }
    TRY(snapshot_node_read(opened, call->object.place.level, &node));
    TRY(want_children(restorer, &call->object.place, &node));
    snapshot_calls_end(&restorer->calls, call);
    return OK;
}

/* Open one object that came. Returns: whether there was one. */
static bool open_next(struct snapshot_restorer *restorer)
{
    for (size_t i = 0; i < SNAPSHOT_CALLS; i++) {
        struct snapshot_call *call = &restorer->calls.list[i];
        if (call->id != 0 && call->is_answered) {
            struct status status = open_object(restorer, call);
            if (!status_is_ok(status)) {
                end(restorer, status);
            }
            return true;
        }
    }
    return false;
}

/* All that is alive was read: then what is dead; then all is done. */
static void end_pass(struct snapshot_restorer *restorer)
{
    if (!restorer->is_second && restorer->again.count != 0) {
        struct list wanted = restorer->wanted;
        restorer->wanted = restorer->again;
        restorer->again = wanted;
        restorer->is_second = true;
        return;
    }
    bool is_whole = restorer->stats.records == restorer->chosen->header.records;
    end(restorer, is_whole ? OK : FAIL(SNAPSHOT_INVALID));
}

static void go_on_reading(struct snapshot_restorer *restorer)
{
    ask(restorer);
    while (restorer->state == READING && restorer->work == NULL && open_next(restorer)) {
        ask(restorer);
    }
    if (restorer->state == READING && snapshot_calls_count(&restorer->calls) == 0) {
        end_pass(restorer);
        if (restorer->state == READING) {
            ask(restorer);
        }
    }
}

bool snapshot_restorer_next(struct snapshot_restorer *restorer, const struct cluster_now *now,
                            struct snapshot_action *ret_action, uint64_t *ret_due_ms)
{
    *ret_due_ms = UINT64_MAX;
    *ret_action = (struct snapshot_action){0};
    if (restorer->state == FINDING &&
        !snapshot_headers_step(&restorer->headers, &restorer->calls)) {
        choose_header(restorer);
    }
    if (restorer->state == READING) {
        go_on_reading(restorer);
    }
    if (snapshot_calls_next(&restorer->calls, now, ret_action, ret_due_ms)) {
        return true;
    }
    if (restorer->work != NULL) {
        ret_action->kind = SNAPSHOT_STORE;
        return true;
    }
    if (restorer->state == ENDED && !restorer->is_told) {
        restorer->is_told = true;
        *ret_action = (struct snapshot_action){.kind = SNAPSHOT_ENDED, .status = restorer->status};
        if (restorer->chosen != NULL) {
            ret_action->point = restorer->chosen->point;
        }
        return true;
    }
    return false;
}

void snapshot_restorer_answered(struct snapshot_restorer *restorer, const struct cluster_now *now,
                                uint64_t id, const struct snapshot_answer *answer)
{
    struct snapshot_call *call = snapshot_calls_answered(&restorer->calls, now, id, answer);
    if (call == NULL || restorer->state != FINDING) {
        return; /* objects are opened when it is their turn */
    }
    struct status status =
        snapshot_headers_answered(&restorer->headers, &restorer->calls, call, answer->list);
    if (!status_is_ok(status)) {
        end(restorer, status);
    }
}

/* --- the store -------------------------------------------------------------------------------- */

/* The keys of a namespace, unless they are there. */
static void use_keys(const struct snapshot_restorer *restorer, struct bytes tenant,
                     struct value_seal_keys *keys)
{
    SECRET32(key);
    if (keys->count != 0 && bytes_equal(tenant, BYTES_ARRAY(keys->tenant))) {
        return;
    }
    value_seal_keys_init(keys, restorer->setup.domain, tenant.ptr);
    for (uint32_t epoch = 0; epoch < VALUE_SEAL_EPOCHS; epoch++) {
        const struct root *root = root_keyring_root(restorer->setup.roots, epoch);
        if (root != NULL) {
            root_values_key(root, tenant.ptr, &key);
            value_seal_keys_add(keys, epoch, &key);
        }
    }
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What became of a record that was refused. Returns: OK; why nothing can go on. */
static struct status judge(struct snapshot_restorer *restorer, const struct record *record,
                           bool is_dead, struct status status)
{
    switch (status.code) {
    case STATUS_VALUE_QUOTA:
    case STATUS_RECORD_STALE:
        if (is_dead || (record->flags & RECORD_EVICTABLE) != 0) {
            restorer->stats.gave_way++;
        } else {
            restorer->stats.left_out++;
        }
        return OK;
    case STATUS_VALUE_SEAL: /* it was spoilt in the memory of its writer */
    case STATUS_VALUE_KEY:
    case STATUS_RECORD_INVALID:
        restorer->stats.left_out++;
        return OK;
    default:
        return status;
    }
}

static struct status merge_one(struct snapshot_restorer *restorer, const struct cluster_now *now,
                               struct kv *kv, const struct sync_record *record,
                               struct value_seal_keys *keys)
{
    uint8_t nonce[VALUE_SEAL_NONCE];
    enum kv_merged merged;
    const struct record *content = &record->record;
    uint64_t now_ms = greater(now->wall_ms, restorer->chosen->header.time_ms);
    now_ms = greater(now_ms, content->updated_at_ms);
    bool is_dead = (content->flags & RECORD_TOMBSTONE) != 0 ||
                   now_ms > record_expires(content->updated_at_ms, content->ttl_ms);
    restorer->stats.records += !restorer->is_second;
    restorer->has_dead = restorer->has_dead || is_dead;
    if (is_dead != restorer->is_second) {
        return OK;
    }
    use_keys(restorer, record->tenant, keys);
    TRY(entropy_fill(&restorer->setup.entropy, nonce, sizeof nonce));
    struct kv_at at = {keys, now_ms, record->is_system};
    struct status status = kv_merge(kv, &at, content, nonce, &merged);
    INVARIANT(merged != KV_WAITS);
    return judge(restorer, content, is_dead, status);
}

/* All of them come in, or nothing is restored. What is gone at this time is forgotten later, by the
 * clocks of all. */
static struct status merge_strict(struct snapshot_restorer *restorer, size_t *ret_steps)
{
    struct strict_record record;
    struct strict_table *into = restorer->setup.strict;
    if (!strict_record_read(&restorer->rest, &record)) {
        return FAIL(SNAPSHOT_INVALID);
    }
    restorer->stats.records++;
    restorer->stats.strict++;
    *ret_steps = 1 + record.version.value.len / SNAPSHOT_STEP_UNIT;
    struct status status = into == NULL ? OK : strict_table_merge(into, &record, 0);
    return status.code == STATUS_RECORD_INVALID ? FAIL(SNAPSHOT_INVALID) : status;
}

/* The object is done with; it comes again if something in it is dead. */
static struct status end_object(struct snapshot_restorer *restorer)
{
    struct snapshot_call *call = restorer->work;
    restorer->work = NULL;
    struct status status = reader_done(&restorer->rest) ? OK : FAIL(SNAPSHOT_INVALID);
    if (status_is_ok(status) && restorer->has_dead && !restorer->is_second) {
        status = add(restorer->setup.mem, &restorer->again, &call->object);
    }
    snapshot_calls_end(&restorer->calls, call);
    return status;
}

void snapshot_restorer_merge(struct snapshot_restorer *restorer, const struct cluster_now *now,
                             struct kv *kv)
{
    SECRET(value_seal_keys, keys);
    struct sync_record record;
    size_t steps = 0;
    while (restorer->work != NULL && steps < SNAPSHOT_STEP) {
        struct status status;
        if (restorer->work->object.place.is_strict && restorer->rest.rest.len != 0) {
            size_t cost = 1;
            status = merge_strict(restorer, &cost);
            steps += cost;
        } else if (sync_message_next_record(&restorer->rest, &record)) {
            status = merge_one(restorer, now, kv, &record, &keys);
            steps += 1 + sync_message_record_len(&record) / SNAPSHOT_STEP_UNIT;
        } else {
            status = end_object(restorer);
        }
        if (!status_is_ok(status)) {
            end(restorer, status);
        }
    }
}

struct snapshot_restorer_stats snapshot_restorer_stats(const struct snapshot_restorer *restorer)
{
    return restorer->stats;
}
