#include "attestation/attestation.h"
#include "attestation/platform_root.h"
#include "digest/sha256.h"
#include "enclave/simulated_module_dev.h"
#include "fixtures/unit.h"

enum { BUDGET = 65536 };

static const char nonce[] = "sixteen bytes of it, and more";
static const char bound[] = "what it is bound to";

static struct mem mem;
static struct simulated_module_dev *module;
static struct security_module port;
static uint8_t memory[SECURITY_MODULE_DOCUMENT];

static struct simulated_module_dev *open_module(const char *image)
{
    struct simulated_module_dev *opened;
    const struct simulated_module_dev_setup setup = {
        .image = image, .clock = clock_system(), .entropy = entropy_system(), .mem = &mem};
    assert_status(OK, simulated_module_dev_open(&setup, &opened));
    return opened;
}

static struct bytes make(const struct security_module *from)
{
    static uint8_t user_data[ATTESTATION_USER_DATA];
    struct buf out = buf_over(memory, sizeof memory);
    attestation_user_data(ATTESTATION_IDENTITY, bytes_of(bound), user_data);
    const struct security_module_request request = {.nonce = bytes_of(nonce),
                                                    .user_data = BYTES_ARRAY(user_data)};
    assert_status(OK, security_module_attest(from, &request, &out));
    return buf_bytes(&out);
}

static struct status judge(struct bytes document, const char *image, struct bytes root,
                           struct document *ret)
{
    static struct attestation_measurement code;
    const struct clock clock = clock_system();
    assert_status(OK, simulated_module_dev_measure(image, code.pcrs));
    const struct attestation_expected expected = {.root = root,
                                                  .purpose = ATTESTATION_IDENTITY,
                                                  .binding = bytes_of(bound),
                                                  .allowed = &code,
                                                  .allowed_count = 1};
    const struct attestation_moment moment = {
        .now = clock_wall(&clock), .max_age_ms = 60000, .nonce = bytes_of(nonce)};
    return attestation_verify_live(document, &expected, &moment, ret);
}

static struct status judge_node(struct bytes document, struct document *ret)
{
    return judge(document, "node", simulated_module_dev_root(), ret);
}

static void the_verifier_takes_what_it_makes(void **state)
{
    (void)state;
    struct document document;
    assert_status(OK, judge_node(make(&port), &document));
    for (size_t i = 0; i < SECURITY_MODULE_REGISTERS; i++) {
        static const uint8_t zero[SECURITY_MODULE_PCR];
        assert_int_equal(i < SECURITY_MODULE_OURS, document.pcrs[i] != NULL);
        bool is_zero = i < SECURITY_MODULE_OURS && memcmp(document.pcrs[i], zero, sizeof zero) == 0;
        assert_int_equal(i >= SIMULATED_MODULE_DEV_MEASURED && i < SECURITY_MODULE_OURS, is_zero);
    }
    assert_false(document.public_key.is_there);
}

static void nobody_takes_it_for_the_platform(void **state)
{
    (void)state;
    struct document document;
    assert_status(CERTIFICATE_ROOT, judge(make(&port), "node", platform_root_der(), &document));
}

static void each_image_measures_differently(void **state)
{
    (void)state;
    struct document document;
    struct simulated_module_dev *other = open_module("other");
    const struct security_module theirs = simulated_module_dev_port(other);
    assert_status(ATTESTATION_MEASUREMENT, judge_node(make(&theirs), &document));
    assert_status(OK, judge(make(&theirs), "other", simulated_module_dev_root(), &document));
    assert_status(OK, judge_node(make(&port), &document));
    simulated_module_dev_close(&other);
}

static void what_is_changed_anywhere_is_refused(void **state)
{
    (void)state;
    struct document document;
    struct bytes whole = make(&port);
    for (size_t i = 0; i < whole.len; i += 7) {
        memory[i] ^= 1;
        assert_false(status_is_ok(judge_node(whole, &document)));
        memory[i] ^= 1;
    }
    assert_status(OK, judge_node(whole, &document));
}

static void registers_of_ours_are_extended_and_locked(void **state)
{
    (void)state;
    struct document document;
    const struct bytes one = BYTES_LITERAL("one");
    /* SHA-384 of 48 zeros and "one". */
    const struct bytes wanted = unit_hex("71a0fd8a620af058754853e27654a2120d8cf76401799633"
                                         "fbd176f486d26931075c18c7c028d83ce60a365c13faf59a");
    assert_status(OK, security_module_extend(&port, 16, one));
    assert_status(OK, judge_node(make(&port), &document));
    assert_null(document.pcrs[16]); /* not before it is locked */
    assert_status(OK, security_module_lock(&port, 16));
    assert_status(SECURITY_MODULE, security_module_extend(&port, 16, one));
    assert_status(OK, judge_node(make(&port), &document));
    assert_bytes(wanted, ((struct bytes){document.pcrs[16], SECURITY_MODULE_PCR}));
    assert_null(document.pcrs[17]);
}

static void what_the_module_would_not_take_is_refused_before(void **state)
{
    (void)state;
    static uint8_t long_one[SECURITY_MODULE_PUBLIC_KEY + 1];
    struct buf out = buf_over(memory, sizeof memory);
    const struct bytes over = {long_one, SECURITY_MODULE_DATA + 1};
    const struct security_module_request wrong[] = {
        {.nonce = over}, {.user_data = over}, {.public_key = BYTES_ARRAY(long_one)}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_status(BAD_REQUEST, security_module_attest(&port, &wrong[i], &out));
    }
    assert_status(BAD_REQUEST, security_module_extend(&port, 15, BYTES_LITERAL("x")));
    assert_status(BAD_REQUEST, security_module_extend(&port, 32, BYTES_LITERAL("x")));
    assert_status(BAD_REQUEST, security_module_extend(&port, 16, (struct bytes){NULL, 0}));
    assert_status(BAD_REQUEST, security_module_extend(&port, 16, over));
    assert_status(BAD_REQUEST, security_module_lock(&port, 0));
    assert_status(BAD_REQUEST, security_module_lock(&port, 32));
    assert_int_equal(0, out.len);
}

static void the_largest_request_has_room(void **state)
{
    (void)state;
    static uint8_t filler[SECURITY_MODULE_PUBLIC_KEY];
    struct document document;
    struct buf out = buf_over(memory, sizeof memory);
    const struct bytes data = {filler, SECURITY_MODULE_DATA};
    const struct security_module_request request = {data, data, BYTES_ARRAY(filler)};
    for (unsigned i = SECURITY_MODULE_OURS; i < SECURITY_MODULE_REGISTERS; i++) {
        assert_status(OK, security_module_lock(&port, i));
    }
    assert_status(OK, security_module_attest(&port, &request, &out));
    assert_status(OK, document_read(buf_bytes(&out), &document));
    struct buf small = buf_over(memory, 1000);
    assert_status(BUFFER_FULL, security_module_attest(&port, &request, &small));
    assert_int_equal(0, small.len);
}

static int setup(void **state)
{
    (void)state;
    mem_init(&mem, BUDGET);
    module = open_module("node");
    port = simulated_module_dev_port(module);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    simulated_module_dev_close(&module);
    return mem_used(&mem) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_verifier_takes_what_it_makes, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_takes_it_for_the_platform, setup, teardown),
        cmocka_unit_test_setup_teardown(each_image_measures_differently, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_changed_anywhere_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(registers_of_ours_are_extended_and_locked, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_module_would_not_take_is_refused_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_largest_request_has_room, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
