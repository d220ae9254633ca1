/* What a peer is answered. */
#include <string.h>

#include "cluster/strict/strict_internal.h"

/* One message of a peer that is being answered. */
struct talk {
    struct strict *strict;
    uint64_t now_ms;
    const struct strict_member *from;
    bool is_same; /* its set is ours, */
    bool is_in;   /* and it is a member */
    struct reader body;
    struct buf *answer;
};

static struct strict_ballot read_ballot(struct talk *talk)
{
    struct strict_ballot ballot = {.term = strict_read_number(&talk->body)};
    memcpy(ballot.boot, talk->from->boot, STRICT_BOOT);
    return ballot;
}

static void put_accepted(const struct strict *strict, struct buf *out)
{
    buf_put_u8(out, strict->accepted.is_there);
    if (strict->accepted.is_there) {
        strict_put_ballot(out, &strict->accepted.ballot);
        strict_put_set(out, &strict->accepted.set);
    }
}

static void answer_ask(struct talk *talk)
{
    struct strict *strict = talk->strict;
    struct buf *answer = talk->answer;
    uint16_t number = reader_u16(&talk->body);
    struct strict_ballot ballot = read_ballot(talk);
    talk->body.failed = talk->body.failed || number >= SLOTS || ballot.term == 0;
    if (talk->body.failed || !talk->is_same || !talk->is_in) {
        return;
    }
    const struct slot *slot = &strict->slots[number];
    bool is_granted = strict_grant(strict, talk->now_ms, number, &ballot);
    uint64_t rest_ms =
        slot->granted_until_ms > talk->now_ms ? slot->granted_until_ms - talk->now_ms : 0;
    buf_put_u8(answer, PART_ASK);
    buf_put_u16(answer, number);
    buf_put_u64(answer, ballot.term);
    buf_put_u8(answer, is_granted);
    if (!is_granted) {
        strict_put_ballot(answer, rest_ms != 0 ? &slot->granted : &slot->seen);
        buf_put_u32(answer, (uint32_t)rest_ms);
    } else if (number == SET_SLOT) {
        put_accepted(strict, answer);
    } else {
        struct strict_sum sum = strict_table_sum(strict->table, number);
        strict_put_sum(answer, &sum);
    }
}

static void answer_release(struct talk *talk)
{
    uint16_t number = reader_u16(&talk->body);
    struct strict_ballot ballot = read_ballot(talk);
    talk->body.failed = talk->body.failed || number >= SLOTS || ballot.term == 0;
    struct slot *slot = talk->body.failed ? NULL : &talk->strict->slots[number];
    if (slot != NULL && strict_ballot_order(&slot->granted, &ballot) == 0) {
        slot->granted_until_ms = talk->now_ms;
    }
}

static void answer_write(struct talk *talk)
{
    struct strict *strict = talk->strict;
    struct strict_record record;
    uint64_t ticket = reader_u64(&talk->body);
    struct strict_ballot ballot = read_ballot(talk);
    if (!strict_record_read(&talk->body, &record) || !talk->is_same) {
        return;
    }
    struct status status;
    bool has_home = ballot.term != 0;
    if (record.slot >= STRICT_SLOTS || record.kind >= STRICT_KINDS_COUNT ||
        strict_kind_has_home(record.kind) != has_home || (has_home && !talk->is_in) ||
        strict_ballot_order(&record.version.ballot, &ballot) > 0) {
        status = FAIL(RECORD_INVALID);
    } else if (!strict->is_ready || (has_home && !strict_fence(strict, record.slot, &ballot))) {
        status = FAIL(NOT_CURRENT);
    } else {
        status = strict_table_merge(strict->table, &record, strict->wall_ms);
    }
    buf_put_u8(talk->answer, PART_WRITE);
    buf_put_u64(talk->answer, ticket);
    buf_put_u16(talk->answer, status.code);
}

static void answer_next(struct talk *talk)
{
    struct proposal proposal = {.is_there = true};
    proposal.ballot = read_ballot(talk);
    talk->body.failed = talk->body.failed || proposal.ballot.term == 0;
    if (!strict_read_set(&talk->body, &proposal.set) || !talk->is_same || !talk->is_in) {
        return;
    }
    bool is_accepted = strict_accept(talk->strict, talk->now_ms, &proposal);
    buf_put_u8(talk->answer, PART_NEXT);
    buf_put_u64(talk->answer, proposal.ballot.term);
    buf_put_u8(talk->answer, is_accepted);
}

static void answer_sums(struct talk *talk)
{
    const struct strict *strict = talk->strict;
    if (!talk->is_same) {
        return;
    }
    buf_put_u8(talk->answer, PART_SUMS);
    buf_put_u64(talk->answer, strict_table_name(strict->table));
    buf_put_u64(talk->answer, strict_table_top(strict->table));
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        struct strict_sum sum = strict_table_sum(strict->table, (uint16_t)i);
        strict_put_sum(talk->answer, &sum);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        strict_put_ballot(talk->answer, &strict->slots[i].seen);
    }
}

/* Where count and place are is known before what they will be. */
static void answer_page(struct talk *talk)
{
    struct buf *answer = talk->answer;
    uint16_t slot = reader_u16(&talk->body);
    uint64_t place = reader_u64(&talk->body);
    struct strict_record record;
    uint16_t count = 0;
    bool is_more = false;
    talk->body.failed = talk->body.failed || slot >= STRICT_SLOTS;
    if (talk->body.failed) {
        return;
    }
    buf_put_u8(answer, PART_PAGE);
    buf_put_u16(answer, slot);
    buf_put_u64(answer, place);
    size_t at = answer->len;
    if (buf_reserve(answer, 8 + 1 + 2) == NULL) {
        return; /* nobody asks for so many */
    }
    uint64_t last = place;
    while (strict_table_next(talk->strict->table, slot, &place, &record)) {
        if (answer->len - at > PAGE_BYTES) {
            is_more = true;
            break;
        }
        strict_record_put(answer, &record);
        last = place;
        count++;
    }
    struct buf head = buf_over(answer->ptr + at, 8 + 1 + 2);
    buf_put_u64(&head, last);
    buf_put_u8(&head, is_more);
    buf_put_u16(&head, count);
}

static void answer_part(struct talk *talk, enum part part)
{
    switch (part) {
    case PART_ASK:
        answer_ask(talk);
        break;
    case PART_RELEASE:
        answer_release(talk);
        break;
    case PART_WRITE:
        answer_write(talk);
        break;
    case PART_NEXT:
        answer_next(talk);
        break;
    case PART_SUMS:
        answer_sums(talk);
        break;
    case PART_PAGE:
        answer_page(talk);
        break;
    case PART_PING:
        strict_answer_ping(talk->strict, &talk->body, talk->answer);
        break;
    case PART_FORWARD:
        strict_take_forward(talk->strict, talk->now_ms, talk->from, &talk->body, talk->answer);
        break;
    case PART_REPLY:
        strict_take_reply(talk->strict, talk->from, &talk->body, talk->answer);
        break;
    case PART_SET:
    default:
        talk->body.failed = true;
    }
}

bool strict_serve(struct strict *strict, uint64_t now_ms, const struct strict_member *from,
                  struct bytes message, struct buf *answer)
{
    struct talk talk = {.strict = strict,
                        .now_ms = strict_step(strict, now_ms),
                        .from = from,
                        .body = reader_over(message),
                        .answer = answer};
    uint64_t number;
    struct bytes head = bytes_slice(message, 0, message.len < 16 ? message.len : 16);
    talk.is_same = strict_read_head(strict, &talk.body, &number);
    if (talk.body.rest.len != 0 && talk.body.rest.ptr[0] == PART_SET) {
        reader_u8(&talk.body);
        talk.body.failed = !strict_take_sets(strict, talk.now_ms, &talk.body);
        struct reader again = reader_over(head);
        talk.is_same = strict_read_head(strict, &again, &number);
    }
    talk.is_in = strict_index(&strict->set, from) != SIZE_MAX;
    strict_put_head(strict, answer);
    buf_put_u8(answer, (uint8_t)((strict->is_ready ? FLAG_VOTES : 0) |
                                 (strict->had_all ? FLAG_HAD_ALL : 0)));
    if (number < strict->set.number) {
        strict_put_sets(strict, answer);
    }
    while (!talk.body.failed && !answer->failed && talk.body.rest.len != 0) {
        answer_part(&talk, reader_u8(&talk.body));
    }
    return !talk.body.failed && !answer->failed;
}
