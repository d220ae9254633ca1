#include <string.h>

#include "base/checked.h"
#include "base/ct.h"
#include "base/invariant.h"
#include "base/secret.h"
#include "keys/cache/key_cache_internal.h"

void key_cache_value_wipe(struct key_cache_value *value)
{
    secret_wipe(value, sizeof *value);
}

/* The smallest power of two that is not below count. */
static uint32_t buckets_for(uint32_t count)
{
    uint32_t buckets = 1;
    while (buckets < count) {
        buckets *= 2;
    }
    return buckets;
}

/* Sets of marks for so many entries. */
static size_t sets_for(size_t entries)
{
    return entries * KEY_CACHE_MET / KEY_MEMORY_WAYS;
}

size_t key_cache_entries_for(uint64_t bytes, uint64_t locked)
{
    enum {
        /* Chains have fewer than twice as many heads as entries. */
        EACH = sizeof(struct key_cache_entry) + 2 * sizeof(uint32_t) +
               KEY_CACHE_MET * sizeof(struct key_mark),
        /* Of the cache itself, and of an entry more in each shard where they are not all equal. */
        ONCE = sizeof(struct key_cache) + KEY_CACHE_SHARDS * EACH,
    };
    uint64_t fit = bytes > ONCE ? (bytes - ONCE) / EACH : 0;
    uint64_t lockable = locked / sizeof(struct stark_key);
    uint64_t entries = fit < lockable ? fit : lockable;
    entries = entries < KEY_CACHE_ENTRIES_MAX ? entries : KEY_CACHE_ENTRIES_MAX;
    return entries != 0 ? (size_t)entries : 1;
}

static void init_shard(struct key_cache *cache, uint32_t index, uint32_t capacity)
{
    struct key_cache_shard *shard = &cache->shards[index];
    shard->capacity = capacity;
    shard->buckets = buckets_for(capacity);
    shard->entries = (struct key_cache_entry *)cache->entries + (size_t)index * capacity;
    shard->keys = (struct stark_key *)cache->keys + (size_t)index * capacity;
    shard->heads = (uint32_t *)cache->heads + (size_t)index * shard->buckets;
    size_t sets = sets_for(capacity);
    shard->memory.sets = (uint32_t)sets;
    shard->memory.marks = (struct key_mark *)cache->marks + index * sets * KEY_MEMORY_WAYS;
    thread_lock_init(&shard->lock);
}

/* Everything but the shards' locks. */
static void release(struct key_cache **cache)
{
    secret_free(&(*cache)->keys, (*cache)->keys_len);
    secret_free(&(*cache)->sum_key, sizeof(struct keyed_sum_key));
    struct mem *mem = (*cache)->mem;
    mem_free(mem, &(*cache)->entries);
    mem_free(mem, &(*cache)->heads);
    mem_free(mem, &(*cache)->marks);
    void *block = *cache;
    mem_free(mem, &block);
    *cache = NULL;
}

static struct status allocate(struct key_cache *cache, uint32_t capacity)
{
    size_t all = (size_t)capacity * cache->shard_count;
    size_t heads = (size_t)buckets_for(capacity) * cache->shard_count * sizeof(uint32_t);
    size_t entries = all * sizeof(struct key_cache_entry);
    cache->keys_len = all * sizeof(struct stark_key);
    size_t marks = sets_for(all) * KEY_MEMORY_WAYS * sizeof(struct key_mark);
    cache->bytes = sizeof *cache + heads + marks + entries + cache->keys_len;
    TRY(mem_alloc(cache->mem, heads, &cache->heads));
    TRY(mem_alloc(cache->mem, marks, &cache->marks));
    TRY(mem_alloc(cache->mem, entries, &cache->entries));
    TRY(secret_alloc(sizeof(struct keyed_sum_key), &cache->sum_key));
    return secret_alloc(cache->keys_len, &cache->keys);
}

struct status key_cache_open(size_t entries, struct mem *mem, const struct entropy *entropy,
                             struct key_cache **ret)
{
    *ret = NULL;
    INVARIANT(entries != 0 && entries <= KEY_CACHE_ENTRIES_MAX);
    void *block;
    TRY(mem_alloc(mem, sizeof(struct key_cache), &block));
    struct key_cache *cache = block;
    cache->mem = mem;
    bool large = entries >= (size_t)KEY_CACHE_SHARDS * KEY_CACHE_SHARD_MIN;
    cache->shard_count = large ? KEY_CACHE_SHARDS : 1;
    uint32_t capacity = (uint32_t)((entries + cache->shard_count - 1) / cache->shard_count);
    struct status status = entropy_fill(entropy, cache->salt, sizeof cache->salt);
    if (status_is_ok(status)) {
        status = allocate(cache, capacity);
    }
    if (status_is_ok(status)) {
        status = keyed_sum_key_make(entropy, cache->sum_key);
    }
    if (!status_is_ok(status)) {
        release(&cache);
        return status;
    }
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        init_shard(cache, i, capacity);
    }
    *ret = cache;
    return OK;
}

void key_cache_close(struct key_cache **cache)
{
    if (*cache == NULL) {
        return;
    }
    for (uint32_t i = 0; i < (*cache)->shard_count; i++) {
        thread_lock_deinit(&(*cache)->shards[i].lock);
    }
    release(cache);
}

struct key_cache_tenant key_cache_tenant(const struct key_cache *cache,
                                         const uint8_t tenant[static KEY_CACHE_TENANT],
                                         const struct keyed_sum *source)
{
    uint8_t block[SHA256_BLOCK];
    _Static_assert(sizeof cache->salt + KEY_CACHE_TENANT + sizeof source->b == SHA256_BLOCK,
                   "a block");
    memcpy(block, cache->salt, sizeof cache->salt);
    memcpy(block + sizeof cache->salt, tenant, KEY_CACHE_TENANT);
    memcpy(block + sizeof cache->salt + KEY_CACHE_TENANT, source->b, sizeof source->b);
    struct key_cache_tenant prepared = {sha256_start()};
    sha256_compress(&prepared.state, block, 1);
    return prepared;
}

struct key_cache_id key_cache_id(const struct key_cache_tenant *tenant, struct bytes user,
                                 uint64_t index)
{
    struct key_cache_id id;
    struct sha256 sha;
    sha256_resume(&sha, &tenant->state, SHA256_BLOCK);
    sha256_update(&sha, (struct bytes){(const uint8_t *)&index, sizeof index});
    sha256_update(&sha, user);
    sha256_final(&sha, id.b);
    return id;
}

static uint32_t word(const struct key_cache_id *id, size_t offset)
{
    uint32_t value;
    memcpy(&value, id->b + offset, sizeof value);
    return value;
}

static struct key_cache_shard *lock_shard(struct key_cache *cache, const struct key_cache_id *id)
{
    struct key_cache_shard *shard = &cache->shards[word(id, 0) % cache->shard_count];
    thread_lock_take(&shard->lock);
    return shard;
}

static void unlock_shard(struct key_cache_shard *shard)
{
    thread_lock_give(&shard->lock);
}

/* The link that points at the entry, or the zero at the end of its chain. */
static uint32_t *find(struct key_cache_shard *shard, const struct key_cache_id *id)
{
    uint32_t *link = &shard->heads[word(id, 4) & (shard->buckets - 1)];
    while (*link != 0) {
        struct key_cache_entry *entry = &shard->entries[*link - 1];
        if (bytes_equal(BYTES_ARRAY(entry->id.b), BYTES_ARRAY(id->b))) {
            break;
        }
        link = &entry->next;
    }
    return link;
}

/* Take the entry out of its chain and wipe it. Returns: its position plus one. */
static uint32_t remove_at(struct key_cache_shard *shard, uint32_t *link)
{
    uint32_t position = *link;
    struct key_cache_entry *entry = &shard->entries[position - 1];
    *link = entry->next;
    secret_wipe(&shard->keys[position - 1], sizeof shard->keys[0]);
    *entry = (struct key_cache_entry){0};
    shard->live--;
    return position;
}

/* A second chance for what was used since the hand passed last; all others give way. The hand goes
 * a bounded way, so that nobody waits for the lock long.
 * Returns: the position plus one of an entry that has been evicted. */
static uint32_t evict(struct key_cache_shard *shard)
{
    struct key_cache_entry *entry = &shard->entries[shard->hand];
    for (unsigned steps = 0; entry->recent && steps < KEY_CACHE_STEPS; steps++) {
        entry->recent = false;
        shard->hand = (shard->hand + 1) % shard->capacity;
        entry = &shard->entries[shard->hand];
    }
    shard->hand = (shard->hand + 1) % shard->capacity;
    shard->evictions++;
    return remove_at(shard, find(shard, &entry->id));
}

/* The position plus one of an entry that nobody uses. */
static uint32_t take_position(struct key_cache_shard *shard)
{
    uint32_t position = shard->free;
    if (position != 0) {
        shard->free = shard->entries[position - 1].next;
        return position;
    }
    if (shard->count < shard->capacity) {
        return ++shard->count;
    }
    return evict(shard);
}

const struct keyed_sum_key *key_cache_sum_key(const struct key_cache *cache)
{
    return cache->sum_key;
}

/* What a sum is made of: with the id, so that a key is never taken for another user's. */
enum { SUM_PARTS = 4 };

static void sum_parts(const struct key_cache_id *id, const struct key_cache_value *value,
                      struct bytes ret[static SUM_PARTS])
{
    ret[0] = BYTES_ARRAY(id->b);
    ret[1] = (struct bytes){(const uint8_t *)&value->key, sizeof value->key};
    ret[2] = (struct bytes){(const uint8_t *)&value->public_key, sizeof value->public_key};
    ret[3] = (struct bytes){(const uint8_t *)&value->account, sizeof value->account};
}

void key_cache_sum(const struct key_cache *cache, const struct key_cache_id *id,
                   struct key_cache_value *value)
{
    struct bytes parts[SUM_PARTS];
    sum_parts(id, value, parts);
    value->sum = keyed_sum_of(cache->sum_key, parts, SUM_PARTS);
}

struct status key_cache_check(struct key_cache *cache, const struct key_cache_id *id,
                              const struct key_cache_value *value)
{
    struct bytes parts[SUM_PARTS];
    sum_parts(id, value, parts);
    struct status status = keyed_sum_check(cache->sum_key, parts, SUM_PARTS, &value->sum);
    if (!status_is_ok(status)) {
        key_cache_drop(cache, id);
    }
    return status;
}

/* Returns: true for a hit. */
static bool copy_out(struct key_cache *cache, const struct key_cache_id *id,
                     struct key_cache_value *ret)
{
    struct key_cache_shard *shard = lock_shard(cache, id);
    uint32_t position = *find(shard, id);
    if (position != 0) {
        struct key_cache_entry *entry = &shard->entries[position - 1];
        entry->recent = true;
        ret->key = shard->keys[position - 1];
        ret->public_key = entry->public_key;
        ret->account = entry->account;
        ret->sum = entry->sum;
        ret->notes = entry->notes;
        shard->hits++;
    } else {
        shard->misses++;
    }
    unlock_shard(shard);
    return position != 0;
}

struct status key_cache_get(struct key_cache *cache, const struct key_cache_id *id,
                            struct key_cache_value *ret, bool *ret_hit)
{
    *ret = (struct key_cache_value){0};
    *ret_hit = copy_out(cache, id, ret);
    /* The copy is what is checked, because it is what will be used; and nobody waits for it. */
    struct status status = *ret_hit ? key_cache_check(cache, id, ret) : OK;
    if (!status_is_ok(status)) {
        key_cache_value_wipe(ret);
        *ret_hit = false;
    }
    return status;
}

/* The first bits of a sum: all of it were too much to keep of each key. */
static uint32_t mark_of(const struct key_cache *cache, const struct bytes *parts, size_t count)
{
    struct keyed_sum sum = keyed_sum_of(cache->sum_key, parts, count);
    uint32_t mark;
    memcpy(&mark, sum.b, sizeof mark);
    /* Searched for as it is: it says nothing about the key to whoever has not that of the sums. */
    ct_public(&mark, sizeof mark);
    return mark;
}

/* Of both halves: a secret one that changed after its public one was computed fits no mark. */
static uint32_t mark_of_key(const struct key_cache *cache, const struct key_cache_id *id,
                            const struct key_cache_value *value)
{
    const struct bytes parts[] = {
        BYTES_ARRAY(id->b),
        {(const uint8_t *)&value->key, sizeof value->key},
        {(const uint8_t *)&value->public_key, sizeof value->public_key},
    };
    uint32_t mark = mark_of(cache, parts, 3);
    return mark == 0 ? 1 : mark;
}

static uint32_t mark_of_account(const struct key_cache *cache, const struct key_cache_id *id,
                                const struct key_cache_value *value)
{
    const struct bytes parts[] = {
        BYTES_ARRAY(id->b),
        {(const uint8_t *)&value->public_key, sizeof value->public_key},
        {(const uint8_t *)&value->account, sizeof value->account},
    };
    return mark_of(cache, parts, 3) & ~(uint32_t)KEY_MARK_VERIFIED;
}

static struct key_mark recall(struct key_cache *cache, const struct key_cache_id *id,
                              const struct key_cache_value *value)
{
    uint32_t key = mark_of_key(cache, id, value);
    struct key_cache_shard *shard = lock_shard(cache, id);
    struct key_mark mark = key_memory_find(&shard->memory, word(id, 8), key);
    unlock_shard(shard);
    return mark;
}

void key_cache_recall(struct key_cache *cache, const struct key_cache_id *id,
                      struct key_cache_value *value)
{
    struct key_mark mark = recall(cache, id, value);
    bool verified = (mark.account & KEY_MARK_VERIFIED) != 0;
    value->notes = mark.key == 0 ? 0 : KEY_CACHE_SHOWN | (verified ? KEY_CACHE_VERIFIED : 0);
}

bool key_cache_recalls_account(struct key_cache *cache, const struct key_cache_id *id,
                               const struct key_cache_value *value)
{
    struct key_mark mark = recall(cache, id, value);
    uint32_t account = mark.account & ~(uint32_t)KEY_MARK_VERIFIED;
    return account != 0 && account == mark_of_account(cache, id, value);
}

/* The signatures of an entry that came verified: its first one takes the next number of its shard,
 * so that one in KEY_CACHE_VERIFY_EACH of these first ones is verified. */
enum { NOT_COUNTED = UINT8_MAX };

void key_cache_put(struct key_cache *cache, const struct key_cache_id *id,
                   const struct key_cache_value *value)
{
    struct key_cache_shard *shard = lock_shard(cache, id);
    if (*find(shard, id) == 0) {
        uint32_t position = take_position(shard);
        uint32_t *head = &shard->heads[word(id, 4) & (shard->buckets - 1)];
        bool verified = (value->notes & KEY_CACHE_VERIFIED) != 0;
        shard->recalled += value->notes != 0;
        shard->entries[position - 1] = (struct key_cache_entry){
            .id = *id,
            .public_key = value->public_key,
            .account = value->account,
            .sum = value->sum,
            .next = *head,
            .signatures = verified ? NOT_COUNTED : 0,
            .notes = (uint8_t)value->notes,
        };
        shard->keys[position - 1] = value->key;
        *head = position;
        shard->live++;
    }
    unlock_shard(shard);
}

bool key_cache_count_signature(struct key_cache *cache, const struct key_cache_id *id)
{
    bool due = true;
    struct key_cache_shard *shard = lock_shard(cache, id);
    uint32_t position = *find(shard, id);
    if (position != 0) {
        struct key_cache_entry *entry = &shard->entries[position - 1];
        if (entry->signatures == NOT_COUNTED) {
            entry->signatures = (uint8_t)(shard->restored++ % KEY_CACHE_VERIFY_EACH);
        }
        due = (entry->notes & KEY_CACHE_VERIFIED) == 0 ||
              entry->signatures >= KEY_CACHE_VERIFY_EACH - 1;
        entry->signatures = (uint8_t)(due ? entry->signatures : entry->signatures + 1);
    }
    unlock_shard(shard);
    return due;
}

static bool is_key_at(const struct key_cache_shard *shard, uint32_t position,
                      const struct key_cache_value *value)
{
    return felt_equal(&shard->entries[position - 1].public_key, &value->public_key) &&
           ct_declassify(ct_equal(&shard->keys[position - 1], &value->key, sizeof value->key)) == 1;
}

void key_cache_note(struct key_cache *cache, const struct key_cache_id *id,
                    const struct key_cache_value *value, enum key_cache_note note)
{
    bool verified = note == KEY_CACHE_VERIFIED;
    struct key_mark mark = {mark_of_key(cache, id, value), verified ? KEY_MARK_VERIFIED : 0};
    struct key_cache_shard *shard = lock_shard(cache, id);
    uint32_t position = *find(shard, id);
    key_memory_note(&shard->memory, word(id, 8), mark);
    if (position != 0 && is_key_at(shard, position, value)) {
        struct key_cache_entry *entry = &shard->entries[position - 1];
        entry->notes |= (uint8_t)(note | KEY_CACHE_SHOWN);
        entry->signatures = verified ? 0 : entry->signatures;
    }
    unlock_shard(shard);
}

void key_cache_put_account(struct key_cache *cache, const struct key_cache_id *id,
                           const struct keyed_sum *before, const struct key_cache_value *value)
{
    struct key_mark mark = {mark_of_key(cache, id, value), mark_of_account(cache, id, value)};
    struct key_cache_shard *shard = lock_shard(cache, id);
    uint32_t position = *find(shard, id);
    key_memory_note(&shard->memory, word(id, 8), mark);
    struct key_cache_entry *entry = position != 0 ? &shard->entries[position - 1] : NULL;
    if (entry != NULL && ct_declassify(ct_equal(&entry->sum, before, sizeof *before)) == 1) {
        entry->account = value->account;
        entry->sum = value->sum;
    }
    unlock_shard(shard);
}

void key_cache_drop(struct key_cache *cache, const struct key_cache_id *id)
{
    struct key_cache_shard *shard = lock_shard(cache, id);
    uint32_t *link = find(shard, id);
    if (*link != 0) {
        uint32_t position = remove_at(shard, link);
        shard->entries[position - 1].next = shard->free;
        shard->free = position;
    }
    unlock_shard(shard);
}

static void clear_shard(struct key_cache_shard *shard)
{
    thread_lock_take(&shard->lock);
    secret_wipe(shard->keys, shard->count * sizeof shard->keys[0]);
    memset(shard->entries, 0, shard->count * sizeof shard->entries[0]);
    memset(shard->heads, 0, shard->buckets * sizeof shard->heads[0]);
    memset(shard->memory.marks, 0,
           (size_t)shard->memory.sets * KEY_MEMORY_WAYS * sizeof(struct key_mark));
    shard->count = 0;
    shard->free = 0;
    shard->hand = 0;
    shard->live = 0;
    unlock_shard(shard);
}

void key_cache_clear(struct key_cache *cache)
{
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        clear_shard(&cache->shards[i]);
    }
}

struct key_cache_stats key_cache_stats(struct key_cache *cache)
{
    struct key_cache_stats stats = {.bytes = cache->bytes};
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        struct key_cache_shard *shard = &cache->shards[i];
        thread_lock_take(&shard->lock);
        stats.entries += shard->live;
        stats.capacity += shard->capacity;
        stats.hits += shard->hits;
        stats.misses += shard->misses;
        stats.evictions += shard->evictions;
        stats.recalled += shard->recalled;
        unlock_shard(shard);
    }
    return stats;
}
