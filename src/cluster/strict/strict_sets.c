/* Sets: who votes, how the next one is decided, and when this node votes in it. */
#include <string.h>

#include "cluster/strict/strict_internal.h"
#include "digest/sha256.h"

enum {
    /* A lease of the set before the last is over when the next one is decided: whoever granted it
     * and decides with has been in this one for so long. */
    SETS_APART_MS = STRICT_GRANT_MS,
    PROPOSE_APART_MS = 600, /* members propose one after the other */
};

size_t strict_majority(const struct set *set)
{
    return set->count / 2 + 1;
}

size_t strict_index(const struct set *set, const struct strict_member *member)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strict_member_equal(&set->members[i], member)) {
            return i;
        }
    }
    return SIZE_MAX;
}

bool strict_is_majority(const struct strict *strict, uint64_t members)
{
    return (size_t)__builtin_popcountll(members) >= strict_majority(&strict->set);
}

void strict_put_set(struct buf *out, const struct set *set)
{
    buf_put_u64(out, set->number);
    buf_put_u8(out, (uint8_t)set->count);
    for (size_t i = 0; i < set->count; i++) {
        buf_put(out, BYTES_ARRAY(set->members[i].wallet));
        buf_put(out, BYTES_ARRAY(set->members[i].boot));
    }
}

bool strict_read_set(struct reader *body, struct set *ret)
{
    *ret = (struct set){.number = strict_read_number(body)};
    size_t count = reader_u8(body);
    body->failed = body->failed || count > STRICT_MEMBERS_MAX || (count == 0) != (ret->number == 0);
    while (!body->failed && ret->count < count) {
        struct strict_member member;
        struct bytes wallet = reader_take(body, STRICT_WALLET);
        struct bytes boot = reader_take(body, STRICT_BOOT);
        if (body->failed) {
            return false;
        }
        memcpy(member.wallet, wallet.ptr, STRICT_WALLET);
        memcpy(member.boot, boot.ptr, STRICT_BOOT);
        body->failed = strict_index(ret, &member) != SIZE_MAX;
        ret->members[ret->count++] = member;
    }
    return !body->failed;
}

static void hash_set(const struct set *set, uint8_t ret[static SET_HASH])
{
    uint8_t memory[9 + STRICT_MEMBERS_MAX * sizeof(struct strict_member)];
    uint8_t digest[SHA256_BYTES];
    struct buf out = buf_over(memory, sizeof memory);
    strict_put_set(&out, set);
    sha256_hash(buf_bytes(&out), digest);
    memcpy(ret, digest, SET_HASH);
}

/* --- entering one ----------------------------------------------------------------------------- */

void strict_enter(struct strict *strict, uint64_t now_ms, const struct set *set,
                  const struct set *before)
{
    bool is_next = set->number == strict->set.number + 1;
    strict->had_all = is_next && strict->is_ready;
    strict->set = *set;
    strict->before = *before;
    hash_set(set, strict->hash);
    strict->self = strict_index(set, &strict->setup.self);
    strict->is_ready = false;
    strict->entered_ms = now_ms;
    strict->accepted = (struct proposal){0};
    strict->chosen = (struct proposal){0};
    strict->stats.changes++;
    size_t rank = strict->self == SIZE_MAX ? 0 : strict->self;
    strict->propose_ms =
        now_ms + SETS_APART_MS + rank * PROPOSE_APART_MS + strict_chance(strict, PROPOSE_APART_MS);
    for (size_t i = 0; i < SLOTS; i++) {
        strict->slots[i].home_until_ms = 0; /* members have other places now */
    }
    strict_judge(strict);
    strict_holds_moved(strict, now_ms);
    strict_puts_moved(strict);
}

/* What was held in the set before is here: of any majority of it one was read, which takes nothing
 * in that set any more; or all that one has who had read so. */
static bool has_all(const struct strict *strict)
{
    const struct set *before = &strict->before;
    size_t needed = before->count - strict_majority(before) + 1;
    size_t read = strict->had_all;
    if (before->count == 0) {
        return true;
    }
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        const struct peer *peer = &strict->peers[i];
        if (!peer->is_used || peer->full_number != strict->set.number) {
            continue;
        }
        if (peer->is_full_alone) {
            return true;
        }
        read += strict_index(before, &peer->member) != SIZE_MAX;
    }
    return read >= needed;
}

void strict_judge(struct strict *strict)
{
    if (strict->is_ready || strict->self == SIZE_MAX || !has_all(strict)) {
        return;
    }
    strict->is_ready = true;
}

/* --- the next one ----------------------------------------------------------------------------- */

static const struct strict_peer_known *listed(const struct strict *strict,
                                              const struct strict_member *member)
{
    for (size_t i = 0; i < strict->listed_count; i++) {
        const struct strict_peer_known *known = &strict->listed[i];
        if (bytes_equal(BYTES_ARRAY(known->wallet), BYTES_ARRAY(member->wallet))) {
            return known;
        }
    }
    return NULL;
}

/* It is not registered, or was met as another boot. */
static bool has_gone(const struct strict *strict, const struct strict_member *member)
{
    const struct strict_peer_known *known = listed(strict, member);
    bool is_self = strict_member_equal(member, &strict->setup.self);
    return !is_self &&
           (known == NULL || (known->is_met && !strict_boot_equal(known->boot, member->boot)));
}

/* The first of those who have gone leaves; otherwise the first who is missing comes in. */
static bool next_set(const struct strict *strict, struct set *ret)
{
    *ret = strict->set;
    if (ret->number == STRICT_NUMBER_MAX) {
        return false;
    }
    ret->number++;
    for (size_t i = 0; i < ret->count; i++) {
        if (has_gone(strict, &ret->members[i])) {
            memmove(&ret->members[i], &ret->members[i + 1],
                    (ret->count - i - 1) * sizeof ret->members[0]);
            ret->count--;
            return true;
        }
    }
    for (size_t i = 0; i < strict->listed_count && ret->count < STRICT_MEMBERS_MAX; i++) {
        const struct strict_peer_known *known = &strict->listed[i];
        struct strict_member member;
        memcpy(member.wallet, known->wallet, sizeof member.wallet);
        memcpy(member.boot, known->boot, sizeof member.boot);
        if (known->is_met && strict_index(ret, &member) == SIZE_MAX) {
            ret->members[ret->count++] = member;
            return true;
        }
    }
    return false;
}

/* One of two whose other has left the registry goes on alone: it has all that both held, and the
 * other, which cannot vote without it, may not say the same. See the decision. */
static bool goes_on_alone(struct strict *strict, uint64_t now_ms)
{
    struct set before = strict->set;
    struct set next;
    if (before.count != 2 || !next_set(strict, &next) || next.count != 1) {
        return false;
    }
    if (strict->accepted.is_there) {
        next = strict->accepted.set;
    }
    strict_enter(strict, now_ms, &next, &before);
    return true;
}

void strict_propose(struct strict *strict, uint64_t now_ms, uint64_t *due_ms)
{
    struct set next;
    if (!strict->is_ready || !next_set(strict, &next)) {
        return;
    }
    if (now_ms < strict->propose_ms) {
        due_sooner(due_ms, strict->propose_ms);
        return;
    }
    struct hold *hold = strict_hold(strict, SET_SLOT);
    if (goes_on_alone(strict, now_ms) || hold != NULL) {
        return;
    }
    if (strict_ask(strict, now_ms, SET_SLOT) == NULL) {
        strict->propose_ms = now_ms + strict_chance(strict, 2 * PROPOSE_APART_MS) + 1;
        due_sooner(due_ms, strict->propose_ms);
    }
}

static size_t missing_in(const struct set *set, const struct set *other)
{
    size_t missing = 0;
    for (size_t i = 0; i < set->count; i++) {
        missing += strict_index(other, &set->members[i]) == SIZE_MAX;
    }
    return missing;
}

bool strict_may_be_next(const struct strict *strict, const struct set *next)
{
    return next->number == strict->set.number + 1 &&
           missing_in(next, &strict->set) + missing_in(&strict->set, next) == 1;
}

bool strict_accept(struct strict *strict, uint64_t now_ms, const struct proposal *proposal)
{
    bool is_time = now_ms >= strict->entered_ms + SETS_APART_MS;
    if (!is_time || !strict_may_be_next(strict, &proposal->set) ||
        !strict_fence(strict, SET_SLOT, &proposal->ballot)) {
        return false;
    }
    strict->accepted = *proposal;
    return true;
}

void strict_chosen_acked(struct strict *strict, uint64_t now_ms, size_t member)
{
    strict->chosen_acks |= (uint64_t)1 << member;
    if (strict->chosen.is_there && strict_is_majority(strict, strict->chosen_acks)) {
        struct set set = strict->chosen.set;
        struct set before = strict->set;
        strict_enter(strict, now_ms, &set, &before);
    }
}

/* What may have been decided already, if a majority was asked and somebody knows of it; else what
 * the registry says. */
void strict_chosen_joined(struct strict *strict, uint64_t now_ms)
{
    const struct hold *hold = strict_hold(strict, SET_SLOT);
    struct proposal chosen = {.is_there = true, .ballot = hold->ballot};
    if (strict->accepted.is_there) {
        chosen.set = strict->accepted.set;
    } else if (!next_set(strict, &chosen.set)) {
        return;
    }
    strict->chosen_acks = 0;
    if (strict_accept(strict, now_ms, &chosen)) {
        strict->chosen = chosen;
        strict_chosen_acked(strict, now_ms, strict->self);
    }
}
