#include "sessions/window.h"

#include "base/invariant.h"
#include "base/table.h"
#include "base/thread.h"

/* What a session has used: bit n says that top - n was. */
struct used {
    uint64_t top;
    uint64_t bits;
    uint64_t seen_ms;
};

struct shard {
    struct thread_lock lock;
    struct table *table; /* the session that was seen longest ago is its oldest */
    void *memory;
};

struct window {
    struct mem *mem;
    size_t capacity; /* of a shard */
    uint8_t salt[sizeof(uint32_t)];
    struct shard shards[WINDOW_SHARDS];
};

static struct status open_shard(struct window *window, const struct entropy *entropy,
                                struct shard *shard)
{
    const struct table_rule rule = {window->capacity, WINDOW_ID, sizeof(struct used), TABLE_LRU};
    TRY(mem_alloc(window->mem, table_size(&rule), &shard->memory));
    return table_place(shard->memory, &rule, entropy, &shard->table);
}

struct status window_open(size_t capacity, const struct entropy *entropy, struct mem *mem,
                          struct window **ret)
{
    void *memory = NULL;
    *ret = NULL;
    INVARIANT(capacity >= WINDOW_SHARDS);
    TRY(mem_alloc(mem, sizeof **ret, &memory));
    struct window *window = memory;
    window->mem = mem;
    window->capacity = capacity / WINDOW_SHARDS;
    struct status status = entropy_fill(entropy, window->salt, sizeof window->salt);
    for (size_t i = 0; i < WINDOW_SHARDS; i++) {
        thread_lock_init(&window->shards[i].lock);
        if (status_is_ok(status)) {
            status = open_shard(window, entropy, &window->shards[i]);
        }
    }
    if (!status_is_ok(status)) {
        window_close(&window);
    }
    *ret = window;
    return status;
}

void window_close(struct window **window)
{
    if (*window == NULL) {
        return;
    }
    for (size_t i = 0; i < WINDOW_SHARDS; i++) {
        thread_lock_deinit(&(*window)->shards[i].lock);
        mem_free((*window)->mem, &(*window)->shards[i].memory);
    }
    void *memory = *window;
    mem_free((*window)->mem, &memory);
    *window = NULL;
}

/* Ids are images of a hash that their owner may try again: which share one falls into is not his to
 * choose. */
static struct shard *shard_of(struct window *window, const uint8_t *id)
{
    uint32_t mixed = 0;
    for (size_t i = 0; i < WINDOW_ID; i++) {
        mixed = (mixed ^ id[i] ^ window->salt[i % sizeof window->salt]) * 0x01000193u;
        mixed ^= mixed >> 15;
    }
    return &window->shards[mixed % WINDOW_SHARDS];
}

static bool is_over(const struct used *used, uint64_t now_ms)
{
    return now_ms > used->seen_ms && now_ms - used->seen_ms > WINDOW_LIFE_MS;
}

/* The window of a session, new if need be; NULL when there is no room. What was not seen for long
 * goes, two at a time, so that what is used up comes free. */
static struct used *find(const struct window *window, struct shard *shard, const uint8_t *id,
                         uint64_t now_ms)
{
    for (unsigned i = 0; i < 2; i++) {
        struct used *oldest = table_oldest(shard->table);
        if (oldest != NULL && is_over(oldest, now_ms)) {
            table_remove(shard->table, oldest);
        }
    }
    struct used *used = table_find(shard->table, id);
    if (used != NULL && is_over(used, now_ms)) {
        table_remove(shard->table, used);
        used = NULL;
    }
    bool is_full = table_count(shard->table) == window->capacity;
    return used != NULL || is_full ? used : table_add(shard->table, id);
}

static struct status take(struct used *used, uint64_t counter)
{
    if (used->bits == 0) {
        used->top = counter;
    }
    if (counter > used->top) {
        uint64_t ahead = counter - used->top;
        used->bits = ahead < WINDOW_WIDE ? used->bits << ahead : 0;
        used->top = counter;
    }
    uint64_t behind = used->top - counter;
    if (behind >= WINDOW_WIDE) {
        return FAIL(NONCE_INVALID);
    }
    uint64_t bit = UINT64_C(1) << behind;
    if ((used->bits & bit) != 0) {
        return FAIL(NONCE_SPENT);
    }
    used->bits |= bit;
    return OK;
}

struct status window_take(struct window *window, const uint8_t id[static WINDOW_ID],
                          uint64_t counter, uint64_t now_ms)
{
    struct shard *shard = shard_of(window, id);
    thread_lock_take(&shard->lock);
    struct used *used = find(window, shard, id, now_ms);
    struct status status = used == NULL ? FAIL(OVERLOADED) : take(used, counter);
    if (used != NULL && used->seen_ms < now_ms) {
        used->seen_ms = now_ms;
    }
    thread_lock_give(&shard->lock);
    return status;
}
