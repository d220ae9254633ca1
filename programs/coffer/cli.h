/* The command line: one table of commands, their options, and how they speak.
 *
 * Every command says what it found once: as lines for people, or as one JSON object with --json.
 * Errors say what to do next. Exit codes: 0 done, 1 refused or failed, 2 wrong usage. */
#ifndef COFFER_PROGRAM_CLI_H
#define COFFER_PROGRAM_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "coffer/out.h"

enum cli_exit { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

enum { CLI_OPTIONS_MAX = 8, CLI_ARGUMENTS_MAX = 4 };

/* One option. value: what it takes, for the help text; NULL for a switch. */
struct cli_option {
    const char *name; /* with its dashes */
    const char *value;
    const char *help;
};

struct cli;

struct cli_command {
    const char *name;      /* one word, or two: "starknet hash" */
    const char *arguments; /* for the usage line, such as "FILE"; "" for none */
    const char *summary;   /* one line of the overview */
    const char *help;      /* whole lines; may be "" */
    size_t arguments_min;
    size_t arguments_max;
    const struct cli_option *options;
    size_t options_count;
    enum cli_exit (*run)(struct cli *cli);
};

/* A call of the program, parsed. */
struct cli {
    const struct cli_command *command;
    struct out out;
    struct arena arena;
    const char *arguments[CLI_ARGUMENTS_MAX];
    size_t arguments_count;
    const char *values[CLI_OPTIONS_MAX]; /* by option; NULL when it was not given */
};

/* The value of an option of this command ("" for a switch that was given), or otherwise. */
const char *cli_value(const struct cli *cli, const char *name, const char *otherwise);
bool cli_has(const struct cli *cli, const char *name);

/* Say what failed and what to do about it, with the text and hint of the code.
 * In: about: what it is about, such as a file name or a place in a document; "" for nothing.
 * Returns: CLI_FAILED, to be returned. */
enum cli_exit cli_fail(struct cli *cli, struct status status, const char *about);

/* The same in the command's own words. code is one of ours or an error_code of a node. */
enum cli_exit cli_fail_text(struct cli *cli, const char *code, const char *text, const char *hint);

enum cli_exit cli_fail_about(struct cli *cli, const char *code, const char *text, const char *about,
                             const char *hint);

/* Say what was wrong with the call, and where the help is. Returns: CLI_USAGE. */
enum cli_exit cli_usage(struct cli *cli, const char *text, const char *about);

/* Parse argv against the table, run the command, and flush what it said. */
enum cli_exit cli_main(const struct cli_command *const *table, size_t count, int argc, char **argv);

#endif
