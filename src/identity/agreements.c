#include "identity/agreements.h"

#include <string.h>

#include "base/invariant.h"
#include "base/secret.h"
#include "base/thread.h"
#include "digest/hmac_sha256.h"

struct agreement {
    struct p384_point peer; /* all zero: free */
    struct envelope_keys keys;
    enum envelope_derivation derivation; /* of its last envelope of version 1 */
    uint64_t used;
};

struct agreements {
    struct thread_lock lock;
    const struct node_identity *identity;
    size_t entries;
    enum envelope_derivation first; /* of a peer that has sent none */
    struct hmac_sha256_key salt;    /* so that nobody chooses points of one set */
    struct agreements_stats stats;
    uint64_t uses;
    struct agreement places[]; /* those of a set are beside each other */
};

static size_t size_of(size_t entries)
{
    return sizeof(struct agreements) + entries * sizeof(struct agreement);
}

struct status agreements_open(const struct node_identity *identity, size_t entries,
                              enum envelope_derivation first, const struct entropy *entropy,
                              struct agreements **ret)
{
    INVARIANT(entries != 0 && entries % AGREEMENTS_WAYS == 0);
    void *memory = NULL;
    SECRET32(salt);
    *ret = NULL;
    TRY(entropy_fill(entropy, salt.b, sizeof salt.b));
    TRY(secret_alloc(size_of(entries), &memory));
    struct agreements *agreements = memory;
    agreements->identity = identity;
    agreements->entries = entries;
    agreements->first = first;
    hmac_sha256_key_init(&agreements->salt, BYTES_ARRAY(salt.b));
    thread_lock_init(&agreements->lock);
    *ret = agreements;
    return OK;
}

void agreements_close(struct agreements **agreements)
{
    if (*agreements == NULL) {
        return;
    }
    thread_lock_deinit(&(*agreements)->lock);
    void *memory = *agreements;
    secret_free(&memory, size_of((*agreements)->entries));
    *agreements = NULL;
}

static struct agreement *set_of(struct agreements *agreements, const struct p384_point *peer)
{
    uint8_t mac[SHA256_BYTES];
    hmac_sha256_mac(&agreements->salt, BYTES_ARRAY(peer->sec1), mac);
    size_t set = (size_t)(mac[0] << 8 | mac[1]) % (agreements->entries / AGREEMENTS_WAYS);
    return &agreements->places[set * AGREEMENTS_WAYS];
}

/* Under the lock: the place of a point, or the one that gives way for it. */
static struct agreement *place_of(struct agreement *set, const struct p384_point *peer,
                                  bool *ret_found)
{
    struct agreement *oldest = set;
    for (size_t i = 0; i < AGREEMENTS_WAYS; i++) {
        if (p384_point_equal(&set[i].peer, peer)) {
            *ret_found = true;
            return &set[i];
        }
        oldest = set[i].used < oldest->used ? &set[i] : oldest;
    }
    *ret_found = false;
    return oldest;
}

static bool take_kept(struct agreements *agreements, struct agreement *set,
                      const struct p384_point *peer, struct envelope_keys *ret_keys,
                      enum envelope_derivation *ret_derivation)
{
    bool found = false;
    thread_lock_take(&agreements->lock);
    struct agreement *place = place_of(set, peer, &found);
    if (found) {
        place->used = ++agreements->uses;
        *ret_keys = place->keys;
        *ret_derivation = place->derivation;
    }
    agreements->stats.hits += found;
    agreements->stats.misses += !found;
    thread_lock_give(&agreements->lock);
    return found;
}

/* Two loops may make the same keys at once, which costs time and nothing else. */
struct status agreements_get(struct agreements *agreements, const struct p384_point *peer,
                             struct envelope_keys *ret_keys,
                             enum envelope_derivation *ret_derivation)
{
    struct agreement *set = set_of(agreements, peer);
    bool found = false;
    *ret_derivation = agreements->first;
    if (take_kept(agreements, set, peer, ret_keys, ret_derivation)) {
        return OK;
    }
    TRY(node_identity_keys(agreements->identity, peer, ENVELOPE_NODE, ret_keys));
    thread_lock_take(&agreements->lock);
    struct agreement *place = place_of(set, peer, &found);
    if (!found) {
        place->derivation = agreements->first;
    }
    place->peer = *peer;
    place->keys = *ret_keys;
    place->used = ++agreements->uses;
    thread_lock_give(&agreements->lock);
    return OK;
}

void agreements_note(struct agreements *agreements, const struct p384_point *peer,
                     enum envelope_derivation derivation)
{
    struct agreement *set = set_of(agreements, peer);
    bool found = false;
    thread_lock_take(&agreements->lock);
    struct agreement *place = place_of(set, peer, &found);
    if (found) {
        place->derivation = derivation;
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
