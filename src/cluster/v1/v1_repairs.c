/* Repairs that wait: for their intent, and burials for their peer. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/v1/v1_repair.h"
#include "cluster/v1/v1_sync_internal.h"
#include "digest/sha256.h"
#include "record/namespace_keys.h"

/* By what a foreign write of a key is known again. */
static void mark_of(const struct v1_sync_meeting *meeting, uint8_t ret[static V1_SYNC_MARK])
{
    const struct record *foreign = meeting->foreign;
    uint8_t digest[SHA256_BYTES];
    uint8_t memory[DOMAIN_TENANT_ID + 8 + RECORD_TIE + 8 + 2];
    struct buf text = buf_over(memory, sizeof memory);
    struct sha256 hash;
    buf_put(&text, (struct bytes){meeting->tenant, DOMAIN_TENANT_ID});
    buf_put_u64(&text, foreign->updated_at_ms);
    buf_put(&text, BYTES_ARRAY(foreign->tie));
    buf_put_u64(&text, foreign->ttl_ms);
    buf_put_u16(&text, (uint16_t)foreign->key.len);
    sha256_init(&hash);
    sha256_update(&hash, buf_bytes(&text));
    sha256_update(&hash, foreign->key);
    sha256_update(&hash, foreign->clock);
    sha256_final(&hash, digest);
    memcpy(ret, digest, V1_SYNC_MARK);
}

static bool is_remembered(const struct v1_sync *sync, struct bytes mark)
{
    for (size_t i = 0; i < V1_SYNC_REMEMBERED; i++) {
        if (bytes_equal(BYTES_ARRAY(sync->remembered[i]), mark)) {
            return true;
        }
    }
    for (size_t i = 0; i < V1_SYNC_REPAIRS_MAX; i++) {
        const struct v1_sync_repair *repair = &sync->repairs[i];
        if (repair->id != 0 && bytes_equal(BYTES_ARRAY(repair->mark), mark)) {
            return true;
        }
    }
    return false;
}

static void remember(struct v1_sync *sync, const struct v1_sync_repair *repair)
{
    size_t at = sync->remembered_next++ % V1_SYNC_REMEMBERED;
    memcpy(sync->remembered[at], repair->mark, V1_SYNC_MARK);
}

void v1_sync_repair_drop(struct v1_sync *sync, struct v1_sync_repair *repair)
{
    if (repair != NULL) {
        mem_free(sync->setup.mem, &repair->block);
        sync->repair_bytes -= repair->block_len;
        *repair = (struct v1_sync_repair){0};
    }
}

static struct v1_sync_repair *free_place(struct v1_sync *sync)
{
    for (size_t i = 0; i < V1_SYNC_REPAIRS_MAX; i++) {
        if (sync->repairs[i].id == 0) {
            return &sync->repairs[i];
        }
    }
    return NULL;
}

static struct bytes copy_to(struct buf *memory, struct bytes data)
{
    size_t at = memory->len;
    buf_put(memory, data);
    return bytes_slice(buf_bytes(memory), at, data.len);
}

/* What a record borrows, in a block of the repair. Returns: false without room. */
static bool copy_record(struct v1_sync *sync, struct v1_sync_repair *repair,
                        const struct record *record)
{
    size_t len = record->key.len + record->clock.len + record->blob.len;
    void *block;
    if (len > V1_SYNC_REPAIR_BYTES - sync->repair_bytes ||
        !status_is_ok(mem_alloc(sync->setup.mem, len, &block))) {
        return false;
    }
    struct buf memory = buf_over(block, len);
    repair->block = block;
    repair->block_len = len;
    repair->record = *record;
    repair->record.key = copy_to(&memory, record->key);
    repair->record.clock = copy_to(&memory, record->clock);
    repair->record.seen = repair->record.clock;
    repair->record.blob = copy_to(&memory, record->blob);
    sync->repair_bytes += len;
    return true;
}

/* The tombstone that a value is answered by. In: clock, [VECTOR_CLOCK_BYTES]. */
static struct record tombstone_over(const struct v1_sync *sync, const struct record *value,
                                    uint8_t *clock)
{
    struct record tombstone;
    struct record none = {.key = value->key, .flags = RECORD_V1 | RECORD_TOMBSTONE};
    v1_repair_make(&none, value, sync->setup.wallet.b, clock, &tombstone);
    return tombstone;
}

struct v1_sync_repair *v1_sync_repair_keep(struct v1_sync *sync,
                                           const struct v1_sync_meeting *meeting,
                                           const struct record *chosen,
                                           const struct record_version *over)
{
    VECTOR_CLOCK_LOCAL uint8_t clock[VECTOR_CLOCK_BYTES];
    uint8_t mark[V1_SYNC_MARK];
    struct record tombstone;
    mark_of(meeting, mark);
    struct v1_sync_repair *repair = free_place(sync);
    if (repair == NULL || is_remembered(sync, BYTES_ARRAY(mark))) {
        return NULL;
    }
    bool is_burial = chosen == NULL;
    if (is_burial) {
        tombstone = tombstone_over(sync, meeting->foreign, clock);
    }
    if (!copy_record(sync, repair, is_burial ? &tombstone : chosen)) {
        return NULL;
    }
    repair->id = ++sync->last_id;
    repair->state = V1_SYNC_REPAIR_WANTED;
    repair->is_burial = is_burial;
    repair->to = *meeting->from;
    repair->over = *over;
    memcpy(repair->app, meeting->app, sizeof repair->app);
    memcpy(repair->tenant, meeting->tenant, sizeof repair->tenant);
    memcpy(repair->mark, mark, sizeof repair->mark);
    return repair;
}

/* An intent that could not be made, or a peer that went, leaves nothing. */
static bool is_stale(const struct v1_sync *sync, const struct cluster_now *now,
                     const struct v1_sync_repair *repair)
{
    return repair->state == V1_SYNC_REPAIR_SENT
               ? v1_sync_peer(sync, &repair->to) == NULL
               : repair->state == V1_SYNC_REPAIR_GIVEN && now->ms >= repair->deadline_ms;
}

bool v1_sync_repair_next(struct v1_sync *sync, const struct cluster_now *now,
                         struct v1_sync_action *ret_action, uint64_t *ret_due_ms)
{
    for (size_t i = 0; i < V1_SYNC_REPAIRS_MAX; i++) {
        struct v1_sync_repair *repair = &sync->repairs[i];
        if (repair->id == 0) {
            continue;
        }
        if (is_stale(sync, now, repair)) {
            v1_sync_repair_drop(sync, repair);
        } else if (repair->state == V1_SYNC_REPAIR_WANTED) {
            repair->state = V1_SYNC_REPAIR_GIVEN;
            repair->deadline_ms = now->ms + V1_SYNC_REPAIR_MS;
            ret_action->kind = V1_SYNC_REPAIR;
            ret_action->id = repair->id;
            ret_action->key = repair->record.key;
            memcpy(ret_action->tenant, repair->tenant, sizeof ret_action->tenant);
            return true;
        } else if (repair->state == V1_SYNC_REPAIR_GIVEN && repair->deadline_ms < *ret_due_ms) {
            *ret_due_ms = repair->deadline_ms;
        }
    }
    return false;
}

void v1_sync_buried(struct v1_sync *sync, const struct v1_sync_peer *peer)
{
    for (size_t i = 0; i < V1_SYNC_REPAIRS_MAX; i++) {
        struct v1_sync_repair *repair = &sync->repairs[i];
        if (repair->id != 0 && repair->is_flying &&
            eth_address_equal(&repair->to, &peer->known.grant.wallet)) {
            v1_sync_repair_drop(sync, repair);
        }
    }
}

/* Write the chosen one again. Returns: VERSION_CONFLICT when what it was chosen over has gone. */
static struct status write_again(struct v1_sync *sync, const struct cluster_now *now,
                                 const struct v1_sync_repair *repair, const uint8_t *cause)
{
    SECRET(value_seal_keys, keys);
    VECTOR_CLOCK_LOCAL uint8_t clock[VECTOR_CLOCK_BYTES];
    const struct v1_sync_setup *setup = &sync->setup;
    const struct namespace_keys from = {setup->roots, setup->domain, setup->apps};
    uint8_t nonce[VALUE_SEAL_NONCE];
    struct record here;
    struct record again;
    enum kv_merged merged;
    bool is_here = kv_peek(setup->kv, repair->tenant, repair->record.key, &here);
    struct record_version version = record_version(&here);
    if (!is_here || record_version_order(&version, &repair->over) != 0) {
        return FAIL(VERSION_CONFLICT);
    }
    TRY(entropy_fill(&setup->entropy, nonce, sizeof nonce));
    v1_repair_make(&repair->record, &here, setup->wallet.b, clock, &again);
    memcpy(again.cause, cause, sizeof again.cause);
    namespace_keys_of(&from, repair->tenant, &keys);
    struct kv_at at = {.keys = &keys, .now_ms = now->wall_ms};
    return kv_merge(setup->kv, &at, &again, nonce, &merged);
}

struct status v1_sync_repair(struct v1_sync *sync, const struct cluster_now *now, uint64_t id,
                             const uint8_t cause[static RECORD_CAUSE])
{
    struct v1_sync_repair *repair = NULL;
    for (size_t i = 0; id != 0 && i < V1_SYNC_REPAIRS_MAX; i++) {
        bool is_it = sync->repairs[i].id == id && sync->repairs[i].state == V1_SYNC_REPAIR_GIVEN;
        repair = is_it ? &sync->repairs[i] : repair;
    }
    if (repair == NULL) {
        return FAIL(VERSION_CONFLICT);
    }
    if (repair->is_burial) {
        remember(sync, repair);
        repair->state = V1_SYNC_REPAIR_SENT;
        sync->stats.buried++;
        return OK;
    }
    struct status status = write_again(sync, now, repair, cause);
    if (status_is_ok(status)) {
        remember(sync, repair);
        sync->stats.repairs++;
    }
    v1_sync_repair_drop(sync, repair);
    return status;
}
