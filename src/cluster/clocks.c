/* What the clocks of peers say of ours.
 *
 * An answer says what time it was there when it was made, which was after the question and before
 * now. So their clock is known to the time that question and answer took, and from then on by our
 * monotonic one. */
#include <stdlib.h>

#include "cluster/cluster_internal.h"

enum { SENSIBLE_BITS = 62 }; /* of milliseconds */

void cluster_clock_heard(const struct cluster_now *now, struct peer *peer, uint64_t wall_ms)
{
    const uint64_t most = (uint64_t)1 << SENSIBLE_BITS;
    int64_t here_ms = (int64_t)now->ms;
    peer->has_clock = true;
    peer->clock_ms = now->ms;
    peer->clock_lo_ms = (int64_t)(wall_ms < most ? wall_ms : most) - here_ms;
    peer->clock_hi_ms = peer->clock_lo_ms + (here_ms - (int64_t)peer->sent_ms);
}

static int compare(const void *a, const void *b)
{
    const int64_t *one = a;
    const int64_t *other = b;
    return (*one > *other) - (*one < *other);
}

/* The median of the peers' clocks lies between that of what they show at least and that of what
 * they show at most; of an even number it is anything between the two in the middle. */
void cluster_clocks(struct cluster *cluster, const struct cluster_now *now)
{
    int64_t least[CLUSTER_PEERS_MAX];
    int64_t most[CLUSTER_PEERS_MAX];
    size_t count = 0;
    int64_t ahead_ms = (int64_t)now->wall_ms - (int64_t)now->ms;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        const struct peer *peer = cluster->peers[i];
        if (peer != NULL && peer->is_listed && peer->has_clock &&
            now->ms <= peer->clock_ms + CLUSTER_CLOCK_MS) {
            least[count] = peer->clock_lo_ms - ahead_ms;
            most[count] = peer->clock_hi_ms - ahead_ms;
            count++;
        }
    }
    cluster->stats.clocks = count;
    cluster->stats.clock_off_ms = 0;
    if (count != 0) {
        qsort(least, count, sizeof least[0], compare);
        qsort(most, count, sizeof most[0], compare);
        int64_t behind_ms = least[(count - 1) / 2];
        int64_t before_ms = most[count / 2];
        int64_t off_ms = behind_ms > 0 ? -behind_ms : 0;
        cluster->stats.clock_off_ms = before_ms < 0 ? -before_ms : off_ms;
    }
    int64_t off_ms = cluster->stats.clock_off_ms;
    cluster->stats.is_clock_suspect = off_ms > CLUSTER_SKEW_MS || off_ms < -CLUSTER_SKEW_MS;
}

struct status cluster_check_write(struct cluster *cluster, const struct cluster_now *now)
{
    TRY(cluster_check(cluster));
    cluster_clocks(cluster, now);
    return cluster->stats.is_clock_suspect ? FAIL(CLOCK_SUSPECT) : OK;
}
