#include <stdio.h>

#include "base/limits.h"
#include "fixtures/unit.h"
#include "sessions/session_records.h"

static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {1};
static const uint8_t domain[DOMAIN_ID] = {2};
static const uint8_t tenant[DOMAIN_TENANT_ID] = {3};
static const uint8_t other_tenant[DOMAIN_TENANT_ID] = {4};

static struct mem mem;
static struct arena arena;
static uint64_t now_ms;
static struct root_keyring *roots;
static struct session_records records;
static struct session_records_of of;
static struct session_records_by origin;
static const uint8_t counted[AUTH_TEXT_ID] = {5};
static unsigned calls_to_another; /* of the clock, until another request counts */

static uint64_t monotonic(void *context)
{
    (void)context;
    return now_ms * 1000000;
}

/* What the store asks the time for, it does next. */
static struct clock_interval wall(void *context)
{
    (void)context;
    if (calls_to_another != 0 && --calls_to_another == 0) {
        struct session_records_by write = {.cause = {9}};
        assert_status(OK, session_records_count(&records, &of, counted, 7, &write));
    }
    return (struct clock_interval){now_ms, now_ms};
}

static int set_up(void **state)
{
    const struct secret32 master = {{5}};
    struct values_setup setup = {.limits = kv_limits_default(),
                                 .node = wallet,
                                 .mem = &mem,
                                 .clock = {NULL, monotonic, wall},
                                 .entropy = entropy_system()};
    (void)state;
    now_ms = 1700000000000;
    mem_init(&mem, (size_t)1 << 26);
    assert_status(OK, arena_init(&arena, (size_t)1 << 26));
    assert_status(OK, root_keyring_open(domain, &setup.entropy, &roots));
    assert_status(OK, root_keyring_install(roots, 0, &master));
    records = (struct session_records){NULL, roots, domain};
    assert_status(OK, values_open(&setup, &records.values));
    of = (struct session_records_of){tenant, BYTES_LITERAL("alice")};
    origin = (struct session_records_by){.cause = {9}, .op = {7}};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    values_close(&records.values);
    root_keyring_close(&roots);
    arena_deinit(&arena);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static struct session_record record_of(uint8_t number)
{
    struct session_token token = {.cnf_type = 1,
                                  .assurance = 5,
                                  .factors = 0x19,
                                  .scope = 0x2f,
                                  .abs_exp_ms = now_ms + SESSION_LONGEST_MS};
    struct session_record record;
    token.sid[0] = number;
    token.client[31] = number;
    session_records_from(&token, BYTES_LITERAL("192.0.2.1"), &record);
    return record;
}

static void put(uint8_t number)
{
    struct session_record record = record_of(number);
    struct session_records_by write = origin;
    write.op[1] = number;
    assert_status(OK, session_records_put(&records, &arena, &of, &record, &write));
}

static size_t list(struct session_record **ret)
{
    size_t count;
    assert_status(OK, session_records_list(&records, &arena, &of, ret, &count));
    return count;
}

static void what_was_kept_is_listed(void **state)
{
    struct session_record *found;
    (void)state;
    assert_int_equal(0, list(&found));
    put(1);
    now_ms += 1000;
    put(2);
    assert_int_equal(2, list(&found));
    assert_int_equal(2, found[0].sid[0]);
    now_ms -= 1000;
    const struct session_record wanted = record_of(1);
    assert_memory_equal(&wanted, &found[1], sizeof wanted);
    assert_bytes(BYTES_LITERAL("192.0.2.1"),
                 ((struct bytes){found[1].address, found[1].address_len}));
    assert_int_equal(now_ms, found[1].created_ms);
    struct session_record one;
    assert_true(session_records_find(&records, &of, wanted.sid, &one));
    assert_memory_equal(&wanted, &one, sizeof wanted);
}

static void an_address_need_not_be_known(void **state)
{
    const struct session_token token = {.sid = {1}, .abs_exp_ms = now_ms + SESSION_LONGEST_MS};
    struct session_record record;
    struct session_record *found;
    struct session_records_by write = origin;
    static const uint8_t long_one[SESSION_RECORDS_ADDRESS + 1] = "2001:db8::1";
    (void)state;
    session_records_from(&token, (struct bytes){NULL, 0}, &record);
    assert_status(OK, session_records_put(&records, &arena, &of, &record, &write));
    assert_int_equal(1, list(&found));
    assert_memory_equal(&record, found, sizeof record);
    assert_int_equal(0, found->address_len);
    session_records_from(&token, BYTES_ARRAY(long_one), &record);
    assert_int_equal(SESSION_RECORDS_ADDRESS, record.address_len);
}

static void others_have_their_own(void **state)
{
    struct session_record *found;
    struct session_record one;
    const struct session_record wanted = record_of(1);
    (void)state;
    put(1);
    of.user = BYTES_LITERAL("alic");
    assert_int_equal(0, list(&found));
    assert_false(session_records_find(&records, &of, wanted.sid, &one));
    of.user = BYTES_LITERAL("alice.b");
    assert_int_equal(0, list(&found));
    of = (struct session_records_of){other_tenant, BYTES_LITERAL("alice")};
    assert_int_equal(0, list(&found));
    assert_false(session_records_find(&records, &of, wanted.sid, &one));
}

static void a_repeat_changes_nothing(void **state)
{
    struct session_record *found;
    (void)state;
    put(1);
    now_ms += 5000;
    put(1);
    assert_int_equal(1, list(&found));
    assert_int_equal(now_ms - 5000, found[0].created_ms);
}

static void it_ends_with_the_session(void **state)
{
    struct session_record *found;
    (void)state;
    put(1);
    now_ms += SESSION_LONGEST_MS - 1;
    assert_int_equal(1, list(&found));
    now_ms += 2;
    assert_int_equal(0, list(&found));
}

static void the_oldest_gives_way(void **state)
{
    struct session_record *found = NULL;
    (void)state;
    for (uint8_t i = 1; i <= LIMIT_SESSIONS_USER + 8; i++) {
        now_ms += 1000;
        put((uint8_t)(i * 77)); /* not in the order of their ids */
        assert_int_equal(i < LIMIT_SESSIONS_USER ? i : LIMIT_SESSIONS_USER, list(&found));
        assert_int_equal((uint8_t)(i * 77), found[0].sid[0]);
    }
    assert_int_equal((uint8_t)(9 * 77), found[LIMIT_SESSIONS_USER - 1].sid[0]);
    /* Of others nothing went. */
    of.user = BYTES_LITERAL("bob");
    put(1);
    of.user = BYTES_LITERAL("alice");
    now_ms += 1000;
    put(100);
    of.user = BYTES_LITERAL("bob");
    assert_int_equal(1, list(&found));
}

static void it_can_be_forgotten(void **state)
{
    struct session_record *found;
    struct session_record gone = record_of(1);
    struct session_records_by write = origin;
    (void)state;
    put(1);
    put(2);
    assert_status(OK, session_records_forget(&records, &of, gone.sid, &write));
    assert_int_equal(1, list(&found));
    assert_int_equal(2, found[0].sid[0]);
    write = origin;
    assert_status(OK, session_records_forget(&records, &of, gone.sid, &write));
    gone.sid[0] = 77;
    assert_status(OK, session_records_forget(&records, &of, gone.sid, &write));
}

static void any_number_of_sessions_has_bounded_memory(void **state)
{
    char name[32];
    struct session_record *found;
    (void)state;
    for (unsigned i = 0; i < 40000 / unit_step(); i++) {
        snprintf(name, sizeof name, "user-%u", i);
        of.user = bytes_of(name);
        put((uint8_t)i);
        arena_reset(&arena);
    }
    assert_in_range(values_stats(records.values).bytes, 1, LIMIT_KV_APP_BYTES);
    assert_int_equal(1, list(&found));
}

static void a_counter_only_grows(void **state)
{
    const uint8_t id[AUTH_TEXT_ID] = {1};
    const uint8_t other[AUTH_TEXT_ID] = {2};
    struct session_records_by write = origin;
    uint32_t counter = 1;
    (void)state;
    assert_status(OK, session_records_counter(&records, &of, id, &counter));
    assert_int_equal(0, counter);
    assert_status(OK, session_records_count(&records, &of, id, 7, &write));
    write = (struct session_records_by){.cause = {9}};
    assert_status(WEBAUTHN_COUNTER, session_records_count(&records, &of, id, 7, &write));
    assert_status(WEBAUTHN_COUNTER, session_records_count(&records, &of, id, 6, &write));
    assert_status(OK, session_records_counter(&records, &of, id, &counter));
    assert_int_equal(7, counter);
    assert_status(OK, session_records_count(&records, &of, id, UINT32_MAX, &write));
    assert_status(OK, session_records_counter(&records, &of, id, &counter));
    assert_int_equal(UINT32_MAX, counter);
    assert_status(OK, session_records_counter(&records, &of, other, &counter));
    assert_int_equal(0, counter);
    of.user = BYTES_LITERAL("bob");
    assert_status(OK, session_records_counter(&records, &of, id, &counter));
    assert_int_equal(0, counter);
    now_ms += (uint64_t)1000 * 24 * 3600 * 1000;
    of.user = BYTES_LITERAL("alice");
    assert_status(OK, session_records_counter(&records, &of, id, &counter));
    assert_int_equal(UINT32_MAX, counter);
}

/* Another request counts between the look of this one and its note. */
static void a_count_is_noted_once(void **state)
{
    struct session_records_by write = origin;
    uint32_t counter;
    (void)state;
    assert_status(OK, session_records_count(&records, &of, counted, 6, &write));
    write = (struct session_records_by){.cause = {9}};
    calls_to_another = 2;
    assert_status(WEBAUTHN_COUNTER, session_records_count(&records, &of, counted, 7, &write));
    assert_status(OK, session_records_counter(&records, &of, counted, &counter));
    assert_int_equal(7, counter);
}

static void a_node_without_a_store_lists_nothing(void **state)
{
    struct session_record *found;
    struct session_record one = record_of(1);
    struct values *values = records.values;
    struct session_records_by write = origin;
    uint32_t counter = 5;
    (void)state;
    records.values = NULL;
    put(1);
    assert_int_equal(0, list(&found));
    assert_false(session_records_find(&records, &of, one.sid, &one));
    assert_status(OK, session_records_forget(&records, &of, one.sid, &write));
    assert_status(OK, session_records_count(&records, &of, one.sid, 7, &write));
    assert_status(OK, session_records_counter(&records, &of, one.sid, &counter));
    assert_int_equal(0, counter);
    records.values = values;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_kept_is_listed),
        TEST(an_address_need_not_be_known),
        TEST(others_have_their_own),
        TEST(a_repeat_changes_nothing),
        TEST(it_ends_with_the_session),
        TEST(the_oldest_gives_way),
        TEST(it_can_be_forgotten),
        TEST(any_number_of_sessions_has_bounded_memory),
        TEST(a_counter_only_grows),
        TEST(a_count_is_noted_once),
        TEST(a_node_without_a_store_lists_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
