#include "coffer/cli_help.h"

#include <stdio.h>
#include <string.h>

const struct cli_option cli_help_common[] = {
    {"--json", NULL, "say it as one JSON object on standard output"},
    {"--help", NULL, "show this text"},
};

const size_t cli_help_common_count = sizeof cli_help_common / sizeof cli_help_common[0];

enum { LEFT_WIDTH = 24 };

/* What is longer than the buffer may have failed before. */
static bool is_written(void)
{
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}

static void put_option(const struct cli_option *option)
{
    char left[96];
    const char *variable = cli_variable(option->name);
    (void)snprintf(left, sizeof left, "%s %s", option->name,
                   option->value == NULL ? "" : option->value);
    /* What is too wide for its column has the text below it. */
    (void)printf("  %-*s%s", LEFT_WIDTH, left, strlen(left) < LEFT_WIDTH ? "" : "\n");
    (void)printf("%*s%s%s%s%s\n", strlen(left) < LEFT_WIDTH ? 0 : LEFT_WIDTH + 2, "", option->help,
                 variable == NULL ? "" : " [", variable == NULL ? "" : variable,
                 variable == NULL ? "" : "]");
}

static void put_options(const struct cli_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_option(&options[i]);
    }
}

static bool has_variable(const struct cli_command *command)
{
    bool has = false;
    for (size_t i = 0; i < command->options_count; i++) {
        has |= cli_variable(command->options[i].name) != NULL;
    }
    return has;
}

static void put_option_json(struct out *out, const struct cli_option *option)
{
    const char *variable = cli_variable(option->name);
    out_item(out, "option", option->name);
    out_string(out, "value", option->value == NULL ? "" : option->value);
    out_string(out, "help", option->help);
    out_string(out, "environment", variable == NULL ? "" : variable);
    out_item_end(out);
}

static void put_json(struct out *out, const struct cli_command *command)
{
    out_string(out, "command", command->name);
    out_string(out, "arguments", command->arguments);
    out_string(out, "summary", command->summary);
    out_string(out, "help", command->help);
    out_list(out, "options");
    for (size_t i = 0; i < command->options_count; i++) {
        put_option_json(out, &command->options[i]);
    }
    for (size_t i = 0; i < cli_help_common_count; i++) {
        put_option_json(out, &cli_help_common[i]);
    }
    out_list_end(out);
}

enum cli_exit cli_help(struct cli *cli, const struct cli_command *command)
{
    if (cli->out.json) {
        put_json(&cli->out, command);
        return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
    }
    (void)printf("usage: coffer %s%s%s [options]\n\n%s.\n", command->name,
                 *command->arguments == 0 ? "" : " ", command->arguments, command->summary);
    if (*command->help != 0) {
        (void)printf("\n%s", command->help);
    }
    (void)printf("\nOptions:\n");
    put_options(command->options, command->options_count);
    put_options(cli_help_common, cli_help_common_count);
    if (has_variable(command)) {
        (void)printf("\nA variable in brackets says the value where the option is not given.\n");
    }
    return is_written() ? CLI_DONE : CLI_FAILED;
}

/* True when name is "group word". */
static bool is_of(const char *name, const char *group)
{
    size_t len = strlen(group);
    return strncmp(name, group, len) == 0 && name[len] == ' ';
}

bool cli_help_is_group(const struct cli_table *table, const char *word)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_of(table->commands[i]->name, word)) {
            return true;
        }
    }
    return false;
}

enum cli_exit cli_help_overview(struct cli *cli, const char *group)
{
    if (!cli->out.json) {
        (void)printf("coffer: keys that never leave, for Starknet and for enclaves\n\n"
                     "usage: coffer %s%sCOMMAND [options]\n\n",
                     group, *group == '\0' ? "" : " ");
    }
    out_list(&cli->out, "commands");
    for (size_t i = 0; i < cli->table->count; i++) {
        const struct cli_command *command = cli->table->commands[i];
        if (*group != '\0' && !is_of(command->name, group)) {
            continue;
        }
        if (cli->out.json) {
            out_finding(&cli->out, "command", command->name, command->summary, "");
        } else {
            (void)printf("  %-22s %s\n", command->name, command->summary);
        }
    }
    out_list_end(&cli->out);
    if (cli->out.json) {
        return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
    }
    (void)printf("\nEvery command takes --json and --help.\n"
                 "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.\n");
    return is_written() ? CLI_DONE : CLI_FAILED;
}
