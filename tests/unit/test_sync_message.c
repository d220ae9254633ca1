#include "cluster/sync_message.h"
#include "fixtures/unit.h"

static struct hmac_sha256_key key;
static const uint8_t a[SYNC_WALLET] = {0xaa};
static const uint8_t b[SYNC_WALLET] = {0xbb};
static const struct sync_way way = {a, b};
static uint8_t memory[SYNC_MESSAGE_MAX];

static int prepare(void **state)
{
    (void)state;
    static const uint8_t secret[32] = {1, 2, 3};
    hmac_sha256_key_init(&key, BYTES_ARRAY(secret));
    return 0;
}

static struct sync_record sample(void)
{
    static const uint8_t tenant[DOMAIN_TENANT_ID] = {7};
    struct sync_record record = {.tenant = BYTES_ARRAY(tenant), .is_system = true};
    record.record = (struct record){
        .key = BYTES_LITERAL("a/b"),
        .clock = unit_hex("0001aa000000000000000000000000000000000000000000000000000005"),
        .seen = unit_hex("0000"),
        .blob = BYTES_LITERAL("sealed"),
        .updated_at_ms = 0x0102030405060708,
        .ttl_ms = 9,
        .tie = {1},
        .flags = RECORD_EVICTABLE,
        .op = {2},
        .cause = {3},
    };
    return record;
}

static struct bytes message(void)
{
    struct buf out = buf_over(memory, sizeof memory);
    struct sync_head head = {.type = SYNC_PUSH, .boot = {9}, .sequence = 1};
    struct sync_record record = sample();
    sync_message_begin(&out, &head);
    sync_message_number(&out, 77);
    buf_put_u64(&out, 77);
    sync_message_put_record(&out, &record);
    assert_status(OK, sync_message_end(&out, &key, &way));
    return buf_bytes(&out);
}

static void assert_refused(struct bytes bad, const struct sync_way *under)
{
    struct sync_head head = {.type = SYNC_ACK, .boot = {1}, .sequence = 1};
    struct reader body = {{memory, 1}, false};
    assert_false(status_is_ok(sync_message_open(bad, &key, under, &head, &body)));
    assert_int_equal(0, head.type);
    assert_int_equal(0, head.boot[0]);
    assert_int_equal(0, head.sequence);
    assert_int_equal(0, body.rest.len);
}

static void every_changed_bit_and_every_cut_is_refused(void **state)
{
    (void)state;
    struct bytes good = message();
    for (size_t bit = 0; bit < 8 * good.len; bit++) {
        memory[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_refused(good, &way);
        memory[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    for (size_t len = 0; len < good.len; len++) {
        assert_refused((struct bytes){memory, len}, &way);
    }
    memory[good.len] = 0;
    assert_refused((struct bytes){memory, good.len + 1}, &way);
    static uint8_t long_one[SYNC_MESSAGE_MAX + 1];
    memcpy(long_one, memory, 4);
    assert_refused(BYTES_ARRAY(long_one), &way);
}

static void it_is_for_one_receiver_of_one_sender_and_one_root(void **state)
{
    (void)state;
    struct bytes good = message();
    struct sync_way back = {b, a};
    struct sync_way to_self = {a, a};
    struct sync_way from_self = {b, b};
    assert_refused(good, &back);
    assert_refused(good, &to_self);
    assert_refused(good, &from_self);
    struct sync_head head;
    struct reader body;
    struct hmac_sha256_key other;
    hmac_sha256_key_init(&other, BYTES_LITERAL("another"));
    assert_status(SYNC_CODE, sync_message_open(good, &other, &way, &head, &body));
}

/* With a good code: from a node of another version, or one that has turned bad. */
static void other_types_are_refused(void **state)
{
    (void)state;
    static const uint8_t types[] = {0, 6, 255};
    for (size_t i = 0; i < sizeof types; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        struct sync_head head = {.type = SYNC_PUSH};
        sync_message_begin(&out, &head);
        memory[4] = types[i];
        assert_status(OK, sync_message_end(&out, &key, &way));
        assert_refused(buf_bytes(&out), &way);
    }
    struct buf small = buf_over(memory, SYNC_HEAD + SYNC_CODE - 1);
    struct sync_head head = {.type = SYNC_PUSH};
    sync_message_begin(&small, &head);
    assert_status(BUFFER_FULL, sync_message_end(&small, &key, &way));
}

static void a_record_that_is_cut_or_has_more_fails_the_body(void **state)
{
    (void)state;
    struct buf out = buf_over(memory, sizeof memory);
    struct sync_record record = sample();
    struct sync_record read;
    sync_message_put_record(&out, &record);
    assert_int_equal(out.len, sync_message_record_len(&record));
    for (size_t len = 1; len < out.len; len++) {
        struct reader cut = reader_over((struct bytes){memory, len});
        assert_false(sync_message_next_record(&cut, &read));
        assert_true(cut.failed);
        assert_null(read.tenant.ptr);
    }
    /* One byte more or less than the length in front says. */
    for (int by = -1; by <= 1; by += 2) {
        memory[3] = (uint8_t)(memory[3] + by);
        memory[out.len] = 0;
        struct reader odd = reader_over((struct bytes){memory, out.len + 1});
        assert_false(sync_message_next_record(&odd, &read));
        assert_true(odd.failed);
        memory[3] = (uint8_t)(memory[3] - by);
    }
    struct reader none = reader_over((struct bytes){NULL, 0});
    assert_false(sync_message_next_record(&none, &read));
    assert_false(none.failed);
}

/* Every length inside a record, set to every value that its bytes can have. */
static void no_length_inside_reaches_beyond(void **state)
{
    (void)state;
    static const size_t lengths_at[] = {4 + 32, 4 + 32 + 2 + 3 + 8 + 8 + 1 + 12};
    struct sync_record record = sample();
    struct sync_record read;
    for (size_t i = 0; i < 2; i++) {
        for (unsigned value = 0; value <= UINT16_MAX; value++) {
            struct buf out = buf_over(memory, sizeof memory);
            sync_message_put_record(&out, &record);
            struct buf place = buf_over(memory + lengths_at[i], 2);
            buf_put_u16(&place, (uint16_t)value);
            struct reader body = reader_over(buf_bytes(&out));
            if (sync_message_next_record(&body, &read)) {
                assert_true(read.record.blob.ptr + read.record.blob.len <= memory + out.len);
            }
        }
    }
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct sync_head head;
    struct reader body;
    struct sync_record read;
    struct sync_record wrote = sample();
    assert_status(OK, sync_message_open(message(), &key, &way, &head, &body));
    assert_int_equal(SYNC_PUSH, head.type);
    assert_int_equal(9, head.boot[0]);
    assert_int_equal(77, head.sequence);
    assert_int_equal(77, reader_u64(&body));
    assert_true(sync_message_next_record(&body, &read));
    assert_true(read.is_system);
    assert_bytes(wrote.tenant, read.tenant);
    assert_bytes(wrote.record.key, read.record.key);
    assert_bytes(wrote.record.clock, read.record.clock);
    assert_bytes(wrote.record.seen, read.record.seen);
    assert_bytes(wrote.record.blob, read.record.blob);
    assert_int_equal(wrote.record.updated_at_ms, read.record.updated_at_ms);
    assert_int_equal(wrote.record.ttl_ms, read.record.ttl_ms);
    assert_int_equal(wrote.record.flags, read.record.flags);
    assert_memory_equal(wrote.record.tie, read.record.tie, RECORD_TIE);
    assert_memory_equal(wrote.record.op, read.record.op, RECORD_OP);
    assert_memory_equal(wrote.record.cause, read.record.cause, RECORD_CAUSE);
    assert_false(sync_message_next_record(&body, &read));
    assert_true(reader_done(&body));
}

static void places_have_an_order(void **state)
{
    (void)state;
    static const struct kv_digest_place ascending[] = {
        {0},
        {.tenant = {1}},
        {.tenant = {1}, .key_len = 1, .key = "a"},
        {.tenant = {1}, .key_len = 2, .key = "aa"},
        {.tenant = {2}},
        {.leaf = 1},
        {.leaf = 256},
    };
    enum { COUNT = sizeof ascending / sizeof ascending[0] };
    for (size_t i = 0; i < COUNT; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        struct kv_digest_place read;
        sync_message_put_place(&out, &ascending[i]);
        struct reader body = reader_over(buf_bytes(&out));
        assert_true(sync_message_take_place(&body, &read) && reader_done(&body));
        for (size_t j = 0; j < COUNT; j++) {
            int order = sync_message_place_order(&read, &ascending[j]);
            assert_int_equal((i > j) - (i < j), (order > 0) - (order < 0));
        }
        struct reader cut = reader_over((struct bytes){memory, out.len - 1});
        assert_false(sync_message_take_place(&cut, &read));
        assert_int_equal(0, read.leaf + read.key_len);
    }
    struct buf out = buf_over(memory, sizeof memory);
    static const uint8_t long_key[2 + 32 + 2 + LIMIT_KV_KEY + 1] = {[34] = 4, [35] = 1};
    buf_put(&out, BYTES_ARRAY(long_key));
    struct reader body = reader_over(buf_bytes(&out));
    struct kv_digest_place read;
    assert_false(sync_message_take_place(&body, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_changed_bit_and_every_cut_is_refused),
        cmocka_unit_test(it_is_for_one_receiver_of_one_sender_and_one_root),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(a_record_that_is_cut_or_has_more_fails_the_body),
        cmocka_unit_test(no_length_inside_reaches_beyond),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(places_have_an_order),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
