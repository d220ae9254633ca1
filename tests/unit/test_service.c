#include "audit/audit_verify.h"
#include "crypto/ed25519.h"
#include "ethereum/eip191.h"
#include "fixtures/app_fixture.h"
#include "fixtures/unit.h"

static struct status recover(void *context, struct bytes text, const uint8_t *bytes,
                             uint8_t *ret_wallet)
{
    struct k256_signature signature = {.v = bytes[64]};
    struct eth_address address;
    (void)context;
    memcpy(signature.rs, bytes, sizeof signature.rs);
    struct status status = eip191_recover(text, &signature, true, &address);
    memcpy(ret_wallet, address.b, AUDIT_WALLET);
    return status;
}

static struct status verify_note(void *context, const uint8_t *public, struct bytes text,
                                 const uint8_t *signature)
{
    (void)context;
    return ed25519_verify(public, text, signature);
}

static struct audit_verify_start start;

static void keep_start(void *context, const struct audit_verify_start *found)
{
    (void)context;
    start = *found;
}

static struct status verify(const struct service_fixture *fixture,
                            const struct audit_verify_options *options,
                            struct audit_verify_report *ret_report)
{
    static struct audit_verify check;
    struct arena arena;
    const struct audit_verify_port port = {
        .recover = recover, .notes = {.verify = verify_note}, .start = keep_start};
    assert_status(OK, arena_init(&arena, 1 << 20));
    audit_verify_init(&check, &arena, &port, options);
    struct bytes rest = {(const uint8_t *)fixture->lines, fixture->lines_len};
    struct status status = OK;
    while (rest.len != 0 && status_is_ok(status)) {
        size_t end = bytes_find(rest, '\n');
        status = audit_verify_line(&check, bytes_slice(rest, 0, end));
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
    }
    if (status_is_ok(status)) {
        status = audit_verify_end(&check);
    }
    arena_deinit(&arena);
    *ret_report = check.report;
    return status;
}

/* Without an identity nobody vouches for the key that signs. */
static void a_service_signs_its_trail_from_boot_to_end(void **state)
{
    (void)state;
    struct service_fixture *fixture = service_fixture_open();
    struct audit_verify_report report;
    struct audit_verify_options options = {.allow_unsigned = false};
    service_close(&fixture->service);
    assert_status(AUDIT_INVALID, verify(fixture, &options, &report));
    options.allow_unsigned = true;
    assert_status(OK, verify(fixture, &options, &report));
    assert_int_equal(2, report.records);
    assert_int_equal(2, report.checkpoints);
    assert_int_equal(0, report.open);
    assert_int_equal(0, report.uncovered);
    service_fixture_close(fixture);
}

static void the_wallet_of_an_identity_vouches_for_the_key(void **state)
{
    (void)state;
    struct app_fixture *fixture = app_fixture_open();
    struct audit_verify_report report;
    const struct audit_verify_options options = {.allow_open = true};
    assert_status(OK, verify(fixture->service, &options, &report));
    assert_int_equal(1, report.records);
    assert_int_equal(1, report.checkpoints);
    assert_true(start.has_voucher);
    assert_memory_equal(fixture->node->wallet.b, start.voucher.wallet, AUDIT_WALLET);
    assert_memory_equal(fixture->node->boot_id, start.boot, AUDIT_BOOT_BYTES);
    app_fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_signs_its_trail_from_boot_to_end),
        cmocka_unit_test(the_wallet_of_an_identity_vouches_for_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
