#include "fixtures/view_fixture.h"

static const char *const minus_y = "c9e821b569d9d390a26167406d6d23d6070be242d765eb83"
                                   "1625ceec4a0f473ef59f4e30e2817e6285bce2846f15f1a0";

static void a_registered_wallet_has_a_grant_at_a_deep_block(void **state)
{
    (void)state;
    assert_status(REGISTRY_PENDING, ask(&app));
    assert_status(OK, settle(&app));
    assert_true(grant.app_id[31] == 7 && grant.version_id == 2 && grant.instance_id == 5);
    assert_int_equal(grant.block_number, 14);
    assert_bytes(BYTES_ARRAY(chain.block[14].hash), BYTES_ARRAY(grant.block_hash));
    assert_bytes(BYTES_ARRAY(chain.block[14].state.facts.instance.tee_point.sec1),
                 BYTES_ARRAY(grant.tee_point.sec1));
    assert_true(grant.seen_ms == 1000000 && grant.deadline_ms == 1300000);
    struct registry_health health = registry_view_health(chain.view, chain.now_ms);
    assert_true(!health.is_lost && health.head_number == 20 && health.age_ms < 100);
    assert_true(health.endpoints == 3 && health.endpoints_good == 3);
    assert_true(health.head_time == chain.block[20].time);
}

/* A byte of the state, the value that spoils it, and what that means. */
static const struct {
    uint8_t *byte;
    unsigned value;
    enum status_code code;
} single[] = {
#define AT(member) &chain.block[0].state.member
    {AT(facts.instance.id[31]), 0, STATUS_INSTANCE_NOT_FOUND},
    {AT(facts.instance.id[0]), 1, STATUS_REGISTRY_MISMATCH},
    {AT(facts.instance.status), 1, STATUS_INSTANCE_NOT_ACTIVE},
    {AT(facts.instance.status), 2, STATUS_INSTANCE_NOT_ACTIVE},
    {AT(facts.instance.status), 200, STATUS_INSTANCE_NOT_ACTIVE},
    {(uint8_t *)AT(facts.instance.zk_verified), 0, STATUS_INSTANCE_NOT_VERIFIED},
    {(uint8_t *)AT(has_no_key), 1, STATUS_INSTANCE_KEY_INVALID},
    {AT(facts.instance.tee_point.sec1[96]), 0, STATUS_INSTANCE_KEY_INVALID},
    {AT(facts.instance.tee_point.sec1[0]), 3, STATUS_INSTANCE_KEY_INVALID},
    {AT(facts.instance.app_id[31]), 9, STATUS_APP_RESERVED},
    {AT(facts.instance.app_id[31]), 0, STATUS_APP_RESERVED},
    {AT(facts.instance.app_id[24]), 0x80, STATUS_APP_RESERVED},
    {AT(facts.app.id[31]), 0, STATUS_APP_NOT_FOUND},
    {AT(facts.app.id[31]), 8, STATUS_REGISTRY_MISMATCH},
    {AT(facts.app.status), 1, STATUS_APP_NOT_ACTIVE},
    {AT(facts.app.status), 2, STATUS_APP_NOT_ACTIVE},
    {AT(facts.version.id[31]), 0, STATUS_VERSION_NOT_FOUND},
    {AT(facts.version.id[31]), 3, STATUS_REGISTRY_MISMATCH},
    {AT(facts.version.status), 1, STATUS_VERSION_NOT_ENROLLED},
    {AT(facts.version.status), 2, STATUS_VERSION_NOT_ENROLLED},
    {(uint8_t *)AT(reverts), 1, STATUS_INSTANCE_NOT_FOUND},
#undef AT
};

static void spoil(uint64_t number, size_t row)
{
    size_t offset = (size_t)(single[row].byte - (uint8_t *)&chain.block[0]);
    ((uint8_t *)&chain.block[number])[offset] = (uint8_t)single[row].value;
}

/* Deep only, where the newest block says that it passes; at the newest block only; on both. */
static void each_condition_alone_refuses_on_either_side(void **state)
{
    for (size_t row = 0; row < sizeof single / sizeof single[0]; row++) {
        for (unsigned side = 0; side < 3; side++) {
            assert_int_equal(stop(state), 0);
            assert_int_equal(start(state), 0);
            assert_status(OK, settle(&app));
            assert_int_equal(stop(state), 0);
            assert_int_equal(start(state), 0);
            if (side != 1) {
                spoil(14, row);
            }
            if (side != 0) {
                spoil(20, row);
            }
            enum status_code expected = side == 0 ? STATUS_REGISTRY_CHANGING : single[row].code;
            assert_string_equal(status_name(expected), status_name(settle(&app).code));
        }
    }
}

static void a_wallet_must_be_that_of_the_record(void **state)
{
    (void)state;
    assert_status(INSTANCE_NOT_FOUND, settle(&stranger));
    assert_status(OK, settle(&app));
}

static void garbage_of_all_endpoints_is_no_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < VIEW_CHAIN_ENDPOINTS; i++) {
        chain.endpoint[i].fault = VIEW_CHAIN_GARBAGE;
    }
    assert_status(REGISTRY_MISMATCH, settle(&app));
}

static void a_grant_comes_late(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= 20; i++) {
        chain.block[i].state.facts.instance.zk_verified = false;
    }
    assert_status(INSTANCE_NOT_VERIFIED, settle(&app));
    view_chain_state(&chain)->facts.instance.zk_verified = true;
    uint64_t since_ms = chain.now_ms;
    bool was_changing = false;
    for (struct status status = ask(&app); status.code != STATUS_OK; status = ask(&app)) {
        assert_true(chain.now_ms < since_ms + 40000);
        /* Once it is known that it passes, it is no denial any more, nor kept for long. */
        was_changing = was_changing || status.code == STATUS_REGISTRY_CHANGING;
        assert_true(!was_changing || status.code == STATUS_REGISTRY_CHANGING ||
                    status.code == STATUS_REGISTRY_PENDING);
        view_chain_run(&chain, 100);
    }
    assert_true(was_changing);
    assert_true(grant.block_number >= 20);
    assert_true(chain.now_ms - since_ms >= 6 * 2000);
    assert_true(chain.now_ms - since_ms <= 6 * 2000 + REGISTRY_VIEW_HEAD_MS + 4000);
}

static void a_denial_comes_early(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    view_chain_state(&chain)->facts.version.status = 2;
    uint64_t since_ms = chain.now_ms;
    while (ask(&app).code == STATUS_OK) {
        assert_true(chain.now_ms < since_ms + 15000);
        view_chain_run(&chain, 100);
    }
    assert_status(VERSION_NOT_ENROLLED, ask(&app));
}

/* Good on both sides, but not the same. */
static void what_changed_between_the_blocks_is_waited_for(void **state)
{
    for (unsigned row = 0; row < 4; row++) {
        assert_int_equal(stop(state), 0);
        assert_int_equal(start(state), 0);
        struct registry_facts *facts = &view_chain_state(&chain)->facts;
        if (row == 0) {
            facts->version.measurement[0] ^= 1;
        } else if (row == 1) {
            facts->instance.id[31] = 6;
        } else if (row == 2) {
            facts->instance.version_id[31] = facts->version.id[31] = 3;
        } else {
            /* The negative of the generator. */
            memcpy(facts->instance.tee_point.sec1 + 49, unit_hex(minus_y).ptr, 48);
        }
        assert_status(REGISTRY_CHANGING, settle(&app));
        view_chain_run(&chain, 12000);
        assert_status(OK, settle(&app));
        assert_bytes(BYTES_ARRAY(facts->instance.tee_point.sec1),
                     BYTES_ARRAY(grant.tee_point.sec1));
    }
}

/* --- quorum --- */

static void two_of_three_are_enough_whatever_the_third_does(void **state)
{
    static const struct {
        enum view_chain_fault fault;
        enum registry_report_kind report;
        uint64_t behind;
    } rows[] = {
        {VIEW_CHAIN_DEAD, REGISTRY_REPORT_UNREACHABLE, 0},
        {VIEW_CHAIN_PARTIAL, REGISTRY_REPORT_UNREACHABLE, 0},
        {VIEW_CHAIN_SILENT, REGISTRY_REPORT_SLOW, 0},
        {VIEW_CHAIN_LIES, REGISTRY_REPORT_LIES, 0},
        {VIEW_CHAIN_GARBAGE, REGISTRY_REPORT_LIES, 0},
        {VIEW_CHAIN_OTHER_HASHES, REGISTRY_REPORT_LIES, 0},
        {VIEW_CHAIN_WRONG_CHAIN, REGISTRY_REPORT_WRONG_CHAIN, 0},
        {VIEW_CHAIN_WRONG_GENESIS, REGISTRY_REPORT_WRONG_GENESIS, 0},
        {VIEW_CHAIN_NO_CODE, REGISTRY_REPORT_WRONG_CODE, 0},
        {VIEW_CHAIN_OTHER_CODE, REGISTRY_REPORT_WRONG_CODE, 0},
        {VIEW_CHAIN_HONEST, REGISTRY_REPORT_LAGS, 18},
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (size_t bad = 0; bad < VIEW_CHAIN_ENDPOINTS; bad++) {
            assert_int_equal(stop(state), 0);
            assert_int_equal(start(state), 0);
            chain.endpoint[bad].fault = rows[row].fault;
            chain.endpoint[bad].behind = rows[row].behind;
            assert_status(OK, settle(&app));
            assert_status(INSTANCE_NOT_FOUND, settle(&stranger));
            assert_true(grant.block_number == 14);
            view_chain_run(&chain, 15000);
            assert_true(count_reports(rows[row].report, bad) >= 1);
            assert_status(OK, settle(&app));
            assert_true(registry_view_stats(chain.view).errors[bad] >= 1);
        }
    }
}

static void endpoints_that_are_bad_at_once_give_no_grant(void **state)
{
    static const enum view_chain_fault faults[] = {
        VIEW_CHAIN_DEAD,        VIEW_CHAIN_SILENT,        VIEW_CHAIN_PARTIAL,
        VIEW_CHAIN_WRONG_CHAIN, VIEW_CHAIN_WRONG_GENESIS, VIEW_CHAIN_NO_CODE,
        VIEW_CHAIN_OTHER_CODE,  VIEW_CHAIN_OTHER_HASHES,
    };
    for (size_t row = 0; row < sizeof faults / sizeof faults[0]; row++) {
        assert_int_equal(stop(state), 0);
        assert_int_equal(start(state), 0);
        chain.endpoint[0].fault = faults[row];
        chain.endpoint[1].fault = VIEW_CHAIN_DEAD;
        assert_status(REGISTRY_PENDING, ask(&app));
        view_chain_run(&chain, 11000);
        assert_status(REGISTRY_LOST, ask(&app));
        chain.endpoint[0].fault = VIEW_CHAIN_HONEST;
        view_chain_run(&chain, 6000);
        assert_status(OK, settle(&app));
    }
}

/* Whoever was left out is asked again when the others come to nothing. */
static void one_after_the_other_may_be_bad(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    chain.endpoint[0].fault = VIEW_CHAIN_WRONG_CHAIN;
    view_chain_run(&chain, 6000);
    assert_true(count_reports(REGISTRY_REPORT_WRONG_CHAIN, 0) >= 1);
    chain.endpoint[0].fault = VIEW_CHAIN_HONEST;
    chain.endpoint[1].fault = VIEW_CHAIN_OTHER_HASHES;
    for (unsigned i = 0; i < 30; i++) {
        view_chain_run(&chain, 1000);
        assert_false(registry_view_health(chain.view, chain.now_ms).is_lost);
        assert_status(OK, settle(&app));
    }
}

/* Likewise where the others agree on the blocks and not on what is in them. */
static void one_after_the_other_may_lie(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    chain.endpoint[0].fault = VIEW_CHAIN_WRONG_CHAIN;
    view_chain_run(&chain, 6000);
    chain.endpoint[0].fault = VIEW_CHAIN_HONEST;
    chain.endpoint[1].fault = VIEW_CHAIN_GARBAGE;
    view_chain_run(&chain, 10000);
    assert_status(INSTANCE_NOT_FOUND, settle(&stranger));
}

static void one_says_yes_one_says_no_is_no_answer(void **state)
{
    (void)state;
    chain.endpoint[0].fault = VIEW_CHAIN_LIES;
    chain.endpoint[1].fault = VIEW_CHAIN_DEAD;
    assert_status(REGISTRY_LOST, settle(&app));
    assert_true(count_reports(REGISTRY_REPORT_DISAGREE, 0) >= 1);
    chain.endpoint[1].fault = VIEW_CHAIN_HONEST;
    view_chain_run(&chain, 3000);
    assert_status(OK, settle(&app));
}

static void a_liar_cannot_deny_either(void **state)
{
    (void)state;
    for (size_t i = 0; i < VIEW_CHAIN_ENDPOINTS; i++) {
        chain.endpoint[i].delay_ms = 30 * i;
    }
    chain.endpoint[0].fault = VIEW_CHAIN_LIES;
    assert_status(OK, settle(&app));
    for (uint64_t i = 0; i <= chain.head; i++) {
        chain.block[i].state.facts.instance.status = 1;
    }
    view_chain_run(&chain, 80000);
    assert_status(INSTANCE_NOT_ACTIVE, settle(&app));
    assert_true(count_reports(REGISTRY_REPORT_LIES, 0) >= 1);
}

static void all_must_agree_when_the_quorum_says_so(void **state)
{
    (void)state;
    struct registry_view_setup setup = view_chain_setup(&mem);
    registry_view_close(&chain.view);
    setup.quorum = 3;
    open_with(&setup);
    assert_status(OK, settle(&app));
    chain.endpoint[2].fault = VIEW_CHAIN_LIES;
    struct eth_address another = {{0x11, 2}};
    assert_status(REGISTRY_LOST, settle(&another));
}

static void a_slow_endpoint_is_not_waited_for(void **state)
{
    (void)state;
    chain.endpoint[2].delay_ms = 2500;
    uint64_t since_ms = chain.now_ms;
    assert_status(OK, settle(&app));
    assert_true(chain.now_ms - since_ms <= 4 * (REGISTRY_VIEW_GRACE_MS + 50));
    view_chain_run(&chain, 9000);
    assert_int_equal(count_reports(REGISTRY_REPORT_SLOW, 2), 1);
    chain.endpoint[2].delay_ms = 0;
    view_chain_run(&chain, 20000);
    assert_true(registry_view_stats(chain.view).is_good[2]);
}

static void code_is_checked_again_after_a_reconnect(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    view_chain_run(&chain, 30000);
    assert_int_equal(chain.endpoint[1].code_reads, 2);
    chain.endpoint[1].reconnects = true;
    view_chain_run(&chain, 5000);
    chain.endpoint[1].reconnects = false;
    view_chain_run(&chain, 5000);
    assert_true(chain.endpoint[1].code_reads > 2);
    chain.endpoint[1].fault = VIEW_CHAIN_OTHER_CODE;
    view_chain_run(&chain, 10000);
    assert_int_equal(count_reports(REGISTRY_REPORT_WRONG_CODE, 1), 0);
    chain.endpoint[1].reconnects = true;
    view_chain_run(&chain, 10000);
    assert_int_equal(count_reports(REGISTRY_REPORT_WRONG_CODE, 1), 1);
    assert_status(OK, settle(&app));
}

/* --- age --- */

static void each_use_has_its_own_age(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    uint64_t seen_ms = grant.seen_ms;
    set_all(VIEW_CHAIN_DEAD);
    static const struct {
        enum registry_use use;
        uint64_t age_ms;
    } rows[] = {{REGISTRY_HAND_OFF, 60000}, {REGISTRY_SIGN, 120000}, {REGISTRY_SERVE, 300000}};
    for (size_t i = 0; i < 3; i++) {
        view_chain_run(&chain, seen_ms + rows[i].age_ms - 10 - chain.now_ms);
        assert_status(OK, ask_as(&app, REGISTRY_APP, rows[i].use));
        assert_true(grant.deadline_ms == seen_ms + rows[i].age_ms);
        view_chain_run(&chain, 10);
        assert_status(REGISTRY_LOST, ask_as(&app, REGISTRY_APP, rows[i].use));
    }
    set_all(VIEW_CHAIN_HONEST);
    view_chain_run(&chain, 32000);
    assert_status(OK, settle(&app));
    assert_true(registry_view_health(chain.view, chain.now_ms).age_ms < 5000);
}

static void a_wallet_in_use_stays_fresh(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    for (unsigned i = 0; i < 10; i++) {
        view_chain_run(&chain, 60000);
        assert_status(OK, ask_as(&app, REGISTRY_APP, REGISTRY_HAND_OFF));
        assert_true(chain.now_ms - grant.seen_ms <= 30000);
    }
    view_chain_run(&chain, 10 * 60000);
    assert_status(REGISTRY_PENDING, ask(&app));
    assert_status(OK, settle(&app));
}

/* Nobody has asked about it for minutes, so it was not read: it may be revoked by now. */
static void what_was_not_in_use_is_read_before_it_is_used(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    view_chain_run(&chain, 160000);
    assert_status(REGISTRY_PENDING, ask_as(&app, REGISTRY_APP, REGISTRY_SIGN));
    assert_status(OK, settle(&app));
    assert_true(chain.now_ms - grant.seen_ms < 5000);
    view_chain_run(&chain, 125000);
    view_chain_state(&chain)->facts.instance.status = 1;
    view_chain_run(&chain, 40000);
    assert_status(REGISTRY_PENDING, ask(&app));
    assert_status(INSTANCE_NOT_ACTIVE, settle(&app));
}

/* But where it cannot be read what is known counts, as long as it may. */
static void what_was_not_in_use_when_the_chain_went(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    view_chain_run(&chain, 160000);
    set_all(VIEW_CHAIN_DEAD);
    view_chain_run(&chain, 11000);
    assert_status(OK, ask_as(&app, REGISTRY_APP, REGISTRY_SIGN));
    uint64_t seen_ms = grant.seen_ms;
    assert_true(chain.now_ms - seen_ms > REGISTRY_FRESH_MS);
    assert_status(OK, ask(&app));
    view_chain_run(&chain, seen_ms + REGISTRY_SERVE_MS - chain.now_ms);
    assert_status(REGISTRY_LOST, ask(&app));
}

static void a_chain_that_stands_still_is_no_view(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    uint64_t seen_ms = grant.seen_ms;
    chain.block_ms = 0;
    view_chain_run(&chain, 299000);
    assert_true(chain.head <= 21);
    assert_status(OK, ask(&app));
    assert_true(grant.seen_ms <= seen_ms + 2000);
    assert_status(REGISTRY_LOST, ask_as(&app, REGISTRY_APP, REGISTRY_SIGN));
    view_chain_run(&chain, 4000);
    assert_status(REGISTRY_LOST, ask(&app));
    assert_status(REGISTRY_LOST, settle(&(struct eth_address){{0x11, 2}}));
    chain.block_ms = 2000;
    chain.next_block_ms = chain.now_ms;
    view_chain_run(&chain, 6000);
    assert_status(OK, settle(&app));
}

static void a_standing_chain_is_not_read_again_and_again(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    chain.block_ms = 0;
    view_chain_run(&chain, 60000);
    uint64_t works = chain.endpoint[0].works;
    for (unsigned i = 0; i < 40; i++) {
        assert_status(OK, ask(&app));
        view_chain_run(&chain, 100);
    }
    assert_true(chain.endpoint[0].works - works <= 4);
}

static void an_old_chain_is_as_old_as_its_blocks(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= 20; i++) {
        chain.block[i].time -= 100;
    }
    assert_status(OK, settle(&app));
    assert_true(chain.now_ms - grant.seen_ms >= 100000);
    assert_status(REGISTRY_LOST, ask_as(&app, REGISTRY_APP, REGISTRY_HAND_OFF));
    assert_int_equal(stop(state), 0);
    assert_int_equal(start(state), 0);
    chain.block_ms = 0;
    for (uint64_t i = 0; i <= 20; i++) {
        chain.block[i].time -= 301;
    }
    assert_status(REGISTRY_LOST, settle(&app));
}

static void blocks_of_the_future_are_new(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= 20; i++) {
        chain.block[i].time = UINT64_MAX - 20 + i;
    }
    assert_status(OK, settle(&app));
    assert_true(chain.now_ms - grant.seen_ms < 100);
}

static uint64_t confirmed_time(void)
{
    return registry_view_health(chain.view, chain.now_ms).confirmed_time;
}

static void the_time_of_a_deep_block_is_past(void **state)
{
    (void)state;
    chain.block_ms = 0;
    assert_int_equal(confirmed_time(), 0);
    assert_status(OK, settle(&app));
    assert_int_equal(confirmed_time(), chain.block[14].time);
    chain.block[16].time = chain.block[14].time - 1;
    view_chain_mine(&chain);
    view_chain_mine(&chain);
    view_chain_run(&chain, 2 * REGISTRY_VIEW_HEAD_MS);
    assert_int_equal(registry_view_health(chain.view, chain.now_ms).head_number, 22);
    assert_int_equal(confirmed_time(), chain.block[14].time);
    view_chain_mine(&chain);
    view_chain_run(&chain, 2 * REGISTRY_VIEW_HEAD_MS);
    assert_int_equal(confirmed_time(), chain.block[17].time);
}

static void one_endpoint_alone_says_nothing_of_the_time(void **state)
{
    (void)state;
    chain.block_ms = 0;
    chain.endpoint[1].fault = VIEW_CHAIN_LATER;
    assert_status(OK, settle(&app));
    assert_int_equal(confirmed_time(), chain.block[14].time);
    chain.endpoint[2].fault = VIEW_CHAIN_SILENT;
    view_chain_mine(&chain);
    view_chain_run(&chain, 2 * REGISTRY_VIEW_WORK_MS);
    assert_int_equal(confirmed_time(), chain.block[14].time);
}

/* --- reorganisations --- */

static void a_grant_goes_with_its_block(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    uint64_t number = grant.block_number;
    for (uint64_t i = 0; i < number; i++) {
        chain.block[i].state.facts.instance.zk_verified = false;
    }
    view_chain_fork(&chain, number);
    view_chain_run(&chain, REGISTRY_VIEW_HEAD_MS + 10);
    assert_true(count_reports(REGISTRY_REPORT_REORG, 0) == 1);
    assert_status(INSTANCE_NOT_VERIFIED, settle(&app));
}

static void a_grant_comes_back_where_the_new_chain_has_it(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    view_chain_fork(&chain, 5);
    view_chain_run(&chain, REGISTRY_VIEW_HEAD_MS + 100);
    assert_status(OK, settle(&app));
    assert_bytes(BYTES_ARRAY(chain.block[grant.block_number].hash), BYTES_ARRAY(grant.block_hash));
    assert_true(count_reports(REGISTRY_REPORT_REORG, 0) == 1);
}

static void a_new_tip_may_deny(void **state)
{
    (void)state;
    chain.block_ms = 0;
    assert_status(OK, settle(&app));
    view_chain_fork(&chain, 19);
    chain.block[19].state.facts.app.status = 2;
    chain.block[20].state.facts.app.status = 2;
    view_chain_run(&chain, REGISTRY_VIEW_HEAD_MS + 100);
    assert_status(APP_NOT_ACTIVE, ask(&app));
}

static void an_older_head_gives_nothing_back(void **state)
{
    (void)state;
    chain.block_ms = 0;
    chain.block[20].state.facts.instance.status = 1;
    assert_status(INSTANCE_NOT_ACTIVE, settle(&app));
    for (size_t i = 0; i < VIEW_CHAIN_ENDPOINTS; i++) {
        chain.endpoint[i].behind = 1;
    }
    view_chain_run(&chain, 20000);
    assert_status(REGISTRY_LOST, settle(&app));
    for (size_t i = 0; i < VIEW_CHAIN_ENDPOINTS; i++) {
        chain.endpoint[i].behind = 0;
    }
    view_chain_run(&chain, 6000);
    assert_status(INSTANCE_NOT_ACTIVE, settle(&app));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_registered_wallet_has_a_grant_at_a_deep_block),
        TEST(each_condition_alone_refuses_on_either_side),
        TEST(a_wallet_must_be_that_of_the_record),
        TEST(garbage_of_all_endpoints_is_no_record),
        TEST(a_grant_comes_late),
        TEST(a_denial_comes_early),
        TEST(what_changed_between_the_blocks_is_waited_for),
        TEST(two_of_three_are_enough_whatever_the_third_does),
        TEST(one_after_the_other_may_be_bad),
        TEST(one_after_the_other_may_lie),
        TEST(endpoints_that_are_bad_at_once_give_no_grant),
        TEST(one_says_yes_one_says_no_is_no_answer),
        TEST(a_liar_cannot_deny_either),
        TEST(all_must_agree_when_the_quorum_says_so),
        TEST(a_slow_endpoint_is_not_waited_for),
        TEST(code_is_checked_again_after_a_reconnect),
        TEST(each_use_has_its_own_age),
        TEST(a_wallet_in_use_stays_fresh),
        TEST(what_was_not_in_use_is_read_before_it_is_used),
        TEST(what_was_not_in_use_when_the_chain_went),
        TEST(a_chain_that_stands_still_is_no_view),
        TEST(a_standing_chain_is_not_read_again_and_again),
        TEST(an_old_chain_is_as_old_as_its_blocks),
        TEST(blocks_of_the_future_are_new),
        TEST(the_time_of_a_deep_block_is_past),
        TEST(one_endpoint_alone_says_nothing_of_the_time),
        TEST(a_grant_goes_with_its_block),
        TEST(a_grant_comes_back_where_the_new_chain_has_it),
        TEST(a_new_tip_may_deny),
        TEST(an_older_head_gives_nothing_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
