/* What workers ask of the membership, and what it tells people. */
#include <string.h>

#include "cluster/membership/membership_internal.h"

/* --- for workers ------------------------------------------------------------------------------ */

struct status membership_check(const struct membership *membership)
{
    return atomic_load(&membership->is_current) ? OK : FAIL(NOT_CURRENT);
}

struct serving {
    struct membership *membership;
    struct cluster_now now;
    const struct eth_address *from;
    struct bytes message;
    struct buf *answer;
    struct status status;
};

static void serve_step(void *context, struct kv *kv)
{
    struct serving *serving = context;
    struct membership *membership = serving->membership;
    (void)kv;
    if (membership->cluster == NULL) {
        serving->status = FAIL(NOT_CURRENT);
        return;
    }
    serving->status = cluster_serve(membership->cluster, &serving->now, serving->from,
                                    serving->message, serving->answer);
    membership_note_current(membership);
}

struct status membership_why_not_joined(struct membership *membership)
{
    thread_lock_take(&membership->lock);
    struct status status = root_start_check(membership->start);
    thread_lock_give(&membership->lock);
    return status_is_ok(status) ? FAIL(NOT_CURRENT) : status;
}

struct status membership_sync(struct membership *membership, const struct eth_address *from,
                              struct bytes message, struct buf *answer)
{
    struct serving serving = {.membership = membership,
                              .now = membership_now(membership),
                              .from = from,
                              .message = message,
                              .answer = answer};
    if (!atomic_load(&membership->has_joined)) {
        return membership_why_not_joined(membership);
    }
    TRY(root_gate_check(membership->setup.gate, REGISTRY_SERVE, serving.now.ms));
    values_as_owner(membership->setup.values, serve_step, &serving);
    membership_wake(membership);
    return serving.status;
}

struct status membership_hand_off(struct membership *membership, const struct eth_address *from,
                                  struct bytes message, struct buf *answer)
{
    struct cluster_now now = membership_now(membership);
    thread_lock_take(&membership->lock);
    struct status status = root_start_serve(membership->start, &now, from, message, answer);
    thread_lock_give(&membership->lock);
    membership_wake(membership);
    return status;
}

/* --- for people ------------------------------------------------------------------------------- */

struct asking {
    const struct membership *membership;
    struct membership_stats stats;
};

static void stats_step(void *context, struct kv *kv)
{
    struct asking *asking = context;
    (void)kv;
    if (asking->membership->cluster == NULL) {
        return;
    }
    asking->stats.cluster = cluster_stats(asking->membership->cluster);
    asking->stats.v1 = membership_beside_stats(asking->membership);
}

struct membership_stats membership_stats(struct membership *membership)
{
    struct membership_stats stats = {.keeping = keeper_stats(&membership->keeper),
                                     .has_joined = atomic_load(&membership->has_joined)};
    thread_lock_take(&membership->lock);
    stats.root = root_start_state(membership->start);
    stats.turn = root_start_turn(membership->start);
    thread_lock_give(&membership->lock);
    (void)status_is_ok(registry_epochs(membership->setup.registry, REGISTRY_SERVE,
                                       clock_monotonic_ms(&membership->setup.clock),
                                       &stats.epochs));
    if (stats.has_joined) {
        struct asking asking = {.membership = membership};
        values_as_owner(membership->setup.values, stats_step, &asking);
        stats.cluster = asking.stats.cluster;
        stats.v1 = asking.stats.v1;
    }
    return stats;
}

bool membership_news(struct membership *membership, const char **ret_op, struct status *ret_status)
{
    static const struct {
        unsigned news;
        enum status_code code;
        const char *op;
    } all[] = {
        {NEWS_OPEN, STATUS_OK, "root.open"},
        {NEWS_WIPED, STATUS_ROOT_MISMATCH, "root.wiped"},
        {NEWS_STOPPED, STATUS_ROOT_CONFLICT, "root.stopped"},
        {NEWS_MADE, STATUS_OK, "root.made"},
        {NEWS_TURNED, STATUS_OK, "root.turned"},
        {NEWS_REJECTED, STATUS_ROOT_REJECTED, "root.rejected"},
        {NEWS_RESTORED, STATUS_OK, "snapshot.restored"},
        {NEWS_REFUSED, STATUS_SNAPSHOT_OLD, "snapshot.refused"},
        {NEWS_YIELDED, STATUS_SNAPSHOT_LOST, "snapshot.yielded"},
        {NEWS_SNAPSHOT, STATUS_OK, "snapshot.written"},
    };
    unsigned news = atomic_load(&membership->news);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if ((news & all[i].news) != 0) {
            atomic_fetch_and(&membership->news, ~all[i].news);
            *ret_op = all[i].op;
            unsigned code = all[i].news == NEWS_REFUSED ? atomic_load(&membership->refused)
                                                        : (unsigned)all[i].code;
            *ret_status = (struct status){.code = (uint16_t)code};
            return true;
        }
    }
    return false;
}
