#include "authenticators/oidc_cache.h"

#include "base/invariant.h"

void oidc_cache_init(struct oidc_cache *cache)
{
    *cache = (struct oidc_cache){0};
}

/* Not into the cache itself: what is no key set leaves there what was there. */
static struct status take_keys(struct oidc_cache *cache, struct bytes text, struct arena *arena)
{
    struct oidc_keys *keys = arena_alloc(arena, sizeof *keys);
    if (keys == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(oidc_keys_read(text, arena, keys));
    cache->keys = *keys;
    return OK;
}

struct status oidc_cache_pin(struct oidc_cache *cache, struct bytes text, struct arena *arena)
{
    TRY(take_keys(cache, text, arena));
    cache->is_pinned = true;
    return OK;
}

/* How long after the last fetch the next one comes. */
static uint64_t pause_of(const struct oidc_cache *cache)
{
    bool is_soon = cache->has_failed || cache->is_wanted;
    return is_soon ? OIDC_CACHE_PAUSE_MS : OIDC_CACHE_REFRESH_MS;
}

uint64_t oidc_cache_due_in(const struct oidc_cache *cache, uint64_t now_ms)
{
    if (cache->is_pinned || cache->is_fetching) {
        return UINT64_MAX;
    }
    uint64_t since = now_ms - cache->sent_ms;
    bool is_due = !cache->was_sent || since >= pause_of(cache);
    return is_due ? 0 : pause_of(cache) - since;
}

void oidc_cache_sent(struct oidc_cache *cache, uint64_t now_ms)
{
    INVARIANT(!cache->is_fetching && !cache->is_pinned);
    cache->sent_ms = now_ms;
    cache->was_sent = true;
    cache->is_fetching = true;
    cache->is_wanted = false;
}

void oidc_cache_failed(struct oidc_cache *cache)
{
    INVARIANT(cache->is_fetching);
    cache->is_fetching = false;
    cache->has_failed = true;
}

struct status oidc_cache_fetched(struct oidc_cache *cache, struct bytes body, struct arena *arena)
{
    struct status status = take_keys(cache, body, arena);
    oidc_cache_failed(cache);
    if (status_is_ok(status)) {
        cache->has_failed = false;
        cache->keys_ms = cache->sent_ms;
    }
    return status;
}

static bool is_alive(const struct oidc_cache *cache, uint64_t now_ms)
{
    return cache->is_pinned ||
           (cache->keys.count != 0 && now_ms - cache->keys_ms < OIDC_CACHE_DEAD_MS);
}

struct status oidc_cache_find(struct oidc_cache *cache, struct bytes kid, uint64_t now_ms,
                              const struct oidc_key **ret)
{
    *ret = NULL;
    if (!is_alive(cache, now_ms)) {
        return FAIL(OIDC_KEYS_STALE);
    }
    *ret = oidc_keys_find(&cache->keys, kid);
    if (*ret != NULL) {
        return OK;
    }
    bool is_new =
        !cache->is_fetching && !cache->has_failed && now_ms - cache->sent_ms < OIDC_CACHE_PAUSE_MS;
    if (cache->is_pinned || is_new) {
        return FAIL(AUTH_FAILED);
    }
    cache->is_wanted = cache->is_wanted || !cache->is_fetching;
    return FAIL(OIDC_KEYS_STALE);
}
