#include "digest/hkdf_sha256.h"
#include "fixtures/vector_file.h"
#include "keys/app_keys.h"
#include "keys/derive_v2.h"
#include "keys/label.h"
#include "keys/root.h"
#include "keys/seed.h"

static const struct {
    const char *name;
    enum label_tag tag;
    bool hex;
} fields[] = {
    {"domain", LABEL_DOMAIN, true},
    {"tenant", LABEL_TENANT, true},
    {"app", LABEL_APP, true},
    {"user", LABEL_USER, false},
    {"path", LABEL_PATH, false},
    {"context", LABEL_CONTEXT, true},
    {"measurement", LABEL_MEASUREMENT, true},
    {"incarnation", LABEL_INCARNATION, true},
};

static size_t app_keys_checked;

/* Bytes of a field live in memory [8][1024], by position in the table. */
static struct label label_of(const struct json_in *vector, uint8_t memory[8][1024])
{
    struct label label = label_start((enum label_purpose)vector_file_u64(vector, "purpose"));
    if (label.purpose == LABEL_APP_KEY) {
        label.alg = (enum label_alg)vector_file_u64(vector, "alg");
        label.out_len = (uint16_t)vector_file_u64(vector, "out_len");
    }
    struct json_in values = vector_file_member(vector, "fields");
    struct json_in value;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (json_in_find(&values, fields[i].name, &value)) {
            struct bytes bytes = fields[i].hex ? vector_file_hex(&values, fields[i].name)
                                               : vector_file_text(&values, fields[i].name);
            assert_true(bytes.len <= 1024);
            memcpy(memory[i], bytes.ptr, bytes.len);
            label_set(&label, fields[i].tag, (struct bytes){memory[i], bytes.len});
        }
    }
    if (json_in_find(&values, "epoch", &value)) {
        label_set_epoch(&label, (uint32_t)vector_file_u64(&values, "epoch"));
    }
    if (json_in_find(&values, "index", &value)) {
        label_set_index(&label, vector_file_u64(&values, "index"));
    }
    return label;
}

/* The functions that the service calls, on the same vectors. */
static void check_root(const struct json_in *vector, const struct root *root)
{
    struct json_in values = vector_file_member(vector, "fields");
    struct json_in member;
    uint8_t tenant[32] = {0};
    uint8_t incarnation[ROOT_INCARNATION];
    uint8_t hash[32];
    struct secret32 derived;
    if (json_in_find(&values, "tenant", &member)) {
        memcpy(tenant, vector_file_hex(&values, "tenant").ptr, sizeof tenant);
    }
    switch ((enum label_purpose)vector_file_u64(vector, "purpose")) {
    case LABEL_TENANT_SEED:
        root_tenant_seed(root, tenant, &derived);
        break;
    case LABEL_PSEUDONYM:
        root_pseudonym_key(root, tenant, &derived);
        break;
    case LABEL_VALUES:
        root_values_key(root, tenant, &derived);
        break;
    case LABEL_SNAPSHOT:
        root_snapshot_key(root, &derived);
        break;
    case LABEL_SYNC:
        root_sync_key(root, &derived);
        break;
    case LABEL_ROOT_CHECK:
        root_check_hash(root, hash);
        assert_bytes(vector_file_hex(vector, "hash"), BYTES_ARRAY(hash));
        return;
    case LABEL_SESSION:
        memcpy(incarnation, vector_file_hex(&values, "incarnation").ptr, sizeof incarnation);
        root_session_key(root, incarnation, &derived);
        break;
    case LABEL_USER_KEY:
    case LABEL_APP_KEY:
    case LABEL_WRAP:
        return;
    }
    assert_bytes(vector_file_hex(vector, "bytes"), BYTES_ARRAY(derived.b));
}

static void check_app_key(const struct json_in *vector, const struct root *root,
                          const struct label *label)
{
    bool bytes = label->alg == LABEL_BYTES;
    if (!bytes && label->out_len != 48) {
        return;
    }
    struct app_keys_request request = {
        .app = label->value[LABEL_APP].ptr,
        .path = label->value[LABEL_PATH],
        .context = label->value[LABEL_CONTEXT],
        .measurement = label->value[LABEL_MEASUREMENT].ptr,
        .alg = label->alg,
    };
    uint8_t key[LIMIT_APP_KEY];
    size_t len = bytes ? label->out_len : 32;
    assert_status(OK, app_keys_v2(root, &request, key, len));
    assert_bytes(vector_file_hex(vector, bytes ? "bytes" : "key"), ((struct bytes){key, len}));
    app_keys_checked++;
}

static void check_callers(const struct json_in *vector, const struct label *label)
{
    struct secret32 secret;
    memcpy(secret.b, vector_file_hex(vector, "secret").ptr, 32);
    if (label->purpose == LABEL_USER_KEY) {
        struct derive_v2 tenant;
        struct secret32 derived;
        derive_v2_init(&tenant, &secret);
        assert_status(OK, derive_v2_key(&tenant, label->value[LABEL_USER], label->index, &derived));
        assert_bytes(vector_file_hex(vector, "key"), BYTES_ARRAY(derived.b));
        return;
    }
    struct root root;
    root_init(&root, &secret, label->value[LABEL_DOMAIN].ptr, label->epoch);
    check_root(vector, &root);
    if (label->purpose == LABEL_APP_KEY) {
        check_app_key(vector, &root, label);
    }
}

static void check_label(const struct json_in *vector)
{
    static uint8_t memory[8][1024];
    struct label label = label_of(vector, memory);
    uint8_t encoded[LABEL_MAX];
    struct buf out = buf_over(encoded, sizeof encoded);
    assert_status(OK, label_encode(&label, &out));
    assert_bytes(vector_file_hex(vector, "label"), buf_bytes(&out));

    struct secret32 prk;
    struct hmac_sha256_key key;
    hkdf_sha256_extract(vector_file_text(vector, "salt"), vector_file_hex(vector, "secret"), &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    struct bytes expected = vector_file_hex(vector, "bytes");
    uint8_t derived[64];
    assert_status(OK, label_expand(&key, &label, derived, expected.len));
    assert_bytes(expected, ((struct bytes){derived, expected.len}));
    check_callers(vector, &label);
}

static void the_vectors_agree(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("labels-v2.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    size_t labels = 0;
    size_t commitments = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        struct bytes kind = vector_file_text(&vector, "kind");
        if (bytes_equal(kind, BYTES_LITERAL("label"))) {
            check_label(&vector);
            labels++;
        } else if (bytes_equal(kind, BYTES_LITERAL("commitment"))) {
            struct secret32 seed;
            uint8_t commitment[32];
            memcpy(seed.b, vector_file_hex(&vector, "seed").ptr, 32);
            seed_commitment(&seed, commitment);
            assert_bytes(vector_file_hex(&vector, "commitment"), BYTES_ARRAY(commitment));
            commitments++;
        }
    }
    assert_int_equal(27, labels);
    assert_int_equal(14, app_keys_checked);
    assert_int_equal(2, commitments);
}

static struct label whole_seed_label(const uint8_t id[static 32])
{
    struct label label = label_start(LABEL_TENANT_SEED);
    label_set(&label, LABEL_DOMAIN, (struct bytes){id, 32});
    label_set(&label, LABEL_TENANT, (struct bytes){id, 32});
    label_set_epoch(&label, 1);
    return label;
}

static void assert_refused(const struct label *label)
{
    uint8_t memory[LABEL_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(INTERNAL, label_encode(label, &out));
}

static void the_set_of_fields_is_exact(void **state)
{
    (void)state;
    const uint8_t id[33] = {9};
    struct label label = whole_seed_label(id);
    uint8_t memory[LABEL_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, label_encode(&label, &out));
    /* one missing */
    for (unsigned tag = LABEL_DOMAIN; tag <= LABEL_TENANT; tag++) {
        label = whole_seed_label(id);
        label.present &= ~(1u << tag);
        assert_refused(&label);
    }
    /* one too many */
    label = whole_seed_label(id);
    label_set_index(&label, 0);
    assert_refused(&label);
    label = whole_seed_label(id);
    label_set(&label, LABEL_MEASUREMENT, (struct bytes){id, 32});
    assert_refused(&label);
    /* a wrong size */
    for (size_t len = 31; len <= 33; len += 2) {
        label = whole_seed_label(id);
        label_set(&label, LABEL_TENANT, (struct bytes){id, len});
        assert_refused(&label);
    }
    /* another algorithm or length */
    label = whole_seed_label(id);
    label.alg = LABEL_STARK;
    assert_refused(&label);
    label = whole_seed_label(id);
    label.out_len = 48;
    assert_refused(&label);
}

static void an_app_key_needs_a_length(void **state)
{
    (void)state;
    const uint8_t id[32] = {9};
    struct label label = label_start(LABEL_APP_KEY);
    label_set(&label, LABEL_DOMAIN, BYTES_ARRAY(id));
    label_set_epoch(&label, 0);
    label_set(&label, LABEL_APP, BYTES_ARRAY(id));
    label_set(&label, LABEL_PATH, BYTES_LITERAL(""));
    label_set(&label, LABEL_CONTEXT, BYTES_LITERAL(""));
    assert_refused(&label);
    label.out_len = 32;
    uint8_t memory[LABEL_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, label_encode(&label, &out));
}

static void a_label_that_is_too_long_derives_nothing(void **state)
{
    (void)state;
    static const uint8_t path[UINT16_MAX + 1] = {1};
    const uint8_t id[32] = {9};
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, BYTES_ARRAY(id));
    struct label label = label_start(LABEL_APP_KEY);
    label.out_len = 32;
    label_set(&label, LABEL_DOMAIN, BYTES_ARRAY(id));
    label_set_epoch(&label, 0);
    label_set(&label, LABEL_APP, BYTES_ARRAY(id));
    label_set(&label, LABEL_CONTEXT, BYTES_LITERAL(""));
    const uint8_t zero[32] = {0};
    uint8_t out[32];
    memset(out, 0xee, sizeof out);
    label_set(&label, LABEL_PATH, (struct bytes){path, UINT16_MAX});
    assert_status(BUFFER_FULL, label_expand(&key, &label, out, sizeof out));
    assert_memory_equal(zero, out, sizeof out);
    label_set(&label, LABEL_PATH, BYTES_ARRAY(path));
    assert_status(INTERNAL, label_expand(&key, &label, out, sizeof out));
    label_set(&label, LABEL_PATH, BYTES_LITERAL(""));
    assert_status(INTERNAL, label_expand(&key, &label, out, sizeof out - 1));
    assert_status(OK, label_expand(&key, &label, out, sizeof out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_set_of_fields_is_exact),
        cmocka_unit_test(an_app_key_needs_a_length),
        cmocka_unit_test(a_label_that_is_too_long_derives_nothing),
        cmocka_unit_test(the_vectors_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
