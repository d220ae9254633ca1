/* Commands of registered apps: what they have in common. */
#ifndef COFFER_PROGRAM_APP_CLIENT_H
#define COFFER_PROGRAM_APP_CLIENT_H

#include "base/bytes.h"
#include "client/client.h"
#include "codec/json_out.h"
#include "coffer/cli.h"
#include "coffer/node_api.h"

/* The options that every such command takes. */
#define APP_CLIENT_OPTIONS                                                                 \
    {"--deployment", "FILE", "what the operator publishes about the service"},             \
        {"--key", "FILE", "the app's keys, as app keygen writes them, mode 0600"},         \
    {                                                                                      \
        "--odyn", "URL", "sign with Odyn's wallet; of the file only the P-384 key is used" \
    }

/* A call in the making. Its members are app_client's own but for deployment and json. */
struct app_client {
    struct client *client;
    const struct deployment *deployment;
    struct buf body;
    struct json_out json; /* writes to body: an open object */
};

/* Read the deployment, into the arena. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit app_client_deployment(struct cli *cli, const struct deployment **ret);

/* Read the files and open a client. Returns: CLI_DONE; otherwise it has said what is wrong.
 * On failure: app_client_close is still fine. */
enum cli_exit app_client_open(struct cli *cli, struct app_client *app);
void app_client_close(struct app_client *app);

/* Send what was written into the open object, and require success.
 * Returns: CLI_DONE; otherwise it has said what is wrong. The answer lives as long as app. */
enum cli_exit app_client_call(struct cli *cli, struct app_client *app, const char *method,
                              const char *target, struct node_api_answer *ret_answer);

/* The same answer, for what reads members of a node's. */
struct node_api_answer app_client_answer(const struct client_answer *answer);

/* Write an option that takes numbers, when it was given. */
void app_client_number(struct cli *cli, struct app_client *app, const char *option,
                       const char *member);

/* Write an option that has a text, when it was given. */
void app_client_text(struct cli *cli, struct app_client *app, const char *option,
                     const char *member);

/* Say members of an answer that are texts; those that are not there are left out. */
void app_client_say(struct cli *cli, struct node_api_answer *answer, const char *const *names,
                    size_t count);

#endif
