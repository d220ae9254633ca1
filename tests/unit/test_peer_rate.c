#include <netinet/in.h>

#include "net/peer_rate_internal.h"
#include "support/unit.h"

static struct mem memory;
static const struct token_bucket_rule rule = {10, 3};
static const uint64_t second = 1000000000;

static struct peer_rate *enter(void)
{
    struct peer_rate *table = NULL;
    mem_init(&memory, 4 << 20);
    assert_status(OK, peer_rate_new(&memory, &rule, &table));
    assert_non_null(table);
    return table;
}

static void leave(struct peer_rate *table)
{
    peer_rate_free(&memory, &table);
    assert_null(table);
    peer_rate_free(&memory, &table);
    assert_int_equal(0, mem_used(&memory));
}

static void without_a_limit_there_is_no_table(void **state)
{
    (void)state;
    const struct token_bucket_rule none = {0, 1};
    struct peer_rate *table = NULL;
    mem_init(&memory, 1);
    assert_status(OK, peer_rate_new(&memory, &none, &table));
    assert_null(table);
    for (int i = 0; i < 1000; i++) {
        assert_true(peer_rate_take(table, (struct peer_rate_key){1, 1}, 0));
    }
    assert_status(NO_MEMORY, peer_rate_new(&memory, &rule, &table));
    assert_null(table);
}

static void a_peer_has_a_burst_and_then_its_rate(void **state)
{
    (void)state;
    struct peer_rate *table = enter();
    const struct peer_rate_key one = {7, AF_INET + 1};
    const struct peer_rate_key other = {8, AF_INET + 1};
    const struct peer_rate_key same_number = {7, AF_UNIX + 1};
    for (int i = 0; i < 3; i++) {
        assert_true(peer_rate_take(table, one, second));
    }
    assert_false(peer_rate_take(table, one, second));
    assert_true(peer_rate_take(table, other, second));
    assert_true(peer_rate_take(table, same_number, second));
    assert_true(peer_rate_take(table, one, second + second / 10));
    assert_false(peer_rate_take(table, one, second + second / 10));
    leave(table);
}

/* However many others come, who has just been refused stays refused. */
static void a_busy_peer_is_not_forgotten(void **state)
{
    (void)state;
    struct peer_rate *table = enter();
    const struct peer_rate_key busy = {1, 1};
    for (int i = 0; i < 3; i++) {
        assert_true(peer_rate_take(table, busy, second));
    }
    for (uint64_t i = 0; i < 200000; i++) {
        assert_true(peer_rate_take(table, (struct peer_rate_key){i, 2}, second));
    }
    assert_false(peer_rate_take(table, busy, second));
    leave(table);
}

static void a_key_is_the_address_or_its_network(void **state)
{
    (void)state;
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;
    v4->sin_family = AF_INET;
    v4->sin_port = 1;
    v4->sin_addr.s_addr = 0x01020304;
    struct peer_rate_key first = peer_rate_key(-1, &storage);
    v4->sin_port = 2;
    struct peer_rate_key second_port = peer_rate_key(-1, &storage);
    assert_memory_equal(&first, &second_port, sizeof first);
    v4->sin_addr.s_addr = 0x01020305;
    struct peer_rate_key neighbour = peer_rate_key(-1, &storage);
    assert_true(neighbour.peer != first.peer);

    storage = (struct sockaddr_storage){0};
    v6->sin6_family = AF_INET6;
    v6->sin6_addr.s6_addr[7] = 1;
    first = peer_rate_key(-1, &storage);
    v6->sin6_addr.s6_addr[15] = 9;
    neighbour = peer_rate_key(-1, &storage);
    assert_memory_equal(&first, &neighbour, sizeof first);
    v6->sin6_addr.s6_addr[7] = 2;
    neighbour = peer_rate_key(-1, &storage);
    assert_true(neighbour.peer != first.peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_there_is_no_table),
        cmocka_unit_test(a_peer_has_a_burst_and_then_its_rate),
        cmocka_unit_test(a_busy_peer_is_not_forgotten),
        cmocka_unit_test(a_key_is_the_address_or_its_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
