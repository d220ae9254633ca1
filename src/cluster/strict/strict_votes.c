/* Votes: what this node grants to others and to itself. */
#include "cluster/strict/strict_internal.h"

bool strict_grant(struct strict *strict, uint64_t now_ms, uint16_t slot,
                  const struct strict_ballot *ballot)
{
    struct slot *one = &strict->slots[slot];
    if (!strict->is_ready || strict_ballot_order(ballot, &one->seen) < 0) {
        return false;
    }
    /* Others' records and ballots may have shown this one before: that grants nothing. */
    if (now_ms < one->granted_until_ms && strict_ballot_order(ballot, &one->granted) != 0) {
        return false;
    }
    one->seen = *ballot;
    one->granted = *ballot;
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
