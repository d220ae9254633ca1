/* Taking in what a peer has. */
#include "base/invariant.h"
#include "base/limits.h"
#include "store/kv_internal.h"

/* What comes in beside what is here. */
struct meeting {
    struct record in;
    struct record here;
    struct kv_record *old; /* NULL: nothing is here */
    void *in_plaintext;    /* of kv's memory, wiped when freed; NULL when there is none */
    void *here_plaintext;
};

/* The plaintext of a record, which proves it. Returns: as value_seal_open; NO_MEMORY. */
static struct status open_record(struct kv *kv, const struct kv_at *at, const struct record *record,
                                 void **ret_plaintext)
{
    /* The seal of nothing has to be opened too. */
    TRY(mem_alloc(kv->mem, value_seal_plaintext_len(record) + 1, ret_plaintext));
    return value_seal_open(at->keys, record, *ret_plaintext);
}

static struct bytes plaintext_of(const struct record *record, const void *plaintext)
{
    return (struct bytes){plaintext, value_seal_plaintext_len(record)};
}

/* True if both are from one write. */
static bool is_same_write(const struct record *a, const struct record *b)
{
    return a->updated_at_ms == b->updated_at_ms && a->ttl_ms == b->ttl_ms && a->flags == b->flags &&
           bytes_equal(a->sealed_clock, b->sealed_clock);
}

/* Which of the two wins: greater than zero when it is what comes in. What is left of a spent record
 * has no plaintext any more; on a tie it stays, unless it was evicted and comes in again. */
static struct status judge(struct kv *kv, const struct kv_at *at, struct meeting *meeting,
                           int *ret_order)
{
    *ret_order = 1;
    if (meeting->old == NULL) {
        return OK;
    }
    if (record_needs_plaintext(&meeting->in, &meeting->here)) {
        if (meeting->old->state == KV_SPENT) {
            bool comes_again =
                !kv_record_dead(kv, meeting->old) && is_same_write(&meeting->in, &meeting->here);
            *ret_order = comes_again ? 1 : -1;
            return OK;
        }
        TRY(open_record(kv, at, &meeting->here, &meeting->here_plaintext));
    }
    *ret_order =
        record_order(&meeting->in, plaintext_of(&meeting->in, meeting->in_plaintext),
                     &meeting->here, plaintext_of(&meeting->here, meeting->here_plaintext));
    return OK;
}

/* The state of a record that comes in, and when that changes. What it replaces while alive may
 * still lie at a peer, so that the full retention is due from now. */
static enum kv_state fate_of(const struct kv *kv, const struct meeting *meeting,
                             uint64_t *ret_due_ms)
{
    const struct record *in = &meeting->in;
    uint64_t expires_ms = record_expires(in->updated_at_ms, in->ttl_ms);
    bool is_tombstone = (in->flags & RECORD_TOMBSTONE) != 0;
    if (!is_tombstone && kv->now_ms <= expires_ms) {
        *ret_due_ms = kv_later(expires_ms, 1);
        return KV_LIVE;
    }
    uint64_t from_ms = is_tombstone ? in->updated_at_ms : expires_ms;
    if (meeting->old != NULL && meeting->old->state == KV_LIVE && from_ms < kv->now_ms) {
        from_ms = kv->now_ms;
    }
    *ret_due_ms = kv_later(from_ms, kv->limits.retention_ms);
    return is_tombstone ? KV_BURIED : KV_EXPIRED;
}

/* Put what won in the place of what is here. */
static struct status take(struct kv *kv, const struct kv_at *at, const struct meeting *meeting,
                          const struct record *won, bool *ret_taken)
{
    uint64_t due_ms = 0;
    struct kv_record *record;
    enum kv_state state = fate_of(kv, meeting, &due_ms);
    bool has_due = state != KV_LIVE || due_ms != UINT64_MAX;
    *ret_taken = meeting->old != NULL || state == KV_LIVE || due_ms > kv->now_ms;
    if (!*ret_taken) {
        return OK; /* it died long ago and has nothing here to beat */
    }
    TRY(kv_space_fits(kv, at, meeting->old, kv_cost(kv_record_len(won, has_due))));
    TRY(kv_record_make(kv, won, has_due, &record));
    record->state = (uint8_t)state;
    record->hides = kv_record_hides(kv, meeting->old);
    if (has_due) {
        kv_due_of(record)->at_ms = due_ms;
    }
    return kv_place(kv, at, meeting->old, record);
}

/* Give what is here a greater clock. */
static struct status grow(struct kv *kv, const struct kv_at *at, const struct meeting *meeting,
                          struct bytes clock)
{
    struct kv_record *old = meeting->old;
    struct record view = meeting->here;
    struct kv_record *record;
    view.clock = clock;
    TRY(kv_space_fits(kv, at, old, kv_cost(kv_record_len(&view, old->has_due))));
    TRY(kv_record_make(kv, &view, old->has_due, &record));
    record->state = old->state;
    record->hides = old->hides;
    if (old->has_due) {
        kv_due_of(record)->at_ms = kv_due_of(old)->at_ms;
    }
    return kv_place(kv, at, old, record);
}

static struct status settle(struct kv *kv, const struct kv_at *at, struct meeting *meeting,
                            enum kv_merged *ret_merged)
{
    int order;
    struct vector_clock clock;
    struct vector_clock here = {0};
    uint8_t memory[VECTOR_CLOCK_BYTES];
    struct buf joined = buf_over(memory, sizeof memory);
    TRY(open_record(kv, at, &meeting->in, &meeting->in_plaintext));
    TRY(judge(kv, at, meeting, &order));
    TRY(vector_clock_read(meeting->in.clock, &clock));
    if (meeting->old != NULL) {
        TRY(vector_clock_read(meeting->here.clock, &here));
        vector_clock_join(&clock, &here);
    }
    vector_clock_write(&clock, &joined);
    uint64_t expires_ms = record_expires(meeting->in.updated_at_ms, meeting->in.ttl_ms);
    if (order <= 0 && meeting->old != NULL &&
        ((meeting->in.flags & RECORD_TOMBSTONE) != 0 || kv->now_ms > expires_ms)) {
        meeting->old->hides = true;
    }
    if (order > 0) {
        struct record won = meeting->in;
        bool taken;
        won.clock = buf_bytes(&joined);
        TRY(take(kv, at, meeting, &won, &taken));
        *ret_merged = taken ? KV_REPLACED : KV_KEPT;
    } else if (meeting->old != NULL && vector_clock_compare(&here, &clock) != VECTOR_CLOCK_EQUAL) {
        TRY(grow(kv, at, meeting, buf_bytes(&joined)));
        *ret_merged = KV_JOINED;
    }
    return OK;
}

struct status kv_merge(struct kv *kv, const struct kv_at *at, const struct record *record,
                       enum kv_merged *ret_merged)
{
    *ret_merged = KV_KEPT;
    TRY(record_check(record));
    if (record->updated_at_ms > kv_later(at->now_ms, kv->limits.future_ms)) {
        return FAIL(RECORD_FUTURE);
    }
    kv_tick(kv, at->now_ms, 4);
    struct meeting meeting = {.in = *record};
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    if (space != NULL) {
        meeting.old = kv_space_record(space, record->key);
        if (meeting.old == NULL && record->updated_at_ms <= space->floor_ms) {
            return FAIL(RECORD_STALE);
        }
    }
    if (meeting.old != NULL) {
        meeting.here = kv_record_view(meeting.old);
    }
    struct status status = settle(kv, at, &meeting, ret_merged);
    mem_free(kv->mem, &meeting.in_plaintext);
    mem_free(kv->mem, &meeting.here_plaintext);
    return status;
}
