#include <stdio.h>
#include <unistd.h>

#include "fixtures/unit.h"
#include "registry/static_registry_dev.h"

#define WALLET "0x1563915e194d8cfba1943570603f7606a3115508"
#define OTHER  "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
#define LATER  "0x1563915e194d8cfba1943570603f7606a3115509"
#define POINT                                                                  \
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f2" \
    "5dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a14" \
    "7ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
#define SPKI "3076301006072a8648ce3d020106052b81040022036200"
#define ROW(wallet, more) \
    "{\"app_id\":7,\"wallet\":\"" wallet "\",\"tee_pubkey\":\"0x" POINT "\"" more "}"
#define ROWS(rows)      "{\"instances\":[" rows "]}"
#define ANCHOR(text)    "{\"instances\":[],\"anchor\":" text "}"
#define ROOT_FILE(text) "{\"instances\":[],\"root_hash_file\":" text "}"
#define HEADER          "0x4242424242424242424242424242424242424242424242424242424242424242"
#define NO_HEADER       "0x0000000000000000000000000000000000000000000000000000000000000000"

static struct arena arena;
static struct mem mem;
static char where[CONFIG_WHERE_MAX];
static struct static_registry_dev *registry;

static int start(void **state)
{
    (void)state;
    mem_init(&mem, 4u << 20);
    return status_is_ok(arena_init(&arena, 32u << 20)) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return mem_used(&mem) == 0 ? 0 : -1;
}

static struct status open_rows(const char *text)
{
    struct static_registry_dev_setup setup = {
        .text = bytes_of(text), .kms_app_id = {[31] = 9}, .arena = &arena, .mem = &mem};
    arena_reset(&arena);
    static_registry_dev_close(&registry);
    return static_registry_dev_open(&setup, &registry, where);
}

static struct status ask(const char *wallet, enum registry_role role, struct registry_grant *ret)
{
    struct registry_port port = static_registry_dev_port(registry);
    struct registry_question question = {.role = role, .use = REGISTRY_SIGN, .now_ms = 1000};
    memcpy(question.wallet.b, unit_hex(wallet + 2).ptr, sizeof question.wallet.b);
    return registry_lookup(&port, &question, ret);
}

static const struct {
    const char *text;
    const char *code;
    const char *where;
} wrong[] = {
    {"", "BAD_JSON", ""},
    {"{}", "MISSING_FIELD", "instances"},
    {"{\"instances\":{}}", "BAD_TYPE", "instances"},
    {"{\"instances\":null}", "BAD_TYPE", "instances"},
    {"{\"instances\":[],\"rows\":[]}", "UNKNOWN_FIELD", "rows"},
    {ROWS("7"), "BAD_TYPE", "instances[0]"},
    {ROWS("{}"), "MISSING_FIELD", "instances[0].app_id"},
    {ROWS("{\"app_id\":null}"), "BAD_TYPE", "instances[0].app_id"},
    {ROWS("{\"app_id\":-1}"), "NUMBER_RANGE", "instances[0].app_id"},
    {ROWS("{\"app_id\":\"18446744073709551616\"}"), "NUMBER_RANGE", "instances[0].app_id"},
    {ROWS("{\"app_id\":\"0x7\"}"), "INVALID_DECIMAL", "instances[0].app_id"},
    {ROWS("{\"app_id\":7}"), "MISSING_FIELD", "instances[0].wallet"},
    {ROWS("{\"app_id\":7,\"wallet\":\"0x12\"}"), "INVALID_HEX", "instances[0].wallet"},
    {ROWS("{\"app_id\":7,\"wallet\":\"" WALLET "\"}"), "MISSING_FIELD", "instances[0].tee_pubkey"},
    {ROWS("{\"app_id\":7,\"wallet\":\"" WALLET "\",\"tee_pubkey\":\"0x\"}"), "INVALID_HEX",
     "instances[0].tee_pubkey"},
    {ROWS(ROW(WALLET, ",\"app_status\":\"Active\"")), "CONFIG_INVALID", "instances[0].app_status"},
    {ROWS(ROW(WALLET, ",\"version_status\":\"\"")), "CONFIG_INVALID",
     "instances[0].version_status"},
    {ROWS(ROW(WALLET, ",\"instance_status\":0")), "BAD_TYPE", "instances[0].instance_status"},
    {ROWS(ROW(WALLET, ",\"zk_verified\":1")), "BAD_TYPE", "instances[0].zk_verified"},
    {ROWS(ROW(WALLET, ",\"measurement\":\"0x00\"")), "INVALID_HEX", "instances[0].measurement"},
    {ROWS(ROW(WALLET, ",\"url\":\"localhost\"")), "CONFIG_INVALID", "instances[0].url"},
    {ROWS(ROW(WALLET, ",\"status\":\"active\"")), "UNKNOWN_FIELD", "instances[0].status"},
    {ROWS(ROW(WALLET, "") "," ROW(OTHER, "") "," ROW(WALLET, "")), "CONFIG_INVALID",
     "instances[2]"},
    {ANCHOR("7"), "BAD_TYPE", "anchor"},
    {ANCHOR("{}"), "MISSING_FIELD", "anchor.height"},
    {ANCHOR("{\"height\":7}"), "MISSING_FIELD", "anchor.header"},
    {ANCHOR("{\"height\":7,\"header\":\"0x42\"}"), "INVALID_HEX", "anchor.header"},
    {ANCHOR("{\"height\":7,\"header\":\"" HEADER "\",\"by\":1}"), "UNKNOWN_FIELD", "anchor.by"},
    {ANCHOR("{\"height\":-1,\"header\":\"" HEADER "\"}"), "NUMBER_RANGE", "anchor.height"},
    {ANCHOR("{\"height\":0,\"header\":\"" HEADER "\"}"), "CONFIG_INVALID", "anchor"},
    {ANCHOR("{\"height\":7,\"header\":\"" NO_HEADER "\"}"), "CONFIG_INVALID", "anchor"},
    {ANCHOR("{\"height\":\"18446744073709551616\",\"header\":\"" HEADER "\"}"), "NUMBER_RANGE",
     "anchor.height"},
    {"{\"instances\":[],\"anchor\":{\"height\":7,\"header\":\"" HEADER "\"},"
     "\"root_hash_file\":\"a\"}",
     "CONFIG_INVALID", "root_hash_file"},
    {ROOT_FILE("7"), "BAD_TYPE", "root_hash_file"},
    {ROOT_FILE("\"\""), "CONFIG_INVALID", "root_hash_file"},
    {ROOT_FILE("\"a\\u0000b\""), "CONFIG_INVALID", "root_hash_file"},
};

static void what_is_wrong_is_refused_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_string_equal(wrong[i].code, status_name(open_rows(wrong[i].text).code));
        assert_string_equal(wrong[i].where, where);
        assert_null(registry);
    }
}

static void a_key_must_be_a_point(void **state)
{
    (void)state;
    char text[] = ROWS(ROW(WALLET, ""));
    assert_status(OK, open_rows(text));
    strstr(text, "ea0e5f")[5] = 'e';
    assert_status(POINT_INVALID, open_rows(text));
    assert_string_equal(where, "instances[0].tee_pubkey");
}

static void a_row_is_a_grant_until_its_deadline(void **state)
{
    (void)state;
    struct registry_grant grant;
    assert_status(OK, open_rows(ROWS(ROW(OTHER, "") "," ROW(WALLET, ",\"version_id\":3"))));
    assert_status(OK, ask(WALLET, REGISTRY_APP, &grant));
    assert_true(grant.app_id[31] == 7 && grant.version_id == 3 && grant.instance_id == 1);
    assert_true(grant.seen_ms == 1000 && grant.deadline_ms == 121000);
    assert_bytes(unit_hex(POINT), BYTES_ARRAY(grant.tee_point.sec1));
    assert_status(NOT_A_PEER, ask(WALLET, REGISTRY_PEER, &grant));
    assert_int_equal(grant.deadline_ms, 0);
    assert_status(INSTANCE_NOT_FOUND,
                  ask("0x1563915e194d8cfba1943570603f7606a3115509", REGISTRY_APP, &grant));
}

static void both_forms_of_a_key_are_one_point(void **state)
{
    (void)state;
    struct registry_grant grant;
    assert_status(OK, open_rows(ROWS("{\"app_id\":\"7\",\"wallet\":\"" WALLET
                                     "\",\"tee_pubkey\":\"0x" SPKI POINT "\"}")));
    assert_status(OK, ask(WALLET, REGISTRY_APP, &grant));
    assert_bytes(unit_hex(POINT), BYTES_ARRAY(grant.tee_point.sec1));
}

static void rows_go_through_the_rules(void **state)
{
    static const struct {
        const char *text;
        enum status_code code;
    } rows[] = {
        {ROWS(ROW(WALLET, ",\"app_status\":\"inactive\"")), STATUS_APP_NOT_ACTIVE},
        {ROWS(ROW(WALLET, ",\"app_status\":\"revoked\"")), STATUS_APP_NOT_ACTIVE},
        {ROWS(ROW(WALLET, ",\"version_status\":\"deprecated\"")), STATUS_VERSION_NOT_ENROLLED},
        {ROWS(ROW(WALLET, ",\"version_status\":\"revoked\"")), STATUS_VERSION_NOT_ENROLLED},
        {ROWS(ROW(WALLET, ",\"instance_status\":\"stopped\"")), STATUS_INSTANCE_NOT_ACTIVE},
        {ROWS(ROW(WALLET, ",\"instance_status\":\"failed\"")), STATUS_INSTANCE_NOT_ACTIVE},
        {ROWS(ROW(WALLET, ",\"zk_verified\":false")), STATUS_INSTANCE_NOT_VERIFIED},
        {ROWS(ROW(WALLET, ",\"instance_id\":0")), STATUS_INSTANCE_NOT_FOUND},
        {ROWS(ROW(WALLET, ",\"version_id\":0")), STATUS_VERSION_NOT_FOUND},
    };
    (void)state;
    struct registry_grant grant;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_status(OK, open_rows(rows[i].text));
        assert_string_equal(status_name(rows[i].code),
                            status_name(ask(WALLET, REGISTRY_APP, &grant).code));
    }
}

static void peers_are_the_rows_of_the_service(void **state)
{
    (void)state;
    static struct registry_peer peer[REGISTRY_PEERS_MAX];
    struct registry_root root;
    struct registry_grant grant;
    assert_status(
        OK, open_rows(ROWS(ROW(OTHER, "") ",{\"app_id\":9,\"wallet\":\"" WALLET
                                          "\",\"url\":\"http://n1:4000\",\"tee_pubkey\":\"0x" POINT
                                          "\"}")));
    struct registry_port port = static_registry_dev_port(registry);
    assert_int_equal(registry_peers(&port, 5, peer), 1);
    assert_string_equal(peer[0].url, "http://n1:4000");
    assert_true(peer[0].grant.deadline_ms == 5 + REGISTRY_SERVE_MS);
    assert_status(OK, ask(WALLET, REGISTRY_PEER, &grant));
    assert_status(APP_RESERVED, ask(WALLET, REGISTRY_APP, &grant));
    assert_true(registry_health(&port, 5).is_static);
    assert_status(OK, registry_root(&port, REGISTRY_HAND_OFF, 5, &root));
    assert_false(root.is_published);
    static_registry_dev_close(&registry);
}

static void the_anchor_is_what_the_file_says(void **state)
{
    (void)state;
    struct registry_anchor is;
    assert_status(OK, open_rows(ROWS("")));
    struct registry_port port = static_registry_dev_port(registry);
    assert_status(OK, registry_anchor(&port, REGISTRY_HAND_OFF, 5, &is));
    assert_true(!is.is_anchored && is.height == 0 && is.deadline_ms == 5 + REGISTRY_HAND_OFF_MS);
    assert_status(
        OK, open_rows(ANCHOR("{\"height\":\"18446744073709551615\",\"header\":\"" HEADER "\"}")));
    port = static_registry_dev_port(registry);
    assert_status(OK, registry_anchor(&port, REGISTRY_SERVE, 5, &is));
    assert_true(is.is_anchored && is.height == UINT64_MAX);
    assert_true(is.deadline_ms == 5 + REGISTRY_SERVE_MS);
    assert_bytes(unit_hex(&HEADER[2]), BYTES_ARRAY(is.header));
    static_registry_dev_close(&registry);
}

static void the_root_is_what_is_in_the_file_that_is_named(void **state)
{
    (void)state;
    char path[] = "/tmp/coffer-test-rows-XXXXXX";
    char text[128];
    struct registry_root is;
    struct publisher_port publisher;
    const uint8_t hash[REGISTRY_HASH] = {7};
    assert_status(OK, open_rows(ROWS("")));
    assert_false(static_registry_dev_publisher(registry, &publisher));
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    unlink(path);
    (void)snprintf(text, sizeof text, ROOT_FILE("\"%s\""), path);
    assert_status(OK, open_rows(text));
    struct registry_port port = static_registry_dev_port(registry);
    assert_status(OK, registry_root(&port, REGISTRY_SIGN, 5, &is));
    assert_false(is.is_published);
    assert_true(static_registry_dev_publisher(registry, &publisher));
    assert_status(OK, publisher_root_hash(&publisher, hash));
    assert_status(OK, registry_root(&port, REGISTRY_SIGN, 6, &is));
    assert_true(is.is_published);
    assert_memory_equal(hash, is.hash, sizeof hash);
    assert_int_equal(6 + REGISTRY_SIGN_MS, is.deadline_ms);
    assert_int_equal(0, unlink(path));
    static_registry_dev_close(&registry);
}

static const char *rows_file;

/* As one should: whole or not at all. */
static void write_rows(const char *text)
{
    char other[64];
    (void)snprintf(other, sizeof other, "%s.new", rows_file);
    FILE *file = fopen(other, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    assert_int_equal(0, rename(other, rows_file));
}

static struct status ask_at(const char *wallet, uint64_t now_ms)
{
    struct registry_grant grant;
    struct registry_port port = static_registry_dev_port(registry);
    struct registry_question question = {
        .role = REGISTRY_APP, .use = REGISTRY_SIGN, .now_ms = now_ms};
    memcpy(question.wallet.b, unit_hex(wallet + 2).ptr, sizeof question.wallet.b);
    return registry_lookup(&port, &question, &grant);
}

static void a_file_that_changed_is_read_again_as_a_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/coffer-test-rows-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    rows_file = path;
    write_rows(ROWS(ROW(WALLET, "")));
    struct static_registry_dev_setup setup = {.text = BYTES_LITERAL(ROWS(ROW(WALLET, ""))),
                                              .file = path,
                                              .kms_app_id = {[31] = 9},
                                              .arena = &arena,
                                              .mem = &mem};
    arena_reset(&arena);
    assert_status(OK, static_registry_dev_open(&setup, &registry, where));
    assert_status(OK, ask_at(WALLET, 1000));
    write_rows(ROWS(ROW(LATER, "")));
    assert_status(OK, ask_at(WALLET, 1000 + STATIC_REGISTRY_DEV_LOOK_MS - 1));
    assert_status(INSTANCE_NOT_FOUND, ask_at(WALLET, 1000 + STATIC_REGISTRY_DEV_LOOK_MS));
    assert_status(OK, ask_at(LATER, 1000 + STATIC_REGISTRY_DEV_LOOK_MS));
    /* The first row alone could be taken. */
    write_rows(ROWS(ROW(WALLET, "") ",7"));
    assert_status(OK, ask_at(LATER, 2000));
    assert_status(INSTANCE_NOT_FOUND, ask_at(WALLET, 2000));
    assert_int_equal(0, unlink(path));
    assert_status(OK, ask_at(LATER, 3000));
    write_rows(ROWS(ROW(LATER, "") "," ROW(WALLET, "")));
    assert_status(OK, ask_at(WALLET, 4000));
    assert_int_equal(0, unlink(path));
    static_registry_dev_close(&registry);
}

static void the_file_of_the_root_stays_the_first_one(void **state)
{
    (void)state;
    char path[] = "/tmp/coffer-test-rows-XXXXXX";
    struct registry_root is;
    struct publisher_port publisher;
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    rows_file = path;
    write_rows(ROOT_FILE("\"/tmp/coffer-test-rows-none\""));
    struct static_registry_dev_setup setup = {
        .text = BYTES_LITERAL(ROWS("")), .file = path, .arena = &arena, .mem = &mem};
    arena_reset(&arena);
    assert_status(OK, static_registry_dev_open(&setup, &registry, where));
    assert_status(INSTANCE_NOT_FOUND, ask_at(WALLET, 1000));
    struct registry_port port = static_registry_dev_port(registry);
    assert_status(OK, registry_root(&port, REGISTRY_SIGN, 1000, &is));
    assert_false(static_registry_dev_publisher(registry, &publisher));
    assert_int_equal(0, unlink(path));
    static_registry_dev_close(&registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_refused_whole),
        cmocka_unit_test(a_key_must_be_a_point),
        cmocka_unit_test(a_row_is_a_grant_until_its_deadline),
        cmocka_unit_test(both_forms_of_a_key_are_one_point),
        cmocka_unit_test(rows_go_through_the_rules),
        cmocka_unit_test(peers_are_the_rows_of_the_service),
        cmocka_unit_test(the_anchor_is_what_the_file_says),
        cmocka_unit_test(the_root_is_what_is_in_the_file_that_is_named),
        cmocka_unit_test(a_file_that_changed_is_read_again_as_a_whole),
        cmocka_unit_test(the_file_of_the_root_stays_the_first_one),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
