#include "client/directory.h"

#include <stdio.h>
#include <string.h>

#include "fetch/fetch_many.h"
#include "registry/registry_view.h"
#include "rpc/rpc_rounds.h"

enum {
    ENTRIES = 2 * REGISTRY_PEERS_MAX, /* a list may change while it is read */
    BATCH = 64,
    WAIT_MS_MAX = 1000,
    TRIES = 3, /* looks that came to nothing, and answers that had no quorum */
};

_Static_assert((int)DEPLOYMENT_NODES_MAX == (int)REGISTRY_PEERS_MAX, "a list takes all peers");
_Static_assert((int)DEPLOYMENT_URL_MAX >= (int)REGISTRY_URL_MAX, "and their URLs");
_Static_assert((int)DEPLOYMENT_RPC_MAX <= (int)REGISTRY_VIEW_ENDPOINTS_MAX, "a view asks all");

struct directory {
    struct directory_setup setup;
    struct rpc_rounds *rounds;
    struct registry_view *view; /* of the reading in work */
    unsigned disagreed;         /* so often in this reading */
    char about[DIRECTORY_ABOUT_MAX];
    struct registry_peer peer[REGISTRY_PEERS_MAX];
};

struct status directory_open_rounds(const struct directory_setup *setup, struct rpc_rounds **ret,
                                    const char **ret_where)
{
    const struct deployment *deployment = setup->deployment;
    const char *urls[DEPLOYMENT_RPC_MAX];
    for (size_t i = 0; i < deployment->rpc_count; i++) {
        urls[i] = deployment->rpc[i];
    }
    const struct rpc_rounds_setup rounds = {
        .count = deployment->rpc_count,
        .urls = urls,
        .ca_file = deployment->rpc_ca_file[0] == '\0' ? NULL : deployment->rpc_ca_file,
        .batch = BATCH,
        .clock = setup->clock,
        .entropy = setup->entropy,
        .mem = setup->mem,
    };
    *ret = NULL;
    return rpc_rounds_open(&rounds, ret, ret_where);
}

struct status directory_open(const struct directory_setup *setup, struct directory **ret,
                             const char **ret_where)
{
    void *block = NULL;
    *ret = NULL;
    *ret_where = "";
    TRY(mem_alloc(setup->mem, sizeof(struct directory), &block));
    struct directory *directory = block;
    directory->setup = *setup;
    struct status status = directory_open_rounds(setup, &directory->rounds, ret_where);
    if (!status_is_ok(status)) {
        directory_close(&directory);
        return status;
    }
    *ret = directory;
    return OK;
}

void directory_close(struct directory **directory)
{
    if (*directory != NULL) {
        struct mem *mem = (*directory)->setup.mem;
        void *block = *directory;
        rpc_rounds_close(&(*directory)->rounds);
        registry_view_close(&(*directory)->view);
        mem_free(mem, &block);
        *directory = NULL;
    }
}

const char *directory_about(const struct directory *directory)
{
    return directory->about;
}

/* --- a reading --- */

static struct registry_view_now now_of(const struct directory *directory)
{
    const struct clock *clock = &directory->setup.clock;
    return (struct registry_view_now){clock_monotonic_ms(clock), clock_wall(clock)};
}

static struct status open_view(struct directory *directory)
{
    const struct deployment *deployment = directory->setup.deployment;
    struct registry_view_setup view = {
        .endpoints = deployment->rpc_count,
        .quorum = (size_t)deployment->rpc_quorum,
        .chain_id = deployment->chain_id,
        .registry = deployment->registry,
        .confirmations = deployment->confirmations,
        .has_finality = deployment->has_finality,
        .grants = ENTRIES,
        .strangers = ENTRIES,
        .mem = directory->setup.mem,
        .entropy = directory->setup.entropy,
    };
    memcpy(view.genesis, deployment->genesis, sizeof view.genesis);
    memcpy(view.registry_code, deployment->registry_code, sizeof view.registry_code);
    memcpy(view.kms_app_id, deployment->kms_app_id, sizeof view.kms_app_id);
    return registry_view_open(&view, now_of(directory).ms, &directory->view);
}

/* Keep the last thing that was wrong; that some endpoint does not answer only if there is nothing
 * else, because it hides what the others did. */
static void take_reports(struct directory *directory)
{
    struct registry_report report;
    while (registry_view_report(directory->view, &report)) {
        const char *text = registry_view_report_text(report.kind);
        directory->disagreed += report.kind == REGISTRY_REPORT_DISAGREE;
        bool is_quiet = report.kind == REGISTRY_REPORT_UNREACHABLE && directory->about[0] != '\0';
        if (report.kind == REGISTRY_REPORT_GOOD || is_quiet) {
            continue;
        }
        if (report.kind >= REGISTRY_REPORT_DISAGREE) {
            (void)snprintf(directory->about, sizeof directory->about, "the chain: %s", text);
            continue;
        }
        struct bytes origin = fetch_many_origin(directory->setup.deployment->rpc[report.endpoint]);
        (void)snprintf(directory->about, sizeof directory->about, "RPC endpoint %.*s %s",
                       (int)origin.len, (const char *)origin.ptr, text);
    }
}

static bool is_hopeless(const struct directory *directory)
{
    return registry_view_stats(directory->view).failed >= TRIES || directory->disagreed >= TRIES;
}

/* Carry out what the view wants to know until it knows the peers, or there is no use or no time.
 * Returns: OK, REGISTRY_LOST. */
static struct status drive(struct directory *directory, uint64_t until_ms)
{
    struct registry_view *view = directory->view;
    for (;;) {
        struct registry_work work;
        struct rpc_rounds_done done;
        uint64_t due_ms = 0;
        struct registry_view_now now = now_of(directory);
        bool has_work = registry_view_work(view, &now, &work, &due_ms);
        take_reports(directory);
        if (!has_work && registry_view_knows_peers(view, now.ms)) {
            return OK;
        }
        if (now.ms >= until_ms || is_hopeless(directory)) {
            return FAIL(REGISTRY_LOST);
        }
        if (has_work) {
            rpc_rounds_begin(directory->rounds, &work);
        }
        due_ms = due_ms < until_ms ? due_ms : until_ms;
        uint64_t wait_ms = due_ms > now.ms ? due_ms - now.ms : 0;
        if (rpc_rounds_wait(directory->rounds,
                            (uint32_t)(wait_ms < WAIT_MS_MAX ? wait_ms : WAIT_MS_MAX), &done)) {
            now = now_of(directory);
            registry_view_answer(view, &now, &done.answers);
        }
    }
}

/* A node whose registration has no URL that can be asked is left out. */
static void take_peer(const struct registry_peer *peer, struct directory_list *list)
{
    struct deployment_node *node = &list->nodes[list->count];
    size_t len = strlen(peer->url);
    while (len != 0 && peer->url[len - 1] == '/') {
        len--;
    }
    if (len == 0) {
        return;
    }
    *node = (struct deployment_node){.wallet = peer->grant.wallet, .point = peer->grant.tee_point};
    memcpy(node->url, peer->url, len);
    memcpy(list->code[list->count], peer->grant.measurement, sizeof list->code[0]);
    bool is_first = list->count++ == 0;
    if (is_first || peer->grant.deadline_ms < list->deadline_ms) {
        list->deadline_ms = peer->grant.deadline_ms;
    }
}

/* What is known by now counts, even when something else could not be read. */
static struct status take_peers(struct directory *directory, struct status status,
                                struct directory_list *ret)
{
    size_t count = registry_view_peers(directory->view, now_of(directory).ms, directory->peer);
    for (size_t i = 0; i < count; i++) {
        take_peer(&directory->peer[i], ret);
    }
    if (ret->count != 0) {
        return OK;
    }
    return status_is_ok(status) ? FAIL(NO_NODES) : status;
}

struct status directory_read(struct directory *directory, uint32_t limit_ms,
                             struct directory_list *ret)
{
    *ret = (struct directory_list){0};
    directory->about[0] = '\0';
    directory->disagreed = 0;
    TRY(open_view(directory));
    struct status status = drive(directory, now_of(directory).ms + limit_ms);
    status = take_peers(directory, status, ret);
    rpc_rounds_drop(directory->rounds);
    registry_view_close(&directory->view);
    return status;
}
