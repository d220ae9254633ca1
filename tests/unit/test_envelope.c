#include <stdio.h>

#include "codec/hex.h"
#include "fixtures/vector_file.h"
#include "wire/envelope.h"

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 64u << 20)) ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

/* Counted bytes in place of random ones. */
static struct status count_up(void *context, uint8_t *out, size_t len)
{
    uint8_t *next = context;
    for (size_t i = 0; i < len; i++) {
        out[i] = (*next)++;
    }
    return OK;
}

static struct p384_key key_of(uint8_t number)
{
    uint8_t bytes[P384_BYTES] = {[P384_BYTES - 1] = number};
    struct p384_key key;
    assert_status(OK, p384_key_from(bytes, &key));
    return key;
}

static struct p384_point point_of(uint8_t number)
{
    struct p384_key key = key_of(number);
    struct p384_point point;
    assert_status(OK, p384_public(&key, &point));
    return point;
}

static struct status read_doc(enum envelope_version version, struct json_in_doc *doc,
                              const struct p384_point *known, struct envelope *ret)
{
    struct json_in root = json_in_root(doc);
    return version == ENVELOPE_V1 ? envelope_read_v1(&arena, &root, known, ret)
                                  : envelope_read_v2(&arena, &root, known, ret);
}

/* Nothing changes with whose it ought to be: nobody's, the sender's, another's. */
static struct status read_as(enum envelope_version version, struct bytes json, struct envelope *ret)
{
    static struct json_in_doc doc;
    assert_status(OK, json_in_parse(&arena, json, &doc));
    struct status status = read_doc(version, &doc, NULL, ret);
    const struct p384_point known[] = {ret->sender, point_of(9)};
    for (size_t i = 0; i < 2; i++) {
        struct envelope again;
        assert_int_equal(status.code, read_doc(version, &doc, &known[i], &again).code);
        assert_true(p384_point_equal(&ret->sender, &again.sender));
        assert_memory_equal(ret->iv, again.iv, sizeof again.iv);
        assert_int_equal(ret->sealed.len, again.sealed.len);
    }
    return status;
}

static void assert_unread(enum envelope_version version, enum status_code code, const char *json)
{
    static const struct envelope none = {0};
    struct envelope envelope;
    memset(&envelope, 1, sizeof envelope);
    arena_reset(&arena);
    struct status status = read_as(version, bytes_of(json), &envelope);
    if (status.code != code) {
        print_error("%s\n", json);
    }
    assert_string_equal(status_name(code), status_name(status.code));
    assert_memory_equal(&none, &envelope, sizeof envelope);
}

static char spki_hex[2 * P384_SPKI + 1];
static char sec1_hex[2 * P384_SEC1 + 1];

static int make_texts(void **state)
{
    uint8_t spki[P384_SPKI];
    struct p384_point point = point_of(7);
    p384_point_spki(&point, spki);
    struct buf buf = buf_over((uint8_t *)spki_hex, sizeof spki_hex - 1);
    hex_put(&buf, BYTES_ARRAY(spki));
    buf = buf_over((uint8_t *)sec1_hex, sizeof sec1_hex - 1);
    hex_put(&buf, BYTES_ARRAY(point.sec1));
    return open_arena(state);
}

#define IV_HEX     "000102030405060708090a0b"
#define SEALED_HEX "00112233445566778899aabbccddeeff"

/* {"sender_tee_pubkey": sender, "nonce": iv, name: sealed} and more. */
static const char *v1(const char *sender, const char *iv, const char *sealed, const char *more)
{
    static char json[2048];
    snprintf(json, sizeof json,
             "{\"sender_tee_pubkey\":\"%s\",\"nonce\":\"%s\",\"encrypted_data\":\"%s\"%s}", sender,
             iv, sealed, more);
    return json;
}

static void bodies_that_are_no_envelope_are_named_as_such(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[]",
        "{}",
        "{\"path\":\"m\"}",
        "{\"nonce\":\"00\",\"ciphertext\":\"00\"}",
        "{\"sender_tee_pubkey\":\"00\",\"ciphertext\":\"00\"}",
        "{\"sender_tee_pubkey\":null,\"nonce\":\"00\",\"ciphertext\":\"00\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_REQUIRED, bad[i]);
        assert_unread(ENVELOPE_V2, STATUS_ENVELOPE_REQUIRED, bad[i]);
    }
    char json[1024];
    snprintf(json, sizeof json, "{\"sender_tee_pubkey\":\"%s\",\"nonce\":\"%s\"}", spki_hex,
             IV_HEX);
    assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_REQUIRED, json);
    assert_unread(ENVELOPE_V2, STATUS_ENVELOPE_REQUIRED, v1(spki_hex, IV_HEX, SEALED_HEX, ""));
}

static void malformed_members_of_version_1_are_refused(void **state)
{
    (void)state;
    static const char *const bad_iv[] = {"",
                                         "0x",
                                         "0",
                                         "00",
                                         "000102030405060708090a",
                                         "000102030405060708090a0",
                                         "000102030405060708090a0g",
                                         "0x0x000102030405060708090a0b",
                                         "000102030405060708090a0b0"};
    static const char *const bad_sealed[] = {"",
                                             "0x",
                                             "00",
                                             "00112233445566778899aabbccddee",
                                             "00112233445566778899aabbccddeef",
                                             "00112233445566778899aabbccddeefg"};
    for (size_t i = 0; i < sizeof bad_iv / sizeof bad_iv[0]; i++) {
        assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID,
                      v1(spki_hex, bad_iv[i], SEALED_HEX, ""));
    }
    for (size_t i = 0; i < sizeof bad_sealed / sizeof bad_sealed[0]; i++) {
        assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID,
                      v1(spki_hex, IV_HEX, bad_sealed[i], ""));
    }
    for (size_t i = 0; i < sizeof spki_hex - 1; i++) {
        char other[sizeof spki_hex];
        memcpy(other, spki_hex, sizeof other);
        other[i] = other[i] == '0' ? '1' : '0';
        assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID, v1(other, IV_HEX, SEALED_HEX, ""));
    }
    assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID, v1("", IV_HEX, SEALED_HEX, ""));
    assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID, v1("0x", IV_HEX, SEALED_HEX, ""));
    assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID, v1("00", IV_HEX, SEALED_HEX, ""));
    assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID,
                  v1(spki_hex, IV_HEX, SEALED_HEX, ",\"ciphertext\":\"" SEALED_HEX "\""));
    char json[1024];
    snprintf(json, sizeof json, "{\"sender_tee_pubkey\":\"%s\",\"nonce\":1,\"ciphertext\":\"%s\"}",
             spki_hex, SEALED_HEX);
    assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID, json);
    snprintf(json, sizeof json, "{\"sender_tee_pubkey\":\"%s\",\"nonce\":\"%s\",\"ciphertext\":[]}",
             spki_hex, IV_HEX);
    assert_unread(ENVELOPE_V1, STATUS_ENVELOPE_INVALID, json);
}

static void version_1_is_read_in_all_its_spellings(void **state)
{
    (void)state;
    char prefixed[sizeof sec1_hex + 2];
    struct p384_point point = point_of(7);
    struct envelope envelope;
    arena_reset(&arena);
    snprintf(prefixed, sizeof prefixed, "0x%s", sec1_hex);
    for (char *at = prefixed + 2; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' ? *at - 32 : *at);
    }
    const char *const senders[] = {spki_hex, sec1_hex, prefixed};
    for (size_t i = 0; i < 3; i++) {
        struct bytes json = bytes_of(v1(senders[i], "0X" IV_HEX "ffFF", "0x" SEALED_HEX "aB",
                                        ",\"version\":9,\"ciphertext\":null"));
        assert_status(OK, read_as(ENVELOPE_V1, json, &envelope));
        assert_int_equal(ENVELOPE_ENCRYPTED_DATA, envelope.member);
        assert_true(p384_point_equal(&point, &envelope.sender));
        assert_bytes(unit_hex(IV_HEX), BYTES_ARRAY(envelope.iv));
        assert_bytes(unit_hex(SEALED_HEX "ab"), envelope.sealed);
    }
    char json[1024];
    snprintf(json, sizeof json,
             "{\"ciphertext\":\"%s\",\"nonce\":\"%s\",\"sender_tee_pubkey\":\"%s\"}", SEALED_HEX,
             IV_HEX, spki_hex);
    assert_status(OK, read_as(ENVELOPE_V1, bytes_of(json), &envelope));
    assert_int_equal(ENVELOPE_CIPHERTEXT, envelope.member);
}

/* One sealed text each way, between the keys 7 (client) and 9 (node). */
static struct bytes sealed_as(const struct envelope_form *form, struct bytes text)
{
    uint8_t next = 3;
    struct entropy entropy = {&next, count_up};
    bool by_client = form->way == ENVELOPE_REQUEST;
    struct p384_key mine = key_of(by_client ? 7 : 9);
    struct p384_point my_point = point_of(by_client ? 7 : 9);
    struct p384_point peer = point_of(by_client ? 9 : 7);
    struct envelope_keys keys;
    struct bytes json;
    assert_status(OK, envelope_keys(&mine, &my_point, &peer,
                                    by_client ? ENVELOPE_CLIENT : ENVELOPE_NODE, &keys));
    struct envelope_sealer sealer = {&keys, &my_point, &entropy};
    assert_status(OK, envelope_seal(&arena, &sealer, form, text, &json));
    return json;
}

static struct envelope_keys keys_of_node(void)
{
    struct p384_key mine = key_of(9);
    struct p384_point my_point = point_of(9);
    struct p384_point peer = point_of(7);
    struct envelope_keys keys;
    assert_status(OK, envelope_keys(&mine, &my_point, &peer, ENVELOPE_NODE, &keys));
    return keys;
}

static void malformed_members_of_version_2_are_refused(void **state)
{
    (void)state;
    struct envelope_form form = {.version = ENVELOPE_V2};
    arena_reset(&arena);
    struct bytes good = sealed_as(&form, BYTES_LITERAL("text"));
    char json[1024];
    struct envelope envelope;
    assert_true(good.len < sizeof json - 64);
    snprintf(json, sizeof json, "%.*s", (int)good.len, (const char *)good.ptr);
    assert_status(OK, read_as(ENVELOPE_V2, bytes_of(json), &envelope));
    snprintf(json, sizeof json, "%.*s,\"more\":1}", (int)good.len - 1, (const char *)good.ptr);
    assert_unread(ENVELOPE_V2, STATUS_ENVELOPE_INVALID, json);
    static const char *const bad[] = {
        "{\"v\":2}",
        "{\"v\":2,\"sender\":\"AA==\",\"iv\":\"AA==\",\"sealed\":\"AA==\"}",
        "{\"v\":2,\"sender\":7,\"iv\":\"AAECAwQFBgcICQoL\",\"sealed\":\"\"}",
    };
    assert_unread(ENVELOPE_V2, STATUS_ENVELOPE_REQUIRED, bad[0]);
    assert_unread(ENVELOPE_V2, STATUS_ENVELOPE_INVALID, bad[1]);
    assert_unread(ENVELOPE_V2, STATUS_ENVELOPE_INVALID, bad[2]);
    static const char *const versions[] = {"1", "3", "\"2\"", "2.0", "true", "[2]"};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        arena_reset(&arena);
        good = sealed_as(&form, BYTES_LITERAL("text"));
        snprintf(json, sizeof json, "{\"v\":%s%.*s", versions[i], (int)good.len - 6,
                 (const char *)good.ptr + 6);
        assert_unread(ENVELOPE_V2, STATUS_ENVELOPE_REQUIRED, json);
    }
}

/* Whatever character of the body is another one: it is not read, or it does not open, or it is
 * another sender, whom the caller refuses. */
static void every_changed_character_is_noticed(void **state)
{
    (void)state;
    struct envelope_keys keys = keys_of_node();
    struct p384_point sender = point_of(7);
    struct bytes text = BYTES_LITERAL("{\"path\":\"m/0\"}");
    for (int version = ENVELOPE_V1; version <= ENVELOPE_V2; version++) {
        struct envelope_form form = {.version = (enum envelope_version)version, .digest = {1}};
        char json[1024];
        char changed[1024];
        arena_reset(&arena);
        struct bytes good = sealed_as(&form, text);
        snprintf(json, sizeof json, "%.*s", (int)good.len, (const char *)good.ptr);
        for (size_t i = 0; i < 2 * good.len; i++) {
            static struct json_in_doc doc;
            struct envelope envelope;
            struct bytes opened;
            memcpy(changed, json, sizeof json);
            changed[i / 2] ^= (char)(i % 2 + 1);
            arena_reset(&arena);
            if (!status_is_ok(json_in_parse(&arena, bytes_of(changed), &doc))) {
                continue;
            }
            struct status status = read_doc(form.version, &doc, NULL, &envelope);
            if (status_is_ok(status) && p384_point_equal(&sender, &envelope.sender)) {
                assert_status(AEAD_INVALID,
                              envelope_open(&arena, &envelope, &keys, &form, &opened));
                assert_int_equal(0, opened.len);
            }
        }
    }
}

static void what_is_bound_must_be_the_same(void **state)
{
    (void)state;
    struct envelope_keys keys = keys_of_node();
    struct envelope envelope;
    struct bytes text;
    for (int way = ENVELOPE_REQUEST; way <= ENVELOPE_RESPONSE; way++) {
        struct envelope_form form = {
            .version = ENVELOPE_V2, .way = (enum envelope_way)way, .digest = {1, 2, 3}};
        arena_reset(&arena);
        assert_status(OK, read_as(ENVELOPE_V2, sealed_as(&form, BYTES_LITERAL("x")), &envelope));
        assert_status(OK, envelope_open(&arena, &envelope, &keys, &form, &text));
        assert_bytes(BYTES_LITERAL("x"), text);
        struct envelope_form other = form;
        other.way = way == ENVELOPE_REQUEST ? ENVELOPE_RESPONSE : ENVELOPE_REQUEST;
        assert_status(AEAD_INVALID, envelope_open(&arena, &envelope, &keys, &other, &text));
        other = form;
        other.version = ENVELOPE_V1;
        assert_status(AEAD_INVALID, envelope_open(&arena, &envelope, &keys, &other, &text));
        for (size_t bit = 0; bit < 256; bit++) {
            other = form;
            other.digest[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_status(AEAD_INVALID, envelope_open(&arena, &envelope, &keys, &other, &text));
        }
        /* With both keys alike the text that is bound still differs. */
        struct envelope_keys same = keys;
        same.response = same.request = way == ENVELOPE_REQUEST ? keys.request : keys.response;
        other = form;
        other.way = way == ENVELOPE_REQUEST ? ENVELOPE_RESPONSE : ENVELOPE_REQUEST;
        assert_status(AEAD_INVALID, envelope_open(&arena, &envelope, &same, &other, &text));
    }
}

static void both_ends_have_the_same_keys_and_no_two_are_alike(void **state)
{
    (void)state;
    struct p384_key mine = key_of(7);
    struct p384_point my_point = point_of(7);
    struct p384_point peer = point_of(9);
    struct envelope_keys client;
    struct envelope_keys swapped;
    struct envelope_keys node = keys_of_node();
    assert_status(OK, envelope_keys(&mine, &my_point, &peer, ENVELOPE_CLIENT, &client));
    assert_status(OK, envelope_keys(&mine, &my_point, &peer, ENVELOPE_NODE, &swapped));
    assert_memory_equal(&client, &node, sizeof node);
    assert_memory_not_equal(node.v1.b, node.request.b, 32);
    assert_memory_not_equal(node.v1.b, node.response.b, 32);
    assert_memory_not_equal(node.request.b, node.response.b, 32);
    assert_memory_not_equal(node.request.b, swapped.request.b, 32);
    assert_memory_not_equal(node.request.b, swapped.response.b, 32);
}

static void a_peer_that_is_no_point_gives_no_keys(void **state)
{
    (void)state;
    const struct envelope_keys none = {0};
    struct p384_key mine = key_of(7);
    struct p384_point my_point = point_of(7);
    struct p384_point peer = {{4}};
    struct envelope_keys keys;
    memset(&keys, 1, sizeof keys);
    assert_status(POINT_INVALID, envelope_keys(&mine, &my_point, &peer, ENVELOPE_NODE, &keys));
    assert_memory_equal(&none, &keys, sizeof keys);
}

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

static void without_entropy_or_memory_nothing_is_sealed(void **state)
{
    (void)state;
    struct envelope_keys keys = keys_of_node();
    struct p384_point point = point_of(9);
    struct entropy entropy = {NULL, no_entropy};
    struct envelope_sealer sealer = {&keys, &point, &entropy};
    struct envelope_form form = {.version = ENVELOPE_V2};
    struct bytes json = BYTES_LITERAL("x");
    arena_reset(&arena);
    assert_status(ENTROPY, envelope_seal(&arena, &sealer, &form, BYTES_LITERAL("x"), &json));
    assert_int_equal(0, json.len);
    struct arena small;
    static uint8_t big[8192];
    uint8_t next = 0;
    entropy = (struct entropy){&next, count_up};
    assert_status(OK, arena_init(&small, 4096));
    assert_status(NO_MEMORY, envelope_seal(&small, &sealer, &form, BYTES_ARRAY(big), &json));
    assert_status(NO_MEMORY,
                  envelope_seal(&small, &sealer, &form, (struct bytes){big, 3000}, &json));
    struct envelope envelope = {.version = ENVELOPE_V2, .sealed = BYTES_ARRAY(big)};
    assert_status(NO_MEMORY, envelope_open(&small, &envelope, &keys, &form, &json));
    assert_int_equal(0, json.len);
    arena_deinit(&small);
}

static struct status give_iv(void *context, uint8_t *out, size_t len)
{
    memcpy(out, context, len);
    return OK;
}

static void envelopes_of_version_2_are_those_of_the_description(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("wire-v2.json");
    struct json_in list = vector_file_member(&root, "envelope");
    size_t count = vector_file_count(&list);
    assert_true(count >= 4);
    for (size_t i = 0; i < count; i++) {
        struct json_in vector = json_in_item(&list, i);
        bool is_request = bytes_equal(vector_file_text(&vector, "way"), BYTES_LITERAL("request"));
        struct p384_key client;
        struct p384_point points[2];
        struct envelope_keys keys;
        struct envelope envelope;
        struct bytes text;
        assert_status(OK, p384_key_from(vector_file_hex(&vector, "client").ptr, &client));
        assert_status(OK, p384_point_parse(vector_file_hex(&vector, "client_point"), &points[0]));
        assert_status(OK, p384_point_parse(vector_file_hex(&vector, "node_point"), &points[1]));
        assert_status(OK, envelope_keys(&client, &points[0], &points[1], ENVELOPE_CLIENT, &keys));
        assert_bytes(vector_file_hex(&vector, "key"),
                     ((struct bytes){is_request ? keys.request.b : keys.response.b, 32}));
        struct envelope_form form = {.version = ENVELOPE_V2,
                                     .way = is_request ? ENVELOPE_REQUEST : ENVELOPE_RESPONSE};
        memcpy(form.digest, vector_file_hex(&vector, "digest").ptr, sizeof form.digest);
        arena_reset(&arena);
        assert_status(OK, read_as(ENVELOPE_V2, vector_file_text(&vector, "json"), &envelope));
        assert_true(p384_point_equal(&points[is_request ? 0 : 1], &envelope.sender));
        assert_status(OK, envelope_open(&arena, &envelope, &keys, &form, &text));
        assert_bytes(vector_file_text(&vector, "plaintext"), text);
        struct entropy entropy = {envelope.iv, give_iv};
        struct envelope_sealer sealer = {&keys, &envelope.sender, &entropy};
        assert_status(OK, envelope_seal(&arena, &sealer, &form, text, &text));
        assert_bytes(vector_file_text(&vector, "json"), text);
    }
}

static enum envelope_derivation derivation_of(struct bytes name)
{
    static const char *const names[ENVELOPE_DERIVATIONS] = {
        [ENVELOPE_STATIC] = "static",
        [ENVELOPE_ENCLAVER] = "enclaver",
        [ENVELOPE_CAPSULE_API] = "capsule-api",
        [ENVELOPE_CAPSULE] = "capsule",
    };
    for (unsigned i = 0; i < ENVELOPE_DERIVATIONS; i++) {
        if (bytes_equal(bytes_of(names[i]), name)) {
            return (enum envelope_derivation)i;
        }
    }
    fail_msg("unknown derivation");
    return ENVELOPE_DERIVATIONS;
}

/* The keys of a client with a node. In: hex members with their private keys. */
static struct envelope_keys keys_of(const struct json_in *at, const char *client, const char *node,
                                    struct p384_point points[static 2])
{
    struct p384_key keys[2];
    struct envelope_keys shared;
    assert_status(OK, p384_key_from(vector_file_hex(at, client).ptr, &keys[0]));
    assert_status(OK, p384_key_from(vector_file_hex(at, node).ptr, &keys[1]));
    assert_status(OK, p384_public(&keys[0], &points[0]));
    assert_status(OK, p384_public(&keys[1], &points[1]));
    assert_status(OK, envelope_keys(&keys[0], &points[0], &points[1], ENVELOPE_CLIENT, &shared));
    return shared;
}

/* It opens with its own derivation and with no other, and is found whatever is tried first. */
static void assert_opens_as(const struct envelope *envelope, const struct envelope_keys *keys,
                            enum envelope_derivation right, struct bytes expected)
{
    for (unsigned i = 0; i < ENVELOPE_DERIVATIONS; i++) {
        struct envelope_form form = {.version = ENVELOPE_V1,
                                     .derivation = (enum envelope_derivation)i};
        struct bytes text;
        struct status status = envelope_open(&arena, envelope, keys, &form, &text);
        assert_int_equal(i == right ? STATUS_OK : STATUS_AEAD_INVALID, status.code);
        assert_int_equal(i == right ? expected.len : 0, text.len);
        assert_status(OK, envelope_open_v1(&arena, envelope, keys, &form, &text));
        assert_int_equal(right, form.derivation);
        assert_bytes(expected, text);
    }
}

static void assert_opens_never(struct envelope *envelope, const struct envelope_keys *keys)
{
    struct envelope_form form = {.version = ENVELOPE_V1, .derivation = ENVELOPE_ENCLAVER};
    struct bytes text = BYTES_LITERAL("x");
    assert_status(AEAD_INVALID, envelope_open_v1(&arena, envelope, keys, &form, &text));
    assert_int_equal(0, text.len);
    assert_int_equal(ENVELOPE_ENCLAVER, form.derivation);
}

static void envelopes_of_version_1_are_made_in_four_ways(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("envelopes-v1.json");
    struct json_in list = vector_file_member(&root, "envelopes");
    size_t count = vector_file_count(&list);
    assert_int_equal(2 * ENVELOPE_DERIVATIONS, count);
    for (size_t i = 0; i < count; i++) {
        struct json_in vector = json_in_item(&list, i);
        struct p384_point points[2];
        struct envelope_keys keys = keys_of(&vector, "client", "node", points);
        struct bytes plaintext = vector_file_text(&vector, "plaintext");
        struct bytes sealed = vector_file_hex(&vector, "sealed");
        enum envelope_derivation right = derivation_of(vector_file_text(&vector, "derivation"));
        struct envelope envelope = {.version = ENVELOPE_V1, .sender = points[0], .sealed = sealed};
        memcpy(envelope.iv, vector_file_hex(&vector, "nonce").ptr, AEAD_IV);
        arena_reset(&arena);
        assert_opens_as(&envelope, &keys, right, plaintext);

        struct entropy entropy = {envelope.iv, give_iv};
        struct envelope_sealer sealer = {&keys, &points[0], &entropy};
        struct envelope_form form = {.version = ENVELOPE_V1, .derivation = right};
        struct envelope again;
        struct bytes json;
        assert_status(OK, envelope_seal(&arena, &sealer, &form, plaintext, &json));
        assert_status(OK, read_as(ENVELOPE_V1, json, &again));
        assert_bytes(sealed, again.sealed);

        envelope.iv[i % AEAD_IV] ^= 1;
        assert_opens_never(&envelope, &keys);
        envelope.iv[i % AEAD_IV] ^= 1;
        keys.points[i % 2].sec1[i] ^= 1;
        if (right == ENVELOPE_STATIC) {
            continue;
        }
        assert_opens_never(&envelope, &keys);
    }
}

/* Every body that a real client sealed for a real node of the platform, and every answer to it. */
static void bodies_of_the_platform_open(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova-app-capsule.json");
    struct json_in list = vector_file_member(&root, "exchanges");
    struct json_in ends[2] = {vector_file_member(&root, "app"), vector_file_member(&root, "node")};
    struct p384_key app;
    struct p384_point points[2];
    struct envelope_keys keys;
    size_t opened = 0;
    assert_status(OK, p384_key_from(vector_file_hex(&ends[0], "p384_private").ptr, &app));
    for (size_t i = 0; i < 2; i++) {
        assert_status(OK, p384_point_parse(vector_file_hex(&ends[i], "spki"), &points[i]));
    }
    assert_status(OK, envelope_keys(&app, &points[0], &points[1], ENVELOPE_CLIENT, &keys));
    for (size_t i = 0; i < vector_file_count(&list); i++) {
        static const char *const sides[2][2] = {{"request_body", "request_plaintext"},
                                                {"response_body", "response_plaintext"}};
        struct json_in exchange = json_in_item(&list, i);
        struct json_in decoded = vector_file_member(&exchange, "decoded");
        for (size_t side = 0; side < 2; side++) {
            struct json_in member;
            struct envelope envelope;
            if (!json_in_find(&decoded, sides[side][1], &member)) {
                continue;
            }
            arena_reset(&arena);
            assert_status(
                OK, read_as(ENVELOPE_V1, vector_file_text(&exchange, sides[side][0]), &envelope));
            assert_true(p384_point_equal(&points[side], &envelope.sender));
            assert_opens_as(&envelope, &keys, ENVELOPE_CAPSULE,
                            vector_file_text(&decoded, sides[side][1]));
            opened++;
        }
    }
    assert_int_equal(19, opened);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_that_are_no_envelope_are_named_as_such),
        cmocka_unit_test(malformed_members_of_version_1_are_refused),
        cmocka_unit_test(malformed_members_of_version_2_are_refused),
        cmocka_unit_test(version_1_is_read_in_all_its_spellings),
        cmocka_unit_test(every_changed_character_is_noticed),
        cmocka_unit_test(what_is_bound_must_be_the_same),
        cmocka_unit_test(both_ends_have_the_same_keys_and_no_two_are_alike),
        cmocka_unit_test(a_peer_that_is_no_point_gives_no_keys),
        cmocka_unit_test(without_entropy_or_memory_nothing_is_sealed),
        cmocka_unit_test(envelopes_of_version_2_are_those_of_the_description),
        cmocka_unit_test(envelopes_of_version_1_are_made_in_four_ways),
        cmocka_unit_test(bodies_of_the_platform_open),
    };
    return cmocka_run_group_tests(tests, make_texts, close_arena);
}
