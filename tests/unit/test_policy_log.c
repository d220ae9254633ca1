/* Which document is in force: documents are numbers, and less is tighter; the default is 50. */
#include "fixtures/statement_maker.h"
#include "fixtures/unit.h"
#include "statements/policy_log.h"

enum { DELAY = 1000, DEFAULT = 50, SETS_MAX = 10 };

static struct arena arena;
static uint64_t seed;

static uint64_t below(uint64_t end)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % end;
}

static int value_of(struct bytes document)
{
    return document.len == 0 ? DEFAULT : 10 * (document.ptr[0] - '0') + (document.ptr[1] - '0');
}

static bool only_tightens(void *context, struct bytes before, struct bytes after)
{
    (void)context;
    return value_of(after) <= value_of(before);
}

static const struct statement *make_set(const char *scope, uint64_t version, int value,
                                        uint64_t t_ms)
{
    const uint8_t document[2] = {(uint8_t)('0' + value / 10), (uint8_t)('0' + value % 10)};
    static uint8_t salt;
    union statement_body body = {0};
    body.version = (struct statement_version){version, BYTES_ARRAY(document)};
    const struct maker maker = {.arena = &arena,
                                .op = STATEMENT_POLICY_SET,
                                .scope = scope,
                                .t_ms = t_ms,
                                .body = &body,
                                .signers = (const uint8_t *)"\x64",
                                .signer_count = 1,
                                .salt = ++salt};
    return maker_statement(&maker);
}

static const struct statement *make_freeze(const char *scope, uint64_t version)
{
    union statement_body body = {0};
    body.freeze.version = version;
    const struct maker maker = {.arena = &arena,
                                .op = STATEMENT_POLICY_FREEZE,
                                .scope = scope,
                                .body = &body,
                                .signers = (const uint8_t *)"\x64",
                                .signer_count = 1};
    return maker_statement(&maker);
}

static struct policy_log read_log(const struct statement *const *list, size_t count,
                                  uint64_t now_ms)
{
    struct policy_log log;
    const struct policy_log_rules rules = {.place = maker_place,
                                           .scope = BYTES_LITERAL("t"),
                                           .op = STATEMENT_POLICY_SET,
                                           .delay_ms = DELAY,
                                           .now_ms = now_ms,
                                           .only_tightens = only_tightens};
    const struct statement_set set = {list, count};
    assert_status(OK, policy_log_read(&arena, &set, &rules, &log));
    return log;
}

static int value_in_force(const struct policy_log *log)
{
    int value = log->count == 0 ? DEFAULT : 99;
    for (size_t i = 0; i < log->count; i++) {
        int one = value_of(log->in_force[i].statement->body.version.document);
        value = one < value ? one : value;
    }
    return value;
}

static void what_loosens_waits(void **state)
{
    (void)state;
    const struct statement *list[4] = {make_set("t", 1, 40, 100)};
    struct policy_log log = read_log(list, 1, 100);
    assert_true(log.version == 1 && value_in_force(&log) == 40); /* tighter than the default */
    list[1] = make_set("t", 2, 60, 200);
    log = read_log(list, 2, 200 + DELAY - 1);
    assert_true(log.version == 1 && log.greatest == 2 && log.changes_ms == 200 + DELAY);
    log = read_log(list, 2, 200 + DELAY);
    assert_true(log.version == 2 && log.changes_ms == UINT64_MAX);
    /* Tighter than what waits, not than what is in force: it waits, too. */
    list[2] = make_set("t", 3, 55, 300);
    log = read_log(list, 3, 300);
    assert_true(log.version == 1 && log.greatest == 3);
    log = read_log(list, 3, 300 + DELAY);
    assert_true(log.version == 3);
    /* Tighter than what is in force: at once, and what waited for less never counts. */
    list[2] = make_set("t", 3, 30, 300);
    log = read_log(list, 3, 300);
    assert_true(log.version == 3 && value_in_force(&log) == 30);
    log = read_log(list, 3, 200 + DELAY);
    assert_true(log.version == 3);
}

static void equal_versions_both_hold(void **state)
{
    (void)state;
    const struct statement *list[] = {make_set("t", 1, 40, 100), make_set("t", 1, 30, 100),
                                      make_set("t", 2, 35, 200)};
    struct policy_log log = read_log(list, 2, 100);
    assert_true(log.version == 1 && log.count == 2 && value_in_force(&log) == 30);
    /* To be tighter is to be tighter than both. */
    log = read_log(list, 3, 200);
    assert_true(log.version == 1);
    log = read_log(list, 3, 200 + DELAY);
    assert_true(log.version == 2);
}

static void a_freeze_holds_until_a_greater_one_counts(void **state)
{
    (void)state;
    const struct statement *list[] = {make_freeze("t", 0), make_set("t", 1, 60, 100),
                                      make_freeze("t", 1), make_set("t", 2, 40, 2000)};
    assert_true(read_log(list, 1, 100).is_frozen);
    assert_true(read_log(list, 2, 100).is_frozen); /* it waits */
    assert_false(read_log(list, 2, 100 + DELAY).is_frozen);
    assert_true(read_log(list, 3, 100 + DELAY).is_frozen);
    assert_false(read_log(list, 4, 2000).is_frozen);
    list[0] = make_freeze("u:alice", 9);
    assert_false(read_log(list, 1, 100).is_frozen);
}

static void the_own_layer_changes_at_once(void **state)
{
    (void)state;
    const struct statement *list[] = {make_set("o:alice", 1, 60, 100),
                                      make_set("u:alice", 1, 60, 100)};
    for (size_t i = 0; i < 2; i++) {
        struct policy_log log;
        const struct statement_set set = {list, 2};
        const struct policy_log_rules rules = {.place = maker_place,
                                               .scope = i == 0 ? BYTES_LITERAL("o:alice")
                                                               : BYTES_LITERAL("u:alice"),
                                               .op = STATEMENT_POLICY_SET,
                                               .delay_ms = DELAY,
                                               .now_ms = 100,
                                               .only_tightens = only_tightens};
        assert_status(OK, policy_log_read(&arena, &set, &rules, &log));
        assert_true(log.version == (i == 0 ? 1 : 0) && log.greatest == 1);
    }
}

/* When a statement counts, asked anew each time. */
static uint64_t model_from(const struct statement *const *all, size_t count, size_t at)
{
    const struct statement *one = all[at];
    uint64_t version = 0;
    bool is_tighter = true;
    for (size_t i = 0; i < count; i++) {
        uint64_t other = all[i]->body.version.version;
        if (other < one->body.version.version && other > version &&
            model_from(all, count, i) <= one->parts.t_ms) {
            version = other;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (all[i]->body.version.version == version &&
            model_from(all, count, i) <= one->parts.t_ms) {
            is_tighter = is_tighter && value_of(one->body.version.document) <=
                                           value_of(all[i]->body.version.document);
        }
    }
    if (version == 0) {
        is_tighter = value_of(one->body.version.document) <= DEFAULT;
    }
    return one->parts.t_ms + (is_tighter ? 0 : DELAY);
}

static void a_set_means_what_the_model_says(void **state)
{
    (void)state;
    size_t waited = 0;
    size_t doubles = 0;
    for (uint64_t life = 0; life < 3000; life += unit_step()) {
        const struct statement *all[SETS_MAX];
        const struct statement *list[2 * SETS_MAX];
        size_t count = 1 + below(SETS_MAX);
        size_t listed = 0;
        uint64_t now_ms = below(4 * DELAY);
        uint64_t greatest = 0;
        uint64_t version = 0;
        size_t in_force = 0;
        seed = life * 7919;
        for (size_t i = 0; i < count; i++) {
            all[i] = make_set("t", 1 + below(5), 30 + (int)below(40), below(3 * DELAY));
            for (size_t times = 1 + below(2); times > 0; times--) {
                list[listed++] = all[i];
            }
        }
        for (size_t i = listed; i > 1; i--) {
            size_t k = below(i);
            const struct statement *kept = list[k];
            list[k] = list[i - 1];
            list[i - 1] = kept;
        }
        uint64_t changes_ms = UINT64_MAX;
        for (size_t i = 0; i < count; i++) {
            uint64_t from_ms = model_from(all, count, i);
            uint64_t one = all[i]->body.version.version;
            greatest = one > greatest ? one : greatest;
            version = from_ms <= now_ms && one > version ? one : version;
            changes_ms = from_ms > now_ms && from_ms < changes_ms ? from_ms : changes_ms;
        }
        struct policy_log log = read_log(list, listed, now_ms);
        for (size_t i = 0; i < count; i++) {
            bool is_one =
                all[i]->body.version.version == version && model_from(all, count, i) <= now_ms;
            bool is_listed = false;
            for (size_t k = 0; k < log.count; k++) {
                is_listed = is_listed || log.in_force[k].statement == all[i];
            }
            assert_true(is_one == is_listed);
            in_force += is_one;
        }
        assert_int_equal(in_force, log.count);
        assert_true(version == log.version && greatest == log.greatest);
        assert_true(log.entries == count && changes_ms == log.changes_ms);
        waited += changes_ms != UINT64_MAX;
        doubles += in_force > 1;
        arena_reset(&arena);
    }
    assert_true(unit_step() != 1 || (waited > 500 && doubles > 300));
}

static void versions_have_an_end(void **state)
{
    (void)state;
    static const struct statement *list[POLICY_LOG_VERSIONS + 1];
    struct policy_log log;
    for (size_t i = 0; i <= POLICY_LOG_VERSIONS; i++) {
        list[i] = make_set("t", i + 1, 10, i);
    }
    log = read_log(list, POLICY_LOG_VERSIONS, 9999);
    assert_true(log.version == POLICY_LOG_VERSIONS && !log.is_frozen);
    const struct policy_log_rules rules = {.place = maker_place,
                                           .scope = BYTES_LITERAL("t"),
                                           .op = STATEMENT_POLICY_SET,
                                           .only_tightens = only_tightens};
    const struct statement_set set = {list, POLICY_LOG_VERSIONS + 1};
    assert_status(LIMIT_EXCEEDED, policy_log_read(&arena, &set, &rules, &log));
    assert_true(log.is_frozen && log.count == 0);
}

static int set_up(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 256 << 20)) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_loosens_waits),
        cmocka_unit_test(equal_versions_both_hold),
        cmocka_unit_test(a_freeze_holds_until_a_greater_one_counts),
        cmocka_unit_test(the_own_layer_changes_at_once),
        cmocka_unit_test(a_set_means_what_the_model_says),
        cmocka_unit_test(versions_have_an_end),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
