#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit_verify.h"
#include "coffer/commands.h"

static void put_report(struct out *out, const struct audit_verify_report *report)
{
    out_u64(out, "lines", report->lines);
    out_u64(out, "records", report->records);
    out_u64(out, "starts", report->starts);
    out_u64(out, "unended_starts", report->unended);
    out_u64(out, "torn_lines", report->torn);
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
    struct status status = audit_verify_file(fd, &cli->arena, &report);
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
            "shape and every record against the one before it. A line that a crash cut short is\n"
            "counted as torn: nothing was released on it. Records missing at the end of a start\n"
            "cannot be seen without signed checkpoints.\n\n"
            "Example:\n"
            "  coffer audit verify audit.jsonl\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
