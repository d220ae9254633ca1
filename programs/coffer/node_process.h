/* A node that a command starts as its own child, with a data folder. */
#ifndef COFFER_PROGRAM_NODE_PROCESS_H
#define COFFER_PROGRAM_NODE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum { NODE_PROCESS_PATH_MAX = 256, NODE_PROCESS_TEXT_MAX = 2048, NODE_PROCESS_SAID_MAX = 1024 };

/* What the node's own configuration file is called in the data folder. */
#define NODE_PROCESS_CONFIG "node.json"
#define NODE_PROCESS_AUDIT  "audit.jsonl"
#define NODE_PROCESS_LOG    "node.log"
#define NODE_PROCESS_FACTS  "deployment.json" /* what clients are given */

struct node_process_setup {
    const char *config; /* the file that says what it is */
    const char *trust;  /* NULL or "": what is built in */
    const char *rows;   /* a file that says which apps are registered; NULL for none */
    const char *seed;   /* a file with the seed of the tenant "default"; NULL: its own */
    const char *log;    /* a file to append its log to; NULL: standard error */
    const char *label;  /* before each line of its log on standard error; NULL: nothing */
    bool is_debuggable;
    bool is_file_only; /* a look at config or trust, whichever there is, and nothing else */
};

/* A child. pid is 0 when there is none. */
struct node_process {
    pid_t pid;
    pid_t teller; /* who puts the label before its lines; 0: nobody */
    int signal;   /* that ended it; 0: it went by itself */
};

/* Append the configuration of a node that has everything in one folder. In: snapshots, the folder
 * that it shares with others; "": none.
 * Returns: OK; CONFIG_INVALID (a path is too long); INVALID_UTF8; BUFFER_FULL. */
struct status node_process_put_config(const char *data, const char *listen, const char *snapshots,
                                      struct buf *out);

/* Start coffer-node, which is beside this program. It gets SIGTERM when this program dies.
 * Returns: OK; CONFIG_INVALID (a path is too long); NOT_FOUND (no coffer-node beside this program);
 * IO. On failure: no child. */
struct status node_process_start(const struct node_process_setup *setup,
                                 struct node_process *ret_process);

/* Have coffer-node look whether it would start, without writing anything.
 * Out: ret_said, what it says: "" when it would.
 * Returns: OK; NOT_FOUND (no coffer-node beside this program); IO. */
struct status node_process_check(const struct node_process_setup *setup,
                                 char ret_said[static NODE_PROCESS_SAID_MAX]);

/* Start another program in the same way. In: program, its path; words, its name first and NULL
 * last; setup, of which log and label count. Returns: OK; IO. On failure: no child. */
struct status node_process_start_program(const char *program, const char *const words[],
                                         const struct node_process_setup *setup,
                                         struct node_process *ret_process);

/* The path of a program, from the folder of this one.
 * Returns: OK; NOT_FOUND (nothing there that can be run, or the path is too long). */
struct status node_process_beside(const char *name, char ret_path[static NODE_PROCESS_PATH_MAX]);

/* A path in a folder. Returns: OK, CONFIG_INVALID (too long). */
struct status node_process_path(const char *folder, const char *name,
                                char ret_path[static NODE_PROCESS_PATH_MAX]);

/* Wait until the node answers GET /health, at most ten seconds. In: where: as --node takes it.
 * Returns: OK; UNAVAILABLE (it ended or does not answer). */
struct status node_process_ready(struct node_process *process, const char *where);

/* True when it has ended; all that it said has been told then. Out: as node_process_wait. */
bool node_process_has_ended(struct node_process *process, int *ret_code);

/* Write a file of the data folder, of mode 0600. In: name, without a slash.
 * Returns: OK, CONFIG_INVALID, IO. */
struct status node_process_write(const char *data, const char *name, struct bytes text);

/* Wait for its end, passing on SIGINT, SIGTERM and SIGHUP as SIGTERM.
 * Returns: its exit code, or 128 and the signal. */
int node_process_wait(struct node_process *process);

/* End it at once, as SIGKILL does, and wait. Fine without a child. */
void node_process_kill(struct node_process *process);

/* End it and wait; killed after five seconds. Fine without a child.
 * Returns: as node_process_wait. */
int node_process_stop(struct node_process *process);

#endif
