#include "cluster/strict/strict_alone.h"

#include "base/invariant.h"
#include "base/thread.h"

struct strict_alone {
    struct strict_alone_setup setup;
    struct strict_port port;
    struct thread_lock lock;
    struct strict *strict; /* under the lock */
    _Atomic uint64_t changes[STRICT_SLOTS];
};

/* Take the lock, and let time pass. Returns: the time. */
static uint64_t enter(struct strict_alone *alone)
{
    struct buf nothing = {0};
    struct strict_member nobody;
    uint64_t due_ms;
    thread_lock_take(&alone->lock);
    uint64_t now_ms = clock_monotonic_ms(&alone->setup.clock);
    strict_tick(alone->strict, clock_wall(&alone->setup.clock).hi_ms);
    bool has_message = strict_next(alone->strict, now_ms, &nothing, &nobody, &due_ms);
    INVARIANT(!has_message);
    return now_ms;
}

static void leave(struct strict_alone *alone)
{
    thread_lock_give(&alone->lock);
}

static uint16_t alone_slot(void *context, const uint8_t tenant[static STRICT_TENANT],
                           struct bytes scope)
{
    const struct strict_alone *alone = context;
    return strict_slot(alone->setup.domain, tenant, scope);
}

static enum strict_home alone_home(void *context, uint16_t slot, struct strict_member *ret_member)
{
    struct strict_alone *alone = context;
    uint64_t now_ms = enter(alone);
    enum strict_home home = strict_home(alone->strict, now_ms, slot, ret_member);
    leave(alone);
    return home;
}

static uint64_t alone_term(void *context, uint16_t slot)
{
    struct strict_alone *alone = context;
    uint64_t now_ms = enter(alone);
    uint64_t term = strict_term(alone->strict, now_ms, slot);
    leave(alone);
    return term;
}

static struct status alone_put(void *context, const struct strict_record *record, size_t worker,
                               size_t *ret_wait)
{
    struct strict_alone *alone = context;
    uint64_t ticket;
    uint64_t now_ms = enter(alone);
    (void)worker;
    struct status status = strict_put(alone->strict, now_ms, record, &ticket);
    leave(alone);
    *ret_wait = (size_t)ticket;
    return status;
}

static struct status alone_forward(void *context, const struct strict_member *to,
                                   struct bytes request, size_t worker, size_t *ret_wait)
{
    (void)context;
    (void)to;
    (void)request;
    (void)worker;
    *ret_wait = 0;
    return FAIL(UNAVAILABLE);
}

static enum strict_outcome alone_outcome(void *context, size_t wait, struct buf *answer)
{
    struct strict_alone *alone = context;
    uint64_t now_ms = enter(alone);
    (void)answer;
    enum strict_outcome outcome = strict_outcome(alone->strict, now_ms, wait);
    leave(alone);
    return outcome;
}

/* It is over: to have been told of it is to forget it. */
static void alone_give_up(void *context, size_t wait)
{
    (void)alone_outcome(context, wait, NULL);
}

static bool alone_get(void *context, const struct strict_record *named, struct buf *ret_value)
{
    struct strict_alone *alone = context;
    struct strict_record record;
    (void)enter(alone);
    bool is_there = strict_get(alone->strict, named, &record);
    if (is_there) {
        buf_put(ret_value, record.version.value);
    }
    leave(alone);
    return is_there;
}

static bool alone_walk(void *context, struct strict_walk *walk)
{
    struct strict_alone *alone = context;
    (void)enter(alone);
    bool has_more = strict_table_walk(strict_records(alone->strict), walk);
    leave(alone);
    return has_more;
}

static uint64_t alone_changes(void *context, uint16_t slot)
{
    const struct strict_alone *alone = context;
    return atomic_load(&alone->changes[slot]);
}

static struct status alone_check_fresh(void *context)
{
    (void)context;
    return OK;
}

static struct status alone_incarnation(void *context, uint8_t ret[static STRICT_INCARNATION],
                                       uint64_t *ret_began_ms)
{
    static const uint8_t nothing[STRICT_DIGEST];
    const struct strict_alone *alone = context;
    strict_incarnation(alone->setup.domain, nothing, ret);
    *ret_began_ms = 0;
    return OK;
}

static bool alone_request(void *context, uint64_t *ret_id, struct buf *ret_request)
{
    (void)context;
    (void)ret_request;
    *ret_id = 0;
    return false;
}

static void alone_reply(void *context, uint64_t id, struct bytes answer)
{
    (void)context;
    (void)id;
    (void)answer;
}

static struct strict_port port_of(struct strict_alone *alone)
{
    return (struct strict_port){
        .context = alone,
        .slot = alone_slot,
        .home = alone_home,
        .term = alone_term,
        .put = alone_put,
        .forward = alone_forward,
        .outcome = alone_outcome,
        .give_up = alone_give_up,
        .get = alone_get,
        .walk = alone_walk,
        .changes = alone_changes,
        .check_fresh = alone_check_fresh,
        .incarnation = alone_incarnation,
        .request = alone_request,
        .reply = alone_reply,
    };
}

struct status strict_alone_open(const struct strict_alone_setup *setup, struct strict_alone **ret)
{
    struct strict_setup parts = {
        .mem = setup->mem,
        .entropy = setup->entropy,
        .self = setup->self,
        .bytes_max = setup->bytes_max,
        .is_first = true,
    };
    void *block;
    *ret = NULL;
    memcpy(parts.domain, setup->domain, sizeof parts.domain);
    TRY(mem_alloc(setup->mem, sizeof(struct strict_alone), &block));
    struct strict_alone *alone = block;
    alone->setup = *setup;
    alone->port = port_of(alone);
    parts.changes = alone->changes;
    struct status status = strict_open(&parts, clock_monotonic_ms(&setup->clock), &alone->strict);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &block);
        return status;
    }
    thread_lock_init(&alone->lock);
    *ret = alone;
    return OK;
}

void strict_alone_close(struct strict_alone **alone)
{
    struct strict_alone *one = *alone;
    if (one == NULL) {
        return;
    }
    void *block = one;
    strict_close(&one->strict);
    thread_lock_deinit(&one->lock);
    mem_free(one->setup.mem, &block);
    *alone = NULL;
}

const struct strict_port *strict_alone_port(const struct strict_alone *alone)
{
    return &alone->port;
}
