#include "digest/keccak256.h"

#include <string.h>

#include "base/secret.h"

enum { ROUNDS = 24 };

/* Step iota. */
static const uint64_t round_constants[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* Steps rho and pi walk one cycle over the 24 lanes other than the first: where each step goes and
 * by how much the lane that goes there turns. */
static const uint8_t walk[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                 15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
static const uint8_t turn[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                 27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};

static uint64_t rotate(uint64_t x, unsigned count)
{
    return x << count | x >> (64 - count);
}

static void theta(uint64_t a[static 25])
{
    uint64_t column[5];
    for (size_t x = 0; x < 5; x++) {
        column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    }
    for (size_t x = 0; x < 5; x++) {
        uint64_t effect = column[(x + 4) % 5] ^ rotate(column[(x + 1) % 5], 1);
        for (size_t y = 0; y < 25; y += 5) {
            a[y + x] ^= effect;
        }
    }
}

static void rho_and_pi(uint64_t a[static 25])
{
    uint64_t moving = a[1];
#pragma GCC unroll 24
    for (size_t i = 0; i < 24; i++) {
        uint64_t next = a[walk[i]];
        a[walk[i]] = rotate(moving, turn[i]);
        moving = next;
    }
}

static void chi(uint64_t a[static 25])
{
    for (size_t y = 0; y < 25; y += 5) {
        uint64_t row[5];
        memcpy(row, a + y, sizeof row);
        for (size_t x = 0; x < 5; x++) {
            a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
    }
}

static void permute(uint64_t a[static 25])
{
    for (size_t round = 0; round < ROUNDS; round++) {
        theta(a);
        rho_and_pi(a);
        chi(a);
        a[0] ^= round_constants[round];
    }
}

void keccak256_wipe(struct keccak256 *keccak)
{
    secret_wipe(keccak, sizeof *keccak);
}

void keccak256_init(struct keccak256 *keccak)
{
    *keccak = (struct keccak256){0};
}

/* Lanes are little-endian, as is every processor that this runs on. */
static void absorb_byte(struct keccak256 *keccak, size_t at, uint8_t byte)
{
    keccak->lane[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

static void absorb_block(struct keccak256 *keccak, const uint8_t *block)
{
    for (size_t i = 0; i < KECCAK256_RATE / 8; i++) {
        uint64_t lane;
        memcpy(&lane, block + 8 * i, 8);
        keccak->lane[i] ^= lane;
    }
    permute(keccak->lane);
}

void keccak256_update(struct keccak256 *keccak, struct bytes data)
{
    size_t at = 0;
    while (at < data.len) {
        if (keccak->held == 0 && data.len - at >= KECCAK256_RATE) {
            absorb_block(keccak, data.ptr + at);
            at += KECCAK256_RATE;
            continue;
        }
        absorb_byte(keccak, keccak->held++, data.ptr[at++]);
        if (keccak->held == KECCAK256_RATE) {
            permute(keccak->lane);
            keccak->held = 0;
        }
    }
}

void keccak256_final(struct keccak256 *keccak, uint8_t out[static KECCAK256_BYTES])
{
    absorb_byte(keccak, keccak->held, 0x01);
    absorb_byte(keccak, KECCAK256_RATE - 1, 0x80);
    permute(keccak->lane);
    memcpy(out, keccak->lane, KECCAK256_BYTES);
    keccak256_wipe(keccak);
}

void keccak256_hash(struct bytes data, uint8_t out[static KECCAK256_BYTES])
{
    struct keccak256 keccak;
    keccak256_init(&keccak);
    keccak256_update(&keccak, data);
    keccak256_final(&keccak, out);
}
