/* What nodes say to each other while roots change. */
#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(roots_may_differ_for_a_while, open_one, close_one),
        cmocka_unit_test_setup_teardown(the_last_to_change_tells_the_others, open_one, close_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
