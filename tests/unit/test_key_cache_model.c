/* Random histories of a small cache beside a model that searches and never forgets. */
#include "base/ct.h"
#include "fixtures/unit.h"
#include "keys/cache/key_cache_internal.h"

enum { CAPACITY = 7, USERS = 40, STEPS = 20000, HISTORIES = 20 };

/* What is known of a user: in the cache, and ever since the last clear. */
struct model_user {
    bool is_cached;
    bool is_recent;
    uint64_t notes;
    uint64_t account; /* 0: none */
    uint64_t ever_notes;
    uint64_t ever_account;
};

/* Positions hold users plus one; 0 is free. */
struct model {
    struct model_user users[USERS];
    unsigned positions[CAPACITY];
    unsigned freed[CAPACITY];
    unsigned freed_count;
    unsigned used;
    unsigned hand;
};

static uint64_t state;

static uint64_t next_random(uint64_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
}

static struct status fill_fixed(void *context, uint8_t *out, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)next_random(256);
    }
    return OK;
}

static struct key_cache_id id_of(const struct key_cache *cache, uint64_t user)
{
    const uint8_t tenant[KEY_CACHE_TENANT] = {1};
    const struct keyed_sum source = {{7}};
    struct key_cache_tenant prepared = key_cache_tenant(cache, tenant, &source);
    return key_cache_id(&prepared, BYTES_LITERAL("u"), user);
}

static struct key_cache_value value_of(const struct key_cache *cache, uint64_t user,
                                       uint64_t account)
{
    struct key_cache_value value = {.public_key = felt_from_u64(user + 1000)};
    struct key_cache_id id = id_of(cache, user);
    value.key.d.limb[0] = user + 2000;
    if (account != 0) {
        value.account = (struct key_cache_account){felt_from_u64(user + 9000 * account),
                                                   felt_from_u64(account / 2), account};
    }
    key_cache_sum(cache, &id, &value);
    return value;
}

/* --- the model -------------------------------------------------------------------------------- */

static unsigned position_of(const struct model *model, uint64_t user)
{
    unsigned i = 0;
    while (model->positions[i] != user + 1) {
        i++;
    }
    return i;
}

static void remove_user(struct model *model, uint64_t user)
{
    model->positions[position_of(model, user)] = 0;
    model->users[user].is_cached = false;
}

static unsigned place_for_one(struct model *model)
{
    if (model->freed_count != 0) {
        return model->freed[--model->freed_count];
    }
    if (model->used < CAPACITY) {
        return model->used++;
    }
    while (model->users[model->positions[model->hand] - 1].is_recent) {
        model->users[model->positions[model->hand] - 1].is_recent = false;
        model->hand = (model->hand + 1) % CAPACITY;
    }
    unsigned place = model->hand;
    model->hand = (model->hand + 1) % CAPACITY;
    remove_user(model, model->positions[place] - 1);
    return place;
}

/* --- steps, on both --------------------------------------------------------------------------- */

/* Returns: the value as it is in use, from the cache or put there. */
static struct key_cache_value use_user(struct key_cache *cache, struct model *model, uint64_t user)
{
    struct model_user *known = &model->users[user];
    struct key_cache_id id = id_of(cache, user);
    struct key_cache_value value;
    bool hit = false;
    assert_status(OK, key_cache_get(cache, &id, &value, &hit));
    assert_int_equal(known->is_cached, hit);
    if (!hit) {
        value = value_of(cache, user, 0);
        key_cache_recall(cache, &id, &value);
        assert_int_equal(known->ever_notes, value.notes);
        key_cache_put(cache, &id, &value);
        unsigned place = place_for_one(model);
        model->positions[place] = (unsigned)user + 1;
        known->is_cached = true;
        known->is_recent = false;
        known->notes = value.notes;
        known->account = 0;
    } else {
        known->is_recent = true;
    }
    struct key_cache_value expected = value_of(cache, user, known->account);
    assert_int_equal(1, ct_equal(&expected.key, &value.key, sizeof value.key));
    assert_memory_equal(&expected.public_key, &value.public_key, sizeof value.public_key);
    assert_memory_equal(&expected.account, &value.account, sizeof value.account);
    assert_memory_equal(&expected.sum, &value.sum, sizeof value.sum);
    assert_int_equal(known->notes, value.notes);
    return value;
}

static void note_user(struct key_cache *cache, struct model *model, uint64_t user)
{
    struct key_cache_value value = use_user(cache, model, user);
    struct key_cache_id id = id_of(cache, user);
    bool verified = next_random(2) == 0;
    key_cache_note(cache, &id, &value, verified ? KEY_CACHE_VERIFIED : KEY_CACHE_SHOWN);
    model->users[user].notes |= KEY_CACHE_SHOWN | (verified ? KEY_CACHE_VERIFIED : 0);
    model->users[user].ever_notes |= model->users[user].notes;
}

static void keep_account(struct key_cache *cache, struct model *model, uint64_t user)
{
    struct key_cache_value value = use_user(cache, model, user);
    struct model_user *known = &model->users[user];
    struct key_cache_id id = id_of(cache, user);
    uint64_t account = 1 + next_random(3);
    struct keyed_sum before = value.sum;
    value = value_of(cache, user, account);
    assert_int_equal(known->ever_account == account, key_cache_recalls_account(cache, &id, &value));
    key_cache_put_account(cache, &id, &before, &value);
    assert_true(key_cache_recalls_account(cache, &id, &value));
    known->account = account;
    known->ever_account = account;
    known->ever_notes |= KEY_CACHE_SHOWN;
}

static void drop_user(struct key_cache *cache, struct model *model, uint64_t user)
{
    struct key_cache_id id = id_of(cache, user);
    key_cache_drop(cache, &id);
    if (model->users[user].is_cached) {
        model->freed[model->freed_count++] = position_of(model, user);
        remove_user(model, user);
    }
}

static void step(struct key_cache *cache, struct model *model)
{
    uint64_t user = next_random(2) == 0 ? next_random(USERS) : next_random(CAPACITY);
    uint64_t what = next_random(1000);
    if (what == 0) {
        key_cache_clear(cache);
        *model = (struct model){0};
    } else if (what < 100) {
        drop_user(cache, model, user);
    } else if (what < 300) {
        note_user(cache, model, user);
    } else if (what < 500) {
        keep_account(cache, model, user);
    } else {
        (void)use_user(cache, model, user);
    }
}

static void histories_are_those_of_the_model(void **unused)
{
    (void)unused;
    struct mem mem;
    mem_init(&mem, (size_t)1 << 20);
    for (uint64_t history = 0; history < HISTORIES; history += unit_step()) {
        const struct entropy fixed = {NULL, fill_fixed};
        struct model model = {0};
        struct key_cache *cache;
        state = history;
        assert_status(OK, key_cache_open(CAPACITY, &mem, &fixed, &cache));
        for (unsigned i = 0; i < STEPS; i++) {
            step(cache, &model);
        }
        struct key_cache_stats stats = key_cache_stats(cache);
        assert_true(stats.evictions > 1000 && stats.recalled > 1000 && stats.hits > 1000);
        key_cache_close(&cache);
    }
    assert_int_equal(0, mem_used(&mem));
}

/* More keys than there are marks: what is remembered is a part of what was noted, and most of what
 * was noted last. */
static void more_keys_than_marks_are_forgotten_and_never_mixed_up(void **unused)
{
    (void)unused;
    enum { MET = CAPACITY * KEY_CACHE_MET, MANY = 20 * MET };
    struct mem mem;
    mem_init(&mem, (size_t)1 << 20);
    const struct entropy fixed = {NULL, fill_fixed};
    struct key_cache *cache;
    assert_status(OK, key_cache_open(CAPACITY, &mem, &fixed, &cache));
    for (uint64_t i = 0; i < MANY; i++) {
        struct key_cache_id id = id_of(cache, i);
        struct key_cache_value value = value_of(cache, i, 0);
        key_cache_note(cache, &id, &value, i % 2 == 0 ? KEY_CACHE_VERIFIED : KEY_CACHE_SHOWN);
    }
    size_t known = 0;
    size_t recent = 0;
    for (uint64_t i = 0; i < 2 * MANY; i++) {
        struct key_cache_id id = id_of(cache, i);
        struct key_cache_value value = value_of(cache, i, 0);
        uint64_t noted = i % 2 == 0 ? KEY_CACHE_SHOWN | KEY_CACHE_VERIFIED : KEY_CACHE_SHOWN;
        key_cache_recall(cache, &id, &value);
        assert_true(value.notes == 0 || (i < MANY && value.notes == noted));
        known += value.notes != 0;
        recent += value.notes != 0 && i >= MANY - MET / 2;
    }
    assert_int_equal(MET, known);
    assert_true(recent > MET / 2 * 9 / 10);
    key_cache_close(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histories_are_those_of_the_model),
        cmocka_unit_test(more_keys_than_marks_are_forgotten_and_never_mixed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
