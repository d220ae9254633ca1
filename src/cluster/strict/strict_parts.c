/* What messages about strict records consist of.
 *
 * A message: number u64 and hash 8 of the sender's set, then parts, each after its kind u8. An
 * answer: the same head, flags u8, then parts. Where slots, records and sets are concerned a part
 * is answered only if both are in the same set, and its absence is a refusal.
 *
 *   SET      the set, the one before (number u64, count u8, members: wallet 20, boot 16);
 *            in an answer too, when the asker's is older
 *   ASK      slot u16, term u64
 *            slot, term, 1, sum 16 (of the set's slot: 0, or 1, ballot, set that was accepted)
 *            slot, term, 0, ballot (term u64, boot 16) that is granted, ms u32 that it still is
 *   RELEASE  slot u16, term u64
 *   WRITE    ticket u64, term u64 (0: no home), record
 *            ticket, code u16
 *   NEXT     term u64, set
 *            term, 1 when it is accepted
 *   SUMS     name u64 of the table, its last place u64, sums of 1024 slots, ballots of 1025
 *   PAGE     slot u16, place u64
 *            slot, place, place of the last, 1 when there is more, count u16, records
 *   PING     name u64 of the table that was read (0: none) up to a place u64; slot u16, place u64,
 *            where to go on
 *            sum 16, name, the last place, then 0 where the name is another; or 1, 2 when there is
 *            more, slot and place of the last, count u16, records that came since
 *   FORWARD  id u64, request after its length u32
 *            id
 *   REPLY    likewise */
#include <string.h>

#include "base/invariant.h"
#include "cluster/strict/strict_internal.h"

bool strict_is_wanting(const struct peer *peer)
{
    for (size_t i = 0; i < SLOT_BITS; i++) {
        if (peer->wanted[i] != 0) {
            return true;
        }
    }
    return false;
}

uint16_t strict_first_wanted(const struct peer *peer)
{
    size_t i = 0;
    while (peer->wanted[i] == 0) {
        i++;
        INVARIANT(i < SLOT_BITS);
    }
    return (uint16_t)(i * 64 + (size_t)__builtin_ctzll(peer->wanted[i]));
}

/* Pull a slot, from its start. */
void strict_want(struct peer *peer, uint16_t slot)
{
    if (!strict_is_wanting(peer) || slot <= strict_first_wanted(peer)) {
        peer->page_place = 0;
    }
    peer->wanted[slot / 64] |= (uint64_t)1 << slot % 64;
}

void strict_put_sum(struct buf *out, const struct strict_sum *sum)
{
    buf_put_u64(out, sum->halves[0]);
    buf_put_u64(out, sum->halves[1]);
}

struct strict_sum strict_read_sum(struct reader *body)
{
    struct strict_sum sum;
    sum.halves[0] = reader_u64(body);
    sum.halves[1] = reader_u64(body);
    return sum;
}

void strict_put_ballot(struct buf *out, const struct strict_ballot *ballot)
{
    buf_put_u64(out, ballot->term);
    buf_put(out, BYTES_ARRAY(ballot->boot));
}

uint64_t strict_read_number(struct reader *body)
{
    uint64_t number = reader_u64(body);
    body->failed = body->failed || number > STRICT_NUMBER_MAX;
    return number;
}

struct strict_ballot strict_read_ballot(struct reader *body)
{
    struct strict_ballot ballot = {.term = strict_read_number(body)};
    struct bytes boot = reader_take(body, STRICT_BOOT);
    if (!body->failed) {
        memcpy(ballot.boot, boot.ptr, STRICT_BOOT);
    }
    return ballot;
}

void strict_put_head(const struct strict *strict, struct buf *out)
{
    buf_put_u64(out, strict->set.number);
    buf_put(out, BYTES_ARRAY(strict->hash));
}

/* Whether a head is of this node's set. Out: *ret_number, its. */
bool strict_read_head(const struct strict *strict, struct reader *body, uint64_t *ret_number)
{
    *ret_number = reader_u64(body);
    struct bytes hash = reader_take(body, SET_HASH);
    return !body->failed && *ret_number == strict->set.number && *ret_number != 0 &&
           bytes_equal(hash, BYTES_ARRAY(strict->hash));
}

void strict_put_sets(const struct strict *strict, struct buf *out)
{
    buf_put_u8(out, PART_SET);
    strict_put_set(out, &strict->set);
    strict_put_set(out, &strict->before);
}

/* Returns: false when it is malformed. */
bool strict_take_sets(struct strict *strict, uint64_t now_ms, struct reader *body)
{
    struct set set;
    struct set before;
    if (!strict_read_set(body, &set) || !strict_read_set(body, &before) ||
        set.number != before.number + 1) {
        return false;
    }
    if (set.number > strict->set.number) {
        strict_enter(strict, now_ms, &set, &before);
    }
    return true;
}
