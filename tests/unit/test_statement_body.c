/* Bodies as they are written, and what is none. The texts are written by hand after the format. */
#include <stdio.h>

#include "fixtures/unit.h"
#include "statements/statement_body.h"

static struct arena arena;

#define K33   "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"
#define K32   "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM"
#define K20   "BAQEBAQEBAQEBAQEBAQEBAQEBAQ"
#define ID    "AAAAAAAAAAAAAAAAAAAAAA"
#define ID2   "AQAAAAAAAAAAAAAAAAAAAA"
#define H32   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define H32B  "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define PRIME "CAAAAAAAABEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
#define BELOW "CAAAAAAAABEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

struct row {
    enum statement_op op;
    const char *text;
};

static const struct row good[] = {
    {STATEMENT_USER_ADD,
     "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD, "{\"n\":5,\"K\":\"" K33 "\",\"cred\":\"AA\",\"label\":\"caf\xc3\xa9\","
                         "\"ticket\":{\"text\":\"x\",\"sigs\":[[2,\"" K20 "\",\"AA\"]]}}"},
    {STATEMENT_USER_RECOVER, "{\"n\":3,\"K\":\"" K32 "\",\"cred\":\"\",\"label\":\"new\"}"},
    {STATEMENT_USER_GRANT,
     "{\"service\":\"" ID "\",\"document\":null,\"not_after\":9007199254740991}"},
    {STATEMENT_USER_GRANT,
     "{\"service\":\"" ID "\",\"document\":\"{\\\"v\\\":1}\",\"not_after\":0}"},
    {STATEMENT_FOREIGN_ADD, "{\"chain\":\"" BELOW "\",\"address\":\"" H32
                            "\",\"class\":\"ready-0.4.0\",\"index\":2147483647}"},
    {STATEMENT_LANE_SET, "{\"chain\":\"" H32 "\",\"account\":\"" H32 "\",\"lane\":0,\"next\":7}"},
    {STATEMENT_USER_REVOKE, "{\"ids\":[\"" ID "\",\"" ID2 "\"],\"since\":1}"},
    {STATEMENT_USER_REVOKE, "{\"ids\":[\"" ID "\"],\"since\":null}"},
    {STATEMENT_USER_VETO, "{\"of\":\"" H32 "\"}"},
    {STATEMENT_USER_JOIN, "{\"heads\":[\"" H32 "\",\"" H32B "\"]}"},
    {STATEMENT_SERVICE_ADD, "{\"alg\":1,\"K\":\"" K33 "\",\"scopes\":255,\"users\":null,"
                            "\"document\":null,\"not_before\":1,\"not_after\":2}"},
    {STATEMENT_SERVICE_ADD,
     "{\"alg\":4,\"K\":\"" K32 "\",\"scopes\":0,\"users\":[\"alice\",\"bob\"],"
     "\"document\":\"d\",\"not_before\":1,\"not_after\":2}"},
    {STATEMENT_SERVICE_REVOKE, "{}"},
    {STATEMENT_APPROVER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"groups\":[\"board\",\"ops\"]}"},
    {STATEMENT_APPROVER_REVOKE, "{}"},
    {STATEMENT_POLICY_SET, "{\"version\":1,\"document\":\"{}\"}"},
    {STATEMENT_POLICY_FREEZE, "{\"version\":0}"},
    {STATEMENT_TENANT_SET, "{\"version\":2,\"document\":\"{}\"}"},
    {STATEMENT_IDENTITY_RESUME, "{\"incarnation\":\"" ID "\",\"policies\":[],\"spent\":false}"},
    {STATEMENT_IDENTITY_RESUME,
     "{\"incarnation\":\"" ID "\",\"policies\":[\"" H32 "\"],\"spent\":true}"},
};

static const struct row bad[] = {
    {STATEMENT_USER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\"}"},
    {STATEMENT_USER_ADD,
     "{\"K\":\"" K33 "\",\"n\":1,\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":1,\"K\":\"" K33 "=\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":1,\"K\":\"" K32 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":3,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":7,\"K\":\"" ID "\",\"cred\":\"AA\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":0,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":10,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"AA\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":5,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"a\\nb\",\"ticket\":null}"},
    {STATEMENT_USER_ADD,
     "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\x7f\",\"ticket\":null}"},
    {STATEMENT_USER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":{}}"},
    {STATEMENT_USER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\","
                         "\"ticket\":{\"text\":\"\",\"sigs\":[[2,\"" K20 "\",\"AA\"]]}}"},
    {STATEMENT_USER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\","
                         "\"ticket\":{\"text\":\"x\",\"sigs\":[]}}"},
    {STATEMENT_USER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\","
                         "\"ticket\":{\"text\":\"x\",\"sigs\":[[2,\"" K20 "\",\"\"]]}}"},
    {STATEMENT_USER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\","
                         "\"ticket\":{\"text\":\"x\",\"sigs\":[[2,\"" K20 "\",\"AA\",1]]}}"},
    {STATEMENT_USER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\","
                         "\"ticket\":{\"text\":\"x\",\"sigs\":[[2,\"" K33 "\",\"AA\"]]}}"},
    {STATEMENT_USER_RECOVER,
     "{\"n\":3,\"K\":\"" K32 "\",\"cred\":\"\",\"label\":\"\",\"ticket\":null}"},
    {STATEMENT_USER_RECOVER, "{\"n\":3,\"K\":\"" K33 "\",\"cred\":\"\",\"label\":\"\"}"},
    {STATEMENT_USER_GRANT, "{\"service\":\"" K20 "\",\"document\":null,\"not_after\":1}"},
    {STATEMENT_USER_GRANT, "{\"service\":\"" ID "\",\"document\":\"\",\"not_after\":1}"},
    {STATEMENT_USER_GRANT, "{\"service\":\"" ID "\",\"document\":{},\"not_after\":1}"},
    {STATEMENT_USER_GRANT, "{\"service\":\"" ID "\",\"document\":null,\"not_after\":null}"},
    {STATEMENT_USER_GRANT,
     "{\"service\":\"" ID "\",\"document\":null,\"not_after\":9007199254740992}"},
    {STATEMENT_FOREIGN_ADD,
     "{\"chain\":\"" PRIME "\",\"address\":\"" H32 "\",\"class\":\"oz\",\"index\":0}"},
    {STATEMENT_FOREIGN_ADD,
     "{\"chain\":\"" H32 "\",\"address\":\"" PRIME "\",\"class\":\"oz\",\"index\":0}"},
    {STATEMENT_FOREIGN_ADD,
     "{\"chain\":\"" H32 "\",\"address\":\"" H32 "\",\"class\":\"\",\"index\":0}"},
    {STATEMENT_FOREIGN_ADD,
     "{\"chain\":\"" H32 "\",\"address\":\"" H32 "\",\"class\":\"a b\",\"index\":0}"},
    {STATEMENT_FOREIGN_ADD,
     "{\"chain\":\"" H32 "\",\"address\":\"" H32 "\",\"class\":\"oz\",\"index\":2147483648}"},
    {STATEMENT_LANE_SET, "{\"chain\":\"" H32 "\",\"account\":\"" PRIME "\",\"lane\":0,\"next\":7}"},
    {STATEMENT_LANE_SET,
     "{\"chain\":\"" H32 "\",\"account\":\"" H32 "\",\"lane\":4294967296,\"next\":7}"},
    {STATEMENT_LANE_SET, "{\"chain\":\"" H32 "\",\"account\":\"" H32 "\",\"lane\":0,\"next\":7.0}"},
    {STATEMENT_USER_REVOKE, "{\"ids\":[],\"since\":1}"},
    {STATEMENT_USER_REVOKE, "{\"ids\":[\"" ID2 "\",\"" ID "\"],\"since\":1}"},
    {STATEMENT_USER_REVOKE, "{\"ids\":[\"" ID "\",\"" ID "\"],\"since\":1}"},
    {STATEMENT_USER_REVOKE, "{\"ids\":[\"" ID "\"],\"since\":0}"},
    {STATEMENT_USER_REVOKE, "{\"ids\":\"" ID "\",\"since\":1}"},
    {STATEMENT_USER_VETO, "{\"of\":\"" ID "\"}"},
    {STATEMENT_USER_JOIN, "{\"heads\":[\"" H32 "\"]}"},
    {STATEMENT_SERVICE_ADD, "{\"alg\":6,\"K\":\"" K32 "\",\"scopes\":1,\"users\":null,"
                            "\"document\":null,\"not_before\":1,\"not_after\":2}"},
    {STATEMENT_SERVICE_ADD, "{\"alg\":1,\"K\":\"" K32 "\",\"scopes\":1,\"users\":null,"
                            "\"document\":null,\"not_before\":1,\"not_after\":2}"},
    {STATEMENT_SERVICE_ADD, "{\"alg\":1,\"K\":\"" K33 "\",\"scopes\":256,\"users\":null,"
                            "\"document\":null,\"not_before\":1,\"not_after\":2}"},
    {STATEMENT_SERVICE_ADD, "{\"alg\":1,\"K\":\"" K33 "\",\"scopes\":1,\"users\":[\"a b\"],"
                            "\"document\":null,\"not_before\":1,\"not_after\":2}"},
    {STATEMENT_SERVICE_ADD, "{\"alg\":1,\"K\":\"" K33 "\",\"scopes\":1,\"users\":[\"b\",\"a\"],"
                            "\"document\":null,\"not_before\":1,\"not_after\":2}"},
    {STATEMENT_SERVICE_ADD, "{\"alg\":1,\"K\":\"" K33 "\",\"scopes\":1,\"users\":null,"
                            "\"document\":null,\"not_before\":2,\"not_after\":2}"},
    {STATEMENT_SERVICE_REVOKE, "{\"id\":1}"},
    {STATEMENT_SERVICE_REVOKE, "[]"},
    {STATEMENT_SERVICE_REVOKE, "{} "},
    {STATEMENT_APPROVER_ADD, "{\"n\":7,\"K\":\"" K33 "\",\"groups\":[]}"},
    {STATEMENT_APPROVER_ADD, "{\"n\":1,\"K\":\"" K32 "\",\"groups\":[]}"},
    {STATEMENT_APPROVER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"groups\":null}"},
    {STATEMENT_APPROVER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"groups\":[\"\"]}"},
    {STATEMENT_APPROVER_ADD, "{\"n\":1,\"K\":\"" K33 "\",\"groups\":[\"a\",\"a\"]}"},
    {STATEMENT_POLICY_SET, "{\"version\":0,\"document\":\"{}\"}"},
    {STATEMENT_POLICY_SET, "{\"version\":1,\"document\":null}"},
    {STATEMENT_POLICY_SET, "{\"version\":1,\"document\":\"\\u0061\"}"},
    {STATEMENT_POLICY_SET, "{\"version\":1,\"version\":1,\"document\":\"{}\"}"},
    {STATEMENT_POLICY_FREEZE, "{\"version\":null}"},
    {STATEMENT_IDENTITY_RESUME, "{\"incarnation\":\"" ID "\",\"policies\":[],\"spent\":null}"},
    {STATEMENT_IDENTITY_RESUME, "{\"incarnation\":\"" H32 "\",\"policies\":[],\"spent\":true}"},
};

static void what_the_format_shows_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        union statement_body body;
        uint8_t memory[1024];
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(OK, statement_body_read(&arena, good[i].op, bytes_of(good[i].text), &body));
        assert_status(OK, statement_body_put(good[i].op, &body, &out));
        assert_bytes(bytes_of(good[i].text), buf_bytes(&out));
        for (size_t op = 0; op < STATEMENT_OPS_COUNT; op++) {
            bool is_same = false;
            for (size_t k = 0; k < sizeof good / sizeof good[0]; k++) {
                is_same = is_same || (good[k].op == op && strcmp(good[i].text, good[k].text) == 0);
            }
            struct status status =
                statement_body_read(&arena, (enum statement_op)op, bytes_of(good[i].text), &body);
            bool is_version =
                good[i].op == STATEMENT_POLICY_SET || good[i].op == STATEMENT_TENANT_SET;
            if (!is_same &&
                !(is_version && (op == STATEMENT_POLICY_SET || op == STATEMENT_TENANT_SET))) {
                assert_int_equal(STATUS_RECORD_INVALID, status.code);
            }
        }
    }
}

static void anything_else_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        union statement_body body;
        static const union statement_body zeros;
        memset(&body, 1, sizeof body);
        struct status status = statement_body_read(&arena, bad[i].op, bytes_of(bad[i].text), &body);
        if (status.code != STATUS_RECORD_INVALID) {
            fail_msg("taken: %s", bad[i].text);
        }
        assert_memory_equal(&zeros, &body, sizeof body);
    }
}

static void lists_have_an_end(void **state)
{
    (void)state;
    static uint8_t ids[STATEMENT_LIST_MAX + 1][AUTH_TEXT_ID];
    static uint8_t memory[STATEMENT_BODY_DOCUMENT_MAX];
    for (size_t i = 0; i <= STATEMENT_LIST_MAX; i++) {
        ids[i][0] = (uint8_t)(i >> 8);
        ids[i][1] = (uint8_t)i;
    }
    /* 4 KiB end sooner than lists do. */
    for (size_t count = 160; count < 170; count++) {
        union statement_body body = {0};
        union statement_body read;
        struct buf out = buf_over(memory, sizeof memory);
        body.revoke = (struct statement_revoke){{ids[0], count}, 1};
        assert_status(OK, statement_body_put(STATEMENT_USER_REVOKE, &body, &out));
        struct status status =
            statement_body_read(&arena, STATEMENT_USER_REVOKE, buf_bytes(&out), &read);
        assert_true(status_is_ok(status) == (out.len <= STATEMENT_BODY_MAX));
    }
    static uint8_t names[STATEMENT_LIST_MAX + 1][4];
    static struct bytes list[STATEMENT_LIST_MAX + 1];
    static const uint8_t key[33];
    for (size_t i = 0; i <= STATEMENT_LIST_MAX; i++) {
        snprintf((char *)names[i], sizeof names[i], "%03zu", i);
        list[i] = (struct bytes){names[i], 3};
    }
    for (size_t count = STATEMENT_LIST_MAX; count <= STATEMENT_LIST_MAX + 1; count++) {
        union statement_body body = {0};
        union statement_body read;
        struct buf out = buf_over(memory, sizeof memory);
        body.service = (struct statement_service){
            AUTH_P256, BYTES_ARRAY(key), 7, {list, count, false}, {NULL, 0}, 1, 2};
        assert_status(OK, statement_body_put(STATEMENT_SERVICE_ADD, &body, &out));
        struct status status =
            statement_body_read(&arena, STATEMENT_SERVICE_ADD, buf_bytes(&out), &read);
        assert_true(status_is_ok(status) == (count == STATEMENT_LIST_MAX));
    }
}

static int set_up(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 64 << 20)) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_format_shows_is_read),
        cmocka_unit_test(anything_else_is_none),
        cmocka_unit_test(lists_have_an_end),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
