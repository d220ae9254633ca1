/* What the view of the chain knows of later roots. */
#include "fixtures/unit.h"
#include "fixtures/view_fixture.h"

static struct registry_epochs is;

static struct status epochs(void)
{
    return registry_view_epochs(chain.view, REGISTRY_SERVE, chain.now_ms, &is);
}

static void with_finality(struct registry_view_setup *setup)
{
    setup->has_finality = true;
}

static void propose(uint64_t id, uint64_t epoch, uint8_t byte, uint64_t at_s)
{
    view_chain_state(&chain)->proposal = (struct nova_abi_proposal){
        .id = id, .epoch = epoch, .commitment = {byte}, .executable_at = at_s, .vetoes = 1};
}

static void commit_epoch(size_t epoch, uint8_t byte)
{
    view_chain_state(&chain)->epochs[epoch - 1] = byte;
    view_chain_state(&chain)->proposal = (struct nova_abi_proposal){0};
}

static uint64_t head_time(void)
{
    return registry_view_health(chain.view, chain.now_ms).head_time;
}

static void at_first_there_is_none(void **state)
{
    (void)state;
    assert_status(REGISTRY_PENDING, epochs());
    view_chain_run(&chain, 100);
    assert_status(OK, epochs());
    assert_int_equal(0, is.count);
    assert_int_equal(REGISTRY_NEXT_NONE, is.next);
    assert_true(is.deadline_ms > chain.now_ms + REGISTRY_SERVE_MS - 20000);
}

/* A proposal shows at the newest block, and is due by the time of blocks. */
static void a_proposal_shows_and_becomes_due(void **state)
{
    (void)state;
    open_again(with_finality);
    view_chain_run(&chain, 100);
    uint64_t due_s = head_time() + 100;
    propose(7, 1, 0x41, due_s);
    view_chain_run(&chain, 20000);
    assert_status(OK, epochs());
    assert_int_equal(REGISTRY_NEXT_PROPOSED, is.next);
    assert_true(is.proposal == 7 && is.commitment[0] == 0x41 && is.executable_at == due_s);
    assert_true(is.vetoes == 1 && !is.is_due);
    while (head_time() < due_s) {
        view_chain_run(&chain, 1000);
    }
    assert_status(OK, epochs());
    assert_true(is.is_due);
    view_chain_state(&chain)->proposal = (struct nova_abi_proposal){0};
    view_chain_run(&chain, 20000);
    assert_status(OK, epochs());
    assert_true(is.next == REGISTRY_NEXT_NONE && is.commitment[0] == 0 && !is.is_due);
}

static void other_proposals_are_none(void **state)
{
    (void)state;
    view_chain_run(&chain, 100);
    propose(7, 2, 0x41, head_time());
    view_chain_run(&chain, 20000);
    assert_status(OK, epochs());
    assert_int_equal(REGISTRY_NEXT_NONE, is.next);
    propose(0, 1, 0x41, head_time());
    view_chain_run(&chain, 20000);
    assert_status(OK, epochs());
    assert_int_equal(REGISTRY_NEXT_NONE, is.next);
    propose(8, 1, 0x41, head_time() - NOVA_ABI_PROPOSAL_WINDOW_S);
    view_chain_run(&chain, 60000);
    assert_status(OK, epochs());
    assert_int_equal(REGISTRY_NEXT_NONE, is.next);
}

/* First at the newest block, then at the final one; later ones follow at once. */
static void commitments_count_when_they_are_final(void **state)
{
    (void)state;
    open_again(with_finality);
    view_chain_run(&chain, 100);
    commit_epoch(1, 0x41);
    view_chain_run(&chain, 20000);
    assert_status(OK, epochs());
    assert_true(is.count == 0 && is.next == REGISTRY_NEXT_COMMITTED && is.commitment[0] == 0x41);
    view_chain_run(&chain, 2000000);
    assert_status(OK, epochs());
    assert_true(is.count == 1 && is.list[0][0] == 0x41 && is.next == REGISTRY_NEXT_NONE);
    commit_epoch(2, 0x42);
    commit_epoch(3, 0x43);
    view_chain_run(&chain, 2000000);
    assert_status(OK, epochs());
    assert_true(is.count == 3 && is.list[1][0] == 0x42 && is.list[2][0] == 0x43);
}

/* Who starts late knows all of them or nothing. */
static void all_final_ones_are_known_or_none(void **state)
{
    (void)state;
    for (size_t i = 1; i <= REGISTRY_EPOCHS_MAX; i++) {
        for (size_t block = 0; block <= chain.head; block++) {
            chain.block[block].state.epochs[i - 1] = (uint8_t)(0x40 + i);
        }
    }
    bool is_known = false;
    for (size_t i = 0; i < 1000 && !is_known; i++) {
        view_chain_run(&chain, 100);
        is_known = status_is_ok(epochs());
    }
    assert_int_equal(REGISTRY_EPOCHS_MAX, is.count);
    assert_int_equal(0x40 + REGISTRY_EPOCHS_MAX, is.list[REGISTRY_EPOCHS_MAX - 1][0]);
}

static void contracts_of_others_have_one_root(void **state)
{
    (void)state;
    for (size_t block = 0; block <= chain.head; block++) {
        chain.block[block].state.has_no_epochs = true;
    }
    view_chain_run(&chain, 100);
    assert_status(OK, epochs());
    assert_true(is.count == 0 && is.next == REGISTRY_NEXT_NONE);
}

static void a_liar_commits_nothing(void **state)
{
    (void)state;
    chain.endpoint[0].fault = VIEW_CHAIN_LIES;
    view_chain_run(&chain, 40000);
    assert_status(OK, epochs());
    assert_int_equal(0, is.count);
    assert_int_equal(REGISTRY_NEXT_NONE, is.next);
    set_all(VIEW_CHAIN_DEAD);
    view_chain_run(&chain, 320000);
    assert_status(REGISTRY_LOST, epochs());
}

static void another_commitment_of_one_epoch_is_a_conflict(void **state)
{
    (void)state;
    struct registry_root root;
    commit_epoch(1, 0x41);
    view_chain_run(&chain, 200000);
    assert_status(OK, epochs());
    assert_int_equal(1, is.count);
    commit_epoch(1, 0x42);
    view_chain_run(&chain, 200000);
    assert_status(ROOT_CONFLICT, epochs());
    assert_status(ROOT_CONFLICT,
                  registry_view_root(chain.view, REGISTRY_SERVE, chain.now_ms, &root));
    commit_epoch(1, 0x41);
    view_chain_run(&chain, 200000);
    assert_status(ROOT_CONFLICT, epochs());
}

static void without_kms_registry(struct registry_view_setup *setup)
{
    setup->kms_registry = (struct eth_address){{0}};
}

static void without_a_contract_there_is_one_root(void **state)
{
    (void)state;
    open_again(without_kms_registry);
    assert_status(OK, epochs());
    assert_int_equal(0, is.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(at_first_there_is_none),
        TEST(a_proposal_shows_and_becomes_due),
        TEST(other_proposals_are_none),
        TEST(commitments_count_when_they_are_final),
        TEST(all_final_ones_are_known_or_none),
        TEST(contracts_of_others_have_one_root),
        TEST(a_liar_commits_nothing),
        TEST(another_commitment_of_one_epoch_is_a_conflict),
        TEST(without_a_contract_there_is_one_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
