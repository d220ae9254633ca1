#include "lanes/lanes.h"

#include <string.h>

#include "base/arena.h"
#include "base/invariant.h"
#include "base/thread.h"
#include "digest/sha256.h"
#include "lanes/lanes_internal.h"

enum {
    ARENA = 128 * 1024 * 1024, /* address space, for the log of a user */
    OWNER = 16,                /* of the key of a record: who shares a slot shares no lane */
    KEY = 2 * LANES_FELT + 4 + OWNER,
    PAGE = LANES_OF_USER, /* records that are looked at under the lock of the records */
};

struct served {
    bool is_used;
    uint64_t id;
    struct lanes_asked asked;
    uint8_t tenant[USERS_TENANT];
    uint8_t user[LANES_USER];
};

struct lanes {
    struct lanes_setup setup;
    struct thread_lock lock; /* for the next, and so that wishes come one after the other */
    struct arena arena;
    struct thread_lock serving; /* for the next */
    struct served served[LANES_SERVED];
};

struct status lanes_open(const struct lanes_setup *setup, struct lanes **ret)
{
    void *block;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct lanes), &block));
    struct lanes *lanes = block;
    lanes->setup = *setup;
    struct status status = arena_init(&lanes->arena, ARENA);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &block);
        return status;
    }
    thread_lock_init(&lanes->lock);
    thread_lock_init(&lanes->serving);
    *ret = lanes;
    return OK;
}

void lanes_close(struct lanes **lanes)
{
    struct lanes *one = *lanes;
    if (one == NULL) {
        return;
    }
    void *block = one;
    arena_deinit(&one->arena);
    thread_lock_deinit(&one->serving);
    thread_lock_deinit(&one->lock);
    mem_free(one->setup.mem, &block);
    *lanes = NULL;
}

/* --- records ---------------------------------------------------------------------------------- */

/* Who has the lane: the start of its key. */
static void owner_of(struct bytes scope, uint8_t ret[static OWNER])
{
    uint8_t hash[SHA256_BYTES];
    sha256_hash(scope, hash);
    memcpy(ret, hash, OWNER);
}

/* In: memory, [KEY]. Returns: false for what is no name of a user. */
static bool name_record(const struct lanes_asked *asked, uint8_t *memory, struct strict_record *ret)
{
    const struct strict_port *strict = asked->lanes->setup.strict;
    const struct lanes_ask *ask = &asked->ask;
    uint8_t scope_memory[2 + LANES_USER];
    uint8_t owner[OWNER];
    struct buf scope = buf_over(scope_memory, sizeof scope_memory);
    struct buf key = buf_over(memory, KEY);
    *ret = (struct strict_record){.kind = STRICT_LANE};
    buf_put(&scope, BYTES_LITERAL("u:"));
    buf_put(&scope, ask->user);
    if (scope.failed || !statement_user_is_valid(ask->user)) {
        return false;
    }
    owner_of(buf_bytes(&scope), owner);
    buf_put(&key, BYTES_ARRAY(owner));
    buf_put(&key, BYTES_ARRAY(ask->chain));
    buf_put(&key, BYTES_ARRAY(ask->account));
    buf_put_u32(&key, ask->lane);
    ret->slot = strict->slot(strict->context, ask->tenant, buf_bytes(&scope));
    ret->key = buf_bytes(&key);
    memcpy(ret->tenant, ask->tenant, sizeof ret->tenant);
    return true;
}

static void visit(void *visitor, const struct strict_record *record)
{
    (void)record;
    ++*(size_t *)visitor;
}

/* Whether a user may have one more. */
static struct status check_count(const struct lanes *lanes, const struct strict_record *named)
{
    const struct strict_port *strict = lanes->setup.strict;
    struct strict_record owned = *named;
    size_t count = 0;
    owned.key.len = OWNER;
    struct strict_walk walk = {
        .slot = named->slot, .limit = PAGE, .named = &owned, .visitor = &count, .visit = visit};
    while (strict->walk(strict->context, &walk)) {
    }
    return count < LANES_OF_USER ? OK : FAIL(LIMIT_EXCEEDED);
}

static struct status read_record(const struct lanes *lanes, const struct strict_record *named,
                                 struct lane_record *ret)
{
    const struct strict_port *strict = lanes->setup.strict;
    uint8_t memory[LANE_VALUE];
    struct buf value = buf_over(memory, sizeof memory);
    *ret = (struct lane_record){0};
    if (!strict->get(strict->context, named, &value)) {
        return check_count(lanes, named);
    }
    bool is_good = !value.failed && lane_record_read(buf_bytes(&value), ret);
    return is_good ? OK : FAIL(UNAVAILABLE);
}

/* What the user has said last. */
static struct status read_set(struct lanes *lanes, const struct lanes_ask *ask,
                              struct lane_set *ret)
{
    struct user_log log;
    *ret = (struct lane_set){0};
    arena_reset(&lanes->arena);
    TRY(users_log(lanes->setup.users, &lanes->arena, ask->tenant, ask->user, &log));
    for (size_t i = 0; i < log.lane_count; i++) {
        const struct statement *statement = log.lanes[i];
        const struct statement_lane *said = &statement->body.lane;
        if (said->lane == ask->lane &&
            bytes_equal(BYTES_ARRAY(said->chain), BYTES_ARRAY(ask->chain)) &&
            bytes_equal(BYTES_ARRAY(said->account), BYTES_ARRAY(ask->account))) {
            *ret = (struct lane_set){.number = statement->read.text.seq,
                                     .next = said->next,
                                     .not_before_ms = statement->read.text.not_before_ms};
        }
    }
    return OK;
}

/* Lane 0 is the only one that accounts have by themselves: others begin where the user says. */
static struct status read_place(const struct lanes *lanes, const struct lanes_ask *ask,
                                struct lane_place *ret)
{
    const struct strict_port *strict = lanes->setup.strict;
    TRY(strict->incarnation(strict->context, ret->incarnation, &ret->began_ms));
    ret->may_open = ask->lane == 0 && ret->began_ms == 0;
    ret->began_ms = ret->began_ms > lanes->setup.since_ms ? ret->began_ms : lanes->setup.since_ms;
    return OK;
}

/* --- at home ---------------------------------------------------------------------------------- */

static struct status give(struct lanes_asked *asked, struct strict_record *named)
{
    struct lanes *lanes = asked->lanes;
    struct lane_record record;
    struct lane_set set;
    struct lane_place place;
    TRY(read_place(lanes, &asked->ask, &place));
    TRY(read_set(lanes, &asked->ask, &set));
    TRY(read_record(lanes, named, &record));
    TRY(lane_record_give(&record, &set, &place, &asked->ask.wish, &asked->nonce));
    if (asked->ask.only_looks) {
        asked->stage = LANES_OVER;
        return OK;
    }
    const struct strict_port *strict = lanes->setup.strict;
    uint8_t memory[LANE_VALUE];
    struct buf value = buf_over(memory, sizeof memory);
    lane_record_put(&record, &value);
    named->version.value = buf_bytes(&value);
    TRY(strict->put(strict->context, named, asked->worker, &asked->wait));
    asked->stage = LANES_PUTS;
    return OK;
}

static void end(struct lanes_asked *asked, struct status status)
{
    asked->stage = LANES_OVER;
    asked->status = status;
    asked->wait = 0;
}

/* The term is read before the records: what was written under a later one is not overlooked. */
static void do_here(struct lanes_asked *asked, struct strict_record *named)
{
    struct lanes *lanes = asked->lanes;
    const struct strict_port *strict = lanes->setup.strict;
    thread_lock_take(&lanes->lock);
    named->version.ballot.term = strict->term(strict->context, named->slot);
    struct status status = named->version.ballot.term == 0 ? FAIL(NOT_CURRENT) : give(asked, named);
    thread_lock_give(&lanes->lock);
    if (!status_is_ok(status) && status.code != STATUS_NOT_CURRENT) {
        end(asked, status);
    }
}

/* --- on the way ------------------------------------------------------------------------------- */

static void forward(struct lanes_asked *asked, const struct strict_member *home)
{
    const struct strict_port *strict = asked->lanes->setup.strict;
    uint8_t memory[LANES_WIRE];
    struct buf request = buf_over(memory, sizeof memory);
    lanes_wire_put(&asked->ask, &request);
    INVARIANT(!request.failed);
    struct status status =
        strict->forward(strict->context, home, buf_bytes(&request), asked->worker, &asked->wait);
    if (status_is_ok(status)) {
        asked->stage = LANES_FORWARDS;
    } else if (status.code != STATUS_UNAVAILABLE) {
        end(asked, status);
    }
}

/* What is not the home any more, or is no peer, is asked for again until the time is over. */
static void seek(struct lanes_asked *asked)
{
    struct lanes *lanes = asked->lanes;
    const struct strict_port *strict = lanes->setup.strict;
    uint8_t memory[KEY];
    struct strict_record named;
    struct strict_member home;
    if (!name_record(asked, memory, &named)) {
        end(asked, FAIL(INVALID_USERNAME));
        return;
    }
    switch (strict->home(strict->context, named.slot, &home)) {
    case STRICT_HOME_HERE:
        do_here(asked, &named);
        break;
    case STRICT_HOME_THERE:
        if (asked->may_forward) {
            forward(asked, &home);
        } else {
            end(asked, FAIL(NOT_CURRENT));
        }
        break;
    case STRICT_HOME_UNKNOWN:
    default:
        break;
    }
    if (asked->stage == LANES_SEEKS && clock_monotonic_ms(&lanes->setup.clock) >= asked->until_ms) {
        end(asked, FAIL(NOT_CURRENT));
    }
}

static void look_at_put(struct lanes_asked *asked)
{
    const struct strict_port *strict = asked->lanes->setup.strict;
    enum strict_outcome outcome = strict->outcome(strict->context, asked->wait, NULL);
    if (outcome != STRICT_WAITS) {
        end(asked, outcome == STRICT_HELD ? OK : FAIL(WRITE_UNSETTLED));
    }
}

static void look_at_forward(struct lanes_asked *asked)
{
    const struct strict_port *strict = asked->lanes->setup.strict;
    uint8_t memory[LANES_WIRE];
    struct buf answer = buf_over(memory, sizeof memory);
    enum strict_outcome outcome = strict->outcome(strict->context, asked->wait, &answer);
    if (outcome == STRICT_HELD) {
        end(asked, lanes_wire_answered(buf_bytes(&answer), &asked->nonce));
    } else if (outcome != STRICT_WAITS) {
        end(asked, FAIL(WRITE_UNSETTLED));
    }
}

void lanes_start(struct lanes *lanes, const struct lanes_ask *ask, size_t worker,
                 struct lanes_asked *ret)
{
    *ret = (struct lanes_asked){.stage = LANES_SEEKS,
                                .lanes = lanes,
                                .ask = *ask,
                                .may_forward = true,
                                .worker = worker,
                                .status = OK};
    ret->until_ms = clock_monotonic_ms(&lanes->setup.clock) + LANES_HOME_MS;
}

bool lanes_is_over(struct lanes_asked *asked)
{
    if (asked->stage == LANES_SEEKS) {
        seek(asked);
    }
    if (asked->stage == LANES_PUTS) {
        look_at_put(asked);
    } else if (asked->stage == LANES_FORWARDS) {
        look_at_forward(asked);
    }
    return asked->stage == LANES_OVER;
}

void lanes_give_up(struct lanes_asked *asked)
{
    const struct strict_port *strict = asked->lanes->setup.strict;
    if (asked->wait != 0) {
        strict->give_up(strict->context, asked->wait);
        asked->wait = 0;
    }
}

struct status lanes_end(const struct lanes_asked *asked, uint64_t *ret_nonce)
{
    INVARIANT(asked->stage == LANES_OVER);
    *ret_nonce = 0;
    TRY(asked->status);
    *ret_nonce = asked->nonce;
    return OK;
}

/* --- for other nodes -------------------------------------------------------------------------- */

static void reply(struct lanes *lanes, struct served *served)
{
    const struct strict_port *strict = lanes->setup.strict;
    uint8_t memory[LANES_WIRE];
    struct buf answer = buf_over(memory, sizeof memory);
    uint64_t nonce;
    struct status status = lanes_end(&served->asked, &nonce);
    lanes_wire_answer(status, nonce, &answer);
    strict->reply(strict->context, served->id, buf_bytes(&answer));
    *served = (struct served){0};
}

/* A wish is kept here as long as it waits. Who is not the home is not one on the way to it. */
static void begin_served(struct lanes *lanes, struct bytes request, struct served *served)
{
    struct lanes_ask ask;
    if (!lanes_wire_read(request, &ask)) {
        served->asked.stage = LANES_OVER;
        served->asked.status = FAIL(RECORD_INVALID);
        return;
    }
    memcpy(served->tenant, ask.tenant, sizeof served->tenant);
    memcpy(served->user, ask.user.ptr, ask.user.len);
    ask.tenant = served->tenant;
    ask.user.ptr = served->user;
    lanes_start(lanes, &ask, 0, &served->asked);
    served->asked.may_forward = false;
    served->asked.until_ms = 0;
}

static bool serve_next(struct lanes *lanes, struct served *served)
{
    const struct strict_port *strict = lanes->setup.strict;
    uint8_t memory[STRICT_REQUEST_MAX];
    struct buf request = buf_over(memory, sizeof memory);
    if (!strict->request(strict->context, &served->id, &request)) {
        return false;
    }
    served->is_used = true;
    begin_served(lanes, buf_bytes(&request), served);
    return true;
}

void lanes_serve(struct lanes *lanes)
{
    thread_lock_take(&lanes->serving);
    for (size_t i = 0; i < LANES_SERVED; i++) {
        struct served *served = &lanes->served[i];
        while (served->is_used || serve_next(lanes, served)) {
            if (!lanes_is_over(&served->asked)) {
                break;
            }
            reply(lanes, served);
        }
    }
    thread_lock_give(&lanes->serving);
}
