#include <stdio.h>

#include "base/secret.h"
#include "client/user_key.h"
#include "codec/hex.h"
#include "coffer/commands.h"
#include "coffer/key_path.h"
#include "coffer/place_option.h"

static void say_hex(struct out *out, const char *name, const char *prefix, struct bytes data)
{
    char text[2 + 2 * USER_KEY_WHOLE + 1];
    struct buf digits = buf_over((uint8_t *)text, sizeof text - 1);
    buf_put_text(&digits, prefix);
    hex_put(&digits, data);
    out_text(out, name, buf_bytes(&digits));
}

static void say(struct out *out, const struct user_public *public)
{
    out_string(out, "scheme", user_key_scheme_name(public->scheme));
    say_hex(out, "public_key", "0x", user_public_bytes(public));
}

/* --- key new --- */

static enum cli_exit run_new(struct cli *cli)
{
    SECRET(user_key, key);
    struct entropy entropy = entropy_system();
    enum auth_scheme scheme;
    const char *path = cli->arguments[0];
    struct status status = user_key_scheme(bytes_of(cli_value(cli, "--scheme", "p256")), &scheme);
    status = status_is_ok(status) ? user_key_generate(&entropy, scheme, &key) : status;
    status = status_is_ok(status) ? user_key_write(path, &key) : status;
    if (!status_is_ok(status)) {
        return key_path_fail_write(cli, status, path);
    }
    out_string(&cli->out, "file", path);
    say(&cli->out, &key.public);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option new_options[] = {
    {"--scheme", "p256|ed25519|stark|eip191", "which kind of key; p256 by default"},
};

const struct cli_command cmd_key_new = {
    .name = "key new",
    .arguments = "FILE",
    .summary = "Make a key that a person, a back end or an operator signs with",
    .help =
        "Writes a new key to FILE, which must not exist, with mode 0600, and says its public\n"
        "key. P-256 and Ed25519 keys are PEM (PKCS#8), which other programs read; Stark keys\n"
        "and wallets (eip191) are JSON. A key of P-256 or Ed25519 from elsewhere serves as\n"
        "well; of one in a device only the public key is needed: statement sign --public-key.\n\n"
        "Examples:\n"
        "  coffer key new alice.pem\n"
        "  coffer key new --scheme eip191 wallet.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = new_options,
    .options_count = sizeof new_options / sizeof new_options[0],
    .run = run_new,
};

/* --- key show --- */

static void say_ids(struct out *out, const struct user_public *public,
                    const struct user_place *place)
{
    uint8_t id[AUTH_TEXT_ID];
    auth_text_authenticator(place->tenant, public->scheme, user_public_bytes(public), id);
    say_hex(out, "authenticator", "", BYTES_ARRAY(id));
    auth_text_service(place->tenant, public->scheme, user_public_bytes(public), id);
    say_hex(out, "service", "", BYTES_ARRAY(id));
}

static enum cli_exit run_show(struct cli *cli)
{
    struct user_public public;
    struct user_place place;
    bool has_place = cli_has(cli, "--domain");
    enum cli_exit result = key_path_read_public(cli, "the argument", cli->arguments[0], &public);
    if (result == CLI_DONE && has_place) {
        result = place_option_read(cli, &place);
    } else if (result == CLI_DONE && cli_has(cli, "--tenant")) {
        result = cli_usage(cli, "the deployment is missing: its domain_id", "--domain");
    }
    if (result != CLI_DONE) {
        return result;
    }
    say(&cli->out, &public);
    if (has_place) {
        say_ids(&cli->out, &public, &place);
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option show_options[] = {PLACE_OPTIONS};

const struct cli_command cmd_key_show = {
    .name = "key show",
    .arguments = "FILE",
    .summary = "Show the public key of a key file, and the ids that it has in a tenant",
    .help = "FILE has a key or a public key. With --domain also its ids in the tenant: that of an\n"
            "authenticator, by which a user's keys are revoked, and that of a service key.\n\n"
            "Examples:\n"
            "  coffer key show alice.pem\n"
            "  coffer key show alice.pem --tenant default \\\n"
            "    --domain f2ff83860a4dc203988ed1a22ba1f21237f04abdbd0c4c951103cfbed121de78\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = show_options,
    .options_count = sizeof show_options / sizeof show_options[0],
    .run = run_show,
};

/* --- key public --- */

static enum cli_exit run_public(struct cli *cli)
{
    struct user_public public;
    uint8_t memory[USER_KEY_FILE];
    struct buf text = buf_over(memory, sizeof memory);
    enum cli_exit result = key_path_read_public(cli, "the argument", cli->arguments[0], &public);
    if (result != CLI_DONE) {
        return result;
    }
    struct status status = user_key_put_public(&public, &text);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "");
    }
    out_whole(&cli->out, "public_key", buf_bytes(&text));
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_key_public = {
    .name = "key public",
    .arguments = "FILE",
    .summary = "Write the public key of a key file as a file of its own",
    .help =
        "What is written serves wherever a public key is enough: enrolling, tickets, checking.\n\n"
        "Example:\n"
        "  coffer key public alice.pem\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_public,
};
