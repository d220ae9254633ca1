#include "ethereum/eip191.h"
#include "identity/node_identity.h"
#include "support/vector_file.h"

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
    for (int i = 0; i < 3; i++) {
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
    assert_status(KEY_INVALID, node_identity_from(&wallet, &key, boot_id, &node));
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
    assert_status(OK, node_identity_from(&wallet, &key, boot_id, &node));
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

/* Texts, keys and signatures of the reference; v is 27 or 28. */
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
        assert_bytes(vector_file_text(&answer, "sig_v27"), buf_bytes(&out));
    }
    uint8_t memory[EIP191_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(POP_MALFORMED, node_identity_answer_v1(node, BYTES_LITERAL("a\nb"), false, &out));
    out = buf_over(memory, sizeof memory - 1);
    assert_status(BUFFER_FULL, node_identity_answer_v1(node, BYTES_LITERAL("0x"), false, &out));
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_entropy_there_is_no_identity),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(the_node_of_the_reference),
        cmocka_unit_test(answers_of_version_1_are_those_of_the_reference),
        cmocka_unit_test(answers_of_version_2_are_signed_by_the_wallet),
        cmocka_unit_test(no_two_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
