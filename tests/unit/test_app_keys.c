/* Values: the vectors of test_label.c for v2, nova.json through make kat for v1. */
#include "base/limits.h"
#include "digest/hkdf_sha256.h"
#include "fixtures/unit.h"
#include "keys/app_keys.h"

static const uint8_t app[32] = {[31] = 42};
static uint8_t text[LIMIT_APP_V1_INFO + 1];
static const uint8_t zeros[HKDF_SHA256_MAX + 1];

static struct secret32 master_of_test(void)
{
    struct secret32 master = {{0}};
    for (size_t i = 0; i < sizeof master.b; i++) {
        master.b[i] = (uint8_t)i;
    }
    return master;
}

static struct root root_of_test(void)
{
    struct secret32 master = master_of_test();
    struct root root;
    root_init(&root, &master, app, 0);
    return root;
}

static struct app_keys_request request_of(struct bytes path, struct bytes context)
{
    return (struct app_keys_request){.app = app, .path = path, .context = context};
}

static void v1_refuses_what_is_too_long(void **state)
{
    (void)state;
    static uint8_t out[HKDF_SHA256_MAX + 1];
    struct secret32 master = master_of_test();
    struct app_keys_request request = request_of(BYTES_ARRAY(text), BYTES_LITERAL(""));
    memset(out, 0xee, sizeof out);
    assert_status(INVALID_PATH, app_keys_v1(&master, &request, out, sizeof out));
    assert_memory_equal(zeros, out, sizeof out);
    request = request_of(BYTES_LITERAL(""), BYTES_ARRAY(text));
    assert_status(INVALID_PATH, app_keys_v1(&master, &request, out, 32));
    request = request_of((struct bytes){text, LIMIT_APP_V1_INFO}, BYTES_LITERAL("c"));
    assert_status(INVALID_PATH, app_keys_v1(&master, &request, out, 32));
    request = request_of((struct bytes){text, LIMIT_APP_V1_INFO - 1}, BYTES_LITERAL("c"));
    assert_status(OK, app_keys_v1(&master, &request, out, 32));
    memset(out, 0xee, sizeof out);
    assert_status(NUMBER_RANGE, app_keys_v1(&master, &request, out, 0));
    assert_int_equal(0xee, out[0]);
    assert_status(NUMBER_RANGE, app_keys_v1(&master, &request, out, sizeof out));
    assert_memory_equal(zeros, out, sizeof out);
}

static void v2_refuses_what_is_out_of_range(void **state)
{
    (void)state;
    uint8_t out[LIMIT_APP_KEY + 1];
    struct root root = root_of_test();
    struct app_keys_request request =
        request_of((struct bytes){text, LIMIT_APP_PATH + 1}, BYTES_LITERAL(""));
    memset(out, 0xee, sizeof out);
    assert_status(INVALID_PATH, app_keys_v2(&root, &request, out, 32));
    assert_memory_equal(zeros, out, 32);
    request = request_of(BYTES_LITERAL("p"), (struct bytes){text, LIMIT_APP_CONTEXT + 1});
    assert_status(INVALID_PATH, app_keys_v2(&root, &request, out, 32));
    request =
        request_of((struct bytes){text, LIMIT_APP_PATH}, (struct bytes){text, LIMIT_APP_CONTEXT});
    request.measurement = app;
    assert_status(OK, app_keys_v2(&root, &request, out, LIMIT_APP_KEY));
    memset(out, 0xee, sizeof out);
    assert_status(NUMBER_RANGE, app_keys_v2(&root, &request, out, 0));
    assert_status(NUMBER_RANGE, app_keys_v2(&root, &request, out, sizeof out));
    assert_memory_equal(zeros, out, sizeof out);
    for (request.alg = LABEL_STARK; request.alg <= LABEL_P256; request.alg++) {
        memset(out, 0xee, sizeof out);
        assert_status(NUMBER_RANGE, app_keys_v2(&root, &request, out, 31));
        assert_status(NUMBER_RANGE, app_keys_v2(&root, &request, out, 33));
        assert_status(NUMBER_RANGE, app_keys_v2(&root, &request, out, 48));
        assert_memory_equal(zeros, out, 48);
        assert_status(OK, app_keys_v2(&root, &request, out, 32));
    }
}

/* The two holes that v1 has and v2 must not have. */
static void v1_joins_path_and_context_and_v2_does_not(void **state)
{
    (void)state;
    struct secret32 master = master_of_test();
    struct root root = root_of_test();
    struct app_keys_request apart = request_of(BYTES_LITERAL("a"), BYTES_LITERAL("b"));
    struct app_keys_request joined = request_of(BYTES_LITERAL("a:b"), BYTES_LITERAL(""));
    uint8_t one[32];
    uint8_t other[32];
    assert_status(OK, app_keys_v1(&master, &apart, one, 32));
    assert_status(OK, app_keys_v1(&master, &joined, other, 32));
    assert_memory_equal(one, other, 32);
    assert_status(OK, app_keys_v2(&root, &apart, one, 32));
    assert_status(OK, app_keys_v2(&root, &joined, other, 32));
    assert_memory_not_equal(one, other, 32);
}

static void the_data_key_is_a_path_of_v1_and_not_of_v2(void **state)
{
    (void)state;
    struct secret32 master = master_of_test();
    struct root root = root_of_test();
    struct app_keys_request request = request_of(BYTES_LITERAL("data_key"), BYTES_LITERAL(""));
    struct secret32 key;
    uint8_t out[32];
    app_keys_v1_data(&master, app, &key);
    assert_status(OK, app_keys_v1(&master, &request, out, 32));
    assert_memory_equal(key.b, out, 32);
    root_values_key(&root, app, &key);
    assert_status(OK, app_keys_v2(&root, &request, out, 32));
    assert_memory_not_equal(key.b, out, 32);
}

/* Everything that a key of v2 depends on, one at a time. */
static void each_part_of_a_request_gives_another_key(void **state)
{
    (void)state;
    struct root root = root_of_test();
    uint8_t other_app[32] = {[30] = 1, [31] = 42};
    uint8_t keys[9][32];
    struct app_keys_request base = request_of(BYTES_LITERAL("p"), BYTES_LITERAL("c"));
    struct app_keys_request requests[8];
    for (size_t i = 0; i < 8; i++) {
        requests[i] = base;
    }
    requests[1].app = other_app;
    requests[2].path = BYTES_LITERAL("q");
    requests[3].context = BYTES_LITERAL("d");
    requests[4].measurement = app;
    requests[5].alg = LABEL_STARK;
    requests[6].alg = LABEL_SECP256K1;
    requests[7].alg = LABEL_P256;
    for (size_t i = 0; i < 8; i++) {
        assert_status(OK, app_keys_v2(&root, &requests[i], keys[i], 32));
    }
    root.epoch = 1;
    assert_status(OK, app_keys_v2(&root, &base, keys[8], 32));
    for (size_t i = 0; i < 9; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(keys[i], keys[k], 32);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_refuses_what_is_too_long),
        cmocka_unit_test(v2_refuses_what_is_out_of_range),
        cmocka_unit_test(v1_joins_path_and_context_and_v2_does_not),
        cmocka_unit_test(the_data_key_is_a_path_of_v1_and_not_of_v2),
        cmocka_unit_test(each_part_of_a_request_gives_another_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
