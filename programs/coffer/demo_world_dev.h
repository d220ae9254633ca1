/* What coffer demo plays in: three nodes of its own with all they need in one folder, and two apps.
 *
 * The last node has no way to the others, nor they to it, but through a gateway, as in an enclave.
 * Not part of a production build. */
#ifndef COFFER_PROGRAM_DEMO_WORLD_DEV_H
#define COFFER_PROGRAM_DEMO_WORLD_DEV_H

#include "client/client.h"
#include "coffer/demo_teller_dev.h"
#include "coffer/node_api.h"
#include "coffer/node_process.h"
#include "coffer/nodes_dev.h"

enum {
    DEMO_WORLD_NODES = 3,
    DEMO_WORLD_ENCLOSED = 2, /* the node with the gateway */
    DEMO_WORLD_FOLDER = 64,
};

enum demo_app { DEMO_APP, DEMO_APP_OTHER, DEMO_APPS };

struct demo_world {
    struct demo_teller teller;
    struct nodes_dev nodes;
    struct node_process gateway;
    char folder[DEMO_WORLD_FOLDER];
    char rows[NODE_PROCESS_PATH_MAX]; /* of the apps */
    char wallet[DEMO_APPS][NODE_FACTS_TEXT_MAX];
    char tee_pubkey[DEMO_APPS][NODE_FACTS_TEXT_MAX];
    bool is_revoked; /* the other app */
    bool is_stopped; /* by the user */
    struct client *client[DEMO_APPS][DEMO_WORLD_NODES];
};

/* What an app asks of one node. */
struct demo_ask {
    enum demo_app app;
    size_t node;
    const char *method;
    const char *target;
    const char *body; /* JSON */
};

/* Make the folder and the keys, and start everything. In: world, zeros but for the teller.
 * Returns: CLI_DONE; otherwise it has said what is wrong. On failure: close is due. */
enum cli_exit demo_world_open(struct demo_world *world);

/* End nodes and gateway. Returns: CLI_DONE; CLI_FAILED when one of the nodes did not end well,
 * which it has said. */
enum cli_exit demo_world_stop(struct demo_world *world);

/* The same, and take the folder away unless it is to be looked at. */
void demo_world_close(struct demo_world *world, bool is_kept);

/* The way of the enclosed node: there, or gone at once. Returns: as above. */
enum cli_exit demo_world_link(struct demo_world *world, bool is_there);

/* Start those that are down, wait until all serve and have met, and call them by their new keys.
 * Returns: as above. */
enum cli_exit demo_world_bring_up(struct demo_world *world);

/* End the registration of the other app. Returns: as above. */
enum cli_exit demo_world_revoke(struct demo_world *world);

/* Ask. Returns: CLI_DONE whatever was answered; otherwise it has said what is wrong. The answer
 * lives until that app asks that node again. */
enum cli_exit demo_world_ask(struct demo_world *world, const struct demo_ask *ask,
                             struct node_api_answer *ret);

/* What a node says of itself. In: path, names joined by dots. Out: a text, "" where it is none; a
 * number, 0 likewise. */
struct bytes demo_world_text(struct demo_world *world, size_t node, const char *path);
uint64_t demo_world_number(struct demo_world *world, size_t node, const char *path);

/* Wait between two looks. Returns: CLI_DONE; CLI_FAILED, having said why, when the user wants no
 * more, a node has ended, or it is later than until_ms, monotonic. In: what was waited for. */
enum cli_exit demo_world_wait(struct demo_world *world, uint64_t until_ms, const char *what);

/* Monotonic; and until when a step may take. */
uint64_t demo_world_now(void);
uint64_t demo_world_patience(void);

#endif
