#include "coffer/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/decimal.h"
#include "codec/utf8.h"
#include "coffer/cli_guess.h"
#include "coffer/cli_help.h"

enum { CLI_ARENA = 256 * 1024 * 1024, CLI_OUTPUT = 4 * 1024 * 1024, NAME_MAX_LEN = 64 };

/* --- what commands call -------------------------------------------------------------------- */

const char *cli_variable(const char *option)
{
    static const char *const variables[][2] = {
        {"--node", "COFFER_NODE"},
        {"--deployment", "COFFER_DEPLOYMENT"},
        {"--key", "COFFER_KEY"},
        {"--session", "COFFER_SESSION"},
    };
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (strcmp(variables[i][0], option) == 0) {
            return variables[i][1];
        }
    }
    return NULL;
}

/* The index of an option of this command, or the number of them. */
static size_t index_of(const struct cli *cli, const char *name)
{
    size_t i = 0;
    while (i < cli->command->options_count && strcmp(cli->command->options[i].name, name) != 0) {
        i++;
    }
    return i;
}

const char *cli_value(const struct cli *cli, const char *name, const char *otherwise)
{
    size_t index = index_of(cli, name);
    if (index == cli->command->options_count) {
        return otherwise;
    }
    if (cli->values[index] != NULL) {
        return cli->values[index];
    }
    const char *variable = cli_variable(name);
    const char *value = variable == NULL ? NULL : getenv(variable);
    return value == NULL || *value == '\0' ? otherwise : value;
}

bool cli_has(const struct cli *cli, const char *name)
{
    return cli_value(cli, name, NULL) != NULL;
}

bool cli_given(const struct cli *cli, const char *name)
{
    size_t index = index_of(cli, name);
    return index < cli->command->options_count && cli->values[index] != NULL;
}

uint64_t cli_number(const struct cli *cli, const char *name, uint64_t otherwise)
{
    uint64_t number = otherwise;
    const char *text = cli_value(cli, name, NULL);
    return text != NULL && status_is_ok(decimal_u64(bytes_of(text), &number)) ? number : otherwise;
}

/* --- what a value may be ------------------------------------------------------------------- */

/* True when value is one of "a|b|c". */
static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, value, len) == 0 && (at[len] == '|' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

/* True when value is a number of "MIN..MAX". */
static bool is_in_range(const char *range, const char *value)
{
    struct bytes text = bytes_of(range);
    size_t points = bytes_find(text, '.');
    uint64_t min = 0;
    uint64_t max = 0;
    uint64_t number = 0;
    return status_is_ok(decimal_u64(bytes_slice(text, 0, points), &min)) &&
           status_is_ok(decimal_u64(bytes_slice(text, points + 2, text.len), &max)) &&
           status_is_ok(decimal_u64(bytes_of(value), &number)) && number >= min && number <= max;
}

/* True for what goes into a document: bytes that are no UTF-8 would be another text there. */
static bool is_text(const char *takes)
{
    static const char *const words[] = {"KEY", "NAME", "PATH", "TEXT", "USERNAME", "VERSION"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], takes) == 0) {
            return true;
        }
    }
    return false;
}

/* In: name, of the option or argument; takes, as struct cli_option has it. */
static enum cli_exit check_value(struct cli *cli, const char *name, const char *takes,
                                 const char *value)
{
    char text[256];
    if (strchr(takes, '|') != NULL && !is_choice(takes, value)) {
        struct buf words = buf_over((uint8_t *)text, sizeof text - 1);
        buf_put_text(&words, name);
        buf_put_text(&words, " is one of ");
        for (const char *at = takes; *at != '\0'; at++) {
            buf_put_text(&words, *at == '|' ? ", " : (char[]){*at, '\0'});
        }
        buf_put_text(&words, ", not");
        text[words.len] = '\0';
        return cli_usage(cli, text, value);
    }
    /* "FILE..." is no range. */
    const char *points = strstr(takes, "..");
    if (points != NULL && *takes >= '0' && *takes <= '9' && !is_in_range(takes, value)) {
        (void)snprintf(text, sizeof text, "%s is a number from %.*s to %s, not", name,
                       (int)(points - takes), takes, points + 2);
        return cli_usage(cli, text, value);
    }
    if (is_text(takes) && !utf8_valid(bytes_of(value))) {
        return cli_usage(cli, "this is no text in UTF-8", *name == '-' ? name : takes);
    }
    return CLI_DONE;
}

/* --- parsing ------------------------------------------------------------------------------- */

static enum cli_exit no_option(struct cli *cli, const char *word, size_t len)
{
    char typed[NAME_MAX_LEN];
    (void)snprintf(typed, sizeof typed, "%.*s", (int)(len < sizeof typed ? len : 0), word);
    struct cli_guess guess = {.word = typed};
    for (size_t i = 0; i < cli->command->options_count; i++) {
        cli_guess_try(&guess, cli->command->options[i].name);
    }
    for (size_t i = 0; i < cli_help_common_count; i++) {
        cli_guess_try(&guess, cli_help_common[i].name);
    }
    return cli_usage_guess(cli, "there is no such option", word,
                           guess.best == NULL ? "" : guess.best);
}

/* Take the option at *word: --name, --name=value or --name value. */
static enum cli_exit take_option(struct cli *cli, char **words, size_t *at)
{
    const char *word = words[*at];
    const char *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    size_t i = 0;
    while (i < cli->command->options_count &&
           (strlen(cli->command->options[i].name) != len ||
            strncmp(cli->command->options[i].name, word, len) != 0)) {
        i++;
    }
    if (i == cli->command->options_count) {
        return no_option(cli, word, len);
    }
    const struct cli_option *option = &cli->command->options[i];
    if (cli->values[i] != NULL) {
        return cli_usage(cli, "an option is given twice", option->name);
    }
    if (option->value == NULL) {
        cli->values[i] = "";
        return equals == NULL ? CLI_DONE : cli_usage(cli, "an option takes no value", option->name);
    }
    *at += equals == NULL;
    cli->values[i] = equals == NULL ? words[*at] : equals + 1;
    /* A word of its own that looks like an option is one: the value was forgotten. */
    if (cli->values[i] == NULL || *cli->values[i] == 0 ||
        (equals == NULL && strncmp(cli->values[i], "--", 2) == 0)) {
        return cli_usage(cli, "an option needs a value", option->name);
    }
    return check_value(cli, option->name, option->value, cli->values[i]);
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
    return cli->arguments_count == 0
               ? CLI_DONE
               : check_value(cli, "the argument", cli->command->arguments, cli->arguments[0]);
}

/* --- which command ------------------------------------------------------------------------- */

/* The command that the first words name, two words before one. Out: how many words it took. */
static const struct cli_command *command_of(const struct cli_table *table, char *const *words,
                                            size_t *ret_words)
{
    for (*ret_words = 2; *ret_words > 0; (*ret_words)--) {
        char name[NAME_MAX_LEN] = "";
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

/* Try one word of a command's name. Out: *ret_meant, the whole line, when it is the best so far. */
static void try_word(struct cli_guess *guess, const char *word, const char *whole,
                     char ret_meant[static NAME_MAX_LEN])
{
    const char *before = guess->best;
    cli_guess_try(guess, word);
    if (guess->best != before) {
        (void)snprintf(ret_meant, NAME_MAX_LEN, "coffer %.50s", whole);
        guess->best = ret_meant;
    }
}

/* Say that there is no such command, and the one that was perhaps meant: by its first word or its
 * second, in a group by its second. */
static enum cli_exit no_command(struct cli *cli, char *const *words)
{
    bool group = cli_help_is_group(cli->table, words[0]);
    char about[2 * NAME_MAX_LEN];
    char meant[NAME_MAX_LEN] = "";
    struct cli_guess guess = {.word = words[group ? 1 : 0]};
    (void)snprintf(about, sizeof about, "%.60s%s%.60s", words[0], group ? " " : "",
                   group ? words[1] : "");
    for (size_t i = 0; i < cli->table->count; i++) {
        const char *name = cli->table->commands[i]->name;
        const char *space = strchr(name, ' ');
        size_t len = space == NULL ? strlen(name) : (size_t)(space - name);
        char first[NAME_MAX_LEN];
        (void)snprintf(first, sizeof first, "%.*s", (int)len, name);
        if (!group) {
            try_word(&guess, first, first, meant);
        }
        if (space != NULL && (!group || strcmp(first, words[0]) == 0)) {
            try_word(&guess, space + 1, name, meant);
        }
    }
    return cli_usage_guess(cli, "there is no such command", about, meant);
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

static enum cli_exit run_words(struct cli *cli, char **words, bool help)
{
    size_t used;
    const struct cli_command *command = command_of(cli->table, words, &used);
    if (command != NULL && help) {
        return cli_help(cli, command);
    }
    if (command != NULL) {
        cli->command = command;
        enum cli_exit result = take_words(cli, words + used);
        return result == CLI_DONE ? command->run(cli) : result;
    }
    bool alone = words[0] == NULL || (help && words[0][0] == '-');
    if (alone || (cli_help_is_group(cli->table, words[0]) && (words[1] == NULL || help))) {
        enum cli_exit result = cli_help_overview(cli, alone ? "" : words[0]);
        return help ? result : CLI_USAGE;
    }
    return no_command(cli, words);
}

static char **skip_json(char **words)
{
    while (words[0] != NULL && strcmp(words[0], "--json") == 0) {
        words++;
    }
    return words;
}

static enum cli_exit dispatch(struct cli *cli, char **words)
{
    char version[] = "version";
    words = skip_json(words);
    bool help = words[0] != NULL && strcmp(words[0], "help") == 0;
    words = skip_json(words + help);
    if (words[0] != NULL && (strcmp(words[0], "--version") == 0 || strcmp(words[0], "-V") == 0)) {
        words[0] = version;
    }
    /* "kv help" and "kv help get", which other programs have. */
    if (words[0] != NULL && words[1] != NULL && strcmp(words[1], "help") == 0 &&
        cli_help_is_group(cli->table, words[0])) {
        words[1] = words[0];
        words++;
        help = true;
    }
    return run_words(cli, words, help || mentions(words, "--help") || mentions(words, "-h"));
}

enum cli_exit cli_main(const struct cli_table *table, int argc, char **argv)
{
    struct cli cli = {.table = table};
    /* Apart from the scratch memory, which a command may reset. */
    struct arena said = {0};
    uint8_t *memory = NULL;
    if (argc < 1 || !status_is_ok(arena_init(&cli.arena, CLI_ARENA)) ||
        !status_is_ok(arena_init(&said, CLI_OUTPUT)) ||
        (memory = arena_alloc(&said, CLI_OUTPUT)) == NULL) {
        (void)fputs("coffer: the system has no memory\n", stderr);
        return CLI_FAILED;
    }
    for (size_t i = 0; i < table->count; i++) {
        INVARIANT(table->commands[i]->options_count <= CLI_OPTIONS_MAX);
    }
    cli.out = out_over(mentions(argv + 1, "--json"), memory, CLI_OUTPUT);
    enum cli_exit result = dispatch(&cli, argv + 1);
    if (ferror(stdout) != 0) {
        cli_say_unwritten();
    }
    arena_deinit(&said);
    arena_deinit(&cli.arena);
    return result;
}
