#include "cluster/root_start.h"
#include "fixtures/start_nodes.h"

/* --- when no root is made --------------------------------------------------------------------- */

static void assert_none_is_made(void)
{
    live(0, 120000);
    assert_int_equal(0, nodes[0].made);
    assert_int_equal(0, nodes[0].published);
    assert_nothing_here(0);
}

static void none_is_made_while_the_chain_is_unknown(void **state)
{
    (void)state;
    chain.kind = ROOT_CHAIN_UNKNOWN;
    assert_none_is_made();
    assert_state(0, ROOT_START_LOOKING);
}

static void none_is_made_where_the_chain_was_known_once(void **state)
{
    (void)state;
    live(0, 2000);
    assert_state(0, ROOT_START_POLLING);
    chain.kind = ROOT_CHAIN_UNKNOWN;
    assert_none_is_made();
}

static void none_is_made_where_a_hash_is_on_the_chain(void **state)
{
    (void)state;
    struct handoff_root root = root_like(1, 0);
    publish_root(&root, ROOT_CHAIN_PENDING);
    assert_none_is_made();
    publish_root(&root, ROOT_CHAIN_FINAL);
    assert_none_is_made();
    assert_state(0, ROOT_START_ASKING);
    /* What was final is not unpublished by whoever says so. */
    chain.kind = ROOT_CHAIN_UNPUBLISHED;
    assert_none_is_made();
    assert_state(0, ROOT_START_ASKING);
}

static void none_is_made_beside_what_does_not_open(void **state)
{
    (void)state;
    nodes[0].store_status = FAIL(ROOT_CARRIER);
    assert_none_is_made();
    assert_state(0, ROOT_START_BLOCKED);
    assert_status(ROOT_CARRIER, root_start_check(nodes[0].start));
    /* Nor when the host hides it after that. */
    nodes[0].store_status = OK;
    assert_none_is_made();
    assert_state(0, ROOT_START_BLOCKED);
}

static void none_is_made_while_the_carrier_is_away(void **state)
{
    (void)state;
    nodes[0].store_status = FAIL(IO);
    assert_none_is_made();
    assert_state(0, ROOT_START_READING);
}

static void none_is_made_where_the_carrier_went_away(void **state)
{
    (void)state;
    listed = 2;
    store(1, root_like(1, 0));
    live(1, 2000);
    live(0, 2000);
    assert_state(0, ROOT_START_POLLING);
    nodes[0].store_status = FAIL(IO);
    live(0, 20000);
    nodes[1].is_silent = true;
    assert_none_is_made();
}

static void none_is_made_after_old_news(void **state)
{
    (void)state;
    listed = 2;
    store(1, root_like(1, 0));
    live(1, 2000);
    live(0, 2000);
    is_chain_told = false;
    live(0, ROOT_START_CHAIN_MS);
    nodes[1].is_silent = true;
    assert_none_is_made();
    is_chain_told = true;
    live(0, 2000);
    assert_int_equal(1, nodes[0].made);
}

static void none_is_made_beside_a_root_of_another_epoch(void **state)
{
    (void)state;
    store(0, root_like(1, 3));
    assert_none_is_made();
    assert_state(0, ROOT_START_BLOCKED);
}

static void none_is_made_by_who_is_not_listed(void **state)
{
    (void)state;
    listed = 2;
    is_self_listed = false;
    assert_none_is_made();
}

static void none_is_made_while_a_peer_holds_one(void **state)
{
    (void)state;
    listed = 2;
    store(1, root_like(1, 0));
    live(1, 2000);
    assert_state(1, ROOT_START_PUBLISHING);
    assert_none_is_made();
    assert_true(nodes[0].sent > 10);
}

static void one_is_made_where_peers_hold_nothing_or_are_gone(void **state)
{
    (void)state;
    listed = 3;
    nodes[2].is_silent = true;
    live(0, 4000);
    assert_int_equal(0, nodes[0].made);
    live(0, 20000);
    assert_int_equal(1, nodes[0].made);
    assert_state(0, ROOT_START_PUBLISHING);
}

/* --- what is stored before it is published ---------------------------------------------------- */

static void nothing_is_published_that_was_not_read_back(void **state)
{
    (void)state;
    nodes[0].store_forgets = true;
    live(0, 120000);
    assert_true(nodes[0].made > 3);
    assert_int_equal(0, nodes[0].published);
    /* Another root in its place is not it. */
    store(0, root_like(9, 0));
    live(0, 30000);
    assert_int_equal(0, nodes[0].published);
    nodes[0].store_forgets = false;
    live(0, 30000);
    assert_int_equal(1, nodes[0].published);
    root_master_hash(&nodes[0].stored.list[nodes[0].stored.count - 1].master, chain.hashes[1]);
    assert_memory_equal(chain.hashes[1], nodes[0].hash, sizeof nodes[0].hash);
    assert_nothing_here(0);
}

static void what_is_stored_is_published_and_none_is_made(void **state)
{
    (void)state;
    struct handoff_root root = root_like(5, 0);
    uint8_t hash[ROOT_GATE_HASH];
    store(0, root);
    live(0, 120000);
    root_master_hash(&root.master, hash);
    assert_int_equal(0, nodes[0].made);
    assert_memory_equal(hash, nodes[0].hash, sizeof hash);
    /* Again, while it is not there; not while it is. */
    assert_int_equal(4, nodes[0].published);
    publish(hash, ROOT_CHAIN_PENDING);
    live(0, 120000);
    assert_int_equal(4, nodes[0].published);
    assert_nothing_here(0);
    /* A block left the chain, and the transaction with it. */
    chain.kind = ROOT_CHAIN_UNPUBLISHED;
    live(0, 2000);
    assert_int_equal(5, nodes[0].published);
    publish(hash, ROOT_CHAIN_FINAL);
    live(0, 1000);
    assert_int_equal(1, nodes[0].installed);
    assert_false(nodes[0].is_own);
    assert_status(OK, root_start_check(nodes[0].start));
    assert_status(OK, root_gate_check(nodes[0].gate, REGISTRY_SIGN, now_ms));
}

/* --- the first that is final wins ------------------------------------------------------------- */

static void its_own_root_is_installed_when_its_hash_is_final(void **state)
{
    (void)state;
    live(0, 20000);
    assert_int_equal(1, nodes[0].published);
    assert_nothing_here(0);
    publish(nodes[0].hash, ROOT_CHAIN_PENDING);
    live(0, 20000);
    assert_nothing_here(0);
    publish(nodes[0].hash, ROOT_CHAIN_FINAL);
    live(0, 1000);
    assert_int_equal(1, nodes[0].installed);
    assert_true(nodes[0].is_own);
    assert_holds_none(0);
    assert_memory_equal(nodes[0].stored.list[0].master.b, root_keyring_master(nodes[0].roots, 0)->b,
                        32);
    assert_int_equal(1, nodes[0].stored.count); /* it was there */
}

static void two_roots_are_never_the_same(void **state)
{
    (void)state;
    live(0, 20000);
    live(1, 20000);
    listed = 0;
    assert_int_equal(1, nodes[0].stored.count);
    assert_memory_not_equal(nodes[0].stored.list[0].master.b, root_like(0, 0).master.b, 32);
    assert_memory_not_equal(nodes[0].stored.list[0].master.b, nodes[1].stored.list[0].master.b, 32);
}

static void a_candidate_is_wiped_when_another_won(void **state)
{
    (void)state;
    struct handoff_root winner = root_like(1, 0);
    live(0, 20000);
    assert_state(0, ROOT_START_PUBLISHING);
    /* Not before it is final. */
    publish_root(&winner, ROOT_CHAIN_PENDING);
    live(0, 20000);
    assert_int_equal(0, nodes[0].wiped);
    listed = 3;
    open_with(1, winner);
    open_with(2, winner);
    nodes[1].is_silent = true;
    nodes[2].is_silent = true;
    live(0, 9000);
    assert_int_equal(1, nodes[0].wiped);
    assert_holds_none(0);
    nodes[2].is_silent = false;
    live(0, 60000);
    assert_int_equal(1, nodes[0].installed);
    assert_holds_none(0);
    assert_memory_equal(winner.master.b, root_keyring_master(nodes[0].roots, 0)->b, 32);
    /* It is kept too, beside what is there. */
    live(0, 60000);
    assert_int_equal(2, nodes[0].stored.count);
    assert_memory_equal(winner.master.b, nodes[0].stored.list[1].master.b, 32);
}

static void the_carrier_gives_the_one_that_won(void **state)
{
    (void)state;
    struct handoff_root winner = root_like(2, 0);
    store(0, root_like(1, 0));
    store(0, winner);
    store(0, root_like(3, 0));
    publish_root(&winner, ROOT_CHAIN_FINAL);
    live(0, 2000);
    assert_state(0, ROOT_START_OPEN);
    assert_memory_equal(winner.master.b, root_keyring_master(nodes[0].roots, 0)->b, 32);
}

static void losers_in_the_carrier_are_not_installed(void **state)
{
    (void)state;
    struct handoff_root winner = root_like(2, 0);
    store(0, root_like(1, 0));
    publish_root(&winner, ROOT_CHAIN_FINAL);
    live(0, 60000);
    assert_state(0, ROOT_START_ASKING);
    assert_nothing_here(0);
    /* The host gives back what it hid. */
    store(0, winner);
    live(0, 20000);
    assert_state(0, ROOT_START_OPEN);
}

/* --- conflict --------------------------------------------------------------------------------- */

static void another_final_hash_stops_a_node_for_good(void **state)
{
    (void)state;
    static uint8_t memory[ROOT_START_MESSAGE_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    struct handoff_root root = root_like(1, 0);
    struct handoff_root other = root_like(2, 0);
    listed = 2;
    open_with(1, root);
    publish_root(&other, ROOT_CHAIN_FINAL);
    live(1, 1000);
    assert_int_equal(1, nodes[1].stopped);
    publish_root(&root, ROOT_CHAIN_FINAL);
    live(1, 60000);
    assert_int_equal(1, nodes[1].stopped);
    assert_status(ROOT_CONFLICT, root_start_check(nodes[1].start));
    assert_memory_equal(root.master.b, root_keyring_master(nodes[1].roots, 0)->b, 32);
    assert_int_equal(1, nodes[1].stored.count);
    uint8_t ask_memory[HANDOFF_ASK];
    struct buf ask = buf_over(ask_memory, sizeof ask_memory);
    handoff_put_ask(domain, &ask);
    struct cluster_now now = when();
    assert_status(ROOT_CONFLICT, root_start_serve(nodes[1].start, &now, &nodes[0].wallet,
                                                  buf_bytes(&ask), &answer));
}

static void a_node_without_a_root_stops_as_well(void **state)
{
    (void)state;
    struct handoff_root root = root_like(1, 0);
    struct handoff_root other = root_like(2, 0);
    publish_root(&root, ROOT_CHAIN_FINAL);
    live(0, 1000);
    publish_root(&other, ROOT_CHAIN_FINAL);
    live(0, 1000);
    assert_state(0, ROOT_START_CONFLICT);
    chain.kind = ROOT_CHAIN_CONFLICT;
    live(1, 1000);
    assert_state(1, ROOT_START_CONFLICT);
    assert_int_equal(1, nodes[1].stopped);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    secret_allow_unlocked();
    const struct CMUnitTest tests[] = {
        CASE(none_is_made_while_the_chain_is_unknown),
        CASE(none_is_made_where_the_chain_was_known_once),
        CASE(none_is_made_where_a_hash_is_on_the_chain),
        CASE(none_is_made_beside_what_does_not_open),
        CASE(none_is_made_while_the_carrier_is_away),
        CASE(none_is_made_where_the_carrier_went_away),
        CASE(none_is_made_after_old_news),
        CASE(none_is_made_beside_a_root_of_another_epoch),
        CASE(none_is_made_by_who_is_not_listed),
        CASE(none_is_made_while_a_peer_holds_one),
        CASE(one_is_made_where_peers_hold_nothing_or_are_gone),
        CASE(nothing_is_published_that_was_not_read_back),
        CASE(what_is_stored_is_published_and_none_is_made),
        CASE(its_own_root_is_installed_when_its_hash_is_final),
        CASE(two_roots_are_never_the_same),
        CASE(a_candidate_is_wiped_when_another_won),
        CASE(the_carrier_gives_the_one_that_won),
        CASE(losers_in_the_carrier_are_not_installed),
        CASE(another_final_hash_stops_a_node_for_good),
        CASE(a_node_without_a_root_stops_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
