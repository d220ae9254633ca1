#include <stdio.h>

#include "coffer/commands.h"
#include "config/config.h"

static const char *type_name(enum config_type type)
{
    switch (type) {
    case CONFIG_NUMBER:
        return "number";
    case CONFIG_CHOICE:
        return "choice";
    case CONFIG_LIST:
        return "list of texts";
    case CONFIG_TEXT:
    default:
        return "text";
    }
}

static void put_row(struct out *out, const struct config_row *row)
{
    out_item(out, "name", row->name);
    out_string(out, "help", row->help);
    out_string(out, "type", type_name(row->type));
    if (row->type == CONFIG_NUMBER) {
        out_u64(out, "default", row->number);
        out_u64(out, "min", row->min);
        out_u64(out, "max", row->max);
    } else {
        out_string(out, "default", row->text);
    }
    if (row->type == CONFIG_CHOICE) {
        out_string(out, "choices", row->choices);
    }
    out_item_end(out);
}

static enum cli_exit list(struct cli *cli)
{
    size_t count;
    const struct config_row *rows = config_rows(&count);
    out_list(&cli->out, "settings");
    for (size_t i = 0; i < count; i++) {
        put_row(&cli->out, &rows[i]);
    }
    out_list_end(&cli->out);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit check(struct cli *cli, const char *path)
{
    struct bytes text;
    struct config config;
    char where[CONFIG_WHERE_MAX] = "";
    struct status status = config_read_file(path, &cli->arena, &text, where);
    if (!status_is_ok(status)) {
        char about[CONFIG_WHERE_MAX + CONFIG_TEXT_MAX];
        (void)snprintf(about, sizeof about, "%.200s: %s", path, where);
        return cli_fail(cli, status, about);
    }
    if (status_is_ok(status)) {
        status = config_parse(text, &cli->arena, &config, where);
    }
    if (!status_is_ok(status)) {
        char about[CONFIG_WHERE_MAX + 64];
        (void)snprintf(about, sizeof about, "%s (see: coffer config)", where);
        return cli_fail(cli, status, *where == 0 ? "" : about);
    }
    out_string(&cli->out, "file", path);
    out_line(&cli->out, "a node takes this file");
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run(struct cli *cli)
{
    return cli->arguments_count == 0 ? list(cli) : check(cli, cli->arguments[0]);
}

const struct cli_command cmd_config = {
    .name = "config",
    .arguments = "[FILE]",
    .summary = "List the settings of a node, or check a configuration file",
    .help = "Without FILE every setting is listed with its type, default and range. With FILE the\n"
            "file is read as a node reads it; a member that is no setting is an error.\n\n"
            "Examples:\n"
            "  coffer config\n"
            "  coffer config node.json\n",
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
