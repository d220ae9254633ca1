#include <stdio.h>

#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "fixtures/unit.h"
#include "wire/node_key.h"
#include "wire/pop.h"

/* A node under Odyn, and what it says about itself. */
struct node {
    struct k256_key wallet;
    struct node_key_owner owner;
    struct p384_point point;
    uint8_t node_text[POP_NODE_TEXT];
    uint8_t text[2048];
    struct bytes json;
};

static struct arena arena;
static const uint8_t domain[32] = {1, 2, 3};

static void point_of(uint8_t number, struct p384_point *ret)
{
    const struct p384_key key = {{[47] = number}};
    assert_status(OK, p384_public(&key, ret));
}

static void put_member(struct buf *out, const char *name, struct bytes data)
{
    buf_put_text(out, ",\"");
    buf_put_text(out, name);
    buf_put_text(out, "\":\"");
    hex_put(out, data);
    buf_put_text(out, "\"");
}

/* Say it. In: signed_point, that the wallet vouches for. */
static void say(struct node *node, const struct p384_point *signed_point)
{
    uint8_t memory[512];
    struct buf text = buf_over(memory, sizeof memory);
    struct buf out = buf_over(node->text, sizeof node->text);
    struct k256_signature signature;
    assert_status(OK,
                  pop_key_text(domain, node->owner.node, BYTES_ARRAY(signed_point->sec1), &text));
    assert_status(OK, eip191_sign(&node->wallet, buf_bytes(&text), &signature));
    buf_put_text(&out, "{\"attestation\":null");
    put_member(&out, "tee_pubkey", BYTES_ARRAY(node->owner.registered.sec1));
    put_member(&out, "envelope_key", BYTES_ARRAY(node->point.sec1));
    buf_put_text(&out, ",\"envelope_key_signature\":\"");
    eip191_put(&out, &signature);
    buf_put_text(&out, "\"}");
    assert_status(OK, buf_check(&out));
    node->json = buf_bytes(&out);
}

static struct node a_node(void)
{
    static struct node node;
    static const uint8_t boot_id[POP_BOOT_ID] = {7};
    const struct secret32 d = {{[31] = 7}};
    struct k256_public public;
    uint8_t memory[POP_WALLET_TEXT];
    struct buf wallet = buf_over(memory, sizeof memory);
    struct buf text = buf_over(node.node_text, sizeof node.node_text);
    node.owner = (struct node_key_owner){.domain = domain, .node = BYTES_ARRAY(node.node_text)};
    assert_status(OK, k256_key_from(&d, &node.wallet));
    assert_status(OK, k256_public(&node.wallet, &public));
    eth_address_of(&public, &node.owner.wallet);
    eth_address_put(&wallet, &node.owner.wallet);
    assert_status(OK, pop_node_text(buf_bytes(&wallet), boot_id, &text));
    point_of(5, &node.owner.registered);
    point_of(6, &node.point);
    say(&node, &node.point);
    return node;
}

static enum status_code read_of(struct bytes json, const struct node_key_owner *owner,
                                struct p384_point *ret)
{
    struct json_in_doc doc;
    arena_reset(&arena);
    memset(ret, 1, sizeof *ret);
    assert_status(OK, json_in_parse(&arena, json, &doc));
    return (enum status_code)node_key_read(&doc, owner, ret).code;
}

static void assert_refused(struct bytes json, const struct node_key_owner *owner)
{
    const struct p384_point none = {{0}};
    struct p384_point point;
    assert_int_equal(STATUS_NODE_UNTRUSTED, read_of(json, owner, &point));
    assert_memory_equal(&none, &point, sizeof none);
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    struct node node = a_node();
    static const char *const bad[] = {
        "{}", "[]", "{\"tee_pubkey\":1}", "{\"tee_pubkey\":\"\"}",
        "{\"tee_pubkey\":\"00\",\"envelope_key\":\"00\",\"envelope_key_signature\":\"0x00\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused(bytes_of(bad[i]), &node.owner);
    }
}

static void another_owner_is_refused(void **state)
{
    (void)state;
    struct node node = a_node();
    static const uint8_t other_domain[32] = {1, 2, 4};
    struct node_key_owner other = node.owner;
    other.domain = other_domain;
    assert_refused(node.json, &other);
    other = node.owner;
    other.wallet.b[0] ^= 1;
    assert_refused(node.json, &other);
    other = node.owner;
    point_of(9, &other.registered);
    assert_refused(node.json, &other);
    node.node_text[POP_NODE_TEXT - 1] ^= 1; /* another start of the node */
    other = node.owner;
    other.node = BYTES_ARRAY(node.node_text);
    assert_refused(node.json, &other);
}

static void a_key_that_the_wallet_did_not_sign_is_refused(void **state)
{
    (void)state;
    struct node node = a_node();
    struct p384_point other;
    point_of(8, &other);
    say(&node, &other);
    assert_refused(node.json, &node.owner);
    say(&node, &node.owner.registered);
    assert_refused(node.json, &node.owner);
}

/* Every character, but for those that spell nothing. */
static void every_change_is_refused(void **state)
{
    (void)state;
    struct node node = a_node();
    size_t from = bytes_find(node.json, 't'); /* of attestation */
    size_t refused = 0;
    for (size_t i = from + 16; i < node.json.len; i++) {
        uint8_t before = node.text[i];
        struct p384_point point;
        struct json_in_doc doc;
        node.text[i] = before == '1' ? '2' : '1';
        arena_reset(&arena);
        struct bytes json = {node.text, node.json.len};
        if (before != ',' && status_is_ok(json_in_parse(&arena, json, &doc))) {
            assert_status(NODE_UNTRUSTED, node_key_read(&doc, &node.owner, &point));
            refused++;
        }
        node.text[i] = before;
    }
    assert_true(refused > 4 * 97 + 130);
}

static void what_the_wallet_signed_is_read(void **state)
{
    (void)state;
    struct node node = a_node();
    struct p384_point point;
    assert_int_equal(STATUS_OK, read_of(node.json, &node.owner, &point));
    assert_true(p384_point_equal(&node.point, &point));
    node.point = node.owner.registered; /* without Odyn */
    say(&node, &node.point);
    assert_int_equal(STATUS_OK, read_of(node.json, &node.owner, &point));
    assert_true(p384_point_equal(&node.owner.registered, &point));
}

static int setup(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 1u << 20)) ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(another_owner_is_refused),
        cmocka_unit_test(a_key_that_the_wallet_did_not_sign_is_refused),
        cmocka_unit_test(every_change_is_refused),
        cmocka_unit_test(what_the_wallet_signed_is_read),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
