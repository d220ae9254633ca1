#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <pthread.h>

#include "crypto/p384.h"
#include "fixtures/vector_file.h"

#define ORDER_TOP "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77a"
#define POINT_7_X                                                                                  \
    "283c1d7365ce4788f29f8ebf234edffead6fe997fbea5ffa2d58cc9dfa7b1c508b05526f55b9ebb2040f05b48fb6" \
    "d0e1"
#define POINT_7_Y                                                                                  \
    "9475c99061e41b88ba52efdb8c1690471a61d867ed799729d9c92cd01dbd225630d84ede32a78f9e64664cdac512" \
    "ef8c"
#define SPKI_PREFIX "3076301006072a8648ce3d020106052b81040022036200"
#define ZERO                                                           \
    "0000000000000000000000000000000000000000000000000000000000000000" \
    "00000000000000000000000000000000"

static const char *const order_less = ORDER_TOP "ecec196accc52972";
static const char *const order = ORDER_TOP "ecec196accc52973";
static const char *const order_more = ORDER_TOP "ecec196accc52974";

static struct p384_key key_of(const char *hex)
{
    uint8_t bytes[P384_BYTES] = {0};
    struct bytes given = unit_hex(hex);
    struct p384_key key;
    memcpy(bytes + sizeof bytes - given.len, given.ptr, given.len);
    assert_status(OK, p384_key_from(bytes, &key));
    return key;
}

static void keys_out_of_range_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {ZERO, order, order_more,
                               "ffffffffffffffffffffffffffffffffffffffffffffffff"
                               "ffffffffffffffffffffffffffffffffffffffffffffffff"};
    const struct p384_key empty = {{0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct p384_key key = {{1}};
        assert_status(KEY_INVALID, p384_key_from(unit_hex(bad[i]).ptr, &key));
        assert_memory_equal(&empty, &key, sizeof key);
    }
    struct p384_key key = key_of(order_less);
    assert_memory_equal(unit_hex(order_less).ptr, key.d, sizeof key.d);
    key = key_of("01");
    assert_int_equal(1, key.d[47]);
}

static void assert_no_point(struct bytes in)
{
    const struct p384_point none = {{0}};
    struct p384_point point = {{1}};
    assert_status(POINT_INVALID, p384_point_parse(in, &point));
    assert_memory_equal(&none, &point, sizeof point);
}

static void what_is_no_point_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "00",
        "04",
        /* compressed, bare and in DER as openssl writes it; hybrid */
        "02" POINT_7_X,
        "03" POINT_7_X,
        "3046301006072a8648ce3d020106052b8104002203320002" POINT_7_X,
        "06" POINT_7_X POINT_7_Y,
        "07" POINT_7_X POINT_7_Y,
        SPKI_PREFIX "06" POINT_7_X POINT_7_Y,
        "00" POINT_7_X POINT_7_Y,
        "05" POINT_7_X POINT_7_Y,
        /* infinity, alone, padded, in DER; the origin */
        "00" ZERO ZERO,
        SPKI_PREFIX "00" ZERO ZERO,
        "3016301006072a8648ce3d020106052b81040022030200 00",
        "04" ZERO ZERO,
        SPKI_PREFIX "04" ZERO ZERO,
        /* P-256; brainpoolP384r1; P-384's point under P-256's and secp521r1's names */
        "3059301306072a8648ce3d020106082a8648ce3d030107034200048e533b6fa0bf7b4625bb30667c01fb607ef9"
        "f8b8"
        "a80fef5b300628703187b2a373eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4",
        "307a301406072a8648ce3d020106092b240303020801010b036200046460f955efdcbf3bf7393081ddf04a6474"
        "7781"
        "bc8956c1e5ff47be522f7f758244ae054e91e8aa160c76dc7302bcf1817a30d2af9219e43d33be0b515a36f3c9"
        "5c17"
        "b17dcad568ef85f51eae54657c72ed3ca9972dd90da5fc54207824db4187",
        "046460f955efdcbf3bf7393081ddf04a64747781bc8956c1e5ff47be522f7f758244ae054e91e8aa160c76dc73"
        "02bc"
        "f1817a30d2af9219e43d33be0b515a36f3c95c17b17dcad568ef85f51eae54657c72ed3ca9972dd90da5fc5420"
        "7824"
        "db4187",
        "3079301306072a8648ce3d020106082a8648ce3d03010703620004" POINT_7_X POINT_7_Y,
        "3076301006072a8648ce3d020106052b81040023036200"
        "04" POINT_7_X POINT_7_Y,
        /* length in long form */
        "308176301006072a8648ce3d020106052b8104002203620004" POINT_7_X POINT_7_Y,
        /* x = p, y = p; x and y exchanged */
        "04fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000"
        "ffffffff" POINT_7_Y,
        "04" POINT_7_X "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff000"
        "0000000000000ffffffff",
        "04" POINT_7_Y POINT_7_X,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[512];
        size_t len = 0;
        for (const char *at = bad[i]; *at != '\0'; at++) {
            if (*at != ' ') {
                text[len++] = *at;
            }
        }
        text[len] = '\0';
        assert_no_point(unit_hex(text));
    }
}

/* x = 0 has two points on P-384; the coordinate p is the same number and must not do. */
static void a_coordinate_that_is_not_reduced_is_refused(void **state)
{
    (void)state;
    static const char *const y = "c306610fb0ae5a159cf45c06069f22a6c5eb3641c602d42dea2c4b4f755507934"
                                 "06d80d2b91ad54f9048bd487af1ade1";
    char text[2 + 4 * P384_BYTES + 1] = "04" ZERO;
    struct p384_point point;
    strcat(text, y);
    assert_status(OK, p384_point_parse(unit_hex(text), &point));
    memcpy(text + 2,
           "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff000000000000000"
           "0ffffffff",
           96);
    assert_no_point(unit_hex(text));
}

static void every_changed_bit_and_length_is_refused(void **state)
{
    (void)state;
    uint8_t spki[P384_SPKI + 1] = {0};
    memcpy(spki, unit_hex(SPKI_PREFIX "04" POINT_7_X POINT_7_Y).ptr, P384_SPKI);
    struct p384_point point;
    for (size_t bit = 0; bit < 8 * P384_SPKI; bit++) {
        spki[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_no_point((struct bytes){spki, P384_SPKI});
        if (bit / 8 >= P384_SPKI - P384_SEC1) {
            assert_no_point((struct bytes){spki + P384_SPKI - P384_SEC1, P384_SEC1});
        }
        spki[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len <= sizeof spki; len++) {
        if (len != P384_SPKI) {
            assert_no_point((struct bytes){spki, len});
        }
        if (len != P384_SEC1 && len <= sizeof spki - 23) {
            assert_no_point((struct bytes){spki + 23, len});
        }
    }
    assert_status(OK, p384_point_parse((struct bytes){spki, P384_SPKI}, &point));
    assert_status(OK, p384_point_parse((struct bytes){spki + 23, P384_SEC1}, &point));
}

/* Only its very bytes are taken unseen: here those of no point of the curve. */
static void a_known_point_is_taken_for_its_bytes_alone(void **state)
{
    (void)state;
    const struct p384_point none = {{0}};
    uint8_t spki[P384_SPKI];
    memcpy(spki, unit_hex(SPKI_PREFIX "04" POINT_7_X POINT_7_Y).ptr, P384_SPKI);
    struct bytes sec1 = {spki + P384_SPKI - P384_SEC1, P384_SEC1};
    struct p384_point seven;
    struct p384_point point;
    assert_status(OK, p384_point_parse(sec1, &seven));
    struct p384_point known = seven;
    known.sec1[96] ^= 1;
    assert_status(OK, p384_point_parse_known(sec1, &known, &point));
    assert_true(p384_point_equal(&seven, &point));
    for (size_t bit = 0; bit < 8 * P384_SPKI; bit++) {
        spki[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool is_known = bit == 8 * (P384_SPKI - 1);
        int expected = is_known ? STATUS_OK : STATUS_POINT_INVALID;
        assert_int_equal(expected, p384_point_parse_known(BYTES_ARRAY(spki), &known, &point).code);
        assert_memory_equal(is_known ? &known : &none, &point, sizeof point);
        if (bit / 8 >= P384_SPKI - P384_SEC1) {
            assert_int_equal(expected, p384_point_parse_known(sec1, &known, &point).code);
        }
        spki[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(POINT_INVALID, p384_point_parse_known(BYTES_ARRAY(none.sec1), &none, &point));
    assert_status(POINT_INVALID, p384_point_parse_known((struct bytes){NULL, 0}, &none, &point));
}

static void a_point_that_was_never_parsed_shares_nothing(void **state)
{
    (void)state;
    const struct p384_shared none = {{0}};
    struct p384_key key = key_of("07");
    struct p384_point point = {{0}};
    struct p384_shared shared = {{1}};
    assert_status(POINT_INVALID, p384_ecdh(&key, &point, &shared));
    assert_memory_equal(&none, &shared, sizeof shared);
    assert_status(OK, p384_public(&key, &point));
    point.sec1[96] ^= 1;
    assert_status(POINT_INVALID, p384_ecdh(&key, &point, &shared));
}

static void both_forms_are_the_same_point(void **state)
{
    (void)state;
    struct p384_key key = key_of("07");
    struct p384_point made;
    struct p384_point spki;
    struct p384_point sec1;
    uint8_t out[P384_SPKI];
    assert_status(OK, p384_public(&key, &made));
    assert_status(OK, p384_point_parse(unit_hex(SPKI_PREFIX "04" POINT_7_X POINT_7_Y), &spki));
    assert_status(OK, p384_point_parse(unit_hex("04" POINT_7_X POINT_7_Y), &sec1));
    assert_true(p384_point_equal(&made, &spki) && p384_point_equal(&made, &sec1));
    p384_point_spki(&made, out);
    assert_bytes(unit_hex(SPKI_PREFIX "04" POINT_7_X POINT_7_Y), BYTES_ARRAY(out));
    key = key_of("08");
    assert_status(OK, p384_public(&key, &made));
    assert_false(p384_point_equal(&made, &spki));
}

/* 197 * G has an x that begins with a zero byte. */
static void zeros_in_front_are_kept(void **state)
{
    (void)state;
    struct p384_key one = key_of("01");
    struct p384_key last = key_of(order_less);
    struct p384_key key = key_of("c5");
    struct p384_point point;
    struct p384_shared shared;
    struct bytes x = unit_hex("004d104b26ee5671f72c10c986841d3e65d285e2516161b7baa341b12631b9e3"
                              "2b6f0d5896d8431c51d5d93a37cbc90e");
    assert_status(OK, p384_public(&key, &point));
    assert_memory_equal(x.ptr, point.sec1 + 1, P384_BYTES);
    assert_status(OK, p384_ecdh(&one, &point, &shared));
    assert_bytes(x, BYTES_ARRAY(shared.x));
    assert_status(OK, p384_ecdh(&last, &point, &shared));
    assert_bytes(x, BYTES_ARRAY(shared.x));
}

static EVP_PKEY *openssl_key(const struct p384_key *key, const struct p384_point *point)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *d = key == NULL ? NULL : BN_bin2bn(key->d, sizeof key->d, NULL);
    EVP_PKEY *made = NULL;
    OSSL_PARAM_BLD_push_utf8_string(builder, "group", "P-384", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, "pub", point->sec1, sizeof point->sec1);
    if (d != NULL) {
        OSSL_PARAM_BLD_push_BN(builder, "priv", d);
    }
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(1, EVP_PKEY_fromdata_init(context));
    assert_int_equal(1, EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params));
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(d);
    return made;
}

/* The other way through OpenSSL, by its key objects, agrees. */
static void shared_secrets_are_those_of_key_objects(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    for (int i = 0; i < 20; i++) {
        struct p384_key key[2];
        struct p384_point point[2];
        struct p384_shared shared[2];
        uint8_t expected[P384_BYTES];
        size_t len = sizeof expected;
        for (int j = 0; j < 2; j++) {
            assert_status(OK, p384_key_generate(&entropy, &key[j]));
            assert_status(OK, p384_public(&key[j], &point[j]));
        }
        assert_status(OK, p384_ecdh(&key[0], &point[1], &shared[0]));
        assert_status(OK, p384_ecdh(&key[1], &point[0], &shared[1]));
        EVP_PKEY *mine = openssl_key(&key[0], &point[0]);
        EVP_PKEY *peer = openssl_key(NULL, &point[1]);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(mine, NULL);
        assert_int_equal(1, EVP_PKEY_derive_init(context));
        assert_int_equal(1, EVP_PKEY_derive_set_peer(context, peer));
        assert_int_equal(1, EVP_PKEY_derive(context, expected, &len));
        assert_memory_equal(expected, shared[0].x, sizeof expected);
        assert_memory_equal(expected, shared[1].x, sizeof expected);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(mine);
        EVP_PKEY_free(peer);
    }
}

static void expect_shared(const struct json_in *at, const char *mine, const char *peer,
                          const char *expected)
{
    struct p384_key key;
    struct p384_point point;
    struct p384_shared shared;
    assert_status(OK, p384_key_from(vector_file_hex(at, mine).ptr, &key));
    assert_status(OK, p384_point_parse(vector_file_hex(at, peer), &point));
    assert_status(OK, p384_ecdh(&key, &point, &shared));
    assert_bytes(vector_file_hex(at, expected), BYTES_ARRAY(shared.x));
}

static void the_shared_secrets_of_the_reference(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova.json");
    struct json_in sealed = vector_file_member(&root, "sealed");
    struct json_in envelope = vector_file_member(&root, "envelope");
    expect_shared(&sealed, "requester_priv", "ephemeral_pubkey", "shared_secret");
    expect_shared(&sealed, "ephemeral_priv", "requester_spki", "shared_secret");
    expect_shared(&sealed, "ephemeral_priv", "requester_sec1", "shared_secret");
    expect_shared(&envelope, "app_priv", "kms_spki", "ecdh");
    expect_shared(&envelope, "kms_priv", "app_spki", "ecdh");
}

static void *share(void *argument)
{
    struct p384_shared *shared = argument;
    struct p384_key key = {{[47] = 5}};
    struct p384_point point;
    struct status status = p384_public(&key, &point);
    for (int i = 0; i < 20 && status_is_ok(status); i++) {
        status = p384_ecdh(&key, &point, shared);
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    pthread_t threads[4];
    struct p384_shared shared[4] = {{{0}}};
    struct p384_key key = key_of("19");
    struct p384_point point;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(0, pthread_create(&threads[i], NULL, share, &shared[i]));
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(0, pthread_join(threads[i], NULL));
    }
    assert_status(OK, p384_public(&key, &point));
    for (size_t i = 0; i < 4; i++) {
        assert_memory_equal(point.sec1 + 1, shared[i].x, P384_BYTES);
    }
}

static struct status give(void *context, uint8_t *out, size_t len)
{
    int *calls = context;
    memcpy(out, unit_hex(*calls == 0 ? order : order_less).ptr, len);
    *calls += 1;
    return *calls > 2 ? FAIL(ENTROPY) : OK;
}

static void a_failing_generator_makes_no_key(void **state)
{
    (void)state;
    int calls = 0;
    const struct p384_key empty = {{0}};
    struct p384_key key = {{1}};
    struct entropy entropy = {&calls, give};
    assert_status(OK, p384_key_generate(&entropy, &key));
    assert_int_equal(2, calls);
    assert_memory_equal(unit_hex(order_less).ptr, key.d, sizeof key.d);
    assert_status(ENTROPY, p384_key_generate(&entropy, &key));
    assert_memory_equal(&empty, &key, sizeof key);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(keys_out_of_range_are_refused),
        cmocka_unit_test(what_is_no_point_is_refused),
        cmocka_unit_test(a_coordinate_that_is_not_reduced_is_refused),
        cmocka_unit_test(every_changed_bit_and_length_is_refused),
        cmocka_unit_test(a_known_point_is_taken_for_its_bytes_alone),
        cmocka_unit_test(a_point_that_was_never_parsed_shares_nothing),
        cmocka_unit_test(a_failing_generator_makes_no_key),
        cmocka_unit_test(both_forms_are_the_same_point),
        cmocka_unit_test(zeros_in_front_are_kept),
        cmocka_unit_test(shared_secrets_are_those_of_key_objects),
        cmocka_unit_test(the_shared_secrets_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
