#include <stdio.h>

#include "fixtures/vector_file.h"
#include "starknet/felt_text.h"
#include "starknet/typed_data.h"
#include "starknet/typed_types_internal.h"

static struct arena arena;
static struct json_in_doc doc;

static struct status read_text(const char *text, struct typed_data *ret)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in root = json_in_root(&doc);
    return typed_data_read(&arena, &root, ret);
}

#define DOMAIN1                                                         \
    "\"StarknetDomain\":[{\"name\":\"name\",\"type\":\"shortstring\"}," \
    "{\"name\":\"version\",\"type\":\"shortstring\"},"                  \
    "{\"name\":\"chainId\",\"type\":\"shortstring\"},"                  \
    "{\"name\":\"revision\",\"type\":\"shortstring\"}]"
#define VALUES1 \
    "\"domain\":{\"name\":\"A\",\"version\":\"1\",\"chainId\":\"SN_MAIN\",\"revision\":\"1\"}"
#define DOMAIN0                                                  \
    "\"StarkNetDomain\":[{\"name\":\"name\",\"type\":\"felt\"}," \
    "{\"name\":\"chainId\",\"type\":\"felt\"}]"
#define VALUES0 "\"domain\":{\"name\":\"A\",\"chainId\":\"SN_MAIN\"}"

/* The code for typed data of revision 1 with these further types and this message of type P. */
static int code1(const char *types, const char *message)
{
    static char text[1 << 16];
    struct typed_data data;
    int len =
        snprintf(text, sizeof text,
                 "{\"types\":{" DOMAIN1 ",%s},\"primaryType\":\"P\"," VALUES1 ",\"message\":%s}",
                 types, message);
    assert_in_range(len, 1, sizeof text - 1);
    return read_text(text, &data).code;
}

static int code0(const char *types, const char *message)
{
    static char text[1 << 16];
    struct typed_data data;
    int len =
        snprintf(text, sizeof text,
                 "{\"types\":{" DOMAIN0 ",%s},\"primaryType\":\"P\"," VALUES0 ",\"message\":%s}",
                 types, message);
    assert_in_range(len, 1, sizeof text - 1);
    return read_text(text, &data).code;
}

/* The code for one value of a type, in either revision. */
static int value1(const char *type, const char *value)
{
    char types[512];
    char message[4096];
    snprintf(types, sizeof types, "\"P\":[{\"name\":\"v\",\"type\":\"%s\"}]", type);
    snprintf(message, sizeof message, "{\"v\":%s}", value);
    return code1(types, message);
}

static int value0(const char *type, const char *value)
{
    char types[512];
    char message[4096];
    snprintf(types, sizeof types, "\"P\":[{\"name\":\"v\",\"type\":\"%s\"}]", type);
    snprintf(message, sizeof message, "{\"v\":%s}", value);
    return code0(types, message);
}

#define assert_code(name, code) assert_string_equal(#name, status_name((enum status_code)(code)))

#define PLAIN "\"P\":[{\"name\":\"v\",\"type\":\"felt\"}]"

static void the_shape_is_strict(void **state)
{
    (void)state;
    struct typed_data data;
    assert_status(BAD_TYPE, read_text("[]", &data));
    assert_status(MISSING_FIELD, read_text("{}", &data));
    assert_status(BAD_TYPE, read_text("{\"types\":[],\"primaryType\":\"P\",\"domain\":{},"
                                      "\"message\":{}}",
                                      &data));
    assert_status(UNKNOWN_FIELD, read_text("{\"types\":{},\"more\":1}", &data));
    assert_code(UNKNOWN_FIELD, code1(PLAIN, "{\"v\":1,\"w\":2}"));
    assert_string_equal(doc.where, "message.w");
    assert_code(MISSING_FIELD, code1(PLAIN, "{}"));
    assert_string_equal(doc.where, "message.v");
    assert_code(MISSING_FIELD, code1(PLAIN, "{\"v\":null}"));
    assert_code(UNKNOWN_FIELD,
                code1("\"P\":[{\"name\":\"v\",\"type\":\"felt\",\"x\":1}]", "{\"v\":1}"));
    assert_code(TYPED_DATA_UNKNOWN_TYPE, code1("\"Q\":[]", "{}"));
    assert_code(BAD_TYPE, code1("\"P\":{}", "{}"));
    assert_int_equal(data.revision, 0);
}

static void the_revision_matches_the_domain_type(void **state)
{
    (void)state;
    struct typed_data data;
    assert_status(TYPED_DATA_REVISION,
                  read_text("{\"types\":{" DOMAIN1 "," PLAIN "},\"primaryType\":\"P\"," VALUES0
                            ",\"message\":{\"v\":1}}",
                            &data));
    assert_status(TYPED_DATA_REVISION,
                  read_text("{\"types\":{" DOMAIN0 "," PLAIN "},\"primaryType\":\"P\"," VALUES1
                            ",\"message\":{\"v\":1}}",
                            &data));
    assert_status(TYPED_DATA_REVISION,
                  read_text("{\"types\":{" DOMAIN0 "," DOMAIN1 "," PLAIN
                            "},\"primaryType\":\"P\"," VALUES1 ",\"message\":{\"v\":1}}",
                            &data));
    assert_status(TYPED_DATA_REVISION,
                  read_text("{\"types\":{" PLAIN "},\"primaryType\":\"P\"," VALUES1
                            ",\"message\":{\"v\":1}}",
                            &data));
    assert_status(TYPED_DATA_REVISION,
                  read_text("{\"types\":{" DOMAIN1 "," PLAIN "},\"primaryType\":\"P\","
                            "\"domain\":{\"name\":\"A\",\"version\":\"1\",\"chainId\":\"SN_MAIN\","
                            "\"revision\":\"2\"},\"message\":{\"v\":1}}",
                            &data));
    assert_status(OK, read_text("{\"types\":{" DOMAIN0 "," PLAIN "},\"primaryType\":\"P\","
                                "\"domain\":{\"name\":\"A\",\"chainId\":\"SN_MAIN\","
                                "\"revision\":\"0\"},\"message\":{\"v\":1}}",
                                &data));
}

static void the_domain_names_a_chain(void **state)
{
    (void)state;
    struct typed_data data;
    assert_status(
        TYPED_DATA_INVALID,
        read_text("{\"types\":{\"StarkNetDomain\":[{\"name\":\"name\",\"type\":\"felt\"}]," PLAIN
                  "},\"primaryType\":\"P\",\"domain\":{\"name\":\"A\"},"
                  "\"message\":{\"v\":1}}",
                  &data));
    assert_status(UNKNOWN_FIELD,
                  read_text("{\"types\":{" DOMAIN0 "," PLAIN "},\"primaryType\":\"P\","
                            "\"domain\":{\"name\":\"A\",\"chainId\":\"SN_MAIN\",\"more\":1},"
                            "\"message\":{\"v\":1}}",
                            &data));
    assert_status(OK, read_text("{\"types\":{" DOMAIN0 "," PLAIN "},\"primaryType\":\"P\","
                                "\"domain\":{\"name\":\"A\",\"chainId\":\"mainnet\"},"
                                "\"message\":{\"v\":1}}",
                                &data));
    /* A name is the short string that it is written as, never the chain that people mean. */
    struct felt written = felt_from_short("mainnet");
    assert_true(felt_equal(&data.chain, &written));
    assert_status(OK, read_text("{\"types\":{" DOMAIN0 "," PLAIN "},\"primaryType\":\"P\","
                                "\"domain\":{\"name\":\"A\",\"chainId\":\"0x534e5f4d41494e\"},"
                                "\"message\":{\"v\":1}}",
                                &data));
    struct felt expected = felt_from_short("SN_MAIN");
    assert_true(felt_equal(&data.chain, &expected));
}

static void types_are_known_and_not_shadowed(void **state)
{
    (void)state;
    assert_code(TYPED_DATA_UNKNOWN_TYPE, value1("u64", "1"));
    assert_code(TYPED_DATA_UNKNOWN_TYPE, value0("Felt", "1"));
    assert_code(TYPED_DATA_UNKNOWN_TYPE, value0("enum", "1"));
    assert_code(TYPED_DATA_UNKNOWN_TYPE, value1("", "1"));
    assert_code(TYPED_DATA_UNKNOWN_TYPE, value1("felt *", "[]"));
    assert_code(TYPED_DATA_SHADOWED, code1(PLAIN ",\"u256\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_SHADOWED, code1(PLAIN ",\"felt\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_SHADOWED, code1(PLAIN ",\"NftId\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_SHADOWED, code0(PLAIN ",\"felt\":[]", "{\"v\":1}"));
    assert_code(OK, code0("\"P\":[{\"name\":\"v\",\"type\":\"u256\"}],\"u256\":[]", "{\"v\":{}}"));
    assert_code(TYPED_DATA_INVALID, code1(PLAIN ",\"A(\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_INVALID, code1(PLAIN ",\"A\\\"\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_INVALID, code1(PLAIN ",\"\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_INVALID, code1(PLAIN ",\"A*\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_INVALID, code1(PLAIN ",\"\\u00e4\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_INVALID,
                code0("\"P\":[{\"name\":\"v:felt,w\",\"type\":\"felt\"}]", "{\"v:felt,w\":1}"));
    assert_code(TYPED_DATA_INVALID, code1("\"P\":[{\"name\":\"v\",\"type\":\"felt\"},"
                                          "{\"name\":\"v\",\"type\":\"felt\"}]",
                                          "{\"v\":1}"));
}

/* Three libraries, three answers. */
static void circles_are_refused(void **state)
{
    (void)state;
    assert_code(TYPED_DATA_CYCLE, code1("\"P\":[{\"name\":\"v\",\"type\":\"P*\"}]", "{\"v\":[]}"));
    assert_code(TYPED_DATA_CYCLE, code1(PLAIN ",\"A\":[{\"name\":\"b\",\"type\":\"B\"}],"
                                              "\"B\":[{\"name\":\"a\",\"type\":\"A\"}]",
                                        "{\"v\":1}"));
    assert_code(
        TYPED_DATA_CYCLE,
        code1("\"P\":[{\"name\":\"v\",\"type\":\"merkletree\",\"contains\":\"P\"}]", "{\"v\":[]}"));
    assert_code(TYPED_DATA_CYCLE,
                code1("\"P\":[{\"name\":\"v\",\"type\":\"enum\",\"contains\":\"E\"}],"
                      "\"E\":[{\"name\":\"x\",\"type\":\"(P)\"}]",
                      "{\"v\":{\"x\":[{}]}}"));
}

/* A type that nothing uses says something that is not signed. */
static void dangling_types_are_refused(void **state)
{
    (void)state;
    assert_code(TYPED_DATA_DANGLING, code1(PLAIN ",\"Q\":[]", "{\"v\":1}"));
    assert_string_equal(doc.where, "types.Q");
    assert_code(TYPED_DATA_DANGLING, code0(PLAIN ",\"Q\":[]", "{\"v\":1}"));
    assert_code(TYPED_DATA_DANGLING, code1(PLAIN ",\"A\":[{\"name\":\"b\",\"type\":\"B\"}],"
                                                 "\"B\":[{\"name\":\"a\",\"type\":\"felt\"}]",
                                           "{\"v\":1}"));
    assert_code(OK, code1("\"P\":[{\"name\":\"v\",\"type\":\"Q**\"}],"
                          "\"Q\":[{\"name\":\"t\",\"type\":\"merkletree\",\"contains\":\"R\"}],"
                          "\"R\":[]",
                          "{\"v\":[]}"));
}

static void names_say_one_thing(void **state)
{
    (void)state;
    assert_code(TYPED_DATA_INVALID,
                code1("\"P\":[{\"name\":\"a\\\\b\",\"type\":\"felt\"}]", "{\"a\\\\b\":1}"));
    assert_code(TYPED_DATA_INVALID,
                code0("\"P\":[{\"name\":\"a\\\\b\",\"type\":\"felt\"}]", "{\"a\\\\b\":1}"));
    assert_code(TYPED_DATA_INVALID, code1("\"P\":[{\"name\":\"v\",\"type\":\"A\\\\\"}],"
                                          "\"A\\\\\":[]",
                                          "{\"v\":{}}"));
}

#define MEMBER(name, type) "{\"name\":\"" name "\",\"type\":\"" type "\"}"

static void the_domain_of_revision_1_is_that_of_the_snip(void **state)
{
    (void)state;
    static const char *const domains[] = {
        MEMBER("name", "felt") "," MEMBER("version", "shortstring") "," MEMBER(
            "chainId", "shortstring") "," MEMBER("revision", "shortstring"),
        MEMBER("version", "shortstring") "," MEMBER("name", "shortstring") "," MEMBER(
            "chainId", "shortstring") "," MEMBER("revision", "shortstring"),
        MEMBER("name", "shortstring") "," MEMBER("chainId", "shortstring") "," MEMBER(
            "revision", "shortstring"),
    };
    struct typed_data data;
    char text[2048];
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        snprintf(text, sizeof text,
                 "{\"types\":{\"StarknetDomain\":[%s]," PLAIN "},\"primaryType\":\"P\"," VALUES1
                 ",\"message\":{\"v\":1}}",
                 domains[i]);
        assert_status(TYPED_DATA_DOMAIN, read_text(text, &data));
        assert_string_equal(doc.where, "types.StarknetDomain");
    }
    static const char *const revisions[] = {"\"0x1\"", "\"01\"", "2", "true"};
    for (size_t i = 0; i < sizeof revisions / sizeof revisions[0]; i++) {
        snprintf(text, sizeof text,
                 "{\"types\":{" DOMAIN1 "," PLAIN
                 "},\"primaryType\":\"P\",\"domain\":{\"name\":\"A\","
                 "\"version\":\"1\",\"chainId\":\"SN_MAIN\",\"revision\":%s},"
                 "\"message\":{\"v\":1}}",
                 revisions[i]);
        assert_string_equal(status_name((enum status_code)read_text(text, &data).code),
                            i < 3 ? "TYPED_DATA_REVISION" : "BAD_TYPE");
    }
}

/* SNIP-12 writes chain_id there. What starknet.js 10.8 gives. */
static void revision_0_may_say_chain_id(void **state)
{
    (void)state;
    struct typed_data data;
    struct felt expected = felt_from_short("SN_MAIN");
    assert_status(
        OK,
        read_text("{\"types\":{\"StarkNetDomain\":[" MEMBER("name", "felt") "," MEMBER(
                      "version",
                      "felt") "," MEMBER("chain_id",
                                         "felt") "]," PLAIN "},\"primaryType\":\"P\",\"domain\":{"
                                                 "\"name\":\"A\",\"version\":\"1\","
                                                 "\"chain_id\":\"SN_MAIN\"},\"message\":{\"v\":1}}",
                  &data));
    assert_true(felt_equal(&data.chain, &expected));
    const struct felt account = felt_from_u64(0x1234);
    struct felt hash;
    typed_data_hash(&data, &account, &hash);
    assert_status(
        OK, felt_text_read(
                BYTES_LITERAL("0x6ef3f8bd06400669ba2b14689668cc3928cd36bd7e0d082d80e73a004bce542"),
                &expected));
    assert_true(felt_equal(&hash, &expected));
    assert_status(
        TYPED_DATA_INVALID,
        read_text(
            "{\"types\":{\"StarkNetDomain\":[" MEMBER("chainId", "felt") "," MEMBER(
                "chain_id", "felt") "]," PLAIN
                                    "},\"primaryType\":\"P\",\"domain\":{\"chainId\":\"SN_MAIN\","
                                    "\"chain_id\":\"SN_SEPOLIA\"},\"message\":{\"v\":1}}",
            &data));
}

static void values_stay_in_their_range(void **state)
{
    (void)state;
    const char *const felts[] = {"felt", "shortstring"};
    for (size_t i = 0; i < 2; i++) {
        assert_code(OK, value1(felts[i], "\"0x800000000000011000000000000000000000000000000000000"
                                         "000000000000\""));
        assert_code(FELT_RANGE,
                    value1(felts[i], "\"0x8000000000000110000000000000000000000000000000000000000"
                                     "00000001\""));
        assert_code(INVALID_FELT, value1(felts[i], "-1"));
        assert_code(JSON_NUMBER_RANGE, value1(felts[i], "9007199254740992"));
        assert_code(OK, value1(felts[i], "9007199254740991"));
        assert_code(BAD_TYPE, value1(felts[i], "1.5"));
        assert_code(BAD_TYPE, value1(felts[i], "true"));
        assert_code(BAD_TYPE, value1(felts[i], "{}"));
        assert_code(OK, value1(felts[i], "\"\""));
        assert_code(OK, value1(felts[i], "\"0123456789abcdef0123456789abcde\""));
        assert_code(SHORT_STRING, value1(felts[i], "\"g123456789abcdef0123456789abcdef\""));
        assert_code(SHORT_STRING, value1(felts[i], "\"tab\\there\""));
        assert_code(SHORT_STRING, value1(felts[i], "\"\\u00e4\""));
    }
    assert_code(OK, value1("u128", "\"340282366920938463463374607431768211455\""));
    assert_code(NUMBER_RANGE, value1("u128", "\"340282366920938463463374607431768211456\""));
    assert_code(NUMBER_RANGE, value1("timestamp", "\"0x100000000000000000000000000000000\""));
    assert_code(INVALID_FELT, value1("u128", "\"text\""));
    assert_code(INVALID_FELT, value1("u128", "\"\""));
    assert_code(OK, value1("i128", "\"-170141183460469231731687303715884105728\""));
    assert_code(NUMBER_RANGE, value1("i128", "\"-170141183460469231731687303715884105729\""));
    assert_code(OK, value1("i128", "\"170141183460469231731687303715884105727\""));
    assert_code(NUMBER_RANGE, value1("i128", "\"170141183460469231731687303715884105728\""));
    assert_code(INVALID_FELT, value1("i128", "\"-0x5\""));
    assert_code(OK, value1("i128", "-5"));
    assert_code(JSON_NUMBER_RANGE, value1("i128", "-9007199254740992"));
    assert_code(BAD_TYPE, value1("bool", "1"));
    assert_code(BAD_TYPE, value1("bool", "\"true\""));
    assert_code(OK, value1("bool", "false"));
    assert_code(OK, value0("bool", "true"));
    assert_code(OK, value0("bool", "\"0x1\""));
    assert_code(INVALID_FELT, value1("ContractAddress", "\"ANY_CALLER\""));
    assert_code(INVALID_SELECTOR, value1("selector", "\"12\""));
    assert_code(INVALID_SELECTOR, value1("selector", "\"\""));
    assert_code(INVALID_FELT, value1("selector", "\"0x\""));
    assert_code(OK, value1("selector", "\"transfer\""));
    assert_code(BAD_TYPE, value1("string", "7"));
    assert_code(OK, value1("string", "\"two\\nlines \\u00e4\""));
}

/* JavaScript reads all of these as numbers, so none of them may pass for text. */
static void what_looks_like_a_number_is_never_text(void **state)
{
    (void)state;
    const char *const texts[] = {"007", " 5", "5 ",  "+5",    "-5",    "0X1f", "0b101",
                                 "0o7", "0x", "   ", "\\t12", "12\\n", "0xfg", "-"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char value[32];
        snprintf(value, sizeof value, "\"%s\"", texts[i]);
        bool is_text = strcmp(texts[i], "0xfg") == 0;
        assert_int_equal(is_text ? STATUS_OK : STATUS_INVALID_FELT, value1("felt", value));
        assert_int_equal(is_text ? STATUS_OK : STATUS_INVALID_FELT, value0("felt", value));
    }
    assert_code(OK, value1("felt", "\"3 apples\""));
    assert_code(OK, value1("felt", "\"10-10\""));
}

static void enums_trees_and_lists_stand_where_they_may(void **state)
{
    (void)state;
    const char *const e = "\"P\":[{\"name\":\"v\",\"type\":\"enum\",\"contains\":\"E\"}],"
                          "\"E\":[{\"name\":\"x\",\"type\":\"(u128,felt*)\"},"
                          "{\"name\":\"y\",\"type\":\"()\"}]";
    assert_code(OK, code1(e, "{\"v\":{\"x\":[1,[2,3]]}}"));
    assert_code(OK, code1(e, "{\"v\":{\"y\":[]}}"));
    assert_code(TYPED_DATA_INVALID, code1(e, "{\"v\":{\"y\":[1]}}"));
    assert_code(TYPED_DATA_INVALID, code1(e, "{\"v\":{\"x\":[1]}}"));
    assert_code(TYPED_DATA_INVALID, code1(e, "{\"v\":{}}"));
    assert_code(TYPED_DATA_INVALID, code1(e, "{\"v\":{\"x\":[1,[]],\"y\":[]}}"));
    assert_code(UNKNOWN_FIELD, code1(e, "{\"v\":{\"z\":[]}}"));
    assert_code(BAD_TYPE, code1(e, "{\"v\":[]}"));
    assert_code(BAD_TYPE, code1(e, "{\"v\":{\"y\":1}}"));
    assert_code(BAD_TYPE, code1(e, "{\"v\":{\"x\":[1,[\"2\",{}]]}}"));
    assert_string_equal(doc.where, "message.v.x[1][1]");
    assert_code(TYPED_DATA_INVALID, value1("enum", "{}"));
    assert_code(TYPED_DATA_INVALID, value1("merkletree", "[]"));
    assert_code(TYPED_DATA_INVALID, value1("merkletree*", "[]"));
    assert_code(TYPED_DATA_INVALID, value1("()", "[]"));
    assert_code(TYPED_DATA_INVALID, code1("\"P\":[{\"name\":\"v\",\"type\":\"E\"}],"
                                          "\"E\":[{\"name\":\"x\",\"type\":\"()\"}]",
                                          "{\"v\":{\"x\":[]}}"));
    assert_code(TYPED_DATA_INVALID, code1("\"P\":[{\"name\":\"v\",\"type\":\"enum\","
                                          "\"contains\":\"Q\"}],\"Q\":[]",
                                          "{\"v\":{}}"));
    assert_code(TYPED_DATA_INVALID, code1("\"P\":[{\"name\":\"v\",\"type\":\"felt\","
                                          "\"contains\":\"felt\"}]",
                                          "{\"v\":1}"));
    assert_code(TYPED_DATA_INVALID, code1(PLAIN ",\"E\":[{\"name\":\"x\",\"type\":\"()\"},"
                                                "{\"name\":\"y\",\"type\":\"felt\"}]",
                                          "{\"v\":1}"));
    assert_code(TYPED_DATA_UNKNOWN_TYPE,
                code1(PLAIN ",\"E\":[{\"name\":\"x\",\"type\":\"(felt,)\"}]", "{\"v\":1}"));
    assert_code(TYPED_DATA_UNKNOWN_TYPE,
                code1(PLAIN ",\"E\":[{\"name\":\"x\",\"type\":\"(felt, felt)\"}]", "{\"v\":1}"));
    const char *const tree =
        "\"P\":[{\"name\":\"v\",\"type\":\"merkletree\",\"contains\":\"felt\"}]";
    assert_code(TYPED_DATA_INVALID, code1(tree, "{\"v\":[]}"));
    assert_code(OK, code1(tree, "{\"v\":[1,2,3]}"));
    assert_code(OK, code0(tree, "{\"v\":[1,2,3]}"));
    assert_code(TYPED_DATA_INVALID,
                code1("\"P\":[{\"name\":\"v\",\"type\":\"merkletree\",\"contains\":\"felt*\"}]",
                      "{\"v\":[1]}"));
    assert_code(BAD_TYPE, value1("felt*", "{}"));
    assert_code(BAD_TYPE, value1("felt**", "[1]"));
    assert_code(OK, value1("felt**", "[[1],[]]"));
}

static void limits_hold(void **state)
{
    (void)state;
    static char text[1 << 16];
    char *at = text + sprintf(text, "\"P\":[");
    for (int i = 0; i <= LIMIT_TYPED_DATA_FIELDS; i++) {
        at += sprintf(at, "%s{\"name\":\"%d\",\"type\":\"felt\"}", i ? "," : "", i);
    }
    sprintf(at, "]");
    assert_code(TYPED_DATA_TOO_LARGE, code1(text, "{}"));
    at = text + sprintf(text, PLAIN);
    for (int i = 0; i < LIMIT_TYPED_DATA_TYPES - 1; i++) {
        at += sprintf(at, ",\"T%d\":[]", i);
    }
    assert_code(TYPED_DATA_TOO_LARGE, code1(text, "{\"v\":1}"));
    at = text + sprintf(text, "{\"v\":[0");
    for (int i = 0; i < LIMIT_TYPED_DATA_VALUES; i++) {
        at += sprintf(at, ",0");
    }
    sprintf(at, "]}");
    assert_code(TYPED_DATA_TOO_LARGE, code1("\"P\":[{\"name\":\"v\",\"type\":\"felt*\"}]", text));
    assert_code(
        TYPED_DATA_TOO_LARGE,
        code1("\"P\":[{\"name\":\"v\",\"type\":\"merkletree\",\"contains\":\"felt\"}]", text));
    assert_int_equal(0, LIMIT_TYPED_DATA_VALUES % LIMIT_TYPED_DATA_OLD);
    for (int i = 0; i < 2; i++) {
        /* The list itself is a value of its struct, and so are those of the domain. */
        int count = LIMIT_TYPED_DATA_OLD - 8 + 8 * i;
        at = text + sprintf(text, "{\"v\":[0");
        for (int k = 1; k < count; k++) {
            at += sprintf(at, ",0");
        }
        sprintf(at, "]}");
        int code = code0("\"P\":[{\"name\":\"v\",\"type\":\"felt*\"}]", text);
        assert_int_equal(i == 0 ? STATUS_OK : STATUS_TYPED_DATA_TOO_LARGE, code);
    }
    for (int i = 0; i < 2; i++) {
        /* A hundred types, each of which includes all that follow. */
        at = text + sprintf(text, PLAIN);
        for (int k = 0; k < 100; k++) {
            at += sprintf(at, ",\"T%d\":[{\"name\":\"%0*d\",\"type\":\"T%d*\"}]", k,
                          i == 0 ? 80 : 110, 0, k < 99 ? k + 1 : k);
        }
        int code = code1(text, "{\"v\":1}");
        assert_true((code == STATUS_TYPED_DATA_TOO_LARGE) == (i == 1));
    }
    memset(text, 'a', sizeof text);
    sprintf(text + LIMIT_TYPED_DATA_NAME + 1, "\":[]," PLAIN);
    memcpy(text, "\"", 1);
    assert_code(TYPED_DATA_DANGLING, code1(text, "{\"v\":1}"));
    memset(text, 'a', LIMIT_TYPED_DATA_NAME + 2);
    sprintf(text + LIMIT_TYPED_DATA_NAME + 2, "\":[]," PLAIN);
    memcpy(text, "\"", 1);
    assert_code(TYPED_DATA_TOO_LARGE, code1(text, "{\"v\":1}"));
}

static void assert_felt(const struct json_in *at, const char *name, const struct felt *felt)
{
    struct felt expected;
    assert_status(OK, felt_text_read(vector_file_text(at, name), &expected));
    assert_true(felt_equal(&expected, felt));
}

static void types_hash_as_in_the_vectors(const struct json_in *typed, const struct json_in *out,
                                         unsigned revision)
{
    struct json_in types = vector_file_member(typed, "types");
    struct json_in expected = vector_file_member(out, "types");
    struct typed_types table;
    struct json_in member;
    assert_status(OK, typed_types_read(&arena, &types, revision, &table));
    for (void *next = NULL; json_in_next(&expected, &next, &member);) {
        struct typed_definition *definition = typed_types_find(&table, member.name);
        assert_non_null(definition);
        assert_felt(&member, "type_hash", typed_types_hash(&table, definition));
    }
}

static void vectors_match(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("starknet.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    size_t seen[2] = {0, 0};
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        struct bytes kind = vector_file_text(&vector, "kind");
        bool is_rev1 = bytes_equal(kind, BYTES_LITERAL("snip12_rev1"));
        if (!is_rev1 && !bytes_equal(kind, BYTES_LITERAL("snip12_rev0"))) {
            continue;
        }
        arena_reset(&arena);
        struct json_in in = vector_file_member(&vector, "in");
        struct json_in out = vector_file_member(&vector, "out");
        struct json_in typed = vector_file_member(&in, "typed_data");
        struct typed_data data;
        struct felt account;
        struct felt hash;
        assert_status(OK, felt_text_read(vector_file_text(&in, "account"), &account));
        assert_status(OK, typed_data_read(&arena, &typed, &data));
        assert_int_equal(data.revision, is_rev1);
        typed_data_hash(&data, &account, &hash);
        types_hash_as_in_the_vectors(&typed, &out, is_rev1);
        assert_felt(&out, "domain_hash", &data.domain_hash);
        assert_felt(&out, "message_struct_hash", &data.message_hash);
        assert_felt(&out, "hash", &hash);
        seen[is_rev1]++;
    }
    assert_int_equal(seen[0], 8);
    assert_int_equal(seen[1], 13);
}

static int set_up(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 64 << 20)) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shape_is_strict),
        cmocka_unit_test(the_revision_matches_the_domain_type),
        cmocka_unit_test(the_domain_names_a_chain),
        cmocka_unit_test(types_are_known_and_not_shadowed),
        cmocka_unit_test(circles_are_refused),
        cmocka_unit_test(dangling_types_are_refused),
        cmocka_unit_test(names_say_one_thing),
        cmocka_unit_test(the_domain_of_revision_1_is_that_of_the_snip),
        cmocka_unit_test(revision_0_may_say_chain_id),
        cmocka_unit_test(values_stay_in_their_range),
        cmocka_unit_test(what_looks_like_a_number_is_never_text),
        cmocka_unit_test(enums_trees_and_lists_stand_where_they_may),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(vectors_match),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
