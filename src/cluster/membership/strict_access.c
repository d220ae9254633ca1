/* Strict records for workers: every call is one step as the owner of the store. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/membership/membership_internal.h"

/* --- one step --------------------------------------------------------------------------------- */

/* A call of the port; what it takes and gives. */
struct call {
    struct membership *membership;
    struct strict *strict; /* NULL: there is no cluster */
    uint64_t now_ms;
    size_t worker;
    size_t wait;
    uint16_t slot;
    const struct strict_record *record;
    struct strict_member *member;
    const struct strict_member *to;
    struct bytes bytes;
    struct buf *out;
    struct strict_walk *walk;
    uint64_t id;
    enum strict_home home;
    bool is_there;
    uint64_t term;
    struct status status;
    void (*run)(struct call *call);
};

static void call_step(void *context, struct kv *kv)
{
    struct call *call = context;
    const struct membership *membership = call->membership;
    (void)kv;
    call->strict = membership->cluster == NULL ? NULL : cluster_strict(membership->cluster);
    call->now_ms = membership_now(membership).ms;
    call->run(call);
}

static void make(struct call *call)
{
    values_as_owner(call->membership->setup.values, call_step, call);
}

/* --- waits ------------------------------------------------------------------------------------ */

static struct strict_wait *free_wait(struct membership *membership, size_t *ret_number)
{
    for (size_t i = 0; i < STRICT_WAITS_MAX; i++) {
        if (atomic_load(&membership->strict.waits[i].state) == WAIT_FREE) {
            *ret_number = i + 1;
            return &membership->strict.waits[i];
        }
    }
    return NULL;
}

static void begin_wait(struct call *call, struct strict_wait *wait, uint64_t ticket)
{
    wait->ticket = ticket;
    wait->worker = call->worker;
    atomic_store(&wait->state, WAIT_WAITS);
    call->membership->strict.waiting++;
}

/* Hand it to its worker. Returns: who is to be woken; SIZE_MAX: it was given up. */
static size_t end_wait(struct membership *membership, struct strict_wait *wait, bool is_held)
{
    unsigned waits = WAIT_WAITS;
    wait->ticket = 0;
    membership->strict.waiting--;
    size_t worker = wait->worker;
    if (atomic_compare_exchange_strong(&wait->state, &waits,
                                       is_held ? WAIT_SETTLED : WAIT_UNSETTLED)) {
        return worker;
    }
    mem_free(membership->setup.mem, &wait->answer);
    atomic_store(&wait->state, WAIT_FREE);
    return SIZE_MAX;
}

static struct strict_wait *wait_of(struct membership *membership, uint64_t ticket)
{
    for (size_t i = 0; i < STRICT_WAITS_MAX; i++) {
        struct strict_wait *wait = &membership->strict.waits[i];
        if (atomic_load(&wait->state) != WAIT_FREE && wait->ticket == ticket) {
            return wait;
        }
    }
    return NULL;
}

/* What came of it; an answer without room for it is none. */
static bool take_outcome(struct membership *membership, uint64_t now_ms, struct strict_wait *wait)
{
    struct strict *strict = cluster_strict(membership->cluster);
    uint8_t memory[STRICT_REQUEST_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    if (!wait->is_forward) {
        return strict_outcome(strict, now_ms, wait->ticket) == STRICT_HELD;
    }
    if (strict_forwarded(strict, now_ms, wait->ticket, &answer) != STRICT_HELD ||
        !status_is_ok(mem_alloc(membership->setup.mem, answer.len, &wait->answer))) {
        return false;
    }
    memcpy(wait->answer, memory, answer.len);
    wait->len = answer.len;
    return true;
}

void membership_strict_tell(struct membership *membership, uint64_t now_ms)
{
    struct strict_access *access = &membership->strict;
    const struct strict *strict = cluster_strict(membership->cluster);
    const struct membership_tell *tell = &membership->tell;
    uint64_t ticket;
    while (access->waiting != 0 && strict_ended(strict, now_ms, &ticket)) {
        struct strict_wait *wait = wait_of(membership, ticket);
        INVARIANT(wait != NULL); /* nobody else makes tickets */
        bool is_held = take_outcome(membership, now_ms, wait);
        size_t worker = end_wait(membership, wait, is_held);
        if (worker != SIZE_MAX) {
            tell->wake(tell->context, worker);
        }
    }
    if (access->asked != strict_requests(strict)) {
        access->asked = strict_requests(strict);
        tell->wake(tell->context, 0);
    }
}

void membership_strict_end(struct membership *membership, bool is_told)
{
    const struct membership_tell *tell = &membership->tell;
    for (size_t i = 0; i < STRICT_WAITS_MAX; i++) {
        struct strict_wait *wait = &membership->strict.waits[i];
        unsigned state = atomic_load(&wait->state);
        if (state != WAIT_WAITS && state != WAIT_GIVEN_UP) {
            continue;
        }
        size_t worker = end_wait(membership, wait, false);
        if (is_told && worker != SIZE_MAX) {
            tell->wake(tell->context, worker);
        }
    }
}

void membership_strict_moved(struct membership *membership)
{
    struct strict_access *access = &membership->strict;
    access->asked = 0;
    atomic_store(&access->fresh_until_ms, 0);
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        atomic_fetch_add(&access->changes[i], 1);
    }
}

/* --- the port --------------------------------------------------------------------------------- */

static uint16_t slot_of(void *context, const uint8_t tenant[static STRICT_TENANT],
                        struct bytes scope)
{
    const struct membership *membership = context;
    return strict_slot(membership->setup.domain, tenant, scope);
}

static void run_home(struct call *call)
{
    if (call->strict != NULL) {
        call->home = strict_home(call->strict, call->now_ms, call->slot, call->member);
    }
}

static enum strict_home find_home(void *context, uint16_t slot, struct strict_member *ret_member)
{
    struct call call = {.membership = context,
                        .slot = slot,
                        .member = ret_member,
                        .home = STRICT_HOME_UNKNOWN,
                        .run = run_home};
    *ret_member = (struct strict_member){0};
    make(&call);
    if (call.home == STRICT_HOME_UNKNOWN) {
        membership_wake(call.membership); /* to bring the question to the others */
    }
    return call.home;
}

static void run_term(struct call *call)
{
    call->term = call->strict == NULL ? 0 : strict_term(call->strict, call->now_ms, call->slot);
}

static uint64_t find_term(void *context, uint16_t slot)
{
    struct call call = {.membership = context, .slot = slot, .run = run_term};
    make(&call);
    return call.term;
}

static void run_put(struct call *call)
{
    struct membership *membership = call->membership;
    uint64_t ticket;
    size_t number;
    struct strict_wait *wait = free_wait(membership, &number);
    if (call->strict == NULL || atomic_load(&membership->is_stopping)) {
        call->status = FAIL(NOT_CURRENT);
    } else if (wait == NULL) {
        call->status = FAIL(OVERLOADED);
    } else {
        call->status = strict_put(call->strict, call->now_ms, call->record, &ticket);
    }
    if (status_is_ok(call->status)) {
        wait->is_forward = false;
        begin_wait(call, wait, ticket);
        call->wait = number;
    }
}

static struct status put(void *context, const struct strict_record *record, size_t worker,
                         size_t *ret_wait)
{
    struct call call = {.membership = context, .record = record, .worker = worker, .run = run_put};
    make(&call);
    *ret_wait = call.wait;
    if (status_is_ok(call.status)) {
        membership_wake(call.membership);
    }
    return call.status;
}

static void run_forward(struct call *call)
{
    struct membership *membership = call->membership;
    uint64_t ticket;
    size_t number;
    struct strict_wait *wait = free_wait(membership, &number);
    if (call->strict == NULL || atomic_load(&membership->is_stopping)) {
        call->status = FAIL(UNAVAILABLE);
    } else if (wait == NULL) {
        call->status = FAIL(OVERLOADED);
    } else {
        call->status = strict_forward(call->strict, call->now_ms, call->to, call->bytes, &ticket);
    }
    if (status_is_ok(call->status)) {
        wait->is_forward = true;
        begin_wait(call, wait, ticket);
        call->wait = number;
    }
}

static struct status forward(void *context, const struct strict_member *to, struct bytes request,
                             size_t worker, size_t *ret_wait)
{
    struct call call = {
        .membership = context, .to = to, .bytes = request, .worker = worker, .run = run_forward};
    make(&call);
    *ret_wait = call.wait;
    if (status_is_ok(call.status)) {
        membership_wake(call.membership);
    }
    return call.status;
}

static enum strict_outcome outcome(void *context, size_t wait, struct buf *answer)
{
    struct membership *membership = context;
    struct strict_wait *of = &membership->strict.waits[wait - 1];
    unsigned state = atomic_load(&of->state);
    if (state == WAIT_WAITS) {
        return STRICT_WAITS;
    }
    INVARIANT(state == WAIT_SETTLED || state == WAIT_UNSETTLED);
    if (of->answer != NULL) {
        buf_put(answer, (struct bytes){of->answer, of->len});
        mem_free(membership->setup.mem, &of->answer);
    }
    atomic_store(&of->state, WAIT_FREE);
    return state == WAIT_SETTLED ? STRICT_HELD : STRICT_UNKNOWN;
}

static void give_up(void *context, size_t wait)
{
    struct membership *membership = context;
    struct strict_wait *of = &membership->strict.waits[wait - 1];
    unsigned waits = WAIT_WAITS;
    if (!atomic_compare_exchange_strong(&of->state, &waits, WAIT_GIVEN_UP)) {
        mem_free(membership->setup.mem, &of->answer);
        atomic_store(&of->state, WAIT_FREE);
    }
}

static void run_get(struct call *call)
{
    struct strict_record record;
    call->is_there = call->strict != NULL && strict_get(call->strict, call->record, &record);
    if (call->is_there) {
        buf_put(call->out, record.version.value);
    }
}

static bool get(void *context, const struct strict_record *named, struct buf *ret_value)
{
    struct call call = {.membership = context, .record = named, .out = ret_value, .run = run_get};
    make(&call);
    return call.is_there;
}

static void run_walk(struct call *call)
{
    call->is_there =
        call->strict != NULL && strict_table_walk(strict_records(call->strict), call->walk);
}

static bool walk(void *context, struct strict_walk *walk)
{
    struct call call = {.membership = context, .walk = walk, .run = run_walk};
    make(&call);
    return call.is_there;
}

static uint64_t changes(void *context, uint16_t slot)
{
    const struct membership *membership = context;
    return atomic_load(&membership->strict.changes[slot]);
}

/* The clock is read last: what was published since is later still. */
static struct status check_fresh(void *context)
{
    const struct membership *membership = context;
    uint64_t until_ms = atomic_load(&membership->strict.fresh_until_ms);
    bool is_fresh = until_ms != 0 && membership_now(membership).ms <= until_ms;
    return is_fresh ? OK : FAIL(UNAVAILABLE);
}

struct incarnation {
    struct membership *membership;
    struct cluster_origin origin;
    struct strict_begun begun;
    bool is_known;
};

static void incarnation_step(void *context, struct kv *kv)
{
    struct incarnation *asked = context;
    struct cluster *cluster = asked->membership->cluster;
    (void)kv;
    if (cluster == NULL || !status_is_ok(cluster_check(cluster))) {
        return;
    }
    asked->origin = cluster_stats(cluster).origin;
    asked->is_known = cluster_begun(cluster, &asked->begun) || asked->origin.height == 0;
}

static struct status incarnation(void *context, uint8_t ret[static STRICT_INCARNATION],
                                 uint64_t *ret_began_ms)
{
    struct incarnation asked = {.membership = context};
    values_as_owner(asked.membership->setup.values, incarnation_step, &asked);
    memset(ret, 0, STRICT_INCARNATION);
    *ret_began_ms = 0;
    if (!asked.is_known) {
        return FAIL(UNAVAILABLE);
    }
    strict_incarnation(asked.membership->setup.domain, asked.origin.digest, ret);
    *ret_began_ms = asked.begun.wall_ms;
    return OK;
}

static void run_request(struct call *call)
{
    struct bytes request;
    call->is_there =
        call->strict != NULL && strict_request(call->strict, call->now_ms, &call->id, &request);
    if (call->is_there) {
        buf_put(call->out, request);
    }
}

static bool next_request(void *context, uint64_t *ret_id, struct buf *ret_request)
{
    struct call call = {.membership = context, .out = ret_request, .run = run_request};
    make(&call);
    *ret_id = call.id;
    return call.is_there;
}

static void run_reply(struct call *call)
{
    if (call->strict != NULL) {
        strict_reply(call->strict, call->id, call->bytes);
    }
}

static void reply(void *context, uint64_t id, struct bytes answer)
{
    struct call call = {.membership = context, .id = id, .bytes = answer, .run = run_reply};
    make(&call);
    membership_wake(call.membership);
}

/* --- start and end ---------------------------------------------------------------------------- */

void membership_strict_open(struct membership *membership)
{
    membership->strict.port = (struct strict_port){
        .context = membership,
        .slot = slot_of,
        .home = find_home,
        .term = find_term,
        .put = put,
        .forward = forward,
        .outcome = outcome,
        .give_up = give_up,
        .get = get,
        .walk = walk,
        .changes = changes,
        .check_fresh = check_fresh,
        .incarnation = incarnation,
        .request = next_request,
        .reply = reply,
    };
}

void membership_strict_close(struct membership *membership)
{
    for (size_t i = 0; i < STRICT_WAITS_MAX; i++) {
        mem_free(membership->setup.mem, &membership->strict.waits[i].answer);
    }
}

const struct strict_port *membership_strict(const struct membership *membership)
{
    return &membership->strict.port;
}
