/* Derives the v1 keys of usernames u0000000, u0000001, ... at index 0 with the seed of the
 * reference, and prints how many failed, how many took attempt 100 or more, the largest attempt,
 * and SHA-256 over key and attempt (u32) of all. usage: derive FIRST COUNT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "digest/sha256.h"
#include "keys/derive_v1.h"

struct tally {
    uint64_t failed;
    uint64_t late; /* attempt 100 or more */
    uint32_t largest;
    struct sha256 sha;
};

static void derive_one(const struct secret32 *seed, uint64_t number, struct tally *tally)
{
    char name[24];
    int len = snprintf(name, sizeof name, "u%07" PRIu64, number);
    struct derive_v1 derived;
    struct status status =
        derive_v1_key(seed, (struct bytes){(const uint8_t *)name, (size_t)len}, 0, &derived);
    if (!status_is_ok(status) || derived.attempt >= LIMIT_V1_ATTEMPTS) {
        tally->failed++;
        return;
    }
    uint8_t record[36];
    struct buf buf = buf_over(record, sizeof record);
    buf_put(&buf, BYTES_ARRAY(derived.key.b));
    buf_put_u32(&buf, derived.attempt);
    sha256_update(&tally->sha, buf_bytes(&buf));
    tally->late += derived.attempt >= 100;
    tally->largest = derived.attempt > tally->largest ? derived.attempt : tally->largest;
}

int main(int argc, char **argv)
{
    struct secret32 seed;
    struct tally tally = {0};
    uint64_t first = 0;
    uint64_t count = 0;
    struct bytes hex =
        BYTES_LITERAL("c96aebe2b0a226d024df86b3b3d74e7750a0e96f43cacd6bbe2907926ac11e6d");
    if (argc != 3 || !status_is_ok(decimal_u64(bytes_of(argv[1]), &first)) ||
        !status_is_ok(decimal_u64(bytes_of(argv[2]), &count)) ||
        !status_is_ok(hex_read(hex, sizeof seed.b, seed.b))) {
        fprintf(stderr, "usage: derive FIRST COUNT\n");
        return 2;
    }
    sha256_init(&tally.sha);
    for (uint64_t i = 0; i < count; i++) {
        derive_one(&seed, first + i, &tally);
    }
    uint8_t digest[SHA256_BYTES];
    sha256_final(&tally.sha, digest);
    printf("%" PRIu64 " %" PRIu64 " %u ", tally.failed, tally.late, tally.largest);
    for (size_t i = 0; i < sizeof digest; i++) {
        printf("%02x", digest[i]);
    }
    printf("\n");
    return 0;
}
