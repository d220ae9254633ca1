#include <stdio.h>

#include "attestation/attestation.h"
#include "attestation/platform_root.h"
#include "codec/base64.h"
#include "digest/keccak256.h"
#include "digest/sha256.h"
#include "fixtures/attested.h"
#include "fixtures/unit.h"

enum { REAL_S = 1657117102, REAL_LEN = 5232 };

static const struct {
    enum attested_wrong wrong;
    enum status_code live;
    enum status_code evidence;
} judged[] = {
#define BOTH(wrong, code)                   \
    {                                       \
        wrong, STATUS_##code, STATUS_##code \
    }
    BOTH(WRONG_TAG, ATTESTATION_INVALID),
    BOTH(WRONG_PARTS, ATTESTATION_INVALID),
    BOTH(WRONG_HEADER, ATTESTATION_ALGORITHM),
    BOTH(WRONG_HEADER_FORM, ATTESTATION_ALGORITHM),
    BOTH(WRONG_UNPROTECTED, ATTESTATION_INVALID),
    BOTH(WRONG_SIGNATURE_LEN, ATTESTATION_INVALID),
    BOTH(WRONG_TRAILING, ATTESTATION_INVALID),
    BOTH(WRONG_PAYLOAD_TRAILING, ATTESTATION_INVALID),
    BOTH(WRONG_INDEFINITE, ATTESTATION_INVALID),
    BOTH(WRONG_TWICE, ATTESTATION_INVALID),
    BOTH(WRONG_MISSING, ATTESTATION_INVALID),
    BOTH(WRONG_COUNT, ATTESTATION_INVALID),
    BOTH(WRONG_UNKNOWN, ATTESTATION_INVALID),
    BOTH(WRONG_DIGEST, ATTESTATION_ALGORITHM),
    BOTH(WRONG_NO_TIME, ATTESTATION_INVALID),
    BOTH(WRONG_PCR_TWICE, ATTESTATION_INVALID),
    BOTH(WRONG_PCR_LEN, ATTESTATION_INVALID),
    BOTH(WRONG_PCR_INDEX, ATTESTATION_INVALID),
    BOTH(WRONG_NO_BUNDLE, ATTESTATION_INVALID),
    BOTH(WRONG_NONCE_TYPE, ATTESTATION_INVALID),
    BOTH(WRONG_ROOT, CERTIFICATE_ROOT),
    BOTH(WRONG_ORDER, CERTIFICATE_CHAIN),
    BOTH(WRONG_GAP, CERTIFICATE_CHAIN),
    BOTH(WRONG_LEAF_OVER, CERTIFICATE_TIME),
    BOTH(WRONG_LEAF_EARLY, CERTIFICATE_TIME),
    BOTH(WRONG_ISSUER_OVER, CERTIFICATE_TIME),
    BOTH(WRONG_ISSUER_NO_AUTHORITY, CERTIFICATE_INVALID),
    BOTH(WRONG_ISSUER_USE, CERTIFICATE_INVALID),
    BOTH(WRONG_ISSUER_PATH, CERTIFICATE_INVALID),
    BOTH(WRONG_ISSUER_KEY, CERTIFICATE_CHAIN),
    BOTH(WRONG_ISSUER_NAME, CERTIFICATE_CHAIN),
    BOTH(WRONG_LEAF_AUTHORITY, CERTIFICATE_INVALID),
    BOTH(WRONG_LEAF_USE, CERTIFICATE_INVALID),
    BOTH(WRONG_LEAF_CURVE, CERTIFICATE_INVALID),
    BOTH(WRONG_LEAF_HASH, CERTIFICATE_INVALID),
    BOTH(WRONG_CRITICAL, CERTIFICATE_INVALID),
    BOTH(WRONG_VERSION, CERTIFICATE_INVALID),
    BOTH(WRONG_EXTENSION, CERTIFICATE_INVALID),
    BOTH(WRONG_DER, CERTIFICATE_INVALID),
    BOTH(WRONG_SIGNER, ATTESTATION_SIGNATURE),
    BOTH(WRONG_PAYLOAD, ATTESTATION_SIGNATURE),
    BOTH(WRONG_SIGNATURE, ATTESTATION_SIGNATURE),
    BOTH(WRONG_NO_PCR, ATTESTATION_MEASUREMENT),
    BOTH(WRONG_DEBUG, ATTESTATION_DEBUG),
    BOTH(WRONG_CODE, ATTESTATION_MEASUREMENT),
    BOTH(WRONG_USER_DATA, ATTESTATION_BINDING),
    BOTH(WRONG_USER_VERSION, ATTESTATION_BINDING),
    BOTH(WRONG_PURPOSE, ATTESTATION_PURPOSE),
    BOTH(WRONG_BINDING, ATTESTATION_BINDING),
    BOTH(WRONG_PUBLIC_KEY, ATTESTATION_PUBLIC_KEY),
#undef BOTH
    /* What was asked for, and when, is only of a document that was. */
    {WRONG_FUTURE, STATUS_ATTESTATION_FUTURE, STATUS_OK},
    {WRONG_STALE, STATUS_ATTESTATION_STALE, STATUS_OK},
    {WRONG_NONCE, STATUS_ATTESTATION_NONCE, STATUS_OK},
    {WRONG_NO_NONCE, STATUS_ATTESTATION_NONCE, STATUS_OK},
};

static struct attestation_measurement code;

static struct attestation_expected expected(void)
{
    for (size_t i = 0; i < ATTESTATION_MEASURED; i++) {
        memset(code.pcrs[i], (int)(ATTESTED_PCR + i), DOCUMENT_PCR);
    }
    return (struct attestation_expected){
        .root = attested_root(),
        .purpose = ATTESTATION_IDENTITY,
        .binding = BYTES_LITERAL(ATTESTED_BINDING),
        .allowed = &code,
        .allowed_count = 1,
    };
}

static struct attestation_moment moment(void)
{
    return (struct attestation_moment){
        .now = {ATTESTED_NOW_S * 1000ULL, ATTESTED_NOW_S * 1000ULL},
        .max_age_ms = 60000,
        .nonce = BYTES_LITERAL(ATTESTED_NONCE),
    };
}

static void each_wrong_document_has_its_code(void **state)
{
    (void)state;
    static const struct document empty;
    struct attestation_expected what = expected();
    struct attestation_moment when = moment();
    assert_int_equal(ATTESTED_WRONGS - 1, sizeof judged / sizeof judged[0]);
    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
        struct document live;
        struct document evidence;
        assert_int_equal(i + 1, judged[i].wrong);
        struct bytes in = attested_document(judged[i].wrong);
        struct status status = attestation_verify_live(in, &what, &when, &live);
        if (status.code != judged[i].live) {
            print_message("document %zu\n", i + 1);
        }
        assert_string_equal(status_name(judged[i].live), status_name(status.code));
        assert_memory_equal(&empty, &live, sizeof live);
        status = attestation_verify_evidence(in, &what, &evidence);
        assert_string_equal(status_name(judged[i].evidence), status_name(status.code));
        assert_int_equal(judged[i].evidence == STATUS_OK, evidence.module_id.len != 0);
    }
}

static void a_document_that_is_cut_anywhere_is_none(void **state)
{
    (void)state;
    struct document document;
    struct bytes whole = attested_document(RIGHT);
    for (size_t len = 0; len < whole.len; len++) {
        assert_status(ATTESTATION_INVALID, document_read(bytes_slice(whole, 0, len), &document));
        assert_int_equal(0, document.module_id.len);
    }
}

static void a_right_one_is_taken(void **state)
{
    (void)state;
    struct document document;
    struct attestation_expected what = expected();
    struct attestation_moment when = moment();
    struct bytes in = attested_document(RIGHT);
    assert_status(OK, attestation_verify_evidence(in, &what, &document));
    assert_status(OK, attestation_verify_live(in, &what, &when, &document));
    assert_true(document.timestamp_ms == ATTESTED_NOW_S * 1000ULL);
    uint8_t all[3 * DOCUMENT_PCR];
    uint8_t wanted[32];
    uint8_t found[32];
    memcpy(all, code.pcrs, sizeof all);
    keccak256_hash(BYTES_ARRAY(all), wanted);
    attestation_code_measurement(&document, found);
    assert_memory_equal(wanted, found, sizeof wanted);
}

static void what_is_expected_binds(void **state)
{
    (void)state;
    struct document document;
    struct attestation_expected what = expected();
    struct attestation_moment when = moment();
    struct bytes in = attested_document(RIGHT);
    what.allowed_count = 0;
    assert_status(ATTESTATION_MEASUREMENT, attestation_verify_live(in, &what, &when, &document));
    what = expected();
    what.purpose = ATTESTATION_HANDOFF;
    assert_status(ATTESTATION_PURPOSE, attestation_verify_live(in, &what, &when, &document));
    what = expected();
    what.binding = BYTES_LITERAL("");
    assert_status(ATTESTATION_BINDING, attestation_verify_live(in, &what, &when, &document));
    what = expected();
    when.nonce = BYTES_LITERAL("");
    assert_status(ATTESTATION_NONCE, attestation_verify_live(in, &what, &when, &document));
    in = attested_document(WRONG_NO_NONCE);
    assert_status(ATTESTATION_NONCE, attestation_verify_live(in, &what, &when, &document));
    in = attested_document(RIGHT);
    when = moment();
    when.now.hi_ms += when.max_age_ms;
    assert_status(OK, attestation_verify_live(in, &what, &when, &document));
    when.now.hi_ms++;
    assert_status(ATTESTATION_STALE, attestation_verify_live(in, &what, &when, &document));
    when = moment();
    when.now.lo_ms -= ATTESTATION_SKEW_MS;
    assert_status(OK, attestation_verify_live(in, &what, &when, &document));
    when.now.lo_ms--;
    assert_status(ATTESTATION_FUTURE, attestation_verify_live(in, &what, &when, &document));
}

/* What the time may be is judged at both ends, each of which may refuse alone. */
static void certificates_are_valid_at_both_ends(void **state)
{
    (void)state;
    static const struct {
        int64_t lo_s;
        int64_t hi_s;
        enum status_code code;
    } rows[] = {
        {0, 0, STATUS_OK},
        {-3599, 7199, STATUS_OK},
        {-3601, 0, STATUS_CERTIFICATE_TIME},
        {0, 7201, STATUS_CERTIFICATE_TIME},
        {-3601, 7201, STATUS_CERTIFICATE_TIME},
    };
    struct p384_point key;
    struct document document;
    assert_status(OK, document_read(attested_document(RIGHT), &document));
    const struct x509_chain chain = {expected().root, document.bundle, document.bundle_count,
                                     document.certificate};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct clock_interval time = {(uint64_t)(ATTESTED_NOW_S + rows[i].lo_s) * 1000,
                                            (uint64_t)(ATTESTED_NOW_S + rows[i].hi_s) * 1000};
        assert_int_equal(rows[i].code, x509_chain_check(&chain, time, &key).code);
    }
}

static void a_live_one_is_judged_when_it_may_be_late(void **state)
{
    (void)state;
    struct document document;
    const struct attestation_expected what = expected();
    struct attestation_moment when = moment();
    when.max_age_ms = UINT64_MAX;
    when.now.hi_ms = (ATTESTED_NOW_S + 7199) * 1000ULL;
    assert_status(OK, attestation_verify_live(attested_document(RIGHT), &what, &when, &document));
    when.now.hi_ms = (ATTESTED_NOW_S + 7201) * 1000ULL;
    assert_status(CERTIFICATE_TIME,
                  attestation_verify_live(attested_document(RIGHT), &what, &when, &document));
}

/* --- code by its measurement --- */

static void code_is_known_by_its_measurement_too(void **state)
{
    (void)state;
    struct document document;
    struct attestation_code codes[2] = {{{1}}, {{2}}};
    struct attestation_expected what = expected();
    struct bytes in = attested_document(RIGHT);
    assert_status(OK, attestation_verify_evidence(in, &what, &document));
    attestation_code_measurement(&document, codes[1].keccak);
    what.allowed_count = 0;
    what.codes = codes;
    what.code_count = 1;
    assert_status(ATTESTATION_MEASUREMENT, attestation_verify_evidence(in, &what, &document));
    what.code_count = 2;
    assert_status(OK, attestation_verify_evidence(in, &what, &document));
    codes[1].keccak[31] ^= 1;
    assert_status(ATTESTATION_MEASUREMENT, attestation_verify_evidence(in, &what, &document));
    codes[1].keccak[31] ^= 1;
    const enum attested_wrong others[] = {WRONG_NO_PCR, WRONG_DEBUG, WRONG_CODE};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        in = attested_document(others[i]);
        assert_false(status_is_ok(attestation_verify_evidence(in, &what, &document)));
    }
}

/* --- who asked for the document --- */

static struct status judge_as(enum attestation_maker maker, struct bytes user_data)
{
    struct document document;
    struct attestation_expected what = expected();
    what.maker = maker;
    return attestation_verify_evidence(attested_with(user_data), &what, &document);
}

/* In: form, with @ where the base64 of ours goes. */
static struct status judge_odyn(const char *form, enum attestation_purpose purpose)
{
    static uint8_t json[DOCUMENT_DATA_MAX];
    uint8_t ours[ATTESTATION_USER_DATA];
    struct buf out = buf_over(json, sizeof json);
    attestation_user_data(purpose, BYTES_LITERAL(ATTESTED_BINDING), ours);
    for (; *form != '\0'; form++) {
        if (*form == '@') {
            base64_put(&out, BYTES_ARRAY(ours));
        } else {
            buf_put_u8(&out, (uint8_t)*form);
        }
    }
    assert_status(OK, buf_check(&out));
    return judge_as(ATTESTATION_ODYN, buf_bytes(&out));
}

static void odyn_has_its_own_form(void **state)
{
    (void)state;
    static const char *const right[] = {
        "{\"coffer\":\"@\"}",
        "{\"coffer\":\"@\",\"eth_addr\":\"0x00\"}",
        " { \"eth_addr\" : null , \"co\\u0066fer\" : \"@\" } ",
        "{\"a\":{\"coffer\":\"AAAA\"},\"coffer\":\"@\"}",
    };
    static const char *const wrong[] = {
        "",
        "null",
        "\"@\"",
        "[\"coffer\",\"@\"]",
        "{}",
        "{\"coffer\":null}",
        "{\"coffer\":[\"@\"]}",
        "{\"coffer\":{\"coffer\":\"@\"}}",
        "{\"Coffer\":\"@\"}",
        "{\"a\":{\"coffer\":\"@\"}}",
        "{\"coffer\":\"@\",\"coffer\":\"@\"}",
        "{\"coffer\":\"AAAA\",\"co\\u0066fer\":\"@\"}",
        "{\"coffer\":\"@\"}x",
        "{\"coffer\":\"@\"}{}",
        "{\"coffer\":\"@\"",
        "{\"coffer\":\"@ \"}",
        "{\"coffer\":\"AAAA@\"}",
        "{\"coffer\":\"\"}",
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_status(OK, judge_odyn(right[i], ATTESTATION_IDENTITY));
        assert_status(ATTESTATION_PURPOSE, judge_odyn(right[i], ATTESTATION_HANDOFF));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_status(ATTESTATION_BINDING, judge_odyn(wrong[i], ATTESTATION_IDENTITY));
    }
}

static void the_form_is_not_guessed(void **state)
{
    (void)state;
    uint8_t ours[ATTESTATION_USER_DATA + 1] = {0};
    attestation_user_data(ATTESTATION_IDENTITY, BYTES_LITERAL(ATTESTED_BINDING), ours);
    struct bytes raw = {ours, ATTESTATION_USER_DATA};
    assert_status(OK, judge_as(ATTESTATION_MODULE, raw));
    assert_status(ATTESTATION_BINDING, judge_as(ATTESTATION_ODYN, raw));
    assert_status(ATTESTATION_BINDING, judge_as(ATTESTATION_MODULE, BYTES_ARRAY(ours)));
    char text[128] = "{\"coffer\":\"";
    struct buf out = {(uint8_t *)text, strlen(text), sizeof text - 1, false};
    base64_put(&out, raw);
    buf_put_text(&out, "\"}");
    assert_status(OK, judge_as(ATTESTATION_ODYN, buf_bytes(&out)));
    assert_status(ATTESTATION_BINDING, judge_as(ATTESTATION_MODULE, buf_bytes(&out)));
    assert_string_equal("module", attestation_maker_name(ATTESTATION_MODULE));
    assert_string_equal("odyn", attestation_maker_name(ATTESTATION_ODYN));
}

/* --- a document of a real security module --- */

static struct bytes load(const char *path, uint8_t *memory, size_t cap)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(memory, 1, cap, file);
    (void)fclose(file);
    return (struct bytes){memory, len};
}

static struct status check_real(struct bytes in, struct bytes root, int64_t time_s)
{
    uint8_t memory[DOCUMENT_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct p384_point key;
    struct document document;
    TRY(document_read(in, &document));
    const struct x509_chain chain = {root, document.bundle, document.bundle_count,
                                     document.certificate};
    const struct clock_interval time = {(uint64_t)time_s * 1000, (uint64_t)time_s * 1000};
    TRY(x509_chain_check(&chain, time, &key));
    document_put_signed(&document, &text);
    return es384_verify(&key, buf_bytes(&text), document.signature);
}

/* The text between the lines of a PEM file. */
static struct bytes unwrap(struct bytes pem, uint8_t *memory, size_t cap)
{
    struct buf text = buf_over(memory, cap);
    size_t at = bytes_find(pem, '\n');
    for (; at < pem.len && pem.ptr[at] != '-'; at++) {
        if (pem.ptr[at] != '\n') {
            buf_put_u8(&text, pem.ptr[at]);
        }
    }
    return buf_bytes(&text);
}

static void the_root_is_the_published_one(void **state)
{
    (void)state;
    uint8_t file[2048];
    uint8_t text[2048];
    uint8_t der[2048];
    struct buf out = buf_over(der, sizeof der);
    struct bytes pem = load("tests/vectors/aws-nitro-root-g1.pem", file, sizeof file);
    assert_status(OK, base64_read(unwrap(pem, text, sizeof text), &out));
    assert_bytes(buf_bytes(&out), platform_root_der());
}

static void a_real_one_is_of_its_time_and_of_no_other(void **state)
{
    (void)state;
    uint8_t memory[2 * REAL_LEN];
    uint8_t digest[32];
    struct document document;
    struct attestation_expected what = expected();
    struct bytes in = load("tests/vectors/nitro-attestation-2022.cose", memory, sizeof memory);
    assert_int_equal(REAL_LEN, in.len);
    assert_status(OK, document_read(in, &document));
    struct bytes root = platform_root_der();
    assert_bytes(root, document.bundle[0]);
    assert_int_equal(4, document.bundle_count);
    sha256_hash(root, digest); /* as the platform's documentation has it */
    assert_bytes(unit_hex("641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"),
                 BYTES_ARRAY(digest));
    assert_status(OK, check_real(in, root, REAL_S));
    assert_status(CERTIFICATE_TIME, check_real(in, root, REAL_S + 4 * 3600));
    assert_status(CERTIFICATE_TIME, check_real(in, root, REAL_S - 4 * 3600));
    assert_status(CERTIFICATE_TIME, check_real(in, root, 1796000000));
    assert_status(CERTIFICATE_ROOT, check_real(in, attested_root(), REAL_S));
    what.root = root;
    assert_status(ATTESTATION_MEASUREMENT, attestation_verify_evidence(in, &what, &document));
    for (size_t i = 0; i < in.len; i += 37) {
        memory[i] ^= 4;
        assert_false(status_is_ok(check_real(in, root, REAL_S)));
        memory[i] ^= 4;
    }
    assert_status(OK, check_real(in, root, REAL_S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wrong_document_has_its_code),
        cmocka_unit_test(a_document_that_is_cut_anywhere_is_none),
        cmocka_unit_test(a_right_one_is_taken),
        cmocka_unit_test(what_is_expected_binds),
        cmocka_unit_test(certificates_are_valid_at_both_ends),
        cmocka_unit_test(a_live_one_is_judged_when_it_may_be_late),
        cmocka_unit_test(code_is_known_by_its_measurement_too),
        cmocka_unit_test(odyn_has_its_own_form),
        cmocka_unit_test(the_form_is_not_guessed),
        cmocka_unit_test(the_root_is_the_published_one),
        cmocka_unit_test(a_real_one_is_of_its_time_and_of_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
