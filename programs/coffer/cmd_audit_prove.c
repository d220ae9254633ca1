#include <stdio.h>
#include <string.h>

#include "codec/hex.h"
#include "coffer/audit_trail.h"
#include "coffer/commands.h"
#include "tlog/tlog_proof.h"

enum { PROOF_MAX = 16384, PATH_TEXT = 64 };

/* The record that is looked for, and the start that it is in. */
struct search {
    uint8_t hash[SHA256_BYTES];
    bool found;
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint64_t index;
    struct audit_verify_start start;
    uint8_t line[LIMIT_AUDIT_LINE];
    size_t line_len;
    struct tlog_proof_maker maker;
};

static void look(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES], uint64_t index,
                 const uint8_t hash[static SHA256_BYTES])
{
    struct search *search = context;
    if (!search->found &&
        bytes_equal((struct bytes){hash, SHA256_BYTES}, BYTES_ARRAY(search->hash))) {
        search->found = true;
        search->index = index;
        memcpy(search->boot, boot, sizeof search->boot);
    }
}

static void keep_start(void *context, const struct audit_verify_start *start)
{
    struct search *search = context;
    if (search->found && bytes_equal(BYTES_ARRAY(start->boot), BYTES_ARRAY(search->boot))) {
        search->start = *start;
    }
}

static struct status add_record(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES],
                                uint64_t index, struct bytes line)
{
    struct search *search = context;
    uint8_t leaf[SHA256_BYTES];
    if (!bytes_equal((struct bytes){boot, AUDIT_BOOT_BYTES}, BYTES_ARRAY(search->boot))) {
        return OK;
    }
    if (index == search->index) {
        if (line.len > sizeof search->line) {
            return FAIL(AUDIT_INVALID);
        }
        memcpy(search->line, line.ptr, line.len);
        search->line_len = line.len;
    }
    tlog_tree_leaf(line, leaf);
    tlog_proof_add(&search->maker, leaf);
    return OK;
}

static struct status write_proof(const char *path, struct bytes proof)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return FAIL(IO);
    }
    bool written = fwrite(proof.ptr, 1, proof.len, file) == proof.len;
    return (fclose(file) == 0 && written) ? OK : FAIL(IO);
}

static enum cli_exit put_proof(struct cli *cli, const struct search *search)
{
    uint8_t memory[PROOF_MAX];
    char name[PATH_TEXT];
    struct buf proof = buf_over(memory, sizeof memory);
    const struct tlog_path *path = tlog_proof_path(&search->maker);
    const char *output = cli_value(cli, "--output", name);
    (void)snprintf(name, sizeof name, "%.16s.tlog-proof", cli->arguments[0]);
    if (path == NULL) {
        return cli_fail(cli, FAIL(AUDIT_INVALID), "the files changed while they were read");
    }
    tlog_proof_put((struct bytes){search->line, search->line_len}, search->index, path,
                   (struct bytes){search->start.note, search->start.note_len}, &proof);
    struct status status = buf_check(&proof);
    if (status_is_ok(status)) {
        status = write_proof(output, buf_bytes(&proof));
    }
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, output);
    }
    out_string(&cli->out, "proof", output);
    out_u64(&cli->out, "index", search->index);
    out_u64(&cli->out, "size", search->start.size);
    audit_trail_key(&cli->out, &search->start.key);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_prove(struct cli *cli)
{
    struct search search = {.found = false};
    struct audit_verify_report report;
    const struct audit_verify_port port = {.context = &search, .record = look, .start = keep_start};
    const struct audit_trail_reader reader = {&search, add_record};
    struct status status = hex_read(bytes_of(cli->arguments[0]), sizeof search.hash, search.hash);
    if (!status_is_ok(status)) {
        return cli_usage(cli, "RECORD is the hash of a record, 64 hexadecimal digits", "");
    }
    enum cli_exit result = audit_trail_read(cli, 1, cli->arguments_count, &port, &report);
    if (result != CLI_DONE) {
        return result;
    }
    if (!search.found) {
        return cli_fail_text(cli, "NOT_FOUND", "no record of the trail has this hash",
                             "it is the last part of the header Coffer-Resp-Audit, or the prev of "
                             "the next record of its lane");
    }
    if (search.index >= search.start.size) {
        return cli_fail_text(cli, "NOT_FOUND", "no checkpoint stands for this record yet",
                             "try again in a minute, when the node runs");
    }
    tlog_proof_begin(&search.maker, search.index, search.start.size);
    status =
        audit_trail_records(&cli->arena, cli->arguments + 1, cli->arguments_count - 1, &reader);
    return status_is_ok(status) ? put_proof(cli, &search) : cli_fail(cli, status, "");
}

static const struct cli_option options[AUDIT_TRAIL_OPTIONS + 1] = {
    AUDIT_TRAIL_OPTION_TABLE,
    {"--output", "FILE", "where the proof goes; the start of RECORD with .tlog-proof by default"},
};

const struct cli_command cmd_audit_prove = {
    .name = "audit prove",
    .arguments = "RECORD FILE...",
    .summary = "Write a proof that a record is in an audit trail",
    .help = "RECORD is the hash of a record: the last part of the header Coffer-Resp-Audit of an\n"
            "answer. The trail is checked as by audit verify. The proof is a tlog-proof of C2SP\n"
            "with the record inside; coffer audit check-proof checks it without the trail.\n\n"
            "Example:\n"
            "  coffer audit prove \\\n"
            "    3ee300f9f739cda519feb53dd0e6f416d4e84af3b6338d91a9c79e1dcb2c2306 audit.jsonl\n",
    .arguments_min = 2,
    .arguments_max = CLI_ARGUMENTS_MAX,
    .options = options,
    .options_count = AUDIT_TRAIL_OPTIONS + 1,
    .run = run_prove,
};
