#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"
#include "store/kv_digest.h"

static struct cluster_one one;
static uint8_t said[SYNC_MESSAGE_MAX];
static uint8_t answered[SYNC_MESSAGE_MAX];
static const uint8_t tenant[DOMAIN_TENANT_ID] = {7};

static int open_first(void **state)
{
    (void)state;
    secret_allow_unlocked();
    one_open(&one, 2, true);
    return 0;
}

static int open_later(void **state)
{
    (void)state;
    secret_allow_unlocked();
    one_open(&one, 2, false);
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    one_close(&one);
    return 0;
}

static void put_at(struct cluster_one *at_one, struct bytes key, struct bytes value)
{
    SECRET(value_seal_keys, keys);
    SECRET32(secret);
    root_values_key(root_keyring_newest(at_one->roots), tenant, &secret);
    value_seal_keys_init(&keys, one_domain, tenant);
    value_seal_keys_add(&keys, 0, &secret);
    struct kv_at at = {.keys = &keys, .now_ms = at_one->now.wall_ms};
    struct kv_write write = {.key = key, .value = value, .cause = {1}};
    one_fill(at_one, write.nonce, sizeof write.nonce);
    assert_status(OK, kv_put(at_one->kv, &at, &write, NULL));
}

static void put(const char *key, const char *value)
{
    put_at(&one, bytes_of(key), bytes_of(value));
}

static struct status serve(enum sync_type type, struct bytes body, struct buf *answer)
{
    struct buf message = buf_over(said, sizeof said);
    struct sync_head head = {.type = type, .boot = {9}, .sequence = 5};
    one_say(&one, &head, body, &message);
    *answer = buf_over(answered, sizeof answered);
    return cluster_serve(one.cluster, &one.now, &one_peer, buf_bytes(&message), answer);
}

/* With a good code, so from a node that knows the root: no body may do more than be refused. */
static void bodies_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        enum sync_type type;
        const char *body;
    } bad[] = {
        {SYNC_PUSH, "00"},                       /* cut in a number */
        {SYNC_PUSH, "0000000000000001"},         /* no record behind it */
        {SYNC_PUSH, "000000000000000100000000"}, /* an empty one */
        {SYNC_PUSH, "0000000000000001ffffffff"}, /* one of 4 GiB */
        {SYNC_ACK, "0000"},                      /* asks for nothing */
        {SYNC_DIGEST, ""},                       /* no level */
        {SYNC_DIGEST, "00"},                     /* no node */
        {SYNC_DIGEST, "000001"},                 /* the second root */
        {SYNC_DIGEST, "00000000"},               /* half a node */
        {SYNC_DIGEST, "0000000000"},             /* the same twice */
        {SYNC_DIGEST, "0100010000"},             /* downward */
        {SYNC_DIGEST, "010010"},                 /* beyond the level */
        {SYNC_DIGEST, "040000"},                 /* below the leaves */
        {SYNC_DIGEST, "ff0000"},                 /* far below */
        {SYNC_PAGES, ""},                        /* no place */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf answer;
        assert_status(SYNC_INVALID, serve(bad[i].type, unit_hex(bad[i].body), &answer));
        assert_int_equal(0, answer.len);
    }
}

static void put_page(struct buf *body, const char *leaves)
{
    static const struct kv_digest_place start;
    sync_message_put_place(body, &start);
    buf_put(body, unit_hex(leaves));
}

static void pages_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",                 /* no leaf */
        "0001",             /* no count */
        "00010001",         /* no digest */
        "0001000100000000", /* half of one */
        "0001000000010000", /* a leaf twice */
        "0002000000010000", /* downward */
    };
    static uint8_t memory[600 * 4 + 100];
    struct buf answer;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf body = buf_over(memory, sizeof memory);
        put_page(&body, bad[i]);
        assert_status(SYNC_INVALID, serve(SYNC_PAGES, buf_bytes(&body), &answer));
    }
    struct buf body = buf_over(memory, sizeof memory);
    put_page(&body, "");
    for (uint16_t leaf = 0; leaf < 513; leaf++) {
        buf_put_u16(&body, leaf);
        buf_put_u16(&body, 0);
    }
    assert_status(SYNC_INVALID, serve(SYNC_PAGES, buf_bytes(&body), &answer));
    body.len -= 4;
    assert_status(OK, serve(SYNC_PAGES, buf_bytes(&body), &answer));
}

/* A record that names no intent is not taken: there is nobody who answers for it. */
static void records_without_a_cause_are_refused_alone(void **state)
{
    (void)state;
    struct record record;
    static uint8_t memory[4096];
    struct buf body = buf_over(memory, sizeof memory);
    struct buf answer;
    put("a", "1");
    put("b", "2");
    for (uint64_t i = 0; i < 2; i++) {
        assert_true(
            kv_peek(one.kv, tenant, i == 0 ? BYTES_LITERAL("a") : BYTES_LITERAL("b"), &record));
        memset(record.cause, (int)i, sizeof record.cause);
        struct sync_record sent = {BYTES_ARRAY(tenant), false, record};
        buf_put_u64(&body, 10 + i);
        sync_message_put_record(&body, &sent);
    }
    assert_status(OK, serve(SYNC_PUSH, buf_bytes(&body), &answer));
    struct reader read = reader_over((struct bytes){answered + SYNC_HEAD, 2 + 10});
    assert_int_equal(1, reader_u16(&read));
    assert_int_equal(10, reader_u64(&read));
    assert_int_equal(STATUS_RECORD_INVALID, reader_u16(&read));
    assert_int_equal(SYNC_HEAD + 12 + SYNC_CODE, answer.len);
}

static uint64_t sequence_of(struct bytes message)
{
    struct reader read = reader_over(message);
    reader_take(&read, SYNC_HEAD - 8);
    return reader_u64(&read);
}

/* It holds what it is sent and promises nothing. */
static void who_is_not_current_acknowledges_nothing(void **state)
{
    (void)state;
    struct buf answer;
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    assert_status(OK, serve(SYNC_PUSH, BYTES_LITERAL(""), &answer));
    assert_int_equal(0, sequence_of(buf_bytes(&answer)));
}

static void who_is_current_does(void **state)
{
    (void)state;
    struct buf answer;
    assert_status(OK, cluster_check(one.cluster));
    assert_status(OK, serve(SYNC_PUSH, BYTES_LITERAL(""), &answer));
    assert_int_equal(5, sequence_of(buf_bytes(&answer)));
}

static struct status write_of(const char *key, uint64_t *ret_ticket)
{
    struct cluster_written written = {.key = bytes_of(key)};
    memcpy(written.tenant, tenant, sizeof tenant);
    return cluster_write(one.cluster, &one.now, &written, ret_ticket);
}

/* Nobody has been met: this node is all there is. */
static void alone_a_write_is_settled_at_once(void **state)
{
    (void)state;
    struct cluster_action action;
    uint64_t ticket;
    put("a", "1");
    assert_status(OK, write_of("a", &ticket));
    assert_true(one_next(&one, &action));
    assert_int_equal(CLUSTER_SETTLED, action.kind);
    assert_int_equal(ticket, action.id);
}

static void meet_peer(void)
{
    struct cluster_action action;
    struct buf answer;
    assert_true(one_next(&one, &action)); /* the registry is read, and it is compared with */
    assert_int_equal(CLUSTER_SEND, action.kind);
    cluster_answered(one.cluster, &one.now, action.id, (struct bytes){NULL, 0});
    assert_status(OK, serve(SYNC_DIGEST, unit_hex("000000"), &answer));
    assert_int_equal(1, cluster_stats(one.cluster).members);
}

static void answer_push(const struct cluster_action *action, uint64_t sequence, const char *body)
{
    struct buf message = buf_over(said, sizeof said);
    struct sync_head head = {.type = SYNC_ACK, .boot = {9}, .sequence = sequence};
    one_say(&one, &head, unit_hex(body), &message);
    cluster_answered(one.cluster, &one.now, action->id, buf_bytes(&message));
}

static void push(struct cluster_action *ret_action)
{
    assert_true(one_next(&one, ret_action));
    assert_int_equal(CLUSTER_SEND, ret_action->kind);
    assert_int_equal(SYNC_PUSH, ret_action->message.ptr[4]);
}

static void a_write_is_settled_by_who_took_it(void **state)
{
    (void)state;
    struct cluster_action action;
    uint64_t ticket;
    meet_peer();
    put("a", "1");
    assert_status(OK, write_of("a", &ticket));
    push(&action);
    uint64_t sequence = sequence_of(action.message);
    assert_int_equal(kv_seq(one.kv), sequence);
    answer_push(&action, sequence, "0000");
    assert_true(one_next(&one, &action));
    assert_int_equal(CLUSTER_SETTLED, action.kind);
    assert_int_equal(ticket, action.id);
}

/* Who took it before says so again. */
static void a_write_that_is_there_is_settled_too(void **state)
{
    (void)state;
    struct cluster_action action;
    uint64_t ticket;
    a_write_is_settled_by_who_took_it(state);
    put("b", "2");
    assert_status(OK, write_of("b", &ticket));
    push(&action);
    answer_push(&action, sequence_of(action.message), "0000");
    assert_true(one_next(&one, &action));
    assert_status(OK, write_of("a", &ticket));
    push(&action);
    answer_push(&action, sequence_of(action.message), "0000");
    assert_true(one_next(&one, &action));
    assert_int_equal(CLUSTER_SETTLED, action.kind);
    assert_int_equal(ticket, action.id);
}

/* The next action that is no message; each message comes to nothing. */
static struct cluster_action next_of_write(void)
{
    struct cluster_action action;
    while (one_next(&one, &action) && action.kind == CLUSTER_SEND) {
        cluster_answered(one.cluster, &one.now, action.id, (struct bytes){NULL, 0});
    }
    return action;
}

static void nothing_else_settles_it(void **state)
{
    (void)state;
    static const struct {
        int by; /* how far the sequence is off */
        const char *body;
    } bad[] = {{1, "0000"}, {-1, "0000"}, {0, "000000"},
               {0, "0001"}, {0, ""},      {0, "00020000000000000002000100000000000000020001"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct cluster_action action;
        uint64_t ticket;
        one_close(&one);
        one_open(&one, 2, true);
        meet_peer();
        put("a", "1");
        put("b", "1");
        assert_status(OK, write_of("a", &ticket));
        push(&action);
        answer_push(&action, sequence_of(action.message) + (uint64_t)bad[i].by, bad[i].body);
        one.now.ms += CLUSTER_SETTLE_MS - 1;
        assert_int_equal(0, next_of_write().id);
        one.now.ms += 1;
        action = next_of_write();
        assert_int_equal(CLUSTER_UNSETTLED, action.kind);
        assert_int_equal(ticket, action.id);
    }
}

/* A record that is written or joined again has a new place in the feed, and a push that ends before
 * that has not got it. */
static void a_push_settles_what_it_has(void **state)
{
    (void)state;
    static const uint8_t large[600000];
    struct cluster_action action;
    uint64_t tickets[4];
    meet_peer();
    put_at(&one, bytes_of("a"), BYTES_ARRAY(large));
    assert_status(OK, write_of("a", &tickets[0]));
    put_at(&one, bytes_of("b"), BYTES_ARRAY(large));
    assert_status(OK, write_of("b", &tickets[2]));
    put("c", "3");
    assert_status(OK, write_of("c", &tickets[1]));
    put_at(&one, bytes_of("b"), BYTES_ARRAY(large));
    assert_status(OK, write_of("b", &tickets[3]));
    for (size_t i = 0; i < 4; i += 2) {
        push(&action);
        answer_push(&action, sequence_of(action.message), "0000");
        assert_true(one_next(&one, &action));
        assert_int_equal(CLUSTER_SETTLED, action.kind);
        assert_int_equal(tickets[i], action.id);
        assert_true(one_next(&one, &action));
        assert_int_equal(CLUSTER_SETTLED, action.kind);
        assert_int_equal(tickets[i + 1], action.id);
    }
}

static void a_refused_record_settles_no_write_of_its_key(void **state)
{
    (void)state;
    struct cluster_action action;
    uint64_t refused;
    uint64_t taken;
    uint8_t memory[32];
    struct buf body = buf_over(memory, sizeof memory);
    meet_peer();
    put("a", "1");
    uint64_t seq = kv_seq(one.kv);
    assert_status(OK, write_of("a", &refused));
    put("b", "2");
    assert_status(OK, write_of("b", &taken));
    push(&action);
    buf_put_u16(&body, 1);
    buf_put_u64(&body, seq);
    buf_put_u16(&body, STATUS_RECORD_FUTURE);
    struct buf message = buf_over(said, sizeof said);
    struct sync_head head = {
        .type = SYNC_ACK, .boot = {9}, .sequence = sequence_of(action.message)};
    one_say(&one, &head, buf_bytes(&body), &message);
    cluster_answered(one.cluster, &one.now, action.id, buf_bytes(&message));
    assert_true(one_next(&one, &action));
    assert_int_equal(CLUSTER_SETTLED, action.kind);
    assert_int_equal(taken, action.id);
    one.now.ms += CLUSTER_SETTLE_MS;
    assert_true(one_next(&one, &action));
    assert_int_equal(CLUSTER_UNSETTLED, action.kind);
    assert_int_equal(refused, action.id);
}

static void so_many_writes_wait_and_no_more(void **state)
{
    (void)state;
    uint64_t ticket;
    meet_peer();
    put("a", "1");
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        assert_status(OK, write_of("a", &ticket));
    }
    assert_status(OVERLOADED, write_of("a", &ticket));
    assert_int_equal(0, ticket);
}

/* All that a node asks now, answered by another one; the clock goes on until it asks no more.
 * Returns: the pages among it. */
static size_t pull(struct cluster_one *asker, struct cluster_one *other)
{
    struct cluster_action action;
    size_t pages = 0;
    while (one_next(asker, &action)) {
        struct buf answer = buf_over(answered, sizeof answered);
        assert_int_equal(CLUSTER_SEND, action.kind);
        pages += action.message.ptr[4] == SYNC_PAGES;
        assert_status(
            OK, cluster_serve(other->cluster, &other->now, &one_peer, action.message, &answer));
        cluster_answered(asker->cluster, &asker->now, action.id, buf_bytes(&answer));
    }
    return pages;
}

/* The next key that lies in the first leaf. */
static struct bytes key_of_leaf_zero(uint32_t *number, uint8_t memory[static 5])
{
    uint8_t digest[SHA256_BYTES];
    do {
        struct sha256 hash;
        struct buf key = buf_over(memory, 5);
        buf_put_u8(&key, 'c');
        for (unsigned shift = 0; shift < 24; shift += 6) {
            buf_put_u8(&key, (uint8_t)('0' + (*number >> shift & 0x3f)));
        }
        ++*number;
        sha256_init(&hash);
        sha256_update(&hash, BYTES_ARRAY(tenant));
        sha256_update(&hash, buf_bytes(&key));
        sha256_final(&hash, digest);
    } while (digest[0] != 0 || digest[1] != 0);
    return (struct bytes){memory, 5};
}

/* Of a leaf only what the asker has not. */
static void what_the_asker_has_stays_away(void **state)
{
    (void)state;
    static struct cluster_one newcomer;
    static const uint8_t value[5000];
    struct cluster_action action;
    uint8_t memory[5];
    uint32_t number = 0;
    one_open_as(&newcomer, &one_peer, 2, false);
    put_at(&one, key_of_leaf_zero(&number, memory), BYTES_ARRAY(value));
    assert_int_equal(1, pull(&newcomer, &one));
    put_at(&one, key_of_leaf_zero(&number, memory), BYTES_LITERAL("new"));
    newcomer.now.ms += CLUSTER_REPAIR_MS;
    size_t most = 0;
    while (one_next(&newcomer, &action)) {
        struct buf answer = buf_over(answered, sizeof answered);
        assert_status(OK, cluster_serve(one.cluster, &one.now, &one_peer, action.message, &answer));
        cluster_answered(newcomer.cluster, &newcomer.now, action.id, buf_bytes(&answer));
        most = answer.len > most ? answer.len : most;
    }
    assert_in_range(most, 256, 1000);
    assert_int_equal(2, cluster_stats(newcomer.cluster).taken);
    one_close(&newcomer);
}

/* Records that fit into no page together, in leaves of their own and some in one: it goes on behind
 * the place where a page ended, and is not current before it has everything. */
static void what_differs_is_pulled_page_by_page(void **state)
{
    (void)state;
    static struct cluster_one newcomer;
    static uint8_t value[600000];
    static const uint8_t none[1];
    uint8_t ours[KV_DIGEST];
    uint8_t theirs[KV_DIGEST];
    one_open_as(&newcomer, &one_peer, 2, false);
    for (unsigned i = 0; i < 7; i++) {
        uint8_t key[] = {'a', (uint8_t)('0' + i)};
        put_at(&one, BYTES_ARRAY(key), BYTES_ARRAY(value));
    }
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t key[] = {'b', (uint8_t)('0' + i % 64), (uint8_t)('0' + i / 64)};
        put_at(&one, BYTES_ARRAY(key), BYTES_ARRAY(none));
    }
    size_t pages = pull(&newcomer, &one);
    assert_in_range(pages, 7, 20);
    kv_digest_root(one.kv, ours);
    kv_digest_root(newcomer.kv, theirs);
    assert_memory_equal(ours, theirs, KV_DIGEST);
    assert_status(OK, cluster_check(newcomer.cluster));
    /* What has not changed does not come again. */
    newcomer.now.ms += CLUSTER_REPAIR_MS;
    assert_int_equal(0, pull(&newcomer, &one));
    uint64_t taken = cluster_stats(newcomer.cluster).taken;
    put("b00", "other");
    newcomer.now.ms += CLUSTER_REPAIR_MS;
    assert_int_equal(1, pull(&newcomer, &one));
    assert_int_equal(taken + 1, cluster_stats(newcomer.cluster).taken);
    one_close(&newcomer);
}

/* A newcomer that has pulled a record whose writer's clock is so far ahead of its own. */
static void pull_ahead(struct cluster_one *newcomer, uint64_t ahead_ms)
{
    one_open_as(newcomer, &one_peer, 2, false);
    newcomer->now.wall_ms -= ahead_ms;
    put("k", "v");
    (void)pull(newcomer, &one);
    assert_int_equal(1, cluster_stats(newcomer->cluster).pulled);
    assert_status(NOT_CURRENT, cluster_check(newcomer->cluster));
}

static void pass(struct cluster_one *newcomer, uint64_t ms)
{
    newcomer->now.ms += ms;
    newcomer->now.wall_ms += ms;
    (void)pull(newcomer, &one);
}

/* What waits for its time nobody sees, so that who has pulled it is not current yet. */
static void what_waits_is_waited_for(void **state)
{
    (void)state;
    static struct cluster_one newcomer;
    pull_ahead(&newcomer, 6000);
    pass(&newcomer, 500);
    assert_status(NOT_CURRENT, cluster_check(newcomer.cluster));
    pass(&newcomer, 600);
    assert_status(OK, cluster_check(newcomer.cluster));
    one_close(&newcomer);
}

static void a_wrong_clock_keeps_nobody_away(void **state)
{
    (void)state;
    static struct cluster_one newcomer;
    pull_ahead(&newcomer, 3600000);
    pass(&newcomer, CLUSTER_WAITING_MS - 1);
    assert_status(NOT_CURRENT, cluster_check(newcomer.cluster));
    pass(&newcomer, 1);
    assert_status(OK, cluster_check(newcomer.cluster));
    one_close(&newcomer);
}

/* Three others: one says that it is not current, one has been pulled, one cannot be asked. That one
 * may hold what is settled, however many nodes a write needs. */
static void who_cannot_be_asked_may_hold_it(void **state)
{
    (void)state;
    static struct cluster_one others[2]; /* bb and cc; dd is not there */
    struct cluster_action action;
    struct cluster_setup setup = one_setup(&one, &one_self);
    setup.holders = 3;
    one.listed = 4;
    cluster_close(&one.cluster);
    assert_status(OK, cluster_open(&setup, &one.now, &one.cluster));
    one_open_as(&others[0], &one_peer, 4, false);
    one_open_as(&others[1], &(struct eth_address){{0xcc}}, 4, true);
    while (one_next(&one, &action)) {
        struct buf answer = buf_over(answered, sizeof answered);
        size_t at = (size_t)(action.peer->grant.wallet.b[0] - 0xbb) / 0x11;
        if (at < 2) {
            (void)cluster_serve(others[at].cluster, &one.now, &one_self, action.message, &answer);
        }
        cluster_answered(one.cluster, &one.now, action.id, buf_bytes(&answer));
    }
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    one_close(&others[0]);
    one_close(&others[1]);
}

/* Who is served counts from then on, so that nobody pulls everything unseen. */
static void who_is_served_is_a_member(void **state)
{
    struct buf answer;
    struct cluster_action action;
    (void)state;
    one.listed = 1;
    one.now.ms += CLUSTER_MEMBERS_MS;
    assert_false(one_next(&one, &action));
    assert_status(UNAVAILABLE, serve(SYNC_DIGEST, unit_hex("000000"), &answer));
    assert_true(answer.len == 0 && cluster_stats(one.cluster).members == 0);
    one.listed = 2;
    assert_status(OK, serve(SYNC_DIGEST, unit_hex("000000"), &answer));
    assert_int_equal(1, cluster_stats(one.cluster).members);
}

static void without_a_root_nothing_is_said(void **state)
{
    (void)state;
    struct cluster_action action;
    struct buf answer;
    cluster_close(&one.cluster);
    root_keyring_close(&one.roots);
    assert_status(OK, root_keyring_open(one_domain, &(struct entropy){&one, one_fill}, &one.roots));
    struct cluster_setup setup = one_setup(&one, &one_self);
    assert_status(OK, cluster_open(&setup, &one.now, &one.cluster));
    assert_false(one_next(&one, &action));
    assert_status(UNAVAILABLE, serve(SYNC_DIGEST, unit_hex("000000"), &answer));
}

#define FIRST(test) cmocka_unit_test_setup_teardown(test, open_first, close_one)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIRST(bodies_that_are_none_are_refused),
        FIRST(pages_that_are_none_are_refused),
        FIRST(records_without_a_cause_are_refused_alone),
        cmocka_unit_test_setup_teardown(who_is_not_current_acknowledges_nothing, open_later,
                                        close_one),
        FIRST(who_is_current_does),
        FIRST(alone_a_write_is_settled_at_once),
        FIRST(a_write_is_settled_by_who_took_it),
        FIRST(a_write_that_is_there_is_settled_too),
        FIRST(nothing_else_settles_it),
        FIRST(a_push_settles_what_it_has),
        FIRST(a_refused_record_settles_no_write_of_its_key),
        FIRST(so_many_writes_wait_and_no_more),
        FIRST(what_the_asker_has_stays_away),
        FIRST(what_differs_is_pulled_page_by_page),
        FIRST(what_waits_is_waited_for),
        FIRST(a_wrong_clock_keeps_nobody_away),
        FIRST(who_cannot_be_asked_may_hold_it),
        FIRST(who_is_served_is_a_member),
        FIRST(without_a_root_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
