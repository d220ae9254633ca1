/* What nodes say to each other while roots change. */
#include <stdio.h>

#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"
#include "record/namespace_keys.h"
#include "store/kv_digest.h"

static struct cluster_one one;
static uint8_t answered[SYNC_MESSAGE_MAX];
static const uint8_t tenant[DOMAIN_TENANT_ID] = {7};

static int open_one(void **state)
{
    (void)state;
    secret_allow_unlocked();
    one_open(&one, 2, true);
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    one_close(&one);
    return 0;
}

/* Sealed under the older root. */
static void put_at(struct cluster_one *at_one, const char *key)
{
    SECRET(value_seal_keys, keys);
    SECRET32(secret);
    root_values_key(root_keyring_oldest(at_one->roots), tenant, &secret);
    value_seal_keys_init(&keys, one_domain, tenant);
    value_seal_keys_add(&keys, 0, &secret);
    struct kv_at at = {.keys = &keys, .now_ms = at_one->now.wall_ms};
    struct kv_write write = {.key = bytes_of(key), .value = bytes_of("value"), .cause = {1}};
    one_fill(at_one, write.nonce, sizeof write.nonce);
    assert_status(OK, kv_put(at_one->kv, &at, &write, NULL));
}

static const struct secret32 next_master = {{0x33, 0x44}};

static void change_root(struct cluster_one *at_one)
{
    assert_status(OK, root_keyring_install(at_one->roots, 1, &next_master));
}

/* All that one node asks another now. Returns: how often it was refused for its code. */
static size_t ask(struct cluster_one *asker, const struct eth_address *wallet,
                  struct cluster_one *other)
{
    struct cluster_action action;
    size_t refused = 0;
    while (one_next(asker, &action)) {
        struct buf answer = buf_over(answered, sizeof answered);
        struct status status =
            cluster_serve(other->cluster, &other->now, wallet, action.message, &answer);
        refused += status.code == STATUS_SYNC_CODE;
        cluster_answered(asker->cluster, &asker->now, action.id, buf_bytes(&answer));
    }
    return refused;
}

static void assert_same(const struct cluster_one *a, const struct cluster_one *b)
{
    uint8_t ours[KV_DIGEST];
    uint8_t theirs[KV_DIGEST];
    kv_digest_root(a->kv, ours);
    kv_digest_root(b->kv, theirs);
    assert_memory_equal(ours, theirs, KV_DIGEST);
}

/* One node has the next root already, the other has not. */
static void roots_may_differ_for_a_while(void **state)
{
    (void)state;
    static struct cluster_one other;
    one_open_as(&other, &one_peer, 2, false);
    change_root(&one);
    put_at(&one, "k");
    assert_int_equal(0, ask(&other, &one_peer, &one));
    assert_status(OK, cluster_check(other.cluster));
    /* The newer one is tried once, which costs nothing else. */
    assert_int_equal(1, ask(&one, &one_self, &other));
    assert_int_equal(0, cluster_stats(one.cluster).failures);
    assert_int_equal(1, cluster_stats(one.cluster).walks);
    put_at(&other, "k2");
    one.now.ms += CLUSTER_REPAIR_MS - 1;
    assert_int_equal(0, ask(&one, &one_self, &other));
    assert_int_equal(0, ask(&other, &one_peer, &one));
    one.now.ms += 1;
    assert_int_equal(1, ask(&one, &one_self, &other));
    assert_same(&one, &other);
    one_close(&other);
}

/* Who gets it last tells the other, and from then on nothing is said with the older one. */
static void the_last_to_change_tells_the_others(void **state)
{
    (void)state;
    static struct cluster_one other;
    struct hmac_sha256_key older = one.key;
    struct cluster_action action;
    struct sync_way way = {one_self.b, one_peer.b};
    struct sync_head head;
    struct reader body;
    one_open_as(&other, &one_peer, 2, false);
    change_root(&one);
    assert_int_equal(0, ask(&other, &one_peer, &one));
    assert_int_equal(1, ask(&one, &one_self, &other));
    change_root(&other);
    assert_int_equal(0, ask(&other, &one_peer, &one));
    put_at(&one, "k");
    one.now.ms += CLUSTER_REPAIR_MS;
    assert_true(one_next(&one, &action));
    assert_status(SYNC_CODE, sync_message_open(action.message, &older, &way, &head, &body));
    cluster_answered(one.cluster, &one.now, action.id, (struct bytes){NULL, 0});
    one_close(&other);
}

static uint32_t epoch_of(const struct cluster_one *at_one, const char *key)
{
    struct record record;
    uint32_t epoch;
    assert_true(kv_peek(at_one->kv, tenant, bytes_of(key), &record));
    assert_true(value_seal_epoch_of(&record, &epoch));
    return epoch;
}

/* With all keys that are here. */
static void assert_reads(struct cluster_one *at_one, const char *key)
{
    SECRET(value_seal_keys, keys);
    uint8_t memory[16];
    struct buf value = buf_over(memory, sizeof memory);
    const struct namespace_keys from = {at_one->roots, one_domain, NULL};
    namespace_keys_of(&from, tenant, &keys);
    struct kv_at at = {.keys = &keys, .now_ms = at_one->now.wall_ms};
    struct kv_read read = {.key = bytes_of(key)};
    assert_status(OK, kv_get(at_one->kv, &at, &read, &value, NULL));
    assert_true(bytes_equal(BYTES_LITERAL("value"), buf_bytes(&value)));
}

static void put_many(struct cluster_one *at_one, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "many/%zu", i);
        put_at(at_one, key);
    }
}

/* In short steps, to the last one, with the digest as it was; what is under a newer root stays. */
static void records_are_sealed_again_under_the_root_in_use(void **state)
{
    (void)state;
    enum { MANY = 100 };
    uint8_t before[KV_DIGEST];
    uint8_t after[KV_DIGEST];
    size_t steps = 1;
    put_many(&one, MANY);
    assert_false(cluster_reseal(one.cluster, &one.now));
    kv_digest_root(one.kv, before);
    root_keyring_hold_back(one.roots, 1);
    change_root(&one);
    assert_false(cluster_reseal(one.cluster, &one.now));
    assert_int_equal(0, epoch_of(&one, "many/7"));
    root_keyring_use_all(one.roots);
    assert_true(cluster_reseal(one.cluster, &one.now));
    assert_in_range(cluster_stats(one.cluster).resealed, 1, MANY - 1);
    assert_int_equal(0, cluster_stats(one.cluster).resealed_epoch);
    while (cluster_reseal(one.cluster, &one.now)) {
        steps++;
    }
    assert_in_range(steps, 2, MANY);
    assert_int_equal(MANY, cluster_stats(one.cluster).resealed);
    assert_int_equal(0, cluster_stats(one.cluster).reseal_failed);
    assert_int_equal(1, epoch_of(&one, "many/7"));
    assert_reads(&one, "many/7");
    kv_digest_root(one.kv, after);
    assert_memory_equal(before, after, KV_DIGEST);
    /* It takes another walk to say that nothing is left; what comes in late is found then. */
    assert_int_equal(0, cluster_stats(one.cluster).resealed_epoch);
    put_at(&one, "late");
    one.now.ms += CLUSTER_RESEAL_SOON_MS;
    while (cluster_reseal(one.cluster, &one.now)) {
    }
    assert_int_equal(1, epoch_of(&one, "late"));
    assert_int_equal(0, cluster_stats(one.cluster).resealed_epoch);
    one.now.ms += CLUSTER_RESEAL_SOON_MS;
    while (cluster_reseal(one.cluster, &one.now)) {
    }
    assert_int_equal(1, cluster_stats(one.cluster).resealed_epoch);
    assert_int_equal(MANY + 1, cluster_stats(one.cluster).resealed);
    assert_false(cluster_reseal(one.cluster, &one.now));
}

/* What does not open stays as it is, and is counted. */
static void what_does_not_open_is_told(void **state)
{
    (void)state;
    SECRET(value_seal_keys, keys);
    static const struct secret32 other = {{1}};
    struct record before;
    put_at(&one, "good");
    value_seal_keys_init(&keys, one_domain, tenant);
    value_seal_keys_add(&keys, 0, &other);
    struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
    struct kv_write write = {.key = BYTES_LITERAL("bad"), .value = BYTES_LITERAL("v")};
    assert_status(OK, kv_put(one.kv, &at, &write, NULL));
    change_root(&one);
    assert_true(kv_peek(one.kv, tenant, write.key, &before));
    uint8_t blob[128];
    memcpy(blob, before.blob.ptr, before.blob.len);
    while (cluster_reseal(one.cluster, &one.now)) {
    }
    one.now.ms += CLUSTER_RESEAL_SOON_MS;
    while (cluster_reseal(one.cluster, &one.now)) {
    }
    assert_int_equal(1, cluster_stats(one.cluster).reseal_failed);
    assert_int_equal(0, cluster_stats(one.cluster).resealed_epoch);
    assert_int_equal(1, epoch_of(&one, "good"));
    assert_int_equal(0, epoch_of(&one, "bad"));
    assert_true(kv_peek(one.kv, tenant, write.key, &before));
    assert_memory_equal(blob, before.blob.ptr, before.blob.len);
}

static void a_root_is_known_to_all_when_each_has_shown_it(void **state)
{
    (void)state;
    static struct cluster_one other;
    one_open_as(&other, &one_peer, 2, false);
    assert_int_equal(0, ask(&other, &one_peer, &one));
    assert_true(cluster_all_know(one.cluster, 0));
    change_root(&one);
    assert_int_equal(1, ask(&one, &one_self, &other));
    assert_false(cluster_all_know(one.cluster, 1));
    change_root(&other);
    other.now.ms += CLUSTER_REPAIR_MS;
    assert_int_equal(0, ask(&other, &one_peer, &one));
    assert_true(cluster_all_know(one.cluster, 1));
    assert_false(cluster_all_know(one.cluster, 2));
    one_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(roots_may_differ_for_a_while, open_one, close_one),
        cmocka_unit_test_setup_teardown(records_are_sealed_again_under_the_root_in_use, open_one,
                                        close_one),
        cmocka_unit_test_setup_teardown(what_does_not_open_is_told, open_one, close_one),
        cmocka_unit_test_setup_teardown(a_root_is_known_to_all_when_each_has_shown_it, open_one,
                                        close_one),
        cmocka_unit_test_setup_teardown(the_last_to_change_tells_the_others, open_one, close_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
