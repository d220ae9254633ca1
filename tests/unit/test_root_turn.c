/* The next root: made, stored, proposed, passed on, executed, installed; or wiped. */
#include "fixtures/start_nodes.h"

/* All want two roots. */
static int set_up_two(void **state)
{
    int result = set_up(state);
    for (size_t i = 0; i < NODES; i++) {
        close_node(i);
        nodes[i] = (struct node){.wiped = 0};
    }
    wished = 2;
    for (size_t i = 0; i < NODES; i++) {
        open_node(i);
    }
    return result;
}

enum { MAKE_MS = 20000, PROPOSAL = 7 };

static void assert_turn(size_t i, enum root_turn_state state)
{
    assert_string_equal(root_turn_state_name(state),
                        root_turn_state_name(root_start_turn(nodes[i].start).state));
}

static void open_nodes(size_t count)
{
    listed = count;
    for (size_t i = 0; i < count; i++) {
        open_with(i, root_like(1, 0));
        nodes[i].reads = 0;
    }
}

static void hash_of(const struct handoff_root *of, uint8_t ret[static ROOT_GATE_HASH])
{
    SECRET(root, root);
    root_init(&root, &of->master, domain, of->epoch);
    root_check_hash(&root, ret);
}

static void show_next(const uint8_t hash[static ROOT_GATE_HASH])
{
    chain.next = (struct root_start_proposed){.is_there = true, .proposal = PROPOSAL};
    memcpy(chain.next.hash, hash, ROOT_GATE_HASH);
}

static void commit_next(void)
{
    memcpy(chain.hashes[chain.count++], chain.next.hash, ROOT_GATE_HASH);
    chain.next = (struct root_start_proposed){0};
}

/* Node 0 has made the next root and proposed it. */
static void propose(void)
{
    live(0, MAKE_MS);
    assert_turn(0, ROOT_TURN_PROPOSING);
    show_next(nodes[0].hash);
    live(0, 1000);
    assert_turn(0, ROOT_TURN_WAITING);
}

static bool is_stored(size_t i, const uint8_t hash[static ROOT_GATE_HASH])
{
    for (size_t j = 0; j < nodes[i].stored.count; j++) {
        uint8_t stored[ROOT_GATE_HASH];
        hash_of(&nodes[i].stored.list[j], stored);
        if (memcmp(stored, hash, sizeof stored) == 0) {
            return true;
        }
    }
    return false;
}

static void assert_no_candidate(size_t i)
{
    static const struct handoff_roots none;
    assert_memory_equal(&none, &nodes[i].start->secrets->next, sizeof none);
}

/* --- when none is made or proposed ------------------------------------------------------------ */

static void assert_none_is_made(void)
{
    live(0, 120000);
    assert_turn(0, ROOT_TURN_NONE);
    assert_int_equal(0, nodes[0].next_made | nodes[0].proposed);
    assert_int_equal(1, nodes[0].stored.count);
}

static void none_is_made_that_is_not_wanted(void **state)
{
    (void)state;
    close_node(0);
    wished = 1;
    memset(&nodes[0], 0, sizeof nodes[0]);
    open_node(0);
    open_nodes(1);
    assert_none_is_made();
}

static void none_is_made_after_old_news(void **state)
{
    (void)state;
    open_nodes(1);
    is_chain_told = false;
    nodes[0].start->turn.make_ms = UINT64_MAX;
    live(0, ROOT_START_CHAIN_MS);
    nodes[0].start->turn.make_ms = now_ms;
    assert_none_is_made();
}

static void none_is_made_by_who_is_not_listed(void **state)
{
    (void)state;
    open_nodes(2);
    is_self_listed = false;
    assert_none_is_made();
}

static void none_is_made_before_the_root_is_kept(void **state)
{
    (void)state;
    open_nodes(2);
    nodes[2].store_status = FAIL(IO);
    listed = 3;
    live(2, 20000);
    assert_state(2, ROOT_START_OPEN);
    live(2, 60000);
    assert_turn(2, ROOT_TURN_NONE);
    nodes[2].store_status = OK;
    live(2, 60000);
    assert_turn(2, ROOT_TURN_PROPOSING);
}

/* What is not stored, or not found again, is not proposed. */
static void what_is_not_stored_is_not_proposed(void **state)
{
    (void)state;
    open_nodes(1);
    nodes[0].store_status = FAIL(IO);
    live(0, 60000);
    assert_turn(0, ROOT_TURN_STORING);
    nodes[0].store_status = OK;
    nodes[0].store_forgets = true;
    live(0, 60000);
    assert_int_equal(0, nodes[0].proposed | nodes[0].next_made);
    nodes[0].store_forgets = false;
    live(0, 30000);
    assert_int_equal(1, nodes[0].proposed);
    assert_int_equal(1, nodes[0].next_made);
    assert_int_equal(1, nodes[0].number);
    assert_true(is_stored(0, nodes[0].hash));
}

/* --- its way ---------------------------------------------------------------------------------- */

static void a_root_is_made_and_becomes_final(void **state)
{
    (void)state;
    open_nodes(1);
    propose();
    assert_int_equal(1, nodes[0].proposed);
    live(0, 60000);
    assert_int_equal(0, nodes[0].executed | nodes[0].turned);
    assert_false(root_keyring_has(nodes[0].roots, 1));
    chain.next.is_due = true;
    live(0, 10000);
    assert_int_equal(1, nodes[0].executed);
    assert_int_equal(PROPOSAL, nodes[0].number);
    chain.next.is_committed = true;
    live(0, 60000);
    assert_int_equal(1, nodes[0].executed);
    assert_false(root_keyring_has(nodes[0].roots, 1));
    commit_next();
    live(0, 100);
    assert_true(root_keyring_has(nodes[0].roots, 1));
    assert_int_equal(1, nodes[0].turned);
    assert_int_equal(1, nodes[0].number);
    assert_turn(0, ROOT_TURN_NONE);
    assert_no_candidate(0);
    /* It opens and is derived from, and seals nothing before all have it. */
    assert_int_equal(0, root_keyring_newest_epoch(nodes[0].roots));
    assert_int_equal(0, root_start_turn(nodes[0].start).in_use);
    assert_int_equal(1, root_start_turn(nodes[0].start).wanted);
    root_start_use(nodes[0].start);
    assert_int_equal(1, root_keyring_newest_epoch(nodes[0].roots));
    assert_int_equal(1, root_start_turn(nodes[0].start).newest);
    live(0, 120000);
    assert_int_equal(1, nodes[0].next_made); /* there are as many as are wanted */
}

/* Others get it while it is proposed, and any of them can execute it. */
static void others_hold_it_before_it_is_executed(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    live(1, 3000);
    assert_turn(1, ROOT_TURN_WAITING);
    assert_true(is_stored(1, chain.next.hash));
    assert_false(root_keyring_has(nodes[1].roots, 1));
    assert_int_equal(0, nodes[1].next_made | nodes[1].proposed);
    chain.next.is_due = true;
    nodes[0].is_silent = true; /* killed */
    live(1, 10000);
    assert_int_equal(1, nodes[1].executed);
    assert_int_equal(PROPOSAL, nodes[1].number);
    commit_next();
    live(1, 100);
    assert_int_equal(1, nodes[1].turned);
    assert_memory_equal(nodes[1].stored.list[1].master.b, root_keyring_master(nodes[1].roots, 1)->b,
                        32);
    live(0, 100);
    assert_memory_equal(root_keyring_master(nodes[0].roots, 1)->b,
                        root_keyring_master(nodes[1].roots, 1)->b, 32);
}

/* Who knows of no other holder waits a while longer before it executes. */
static void a_lonely_holder_waits_longer(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    chain.next.is_due = true;
    live(0, ROOT_TURN_GRACE_MS - 1000);
    assert_int_equal(0, nodes[0].executed);
    live(0, 10000);
    assert_int_equal(1, nodes[0].executed);
}

static void who_gave_it_away_does_not_wait(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    live(1, 3000);
    chain.next.is_due = true;
    live(0, 10000);
    assert_int_equal(1, nodes[0].executed);
}

/* A node that was away gets the final one, from the carrier or from a peer, and keeps it. */
static void a_node_that_was_away_gets_the_final_one(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    commit_next();
    live(0, 100);
    assert_int_equal(1, nodes[0].turned);
    live(1, 3000);
    assert_int_equal(1, nodes[1].turned);
    assert_true(is_stored(1, chain.hashes[1]));
    assert_int_equal(0, nodes[1].wiped);
    close_node(1);
    nodes[1] = (struct node){.stored = nodes[1].stored};
    open_node(1);
    live(1, 2000);
    assert_state(1, ROOT_START_OPEN);
    assert_int_equal(0, nodes[1].sent);
    assert_int_equal(1, root_keyring_newest_epoch(nodes[1].roots));
}

/* The root before it is being written to the carrier meanwhile. */
static void what_is_installed_during_a_write_is_kept_too(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    listed = 3;
    nodes[2].is_write_slow = true;
    live(2, 120000);
    assert_state(2, ROOT_START_OPEN);
    assert_turn(2, ROOT_TURN_STORING);
    commit_next();
    live(2, 1000);
    assert_int_equal(1, nodes[2].turned);
    assert_int_equal(0, nodes[2].stored.count);
    struct cluster_now now = when();
    store(2, root_like(1, 0));
    nodes[2].is_write_slow = false;
    root_start_carrier_written(nodes[2].start, &now, OK);
    live(2, 5000);
    assert_true(is_stored(2, chain.hashes[1]));
}

static void a_carrier_has_it_after_a_restart(void **state)
{
    (void)state;
    open_nodes(1);
    propose();
    close_node(0);
    nodes[0] = (struct node){.stored = nodes[0].stored};
    open_node(0);
    live(0, 3000);
    assert_turn(0, ROOT_TURN_WAITING);
    assert_int_equal(0, nodes[0].next_made);
    chain.next.is_due = true;
    live(0, 10000);
    assert_int_equal(1, nodes[0].executed);
}

/* --- what is given ---------------------------------------------------------------------------- */

/* A candidate goes to peers only while its hash is on the chain. */
static void no_candidate_is_given_before_it_is_proposed(void **state)
{
    (void)state;
    uint8_t hash[ROOT_GATE_HASH];
    open_nodes(2);
    live(0, MAKE_MS);
    assert_turn(0, ROOT_TURN_PROPOSING);
    memcpy(hash, nodes[0].hash, sizeof hash);
    show_next(hash);
    is_chain_told = true;
    live(1, 5000); /* node 0 has not seen it yet */
    assert_turn(1, ROOT_TURN_SEEKING);
    live(0, 100);
    live(1, 20000);
    assert_turn(1, ROOT_TURN_WAITING);
}

static void another_root_than_the_one_on_the_chain_is_not_taken(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    uint8_t hash[ROOT_GATE_HASH];
    memcpy(hash, chain.next.hash, sizeof hash);
    hash[31] ^= 1;
    show_next(hash);
    store(1, root_like(9, 1));
    live(1, 20000);
    assert_turn(1, ROOT_TURN_SEEKING);
    assert_no_candidate(1);
    assert_false(root_keyring_has(nodes[1].roots, 1));
}

static void a_changed_answer_is_not_taken(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    flip_at = HANDOFF_HEAD + 200;
    live(1, 200);
    assert_turn(1, ROOT_TURN_SEEKING);
    assert_no_candidate(1);
    live(1, 20000);
    assert_turn(1, ROOT_TURN_WAITING);
}

/* --- what is wiped ---------------------------------------------------------------------------- */

static void what_was_vetoed_is_wiped_and_not_made_again(void **state)
{
    (void)state;
    open_nodes(2);
    propose();
    live(1, 3000);
    chain.next = (struct root_start_proposed){0};
    for (size_t i = 0; i < 2; i++) {
        live(i, 120000);
        assert_turn(i, ROOT_TURN_NONE);
        assert_int_equal(1, nodes[i].rejected);
        assert_int_equal(1, nodes[i].number);
        assert_true(root_start_turn(nodes[i].start).is_rejected);
        assert_no_candidate(i);
        assert_int_equal(i == 0, nodes[i].next_made);
        assert_false(root_keyring_has(nodes[i].roots, 1));
    }
    /* Another node may propose another one. */
    const struct handoff_root other = root_like(5, 1);
    uint8_t hash[ROOT_GATE_HASH];
    hash_of(&other, hash);
    show_next(hash);
    store(1, other);
    live(1, 3000);
    live(0, 3000);
    assert_turn(0, ROOT_TURN_WAITING);
    commit_next();
    live(0, 100);
    assert_int_equal(1, nodes[0].turned);
    assert_memory_equal(other.master.b, root_keyring_master(nodes[0].roots, 1)->b, 32);
}

static void another_one_wins(void **state)
{
    (void)state;
    const struct handoff_root other = root_like(5, 1);
    uint8_t hash[ROOT_GATE_HASH];
    open_nodes(2);
    live(0, MAKE_MS);
    hash_of(&other, hash);
    show_next(hash);
    live(0, 100);
    assert_int_equal(1, nodes[0].wiped);
    assert_no_candidate(0);
    assert_turn(0, ROOT_TURN_SEEKING);
    store(1, other);
    live(1, 2000);
    live(0, 3000);
    assert_turn(0, ROOT_TURN_WAITING);
    commit_next();
    live(0, 100);
    assert_memory_equal(other.master.b, root_keyring_master(nodes[0].roots, 1)->b, 32);
}

/* Proposals that are vetoed before they are seen are not sent for ever. */
static void who_is_vetoed_at_once_gives_up(void **state)
{
    (void)state;
    open_nodes(1);
    live(0, 1000000);
    assert_int_equal(ROOT_TURN_PROPOSALS + 1, nodes[0].proposed);
    assert_int_equal(1, nodes[0].rejected);
    assert_turn(0, ROOT_TURN_NONE);
}

static void what_could_not_be_sent_is_sent_again(void **state)
{
    (void)state;
    open_nodes(1);
    nodes[0].publish_status = FAIL(WALLET_FUNDS);
    live(0, 300000);
    assert_in_range(nodes[0].proposed, 10, 60);
    assert_turn(0, ROOT_TURN_PROPOSING);
    nodes[0].publish_status = OK;
    live(0, 15000);
    show_next(nodes[0].hash);
    live(0, 100);
    assert_turn(0, ROOT_TURN_WAITING);
}

/* A root that is here is never replaced. */
static void two_roots_of_one_epoch_stop_the_node(void **state)
{
    (void)state;
    const struct secret32 other = {{3}};
    open_nodes(1);
    propose();
    assert_status(OK, root_keyring_install(nodes[0].roots, 1, &other));
    commit_next();
    live(0, 100);
    assert_int_equal(1, nodes[0].stopped);
    assert_state(0, ROOT_START_CONFLICT);
    assert_status(ROOT_CONFLICT, root_start_check(nodes[0].start));
    assert_no_candidate(0);
}

static void another_final_hash_is_a_conflict(void **state)
{
    (void)state;
    open_nodes(1);
    propose();
    commit_next();
    live(0, 100);
    chain.hashes[1][0] ^= 1;
    live(0, 100);
    assert_state(0, ROOT_START_CONFLICT);
}

/* Several in a row: what is held back stays so until the last. */
static void several_follow_each_other(void **state)
{
    (void)state;
    close_node(0);
    wished = 3;
    memset(&nodes[0], 0, sizeof nodes[0]);
    open_node(0);
    open_nodes(1);
    propose();
    commit_next();
    live(0, 120000);
    assert_int_equal(1, nodes[0].next_made); /* not while it is held back */
    const struct handoff_root other = root_like(5, 2);
    uint8_t hash[ROOT_GATE_HASH];
    hash_of(&other, hash);
    show_next(hash);
    commit_next();
    store(0, other);
    live(0, 12000);
    assert_int_equal(2, nodes[0].turned);
    assert_int_equal(0, root_keyring_newest_epoch(nodes[0].roots));
    root_start_use(nodes[0].start);
    assert_int_equal(2, root_keyring_newest_epoch(nodes[0].roots));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up_two, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(none_is_made_that_is_not_wanted),
        CASE(none_is_made_after_old_news),
        CASE(none_is_made_by_who_is_not_listed),
        CASE(none_is_made_before_the_root_is_kept),
        CASE(what_is_not_stored_is_not_proposed),
        CASE(a_root_is_made_and_becomes_final),
        CASE(others_hold_it_before_it_is_executed),
        CASE(a_lonely_holder_waits_longer),
        CASE(who_gave_it_away_does_not_wait),
        CASE(a_node_that_was_away_gets_the_final_one),
        CASE(what_is_installed_during_a_write_is_kept_too),
        CASE(a_carrier_has_it_after_a_restart),
        CASE(no_candidate_is_given_before_it_is_proposed),
        CASE(another_root_than_the_one_on_the_chain_is_not_taken),
        CASE(a_changed_answer_is_not_taken),
        CASE(what_was_vetoed_is_wiped_and_not_made_again),
        CASE(another_one_wins),
        CASE(who_is_vetoed_at_once_gives_up),
        CASE(what_could_not_be_sent_is_sent_again),
        CASE(two_roots_of_one_epoch_stop_the_node),
        CASE(another_final_hash_is_a_conflict),
        CASE(several_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
