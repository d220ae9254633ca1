#include <openssl/evp.h>

#include "audit/checkpoint.h"
#include "fixtures/unit.h"

static const uint8_t boot[AUDIT_BOOT_BYTES] = {1, 2, 3};
static const struct clock_interval at = {5, 7};
static struct checkpoint_chain chain;
static uint8_t memory[LIMIT_AUDIT_LINE + 1];

static struct status sign(void *context, struct bytes text, uint8_t *ret_signature)
{
    bool *fails = context;
    memset(ret_signature, (int)(text.len & 0xff), CHECKPOINT_SIGNATURE);
    return fails != NULL && *fails ? FAIL(NO_MEMORY) : OK;
}

/* Leaf i is 32 bytes of i, two bytes of it counted. */
static void leaf_of(size_t i, uint8_t ret[static 32])
{
    memset(ret, (int)(i & 0xff), 32);
    ret[0] = (uint8_t)(i >> 8);
}

static void hash(const uint8_t *data, size_t len, uint8_t *ret)
{
    assert_int_equal(1, EVP_Digest(data, len, ret, NULL, EVP_sha256(), NULL));
}

/* MTH of RFC 6962 as it is written there, for leaf hashes from to to. */
static void oracle(size_t from, size_t to, uint8_t ret[static 32])
{
    uint8_t pair[65] = {1};
    size_t half = 1;
    if (to == from) {
        hash(pair, 0, ret);
        return;
    }
    if (to - from == 1) {
        leaf_of(from, ret);
        return;
    }
    while (2 * half < to - from) {
        half *= 2;
    }
    oracle(from, from + half, pair + 1);
    oracle(from + half, to, pair + 33);
    hash(pair, sizeof pair, ret);
}

static void the_tree_is_that_of_the_rfc(void **state)
{
    (void)state;
    struct checkpoint_tree tree = {0};
    for (size_t count = 0; count < 300; count++) {
        uint8_t root[32];
        uint8_t expected[32];
        uint8_t leaf[32];
        checkpoint_tree_root(&tree, root);
        oracle(0, count, expected);
        assert_memory_equal(expected, root, 32);
        leaf_of(count, leaf);
        checkpoint_tree_add(&tree, leaf);
    }
}

static struct bytes line_of(struct buf *out)
{
    assert_status(OK,
                  checkpoint_append(&chain, &(struct checkpoint_signer){.sign = sign}, at, out));
    return bytes_slice(buf_bytes(out), 0, out->len - 1);
}

static void add(uint32_t lane, size_t count)
{
    uint8_t leaf[32];
    for (size_t i = 0; i < count; i++) {
        leaf_of(i, leaf);
        checkpoint_record(&chain, lane, leaf);
    }
}

static void no_signature_no_line(void **state)
{
    (void)state;
    bool fails = true;
    struct checkpoint_signer signer = {.context = &fails, .sign = sign};
    checkpoint_init(&chain, boot);
    add(0, 3);
    struct checkpoint_chain before = chain;
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(NO_MEMORY, checkpoint_append(&chain, &signer, at, &out));
    assert_memory_equal(&before, &chain, sizeof chain);
    fails = false;
    for (size_t cap = 0; cap < 500; cap += 3) {
        out = buf_over(memory, cap);
        assert_status(BUFFER_FULL, checkpoint_append(&chain, &signer, at, &out));
        assert_memory_equal(&before, &chain, sizeof chain);
    }
}

/* The line, spelled out; the root and the hash of the line from Python's hashlib. */
static void the_line_as_it_is_written(void **state)
{
    (void)state;
    struct checkpoint_signer signer = {.node = {0xab, [19] = 0xcd}, .sign = sign};
    checkpoint_init(&chain, boot);
    add(0, 3);
    add(2, 1);
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, checkpoint_append(&chain, &signer, at, &out));
    static const char text[] =
        "{\"v\":1,\"type\":\"checkpoint\",\"node\":\"0xab000000000000000000000000000000000000cd\","
        "\"boot\":\"01020300000000000000000000000000\",\"n\":0,\"prev\":\""
        "0000000000000000000000000000000000000000000000000000000000000000\",\"lanes\":["
        "{\"lane\":0,\"seq\":2},{\"lane\":2,\"seq\":0}],\"root\":\""
        "a00be6a0da6ffb46d0832fd3aa0f40f6c53775ca71b48db0d12b4421b43caac6\",\"peers\":[],"
        "\"dropped\":0,\"block\":null,\"t_lo\":5,\"t_hi\":7}";
    struct bytes signed_text = bytes_of(text);
    assert_bytes(bytes_slice(signed_text, 0, signed_text.len - 1),
                 bytes_slice(buf_bytes(&out), 0, signed_text.len - 1));
    assert_int_equal(signed_text.len + CHECKPOINT_SIGNED + 1, out.len);
    assert_bytes(BYTES_LITERAL(",\"sig\":\"0x"),
                 bytes_slice(buf_bytes(&out), signed_text.len - 1, 10));
    assert_bytes(BYTES_LITERAL("\"}\n"), bytes_slice(buf_bytes(&out), out.len - 3, 3));
    /* The next one continues. */
    uint8_t prev[32];
    audit_lane_hash(bytes_slice(buf_bytes(&out), 0, out.len - 1), prev);
    assert_memory_equal(prev, chain.prev, 32);
    assert_int_equal(1, chain.n);
    assert_int_equal(0, chain.records);
}

/* Every part of what a checkpoint stands for changes the text that is signed. */
static void another_record_or_lane_or_order_is_another_root(void **state)
{
    (void)state;
    static uint8_t texts[5][LIMIT_AUDIT_LINE + 1];
    size_t lens[5];
    for (size_t i = 0; i < 5; i++) {
        checkpoint_init(&chain, boot);
        uint8_t leaf[32];
        add(i == 1 ? 1 : 0, i == 2 ? 3 : 2);
        leaf_of(i == 3 ? 9 : 8, leaf);
        checkpoint_record(&chain, i == 4 ? 2 : 3, leaf);
        struct buf out = buf_over(texts[i], sizeof texts[i]);
        lens[i] = line_of(&out).len;
    }
    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_false(
                bytes_equal((struct bytes){texts[i], lens[i]}, (struct bytes){texts[k], lens[k]}));
        }
    }
}

static void the_longest_line_fits(void **state)
{
    (void)state;
    checkpoint_init(&chain, boot);
    chain.n = UINT64_MAX - 1;
    for (uint32_t i = 0; i < LIMIT_LOOPS; i++) {
        chain.lanes[i].seq = UINT64_MAX - 1;
        add(i, 1);
    }
    struct buf out = buf_over(memory, sizeof memory);
    const struct clock_interval end = {UINT64_MAX, UINT64_MAX};
    struct checkpoint_signer signer = {.sign = sign};
    assert_status(OK, checkpoint_append(&chain, &signer, end, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_signature_no_line),
        cmocka_unit_test(the_tree_is_that_of_the_rfc),
        cmocka_unit_test(the_line_as_it_is_written),
        cmocka_unit_test(another_record_or_lane_or_order_is_another_root),
        cmocka_unit_test(the_longest_line_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
