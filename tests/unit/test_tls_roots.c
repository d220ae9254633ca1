#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/vector_file.h"
#include "tls/tls_roots.h"

enum { LIST_MAX = 16 };

static struct json_in certificates;

static struct json_in certificate(struct bytes name)
{
    for (size_t i = 0; i < vector_file_count(&certificates); i++) {
        struct json_in one = json_in_item(&certificates, i);
        if (bytes_equal(name, vector_file_text(&one, "name"))) {
            return one;
        }
    }
    fail();
    return certificates;
}

static struct json_in item_of(const struct json_in *list, size_t index)
{
    struct bytes name;
    struct json_in item = json_in_item(list, index);
    assert_status(OK, json_in_string(&item, &name));
    return certificate(name);
}

/* Of a certificate, in memory that stays until the next test. */
static struct bytes der_of(const struct json_in *one)
{
    static uint8_t memory[64][1024];
    static size_t next;
    struct bytes der = vector_file_hex(one, "der");
    uint8_t *place = memory[next++ % 64];
    assert_true(der.len <= sizeof memory[0]);
    memcpy(place, der.ptr, der.len);
    return (struct bytes){place, der.len};
}

/* A file of certificates, for as long as it takes to read it. */
static void open_pool(const struct json_in *list, const struct tls_roots_rule *rule,
                      struct tls_pool *ret)
{
    bool is_named = list != &certificates;
    char path[] = "/tmp/coffer-pool-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    for (size_t i = 0; i < vector_file_count(list); i++) {
        struct json_in one = is_named ? item_of(list, i) : json_in_item(list, i);
        struct bytes pem = vector_file_text(&one, "pem");
        assert_int_equal(pem.len, write(file, pem.ptr, pem.len));
    }
    close(file);
    assert_status(OK, tls_pool_open(path, rule->keys, rule->key_count, ret));
    unlink(path);
}

static enum tls_roots_verdict judge(const struct json_in *one)
{
    struct tls_pool_key keys[LIST_MAX];
    struct bytes chain[LIST_MAX];
    char host[64] = "";
    struct tls_pool pool;
    struct json_in listed = vector_file_member(one, "keys");
    struct json_in sent = vector_file_member(one, "chain");
    struct json_in at_hand = vector_file_member(one, "pool");
    struct bytes name = vector_file_text(one, "host");
    memcpy(host, name.ptr, name.len);
    for (size_t i = 0; i < vector_file_count(&listed); i++) {
        struct json_in key = item_of(&listed, i);
        memcpy(keys[i].hash, vector_file_hex(&key, "key").ptr, sizeof keys[0].hash);
    }
    for (size_t i = 0; i < vector_file_count(&sent); i++) {
        struct json_in der = item_of(&sent, i);
        chain[i] = der_of(&der);
    }
    const struct tls_roots_rule rule = {keys, vector_file_count(&listed), &pool, host};
    open_pool(&at_hand, &rule, &pool);
    const struct clock_interval now = {vector_file_u64(one, "lo_ms"),
                                       vector_file_u64(one, "hi_ms")};
    enum tls_roots_verdict verdict = tls_roots_judge(&rule, now, chain, vector_file_count(&sent));
    tls_pool_close(&pool);
    return verdict;
}

static void every_chain_has_its_verdict(void **state)
{
    static const char *const words[] = {
        [TLS_ROOTS_UNASKED] = "",  [TLS_ROOTS_GOOD] = "good", [TLS_ROOTS_UNLISTED] = "unlisted",
        [TLS_ROOTS_TIME] = "time", [TLS_ROOTS_NAME] = "name", [TLS_ROOTS_INVALID] = "invalid"};
    (void)state;
    struct json_in root = vector_file_root("tls-chains.json");
    struct json_in cases = vector_file_member(&root, "cases");
    certificates = vector_file_member(&root, "certificates");
    size_t wrong = 0;
    for (size_t i = 0; i < vector_file_count(&cases); i++) {
        struct json_in one = json_in_item(&cases, i);
        struct bytes name = vector_file_text(&one, "name");
        const char *said = words[judge(&one)];
        if (!bytes_equal(vector_file_text(&one, "verdict"), bytes_of(said))) {
            print_message("%.*s: %s\n", (int)name.len, (const char *)name.ptr, said);
            wrong++;
        }
    }
    assert_int_equal(0, wrong);
    assert_true(vector_file_count(&cases) > 60);
}

static struct json_in first_certificate(void)
{
    struct json_in root = vector_file_root("tls-chains.json");
    certificates = vector_file_member(&root, "certificates");
    return certificate(BYTES_LITERAL("root"));
}

static void what_is_no_certificate_is_no_chain(void **state)
{
    (void)state;
    struct json_in root = first_certificate();
    struct json_in server = certificate(BYTES_LITERAL("server-of-root"));
    struct bytes der = der_of(&server);
    struct bytes above = der_of(&root);
    struct tls_pool_key keys[1];
    uint8_t longer[4096] = {0};
    struct tls_pool pool = {0};
    const struct clock_interval now = {1769904000000, 1769904000000};
    memcpy(keys[0].hash, vector_file_hex(&root, "key").ptr, sizeof keys[0].hash);
    const struct tls_roots_rule rule = {keys, 1, &pool, "issuer.test"};
    memcpy(longer, der.ptr, der.len);
    for (size_t len = 0; len < der.len + 2; len++) {
        struct bytes chain[3] = {{longer, len}, above, {longer, len}};
        bool is_whole = len == der.len;
        enum tls_roots_verdict wanted = is_whole ? TLS_ROOTS_GOOD : TLS_ROOTS_INVALID;
        assert_int_equal(wanted, tls_roots_judge(&rule, now, chain, 2));
        chain[0] = der;
        assert_int_equal(wanted, tls_roots_judge(&rule, now, chain, 3));
    }
}

/* Whatever byte of the server's certificate is another: it is no good any more. */
static void no_byte_can_be_changed(void **state)
{
    (void)state;
    (void)first_certificate();
    struct json_in server = certificate(BYTES_LITERAL("server-of-root"));
    struct json_in root = certificate(BYTES_LITERAL("root"));
    struct tls_pool_key keys[1];
    uint8_t changed[4096];
    struct tls_pool pool = {0};
    const struct clock_interval now = {1769904000000, 1769904000000};
    memcpy(keys[0].hash, vector_file_hex(&root, "key").ptr, sizeof keys[0].hash);
    const struct tls_roots_rule rule = {keys, 1, &pool, "issuer.test"};
    struct bytes der = der_of(&server);
    struct bytes above = der_of(&root);
    struct bytes chain[2] = {{changed, der.len}, above};
    memcpy(changed, der.ptr, der.len);
    assert_int_equal(TLS_ROOTS_GOOD, tls_roots_judge(&rule, now, chain, 2));
    for (size_t i = 0; i < der.len; i++) {
        changed[i] ^= 1;
        assert_true(tls_roots_judge(&rule, now, chain, 2) != TLS_ROOTS_GOOD);
        changed[i] ^= 1;
    }
}

static void a_pool_keeps_what_is_listed(void **state)
{
    (void)state;
    struct json_in one = first_certificate();
    struct tls_pool_key keys[1];
    struct tls_pool pool = {&pool};
    memcpy(keys[0].hash, vector_file_hex(&one, "key").ptr, sizeof keys[0].hash);
    assert_status(OK, tls_pool_open("", keys, 1, &pool));
    assert_int_equal(0, tls_pool_count(&pool));
    assert_status(IO, tls_pool_open("/nowhere/at/all", keys, 1, &pool));
    assert_int_equal(0, tls_pool_count(&pool));
    assert_status(IO, tls_pool_open("/", keys, 1, &pool));
    struct tls_roots_rule rule = {.keys = keys, .key_count = 1};
    open_pool(&certificates, &rule, &pool);
    assert_int_equal(2, tls_pool_count(&pool)); /* as it is, and as another one signed it */
    tls_pool_close(&pool);
    tls_pool_close(&pool);
    rule.key_count = 0;
    open_pool(&certificates, &rule, &pool);
    assert_int_equal(0, tls_pool_count(&pool));
    tls_pool_close(&pool);
}

static void a_pool_of_something_else_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char path[] = "/tmp/coffer-pool-XXXXXX";
        struct tls_pool pool;
        int file = mkstemp(path);
        assert_int_equal(strlen(texts[i]), write(file, texts[i], strlen(texts[i])));
        close(file);
        assert_status(IO, tls_pool_open(path, NULL, 0, &pool));
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chain_has_its_verdict),
        cmocka_unit_test(what_is_no_certificate_is_no_chain),
        cmocka_unit_test(no_byte_can_be_changed),
        cmocka_unit_test(a_pool_keeps_what_is_listed),
        cmocka_unit_test(a_pool_of_something_else_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
