/* covers: src/audit/audit_verify.c src/audit/checkpoint.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "audit/audit_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

/* A signature that the fuzzer can make: it starts with the wallet. */
static struct status recover(void *context, struct bytes text,
                             const uint8_t signature[static CHECKPOINT_SIGNATURE],
                             uint8_t ret_node[static CHECKPOINT_NODE])
{
    (void)context;
    (void)text;
    memcpy(ret_node, signature, CHECKPOINT_NODE);
    return OK;
}

/* Line by line; what verifies has at most one record for each line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct audit_verify verify;
    if (arena.base == NULL) {
        if (!status_is_ok(arena_init(&arena, 1 << 20))) {
            return 0;
        }
    }
    const struct audit_verify_port port = {.recover = recover};
    audit_verify_init(&verify, &arena, &port);
    struct bytes rest = {data, len};
    struct status status = OK;
    for (size_t end = bytes_find(rest, '\n'); end != rest.len && status_is_ok(status);
         end = bytes_find(rest, '\n')) {
        status = audit_verify_line(&verify, bytes_slice(rest, 0, end));
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
    }
    if (status_is_ok(status)) {
        status = audit_verify_end(&verify, rest);
    }
    const struct audit_verify_report *report = &verify.report;
    if (status_is_ok(status)
            ? report->records == 0 || report->records + report->checkpoints > report->lines ||
                  report->signed_starts > report->checkpoints
            : report->reason[0] == '\0') {
        __builtin_trap();
    }
    return 0;
}
