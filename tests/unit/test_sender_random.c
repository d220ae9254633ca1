/* The sender among endpoints that change at random: whatever they do, it keeps its promises, and
 * when they are well again it gets through. */
#include "fixtures/fake_endpoints.h"

enum { LIVES = 400, STEPS = 60 };

static const struct sender_limits limits = {
    .fee = 1000000, .tip = 500, .gas = 400000, .dearer_ms = 10000};
static struct fake_world world;
static uint64_t state_of_chance;

static uint64_t chance(uint64_t below)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return state_of_chance % below;
}

/* What is really on the chain. */
static uint64_t true_count;
static size_t judged;

/* Two endpoints of three are honest, and may be silent; the first may be anything. */
static void change_endpoints(void)
{
    static const char *const words[] = {NULL,
                                        NULL,
                                        NULL,
                                        "already known",
                                        "nonce too low",
                                        "replacement transaction underpriced",
                                        "insufficient funds",
                                        "busy"};
    struct fake *liar = &world.fake[0];
    for (size_t i = 0; i < FAKES; i++) {
        world.fake[i].is_silent = chance(5) == 0;
        world.fake[i].drops_sends = chance(5) == 0;
        world.fake[i].send_error = words[chance(sizeof words / sizeof words[0])];
        world.fake[i].base_fee = 1000 + chance(30000);
        world.fake[i].count = true_count;
    }
    liar->count = chance(3) == 0 ? true_count + chance(5) : chance(20);
    liar->base_fee = chance(2) == 0 ? chance(UINT64_MAX) : 1000;
    liar->tip = chance(2) == 0 ? chance(UINT64_MAX) : 100;
    liar->gas = chance(2) == 0 ? chance(UINT64_MAX) : 100000;
    liar->balance = chance(UINT64_MAX);
    liar->chain_id = chance(4) == 0 ? 1 : 31337;
    liar->refusal = chance(4) == 0 ? "0xd7d88fdf" : NULL;
    liar->body = chance(8) == 0 ? "[]" : NULL;
}

/* A block takes one of those that were signed for its place, or something else of the wallet. */
static void make_block(void)
{
    size_t which = chance(world.signed_count + 1);
    if (which < world.signed_count && world.list[which].transaction.nonce == true_count &&
        world.fake[1].receipts < FAKE_RECEIPTS) {
        bool is_success = chance(2) == 0;
        for (size_t i = 1; i < FAKES; i++) {
            struct fake *fake = &world.fake[i];
            memcpy(fake->receipt[fake->receipts].hash, world.list[which].hash, 32);
            fake->receipt[fake->receipts++].is_success = is_success;
        }
        true_count++;
    } else if (chance(20) == 0) {
        true_count++;
    }
}

/* All that were signed since the last look. */
static void judge_signed(void)
{
    for (; judged < world.signed_count; judged++) {
        const struct eth_transaction *now = &world.list[judged].transaction;
        assert_true(now->nonce <= true_count);
        assert_true(now->max_fee_per_gas <= limits.fee && now->gas_limit <= limits.gas);
        assert_true(now->max_priority_fee_per_gas <= now->max_fee_per_gas);
        for (size_t i = 0; i < judged; i++) {
            const struct eth_transaction *before = &world.list[i].transaction;
            /* It never goes back to a place, and in one place each is dearer. */
            assert_true(before->nonce <= now->nonce);
            if (before->nonce == now->nonce) {
                assert_true(now->max_fee_per_gas * 10 > before->max_fee_per_gas * 11);
            }
        }
    }
}

static void live(uint64_t seed)
{
    const struct sender_purpose purpose_of = {.kind = SENDER_ROOT_HASH, .hash = {0x11}};
    const struct sender_purpose *purpose = &purpose_of;
    state_of_chance = seed * 0x9e3779b97f4a7c15 + 1;
    memset(&world, 0, sizeof world);
    fake_open(&world, limits, 1 + chance(9));
    true_count = 7;
    judged = 0;
    for (size_t step = 0; step < STEPS && world.signed_count + 8 < FAKE_SENT; step++) {
        change_endpoints();
        if (chance(3) == 0) {
            make_block();
        }
        (void)status_is_ok(sender_ask(world.sender, world.now_ms, purpose));
        fake_live(&world, 1 + chance(8000));
        judge_signed();
    }
    /* All are well again; a new place, so that nothing is in the way. */
    fake_reset(&world);
    true_count += 10;
    for (size_t i = 0; i < FAKES; i++) {
        world.fake[i].count = true_count;
    }
    struct status status = FAIL(REGISTRY_PENDING);
    for (size_t i = 0; i < 20 && !status_is_ok(status); i++) {
        fake_live(&world, 20000);
        status = sender_ask(world.sender, world.now_ms, purpose);
    }
    judge_signed();
    assert_status(OK, status);
    fake_close(&world);
}

static void promises_are_kept_whatever_endpoints_do(void **state)
{
    size_t transactions = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= LIVES; seed++) {
        live(seed);
        transactions += world.signed_count;
    }
    assert_true(transactions > LIVES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promises_are_kept_whatever_endpoints_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
