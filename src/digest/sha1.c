#include "digest/sha1.h"

#include <string.h>

#include "base/secret.h"

enum { ROUNDS = 80, LENGTH = 8 };

/* A message in work: as secret as what it absorbed. */
struct stream {
    uint32_t h[5];
    uint64_t len;
    uint8_t block[SHA1_BLOCK];
};

static uint32_t rotate(uint32_t x, unsigned count)
{
    return x << count | x >> (32 - count);
}

/* The message schedule of FIPS 180-4, 6.1.2 step 1. */
static void expand(const uint8_t *block, uint32_t w[static ROUNDS])
{
    for (size_t i = 0; i < 16; i++) {
        uint32_t word;
        memcpy(&word, block + 4 * i, 4);
        w[i] = __builtin_bswap32(word);
    }
    for (size_t i = 16; i < ROUNDS; i++) {
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
}

/* The function and the constant of a round, section 4.1.1 and 4.2.1. */
static uint32_t mix(size_t round, const uint32_t v[static 5])
{
    switch (round / 20) {
    case 0:
        return ((v[1] & v[2]) ^ (~v[1] & v[3])) + 0x5a827999;
    case 1:
        return (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1;
    case 2:
        return ((v[1] & v[2]) ^ (v[1] & v[3]) ^ (v[2] & v[3])) + 0x8f1bbcdc;
    default:
        return (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6;
    }
}

static void compress(uint32_t h[static 5], const uint8_t *block)
{
    uint32_t w[ROUNDS];
    uint32_t v[5];
    memcpy(v, h, sizeof v);
    expand(block, w);
    for (size_t i = 0; i < ROUNDS; i++) {
        uint32_t next = rotate(v[0], 5) + mix(i, v) + v[4] + w[i];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (size_t i = 0; i < 5; i++) {
        h[i] += v[i];
    }
    secret_wipe(w, sizeof w);
    secret_wipe(v, sizeof v);
}

static void begin(struct stream *sha)
{
    *sha = (struct stream){.h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

static void absorb(struct stream *sha, struct bytes data)
{
    while (data.len != 0) {
        size_t held = sha->len % SHA1_BLOCK;
        struct bytes piece = bytes_slice(data, 0, SHA1_BLOCK - held);
        memcpy(sha->block + held, piece.ptr, piece.len);
        sha->len += piece.len;
        data = bytes_slice(data, piece.len, SIZE_MAX);
        if (sha->len % SHA1_BLOCK == 0) {
            compress(sha->h, sha->block);
        }
    }
}

static void finish(struct stream *sha, uint8_t out[static SHA1_BYTES])
{
    static const uint8_t padding[SHA1_BLOCK] = {0x80};
    uint64_t bits = __builtin_bswap64(sha->len * 8);
    uint8_t length[LENGTH];
    memcpy(length, &bits, sizeof length);
    size_t held = (sha->len + LENGTH) % SHA1_BLOCK;
    absorb(sha, (struct bytes){padding, SHA1_BLOCK - held});
    absorb(sha, BYTES_ARRAY(length));
    for (size_t i = 0; i < 5; i++) {
        uint32_t word = __builtin_bswap32(sha->h[i]);
        memcpy(out + 4 * i, &word, 4);
    }
    secret_wipe(sha, sizeof *sha);
}

void sha1_hash(struct bytes data, uint8_t out[static SHA1_BYTES])
{
    struct stream sha;
    begin(&sha);
    absorb(&sha, data);
    finish(&sha, out);
}

/* A block of the key with every byte changed by pad, and what comes behind it. */
static void hash_keyed(const uint8_t key[static SHA1_BLOCK], uint8_t pad, struct bytes data,
                       uint8_t out[static SHA1_BYTES])
{
    uint8_t block[SHA1_BLOCK];
    struct stream sha;
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] = key[i] ^ pad;
    }
    begin(&sha);
    absorb(&sha, BYTES_ARRAY(block));
    absorb(&sha, data);
    finish(&sha, out);
    secret_wipe(block, sizeof block);
}

void sha1_hmac(struct bytes key, struct bytes message, uint8_t out[static SHA1_BYTES])
{
    uint8_t block[SHA1_BLOCK] = {0};
    uint8_t inner[SHA1_BYTES];
    if (key.len > SHA1_BLOCK) {
        sha1_hash(key, block);
    } else if (key.len != 0) {
        memcpy(block, key.ptr, key.len);
    }
    hash_keyed(block, 0x36, message, inner);
    hash_keyed(block, 0x5c, BYTES_ARRAY(inner), out);
    secret_wipe(block, sizeof block);
    secret_wipe(inner, sizeof inner);
}
