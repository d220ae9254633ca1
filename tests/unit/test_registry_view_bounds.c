#include "fixtures/scarce.h"
#include "fixtures/view_fixture.h"

static const struct eth_address peer = {{0x11, 0xcc}};

/* --- bounds --- */

static void a_denial_is_kept_for_a_while(void **state)
{
    (void)state;
    assert_status(INSTANCE_NOT_FOUND, settle(&stranger));
    view_chain_run(&chain, 100);
    uint64_t reads = chain.endpoint[0].reads;
    for (unsigned i = 0; i < 100; i++) {
        assert_status(INSTANCE_NOT_FOUND, ask(&stranger));
    }
    view_chain_run(&chain, 1000);
    assert_int_equal(chain.endpoint[0].reads, reads);
    view_chain_run(&chain, REGISTRY_VIEW_DENIED_MS);
    assert_status(REGISTRY_PENDING, ask(&stranger));
}

static void few(struct registry_view_setup *setup)
{
    setup->grants = 20;
    setup->strangers = 20;
}

static void strangers_push_nobody_out(void **state)
{
    (void)state;
    open_again(few);
    for (unsigned i = 0; i < 20; i++) {
        struct eth_address wallet = numbered(0x11, i);
        assert_status(OK, settle(&wallet));
    }
    for (unsigned i = 0; i < 400; i++) {
        struct eth_address wallet = numbered(0x99, i);
        assert_status(INSTANCE_NOT_FOUND, settle(&wallet));
    }
    for (unsigned i = 0; i < 20; i++) {
        struct eth_address wallet = numbered(0x11, i);
        assert_status(OK, ask(&wallet));
    }
    struct registry_view_stats stats = registry_view_stats(chain.view);
    assert_true(stats.granted == 20 && stats.strangers == 20 && stats.evicted == 380);
}

static void waiting_strangers_are_bounded(void **state)
{
    (void)state;
    open_again(few);
    struct eth_address known = numbered(0x11, 5);
    assert_status(OK, settle(&known));
    for (unsigned i = 0; i < 100; i++) {
        struct eth_address wallet = numbered(0x99, i);
        assert_status(REGISTRY_PENDING, ask(&wallet));
    }
    struct registry_view_stats stats = registry_view_stats(chain.view);
    assert_true(stats.strangers == 20 && stats.waiting == 20 && stats.evicted == 80);
    assert_status(OK, ask(&known));
    view_chain_run(&chain, 100);
    struct eth_address last = numbered(0x99, 99);
    assert_status(INSTANCE_NOT_FOUND, ask(&last));
}

/* Many more unknown wallets than can be read, all the time: an instance that is new is served. */
static void a_crowd_of_strangers_locks_no_new_instance_out(void **state)
{
    (void)state;
    open_again(few);
    struct eth_address late = numbered(0x11, 21);
    unsigned crowd = 0;
    unsigned tries = 0;
    for (; tries < 100; tries++) {
        struct status status = ask(&late);
        if (status_is_ok(status)) {
            break;
        }
        assert_int_equal(STATUS_REGISTRY_PENDING, status.code);
        for (unsigned i = 0; i < 10; i++) {
            struct eth_address wallet = numbered(0x99, crowd++);
            (void)ask(&wallet);
        }
        view_chain_run(&chain, 10);
    }
    assert_true(tries < 20);
}

static void the_least_used_grant_gives_way_to_another(void **state)
{
    (void)state;
    open_again(few);
    for (unsigned i = 0; i < 20; i++) {
        struct eth_address wallet = numbered(0x11, i);
        assert_status(OK, settle(&wallet));
        view_chain_run(&chain, 10);
    }
    struct eth_address oldest = numbered(0x11, 0);
    struct eth_address second = numbered(0x11, 1);
    struct eth_address another = numbered(0x11, 99);
    assert_status(OK, ask(&oldest));
    assert_status(OK, settle(&another));
    assert_status(OK, ask(&oldest));
    assert_status(REGISTRY_PENDING, ask(&second));
}

static void time_never_runs_back(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    view_chain_run(&chain, 1000);
    struct registry_question question = {.wallet = app, .now_ms = 5};
    assert_status(OK, registry_view_lookup(chain.view, &question, &grant));
    assert_true(grant.deadline_ms > chain.now_ms);
}

static void a_flood_is_read_in_bounded_works(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        struct eth_address wallet = numbered(i % 2 == 0 ? 0x11 : 0x99, i);
        assert_status(REGISTRY_PENDING, ask(&wallet));
    }
    assert_int_equal(registry_view_stats(chain.view).waiting, 64);
    view_chain_run(&chain, 300);
    for (unsigned i = 0; i < 64; i++) {
        struct eth_address wallet = numbered(i % 2 == 0 ? 0x11 : 0x99, i);
        assert_true(ask(&wallet).code == (i % 2 == 0 ? STATUS_OK : STATUS_INSTANCE_NOT_FOUND));
    }
}

static void a_record_that_is_too_large_harms_nobody_else(void **state)
{
    (void)state;
    assert_status(OK, settle(&app));
    for (unsigned i = 0; i < 20; i++) {
        struct eth_address large = numbered(0x77, i);
        struct eth_address wallet = numbered(0x11, i);
        assert_status(REGISTRY_PENDING, ask(&large));
        assert_status(REGISTRY_PENDING, ask(&wallet));
    }
    view_chain_run(&chain, 3000);
    for (unsigned i = 0; i < 20; i++) {
        struct eth_address wallet = numbered(0x11, i);
        for (unsigned turn = 0; turn < 6 && ask(&wallet).code != STATUS_OK; turn++) {
            view_chain_run(&chain, 1100);
        }
        assert_status(OK, ask(&wallet));
    }
    struct eth_address large = numbered(0x77, 1);
    assert_status(REGISTRY_LOST, settle(&large));
    assert_int_equal(registry_view_health(chain.view, chain.now_ms).endpoints_good, 3);
    view_chain_run(&chain, 300000);
    assert_status(OK, settle(&app));
}

/* --- peers, the root and the anchor --- */

static void with_finality(struct registry_view_setup *setup)
{
    setup->has_finality = true;
}

static void peers_are_looked_at_deeper(void **state)
{
    (void)state;
    open_again(with_finality);
    for (uint64_t i = 0; i <= 20; i++) {
        chain.block[i].state.facts.instance.app_id[31] = 9;
        chain.block[i].state.facts.app.id[31] = 9;
    }
    view_chain_run(&chain, 100);
    struct registry_peer list[REGISTRY_PEERS_MAX];
    assert_int_equal(registry_view_peers(chain.view, chain.now_ms, list), 1);
    assert_bytes(BYTES_ARRAY(peer.b), BYTES_ARRAY(list[0].grant.wallet.b));
    assert_string_equal(list[0].url, "https://node.example:4000");
    assert_true(list[0].registered_at == 1700000000 && list[0].grant.block_number == 10);
    assert_status(OK, ask_as(&peer, REGISTRY_PEER, REGISTRY_HAND_OFF));
    assert_status(APP_RESERVED, settle(&peer));
    view_chain_run(&chain, 200000);
    assert_int_equal(registry_view_peers(chain.view, chain.now_ms, list), 1);
    assert_true(chain.now_ms - list[0].grant.seen_ms < 30000);
    view_chain_state(&chain)->facts.instance.status = 1;
    view_chain_run(&chain, 16000);
    assert_int_equal(registry_view_peers(chain.view, chain.now_ms, list), 0);
}

static void a_list_is_whole_or_not_known(void **state)
{
    (void)state;
    struct registry_peer list[REGISTRY_PEERS_MAX];
    for (uint64_t i = 0; i <= 20; i++) {
        chain.block[i].state.facts.instance.app_id[31] = 9;
        chain.block[i].state.facts.app.id[31] = 9;
        chain.block[i].state.has_unread_peer = true;
    }
    assert_int_equal(registry_view_all_peers(chain.view, chain.now_ms, list), 0);
    for (unsigned turn = 0; turn < 6; turn++) {
        view_chain_run(&chain, 1100);
        (void)registry_view_all_peers(chain.view, chain.now_ms, list);
    }
    assert_int_equal(registry_view_peers(chain.view, chain.now_ms, list), 1);
    assert_int_equal(registry_view_all_peers(chain.view, chain.now_ms, list), 0);
    view_chain_state(&chain)->has_unread_peer = false;
    view_chain_run(&chain, 60000);
    assert_int_equal(registry_view_all_peers(chain.view, chain.now_ms, list), 1);
    assert_bytes(BYTES_ARRAY(peer.b), BYTES_ARRAY(list[0].grant.wallet.b));
}

static void an_app_is_no_peer(void **state)
{
    (void)state;
    assert_status(REGISTRY_PENDING, ask_as(&app, REGISTRY_PEER, REGISTRY_SERVE));
    view_chain_run(&chain, 100);
    assert_status(NOT_A_PEER, ask_as(&app, REGISTRY_PEER, REGISTRY_SERVE));
    assert_status(OK, settle(&app));
}

static struct status root(struct registry_root *ret)
{
    return registry_view_root(chain.view, REGISTRY_SERVE, chain.now_ms, ret);
}

static void set_root(uint8_t byte)
{
    memset(view_chain_state(&chain)->root, byte, REGISTRY_HASH);
}

static void the_root_is_seen_when_it_is_deep(void **state)
{
    (void)state;
    struct registry_root is;
    open_again(with_finality);
    assert_status(REGISTRY_PENDING, root(&is));
    view_chain_run(&chain, 100);
    assert_status(OK, root(&is));
    assert_true(!is.is_published && is.block_number == 5);
    set_root(0x42);
    uint64_t number = chain.head;
    view_chain_run(&chain, 28000);
    assert_status(OK, root(&is));
    assert_false(is.is_published);
    view_chain_run(&chain, 22000);
    assert_status(OK, root(&is));
    assert_true(is.is_published && is.hash[31] == 0x42 && is.block_number >= number);
    set_all(VIEW_CHAIN_DEAD);
    view_chain_run(&chain, 320000);
    assert_status(REGISTRY_LOST, root(&is));
}

static void without_kms_registry(struct registry_view_setup *setup)
{
    setup->kms_registry = (struct eth_address){{0}};
}

static void without_a_contract_no_root_is_published(void **state)
{
    (void)state;
    struct registry_root is;
    open_again(without_kms_registry);
    memset(&is, 0xa5, sizeof is);
    assert_status(OK, root(&is));
    assert_false(is.is_published);
    set_all(VIEW_CHAIN_DEAD);
    view_chain_run(&chain, 320000);
    assert_status(OK, root(&is));
    assert_false(is.is_published);
}

static void another_root_is_a_conflict_for_ever(void **state)
{
    (void)state;
    struct registry_root is;
    set_root(0x42);
    view_chain_run(&chain, 40000);
    assert_status(OK, root(&is));
    set_root(0x43);
    view_chain_run(&chain, 40000);
    assert_status(ROOT_CONFLICT, root(&is));
    assert_int_equal(count_reports(REGISTRY_REPORT_ROOT_CONFLICT, 0), 1);
    set_root(0x42);
    view_chain_run(&chain, 40000);
    assert_status(ROOT_CONFLICT, root(&is));
}

static void a_root_that_goes_away_is_not_renewed(void **state)
{
    (void)state;
    struct registry_root is;
    set_root(0x42);
    view_chain_run(&chain, 40000);
    set_root(0);
    view_chain_run(&chain, 100000);
    assert_status(OK, root(&is));
    assert_true(is.hash[0] == 0x42);
    view_chain_run(&chain, 250000);
    assert_status(REGISTRY_LOST, root(&is));
}

static void a_liar_publishes_no_root(void **state)
{
    (void)state;
    struct registry_root is;
    chain.endpoint[0].fault = VIEW_CHAIN_LIES;
    view_chain_run(&chain, 40000);
    assert_status(OK, root(&is));
    assert_false(is.is_published);
}

static struct status anchor(struct registry_anchor *ret)
{
    return registry_view_anchor(chain.view, REGISTRY_SERVE, chain.now_ms, ret);
}

static void set_anchor(uint64_t height, uint8_t byte)
{
    view_chain_state(&chain)->anchor_height = height;
    memset(view_chain_state(&chain)->anchor_header, byte, REGISTRY_HASH);
}

static void an_anchor_denies_from_the_newest_block_on(void **state)
{
    (void)state;
    struct registry_anchor is;
    open_again(with_finality);
    assert_status(REGISTRY_PENDING, anchor(&is));
    view_chain_run(&chain, 100);
    assert_status(OK, anchor(&is));
    assert_true(!is.is_anchored && is.height == 0 && is.block_number == chain.head);
    set_anchor(UINT64_MAX, 0x42);
    view_chain_run(&chain, 20000);
    assert_status(OK, anchor(&is));
    assert_true(is.is_anchored && is.height == UINT64_MAX && is.header[31] == 0x42);
    assert_true(is.block_number + 10 > chain.head);
    assert_true(is.deadline_ms > chain.now_ms + REGISTRY_SERVE_MS - 20000);
    set_all(VIEW_CHAIN_DEAD);
    view_chain_run(&chain, 320000);
    assert_status(REGISTRY_LOST, anchor(&is));
}

static void an_anchor_falls_with_the_block_that_had_it(void **state)
{
    (void)state;
    struct registry_anchor is;
    set_anchor(7, 0x42);
    uint64_t number = chain.head;
    view_chain_mine(&chain);
    set_anchor(8, 0x43);
    view_chain_run(&chain, 100);
    assert_status(OK, anchor(&is));
    assert_true(is.height == 8);
    view_chain_fork(&chain, number + 1);
    view_chain_run(&chain, 20000);
    assert_status(OK, anchor(&is));
    assert_true(is.height == 7 && is.header[0] == 0x42);
}

/* What our contract never answers, and a contract without anchors: nothing may be restored. */
static void without_a_good_answer_there_is_no_anchor(void **state)
{
    (void)state;
    static const struct view_chain_state wrong[] = {
        {.has_no_anchors = true},
        {.anchor_high = 1, .anchor_header = {1}},
        {.anchor_high = 1, .anchor_height = 7, .anchor_header = {1}},
        {.anchor_height = 7},
        {.anchor_header = {[31] = 1}},
    };
    struct registry_anchor is;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        set_anchor(7, 0x42);
        view_chain_run(&chain, 20000);
        assert_status(OK, anchor(&is));
        *view_chain_state(&chain) = wrong[i];
        view_chain_run(&chain, 20000);
        assert_status(REGISTRY_MISMATCH, anchor(&is));
        *view_chain_state(&chain) = (struct view_chain_state){0};
    }
    set_all(VIEW_CHAIN_GARBAGE);
    view_chain_run(&chain, 20000);
    assert_status(REGISTRY_MISMATCH, anchor(&is));
}

static void a_liar_takes_no_anchor_away(void **state)
{
    (void)state;
    struct registry_anchor is;
    set_anchor(7, 0x42);
    chain.endpoint[0].fault = VIEW_CHAIN_LIES;
    view_chain_run(&chain, 100);
    assert_status(OK, anchor(&is));
    assert_true(is.height == 7 && is.header[0] == 0x42);
    chain.endpoint[1].fault = VIEW_CHAIN_DEAD;
    set_anchor(9, 0x44);
    view_chain_run(&chain, 400000);
    assert_status(REGISTRY_LOST, anchor(&is));
}

static void without_a_contract_nothing_is_anchored(void **state)
{
    (void)state;
    struct registry_anchor is;
    open_again(without_kms_registry);
    memset(&is, 0xa5, sizeof is);
    set_all(VIEW_CHAIN_DEAD);
    view_chain_run(&chain, 320000);
    assert_status(OK, anchor(&is));
    assert_true(!is.is_anchored && is.height == 0);
    assert_true(is.deadline_ms == chain.now_ms + REGISTRY_SERVE_MS);
}

/* Of a view that is new each time; that there was no answer yet is as good as no memory. */
static struct status settle_anew(void)
{
    struct registry_view_setup setup = view_chain_setup(&mem);
    registry_view_close(&chain.view);
    TRY(registry_view_open(&setup, chain.now_ms, &chain.view));
    struct status status = settle(&app);
    registry_view_close(&chain.view);
    return status.code == STATUS_REGISTRY_LOST || status.code == STATUS_REGISTRY_PENDING
               ? FAIL(NO_MEMORY)
               : status;
}

static void without_memory_no_instance_is_denied(void **state)
{
    (void)state;
    assert_true(scarce_try(settle_anew) > 0);
}

/* --- heads that go back --- */

/* Where one is behind and another one away, the newest block that a quorum has is an old one; and
 * nothing was read yet at the one that has the revocation. */
static void an_older_head_that_was_not_read_at_gives_nothing_back(void **state)
{
    (void)state;
    chain.block_ms = 0;
    assert_status(INSTANCE_NOT_FOUND, settle(&stranger));
    view_chain_mine(&chain);
    chain.block[21].state.facts.instance.status = 1;
    view_chain_run(&chain, REGISTRY_VIEW_HEAD_MS + 100);
    assert_int_equal(registry_view_health(chain.view, chain.now_ms).head_number, 21);
    chain.endpoint[0].behind = 1;
    chain.endpoint[2].fault = VIEW_CHAIN_DEAD;
    view_chain_run(&chain, REGISTRY_VIEW_HEAD_MS);
    assert_status(REGISTRY_LOST, settle(&app));
    chain.endpoint[0].behind = 0;
    view_chain_run(&chain, REGISTRY_VIEW_HEAD_MS);
    assert_status(INSTANCE_NOT_ACTIVE, settle(&app));
}

static void a_grant_on_a_shorter_chain_is_as_old_as_that(void **state)
{
    (void)state;
    chain.block_ms = 0;
    assert_status(OK, settle(&app));
    uint64_t seen_ms = grant.seen_ms;
    view_chain_fork(&chain, 5);
    chain.head = 15;
    view_chain_run(&chain, REGISTRY_VIEW_HEAD_MS + 100);
    assert_status(OK, settle(&app));
    assert_int_equal(registry_view_health(chain.view, chain.now_ms).head_number, 15);
    assert_true(grant.seen_ms + 5 * 2000 <= seen_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_denial_is_kept_for_a_while),
        TEST(strangers_push_nobody_out),
        TEST(waiting_strangers_are_bounded),
        TEST(a_crowd_of_strangers_locks_no_new_instance_out),
        TEST(the_least_used_grant_gives_way_to_another),
        TEST(time_never_runs_back),
        TEST(a_flood_is_read_in_bounded_works),
        TEST(a_record_that_is_too_large_harms_nobody_else),
        TEST(peers_are_looked_at_deeper),
        TEST(a_list_is_whole_or_not_known),
        TEST(an_app_is_no_peer),
        TEST(the_root_is_seen_when_it_is_deep),
        TEST(without_a_contract_no_root_is_published),
        TEST(another_root_is_a_conflict_for_ever),
        TEST(a_root_that_goes_away_is_not_renewed),
        TEST(a_liar_publishes_no_root),
        TEST(an_anchor_denies_from_the_newest_block_on),
        TEST(an_anchor_falls_with_the_block_that_had_it),
        TEST(without_a_good_answer_there_is_no_anchor),
        TEST(a_liar_takes_no_anchor_away),
        TEST(without_a_contract_nothing_is_anchored),
        TEST(without_memory_no_instance_is_denied),
        TEST(an_older_head_that_was_not_read_at_gives_nothing_back),
        TEST(a_grant_on_a_shorter_chain_is_as_old_as_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
