#include "audit/audit_verify.h"
#include "fixtures/service_fixture.h"
#include "fixtures/unit.h"

/* As if a wallet had signed: which one is all that the check looks at here. */
static struct status sign(void *context, struct bytes text, uint8_t *ret_signature)
{
    bool *fails = context;
    (void)text;
    memset(ret_signature, 7, CHECKPOINT_SIGNATURE);
    ret_signature[CHECKPOINT_SIGNATURE - 1] = 28;
    return *fails ? FAIL(NO_MEMORY) : OK;
}

static struct status recover(void *context, struct bytes text, const uint8_t *signature,
                             uint8_t *ret_node)
{
    (void)context;
    (void)text;
    memcpy(ret_node, signature, CHECKPOINT_NODE);
    return OK;
}

static struct audit_verify_report verify(const struct service_fixture *fixture)
{
    static struct audit_verify check;
    struct arena arena;
    const struct audit_verify_port port = {.recover = recover};
    assert_status(OK, arena_init(&arena, 1 << 20));
    audit_verify_init(&check, &arena, &port);
    struct bytes rest = {(const uint8_t *)fixture->lines, fixture->lines_len};
    while (rest.len != 0) {
        size_t end = bytes_find(rest, '\n');
        assert_status(OK, audit_verify_line(&check, bytes_slice(rest, 0, end)));
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
    }
    assert_status(OK, audit_verify_end(&check, rest));
    arena_deinit(&arena);
    return check.report;
}

static struct checkpoint_signer signer_of(bool *fails)
{
    struct checkpoint_signer signer = {.context = fails, .sign = sign};
    memset(signer.node, 7, sizeof signer.node);
    return signer;
}

static void a_service_with_a_signer_ends_with_a_checkpoint(void **state)
{
    (void)state;
    bool fails = false;
    struct checkpoint_signer signer = signer_of(&fails);
    struct service_fixture *fixture = service_fixture_open_signed(&signer);
    service_close(&fixture->service);
    struct audit_verify_report report = verify(fixture);
    assert_int_equal(2, report.records);
    assert_int_equal(1, report.checkpoints);
    assert_int_equal(0, report.unended);
    service_fixture_close(fixture);
}

/* Without a signature there is no end either: it would prove nothing. */
static void a_service_whose_signer_fails_is_not_ended(void **state)
{
    (void)state;
    bool fails = true;
    struct checkpoint_signer signer = signer_of(&fails);
    struct service_fixture *fixture = service_fixture_open_signed(&signer);
    service_close(&fixture->service);
    struct audit_verify_report report = verify(fixture);
    assert_int_equal(1, report.records);
    assert_int_equal(0, report.checkpoints);
    assert_int_equal(1, report.unended);
    service_fixture_close(fixture);
}

static void a_service_without_a_signer_writes_no_checkpoint(void **state)
{
    (void)state;
    struct service_fixture *fixture = service_fixture_open();
    service_close(&fixture->service);
    struct audit_verify_report report = verify(fixture);
    assert_int_equal(2, report.records);
    assert_int_equal(0, report.checkpoints);
    service_fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_with_a_signer_ends_with_a_checkpoint),
        cmocka_unit_test(a_service_whose_signer_fails_is_not_ended),
        cmocka_unit_test(a_service_without_a_signer_writes_no_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
