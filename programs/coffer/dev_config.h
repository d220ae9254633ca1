/* What coffer dev starts its node with: a configuration of its own in the data folder, or one that
 * somebody wrote, which is never overwritten. */
#ifndef COFFER_PROGRAM_DEV_CONFIG_H
#define COFFER_PROGRAM_DEV_CONFIG_H

#include "coffer/cli.h"
#include "coffer/node_process.h"
#include "config/config.h"

/* Of the nodes of a cluster, in the app registry that rows stand for. */
enum { DEV_CONFIG_APP_ID = 999999, DEV_CONFIG_NODES_MAX = 3 };

/* The key of the operator, in the data folder. */
#define DEV_CONFIG_OPERATOR "operator.pem"

struct dev_config {
    char file[NODE_PROCESS_PATH_MAX];  /* the configuration */
    char data[CONFIG_TEXT_MAX];        /* the data folder */
    char listen[CONFIG_TEXT_MAX];      /* the first address */
    char trust[NODE_PROCESS_PATH_MAX]; /* the trust configuration */
    char snapshots[CONFIG_TEXT_MAX];   /* the folder of those of a cluster; "" for none */
    char chain[128];                   /* one more than is built in, in that file; "" for none */
    bool is_ours;                      /* the file is written anew at each start */
    bool is_trust_ours;                /* trust is made where it is not there */
    bool is_cluster;                   /* of several nodes: trust says so, too */
    bool has_chain;                    /* the registry is on a chain; otherwise in rows */
    size_t nodes;                      /* 1 to DEV_CONFIG_NODES_MAX */
};

/* Choose from --config, --data, --listen, --nodes, --registry, --trust and --chain, and from what
 * is in the data folder. Writes nothing.
 * Returns: CLI_DONE, or what a command returns after it was said what is wrong. */
enum cli_exit dev_config_choose(struct cli *cli, struct dev_config *ret);

/* The same for one more node of a cluster, whose first one is given: its folder is within the first
 * one's, and its port follows. In: number, from 2. */
enum cli_exit dev_config_choose_next(struct cli *cli, const struct dev_config *first,
                                     unsigned number, struct dev_config *ret);

/* Write the configuration, where it is ours. Returns: OK, CONFIG_INVALID, IO. */
struct status dev_config_write(const struct dev_config *config);

/* Write the trust configuration, unless it is there or somebody else's, with the key of an
 * operator, which is made where there is none; that of a chain, which has to be up, always, with
 * the root_epochs that it had. The nodes of a cluster have one. In development builds only
 * (dev_trust_dev.c).
 * Returns: as above; those of chain_dev_put_trust and of user_key.h. */
struct status dev_config_write_trust(struct arena *arena, const struct dev_config *config);

/* The port of the first address of a cluster. */
unsigned dev_config_port(const struct dev_config *config);

/* The configuration that coffer dev would use for a folder. Out: ret_file, one that was edited, or
 * "" when it is ours to write. Returns: OK; IO; those of config_parse, with ret_where. */
struct status dev_config_edited(struct arena *arena, const char *data,
                                char ret_file[static NODE_PROCESS_PATH_MAX],
                                struct config *ret_config, char ret_where[static CONFIG_WHERE_MAX]);

#endif
