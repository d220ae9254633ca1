/* Random histories of a store beside a table of what it must answer. */
#include "fixtures/kv_model.h"
#include "fixtures/unit.h"

static struct kv_model model;
static struct kv_stats stats; /* of all histories together */

static void run(bool is_tight, uint64_t seed)
{
    static uint8_t bytes[4096];
    struct store_random random = {seed};
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)store_random(&random);
    }
    struct kv_model_input input = {bytes, sizeof bytes};
    kv_model_open(&model, is_tight);
    while (kv_model_step(&model, &input)) {
        if (input.len % 16 == 0) {
            kv_model_check(&model);
        }
    }
    struct kv_stats some = kv_stats(model.kv);
    stats.evictions += some.evictions;
    stats.early_ends += some.early_ends;
    stats.expiries += some.expiries;
    kv_model_close(&model);
}

static void a_roomy_store_answers_as_a_table(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed += unit_step()) {
        run(false, seed);
    }
}

static void a_tight_store_forgets_but_never_resurrects(void **state)
{
    (void)state;
    stats = (struct kv_stats){0};
    for (uint64_t seed = 0; seed < 60; seed += unit_step()) {
        run(true, seed);
    }
    /* The histories are of the kind that this is about. */
    const uint64_t enough = 100 / unit_step();
    assert_true(stats.evictions > enough && stats.early_ends > enough && stats.expiries > enough);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_roomy_store_answers_as_a_table),
        cmocka_unit_test(a_tight_store_forgets_but_never_resurrects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
