#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "fixtures/vector_file.h"
#include "identity/node_identity_internal.h"

static struct entropy system_entropy;

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    int *calls = context;
    memset(out, 7, len);
    out[0] = 1;
    *calls -= 1;
    return *calls < 0 ? FAIL(ENTROPY) : OK;
}

static void without_entropy_there_is_no_identity(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        int calls = i;
        struct entropy entropy = {&calls, no_entropy};
        struct node_identity *node = NULL;
        assert_status(ENTROPY, node_identity_open(&entropy, &node));
        assert_null(node);
        node_identity_close(&node);
    }
}

static void keys_that_are_none_are_refused(void **state)
{
    (void)state;
    const uint8_t boot_id[POP_BOOT_ID] = {1};
    const struct k256_key wallet = {{0}};
    const struct p384_key key = {{[47] = 1}};
    struct node_identity *node = NULL;
    assert_status(KEY_INVALID, node_identity_from(&wallet, &key, boot_id, &system_entropy, &node));
    assert_null(node);
}

static struct node_identity *node_of_reference(void)
{
    struct json_in root = vector_file_root("nova.json");
    struct json_in wallets = vector_file_member(&root, "wallets");
    struct json_in kms = vector_file_member(&wallets, "kms");
    struct json_in envelope = vector_file_member(&root, "envelope");
    const uint8_t boot_id[POP_BOOT_ID] = {0, 1, 2, 3};
    struct k256_key wallet;
    struct p384_key key;
    struct node_identity *node;
    memcpy(wallet.d, vector_file_hex(&kms, "priv").ptr, sizeof wallet.d);
    memcpy(key.d, vector_file_hex(&envelope, "kms_priv").ptr, sizeof key.d);
    assert_status(OK, node_identity_from(&wallet, &key, boot_id, &system_entropy, &node));
    return node;
}

static void the_node_of_the_reference(void **state)
{
    (void)state;
    struct node_identity *node = node_of_reference();
    const struct node_identity_facts *facts = node_identity_facts(node);
    uint8_t spki[P384_SPKI];
    assert_bytes(BYTES_LITERAL("0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"),
                 BYTES_ARRAY(facts->wallet_text));
    assert_bytes(BYTES_LITERAL("0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"),
                 BYTES_ARRAY(facts->checksum_text));
    assert_bytes(BYTES_LITERAL("0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a:"
                               "00010203000000000000000000000000"),
                 BYTES_ARRAY(facts->node_text));
    struct json_in root = vector_file_root("nova.json");
    struct json_in envelope = vector_file_member(&root, "envelope");
    p384_point_spki(&facts->point, spki);
    assert_bytes(vector_file_hex(&envelope, "kms_spki"), BYTES_ARRAY(spki));
    struct p384_point app;
    struct envelope_keys keys;
    assert_status(OK, p384_point_parse(vector_file_hex(&envelope, "app_spki"), &app));
    assert_status(OK, node_identity_keys(node, &app, ENVELOPE_NODE, &keys));
    assert_bytes(vector_file_hex(&envelope, "aes_key"), BYTES_ARRAY(keys.v1.b));
    node_identity_close(&node);
}

/* Texts, keys and signatures of the reference; v is 0 or 1, as its nodes have it. */
static void answers_of_version_1_are_those_of_the_reference(void **state)
{
    (void)state;
    struct node_identity *node = node_of_reference();
    struct json_in root = vector_file_root("nova.json");
    struct json_in list = vector_file_member(&root, "pop");
    for (size_t i = 0; i + 1 < 8; i += 2) {
        struct json_in request = json_in_item(&list, i);
        struct json_in answer = json_in_item(&list, i + 1);
        struct bytes name = vector_file_text(&answer, "name");
        bool is_checksum = bytes_equal(bytes_slice(name, name.len - 5, 5), BYTES_LITERAL("eip55"));
        uint8_t memory[EIP191_TEXT];
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(OK, node_identity_answer_v1(node, vector_file_text(&request, "sig_v01"),
                                                  is_checksum, &out));
        assert_bytes(vector_file_text(&answer, "sig_v01"), buf_bytes(&out));
    }
    uint8_t memory[EIP191_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(POP_MALFORMED, node_identity_answer_v1(node, BYTES_LITERAL("a\nb"), false, &out));
    out = buf_over(memory, sizeof memory - 1);
    assert_status(BUFFER_FULL, node_identity_answer_v1(node, BYTES_LITERAL("0x"), false, &out));
    node_identity_close(&node);
}

/* What a real node of the platform sent for the same keys, to the last byte; and the proofs that it
 * took are taken for the app's. */
static void answers_of_version_1_are_those_of_a_real_node(void **state)
{
    (void)state;
    static const uint8_t boot_id[POP_BOOT_ID] = {1};
    struct json_in root = vector_file_root("nova-app-capsule.json");
    struct json_in list = vector_file_member(&root, "exchanges");
    struct json_in mine = vector_file_member(&root, "node");
    struct json_in app = vector_file_member(&root, "app");
    struct secret32 bytes;
    struct k256_key wallet;
    struct p384_key key;
    struct node_identity *node;
    struct eth_address caller;
    size_t answers = 0;
    size_t proofs = 0;
    memcpy(bytes.b, vector_file_hex(&mine, "wallet_private").ptr, sizeof bytes.b);
    memcpy(key.d, vector_file_hex(&mine, "p384_private").ptr, sizeof key.d);
    assert_status(OK, k256_key_from(&bytes, &wallet));
    assert_status(OK, node_identity_from(&wallet, &key, boot_id, &system_entropy, &node));
    assert_status(OK, eth_address_read(vector_file_text(&app, "wallet"), &caller));
    for (size_t i = 0; i < vector_file_count(&list); i++) {
        struct json_in exchange = json_in_item(&list, i);
        struct json_in sent = vector_file_member(&exchange, "request_headers");
        struct json_in got = vector_file_member(&exchange, "response_headers");
        struct json_in decoded = vector_file_member(&exchange, "decoded");
        struct json_in member;
        if (!json_in_find(&sent, "x-app-signature", &member)) {
            continue;
        }
        uint8_t memory[POP_TEXT_MAX];
        struct buf out = buf_over(memory, sizeof memory);
        struct k256_signature signature;
        struct eth_address signer;
        assert_status(OK, pop_v1_text(POP_APP_V1, vector_file_text(&sent, "x-app-nonce"),
                                      vector_file_text(&mine, "wallet"),
                                      vector_file_text(&sent, "x-app-timestamp"), &out));
        assert_bytes(vector_file_text(&decoded, "signed_text"), buf_bytes(&out));
        assert_status(OK, eip191_read(vector_file_text(&sent, "x-app-signature"), &signature));
        assert_status(OK, eip191_recover(buf_bytes(&out), &signature, true, &signer));
        assert_true(eth_address_equal(&caller, &signer));
        proofs++;
        if (!json_in_find(&got, POP_V1_APP_ANSWER, &member)) {
            continue;
        }
        out = buf_over(memory, sizeof memory);
        assert_status(OK, node_identity_answer_v1(node, vector_file_text(&sent, "x-app-signature"),
                                                  false, &out));
        assert_bytes(vector_file_text(&got, POP_V1_APP_ANSWER), buf_bytes(&out));
        answers++;
    }
    assert_int_equal(23, proofs);
    assert_int_equal(11, answers);
    node_identity_close(&node);
}

static void answers_of_version_2_are_signed_by_the_wallet(void **state)
{
    (void)state;
    struct node_identity *node = node_of_reference();
    const struct node_identity_facts *facts = node_identity_facts(node);
    struct pop_answer answer = {.request = {1}, .status = 200, .node = BYTES_LITERAL("other")};
    uint8_t memory[EIP191_TEXT];
    uint8_t text_memory[POP_TEXT_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    struct buf text = buf_over(text_memory, sizeof text_memory);
    struct k256_signature signature;
    struct eth_address signer;
    assert_status(OK, node_identity_answer(node, &answer, &out));
    answer.node = BYTES_ARRAY(facts->node_text);
    assert_status(OK, pop_answer_text(&answer, &text));
    assert_status(OK, eip191_read(buf_bytes(&out), &signature));
    assert_status(OK, eip191_recover(buf_bytes(&text), &signature, true, &signer));
    assert_true(eth_address_equal(&signer, &facts->wallet));
    assert_true(memory[EIP191_TEXT - 2] == '1' && memory[EIP191_TEXT - 1] >= 'b');
    node_identity_close(&node);
}

static void no_two_are_alike(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    struct node_identity *one;
    struct node_identity *two;
    assert_status(OK, node_identity_open(&entropy, &one));
    assert_status(OK, node_identity_open(&entropy, &two));
    const struct node_identity_facts *a = node_identity_facts(one);
    const struct node_identity_facts *b = node_identity_facts(two);
    assert_false(eth_address_equal(&a->wallet, &b->wallet));
    assert_false(p384_point_equal(&a->point, &b->point));
    assert_memory_not_equal(a->boot_id, b->boot_id, POP_BOOT_ID);
    node_identity_close(&one);
    node_identity_close(&two);
    assert_null(one);
}

/* --- with keys that are elsewhere --- */

struct holder {
    struct k256_key wallet;
    enum status_code code;
    size_t calls;
};

static struct status holder_check(void *context)
{
    const struct holder *holder = context;
    return (struct status){.code = (uint16_t)holder->code};
}

static struct status holder_sign(void *context, struct bytes text, struct k256_signature *ret)
{
    struct holder *holder = context;
    holder->calls++;
    TRY(holder_check(holder));
    return eip191_sign(&holder->wallet, text, ret);
}

static struct status
holder_sign_transaction(void *context, const struct eth_transaction *transaction, struct buf *raw)
{
    struct holder *holder = context;
    uint8_t hash[ETH_TRANSACTION_HASH];
    buf_put_u8(raw, 1);
    TRY(holder_check(holder));
    raw->len = 0;
    return eth_transaction_sign(transaction, &holder->wallet, raw, hash);
}

static struct status holder_open(void *context, struct arena *arena,
                                 const struct envelope *envelope, struct bytes *ret_text)
{
    TRY(holder_check(context));
    return arena_copy(arena, envelope->sealed, ret_text);
}

static struct status holder_seal(void *context, struct arena *arena, const struct p384_point *peer,
                                 struct bytes text, struct envelope *ret)
{
    TRY(holder_check(context));
    memcpy(ret->iv, peer->sec1 + 1, sizeof ret->iv);
    return arena_copy(arena, text, &ret->sealed);
}

static struct node_identity *node_with(struct holder *holder, struct p384_point *ret_point)
{
    const struct entropy entropy = entropy_system();
    const struct secret32 d = {{[31] = 7}};
    const struct p384_key key = {{[47] = 9}};
    struct k256_public public;
    struct node_identity_remote remote = {.context = holder,
                                          .check = holder_check,
                                          .sign = holder_sign,
                                          .sign_transaction = holder_sign_transaction,
                                          .open = holder_open,
                                          .seal = holder_seal};
    struct node_identity *node = NULL;
    *holder = (struct holder){.code = STATUS_OK};
    assert_status(OK, k256_key_from(&d, &holder->wallet));
    assert_status(OK, k256_public(&holder->wallet, &public));
    eth_address_of(&public, &remote.wallet);
    assert_status(OK, p384_public(&key, &remote.point));
    assert_status(OK, node_identity_open_remote(&remote, &entropy, &node));
    *ret_point = remote.point;
    return node;
}

static const struct eth_transaction some_transaction = {
    .chain_id = 1, .gas_limit = 21000, .data = {(const uint8_t *)"abcd", 4}};

/* With keys of its own, or of its holder. */
static void the_wallet_signs_transactions(void **state)
{
    (void)state;
    struct holder holder;
    struct p384_point point;
    struct eth_address who;
    uint8_t memory[512];
    const struct entropy entropy = entropy_system();
    struct node_identity *nodes[2] = {NULL, node_with(&holder, &point)};
    assert_status(OK, node_identity_open(&entropy, &nodes[0]));
    for (size_t i = 0; i < 2; i++) {
        struct buf raw = buf_over(memory, sizeof memory);
        assert_status(OK, node_identity_sign_transaction(nodes[i], &some_transaction, &raw));
        assert_status(OK, eth_transaction_signer(&some_transaction, buf_bytes(&raw), &who));
        assert_true(eth_address_equal(&node_identity_facts(nodes[i])->wallet, &who));
        struct buf small = buf_over(memory, 20);
        assert_status(BUFFER_FULL,
                      node_identity_sign_transaction(nodes[i], &some_transaction, &small));
        assert_int_equal(0, small.len);
    }
    holder.code = STATUS_IDENTITY_CHANGED;
    struct buf raw = buf_over(memory, sizeof memory);
    assert_status(IDENTITY_CHANGED,
                  node_identity_sign_transaction(nodes[1], &some_transaction, &raw));
    assert_int_equal(0, raw.len);
    node_identity_close(&nodes[0]);
    node_identity_close(&nodes[1]);
}

static void a_remote_identity_needs_random_bytes(void **state)
{
    (void)state;
    const struct node_identity_remote remote = {.sign = holder_sign};
    for (int i = 0; i < 3; i++) {
        int calls = i;
        const struct entropy entropy = {&calls, no_entropy};
        struct node_identity *node = NULL;
        assert_status(ENTROPY, node_identity_open_remote(&remote, &entropy, &node));
        assert_null(node);
    }
}

static void what_its_holder_refuses_is_refused(void **state)
{
    (void)state;
    struct holder holder;
    struct p384_point point;
    struct arena arena;
    struct k256_signature signature;
    struct bytes text;
    const struct k256_signature none = {0};
    struct node_identity *node = node_with(&holder, &point);
    const struct envelope envelope = {.sender = point, .sealed = BYTES_LITERAL("sealed")};
    assert_status(OK, arena_init(&arena, 1u << 16));
    holder.code = STATUS_IDENTITY_CHANGED;
    assert_status(IDENTITY_CHANGED, node_identity_check(node));
    assert_status(IDENTITY_CHANGED, node_identity_sign(node, BYTES_LITERAL("t"), &signature));
    assert_memory_equal(&none, &signature, sizeof none);
    assert_status(IDENTITY_CHANGED, node_identity_open_v1(node, &arena, &envelope, &text));
    assert_int_equal(0, text.len);
    assert_status(IDENTITY_CHANGED,
                  node_identity_seal_v1(node, &arena, &envelope, BYTES_LITERAL("{}"), &text));
    assert_int_equal(0, text.len);
    node_identity_close(&node);
    arena_deinit(&arena);
}

static void version_1_is_the_holders_and_version_2_ours(void **state)
{
    (void)state;
    struct holder holder;
    struct p384_point point;
    struct arena arena;
    struct envelope_keys keys;
    struct envelope read;
    struct json_in_doc doc;
    struct bytes json;
    struct node_identity *node = node_with(&holder, &point);
    const struct node_identity_facts *facts = node_identity_facts(node);
    assert_true(node_identity_is_remote(node));
    assert_true(p384_point_equal(&point, &facts->point_v1));
    assert_false(p384_point_equal(&point, &facts->point));
    assert_status(OK, node_identity_check(node));
    assert_status(OK, node_identity_keys(node, &point, ENVELOPE_NODE, &keys));
    assert_status(OK, arena_init(&arena, 1u << 20));
    const struct envelope to = {.sender = facts->point, .member = ENVELOPE_CIPHERTEXT};
    assert_status(
        OK, node_identity_seal_v1(node, &arena, &to, BYTES_LITERAL("0123456789abcdef"), &json));
    assert_status(OK, json_in_parse(&arena, json, &doc));
    struct json_in root = json_in_root(&doc);
    assert_status(OK, envelope_read_v1(&arena, &root, NULL, &read));
    assert_true(p384_point_equal(&point, &read.sender));
    assert_int_equal(ENVELOPE_CIPHERTEXT, read.member);
    assert_memory_equal(facts->point.sec1 + 1, read.iv, sizeof read.iv);
    assert_bytes(BYTES_LITERAL("0123456789abcdef"), read.sealed);
    node_identity_close(&node);
    arena_deinit(&arena);
}

/* Of both kinds: the wallet vouches for the key of version 2, here, and for nothing else. */
static void the_wallet_vouches_for_a_key(void **state)
{
    (void)state;
    struct holder holder;
    struct p384_point point;
    const uint8_t domain[POP_HASH] = {1};
    uint8_t memory[512];
    struct buf text = buf_over(memory, sizeof memory);
    uint8_t expected_memory[512];
    struct buf expected = buf_over(expected_memory, sizeof expected_memory);
    struct k256_signature signature;
    struct eth_address signer;
    struct node_identity *node = node_with(&holder, &point);
    const struct node_identity_facts *facts = node_identity_facts(node);
    assert_status(OK, node_identity_key_text(node, domain, &text));
    buf_put_text(&expected, "CofferKey/2\n01000000000000000000000000000000000000000000000000000000"
                            "00000000\n");
    buf_put(&expected, BYTES_ARRAY(facts->node_text));
    buf_put_u8(&expected, '\n');
    hex_put(&expected, BYTES_ARRAY(facts->point.sec1));
    assert_bytes(buf_bytes(&expected), buf_bytes(&text));
    assert_status(OK, node_identity_sign(node, buf_bytes(&text), &signature));
    assert_status(OK, eip191_recover(buf_bytes(&text), &signature, true, &signer));
    assert_true(eth_address_equal(&facts->wallet, &signer));
    assert_int_equal(1, holder.calls);
    text = buf_over(memory, 100);
    assert_status(BUFFER_FULL, node_identity_key_text(node, domain, &text));
    node_identity_close(&node);
    node = node_of_reference();
    assert_false(node_identity_is_remote(node));
    assert_status(OK, node_identity_check(node));
    facts = node_identity_facts(node);
    assert_true(p384_point_equal(&facts->point, &facts->point_v1));
    node_identity_close(&node);
}

static void flips_are_found(struct node_identity *node, void *memory, size_t len)
{
    static const struct k256_signature no_signature;
    static const struct envelope_keys no_keys;
    struct k256_signature signature;
    struct envelope_keys keys;
    const struct p384_point *peer = &node_identity_facts(node)->point;
    for (size_t bit = 0; bit < 8 * len; bit += 5) {
        uint8_t flip = (uint8_t)(1u << bit % 8);
        ((uint8_t *)memory)[bit / 8] ^= flip;
        assert_status(SELF_CHECK, node_identity_sign(node, BYTES_LITERAL("text"), &signature));
        assert_memory_equal(&no_signature, &signature, sizeof signature);
        assert_status(SELF_CHECK, node_identity_keys(node, peer, ENVELOPE_NODE, &keys));
        assert_memory_equal(&no_keys, &keys, sizeof keys);
        ((uint8_t *)memory)[bit / 8] ^= flip;
    }
    assert_status(OK, node_identity_sign(node, BYTES_LITERAL("text"), &signature));
    assert_status(OK, node_identity_keys(node, peer, ENVELOPE_NODE, &keys));
}

static void a_flipped_bit_in_each_byte_of_the_keys_is_found(void **state)
{
    (void)state;
    struct node_identity *node = node_of_reference();
    flips_are_found(node, node->wallet.d, sizeof node->wallet.d);
    flips_are_found(node, node->key.d, sizeof node->key.d);
    flips_are_found(node, node->sum.b, sizeof node->sum.b);
    flips_are_found(node, &node->sum_key, sizeof node->sum_key);
    node_identity_close(&node);
}

int main(void)
{
    system_entropy = entropy_system();
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_entropy_there_is_no_identity),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(the_node_of_the_reference),
        cmocka_unit_test(answers_of_version_1_are_those_of_the_reference),
        cmocka_unit_test(answers_of_version_1_are_those_of_a_real_node),
        cmocka_unit_test(answers_of_version_2_are_signed_by_the_wallet),
        cmocka_unit_test(no_two_are_alike),
        cmocka_unit_test(a_flipped_bit_in_each_byte_of_the_keys_is_found),
        cmocka_unit_test(the_wallet_signs_transactions),
        cmocka_unit_test(a_remote_identity_needs_random_bytes),
        cmocka_unit_test(what_its_holder_refuses_is_refused),
        cmocka_unit_test(version_1_is_the_holders_and_version_2_ours),
        cmocka_unit_test(the_wallet_vouches_for_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
