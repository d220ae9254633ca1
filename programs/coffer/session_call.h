/* Requests of a session: signed for its node with its key, and answers that this node signed.
 *
 * A token that is over is renewed once, and a node that was started again is taken when it can be
 * told again which one it is; both are written to the file of the session. */
#ifndef COFFER_PROGRAM_SESSION_CALL_H
#define COFFER_PROGRAM_SESSION_CALL_H

#include <stdbool.h>

#include "client/user_session.h"
#include "coffer/cli.h"
#include "coffer/node_api.h"

enum { SESSION_CALL_PATH = 4096 };

#define SESSION_CALL_OPTION_ROW                                                 \
    {"--session", "FILE", "of the session; session.json of the config folder"}, \
    {                                                                           \
        "--deployment", "FILE", "which its node is of, after a restart"         \
    }

struct session_call {
    struct user_session session; /* *secret* */
    struct node_api api;
    const char *path; /* of the file */
};

/* The file that --session names, or the one of the configuration folder of whoever calls.
 * In: makes, whether the folder is made. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit session_call_path(struct cli *cli, bool makes, char ret[static SESSION_CALL_PATH]);

/* Read the session of a file. On failure: session_call_close is still fine.
 * Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit session_call_open(struct cli *cli, const char *path, struct session_call *ret);
void session_call_close(struct session_call *call);

/* Ask, and require success. In: method, target; body, empty for none.
 * Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit session_call_send(struct cli *cli, struct session_call *call,
                                const struct node_api_message *message,
                                struct node_api_answer *ret_answer);

/* Have a new token, and keep it. Returns: as above. */
enum cli_exit session_call_renew(struct cli *cli, struct session_call *call,
                                 struct node_api_answer *ret_answer);

/* Keep the session. Returns: as above. */
enum cli_exit session_call_keep(struct cli *cli, const char *path,
                                const struct user_session *session);

/* Take id and token from an answer that has them. False: it has none. */
bool session_call_take(struct user_session *session, struct node_api_answer *answer);

#endif
