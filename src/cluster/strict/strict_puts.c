/* Records of this node that wait until a majority has them. */
#include <string.h>

#include "cluster/strict/strict_internal.h"

enum { PUT_KEPT_MS = 5000 }; /* for whoever asks what came of it */

static struct put *free_put(struct strict *strict)
{
    for (size_t i = 0; i < STRICT_PUTS_MAX; i++) {
        if (strict->puts[i].ticket == 0) {
            return &strict->puts[i];
        }
    }
    return NULL;
}

static void count_self(struct strict *strict, struct put *put)
{
    bool is_fenced = strict_ballot_order(&strict->slots[put->slot].seen, &put->ballot) > 0;
    if (!strict->is_ready || (put->ballot.term != 0 && is_fenced)) {
        return;
    }
    put->acks |= (uint64_t)1 << strict->self;
    if (put->outcome == STRICT_WAITS && strict_is_majority(strict, put->acks)) {
        put->outcome = STRICT_HELD;
    }
}

struct status strict_put(struct strict *strict, uint64_t now_ms, const struct strict_record *record,
                         uint64_t *ret_ticket)
{
    struct strict_record own = *record;
    struct put *put = free_put(strict);
    const uint64_t term = record->version.ballot.term;
    *ret_ticket = 0;
    now_ms = strict_step(strict, now_ms);
    if (record->slot >= STRICT_SLOTS || record->kind >= STRICT_KINDS_COUNT) {
        return FAIL(RECORD_INVALID);
    }
    own.version.ballot = (struct strict_ballot){0};
    if (strict->set.number == 0 ||
        (strict_kind_has_home(record->kind) && !strict_holds(strict, now_ms, record->slot))) {
        return FAIL(NOT_CURRENT);
    }
    if (put == NULL) {
        return FAIL(OVERLOADED);
    }
    if (strict_kind_has_home(record->kind)) {
        own.version.ballot = strict_hold(strict, record->slot)->ballot;
        if (term != 0 && term != own.version.ballot.term) {
            return FAIL(NOT_CURRENT); /* what it was made of may be out of date */
        }
    }
    TRY(strict_table_merge(strict->table, &own, strict->wall_ms));
    *put = (struct put){.ticket = ++strict->last_ticket,
                        .slot = record->slot,
                        .kind = record->kind,
                        .key_len = record->key.len,
                        .ballot = own.version.ballot,
                        .deadline_ms = now_ms + STRICT_PUT_MS};
    memcpy(put->tenant, record->tenant, sizeof put->tenant);
    memcpy(put->key, record->key.ptr, record->key.len);
    count_self(strict, put);
    strict->put_count++;
    *ret_ticket = put->ticket;
    return OK;
}

enum strict_outcome strict_outcome(struct strict *strict, uint64_t now_ms, uint64_t ticket)
{
    now_ms = strict_step(strict, now_ms);
    for (size_t i = 0; i < STRICT_PUTS_MAX; i++) {
        struct put *put = &strict->puts[i];
        if (put->ticket != ticket || ticket == 0 || put->is_taken) {
            continue;
        }
        if (put->outcome == STRICT_WAITS && now_ms >= put->deadline_ms) {
            put->outcome = STRICT_UNKNOWN;
        }
        put->is_taken = put->outcome != STRICT_WAITS;
        return put->outcome;
    }
    return STRICT_UNKNOWN;
}

uint64_t strict_put_ended(const struct strict *strict, uint64_t now_ms)
{
    for (size_t i = 0; i < STRICT_PUTS_MAX && strict->put_count != 0; i++) {
        const struct put *put = &strict->puts[i];
        bool is_over = put->outcome != STRICT_WAITS || now_ms >= put->deadline_ms;
        if (put->ticket != 0 && !put->is_taken && is_over) {
            return put->ticket;
        }
    }
    return 0;
}

/* What was acknowledged in another set does not count in this one: who did so may have died. */
void strict_puts_moved(struct strict *strict)
{
    for (size_t i = 0; i < STRICT_PUTS_MAX; i++) {
        strict->puts[i].acks = 0;
    }
}

void strict_puts_fenced(struct strict *strict, const struct hold *hold)
{
    for (size_t i = 0; i < STRICT_PUTS_MAX; i++) {
        struct put *put = &strict->puts[i];
        if (put->ticket != 0 && put->outcome == STRICT_WAITS && put->slot == hold->slot &&
            strict_ballot_order(&put->ballot, &hold->ballot) == 0) {
            put->outcome = STRICT_UNKNOWN;
        }
    }
}

void strict_put_acked(struct strict *strict, uint64_t ticket, size_t member)
{
    for (size_t i = 0; i < STRICT_PUTS_MAX; i++) {
        struct put *put = &strict->puts[i];
        if (put->ticket == ticket && ticket != 0) {
            put->acks |= (uint64_t)1 << member;
            if (put->outcome == STRICT_WAITS && strict_is_majority(strict, put->acks)) {
                put->outcome = STRICT_HELD;
            }
        }
    }
}

/* A put goes when all members have it, or its time is over and nobody asks any more. */
void strict_puts_tick(struct strict *strict, uint64_t now_ms, uint64_t *due_ms)
{
    for (size_t i = 0; i < STRICT_PUTS_MAX && strict->put_count != 0; i++) {
        struct put *put = &strict->puts[i];
        if (put->ticket == 0) {
            continue;
        }
        count_self(strict, put);
        bool is_everywhere = (size_t)__builtin_popcountll(put->acks) == strict->set.count;
        if ((put->is_taken && (is_everywhere || now_ms >= put->deadline_ms)) ||
            now_ms >= put->deadline_ms + PUT_KEPT_MS) {
            *put = (struct put){0};
            strict->put_count--;
            continue;
        }
        bool is_over = now_ms >= put->deadline_ms;
        due_sooner(due_ms, is_over ? put->deadline_ms + PUT_KEPT_MS : put->deadline_ms);
    }
}
