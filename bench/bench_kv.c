/* The store as records grow: one namespace with so many small records, and what an operation costs.
 * Prints nanoseconds for each put, get, page of a list, expiry and eviction, and the bytes of a
 * record: as counted, as allocated, and as they show in resident memory. Keys of 16 bytes, values
 * of 32, one node in the clock.
 * usage: bench_kv [COUNT...] */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "codec/decimal.h"
#include "store/kv.h"

enum { VALUE = 32, PAGE = 100, SAMPLES = 20000 };

struct bench {
    struct mem mem;
    struct kv *kv;
    struct value_seal_keys keys;
    uint64_t now_ms;
    uint64_t begin_ns;
};

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

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void start(struct bench *bench)
{
    bench->begin_ns = cpu_ns();
}

/* Processor time for each of count since start. */
static uint64_t each(const struct bench *bench, uint64_t count)
{
    return (cpu_ns() - bench->begin_ns) / (count == 0 ? 1 : count);
}

/* The same number gives the same key; neighbours lie far apart. */
static struct bytes key_of(uint64_t number, char text[static 24])
{
    uint64_t mixed = number * 0x9e3779b97f4a7c15u;
    int len = snprintf(text, 24, "%016" PRIx64, mixed);
    return (struct bytes){(const uint8_t *)text, (size_t)len};
}

static bool put(struct bench *bench, uint64_t number, uint64_t ttl_ms)
{
    static const uint8_t value[VALUE] = {1};
    char text[24];
    const struct kv_at at = {&bench->keys, bench->now_ms, false};
    struct kv_write write = {.key = key_of(number, text), .value = BYTES_ARRAY(value)};
    write.ttl_ms = ttl_ms;
    write.evictable = true;
    memcpy(write.nonce, write.key.ptr, VALUE_SEAL_NONCE / 2);
    return status_is_ok(kv_put(bench->kv, &at, &write, NULL));
}

static bool get(struct bench *bench, uint64_t number)
{
    uint8_t memory[VALUE];
    char text[24];
    struct buf value = buf_over(memory, sizeof memory);
    const struct kv_at at = {&bench->keys, bench->now_ms, false};
    const struct kv_read read = {.key = key_of(number, text)};
    return status_is_ok(kv_get(bench->kv, &at, &read, &value, NULL));
}

static bool list(struct bench *bench, uint64_t number)
{
    static struct kv_found found[PAGE];
    char text[24];
    struct kv_page page;
    const struct kv_at at = {&bench->keys, bench->now_ms, false};
    const struct kv_list list = {.after = key_of(number, text), .max = PAGE};
    return status_is_ok(kv_list(bench->kv, &at, &list, found, &page));
}

static bool open_store(struct bench *bench, size_t quota)
{
    const uint8_t id[32] = {1};
    const struct secret32 key = {{2}};
    struct kv_limits limits = kv_limits_default();
    limits.app_bytes = quota;
    limits.all_apps_bytes = quota;
    bench->now_ms = 1000000;
    mem_init(&bench->mem, SIZE_MAX);
    value_seal_keys_init(&bench->keys, id, id);
    value_seal_keys_add(&bench->keys, 0, &key);
    return status_is_ok(kv_open(&limits, id, &bench->mem, &bench->kv));
}

/* Records that fill their quota: every further put evicts. */
static uint64_t measure_eviction(struct bench *bench, uint64_t count, size_t bytes)
{
    bool ok = open_store(bench, bytes);
    while (ok && kv_stats(bench->kv).evictions == 0) {
        ok = put(bench, count++, 0);
    }
    uint64_t before = kv_stats(bench->kv).evictions;
    start(bench);
    for (uint64_t i = 0; i < SAMPLES; i++) {
        ok = ok && put(bench, count + i, 0);
    }
    uint64_t ns = each(bench, SAMPLES);
    ok = ok && kv_stats(bench->kv).evictions == before + SAMPLES;
    kv_close(&bench->kv);
    return ok ? ns : 0;
}

static int measure(uint64_t count)
{
    static struct bench bench;
    uint64_t resident = resident_bytes();
    uint64_t ns[5];
    bool ok = open_store(&bench, SIZE_MAX / 2);
    for (uint64_t i = 0; i < count; i++) {
        ok = ok && put(&bench, i, 60000);
    }
    resident = resident_bytes() - resident;
    size_t counted = kv_stats(bench.kv).bytes;
    size_t allocated = mem_used(&bench.mem);
    start(&bench);
    for (uint64_t i = 0; i < SAMPLES; i++) {
        ok = ok && put(&bench, i * 7919 % count, 60000);
    }
    ns[0] = each(&bench, SAMPLES);
    start(&bench);
    for (uint64_t i = 0; i < SAMPLES; i++) {
        ok = ok && get(&bench, i * 7919 % count);
    }
    ns[1] = each(&bench, SAMPLES);
    start(&bench);
    for (uint64_t i = 0; i < SAMPLES / PAGE; i++) {
        ok = ok && list(&bench, i * 7919 % count);
    }
    ns[2] = each(&bench, SAMPLES / PAGE);
    start(&bench);
    size_t expired = kv_tick(bench.kv, bench.now_ms + 120000, SIZE_MAX);
    ns[3] = each(&bench, expired);
    ok = ok && expired == count;
    kv_close(&bench.kv);
    ns[4] = measure_eviction(&bench, count, counted);
    printf("%8" PRIu64 " records: put %" PRIu64 " ns, get %" PRIu64 ", page of %d %" PRIu64
           ", expire %" PRIu64 ", put and evict %" PRIu64 "; bytes of a record: %zu counted, %zu "
           "allocated, %" PRIu64 " resident\n",
           count, ns[0], ns[1], PAGE, ns[2], ns[3], ns[4], counted / count, allocated / count,
           resident / count);
    return ok && ns[4] != 0 ? 0 : 1;
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
        for (uint64_t count = 1000; count <= 1000000; count *= 10) {
            failed += measure(count);
        }
    }
    return failed == 0 ? 0 : 1;
}
