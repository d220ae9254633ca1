/* Slots as the one who asks for them: rounds of asking, joining, and what ends it. */
#include <string.h>

#include "cluster/strict/strict_internal.h"

static uint64_t bit(size_t member)
{
    return (uint64_t)1 << member;
}

struct hold *strict_hold(struct strict *strict, uint16_t slot)
{
    for (size_t i = 0; i < strict->hold_count; i++) {
        if (strict->holds[i].slot == slot) {
            return &strict->holds[i];
        }
    }
    return NULL;
}

/* The others are asked first: who is refused has not fenced itself off from the one who holds. */
static void begin_round(struct strict *strict, uint64_t now_ms, struct hold *hold)
{
    hold->round_ms = now_ms;
    hold->asked = bit(strict->self);
    hold->grants = 0;
    strict_granted(strict, now_ms, hold, strict->self, true);
}

struct hold *strict_ask(struct strict *strict, uint64_t now_ms, uint16_t slot)
{
    struct slot *one = &strict->slots[slot];
    if (!strict->is_ready || now_ms < one->ask_after_ms || now_ms < one->granted_until_ms ||
        strict->hold_count == HOLDS_MAX) {
        return NULL;
    }
    uint64_t term = one->seen.term > one->term_heard ? one->seen.term : one->term_heard;
    if (term == STRICT_NUMBER_MAX) {
        return NULL;
    }
    struct hold *hold = &strict->holds[strict->hold_count++];
    *hold = (struct hold){.slot = slot, .ballot = {.term = term + 1}, .used_ms = now_ms};
    memcpy(hold->ballot.boot, strict->setup.self.boot, STRICT_BOOT);
    begin_round(strict, now_ms, hold);
    return strict_hold(strict, slot);
}

static void release(struct strict *strict, uint64_t now_ms, const struct hold *hold)
{
    struct slot *one = &strict->slots[hold->slot];
    one->term_released = hold->ballot.term;
    if (strict_ballot_order(&one->granted, &hold->ballot) == 0) {
        one->granted_until_ms = now_ms;
    }
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        struct peer *peer = &strict->peers[i];
        if (peer->is_used && strict_index(&strict->set, &peer->member) != SIZE_MAX) {
            peer->released[hold->slot / 64] |= bit(hold->slot % 64);
            peer->has_released = true;
        }
    }
}

/* Its ballot is never used again. Who is alone has nobody to give way to. */
void strict_drop(struct strict *strict, uint64_t now_ms, struct hold *hold)
{
    struct slot *one = &strict->slots[hold->slot];
    one->term_heard = hold->ballot.term > one->term_heard ? hold->ballot.term : one->term_heard;
    one->ask_after_ms = now_ms;
    if (strict->set.count > 1) {
        one->ask_after_ms += STRICT_RETRY_MS + strict_chance(strict, 3 * STRICT_RETRY_MS);
    }
    release(strict, now_ms, hold);
    strict_puts_fenced(strict, hold);
    if (hold->slot == SET_SLOT) {
        strict->chosen = (struct proposal){0};
    }
    *hold = strict->holds[--strict->hold_count];
}

/* Others have granted so that with this node it is a majority. */
static bool is_granted(struct strict *strict, uint64_t now_ms, struct hold *hold)
{
    uint64_t with_self = hold->grants | bit(strict->self);
    if ((hold->grants & bit(strict->self)) == 0 && strict_is_majority(strict, with_self) &&
        strict_grant(strict, now_ms, hold->slot, &hold->ballot)) {
        hold->grants = with_self;
        hold->joined |= bit(strict->self);
    }
    return strict_is_majority(strict, hold->grants);
}

static void join(struct strict *strict, uint64_t now_ms, struct hold *hold)
{
    bool is_home = hold->until_ms > now_ms && strict_is_majority(strict, hold->joined);
    if (hold->is_joined || !is_home) {
        return;
    }
    hold->is_joined = true;
    if (hold->slot == SET_SLOT) {
        strict_chosen_joined(strict, now_ms);
    }
}

void strict_granted(struct strict *strict, uint64_t now_ms, struct hold *hold, size_t member,
                    bool is_same)
{
    if (member != strict->self) {
        hold->grants |= bit(member);
        hold->joined |= is_same || hold->is_joined ? bit(member) : 0;
        hold->pulling |= bit(member) & ~hold->joined;
    }
    if (is_granted(strict, now_ms, hold)) {
        hold->until_ms = hold->round_ms + STRICT_HOLD_MS;
    }
    join(strict, now_ms, hold);
}

void strict_joined(struct strict *strict, uint64_t now_ms, uint16_t slot, size_t member)
{
    struct hold *hold = strict_hold(strict, slot);
    if (hold != NULL && (hold->pulling & bit(member)) != 0) {
        hold->pulling &= ~bit(member);
        hold->joined |= bit(member);
        join(strict, now_ms, hold);
    }
}

void strict_unsaid(struct strict *strict, const struct peer *peer)
{
    size_t member = strict_index(&strict->set, &peer->member);
    for (size_t i = 0; member != SIZE_MAX && i < strict->hold_count; i++) {
        struct hold *hold = &strict->holds[i];
        hold->asked &= hold->grants | ~bit(member);
    }
}

void strict_holds_moved(struct strict *strict, uint64_t now_ms)
{
    for (size_t i = strict->hold_count; i-- != 0;) {
        struct hold *hold = &strict->holds[i];
        bool is_kept = strict->self != SIZE_MAX && strict->had_all && hold->is_joined &&
                       hold->until_ms > now_ms && hold->slot != SET_SLOT;
        if (!is_kept) {
            strict_drop(strict, now_ms, hold);
            continue;
        }
        hold->pulling = 0;
        hold->joined = 0;
        begin_round(strict, now_ms, hold);
    }
}

static bool is_over(const struct strict *strict, uint64_t now_ms, const struct hold *hold)
{
    const struct slot *one = &strict->slots[hold->slot];
    bool is_fenced = strict_ballot_order(&one->seen, &hold->ballot) > 0;
    uint64_t end_ms = hold->until_ms != 0 ? hold->until_ms : hold->round_ms + STRICT_ASK_MS;
    return is_fenced || now_ms >= end_ms;
}

void strict_holds_tick(struct strict *strict, uint64_t now_ms, uint64_t *due_ms)
{
    for (size_t i = strict->hold_count; i-- != 0;) {
        struct hold *hold = &strict->holds[i];
        if (is_over(strict, now_ms, hold)) {
            strict_drop(strict, now_ms, hold);
            continue;
        }
        uint64_t renew_ms = hold->round_ms + STRICT_HOLD_MS - STRICT_RENEW_MS;
        bool is_used = hold->until_ms != 0 && hold->slot != SET_SLOT &&
                       now_ms < hold->used_ms + STRICT_IDLE_MS;
        if (is_used && now_ms >= renew_ms) {
            begin_round(strict, now_ms, hold);
        }
        due_sooner(due_ms, hold->until_ms != 0 ? hold->until_ms : hold->round_ms + STRICT_ASK_MS);
        if (is_used) {
            due_sooner(due_ms, hold->round_ms + STRICT_HOLD_MS - STRICT_RENEW_MS);
        }
    }
}
