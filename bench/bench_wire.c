/* What a request of an app costs in cryptography, step by step: nanoseconds of processor time, the
 * median of many rounds. usage: bench_wire */
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/entropy.h"
#include "base/limits.h"
#include "ethereum/eip191.h"
#include "identity/node_identity.h"
#include "identity/nonce.h"
#include "identity/replay.h"
#include "wire/envelope.h"

enum { ROUNDS = 31 };

static struct entropy entropy;
static struct node_identity *node;
static struct k256_key wallet;
static struct k256_signature signature;
static struct eth_address address;
static struct p384_key key;
static struct p384_point point;
static struct envelope_keys keys;
static struct arena arena;
static struct mem mem;
static struct nonce_issuer issuer;
static struct nonce_spent *spent;
static struct replay *replay;
static uint8_t nonce[NONCE_BYTES];
static EVP_PKEY *openssl_mine;
static EVP_PKEY *openssl_peer;

static void require(bool truth)
{
    if (!truth) {
        printf("something failed\n");
        exit(1);
    }
}

static void ok(struct status status)
{
    require(status_is_ok(status));
}

static void parse_point(void)
{
    struct p384_point parsed;
    ok(p384_point_parse(BYTES_ARRAY(point.sec1), &parsed));
}

static void agree(void)
{
    struct p384_shared shared;
    ok(p384_ecdh(&key, &node_identity_facts(node)->point, &shared));
}

static void agree_and_expand(void)
{
    ok(node_identity_keys(node, &point, ENVELOPE_NODE, &keys));
}

static void agree_by_key_objects(void)
{
    uint8_t out[P384_BYTES];
    size_t len = sizeof out;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(openssl_mine, NULL);
    require(EVP_PKEY_derive_init(context) == 1);
    require(EVP_PKEY_derive_set_peer(context, openssl_peer) == 1);
    require(EVP_PKEY_derive(context, out, &len) == 1);
    EVP_PKEY_CTX_free(context);
}

static void sign(void)
{
    ok(eip191_sign(&wallet, BYTES_LITERAL("a text of about the length of a proof"), &signature));
}

static void recover(void)
{
    ok(eip191_recover(BYTES_LITERAL("a text of about the length of a proof"), &signature, true,
                      &address));
}

static void seal_and_open(enum envelope_version version)
{
    static uint8_t text[256];
    struct envelope_sealer sealer = {&keys, &point, &entropy};
    struct envelope_form form = {.version = version};
    struct envelope read = {0};
    struct json_in_doc doc;
    struct bytes json;
    struct bytes opened;
    arena_reset(&arena);
    ok(envelope_seal(&arena, &sealer, &form, BYTES_ARRAY(text), &json));
    ok(json_in_parse(&arena, json, &doc));
    struct json_in root = json_in_root(&doc);
    ok(version == ENVELOPE_V1 ? envelope_read_v1(&arena, &root, NULL, &read)
                              : envelope_read_v2(&arena, &root, NULL, &read));
    ok(envelope_open(&arena, &read, &keys, &form, &opened));
}

static void exchange_v1(void)
{
    seal_and_open(ENVELOPE_V1);
}

static void exchange_v2(void)
{
    seal_and_open(ENVELOPE_V2);
}

static void issue(void)
{
    ok(nonce_issue(&issuer, 0, nonce));
}

static void check(void)
{
    ok(nonce_check(&issuer, nonce, 0));
}

static void issue_and_spend(void)
{
    static const uint8_t app[NONCE_APP] = {1};
    ok(nonce_issue(&issuer, 0, nonce));
    ok(nonce_spend(spent, &issuer, nonce, app, 0));
}

static void remember(void)
{
    static const uint8_t app[REPLAY_APP] = {1};
    static uint64_t next;
    uint8_t iv[AEAD_IV] = {0};
    next++;
    for (size_t i = 0; i < 8; i++) {
        iv[i] = (uint8_t)(next >> 8 * i);
    }
    ok(replay_remember(replay, app, &point, iv));
}

static const struct {
    const char *name;
    void (*run)(void);
    unsigned times; /* in a round */
} rows[] = {
    {"P-384 point read", parse_point, 200},
    {"P-384 agreement", agree, 10},
    {"the same with key objects of OpenSSL", agree_by_key_objects, 10},
    {"agreement and all keys of envelopes", agree_and_expand, 10},
    {"EIP-191 sign", sign, 100},
    {"EIP-191 recover", recover, 100},
    {"envelope v1, 256 bytes, sealed, read, opened", exchange_v1, 200},
    {"envelope v2, 256 bytes, sealed, read, opened", exchange_v2, 200},
    {"nonce issued", issue, 1000},
    {"nonce checked", check, 1000},
    {"nonce issued and spent", issue_and_spend, 1000},
    {"envelope v1 remembered", remember, 1000},
};

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static EVP_PKEY *openssl_key(const struct p384_key *private, const struct p384_point *public)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *d = private == NULL ? NULL : BN_bin2bn(private->d, sizeof private->d, NULL);
    EVP_PKEY *made = NULL;
    OSSL_PARAM_BLD_push_utf8_string(builder, "group", "P-384", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, "pub", public->sec1, sizeof public->sec1);
    if (d != NULL) {
        OSSL_PARAM_BLD_push_BN(builder, "priv", d);
    }
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    require(EVP_PKEY_fromdata_init(context) == 1);
    require(EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params) == 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(d);
    return made;
}

static void prepare(void)
{
    entropy = entropy_system();
    mem_init(&mem, SIZE_MAX);
    ok(arena_init(&arena, 1u << 24));
    ok(node_identity_open(&entropy, &node));
    ok(k256_key_generate(&entropy, &wallet));
    ok(p384_key_generate(&entropy, &key));
    ok(p384_public(&key, &point));
    ok(nonce_start(&entropy, 0, &issuer));
    ok(nonce_spent_open(LIMIT_NONCE_SPENT / LIMIT_NONCE_SHARDS, LIMIT_NONCE_SPENT_APP, &mem,
                        &spent));
    ok(replay_open(LIMIT_REPLAY_APP, &entropy, &mem, &replay));
    openssl_mine = openssl_key(&key, &point);
    openssl_peer = openssl_key(NULL, &node_identity_facts(node)->point);
}

int main(void)
{
    prepare();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t times[ROUNDS];
        for (size_t round = 0; round < ROUNDS; round++) {
            uint64_t begin = cpu_ns();
            for (unsigned j = 0; j < rows[i].times; j++) {
                rows[i].run();
            }
            times[round] = (cpu_ns() - begin) / rows[i].times;
        }
        qsort(times, ROUNDS, sizeof times[0], compare);
        printf("%-46s %8" PRIu64 " ns\n", rows[i].name, times[ROUNDS / 2]);
    }
    return 0;
}
