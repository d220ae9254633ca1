#include <netinet/in.h>

#include "fixtures/unit.h"
#include "net/peer_rate_internal.h"

static void a_key_is_the_address_or_its_network(void **state)
{
    (void)state;
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;
    v4->sin_family = AF_INET;
    v4->sin_port = 1;
    v4->sin_addr.s_addr = 0x01020304;
    struct rate_table_key first = peer_rate_key(-1, &storage);
    v4->sin_port = 2;
    struct rate_table_key second_port = peer_rate_key(-1, &storage);
    assert_memory_equal(&first, &second_port, sizeof first);
    v4->sin_addr.s_addr = 0x01020305;
    struct rate_table_key neighbour = peer_rate_key(-1, &storage);
    assert_true(neighbour.id != first.id);

    storage = (struct sockaddr_storage){0};
    v6->sin6_family = AF_INET6;
    v6->sin6_addr.s6_addr[7] = 1;
    first = peer_rate_key(-1, &storage);
    v6->sin6_addr.s6_addr[15] = 9;
    neighbour = peer_rate_key(-1, &storage);
    assert_memory_equal(&first, &neighbour, sizeof first);
    v6->sin6_addr.s6_addr[7] = 2;
    neighbour = peer_rate_key(-1, &storage);
    assert_true(neighbour.id != first.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_the_address_or_its_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
