#include "base/buf.h"
#include "fixtures/unit.h"
#include "keys/v1_apps.h"

static struct mem mem;
static struct v1_apps *apps;
static struct domain domain = {.chain_id = 84532};

static int start(void **state)
{
    (void)state;
    mem_init(&mem, 1u << 20);
    domain.kms_app_id[31] = 43;
    assert_status(OK, v1_apps_open(&mem, &domain, &apps));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    v1_apps_close(&apps);
    assert_null(apps);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static void id_of(uint64_t number, uint8_t ret[static V1_APPS_ID])
{
    struct buf out = buf_over(ret + V1_APPS_ID - 8, 8);
    memset(ret, 0, V1_APPS_ID);
    buf_put_u64(&out, number);
}

static void ids_that_are_no_apps_have_no_tenant(void **state)
{
    (void)state;
    static const uint8_t zeros[DOMAIN_TENANT_ID];
    const uint64_t bad[] = {0, 43, (uint64_t)1 << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t id[V1_APPS_ID];
        uint8_t tenant[DOMAIN_TENANT_ID] = {1};
        id_of(bad[i], id);
        assert_status(FORBIDDEN, v1_apps_meet(apps, id, tenant));
        assert_bytes(BYTES_ARRAY(zeros), BYTES_ARRAY(tenant));
    }
}

static void a_tenant_that_is_no_apps_is_not_found(void **state)
{
    (void)state;
    static const uint8_t zeros[V1_APPS_ID];
    const uint8_t tenant[DOMAIN_TENANT_ID] = {7};
    uint8_t app[V1_APPS_ID] = {1};
    for (unsigned i = 0; i < 2; i++) { /* the first time all ids are tried */
        assert_false(v1_apps_find(apps, tenant, app));
        assert_bytes(BYTES_ARRAY(zeros), BYTES_ARRAY(app));
    }
}

static void expect_found(const uint8_t *tenant, uint64_t number)
{
    uint8_t app[V1_APPS_ID];
    uint8_t expected[V1_APPS_ID];
    id_of(number, expected);
    assert_true(v1_apps_find(apps, tenant, app));
    assert_bytes(BYTES_ARRAY(expected), BYTES_ARRAY(app));
}

/* The first ids without being met; any other once it was. */
static void apps_are_found(void **state)
{
    (void)state;
    const uint64_t numbers[] = {1, 42, V1_APPS_TRIED, V1_APPS_TRIED + 1, ((uint64_t)1 << 63) - 1};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint8_t id[V1_APPS_ID];
        uint8_t app[V1_APPS_ID];
        uint8_t tenant[DOMAIN_TENANT_ID];
        uint8_t same[DOMAIN_TENANT_ID];
        id_of(numbers[i], id);
        assert_status(OK, domain_app_tenant(&domain, id, tenant));
        assert_int_equal(numbers[i] <= V1_APPS_TRIED, v1_apps_find(apps, tenant, app));
        assert_status(OK, v1_apps_meet(apps, id, same));
        assert_bytes(BYTES_ARRAY(tenant), BYTES_ARRAY(same));
        expect_found(tenant, numbers[i]);
    }
}

static void more_than_are_kept_are_refused(void **state)
{
    (void)state;
    uint8_t id[V1_APPS_ID];
    uint8_t tenant[DOMAIN_TENANT_ID];
    for (uint64_t i = 0; i < V1_APPS_MAX; i++) {
        id_of(100000 + i, id);
        assert_status(OK, v1_apps_meet(apps, id, tenant));
    }
    expect_found(tenant, 100000 + V1_APPS_MAX - 1);
    id_of(5000000, id);
    assert_status(OVERLOADED, v1_apps_meet(apps, id, tenant));
    id_of(100000, id);
    assert_status(OK, v1_apps_meet(apps, id, tenant));
}

/* Peers name tenants, as many as they like. */
static void tenants_that_are_no_apps_take_no_place(void **state)
{
    (void)state;
    uint8_t id[V1_APPS_ID];
    uint8_t app[V1_APPS_ID];
    uint8_t tenant[DOMAIN_TENANT_ID];
    id_of(42, id);
    assert_status(OK, domain_app_tenant(&domain, id, tenant));
    for (unsigned i = 1; i <= V1_APPS_MAX; i++) {
        struct buf end = buf_over(tenant + DOMAIN_TENANT_ID - 4, 4);
        buf_put_u32(&end, i);
        assert_false(v1_apps_find(apps, tenant, app));
    }
    id_of(5000000, id);
    assert_status(OK, v1_apps_meet(apps, id, tenant));
    expect_found(tenant, 5000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ids_that_are_no_apps_have_no_tenant),
        TEST(a_tenant_that_is_no_apps_is_not_found),
        TEST(apps_are_found),
        TEST(more_than_are_kept_are_refused),
        TEST(tenants_that_are_no_apps_take_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
