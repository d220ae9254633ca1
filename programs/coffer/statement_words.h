/* Statements and tickets in words: what they say, who has to sign, and who has. */
#ifndef COFFER_PROGRAM_STATEMENT_WORDS_H
#define COFFER_PROGRAM_STATEMENT_WORDS_H

#include "client/user_statement.h"
#include "coffer/cli.h"

/* Say what it says and who has signed, and check signatures. Out: *ret_is_good, whether all that
 * can be checked here are good. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit statement_words_say(struct cli *cli, const struct user_statement *statement,
                                  bool *ret_is_good);

/* Say a member that is bytes, in hex; an instant; a key with its scheme. */
void statement_words_hex(struct out *out, const char *name, struct bytes data);
void statement_words_time(struct out *out, const char *name, uint64_t ms);
void statement_words_key(struct out *out, const char *name, uint64_t scheme, struct bytes key);

/* What an operation does, in a sentence. */
const char *statement_words_of(enum statement_op op);

#endif
