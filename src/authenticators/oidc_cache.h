/* The keys of one issuer as they are at hand: when they are fetched, how long they are believed.
 *
 * A machine without I/O and clock: it says when a fetch is due, is told when one was sent and what
 * came of it, and finds keys for tokens. Of each issuer of a tenant there is one.
 *   - Keys are as old as the time since the fetch that brought them was *sent*: whoever holds an
 *     answer back makes it older, not newer. They are fetched anew after OIDC_CACHE_REFRESH_MS, and
 *     after OIDC_CACHE_DEAD_MS they count for nothing: a host that lets no fetch through could
 *     otherwise keep alive a stolen key that the issuer took away.
 *   - What is fetched replaces all that was there. A fetch that fails changes nothing, and is tried
 *     again after OIDC_CACHE_PAUSE_MS.
 *   - A token with a kid that is not there makes one fetch due, unless one was sent within
 *     OIDC_CACHE_PAUSE_MS: strangers can name any kid.
 *   - Pinned keys, which stand in the trust configuration, are never fetched and never too old.
 *
 * What the fetch must do, whoever makes it: GET the row's jwks_uri and no other address, without a
 * redirect, over TLS that ends in the node; the server's certificate for the host of jwks_uri,
 * valid at the earliest and at the latest time that it may be now, in a chain under a root of which
 * the row has the SHA-256 of the public key, and no other list of authorities; answers of status
 * 200 and up to OIDC_KEYS_TEXT bytes, not decompressed, and a time of some seconds for everything.
 * All else is a failure. There is one fetch of a cache at a time.
 *
 * Pure. Public data. One thread at a time. Times are of the monotonic clock, in milliseconds.
 * Source: formats for users, section 15. */
#ifndef COFFER_AUTHENTICATORS_OIDC_CACHE_H
#define COFFER_AUTHENTICATORS_OIDC_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "authenticators/oidc_keys.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    OIDC_CACHE_REFRESH_MS = 15 * 60 * 1000,
    OIDC_CACHE_DEAD_MS = 6 * 60 * 60 * 1000,
    OIDC_CACHE_PAUSE_MS = 30 * 1000,
};

/* Its members are its own. 23 KiB. */
struct oidc_cache {
    struct oidc_keys keys; /* none: count is 0 */
    uint64_t keys_ms;      /* when the fetch that brought them was sent */
    uint64_t sent_ms;      /* when the last fetch was sent */
    bool was_sent;
    bool is_fetching;
    bool has_failed; /* the last fetch */
    bool is_wanted;  /* a token named a key that is not there */
    bool is_pinned;
};

/* No keys; a fetch is due. */
void oidc_cache_init(struct oidc_cache *cache);

/* The keys of the trust configuration, for good. In: text, as oidc_keys_read has it; cache, of
 * oidc_cache_init. Returns: as oidc_keys_read. On failure: the cache is as it was. */
struct status oidc_cache_pin(struct oidc_cache *cache, struct bytes text, struct arena *arena);

/* Milliseconds until a fetch is due, 0: send one now. UINT64_MAX while there is nothing to wait
 * for: one is under way, or keys are pinned. A token may make it less. */
uint64_t oidc_cache_due_in(const struct oidc_cache *cache, uint64_t now_ms);

/* A fetch is sent now: to be said before its first byte leaves. */
void oidc_cache_sent(struct oidc_cache *cache, uint64_t now_ms);

/* It is over: with a body, or without. In: arena, as for oidc_keys_read and 32 KiB more.
 * Returns: as oidc_keys_read; a body that is no key set is a fetch that failed. */
struct status oidc_cache_fetched(struct oidc_cache *cache, struct bytes body, struct arena *arena);
void oidc_cache_failed(struct oidc_cache *cache);

/* The key of this name, until the cache changes.
 * Returns: OK; OIDC_KEYS_STALE (no keys, or too old; or none of this name so far, and a fetch is
 * due or under way: to be tried again when it is over); AUTH_FAILED (none of this name, and the
 * keys are new). On failure: *ret is NULL. */
struct status oidc_cache_find(struct oidc_cache *cache, struct bytes kid, uint64_t now_ms,
                              const struct oidc_key **ret);

#endif
