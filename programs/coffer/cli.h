/* The command line: one table of commands, their options, and how they speak.
 *
 * The table feeds parsing, help, guesses at misspelt words, completion and the manual. Every
 * command says what it found once: as lines for people, or as one JSON object with --json.
 * Errors say what to do next. Exit codes: 0 done, 1 refused or failed, 2 wrong usage. */
#ifndef COFFER_PROGRAM_CLI_H
#define COFFER_PROGRAM_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "coffer/out.h"

enum cli_exit { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

enum { CLI_OPTIONS_MAX = 16, CLI_ARGUMENTS_MAX = 64 };

/* One option. value: what it takes: a word for the help text, such as FILE; the choices that there
 * are, such as "bytes|stark"; or the numbers, such as "1..64". NULL for a switch. Choices,
 * numbers and the words that stand for text in UTF-8 are checked before the command runs. */
struct cli_option {
    const char *name; /* with its dashes */
    const char *value;
    const char *help;
};

struct cli;

struct cli_command {
    const char *name;      /* one word, or two: "starknet hash" */
    const char *arguments; /* for the usage line, such as "FILE"; choices as of an option; or "" */
    const char *summary;   /* one line of the overview */
    const char *help;      /* whole lines; may be "" */
    size_t arguments_min;
    size_t arguments_max;
    const struct cli_option *options;
    size_t options_count;
    enum cli_exit (*run)(struct cli *cli);
};

struct cli_table {
    const struct cli_command *const *commands;
    size_t count;
};

/* A call of the program, parsed. */
struct cli {
    const struct cli_table *table;
    const struct cli_command *command; /* NULL until it is known */
    struct out out;
    struct arena arena;
    const char *arguments[CLI_ARGUMENTS_MAX];
    size_t arguments_count;
    const char *values[CLI_OPTIONS_MAX]; /* by option; NULL when it was not given */
};

/* The value of an option of this command ("" for a switch that was given); without one, that of its
 * variable of the environment (see cli_variable); or otherwise. An empty variable is none. */
const char *cli_value(const struct cli *cli, const char *name, const char *otherwise);
bool cli_has(const struct cli *cli, const char *name);

/* True when the option stands on the command line itself. */
bool cli_given(const struct cli *cli, const char *name);

/* The value of an option that takes numbers, which are checked already; or otherwise. */
uint64_t cli_number(const struct cli *cli, const char *name, uint64_t otherwise);

/* The variable that says the value of an option of this name, in every command that has it; NULL
 * when there is none. */
const char *cli_variable(const char *option);

/* Say what failed and what to do about it.
 * In: about: what it is about, such as an option or a place in a document; "" for nothing.
 * Returns: CLI_FAILED, to be returned. */
enum cli_exit cli_fail(struct cli *cli, struct status status, const char *about);

/* The same about a file, which is named with what the system says of it where that is the reason.
 * In: path; "-" is standard input. */
enum cli_exit cli_fail_file(struct cli *cli, struct status status, const char *path);

/* The same about a place in a file. In: where, the path of a member; "" for the whole file. */
enum cli_exit cli_fail_place(struct cli *cli, struct status status, const char *path,
                             const char *where);

/* The same in the command's own words. code is one of ours or an error_code of a node. */
enum cli_exit cli_fail_text(struct cli *cli, const char *code, const char *text, const char *hint);

enum cli_exit cli_fail_about(struct cli *cli, const char *code, const char *text, const char *about,
                             const char *hint);

/* Say that what was to be said could not be: standard output is closed or full. */
void cli_say_unwritten(void);

/* Say what was wrong with the call, and where the help is. Returns: CLI_USAGE. */
enum cli_exit cli_usage(struct cli *cli, const char *text, const char *about);

/* The same with a guess: the word that was perhaps meant; "" for none. */
enum cli_exit cli_usage_guess(struct cli *cli, const char *text, const char *about,
                              const char *guess);

/* Parse argv against the table, run the command, and flush what it said. */
enum cli_exit cli_main(const struct cli_table *table, int argc, char **argv);

#endif
