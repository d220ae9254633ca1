#include "lanes/lane_record.h"

#include <string.h>

#include "base/reader.h"

static void copy(struct reader *reader, uint8_t *to, size_t len)
{
    struct bytes bytes = reader_take(reader, len);
    if (!reader->failed) {
        memcpy(to, bytes.ptr, len);
    }
}

bool lane_record_read(struct bytes value, struct lane_record *ret)
{
    struct reader reader = reader_over(value);
    *ret = (struct lane_record){0};
    if (value.len < LANE_HEAD || (value.len - LANE_HEAD) % LANE_ENTRY != 0 ||
        value.len > LANE_VALUE) {
        return false;
    }
    ret->changes = reader_u64(&reader);
    ret->next = reader_u64(&reader);
    ret->floor = reader_u64(&reader);
    ret->set = reader_u64(&reader);
    copy(&reader, ret->incarnation, sizeof ret->incarnation);
    ret->count = (value.len - LANE_HEAD) / LANE_ENTRY;
    for (size_t i = 0; i < ret->count; i++) {
        struct lane_used *used = &ret->used[i];
        used->nonce = reader_u64(&reader);
        copy(&reader, used->object, sizeof used->object);
        copy(&reader, used->key, sizeof used->key);
    }
    return !reader.failed;
}

void lane_record_put(const struct lane_record *record, struct buf *out)
{
    buf_put_u64(out, record->changes);
    buf_put_u64(out, record->next);
    buf_put_u64(out, record->floor);
    buf_put_u64(out, record->set);
    buf_put(out, BYTES_ARRAY(record->incarnation));
    for (size_t i = 0; i < record->count; i++) {
        buf_put_u64(out, record->used[i].nonce);
        buf_put(out, BYTES_ARRAY(record->used[i].object));
        buf_put(out, BYTES_ARRAY(record->used[i].key));
    }
}

/* --- what was given --------------------------------------------------------------------------- */

static bool is_object(const struct lane_used *used, const struct lane_wish *wish)
{
    return bytes_equal(BYTES_ARRAY(used->object), BYTES_ARRAY(wish->object));
}

static bool has_key(const struct lane_wish *wish)
{
    static const uint8_t none[LANE_KEY];
    return !bytes_equal(BYTES_ARRAY(wish->key), BYTES_ARRAY(none));
}

/* What has a nonce now. */
static const struct lane_used *holder_of(const struct lane_record *record, uint64_t nonce)
{
    for (size_t i = record->count; i-- != 0;) {
        if (record->used[i].nonce == nonce) {
            return &record->used[i];
        }
    }
    return NULL;
}

/* The last entry for the same wish: of its key, or without one of its object. */
static const struct lane_used *same_wish(const struct lane_record *record,
                                         const struct lane_wish *wish)
{
    for (size_t i = record->count; i-- != 0;) {
        const struct lane_used *used = &record->used[i];
        bool is_key = bytes_equal(BYTES_ARRAY(used->key), BYTES_ARRAY(wish->key));
        if (has_key(wish) ? is_key : is_object(used, wish)) {
            return used;
        }
    }
    return NULL;
}

/* --- giving ----------------------------------------------------------------------------------- */

/* Forget the entry of the lowest nonce. What is forgotten must lie behind: else it would be given
 * again. Returns: false when nothing may be forgotten. */
static bool make_room(struct lane_record *record, uint64_t nonce)
{
    size_t least = 0;
    if (record->count < LANE_USED) {
        return true;
    }
    for (size_t i = 1; i < record->count; i++) {
        least = record->used[i].nonce < record->used[least].nonce ? i : least;
    }
    const uint64_t gone = record->used[least].nonce;
    if (gone >= record->next || gone > nonce) {
        return false;
    }
    record->count--;
    memmove(&record->used[least], &record->used[least + 1],
            (record->count - least) * sizeof record->used[0]);
    record->floor = gone + 1 > record->floor ? gone + 1 : record->floor;
    return true;
}

static struct status give(struct lane_record *record, const struct lane_wish *wish, uint64_t nonce)
{
    if (!make_room(record, nonce)) {
        return FAIL(LIMIT_EXCEEDED);
    }
    struct lane_used *used = &record->used[record->count++];
    used->nonce = nonce;
    memcpy(used->object, wish->object, sizeof used->object);
    memcpy(used->key, wish->key, sizeof used->key);
    return OK;
}

static uint64_t next_of(const struct lane_record *record)
{
    uint64_t nonce = record->next;
    while (holder_of(record, nonce) != NULL) {
        nonce++;
    }
    return nonce;
}

static struct status give_next(struct lane_record *record, const struct lane_wish *wish,
                               uint64_t nonce)
{
    if (nonce >= LANE_NONCES) {
        return FAIL(LANE_CONFLICT);
    }
    TRY(give(record, wish, nonce));
    record->next = nonce + 1;
    return OK;
}

/* A nonce that is named: it is the wish's already, is taken from another one, or is the next. */
static struct status give_named(struct lane_record *record, const struct lane_wish *wish)
{
    const struct lane_used *holder = holder_of(record, wish->nonce);
    if (holder != NULL && is_object(holder, wish)) {
        return OK;
    }
    if (holder == NULL && wish->nonce == next_of(record)) {
        return give_next(record, wish, wish->nonce);
    }
    bool is_behind = wish->nonce < record->next && wish->nonce >= record->floor;
    if (!wish->replaces || (holder == NULL && !is_behind)) {
        return FAIL(LANE_CONFLICT);
    }
    return give(record, wish, wish->nonce);
}

/* --- where it begins -------------------------------------------------------------------------- */

/* What the user has said counts once, and after a restore only if it was said since: what was given
 * after the snapshot is not known here. What is forgotten stays so. */
static struct status begin(struct lane_record *record, const struct lane_set *set,
                           const struct lane_place *place, const struct lane_wish *wish)
{
    const bool is_there = record->changes != 0;
    const bool is_of_now =
        is_there && bytes_equal(BYTES_ARRAY(record->incarnation), BYTES_ARRAY(place->incarnation));
    const bool counts = set->number != 0 && set->not_before_ms >= place->began_ms;
    if (counts && (!is_of_now || set->number > record->set)) {
        record->next = set->next > record->floor ? set->next : record->floor;
        record->set = set->number;
    } else if (!is_of_now) {
        if (is_there || !place->may_open || !wish->is_named || wish->replaces ||
            wish->nonce >= LANE_NONCES) {
            return FAIL(LANE_UNSET);
        }
        record->next = wish->nonce;
    }
    memcpy(record->incarnation, place->incarnation, sizeof record->incarnation);
    return OK;
}

struct status lane_record_give(struct lane_record *record, const struct lane_set *set,
                               const struct lane_place *place, const struct lane_wish *wish,
                               uint64_t *ret_nonce)
{
    *ret_nonce = 0;
    TRY(begin(record, set, place, wish));
    record->changes++;
    const struct lane_used *same =
        has_key(wish) || !wish->is_named ? same_wish(record, wish) : NULL;
    if (same != NULL) {
        bool is_replaced = holder_of(record, same->nonce) != same;
        bool is_other = wish->is_named && wish->nonce != same->nonce;
        if (is_replaced || is_other || !is_object(same, wish)) {
            return FAIL(LANE_CONFLICT);
        }
        *ret_nonce = same->nonce;
        return OK;
    }
    uint64_t nonce = wish->is_named ? wish->nonce : next_of(record);
    TRY(wish->is_named ? give_named(record, wish) : give_next(record, wish, nonce));
    *ret_nonce = nonce;
    return OK;
}
