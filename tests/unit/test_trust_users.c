#include <stdio.h>

#include "config/trust_internal.h"
#include "fixtures/unit.h"

static struct arena arena;
static struct trust trust;
static char where[CONFIG_WHERE_MAX];

static int make_arena(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 32u << 20)) ? 0 : -1;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct status parse(const char *text)
{
    arena_reset(&arena);
    return trust_parse(bytes_of(text), &arena, &trust, where);
}

#define ROOT        "\"0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define UPPER       "\"0x00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\""
#define BASE        "\"name\":\"a\",\"seed\":\"native\",\"derivation\":\"v2\","
#define REST        "\"chains\":[\"SN_MAIN\"],\"assurance\":\"proven\""
#define TENANT(m)   "{" BASE REST m "}"
#define DOC(top, m) "{\"profile\":\"dev\"" top ",\"tenants\":[" TENANT(m) "]}"
#define ISS         "\"iss\":\"https://issuer.example/realms/one\""
#define URI         ",\"jwks_uri\":\"https://issuer.example/keys?p=1\",\"roots\":[" ROOT "]"
#define ALGS        ",\"algs\":[\"RS256\"]"
#define AUDS        ",\"auds\":[\"client-1\"]"
#define SUB         ",\"sub\":\"public\""
#define MORE        ALGS AUDS SUB
#define ISSUERS(l)  DOC("", ",\"issuers\":[" l "]")
#define ONE(m)      ISSUERS("{" m "}")
#define ORIGIN(o)   DOC("", ",\"origins\":[" o "]")
#define GATES(g, o) DOC(",\"gateway_names\":[" g "]", ",\"origins\":[" o "]")
#define OPS(m)      DOC(",\"operators\":[" m "]", "")
#define OP(a, k)    "{\"alg\":\"" a "\",\"key\":\"0x" k "\"}"
#define HEX20       "00112233445566778899aabbccddeeff00112233"
#define HEX32       HEX20 "445566778899aabbccddeeff"
#define RP(name)    DOC("", ",\"rp_id\":\"" name "\",\"origins\":[\"https://a.example\"]")

static const struct {
    const char *text;
    const char *code;
    const char *where;
} wrong[] = {
    /* operators */
    {OPS(""), "CONFIG_INVALID", "operators"},
    {OPS("7"), "BAD_TYPE", "operators[0]"},
    {OPS("{\"alg\":\"p256\"}"), "MISSING_FIELD", "operators[0].key"},
    {OPS(OP("passkey", HEX32)), "CONFIG_INVALID", "operators[0].alg"},
    {OPS(OP("p256", HEX32)), "CONFIG_INVALID", "operators[0].key"},
    {OPS(OP("ed25519", HEX32 "00")), "CONFIG_INVALID", "operators[0].key"},
    {OPS(OP("eip191", HEX32)), "CONFIG_INVALID", "operators[0].key"},
    {OPS(OP("stark", "g" HEX32)), "CONFIG_INVALID", "operators[0].key"},
    {OPS("{\"alg\":\"stark\",\"key\":\"" HEX32 "ab\"}"), "CONFIG_INVALID", "operators[0].key"},
    {OPS(OP("stark", HEX32) "," OP("stark", HEX32)), "CONFIG_INVALID", "operators[1].key"},
    {DOC(",\"operators_needed\":1", ""), "CONFIG_INVALID", "operators_needed"},
    {DOC(",\"operators\":[" OP("stark", HEX32) "],\"operators_needed\":0", ""), "NUMBER_RANGE",
     "operators_needed"},
    {DOC(",\"operators\":[" OP("stark", HEX32) "],\"operators_needed\":2", ""), "CONFIG_INVALID",
     "operators_needed"},
    /* origins */
    {ORIGIN(""), "CONFIG_INVALID", "tenants[0].origins"},
    {ORIGIN("7"), "BAD_TYPE", "tenants[0].origins[0]"},
    {ORIGIN("\"http://a.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"http://127.0.0.1:3000\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"http://x.localhost\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"http://localhost.evil.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://a.example/\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://a.example:443\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"http://localhost:80\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://a.example:\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://a.example:0443\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://A.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"HTTPS://a.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://a.example.\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://u@a.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://a.example#x\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://*.a.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"a.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"android:apk-key-hash:x\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {ORIGIN("\"https://a.example\",\"http://b.example\""), "CONFIG_INVALID",
     "tenants[0].origins[1]"},
    {ORIGIN("\"https://a.example\",\"https://a.example\""), "CONFIG_INVALID",
     "tenants[0].origins[1]"},
    {DOC("", ",\"approver_origins\":[\"http://a.example\"]"), "CONFIG_INVALID",
     "tenants[0].approver_origins[0]"},
    /* gateways */
    {GATES("\"a.example\"", "\"https://a.example\""), "CONFIG_INVALID", "tenants[0].origins[0]"},
    {GATES("\"a.example\"", "\"https://a.example:8443\""), "CONFIG_INVALID",
     "tenants[0].origins[0]"},
    {GATES("\"b.example\",\"localhost\"", "\"http://localhost:3000\""), "CONFIG_INVALID",
     "tenants[0].origins[0]"},
    {DOC(",\"gateway_names\":[\"a.example\"]", ",\"approver_origins\":[\"https://a.example\"]"),
     "CONFIG_INVALID", "tenants[0].approver_origins[0]"},
    {DOC(",\"gateway_names\":[]", ""), "CONFIG_INVALID", "gateway_names"},
    {DOC(",\"gateway_names\":[\"A.example\"]", ""), "CONFIG_INVALID", "gateway_names[0]"},
    {DOC(",\"gateway_names\":[\"a.example.\"]", ""), "CONFIG_INVALID", "gateway_names[0]"},
    {DOC(",\"gateway_names\":[\"a.example:443\"]", ""), "CONFIG_INVALID", "gateway_names[0]"},
    {DOC(",\"gateway_names\":[\"a.example:8443\"]", ""), "CONFIG_INVALID", "gateway_names[0]"},
    {DOC(",\"gateway_names\":[\"https://a.example\"]", ""), "CONFIG_INVALID", "gateway_names[0]"},
    {DOC(",\"gateway_names\":[\"a.example/x\"]", ""), "CONFIG_INVALID", "gateway_names[0]"},
    {DOC(",\"gateway_names\":[\"u@a.example\"]", ""), "CONFIG_INVALID", "gateway_names[0]"},
    /* passkeys, names, delays */
    {RP(""), "CONFIG_INVALID", "tenants[0].rp_id"},
    {RP("A.example"), "CONFIG_INVALID", "tenants[0].rp_id"},
    {RP("a.example:8443"), "CONFIG_INVALID", "tenants[0].rp_id"},
    {RP("https://a.example"), "CONFIG_INVALID", "tenants[0].rp_id"},
    {RP("127.0.0.1"), "CONFIG_INVALID", "tenants[0].rp_id"},
    {DOC("", ",\"rp_id\":\"a.example\""), "CONFIG_INVALID", "tenants[0].rp_id"},
    {DOC("", ",\"jit\":\"\""), "CONFIG_INVALID", "tenants[0].jit"},
    {DOC("", ",\"jit\":true"), "BAD_TYPE", "tenants[0].jit"},
    {DOC("", ",\"jit\":\"a b\""), "CONFIG_INVALID", "tenants[0].jit"},
    {DOC("", ",\"jit\":\"\u00e9\""), "CONFIG_INVALID", "tenants[0].jit"},
    {DOC("", ",\"jit\":\"012345678901234567890123456789012\""), "CONFIG_INVALID", "tenants[0].jit"},
    {DOC("", ",\"sealed\":1"), "BAD_TYPE", "tenants[0].sealed"},
    {DOC("", ",\"delays\":7"), "BAD_TYPE", "tenants[0].delays"},
    {DOC("", ",\"delays\":{\"policy\":-1}"), "NUMBER_RANGE", "tenants[0].delays.policy"},
    {DOC("", ",\"delays\":{\"recovery\":2592001}"), "NUMBER_RANGE", "tenants[0].delays.recovery"},
    {DOC("", ",\"delays\":{\"veto\":1}"), "UNKNOWN_FIELD", "tenants[0].delays.veto"},
    /* issuers */
    {DOC("", ",\"issuers\":{}"), "BAD_TYPE", "tenants[0].issuers"},
    {ISSUERS("7"), "BAD_TYPE", "tenants[0].issuers[0]"},
    {ISSUERS("{},{},{},{},{},{},{},{},{}"), "CONFIG_INVALID", "tenants[0].issuers"},
    {ONE(""), "MISSING_FIELD", "tenants[0].issuers[0].iss"},
    {ONE(ISS URI AUDS SUB), "MISSING_FIELD", "tenants[0].issuers[0].algs"},
    {ONE(ISS URI ALGS SUB), "MISSING_FIELD", "tenants[0].issuers[0].auds"},
    {ONE(ISS URI ALGS AUDS), "MISSING_FIELD", "tenants[0].issuers[0].sub"},
    {ONE(ISS MORE), "CONFIG_INVALID", "tenants[0].issuers[0]"},
    {ONE(ISS MORE ",\"jwks_uri\":\"https://a.example\""), "CONFIG_INVALID",
     "tenants[0].issuers[0]"},
    {ONE(ISS MORE ",\"roots\":[" ROOT "]"), "CONFIG_INVALID", "tenants[0].issuers[0]"},
    {ONE(ISS MORE URI ",\"keys\":\"{}\""), "CONFIG_INVALID", "tenants[0].issuers[0].keys"},
    {ONE(ISS MORE ",\"roots\":[" ROOT "],\"keys\":\"{}\""), "CONFIG_INVALID",
     "tenants[0].issuers[0].keys"},
    {ONE(ISS MORE URI ",\"discovery\":true"), "UNKNOWN_FIELD", "tenants[0].issuers[0].discovery"},
    {ONE("\"iss\":\"http://issuer.example\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"issuer.example\"" URI MORE), "CONFIG_INVALID", "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"https://a.example/?x\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"https://a.example/#x\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"https://u@a.example\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"https://a.example/x y\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"https://a.example/\u00e9\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"https://a.example/\x7f\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE("\"iss\":\"https://a.example/\\\\x\"" URI MORE), "CONFIG_INVALID",
     "tenants[0].issuers[0].iss"},
    {ONE(ISS MORE ",\"jwks_uri\":\"https://a.example\",\"keys\":\"{}\""), "CONFIG_INVALID",
     "tenants[0].issuers[0].keys"},
    {ISSUERS("{" ISS URI MORE "},{" ISS URI MORE "}"), "CONFIG_INVALID",
     "tenants[0].issuers[1].iss"},
    {ONE(ISS MORE ",\"jwks_uri\":\"http://localhost/keys\",\"roots\":[" ROOT "]"), "CONFIG_INVALID",
     "tenants[0].issuers[0].jwks_uri"},
    {ONE(ISS MORE ",\"jwks_uri\":\"https://a.example/#x\",\"roots\":[" ROOT "]"), "CONFIG_INVALID",
     "tenants[0].issuers[0].jwks_uri"},
    {ONE(ISS MORE ",\"jwks_uri\":\"https:///keys\",\"roots\":[" ROOT "]"), "CONFIG_INVALID",
     "tenants[0].issuers[0].jwks_uri"},
    {ONE(ISS MORE ",\"jwks_uri\":\"https://a.example\",\"roots\":[]"), "CONFIG_INVALID",
     "tenants[0].issuers[0].roots"},
    {ONE(ISS MORE ",\"jwks_uri\":\"https://a.example\",\"roots\":[\"0x00\"]"), "CONFIG_INVALID",
     "tenants[0].issuers[0].roots"},
    {ONE(ISS MORE ",\"jwks_uri\":\"https://a.example\",\"roots\":[" ROOT "," UPPER "]"),
     "CONFIG_INVALID", "tenants[0].issuers[0].roots"},
    {ONE(ISS URI AUDS SUB ",\"algs\":[]"), "CONFIG_INVALID", "tenants[0].issuers[0].algs"},
    {ONE(ISS URI AUDS SUB ",\"algs\":[\"HS256\"]"), "CONFIG_INVALID", "tenants[0].issuers[0].algs"},
    {ONE(ISS URI AUDS SUB ",\"algs\":[\"none\"]"), "CONFIG_INVALID", "tenants[0].issuers[0].algs"},
    {ONE(ISS URI AUDS SUB ",\"algs\":[\"rs256\"]"), "CONFIG_INVALID", "tenants[0].issuers[0].algs"},
    {ONE(ISS URI ALGS SUB ",\"auds\":[\"\"]"), "CONFIG_INVALID", "tenants[0].issuers[0].auds[0]"},
    {ONE(ISS URI ALGS SUB ",\"auds\":\"client-1\""), "BAD_TYPE", "tenants[0].issuers[0].auds"},
    {ONE(ISS URI ALGS AUDS ",\"sub\":\"private\""), "CONFIG_INVALID", "tenants[0].issuers[0].sub"},
};

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct status status = parse(wrong[i].text);
        if (strcmp(wrong[i].code, status_name(status.code)) != 0 ||
            strcmp(wrong[i].where, where) != 0) {
            print_message("%s: %s at %s\n", wrong[i].text, status_name(status.code), where);
        }
        assert_string_equal(wrong[i].code, status_name(status.code));
        assert_string_equal(wrong[i].where, where);
    }
}

static void nothing_said_is_nobody_let_in(void **state)
{
    (void)state;
    assert_status(OK, parse(DOC("", "")));
    const struct trust_tenant *tenant = &trust.tenants[0];
    assert_true(tenant->rp_id[0] == 0 && tenant->jit[0] == 0 && !tenant->sealed);
    assert_true(tenant->origin_count == 0 && tenant->approver_origin_count == 0);
    assert_true(tenant->issuer_count == 0 && trust.gateway_count == 0);
    assert_true(tenant->delays.policy == 86400 && tenant->delays.recovery == 259200);
    assert_status(OK, parse(DOC("", ",\"issuers\":[],\"delays\":{}")));
    assert_true(tenant->delays.policy == 86400 && tenant->issuer_count == 0);
}

static void operators_are_keys_of_four_kinds(void **state)
{
    (void)state;
    assert_status(OK, parse(DOC("", "")));
    assert_int_equal(0, trust.operator_count);
    assert_status(OK, parse(OPS(OP("p256", HEX32 "ab"))));
    assert_int_equal(1, trust.operators_needed);
    assert_status(
        OK, parse(DOC(",\"operators\":[" OP("p256", HEX32 "ab") "," OP("eip191", HEX20) "," OP(
                          "stark", HEX32) "," OP("ed25519", HEX32) "],\"operators_needed\":4",
                      "")));
    assert_int_equal(4, trust.operator_count);
    assert_int_equal(4, trust.operators_needed);
    static const size_t lens[] = {33, 20, 32, 32};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(i + 1, trust.operators[i].alg);
        assert_int_equal(lens[i], trust.operators[i].key_len);
        assert_int_equal(0x11, trust.operators[i].key[1]);
    }
    assert_int_equal(0xab, trust.operators[0].key[32]);
}

static void everything_can_be_said(void **state)
{
    (void)state;
    assert_status(
        OK,
        parse(DOC(",\"gateway_names\":[\"kms.example\",\"10.0.0.1\",\"[::1]\"]",
                  ",\"rp_id\":\"a.example\",\"origins\":[\"https://a.example\",\"https://b.a."
                  "example:8443\",\"http://localhost:3000\",\"http://localhost\",\"https://[2001:"
                  "db8::1]\"],\"approver_origins\":[\"https://approve.example\"],\"jit\":\"Oidc_"
                  "1.-\",\"sealed\":true,\"delays\":{\"policy\":0,\"recovery\":2592000},"
                  "\"issuers\":[{" ISS URI AUDS SUB ",\"algs\":[\"EdDSA\",\"ES256\"]},{\"iss\":"
                  "\"http://localhost:9000\",\"keys\":\"{}\",\"algs\":[\"PS256\"],\"auds\":["
                  "\"a\",\"b\"],\"sub\":\"pairwise\"}]")));
    const struct trust_tenant *tenant = &trust.tenants[0];
    assert_true(trust.gateway_count == 3 && tenant->origin_count == 5);
    assert_string_equal("[::1]", trust.gateway_names[2].text);
    assert_string_equal("https://b.a.example:8443", tenant->origins[1].text);
    assert_string_equal("https://approve.example", tenant->approver_origins[0].text);
    assert_string_equal("a.example", tenant->rp_id);
    assert_string_equal("Oidc_1.-", tenant->jit);
    assert_true(tenant->sealed && tenant->delays.policy == 0);
    assert_int_equal(2592000, tenant->delays.recovery);
    assert_int_equal(2, tenant->issuer_count);
    const struct trust_issuer *one = &tenant->issuers[0];
    assert_string_equal("https://issuer.example/realms/one", one->iss);
    assert_string_equal("https://issuer.example/keys?p=1", one->jwks_uri);
    assert_true(one->root_count == 1 && one->roots[0][1] == 0x11 && one->roots[0][31] == 0xff);
    assert_true(one->algs == (1u << TRUST_EDDSA | 1u << TRUST_ES256) && one->sub == TRUST_PUBLIC);
    assert_true(one->aud_count == 1 && one->keys[0] == 0);
    const struct trust_issuer *other = &tenant->issuers[1];
    assert_true(other->algs == 1u << TRUST_PS256 && other->sub == TRUST_PAIRWISE);
    assert_string_equal("b", other->auds[1]);
    assert_string_equal("{}", other->keys);
    assert_true(other->jwks_uri[0] == 0 && other->root_count == 0);
}

/* Of a list of count different texts. */
static struct status parse_list(const char *before, const char *item, int count, const char *after)
{
    static char text[8192];
    int used =
        snprintf(text, sizeof text, "{\"profile\":\"dev\",\"tenants\":[{%s%s", BASE REST, before);
    for (int i = 0; i < count; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "%s\"%s%d\"", i == 0 ? "" : ",",
                         item, i);
    }
    (void)snprintf(text + used, sizeof text - (size_t)used, "%s}]}", after);
    return parse(text);
}

static void lists_are_bounded(void **state)
{
    (void)state;
    assert_status(OK, parse_list(",\"origins\":[", "https://a", 8, "]"));
    assert_status(CONFIG_INVALID, parse_list(",\"origins\":[", "https://a", 9, "]"));
    assert_status(OK, parse_list(",\"approver_origins\":[", "https://a", 8, "]"));
    assert_status(CONFIG_INVALID, parse_list(",\"approver_origins\":[", "https://a", 9, "]"));
    const char *issuer = ",\"issuers\":[{" ISS URI ALGS SUB ",\"auds\":[";
    assert_status(OK, parse_list(issuer, "client", 8, "]}]"));
    assert_status(CONFIG_INVALID, parse_list(issuer, "client", 9, "]}]"));
}

/* As a production build, whose profile this build refuses at the top. */
static struct status read_in_production(const char *text)
{
    static struct trust_tenant tenant;
    static const struct trust production = {.profile = TRUST_PRODUCTION};
    struct json_in_doc doc;
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in root = json_in_root(&doc);
    memset(&tenant, 0, sizeof tenant);
    TRY(schema_read(&root, trust_tenant_table(), &tenant));
    return trust_users_read(&root, &production, &tenant);
}

static void production_takes_no_short_cuts(void **state)
{
    (void)state;
    assert_status(OK, read_in_production(TENANT("")));
    assert_status(OK, read_in_production(TENANT(",\"origins\":[\"https://a.example\"]")));
    assert_status(CONFIG_INVALID,
                  read_in_production(TENANT(",\"origins\":[\"http://localhost:3000\"]")));
    assert_status(
        CONFIG_INVALID,
        read_in_production(TENANT(",\"issuers\":[{\"iss\":\"http://localhost\"" URI MORE "}]")));
    assert_status(OK, read_in_production(TENANT(",\"delays\":{\"policy\":3600}")));
    assert_status(OK, read_in_production(TENANT(",\"delays\":{\"recovery\":3600}")));
    assert_status(CONFIG_INVALID, read_in_production(TENANT(",\"delays\":{\"policy\":3599}")));
    assert_status(CONFIG_INVALID, read_in_production(TENANT(",\"delays\":{\"recovery\":3599}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(nothing_said_is_nobody_let_in),
        cmocka_unit_test(operators_are_keys_of_four_kinds),
        cmocka_unit_test(everything_can_be_said),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(production_takes_no_short_cuts),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
