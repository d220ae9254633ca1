/* Cases of base and digest. */
#include <string.h>

#include "base/ct.h"
#include "base/secret.h"
#include "digest/hkdf_sha256.h"
#include "digest/hmac_sha256.h"
#include "digest/keccak256.h"
#include "digest/keyed_sum.h"
#include "digest/sha1.h"
#include "digest/sha256_internal.h"
#include "tools/ctime/ctime.h"

static void words(void)
{
    uint64_t w[4];
    ctime_secret(w, sizeof w);
    w[2] = ct_select(ct_mask_zero(w[0]), w[1], w[2]);
    w[2] = ct_select(ct_mask_bit(w[0] & 1), w[1], w[2]);
    w[2] = ct_select(ct_mask_equal(w[0], w[3]), w[1], w[2]);
    w[2] = ct_select(ct_barrier(w[0]), w[1], w[2]);
    if (ct_declassify(w[2]) == 0) {
        ctime_public(w, sizeof w);
    }
}

static void equal(void)
{
    uint8_t a[33];
    uint8_t b[33];
    ctime_secret(a, sizeof a);
    memcpy(b, a, sizeof b);
    uint64_t same = ct_equal(a, b, sizeof a);
    ctime_secret(b, sizeof b);
    same += ct_equal(a, b, sizeof a);
    ctime_public(&same, sizeof same);
}

static void sha256(void)
{
    uint8_t data[300];
    uint8_t out[32];
    struct sha256 sha;
    struct sha256_state state = sha256_start();
    ctime_secret(data, sizeof data);
    sha256_hash(BYTES_ARRAY(data), out);
    sha256_init(&sha);
    sha256_update(&sha, (struct bytes){data, 7});
    sha256_update(&sha, BYTES_ARRAY(data));
    sha256_final(&sha, out);
    sha256_compress(&state, data, 4);
    sha256_resume(&sha, &state, 256);
    sha256_final(&sha, out);
    sha256_state_bytes(&state, out);
}

static void sha256_paths(void)
{
    uint8_t data[128];
    struct sha256_state states[4];
    ctime_secret(data, sizeof data);
    ctime_secret(states, sizeof states);
    sha256_compress_portable(&states[0], data, 2);
    sha256_nested_pair_portable(&states[0], &states[1], data, &states[2]);
    sha256_nested_pair(&states[0], &states[1], data, &states[2]);
    if (sha256_ni_present()) {
        sha256_compress_ni(&states[0], data, 2);
        sha256_nested_pair_ni(&states[0], &states[1], data, &states[2]);
    }
}

static void hmac(void)
{
    uint8_t data[100];
    uint8_t blocks[128];
    uint8_t out[32];
    struct hmac_sha256_key key;
    struct hmac_sha256 stream;
    struct sha256_state codes[2];
    ctime_secret(data, sizeof data);
    ctime_secret(blocks, sizeof blocks);
    hmac_sha256_key_init(&key, BYTES_ARRAY(data));
    hmac_sha256_key_init(&key, (struct bytes){data, 32});
    hmac_sha256_mac(&key, BYTES_ARRAY(data), out);
    hmac_sha256_init(&stream, &key);
    hmac_sha256_update(&stream, BYTES_ARRAY(data));
    hmac_sha256_final(&stream, out);
    hmac_sha256_pair(&key, blocks, codes);
}

static void hkdf(void)
{
    struct secret32 secret;
    struct secret32 prk;
    struct hmac_sha256_key key;
    uint8_t out[80];
    ctime_secret(&secret, sizeof secret);
    hkdf_sha256_extract(BYTES_LITERAL("salt"), BYTES_ARRAY(secret.b), &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    struct status status = hkdf_sha256_expand(&key, BYTES_LITERAL("info"), out, sizeof out);
    (void)status;
}

static void keyed_sum(void)
{
    struct entropy entropy = entropy_system();
    struct keyed_sum_key key;
    uint8_t data[70];
    struct bytes part = BYTES_ARRAY(data);
    struct status status = keyed_sum_key_make(&entropy, &key);
    ctime_secret(&key, sizeof key);
    ctime_secret(data, sizeof data);
    struct keyed_sum sum = keyed_sum_of(&key, &part, 1);
    status = keyed_sum_check(&key, &part, 1, &sum);
    (void)status;
}

static void keccak(void)
{
    uint8_t data[300];
    uint8_t out[32];
    ctime_secret(data, sizeof data);
    keccak256_hash(BYTES_ARRAY(data), out);
}

static void sha1(void)
{
    uint8_t data[150];
    uint8_t out[SHA1_BYTES];
    ctime_secret(data, sizeof data);
    sha1_hash(BYTES_ARRAY(data), out);
    sha1_hmac((struct bytes){data, 20}, BYTES_ARRAY(data), out);
    sha1_hmac(BYTES_ARRAY(data), BYTES_LITERAL("message"), out);
}

const struct ctime_case ctime_digest[] = {
    {"ct_barrier ct_declassify ct_mask_bit ct_mask_equal ct_mask_zero ct_select", words},
    {"ct_equal", equal},
    {"sha256_compress sha256_final sha256_hash sha256_init sha256_resume sha256_start "
     "sha256_state_bytes sha256_update",
     sha256},
    {"sha256_compress_ni sha256_compress_portable sha256_nested_pair sha256_nested_pair_ni "
     "sha256_nested_pair_portable",
     sha256_paths},
    {"hmac_sha256_final hmac_sha256_init hmac_sha256_key_init hmac_sha256_mac hmac_sha256_pair "
     "hmac_sha256_update",
     hmac},
    {"hkdf_sha256_expand hkdf_sha256_expand_parts hkdf_sha256_extract", hkdf},
    {"keyed_sum_check keyed_sum_key_make keyed_sum_of", keyed_sum},
    {"keccak256_hash", keccak},
    {"sha1_hash sha1_hmac", sha1},
    {NULL, NULL},
};
