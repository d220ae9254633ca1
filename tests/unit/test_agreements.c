#include <string.h>

#include "digest/keyed_sum.h"
#include "fixtures/unit.h"
#include "identity/agreements.h"

enum { ENTRIES = 64 };

static struct node_identity *identity;
static struct agreements *agreements;

/* The point of a small private key. */
static struct p384_point point_of(unsigned number)
{
    const uint8_t bytes[P384_BYTES] = {[P384_BYTES - 2] = (uint8_t)(number >> 8),
                                       [P384_BYTES - 1] = (uint8_t)number};
    struct p384_key key;
    struct p384_point point;
    assert_status(OK, p384_key_from(bytes, &key));
    assert_status(OK, p384_public(&key, &point));
    return point;
}

static int setup(void **state)
{
    (void)state;
    const struct entropy entropy = entropy_system();
    assert_status(OK, node_identity_open(&entropy, &identity));
    assert_status(OK, agreements_open(identity, ENTRIES, ENVELOPE_CAPSULE, &entropy, &agreements));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    agreements_close(&agreements);
    assert_null(agreements);
    agreements_close(&agreements);
    node_identity_close(&identity);
    return 0;
}

static void assert_keys(unsigned number)
{
    struct p384_point peer = point_of(number);
    struct envelope_keys expected;
    struct envelope_keys kept;
    enum envelope_derivation derivation;
    assert_status(OK, node_identity_keys(identity, &peer, ENVELOPE_NODE, &expected));
    assert_status(OK, agreements_get(agreements, &peer, &kept, &derivation));
    assert_memory_equal(&expected, &kept, sizeof kept);
}

static void a_point_that_is_none(void **state)
{
    (void)state;
    struct p384_point none = {{4, 1}};
    struct envelope_keys keys;
    static const struct envelope_keys zero;
    enum envelope_derivation derivation;
    assert_status(POINT_INVALID, agreements_get(agreements, &none, &keys, &derivation));
    assert_memory_equal(&zero, &keys, sizeof keys);
    assert_status(POINT_INVALID, agreements_get(agreements, &none, &keys, &derivation));
}

static void keys_are_made_once(void **state)
{
    (void)state;
    struct agreements_stats before = agreements_stats(agreements);
    assert_keys(7);
    assert_keys(7);
    assert_keys(8);
    assert_keys(7);
    struct agreements_stats after = agreements_stats(agreements);
    assert_int_equal(2, after.misses - before.misses);
    assert_int_equal(2, after.hits - before.hits);
}

/* More points than there is room for: all are served, and the table stays what it is. */
static void the_oldest_gives_way(void **state)
{
    (void)state;
    struct agreements_stats before = agreements_stats(agreements);
    for (unsigned i = 100; i < 100 + ENTRIES + ENTRIES / 4; i++) {
        struct p384_point peer = point_of(i);
        struct envelope_keys keys;
        enum envelope_derivation derivation;
        assert_status(OK, agreements_get(agreements, &peer, &keys, &derivation));
    }
    assert_keys(100);
    assert_keys(100 + ENTRIES / 2);
    struct agreements_stats after = agreements_stats(agreements);
    assert_true(after.misses - before.misses >= ENTRIES + ENTRIES / 4);
}

static enum envelope_derivation derivation_of(unsigned number)
{
    struct p384_point peer = point_of(number);
    struct envelope_keys keys;
    enum envelope_derivation derivation;
    assert_status(OK, agreements_get(agreements, &peer, &keys, &derivation));
    return derivation;
}

static void note(unsigned number, enum envelope_derivation derivation)
{
    struct p384_point peer = point_of(number);
    agreements_note(agreements, &peer, derivation);
}

/* Each peer's own, as long as its keys are kept; what is noted about others changes nothing. */
static void how_a_peer_made_its_envelope_is_remembered(void **state)
{
    (void)state;
    note(20, ENVELOPE_STATIC);
    assert_int_equal(ENVELOPE_CAPSULE, derivation_of(20));
    assert_int_equal(ENVELOPE_CAPSULE, derivation_of(21));
    note(20, ENVELOPE_STATIC);
    note(21, ENVELOPE_ENCLAVER);
    assert_int_equal(ENVELOPE_STATIC, derivation_of(20));
    assert_int_equal(ENVELOPE_ENCLAVER, derivation_of(21));
    note(20, ENVELOPE_CAPSULE_API);
    assert_int_equal(ENVELOPE_CAPSULE_API, derivation_of(20));
    assert_int_equal(ENVELOPE_ENCLAVER, derivation_of(21));
    for (unsigned i = 1000; i < 1000 + 4 * ENTRIES; i++) {
        assert_int_equal(ENVELOPE_CAPSULE, derivation_of(i));
        note(i, ENVELOPE_STATIC);
    }
    assert_int_equal(ENVELOPE_CAPSULE, derivation_of(20));
}

/* Where the table keeps these bytes. */
static uint8_t *find_in_table(const void *bytes, size_t len)
{
    uint8_t *at = (uint8_t *)agreements;
    while (memcmp(at, bytes, len) != 0) {
        at++;
    }
    return at;
}

static void assert_found(const struct p384_point *peer, const struct envelope_keys *good)
{
    static const struct envelope_keys zero;
    struct envelope_keys keys;
    enum envelope_derivation derivation;
    assert_status(SELF_CHECK, agreements_get(agreements, peer, &keys, &derivation));
    assert_memory_equal(&zero, &keys, sizeof keys);
    assert_status(OK, agreements_get(agreements, peer, &keys, &derivation));
    assert_memory_equal(good, &keys, sizeof keys);
    assert_status(OK, agreements_get(agreements, peer, &keys, &derivation));
    assert_memory_equal(good, &keys, sizeof keys);
}

/* Of the keys and of the sum behind them; what changed is forgotten and made again. */
static void a_flipped_bit_in_each_byte_of_what_is_kept_is_found(void **state)
{
    (void)state;
    struct p384_point peer = point_of(7);
    struct envelope_keys good;
    enum envelope_derivation derivation;
    assert_status(OK, agreements_get(agreements, &peer, &good, &derivation));
    for (size_t i = 0; i < sizeof good + KEYED_SUM_BYTES; i++) {
        uint8_t *kept = find_in_table(&good, sizeof good);
        kept[i] ^= (uint8_t)(1u << (5 * i) % 8);
        assert_found(&peer, &good);
    }
}

/* The keys of one peer are not those of another whose point they come to stand beside. */
static void keys_are_of_their_point(void **state)
{
    (void)state;
    struct p384_point peer = point_of(7);
    struct p384_point other = point_of(9);
    struct envelope_keys good;
    enum envelope_derivation derivation;
    assert_status(OK, agreements_get(agreements, &peer, &good, &derivation));
    uint8_t *kept = find_in_table(&good, sizeof good);
    uint8_t keys_of_peer[sizeof good + KEYED_SUM_BYTES];
    memcpy(keys_of_peer, kept, sizeof keys_of_peer);
    assert_status(OK, agreements_get(agreements, &other, &good, &derivation));
    memcpy(find_in_table(&good, sizeof good), keys_of_peer, sizeof keys_of_peer);
    assert_found(&other, &good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_that_is_none),
        cmocka_unit_test(keys_are_made_once),
        cmocka_unit_test(a_flipped_bit_in_each_byte_of_what_is_kept_is_found),
        cmocka_unit_test(keys_are_of_their_point),
        cmocka_unit_test(the_oldest_gives_way),
        cmocka_unit_test(how_a_peer_made_its_envelope_is_remembered),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
