#include "identity/replay.h"

#include <string.h>

#include "base/invariant.h"
#include "base/reader.h"
#include "base/secret.h"
#include "digest/hmac_sha256.h"
#include "digest/keyed_sum.h"

enum {
    APP_BITS = 12,
    SEGMENTS = 64, /* of an app: each grows by itself, so that no call moves all of them */
    SEGMENT_BITS_MIN = 4,
    PER_APP_MAX = 1 << 26,
    OVERHEAD = 64, /* of a block of memory, at most */
};

/* Open addressing; 0 is an empty slot. Not base/table, whose capacity is fixed: this grows with
 * what is never forgotten, and has 8 bytes for each. */
struct segment {
    uint64_t *slots;
    uint32_t bits;
    uint32_t used;
};

struct known_app {
    uint8_t id[REPLAY_APP];
    struct known_app *next;
    uint32_t count;
    size_t bytes; /* of its segments */
    struct segment segments[SEGMENTS];
};

struct replay {
    struct hmac_sha256_key key;
    struct keyed_sum_key sum_key;
    struct keyed_sum sum; /* of the key: under another one nothing is known any more */
    struct mem *mem;
    uint32_t per_app;
    struct known_app *buckets[1 << APP_BITS];
};

static struct bytes key_part(const struct replay *replay)
{
    return (struct bytes){(const uint8_t *)&replay->key, sizeof replay->key};
}

struct status replay_open(uint32_t per_app, const struct entropy *entropy, struct mem *mem,
                          struct replay **ret)
{
    void *block;
    SECRET32(key);
    SECRET(keyed_sum_key, sum_key);
    *ret = NULL;
    INVARIANT(per_app != 0 && per_app <= PER_APP_MAX);
    TRY(entropy_fill(entropy, key.b, sizeof key.b));
    TRY(keyed_sum_key_make(entropy, &sum_key));
    TRY(mem_alloc(mem, sizeof(struct replay), &block));
    struct replay *replay = block;
    hmac_sha256_key_init(&replay->key, BYTES_ARRAY(key.b));
    replay->sum_key = sum_key;
    struct bytes part = key_part(replay);
    replay->sum = keyed_sum_of(&replay->sum_key, &part, 1);
    replay->mem = mem;
    replay->per_app = per_app;
    *ret = replay;
    return OK;
}

static void free_app(struct mem *mem, struct known_app *app)
{
    for (size_t i = 0; i < SEGMENTS; i++) {
        void *slots = app->segments[i].slots;
        mem_free(mem, &slots);
    }
    void *block = app;
    mem_free(mem, &block);
}

void replay_close(struct replay **replay)
{
    for (size_t i = 0; *replay != NULL && i < (size_t)1 << APP_BITS; i++) {
        struct known_app *app = (*replay)->buckets[i];
        while (app != NULL) {
            struct known_app *next = app->next;
            free_app((*replay)->mem, app);
            app = next;
        }
    }
    if (*replay != NULL) {
        void *block = *replay;
        mem_free((*replay)->mem, &block);
    }
    *replay = NULL;
}

static uint64_t code_of(const struct replay *replay, const struct p384_point *sender,
                        const uint8_t *iv)
{
    uint8_t code[SHA256_BYTES];
    struct hmac_sha256 hmac;
    hmac_sha256_init(&hmac, &replay->key);
    hmac_sha256_update(&hmac, BYTES_ARRAY(sender->sec1));
    hmac_sha256_update(&hmac, (struct bytes){iv, AEAD_IV});
    hmac_sha256_final(&hmac, code);
    struct reader reader = reader_over(BYTES_ARRAY(code));
    uint64_t fingerprint = reader_u64(&reader);
    return fingerprint == 0 ? 1 : fingerprint;
}

/* What all have is for ever, so that what a few took would be lost to all others: an app may hold
 * as much as is free, and something is left for the next, however many there are. Memory that is in
 * the budget, and that the system has not, says nothing about an app. */
static struct status alloc_for(struct mem *mem, size_t held, size_t len, void **ret)
{
    size_t free = mem->cap - mem_used(mem);
    size_t whole = len + OVERHEAD;
    *ret = NULL;
    return whole <= free && held <= free - whole ? mem_alloc(mem, len, ret) : FAIL(V1_EXHAUSTED);
}

/* App ids count up from 1. */
static struct status find_app(struct replay *replay, const uint8_t *id, struct known_app **ret)
{
    struct reader reader = reader_over((struct bytes){id + REPLAY_APP - 4, 4});
    struct known_app **bucket = &replay->buckets[reader_u32(&reader) & ((1u << APP_BITS) - 1)];
    for (struct known_app *app = *bucket; app != NULL; app = app->next) {
        if (bytes_equal(BYTES_ARRAY(app->id), (struct bytes){id, REPLAY_APP})) {
            *ret = app;
            return OK;
        }
    }
    void *block;
    *ret = NULL;
    TRY(alloc_for(replay->mem, 0, sizeof(struct known_app), &block));
    struct known_app *app = block;
    memcpy(app->id, id, REPLAY_APP);
    app->next = *bucket;
    *bucket = app;
    *ret = app;
    return OK;
}

/* The slot that holds a fingerprint, or the empty one where it belongs. */
static uint64_t *slot_of(const struct segment *segment, uint64_t fingerprint)
{
    uint64_t mask = ((uint64_t)1 << segment->bits) - 1;
    uint64_t at = fingerprint & mask;
    while (segment->slots[at] != 0 && segment->slots[at] != fingerprint) {
        at = (at + 1) & mask;
    }
    return &segment->slots[at];
}

/* Room for one more: never more than three quarters of the slots are in use. */
static struct status make_room(struct mem *mem, struct known_app *app, struct segment *segment)
{
    if (segment->slots != NULL && 4 * (segment->used + 1) <= 3u << segment->bits) {
        return OK;
    }
    struct segment grown = {
        .bits = segment->slots == NULL ? SEGMENT_BITS_MIN : segment->bits + 1,
        .used = segment->used,
    };
    size_t len = sizeof(uint64_t) << grown.bits;
    void *block;
    TRY(alloc_for(mem, app->bytes, len, &block));
    grown.slots = block;
    for (size_t i = 0; segment->slots != NULL && i < (size_t)1 << segment->bits; i++) {
        if (segment->slots[i] != 0) {
            *slot_of(&grown, segment->slots[i]) = segment->slots[i];
        }
    }
    app->bytes += segment->slots == NULL ? len : len / 2;
    void *old = segment->slots;
    mem_free(mem, &old);
    *segment = grown;
    return OK;
}

struct status replay_remember(struct replay *replay, const uint8_t app[static REPLAY_APP],
                              const struct p384_point *sender, const uint8_t iv[static AEAD_IV])
{
    uint64_t fingerprint = code_of(replay, sender, iv);
    struct known_app *known;
    struct bytes part = key_part(replay);
    TRY(keyed_sum_check(&replay->sum_key, &part, 1, &replay->sum));
    TRY(find_app(replay, app, &known));
    struct segment *segment = &known->segments[fingerprint >> 58];
    if (segment->slots != NULL && *slot_of(segment, fingerprint) == fingerprint) {
        return FAIL(ENVELOPE_REPLAYED);
    }
    if (known->count >= replay->per_app) {
        return FAIL(V1_EXHAUSTED);
    }
    TRY(make_room(replay->mem, known, segment));
    *slot_of(segment, fingerprint) = fingerprint;
    segment->used++;
    known->count++;
    return OK;
}
