#include <string.h>

#include "fixtures/unit.h"
#include "wire/pop.h"

#define WALLET "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"
#define NODE   WALLET ":00112233445566778899aabbccddeeff"
#define HASH   "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
#define SID    "8c5b8b0e-2a6e-4b59-9a0e-0f5f0c6d3b1a"

static void assert_refused(enum pop_kind kind, const struct pop_headers *headers)
{
    const struct pop none = {0};
    struct pop pop;
    memset(&pop, 1, sizeof pop);
    assert_status(POP_MALFORMED, pop_read(kind, headers, &pop));
    assert_memory_equal(&none, &pop, sizeof pop);
}

/* Of a session, and of a service key. */
static struct pop_headers user_headers(void)
{
    return (struct pop_headers){.signature = BYTES_LITERAL("AAECAw"),
                                .nonce = BYTES_LITERAL("00000000000001ff"),
                                .time = BYTES_LITERAL("1700000000123"),
                                .caller = BYTES_LITERAL(SID),
                                .recipient = BYTES_LITERAL(NODE),
                                .key = BYTES_LITERAL("BAUG")};
}

static struct pop_headers service_headers(void)
{
    struct pop_headers headers = user_headers();
    headers.nonce = BYTES_LITERAL("000102030405060708090a0b0c0d0e0f");
    headers.caller = BYTES_LITERAL("387b3a873683e8598b36a985ac04fbc8");
    headers.key = (struct bytes){NULL, 0};
    return headers;
}

static void a_user_names_all_that_is_needed(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct pop pop;
        struct pop_headers user = user_headers();
        struct pop_headers service = service_headers();
        struct bytes *const in_user[] = {&user.signature, &user.nonce,     &user.time,
                                         &user.caller,    &user.recipient, &user.key};
        struct bytes *const in_service[] = {&service.signature, &service.nonce,     &service.time,
                                            &service.caller,    &service.recipient, &service.key};
        *in_user[i] = *in_service[i] = (struct bytes){NULL, 0};
        assert_status(POP_MISSING, pop_read(POP_USER, &user, &pop));
        uint16_t needed = i == 5 ? STATUS_OK : STATUS_POP_MISSING;
        assert_int_equal(needed, pop_read(POP_SERVICE, &service, &pop).code);
        *in_user[i] = *in_service[i] = BYTES_LITERAL("");
        assert_refused(POP_USER, &user);
        assert_refused(POP_SERVICE, &service);
    }
}

static void headers_of_users_have_one_form(void **state)
{
    (void)state;
    static const struct {
        int which;
        const char *text;
    } bad[] = {
        {0, "AAECAw=="},
        {0, "AAECA+"},
        {0, "AAECAx"},
        {0, "A"},
        {1, "00000000000001FF"},
        {1, "0x000000000001ff"},
        {1, "1ff"},
        {1, "00000000000001ff0"},
        {1, "511"},
        {2, "0x1"},
        {3, "8C5B8B0E-2A6E-4B59-9A0E-0F5F0C6D3B1A"},
        {3, "8c5b8b0e2a6e4b599a0e0f5f0c6d3b1a"},
        {3, "8c5b8b0e-2a6e-4b59-9a0e_0f5f0c6d3b1a"},
        {3, WALLET},
        {4, WALLET},
        {4, WALLET ":"},
        {4, WALLET "-00112233445566778899aabbccddeeff"},
        {4, WALLET ":00112233445566778899AABBCCDDEEFF"},
        {4, WALLET ":00112233445566778899aabbccddee"},
        {4, "0x19E7E376E7C213B7E7e7e46cc70a5dD086dAff2a:00112233445566778899aabbccddeeff"},
        {4, "cluster:" HASH "0"},
        {4, "cluster:"},
        {4, "Cluster:" HASH},
        {4, "cluster:CDcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"},
        {5, "BAUG="},
        {5, "BAU/"},
        {5, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pop_headers user = user_headers();
        struct pop_headers service = service_headers();
        struct bytes *const in_user[] = {&user.signature, &user.nonce,     &user.time,
                                         &user.caller,    &user.recipient, &user.key};
        struct bytes *const in_service[] = {&service.signature, &service.nonce,     &service.time,
                                            &service.caller,    &service.recipient, &service.key};
        *in_user[bad[i].which] = *in_service[bad[i].which] = bytes_of(bad[i].text);
        assert_refused(POP_USER, &user);
        bool is_of_service = pop_kind_of(bytes_of(bad[i].text)) == POP_SERVICE;
        if (bad[i].which != 3 || !is_of_service) {
            assert_refused(POP_SERVICE, &service);
        }
    }
    struct pop_headers service = service_headers();
    service.recipient = BYTES_LITERAL("cluster:" HASH);
    assert_refused(POP_SERVICE, &service);
    service = service_headers();
    service.caller = BYTES_LITERAL("387B3A873683E8598B36A985AC04FBC8");
    assert_refused(POP_SERVICE, &service);
    service = service_headers();
    service.nonce = user_headers().nonce;
    assert_refused(POP_SERVICE, &service);
    service = service_headers();
    service.key = user_headers().key;
    assert_refused(POP_SERVICE, &service);
}

/* The longest proof is taken, and none beyond. */
static void proofs_of_users_have_a_limit(void **state)
{
    (void)state;
    static char text[POP_PROOF_MAX / 3 * 4 + 8];
    struct pop pop;
    struct pop_headers user = user_headers();
    memset(text, 'A', sizeof text);
    user.signature = (struct bytes){(const uint8_t *)text, (POP_PROOF_MAX * 4 + 2) / 3};
    assert_status(OK, pop_read(POP_USER, &user, &pop));
    user.signature.len += 1;
    assert_refused(POP_USER, &user);
}

static void what_users_say_is_read(void **state)
{
    (void)state;
    static const uint8_t no_nonce[POP_NONCE];
    struct pop pop;
    struct pop_headers user = user_headers();
    struct pop_headers service = service_headers();
    assert_status(OK, pop_read(POP_USER, &user, &pop));
    assert_int_equal(0x1ff, pop.counter);
    assert_int_equal(1700000000123, pop.time);
    assert_false(pop.is_for_all);
    assert_memory_equal(no_nonce, pop.nonce, sizeof no_nonce);
    assert_bytes(unit_hex("8c5b8b0e2a6e4b599a0e0f5f0c6d3b1a"), BYTES_ARRAY(pop.caller));
    assert_bytes(user.key, pop.text.key);
    user.recipient = BYTES_LITERAL("cluster:" HASH);
    user.nonce = BYTES_LITERAL("ffffffffffffffff");
    assert_status(OK, pop_read(POP_USER, &user, &pop));
    assert_true(pop.is_for_all && pop.counter == UINT64_MAX);
    assert_status(OK, pop_read(POP_SERVICE, &service, &pop));
    assert_int_equal(0, pop.counter);
    assert_bytes(unit_hex("000102030405060708090a0b0c0d0e0f"), BYTES_ARRAY(pop.nonce));
    assert_bytes(unit_hex("387b3a873683e8598b36a985ac04fbc8"), BYTES_ARRAY(pop.caller));
}

static void the_form_of_a_caller_shows_its_kind(void **state)
{
    (void)state;
    assert_int_equal(POP_USER, pop_kind_of(user_headers().caller));
    assert_int_equal(POP_SERVICE, pop_kind_of(service_headers().caller));
    assert_int_equal(POP_APP, pop_kind_of(BYTES_LITERAL(WALLET)));
    assert_int_equal(POP_APP, pop_kind_of(BYTES_LITERAL("")));
    assert_int_equal(POP_APP, pop_kind_of((struct bytes){NULL, 0}));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_names_all_that_is_needed),
        cmocka_unit_test(headers_of_users_have_one_form),
        cmocka_unit_test(proofs_of_users_have_a_limit),
        cmocka_unit_test(what_users_say_is_read),
        cmocka_unit_test(the_form_of_a_caller_shows_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
