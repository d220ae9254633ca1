/* covers: src/audit/audit_verify.c src/audit/audit_entry.c src/tlog/tlog_note.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "audit/audit_verify.h"
#include "tlog/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

/* Signatures that the fuzzer can make: one starts with the wallet, the other with the key. */
static struct status recover(void *context, struct bytes text,
                             const uint8_t signature[static AUDIT_WALLET_SIGNATURE],
                             uint8_t ret_wallet[static AUDIT_WALLET])
{
    (void)context;
    (void)text;
    memcpy(ret_wallet, signature, AUDIT_WALLET);
    return OK;
}

static struct status verify_note(void *context, const uint8_t public[static TLOG_NOTE_PUBLIC],
                                 struct bytes text,
                                 const uint8_t signature[static TLOG_NOTE_SIGNATURE])
{
    (void)context;
    (void)text;
    return signature[0] == public[0] ? OK : FAIL(SIGNATURE_INVALID);
}

static void check_trail(struct bytes rest, bool strict)
{
    static struct audit_verify verify;
    const struct audit_verify_port port = {.recover = recover, .notes = {.verify = verify_note}};
    const struct audit_verify_options options = {
        .allow_open = !strict, .allow_unsigned = !strict, .allow_earlier = !strict};
    struct status status = OK;
    audit_verify_init(&verify, &arena, &port, &options);
    while (rest.len != 0 && status_is_ok(status)) {
        size_t end = bytes_find(rest, '\n');
        status = audit_verify_line(&verify, bytes_slice(rest, 0, end));
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
    }
    if (status_is_ok(status)) {
        status = audit_verify_end(&verify);
    }
    const struct audit_verify_report *report = &verify.report;
    bool wrong = report->reason[0] == '\0';
    if (status_is_ok(status)) {
        wrong = report->records == 0 || report->records + report->checkpoints > report->lines ||
                report->open > report->starts || report->uncovered > report->records ||
                (strict && (report->open != 0 || report->uncovered != 0 ||
                            report->unsigned_starts != 0 || report->earlier != 0));
    }
    if (wrong) {
        __builtin_trap();
    }
}

/* Line by line; what verifies has at most one record for each line. The same bytes as a proof. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tlog_proof proof;
    if (arena.base == NULL && !status_is_ok(arena_init(&arena, 1 << 20))) {
        return 0;
    }
    check_trail((struct bytes){data, len}, false);
    check_trail((struct bytes){data, len}, true);
    arena_reset(&arena);
    if (!status_is_ok(tlog_proof_read(&arena, (struct bytes){data, len}, &proof)) &&
        proof.record.len != 0) {
        __builtin_trap();
    }
    return 0;
}
