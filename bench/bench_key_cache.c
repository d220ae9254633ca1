/* Memory and time of cached users: a cache with 3 % room (its shards fill unevenly), and so many
 * users derived and kept. Prints, for each count, the resident memory that this added, the bytes
 * allocated for each user, and the time of a derivation and of a hit.
 * usage: bench_key_cache [COUNT...] */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/entropy.h"
#include "codec/decimal.h"
#include "keys/user_keys.h"

static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    uint64_t all = 0;
    uint64_t resident = 0;
    if (file == NULL || fscanf(file, "%" SCNu64 " %" SCNu64, &all, &resident) != 2) {
        return 0;
    }
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Returns: nanoseconds for each user; 0 when something failed. */
static uint64_t get_all(const struct user_keys *keys, uint64_t count)
{
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (uint64_t i = 0; i < count; i++) {
        char name[24];
        int len = snprintf(name, sizeof name, "u%07" PRIu64, i);
        SECRET(user_key, key);
        struct bytes user = {(const uint8_t *)name, (size_t)len};
        if (!status_is_ok(user_keys_get(keys, user, 0, &key))) {
            return 0;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    int64_t ns = (end.tv_sec - begin.tv_sec) * 1000000000 + (end.tv_nsec - begin.tv_nsec);
    return (uint64_t)ns / count;
}

static int measure(uint64_t count)
{
    struct mem mem;
    struct key_cache *cache;
    struct entropy entropy = entropy_system();
    const uint8_t tenant[DOMAIN_TENANT_ID] = {1};
    const struct secret32 seed = {{7}};
    mem_init(&mem, SIZE_MAX);
    uint64_t before = resident_bytes();
    if (!status_is_ok(key_cache_open(count + count / 32, &mem, &entropy, &cache))) {
        printf("%" PRIu64 " users: no memory; see ulimit -l\n", count);
        return 1;
    }
    SECRET(user_keys, keys);
    user_keys_init(&keys, tenant, USER_KEYS_V1, &seed, cache);
    uint64_t derive_ns = get_all(&keys, count);
    uint64_t hit_ns = get_all(&keys, count);
    uint64_t added = resident_bytes() - before;
    struct key_cache_stats stats = key_cache_stats(cache);
    printf("%8" PRIu64 " users: %9" PRIu64 " KiB resident added to %" PRIu64 " KiB, %" PRIu64
           " bytes allocated for each; %" PRIu64 " kept; derive %" PRIu64 " ns, hit %" PRIu64
           " ns\n",
           count, added / 1024, before / 1024, (uint64_t)stats.bytes / count, stats.entries,
           derive_ns, hit_ns);
    key_cache_close(&cache);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        uint64_t count = 0;
        if (!status_is_ok(decimal_u64(bytes_of(argv[i]), &count)) || count == 0) {
            return 2;
        }
        failed += measure(count);
    }
    if (argc == 1) {
        failed = measure(1) + measure(1000) + measure(1000000);
    }
    return failed == 0 ? 0 : 1;
}
