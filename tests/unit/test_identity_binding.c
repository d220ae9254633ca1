#include "fixtures/unit.h"
#include "wire/identity_binding.h"

enum { ROOM = 65536 };

static struct arena arena;

/* The generator of the curve, and its double, as SEC 1 writes them. */
#define POINT                                                                                  \
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e" \
    "3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e81" \
    "9d7a431d7c90ea0e5f"
#define DOMAIN "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define WALLET "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"
#define BOOT   "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
#define TRUST  "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
#define SPKI   "3076301006072a8648ce3d020106052b81040022036200" POINT

#define MEMBERS(domain, wallet, envelope, tee, boot, trust)                               \
    "\"domain_id\":\"" domain "\",\"wallet\":\"" wallet "\",\"envelope_key\":\"" envelope \
    "\",\"tee_pubkey\":\"" tee "\",\"boot_id\":\"" boot "\",\"trust_digest\":\"" trust "\""
#define RIGHT_MEMBERS MEMBERS(DOMAIN, "0x" WALLET, POINT, SPKI, BOOT, TRUST)

static struct status read_json(const char *text, struct identity_binding *ret)
{
    struct json_in_doc doc;
    arena_reset(&arena);
    memset(ret, 0x55, sizeof *ret);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in root = json_in_root(&doc);
    return identity_binding_read(&root, ret);
}

static void the_bytes_are_as_they_are_described(void **state)
{
    (void)state;
    struct identity_binding binding;
    uint8_t bytes[IDENTITY_BINDING];
    assert_status(OK, read_json("{" RIGHT_MEMBERS "}", &binding));
    identity_binding_put(&binding, bytes);
    assert_int_equal(295, sizeof bytes);
    assert_bytes(unit_hex("01" DOMAIN WALLET POINT POINT BOOT TRUST), BYTES_ARRAY(bytes));
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct identity_binding binding;
    uint8_t memory[2048];
    struct buf out = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&out);
    assert_status(OK, read_json("{" RIGHT_MEMBERS "}", &binding));
    identity_binding_json(&binding, &json);
    assert_bytes(BYTES_LITERAL("{" RIGHT_MEMBERS "}"), buf_bytes(&out));
}

static void every_member_changes_the_bytes(void **state)
{
    (void)state;
    struct identity_binding binding;
    uint8_t before[IDENTITY_BINDING];
    uint8_t after[IDENTITY_BINDING];
    assert_status(OK, read_json("{" RIGHT_MEMBERS "}", &binding));
    identity_binding_put(&binding, before);
    for (size_t i = 0; i < sizeof binding; i++) {
        ((uint8_t *)&binding)[i] ^= 1;
        identity_binding_put(&binding, after);
        assert_memory_not_equal(before, after, sizeof after);
        ((uint8_t *)&binding)[i] ^= 1;
    }
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status_code code;
    } wrong[] = {
        {"[]", STATUS_BAD_TYPE},
        {"{}", STATUS_MISSING_FIELD},
        {"{" RIGHT_MEMBERS ",\"url\":\"http://x\"}", STATUS_UNKNOWN_FIELD},
        {"{" MEMBERS("", "0x" WALLET, POINT, SPKI, BOOT, TRUST) "}", STATUS_INVALID_HEX},
        {"{" MEMBERS(DOMAIN "00", "0x" WALLET, POINT, SPKI, BOOT, TRUST) "}", STATUS_INVALID_HEX},
        {"{" MEMBERS(DOMAIN, "0x" WALLET "0", POINT, SPKI, BOOT, TRUST) "}",
         STATUS_INVALID_ADDRESS},
        {"{" MEMBERS(DOMAIN, "0x" WALLET, SPKI, SPKI, BOOT, TRUST) "}", STATUS_INVALID_HEX},
        {"{" MEMBERS(DOMAIN, "0x" WALLET, POINT, POINT, BOOT, TRUST) "}", STATUS_INVALID_HEX},
        {"{" MEMBERS(DOMAIN, "0x" WALLET, "04" DOMAIN DOMAIN DOMAIN, SPKI, BOOT, TRUST) "}",
         STATUS_POINT_INVALID},
        {"{" MEMBERS(DOMAIN, "0x" WALLET, POINT, SPKI, "00", TRUST) "}", STATUS_INVALID_HEX},
        {"{" MEMBERS(DOMAIN, "0x" WALLET, POINT, SPKI, BOOT, "zz") "}", STATUS_INVALID_HEX},
    };
    static const struct identity_binding zero;
    struct identity_binding binding;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct status status = read_json(wrong[i].text, &binding);
        assert_string_equal(status_name(wrong[i].code), status_name(status.code));
        assert_memory_equal(&zero, &binding, sizeof binding);
    }
}

static int setup(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, ROOM)) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_as_they_are_described),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_member_changes_the_bytes),
        cmocka_unit_test(what_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
