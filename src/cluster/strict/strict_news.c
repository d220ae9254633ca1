/* What a node may not lack: each peer is asked now and then what came there since.
 *
 * Places are of one table, which has a name. Whoever does not know that name, or has not yet read
 * all that was there, compares sums first: of all that is asked about, then of each slot. From then
 * on only what is new is read, however much there is. */
#include "cluster/strict/strict_internal.h"

enum {
    NEWS_BYTES = 16384, /* of records in one answer, and one record more */
    HEAD_BYTES = 1 + 2 + 8 + 2,
};

enum state {
    NEWS_UNKNOWN, /* the asker has named another table */
    NEWS_LAST,
    NEWS_MORE,
    NEWS_STATES,
};

void strict_say_ping(struct peer *peer, struct buf *out)
{
    buf_put_u8(out, PART_PING);
    buf_put_u64(out, peer->news_name);
    buf_put_u64(out, peer->news.since);
    buf_put_u16(out, peer->news.slot);
    buf_put_u64(out, peer->news.place);
    peer->asked = peer->news;
}

/* Where count and place are is known before what they will be. */
static void put_news(struct strict *strict, struct strict_news *at, struct buf *answer)
{
    struct strict_record record;
    size_t start = answer->len;
    uint16_t count = 0;
    enum state state = NEWS_LAST;
    if (buf_reserve(answer, HEAD_BYTES) == NULL) {
        return; /* nobody asks for so many */
    }
    struct strict_news next = *at;
    while (state == NEWS_LAST && strict_table_news(strict->table, &next, &record)) {
        if (answer->len - start > NEWS_BYTES) {
            state = NEWS_MORE;
            break;
        }
        strict_record_put(answer, &record);
        *at = next;
        count++;
    }
    struct buf head = buf_over(answer->ptr + start, HEAD_BYTES);
    buf_put_u8(&head, (uint8_t)state);
    buf_put_u16(&head, at->slot);
    buf_put_u64(&head, at->place);
    buf_put_u16(&head, count);
}

void strict_answer_ping(struct strict *strict, struct reader *body, struct buf *answer)
{
    uint64_t name = reader_u64(body);
    struct strict_news at = {.since = reader_u64(body)};
    at.slot = reader_u16(body);
    at.place = reader_u64(body);
    struct strict_sum sum = strict_table_listed(strict->table);
    body->failed = body->failed || at.slot >= STRICT_SLOTS;
    if (body->failed) {
        return;
    }
    buf_put_u8(answer, PART_PING);
    strict_put_sum(answer, &sum);
    buf_put_u64(answer, strict_table_name(strict->table));
    buf_put_u64(answer, strict_table_top(strict->table));
    if (name == strict_table_name(strict->table)) {
        put_news(strict, &at, answer);
    } else {
        buf_put_u8(answer, NEWS_UNKNOWN);
    }
}

void strict_news_read(struct peer *peer, uint64_t name, uint64_t top)
{
    peer->news_name = name;
    peer->news = (struct strict_news){.since = top};
}

static void note_fresh(struct peer *peer, uint64_t ms)
{
    peer->fresh_ms = ms > peer->fresh_ms ? ms : peer->fresh_ms;
}

/* Take the records in. Returns: false when one of them was not taken. */
static bool take_news(struct strict *strict, struct reader *body, struct strict_news *ret_at)
{
    struct strict_record record;
    bool is_all = true;
    ret_at->slot = reader_u16(body);
    ret_at->place = reader_u64(body);
    size_t count = reader_u16(body);
    for (size_t i = 0; i < count && strict_record_read(body, &record); i++) {
        bool is_listed = record.kind < STRICT_KINDS_COUNT && strict_kind_is_listed(record.kind);
        is_all = is_all && is_listed &&
                 status_is_ok(strict_table_merge(strict->table, &record, strict->wall_ms));
    }
    return is_all;
}

static bool is_same_place(const struct strict_news *a, const struct strict_news *b)
{
    return a->since == b->since && a->slot == b->slot && a->place == b->place;
}

/* One answer more of those that a walk through the slots takes; what was there when it began is
 * here at its end. Returns: false when it does not go on. */
static bool go_on(struct strict *strict, uint64_t now_ms, struct peer *peer,
                  const struct strict_news *at, bool is_more)
{
    struct strict_news *news = &peer->news;
    if (is_more) {
        bool is_further =
            at->slot < STRICT_SLOTS &&
            (at->slot > news->slot || (at->slot == news->slot && at->place > news->place));
        news->slot = is_further ? at->slot : news->slot;
        news->place = is_further ? at->place : news->place;
        peer->ping_ms = now_ms; /* the next one at once */
        return is_further;
    }
    strict_news_read(peer, peer->news_name, peer->news_top);
    if (peer->news_number != 0 && peer->news_number == strict->set.number) {
        note_fresh(peer, peer->news_ms);
    }
    return true;
}

bool strict_hear_ping(struct strict *strict, uint64_t now_ms, struct peer *peer, bool is_voting,
                      struct reader *body)
{
    struct strict_sum theirs = strict_read_sum(body);
    uint64_t name = reader_u64(body);
    uint64_t top = reader_u64(body);
    unsigned state = reader_u8(body);
    struct strict_news at = {0};
    body->failed = body->failed || name == 0 || state >= NEWS_STATES;
    bool is_all = body->failed || state == NEWS_UNKNOWN || take_news(strict, body, &at);
    if (body->failed) {
        return false;
    }
    struct strict_sum ours = strict_table_listed(strict->table);
    if (strict_sum_equal(&ours, &theirs)) {
        strict_news_read(peer, name, top);
        if (is_voting) {
            note_fresh(peer, peer->built_ms);
        }
        return true;
    }
    if (!is_all) {
        return false;
    }
    if (state == NEWS_UNKNOWN || name != peer->news_name) {
        peer->wants_sums = true;
        return true;
    }
    if (!is_same_place(&peer->asked, &peer->news)) {
        return true; /* sums were read meanwhile: the answer is to an older question */
    }
    if (peer->news.slot == 0 && peer->news.place == 0) {
        peer->news_top = top;
        peer->news_ms = peer->built_ms;
        peer->news_number = is_voting ? strict->set.number : 0;
    }
    return go_on(strict, now_ms, peer, &at, state == NEWS_MORE);
}
