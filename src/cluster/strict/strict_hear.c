/* What a peer has answered. */
#include "cluster/strict/strict_internal.h"

/* The answer of a peer that is being read. */
struct heard {
    struct strict *strict;
    uint64_t now_ms;
    struct peer *peer;
    size_t member; /* the peer in the set; SIZE_MAX: it is in none, or in another one */
    bool is_same;  /* it has answered in our set */
    uint8_t flags;
    bool is_refused; /* something was */
    struct reader *body;
};

/* Everything that was to be pulled is here. */
static void complete(struct heard *heard)
{
    struct peer *peer = heard->peer;
    if (!peer->is_pulling || strict_is_wanting(peer)) {
        return;
    }
    peer->is_pulling = false;
    strict_news_read(peer, peer->sums_name, peer->sums_top);
    if (peer->is_voting && peer->sums_number == heard->strict->set.number) {
        peer->fresh_ms = peer->sums_ms;
        peer->whole_number = peer->sums_number;
        peer->whole_ms = peer->sums_ms;
    }
    if (peer->sums_number != 0 && peer->sums_number == heard->strict->set.number &&
        (peer->is_voting || peer->had_all)) {
        peer->full_number = peer->sums_number;
        peer->is_full_alone = peer->is_voting;
        strict_judge(heard->strict);
    } else if (!heard->strict->is_ready) {
        heard->is_refused = true; /* it is asked again, but not at once */
    }
}

static void hear_accepted(struct heard *heard)
{
    struct strict *strict = heard->strict;
    struct proposal theirs = {.is_there = reader_u8(heard->body) == 1};
    if (!theirs.is_there) {
        return;
    }
    theirs.ballot = strict_read_ballot(heard->body);
    if (!strict_read_set(heard->body, &theirs.set)) {
        return;
    }
    bool is_later = !strict->accepted.is_there ||
                    strict_ballot_order(&theirs.ballot, &strict->accepted.ballot) > 0;
    if (strict_may_be_next(strict, &theirs.set) && is_later) {
        strict->accepted = theirs;
    }
}

/* It was granted to somebody else, or a later ballot was met. */
static void hear_refusal(struct heard *heard, uint16_t number)
{
    struct slot *slot = &heard->strict->slots[number];
    struct strict_ballot seen = strict_read_ballot(heard->body);
    uint32_t rest_ms = reader_u32(heard->body);
    const struct set *set = &heard->strict->set;
    heard->body->failed = heard->body->failed || rest_ms > STRICT_GRANT_MS;
    if (heard->body->failed) {
        return;
    }
    slot->term_heard = seen.term > slot->term_heard ? seen.term : slot->term_heard;
    heard->is_refused = true;
    for (size_t i = 0; rest_ms != 0 && i < set->count; i++) {
        if (strict_boot_equal(set->members[i].boot, seen.boot)) {
            slot->home = i;
            slot->home_until_ms = heard->now_ms + rest_ms;
        }
    }
}

static void hear_ask(struct heard *heard)
{
    struct strict *strict = heard->strict;
    uint16_t number = reader_u16(heard->body);
    uint64_t term = reader_u64(heard->body);
    bool is_granted = reader_u8(heard->body) == 1;
    if (heard->body->failed || number >= SLOTS) {
        heard->body->failed = true;
        return;
    }
    if (!is_granted) {
        hear_refusal(heard, number);
        return;
    }
    bool is_same = true;
    if (number == SET_SLOT) {
        hear_accepted(heard);
    } else {
        struct strict_sum theirs = strict_read_sum(heard->body);
        struct strict_sum ours = strict_table_sum(strict->table, number);
        is_same = strict_sum_equal(&ours, &theirs);
    }
    struct hold *hold = strict_hold(strict, number);
    bool is_its = hold != NULL && hold->ballot.term == term && heard->member != SIZE_MAX &&
                  heard->peer->built_ms >= hold->round_ms;
    if (!is_its || heard->body->failed) {
        return;
    }
    if (!is_same && !hold->is_joined) {
        strict_want(heard->peer, number);
    }
    strict_granted(strict, heard->now_ms, hold, heard->member, is_same);
}

static void hear_write(struct heard *heard)
{
    uint64_t ticket = reader_u64(heard->body);
    uint16_t code = reader_u16(heard->body);
    if (!heard->body->failed && code == STATUS_OK && heard->member != SIZE_MAX) {
        strict_put_acked(heard->strict, ticket, heard->member);
    } else {
        heard->is_refused = true;
    }
}

static void hear_next(struct heard *heard)
{
    uint64_t term = reader_u64(heard->body);
    bool is_accepted = reader_u8(heard->body) == 1;
    if (is_accepted && !heard->body->failed && heard->member != SIZE_MAX &&
        heard->strict->chosen.is_there && heard->strict->chosen.ballot.term == term) {
        strict_chosen_acked(heard->strict, heard->now_ms, heard->member);
    } else {
        heard->is_refused = true;
    }
}

/* A node that votes knows what it has promised; one that comes in learns what others have. */
static void hear_sums(struct heard *heard)
{
    struct strict *strict = heard->strict;
    struct peer *peer = heard->peer;
    peer->wants_sums = false;
    peer->is_pulling = true;
    peer->sums_ms = peer->built_ms;
    peer->sums_number = heard->is_same ? strict->set.number : 0;
    peer->is_voting = (heard->flags & FLAG_VOTES) != 0;
    peer->had_all = (heard->flags & FLAG_HAD_ALL) != 0;
    peer->sums_name = reader_u64(heard->body);
    peer->sums_top = reader_u64(heard->body);
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        struct strict_sum theirs = strict_read_sum(heard->body);
        struct strict_sum ours = strict_table_sum(strict->table, (uint16_t)i);
        if (!heard->body->failed && !strict_sum_equal(&ours, &theirs)) {
            strict_want(peer, (uint16_t)i);
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        struct strict_ballot seen = strict_read_ballot(heard->body);
        bool is_new = heard->is_same && !strict->is_ready;
        if (is_new && !heard->body->failed &&
            strict_ballot_order(&seen, &strict->slots[i].seen) > 0) {
            strict->slots[i].seen = seen;
        }
    }
    peer->is_pulling = !heard->body->failed;
    complete(heard);
}

/* Whoever wrote it was granted its ballot: no other one counts below that, also where those who
 * granted it have gone and this node was not asked. */
static void fence_below(struct strict *strict, const struct strict_record *record)
{
    struct strict_ballot *seen = &strict->slots[record->slot].seen;
    if (strict_ballot_order(&record->version.ballot, seen) > 0) {
        *seen = record->version.ballot;
    }
}

static void hear_page(struct heard *heard)
{
    struct strict *strict = heard->strict;
    struct peer *peer = heard->peer;
    uint16_t slot = reader_u16(heard->body);
    uint64_t place = reader_u64(heard->body);
    uint64_t last = reader_u64(heard->body);
    bool is_more = reader_u8(heard->body) == 1;
    size_t count = reader_u16(heard->body);
    bool is_all = true;
    struct strict_record record;
    for (size_t i = 0; i < count && strict_record_read(heard->body, &record); i++) {
        struct status status = strict_table_merge(strict->table, &record, strict->wall_ms);
        is_all = is_all && status_is_ok(status);
        if (status_is_ok(status)) {
            fence_below(strict, &record);
        }
    }
    bool is_next = !heard->body->failed && strict_is_wanting(peer) &&
                   slot == strict_first_wanted(peer) && place == peer->page_place && is_all;
    is_next = is_next && (!is_more || (count != 0 && last > place)); /* there is an end */
    if (!is_next) {
        heard->is_refused = true;
        return;
    }
    peer->page_place = is_more ? last : 0;
    if (!is_more) {
        peer->wanted[slot / 64] &= ~((uint64_t)1 << slot % 64);
        if (heard->member != SIZE_MAX) {
            strict_joined(strict, heard->now_ms, slot, heard->member);
        }
        complete(heard);
    }
}

/* Who has not read what the others hold may lack what this node lacks. */
static void hear_ping(struct heard *heard)
{
    bool is_voting = heard->is_same && (heard->flags & FLAG_VOTES) != 0;
    if (!strict_hear_ping(heard->strict, heard->now_ms, heard->peer, is_voting, heard->body)) {
        heard->is_refused = true;
    }
}

static void hear_part(struct heard *heard, enum part part)
{
    switch (part) {
    case PART_ASK:
        hear_ask(heard);
        break;
    case PART_WRITE:
        hear_write(heard);
        break;
    case PART_NEXT:
        hear_next(heard);
        break;
    case PART_SUMS:
        hear_sums(heard);
        break;
    case PART_PAGE:
        hear_page(heard);
        break;
    case PART_PING:
        hear_ping(heard);
        break;
    case PART_FORWARD:
        strict_forward_seen(heard->strict, &heard->peer->member, reader_u64(heard->body));
        break;
    case PART_REPLY:
        strict_reply_seen(heard->strict, &heard->peer->member, reader_u64(heard->body));
        break;
    case PART_SET:
    case PART_RELEASE:
    default:
        heard->body->failed = true;
    }
}

bool strict_said(struct strict *strict, uint64_t now_ms, struct peer *peer, struct reader *answer)
{
    struct heard heard = {
        .strict = strict, .now_ms = now_ms, .peer = peer, .body = answer, .member = SIZE_MAX};
    bool is_same = strict_read_head(strict, answer, &peer->number);
    heard.flags = reader_u8(answer);
    if (answer->rest.len != 0 && answer->rest.ptr[0] == PART_SET) {
        reader_u8(answer);
        answer->failed = !strict_take_sets(strict, now_ms, answer);
        is_same = false;
    }
    uint64_t number = strict->set.number;
    while (!answer->failed && answer->rest.len != 0) {
        heard.is_same = is_same && number == strict->set.number;
        heard.member = heard.is_same ? strict_index(&strict->set, &peer->member) : SIZE_MAX;
        hear_part(&heard, reader_u8(answer));
    }
    return !answer->failed && !heard.is_refused;
}
