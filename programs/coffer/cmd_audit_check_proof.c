#include "coffer/audit_trail.h"
#include "coffer/commands.h"
#include "coffer/input.h"
#include "coffer/signer_port.h"
#include "tlog/tlog_proof.h"

enum { PROOF_MAX = 131072 };

/* The key itself, or a file that holds it; a key has a plus sign. */
static struct status read_key(struct cli *cli, const char *vkey, struct tlog_note_key *ret)
{
    struct bytes text = bytes_of(vkey);
    if (bytes_find(text, '+') == text.len) {
        TRY(input_read(&cli->arena, vkey, TLOG_NOTE_VKEY + 1, &text));
        text = bytes_slice(text, 0, bytes_find(text, '\n'));
    }
    return tlog_note_key_read(text, ret);
}

static enum cli_exit run_check(struct cli *cli)
{
    const char *vkey = cli_value(cli, "--vkey", NULL);
    const struct tlog_note_port port = signer_port_notes();
    struct tlog_note_key key;
    struct tlog_proof proof;
    struct bytes text;
    if (vkey == NULL) {
        return cli_usage(cli, "an option is missing", "--vkey");
    }
    struct status status = read_key(cli, vkey, &key);
    if (!status_is_ok(status)) {
        return status.code == STATUS_IO ? cli_fail_file(cli, status, vkey)
                                        : cli_fail(cli, status, "--vkey");
    }
    status = input_read(&cli->arena, cli->arguments[0], PROOF_MAX, &text);
    if (status_is_ok(status)) {
        status = tlog_proof_read(&cli->arena, text, &proof);
    }
    if (status_is_ok(status)) {
        status = tlog_note_check(&proof.checkpoint, &key, &port);
    }
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, cli->arguments[0]);
    }
    if (!bytes_equal(proof.checkpoint.origin, (struct bytes){key.name, key.name_len})) {
        return cli_fail(cli, FAIL(AUDIT_NOTE_INVALID), "the checkpoint is of another log");
    }
    out_text(&cli->out, "log", proof.checkpoint.origin);
    out_u64(&cli->out, "index", proof.index);
    out_u64(&cli->out, "size", proof.checkpoint.size);
    out_text(&cli->out, "record", proof.record);
    out_line(&cli->out, "the record is in the log, signed by this key");
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--vkey", "VKEY", "the key of the log, as coffer audit verify shows it"},
};

const struct cli_command cmd_audit_check_proof = {
    .name = "audit check-proof",
    .arguments = "PROOF",
    .summary = "Check a proof that a record is in an audit trail, without the trail",
    .help =
        "PROOF is what coffer audit prove wrote; - reads standard input. VKEY is the key of the "
        "log\n"
        "or a file that holds it. Take it from somebody you trust, or from a boot record whose\n"
        "wallet signature you checked.\n\n"
        "Example:\n"
        "  coffer audit check-proof 3ee300f9f739cda5.tlog-proof --vkey vkey\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = 1,
    .run = run_check,
};
