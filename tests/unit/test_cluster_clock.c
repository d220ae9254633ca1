/* A node whose clock is not that of its peers. */
#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"
#include "store/kv_digest.h"

static struct cluster_one one;
static uint8_t said[SYNC_MESSAGE_MAX];
static uint8_t answered[SYNC_MESSAGE_MAX];
static const uint8_t tenant[DOMAIN_TENANT_ID] = {7};
static int64_t ahead_ms[8]; /* the clocks of peers, of ours */
static uint64_t took_ms;    /* question and answer */

static int open_first(void **state)
{
    (void)state;
    secret_allow_unlocked();
    one_open(&one, 2, true);
    memset(ahead_ms, 0, sizeof ahead_ms);
    took_ms = 10;
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    one_close(&one);
    return 0;
}

static void pass(uint64_t ms)
{
    one.now.ms += ms;
    one.now.wall_ms += ms;
}

static const uint8_t no_origin[SYNC_ORIGIN];
static uint8_t flags = SYNC_FLAG_CURRENT; /* of answers */

/* The answer of a peer that has the same records. */
static void answer_walk(const struct cluster_action *action)
{
    struct buf out = buf_over(answered, sizeof answered);
    const struct eth_address *wallet = &action->peer->grant.wallet;
    struct sync_way way = {wallet->b, one_self.b};
    struct sync_head head = {.type = (enum sync_type)action->message.ptr[4],
                             .boot = {wallet->b[0]}};
    struct reader number = reader_over(bytes_slice(action->message, SYNC_HEAD - 8, 8));
    head.sequence = reader_u64(&number);
    uint8_t sums[KV_DIGEST_FAN * KV_DIGEST];
    kv_digest_children(one.kv, 0, 0, sums);
    uint64_t made_ms = one.now.wall_ms + (uint64_t)ahead_ms[(wallet->b[0] - 0xaa) / 0x11];
    pass(took_ms);
    sync_message_begin(&out, &head);
    buf_put_u8(&out, flags);
    buf_put(&out, BYTES_ARRAY(no_origin));
    buf_put_u64(&out, made_ms);
    buf_put(&out, BYTES_ARRAY(sums));
    assert_status(OK, sync_message_end(&out, &one.key, &way));
    cluster_answered(one.cluster, &one.now, action->id, buf_bytes(&out));
}

/* Compare with so many peers. */
static void meet(size_t peers)
{
    struct cluster_action action;
    one.listed = peers + 1;
    pass(CLUSTER_REPAIR_MS + CLUSTER_MEMBERS_MS);
    while (one_next(&one, &action)) {
        if (action.kind == CLUSTER_SEND && action.message.ptr[4] == SYNC_DIGEST) {
            answer_walk(&action);
        } else if (action.kind == CLUSTER_SEND) {
            cluster_answered(one.cluster, &one.now, action.id, (struct bytes){NULL, 0});
        }
    }
    assert_int_equal(peers, cluster_stats(one.cluster).clocks);
}

static struct status check(void)
{
    return cluster_check_write(one.cluster, &one.now);
}

static void who_is_alone_is_right(void **state)
{
    (void)state;
    one.listed = 1;
    pass(CLUSTER_MEMBERS_MS);
    assert_status(OK, check());
    assert_int_equal(0, cluster_stats(one.cluster).clock_off_ms);
}

/* Two seconds off are not more than two seconds; what the way took is nobody's fault. */
static void beside_one_peer(void **state)
{
    (void)state;
    static const struct {
        int64_t ahead_ms;
        uint64_t took_ms;
        bool is_suspect;
        int64_t off_ms;
    } rows[] = {
        {0, 10, false, 0},
        {2000, 0, false, -2000},
        {2001, 0, true, -2001},
        {-2000, 0, false, 2000},
        {-2001, 0, true, 2001},
        {2500, 499, true, -2001},
        {2500, 500, false, -2000},
        {-2500, 400, true, 2500},
        {3600000, 10, true, -3599990},
        {-3600000, 10, true, 3600000},
        {4000, 2900, false, -1100},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ahead_ms[1] = rows[i].ahead_ms;
        took_ms = rows[i].took_ms;
        meet(1);
        struct status status = check();
        assert_int_equal(rows[i].is_suspect ? STATUS_CLOCK_SUSPECT : STATUS_OK, status.code);
        struct cluster_stats stats = cluster_stats(one.cluster);
        assert_int_equal(rows[i].off_ms, stats.clock_off_ms);
        assert_true(rows[i].is_suspect == stats.is_clock_suspect);
        assert_status(OK, cluster_check(one.cluster)); /* what is read is no worse for it */
    }
}

/* Of two the one that is wrong knows; the others do not believe it. */
static void the_median_counts(void **state)
{
    (void)state;
    static const struct {
        size_t peers;
        int64_t ahead_ms[5];
        bool is_suspect;
    } rows[] = {
        {2, {0, 9000}, false},
        {2, {9000, 0}, false},
        {2, {-9000, 0}, false},
        {2, {3000, 9000}, true},
        {2, {-3000, -9000}, true},
        {2, {-9000, 9000}, false},
        {3, {0, 9000, 9000}, true},
        {3, {0, 0, 9000}, false},
        {3, {-9000, 0, 9000}, false},
        {4, {0, 0, 9000, 9000}, false},
        {4, {0, 9000, 9000, 9000}, true},
        {4, {-9000, -9000, -9000, 0}, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(ahead_ms + 1, rows[i].ahead_ms, sizeof rows[i].ahead_ms);
        meet(rows[i].peers);
        struct status status = check();
        assert_int_equal(rows[i].is_suspect ? STATUS_CLOCK_SUSPECT : STATUS_OK, status.code);
    }
}

/* A thread that was held up since it read the clock is behind what was heard meanwhile. */
static void a_late_step_knows_too(void **state)
{
    (void)state;
    ahead_ms[1] = 3000;
    took_ms = 0;
    meet(1);
    assert_status(CLOCK_SUSPECT, check());
    one.now.ms -= 500;
    one.now.wall_ms -= 500;
    assert_status(CLOCK_SUSPECT, check());
    assert_int_equal(1, cluster_stats(one.cluster).clocks);
}

/* What was heard goes on by the monotonic clock, so our own leap is seen at once. */
static void our_own_leap(void **state)
{
    (void)state;
    meet(1);
    assert_status(OK, check());
    one.now.wall_ms += 2100;
    assert_status(CLOCK_SUSPECT, check());
    one.now.wall_ms -= 2100;
    assert_status(OK, check());
    one.now.wall_ms -= 2100;
    assert_status(CLOCK_SUSPECT, check());
    pass(CLUSTER_CLOCK_MS - 10); /* nobody has answered for so long */
    assert_status(CLOCK_SUSPECT, check());
    pass(20);
    assert_status(OK, check());
    assert_int_equal(0, cluster_stats(one.cluster).clocks);
}

static void no_time_is_too_far(void **state)
{
    (void)state;
    meet(1);
    ahead_ms[1] = INT64_MAX - (int64_t)one.now.wall_ms - 100000;
    meet(1);
    assert_status(CLOCK_SUSPECT, check());
    ahead_ms[1] = -(int64_t)one.now.wall_ms - 1000000; /* wraps */
    meet(1);
    assert_status(CLOCK_SUSPECT, check());
}

static void write_one(uint64_t *ret_ticket)
{
    SECRET(value_seal_keys, keys);
    SECRET32(secret);
    root_values_key(root_keyring_newest(one.roots), tenant, &secret);
    value_seal_keys_init(&keys, one_domain, tenant);
    value_seal_keys_add(&keys, 0, &secret);
    struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
    struct kv_write write = {
        .key = bytes_of("k"), .value = bytes_of("v"), .cause = {one_self.b[0]}};
    one_fill(&one, write.nonce, sizeof write.nonce);
    assert_status(OK, kv_put(one.kv, &at, &write, NULL));
    struct cluster_written written = {.key = bytes_of("k")};
    memcpy(written.tenant, tenant, sizeof tenant);
    assert_status(OK, cluster_write(one.cluster, &one.now, &written, ret_ticket));
}

static void answer_push(const struct cluster_action *action)
{
    struct buf out = buf_over(answered, sizeof answered);
    struct sync_head head = {.type = SYNC_ACK, .boot = {one_peer.b[0]}};
    struct reader number = reader_over(bytes_slice(action->message, SYNC_HEAD - 8, 8));
    head.sequence = reader_u64(&number);
    one_say(&one, &head, unit_hex("0000"), &out);
    cluster_answered(one.cluster, &one.now, action->id, buf_bytes(&out));
}

/* The clock leaps while a write waits. Returns: what it is told. */
static enum cluster_action_kind outcome_of_write(uint64_t leap_ms)
{
    uint64_t ticket;
    struct cluster_action action;
    write_one(&ticket);
    one.now.wall_ms += leap_ms;
    for (;;) {
        if (!one_next(&one, &action)) {
            pass(10);
        } else if (action.kind != CLUSTER_SEND) {
            assert_true(action.id == ticket);
            return action.kind;
        } else {
            answer_push(&action);
        }
    }
}

static void a_write_that_waits(void **state)
{
    (void)state;
    meet(1);
    assert_int_equal(CLUSTER_SETTLED, outcome_of_write(0));
    assert_int_equal(CLUSTER_UNSETTLED, outcome_of_write(2100));
}

/* Of another's push it holds what it takes, and promises nothing. */
static void a_push_of_another(void **state)
{
    (void)state;
    struct buf message = buf_over(said, sizeof said);
    struct buf answer = buf_over(answered, sizeof answered);
    struct sync_head head = {.type = SYNC_PUSH, .boot = {one_peer.b[0]}, .sequence = 5};
    meet(1);
    for (unsigned turn = 0; turn < 2; turn++) {
        one_say(&one, &head, (struct bytes){NULL, 0}, &message);
        answer.len = 0;
        assert_status(
            OK, cluster_serve(one.cluster, &one.now, &one_peer, buf_bytes(&message), &answer));
        struct reader number = reader_over(bytes_slice(buf_bytes(&answer), SYNC_HEAD - 8, 8));
        assert_true(reader_u64(&number) == (turn == 0 ? 5 : 0));
        one.now.wall_ms -= 2100;
    }
}

/* Another process may be on another machine. */
static void a_peer_that_was_started_again(void **state)
{
    (void)state;
    struct buf message = buf_over(said, sizeof said);
    struct buf answer = buf_over(answered, sizeof answered);
    struct sync_head head = {.type = SYNC_DIGEST, .boot = {0x42}, .sequence = 5};
    ahead_ms[1] = 9000;
    meet(1);
    assert_status(CLOCK_SUSPECT, check());
    one_say(&one, &head, unit_hex("000000"), &message);
    assert_status(OK,
                  cluster_serve(one.cluster, &one.now, &one_peer, buf_bytes(&message), &answer));
    assert_status(OK, check());
    assert_int_equal(0, cluster_stats(one.cluster).clocks);
}

/* Its records count for nothing yet; its clock does. */
static void a_peer_that_is_not_current(void **state)
{
    (void)state;
    ahead_ms[1] = 9000;
    flags = 0;
    meet(1);
    flags = SYNC_FLAG_CURRENT;
    assert_status(CLOCK_SUSPECT, check());
}

#define FIRST(test) cmocka_unit_test_setup_teardown(test, open_first, close_one)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIRST(who_is_alone_is_right),
        FIRST(beside_one_peer),
        FIRST(the_median_counts),
        FIRST(a_late_step_knows_too),
        FIRST(our_own_leap),
        FIRST(no_time_is_too_far),
        FIRST(a_write_that_waits),
        FIRST(a_push_of_another),
        FIRST(a_peer_that_was_started_again),
        FIRST(a_peer_that_is_not_current),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
