/* The rule, held against what two nodes of version 1 made of pairs of records. */
#include <stdio.h>

#include "cluster/v1/v1_record.h"
#include "cluster/v1/v1_repair.h"
#include "cluster/v1/v1_scan.h"
#include "fixtures/unit.h"

enum { PAIRS = 37, DIFFERENT = 14 };

static struct arena arena;
static struct v1_names names;
static uint8_t blobs[2][V1_RECORD_BLOB];
static struct v1_record_memory memories[2];
static uint8_t made_clock[VECTOR_CLOCK_BYTES];
static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {0xcc};

static int start(void **state)
{
    (void)state;
    assert_status(OK, arena_init(&arena, 4u << 20));
    for (size_t i = 0; i < 2; i++) {
        memories[i].arena = &arena;
        memories[i].names = &names;
        memories[i].blob = blobs[i];
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct bytes file_text(void)
{
    static uint8_t text[1 << 18];
    FILE *file = fopen("tests/vectors/nova-merge-observed.json", "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text, file);
    assert_true(len != 0 && len < sizeof text);
    fclose(file);
    return (struct bytes){text, len};
}

static struct record record_of(struct bytes pair, const char *name, size_t place)
{
    struct record record;
    struct bytes text;
    assert_true(v1_scan_member(pair, name, &text));
    assert_status(OK, v1_record_read(text, &memories[place], &record));
    return record;
}

static enum vector_clock_relation relation_of(const struct record *a, const struct record *b)
{
    struct vector_clock left;
    struct vector_clock right;
    assert_status(OK, vector_clock_read(a->clock, &left));
    assert_status(OK, vector_clock_read(b->clock, &right));
    return vector_clock_compare(&left, &right);
}

/* It has the chosen value, and neither side keeps anything else. */
static void check_made(const struct record *chosen, const struct record *greater,
                       const struct record *lower)
{
    struct record over = *greater;
    struct record made;
    struct vector_clock seen;
    struct vector_clock other;
    uint8_t joined[VECTOR_CLOCK_BYTES];
    struct buf out = buf_over(joined, sizeof joined);
    assert_status(OK, vector_clock_read(greater->clock, &seen));
    assert_status(OK, vector_clock_read(lower->clock, &other));
    vector_clock_join(&seen, &other);
    vector_clock_write(&seen, &out);
    over.seen = buf_bytes(&out);
    v1_repair_make(chosen, &over, wallet, made_clock, &made);
    assert_status(OK, record_check(&made));
    assert_bytes(chosen->blob, made.blob);
    assert_memory_equal(chosen->tie, made.tie, sizeof made.tie);
    assert_int_equal(chosen->flags, made.flags);
    assert_int_equal(greater->updated_at_ms + 1, made.updated_at_ms);
    assert_true(record_order(&made, greater) > 0 && record_order(&made, lower) > 0);
    assert_int_equal(VECTOR_CLOCK_AFTER, relation_of(&made, greater));
    assert_int_equal(VECTOR_CLOCK_AFTER, relation_of(&made, lower));
    assert_int_equal(V1_REPAIR_NOTHING, v1_repair_of(&made, greater));
    assert_int_equal(V1_REPAIR_NOTHING, v1_repair_of(&made, lower));
}

/* Whether one of theirs keeps another than we do. */
static bool is_kept_apart(struct bytes pair, bool is_incoming_greater)
{
    struct bytes rs;
    struct bytes late;
    struct bytes ours =
        is_incoming_greater ? BYTES_LITERAL("\"incoming\"") : BYTES_LITERAL("\"local\"");
    assert_true(v1_scan_member(pair, "rs", &rs) && v1_scan_member(pair, "pylate", &late));
    return !bytes_equal(rs, ours) || !bytes_equal(late, ours);
}

static void what_is_kept_apart_is_repaired(void **state)
{
    (void)state;
    struct v1_scan scan;
    struct v1_scan_item item;
    struct bytes root;
    struct bytes pairs;
    size_t count = 0;
    size_t different = 0;
    assert_true(v1_scan_text(file_text(), &root) && v1_scan_member(root, "pairs", &pairs));
    for (v1_scan_enter(pairs, '[', &scan); v1_scan_next(&scan, &item); count++) {
        struct record local = record_of(item.value, "local", 0);
        struct record incoming = record_of(item.value, "incoming", 1);
        bool is_greater = record_order(&incoming, &local) > 0;
        const struct record *greater = is_greater ? &incoming : &local;
        const struct record *lower = is_greater ? &local : &incoming;
        enum v1_repair repair = v1_repair_of(&local, &incoming);
        bool is_equal = relation_of(&local, &incoming) == VECTOR_CLOCK_EQUAL;
        assert_int_equal(repair, v1_repair_of(&incoming, &local));
        if (is_kept_apart(item.value, is_greater)) {
            assert_int_equal(is_equal ? V1_REPAIR_GREATER : V1_REPAIR_LOWER, repair);
            different++;
        } else {
            assert_true(repair == V1_REPAIR_NOTHING || is_equal);
        }
        if (repair != V1_REPAIR_NOTHING) {
            check_made(repair == V1_REPAIR_LOWER ? lower : greater, greater, lower);
        }
    }
    assert_false(scan.failed);
    assert_int_equal(PAIRS, count);
    assert_int_equal(DIFFERENT, different);
}

#define HEX "000102030405060708090a0b101112131415161718191a1b1c1d1e1f"
#define A   "\"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""

static struct record made_of(const char *text, size_t place)
{
    struct record record;
    assert_status(OK, v1_record_read(bytes_of(text), &memories[place], &record));
    return record;
}

#define VALUE \
    "{\"key\":\"k\",\"value\":\"" HEX "\",\"updated_at_ms\":100,\"ttl_ms\":50,\"version\":"

/* A tombstone under clock and time of a value deletes nothing; with another of them it is one. */
static void evictions_are_no_deletions(void **state)
{
    (void)state;
    struct record value = made_of(VALUE "{" A ":3}}", 0);
    struct record gone = made_of("{\"key\":\"k\",\"tombstone\":true,\"updated_at_ms\":100,"
                                 "\"version\":{" A ":3},\"ttl_ms\":50}",
                                 1);
    assert_true(v1_repair_is_evicted(&gone, &value));
    assert_false(v1_repair_is_evicted(&value, &gone));
    assert_int_equal(V1_REPAIR_NOTHING, v1_repair_of(&value, &gone));
    gone.updated_at_ms = 99;
    assert_false(v1_repair_is_evicted(&gone, &value));
    assert_int_equal(V1_REPAIR_GREATER, v1_repair_of(&value, &gone));
    struct record later = made_of("{\"key\":\"k\",\"tombstone\":true,\"updated_at_ms\":100,"
                                  "\"version\":{" A ":4}}",
                                  1);
    assert_false(v1_repair_is_evicted(&later, &value));
    assert_int_equal(V1_REPAIR_LOWER, v1_repair_of(&value, &later));
}

static void the_instant_of_expiry_stays(void **state)
{
    (void)state;
    struct record chosen = made_of(VALUE "{" A ":3}}", 0);
    struct record over = made_of(VALUE "{" A ":2}}", 1);
    struct record made;
    static const struct {
        uint64_t ttl_ms;
        uint64_t over_ms;
        uint64_t expected_ms;
    } cases[] = {{50, 109, 40}, {50, 148, 1}, {50, 149, 1}, {50, 9000, 1}, {0, 109, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        chosen.ttl_ms = cases[i].ttl_ms;
        over.updated_at_ms = cases[i].over_ms;
        v1_repair_make(&chosen, &over, wallet, made_clock, &made);
        assert_int_equal(cases[i].expected_ms, made.ttl_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_apart_is_repaired),
        cmocka_unit_test(evictions_are_no_deletions),
        cmocka_unit_test(the_instant_of_expiry_stays),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
