/* Taking in what a peer has. */
#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "store/kv_internal.h"

enum { STEPS = 4 }; /* of kv_tick: more than a merge can add */

/* What comes in beside what is here, and what shall be here after it. */
struct meeting {
    struct record in;
    struct record here;
    struct kv_record *old; /* NULL: nothing is here */
    const uint8_t *nonce;  /* [VALUE_SEAL_NONCE] */
    void *plaintext;       /* of what comes in, of kv's memory; wiped when freed */
    uint8_t *clock;        /* [VECTOR_CLOCK_BYTES], for the clocks of won */
    uint8_t *seen;
    struct record won; /* either, with its clocks joined */
    bool takes_in;     /* it is what comes in */
    bool is_unsealed;  /* its blob was sealed under another clock */
    bool needs_room;   /* what others can have again comes in beside what is here, or not at all */
};

/* When the state of a record changes, and from what. */
struct fate {
    enum kv_state state;
    bool hides;
    uint64_t due_ms; /* UINT64_MAX: never */
};

/* The plaintext of what comes in, which proves it. Returns: as value_seal_open; NO_MEMORY. */
static struct status open_in(struct kv *kv, const struct kv_at *at, struct meeting *meeting)
{
    /* The seal of nothing has to be opened too. */
    TRY(mem_alloc(kv->mem, value_seal_plaintext_len(&meeting->in) + 1, &meeting->plaintext));
    return value_seal_open(at->keys, &meeting->in, meeting->plaintext);
}

/* The join of clocks of checked records. Returns: a view of memory, [VECTOR_CLOCK_BYTES]. */
static struct bytes join(const struct bytes *clocks, size_t count, uint8_t *memory)
{
    VECTOR_CLOCK_LOCAL struct vector_clock clock;
    VECTOR_CLOCK_LOCAL struct vector_clock other;
    struct buf out = buf_over(memory, VECTOR_CLOCK_BYTES);
    INVARIANT(status_is_ok(vector_clock_read(clocks[0], &clock)));
    for (size_t i = 1; i < count; i++) {
        if (!bytes_equal(clocks[0], clocks[i])) {
            INVARIANT(status_is_ok(vector_clock_read(clocks[i], &other)));
            vector_clock_join(&clock, &other);
        }
    }
    vector_clock_write(&clock, &out);
    return buf_bytes(&out);
}

/* A v1 blob does not bind its flags: where copies of one write differ, it may not be evicted. */
static void join_flags(struct meeting *meeting)
{
    uint8_t both = meeting->in.flags & meeting->here.flags;
    if ((both & RECORD_V1) != 0) {
        meeting->won.flags = both;
    }
}

/* Copies of one write may name different origins: the greater stays. */
static void join_origins(struct meeting *meeting)
{
    const struct record *greater =
        record_origin_order(&meeting->in, &meeting->here) > 0 ? &meeting->in : &meeting->here;
    memcpy(meeting->won.op, greater->op, sizeof meeting->won.op);
    memcpy(meeting->won.cause, greater->cause, sizeof meeting->won.cause);
}

/* Which of the two wins, and with which clocks. What an evicted record left behind takes the same
 * write in again. */
static void judge(const struct kv *kv, struct meeting *meeting)
{
    const struct kv_record *old = meeting->old;
    const struct bytes seen[3] = {meeting->in.seen, meeting->in.clock, meeting->here.seen};
    const struct bytes own[2] = {meeting->in.clock, meeting->here.clock};
    int order = old == NULL ? 1 : record_order(&meeting->in, &meeting->here);
    bool comes_again = order == 0 && old->state == KV_SPENT && !kv_record_dead(kv, old);
    meeting->takes_in = order > 0 || comes_again;
    meeting->won = meeting->takes_in ? meeting->in : meeting->here;
    meeting->won.seen = join(seen, old == NULL ? 2 : 3, meeting->seen);
    if (order == 0) {
        struct bytes sealed_under = meeting->won.clock;
        join_flags(meeting);
        join_origins(meeting);
        meeting->won.clock = join(own, 2, meeting->clock);
        meeting->is_unsealed = (meeting->won.flags & RECORD_V1) == 0 &&
                               meeting->won.blob.len != 0 &&
                               !bytes_equal(sealed_under, meeting->won.clock);
    }
}

/* What comes in, once it is here. What it replaces while alive may still lie at a peer, so that the
 * full retention is due from now. */
static struct fate fate_of(const struct kv *kv, const struct meeting *meeting)
{
    const struct record *in = &meeting->in;
    uint64_t expires_ms = record_expires(in->updated_at_ms, in->ttl_ms);
    bool is_tombstone = (in->flags & RECORD_TOMBSTONE) != 0;
    struct fate fate = {KV_LIVE, kv_record_hides(kv, meeting->old), kv_later(expires_ms, 1)};
    if (!is_tombstone && kv->now_ms <= expires_ms) {
        return fate;
    }
    uint64_t from_ms = is_tombstone ? in->updated_at_ms : expires_ms;
    if (meeting->old != NULL && meeting->old->state == KV_LIVE && from_ms < kv->now_ms) {
        from_ms = kv->now_ms;
    }
    fate.state = is_tombstone ? KV_BURIED : KV_EXPIRED;
    fate.due_ms = kv_later(from_ms, kv->limits.retention_ms);
    return fate;
}

/* Whether others have to go for a value that nobody misses here. What is newer than a value here
 * must come in, and what is dead, so that nothing older shows. */
static bool displaces(const struct kv *kv, const struct kv_at *at, const struct meeting *meeting,
                      const struct fate *fate, size_t cost)
{
    const struct kv_record *old = meeting->old;
    bool is_loose = fate->state == KV_LIVE && (meeting->won.flags & RECORD_EVICTABLE) != 0;
    return meeting->needs_room && meeting->takes_in && is_loose &&
           (old == NULL || old->state == KV_SPENT) && !kv_space_has_room(kv, at, old, cost);
}

/* Put what won in the place of what is here. */
static struct status settle(struct kv *kv, const struct kv_at *at, struct meeting *meeting,
                            const struct fate *fate)
{
    struct record *won = &meeting->won;
    struct kv_record *record;
    struct bytes plaintext = {meeting->plaintext, value_seal_plaintext_len(&meeting->in)};
    bool has_due = fate->state != KV_LIVE || fate->due_ms != UINT64_MAX;
    if (meeting->is_unsealed) {
        won->blob = (struct bytes){NULL, value_seal_sealed_len(won->flags, plaintext.len)};
    }
    bool adds_kept =
        meeting->takes_in && fate->state == KV_LIVE && (won->flags & RECORD_EVICTABLE) == 0;
    size_t cost = kv_cost(kv_record_len(won, has_due));
    TRY(kv_space_fits(kv, at, meeting->old, cost, adds_kept));
    if (displaces(kv, at, meeting, fate, cost)) {
        return FAIL(VALUE_QUOTA);
    }
    TRY(kv_record_make(kv, won, has_due, &record));
    record->state = (uint8_t)fate->state;
    record->hides = fate->hides;
    if (has_due) {
        kv_due_of(record)->at_ms = fate->due_ms;
    }
    if (meeting->is_unsealed) {
        struct status status =
            value_seal_seal(at->keys, won, plaintext, meeting->nonce, kv_record_blob(record));
        if (!status_is_ok(status)) {
            kv_record_free(kv, &record);
            return status;
        }
    }
    return kv_place(kv, at, meeting->old, record);
}

static struct status take_record(struct kv *kv, const struct kv_at *at, struct meeting *meeting,
                                 enum kv_merged *ret_merged)
{
    struct fate fate = fate_of(kv, meeting);
    if (meeting->old == NULL && fate.state != KV_LIVE && fate.due_ms <= kv->now_ms) {
        return OK; /* it died long ago and has nothing here to beat */
    }
    TRY(settle(kv, at, meeting, &fate));
    *ret_merged = KV_REPLACED;
    return OK;
}

/* What is here stays, and may learn from what came. */
static struct status keep(struct kv *kv, const struct kv_at *at, struct meeting *meeting,
                          enum kv_merged *ret_merged)
{
    struct kv_record *old = meeting->old;
    const struct record *in = &meeting->in;
    struct fate same = {old->state, old->hides, old->has_due ? kv_due_of(old)->at_ms : UINT64_MAX};
    if ((in->flags & RECORD_TOMBSTONE) != 0 ||
        kv->now_ms > record_expires(in->updated_at_ms, in->ttl_ms)) {
        old->hides = same.hides = true;
    }
    if (bytes_equal(meeting->won.seen, meeting->here.seen) &&
        bytes_equal(meeting->won.clock, meeting->here.clock) &&
        meeting->won.flags == meeting->here.flags &&
        record_origin_order(&meeting->won, &meeting->here) == 0) {
        return OK;
    }
    TRY(settle(kv, at, meeting, &same));
    *ret_merged = KV_JOINED;
    return OK;
}

/* Find what a record meets. Returns: RECORD_STALE when it lies below the floor. */
static struct status meet(const struct kv *kv, const struct kv_at *at, struct meeting *meeting)
{
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    struct record_version version = record_version(&meeting->in);
    if (space == NULL) {
        return OK;
    }
    meeting->old = kv_space_record(space, meeting->in.key);
    if (meeting->old == NULL) {
        return record_version_order(&version, &space->floor) > 0 ? OK : FAIL(RECORD_STALE);
    }
    meeting->here = kv_record_view(meeting->old);
    return OK;
}

/* Once it is known to be genuine, let it wait or decide what becomes of it. */
static struct status take_in(struct kv *kv, const struct kv_at *at, struct meeting *meeting,
                             enum kv_merged *ret_merged)
{
    TRY(open_in(kv, at, meeting));
    if (meeting->in.updated_at_ms > kv_later(at->now_ms, kv->limits.future_ms)) {
        TRY(kv_waiting_add(kv, at, &meeting->in));
        *ret_merged = KV_WAITS;
        return OK;
    }
    judge(kv, meeting);
    return meeting->takes_in ? take_record(kv, at, meeting, ret_merged)
                             : keep(kv, at, meeting, ret_merged);
}

static struct status merge_record(struct kv *kv, const struct kv_at *at, struct meeting meeting,
                                  enum kv_merged *ret_merged)
{
    VECTOR_CLOCK_LOCAL uint8_t clock[VECTOR_CLOCK_BYTES];
    VECTOR_CLOCK_LOCAL uint8_t seen[VECTOR_CLOCK_BYTES];
    meeting.clock = clock;
    meeting.seen = seen;
    *ret_merged = KV_KEPT;
    TRY(record_check(&meeting.in));
    kv_tick(kv, at->now_ms, STEPS);
    TRY(meet(kv, at, &meeting));
    struct status status = take_in(kv, at, &meeting, ret_merged);
    mem_free(kv->mem, &meeting.plaintext);
    return status;
}

struct status kv_merge(struct kv *kv, const struct kv_at *at, const struct record *record,
                       const uint8_t nonce[static VALUE_SEAL_NONCE], enum kv_merged *ret_merged)
{
    struct meeting meeting = {.in = *record, .nonce = nonce};
    return merge_record(kv, at, meeting, ret_merged);
}

struct status kv_merge_if_room(struct kv *kv, const struct kv_at *at, const struct record *record,
                               const uint8_t nonce[static VALUE_SEAL_NONCE],
                               enum kv_merged *ret_merged)
{
    struct meeting meeting = {.in = *record, .nonce = nonce, .needs_room = true};
    return merge_record(kv, at, meeting, ret_merged);
}
