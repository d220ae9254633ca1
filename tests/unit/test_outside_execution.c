#include <stdio.h>

#include "base/limits.h"
#include "fixtures/outside_types.h"
#include "fixtures/unit.h"
#include "starknet/outside_execution.h"

static struct arena arena;
static struct json_in_doc doc;

#define TYPES1                                                                                    \
    "\"types\":{\"StarkNetDomain\":[{\"name\":\"name\",\"type\":\"felt\"},"                       \
    "{\"name\":\"version\",\"type\":\"felt\"},{\"name\":\"chainId\",\"type\":\"felt\"}],"         \
    "\"OutsideExecution\":[{\"name\":\"caller\",\"type\":\"felt\"},"                              \
    "{\"name\":\"nonce\",\"type\":\"felt\"},{\"name\":\"execute_after\",\"type\":\"felt\"},"      \
    "{\"name\":\"execute_before\",\"type\":\"felt\"},"                                            \
    "{\"name\":\"calls_len\",\"type\":\"felt\"},{\"name\":\"calls\",\"type\":\"OutsideCall*\"}]," \
    "\"OutsideCall\":[{\"name\":\"to\",\"type\":\"felt\"},"                                       \
    "{\"name\":\"selector\",\"type\":\"felt\"},{\"name\":\"calldata_len\",\"type\":\"felt\"},"    \
    "{\"name\":\"calldata\",\"type\":\"felt*\"}]}"

/* Typed data with these types and members of the domain and the message, and what is in it. */
static struct status decoded_of(const char *types, const char *domain, const char *message,
                                struct typed_data *data, struct outside_execution *ret)
{
    static char text[8192];
    snprintf(text, sizeof text,
             "{%s,\"primaryType\":\"OutsideExecution\",\"domain\":{\"name\":"
             "\"Account.execute_from_outside\",%s},\"message\":{%s}}",
             types, domain, message);
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in root = json_in_root(&doc);
    assert_status(OK, typed_data_read(&arena, &root, data));
    assert_true(outside_execution_is(data));
    return outside_execution_decode(&arena, &root, data, ret);
}

/* The same with the types of a version. */
static struct status decoded(unsigned version, const char *domain, const char *message,
                             struct typed_data *data, struct outside_execution *ret)
{
    return decoded_of(version == 1 ? TYPES1 : OUTSIDE_TYPES_V2, domain, message, data, ret);
}

#define DOMAIN1 "\"version\":\"1\",\"chainId\":\"SN_MAIN\""
#define DOMAIN2 "\"version\":2,\"chainId\":\"SN_MAIN\",\"revision\":\"1\""
#define CALL1   "{\"to\":7,\"selector\":8,\"calldata_len\":2,\"calldata\":[1,\"x\"]}"
#define HEAD1   "\"caller\":\"ANY_CALLER\",\"nonce\":5,\"execute_after\":1,"
#define CALL2   "{\"To\":7,\"Selector\":\"0x8\",\"Calldata\":[1,\"x\"]}"
#define HEAD2   "\"Caller\":\"0x414e595f43414c4c4552\",\"Nonce\":5,\"Execute After\":1,"

static void what_does_not_belong_together_is_refused(void **state)
{
    (void)state;
    struct typed_data data;
    struct outside_execution outside;
    assert_status(TYPED_DATA_INVALID,
                  decoded(1, "\"version\":\"2\",\"chainId\":\"SN_MAIN\"",
                          HEAD1 "\"execute_before\":9,\"calls_len\":1,\"calls\":[" CALL1 "]", &data,
                          &outside));
    assert_int_equal(outside.version, 0);
    assert_status(TYPED_DATA_INVALID,
                  decoded(1, DOMAIN1,
                          HEAD1 "\"execute_before\":9,\"calls_len\":2,\"calls\":[" CALL1 "]", &data,
                          &outside));
    assert_status(TYPED_DATA_INVALID,
                  decoded(1, DOMAIN1,
                          HEAD1 "\"execute_before\":9,\"calls_len\":1,\"calls\":[{\"to\":7,"
                                "\"selector\":8,\"calldata_len\":3,\"calldata\":[1,2]}]",
                          &data, &outside));
    assert_status(NUMBER_RANGE,
                  decoded(2, DOMAIN2,
                          HEAD2 "\"Execute Before\":\"18446744073709551616\",\"Calls\":[]", &data,
                          &outside));
    assert_status(TYPED_DATA_INVALID,
                  decoded(2, "\"version\":1,\"chainId\":\"SN_MAIN\",\"revision\":\"1\"",
                          HEAD2 "\"Execute Before\":9,\"Calls\":[]", &data, &outside));
    assert_int_equal(outside.call_count, 0);
}

/* What an account would not take for an outside execution must not pass for one here: a domain that
 * spells a member's type in another way has another hash. */
/* In revision 1 there is one domain type, and typed data of another is refused as such. */
static void a_domain_of_other_types_is_refused(void **state)
{
    (void)state;
    static const char from[] = "\"name\",\"type\":\"felt\"";
    static const char message[] =
        HEAD1 "\"execute_before\":9,\"calls_len\":1,\"calls\":[" CALL1 "]";
    struct typed_data data;
    struct outside_execution outside;
    char types[2048];
    const char *const all = TYPES1;
    const char *at = strstr(all, from);
    assert_non_null(at);
    snprintf(types, sizeof types, "%.*s%s%s", (int)(at - all), all, "\"name\",\"type\":\"u128\"",
             at + strlen(from));
    assert_status(TYPED_DATA_INVALID, decoded_of(types, DOMAIN1, message, &data, &outside));
    assert_status(OK, decoded_of(all, DOMAIN1, message, &data, &outside));
}

static void assert_same_hash(const struct typed_data *data, const struct outside_execution *outside)
{
    struct felt account = felt_from_u64(0x1234);
    struct felt of_data;
    struct felt of_fields;
    typed_data_hash(data, &account, &of_data);
    outside_execution_hash(outside, &data->chain, &account, &of_fields);
    assert_true(felt_equal(&of_data, &of_fields));
}

static void the_calls_come_out_of_typed_data(void **state)
{
    (void)state;
    for (unsigned version = 1; version <= 2; version++) {
        struct typed_data data;
        struct outside_execution outside;
        assert_status(OK, version == 1 ? decoded(1, DOMAIN1,
                                                 HEAD1 "\"execute_before\":9,\"calls_len\":2,"
                                                       "\"calls\":[" CALL1 "," CALL1 "]",
                                                 &data, &outside)
                                       : decoded(2, DOMAIN2,
                                                 HEAD2 "\"Execute Before\":9,\"Calls\":[" CALL2
                                                       "," CALL2 "]",
                                                 &data, &outside));
        assert_int_equal(outside.version, version);
        assert_true(felt_equal(&outside.caller, &outside_execution_any_caller));
        assert_int_equal(outside.execute_after, 1);
        assert_int_equal(outside.execute_before, 9);
        assert_int_equal(outside.call_count, 2);
        assert_int_equal(outside.calls[1].to.limb[0], 7);
        assert_int_equal(outside.calls[1].selector.limb[0], 8);
        assert_int_equal(outside.calls[1].calldata.len, 2);
        assert_int_equal(outside.calls[1].calldata.ptr[1].limb[0], 'x');
        assert_same_hash(&data, &outside);
    }
}

static void the_fields_by_themselves_are_read_strictly(void **state)
{
    (void)state;
    struct outside_execution outside;
    const char *const texts[] = {
        "{\"version\":3}",
        "{\"version\":1,\"more\":1}",
        ("{\"version\":1,\"caller\":\"0xaB\",\"nonce\":\"0x5\",\"execute_after\":1,"
         "\"execute_before\":2,\"calls\":[]}"),
        ("{\"version\":\"2\",\"caller\":\"ANY_CALLER\",\"nonce\":\"0x5\",\"execute_after\":1,"
         "\"execute_before\":2,\"calls\":[{\"to\":\"0x7\",\"selector\":\"0x8\"}]}"),
    };
    const enum status_code codes[] = {STATUS_OUTSIDE_VERSION, STATUS_UNKNOWN_FIELD,
                                      STATUS_CHECKSUM_ADDRESS, STATUS_OK};
    for (size_t i = 0; i < 4; i++) {
        arena_reset(&arena);
        assert_status(OK, json_in_parse(&arena, bytes_of(texts[i]), &doc));
        struct json_in root = json_in_root(&doc);
        assert_int_equal(codes[i], outside_execution_read(&arena, &root, &outside).code);
    }
    assert_int_equal(outside.call_count, 1);
}

/* Two calls with so many felts together. */
static enum status_code code_of_two(unsigned version, size_t felts)
{
    static char text[32768];
    struct outside_execution outside;
    char *at = text + sprintf(text,
                              "{\"version\":%u,\"caller\":\"ANY_CALLER\",\"nonce\":\"0x5\","
                              "\"execute_after\":1,\"execute_before\":2,\"calls\":[",
                              version);
    for (size_t i = 0; i < 2; i++) {
        at += sprintf(at, "%s{\"to\":\"0x7\",\"selector\":\"0x8\",\"calldata\":[1",
                      i == 0 ? "" : ",");
        for (size_t k = 1; k < (i == 0 ? felts / 2 : felts - felts / 2); k++) {
            at += sprintf(at, ",1");
        }
        at += sprintf(at, "]}");
    }
    (void)sprintf(at, "]}");
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in root = json_in_root(&doc);
    struct status status = outside_execution_read(&arena, &root, &outside);
    assert_true(status_is_ok(status) || outside.call_count == 0);
    return (enum status_code)status.code;
}

static void all_calls_together_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(STATUS_OK, code_of_two(1, LIMIT_TYPED_DATA_OLD - 8));
    assert_int_equal(STATUS_CALLDATA_TOO_LARGE, code_of_two(1, LIMIT_TYPED_DATA_OLD - 7));
    assert_int_equal(STATUS_OK, code_of_two(2, LIMIT_FELTS - 8));
    assert_int_equal(STATUS_CALLDATA_TOO_LARGE, code_of_two(2, LIMIT_FELTS - 7));
}

static int set_up(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 16 << 20)) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_belong_together_is_refused),
        cmocka_unit_test(a_domain_of_other_types_is_refused),
        cmocka_unit_test(the_calls_come_out_of_typed_data),
        cmocka_unit_test(the_fields_by_themselves_are_read_strictly),
        cmocka_unit_test(all_calls_together_are_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
