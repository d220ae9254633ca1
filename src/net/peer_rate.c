#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "base/entropy.h"
#include "base/invariant.h"
#include "net/peer_rate_internal.h"

enum {
    SETS = 4096,
    WAYS = 8,
    LOCKS = 64,
};

struct entry {
    struct peer_rate_key key; /* family 0: free */
    struct token_bucket bucket;
};

struct peer_rate {
    struct token_bucket_rule rule;
    uint64_t salt[2];
    pthread_mutex_t locks[LOCKS];
    struct entry sets[SETS][WAYS];
};

struct status peer_rate_new(struct mem *memory, const struct token_bucket_rule *rule,
                            struct peer_rate **ret_table)
{
    *ret_table = NULL;
    if (rule->rate == 0) {
        return OK;
    }
    uint64_t salt[2];
    struct entropy entropy = entropy_system();
    TRY(entropy_fill(&entropy, (uint8_t *)salt, sizeof salt));
    void *block = NULL;
    TRY(mem_alloc(memory, sizeof(struct peer_rate), &block));
    struct peer_rate *table = block;
    table->rule = *rule;
    memcpy(table->salt, salt, sizeof salt);
    for (size_t i = 0; i < LOCKS; i++) {
        INVARIANT(pthread_mutex_init(&table->locks[i], NULL) == 0);
    }
    *ret_table = table;
    return OK;
}

void peer_rate_free(struct mem *memory, struct peer_rate **table)
{
    if (*table == NULL) {
        return;
    }
    for (size_t i = 0; i < LOCKS; i++) {
        pthread_mutex_destroy(&(*table)->locks[i]);
    }
    void *block = *table;
    mem_free(memory, &block);
    *table = NULL;
}

struct peer_rate_key peer_rate_key(int fd, const struct sockaddr_storage *address)
{
    struct peer_rate_key key = {0, (uint64_t)address->ss_family + 1};
    struct ucred credentials = {0};
    socklen_t len = sizeof credentials;
    switch (address->ss_family) {
    case AF_INET:
        key.peer = ((const struct sockaddr_in *)address)->sin_addr.s_addr;
        break;
    case AF_INET6:
        memcpy(&key.peer, &((const struct sockaddr_in6 *)address)->sin6_addr, sizeof key.peer);
        break;
    case AF_VSOCK:
        key.peer = ((const struct sockaddr_vm *)address)->svm_cid;
        break;
    default:
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) == 0) {
            key.peer = credentials.uid;
        }
        break;
    }
    return key;
}

/* Mixed with numbers nobody outside knows, so that a set cannot be filled on purpose. */
static size_t set_of(const struct peer_rate *table, struct peer_rate_key key)
{
    uint64_t mixed = key.peer ^ table->salt[0];
    mixed = (mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15u;
    mixed ^= key.family ^ table->salt[1];
    mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
    mixed ^= mixed >> 32;
    mixed *= 0x94d049bb133111ebu;
    return mixed >> 52;
}

_Static_assert(SETS == 1 << (64 - 52), "the top bits choose a set");

bool peer_rate_take(struct peer_rate *table, struct peer_rate_key key, uint64_t now_ns)
{
    if (table == NULL) {
        return true;
    }
    size_t index = set_of(table, key);
    struct entry *set = table->sets[index];
    pthread_mutex_t *lock = &table->locks[index % LOCKS];
    INVARIANT(pthread_mutex_lock(lock) == 0);
    struct entry *chosen = NULL;
    struct entry *spare = set;
    for (size_t i = 0; i < WAYS && chosen == NULL; i++) {
        if (set[i].key.peer == key.peer && set[i].key.family == key.family) {
            chosen = &set[i];
        } else if (spare->key.family != 0 &&
                   (set[i].key.family == 0 || set[i].bucket.nano > spare->bucket.nano)) {
            spare = &set[i];
        }
    }
    if (chosen == NULL) {
        chosen = spare;
        chosen->key = key;
        token_bucket_init(&chosen->bucket, &table->rule, now_ns);
    }
    bool is_taken = token_bucket_take(&chosen->bucket, &table->rule, now_ns);
    INVARIANT(pthread_mutex_unlock(lock) == 0);
    return is_taken;
}
