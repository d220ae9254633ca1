/* What the command line says of a failure on this machine: the texts of base/status_table.h are
 * about requests to a node, and a person with a file at hand is helped by others. */
#ifndef COFFER_PROGRAM_CLI_WORDS_H
#define COFFER_PROGRAM_CLI_WORDS_H

#include "base/status.h"

struct cli_words {
    const char *text;
    const char *hint;
};

/* In: code, of a failure. */
struct cli_words cli_words(enum status_code code);

/* What to do about a failure in a document, where its place says it: a range, a spelling.
 * In: where, the path of a member, such as "calls[0].contractAddress". Returns: a hint, or NULL. */
const char *cli_words_place(enum status_code code, const char *where);

#endif
