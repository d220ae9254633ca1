#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "fixtures/unit.h"
#include "keys/root_keyring.h"

static struct entropy system_entropy;
static const uint8_t domain[DOMAIN_ID] = {7};

static struct secret32 master_of(uint8_t byte)
{
    struct secret32 master;
    memset(master.b, byte, sizeof master.b);
    return master;
}

static void an_empty_ring_has_no_root(void **state)
{
    (void)state;
    struct root_keyring *ring = NULL;
    root_keyring_close(&ring);
    assert_status(OK, root_keyring_open(domain, &system_entropy, &ring));
    for (uint32_t epoch = 0; epoch <= LIMIT_ROOT_EPOCHS; epoch++) {
        assert_null(root_keyring_root(ring, epoch));
        assert_null(root_keyring_master(ring, epoch));
    }
    assert_null(root_keyring_root(ring, UINT32_MAX));
    root_keyring_close(&ring);
    assert_null(ring);
}

static void the_newest_and_the_oldest(void **state)
{
    (void)state;
    struct root_keyring *ring;
    struct secret32 one = master_of(1);
    assert_status(OK, root_keyring_open(domain, &system_entropy, &ring));
    assert_null(root_keyring_newest(ring));
    assert_null(root_keyring_oldest(ring));
    assert_int_equal(0, root_keyring_newest_epoch(ring));
    assert_false(root_keyring_has(ring, 0));
    assert_false(root_keyring_has(ring, LIMIT_ROOT_EPOCHS));
    static const uint32_t epochs[] = {3, LIMIT_ROOT_EPOCHS - 1, 1};
    static const uint32_t newest[] = {3, LIMIT_ROOT_EPOCHS - 1, LIMIT_ROOT_EPOCHS - 1};
    static const uint32_t oldest[] = {3, 3, 1};
    for (size_t i = 0; i < 3; i++) {
        assert_status(OK, root_keyring_install(ring, epochs[i], &one));
        assert_int_equal(newest[i], root_keyring_newest(ring)->epoch);
        assert_int_equal(newest[i], root_keyring_newest_epoch(ring));
        assert_true(root_keyring_has(ring, epochs[i]));
        assert_int_equal(oldest[i], root_keyring_oldest(ring)->epoch);
    }
    root_keyring_close(&ring);
}

static void a_root_is_never_replaced(void **state)
{
    (void)state;
    struct root_keyring *ring;
    struct secret32 one = master_of(1);
    struct secret32 two = master_of(2);
    assert_status(OK, root_keyring_open(domain, &system_entropy, &ring));
    assert_status(NUMBER_RANGE, root_keyring_install(ring, LIMIT_ROOT_EPOCHS, &one));
    assert_status(OK, root_keyring_install(ring, 0, &one));
    assert_status(ROOT_CONFLICT, root_keyring_install(ring, 0, &two));
    assert_memory_equal(one.b, root_keyring_master(ring, 0)->b, 32);
    assert_status(OK, root_keyring_install(ring, 0, &one));
    assert_null(root_keyring_root(ring, 1));
    assert_status(OK, root_keyring_install(ring, 1, &two));
    assert_memory_equal(one.b, root_keyring_master(ring, 0)->b, 32);
    assert_memory_equal(two.b, root_keyring_master(ring, 1)->b, 32);
    root_keyring_close(&ring);
}

static void what_is_installed_derives(void **state)
{
    (void)state;
    struct root_keyring *ring;
    struct secret32 master = master_of(1);
    struct secret32 expected;
    struct secret32 actual;
    struct root root;
    assert_status(OK, root_keyring_open(domain, &system_entropy, &ring));
    for (uint32_t epoch = 0; epoch < LIMIT_ROOT_EPOCHS; epoch++) {
        assert_status(OK, root_keyring_install(ring, epoch, &master));
        root_init(&root, &master, domain, epoch);
        root_sync_key(&root, &expected);
        root_sync_key(root_keyring_root(ring, epoch), &actual);
        assert_memory_equal(expected.b, actual.b, 32);
    }
    root_keyring_close(&ring);
}

/* Guarded memory: a forked child sees zeros. */
static void a_child_does_not_see_a_root(void **state)
{
    (void)state;
    unit_skip_where_emulated();
    struct root_keyring *ring;
    struct secret32 master = master_of(9);
    assert_status(OK, root_keyring_open(domain, &system_entropy, &ring));
    assert_status(OK, root_keyring_install(ring, 0, &master));
    const struct secret32 *held = root_keyring_master(ring, 0);
    pid_t child = fork();
    if (child == 0) {
        _Exit(held->b[0] == 0 && held->b[31] == 0 ? 0 : 1);
    }
    int result = -1;
    assert_int_equal(child, waitpid(child, &result, 0));
    assert_int_equal(0, result);
    assert_int_equal(9, held->b[0]);
    root_keyring_close(&ring);
}

/* In the memory of the root: what the pointer that was given out points at. */
static void flips_are_found(struct root_keyring *ring, const void *memory, size_t len)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)memory;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, root_keyring_check(ring));
        assert_null(root_keyring_root(ring, 3));
        assert_null(root_keyring_master(ring, 3));
        assert_true(root_keyring_has(ring, 3));
        assert_null(root_keyring_newest(ring));
        assert_non_null(root_keyring_oldest(ring));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_status(OK, root_keyring_check(ring));
    assert_int_equal(3, root_keyring_newest(ring)->epoch);
}

static void every_flipped_bit_is_found_and_no_other_root_takes_its_place(void **state)
{
    (void)state;
    struct root_keyring *ring;
    struct secret32 one = master_of(1);
    struct secret32 two = master_of(2);
    assert_status(OK, root_keyring_open(domain, &system_entropy, &ring));
    assert_status(OK, root_keyring_check(ring));
    assert_status(OK, root_keyring_install(ring, 1, &one));
    assert_status(OK, root_keyring_install(ring, 3, &two));
    flips_are_found(ring, root_keyring_master(ring, 3), sizeof(struct secret32));
    flips_are_found(ring, root_keyring_root(ring, 3), sizeof(struct root));
    root_keyring_close(&ring);
}

static void what_is_held_back_opens_and_is_not_the_newest(void **state)
{
    (void)state;
    struct root_keyring *ring;
    struct secret32 one = master_of(1);
    assert_status(OK, root_keyring_open(domain, &system_entropy, &ring));
    assert_status(OK, root_keyring_install(ring, 0, &one));
    root_keyring_hold_back(ring, 1);
    assert_status(OK, root_keyring_install(ring, 1, &one));
    assert_int_equal(0, root_keyring_newest_epoch(ring));
    assert_int_equal(0, root_keyring_newest(ring)->epoch);
    assert_true(root_keyring_has(ring, 1));
    assert_int_equal(1, root_keyring_root(ring, 1)->epoch);
    root_keyring_use_all(ring);
    assert_int_equal(1, root_keyring_newest_epoch(ring));
    root_keyring_hold_back(ring, 0);
    assert_int_equal(0, root_keyring_newest_epoch(ring));
    root_keyring_close(&ring);
}

int main(void)
{
    system_entropy = entropy_system();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_is_found_and_no_other_root_takes_its_place),
        cmocka_unit_test(what_is_held_back_opens_and_is_not_the_newest),
        cmocka_unit_test(an_empty_ring_has_no_root),
        cmocka_unit_test(the_newest_and_the_oldest),
        cmocka_unit_test(a_root_is_never_replaced),
        cmocka_unit_test(what_is_installed_derives),
        cmocka_unit_test(a_child_does_not_see_a_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
