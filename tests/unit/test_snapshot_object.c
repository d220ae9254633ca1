/* Objects that were changed, that lie elsewhere or are of others. */
#include "fixtures/snapshot_keys.h"
#include "fixtures/unit.h"

static struct root_keyring *roots;
static const uint8_t nonce[SNAPSHOT_NONCE] = {1, 2, 3, [23] = 4};
static const char text[] = "what is sealed";

enum { SEALED = sizeof text + SNAPSHOT_OVERHEAD };

static const struct snapshot_place place = {SNAPSHOT_RECORDS, false, 4, 0x1234, 5};
static uint8_t sealed[SEALED];
static struct snapshot_object object;

static int set_up(void **state)
{
    (void)state;
    roots = snapshot_roots(snapshot_domain, 2);
    object.place = place;
    return status_is_ok(snapshot_object_seal(root_keyring_newest(roots), nonce, BYTES_ARRAY(text),
                                             sealed, &object))
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    root_keyring_close(&roots);
    return 0;
}

static struct status open_with(const struct root_keyring *with, const struct snapshot_object *as,
                               struct bytes from)
{
    static const uint8_t zeros[sizeof text];
    uint8_t out[SEALED] = {0};
    struct status status = snapshot_object_open(with, as, from, out);
    assert_memory_equal(status_is_ok(status) ? (const uint8_t *)text : zeros, out, sizeof text);
    return status;
}

static struct status open_as(const struct snapshot_object *as, struct bytes from)
{
    return open_with(roots, as, from);
}

/* With its own digest, as whoever can change the node that names it would have it. */
static struct snapshot_object named(struct bytes from)
{
    struct snapshot_object as = object;
    sha256_hash(from, as.digest);
    return as;
}

static void every_bit_counts(void **state)
{
    (void)state;
    assert_status(OK, open_as(&object, BYTES_ARRAY(sealed)));
    for (size_t bit = 0; bit < 8 * SEALED; bit++) {
        uint8_t other[SEALED];
        memcpy(other, sealed, SEALED);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SNAPSHOT_INVALID, open_as(&object, BYTES_ARRAY(other)));
        struct snapshot_object as = named(BYTES_ARRAY(other));
        struct status status = open_as(&as, BYTES_ARRAY(other));
        bool is_epoch = bit >= 8 && bit < 40;
        assert_true(status.code == STATUS_SNAPSHOT_INVALID ||
                    (is_epoch && status.code == STATUS_VALUE_EPOCH));
    }
    for (size_t bit = 0; bit < 8 * SNAPSHOT_DIGEST; bit++) {
        struct snapshot_object as = object;
        as.digest[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SNAPSHOT_INVALID, open_as(&as, BYTES_ARRAY(sealed)));
    }
}

static void every_length_counts(void **state)
{
    (void)state;
    uint8_t longer[SEALED + 1] = {0};
    memcpy(longer, sealed, SEALED);
    for (size_t len = 0; len <= SEALED + 1; len++) {
        struct snapshot_object as = named((struct bytes){longer, len});
        struct status status = open_as(&as, (struct bytes){longer, len});
        assert_int_equal(len == SEALED ? STATUS_OK : STATUS_SNAPSHOT_INVALID, status.code);
    }
}

static void it_opens_only_in_its_place(void **state)
{
    (void)state;
    const struct snapshot_place others[] = {
        {SNAPSHOT_NODE, false, 4, 0x1234, 5},    {SNAPSHOT_RECORDS, false, 3, 0x1234, 5},
        {SNAPSHOT_RECORDS, false, 4, 0x1235, 5}, {SNAPSHOT_RECORDS, false, 4, 0x3412, 5},
        {SNAPSHOT_RECORDS, false, 4, 0x1234, 4}, {SNAPSHOT_RECORDS, false, 4, 0x1234, 0},
        {SNAPSHOT_RECORDS, true, 4, 0x1234, 5},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct snapshot_object as = object;
        as.place = others[i];
        assert_status(SNAPSHOT_INVALID, open_as(&as, BYTES_ARRAY(sealed)));
    }
}

static void it_opens_only_for_its_deployment_and_epoch(void **state)
{
    const uint8_t other_domain[DOMAIN_ID] = {0xd0, 2};
    (void)state;
    struct root_keyring *other = snapshot_roots(other_domain, 2);
    assert_status(SNAPSHOT_INVALID, open_with(other, &object, BYTES_ARRAY(sealed)));
    root_keyring_close(&other);
    struct root_keyring *old = snapshot_roots(snapshot_domain, 1);
    assert_status(VALUE_EPOCH, open_with(old, &object, BYTES_ARRAY(sealed)));
    root_keyring_close(&old);
    uint8_t moved[SEALED];
    memcpy(moved, sealed, SEALED);
    moved[4] = 0; /* an older epoch, whose root is here */
    struct snapshot_object as = named(BYTES_ARRAY(moved));
    assert_status(SNAPSHOT_INVALID, open_as(&as, BYTES_ARRAY(moved)));
    struct root_keyring *newer = snapshot_roots(snapshot_domain, 3);
    assert_status(OK, open_with(newer, &object, BYTES_ARRAY(sealed)));
    root_keyring_close(&newer);
}

/* The same bytes sealed again have another name, so that it tells nothing. */
static void names_do_not_repeat(void **state)
{
    uint8_t again[SEALED];
    struct snapshot_object other = {.place = place};
    const uint8_t fresh[SNAPSHOT_NONCE] = {[SNAPSHOT_NONCE - 1] = 1};
    (void)state;
    memcpy(again + SNAPSHOT_HEAD, text, sizeof text); /* in place */
    struct bytes plaintext = {again + SNAPSHOT_HEAD, sizeof text};
    assert_status(
        OK, snapshot_object_seal(root_keyring_newest(roots), fresh, plaintext, again, &other));
    assert_memory_not_equal(object.digest, other.digest, sizeof other.digest);
    struct snapshot_object as = named(BYTES_ARRAY(again));
    assert_status(OK, open_as(&as, BYTES_ARRAY(again)));
    struct blob_name name = snapshot_object_name(object.digest);
    assert_int_equal(65, strlen(name.text));
    assert_true(blob_name_valid(name.text) && name.text[0] == 'p');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_bit_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_length_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_opens_only_in_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_opens_only_for_its_deployment_and_epoch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_do_not_repeat, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
