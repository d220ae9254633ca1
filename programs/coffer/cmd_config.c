#include <stdio.h>
#include <string.h>

#include "coffer/commands.h"
#include "coffer/node_process.h"
#include "config/config.h"
#include "config/gateway_config.h"
#include "config/trust.h"

static bool is_number(const struct schema_row *row)
{
    return row->type == SCHEMA_NUMBER;
}

/* In: prefix, of the object that the member is in, such as "tenants[]."; "" for the top. */
static void put_row(struct out *out, const struct schema_row *row, const char *prefix)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s%s", prefix, row->name);
    out_item(out, "name", name);
    out_string(out, "help", row->help);
    out_string(out, "type", schema_type_name(row->type));
    if (row->is_required) {
        out_bool(out, "required", true);
    } else if (is_number(row)) {
        out_u64(out, "default", row->number);
    } else if (row->text != NULL) {
        out_string(out, "default", row->text);
    }
    if (is_number(row)) {
        out_u64(out, "min", row->min);
        out_u64(out, "max", row->max);
    } else if (row->type == SCHEMA_CHOICE) {
        out_string(out, "choices", row->choices);
    } else if (row->type == SCHEMA_HEX) {
        out_u64(out, "bytes", row->max);
    }
    out_item_end(out);
}

static void put_table(struct out *out, const struct schema_table *table, const char *prefix)
{
    for (size_t i = 0; i < table->count; i++) {
        put_row(out, &table->rows[i], prefix);
    }
}

static enum cli_exit list(struct cli *cli, const struct schema_table *top)
{
    bool is_trust = top == trust_table();
    out_list(&cli->out, "settings");
    put_table(&cli->out, top, "");
    if (is_trust) {
        put_table(&cli->out, trust_tenant_table(), "tenants[].");
        put_table(&cli->out, trust_fees_table(), "tenants[].fees.");
        put_table(&cli->out, trust_issuer_table(), "tenants[].issuers[].");
        put_table(&cli->out, trust_delays_table(), "tenants[].delays.");
        put_table(&cli->out, trust_class_table(), "account_classes[].");
        put_table(&cli->out, trust_operator_table(), "operators[].");
    }
    out_list_end(&cli->out);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

/* In: where, in the file or what is wrong with it. */
static enum cli_exit fail(struct cli *cli, struct status status, const char *path,
                          const struct schema_table *table, const char *where)
{
    char text[CONFIG_WHERE_MAX + 2 * CONFIG_TEXT_MAX] = "";
    struct buf out = buf_over((uint8_t *)text, sizeof text - 1);
    bool is_io = status.code == STATUS_IO;
    buf_put_text(&out, is_io ? path : where);
    if (is_io) {
        buf_put_text(&out, ": ");
        buf_put_text(&out, where);
    }
    schema_put_rule(table, bytes_of(where), &out);
    if (is_io) {
        return cli_fail(cli, status, text);
    }
    return cli_fail_about(cli, status_name(status.code), schema_error_text(status.code), text,
                          "coffer config lists every setting, with --trust or --gateway of those");
}

/* Whether its names and addresses mean something, the node's own program says. */
static enum cli_exit ask_program(struct cli *cli, const struct node_process_setup *setup)
{
    char said[NODE_PROCESS_SAID_MAX];
    struct status status = node_process_check(setup, said);
    if (status.code == STATUS_NOT_FOUND) {
        return cli_fail_text(cli, "NOT_FOUND", "coffer-node is not beside this program",
                             "build both with make, or install both with make install");
    }
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "coffer-node");
    }
    if (said[0] == '\0') {
        return CLI_DONE;
    }
    said[strcspn(said, "\n")] = '\0';
    return cli_fail_text(cli, "CONFIG_INVALID", said, "mend the named member");
}

static enum cli_exit parse_config(struct cli *cli, const char *path)
{
    struct bytes text;
    struct config config;
    char where[CONFIG_WHERE_MAX] = "";
    struct status status = config_read_file(path, &cli->arena, &text, where);
    if (status_is_ok(status)) {
        status = config_parse(text, &cli->arena, &config, where);
    }
    const struct node_process_setup setup = {.config = path, .is_file_only = true};
    return status_is_ok(status) ? ask_program(cli, &setup)
                                : fail(cli, status, path, config_table(), where);
}

static enum cli_exit parse_trust(struct cli *cli, const char *path)
{
    struct bytes text;
    char where[CONFIG_WHERE_MAX] = "";
    struct trust *trust = arena_alloc(&cli->arena, sizeof *trust);
    if (trust == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), path);
    }
    struct status status = config_read_file(path, &cli->arena, &text, where);
    if (status_is_ok(status)) {
        status = trust_parse(text, &cli->arena, trust, where);
    }
    const struct node_process_setup setup = {.trust = path, .is_file_only = true};
    return status_is_ok(status) ? ask_program(cli, &setup)
                                : fail(cli, status, path, trust_table(), where);
}

static enum cli_exit parse_gateway(struct cli *cli, const char *path)
{
    struct bytes text;
    char where[CONFIG_WHERE_MAX] = "";
    struct gateway_config *config = arena_alloc(&cli->arena, sizeof *config);
    if (config == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), path);
    }
    struct status status = config_read_file(path, &cli->arena, &text, where);
    if (status_is_ok(status)) {
        status = gateway_config_parse(text, &cli->arena, config, where);
    }
    return status_is_ok(status) ? CLI_DONE : fail(cli, status, path, gateway_config_table(), where);
}

static enum cli_exit check(struct cli *cli, const char *path, const struct schema_table *table)
{
    bool is_gateway = table == gateway_config_table();
    enum cli_exit result = table == trust_table() ? parse_trust(cli, path)
                           : is_gateway           ? parse_gateway(cli, path)
                                                  : parse_config(cli, path);
    if (result != CLI_DONE) {
        return result;
    }
    out_string(&cli->out, "file", path);
    out_line(&cli->out, is_gateway ? "it has settings of a gateway alone, each in its range"
                                   : "a node takes this file");
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_config(struct cli *cli)
{
    const struct schema_table *table = cli_has(cli, "--trust")     ? trust_table()
                                       : cli_has(cli, "--gateway") ? gateway_config_table()
                                                                   : config_table();
    return cli->arguments_count == 0 ? list(cli, table) : check(cli, cli->arguments[0], table);
}

static const struct cli_option options[] = {
    {"--trust", NULL, "the trust configuration, in place of the settings"},
    {"--gateway", NULL, "the settings of coffer-gateway, in place of those of a node"},
};

const struct cli_command cmd_config = {
    .name = "config",
    .arguments = "[FILE]",
    .summary = "List the settings of a node, or check a configuration file",
    .help =
        "Without FILE every setting is listed with its type, default and range. With FILE the\n"
        "file is read as a node reads it; a member that is no setting is an error. With --trust\n"
        "it is the trust configuration, for the profile that this program was built for; with\n"
        "--gateway the settings of coffer-gateway, whose addresses and hosts\n"
        "coffer-gateway --check-config looks at too.\n\n"
        "Examples:\n"
        "  coffer config\n"
        "  coffer config node.json\n"
        "  coffer config --trust trust.json\n",
    .arguments_min = 0,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_config,
};
