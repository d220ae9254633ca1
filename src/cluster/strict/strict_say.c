/* What is said to a peer. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/strict/strict_internal.h"

static void say_slots(struct strict *strict, struct peer *peer, size_t member, struct buf *out)
{
    for (size_t i = 0; peer->has_released && i < SLOTS; i++) {
        if ((peer->released[i / 64] >> i % 64 & 1) != 0) {
            buf_put_u8(out, PART_RELEASE);
            buf_put_u16(out, (uint16_t)i);
            buf_put_u64(out, strict->slots[i].term_released);
        }
    }
    memset(peer->released, 0, sizeof peer->released);
    peer->has_released = false;
    for (size_t i = 0; i < strict->hold_count; i++) {
        struct hold *hold = &strict->holds[i];
        if ((hold->asked >> member & 1) == 0) {
            hold->asked |= (uint64_t)1 << member;
            buf_put_u8(out, PART_ASK);
            buf_put_u16(out, hold->slot);
            buf_put_u64(out, hold->ballot.term);
        }
    }
    if (strict->chosen.is_there && (strict->chosen_acks >> member & 1) == 0) {
        buf_put_u8(out, PART_NEXT);
        buf_put_u64(out, strict->chosen.ballot.term);
        strict_put_set(out, &strict->chosen.set);
    }
}

static void say_puts(struct strict *strict, uint64_t now_ms, size_t member, struct buf *out)
{
    size_t start = out->len;
    struct strict_record named;
    struct strict_record record;
    for (size_t i = 0; i < STRICT_PUTS_MAX && strict->put_count != 0; i++) {
        const struct put *put = &strict->puts[i];
        bool is_due = put->ticket != 0 && (put->acks >> member & 1) == 0 &&
                      now_ms < put->deadline_ms && put->outcome != STRICT_UNKNOWN;
        if (!is_due || out->len - start > PAGE_BYTES) {
            continue;
        }
        named = (struct strict_record){
            .slot = put->slot, .kind = put->kind, .key = {put->key, put->key_len}};
        memcpy(named.tenant, put->tenant, sizeof named.tenant);
        if (!strict_table_find(strict->table, &named, &record)) {
            continue;
        }
        buf_put_u8(out, PART_WRITE);
        buf_put_u64(out, put->ticket);
        buf_put_u64(out, put->ballot.term);
        strict_record_put(out, &record);
    }
}

/* Whether what it has is worth asking for, so that this node comes to vote. */
static bool may_help(const struct strict *strict, const struct peer *peer)
{
    return strict->self != SIZE_MAX && !strict->is_ready && peer->number == strict->set.number &&
           peer->full_number != strict->set.number && !strict_is_wanting(peer);
}

static void say_pulls(struct strict *strict, uint64_t now_ms, struct peer *peer, struct buf *out)
{
    if (strict_is_wanting(peer)) {
        buf_put_u8(out, PART_PAGE);
        buf_put_u16(out, strict_first_wanted(peer));
        buf_put_u64(out, peer->page_place);
    } else if (peer->wants_sums || may_help(strict, peer) ||
               strict_collects(strict, now_ms, peer)) {
        buf_put_u8(out, PART_SUMS);
    }
    if (now_ms >= peer->ping_ms) {
        peer->ping_ms = now_ms + STRICT_PING_MS;
        strict_say_ping(peer, out);
    }
}

bool strict_say(struct strict *strict, uint64_t now_ms, struct peer *peer, struct buf *out)
{
    strict_put_head(strict, out);
    size_t empty = out->len;
    size_t member = strict_index(&strict->set, &peer->member);
    if (strict->set.number > peer->number) {
        strict_put_sets(strict, out);
    }
    if (strict->set.number >= peer->number && strict->set.number != 0 && member != SIZE_MAX) {
        if (strict->self != SIZE_MAX) {
            say_slots(strict, peer, member, out);
        }
        say_puts(strict, now_ms, member, out);
    }
    say_pulls(strict, now_ms, peer, out);
    strict_say_forwards(strict, peer, out);
    INVARIANT(!out->failed);
    return out->len != empty;
}
