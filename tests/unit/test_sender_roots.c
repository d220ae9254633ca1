/* Proposals of later roots, and their execution. */
#include "ethereum/nova_abi.h"
#include "fixtures/fake_endpoints.h"
#include "rpc/sender.h"

static const struct sender_limits limits = {
    .fee = 1000000, .tip = 500, .gas = 400000, .dearer_ms = 30000};

static struct fake_world world;

static int start(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    fake_open(&world, limits, 100);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_close(&world);
    return 0;
}

static void restart(void)
{
    stop(NULL);
    start(NULL);
}

/* Ask until there is an answer. */
static struct status ask(const struct sender_purpose *purpose)
{
    struct status status = sender_ask(world.sender, world.now_ms, purpose);
    if (status.code == STATUS_REGISTRY_PENDING) {
        fake_live(&world, 60000);
        status = sender_ask(world.sender, world.now_ms, purpose);
    }
    return status;
}

#define SET_ALL(member, value)              \
    for (size_t i_ = 0; i_ < FAKES; i_++) { \
        world.fake[i_].member = (value);    \
    }

static const struct sender_purpose proposes = {.kind = SENDER_PROPOSE, .height = 2, .hash = {0x41}};
static const struct sender_purpose executes = {.kind = SENDER_EXECUTE, .height = 9, .hash = {0x41}};

/* What is proposed already is not proposed; what is proposed no more is not executed. */
static void roots_are_proposed_and_executed(void **state)
{
    static const struct {
        const struct sender_purpose *purpose;
        unsigned id;
        unsigned epoch;
        unsigned hash;
        uint8_t selector; /* its first byte; 0: nothing is sent */
    } rows[] = {
        {&proposes, 9, 2, 0x41, 0},    {&executes, 8, 2, 0x41, 0}, {&executes, 9, 2, 0x42, 0},
        {&executes, 0, 0, 0, 0},       {&proposes, 0, 0, 0, 0x4d}, {&proposes, 8, 1, 0x42, 0x4d},
        {&executes, 9, 2, 0x41, 0xb3},
    };
    char value[2 + 8 * 64 + 1];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        restart();
        (void)snprintf(value, sizeof value, "0x%064x%064x%064x%02x%062x%064x%064x%064x%064x",
                       rows[i].id, 0, rows[i].epoch, rows[i].hash, 0, 0xabcd, 1700000000, 0, 0);
        SET_ALL(value, value)
        assert_status(OK, ask(rows[i].purpose));
        assert_int_equal(rows[i].selector != 0, world.signed_count);
        if (rows[i].selector != 0) {
            const struct fake_sent *sent = fake_last(&world);
            assert_int_equal(68, sent->transaction.data.len);
            assert_int_equal(rows[i].selector, sent->data[0]);
            assert_int_equal(rows[i].purpose->height, sent->data[35]);
            assert_memory_equal(rows[i].purpose->hash, sent->data + 36, 32);
        }
    }
}

static void what_the_contract_refuses_is_not_sent(void **state)
{
    static const struct {
        const char *data;
        const char *code;
    } rows[] = {
        {"0xb06a8bf2", "ALREADY_PUBLISHED"}, /* ProposalPending() */
        {"0x254f6ab2", "ALREADY_PUBLISHED"}, /* WrongEpoch() */
        {"0x085de625", "CALL_REVERTED"},     /* TooEarly() */
        {"0xf8eb54de", "NOT_A_PEER"},        /* NotEligible() */
    };
    char value[2 + 8 * 64 + 1];
    (void)state;
    (void)snprintf(value, sizeof value, "0x%0512x", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SET_ALL(value, value)
        SET_ALL(refusal, rows[i].data)
        assert_string_equal(rows[i].code, status_name(ask(&proposes).code));
        assert_int_equal(0, world.signed_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(roots_are_proposed_and_executed, start, stop),
        cmocka_unit_test_setup_teardown(what_the_contract_refuses_is_not_sent, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
