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

static inline uint64_t rotate(uint64_t x, unsigned count)
{
    return x << count | x >> (64 - count);
}

/* Step chi on a row. */
static inline void chi(uint64_t to[static 5], const uint64_t row[static 5])
{
    to[0] = row[0] ^ (~row[1] & row[2]);
    to[1] = row[1] ^ (~row[2] & row[3]);
    to[2] = row[2] ^ (~row[3] & row[4]);
    to[3] = row[3] ^ (~row[4] & row[0]);
    to[4] = row[4] ^ (~row[0] & row[1]);
}

static inline uint64_t column(const uint64_t a[static 25], size_t x)
{
    return a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
}

/* One round from a to another place. Theta's effect on a lane is that of its column, d. Rho and pi
 * are where a lane of the new rows comes from and by how much it turns: a walk over all lanes but
 * the first, of which step t turns by (t + 1)(t + 2) / 2. */
static void round_of(uint64_t to[static restrict 25], const uint64_t a[static restrict 25],
                     uint64_t constant)
{
    const uint64_t c[5] = {column(a, 0), column(a, 1), column(a, 2), column(a, 3), column(a, 4)};
    const uint64_t d[5] = {c[4] ^ rotate(c[1], 1), c[0] ^ rotate(c[2], 1), c[1] ^ rotate(c[3], 1),
                           c[2] ^ rotate(c[4], 1), c[3] ^ rotate(c[0], 1)};
    chi(to + 0, (uint64_t[5]){a[0] ^ d[0], rotate(a[6] ^ d[1], 44), rotate(a[12] ^ d[2], 43),
                              rotate(a[18] ^ d[3], 21), rotate(a[24] ^ d[4], 14)});
    chi(to + 5,
        (uint64_t[5]){rotate(a[3] ^ d[3], 28), rotate(a[9] ^ d[4], 20), rotate(a[10] ^ d[0], 3),
                      rotate(a[16] ^ d[1], 45), rotate(a[22] ^ d[2], 61)});
    chi(to + 10,
        (uint64_t[5]){rotate(a[1] ^ d[1], 1), rotate(a[7] ^ d[2], 6), rotate(a[13] ^ d[3], 25),
                      rotate(a[19] ^ d[4], 8), rotate(a[20] ^ d[0], 18)});
    chi(to + 15,
        (uint64_t[5]){rotate(a[4] ^ d[4], 27), rotate(a[5] ^ d[0], 36), rotate(a[11] ^ d[1], 10),
                      rotate(a[17] ^ d[2], 15), rotate(a[23] ^ d[3], 56)});
    chi(to + 20,
        (uint64_t[5]){rotate(a[2] ^ d[2], 62), rotate(a[8] ^ d[3], 55), rotate(a[14] ^ d[4], 39),
                      rotate(a[15] ^ d[0], 41), rotate(a[21] ^ d[1], 2)});
    to[0] ^= constant;
}

static void permute(uint64_t a[static 25])
{
    uint64_t other[25];
    for (size_t round = 0; round < ROUNDS; round += 2) {
        round_of(other, a, round_constants[round]);
        round_of(a, other, round_constants[round + 1]);
    }
    secret_wipe(other, sizeof other);
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

static void absorb_lane(struct keccak256 *keccak, size_t i, const uint8_t *bytes)
{
    uint64_t lane;
    memcpy(&lane, bytes, 8);
    keccak->lane[i] ^= lane;
}

static void absorb_block(struct keccak256 *keccak, const uint8_t *block)
{
    for (size_t i = 0; i < KECCAK256_RATE / 8; i++) {
        absorb_lane(keccak, i, block + 8 * i);
    }
    permute(keccak->lane);
}

/* What comes next: a lane where one begins and there is enough for it, else a byte. Returns: its
 * length. */
static size_t absorb_piece(struct keccak256 *keccak, struct bytes data)
{
    if (keccak->held % 8 == 0 && data.len >= 8) {
        absorb_lane(keccak, keccak->held / 8, data.ptr);
        return 8;
    }
    absorb_byte(keccak, keccak->held, data.ptr[0]);
    return 1;
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
        size_t taken = absorb_piece(keccak, (struct bytes){data.ptr + at, data.len - at});
        at += taken;
        keccak->held += taken;
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
