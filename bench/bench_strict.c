/* Strict records as they grow: a table with so many, and what an operation costs. Prints the
 * nanoseconds of processor time for each put, find, change, walk through the records of one scope,
 * page of a slot from its middle, look for what is new, all sums, and tick; and the bytes of a
 * record: as counted, as allocated, and as they show in resident memory. Records are as large as a
 * user's first statement with a ticket; each tenth record is a revocation.
 * usage: bench_strict [COUNT...] */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cluster/strict/strict_table.h"
#include "codec/decimal.h"

enum { VALUE = 1146, SAMPLES = 20000, PAGE = 65536, MINUTES = 600, MINUTE_MS = 60000 };

struct bench {
    struct mem mem;
    struct strict_table *table;
    uint64_t begin_ns;
    uint64_t empty_bytes;
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

static uint64_t each(const struct bench *bench, uint64_t count)
{
    return (cpu_ns() - bench->begin_ns) / (count == 0 ? 1 : count);
}

/* The same number gives the same record; neighbours lie in other slots. */
static struct strict_record record_of(uint64_t number, uint8_t memory[static STRICT_KEY_MAX])
{
    static const uint8_t hash[33] = {0};
    static uint8_t value[VALUE];
    struct strict_record record = {.slot = (uint16_t)(number * 389 % STRICT_SLOTS)};
    struct buf key = buf_over(memory, STRICT_KEY_MAX);
    struct buf out = buf_over(value, sizeof value);
    bool is_revoked = number % 10 == 9;
    record.kind = is_revoked ? STRICT_REVOKED : STRICT_STATEMENT;
    if (!is_revoked) {
        buf_put_text(&key, "u:user");
    }
    buf_put_u64(&key, number * 0x9e3779b97f4a7c15u);
    buf_put(&key, (struct bytes){hash, is_revoked ? 8 : 33});
    buf_put_u64(&out, number % MINUTES * MINUTE_MS);
    record.key = buf_bytes(&key);
    record.version.value = (struct bytes){value, is_revoked ? 8 : VALUE};
    return record;
}

static bool put(struct bench *bench, uint64_t number)
{
    uint8_t memory[STRICT_KEY_MAX];
    struct strict_record record = record_of(number, memory);
    return status_is_ok(strict_table_merge(bench->table, &record, 0));
}

static bool find(struct bench *bench, uint64_t number)
{
    uint8_t memory[STRICT_KEY_MAX];
    struct strict_record record = record_of(number, memory);
    struct strict_record there;
    return strict_table_find(bench->table, &record, &there);
}

static void see(void *visitor, const struct strict_record *record)
{
    (void)record;
    (*(size_t *)visitor)++;
}

/* All of one scope: one record. */
static bool walk(struct bench *bench, uint64_t number)
{
    uint8_t memory[STRICT_KEY_MAX];
    size_t count = 0;
    struct strict_record named = record_of(number / 10 * 10, memory);
    struct strict_walk walk = {
        .slot = named.slot, .limit = 64, .named = &named, .visitor = &count, .visit = see};
    named.key.len -= 33;
    return !strict_table_walk(bench->table, &walk) && count == 1;
}

/* As large as one for a peer, from the middle of a slot, where nobody was before. */
static bool page(struct bench *bench, uint64_t number)
{
    uint16_t slot = (uint16_t)(number % STRICT_SLOTS);
    struct strict_record record;
    uint64_t place = strict_table_top(bench->table) / 2;
    size_t bytes = 0;
    while (bytes < PAGE && strict_table_next(bench->table, slot, &place, &record)) {
        bytes += record.key.len + record.version.value.len;
    }
    return true;
}

/* One record is new to a peer. */
static bool news(struct bench *bench, uint64_t number)
{
    struct strict_record record;
    struct strict_news at = {.since = strict_table_top(bench->table) - 1};
    (void)number;
    return strict_table_news(bench->table, &at, &record) &&
           !strict_table_news(bench->table, &at, &record);
}

static bool sums(struct bench *bench, uint64_t number)
{
    struct strict_sum sum = {{0, 0}};
    (void)number;
    for (uint16_t i = 0; i < STRICT_SLOTS; i++) {
        sum.halves[0] += strict_table_sum(bench->table, i).halves[0];
    }
    return sum.halves[0] != 0;
}

static uint64_t measure(struct bench *bench, uint64_t count,
                        bool (*run)(struct bench *bench, uint64_t number), uint64_t samples)
{
    bool ok = true;
    start(bench);
    for (uint64_t i = 0; i < samples; i++) {
        ok = ok && run(bench, i * 7919 % count);
    }
    return ok ? each(bench, samples) : 0;
}

static uint64_t measure_ticks(struct bench *bench)
{
    start(bench);
    for (uint64_t minute = 0; minute < MINUTES / 2; minute++) {
        strict_table_tick(bench->table, minute * MINUTE_MS);
    }
    return each(bench, MINUTES / 2);
}

static int run(uint64_t count)
{
    struct bench bench = {0};
    const struct entropy entropy = entropy_system();
    mem_init(&bench.mem, SIZE_MAX);
    uint64_t resident = resident_bytes();
    if (!status_is_ok(strict_table_open(&bench.mem, &entropy, SIZE_MAX / 16, &bench.table))) {
        return 1;
    }
    bench.empty_bytes = mem_used(&bench.mem);
    bool ok = true;
    start(&bench);
    for (uint64_t i = 0; i < count; i++) {
        ok = ok && put(&bench, i);
    }
    uint64_t put_ns = each(&bench, count);
    printf("%8" PRIu64 " records: put %5" PRIu64 " ns", count, put_ns);
    printf("  find %5" PRIu64, measure(&bench, count, find, SAMPLES));
    printf("  again %5" PRIu64, measure(&bench, count, put, SAMPLES));
    printf("  scope %5" PRIu64, measure(&bench, count, walk, SAMPLES));
    printf("  page %6" PRIu64, measure(&bench, count, page, SAMPLES / 10));
    printf("  news %6" PRIu64, measure(&bench, count, news, SAMPLES / 10));
    printf("  sums %6" PRIu64, measure(&bench, count, sums, SAMPLES / 10));
    printf("  bytes: counted %4zu  allocated %4zu  resident %4" PRIu64,
           strict_table_bytes(bench.table) / strict_table_count(bench.table),
           (size_t)(mem_used(&bench.mem) - bench.empty_bytes) / count,
           (resident_bytes() - resident) / count);
    printf("  tick %6" PRIu64 "\n", measure_ticks(&bench));
    strict_table_close(&bench.table);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        uint64_t count = 0;
        if (!status_is_ok(decimal_u64(bytes_of(argv[i]), &count)) || count == 0) {
            return 2;
        }
        failed += run(count);
    }
    if (argc == 1) {
        for (uint64_t count = 1000; count <= 1000000; count *= 10) {
            failed += run(count);
        }
    }
    return failed == 0 ? 0 : 1;
}
