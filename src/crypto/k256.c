#include "crypto/k256.h"

#include <secp256k1.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "base/thread.h"
#include "crypto/rfc6979.h"

enum { CANDIDATES = 8, CONTEXT_MAX = 1024 };

static _Alignas(max_align_t) uint8_t memory[CONTEXT_MAX];
static const secp256k1_context *curve;
static atomic_bool is_made;

/* In memory of ours: where the library allocates, it ends the process when there is nothing left.
 * Randomizing blinds the scalar of every multiplication that follows; then it is read only. */
static struct status make(void)
{
    struct entropy entropy = entropy_system();
    SECRET32(seed);
    TRY(entropy_fill(&entropy, seed.b, sizeof seed.b));
    INVARIANT(secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) <= sizeof memory);
    secp256k1_context *made = secp256k1_context_preallocated_create(memory, SECP256K1_CONTEXT_NONE);
    INVARIANT(made != NULL && secp256k1_context_randomize(made, seed.b) == 1);
    curve = made;
    atomic_store_explicit(&is_made, true, memory_order_release);
    return OK;
}

/* Once; without entropy the next call tries again. */
static struct status start(void)
{
    static struct thread_lock lock = THREAD_LOCK_STATIC;
    if (atomic_load_explicit(&is_made, memory_order_acquire)) {
        return OK;
    }
    thread_lock_take(&lock);
    struct status status = atomic_load_explicit(&is_made, memory_order_relaxed) ? OK : make();
    thread_lock_give(&lock);
    return status;
}

struct status k256_key_from(const struct secret32 *in, struct k256_key *ret)
{
    *ret = (struct k256_key){0};
    TRY(start());
    SECRET32(copy);
    copy = *in;
    ct_public(&copy, sizeof copy);
    if (secp256k1_ec_seckey_verify(curve, copy.b) != 1) {
        return FAIL(KEY_INVALID);
    }
    memcpy(ret->d, in->b, sizeof ret->d);
    return OK;
}

struct status k256_key_generate(const struct entropy *entropy, struct k256_key *ret)
{
    *ret = (struct k256_key){0};
    SECRET32(candidate);
    for (int i = 0; i < CANDIDATES; i++) {
        TRY(entropy_fill(entropy, candidate.b, sizeof candidate.b));
        struct status status = k256_key_from(&candidate, ret);
        if (status.code != STATUS_KEY_INVALID) {
            return status;
        }
    }
    return FAIL(ENTROPY);
}

static void public_out(const secp256k1_pubkey *point, struct k256_public *ret)
{
    uint8_t sec1[65] = {0};
    size_t len = sizeof sec1;
    secp256k1_ec_pubkey_serialize(curve, sec1, &len, point, SECP256K1_EC_UNCOMPRESSED);
    memcpy(ret->xy, sec1 + 1, sizeof ret->xy);
}

struct status k256_public(const struct k256_key *key, struct k256_public *ret)
{
    *ret = (struct k256_public){0};
    TRY(start());
    secp256k1_pubkey point = {{0}};
    SECRET(k256_key, copy);
    copy = *key;
    ct_public(&copy, sizeof copy);
    if (secp256k1_ec_pubkey_create(curve, &point, copy.d) != 1) {
        return FAIL(KEY_INVALID);
    }
    public_out(&point, ret);
    return OK;
}

/* What the library's own function of that name makes, with our SHA-256, which uses the instructions
 * that the processor has for it. */
static int nonce_rfc6979(unsigned char *nonce, const unsigned char *digest,
                         const unsigned char *key, const unsigned char *algorithm, void *extra,
                         unsigned attempt)
{
    (void)algorithm; /* ECDSA has none */
    (void)extra;
    SECRET(rfc6979, generator);
    rfc6979_init(&generator, key, digest, (struct bytes){NULL, 0});
    for (unsigned i = 0; i <= attempt; i++) {
        rfc6979_next(&generator);
    }
    memcpy(nonce, generator.value, sizeof generator.value);
    return 1;
}

struct status k256_sign(const struct k256_key *key, const uint8_t digest[static 32],
                        struct k256_signature *ret)
{
    *ret = (struct k256_signature){0};
    TRY(start());
    secp256k1_ecdsa_recoverable_signature signature = {{0}};
    SECRET(k256_key, copy);
    int v = 0;
    copy = *key;
    ct_public(&copy, sizeof copy);
    if (secp256k1_ecdsa_sign_recoverable(curve, &signature, digest, copy.d, nonce_rfc6979, NULL) !=
        1) {
        return FAIL(KEY_INVALID);
    }
    secp256k1_ecdsa_recoverable_signature_serialize_compact(curve, ret->rs, &v, &signature);
    ret->v = (uint8_t)v;
    return OK;
}

static bool is_low(const secp256k1_ecdsa_recoverable_signature *signature)
{
    secp256k1_ecdsa_signature plain = {{0}};
    secp256k1_ecdsa_recoverable_signature_convert(curve, &plain, signature);
    return secp256k1_ecdsa_signature_normalize(curve, NULL, &plain) == 0;
}

struct status k256_recover(const uint8_t digest[static 32], const struct k256_signature *signature,
                           bool require_low_s, struct k256_public *ret)
{
    *ret = (struct k256_public){0};
    TRY(start());
    secp256k1_ecdsa_recoverable_signature parsed = {{0}};
    secp256k1_pubkey point = {{0}};
    unsigned v = signature->v >= 27 ? signature->v - 27u : signature->v;
    if (v > 1 ||
        secp256k1_ecdsa_recoverable_signature_parse_compact(curve, &parsed, signature->rs,
                                                            (int)v) != 1 ||
        (require_low_s && !is_low(&parsed)) ||
        secp256k1_ecdsa_recover(curve, &point, &parsed, digest) != 1) {
        return FAIL(SIGNATURE_INVALID);
    }
    public_out(&point, ret);
    return OK;
}
