/* A node of ours where others speak version 1 alone: there is nothing to be had of them here. */
#include "fixtures/cluster_one.h"
#include "fixtures/unit.h"
#include "keys/app_keys.h"

static struct cluster_one one;
static bool is_other_v1; /* what the peer has shown */

static struct v1_apps *apps;

static bool is_v1(void *context, const struct eth_address *wallet)
{
    assert_ptr_equal(&one, context);
    return is_other_v1 && eth_address_equal(wallet, &one_peer);
}

static void open_with(struct v1_apps *known)
{
    secret_allow_unlocked();
    one_open(&one, 2, false);
    cluster_close(&one.cluster);
    struct cluster_setup setup = {
        .mem = &one.mem,
        .entropy = {&one, one_fill},
        .kv = one.kv,
        .roots = one.roots,
        .registry = &one.registry,
        .apps = known,
        .is_v1 = is_v1,
        .v1 = &one,
        .wallet = one_self,
        .holders = 2,
    };
    assert_status(OK, cluster_open(&setup, &one.now, &one.cluster));
    is_other_v1 = false;
}

static int start(void **state)
{
    (void)state;
    open_with(NULL);
    return 0;
}

static int start_with_apps(void **state)
{
    const struct domain domain = {.chain_id = 1};
    (void)state;
    /* In memory of its own, since the node's is empty when it is closed. */
    static struct mem mem;
    mem_init(&mem, 1u << 20);
    assert_status(OK, v1_apps_open(&mem, &domain, &apps));
    open_with(apps);
    return 0;
}

static int stop_with_apps(void **state)
{
    (void)state;
    one_close(&one);
    v1_apps_close(&apps);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    one_close(&one);
    return 0;
}

/* Who has shown nothing may be ours, with all that was settled. */
static void who_is_not_known_is_waited_for(void **state)
{
    (void)state;
    struct cluster_action action;
    assert_true(one_next(&one, &action));
    assert_int_equal(CLUSTER_SEND, action.kind);
    cluster_answered(one.cluster, &one.now, action.id, (struct bytes){NULL, 0});
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    one.now.ms += 60000;
    one_next(&one, &action);
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
}

static void version_1_alone_is_no_peer(void **state)
{
    (void)state;
    struct cluster_action action;
    assert_true(one_next(&one, &action));
    is_other_v1 = true;
    one.now.ms += CLUSTER_MEMBERS_MS;
    assert_false(one_next(&one, &action));
    assert_status(OK, cluster_check(one.cluster));
    assert_int_equal(0, cluster_stats(one.cluster).peers);
}

/* One that may be ours beside it is still waited for; without any of version 1 too. */
static void all_others_are_waited_for(void **state)
{
    (void)state;
    struct cluster_action action;
    is_other_v1 = true;
    one.listed = 3;
    assert_true(one_next(&one, &action));
    assert_false(eth_address_equal(&one_peer, &action.peer->grant.wallet));
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
    one.listed = 1;
    one.now.ms += CLUSTER_MEMBERS_MS;
    one_next(&one, &action);
    assert_status(NOT_CURRENT, cluster_check(one.cluster));
}

/* A push of ours with a value of version 1 of app 7. Returns: how many records were refused. */
static unsigned push_value_of_version_1(void)
{
    static uint8_t said[SYNC_MESSAGE_MAX];
    static uint8_t answered[SYNC_MESSAGE_MAX];
    SECRET32(key);
    SECRET(value_seal_keys, keys);
    const struct domain domain = {.chain_id = 1};
    const uint8_t app[V1_APPS_ID] = {[31] = 7};
    const uint8_t nonce[VALUE_SEAL_NONCE] = {1};
    uint8_t tenant[DOMAIN_TENANT_ID];
    uint8_t blob[VALUE_SEAL_V1_OVERHEAD + 1];
    uint8_t memory[512];
    struct record record = {.key = BYTES_LITERAL("k"),
                            .clock = unit_hex("0000"),
                            .seen = unit_hex("0000"),
                            .updated_at_ms = one.now.wall_ms,
                            .tie = {1},
                            .flags = RECORD_V1,
                            .cause = {1}};
    assert_status(OK, domain_app_tenant(&domain, app, tenant));
    app_keys_v1_data(&one_master, app, &key);
    value_seal_keys_init(&keys, one_domain, tenant);
    value_seal_keys_v1(&keys, &key, true);
    assert_status(OK, value_seal_seal(&keys, &record, BYTES_LITERAL("v"), nonce, blob));
    record.blob = BYTES_ARRAY(blob);
    const struct sync_record sent = {BYTES_ARRAY(tenant), false, record};
    struct buf body = buf_over(memory, sizeof memory);
    buf_put_u64(&body, 5);
    sync_message_put_record(&body, &sent);
    struct buf message = buf_over(said, sizeof said);
    struct buf answer = buf_over(answered, sizeof answered);
    const struct sync_head head = {.type = SYNC_PUSH, .boot = {9}, .sequence = 5};
    one_say(&one, &head, buf_bytes(&body), &message);
    assert_status(OK,
                  cluster_serve(one.cluster, &one.now, &one_peer, buf_bytes(&message), &answer));
    struct reader read = reader_over((struct bytes){answered + SYNC_HEAD, 2});
    return reader_u16(&read);
}

static void values_of_version_1_need_their_apps_key(void **state)
{
    (void)state;
    assert_int_equal(1, push_value_of_version_1());
}

static void values_of_version_1_are_taken(void **state)
{
    (void)state;
    assert_int_equal(0, push_value_of_version_1());
    assert_int_equal(1, kv_stats(one.kv).records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_not_known_is_waited_for, start, stop),
        cmocka_unit_test_setup_teardown(version_1_alone_is_no_peer, start, stop),
        cmocka_unit_test_setup_teardown(all_others_are_waited_for, start, stop),
        cmocka_unit_test_setup_teardown(values_of_version_1_need_their_apps_key, start, stop),
        cmocka_unit_test_setup_teardown(values_of_version_1_are_taken, start_with_apps,
                                        stop_with_apps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
