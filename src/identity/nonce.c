#include "identity/nonce.h"

#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/ct.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/secret.h"

enum {
    WINDOW_S = LIMIT_NONCE_MS / 1000,
    SECONDS = 256, /* of the ring; more than the window */
    HEAD = 8,      /* seconds and counter */
    ENTRIES_MAX = 1 << 24,
    APPS_MIN = 16,
};

_Static_assert(2 * WINDOW_S < SECONDS, "a second of the ring is swept before it comes again");
_Static_assert(HEAD * 2 == NONCE_BYTES, "half a nonce is its code");

/* Indexes count from 1; 0 is none. Not base/table, in which each of two million would take twice as
 * much, and whose one order is not that of the seconds by which these are swept. */
struct entry {
    uint32_t counter;
    uint32_t second;
    uint32_t app;
    uint32_t bucket_next;
    uint32_t second_next; /* or the next free one */
};

struct app {
    uint8_t id[NONCE_APP];
    uint32_t held;
    uint32_t next; /* of its bucket, or the next free one */
};

/* Items of an array that are handed out one by one and come back. */
struct supply {
    uint32_t capacity;
    uint32_t fresh; /* so many were ever handed out */
    uint32_t free;
};

struct nonce_spent {
    struct mem *mem;
    struct entry *entries;
    struct app *apps;
    uint32_t *buckets; /* of entries, by counter */
    uint32_t *app_buckets;
    uint32_t bits;
    uint32_t app_bits;
    uint32_t per_app;
    uint32_t count;
    struct supply entry_supply;
    struct supply app_supply;
    uint64_t now_s;
    uint64_t unswept_s; /* nothing older is held */
    uint32_t seconds[SECONDS];
};

void nonce_issuer_wipe(struct nonce_issuer *issuer)
{
    secret_wipe(issuer, sizeof *issuer);
}

/* What the sum is made of. */
enum { SUM_PARTS = 2 };

static void sum_parts(const struct nonce_issuer *issuer, struct bytes ret[static SUM_PARTS])
{
    ret[0] = (struct bytes){(const uint8_t *)&issuer->key, sizeof issuer->key};
    ret[1] = (struct bytes){(const uint8_t *)&issuer->start_ms, sizeof issuer->start_ms};
}

struct status nonce_start(const struct entropy *entropy, uint64_t now_ms, struct nonce_issuer *ret)
{
    SECRET32(key);
    nonce_issuer_wipe(ret);
    TRY(entropy_fill(entropy, key.b, sizeof key.b));
    TRY(keyed_sum_key_make(entropy, &ret->sum_key));
    hmac_sha256_key_init(&ret->key, BYTES_ARRAY(key.b));
    ret->start_ms = now_ms;
    struct bytes parts[SUM_PARTS];
    sum_parts(ret, parts);
    ret->sum = keyed_sum_of(&ret->sum_key, parts, SUM_PARTS);
    return OK;
}

/* After the key was used and before what came of it is given out. */
static struct status check_sum(const struct nonce_issuer *issuer)
{
    struct bytes parts[SUM_PARTS];
    sum_parts(issuer, parts);
    return keyed_sum_check(&issuer->sum_key, parts, SUM_PARTS, &issuer->sum);
}

static uint64_t seconds_of(const struct nonce_issuer *issuer, uint64_t now_ms)
{
    return now_ms < issuer->start_ms ? 0 : (now_ms - issuer->start_ms) / 1000;
}

static void code_of(const struct nonce_issuer *issuer, const uint8_t *head,
                    uint8_t ret[static SHA256_BYTES])
{
    hmac_sha256_mac(&issuer->key, (struct bytes){head, HEAD}, ret);
}

struct status nonce_issue(struct nonce_issuer *issuer, uint64_t now_ms,
                          uint8_t ret_nonce[static NONCE_BYTES])
{
    uint8_t code[SHA256_BYTES];
    struct buf out = buf_over(ret_nonce, NONCE_BYTES);
    buf_put_u32(&out, (uint32_t)seconds_of(issuer, now_ms));
    buf_put_u32(&out, atomic_fetch_add_explicit(&issuer->counter, 1, memory_order_relaxed));
    code_of(issuer, ret_nonce, code);
    ct_public(code, HEAD);
    buf_put(&out, (struct bytes){code, HEAD});
    secret_wipe(code, sizeof code);
    struct status same = check_sum(issuer);
    if (!status_is_ok(same)) {
        secret_wipe(ret_nonce, NONCE_BYTES);
    }
    return same;
}

/* The two numbers of a nonce. */
static void read_head(const uint8_t *nonce, uint32_t *ret_second, uint32_t *ret_counter)
{
    struct reader reader = reader_over((struct bytes){nonce, HEAD});
    *ret_second = reader_u32(&reader);
    *ret_counter = reader_u32(&reader);
}

struct status nonce_check(const struct nonce_issuer *issuer,
                          const uint8_t nonce[static NONCE_BYTES], uint64_t now_ms)
{
    uint8_t code[SHA256_BYTES];
    uint32_t second;
    uint32_t counter;
    code_of(issuer, nonce, code);
    uint64_t is_ours = ct_declassify(ct_equal(code, nonce + HEAD, HEAD));
    secret_wipe(code, sizeof code);
    TRY(check_sum(issuer));
    read_head(nonce, &second, &counter);
    bool is_young = (uint64_t)second + WINDOW_S >= seconds_of(issuer, now_ms);
    return is_ours && is_young ? OK : FAIL(NONCE_INVALID);
}

uint32_t nonce_shard(const uint8_t nonce[static NONCE_BYTES], uint32_t shards)
{
    uint32_t second;
    uint32_t counter;
    read_head(nonce, &second, &counter);
    return counter & (shards - 1);
}

/* The least number of bits that count so far. */
static uint32_t bits_for(uint32_t count)
{
    uint32_t bits = 1;
    while ((1u << bits) < count) {
        bits++;
    }
    return bits;
}

static uint32_t *array_of_u32(uint8_t **at, size_t count)
{
    void *start = *at;
    *at += count * sizeof(uint32_t);
    return start;
}

struct status nonce_spent_open(uint32_t entries, uint32_t per_app, struct mem *mem,
                               struct nonce_spent **ret)
{
    void *block;
    *ret = NULL;
    INVARIANT(entries != 0 && entries <= ENTRIES_MAX && per_app != 0);
    uint32_t apps = entries / 8 < APPS_MIN ? APPS_MIN : entries / 8;
    struct nonce_spent spent = {
        .mem = mem,
        .bits = bits_for(entries),
        .app_bits = bits_for(apps),
        .per_app = per_app,
        .entry_supply = {.capacity = entries},
        .app_supply = {.capacity = apps},
    };
    size_t lists = ((size_t)1 << spent.bits) + ((size_t)1 << spent.app_bits);
    size_t len = sizeof spent + lists * sizeof(uint32_t) + apps * sizeof(struct app) +
                 entries * sizeof(struct entry);
    TRY(mem_alloc(mem, len, &block));
    uint8_t *at = (uint8_t *)block + sizeof spent;
    spent.buckets = array_of_u32(&at, (size_t)1 << spent.bits);
    spent.app_buckets = array_of_u32(&at, (size_t)1 << spent.app_bits);
    spent.apps = (void *)at;
    spent.entries = (void *)(at + apps * sizeof(struct app));
    memcpy(block, &spent, sizeof spent);
    *ret = block;
    return OK;
}

void nonce_spent_close(struct nonce_spent **spent)
{
    void *block = *spent;
    if (block != NULL) {
        mem_free((*spent)->mem, &block);
    }
    *spent = NULL;
}

/* The high bits of a product are spread well for numbers in a row. */
static uint32_t bucket_of(uint32_t number, uint32_t bits)
{
    return number * 2654435769u >> (32 - bits);
}

static uint32_t *app_bucket(struct nonce_spent *spent, const uint8_t *app)
{
    struct reader reader = reader_over((struct bytes){app + NONCE_APP - 8, 8});
    uint32_t high = reader_u32(&reader);
    uint32_t low = reader_u32(&reader);
    return &spent->app_buckets[bucket_of(high ^ low, spent->app_bits)];
}

/* The place that points at an app, or at none. */
static uint32_t *find_app(struct nonce_spent *spent, const uint8_t *app)
{
    struct bytes wanted = {app, NONCE_APP};
    uint32_t *link = app_bucket(spent, app);
    while (*link != 0 && !bytes_equal(wanted, BYTES_ARRAY(spent->apps[*link - 1].id))) {
        link = &spent->apps[*link - 1].next;
    }
    return link;
}

static void release_app(struct nonce_spent *spent, uint32_t index)
{
    struct app *app = &spent->apps[index - 1];
    app->held--;
    if (app->held == 0) {
        uint32_t *link = find_app(spent, app->id);
        *link = app->next;
        app->next = spent->app_supply.free;
        spent->app_supply.free = index;
    }
}

static void release(struct nonce_spent *spent, uint32_t index)
{
    struct entry *entry = &spent->entries[index - 1];
    uint32_t *link = &spent->buckets[bucket_of(entry->counter, spent->bits)];
    while (*link != index) {
        link = &spent->entries[*link - 1].bucket_next;
    }
    *link = entry->bucket_next;
    release_app(spent, entry->app);
    entry->second_next = spent->entry_supply.free;
    spent->entry_supply.free = index;
    spent->count--;
}

/* Move time on and forget what is too old. Whole rounds of the ring are one. */
static void advance(struct nonce_spent *spent, uint64_t now_s)
{
    spent->now_s = now_s > spent->now_s ? now_s : spent->now_s;
    uint64_t keep_s = spent->now_s < WINDOW_S ? 0 : spent->now_s - WINDOW_S;
    if (keep_s > spent->unswept_s + SECONDS) {
        spent->unswept_s = keep_s - SECONDS;
    }
    for (; spent->unswept_s < keep_s; spent->unswept_s++) {
        uint32_t *head = &spent->seconds[spent->unswept_s % SECONDS];
        while (*head != 0) {
            uint32_t index = *head;
            *head = spent->entries[index - 1].second_next;
            release(spent, index);
        }
    }
}

/* Take an item; 0 when there is none. free_next: where a free one names the next. */
static uint32_t take_entry(struct supply *supply, const uint32_t *free_next)
{
    if (supply->free != 0) {
        uint32_t index = supply->free;
        supply->free = *free_next;
        return index;
    }
    if (supply->fresh == supply->capacity) {
        return 0;
    }
    supply->fresh++;
    return supply->fresh;
}

static bool is_spent(const struct nonce_spent *spent, uint32_t second, uint32_t counter)
{
    uint32_t index = spent->buckets[bucket_of(counter, spent->bits)];
    while (index != 0) {
        const struct entry *entry = &spent->entries[index - 1];
        if (entry->counter == counter && entry->second == second) {
            return true;
        }
        index = entry->bucket_next;
    }
    return false;
}

/* The app's place, made when it is new. An app may hold as many as are free: so one can have half
 * of all, n can have n parts of n + 1, and something is left for the next.
 * Returns: OK, NONCE_LIMIT, OVERLOADED. */
static struct status hold_app(struct nonce_spent *spent, const uint8_t *app, uint32_t *ret)
{
    uint32_t *link = find_app(spent, app);
    *ret = *link;
    if (*ret == 0) {
        uint32_t place = spent->app_supply.free;
        *ret = take_entry(&spent->app_supply, place == 0 ? NULL : &spent->apps[place - 1].next);
        if (*ret == 0) {
            return FAIL(OVERLOADED);
        }
        struct app *made = &spent->apps[*ret - 1];
        *made = (struct app){0};
        memcpy(made->id, app, NONCE_APP);
        *link = *ret;
    }
    uint32_t free = spent->entry_supply.capacity - spent->count;
    uint32_t held = spent->apps[*ret - 1].held;
    if (held >= spent->per_app || held >= free) {
        return FAIL(NONCE_LIMIT);
    }
    spent->apps[*ret - 1].held++;
    return OK;
}

static void insert(struct nonce_spent *spent, uint32_t index, const struct entry *entry)
{
    uint32_t *bucket = &spent->buckets[bucket_of(entry->counter, spent->bits)];
    uint32_t *second = &spent->seconds[entry->second % SECONDS];
    struct entry *to = &spent->entries[index - 1];
    *to = *entry;
    to->bucket_next = *bucket;
    to->second_next = *second;
    *bucket = index;
    *second = index;
    spent->count++;
}

static bool is_full(const struct nonce_spent *spent)
{
    return spent->count == spent->entry_supply.capacity;
}

struct status nonce_spend(struct nonce_spent *spent, const struct nonce_issuer *issuer,
                          const uint8_t nonce[static NONCE_BYTES],
                          const uint8_t app[static NONCE_APP], uint64_t now_ms)
{
    struct entry entry = {0};
    read_head(nonce, &entry.second, &entry.counter);
    advance(spent, seconds_of(issuer, now_ms));
    if (entry.second < spent->unswept_s) {
        return FAIL(NONCE_INVALID);
    }
    if (is_spent(spent, entry.second, entry.counter)) {
        return FAIL(NONCE_SPENT);
    }
    if (is_full(spent)) {
        return FAIL(OVERLOADED);
    }
    TRY(hold_app(spent, app, &entry.app));
    uint32_t free = spent->entry_supply.free;
    uint32_t index =
        take_entry(&spent->entry_supply, free == 0 ? NULL : &spent->entries[free - 1].second_next);
    INVARIANT(index != 0);
    insert(spent, index, &entry);
    return OK;
}

uint32_t nonce_spent_count(struct nonce_spent *spent, const struct nonce_issuer *issuer,
                           uint64_t now_ms)
{
    advance(spent, seconds_of(issuer, now_ms));
    return spent->count;
}
