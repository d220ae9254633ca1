/* The speed of the Stark crypto and of what is built from it, with two curves of other libraries as
 * yardsticks. A peer of bench/run: reads the name of an operation from each line of standard input,
 * runs it for a while, and answers with nanoseconds per operation, or "none". The name "list" is
 * answered with all names, "path" with what runs. "portable:" before a name takes the C twin,
 * "cpu:" counts processor time, which other programs on the machine disturb less. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <secp256k1.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/entropy.h"
#include "base/invariant.h"
#include "base/mem.h"
#include "crypto/pedersen.h"
#include "crypto/poseidon.h"
#include "crypto/stark_ecdsa.h"
#include "crypto/stark_mul.h"
#include "digest/sha256.h"
#include "keys/derive_v1.h"
#include "keys/user_keys.h"
#include "starknet/transaction.h"

/* How long one answer is measured. */
#define SAMPLE_NS 40e6

#define BATCH 1000

static struct stark_fe fe[2];
static struct stark_point point;
static struct stark_scalar scalar;
static struct stark_key key;
static struct stark_public public_key;
static struct stark_signature signature;
static struct felt felts[64];
static struct secret32 seed;
static uint64_t turn;
static EVP_PKEY_CTX *p256;
static secp256k1_context *k256;
static struct user_keys user_keys;
static bool has_user_keys;
static struct felt batch[BATCH];

static void must(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static void run_field_mul(void)
{
    stark_fe_mul(&fe[0], &fe[1], &fe[0]);
}

static void run_field_sqr(void)
{
    stark_fe_sqr(&fe[0], &fe[0]);
}

static void run_point_add(void)
{
    stark_point_add_affine(&point, &public_key.point, &point);
}

static void run_base_mul(void)
{
    stark_mul_base(&scalar, &point);
    scalar.limb[0]++;
}

static void run_inverse(void)
{
    stark_scalar_inverse(&scalar, &scalar);
}

static void run_public_key(void)
{
    key.d.limb[0]++;
    must(stark_key_public(&key, &public_key));
}

static void run_sign(void)
{
    felts[0].limb[0]++;
    must(stark_ecdsa_sign(&key, &felts[0], (struct bytes){NULL, 0}, &signature));
}

static void run_verify(void)
{
    must(stark_ecdsa_verify_var(&public_key, &felts[1], &signature));
}

static void run_pedersen(void)
{
    pedersen_hash(&felts[0], &felts[1], &felts[0]);
}

static void run_hades(void)
{
    poseidon_hash2(&felts[0], &felts[1], &felts[0]);
}

static void run_poseidon_10(void)
{
    poseidon_hash_many(felts, 10, &felts[0]);
}

static void run_sha256_block(void)
{
    static uint8_t block[SHA256_BLOCK];
    static struct sha256_state state;
    sha256_compress(&state, block, 1);
}

/* A transfer of a token, as a v3 invoke with calldata_len felts. */
static void invoke(size_t calldata_len, bool with_signature)
{
    struct transaction transaction = {
        .kind = TRANSACTION_INVOKE,
        .has_sender = true,
        .chain = felt_from_short("SN_SEPOLIA"),
        .sender = felts[2],
        .nonce = felt_from_u64(turn++),
        .bounds = {{0, felts[3]}, {1200000, felts[3]}, {400, felts[3]}},
        .calldata = {felts + 4, calldata_len},
    };
    struct felt hash = transaction_hash(&transaction);
    hash.limb[3] &= 0x07ffffffffffffff;
    if (with_signature) {
        must(stark_ecdsa_sign(&key, &hash, (struct bytes){NULL, 0}, &signature));
    }
}

static void run_invoke_hash(void)
{
    invoke(7, false);
}

static void run_invoke_hash_sign(void)
{
    invoke(7, true);
}

static void run_invoke_hash_60(void)
{
    invoke(60, false);
}

static void run_address(void)
{
    struct felt none = FELT_ZERO;
    felts[5] =
        account_contract_address(&none, &public_key.x, &felts[6], (struct felts){&public_key.x, 1});
}

static void run_key_v1(void)
{
    char user[24];
    int len = snprintf(user, sizeof user, "u%07llu", (unsigned long long)turn++);
    SECRET(derive_v1, derived);
    SECRET(stark_key, made);
    must(derive_v1_key(&seed, (struct bytes){(const uint8_t *)user, (size_t)len}, 0, &derived));
    must(stark_key_from_bytes(&derived.key, &made));
    must(stark_key_public(&made, &public_key));
}

static void run_key_batch(void)
{
    turn += BATCH;
    must(user_keys_batch(&user_keys, BYTES_LITERAL("batch"), turn % 1000000000, BATCH, batch));
}

static void run_p256_sign(void)
{
    uint8_t digest[32] = {1};
    unsigned char der[80];
    size_t len = sizeof der;
    digest[1] = (uint8_t)turn++;
    INVARIANT(EVP_PKEY_sign(p256, der, &len, digest, sizeof digest) == 1);
}

static void run_k256_sign(void)
{
    unsigned char digest[32] = {1};
    unsigned char secret[32] = {2};
    secp256k1_ecdsa_signature ret;
    digest[1] = (unsigned char)turn++;
    INVARIANT(secp256k1_ecdsa_sign(k256, &ret, digest, secret, NULL, NULL) == 1);
}

static const struct operation {
    const char *name;
    void (*run)(void);
    double per_call;
} operations[] = {
    {"field_mul", run_field_mul, 1},
    {"field_sqr", run_field_sqr, 1},
    {"point_add_affine", run_point_add, 1},
    {"base_mul", run_base_mul, 1},
    {"scalar_inverse", run_inverse, 1},
    {"public_key", run_public_key, 1},
    {"sign", run_sign, 1},
    {"verify", run_verify, 1},
    {"pedersen", run_pedersen, 1},
    {"hades", run_hades, 1},
    {"poseidon_many_10", run_poseidon_10, 1},
    {"sha256_block", run_sha256_block, 1},
    {"invoke_v3_hash", run_invoke_hash, 1},
    {"invoke_v3_hash_60_felts", run_invoke_hash_60, 1},
    {"invoke_v3_hash_sign", run_invoke_hash_sign, 1},
    {"address", run_address, 1},
    {"key_v1", run_key_v1, 1},
    {"key_v1_batch", run_key_batch, BATCH},
    {"p256_sign", run_p256_sign, 1},
    {"k256_sign", run_k256_sign, 1},
};

static clockid_t clock_used;

static double now(void)
{
    struct timespec time;
    clock_gettime(clock_used, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Doubles the count until a run is long enough. */
static double measure(const struct operation *operation)
{
    for (unsigned long count = 1;; count *= 2) {
        double start = now();
        for (unsigned long i = 0; i < count; i++) {
            operation->run();
        }
        double elapsed = now() - start;
        if (elapsed >= SAMPLE_NS / 2) {
            return elapsed / (double)count / operation->per_call;
        }
    }
}

/* What every operation needs; run again before each, so that none depends on another. */
static void reset(void)
{
    for (size_t i = 0; i < sizeof felts / sizeof *felts; i++) {
        const uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15u;
        felts[i] = (struct felt){{mixed, ~mixed, mixed >> 3, mixed >> 6}};
    }
    felts[3] = felt_from_u64(12000000000);
    key.d = scalar = (struct stark_scalar){{0x123456789, 3, 0x1234567898765432, 0x04000000000012}};
    must(stark_key_public(&key, &public_key));
    must(stark_ecdsa_sign(&key, &felts[1], (struct bytes){NULL, 0}, &signature));
    stark_point_double(&(struct stark_point){.x = public_key.point.x,
                                             .y = public_key.point.y,
                                             .zz = STARK_FE_ONE,
                                             .zzz = STARK_FE_ONE},
                       &point);
    fe[0] = point.x;
    fe[1] = public_key.point.y;
}

static void open_all(void)
{
    static struct mem mem;
    const struct entropy entropy = entropy_system();
    struct key_cache *cache = NULL;
    memset(seed.b, 7, sizeof seed.b);
    p256 = EVP_PKEY_CTX_new(EVP_EC_gen("P-256"), NULL);
    INVARIANT(p256 != NULL && EVP_PKEY_sign_init(p256) == 1);
    k256 = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    mem_init(&mem, (size_t)64 << 20);
    has_user_keys = status_is_ok(key_cache_open(64, &mem, &entropy, &cache));
    if (has_user_keys) {
        static const uint8_t tenant[DOMAIN_TENANT_ID] = {1};
        user_keys_init(&user_keys, tenant, USER_KEYS_V1, &seed, cache);
    }
}

static void answer(char *line)
{
    bool is_portable = strncmp(line, "portable:", 9) == 0;
    bool is_cpu = strncmp(line, "cpu:", 4) == 0;
    const char *name = line + (is_portable ? 9 : is_cpu ? 4 : 0);
    clock_used = is_cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    bool is_assembly = stark_fe_select(!is_portable);
    if (strcmp(name, "path") == 0) {
        printf("%s, %s\n", is_assembly ? "BMI2 and ADX" : "portable", sha256_path());
        return;
    }
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        bool is_ready = has_user_keys || operations[i].run != run_key_batch;
        if (strcmp(name, "list") == 0) {
            printf("%s ", operations[i].name);
        } else if (strcmp(name, operations[i].name) == 0 && is_ready) {
            reset();
            printf("%.3f\n", measure(&operations[i]));
            return;
        }
    }
    printf(strcmp(name, "list") == 0 ? "\n" : "none\n");
}

int main(void)
{
    char line[128];
    open_all();
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        answer(line);
        fflush(stdout);
    }
    return 0;
}
