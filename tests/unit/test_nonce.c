#include <stdlib.h>

#include "base/limits.h"
#include "fixtures/unit.h"
#include "identity/nonce.h"

enum { START = 5000 };

static const uint8_t app_one[NONCE_APP] = {[31] = 1};
static const uint8_t app_two[NONCE_APP] = {[31] = 2};
static struct mem mem;

static struct nonce_issuer issuer_at(uint64_t now_ms)
{
    struct entropy entropy = entropy_system();
    struct nonce_issuer issuer;
    assert_status(OK, nonce_start(&entropy, now_ms, &issuer));
    return issuer;
}

static struct nonce_spent *shard(uint32_t entries, uint32_t per_app)
{
    struct nonce_spent *spent;
    mem_init(&mem, SIZE_MAX);
    assert_status(OK, nonce_spent_open(entries, per_app, &mem, &spent));
    return spent;
}

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

static void without_entropy_or_memory_there_is_nothing(void **state)
{
    (void)state;
    struct entropy entropy = {NULL, no_entropy};
    struct nonce_issuer issuer;
    struct nonce_spent *spent = NULL;
    assert_status(ENTROPY, nonce_start(&entropy, 0, &issuer));
    mem_init(&mem, 1000);
    assert_status(NO_MEMORY, nonce_spent_open(1000, 10, &mem, &spent));
    assert_null(spent);
    nonce_spent_close(&spent);
}

static void every_changed_bit_makes_it_somebody_elses(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(START);
    uint8_t nonce[NONCE_BYTES];
    assert_status(OK, nonce_issue(&issuer, START, nonce));
    for (size_t bit = 0; bit < 8 * sizeof nonce; bit++) {
        nonce[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(NONCE_INVALID, nonce_check(&issuer, nonce, START));
        nonce[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(OK, nonce_check(&issuer, nonce, START));
    memset(nonce, 0, sizeof nonce);
    assert_status(NONCE_INVALID, nonce_check(&issuer, nonce, START));
}

static void a_restart_or_another_node_knows_no_older_nonce(void **state)
{
    (void)state;
    struct nonce_issuer before = issuer_at(START);
    struct nonce_issuer after = issuer_at(START);
    uint8_t nonce[NONCE_BYTES];
    assert_status(OK, nonce_issue(&before, START, nonce));
    assert_status(NONCE_INVALID, nonce_check(&after, nonce, START));
}

static void it_lives_two_minutes(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(START);
    uint8_t nonce[NONCE_BYTES];
    assert_status(OK, nonce_issue(&issuer, START + 7000, nonce));
    assert_status(OK, nonce_check(&issuer, nonce, START + 7000 + LIMIT_NONCE_MS));
    assert_status(NONCE_INVALID, nonce_check(&issuer, nonce, START + 8000 + LIMIT_NONCE_MS));
    /* Another loop's time may be behind. */
    assert_status(OK, nonce_check(&issuer, nonce, START + 6000));
    assert_status(OK, nonce_check(&issuer, nonce, 0));
}

static void it_is_spent_once(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(START);
    struct nonce_spent *spent = shard(100, 100);
    uint8_t nonce[NONCE_BYTES];
    assert_status(OK, nonce_issue(&issuer, START, nonce));
    assert_status(OK, nonce_spend(spent, &issuer, nonce, app_one, START));
    assert_status(NONCE_SPENT, nonce_spend(spent, &issuer, nonce, app_one, START));
    assert_status(NONCE_SPENT, nonce_spend(spent, &issuer, nonce, app_two, START + 60000));
    assert_status(NONCE_SPENT, nonce_spend(spent, &issuer, nonce, app_one, START + 120999));
    assert_int_equal(1, nonce_spent_count(spent, &issuer, START + 120999));
    assert_status(NONCE_INVALID, nonce_spend(spent, &issuer, nonce, app_one, START + 121000));
    assert_int_equal(0, nonce_spent_count(spent, &issuer, START + 121000));
    nonce_spent_close(&spent);
}

/* One loop has swept the nonce already; another, whose time is behind, still thinks it is young. */
static void what_was_forgotten_is_refused_by_whatever_clock(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(START);
    struct nonce_spent *spent = shard(100, 100);
    uint8_t nonce[NONCE_BYTES];
    uint8_t other[NONCE_BYTES];
    assert_status(OK, nonce_issue(&issuer, START, nonce));
    assert_status(OK, nonce_spend(spent, &issuer, nonce, app_one, START));
    assert_status(OK, nonce_issue(&issuer, START + 121000, other));
    assert_status(OK, nonce_spend(spent, &issuer, other, app_one, START + 121000));
    assert_int_equal(1, nonce_spent_count(spent, &issuer, START));
    assert_status(OK, nonce_check(&issuer, nonce, START + 120000));
    assert_status(NONCE_INVALID, nonce_spend(spent, &issuer, nonce, app_one, START + 120000));
    assert_status(NONCE_INVALID, nonce_spend(spent, &issuer, nonce, app_one, 0));
    /* A nonce from a loop that is ahead is taken, and once. */
    assert_status(OK, nonce_issue(&issuer, START + 125000, nonce));
    assert_status(OK, nonce_spend(spent, &issuer, nonce, app_one, START + 121000));
    assert_status(NONCE_SPENT, nonce_spend(spent, &issuer, nonce, app_one, START + 121000));
    nonce_spent_close(&spent);
}

static void an_app_at_its_limit_does_not_stop_another(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(START);
    struct nonce_spent *spent = shard(20, 6);
    uint8_t nonce[NONCE_BYTES];
    for (int i = 0; i < 6; i++) {
        assert_status(OK, nonce_issue(&issuer, START, nonce));
        assert_status(OK, nonce_spend(spent, &issuer, nonce, app_one, START));
    }
    assert_status(OK, nonce_issue(&issuer, START, nonce));
    assert_status(NONCE_LIMIT, nonce_spend(spent, &issuer, nonce, app_one, START));
    assert_status(OK, nonce_spend(spent, &issuer, nonce, app_two, START));
    assert_int_equal(7, nonce_spent_count(spent, &issuer, START));
    assert_status(OK, nonce_issue(&issuer, START + 121000, nonce));
    assert_status(OK, nonce_spend(spent, &issuer, nonce, app_one, START + 121000));
    assert_int_equal(1, nonce_spent_count(spent, &issuer, START + 121000));
    nonce_spent_close(&spent);
}

/* However many apps take what they get, the next one gets something, until each has one. */
static void no_app_takes_what_is_left(void **state)
{
    (void)state;
    static const unsigned share[] = {32, 16, 8, 4, 2, 1, 1, 0};
    struct nonce_issuer issuer = issuer_at(START);
    struct nonce_spent *spent = shard(64, 64);
    uint8_t nonce[NONCE_BYTES];
    for (uint8_t i = 0; i < sizeof share / sizeof share[0]; i++) {
        const uint8_t app[NONCE_APP] = {[0] = i, [31] = 1};
        for (unsigned j = 0; j < share[i]; j++) {
            assert_status(OK, nonce_issue(&issuer, START, nonce));
            assert_status(OK, nonce_spend(spent, &issuer, nonce, app, START));
        }
        assert_status(OK, nonce_issue(&issuer, START, nonce));
        assert_int_equal(i < 6 ? STATUS_NONCE_LIMIT : STATUS_OVERLOADED,
                         nonce_spend(spent, &issuer, nonce, app, START).code);
    }
    assert_int_equal(64, nonce_spent_count(spent, &issuer, START));
    nonce_spent_close(&spent);
}

/* More apps than there are places for: full, and free again when their nonces are too old. */
static void places_of_apps_come_back(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(0);
    struct nonce_spent *spent = shard(64, 64);
    uint8_t nonce[NONCE_BYTES];
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < 17; i++) {
            uint8_t app[NONCE_APP] = {[30] = (uint8_t)round, [31] = (uint8_t)(i * 16)};
            app[0] = (uint8_t)i;
            assert_status(OK, nonce_issue(&issuer, round * 200000, nonce));
            assert_int_equal(i < 16 ? STATUS_OK : STATUS_OVERLOADED,
                             nonce_spend(spent, &issuer, nonce, app, round * 200000).code);
        }
        assert_int_equal(16, nonce_spent_count(spent, &issuer, round * 200000));
    }
    nonce_spent_close(&spent);
}

static void a_shard_is_for_ever_and_all_are_used(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(START);
    unsigned used[LIMIT_NONCE_SHARDS] = {0};
    uint8_t nonce[NONCE_BYTES];
    for (unsigned i = 0; i < 10 * LIMIT_NONCE_SHARDS; i++) {
        assert_status(OK, nonce_issue(&issuer, START, nonce));
        used[nonce_shard(nonce, LIMIT_NONCE_SHARDS)]++;
        assert_int_equal(nonce_shard(nonce, LIMIT_NONCE_SHARDS),
                         nonce_shard(nonce, LIMIT_NONCE_SHARDS));
        assert_int_equal(0, nonce_shard(nonce, 1));
    }
    for (size_t i = 0; i < LIMIT_NONCE_SHARDS; i++) {
        assert_int_equal(10, used[i]);
    }
}

/* Random spending, waiting and repeating against a list of everything that was ever given out. */
static void it_behaves_like_a_plain_list(void **state)
{
    (void)state;
    enum { ROUNDS = 20000 };
    static struct {
        uint8_t nonce[NONCE_BYTES];
        uint64_t second;
        bool is_spent;
    } list[ROUNDS];
    struct nonce_issuer issuer = issuer_at(0);
    struct nonce_spent *spent = shard(2800, 2800);
    uint64_t now_ms = 0;
    size_t count = 0;
    srand(7);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned kind = (unsigned)rand() % 100;
        now_ms += kind == 99 && rand() % 50 == 0 ? 400000 : (unsigned)rand() % 700;
        if (kind < 50) {
            assert_status(OK, nonce_issue(&issuer, now_ms, list[count].nonce));
            list[count].second = now_ms / 1000;
            count++;
            continue;
        }
        if (count == 0) {
            continue;
        }
        size_t recent = count < 800 ? count : 800;
        size_t which = count - 1 - (size_t)rand() % recent;
        bool is_old = list[which].second + 120 < now_ms / 1000;
        uint16_t expected = is_old                 ? STATUS_NONCE_INVALID
                            : list[which].is_spent ? STATUS_NONCE_SPENT
                                                   : STATUS_OK;
        const uint8_t *app = rand() % 2 ? app_one : app_two;
        assert_int_equal(is_old ? STATUS_NONCE_INVALID : STATUS_OK,
                         nonce_check(&issuer, list[which].nonce, now_ms).code);
        assert_int_equal(expected,
                         nonce_spend(spent, &issuer, list[which].nonce, app, now_ms).code);
        list[which].is_spent = list[which].is_spent || expected == STATUS_OK;
        size_t held = 0;
        for (size_t j = 0; j < count && i % 500 == 0; j++) {
            held += list[j].is_spent && list[j].second + 120 >= now_ms / 1000;
        }
        assert_true(i % 500 != 0 || nonce_spent_count(spent, &issuer, now_ms) == held);
    }
    nonce_spent_close(&spent);
    assert_int_equal(0, mem_used(&mem));
}

static void flips_are_found(struct nonce_issuer *issuer, void *memory, size_t len)
{
    static const uint8_t none[NONCE_BYTES];
    uint8_t good[NONCE_BYTES];
    uint8_t nonce[NONCE_BYTES];
    assert_status(OK, nonce_issue(issuer, START, good));
    for (size_t bit = 0; bit < 8 * len; bit++) {
        ((uint8_t *)memory)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, nonce_issue(issuer, START, nonce));
        assert_memory_equal(none, nonce, sizeof none);
        assert_status(SELF_CHECK, nonce_check(issuer, good, START));
        ((uint8_t *)memory)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(OK, nonce_check(issuer, good, START));
}

static void every_flipped_bit_of_an_issuer_is_found(void **state)
{
    (void)state;
    struct nonce_issuer issuer = issuer_at(START);
    flips_are_found(&issuer, &issuer.key, sizeof issuer.key);
    flips_are_found(&issuer, &issuer.start_ms, sizeof issuer.start_ms);
    flips_are_found(&issuer, &issuer.sum, sizeof issuer.sum);
    flips_are_found(&issuer, &issuer.sum_key, sizeof issuer.sum_key);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_of_an_issuer_is_found),
        cmocka_unit_test(without_entropy_or_memory_there_is_nothing),
        cmocka_unit_test(every_changed_bit_makes_it_somebody_elses),
        cmocka_unit_test(a_restart_or_another_node_knows_no_older_nonce),
        cmocka_unit_test(it_lives_two_minutes),
        cmocka_unit_test(it_is_spent_once),
        cmocka_unit_test(what_was_forgotten_is_refused_by_whatever_clock),
        cmocka_unit_test(an_app_at_its_limit_does_not_stop_another),
        cmocka_unit_test(no_app_takes_what_is_left),
        cmocka_unit_test(places_of_apps_come_back),
        cmocka_unit_test(a_shard_is_for_ever_and_all_are_used),
        cmocka_unit_test(it_behaves_like_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
