#include "cluster/strict/strict.h"

#include <string.h>

#include "base/invariant.h"
#include "cluster/strict/strict_internal.h"
#include "digest/sha256.h"

struct status strict_open(const struct strict_setup *setup, uint64_t now_ms, struct strict **ret)
{
    void *block;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct strict), &block));
    struct strict *strict = block;
    strict->setup = *setup;
    strict->self = SIZE_MAX;
    strict->table = setup->restored;
    struct status status =
        setup->restored != NULL
            ? OK
            : strict_table_open(setup->mem, &setup->entropy, setup->bytes_max, &strict->table);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &block);
        return status;
    }
    strict_table_watch(strict->table, setup->changes);
    if (setup->is_first) {
        struct set first = {.number = 1, .count = 1, .members = {setup->self}};
        struct set none = {0};
        strict_enter(strict, now_ms, &first, &none);
    }
    *ret = strict;
    return OK;
}

void strict_close(struct strict **strict)
{
    struct strict *one = *strict;
    if (one == NULL) {
        return;
    }
    struct mem *mem = one->setup.mem;
    void *block = one;
    strict_forwards_free(one);
    strict_table_close(&one->table);
    mem_free(mem, &block);
    *strict = NULL;
}

static uint64_t latest(const struct strict *strict, uint64_t now_ms)
{
    return now_ms > strict->now_ms ? now_ms : strict->now_ms;
}

uint64_t strict_step(struct strict *strict, uint64_t now_ms)
{
    strict->now_ms = latest(strict, now_ms);
    return strict->now_ms;
}

uint64_t strict_chance(struct strict *strict, uint64_t end)
{
    uint32_t chance = 0;
    /* Without entropy all try at once, which is no more than unwise. */
    (void)status_is_ok(entropy_fill(&strict->setup.entropy, (void *)&chance, sizeof chance));
    return chance % end;
}

bool strict_boot_equal(const uint8_t a[static STRICT_BOOT], const uint8_t b[static STRICT_BOOT])
{
    return bytes_equal((struct bytes){a, STRICT_BOOT}, (struct bytes){b, STRICT_BOOT});
}

bool strict_member_equal(const struct strict_member *a, const struct strict_member *b)
{
    return bytes_equal(BYTES_ARRAY(a->wallet), BYTES_ARRAY(b->wallet)) &&
           strict_boot_equal(a->boot, b->boot);
}

/* --- peers ------------------------------------------------------------------------------------ */

struct peer *strict_peer(struct strict *strict, const struct strict_member *member)
{
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        struct peer *peer = &strict->peers[i];
        if (peer->is_used && strict_member_equal(&peer->member, member)) {
            return peer;
        }
    }
    return NULL;
}

static void add_peer(struct strict *strict, uint64_t now_ms, const struct strict_member *member)
{
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        struct peer *peer = &strict->peers[i];
        if (!peer->is_used) {
            *peer = (struct peer){
                .is_used = true, .is_listed = true, .member = *member, .ping_ms = now_ms};
            return;
        }
    }
}

void strict_look(struct strict *strict, uint64_t now_ms, const struct strict_peer_known *peers,
                 size_t count)
{
    now_ms = strict_step(strict, now_ms);
    INVARIANT(count <= STRICT_PEERS_MAX);
    memcpy(strict->listed, peers, count * sizeof *peers);
    strict->listed_count = count;
    strict->is_listed_known = true;
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        strict->peers[i].is_listed = false;
    }
    for (size_t i = 0; i < count; i++) {
        struct strict_member member;
        memcpy(member.wallet, peers[i].wallet, sizeof member.wallet);
        memcpy(member.boot, peers[i].boot, sizeof member.boot);
        struct peer *peer = peers[i].is_met ? strict_peer(strict, &member) : NULL;
        if (peer != NULL) {
            peer->is_listed = true;
        }
    }
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        if (!strict->peers[i].is_listed) {
            strict->peers[i].is_used = false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct strict_member member;
        memcpy(member.wallet, peers[i].wallet, sizeof member.wallet);
        memcpy(member.boot, peers[i].boot, sizeof member.boot);
        if (peers[i].is_met && strict_peer(strict, &member) == NULL) {
            add_peer(strict, now_ms, &member);
        }
    }
}

/* --- messages --------------------------------------------------------------------------------- */

static void failed(struct strict *strict, uint64_t now_ms, struct peer *peer)
{
    uint64_t pause_ms = STRICT_RETRY_MS;
    for (unsigned i = 0; i < peer->failures && pause_ms < STRICT_RETRY_MAX_MS; i++) {
        pause_ms *= 2;
    }
    peer->failures++;
    peer->retry_ms = now_ms + pause_ms / 2 + strict_chance(strict, pause_ms / 2);
    strict_unsaid(strict, peer);
}

bool strict_next(struct strict *strict, uint64_t now_ms, struct buf *out, struct strict_member *to,
                 uint64_t *ret_due_ms)
{
    *ret_due_ms = UINT64_MAX;
    now_ms = strict_step(strict, now_ms);
    strict_holds_tick(strict, now_ms, ret_due_ms);
    strict_puts_tick(strict, now_ms, ret_due_ms);
    strict_forwards_tick(strict, now_ms, ret_due_ms);
    if (now_ms < strict->collect_ms) {
        due_sooner(ret_due_ms, strict->collect_ms);
    }
    if (strict->is_listed_known) {
        strict_propose(strict, now_ms, ret_due_ms);
    }
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        struct peer *peer = &strict->peers[i];
        if (!peer->is_used || peer->is_flying) {
            continue;
        }
        if (now_ms < peer->retry_ms) {
            due_sooner(ret_due_ms, peer->retry_ms);
            continue;
        }
        if (strict_say(strict, now_ms, peer, out)) {
            peer->is_flying = true;
            peer->built_ms = now_ms;
            *to = peer->member;
            return true;
        }
        out->len = 0;
        due_sooner(ret_due_ms, peer->ping_ms);
    }
    return false;
}

void strict_answered(struct strict *strict, uint64_t now_ms, const struct strict_member *from,
                     struct bytes answer)
{
    struct peer *peer = strict_peer(strict, from);
    now_ms = strict_step(strict, now_ms);
    if (peer == NULL || !peer->is_flying) {
        return;
    }
    struct reader reader = reader_over(answer);
    peer->is_flying = false;
    if (answer.ptr == NULL) {
        peer->ping_ms = now_ms;
        failed(strict, now_ms, peer);
    } else if (!strict_said(strict, now_ms, peer, &reader)) {
        failed(strict, now_ms, peer);
    } else {
        peer->failures = 0;
    }
}

void strict_tick(struct strict *strict, uint64_t wall_ms)
{
    strict->wall_ms = wall_ms;
    strict_table_tick(strict->table, wall_ms);
}

/* --- homes ------------------------------------------------------------------------------------ */

uint16_t strict_slot(const uint8_t domain[static STRICT_DOMAIN],
                     const uint8_t tenant[static STRICT_TENANT], struct bytes scope)
{
    uint8_t digest[SHA256_BYTES];
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("coffer/home/1"));
    sha256_update(&sha, (struct bytes){domain, STRICT_DOMAIN});
    sha256_update(&sha, (struct bytes){tenant, STRICT_TENANT});
    sha256_update(&sha, scope);
    sha256_final(&sha, digest);
    return (uint16_t)(digest[0] << 2 | digest[1] >> 6);
}

bool strict_holds(const struct strict *strict, uint64_t now_ms, uint16_t slot)
{
    now_ms = latest(strict, now_ms);
    for (size_t i = 0; i < strict->hold_count; i++) {
        const struct hold *hold = &strict->holds[i];
        if (hold->slot == slot) {
            const struct strict_ballot *seen = &strict->slots[slot].seen;
            return strict->is_ready && hold->is_joined && now_ms < hold->until_ms &&
                   strict_ballot_order(seen, &hold->ballot) == 0;
        }
    }
    return false;
}

uint64_t strict_term(const struct strict *strict, uint64_t now_ms, uint16_t slot)
{
    for (size_t i = 0; i < strict->hold_count; i++) {
        if (strict->holds[i].slot == slot) {
            return strict_holds(strict, now_ms, slot) ? strict->holds[i].ballot.term : 0;
        }
    }
    return 0;
}

/* Whom this node, or somebody whom it asked, has granted a slot to. */
static size_t known_home(const struct strict *strict, uint64_t now_ms, uint16_t slot)
{
    const struct slot *one = &strict->slots[slot];
    for (size_t i = 0; now_ms < one->granted_until_ms && i < strict->set.count; i++) {
        if (i != strict->self &&
            strict_boot_equal(strict->set.members[i].boot, one->granted.boot)) {
            return i;
        }
    }
    return now_ms < one->home_until_ms && one->home != strict->self ? one->home : SIZE_MAX;
}

enum strict_home strict_home(struct strict *strict, uint64_t now_ms, uint16_t slot,
                             struct strict_member *ret_member)
{
    struct hold *hold = strict_hold(strict, slot);
    now_ms = strict_step(strict, now_ms);
    *ret_member = (struct strict_member){0};
    if (hold != NULL) {
        hold->used_ms = now_ms;
        return strict_holds(strict, now_ms, slot) ? STRICT_HOME_HERE : STRICT_HOME_UNKNOWN;
    }
    size_t home = known_home(strict, now_ms, slot);
    if (home != SIZE_MAX) {
        *ret_member = strict->set.members[home];
        return STRICT_HOME_THERE;
    }
    strict_ask(strict, now_ms, slot);
    return strict_holds(strict, now_ms, slot) ? STRICT_HOME_HERE : STRICT_HOME_UNKNOWN;
}

bool strict_get(struct strict *strict, const struct strict_record *named, struct strict_record *ret)
{
    return strict_table_find(strict->table, named, ret);
}

/* Put in order, the latest first. */
static void insert_latest(uint64_t *list, size_t count, uint64_t until_ms)
{
    size_t i = count;
    for (; i != 0 && list[i - 1] < until_ms; i--) {
        list[i] = list[i - 1];
    }
    list[i] = until_ms;
}

uint64_t strict_fresh_until(const struct strict *strict)
{
    uint64_t until_ms[STRICT_PEERS_MAX + 1];
    size_t count = 0;
    if (strict->set.number == 0) {
        return 0;
    }
    if (strict->is_ready && strict->self != SIZE_MAX) {
        until_ms[count++] = UINT64_MAX;
    }
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        const struct peer *peer = &strict->peers[i];
        if (peer->is_used && peer->fresh_ms != 0 &&
            strict_index(&strict->set, &peer->member) != SIZE_MAX) {
            insert_latest(until_ms, count++, peer->fresh_ms + STRICT_FRESH_MS);
        }
    }
    size_t majority = strict_majority(&strict->set);
    return count >= majority ? until_ms[majority - 1] : 0;
}

struct status strict_check_fresh(const struct strict *strict, uint64_t now_ms)
{
    uint64_t until_ms = strict_fresh_until(strict);
    return until_ms != 0 && latest(strict, now_ms) <= until_ms ? OK : FAIL(UNAVAILABLE);
}

bool strict_ended(const struct strict *strict, uint64_t now_ms, uint64_t *ret_ticket)
{
    now_ms = latest(strict, now_ms);
    *ret_ticket = strict_put_ended(strict, now_ms);
    if (*ret_ticket == 0) {
        *ret_ticket = strict_forward_ended(strict, now_ms);
    }
    return *ret_ticket != 0;
}

/* --- for people ------------------------------------------------------------------------------- */

struct strict_stats strict_stats(const struct strict *strict, uint64_t now_ms)
{
    struct strict_stats stats = strict->stats;
    stats.set = strict->set.number;
    stats.members = strict->set.count;
    stats.is_member = strict->self != SIZE_MAX;
    stats.is_ready = strict->is_ready;
    stats.had_all = strict->had_all;
    stats.is_fresh = status_is_ok(strict_check_fresh(strict, now_ms));
    stats.records = strict_table_count(strict->table);
    for (size_t i = 0; i < strict->hold_count; i++) {
        stats.slots += strict_holds(strict, now_ms, strict->holds[i].slot);
    }
    return stats;
}

size_t strict_members(const struct strict *strict,
                      struct strict_member ret[static STRICT_MEMBERS_MAX])
{
    memcpy(ret, strict->set.members, strict->set.count * sizeof ret[0]);
    return strict->set.count;
}
