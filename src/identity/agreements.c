#include "identity/agreements.h"

#include "base/secret.h"
#include "base/table.h"
#include "base/thread.h"
#include "digest/keyed_sum.h"

/* What is kept of a point. *secret*. */
struct agreement {
    struct envelope_keys keys;
    struct keyed_sum sum;                /* of the point and its keys */
    enum envelope_derivation derivation; /* of its last envelope of version 1 */
};

static void agreement_wipe(struct agreement *agreement)
{
    secret_wipe(agreement, sizeof *agreement);
}

struct agreements {
    struct thread_lock lock;
    const struct node_identity *identity;
    struct keyed_sum_key sum_key;
    struct table *table;            /* of points, in the same memory */
    size_t size;                    /* of all of it */
    enum envelope_derivation first; /* of a peer that has sent none */
    struct agreements_stats stats;
};

enum { TABLE_AT = (sizeof(struct agreements) + 15) / 16 * 16 };

struct status agreements_open(const struct node_identity *identity, size_t entries,
                              enum envelope_derivation first, const struct entropy *entropy,
                              struct agreements **ret)
{
    const struct table_rule rule = {.capacity = entries,
                                    .key_len = sizeof(struct p384_point),
                                    .value_len = sizeof(struct agreement),
                                    .order = TABLE_LRU};
    size_t size = TABLE_AT + table_size(&rule);
    void *memory = NULL;
    *ret = NULL;
    TRY(secret_alloc(size, &memory));
    struct agreements *agreements = memory;
    agreements->identity = identity;
    agreements->size = size;
    agreements->first = first;
    thread_lock_init(&agreements->lock);
    struct status status = keyed_sum_key_make(entropy, &agreements->sum_key);
    if (status_is_ok(status)) {
        status = table_place((uint8_t *)memory + TABLE_AT, &rule, entropy, &agreements->table);
    }
    if (!status_is_ok(status)) {
        agreements_close(&agreements);
    }
    *ret = agreements;
    return status;
}

void agreements_close(struct agreements **agreements)
{
    if (*agreements == NULL) {
        return;
    }
    thread_lock_deinit(&(*agreements)->lock);
    void *memory = *agreements;
    secret_free(&memory, (*agreements)->size);
    *agreements = NULL;
}

/* What a sum is made of: with the point, so that keys are never taken for another peer's. The two
 * points in the keys are known from elsewhere, and compared. */
enum { SUM_PARTS = 5 };

static void sum_parts(const struct p384_point *peer, const struct envelope_keys *keys,
                      struct bytes ret[static SUM_PARTS])
{
    ret[0] = BYTES_ARRAY(peer->sec1);
    ret[1] = BYTES_ARRAY(keys->v1.b);
    ret[2] = BYTES_ARRAY(keys->shared.x);
    ret[3] = BYTES_ARRAY(keys->request.b);
    ret[4] = BYTES_ARRAY(keys->response.b);
}

static bool copy_kept(struct agreements *agreements, const struct p384_point *peer,
                      struct agreement *ret)
{
    thread_lock_take(&agreements->lock);
    const struct agreement *kept = table_find(agreements->table, peer);
    bool found = kept != NULL;
    if (found) {
        *ret = *kept;
    }
    agreements->stats.hits += found;
    agreements->stats.misses += !found;
    thread_lock_give(&agreements->lock);
    return found;
}

static void forget(struct agreements *agreements, const struct p384_point *peer)
{
    thread_lock_take(&agreements->lock);
    struct agreement *kept = table_find(agreements->table, peer);
    if (kept != NULL) {
        table_remove(agreements->table, kept);
    }
    thread_lock_give(&agreements->lock);
}

/* Whether these are the points of the peer and of the node, in either order. */
static bool has_points(const struct agreements *agreements, const struct p384_point *peer,
                       const struct envelope_keys *keys)
{
    const struct p384_point *own = &node_identity_facts(agreements->identity)->point;
    size_t at = p384_point_equal(&keys->points[0], peer) ? 1 : 0;
    return p384_point_equal(&keys->points[1 - at], peer) &&
           p384_point_equal(&keys->points[at], own);
}

/* Of the copy that will be used. Keys that changed are made again by the next request. */
static struct status check_kept(struct agreements *agreements, const struct p384_point *peer,
                                const struct agreement *copy)
{
    struct bytes parts[SUM_PARTS];
    sum_parts(peer, &copy->keys, parts);
    struct status same = keyed_sum_check(&agreements->sum_key, parts, SUM_PARTS, &copy->sum);
    if (status_is_ok(same) && !has_points(agreements, peer, &copy->keys)) {
        same = FAIL(SELF_CHECK);
    }
    if (!status_is_ok(same)) {
        forget(agreements, peer);
    }
    return same;
}

/* Two loops may make the same keys at once, which costs time and nothing else. */
static void keep(struct agreements *agreements, const struct p384_point *peer,
                 const struct envelope_keys *keys)
{
    struct bytes parts[SUM_PARTS];
    sum_parts(peer, keys, parts);
    struct keyed_sum sum = keyed_sum_of(&agreements->sum_key, parts, SUM_PARTS);
    thread_lock_take(&agreements->lock);
    struct agreement *kept = table_find(agreements->table, peer);
    if (kept == NULL) {
        kept = table_add(agreements->table, peer);
        kept->derivation = agreements->first;
    }
    kept->keys = *keys;
    kept->sum = sum;
    thread_lock_give(&agreements->lock);
}

struct status agreements_get(struct agreements *agreements, const struct p384_point *peer,
                             struct envelope_keys *ret_keys,
                             enum envelope_derivation *ret_derivation)
{
    SECRET(agreement, copy);
    *ret_keys = (struct envelope_keys){0};
    *ret_derivation = agreements->first;
    if (copy_kept(agreements, peer, &copy)) {
        TRY(check_kept(agreements, peer, &copy));
        *ret_keys = copy.keys;
        *ret_derivation = copy.derivation;
        return OK;
    }
    TRY(node_identity_keys(agreements->identity, peer, ENVELOPE_NODE, ret_keys));
    keep(agreements, peer, ret_keys);
    return OK;
}

void agreements_note(struct agreements *agreements, const struct p384_point *peer,
                     enum envelope_derivation derivation)
{
    thread_lock_take(&agreements->lock);
    struct agreement *kept = table_find(agreements->table, peer);
    if (kept != NULL) {
        kept->derivation = derivation;
    }
    thread_lock_give(&agreements->lock);
}

struct agreements_stats agreements_stats(struct agreements *agreements)
{
    thread_lock_take(&agreements->lock);
    struct agreements_stats stats = agreements->stats;
    thread_lock_give(&agreements->lock);
    return stats;
}
