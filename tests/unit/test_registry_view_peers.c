/* How soon a view knows that the peers are others. */
#include "fixtures/view_fixture.h"

static const struct eth_address newcomer = {{0x11, 0xdd}};
static struct registry_peer list[REGISTRY_PEERS_MAX];

/* All that are registered are nodes. */
static int start_nodes(void **state)
{
    start(state);
    for (uint64_t i = 0; i <= 20; i++) {
        chain.block[i].state.facts.instance.app_id[31] = 9;
        chain.block[i].state.facts.app.id[31] = 9;
    }
    view_chain_run(&chain, 100);
    assert_int_equal(1, registry_view_all_peers(chain.view, chain.now_ms, list));
    view_chain_run(&chain, 5000);
    return 0;
}

/* As the thread that drives a node. Returns: how many there are, 0 when it is not known. */
static size_t look_for(uint64_t ms)
{
    for (uint64_t i = 0; i < ms; i += 100) {
        (void)registry_view_all_peers(chain.view, chain.now_ms, list);
        view_chain_run(&chain, 100);
    }
    return registry_view_all_peers(chain.view, chain.now_ms, list);
}

static uint64_t list_reads(void)
{
    return chain.endpoint[0].list_reads;
}

static void register_newcomer(void)
{
    view_chain_state(&chain)->has_new_peer = true;
    for (unsigned i = 0; i < 7; i++) {
        view_chain_mine(&chain);
    }
}

/* It has a grant and is not on the list, so that is older than its registration. */
static void the_list_is_read_when_a_new_node_asks(void **state)
{
    (void)state;
    register_newcomer();
    view_chain_run(&chain, REGISTRY_VIEW_BLOCK_MS); /* the blocks of before are used no more */
    uint64_t reads = list_reads();
    for (unsigned i = 0; ask_as(&newcomer, REGISTRY_PEER, REGISTRY_SERVE).code != STATUS_OK; i++) {
        view_chain_run(&chain, 10);
        assert_true(i < 300);
    }
    view_chain_run(&chain, 100);
    assert_int_equal(reads + 1, list_reads());
    assert_int_equal(2, look_for(300));
    assert_string_equal(list[1].url, "https://node.example:4000");
    assert_true(list[1].registered_at != 0);
    /* Known is known. */
    assert_int_equal(2, look_for(10000));
    assert_int_equal(reads + 1, list_reads());
}

static void strangers_have_nothing_read_but_themselves(void **state)
{
    (void)state;
    uint64_t reads = list_reads();
    for (unsigned i = 0; i < 100; i++) {
        struct eth_address wallet = numbered(0x99, i);
        (void)ask_as(&wallet, REGISTRY_PEER, REGISTRY_SERVE);
        (void)ask_as(&wallet, REGISTRY_APP, REGISTRY_SERVE);
        view_chain_run(&chain, 100);
    }
    assert_int_equal(reads, list_reads());
}

/* A refusal of a node that is about to be registered is not kept for long. */
static void a_node_that_asked_too_early(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= chain.head; i++) {
        chain.block[i].state.facts.instance.status = 1;
    }
    assert_status(REGISTRY_PENDING, ask_as(&newcomer, REGISTRY_PEER, REGISTRY_SERVE));
    view_chain_run(&chain, 100);
    assert_status(INSTANCE_NOT_ACTIVE, ask_as(&newcomer, REGISTRY_PEER, REGISTRY_SERVE));
    for (uint64_t i = 0; i <= chain.head; i++) {
        chain.block[i].state.facts.instance.status = 0;
    }
    view_chain_run(&chain, REGISTRY_VIEW_CHANGING_MS);
    (void)ask_as(&newcomer, REGISTRY_PEER, REGISTRY_SERVE);
    view_chain_run(&chain, 100);
    assert_status(OK, ask_as(&newcomer, REGISTRY_PEER, REGISTRY_SERVE));
}

static void who_asks_for_it_has_them_read_again(void **state)
{
    (void)state;
    register_newcomer();
    assert_int_equal(1, look_for(2000));
    assert_true(registry_view_look_again(chain.view, chain.now_ms));
    assert_int_equal(2, look_for(300));
    /* One that is ended goes with the next block that says so. */
    view_chain_state(&chain)->facts.instance.status = 1;
    view_chain_mine(&chain);
    view_chain_run(&chain, REGISTRY_VIEW_AGAIN_MS);
    assert_true(registry_view_look_again(chain.view, chain.now_ms));
    assert_int_equal(0, look_for(300));
}

static void however_often_it_is_asked_for(void **state)
{
    (void)state;
    uint64_t reads = list_reads();
    uint64_t works = chain.endpoint[0].works;
    for (unsigned i = 0; i < 1000; i++) {
        (void)registry_view_look_again(chain.view, chain.now_ms);
        view_chain_run(&chain, 10);
    }
    assert_in_range(list_reads() - reads, 4, 6);
    assert_in_range(chain.endpoint[0].works - works, 4, 4 * 6);
}

/* Nothing is asked for more often than the back-off after failures allows. */
static void without_endpoints_it_asks_for_nothing(void **state)
{
    (void)state;
    set_all(VIEW_CHAIN_DEAD);
    view_chain_run(&chain, 20000);
    uint64_t works = registry_view_stats(chain.view).works;
    for (unsigned i = 0; i < 1000; i++) {
        assert_false(registry_view_look_again(chain.view, chain.now_ms));
        view_chain_run(&chain, 10);
    }
    assert_true(registry_view_stats(chain.view).works - works <= 3);
}

#define NODES(name) cmocka_unit_test_setup_teardown(name, start_nodes, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODES(the_list_is_read_when_a_new_node_asks),
        NODES(strangers_have_nothing_read_but_themselves),
        NODES(a_node_that_asked_too_early),
        NODES(who_asks_for_it_has_them_read_again),
        NODES(however_often_it_is_asked_for),
        NODES(without_endpoints_it_asks_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
