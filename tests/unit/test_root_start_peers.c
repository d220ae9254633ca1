/* How a root passes from a node that starts to another. */
#include "fixtures/start_nodes.h"

/* --- hand-off --------------------------------------------------------------------------------- */

static void an_answer_that_was_changed_installs_nothing(void **state)
{
    (void)state;
    listed = 2;
    open_with(1, root_like(1, 0));
    flip_at = 200;
    live(0, 100);
    assert_int_equal(SIZE_MAX, flip_at);
    assert_state(0, ROOT_START_ASKING);
    assert_nothing_here(0);
    assert_int_equal(0, nodes[0].start->secrets->held.count);
    /* The same request is answered again, and counts once. */
    live(0, 1000);
    assert_int_equal(1, nodes[0].installed);
    assert_holds_none(0);
    assert_int_equal(1, nodes[1].start->guard.guests[0].given);
}

static void a_holder_with_another_root_is_not_believed(void **state)
{
    (void)state;
    struct handoff_root other = root_like(1, 0);
    struct handoff_root right = root_like(2, 0);
    listed = 2;
    open_with(1, other);
    /* The asker sees another hash: the holder's chain and its own differ. */
    struct root_start_chain before = chain;
    uint64_t end_ms = now_ms + 30000;
    while (now_ms < end_ms) {
        struct root_start_action action;
        uint64_t due_ms;
        struct cluster_now now = when();
        publish_root(&right, ROOT_CHAIN_FINAL);
        root_start_chain(nodes[0].start, &now, &chain);
        chain = before;
        while (root_start_next(nodes[0].start, &now, &action, &due_ms)) {
            do_one(&nodes[0], &action);
        }
        assert_true(last_request_len == 0 || nodes[0].start->secrets->held.count == 0);
        now_ms += 100;
    }
    assert_true(last_request_len != 0);
    assert_state(0, ROOT_START_ASKING);
    assert_null(root_keyring_newest(nodes[0].roots));
    assert_int_equal(0, nodes[0].installed);
}

/* Serve one message as somebody. */
static struct status ask_holder(size_t as, struct bytes message, struct buf *answer)
{
    struct cluster_now now = when();
    nodes[1].module.wall_ms = now.wall_ms;
    return root_start_serve(nodes[1].start, &now, &nodes[as].wallet, message, answer);
}

static void a_request_is_taken_from_its_sender_and_counts_once(void **state)
{
    (void)state;
    static uint8_t memory[ROOT_START_MESSAGE_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    struct bytes request = {last_request, 0};
    listed = 2;
    open_with(1, root_like(1, 0));
    is_dropping_requests = true;
    last_request_len = 0;
    live(0, 200);
    request.len = last_request_len;
    assert_true(request.len != 0);
    assert_status(HANDOFF_NONCE, ask_holder(2, request, &answer));
    assert_int_equal(0, answer.len);
    for (int i = 0; i < 1 + HANDOFF_GUARD_AGAIN; i++) {
        assert_status(OK, ask_holder(0, request, &answer));
        answer.len = 0;
    }
    assert_status(HANDOFF_NONCE, ask_holder(0, request, &answer));
    assert_int_equal(0, answer.len);
    /* It was given now; for a minute no more. */
    is_dropping_requests = false;
    live(0, HANDOFF_GUARD_EVERY_MS - 2000);
    assert_int_equal(0, nodes[0].installed);
    live(0, 30000);
    assert_int_equal(1, nodes[0].installed);
}

static void roots_go_to_who_is_registered_now(void **state)
{
    (void)state;
    static const uint16_t codes[] = {STATUS_VERSION_NOT_ENROLLED, STATUS_INSTANCE_NOT_VERIFIED,
                                     STATUS_INSTANCE_NOT_ACTIVE,  STATUS_NOT_A_PEER,
                                     STATUS_REGISTRY_LOST,        STATUS_REGISTRY_PENDING};
    static uint8_t memory[ROOT_START_MESSAGE_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    uint8_t ask_memory[HANDOFF_ASK];
    struct buf ask = buf_over(ask_memory, sizeof ask_memory);
    listed = 2;
    open_with(1, root_like(1, 0));
    handoff_put_ask(domain, &ask);
    is_dropping_requests = true;
    live(0, 200);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        grant_status = (struct status){codes[i], 1, ""};
        assert_int_equal(codes[i], ask_holder(0, buf_bytes(&ask), &answer).code);
        assert_int_equal(
            codes[i], ask_holder(0, (struct bytes){last_request, last_request_len}, &answer).code);
        assert_int_equal(0, answer.len);
    }
    grant_status = OK;
    /* Read before it asked. */
    grant_age_ms = 10000;
    assert_status(REGISTRY_PENDING,
                  ask_holder(0, (struct bytes){last_request, last_request_len}, &answer));
    grant_age_ms = 0;
    /* Of other code than is enrolled. */
    grant_measurement = 8;
    assert_status(ATTESTATION_MEASUREMENT,
                  ask_holder(0, (struct bytes){last_request, last_request_len}, &answer));
    assert_int_equal(0, answer.len);
}

static void a_holder_gives_nothing_while_its_gate_is_closed(void **state)
{
    (void)state;
    static uint8_t memory[ROOT_START_MESSAGE_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    uint8_t nonce[HANDOFF_NONCE];
    uint8_t ask_memory[HANDOFF_ASK];
    struct buf ask = buf_over(ask_memory, sizeof ask_memory);
    enum handoff_holds holds;
    listed = 2;
    open_with(1, root_like(1, 0));
    handoff_put_ask(domain, &ask);
    is_dropping_requests = true;
    live(0, 200);
    chain.kind = ROOT_CHAIN_UNKNOWN;
    assert_status(REGISTRY_LOST,
                  ask_holder(0, (struct bytes){last_request, last_request_len}, &answer));
    assert_status(OK, ask_holder(0, buf_bytes(&ask), &answer));
    assert_status(OK, handoff_read_have(buf_bytes(&answer), &holds, nonce));
    assert_int_equal(HANDOFF_CANDIDATE, holds);
    answer.len = 0;
    chain.kind = ROOT_CHAIN_FINAL;
    assert_status(OK, ask_holder(0, (struct bytes){last_request, last_request_len}, &answer));
    /* Who has none says so. */
    struct cluster_now now = when();
    assert_status(UNAVAILABLE,
                  root_start_serve(nodes[2].start, &now, &nodes[0].wallet,
                                   (struct bytes){last_request, last_request_len}, &answer));
    assert_status(HANDOFF_INVALID, root_start_serve(nodes[1].start, &now, &nodes[0].wallet,
                                                    BYTES_LITERAL("CFH2\x04"), &answer));
}

static void a_candidate_that_comes_no_further_gives_way(void **state)
{
    (void)state;
    uint8_t memory[HANDOFF_HAVE];
    uint8_t nonce[HANDOFF_NONCE];
    uint8_t ask_memory[HANDOFF_ASK];
    struct buf ask = buf_over(ask_memory, sizeof ask_memory);
    struct buf answer = buf_over(memory, sizeof memory);
    enum handoff_holds holds;
    listed = 2;
    handoff_put_ask(domain, &ask);
    nodes[0].is_silent = true;
    nodes[1].store_forgets = true;
    while (nodes[1].made == 0) {
        live(1, 100);
    }
    assert_status(OK, ask_holder(0, buf_bytes(&ask), &answer));
    assert_status(OK, handoff_read_have(buf_bytes(&answer), &holds, nonce));
    assert_int_equal(HANDOFF_CANDIDATE, holds);
    answer.len = 0;
    live(1, 60000);
    assert_status(OK, ask_holder(0, buf_bytes(&ask), &answer));
    assert_status(OK, handoff_read_have(buf_bytes(&answer), &holds, nonce));
    assert_int_equal(HANDOFF_NOTHING, holds);
}

static void all_epochs_come_or_none(void **state)
{
    (void)state;
    struct handoff_root first = root_like(1, 0);
    struct handoff_root second = root_like(2, 1);
    SECRET(root, root);
    listed = 2;
    publish_root(&first, ROOT_CHAIN_FINAL);
    chain.count = 2;
    root_init(&root, &second.master, domain, 1);
    root_check_hash(&root, chain.hashes[1]);
    store(1, first);
    live(1, 20000);
    assert_state(1, ROOT_START_ASKING);
    assert_nothing_here(1);
    store(1, second);
    live(1, 20000);
    assert_state(1, ROOT_START_OPEN);
    live(0, 20000);
    assert_state(0, ROOT_START_OPEN);
    assert_memory_equal(first.master.b, root_keyring_master(nodes[0].roots, 0)->b, 32);
    assert_memory_equal(second.master.b, root_keyring_master(nodes[0].roots, 1)->b, 32);
}

/* From a node that speaks another way; it is judged like all others, and kept. */
static void what_came_another_way_is_compared_and_kept(void **state)
{
    (void)state;
    struct root_start_found found = {1, {root_like(1, 0)}};
    struct handoff_root right = root_like(2, 0);
    struct cluster_now now = when();
    root_start_received(nodes[0].start, &now, &found);
    assert_state(0, ROOT_START_LOOKING);
    publish_root(&right, ROOT_CHAIN_FINAL);
    live(0, 1000);
    now = when();
    root_start_received(nodes[0].start, &now, &found);
    assert_state(0, ROOT_START_ASKING);
    assert_nothing_here(0);
    found.list[0] = right;
    root_start_received(nodes[0].start, &now, &found);
    live(0, 1000);
    assert_state(0, ROOT_START_OPEN);
    assert_int_equal(1, nodes[0].installed);
    assert_int_equal(1, nodes[0].stored.count);
    assert_memory_equal(right.master.b, nodes[0].stored.list[0].master.b, 32);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    secret_allow_unlocked();
    const struct CMUnitTest tests[] = {
        CASE(an_answer_that_was_changed_installs_nothing),
        CASE(what_came_another_way_is_compared_and_kept),
        CASE(a_holder_with_another_root_is_not_believed),
        CASE(a_request_is_taken_from_its_sender_and_counts_once),
        CASE(roots_go_to_who_is_registered_now),
        CASE(a_holder_gives_nothing_while_its_gate_is_closed),
        CASE(a_candidate_that_comes_no_further_gives_way),
        CASE(all_epochs_come_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
