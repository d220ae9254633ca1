/* The merge as a join: whatever the order in which records meet, and whether one at a time or as
 * what another store made of them, the same is left, and it is what the order of versions says.
 * COFFER_MERGE_ROUNDS sets how many random sets of records are tried. */
#include <stdlib.h>

#include "base/limits.h"
#include "codec/decimal.h"
#include "fixtures/store_nodes.h"

enum { SET = 6, SETS = 8, CLOCK_ROOM = 2 + 4 * VECTOR_CLOCK_ENTRY };

/* A record as a peer may send it, with all that it borrows. */
struct sample {
    struct record record;
    struct vector_clock clock;
    struct vector_clock seen;
    uint8_t encoded[2][CLOCK_ROOM];
    uint8_t blob[VALUE_SEAL_OVERHEAD + 1];
};

static const struct secret32 v1_key = {{9}};

/* Sets meet under different keys in the same stores, which are slow to open. */
static char key_name[] = "k0";

static void draw_clock(struct vector_clock *clock)
{
    uint64_t bits = store_random(&random_state);
    for (uint8_t node = 0; node < 3; node++) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        store_wallet(node, wallet);
        vector_clock_raise(clock, wallet, bits & 3);
        bits >>= 2;
    }
}

static struct bytes encode(const struct vector_clock *clock, uint8_t memory[static CLOCK_ROOM])
{
    struct buf out = buf_over(memory, CLOCK_ROOM);
    vector_clock_write(clock, &out);
    assert_status(OK, buf_check(&out));
    return buf_bytes(&out);
}

/* Few values of everything, so that ties of every depth are frequent. A v2 blob may have been
 * sealed again, under a nonce that is not its tie. */
static void draw(struct sample *ret, bool is_v1)
{
    uint64_t bits = store_random(&random_state);
    uint8_t nonce[VALUE_SEAL_NONCE] = {0};
    uint8_t letter = (bits & 1) != 0 ? 'a' : 'b';
    memset(ret, 0, sizeof *ret);
    draw_clock(&ret->clock);
    if ((bits & 512) != 0) {
        ret->seen = ret->clock; /* as it should be, but nothing makes a peer say so */
    }
    if ((bits & 2) != 0) {
        draw_clock(&ret->seen);
    }
    ret->record = (struct record){
        .key = bytes_of(key_name),
        .clock = encode(&ret->clock, ret->encoded[0]),
        .seen = encode(&ret->seen, ret->encoded[1]),
        .updated_at_ms = NOW - 3 + (bits >> 2 & 1),
        .ttl_ms = (bits >> 3 & 3) % 3,
        .flags = is_v1 ? RECORD_V1 : 0,
    };
    bool is_tombstone = (bits >> 5 & 3) == 0;
    ret->record.flags |= is_tombstone ? RECORD_TOMBSTONE : 0;
    ret->record.flags |= is_v1 && !is_tombstone && (bits >> 10 & 1) != 0 ? RECORD_EVICTABLE : 0;
    if (is_tombstone) {
        ret->record.ttl_ms = is_v1 ? ret->record.ttl_ms : 0;
    } else {
        ret->record.tie[0] = letter;
    }
    memcpy(nonce, ret->record.tie, RECORD_TIE);
    nonce[1] = is_v1 ? 0 : (uint8_t)(bits >> 7 & 1);
    struct bytes plaintext = {&letter, is_tombstone ? 0 : 1};
    assert_status(OK, value_seal_seal(&keys, &ret->record, plaintext, nonce, ret->blob));
    ret->record.blob =
        (struct bytes){ret->blob, value_seal_sealed_len(ret->record.flags, plaintext.len)};
    ret->record.op[RECORD_OP - 1] = (uint8_t)(bits >> 11 & 3);
    ret->record.cause[bits >> 13 & 15] = (uint8_t)(bits >> 17 & 1);
}

static void meet(unsigned node, const struct record *record)
{
    enum kv_merged merged;
    assert_status(OK, merge(node, record, &merged));
}

/* The order in its own words. */
static int order(const struct record *a, const struct record *b)
{
    if (a->updated_at_ms != b->updated_at_ms) {
        return a->updated_at_ms < b->updated_at_ms ? -1 : 1;
    }
    int tie = memcmp(a->tie, b->tie, RECORD_TIE);
    if (tie != 0 || a->ttl_ms == b->ttl_ms) {
        return tie;
    }
    return b->ttl_ms == 0 || (a->ttl_ms != 0 && a->ttl_ms < b->ttl_ms) ? -1 : 1;
}

/* The greater of two origins in its own words. */
static void raise_origin(const struct record *record,
                         uint8_t origin[static RECORD_CAUSE + RECORD_OP])
{
    uint8_t own[RECORD_CAUSE + RECORD_OP];
    memcpy(own, record->cause, RECORD_CAUSE);
    memcpy(own + RECORD_CAUSE, record->op, RECORD_OP);
    if (memcmp(own, origin, sizeof own) > 0) {
        memcpy(origin, own, sizeof own);
    }
}

/* What the order says, from all records at once. */
static void expect(unsigned node, const struct sample *samples)
{
    const struct sample *greatest = &samples[0];
    uint8_t flags = RECORD_FLAGS;
    struct vector_clock clock = {0};
    struct vector_clock seen = {0};
    uint8_t memory[2][CLOCK_ROOM];
    uint8_t origin[RECORD_CAUSE + RECORD_OP] = {0};
    for (size_t i = 1; i < SET; i++) {
        if (order(&samples[i].record, &greatest->record) > 0) {
            greatest = &samples[i];
        }
    }
    for (size_t i = 0; i < SET; i++) {
        if (order(&samples[i].record, &greatest->record) == 0) {
            vector_clock_join(&clock, &samples[i].clock);
            flags &= samples[i].record.flags;
            raise_origin(&samples[i].record, origin);
        }
        vector_clock_join(&seen, &samples[i].seen);
        vector_clock_join(&seen, &samples[i].clock);
    }
    struct record left = peek(node, key_name);
    uint8_t plaintext[2];
    assert_int_equal(0, order(&greatest->record, &left));
    assert_int_equal(flags, left.flags);
    assert_bytes(encode(&clock, memory[0]), left.clock);
    assert_bytes(encode(&seen, memory[1]), left.seen);
    assert_memory_equal(origin, left.cause, RECORD_CAUSE);
    assert_memory_equal(origin + RECORD_CAUSE, left.op, RECORD_OP);
    assert_status(OK, record_check(&left));
    assert_status(OK, value_seal_open(&keys, &left, plaintext));
    assert_true((left.flags & RECORD_TOMBSTONE) != 0 || plaintext[0] == left.tie[0]);
}

static void start(bool is_v1)
{
    void *none = NULL;
    uint64_t seed = random_state.state;
    open_stores(&none);
    random_state.state = seed;
    if (is_v1) {
        value_seal_keys_v1(&keys, &v1_key, true);
    }
}

/* One order, another, two halves that meet as what two stores made of them, and all again. */
static void try_set(void)
{
    const bool is_v1 = keys.opens_v1;
    struct sample samples[SET];
    for (size_t i = 0; i < SET; i++) {
        draw(&samples[i], is_v1);
    }
    for (size_t i = 0; i < SET; i++) {
        meet(0, &samples[i].record);
        meet(1, &samples[SET - 1 - i].record);
        meet(i < SET / 2 ? 2 : 3, &samples[i].record);
    }
    struct record half = peek(3, key_name);
    meet(2, &half);
    for (size_t i = 0; i < SET; i++) {
        enum kv_merged merged;
        assert_status(OK, merge(0, &samples[i].record, &merged));
        assert_int_equal(KV_KEPT, merged);
    }
    struct record whole = peek(0, key_name);
    meet(3, &whole);
    for (unsigned node = 0; node < 4; node++) {
        expect(node, samples);
    }
}

static void try_sets(bool is_v1, uint64_t count)
{
    void *none = NULL;
    for (uint64_t i = 0; i < count; i++) {
        key_name[1] = (char)('0' + i % SETS);
        if (i % SETS == 0) {
            start(is_v1);
        }
        try_set();
        if (i % SETS == SETS - 1 || i == count - 1) {
            close_stores(&none);
        }
    }
}

static uint64_t rounds(void)
{
    uint64_t count = 0;
    const char *wanted = getenv("COFFER_MERGE_ROUNDS");
    if (wanted != NULL && status_is_ok(decimal_u64(bytes_of(wanted), &count))) {
        return count;
    }
    return 5000 / unit_step();
}

static void v2_records_join(void **state)
{
    (void)state;
    random_state.state = 3;
    try_sets(false, rounds());
}

static void v1_records_join(void **state)
{
    (void)state;
    random_state.state = 5;
    try_sets(true, rounds());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v2_records_join),
        cmocka_unit_test(v1_records_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
