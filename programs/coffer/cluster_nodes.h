/* The nodes of a cluster, for the commands that ask each of them what it says of itself. */
#ifndef COFFER_PROGRAM_CLUSTER_NODES_H
#define COFFER_PROGRAM_CLUSTER_NODES_H

#include "client/directory.h"
#include "coffer/cli.h"
#include "coffer/node_api.h"

/* Those that the deployment names, or its chain. Returns: CLI_DONE, or as cli_fail, which was said.
 */
enum cli_exit cluster_nodes_read(struct cli *cli, const struct deployment *deployment,
                                 struct directory_list *ret_list);

/* Ask one for its status. Out: *ret_answer, which lives as long as the arena of cli. Returns:
 * whether it answered with an object. */
bool cluster_nodes_ask(struct cli *cli, const struct deployment *deployment, const char *url,
                       struct node_api_answer *ret_answer);

/* A member of an object; "", 0 or false when there is none of that type. */
struct bytes cluster_nodes_text(const struct json_in *at, const char *name);
uint64_t cluster_nodes_number(const struct json_in *at, const char *name);
bool cluster_nodes_is(const struct json_in *at, const char *name);

#endif
