#include <stdio.h>

#include "cluster/v1/v1_message.h"
#include "cluster/v1/v1_secret.h"
#include "digest/keccak256.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

static struct arena arena;
static struct entropy entropy;
static struct secret32 master;
static uint8_t hash[V1_SECRET_HASH];
static struct p384_key key;
static char text[2048];

static int start(void **state)
{
    (void)state;
    entropy = entropy_system();
    for (uint8_t i = 0; i < sizeof master.b; i++) {
        master.b[i] = i;
    }
    keccak256_hash(BYTES_ARRAY(master.b), hash);
    struct json_in root = vector_file_root("nova.json");
    struct json_in sealed = vector_file_member(&root, "sealed");
    assert_status(OK, p384_key_from(vector_file_hex(&sealed, "requester_priv").ptr, &key));
    assert_status(OK, arena_init(&arena, 1u << 20));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

/* The vector's answer, with its members under other names or around it. */
static const char *answer_of(const char *format)
{
    struct json_in root = vector_file_root("nova.json");
    struct json_in sealed = vector_file_member(&root, "sealed");
    const char *names[] = {"ephemeral_pubkey", "ciphertext", "nonce"};
    char members[3][512];
    for (size_t i = 0; i < 3; i++) {
        struct bytes value = vector_file_text(&sealed, names[i]);
        snprintf(members[i], sizeof members[i], "%.*s", (int)value.len, (const char *)value.ptr);
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, format, members[0], members[1], members[2]);
#pragma GCC diagnostic pop
    return text;
}

static struct status open_text(const char *answer)
{
    struct secret32 got;
    struct status status = v1_secret_open(&key, bytes_of(answer), hash, &arena, &got);
    static const struct secret32 zero;
    assert_memory_equal(status_is_ok(status) ? &master : &zero, &got, sizeof got);
    return status;
}

#define ANSWER                                                                                    \
    "{\"status\":\"ok\",\"sealed\":{\"ephemeral_pubkey\":\"%s\",\"ciphertext\":\"%s\",\"nonce\":" \
    "\"%s\"}}"

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "{\"sealed\":null}",
        "{\"sealed\":[]}",
        "{\"status\":\"ok\",\"master_secret\":"
        "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(HANDOFF_INVALID, open_text(bad[i]));
    }
    assert_status(HANDOFF_INVALID,
                  open_text(answer_of("{\"sealed\":{\"ephemeral_pubkey\":\"%s\",\"ciphertext\":"
                                      "\"%s\",\"nonce\":\"%s00\"}}")));
    assert_status(HANDOFF_INVALID,
                  open_text(answer_of("{\"sealed\":{\"ephemeral_pubkey\":\"%s\",\"cipher\":"
                                      "\"%s\",\"nonce\":\"%s\"}}")));
    assert_status(POINT_INVALID,
                  open_text(answer_of("{\"sealed\":{\"ephemeral_pubkey\":\"00%s\",\"ciphertext\":"
                                      "\"%s\",\"nonce\":\"%s\"}}")));
}

/* Each digit of what is sealed, and of its nonce. */
static void what_was_changed_does_not_open(void **state)
{
    (void)state;
    char *answer = text;
    answer_of(ANSWER);
    size_t from = (size_t)(strstr(answer, "\"ciphertext\":\"") - answer) + 14;
    for (size_t i = from; i < strlen(answer); i++) {
        char kept = answer[i];
        if (strchr("0123456789abcdef", kept) == NULL || i % 5 != 0) {
            continue;
        }
        answer[i] = kept == '0' ? '1' : '0';
        assert_false(status_is_ok(open_text(answer)));
        answer[i] = kept;
    }
    assert_status(OK, open_text(answer));
}

static void another_root_is_refused(void **state)
{
    (void)state;
    hash[0] ^= 1;
    assert_status(ROOT_MISMATCH, open_text(answer_of(ANSWER)));
    hash[0] ^= 1;
}

static void the_vector_opens_in_every_form(void **state)
{
    (void)state;
    assert_status(OK, open_text(answer_of(ANSWER)));
    assert_status(OK,
                  open_text(answer_of("{\"status\":\"ok\",\"data\":{\"sealed\":{"
                                      "\"ephemeral_pubkey\":\"0x%s\",\"encrypted_data\":\"0x%s\","
                                      "\"nonce\":\"0x%s\"}}}")));
}

static void what_is_no_point_gets_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "0x", "00", "04", "zz", "0x04ab"};
    uint8_t memory[V1_SECRET_ANSWER_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(POINT_INVALID,
                      v1_secret_answer(&entropy, bytes_of(bad[i]), &master, &answer));
        assert_int_equal(0, answer.len);
    }
}

/* Both forms of the vector's point, with and without 0x. */
static void points_of_both_forms_get_it(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova.json");
    struct json_in sealed = vector_file_member(&root, "sealed");
    static const char *const names[] = {"requester_spki", "requester_sec1"};
    for (size_t i = 0; i < 4; i++) {
        uint8_t memory[V1_SECRET_ANSWER_MAX + 1] = {0};
        char point[300];
        struct buf answer = buf_over(memory, V1_SECRET_ANSWER_MAX);
        struct bytes hex = vector_file_text(&sealed, names[i % 2]);
        snprintf(point, sizeof point, "%s%.*s", i < 2 ? "" : "0x", (int)hex.len,
                 (const char *)hex.ptr);
        assert_status(OK, v1_secret_answer(&entropy, bytes_of(point), &master, &answer));
        assert_status(OK, open_text((const char *)memory));
    }
}

static void one_asks_and_gets_it(void **state)
{
    (void)state;
    static const struct eth_address sender = {{0xbb}};
    struct p384_key asked;
    struct secret32 got;
    struct v1_message message;
    uint8_t request[V1_SECRET_REQUEST_MAX];
    uint8_t memory[V1_SECRET_ANSWER_MAX];
    struct buf out = buf_over(request, sizeof request);
    struct buf answer = buf_over(memory, sizeof memory);
    assert_status(OK, v1_secret_ask(&entropy, &sender, &out, &asked));
    assert_status(OK, v1_message_read(buf_bytes(&out), &sender, &arena, &message));
    assert_int_equal(V1_MESSAGE_SECRET, message.kind);
    assert_status(OK, v1_secret_answer(&entropy, message.ecdh_pubkey, &master, &answer));
    assert_status(OK, v1_secret_open(&asked, buf_bytes(&answer), hash, &arena, &got));
    assert_memory_equal(&master, &got, sizeof got);
    assert_false(status_is_ok(open_text("")));
    assert_status(AEAD_INVALID, v1_secret_open(&key, buf_bytes(&answer), hash, &arena, &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(what_was_changed_does_not_open),
        cmocka_unit_test(another_root_is_refused),
        cmocka_unit_test(the_vector_opens_in_every_form),
        cmocka_unit_test(what_is_no_point_gets_nothing),
        cmocka_unit_test(points_of_both_forms_get_it),
        cmocka_unit_test(one_asks_and_gets_it),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
