/* The records that two upstream nodes were given, and what they made of them: where ours chooses
 * otherwise, the table says why, and each reason is looked for in the records. */
#include "codec/hex.h"
#include "fixtures/store_fixture.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"
#include "store/kv.h"

enum { PAIRS = 37, SINGLES = 10, RECORD_MAX = 2048 };

/* Why another record wins here. */
enum reason {
    LATER_CLOCK, /* theirs: the clock decides, though it belongs to the earlier time */
    TIE,         /* theirs: the clock decides between equal times; ours: the tie */
    EQUAL_CLOCK, /* theirs: equal clocks mean the same record; ours: the later time wins */
};

struct difference {
    const char *name;
    enum reason reason;
    bool from_rs;
    bool from_pylate;
};

static const struct difference differences[] = {
    {"fix0", LATER_CLOCK, true, true},  {"fix2", EQUAL_CLOCK, true, false},
    {"fix8", LATER_CLOCK, true, true},  {"fix10", LATER_CLOCK, true, true},
    {"rnd1", LATER_CLOCK, true, true},  {"rnd7", TIE, true, true},
    {"rnd23", LATER_CLOCK, true, true}, {"rnd25", TIE, true, true},
    {"rnd43", TIE, true, true},         {"rnd45", LATER_CLOCK, true, true},
    {"rnd51", LATER_CLOCK, true, true}, {"rnd53", LATER_CLOCK, true, true},
    {"rnd55", TIE, true, true},         {"rnd59", LATER_CLOCK, true, true},
};

static struct mem mem;
static struct value_seal_keys keys;

/* A record of the file with all that it borrows. */
struct observed {
    struct record record;
    struct vector_clock clock;
    uint8_t encoded[VECTOR_CLOCK_BYTES];
};

static bool is_true(const struct json_in *at, const char *name)
{
    struct json_in member = vector_file_member(at, name);
    bool value;
    assert_status(OK, json_in_bool(&member, &value));
    return value;
}

static void read_clock(const struct json_in *at, struct vector_clock *clock)
{
    struct json_in version;
    struct json_in count;
    clock->len = 0;
    if (!json_in_find(at, "version", &version)) {
        return;
    }
    for (void *state = NULL; json_in_next(&version, &state, &count);) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        uint64_t value;
        assert_int_equal(2 + 2 * VECTOR_CLOCK_WALLET, count.name.len);
        assert_status(OK, hex_read(bytes_slice(count.name, 2, SIZE_MAX), sizeof wallet, wallet));
        assert_status(OK, json_in_u64(&count, 1, UINT32_MAX, &value));
        vector_clock_raise(clock, wallet, value);
    }
}

static void read_record(const struct json_in *at, struct observed *ret)
{
    struct buf out = buf_over(ret->encoded, sizeof ret->encoded);
    bool is_tombstone = is_true(at, "tombstone");
    read_clock(at, &ret->clock);
    vector_clock_write(&ret->clock, &out);
    ret->record = (struct record){
        .key = vector_file_text(at, "key"),
        .clock = buf_bytes(&out),
        .seen = buf_bytes(&out),
        .updated_at_ms = vector_file_u64(at, "updated_at_ms"),
        .ttl_ms = vector_file_u64(at, "ttl_ms"),
        .flags = RECORD_V1 | (is_tombstone ? RECORD_TOMBSTONE : 0),
    };
    if (!is_tombstone) {
        ret->record.blob = vector_file_hex(at, "value");
        memcpy(ret->record.tie, ret->record.blob.ptr, RECORD_TIE);
    }
}

static struct json_in open_file(void)
{
    const uint8_t domain[DOMAIN_ID] = {1};
    struct secret32 key;
    struct json_in root = vector_file_root("nova-merge-observed.json");
    struct bytes bytes = vector_file_hex(&root, "data_key");
    assert_int_equal(sizeof key.b, bytes.len);
    memcpy(key.b, bytes.ptr, sizeof key.b);
    mem_init(&mem, 64u << 20);
    value_seal_keys_init(&keys, domain, domain);
    value_seal_keys_v1(&keys, &key, true);
    return root;
}

static struct kv *open_store(void)
{
    const struct kv_limits limits = kv_limits_default();
    const uint8_t wallet[VECTOR_CLOCK_WALLET] = {7};
    struct kv *kv;
    assert_status(OK, kv_open(&limits, wallet, &mem, &kv));
    return kv;
}

static struct status merge(struct kv *kv, uint64_t now_ms, const struct record *record,
                           enum kv_merged *ret_merged)
{
    const struct kv_at at = {&keys, now_ms, false};
    const uint8_t unused[VALUE_SEAL_NONCE] = {0};
    return kv_merge(kv, &at, record, unused, ret_merged);
}

/* Which of two wins. Both orders end with the same record, its own clock and what was seen. */
static const char *decide(uint64_t now_ms, const struct observed *local,
                          const struct observed *incoming)
{
    enum kv_merged merged;
    struct kv *one = open_store();
    struct kv *two = open_store();
    struct record left;
    struct record right;
    assert_status(OK, merge(one, now_ms, &local->record, &merged));
    assert_status(OK, merge(two, now_ms, &incoming->record, &merged));
    assert_status(OK, merge(two, now_ms, &local->record, &merged));
    assert_status(OK, merge(one, now_ms, &incoming->record, &merged));
    bool is_incoming = merged == KV_REPLACED;
    const struct record *expected = is_incoming ? &incoming->record : &local->record;
    struct vector_clock seen = local->clock;
    struct vector_clock read;
    vector_clock_join(&seen, &incoming->clock);
    assert_true(kv_peek(one, keys.tenant, local->record.key, &left));
    assert_true(kv_peek(two, keys.tenant, local->record.key, &right));
    assert_int_equal(0, record_order(&left, &right));
    assert_int_equal(0, record_order(&left, expected));
    assert_bytes(expected->blob, left.blob);
    assert_bytes(expected->clock, left.clock);
    assert_bytes(left.clock, right.clock);
    assert_bytes(left.seen, right.seen);
    assert_status(OK, vector_clock_read(left.seen, &read));
    assert_int_equal(VECTOR_CLOCK_EQUAL, vector_clock_compare(&seen, &read));
    kv_close(&one);
    kv_close(&two);
    return is_incoming ? "incoming" : "local";
}

static const struct difference *difference_of(struct bytes name)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (bytes_equal(bytes_of(differences[i].name), name)) {
            return &differences[i];
        }
    }
    return NULL;
}

/* The records are as the reason says. */
static void check_reason(enum reason reason, const struct observed *local,
                         const struct observed *incoming)
{
    enum vector_clock_relation relation = vector_clock_compare(&local->clock, &incoming->clock);
    uint64_t here_ms = local->record.updated_at_ms;
    uint64_t there_ms = incoming->record.updated_at_ms;
    bool is_ordered = relation == VECTOR_CLOCK_BEFORE || relation == VECTOR_CLOCK_AFTER;
    switch (reason) {
    case LATER_CLOCK:
        assert_true(is_ordered && here_ms != there_ms);
        assert_true((relation == VECTOR_CLOCK_BEFORE) == (there_ms < here_ms));
        break;
    case TIE:
        assert_true(is_ordered && here_ms == there_ms);
        break;
    case EQUAL_CLOCK:
        assert_true(relation == VECTOR_CLOCK_EQUAL && here_ms < there_ms);
        break;
    }
}

static void pairs_are_decided_by_time_and_tie(void **state)
{
    (void)state;
    struct json_in root = open_file();
    struct json_in pairs = vector_file_member(&root, "pairs");
    uint64_t now_ms = vector_file_u64(&root, "now") + 10000; /* so that none has to wait */
    size_t differ = 0;
    assert_int_equal(PAIRS, vector_file_count(&pairs));
    for (size_t i = 0; i < PAIRS; i++) {
        static struct observed local;
        static struct observed incoming;
        struct json_in pair = json_in_item(&pairs, i);
        struct json_in here = vector_file_member(&pair, "local");
        struct json_in there = vector_file_member(&pair, "incoming");
        read_record(&here, &local);
        read_record(&there, &incoming);
        struct bytes ours = bytes_of(decide(now_ms, &local, &incoming));
        const struct difference *difference = difference_of(vector_file_text(&pair, "name"));
        bool from_rs = !bytes_equal(ours, vector_file_text(&pair, "rs"));
        bool from_pylate = !bytes_equal(ours, vector_file_text(&pair, "pylate"));
        assert_int_equal(difference != NULL && difference->from_rs, from_rs);
        assert_int_equal(difference != NULL && difference->from_pylate, from_pylate);
        if (difference != NULL) {
            check_reason(difference->reason, &local, &incoming);
            differ++;
        }
    }
    assert_int_equal(sizeof differences / sizeof differences[0], differ);
    assert_int_equal(0, mem_used(&mem));
}

/* What is made of a record alone. */
struct single {
    const char *name;
    enum status_code code;
    bool as_rs; /* taken or not, as there */
    bool as_pylate;
};

static const struct single singles[] = {
    {"past1d", STATUS_OK, true, true},
    {"future14s", STATUS_OK, false, true}, /* waits, for less than RS takes at once */
    {"future40s", STATUS_OK, true, true},  /* waits; there it is lost */
    {"short", STATUS_RECORD_INVALID, true, true},
    {"noversion", STATUS_OK, true, true},
    {"eip55 node id", STATUS_OK, true, true},
    {"emptykey", STATUS_VALUE_KEY, false, false}, /* no path can name it */
    {"ctlkey", STATUS_OK, true, true},
    {"expired", STATUS_OK, true, true},
    {"clock40", STATUS_OK, true, true},
};

static void single_records_are_taken_as_upstream(void **state)
{
    (void)state;
    struct json_in root = open_file();
    struct json_in list = vector_file_member(&root, "single");
    uint64_t now_ms = vector_file_u64(&root, "single_now");
    assert_int_equal(SINGLES, vector_file_count(&list));
    for (size_t i = 0; i < SINGLES; i++) {
        static struct observed observed;
        enum kv_merged merged;
        struct kv *kv = open_store();
        struct json_in item = json_in_item(&list, i);
        struct json_in record = vector_file_member(&item, "record");
        assert_bytes(bytes_of(singles[i].name), vector_file_text(&item, "name"));
        read_record(&record, &observed);
        struct status status = merge(kv, now_ms, &observed.record, &merged);
        assert_int_equal(singles[i].code, status.code);
        bool is_taken = merged == KV_REPLACED;
        assert_true((is_taken == (vector_file_u64(&item, "rs") == 1)) == singles[i].as_rs);
        assert_true((is_taken == (vector_file_u64(&item, "pylate") == 1)) == singles[i].as_pylate);
        kv_close(&kv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_decided_by_time_and_tie),
        cmocka_unit_test(single_records_are_taken_as_upstream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
