/* With an Odyn that answers it is tested by tests/e2e/odyn/run. */
#include "client/client_odyn.h"
#include "fixtures/unit.h"

static void without_odyn_there_is_no_identity(void **state)
{
    (void)state;
    const struct entropy entropy = entropy_system();
    const struct client_identity closed = {0};
    static const char *const urls[] = {"", "http://example.org", "https://127.0.0.1:18000",
                                       "http://127.0.0.1:18000/v1"};
    struct client_identity identity;
    struct client_key key;
    assert_status(OK, client_key_generate(&entropy, &key));
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        memset(&identity, 1, sizeof identity);
        assert_status(CONFIG_INVALID, client_odyn_identity(urls[i], &key, &identity));
        assert_memory_equal(&closed, &identity, sizeof closed);
    }
    memset(&identity, 1, sizeof identity);
    assert_status(ODYN_UNAVAILABLE, client_odyn_identity("http://127.0.0.1:1", &key, &identity));
    assert_memory_equal(&closed, &identity, sizeof closed);
    client_identity_close(&identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_odyn_there_is_no_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
