/* Help: the text of one command, and the overview of many. */
#ifndef COFFER_PROGRAM_CLI_HELP_H
#define COFFER_PROGRAM_CLI_HELP_H

#include "coffer/cli.h"

/* The options that every command takes. */
extern const struct cli_option cli_help_common[];
extern const size_t cli_help_common_count;

/* Say how one command is used. */
enum cli_exit cli_help(struct cli *cli, const struct cli_command *command);

/* Say which commands there are, or those whose first of two words is group; "" for all. */
enum cli_exit cli_help_overview(struct cli *cli, const char *group);

/* True when a word is the first of two of some command, such as starknet. */
bool cli_help_is_group(const struct cli_table *table, const char *word);

#endif
