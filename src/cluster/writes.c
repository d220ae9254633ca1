/* Writes that wait until others hold them. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/cluster_internal.h"
#include "digest/sha256.h"

void cluster_write_key(const uint8_t tenant[static DOMAIN_TENANT_ID], struct bytes key,
                       uint8_t ret[static 8])
{
    struct sha256 hash;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&hash);
    sha256_update(&hash, (struct bytes){tenant, DOMAIN_TENANT_ID});
    sha256_update(&hash, key);
    sha256_final(&hash, digest);
    memcpy(ret, digest, 8);
}

/* How far all tickets were looked at: zeros at first. */
struct look {
    size_t place;
    size_t seen;
};

static struct ticket *next_ticket(struct cluster *cluster, struct look *look)
{
    while (look->seen < cluster->waiting && look->place < CLUSTER_WRITES_MAX) {
        struct ticket *ticket = &cluster->tickets[look->place++];
        if (ticket->id != 0) {
            look->seen++;
            return ticket;
        }
    }
    return NULL;
}

static bool is_of_key(const struct ticket *ticket, const uint8_t key[static 8])
{
    return bytes_equal(BYTES_ARRAY(ticket->key), (struct bytes){key, 8});
}

bool cluster_writes_wait_for(const struct cluster *cluster, const uint8_t key[static 8])
{
    size_t seen = 0;
    for (size_t i = 0; seen < cluster->waiting && i < CLUSTER_WRITES_MAX; i++) {
        const struct ticket *ticket = &cluster->tickets[i];
        if (ticket->id != 0 && is_of_key(ticket, key)) {
            return true;
        }
        seen += ticket->id != 0;
    }
    return false;
}

void cluster_writes_moved(struct cluster *cluster, const uint8_t key[static 8])
{
    struct look look = {0};
    for (struct ticket *ticket; (ticket = next_ticket(cluster, &look)) != NULL;) {
        if (is_of_key(ticket, key)) {
            ticket->seq = kv_seq(cluster->setup.kv);
        }
    }
}

void cluster_writes_held(struct cluster *cluster, size_t place, uint64_t from, uint64_t to)
{
    struct look look = {0};
    for (struct ticket *ticket; (ticket = next_ticket(cluster, &look)) != NULL;) {
        bool is_in = ticket->seq > from && ticket->seq <= to;
        if (is_in && (ticket->refused >> place & 1) == 0) {
            ticket->holders |= (uint64_t)1 << place;
        }
    }
}

void cluster_writes_refused(struct cluster *cluster, size_t place, const uint8_t key[static 8])
{
    struct look look = {0};
    for (struct ticket *ticket; (ticket = next_ticket(cluster, &look)) != NULL;) {
        if (is_of_key(ticket, key)) {
            ticket->refused |= (uint64_t)1 << place;
        }
    }
}

void cluster_writes_forget(struct cluster *cluster, size_t place)
{
    struct look look = {0};
    for (struct ticket *ticket; (ticket = next_ticket(cluster, &look)) != NULL;) {
        ticket->holders &= ~((uint64_t)1 << place);
        ticket->refused &= ~((uint64_t)1 << place);
    }
}

/* A write that is settled and not here is held by W of the others, so by one of all but W - 1. */
static bool is_caught_up(const struct cluster *cluster, const struct ticket *ticket)
{
    size_t others = 0;
    size_t compared = 0;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        const struct peer *peer = cluster->peers[i];
        bool is_listed = peer != NULL && peer->is_listed;
        others += is_listed;
        compared += is_listed && peer->compared >= ticket->asks;
    }
    size_t holders = cluster->setup.holders < others ? cluster->setup.holders : others;
    return others == 0 || compared >= others - holders + 1;
}

/* So many nodes as it wants hold a write, this one included; among few members, all of them. With a
 * clock that is off nothing is promised. */
static bool is_settled(const struct cluster *cluster, const struct ticket *ticket)
{
    if (ticket->asks != 0) {
        return is_caught_up(cluster, ticket);
    }
    size_t members = cluster->stats.members + 1;
    size_t usual = cluster->setup.holders < members ? cluster->setup.holders : members;
    size_t wanted = ticket->wanted > usual ? ticket->wanted : usual;
    return !cluster->stats.is_clock_suspect &&
           1 + (size_t)__builtin_popcountll(ticket->holders) >= wanted;
}

bool cluster_writes_ended(struct cluster *cluster, const struct cluster_now *now,
                          struct cluster_action *ret_action, uint64_t *ret_due_ms)
{
    struct look look = {0};
    for (struct ticket *ticket; (ticket = next_ticket(cluster, &look)) != NULL;) {
        bool settled = is_settled(cluster, ticket);
        if (settled || now->ms >= ticket->deadline_ms) {
            ret_action->kind = settled ? CLUSTER_SETTLED : CLUSTER_UNSETTLED;
            ret_action->id = ticket->id;
            cluster->reading -= ticket->asks != 0;
            cluster->waiting--;
            *ticket = (struct ticket){0};
            return true;
        }
        *ret_due_ms = ticket->deadline_ms < *ret_due_ms ? ticket->deadline_ms : *ret_due_ms;
    }
    return false;
}

/* A free one; NULL when there is none. */
static struct ticket *new_ticket(struct cluster *cluster, const struct cluster_now *now)
{
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        struct ticket *ticket = &cluster->tickets[i];
        if (ticket->id == 0) {
            ticket->id = ++cluster->last_id;
            ticket->deadline_ms = now->ms + CLUSTER_SETTLE_MS;
            cluster->waiting++;
            return ticket;
        }
    }
    return NULL;
}

struct status cluster_write(struct cluster *cluster, const struct cluster_now *now,
                            const struct cluster_written *written, uint64_t *ret_ticket)
{
    uint8_t key[8];
    *ret_ticket = 0;
    kv_announce(cluster->setup.kv, written->tenant, written->key);
    cluster_write_key(written->tenant, written->key, key);
    cluster_writes_moved(cluster, key);
    struct ticket *ticket = new_ticket(cluster, now);
    if (ticket == NULL) {
        return FAIL(OVERLOADED);
    }
    ticket->seq = kv_seq(cluster->setup.kv);
    ticket->wanted = written->holders;
    memcpy(ticket->key, key, sizeof key);
    *ret_ticket = ticket->id;
    return OK;
}

/* A comparison that began before may have passed what was written since. */
struct status cluster_catch_up(struct cluster *cluster, const struct cluster_now *now,
                               uint64_t *ret_ticket)
{
    *ret_ticket = 0;
    struct ticket *ticket = cluster->reading < CLUSTER_READS_MAX ? new_ticket(cluster, now) : NULL;
    if (ticket == NULL) {
        return FAIL(OVERLOADED);
    }
    ticket->asks = ++cluster->asks;
    cluster->reading++;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] != NULL) {
            cluster_walk_soon(cluster->peers[i], now);
        }
    }
    *ret_ticket = ticket->id;
    return OK;
}
