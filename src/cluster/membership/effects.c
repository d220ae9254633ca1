/* Effects of the cluster's own, which the trail has to have before they are made. */
#include <string.h>

#include "cluster/membership/membership_internal.h"

static struct effect *find_free(struct effects *effects)
{
    for (size_t i = 0; i < MEMBERSHIP_EFFECTS; i++) {
        if (effects->list[i].stage == EFFECT_FREE) {
            return &effects->list[i];
        }
    }
    return NULL;
}

bool membership_effects_have_room(struct membership *membership)
{
    thread_lock_take(&membership->effects.lock);
    bool has_room = find_free(&membership->effects) != NULL;
    thread_lock_give(&membership->effects.lock);
    return has_room;
}

void membership_effect_want(struct membership *membership, const struct effect_wanted *wanted)
{
    struct effects *effects = &membership->effects;
    thread_lock_take(&effects->lock);
    struct effect *effect = find_free(effects);
    if (effect != NULL) {
        *effect = (struct effect){.stage = EFFECT_WANTED, .op = wanted->op, .id = wanted->id};
        effect->has_key = wanted->key.ptr != NULL;
        if (effect->has_key) {
            memcpy(effect->tenant, wanted->tenant, sizeof effect->tenant);
            memcpy(effect->key, wanted->key.ptr, wanted->key.len);
            effect->key_len = wanted->key.len;
        }
    }
    thread_lock_give(&effects->lock);
    membership->tell.wake(membership->tell.context, 0);
}

bool membership_effect_take(struct membership *membership, struct effect_taken *ret)
{
    struct effects *effects = &membership->effects;
    bool is_one = false;
    thread_lock_take(&effects->lock);
    for (size_t i = 0; i < MEMBERSHIP_EFFECTS && !is_one; i++) {
        struct effect *effect = &effects->list[i];
        is_one = effect->stage == EFFECT_DURABLE;
        if (is_one) {
            effect->stage = EFFECT_MADE;
            *ret = (struct effect_taken){.place = i, .id = effect->id};
            memcpy(ret->cause, effect->cause, sizeof ret->cause);
        }
    }
    thread_lock_give(&effects->lock);
    return is_one;
}

void membership_effect_made(struct membership *membership, size_t place, struct status status)
{
    struct effects *effects = &membership->effects;
    thread_lock_take(&effects->lock);
    effects->list[place].status = status;
    effects->list[place].stage = EFFECT_OVER;
    thread_lock_give(&effects->lock);
    membership->tell.wake(membership->tell.context, 0);
}

/* --- for the trail ---------------------------------------------------------------------------- */

bool membership_effect_next(struct membership *membership, struct membership_effect *ret)
{
    struct effects *effects = &membership->effects;
    bool is_one = false;
    thread_lock_take(&effects->lock);
    for (size_t i = 0; i < MEMBERSHIP_EFFECTS && !is_one; i++) {
        struct effect *effect = &effects->list[i];
        is_one = effect->stage == EFFECT_WANTED || effect->stage == EFFECT_OVER;
        if (is_one) {
            *ret = (struct membership_effect){.place = i,
                                              .op = effect->op,
                                              .is_over = effect->stage == EFFECT_OVER,
                                              .status = effect->status};
            ret->tenant = effect->has_key ? effect->tenant : NULL;
            ret->key = (struct bytes){effect->key, effect->key_len};
            effect->stage = ret->is_over ? EFFECT_ENDING : EFFECT_WRITTEN;
        }
    }
    thread_lock_give(&effects->lock);
    return is_one;
}

void membership_effect_written(struct membership *membership, size_t place, const uint8_t *cause)
{
    struct effects *effects = &membership->effects;
    thread_lock_take(&effects->lock);
    struct effect *effect = &effects->list[place];
    if (cause == NULL || effect->stage == EFFECT_ENDING) {
        effect->stage = EFFECT_FREE;
    } else {
        memcpy(effect->cause, cause, sizeof effect->cause);
        effect->stage = EFFECT_DURABLE;
    }
    thread_lock_give(&effects->lock);
    membership_wake(membership);
}
