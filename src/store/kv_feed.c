/* Changes in order, for peers. */
#include "base/invariant.h"
#include "store/kv_internal.h"

static void insert_after(struct kv_change *where, struct kv_change *change)
{
    change->previous = where;
    change->next = where->next;
    where->next->previous = change;
    where->next = change;
}

static void take_out(struct kv_change *change)
{
    change->previous->next = change->next;
    change->next->previous = change->previous;
}

void kv_feed_open(struct kv *kv, struct kv_feed *feed, bool from_start)
{
    feed->mark.seq = 0;
    insert_after(from_start ? &kv->changes : kv->changes.previous, &feed->mark);
}

void kv_feed_close(struct kv_feed *feed)
{
    take_out(&feed->mark);
    *feed = (struct kv_feed){0};
}

_Static_assert(offsetof(struct kv_record, change) == 0, "a change is its record");

bool kv_feed_next(struct kv *kv, struct kv_feed *feed, struct kv_feed_item *ret_item)
{
    *ret_item = (struct kv_feed_item){0};
    struct kv_change *change = feed->mark.next;
    while (change != &kv->changes && change->seq == 0) {
        change = change->next;
    }
    if (change == &kv->changes) {
        return false;
    }
    take_out(&feed->mark);
    insert_after(change, &feed->mark);
    *ret_item = kv_record_item((const void *)change);
    return true;
}

void kv_feed_rewind(struct kv *kv, struct kv_feed *feed, uint64_t seq)
{
    struct kv_change *change = feed->mark.previous;
    while (change != &kv->changes && (change->seq == 0 || change->seq > seq)) {
        change = change->previous;
    }
    take_out(&feed->mark);
    insert_after(change, &feed->mark);
}

void kv_announce(struct kv *kv, const uint8_t tenant[static DOMAIN_TENANT_ID], struct bytes key)
{
    const struct kv_space *space = kv_space_find(kv, tenant);
    struct kv_record *record = space == NULL ? NULL : kv_space_record(space, key);
    /* A feed that has passed the last change has its mark behind it. */
    if (record == NULL || record->state == KV_SPENT || record->change.next == &kv->changes) {
        return;
    }
    take_out(&record->change);
    insert_after(kv->changes.previous, &record->change);
    record->change.seq = ++kv->seq;
}

uint64_t kv_seq(const struct kv *kv)
{
    return kv->seq;
}
