/* Keys, hashes and codes under the master secret of the reference. */
#include <string.h>

#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/json_canonical.h"
#include "digest/hkdf_sha256.h"
#include "digest/sha256.h"
#include "keys/app_keys.h"
#include "tools/kat/kat.h"

/* The secret that a vector names. */
static struct secret32 secret_of(struct kat *kat)
{
    struct secret32 secret = {{0}};
    struct json_in secrets = kat_member(kat, &kat->root, "secrets");
    struct bytes name = kat_text(kat, &kat->at, "secret");
    char text[8] = {0};
    kat_require(kat, name.len < sizeof text);
    if (!kat->failed) {
        memcpy(text, name.ptr, name.len);
        memcpy(secret.b, kat_hex_of(kat, &secrets, text, sizeof secret.b), sizeof secret.b);
    }
    return secret;
}

/* A number or its decimal text as 32 bytes. */
static void app_of(struct kat *kat, uint8_t ret[static 32])
{
    struct json_in member = kat_member(kat, &kat->at, "app_id");
    uint64_t limb[4] = {0};
    if (!kat->failed && json_in_kind(&member) == JSON_IN_STRING) {
        kat_try(kat, decimal_u256(kat_text(kat, &kat->at, "app_id"), limb));
    } else {
        limb[0] = kat_u64(kat, &kat->at, "app_id");
    }
    for (size_t i = 0; i < 32; i++) {
        ret[31 - i] = (uint8_t)(limb[i / 8] >> (8 * (i % 8)));
    }
}

/* The same by what the vector says goes into HKDF, and in its other spelling. */
static void expect_spelled_out(struct kat *kat, const struct secret32 *master, struct bytes okm)
{
    static uint8_t out[HKDF_SHA256_MAX];
    static uint8_t text[2 * HKDF_SHA256_MAX];
    struct buf base64 = buf_over(text, sizeof text);
    struct secret32 prk;
    struct hmac_sha256_key key;
    hkdf_sha256_extract(kat_text(kat, &kat->at, "salt"), BYTES_ARRAY(master->b), &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    kat_try(kat, hkdf_sha256_expand(&key, kat_hex(kat, &kat->at, "info_hex"), out, okm.len));
    kat_require(kat, bytes_equal(okm, (struct bytes){out, okm.len}));
    base64_put(&base64, okm);
    kat_require(kat, bytes_equal(kat_text(kat, &kat->at, "okm_b64"), buf_bytes(&base64)));
}

static void app_key(struct kat *kat)
{
    static uint8_t out[HKDF_SHA256_MAX];
    uint8_t app[32];
    struct secret32 master = secret_of(kat);
    app_of(kat, app);
    uint64_t len = kat_u64(kat, &kat->at, "length");
    struct app_keys_request request = {.app = app, .path = kat_text(kat, &kat->at, "path")};
    struct json_in context;
    if (json_in_find(&kat->at, "context", &context)) {
        request.context = kat_text(kat, &kat->at, "context");
    }
    kat_require(kat, len <= sizeof out);
    if (kat->failed) {
        return;
    }
    kat_try(kat, app_keys_v1(&master, &request, out, len));
    if (json_in_find(&kat->at, "okm", &context)) {
        kat_expect_hex(kat, &kat->at, "okm", (struct bytes){out, len});
        expect_spelled_out(kat, &master, (struct bytes){out, len});
        return;
    }
    uint8_t hash[SHA256_BYTES];
    sha256_hash((struct bytes){out, len}, hash);
    kat_expect_hex(kat, &kat->at, "sha256_of_okm", BYTES_ARRAY(hash));
    kat_expect_hex(kat, &kat->at, "last32", (struct bytes){out + len - 32, 32});
}

struct secret32 kat_nova_data_key(struct kat *kat)
{
    uint8_t app[32];
    struct secret32 master = secret_of(kat);
    struct secret32 key;
    app_of(kat, app);
    app_keys_v1_data(&master, app, &key);
    return key;
}

static void data_key(struct kat *kat)
{
    struct secret32 key = kat_nova_data_key(kat);
    kat_expect_hex(kat, &kat->at, "key", BYTES_ARRAY(key.b));
}

static void sync_key(struct kat *kat)
{
    struct secret32 master = secret_of(kat);
    struct secret32 key;
    app_keys_v1_sync(&master, &key);
    kat_expect_hex(kat, &kat->at, "key", BYTES_ARRAY(key.b));
}

static void other_sync_key(struct kat *kat)
{
    const uint8_t app[32] = {0};
    struct secret32 master = secret_of(kat);
    struct app_keys_request request = {.app = app, .path = BYTES_LITERAL("sync_key")};
    uint8_t key[32];
    kat_try(kat, app_keys_v1(&master, &request, key, sizeof key));
    kat_expect_hex(kat, &kat->at, "key", BYTES_ARRAY(key));
}

static void master_secret_hash(struct kat *kat)
{
    struct secret32 master = secret_of(kat);
    uint8_t hash[32];
    root_master_hash(&master, hash);
    kat_expect_hex(kat, &kat->at, "keccak256", BYTES_ARRAY(hash));
}

/* What lies between: app_keys.h does not show it. */
static void prk_example(struct kat *kat)
{
    struct secret32 master = secret_of(kat);
    struct secret32 prk;
    kat_require(kat, kat_u64(kat, &kat->at, "app_id") == 42);
    hkdf_sha256_extract(BYTES_LITERAL("nova-kms:app:42"), BYTES_ARRAY(master.b), &prk);
    kat_expect_hex(kat, &kat->at, "prk", BYTES_ARRAY(prk.b));
}

/* The canonical form of a document, and its code under the sync key. */
static void hmac(struct kat *kat)
{
    struct bytes text = kat_text(kat, &kat->at, "canonical");
    struct json_in_doc doc;
    static uint8_t memory[4096];
    struct buf out = buf_over(memory, sizeof memory);
    kat_try(kat, json_in_parse(kat->arena, text, &doc));
    if (kat->failed) {
        return;
    }
    struct json_in root = json_in_root(&doc);
    kat_try(kat, json_canonical_put(&root, kat->arena, &out));
    kat_require(kat, bytes_equal(text, buf_bytes(&out)));
    kat_expect_hex(kat, &kat->at, "canonical_hex", buf_bytes(&out));
    struct hmac_sha256_key key;
    uint8_t code[32];
    const uint8_t *sync_key = kat_hex_of(kat, &kat->at, "sync_key", 32);
    hmac_sha256_key_init(&key, (struct bytes){sync_key, 32});
    hmac_sha256_mac(&key, buf_bytes(&out), code);
    kat_expect_hex(kat, &kat->at, "x_sync_signature", BYTES_ARRAY(code));
}

const struct kat_nova kat_nova_keys[] = {
    {"secrets", KAT_INPUT, NULL},
    {"app_key", KAT_LIST, app_key},
    {"app_key_8160", KAT_WHOLE, app_key},
    {"data_key", KAT_LIST, data_key},
    {"sync_key", KAT_LIST, sync_key},
    {"sim_wrong_sync_key_path", KAT_WHOLE, other_sync_key},
    {"master_secret_hash", KAT_LIST, master_secret_hash},
    {"prk_example", KAT_WHOLE, prk_example},
    {"hmac", KAT_LIST, hmac},
    {NULL, KAT_INPUT, NULL},
};
