/* Files of statements and tickets, as commands read and write them. */
#ifndef COFFER_PROGRAM_STATEMENT_FILE_H
#define COFFER_PROGRAM_STATEMENT_FILE_H

#include "client/user_statement.h"
#include "coffer/cli.h"

#define STATEMENT_FILE_OUTPUT_ROW                                             \
    {                                                                         \
        "--output", "FILE", "write it to this new file, and say what it says" \
    }

/* Read one; "-" is standard input. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit statement_file_read(struct cli *cli, const char *path, struct user_statement *ret);

/* Hand out one that was made: to --output, or as it stands. Returns: what is to be returned. */
enum cli_exit statement_file_end(struct cli *cli, const struct user_statement *statement);

/* Put another text in the place of a file, or, for "-", say it.
 * Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit statement_file_replace(struct cli *cli, const char *path,
                                     const struct user_statement *statement);

#endif
