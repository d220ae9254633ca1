#include <string.h>

#include "base/version.h"
#include "coffer/cli_help.h"
#include "coffer/commands.h"
#include "coffer/man_node.h"
#include "coffer/roff.h"
#include "coffer/script.h"

enum { PAGE_MAX = 512 * 1024 };

static void put_name(struct buf *buf, const struct cli_command *command)
{
    buf_put_text(buf, ".SS coffer ");
    roff_put(buf, command->name);
    if (*command->arguments != '\0') {
        buf_put_u8(buf, ' ');
        roff_put(buf, command->arguments);
    }
    buf_put_u8(buf, '\n');
}

static void put_command(struct buf *buf, const struct cli_command *command)
{
    put_name(buf, command);
    roff_put(buf, command->summary);
    buf_put_text(buf, ".\n");
    for (size_t i = 0; i < command->options_count; i++) {
        const struct cli_option *option = &command->options[i];
        const char *variable = cli_variable(option->name);
        roff_option(buf, option->name, option->value == NULL ? "" : option->value);
        roff_put(buf, option->help);
        if (variable != NULL) {
            script_put(buf, "; the variable\n.B %s\nsays it where it is not given", variable);
        }
        buf_put_text(buf, ".\n");
    }
    roff_lines(buf, command->help);
}

static void put_environment(struct buf *buf)
{
    buf_put_text(buf, ".SH ENVIRONMENT\nAn option that is given goes before its variable; an empty "
                      "variable is none.\n");
    roff_option(buf, "COFFER_NODE", "");
    buf_put_text(buf, "The node, as\n.B \\-\\-node\ntakes it.\n");
    roff_option(buf, "COFFER_DEPLOYMENT", "");
    buf_put_text(buf, "The file of\n.BR \\-\\-deployment .\n");
    roff_option(buf, "COFFER_KEY", "");
    buf_put_text(buf, "The file of\n.BR \\-\\-key ;\nthe name of a file, never a key.\n");
}

static void put_page(struct buf *buf, const struct cli_table *table)
{
    roff_title(buf, "COFFER", "1");
    buf_put_text(buf, ".SH NAME\ncoffer \\- sign, derive and look after a key management service\n"
                      ".SH SYNOPSIS\n.B coffer\n.I COMMAND\n.RI [ options ]\n"
                      ".SH DESCRIPTION\nCoffer derives keys that never leave it and signs what it "
                      "has read. This program asks\nits nodes, and checks their answers and "
                      "trails on a machine of its own.\n.PP\nEvery command takes these options:\n");
    for (size_t i = 0; i < cli_help_common_count; i++) {
        roff_option(buf, cli_help_common[i].name, "");
        roff_put(buf, cli_help_common[i].help);
        buf_put_text(buf, ".\n");
    }
    buf_put_text(buf, ".SH COMMANDS\n");
    for (size_t i = 0; i < table->count; i++) {
        put_command(buf, table->commands[i]);
    }
    put_environment(buf);
    buf_put_text(buf, ".SH EXIT STATUS\n0: done. 1: refused or failed. 2: wrong usage.\n"
                      ".SH SEE ALSO\n.BR coffer\\-node (8), coffer\\-gateway (8)\n");
}

static enum cli_exit run_man(struct cli *cli)
{
    struct buf buf = script_begin(cli, PAGE_MAX);
    if (cli->arguments_count != 0 && strcmp(cli->arguments[0], "coffer-node") == 0) {
        man_node_put(&buf);
    } else if (cli->arguments_count != 0 && strcmp(cli->arguments[0], "coffer-gateway") == 0) {
        man_gateway_put(&buf);
    } else {
        put_page(&buf, cli->table);
    }
    return script_end(cli, "page", &buf);
}

const struct cli_command cmd_man = {
    .name = "man",
    .arguments = "coffer|coffer-node|coffer-gateway",
    .summary = "Write a page of the manual, as man reads it",
    .help = "The pages are coffer(1), which is written without an argument, coffer-node(8) and\n"
            "coffer-gateway(8). make install puts them where man finds them.\n\n"
            "Examples:\n"
            "  coffer man\n"
            "  coffer man coffer-node\n",
    .arguments_max = 1,
    .run = run_man,
};
