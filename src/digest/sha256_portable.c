#include <string.h>

#include "base/secret.h"
#include "digest/sha256_internal.h"

const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned count)
{
    return x >> count | x << (32 - count);
}

/* The message schedule of FIPS 180-4, 6.2.2 step 1. */
static void expand(const uint8_t *block, uint32_t w[static 64])
{
    for (size_t i = 0; i < 16; i++) {
        uint32_t word;
        memcpy(&word, block + 4 * i, 4);
        w[i] = __builtin_bswap32(word);
    }
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = w[i - 15];
        uint32_t b = w[i - 2];
        uint32_t s0 = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3;
        uint32_t s1 = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

/* Choice and majority are written with fewer operations than in the standard, to the same values:
 * the choice takes f where e has a one, the majority takes c where a and b differ. */
static void rounds(uint32_t v[static 8], const uint32_t w[static 64])
{
    for (size_t i = 0; i < 64; i++) {
        uint32_t a = v[0];
        uint32_t b = v[1];
        uint32_t c = v[2];
        uint32_t e = v[4];
        uint32_t f = v[5];
        uint32_t g = v[6];
        uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t choice = g ^ (e & (f ^ g));
        uint32_t t1 = v[7] + s1 + choice + sha256_constants[i] + w[i];
        uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t majority = b ^ ((a ^ b) & (b ^ c));
        v[7] = g;
        v[6] = f;
        v[5] = e;
        v[4] = v[3] + t1;
        v[3] = c;
        v[2] = b;
        v[1] = a;
        v[0] = t1 + s0 + majority;
    }
}

void sha256_compress_portable(struct sha256_state *state, const uint8_t *blocks, size_t count)
{
    uint32_t w[64];
    uint32_t v[8];
    for (size_t i = 0; i < count; i++) {
        expand(blocks + SHA256_BLOCK * i, w);
        memcpy(v, state->h, sizeof v);
        rounds(v, w);
        for (size_t j = 0; j < 8; j++) {
            state->h[j] += v[j];
        }
    }
    secret_wipe(w, sizeof w);
    secret_wipe(v, sizeof v);
}

void sha256_nested_pair_portable(const struct sha256_state *inner, const struct sha256_state *outer,
                                 const uint8_t blocks[static 128],
                                 struct sha256_state ret[static 2])
{
    /* A digest, the end mark, and the length of a block and a digest in bits. */
    uint8_t last[SHA256_BLOCK] = {[32] = 0x80, [62] = 0x03};
    for (size_t i = 0; i < 2; i++) {
        ret[i] = *inner;
        sha256_compress_portable(&ret[i], blocks + SHA256_BLOCK * i, 1);
        sha256_state_bytes(&ret[i], last);
        ret[i] = *outer;
        sha256_compress_portable(&ret[i], last, 1);
    }
    secret_wipe(last, sizeof last);
}
