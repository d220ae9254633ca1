#include "base/secret.h"
#include "client/client_key.h"
#include "codec/hex.h"
#include "coffer/cli.h"
#include "coffer/commands.h"
#include "coffer/key_path.h"

static void say(struct cli *cli, const struct client_key *key)
{
    uint8_t spki[P384_SPKI];
    uint8_t memory[2 + 2 * P384_SPKI];
    struct buf text = buf_over(memory, sizeof memory);
    eth_address_put(&text, &key->address);
    out_text(&cli->out, "wallet", buf_bytes(&text));
    text = buf_over(memory, sizeof memory);
    p384_point_spki(&key->point, spki);
    buf_put_text(&text, "0x");
    hex_put(&text, BYTES_ARRAY(spki));
    out_text(&cli->out, "tee_pubkey", buf_bytes(&text));
}

static enum cli_exit run_app_keygen(struct cli *cli)
{
    SECRET(client_key, key);
    struct entropy entropy = entropy_system();
    struct status status = client_key_generate(&entropy, &key);
    status = status_is_ok(status) ? client_key_write(cli->arguments[0], &key) : status;
    if (!status_is_ok(status)) {
        return key_path_fail_write(cli, status, cli->arguments[0]);
    }
    out_string(&cli->out, "file", cli->arguments[0]);
    say(cli, &key);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_app_keygen = {
    .name = "app keygen",
    .arguments = "FILE",
    .summary = "Make the keys of an app's instance",
    .help = "Writes a new wallet key and a new P-384 key to FILE, which must not exist, and says\n"
            "what the instance is to be registered with. The keys themselves are not shown.\n\n"
            "Example:\n"
            "  coffer app keygen app-key.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_app_keygen,
};
