/* Stating in one go: what a scope has said so far, a statement that follows it, its signatures, and
 * the node that commits it. What statement make, sign and submit do one by one. */
#ifndef COFFER_PROGRAM_STATING_H
#define COFFER_PROGRAM_STATING_H

#include "client/user_place.h"
#include "client/user_statement.h"
#include "coffer/cli.h"
#include "coffer/node_api.h"
#include "coffer/session_call.h"
#include "statements/user_log.h"

/* The options of every such command. */
#define STATING_OPTIONS                                                        \
    NODE_API_OPTION, PLACE_OPTION_TENANT_ROW,                                  \
        {"--deployment", "FILE", "the deployment that the node has to be of"}, \
    {                                                                          \
        "--session", "FILE", "of a session to read with, where it takes one"   \
    }

#define STATING_AUTHORITY_ROW                                                                      \
    {                                                                                              \
        "--authority", "FILES", "keys of operators, as many as it takes, with commas between them" \
    }

/* A node, and whom it is about. */
struct stating {
    struct node_api api;
    const char *url;
    struct user_place place;
    bool has_session;
    struct session_call session;
    char scope[AUTH_TEXT_SCOPE + 1];
    struct statement_set set; /* of the scope, once it was read */
    bool is_told;             /* whether the node has shown it */
};

/* Ask who the node is. On failure: stating_close is still fine.
 * Returns: CLI_DONE; otherwise it has said what is wrong, as all below. */
enum cli_exit stating_open(struct cli *cli, struct stating *ret);
void stating_close(struct stating *stating);

/* What it will be about. In: kind, such as "u:", and name; or a whole scope and "". */
enum cli_exit stating_about(struct cli *cli, struct stating *stating, const char *kind,
                            const char *name);

/* Read what the scope has said: each with signatures that are good. In: must, whether it is needed:
 * otherwise a node that shows nothing to strangers has none. */
enum cli_exit stating_read(struct cli *cli, struct stating *stating, bool must);

/* What the scope, of a user, means now, as far as it was read. */
enum cli_exit stating_log(struct cli *cli, struct stating *stating, struct user_log *ret);

/* What is to be stated. */
struct stating_words {
    enum statement_op op;
    union statement_body body;
    const struct user_log *log; /* that an entry of a chain follows; NULL for other operations */
};

/* Make a statement about the scope. */
enum cli_exit stating_make(struct cli *cli, const struct stating *stating,
                           const struct stating_words *words, struct user_statement *ret);

/* Sign it with each key of a list of files. In: paths, with commas; option, that they are of. */
enum cli_exit stating_sign(struct cli *cli, struct user_statement *statement, const char *option,
                           const char *paths);

/* Send it. Out: *ret_answer, which says that it is taken. */
enum cli_exit stating_submit(struct cli *cli, struct node_api *api, const char *url,
                             const struct user_statement *statement,
                             struct node_api_answer *ret_answer);

/* Say what became of one that was sent. Returns: what is to be returned, as the next. */
enum cli_exit stating_say(struct cli *cli, const struct user_statement *statement,
                          struct node_api_answer *answer);

/* Send it, and say what it says and where it is now. */
enum cli_exit stating_end(struct cli *cli, struct stating *stating,
                          const struct user_statement *statement);

#endif
