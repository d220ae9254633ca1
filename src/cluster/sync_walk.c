/* Repair: comparing trees of digests level by level, and pulling the records of what differs. */
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "cluster/cluster_internal.h"
#include "record/value_seal.h"

_Static_assert(KV_DIGEST_FAN == 16, "four bits of an index are a level");
_Static_assert(SYNC_HEAD + 1 + SYNC_ORIGIN + 8 + SYNC_PLACE_MAX + SYNC_RECORD_MAX + LIMIT_KV_VALUE +
                       VALUE_SEAL_OVERHEAD + SYNC_CODE <=
                   (int)SYNC_MESSAGE_MAX,
               "a page of one record, of the largest there are, and the place behind it");

static void mark(uint64_t *marks, size_t index)
{
    marks[index / 64] |= (uint64_t)1 << (index % 64);
}

static void unmark(uint64_t *marks, size_t index)
{
    marks[index / 64] &= ~((uint64_t)1 << (index % 64));
}

/* The first one that is marked, from index on; end when none is below that. */
static size_t next_marked(const uint64_t *marks, size_t index, size_t end)
{
    while (index < end) {
        uint64_t word = marks[index / 64] >> (index % 64);
        if (word != 0) {
            index += (size_t)__builtin_ctzll(word);
            return index < end ? index : end;
        }
        index += 64 - index % 64;
    }
    return end;
}

static size_t nodes_of(unsigned level)
{
    return (size_t)1 << (4 * level);
}

static bool has_marks(const uint64_t *marks, unsigned level)
{
    size_t words = nodes_of(level) <= 64 ? 1 : nodes_of(level) / 64;
    for (size_t i = 0; i < words; i++) {
        if (marks[i] != 0) {
            return true;
        }
    }
    return false;
}

static void start(struct walk *walk)
{
    *walk = (struct walk){.is_active = true, .is_clean = true, .is_current = true};
    mark(walk->marks, 0);
}

void cluster_walk_stop(struct peer *peer)
{
    peer->walk.is_active = false;
}

/* Whoever asks again and again must not take the time that others need from both nodes. */
void cluster_walk_soon(struct peer *peer, const struct cluster_now *now)
{
    uint64_t least_ms = peer->walk_ms + CLUSTER_ASKED_MS;
    uint64_t soon_ms = now->ms > least_ms ? now->ms : least_ms;
    peer->repair_ms = soon_ms < peer->repair_ms ? soon_ms : peer->repair_ms;
}

/* --- asking ----------------------------------------------------------------------------------- */

static void ask_digests(const struct walk *walk, struct buf *out)
{
    size_t end = nodes_of(walk->level);
    size_t at = next_marked(walk->marks, 0, end);
    buf_put_u8(out, (uint8_t)walk->level);
    for (size_t asked = 0; at < end && asked < WALK_NODES; asked++) {
        buf_put_u16(out, (uint16_t)at);
        at = next_marked(walk->marks, at + 1, end);
    }
}

static int compare_haves(const void *a, const void *b)
{
    return bytes_compare((struct bytes){a, SYNC_HAVE}, (struct bytes){b, SYNC_HAVE});
}

/* What we have of a leaf, so that only the rest comes. */
static size_t list_haves(const struct cluster *cluster, struct kv_digest_place *place,
                         uint16_t leaf, size_t room, struct buf *out)
{
    struct kv_feed_item item;
    uint8_t digest[KV_DIGEST];
    size_t listed = 0;
    uint8_t *first = out->ptr + out->len;
    while (listed < room && kv_digest_next(cluster->setup.kv, place, leaf, &item, digest)) {
        buf_put(out, (struct bytes){digest, SYNC_HAVE});
        listed++;
    }
    qsort(first, listed, SYNC_HAVE, compare_haves);
    return listed;
}

static void ask_leaf(const struct cluster *cluster, const struct walk *walk, uint16_t leaf,
                     size_t *listed, struct buf *out)
{
    struct kv_digest_place place = {.leaf = leaf};
    if (walk->place.leaf == leaf) {
        place = walk->place;
    }
    buf_put_u16(out, leaf);
    size_t count_at = out->len;
    buf_put_u16(out, 0);
    size_t count = list_haves(cluster, &place, leaf, WALK_HAVES - *listed, out);
    struct buf number = buf_over(out->ptr + count_at, 2);
    buf_put_u16(&number, (uint16_t)count);
    *listed += count;
}

static void ask_page(const struct cluster *cluster, const struct walk *walk, struct buf *out)
{
    size_t listed = 0;
    size_t at = next_marked(walk->marks, 0, KV_DIGEST_LEAVES);
    sync_message_put_place(out, &walk->place);
    for (size_t asked = 0; at < KV_DIGEST_LEAVES && asked < WALK_LEAVES && listed < WALK_HAVES;
         asked++) {
        ask_leaf(cluster, walk, (uint16_t)at, &listed, out);
        at = next_marked(walk->marks, at + 1, KV_DIGEST_LEAVES);
    }
}

bool cluster_walk_next(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                       struct buf *out)
{
    struct walk *walk = &peer->walk;
    if (!walk->is_active) {
        if (now->ms < peer->repair_ms) {
            return false;
        }
        start(walk);
        peer->walk_ms = now->ms;
        peer->walk_moment = ++cluster->moments;
        peer->walk_asks = cluster->asks;
    }
    enum sync_type kind = walk->level == KV_DIGEST_LEVELS ? SYNC_PAGES : SYNC_DIGEST;
    *out = cluster_flight_begin(cluster, peer, kind);
    if (kind == SYNC_PAGES) {
        ask_page(cluster, walk, out);
    } else {
        ask_digests(walk, out);
    }
    return true;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void end(struct cluster *cluster, const struct cluster_now *now, struct peer *peer)
{
    peer->walk.is_active = false;
    peer->repair_ms = now->ms + CLUSTER_REPAIR_MS;
    cluster->stats.walks++;
    if (peer->walk.is_clean && peer->walk.is_current) {
        peer->is_pulled = true;
        peer->seen = peer->walk_moment;
        peer->compared = peer->walk_asks;
    }
    cluster_judge(cluster, now);
    if (cluster->reading != 0 && peer->walk_asks < cluster->asks) {
        cluster_walk_soon(peer, now);
    }
}

/* When a level is done the next one is what differed below it. */
static void go_on(struct cluster *cluster, const struct cluster_now *now, struct peer *peer)
{
    struct walk *walk = &peer->walk;
    while (walk->level < KV_DIGEST_LEVELS && !has_marks(walk->marks, walk->level)) {
        memcpy(walk->marks, walk->below, sizeof walk->marks);
        memset(walk->below, 0, sizeof walk->below);
        walk->level++;
    }
    if (!has_marks(walk->marks, walk->level)) {
        end(cluster, now, peer);
    }
}

/* The sums below the nodes that were asked about, in their order. */
static bool take_digests(struct cluster *cluster, struct peer *peer, struct reader *body)
{
    struct walk *walk = &peer->walk;
    uint8_t ours[KV_DIGEST_FAN * KV_DIGEST];
    size_t end = nodes_of(walk->level);
    size_t at = next_marked(walk->marks, 0, end);
    for (size_t asked = 0; at < end && asked < WALK_NODES; asked++) {
        size_t i = at;
        at = next_marked(walk->marks, at + 1, end);
        struct bytes theirs = reader_take(body, sizeof ours);
        if (body->failed) {
            return false;
        }
        unmark(walk->marks, i);
        kv_digest_children(cluster->setup.kv, walk->level, (uint32_t)i, ours);
        for (size_t child = 0; child < KV_DIGEST_FAN; child++) {
            struct bytes our_sum = {ours + child * KV_DIGEST, KV_DIGEST};
            if (!bytes_equal(our_sum, bytes_slice(theirs, child * KV_DIGEST, KV_DIGEST))) {
                mark(walk->below, i * KV_DIGEST_FAN + child);
            }
        }
    }
    return reader_done(body);
}

/* Some refusals are as good as taking it: here is something later, or it is dead here, or it may
 * give way anyway. */
static bool is_loss(struct status status)
{
    switch (status.code) {
    case STATUS_OK:
    case STATUS_RECORD_STALE:
    case STATUS_RECORD_FUTURE:
    case STATUS_RECORD_INVALID:
    case STATUS_VALUE_KEY:
    case STATUS_VALUE_SEAL:
        return false;
    default:
        return true;
    }
}

static bool take_records(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                         struct reader *body)
{
    struct sync_record record;
    while (sync_message_next_record(body, &record)) {
        struct status status = cluster_take(cluster, now, &record, true);
        bool may_go = (record.record.flags & RECORD_EVICTABLE) != 0;
        if (is_loss(status) && !(may_go && status.code == STATUS_VALUE_QUOTA)) {
            peer->walk.is_clean = false;
        }
    }
    return reader_done(body);
}

/* The leaves that were asked for and are behind us now. */
static void unmark_asked(struct walk *walk, const struct peer *peer, bool is_more)
{
    struct reader asked = cluster_flight_body(peer);
    struct kv_digest_place place;
    bool is_ours = sync_message_take_place(&asked, &place);
    INVARIANT(is_ours);
    while (asked.rest.len != 0) {
        uint16_t leaf = reader_u16(&asked);
        reader_take(&asked, (size_t)reader_u16(&asked) * SYNC_HAVE);
        if (!is_more || leaf < walk->place.leaf) {
            unmark(walk->marks, leaf);
        }
    }
}

static bool take_page(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                      uint8_t flags, struct reader *body)
{
    struct walk *walk = &peer->walk;
    struct kv_digest_place next = {0};
    bool is_more = (flags & SYNC_FLAG_MORE) != 0;
    if (is_more && (!sync_message_take_place(body, &next) ||
                    sync_message_place_order(&next, &walk->place) <= 0)) {
        return false;
    }
    if (!take_records(cluster, now, peer, body)) {
        return false;
    }
    walk->place = next;
    unmark_asked(walk, peer, is_more);
    return true;
}

static struct cluster_origin take_origin(struct reader *body)
{
    struct cluster_origin origin = {.height = reader_u64(body)};
    struct bytes digest = reader_take(body, sizeof origin.digest);
    if (!body->failed) {
        memcpy(origin.digest, digest.ptr, sizeof origin.digest);
    }
    return origin;
}

/* Who is not current holds nothing that counts, and what it has may be of another origin. */
static void end_at_idle(struct cluster *cluster, const struct cluster_now *now, struct peer *peer)
{
    bool is_first = !peer->is_idle;
    if (is_first) {
        peer->is_idle = true;
        peer->idle_since = ++cluster->moments;
    }
    peer->is_pulled = false;
    peer->seen = peer->walk_moment;
    peer->walk.is_current = false;
    end(cluster, now, peer);
    if (!cluster->is_current) {
        peer->repair_ms = now->ms + (is_first ? CLUSTER_ASKED_MS : CLUSTER_RETRY_MS);
    }
}

bool cluster_walk_answered(struct cluster *cluster, const struct cluster_now *now,
                           struct peer *peer, struct reader *body)
{
    uint8_t flags = reader_u8(body);
    struct cluster_origin origin = take_origin(body);
    uint64_t wall_ms = reader_u64(body);
    if (body->failed) {
        return false;
    }
    cluster_clock_heard(now, peer, wall_ms);
    if ((flags & SYNC_FLAG_CURRENT) == 0) {
        end_at_idle(cluster, now, peer);
        return true;
    }
    if (!cluster_meet_origin(cluster, now, peer, &origin)) {
        return false;
    }
    bool is_good = peer->kind == SYNC_PAGES ? take_page(cluster, now, peer, flags, body)
                                            : take_digests(cluster, peer, body);
    if (is_good) {
        peer->is_idle = false;
        go_on(cluster, now, peer);
    }
    return is_good;
}

/* --- answering -------------------------------------------------------------------------------- */

static void put_flags(const struct cluster *cluster, const struct cluster_now *now,
                      struct buf *answer, unsigned more)
{
    unsigned flags = more | (cluster->is_current ? SYNC_FLAG_CURRENT : 0);
    buf_put_u8(answer, (uint8_t)flags);
    buf_put_u64(answer, cluster->setup.origin.height);
    buf_put(answer, BYTES_ARRAY(cluster->setup.origin.digest));
    buf_put_u64(answer, now->wall_ms);
}

bool cluster_serve_digest(const struct cluster *cluster, const struct cluster_now *now,
                          struct reader *body, struct buf *answer)
{
    unsigned level = reader_u8(body);
    size_t asked = 0;
    uint32_t before = 0;
    put_flags(cluster, now, answer, 0);
    for (; !body->failed && body->rest.len != 0; asked++) {
        uint32_t index = reader_u16(body);
        uint8_t sums[KV_DIGEST_FAN * KV_DIGEST];
        if (body->failed || level >= KV_DIGEST_LEVELS || index >= nodes_of(level) ||
            asked >= WALK_NODES || (asked != 0 && index <= before)) {
            return false;
        }
        before = index;
        kv_digest_children(cluster->setup.kv, level, index, sums);
        buf_put(answer, BYTES_ARRAY(sums));
    }
    return !body->failed && asked != 0;
}

/* One leaf that is asked for, and what the asker has of it. */
struct wanted {
    uint16_t leaf;
    size_t count;
    const uint8_t *haves; /* ascending */
};

static bool take_wanted(struct reader *body, struct wanted *ret)
{
    ret->leaf = reader_u16(body);
    ret->count = reader_u16(body);
    ret->haves = reader_take(body, ret->count * SYNC_HAVE).ptr;
    return !body->failed;
}

/* Check the whole request before any of it is answered. */
static bool are_wanted(struct reader body)
{
    struct wanted wanted;
    int before = -1;
    size_t listed = 0;
    size_t leaves = 0;
    while (body.rest.len != 0) {
        if (!take_wanted(&body, &wanted) || wanted.leaf <= before) {
            return false;
        }
        before = wanted.leaf;
        listed += wanted.count;
        leaves++;
    }
    return leaves != 0 && leaves <= WALK_LEAVES && listed <= WALK_HAVES;
}

static bool has(const struct wanted *wanted, const uint8_t digest[static KV_DIGEST])
{
    return wanted->count != 0 &&
           bsearch(digest, wanted->haves, wanted->count, SYNC_HAVE, compare_haves) != NULL;
}

struct page {
    struct buf records;
    size_t steps;
    bool is_full;
};

/* Put a leaf's records that are wanted. Out: *place, behind the last one that was looked at. */
static void put_leaf(const struct cluster *cluster, const struct wanted *wanted,
                     struct kv_digest_place *place, struct page *page)
{
    struct kv_feed_item item;
    uint8_t digest[KV_DIGEST];
    struct kv_digest_place next = *place;
    while (kv_digest_next(cluster->setup.kv, &next, wanted->leaf, &item, digest)) {
        struct sync_record record = {item.tenant, item.is_system, item.record};
        bool is_wanted = !has(wanted, digest);
        bool is_over = page->records.len != 0 &&
                       page->records.len + sync_message_record_len(&record) > SYNC_PAGE;
        if (page->steps >= WALK_STEPS || (is_wanted && is_over)) {
            page->is_full = true;
            return;
        }
        page->steps++;
        if (is_wanted) {
            sync_message_put_record(&page->records, &record);
        }
        *place = next;
    }
}

/* The flags and the place come before the records, which are put in their final place first. */
bool cluster_serve_page(const struct cluster *cluster, const struct cluster_now *now,
                        struct reader *body, struct buf *answer)
{
    struct kv_digest_place place;
    struct wanted wanted;
    if (!sync_message_take_place(body, &place) || !are_wanted(*body)) {
        return false;
    }
    size_t head = answer->len;
    size_t room = 1 + SYNC_ORIGIN + 8 + SYNC_PLACE_MAX;
    struct page page = {.records = buf_over(answer->ptr + head + room, answer->cap - head - room)};
    while (!page.is_full && body->rest.len != 0) {
        take_wanted(body, &wanted);
        if (wanted.leaf < place.leaf) {
            continue;
        }
        if (wanted.leaf > place.leaf) {
            place = (struct kv_digest_place){.leaf = wanted.leaf};
        }
        put_leaf(cluster, &wanted, &place, &page);
    }
    put_flags(cluster, now, answer, page.is_full ? SYNC_FLAG_MORE : 0);
    if (page.is_full) {
        sync_message_put_place(answer, &place);
    }
    INVARIANT(!page.records.failed && answer->len <= head + room);
    memmove(answer->ptr + answer->len, page.records.ptr, page.records.len);
    answer->len += page.records.len;
    return true;
}
