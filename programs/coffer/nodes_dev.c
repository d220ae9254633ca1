#include "coffer/nodes_dev.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "coffer/chain_dev.h"
#include "coffer/node_api.h"

enum { ANSWER_MS = 20000, READY_MS = 60000, POLL_MS = 50, WATCH_MS = 2000 };

static uint64_t now_ms(void)
{
    struct clock clock = clock_system();
    return clock_monotonic_ms(&clock);
}

static bool has_file(const char *folder, const char *name, char ret[static NODE_PROCESS_PATH_MAX])
{
    struct stat found;
    return status_is_ok(node_process_path(folder, name, ret)) && stat(ret, &found) == 0;
}

enum cli_exit nodes_dev_choose(struct cli *cli, const struct dev_config *first, size_t count,
                               struct nodes_dev *ret)
{
    *ret = (struct nodes_dev){.cli = cli,
                              .apps = cli_value(cli, "--registry-file", NULL),
                              .is_debuggable = cli_has(cli, "--debuggable"),
                              .count = count,
                              .config = {*first}};
    for (size_t i = 0; i < count; i++) {
        enum cli_exit result =
            i == 0 ? CLI_DONE
                   : dev_config_choose_next(cli, first, (unsigned)i + 1, &ret->config[i]);
        if (result != CLI_DONE) {
            return result;
        }
        (void)snprintf(ret->facts[i].url, sizeof ret->facts[i].url, "http://%s",
                       ret->config[i].listen);
        /* A node that is there already would answer in the place of the one started here. */
        if (node_api_is_healthy(ret->facts[i].url)) {
            return cli_fail(cli, FAIL(ADDRESS_IN_USE), ret->config[i].listen);
        }
    }
    return CLI_DONE;
}

/* --- one step of one node --------------------------------------------------------------------- */

static bool has_chain(const struct nodes_dev *nodes)
{
    return nodes->config[0].has_chain;
}

/* Where there is a chain, who runs beside it registers them. */
static struct status write_rows(struct nodes_dev *nodes)
{
    if (has_chain(nodes)) {
        return OK;
    }
    return node_facts_write_rows(&nodes->cli->arena, nodes->config[0].data, nodes->apps,
                                 nodes->facts, nodes->count);
}

static enum cli_exit fail_write(struct nodes_dev *nodes, struct status status)
{
    if (status.code == STATUS_IO) {
        return cli_fail_text(nodes->cli, "IO", "the data folder or the file of rows fails",
                             "check owners and modes of both");
    }
    return cli_fail(nodes->cli, status, nodes->apps != NULL ? nodes->apps : NODE_FACTS_ROWS);
}

static enum cli_exit start_one(struct nodes_dev *nodes, size_t index)
{
    char label[16];
    char rows[NODE_PROCESS_PATH_MAX];
    char seed[NODE_PROCESS_PATH_MAX];
    char log[NODE_PROCESS_PATH_MAX];
    const struct dev_config *config = &nodes->config[index];
    struct node_process_setup setup = {.config = config->file,
                                       .trust = config->trust,
                                       .rows = has_chain(nodes) ? NULL : rows,
                                       .label = label,
                                       .is_debuggable = nodes->is_debuggable};
    (void)snprintf(label, sizeof label, "node %u | ", (unsigned)index + 1);
    if (nodes->is_strict) {
        setup.label = NULL;
        setup.log = log;
    }
    if (index != 0 && has_file(nodes->config[0].data, "dev-seed", seed)) {
        setup.seed = seed; /* accounts are the same on all of them */
    }
    struct status status = dev_config_write(config);
    status = status_is_ok(status) ? write_rows(nodes) : status;
    status = status_is_ok(status) ? node_process_path(nodes->config[0].data, NODE_FACTS_ROWS, rows)
                                  : status;
    status = status_is_ok(status) ? node_process_path(config->data, NODE_PROCESS_LOG, log) : status;
    if (!status_is_ok(status)) {
        return fail_write(nodes, status);
    }
    status = node_process_start(&setup, &nodes->process[index]);
    if (status.code == STATUS_NOT_FOUND) {
        return cli_fail_text(nodes->cli, "NOT_FOUND", "coffer-node is not beside this program",
                             "build both with make, or install both with make install");
    }
    nodes->step[index] = NODES_DEV_STARTED;
    nodes->until_ms[index] = now_ms() + ANSWER_MS;
    return status_is_ok(status) ? CLI_DONE : cli_fail(nodes->cli, status, config->data);
}

/* As an operator registers a node on a chain, when it runs and has said its keys. */
static enum cli_exit register_one(struct nodes_dev *nodes, size_t index)
{
    struct node_facts *facts = &nodes->facts[index];
    if (!node_api_is_healthy(facts->url) ||
        !status_is_ok(node_facts_ask(&nodes->cli->arena, facts))) {
        return CLI_DONE; /* not yet */
    }
    facts->instance = ++nodes->registered;
    struct status status = write_rows(nodes);
    if (!status_is_ok(status)) {
        return fail_write(nodes, status);
    }
    nodes->step[index] = NODES_DEV_REGISTERED;
    nodes->until_ms[index] = now_ms() + READY_MS;
    return CLI_DONE;
}

static bool is_ready(struct nodes_dev *nodes, size_t index)
{
    struct node_api api;
    struct node_api_answer answer = {0};
    size_t mark = nodes->cli->arena.used;
    struct status status = node_api_open(&api, &nodes->cli->arena, nodes->facts[index].url);
    status =
        status_is_ok(status) ? node_api_call(&api, "/ready", (struct bytes){0}, &answer) : status;
    node_api_close(&api);
    arena_rewind(&nodes->cli->arena, mark);
    return status_is_ok(status) && answer.http == 200;
}

/* Where to look for more. */
static const char *hint_of_log(const struct nodes_dev *nodes)
{
    return nodes->is_strict ? "see the end of its " NODE_PROCESS_LOG : "see its last lines above";
}

static enum cli_exit fail_late(struct nodes_dev *nodes, size_t index)
{
    char text[128];
    bool is_up = nodes->step[index] == NODES_DEV_REGISTERED;
    (void)snprintf(text, sizeof text, "node %u %s", (unsigned)index + 1,
                   is_up ? "runs, but did not become ready" : "did not start");
    return cli_fail_text(nodes->cli, "UNAVAILABLE", text,
                         is_up && !nodes->is_strict
                             ? "see its last lines above; where the root is lost, take the data "
                               "folder away to begin anew"
                             : hint_of_log(nodes));
}

static enum cli_exit advance(struct nodes_dev *nodes, size_t index)
{
    if (nodes->step[index] == NODES_DEV_DOWN) {
        return start_one(nodes, index);
    }
    if (now_ms() > nodes->until_ms[index]) {
        return fail_late(nodes, index);
    }
    if (nodes->step[index] == NODES_DEV_STARTED) {
        return register_one(nodes, index);
    }
    if (is_ready(nodes, index)) {
        nodes->step[index] = NODES_DEV_SERVES;
    }
    return CLI_DONE;
}

/* --- one that ended --------------------------------------------------------------------------- */

static void describe_end(const struct nodes_dev *nodes, size_t index, int code, char *ret,
                         size_t size)
{
    int signal = nodes->process[index].signal;
    if (signal != 0) {
        (void)snprintf(ret, size, "node %u was ended by signal %d (%s)", (unsigned)index + 1,
                       signal, strsignal(signal));
    } else {
        (void)snprintf(ret, size, "node %u ended with exit code %d", (unsigned)index + 1, code);
    }
}

/* Ctrl-C reaches the nodes, too: then their end is no news. */
static bool is_stop_asked(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
            sigismember(&pending, SIGHUP) == 1);
}

/* Who served and did not fail is started again; its keys will be new, so its row goes. */
static enum cli_exit note_end(struct nodes_dev *nodes, size_t index, int code)
{
    char text[128];
    bool did_serve = nodes->step[index] == NODES_DEV_SERVES;
    if (is_stop_asked()) {
        return CLI_DONE;
    }
    describe_end(nodes, index, code, text, sizeof text);
    if (nodes->is_strict) {
        return cli_fail_text(nodes->cli, "NODE_ENDED", text, hint_of_log(nodes));
    }
    if (!did_serve || (nodes->process[index].signal == 0 && code != 0)) {
        return cli_fail_text(nodes->cli, "NODE_ENDED", text,
                             "see its last lines above; the others are stopped");
    }
    (void)fprintf(stderr, "coffer dev: %s; it is started again\n", text);
    nodes->step[index] = NODES_DEV_DOWN;
    nodes->facts[index].instance = 0;
    struct status status = write_rows(nodes);
    return status_is_ok(status) ? CLI_DONE : fail_write(nodes, status);
}

static enum cli_exit note_ends(struct nodes_dev *nodes)
{
    int chain_code = 0;
    enum cli_exit result = CLI_DONE;
    if (nodes->chain.pid != 0 && node_process_has_ended(&nodes->chain, &chain_code) &&
        !is_stop_asked()) {
        return cli_fail_text(nodes->cli, "NODE_ENDED", "the chain ended",
                             "see its last lines above; the nodes are stopped");
    }
    for (size_t i = 0; i < nodes->count && result == CLI_DONE; i++) {
        int code = 0;
        if (nodes->process[i].pid != 0 && node_process_has_ended(&nodes->process[i], &code)) {
            result = note_end(nodes, i, code);
        }
    }
    return result;
}

/* --- all of them ------------------------------------------------------------------------------ */

void nodes_dev_stop(struct nodes_dev *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (nodes->process[i].pid != 0) {
            (void)kill(nodes->process[i].pid, SIGTERM);
        }
    }
    for (size_t i = 0; i < nodes->count; i++) {
        (void)node_process_stop(&nodes->process[i]);
    }
    (void)node_process_stop(&nodes->chain);
}

static sigset_t watched_signals(void)
{
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGHUP);
    sigaddset(&watched, SIGCHLD);
    return watched;
}

/* True when it is time to stop. */
static bool wait_a_while(long ms)
{
    sigset_t watched = watched_signals();
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000};
    int got = sigtimedwait(&watched, NULL, &time);
    return got == SIGINT || got == SIGTERM || got == SIGHUP;
}

/* The first that does not serve, or the count. */
static size_t first_down(const struct nodes_dev *nodes)
{
    size_t index = 0;
    while (index < nodes->count && nodes->step[index] == NODES_DEV_SERVES) {
        index++;
    }
    return index;
}

static struct status write_deployment(struct nodes_dev *nodes)
{
    const char *data = nodes->config[0].data;
    struct arena *arena = &nodes->cli->arena;
    size_t mark = arena->used;
    struct status status = has_chain(nodes)
                               ? chain_dev_write_deployment(arena, data, nodes->facts[0].domain)
                               : node_facts_write_deployment(data, nodes->facts, nodes->count);
    arena_rewind(arena, mark);
    return status;
}

enum cli_exit nodes_dev_bring_up(struct nodes_dev *nodes, bool *ret_stopped)
{
    enum cli_exit result = CLI_DONE;
    *ret_stopped = false;
    while (result == CLI_DONE && !*ret_stopped && first_down(nodes) < nodes->count) {
        result = note_ends(nodes);
        size_t index = first_down(nodes);
        if (result == CLI_DONE && index < nodes->count) {
            result = advance(nodes, index);
        }
        *ret_stopped = result == CLI_DONE && wait_a_while(POLL_MS);
    }
    if (result == CLI_DONE && !*ret_stopped) {
        struct status status = write_deployment(nodes);
        result = status_is_ok(status) ? CLI_DONE : fail_write(nodes, status);
    }
    if (result != CLI_DONE || *ret_stopped) {
        nodes_dev_stop(nodes);
    }
    return result;
}

static enum cli_exit fail_chain(struct nodes_dev *nodes, struct status status)
{
    if (status.code == STATUS_NOT_FOUND) {
        return cli_fail_text(nodes->cli, "NOT_FOUND", "tools/dev-chain is not where it was built",
                             "run coffer from the source tree, as in build/dev-release/bin/coffer");
    }
    return cli_fail(nodes->cli, status, nodes->config[0].data);
}

/* Until it is up: at the first time its packages are fetched and the contracts compiled. */
static enum cli_exit start_chain(struct nodes_dev *nodes, bool *ret_stopped)
{
    const struct dev_config *first = &nodes->config[0];
    unsigned port = dev_config_port(first) + CHAIN_DEV_PORT;
    struct status status =
        chain_dev_start(first->data, nodes->facts, nodes->count, port, &nodes->chain);
    enum cli_exit result = status_is_ok(status) ? CLI_DONE : fail_chain(nodes, status);
    while (result == CLI_DONE && !*ret_stopped && !chain_dev_is_up(first->data)) {
        result = note_ends(nodes);
        *ret_stopped = result == CLI_DONE && wait_a_while(POLL_MS);
    }
    return result;
}

enum cli_exit nodes_dev_start(struct nodes_dev *nodes, bool *ret_stopped)
{
    enum cli_exit result = CLI_DONE;
    sigset_t watched = watched_signals();
    (void)sigprocmask(SIG_BLOCK, &watched, NULL);
    *ret_stopped = false;
    result = has_chain(nodes) ? start_chain(nodes, ret_stopped) : CLI_DONE;
    if (result == CLI_DONE && !*ret_stopped) {
        struct status status = dev_config_write_trust(&nodes->cli->arena, &nodes->config[0]);
        result = status_is_ok(status) ? CLI_DONE : fail_write(nodes, status);
    }
    if (result != CLI_DONE || *ret_stopped) {
        nodes_dev_stop(nodes);
        return result;
    }
    return nodes_dev_bring_up(nodes, ret_stopped);
}

enum cli_exit nodes_dev_kill(struct nodes_dev *nodes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (nodes->process[i].pid != 0) {
            (void)kill(nodes->process[i].pid, SIGKILL);
        }
    }
    for (size_t i = from; i < to; i++) {
        node_process_kill(&nodes->process[i]);
        nodes->step[i] = NODES_DEV_DOWN;
        nodes->facts[i].instance = 0;
    }
    struct status status = write_rows(nodes);
    return status_is_ok(status) ? CLI_DONE : fail_write(nodes, status);
}

enum cli_exit nodes_dev_wait(struct nodes_dev *nodes, long ms, bool *ret_stopped)
{
    *ret_stopped = wait_a_while(ms);
    return *ret_stopped ? CLI_DONE : note_ends(nodes);
}

enum cli_exit nodes_dev_watch(struct nodes_dev *nodes)
{
    enum cli_exit result = CLI_DONE;
    bool is_stopped = false;
    while (result == CLI_DONE && !is_stopped) {
        is_stopped = wait_a_while(WATCH_MS);
        result = is_stopped ? CLI_DONE : note_ends(nodes);
        if (result == CLI_DONE && !is_stopped && first_down(nodes) < nodes->count) {
            result = nodes_dev_bring_up(nodes, &is_stopped);
            if (result == CLI_DONE && !is_stopped) {
                (void)fprintf(stderr, "coffer dev: all nodes serve\n");
            }
        }
    }
    nodes_dev_stop(nodes);
    return result;
}
