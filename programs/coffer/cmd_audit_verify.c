#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit_verify.h"
#include "codec/hex.h"
#include "coffer/commands.h"
#include "coffer/signer_port.h"

enum { SIGNERS_SHOWN = 1000 };

struct signers {
    struct out *out;
    size_t count;
};

static void put_hex(struct out *out, const char *name, const char *prefix, struct bytes bytes)
{
    uint8_t memory[64];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, prefix);
    hex_put(&text, bytes);
    out_text(out, name, buf_bytes(&text));
}

static void show_signer(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES],
                        const uint8_t node[static CHECKPOINT_NODE])
{
    struct signers *signers = context;
    if (++signers->count > SIGNERS_SHOWN) {
        return;
    }
    out_item(signers->out, NULL, "start");
    put_hex(signers->out, "boot", "", (struct bytes){boot, AUDIT_BOOT_BYTES});
    put_hex(signers->out, "signed_by", "0x", (struct bytes){node, CHECKPOINT_NODE});
    out_item_end(signers->out);
}

static void put_report(struct out *out, const struct audit_verify_report *report)
{
    out_u64(out, "lines", report->lines);
    out_u64(out, "records", report->records);
    out_u64(out, "starts", report->starts);
    out_u64(out, "unended_starts", report->unended);
    out_u64(out, "torn_lines", report->torn);
    out_u64(out, "checkpoints", report->checkpoints);
    out_u64(out, "signed_starts", report->signed_starts);
    out_u64(out, "uncovered_records", report->uncovered);
}

static enum cli_exit run(struct cli *cli)
{
    const char *path = cli->arguments[0];
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return cli_fail_text(cli, "IO", "the audit file cannot be opened",
                             "check its name and that you may read it");
    }
    struct audit_verify_report report;
    struct signers signers = {.out = &cli->out};
    struct audit_verify_port port = signer_port();
    port.context = &signers;
    port.found = show_signer;
    out_list(&cli->out, "signers");
    struct status status = audit_verify_file(fd, &cli->arena, &port, &report);
    out_list_end(&cli->out);
    close(fd);
    if (status.code == STATUS_AUDIT_INVALID) {
        char about[160];
        (void)snprintf(about, sizeof about, "line %llu: %s", (unsigned long long)report.lines,
                       report.reason);
        return cli_fail(cli, status, about);
    }
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, path);
    }
    put_report(&cli->out, &report);
    out_line(&cli->out, "every record is whole and in its place");
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_audit_verify = {
    .name = "audit verify",
    .arguments = "FILE",
    .summary = "Check that an audit file was not changed, cut in the middle or reordered",
    .help = "FILE is what a node writes; - reads standard input. Every line is checked for its\n"
            "shape, every record against the one before it, and every checkpoint against the\n"
            "records it stands for and the wallet that it names; compare the wallets with the\n"
            "registry. A line that a crash cut short is counted as torn: nothing was released on\n"
            "it. What is missing after the last checkpoint of a start that was not ended cannot\n"
            "be seen; records there are counted as uncovered. The first 1000 signers are shown.\n\n"
            "Example:\n"
            "  coffer audit verify audit.jsonl\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
