#include "ethereum/nova_abi.h"
#include "fixtures/fake_endpoints.h"
#include "rpc/sender.h"

#define ONE_HASH   "0x1100000000000000000000000000000000000000000000000000000000000000"
#define OTHER_HASH "0x2200000000000000000000000000000000000000000000000000000000000000"
#define ZEROS      "0000000000000000000000000000000000000000000000000000000000000000"
#define SEVEN      "0x0000000000000000000000000000000000000000000000000000000000000007"

static const struct sender_limits limits = {
    .fee = 1000000, .tip = 500, .gas = 400000, .dearer_ms = 30000};
static const struct sender_purpose publishes = {.kind = SENDER_ROOT_HASH, .hash = {0x11}};
static const struct sender_purpose publishes_other = {.kind = SENDER_ROOT_HASH, .hash = {0x22}};
static const struct sender_purpose anchors = {
    .kind = SENDER_ANCHOR, .height = 7, .hash = {0x11}, .follows = {0x33}};

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

static bool was_reported(enum sender_report_kind kind, struct sender_report *ret)
{
    while (sender_take_report(world.sender, ret)) {
        if (ret->kind == kind) {
            return true;
        }
    }
    return false;
}

#define SET_ALL(member, value)              \
    for (size_t i_ = 0; i_ < FAKES; i_++) { \
        world.fake[i_].member = (value);    \
    }

/* --- one that is sent ------------------------------------------------------------------------- */

static void a_hash_is_published(void **state)
{
    struct sender_report report;
    (void)state;
    assert_status(REGISTRY_PENDING, sender_ask(world.sender, world.now_ms, &publishes));
    assert_status(REGISTRY_PENDING, sender_ask(world.sender, world.now_ms, &publishes));
    assert_status(OK, ask(&publishes));
    assert_int_equal(1, world.signed_count);
    assert_int_equal(FAKES, world.arrived);
    const struct fake_sent *sent = fake_last(&world);
    assert_bytes(((struct bytes){sent->raw, sent->raw_len}),
                 ((struct bytes){world.last_raw, world.last_raw_len}));
    assert_int_equal(31337, sent->transaction.chain_id);
    assert_int_equal(7, sent->transaction.nonce);
    assert_int_equal(100, sent->transaction.max_priority_fee_per_gas);
    assert_int_equal(2100, sent->transaction.max_fee_per_gas);
    assert_int_equal(125000, sent->transaction.gas_limit);
    assert_memory_equal(((uint8_t[20]){1, 2, 3}), sent->transaction.to.b, 20);
    assert_memory_equal(((uint8_t[32]){0}), sent->transaction.value, 32);
    assert_int_equal(36, sent->transaction.data.len);
    uint32_t selector = nova_abi_selector(NOVA_ABI_SET_MASTER_SECRET_HASH);
    assert_int_equal(selector >> 24, sent->data[0]);
    assert_memory_equal(publishes.hash, sent->data + 4, 32);
    assert_true(was_reported(SENDER_REPORT_SENT, &report));
    assert_memory_equal(sent->hash, report.transaction, 32);
    assert_int_equal(SENDER_FOLLOWING, sender_state(world.sender));
    assert_status(OK, ask(&publishes));
    fake_mine(&world, sent, true, 0);
    fake_live(&world, 10000);
    assert_int_equal(SENDER_IDLE, sender_state(world.sender));
    assert_true(was_reported(SENDER_REPORT_MINED, &report));
    assert_int_equal(9, report.block);
    SET_ALL(value, ONE_HASH)
    assert_status(OK, ask(&publishes));
    assert_status(OK, ask(&publishes));
    assert_int_equal(1, world.signed_count);
}

static void an_anchor_is_written(void **state)
{
    (void)state;
    SET_ALL(value, "0x0000000000000000000000000000000000000000000000000000000000000003"
                   "3300000000000000000000000000000000000000000000000000000000000000")
    assert_status(OK, ask(&anchors));
    const struct fake_sent *sent = fake_last(&world);
    assert_int_equal(100, sent->transaction.data.len);
    assert_int_equal(7, sent->data[35]);
    assert_memory_equal(anchors.hash, sent->data + 36, 32);
    assert_memory_equal(anchors.follows, sent->data + 68, 32);
    struct sender_purpose other = anchors;
    other.follows[0] = 0x34; /* is another one */
    assert_status(OVERLOADED, sender_ask(world.sender, world.now_ms, &other));
}

static void what_is_there_is_not_written(void **state)
{
    static const struct {
        const struct sender_purpose *purpose;
        const char *value;
        const char *code;
    } rows[] = {
        {&publishes, ONE_HASH, "OK"},
        {&publishes, OTHER_HASH, "ALREADY_PUBLISHED"},
        {&anchors, SEVEN "1100000000000000000000000000000000000000000000000000000000000000", "OK"},
        {&anchors, SEVEN "1200000000000000000000000000000000000000000000000000000000000000",
         "ANCHOR_HEIGHT"},
        {&anchors,
         "0x0000000000000000000000000000000000000000000000000000000000000008"
         "1100000000000000000000000000000000000000000000000000000000000000",
         "ANCHOR_HEIGHT"},
        {&anchors, "0x" ZEROS ZEROS, "ANCHOR_MOVED"},
        {&publishes, "0x", "REGISTRY_MISMATCH"},
        {&anchors, "0x", "REGISTRY_MISMATCH"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SET_ALL(value, rows[i].value)
        assert_string_equal(rows[i].code, status_name(ask(rows[i].purpose).code));
    }
    assert_int_equal(0, world.signed_count);
}

static void what_would_be_refused_is_not_signed(void **state)
{
    static const struct {
        const char *data;
        const char *code;
        const char *reason;
    } rows[] = {
        {"0xd7d88fdf", "ALREADY_PUBLISHED", "MasterSecretHashAlreadySet()"},
        {"0xa76d08c2", "NOT_A_PEER", "NotAuthorizedToSetHash()"},
        {"0xf8eb54de", "NOT_A_PEER", "NotEligible()"},
        {"0xad55a81c", "ANCHOR_HEIGHT", "WrongHeight()"},
        {"0xa419ca88", "ANCHOR_MOVED", "WrongPredecessor()"},
        {"0xc06789fa", "CALL_REVERTED", "InvalidCommitment()"},
        {"0x12345678", "CALL_REVERTED", ""},
        {"0x", "CALL_REVERTED", ""},
    };
    struct sender_report report;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        /* One endpoint says nothing of it. */
        world.fake[0].refusal = rows[i].data;
        world.fake[2].refusal = rows[i].data;
        assert_string_equal(rows[i].code, status_name(ask(&publishes).code));
        assert_true(was_reported(SENDER_REPORT_REFUSED, &report));
        assert_string_equal(rows[i].reason, report.text);
    }
    assert_int_equal(0, world.signed_count);
}

/* --- what it costs ---------------------------------------------------------------------------- */

static void a_wallet_without_funds_is_told(void **state)
{
    struct sender_report report;
    (void)state;
    SET_ALL(balance, 125000ull * 2100 - 1)
    assert_status(WALLET_FUNDS, ask(&publishes));
    assert_true(was_reported(SENDER_REPORT_FUNDS, &report));
    assert_int_equal(125000ull * 2100 - 1, report.has);
    assert_int_equal(125000ull * 2100, report.needs);
    assert_int_equal(0, world.signed_count);
    SET_ALL(balance, 125000ull * 2100)
    assert_status(OK, ask(&publishes));
}

static void fees_and_gas_have_limits(void **state)
{
    static const struct {
        uint64_t base;
        uint64_t tip;
        uint64_t gas;
        uint64_t fee_is;
        uint64_t tip_is;
        uint64_t gas_is; /* 0: refused */
    } rows[] = {
        {1000, 100, 100000, 2100, 100, 125000},
        {0, 0, 21000, 0, 0, 26250},
        {1000, 501, 100000, 2500, 500, 125000},
        {499750, 500, 100000, 1000000, 500, 125000},
        {499751, 500, 100000, 1000000, 500, 125000},
        {999999, 500, 100000, 1000000, 1, 125000},
        {1000000, 500, 100000, 0, 0, 0},
        {UINT64_MAX - 1, 500, 100000, 0, 0, 0},
        {1000, UINT64_MAX - 1, 100000, 2500, 500, 125000},
        {1000, FAKE_NONE, 100000, 2500, 500, 125000},
        {1000, 100, 320000, 2100, 100, 400000},
        {1000, 100, 330000, 2100, 100, 400000},
        {1000, 100, 400000, 2100, 100, 400000},
        {1000, 100, 400001, 0, 0, 0},
        {1000, 100, UINT64_MAX - 1, 0, 0, 0},
        {1000, 100, FAKE_NONE, 2100, 100, 375000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world.signed_count = 0;
        SET_ALL(base_fee, rows[i].base)
        SET_ALL(tip, rows[i].tip)
        SET_ALL(gas, rows[i].gas)
        SET_ALL(count, 100 + i)
        struct status status = ask(&publishes);
        assert_string_equal(rows[i].gas_is == 0 ? "FEE_LIMIT" : "OK", status_name(status.code));
        if (rows[i].gas_is == 0) {
            assert_int_equal(0, world.signed_count);
            continue;
        }
        const struct fake_sent *sent = fake_last(&world);
        assert_int_equal(rows[i].fee_is, sent->transaction.max_fee_per_gas);
        assert_int_equal(rows[i].tip_is, sent->transaction.max_priority_fee_per_gas);
        assert_int_equal(rows[i].gas_is, sent->transaction.gas_limit);
        fake_mine(&world, sent, true, 0);
        fake_live(&world, 10000);
        assert_status(OK, ask(&publishes));
        SET_ALL(receipts, 0)
    }
}

static void a_chain_without_base_fee_is_told(void **state)
{
    (void)state;
    SET_ALL(base_fee, FAKE_NONE)
    assert_status(REGISTRY_LOST, ask(&publishes));
    assert_int_equal(0, world.signed_count);
}

/* --- endpoints -------------------------------------------------------------------------------- */

static void one_endpoint_may_say_what_it_wants(void **state)
{
    static const uint64_t wild[] = {0, 1, 6, 8, 1u << 20, UINT64_MAX - 1};
    (void)state;
    for (size_t liar = 0; liar < FAKES; liar++) {
        for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
            restart();
            world.fake[liar].count = wild[i];
            world.fake[liar].base_fee = wild[i];
            world.fake[liar].tip = wild[i];
            world.fake[liar].balance = wild[i];
            world.fake[liar].gas = wild[i];
            world.fake[liar].value = OTHER_HASH;
            world.fake[liar].refusal = i % 2 == 0 ? NULL : "0xd7d88fdf";
            world.fake[liar].send_error = "nonce too low";
            assert_status(OK, ask(&publishes));
            assert_int_equal(1, world.signed_count);
            const struct fake_sent *sent = fake_last(&world);
            assert_int_equal(7, sent->transaction.nonce);
            assert_int_equal(2100, sent->transaction.max_fee_per_gas);
            assert_int_equal(100, sent->transaction.max_priority_fee_per_gas);
            assert_true(sent->transaction.gas_limit >= 125000);
            assert_true(sent->transaction.gas_limit <= limits.gas);
            /* A receipt of its own is not believed either. */
            world.fake[liar].receipts = 1;
            memcpy(world.fake[liar].receipt[0].hash, sent->hash, 32);
            fake_live(&world, 20000);
            assert_int_equal(SENDER_FOLLOWING, sender_state(world.sender));
        }
    }
}

static void of_three_one_may_be_away(void **state)
{
    struct sender_report report;
    (void)state;
    world.fake[1].is_silent = true;
    assert_status(OK, ask(&publishes));
    assert_int_equal(2, world.arrived);
    restart();
    world.fake[1].is_silent = true;
    world.fake[2].is_silent = true;
    assert_status(REGISTRY_LOST, ask(&publishes));
    assert_int_equal(0, world.signed_count);
    restart();
    world.fake[0].chain_id = 1;
    assert_status(OK, ask(&publishes));
    assert_true(was_reported(SENDER_REPORT_CHAIN, &report));
    assert_int_equal(0, report.endpoint);
    restart();
    world.fake[0].chain_id = 1;
    world.fake[1].chain_id = 2;
    assert_status(WRONG_CHAIN, ask(&publishes));
    restart();
    world.fake[0].chain_id = 1;
    world.fake[1].is_silent = true;
    assert_status(REGISTRY_LOST, ask(&publishes));
    restart();
    world.fake[0].value = OTHER_HASH;
    world.fake[1].value = "0x";
    assert_status(REGISTRY_LOST, ask(&publishes));
    assert_int_equal(0, world.signed_count);
}

static void what_is_no_answer_counts_for_nothing(void **state)
{
    static const char *const bodies[] = {
        "",
        "x",
        "{}",
        "[]",
        "null",
        "[{},{},{},{},{},{},{}]",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32005,\"message\":\"rate limit\"}}"};
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        restart();
        world.fake[0].body = bodies[i];
        assert_status(OK, ask(&publishes));
        restart();
        world.fake[0].body = bodies[i];
        world.fake[1].body = bodies[i];
        assert_status(REGISTRY_LOST, ask(&publishes));
        assert_int_equal(0, world.signed_count);
    }
}

static void calls_may_go_one_by_one(void **state)
{
    (void)state;
    fake_close(&world);
    memset(&world, 0, sizeof world);
    fake_open(&world, limits, 1);
    assert_status(OK, ask(&publishes));
    assert_int_equal(8, world.fake[0].posts);
    assert_int_equal(FAKES, world.arrived);
}

/* --- what endpoints say to it ----------------------------------------------------------------- */

static void what_is_said_to_a_transaction_is_understood(void **state)
{
    static const struct {
        const char *said;
        const char *code;
        size_t signatures;
    } rows[] = {
        {"already known", "OK", 1},
        {"Known transaction", "OK", 1},
        {"AlreadyKnown", "OK", 1},
        {"insufficient funds for gas * price + value", "WALLET_FUNDS", 1},
        {"Insufficient funds for gas * price + value", "WALLET_FUNDS", 1},
        {"the tx doesn't have the correct nonce", "RPC_ERROR", 1},
        {"exceeds block gas limit", "RPC_ERROR", 1},
        {"", "RPC_ERROR", 1},
        {"replacement transaction underpriced", "FEE_LIMIT", 5},
        {"transaction underpriced", "FEE_LIMIT", 5},
        {"max fee per gas less than block base fee: address 0x0", "FEE_LIMIT", 5},
        {"nonce too low: next nonce 9, tx nonce 8", "RPC_ERROR", 1},
    };
    struct sender_report report;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        restart();
        SET_ALL(send_error, rows[i].said)
        assert_string_equal(rows[i].code, status_name(ask(&publishes).code));
        assert_int_equal(rows[i].signatures, world.signed_count);
        if (strcmp(rows[i].code, "OK") != 0) {
            assert_true(was_reported(SENDER_REPORT_ENDPOINT, &report));
            assert_int_equal(0, strncmp(rows[i].said, report.text, SENDER_TEXT_MAX - 1));
        }
    }
}

static void the_first_that_takes_it_is_enough(void **state)
{
    (void)state;
    world.fake[0].send_error = "nonce too low";
    world.fake[1].send_error = "transaction underpriced";
    assert_status(OK, ask(&publishes));
    assert_int_equal(1, world.signed_count);
}

static void one_that_is_too_cheap_is_made_dearer(void **state)
{
    (void)state;
    SET_ALL(send_error, "replacement transaction underpriced")
    assert_status(FEE_LIMIT, ask(&publishes));
    for (size_t i = 1; i < world.signed_count; i++) {
        const struct eth_transaction *before = &world.list[i - 1].transaction;
        const struct eth_transaction *after = &world.list[i].transaction;
        assert_int_equal(before->nonce, after->nonce);
        assert_true(after->max_fee_per_gas * 10 >= before->max_fee_per_gas * 11);
        assert_true(after->max_priority_fee_per_gas * 10 >= before->max_priority_fee_per_gas * 11);
    }
}

/* It may have arrived all the same: what is sent again is the same. */
static void silence_does_not_make_two(void **state)
{
    (void)state;
    SET_ALL(drops_sends, true)
    assert_status(REGISTRY_LOST, ask(&publishes));
    assert_status(REGISTRY_LOST, ask(&publishes));
    SET_ALL(drops_sends, false)
    assert_status(OK, ask(&publishes));
    assert_int_equal(1, world.signed_count);
    assert_bytes(((struct bytes){world.list[0].raw, world.list[0].raw_len}),
                 ((struct bytes){world.last_raw, world.last_raw_len}));
}

/* --- what becomes of it ----------------------------------------------------------------------- */

static void one_that_is_in_no_block_is_sent_again_dearer(void **state)
{
    struct sender_report report;
    (void)state;
    assert_status(OK, ask(&publishes));
    SET_ALL(base_fee, 50000)
    fake_live(&world, 29000);
    assert_int_equal(1, world.signed_count);
    fake_live(&world, 10000);
    assert_int_equal(2, world.signed_count);
    const struct eth_transaction *again = &world.list[1].transaction;
    assert_int_equal(7, again->nonce);
    assert_int_equal(126, again->max_priority_fee_per_gas);
    assert_int_equal(100100, again->max_fee_per_gas);
    assert_true(was_reported(SENDER_REPORT_DEARER, &report));
    assert_status(OK, ask(&publishes));
    /* A receipt of the first is as good. */
    fake_mine(&world, &world.list[0], true, 1);
    fake_live(&world, 10000);
    assert_int_equal(SENDER_IDLE, sender_state(world.sender));
    assert_status(OK, ask(&publishes));
}

static void beyond_the_limit_the_same_is_sent_again(void **state)
{
    (void)state;
    SET_ALL(base_fee, 499000)
    assert_status(OK, ask(&publishes));
    size_t arrived = world.arrived;
    fake_live(&world, 200000);
    assert_int_equal(1, world.signed_count);
    assert_true(world.arrived >= arrived + 4 * FAKES);
    SET_ALL(base_fee, 2000000)
    fake_live(&world, 200000);
    assert_int_equal(1, world.signed_count);
    assert_status(OK, ask(&publishes));
}

static void versions_are_counted(void **state)
{
    (void)state;
    assert_status(OK, ask(&publishes));
    fake_live(&world, 3600000);
    assert_int_equal(SENDER_VERSIONS_MAX, world.signed_count);
    for (size_t i = 0; i < world.signed_count; i++) {
        assert_int_equal(7, world.list[i].transaction.nonce);
        assert_true(world.list[i].transaction.max_fee_per_gas <= limits.fee);
    }
}

static void one_that_failed_is_told(void **state)
{
    struct sender_report report;
    (void)state;
    assert_status(OK, ask(&publishes));
    fake_mine(&world, fake_last(&world), false, 0);
    fake_live(&world, 10000);
    assert_true(was_reported(SENDER_REPORT_REVERTED, &report));
    assert_status(CALL_REVERTED, ask(&publishes));
    restart();
    assert_status(OK, ask(&publishes));
    fake_mine(&world, fake_last(&world), false, 0);
    SET_ALL(value, OTHER_HASH)
    fake_live(&world, 10000);
    assert_status(ALREADY_PUBLISHED, ask(&publishes));
    restart();
    assert_status(OK, ask(&publishes));
    fake_mine(&world, fake_last(&world), false, 0);
    SET_ALL(refusal, "0xa76d08c2")
    fake_live(&world, 10000);
    assert_status(NOT_A_PEER, ask(&publishes));
    assert_int_equal(1, world.signed_count);
}

static void a_place_that_another_took_is_left(void **state)
{
    (void)state;
    assert_status(OK, ask(&publishes));
    SET_ALL(count, 8)
    fake_live(&world, 8000);
    assert_int_equal(1, world.signed_count);
    fake_live(&world, 8000);
    assert_int_equal(2, world.signed_count);
    assert_int_equal(8, fake_last(&world)->transaction.nonce);
    assert_int_equal(2100, fake_last(&world)->transaction.max_fee_per_gas);
    assert_status(OK, ask(&publishes));
    /* Nor is it fought for when the time has come to send again. */
    restart();
    assert_status(OK, ask(&publishes));
    fake_live(&world, 29000);
    SET_ALL(count, 8)
    fake_live(&world, 3000);
    assert_int_equal(1, world.signed_count);
}

static void one_purpose_at_a_time(void **state)
{
    (void)state;
    assert_status(REGISTRY_PENDING, sender_ask(world.sender, world.now_ms, &publishes));
    assert_status(OVERLOADED, sender_ask(world.sender, world.now_ms, &anchors));
    assert_status(OK, ask(&publishes));
    assert_status(OVERLOADED, ask(&publishes_other));
    fake_live(&world, SENDER_STUCK_MS / 2);
    assert_status(OVERLOADED, ask(&publishes_other));
    fake_live(&world, SENDER_STUCK_MS);
    size_t before = world.signed_count;
    struct eth_transaction last = fake_last(&world)->transaction;
    assert_status(FEE_LIMIT, ask(&publishes_other));
    assert_int_equal(before, world.signed_count);
    /* Its place is free again when something else is in a block. */
    SET_ALL(count, 8)
    assert_status(OK, ask(&publishes_other));
    assert_int_equal(last.nonce + 1, fake_last(&world)->transaction.nonce);
}

static void what_takes_a_place_is_dearer(void **state)
{
    (void)state;
    SET_ALL(drops_sends, true)
    assert_status(REGISTRY_LOST, ask(&publishes));
    SET_ALL(drops_sends, false)
    assert_status(OK, ask(&publishes_other));
    assert_int_equal(2, world.signed_count);
    assert_int_equal(7, world.list[1].transaction.nonce);
    assert_int_equal(2626, world.list[1].transaction.max_fee_per_gas);
    assert_memory_equal(publishes_other.hash, world.list[1].data + 4, 32);
}

static void what_the_wallet_did_not_sign_is_not_sent(void **state)
{
    (void)state;
    world.signs_badly = true;
    assert_status(SELF_CHECK, ask(&publishes));
    world.signs_badly = false;
    world.key.d[31] ^= 1;
    assert_status(SELF_CHECK, ask(&publishes));
    world.sign_status = FAIL(ODYN_UNAVAILABLE);
    assert_status(ODYN_UNAVAILABLE, ask(&publishes));
    assert_int_equal(0, world.arrived);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_hash_is_published),
        CASE(an_anchor_is_written),
        CASE(what_is_there_is_not_written),
        CASE(what_would_be_refused_is_not_signed),
        CASE(a_wallet_without_funds_is_told),
        CASE(fees_and_gas_have_limits),
        CASE(a_chain_without_base_fee_is_told),
        CASE(one_endpoint_may_say_what_it_wants),
        CASE(of_three_one_may_be_away),
        CASE(what_is_no_answer_counts_for_nothing),
        CASE(calls_may_go_one_by_one),
        CASE(what_is_said_to_a_transaction_is_understood),
        CASE(the_first_that_takes_it_is_enough),
        CASE(one_that_is_too_cheap_is_made_dearer),
        CASE(silence_does_not_make_two),
        CASE(one_that_is_in_no_block_is_sent_again_dearer),
        CASE(beyond_the_limit_the_same_is_sent_again),
        CASE(versions_are_counted),
        CASE(one_that_failed_is_told),
        CASE(a_place_that_another_took_is_left),
        CASE(one_purpose_at_a_time),
        CASE(what_takes_a_place_is_dearer),
        CASE(what_the_wallet_did_not_sign_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
