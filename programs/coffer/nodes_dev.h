/* The nodes that coffer dev and coffer demo run as one cluster, with or without a chain.
 *
 * Each is started, registered when it has said its keys (in the rows, or on the chain by who runs
 * beside it: chain_dev.h), and counts when it is ready;
 * one at a time, so that the first has everything before another is registered. One that is ended
 * later is started again, or ends all where that is wanted. Not part of a production build. */
#ifndef COFFER_PROGRAM_NODES_DEV_H
#define COFFER_PROGRAM_NODES_DEV_H

#include <stdbool.h>
#include <stdint.h>

#include "coffer/cli.h"
#include "coffer/dev_config.h"
#include "coffer/node_facts_dev.h"
#include "coffer/node_process.h"

enum nodes_dev_step {
    NODES_DEV_DOWN,
    NODES_DEV_STARTED,    /* it does not answer yet */
    NODES_DEV_REGISTERED, /* it gets the root and what is stored */
    NODES_DEV_SERVES,
};

struct nodes_dev {
    struct cli *cli;
    const char *apps; /* a file of rows, or NULL */
    bool is_debuggable;
    bool is_strict; /* whoever ends is a failure; logs go to the nodes' folders */
    size_t count;
    uint64_t registered; /* ids that were given */
    struct dev_config config[DEV_CONFIG_NODES_MAX];
    struct node_facts facts[DEV_CONFIG_NODES_MAX];
    struct node_process process[DEV_CONFIG_NODES_MAX];
    enum nodes_dev_step step[DEV_CONFIG_NODES_MAX];
    uint64_t until_ms[DEV_CONFIG_NODES_MAX]; /* of its step */
    struct node_process chain;               /* where the registry is on one */
};

/* Choose the configurations of all; nothing is written. In: first, that of the first; count, from
 * 1. Returns: CLI_DONE, or what a command returns after it was said what is wrong. */
enum cli_exit nodes_dev_choose(struct cli *cli, const struct dev_config *first, size_t count,
                               struct nodes_dev *ret);

/* Start all and wait until they serve, with what clients are given written. SIGINT, SIGTERM, SIGHUP
 * and SIGCHLD are blocked from now on. Out: *ret_stopped, that one of the first three came.
 * Returns: as above. On failure and when stopped: all nodes are gone. */
enum cli_exit nodes_dev_start(struct nodes_dev *nodes, bool *ret_stopped);

/* Wait until all serve, as nodes_dev_start does; those that are down are started.
 * Out, returns, on failure: as there. */
enum cli_exit nodes_dev_bring_up(struct nodes_dev *nodes, bool *ret_stopped);

/* End nodes at once, as kill -9 does, and their registrations. In: from, to: those from one to
 * before the other. Returns: as above; the others run on. */
enum cli_exit nodes_dev_kill(struct nodes_dev *nodes, size_t from, size_t to);

/* Wait for a while, and look whether all of them still run. Out: as nodes_dev_start.
 * Returns: as above; the others run on. */
enum cli_exit nodes_dev_wait(struct nodes_dev *nodes, long ms, bool *ret_stopped);

/* Until one of the signals comes, then end all; nodes that are ended are started again.
 * Returns: as above. */
enum cli_exit nodes_dev_watch(struct nodes_dev *nodes);

/* End all. */
void nodes_dev_stop(struct nodes_dev *nodes);

#endif
