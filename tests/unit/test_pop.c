#include <stdio.h>

#include "base/limits.h"
#include "digest/sha256.h"
#include "fixtures/vector_file.h"
#include "wire/pop.h"

#define SIGNATURE                                                      \
    "4753248db51082470fca078a4dfd58169d838b017caf183970f63717600e19fe" \
    "79acc35b802a6f9412300d56cec39405c9c91517f57f6137e91f70c5df341c2c1c"
#define WALLET "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"
#define NODE   WALLET ":00112233445566778899aabbccddeeff"
#define HASH   "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"

static struct pop_headers v1_headers(void)
{
    return (struct pop_headers){.signature = BYTES_LITERAL("0x" SIGNATURE),
                                .nonce = BYTES_LITERAL("AAECAwQFBgcICQoLDA0ODw=="),
                                .time = BYTES_LITERAL("1700000000")};
}

static struct pop_headers v2_headers(void)
{
    return (struct pop_headers){.signature = BYTES_LITERAL("0x" SIGNATURE),
                                .nonce = BYTES_LITERAL("000102030405060708090a0b0c0d0e0f"),
                                .time = BYTES_LITERAL("1700000000123"),
                                .caller = BYTES_LITERAL(WALLET)};
}

static void assert_refused(enum pop_kind kind, const struct pop_headers *headers)
{
    const struct pop none = {0};
    struct pop pop;
    memset(&pop, 1, sizeof pop);
    assert_status(POP_MALFORMED, pop_read(kind, headers, &pop));
    assert_memory_equal(&none, &pop, sizeof pop);
}

static void missing_headers_are_named_as_such(void **state)
{
    (void)state;
    struct pop pop;
    for (int i = 0; i < 4; i++) {
        struct pop_headers v1 = v1_headers();
        struct pop_headers v2 = v2_headers();
        struct bytes *const in_v1[] = {&v1.signature, &v1.nonce, &v1.time, &v1.caller};
        struct bytes *const in_v2[] = {&v2.signature, &v2.nonce, &v2.time, &v2.caller};
        *in_v1[i] = *in_v2[i] = (struct bytes){NULL, 0};
        uint16_t optional = i == 3 ? STATUS_OK : STATUS_POP_MISSING;
        assert_int_equal(optional, pop_read(POP_APP_V1, &v1, &pop).code);
        assert_status(POP_MISSING, pop_read(POP_APP, &v2, &pop));
        *in_v1[i] = *in_v2[i] = BYTES_LITERAL("");
        if (i != 3) {
            assert_refused(POP_PEER_V1, &v1);
        }
        assert_refused(POP_PEER, &v2);
    }
}

static void times_are_plain_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {"-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "01",
                                      "0x10",
                                      "1.0",
                                      "1e9",
                                      "1_0",
                                      "1\n",
                                      "",
                                      "１",
                                      "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pop_headers v1 = v1_headers();
        struct pop_headers v2 = v2_headers();
        v1.time = v2.time = bytes_of(bad[i]);
        assert_refused(POP_APP_V1, &v1);
        assert_refused(POP_APP, &v2);
    }
}

static void nonces_have_one_form(void **state)
{
    (void)state;
    static const char *const bad[] = {"AAECAwQFBgcICQoLDA0ODw",
                                      "AAECAwQFBgcICQoLDA0ODw=",
                                      "AAECAwQFBgcICQoLDA0ODx==",
                                      "AAECAwQFBgcICQoLDA0O Dw==",
                                      "AAECAwQFBgcICQoLDA0ODwAA",
                                      "AAECAwQFBgcICQoLDA0O",
                                      "AAECAwQFBgcICQoLDA0ODw==AAAA",
                                      "AAECAwQFBgcICQoLDA0OD_==",
                                      "0x0102030405060708090a0b0c0d0e0f",
                                      "000102030405060708090a0b0c0d0e",
                                      "000102030405060708090a0b0c0d0e0f00",
                                      "000102030405060708090A0B0C0D0E0F",
                                      "000102030405060708090a0b0c0d0e0g",
                                      "000102030405060708090a0b0c0d0e0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pop_headers v1 = v1_headers();
        struct pop_headers v2 = v2_headers();
        v1.nonce = v2.nonce = bytes_of(bad[i]);
        assert_refused(POP_PEER_V1, &v1);
        assert_refused(POP_PEER, &v2);
    }
    struct pop_headers v1 = v1_headers();
    struct pop_headers v2 = v2_headers();
    v1.nonce = v2_headers().nonce;
    v2.nonce = v1_headers().nonce;
    assert_refused(POP_APP_V1, &v1);
    assert_refused(POP_APP, &v2);
}

static void signatures_are_65_bytes_in_hex(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0x",          "0X" SIGNATURE, SIGNATURE "00", "0x" SIGNATURE "0", "0x0x" SIGNATURE,
        " " SIGNATURE, SIGNATURE "\n"};
    char text[133] = "0x" SIGNATURE;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pop_headers v1 = v1_headers();
        v1.signature = bytes_of(bad[i]);
        assert_refused(POP_APP_V1, &v1);
    }
    for (size_t i = 0; i < 132; i++) {
        struct pop_headers v2 = v2_headers();
        char old = text[i];
        text[i] = 'g';
        v2.signature = bytes_of(text);
        assert_refused(POP_APP, &v2);
        text[i] = old;
    }
}

static void callers_of_version_2_are_wallets_in_lower_case(void **state)
{
    (void)state;
    static const char *const bad[] = {"19e7e376e7c213b7e7e7e46cc70a5dd086daff2a",
                                      "0X19e7e376e7c213b7e7e7e46cc70a5dd086daff2a",
                                      "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
                                      WALLET "0",
                                      WALLET "00",
                                      "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pop_headers v2 = v2_headers();
        v2.caller = bytes_of(bad[i]);
        assert_refused(POP_APP, &v2);
    }
}

static void what_is_well_formed_is_read(void **state)
{
    (void)state;
    struct pop pop;
    struct pop_headers v1 = v1_headers();
    struct pop_headers v2 = v2_headers();
    assert_status(OK, pop_read(POP_APP_V1, &v1, &pop));
    assert_int_equal(1700000000, pop.time);
    assert_bytes(unit_hex("000102030405060708090a0b0c0d0e0f"), BYTES_ARRAY(pop.nonce));
    assert_bytes(v1.signature, pop.text.signature);
    v1.signature = BYTES_LITERAL(SIGNATURE);
    assert_status(OK, pop_read(POP_PEER_V1, &v1, &pop));
    assert_status(OK, pop_read(POP_APP, &v2, &pop));
    assert_int_equal(1700000000123, pop.time);
    assert_bytes(unit_hex("000102030405060708090a0b0c0d0e0f"), BYTES_ARRAY(pop.nonce));
    assert_status(OK, pop_read(POP_PEER, &v2, &pop));
    assert_int_equal(POP_PEER, pop.kind);
}

/* A piece with a line end in it would be two lines. */
static void pieces_that_are_not_visible_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a\nb", "a b", "a\r", "\t", "\x7f", "z\xc3\xbc", "\x01"};
    uint8_t memory[POP_TEXT_MAX];
    const uint8_t domain[POP_HASH] = {1};
    struct bytes x = BYTES_LITERAL("x");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bytes piece = bytes_of(bad[i]);
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(POP_MALFORMED, pop_v1_text(POP_APP_V1, piece, x, x, &out));
        assert_status(POP_MALFORMED, pop_v1_text(POP_APP_V1, x, piece, x, &out));
        assert_status(POP_MALFORMED, pop_v1_text(POP_PEER_V1, x, x, piece, &out));
        assert_status(POP_MALFORMED, pop_v1_answer_text(piece, x, &out));
        assert_status(POP_MALFORMED, pop_v1_answer_text(x, piece, &out));
        for (size_t j = 0; j < 6; j++) {
            uint8_t digest[POP_HASH];
            struct pop_request request = {.kind = POP_APP,
                                          .method = x,
                                          .target = x,
                                          .domain = domain,
                                          .recipient = x,
                                          .caller = x,
                                          .nonce = x,
                                          .idempotency_key = x};
            struct bytes *const pieces[] = {&request.method,    &request.target,
                                            &request.recipient, &request.caller,
                                            &request.nonce,     &request.idempotency_key};
            *pieces[j] = piece;
            bool is_absent_key = j == 5 && piece.len == 0;
            assert_int_equal(is_absent_key ? STATUS_OK : STATUS_POP_MALFORMED,
                             pop_request_digest(&request, digest).code);
        }
        struct pop_answer answer = {.node = piece};
        assert_status(POP_MALFORMED, pop_answer_text(&answer, &out));
    }
}

/* A key of - would read like no key. */
static void roles_and_keys_that_would_be_ambiguous_are_refused(void **state)
{
    (void)state;
    const uint8_t domain[POP_HASH] = {1};
    const uint8_t zero[POP_HASH] = {0};
    uint8_t digest[POP_HASH] = {1};
    struct bytes x = BYTES_LITERAL("x");
    struct pop_request request = {.kind = POP_APP,
                                  .method = x,
                                  .target = x,
                                  .domain = domain,
                                  .recipient = x,
                                  .caller = x,
                                  .nonce = x};
    request.idempotency_key = BYTES_LITERAL("-");
    assert_status(POP_MALFORMED, pop_request_digest(&request, digest));
    assert_memory_equal(zero, digest, sizeof digest);
    request.idempotency_key = BYTES_LITERAL("--");
    assert_status(OK, pop_request_digest(&request, digest));
    request.kind = POP_APP_V1;
    assert_status(POP_MALFORMED, pop_request_digest(&request, digest));
    request.kind = POP_KINDS;
    assert_status(POP_MALFORMED, pop_request_digest(&request, digest));
    struct buf out = buf_over(digest, sizeof digest);
    assert_status(POP_MALFORMED, pop_v1_text(POP_APP, x, x, x, &out));
}

static void a_text_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    uint8_t memory[8];
    struct bytes x = BYTES_LITERAL("x");
    struct pop_answer answer = {.node = x};
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(BUFFER_FULL, pop_v1_text(POP_APP_V1, x, x, x, &out));
    out = buf_over(memory, sizeof memory);
    assert_status(BUFFER_FULL, pop_answer_text(&answer, &out));
}

/* At its limits every piece fits the text; one byte more is refused before there is one. */
static void pieces_beyond_their_limits_are_refused(void **state)
{
    (void)state;
    static char memory[6][LIMIT_HTTP_TARGET + 2];
    static const size_t most[] = {128, LIMIT_HTTP_TARGET, 128, 128, 128, LIMIT_IDEMPOTENCY_KEY};
    const uint8_t hash[POP_HASH] = {1};
    const uint8_t zero[POP_HASH] = {0};
    for (size_t longer = 0; longer <= 6; longer++) {
        struct bytes piece[6];
        uint8_t digest[POP_HASH];
        for (size_t i = 0; i < 6; i++) {
            size_t len = most[i] + (i == longer ? 1 : 0);
            memset(memory[i], 'a', len);
            piece[i] = (struct bytes){(const uint8_t *)memory[i], len};
        }
        struct pop_request request = {.kind = POP_APP,
                                      .method = piece[0],
                                      .target = piece[1],
                                      .body_hash = hash,
                                      .domain = hash,
                                      .recipient = piece[2],
                                      .caller = piece[3],
                                      .nonce = piece[4],
                                      .time_ms = UINT64_MAX,
                                      .idempotency_key = piece[5]};
        assert_int_equal(longer == 6 ? STATUS_OK : STATUS_POP_MALFORMED,
                         pop_request_digest(&request, digest).code);
        assert_true(longer == 6 || memcmp(zero, digest, sizeof digest) == 0);
    }
}

static void headers_of_answers_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        size_t which;
        const char *text;
    } bad[] = {
        {0, ""},
        {0, WALLET},
        {0, NODE "0"},
        {0, WALLET "-00112233445566778899aabbccddeeff"},
        {0, WALLET ":00112233445566778899AABBCCDDEEFF"},
        {0, "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A:00112233445566778899aabbccddeeff"},
        {1, ""},
        {1, "1"},
        {1, "1:"},
        {1, ":" HASH},
        {1, "01:" HASH},
        {1, "1:" HASH "00"},
        {1, "1:0x" HASH},
        {1, "18446744073709551616:" HASH},
        {1, "1:1:" HASH},
        {2, ""},
        {2, "4294967296"},
        {2, "-1"},
        {2, "00"},
        {3, ""},
        {3, "--"},
        {3, "1:" HASH},
        {3, "4294967296:1:" HASH},
        {3, "1:2:3:" HASH},
        {3, "1:2:"},
        {3, "1::" HASH},
        {3, "1:2:" HASH " "},
        {4, ""},
        {4, "x"},
        {4, "18446744073709551616"},
    };
    struct pop_answer answer = {.status = 200, .request = {1}, .body_hash = {2}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0] + 5; i++) {
        struct pop_answer_headers headers = {BYTES_LITERAL(NODE), BYTES_LITERAL("7:" HASH),
                                             BYTES_LITERAL("0"), BYTES_LITERAL("-"),
                                             BYTES_LITERAL("1700000000123")};
        struct bytes *const values[] = {&headers.node, &headers.block, &headers.epoch,
                                        &headers.audit, &headers.time};
        assert_status(OK, pop_answer_read(&headers, &answer));
        if (i < 5) {
            *values[i] = (struct bytes){NULL, 0};
            assert_status(POP_MISSING, pop_answer_read(&headers, &answer));
        } else {
            *values[bad[i - 5].which] = bytes_of(bad[i - 5].text);
            assert_status(POP_MALFORMED, pop_answer_read(&headers, &answer));
        }
        assert_true(answer.status == 200 && answer.request[0] == 1 && answer.body_hash[0] == 2);
        assert_true(answer.node.ptr == NULL && answer.block_number == 0 && answer.time_ms == 0);
    }
}

static void read_hash(const struct json_in *at, const char *name, uint8_t ret[static POP_HASH])
{
    struct bytes bytes = vector_file_hex(at, name);
    assert_int_equal(POP_HASH, bytes.len);
    memcpy(ret, bytes.ptr, POP_HASH);
}

static enum pop_kind kind_of(struct bytes role)
{
    if (bytes_equal(role, BYTES_LITERAL("app"))) {
        return POP_APP;
    }
    if (bytes_equal(role, BYTES_LITERAL("service"))) {
        return POP_SERVICE;
    }
    return bytes_equal(role, BYTES_LITERAL("peer")) ? POP_PEER : POP_USER;
}

static void check_answer(const struct json_in *vector, struct bytes node, const uint8_t *request)
{
    struct json_in at = vector_file_member(vector, "answer");
    struct json_in audited = vector_file_member(&at, "is_audited");
    struct pop_answer answer = {.status = (unsigned)vector_file_u64(&at, "status"), .node = node};
    struct pop_answer again = {.status = answer.status};
    sha256_hash(vector_file_text(&at, "body"), answer.body_hash);
    memcpy(answer.request, request, POP_HASH);
    memcpy(again.request, request, POP_HASH);
    memcpy(again.body_hash, answer.body_hash, POP_HASH);
    answer.block_number = vector_file_u64(&at, "block_number");
    read_hash(&at, "block_hash", answer.block_hash);
    answer.epoch = (uint32_t)vector_file_u64(&at, "epoch");
    assert_status(OK, json_in_bool(&audited, &answer.is_audited));
    answer.audit_lane = (uint32_t)vector_file_u64(&at, "lane");
    answer.audit_seq = vector_file_u64(&at, "seq");
    read_hash(&at, "audit_hash", answer.audit_hash);
    answer.time_ms = vector_file_u64(&at, "time_ms");
    uint8_t memory[3][POP_TEXT_MAX];
    struct buf text = buf_over(memory[0], sizeof memory[0]);
    struct buf block = buf_over(memory[1], sizeof memory[1]);
    struct buf audit = buf_over(memory[2], sizeof memory[2]);
    assert_status(OK, pop_answer_text(&answer, &text));
    assert_bytes(vector_file_text(vector, "answer_text"), buf_bytes(&text));

    /* A client reads the same out of the headers. */
    char epoch[16];
    char time[24];
    pop_answer_put_block(&answer, &block);
    pop_answer_put_audit(&answer, &audit);
    snprintf(epoch, sizeof epoch, "%u", answer.epoch);
    snprintf(time, sizeof time, "%llu", (unsigned long long)answer.time_ms);
    struct pop_answer_headers headers = {node, buf_bytes(&block), bytes_of(epoch),
                                         buf_bytes(&audit), bytes_of(time)};
    assert_status(OK, pop_answer_read(&headers, &again));
    text = buf_over(memory[0], sizeof memory[0]);
    assert_status(OK, pop_answer_text(&again, &text));
    assert_bytes(vector_file_text(vector, "answer_text"), buf_bytes(&text));
}

static void check_request(const struct json_in *vector)
{
    uint8_t body[POP_HASH];
    uint8_t domain[POP_HASH];
    uint8_t digest[POP_HASH];
    uint8_t memory[POP_TEXT_MAX];
    uint8_t node_memory[POP_NODE_TEXT];
    struct buf node = buf_over(node_memory, sizeof node_memory);
    struct bytes boot_id = vector_file_hex(vector, "boot_id");
    assert_status(OK, pop_node_text(vector_file_text(vector, "wallet"), boot_id.ptr, &node));
    enum pop_kind kind = kind_of(vector_file_text(vector, "role"));
    sha256_hash(vector_file_text(vector, "body"), body);
    read_hash(vector, "domain", domain);
    struct pop_request request = {
        .kind = kind,
        .method = vector_file_text(vector, "method"),
        .target = vector_file_text(vector, "target"),
        .body_hash = body,
        .domain = domain,
        .recipient = kind == POP_USER ? vector_file_text(vector, "recipient") : buf_bytes(&node),
        .caller = vector_file_text(vector, "caller"),
        .nonce = vector_file_text(vector, "nonce"),
        .time_ms = vector_file_u64(vector, "time_ms"),
        .idempotency_key = vector_file_text(vector, "idempotency_key"),
    };
    struct buf text = buf_over(memory, sizeof memory);
    assert_status(OK, pop_request_text(&request, &text));
    assert_bytes(vector_file_text(vector, "text"), buf_bytes(&text));
    assert_status(OK, pop_request_digest(&request, digest));
    assert_bytes(vector_file_hex(vector, "digest"), BYTES_ARRAY(digest));
    check_answer(vector, buf_bytes(&node), digest);
    request.body_hash = NULL;
    assert_status(OK, pop_request_digest(&request, digest));
    assert_bytes(vector_file_hex(vector, "digest_without_body"), BYTES_ARRAY(digest));
}

static void texts_of_version_2_are_those_of_the_description(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("wire-v2.json");
    struct json_in list = vector_file_member(&root, "pop");
    size_t count = vector_file_count(&list);
    assert_true(count >= 4);
    for (size_t i = 0; i < count; i++) {
        struct json_in vector = json_in_item(&list, i);
        check_request(&vector);
    }
}

/* The texts of the reference in both spellings of the wallet; each is put together from its parts
 * and compared with the whole. */
static void texts_of_version_1_are_those_of_the_reference(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova.json");
    struct json_in list = vector_file_member(&root, "pop");
    size_t count = vector_file_count(&list);
    struct bytes signature = BYTES_LITERAL("");
    assert_int_equal(8, count);
    for (size_t i = 0; i < count; i++) {
        struct json_in vector = json_in_item(&list, i);
        struct bytes name = vector_file_text(&vector, "name");
        struct bytes expected = vector_file_text(&vector, "message");
        bool is_eip55 = bytes_equal(bytes_slice(name, name.len - 5, 5), BYTES_LITERAL("eip55"));
        struct bytes wallet = is_eip55 ? BYTES_LITERAL("0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A")
                                       : BYTES_LITERAL(WALLET);
        uint8_t memory[512];
        struct buf out = buf_over(memory, sizeof memory);
        if (bytes_starts(expected, BYTES_LITERAL("NovaKMS:Response"))) {
            assert_status(OK, pop_v1_answer_text(signature, wallet, &out));
        } else {
            bool is_app = bytes_starts(name, BYTES_LITERAL("app"));
            struct pop_headers headers = v1_headers();
            assert_status(OK, pop_v1_text(is_app ? POP_APP_V1 : POP_PEER_V1, headers.nonce, wallet,
                                          headers.time, &out));
            signature = vector_file_text(&vector, "sig_v01");
        }
        assert_bytes(expected, buf_bytes(&out));
    }
}

static void headers_have_the_names_of_the_interface(void **state)
{
    (void)state;
    assert_string_equal("x-app-signature", pop_names(POP_APP_V1)->signature);
    assert_string_equal("x-kms-timestamp", pop_names(POP_PEER_V1)->time);
    assert_string_equal("coffer-pop-nonce", pop_names(POP_APP)->nonce);
    assert_string_equal("coffer-pop-caller", pop_names(POP_USER)->caller);
    assert_string_equal("coffer-pop-recipient", pop_names(POP_SERVICE)->recipient);
    assert_string_equal("coffer-pop-key", pop_names(POP_USER)->key);
    assert_null(pop_names(POP_APP)->recipient);
    assert_null(pop_names(POP_PEER_V1)->key);
}

static void a_key_is_vouched_for_in_full(void **state)
{
    (void)state;
    const uint8_t domain[POP_HASH] = {0};
    const uint8_t point[POP_POINT] = {4};
    uint8_t memory[POP_TEXT_MAX];
    static const char *const bad[] = {"",         WALLET,
                                      WALLET ":", WALLET ":00",
                                      "0x" NODE,  WALLET ":00112233445566778899AABBCCDDEEFF",
                                      NODE "\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(POP_MALFORMED,
                      pop_key_text(domain, bytes_of(bad[i]), BYTES_ARRAY(point), &out));
    }
    for (size_t len = 0; len < POP_POINT; len += 48) {
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(POP_MALFORMED,
                      pop_key_text(domain, BYTES_LITERAL(NODE), (struct bytes){point, len}, &out));
    }
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, pop_key_text(domain, BYTES_LITERAL(NODE), BYTES_ARRAY(point), &out));
    assert_int_equal(sizeof "CofferKey/2" + 65 + sizeof NODE + 2 * POP_POINT, out.len);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_headers_are_named_as_such),
        cmocka_unit_test(times_are_plain_numbers),
        cmocka_unit_test(nonces_have_one_form),
        cmocka_unit_test(signatures_are_65_bytes_in_hex),
        cmocka_unit_test(callers_of_version_2_are_wallets_in_lower_case),
        cmocka_unit_test(what_is_well_formed_is_read),
        cmocka_unit_test(pieces_that_are_not_visible_are_refused),
        cmocka_unit_test(roles_and_keys_that_would_be_ambiguous_are_refused),
        cmocka_unit_test(a_text_that_does_not_fit_is_an_error),
        cmocka_unit_test(pieces_beyond_their_limits_are_refused),
        cmocka_unit_test(headers_of_answers_are_read_strictly),
        cmocka_unit_test(a_key_is_vouched_for_in_full),
        cmocka_unit_test(texts_of_version_2_are_those_of_the_description),
        cmocka_unit_test(texts_of_version_1_are_those_of_the_reference),
        cmocka_unit_test(headers_have_the_names_of_the_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
