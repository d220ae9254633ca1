/* Snapshots of so many small records: what the first one costs, one after ten changes, one after
 * none, and restoring. Prints bytes and objects written, processor time, and the longest step with
 * the store. Storage is memory. Keys of 16 bytes, values of 100, one node in the clock. Strict
 * records as large as a user's first statement with a ticket.
 * usage: bench_snapshot [COUNT [STRICT]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "codec/decimal.h"
#include "keys/root.h"
#include "snapshot/snapshot_restorer.h"
#include "snapshot/snapshot_writer.h"

enum { VALUE = 100, STRICT_VALUE = 1146, SLOTS = 1 << 20 };

/* Objects by the hash in their name; headers in an array. */
struct object {
    struct blob_name name;
    uint8_t *bytes;
    size_t len;
};

struct bench {
    struct mem mem;
    struct kv *kv;
    struct strict_table *strict;
    struct root_keyring *roots;
    struct cluster_now now;
    struct object *objects; /* [SLOTS] */
    struct blob_list headers;
    struct snapshot_point newest;
    uint64_t longest_ns; /* of a step with the store */
};

static const uint8_t domain[DOMAIN_ID] = {1};
static const uint8_t tenant[DOMAIN_TENANT_ID] = {2};
static struct bench bench;

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void require(struct status status)
{
    if (!status_is_ok(status)) {
        fprintf(stderr, "%s\n", status_name(status.code));
        exit(1);
    }
}

static struct object *object_of(const struct blob_name *name)
{
    size_t at = 0;
    for (const char *c = name->text; *c != '\0'; c++) {
        at = at * 31 + (size_t)*c;
    }
    for (at %= SLOTS;
         bench.objects[at].bytes != NULL && strcmp(bench.objects[at].name.text, name->text) != 0;) {
        at = (at + 1) % SLOTS;
    }
    return &bench.objects[at];
}

static struct status put_object(const struct snapshot_action *action)
{
    struct object *object = object_of(&action->name);
    object->bytes = malloc(action->object.len);
    if (object->bytes == NULL) {
        return FAIL(NO_MEMORY);
    }
    memcpy(object->bytes, action->object.ptr, action->object.len);
    object->len = action->object.len;
    object->name = action->name;
    if (action->name.text[0] == 'h') {
        bench.headers.names[bench.headers.count++] = action->name;
    }
    return OK;
}

static struct snapshot_answer carry_out(const struct snapshot_action *action)
{
    struct snapshot_answer answer = {.list = &bench.headers};
    if (action->kind == SNAPSHOT_PUT) {
        answer.status = put_object(action);
    } else if (action->kind == SNAPSHOT_GET) {
        const struct object *object = object_of(&action->name);
        answer.status = object->bytes == NULL ? FAIL(BLOB_ABSENT) : OK;
        answer.object = (struct bytes){object->bytes, object->len};
    }
    return answer;
}

static void note_step(uint64_t begin_ns)
{
    uint64_t ns = cpu_ns() - begin_ns;
    bench.longest_ns = ns > bench.longest_ns ? ns : bench.longest_ns;
}

static void put(uint64_t number, const struct value_seal_keys *keys)
{
    static const uint8_t value[VALUE] = {1};
    char text[24];
    uint64_t mixed = number * 0x9e3779b97f4a7c15u;
    int len = snprintf(text, sizeof text, "%016" PRIx64, mixed);
    const struct kv_at at = {keys, bench.now.wall_ms, false};
    struct kv_write write = {.key = {(const uint8_t *)text, (size_t)len},
                             .value = BYTES_ARRAY(value)};
    memcpy(write.nonce, text, VALUE_SEAL_NONCE / 2);
    memcpy(write.cause, text, 16);
    require(kv_put(bench.kv, &at, &write, NULL));
}

static void put_strict(uint64_t number)
{
    static const uint8_t value[STRICT_VALUE] = {1};
    uint8_t key[8 + 33] = {0};
    struct buf out = buf_over(key, sizeof key);
    buf_put_u64(&out, number * 0x9e3779b97f4a7c15u);
    const struct strict_record record = {.slot = (uint16_t)(number * 389 % STRICT_SLOTS),
                                         .kind = STRICT_STATEMENT,
                                         .key = BYTES_ARRAY(key),
                                         .version = {.value = BYTES_ARRAY(value)}};
    require(strict_table_merge(bench.strict, &record, 0));
}

static void open_strict(struct strict_table **ret)
{
    const struct entropy system = entropy_system();
    require(strict_table_open(&bench.mem, &system, SIZE_MAX / 16, ret));
}

static void write_snapshot(const char *what)
{
    struct snapshot_writer *writer;
    struct snapshot_action action;
    uint64_t due_ms;
    uint64_t begin_ns = cpu_ns();
    struct snapshot_writer_setup setup = {.mem = &bench.mem,
                                          .entropy = entropy_system(),
                                          .roots = bench.roots,
                                          .known = bench.newest,
                                          .strict = bench.strict};
    memcpy(setup.domain, domain, sizeof domain);
    bench.longest_ns = 0;
    require(snapshot_writer_open(&setup, &bench.now, &writer));
    while (snapshot_writer_next(writer, &bench.now, &action, &due_ms) &&
           action.kind != SNAPSHOT_ENDED) {
        if (action.kind == SNAPSHOT_STORE) {
            uint64_t step_ns = cpu_ns();
            snapshot_writer_read(writer, bench.kv);
            note_step(step_ns);
        } else {
            struct snapshot_answer answer = carry_out(&action);
            snapshot_writer_answered(writer, &bench.now, action.id, &answer);
        }
    }
    require(action.status);
    bench.newest = action.point;
    struct snapshot_writer_stats stats = snapshot_writer_stats(writer);
    printf("%-10s %10" PRIu64 " bytes %7" PRIu64 " objects %7" PRIu64 " read %9.3f ms; step %.3f\n",
           what, stats.bytes, stats.objects, stats.read_objects,
           (double)(cpu_ns() - begin_ns) / 1e6, (double)bench.longest_ns / 1e6);
    snapshot_writer_close(&writer);
}

static void restore(const struct kv_limits *limits)
{
    static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {2};
    struct snapshot_restorer *restorer;
    struct snapshot_action action;
    uint64_t due_ms;
    struct kv *into;
    uint8_t here[KV_DIGEST];
    uint8_t there[KV_DIGEST];
    uint64_t begin_ns = cpu_ns();
    struct snapshot_restorer_setup setup = {
        .mem = &bench.mem, .entropy = entropy_system(), .roots = bench.roots};
    memcpy(setup.domain, domain, sizeof domain);
    open_strict(&setup.strict);
    bench.longest_ns = 0;
    require(kv_open(limits, wallet, &bench.mem, &into));
    require(snapshot_restorer_open(&setup, &restorer));
    while (snapshot_restorer_next(restorer, &bench.now, &action, &due_ms) &&
           action.kind != SNAPSHOT_ENDED) {
        if (action.kind == SNAPSHOT_STORE) {
            uint64_t step_ns = cpu_ns();
            snapshot_restorer_merge(restorer, &bench.now, into);
            note_step(step_ns);
        } else {
            struct snapshot_answer answer = carry_out(&action);
            snapshot_restorer_answered(restorer, &bench.now, action.id, &answer);
        }
    }
    require(action.status);
    struct snapshot_restorer_stats stats = snapshot_restorer_stats(restorer);
    printf("%-10s %10" PRIu64 " bytes %7" PRIu64 " objects %24.3f ms; step %.3f\n", "restore",
           stats.bytes, stats.objects, (double)(cpu_ns() - begin_ns) / 1e6,
           (double)bench.longest_ns / 1e6);
    kv_digest_root(bench.kv, here);
    kv_digest_root(into, there);
    require(memcmp(here, there, sizeof here) == 0 ? OK : FAIL(SELF_CHECK));
    struct strict_sum ours = strict_table_listed(bench.strict);
    struct strict_sum theirs = strict_table_listed(setup.strict);
    require(strict_sum_equal(&ours, &theirs) ? OK : FAIL(SELF_CHECK));
    snapshot_restorer_close(&restorer);
    strict_table_close(&setup.strict);
    kv_close(&into);
}

int main(int argc, char **argv)
{
    static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {1};
    const struct entropy system = entropy_system();
    const struct secret32 master = {{3}};
    static struct value_seal_keys keys;
    struct secret32 key;
    uint64_t count = 1000000;
    uint64_t strict = 0;
    if ((argc > 1 && !status_is_ok(decimal_u64(bytes_of(argv[1]), &count))) ||
        (argc > 2 && !status_is_ok(decimal_u64(bytes_of(argv[2]), &strict)))) {
        fprintf(stderr, "usage: bench_snapshot [COUNT [STRICT]]\n");
        return 2;
    }
    struct kv_limits limits = kv_limits_default();
    limits.app_bytes = limits.all_apps_bytes = SIZE_MAX / 2;
    secret_allow_unlocked();
    mem_init(&bench.mem, SIZE_MAX);
    bench.now = (struct cluster_now){1000, 1700000000000};
    bench.objects = calloc(SLOTS, sizeof bench.objects[0]);
    require(bench.objects == NULL ? FAIL(NO_MEMORY) : OK);
    require(root_keyring_open(domain, &system, &bench.roots));
    require(root_keyring_install(bench.roots, 0, &master));
    require(kv_open(&limits, wallet, &bench.mem, &bench.kv));
    root_values_key(root_keyring_newest(bench.roots), tenant, &key);
    value_seal_keys_init(&keys, domain, tenant);
    value_seal_keys_add(&keys, 0, &key);
    for (uint64_t i = 0; i < count; i++) {
        put(i, &keys);
    }
    open_strict(&bench.strict);
    for (uint64_t i = 0; i < strict; i++) {
        put_strict(i);
    }
    printf("%" PRIu64 " records, %" PRIu64 " strict\n", count, strict);
    write_snapshot("first");
    for (uint64_t i = 0; i < 10; i++) {
        put(i * (count / 10), &keys);
    }
    for (uint64_t i = 0; strict != 0 && i < 10; i++) {
        put_strict(strict + i);
    }
    write_snapshot("10 changed");
    write_snapshot("none");
    restore(&limits);
    return 0;
}
