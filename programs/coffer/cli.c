#include "coffer/cli.h"

#include <stdio.h>
#include <string.h>

enum { CLI_ARENA = 256 * 1024 * 1024, CLI_OUTPUT = 4 * 1024 * 1024 };

static const struct cli_option common_options[] = {
    {"--json", NULL, "say it as one JSON object on standard output"},
    {"--help", NULL, "show this text"},
};

static const size_t common_count = sizeof common_options / sizeof common_options[0];

struct table {
    const struct cli_command *const *commands;
    size_t count;
};

/* --- what commands call -------------------------------------------------------------------- */

const char *cli_value(const struct cli *cli, const char *name, const char *otherwise)
{
    for (size_t i = 0; i < cli->command->options_count; i++) {
        if (strcmp(cli->command->options[i].name, name) == 0 && cli->values[i] != NULL) {
            return cli->values[i];
        }
    }
    return otherwise;
}

bool cli_has(const struct cli *cli, const char *name)
{
    return cli_value(cli, name, NULL) != NULL;
}

/* Errors go to standard error for people, and as the one object to standard output for programs. */
static void put_error(struct cli *cli, const char *code, const char *text, const char *about,
                      const char *hint)
{
    struct out *out = &cli->out;
    out_clear(out);
    if (out->json) {
        out_string(out, "error_code", code);
        out_string(out, "error", text);
        if (*about != 0) {
            out_string(out, "about", about);
        }
        out_string(out, "hint", hint);
        (void)out_flush(out, false);
        return;
    }
    (void)fprintf(stderr, "coffer: %s%s%s [%s]\n", text, *about == 0 ? "" : ": ", about, code);
    if (*hint != 0) {
        (void)fprintf(stderr, "        %s\n", hint);
    }
}

enum cli_exit cli_fail(struct cli *cli, struct status status, const char *about)
{
    put_error(cli, status_name(status.code), status_text(status.code), about,
              status_hint(status.code));
    return CLI_FAILED;
}

enum cli_exit cli_fail_text(struct cli *cli, const char *code, const char *text, const char *hint)
{
    put_error(cli, code, text, "", hint);
    return CLI_FAILED;
}

enum cli_exit cli_fail_about(struct cli *cli, const char *code, const char *text, const char *about,
                             const char *hint)
{
    put_error(cli, code, text, about, hint);
    return CLI_FAILED;
}

enum cli_exit cli_usage(struct cli *cli, const char *text, const char *about)
{
    char hint[96];
    (void)snprintf(hint, sizeof hint, "run: coffer %s%s--help",
                   cli->command == NULL ? "" : cli->command->name, cli->command == NULL ? "" : " ");
    put_error(cli, "USAGE", text, about, hint);
    return CLI_USAGE;
}

/* --- help ---------------------------------------------------------------------------------- */

static void put_options(const struct cli_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%s %s", options[i].name,
                       options[i].value == NULL ? "" : options[i].value);
        (void)printf("  %-18s %s\n", left, options[i].help);
    }
}

static enum cli_exit help_of(struct cli *cli, const struct cli_command *command)
{
    if (cli->out.json) {
        out_string(&cli->out, "command", command->name);
        out_string(&cli->out, "arguments", command->arguments);
        out_string(&cli->out, "summary", command->summary);
        out_string(&cli->out, "help", command->help);
        return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
    }
    (void)printf("usage: coffer %s%s%s [options]\n\n%s.\n", command->name,
                 *command->arguments == 0 ? "" : " ", command->arguments, command->summary);
    if (*command->help != 0) {
        (void)printf("\n%s", command->help);
    }
    (void)printf("\nOptions:\n");
    put_options(command->options, command->options_count);
    put_options(common_options, common_count);
    return fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

/* The overview, of all commands or of those whose first word is this. */
static enum cli_exit overview(struct cli *cli, const struct table *table, const char *word)
{
    size_t len = strlen(word);
    if (!cli->out.json) {
        (void)printf("coffer: keys that never leave, for Starknet and for enclaves\n\n"
                     "usage: coffer COMMAND [options]\n\n");
    }
    out_list(&cli->out, "commands");
    for (size_t i = 0; i < table->count; i++) {
        const struct cli_command *command = table->commands[i];
        if (strncmp(command->name, word, len) != 0) {
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
    return fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

/* --- parsing ------------------------------------------------------------------------------- */

/* The command that the first words name, two words before one. Out: how many words it took. */
static const struct cli_command *find(const struct table *table, char *const *words,
                                      size_t *ret_words)
{
    for (*ret_words = 2; *ret_words > 0; (*ret_words)--) {
        char name[64] = "";
        bool both = *ret_words == 2 && words[0] != NULL && words[1] != NULL;
        if (*ret_words == 2 && !both) {
            continue;
        }
        (void)snprintf(name, sizeof name, "%s%s%s", words[0] == NULL ? "" : words[0],
                       both ? " " : "", both ? words[1] : "");
        for (size_t i = 0; i < table->count; i++) {
            if (strcmp(table->commands[i]->name, name) == 0) {
                return table->commands[i];
            }
        }
    }
    return NULL;
}

/* True when a word is the first of some command, such as starknet. */
static bool is_group(const struct table *table, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; len != 0 && i < table->count; i++) {
        const char *name = table->commands[i]->name;
        if (strncmp(name, word, len) == 0 && name[len] == ' ') {
            return true;
        }
    }
    return false;
}

/* Take the option at *word: --name, --name=value or --name value. */
static enum cli_exit take_option(struct cli *cli, char **words, size_t *at)
{
    const char *word = words[*at];
    const char *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    for (size_t i = 0; i < cli->command->options_count; i++) {
        const struct cli_option *option = &cli->command->options[i];
        if (strncmp(option->name, word, len) != 0 || option->name[len] != 0) {
            continue;
        }
        if (cli->values[i] != NULL) {
            return cli_usage(cli, "an option is given twice", option->name);
        }
        if (option->value == NULL) {
            if (equals != NULL) {
                return cli_usage(cli, "an option takes no value", option->name);
            }
            cli->values[i] = "";
            return CLI_DONE;
        }
        if (equals == NULL) {
            (*at)++;
        }
        cli->values[i] = equals == NULL ? words[*at] : equals + 1;
        /* A word of its own that looks like an option is one: the value was forgotten. */
        if (cli->values[i] == NULL || *cli->values[i] == 0 ||
            (equals == NULL && strncmp(cli->values[i], "--", 2) == 0)) {
            return cli_usage(cli, "an option needs a value", option->name);
        }
        return CLI_DONE;
    }
    return cli_usage(cli, "there is no such option", word);
}

static enum cli_exit take_words(struct cli *cli, char **words)
{
    bool options = true;
    for (size_t at = 0; words[at] != NULL; at++) {
        const char *word = words[at];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && strcmp(word, "--json") == 0) {
            continue;
        } else if (options && word[0] == '-' && word[1] != 0) {
            enum cli_exit result = take_option(cli, words, &at);
            if (result != CLI_DONE) {
                return result;
            }
        } else if (cli->arguments_count == cli->command->arguments_max ||
                   cli->arguments_count == CLI_ARGUMENTS_MAX) {
            return cli_usage(cli, "too many arguments", word);
        } else {
            cli->arguments[cli->arguments_count] = word;
            cli->arguments_count++;
        }
    }
    if (cli->arguments_count < cli->command->arguments_min) {
        return cli_usage(cli, "an argument is missing", cli->command->arguments);
    }
    return CLI_DONE;
}

/* True when one of the words, before any --, is this. */
static bool mentions(char *const *words, const char *wanted)
{
    for (; *words != NULL && strcmp(*words, "--") != 0; words++) {
        if (strcmp(*words, wanted) == 0) {
            return true;
        }
    }
    return false;
}

static enum cli_exit dispatch(struct cli *cli, const struct table *table, char **words)
{
    bool asked = words[0] != NULL && strcmp(words[0], "help") == 0;
    if (asked) {
        words++;
    }
    while (words[0] != NULL && strcmp(words[0], "--json") == 0) {
        words++;
    }
    size_t used;
    const struct cli_command *command = find(table, words, &used);
    bool help = asked || mentions(words, "--help") || mentions(words, "-h");
    if (command != NULL && help) {
        return help_of(cli, command);
    }
    if (command == NULL && words[0] == NULL) {
        enum cli_exit result = overview(cli, table, "");
        return help ? result : CLI_USAGE;
    }
    if (command == NULL && is_group(table, words[0]) && (words[1] == NULL || help)) {
        enum cli_exit result = overview(cli, table, words[0]);
        return help ? result : CLI_USAGE;
    }
    if (command == NULL) {
        return help && words[0][0] == '-' ? overview(cli, table, "")
                                          : cli_usage(cli, "there is no such command", words[0]);
    }
    cli->command = command;
    enum cli_exit result = take_words(cli, words + used);
    return result == CLI_DONE ? command->run(cli) : result;
}

enum cli_exit cli_main(const struct cli_command *const *table, size_t count, int argc, char **argv)
{
    struct cli cli = {0};
    /* Apart from the scratch memory, which a command may reset. */
    struct arena said = {0};
    uint8_t *memory = NULL;
    if (argc < 1 || !status_is_ok(arena_init(&cli.arena, CLI_ARENA)) ||
        !status_is_ok(arena_init(&said, CLI_OUTPUT)) ||
        (memory = arena_alloc(&said, CLI_OUTPUT)) == NULL) {
        (void)fputs("coffer: the system has no memory\n", stderr);
        return CLI_FAILED;
    }
    cli.out = out_over(mentions(argv + 1, "--json"), memory, CLI_OUTPUT);
    enum cli_exit result = dispatch(&cli, &(struct table){table, count}, argv + 1);
    arena_deinit(&said);
    arena_deinit(&cli.arena);
    return result;
}
