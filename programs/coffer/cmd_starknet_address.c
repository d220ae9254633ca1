#include "coffer/commands.h"
#include "coffer/starknet_input.h"
#include "starknet/felt_text.h"

/* That of the private key 0x1234567. */
#define EXAMPLE_KEY "0x2202275e27873286b71dae62930bbf6420d2e933bbc7cb08e09019e7218ad9c"

static void put_constructor(struct out *out, const struct account *account)
{
    uint8_t memory[(FELT_TEXT_MAX + 3) * ACCOUNT_CONSTRUCTOR_MAX + 2];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    json_out_array(&json);
    for (size_t i = 0; i < account->constructor_len; i++) {
        felt_text_out(&json, &account->constructor[i]);
    }
    json_out_array_end(&json);
    out_raw(out, "constructor_calldata", buf_bytes(&text));
}

static void put_all(struct out *out, const struct felt *key)
{
    size_t count;
    const struct account_class *known = account_class_known(&count);
    out_list(out, "accounts");
    for (size_t i = 0; i < count; i++) {
        struct account account = account_of(&known[i], key);
        out_item(out, "class", known[i].name);
        starknet_input_put_felt(out, "class_hash", &known[i].hash);
        starknet_input_put_felt(out, "address", &account.address);
        out_item_end(out);
    }
    out_list_end(out);
}

static void put_one(struct out *out, const struct account_class *class, const struct felt *key)
{
    struct account account = account_of(class, key);
    starknet_input_put_felt(out, "address", &account.address);
    starknet_input_put_felt(out, "public_key", key);
    out_string(out, "class", class->name);
    starknet_input_put_felt(out, "class_hash", &class->hash);
    put_constructor(out, &account);
}

static enum cli_exit run_starknet_address(struct cli *cli)
{
    struct felt key;
    const struct account_class *class;
    if (!cli_has(cli, "--public-key")) {
        return cli_usage(cli, "the public key is missing", "--public-key");
    }
    if (cli_has(cli, "--all") && cli_has(cli, "--class")) {
        return cli_usage(cli, "two options exclude each other", "--all and --class");
    }
    enum cli_exit result = starknet_input_key(cli, &key);
    if (result != CLI_DONE || (result = starknet_input_class(cli, &class)) != CLI_DONE) {
        return result;
    }
    if (cli_has(cli, "--all")) {
        put_all(&cli->out, &key);
    } else {
        put_one(&cli->out, class, &key);
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--public-key", "FELT", "the x coordinate of the key"},
    {"--class", "NAME", "account class by name or hash; openzeppelin-1.0.0 by default"},
    {"--all", NULL, "the accounts of this key under every known class"},
};

const struct cli_command cmd_starknet_address = {
    .name = "starknet address",
    .arguments = "",
    .summary = "Compute the address of the account of a public key",
    .help =
        "Nothing is asked of a node. Salt and owner of the account are the public key.\n\n"
        "Examples:\n"
        "  coffer starknet address --class braavos-1.2.0 \\\n      --public-key " EXAMPLE_KEY "\n"
        "  coffer starknet address --all --json \\\n      --public-key " EXAMPLE_KEY "\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_starknet_address,
};
