#include <stdio.h>

#include "coffer/audit_trail.h"
#include "coffer/commands.h"

enum { STARTS_SHOWN = 1000, SENTENCE = 1024 };

struct starts {
    struct out *out;
    size_t count;
};

static void show_start(void *context, const struct audit_verify_start *start)
{
    struct starts *starts = context;
    struct out *out = starts->out;
    if (++starts->count > STARTS_SHOWN) {
        return;
    }
    out_item(out, NULL, "start");
    audit_trail_hex(out, "boot", "", BYTES_ARRAY(start->boot));
    if (start->has_key) {
        audit_trail_key(out, &start->key);
    }
    if (start->has_voucher) {
        audit_trail_hex(out, "signed_by", "0x", BYTES_ARRAY(start->voucher.wallet));
    }
    out_u64(out, "records", start->records);
    out_u64(out, "signed_records", start->size);
    out_bool(out, "ended", start->ended);
    out_item_end(out);
}

static void put_report(struct out *out, const struct audit_verify_report *report)
{
    out_u64(out, "lines", report->lines);
    out_u64(out, "records", report->records);
    out_u64(out, "starts", report->starts);
    out_u64(out, "open_starts", report->open);
    out_u64(out, "unsigned_starts", report->unsigned_starts);
    out_u64(out, "earlier_starts", report->earlier);
    out_u64(out, "torn_lines", report->torn);
    out_u64(out, "checkpoints", report->checkpoints);
    out_u64(out, "uncovered_records", report->uncovered);
    out_u64(out, "unsettled", report->unsettled);
    out_u64(out, "dropped_records", report->dropped);
}

static void add(struct buf *text, uint64_t count, const char *what)
{
    if (count != 0) {
        buf_put_text(text, "; ");
        buf_put_decimal(text, count);
        buf_put_text(text, what);
    }
}

/* What follows from the check and what does not, in one line. */
static void put_verdict(struct cli *cli, const struct audit_verify_report *report)
{
    uint8_t memory[SENTENCE];
    struct buf text = buf_over(memory, sizeof memory - 1);
    buf_put_text(&text, "proven: ");
    buf_put_decimal(&text, report->records - report->uncovered);
    buf_put_text(&text, " of ");
    buf_put_decimal(&text, report->records);
    buf_put_text(&text, " records are whole, in order and signed; not proven: that no later start "
                        "or record is missing");
    if (!cli_has(cli, "--expect")) {
        buf_put_text(&text, " (see --expect)");
    }
    if (!cli_has(cli, "--wallet")) {
        buf_put_text(&text, "; that the wallets are those of your nodes (see --wallet)");
    }
    add(&text, report->unsigned_starts, " starts that no wallet vouches for");
    add(&text, report->open,
        " starts without end, which may have had records behind their "
        "last checkpoint that are not here");
    add(&text, report->uncovered, " records behind the last checkpoint of a start without end");
    add(&text, report->earlier, " earlier starts that are not here");
    add(&text, report->dropped, " records that were dropped and are counted only");
    add(&text, report->unsettled, " intents whose outcome is not known");
    memory[text.len] = '\0';
    out_string(&cli->out, "verdict", (const char *)memory);
}

static enum cli_exit run_verify(struct cli *cli)
{
    struct audit_verify_report report;
    struct starts starts = {.out = &cli->out};
    const struct audit_verify_port port = {.context = &starts, .start = show_start};
    out_list(&cli->out, "signers");
    enum cli_exit result = audit_trail_read(cli, 0, cli->arguments_count, &port, &report);
    if (result != CLI_DONE) {
        return result;
    }
    out_list_end(&cli->out);
    put_report(&cli->out, &report);
    put_verdict(cli, &report);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_audit_verify = {
    .name = "audit verify",
    .arguments = "FILE...",
    .summary = "Check that an audit trail was not changed, cut, reordered or forged",
    .help = "FILEs are what a node writes, in their order; - reads standard input. Every line is\n"
            "checked for its shape, every record against the one before it, every checkpoint\n"
            "against all records of its start and the key that signs it, the key against the\n"
            "wallet that vouches for it, and every start against those before it. What is not\n"
            "proven fails unless you allow it, and the verdict names it. The first 1000 starts\n"
            "are shown.\n\n"
            "Examples:\n"
            "  coffer audit verify audit.jsonl\n"
            "  coffer audit verify --allow-open --expect checkpoint audit.jsonl\n",
    .arguments_min = 1,
    .arguments_max = CLI_ARGUMENTS_MAX,
    .options = audit_trail_option_list,
    .options_count = AUDIT_TRAIL_OPTIONS,
    .run = run_verify,
};
