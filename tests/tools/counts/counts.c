/* The hot paths, each run so often: tests/tools/counts/run counts their instructions.
 *
 * usage: counts list | counts path | counts NAME TIMES. Inputs are fixed, and nothing is random, so
 * that a count is the same each time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/invariant.h"
#include "codec/json_in.h"
#include "crypto/pedersen.h"
#include "crypto/poseidon.h"
#include "crypto/stark_ecdsa.h"
#include "crypto/stark_mul.h"
#include "digest/keccak256.h"
#include "digest/keyed_sum.h"
#include "digest/sha256.h"
#include "keys/derive_v1.h"
#include "net/http1.h"
#include "starknet/account.h"
#include "starknet/transaction.h"

enum { FELTS = 16, TEXT = 1024 };

static struct stark_key key;
static struct stark_public public_key;
static struct stark_signature signature;
static struct felt felts[FELTS];
static struct secret32 seed;
static struct arena arena;
static uint8_t text[TEXT];

static const char transfer[] =
    "{\"type\":\"INVOKE\",\"chain_id\":\"sepolia\",\"nonce\":\"0x1\",\"resource_bounds\":{"
    "\"l1_gas\":{\"max_amount\":\"0x0\",\"max_price_per_unit\":\"0x0\"},"
    "\"l2_gas\":{\"max_amount\":\"0xf4240\",\"max_price_per_unit\":\"0x2cb417800\"},"
    "\"l1_data_gas\":{\"max_amount\":\"0x100\",\"max_price_per_unit\":\"0xe8d4a51000\"}},"
    "\"calls\":[{\"to\":\"0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d\","
    "\"entrypoint\":\"transfer\",\"calldata\":[\"0x1234\",{\"u256\":\"1000\"}]}]}";

static const char head[] = "POST /v1/starknet/sign HTTP/1.1\r\nHost: localhost:4000\r\n"
                           "User-Agent: curl/7.88.1\r\nAccept: */*\r\n"
                           "Content-Type: application/json\r\nContent-Length: 600\r\n\r\n";

static void must(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static void path_sign(void)
{
    must(stark_ecdsa_sign(&key, &felts[0], (struct bytes){NULL, 0}, &signature));
}

static void path_verify(void)
{
    must(stark_ecdsa_verify_var(&public_key, &felts[0], &signature));
}

static void path_public_key(void)
{
    must(stark_key_public(&key, &public_key));
}

static void path_pedersen(void)
{
    struct felt ret;
    pedersen_hash(&felts[0], &felts[1], &ret);
}

static void path_address(void)
{
    struct account account = account_of(account_class_default(), &felts[0]);
    INVARIANT(!felt_is_zero(&account.address));
}

static void path_poseidon(void)
{
    struct felt ret;
    poseidon_hash_many(felts, FELTS, &ret);
}

static void path_sha256(void)
{
    uint8_t digest[SHA256_BYTES];
    sha256_hash(BYTES_ARRAY(text), digest);
}

static void path_keccak256(void)
{
    uint8_t digest[KECCAK256_BYTES];
    keccak256_hash(BYTES_ARRAY(text), digest);
}

/* As the cache of keys does it: id, key, public key and account. A signature has two of them. */
static void path_keyed_sum(void)
{
    static struct keyed_sum_key zero;
    struct bytes part = {text, 168};
    struct keyed_sum sum = keyed_sum_of(&zero, &part, 1);
    INVARIANT(sum.b[0] != 0 || sum.b[1] != 0);
}

static void path_derive_v1(void)
{
    SECRET(derive_v1, derived);
    must(derive_v1_key(&seed, BYTES_LITERAL("alice"), 0, &derived));
}

static void path_http_head(void)
{
    static struct http1_head read;
    struct http1_progress progress = {0};
    must(http1_read(&progress, bytes_of(head), &read));
}

static void read_transfer(struct transaction *ret)
{
    struct json_in_doc doc;
    arena_reset(&arena);
    must(json_in_parse(&arena, bytes_of(transfer), &doc));
    struct json_in root = json_in_root(&doc);
    must(transaction_json(&arena, &root, CALL_CAIRO1, ret));
}

static void path_read_transaction(void)
{
    struct transaction transaction;
    read_transfer(&transaction);
}

static void path_hash_transaction(void)
{
    static struct transaction transaction;
    if (transaction.calls.ptr == NULL) {
        read_transfer(&transaction);
        transaction.has_sender = true;
        transaction.sender = felts[2];
    }
    struct felt hash = transaction_hash(&transaction);
    INVARIANT(!felt_is_zero(&hash));
}

static const struct path {
    const char *name;
    void (*run)(void);
} paths[] = {
    {"sign", path_sign},
    {"verify", path_verify},
    {"public_key", path_public_key},
    {"pedersen", path_pedersen},
    {"address", path_address},
    {"poseidon_16", path_poseidon},
    {"sha256_1k", path_sha256},
    {"keccak256_1k", path_keccak256},
    {"keyed_sum", path_keyed_sum},
    {"derive_v1", path_derive_v1},
    {"http_head", path_http_head},
    {"read_transaction", path_read_transaction},
    {"hash_transaction", path_hash_transaction},
};

static void prepare(void)
{
    uint8_t bytes[32];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(7 * i);
    }
    for (size_t i = 0; i < FELTS; i++) {
        memset(bytes, (int)(i + 3), sizeof bytes);
        bytes[0] = 1;
        INVARIANT(felt_from_be(bytes, &felts[i]));
    }
    memset(seed.b, 0x5a, sizeof seed.b);
    struct secret32 secret;
    memset(secret.b, 3, sizeof secret.b);
    must(stark_key_from_bytes(&secret, &key));
    must(stark_key_public(&key, &public_key));
    path_sign();
    must(arena_init(&arena, 1 << 20));
}

int main(int argc, char **argv)
{
    for (size_t i = 0;
         argc == 2 && strcmp(argv[1], "list") == 0 && i < sizeof paths / sizeof *paths; i++) {
        printf("%s\n", paths[i].name);
    }
    if (argc == 2 && strcmp(argv[1], "path") == 0) {
        printf("field-%s,sha256-%s,scan-%s\n", stark_fe_assembly ? "assembly" : "portable",
               sha256_path(), stark_mul_scans_wide() ? "wide" : "baseline");
    }
    for (size_t i = 0; argc == 3 && i < sizeof paths / sizeof *paths; i++) {
        if (strcmp(argv[1], paths[i].name) == 0) {
            prepare();
            for (long times = strtol(argv[2], NULL, 10); times > 0; times--) {
                paths[i].run();
            }
        }
    }
    return 0;
}
