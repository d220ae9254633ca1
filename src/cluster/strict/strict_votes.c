/* Votes: what this node grants to others and to itself. */
#include "cluster/strict/strict_internal.h"

bool strict_grant(struct strict *strict, uint64_t now_ms, uint16_t slot,
                  const struct strict_ballot *ballot)
{
    struct slot *one = &strict->slots[slot];
    int order = strict_ballot_order(ballot, &one->seen);
    if (!strict->is_ready || order < 0) {
        return false;
    }
    if (order > 0 && now_ms < one->granted_until_ms) {
        return false;
    }
    one->seen = *ballot;
    one->granted_until_ms = now_ms + STRICT_GRANT_MS;
    strict->stats.granted++;
    return true;
}

bool strict_fence(struct strict *strict, uint16_t slot, const struct strict_ballot *ballot)
{
    struct slot *one = &strict->slots[slot];
    if (!strict->is_ready) {
        return false;
    }
    if (strict_ballot_order(ballot, &one->seen) < 0) {
        strict->stats.fenced++;
        return false;
    }
    one->seen = *ballot;
    return true;
}
