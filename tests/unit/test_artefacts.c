/* What was sealed by released versions, opened by this one: every file of tests/artefacts/VERSION.
 *
 * With a folder as argument it makes them there instead (make artefacts). What they are made from
 * is fixed below and must never change: a new form gets a new name beside the old one. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carrier/root_folder.h"
#include "carrier/root_seal_dev.h"
#include "cluster/handoff.h"
#include "fixtures/simulated_module.h"
#include "fixtures/snapshot_one.h"
#include "keys/app_keys.h"
#include "keys/seed_dev.h"

enum { ARTEFACT_MAX = 32 * 1024 };

static const char folder_of_all[] = "tests/artefacts";
static const char content[] = "kept through all versions";
static const uint8_t tenant[DOMAIN_TENANT_ID] = {0x7e, 2};
static const struct secret32 master = {{0xa4, 0x7e, 0xfa, 0xc7}};
static const uint64_t made_ms = 1700000000000;

/* --- values ----------------------------------------------------------------------------------- */

static const uint8_t clock_bytes[2 + VECTOR_CLOCK_ENTRY] = {0, 1, 0xaa, [29] = 4};
static const uint8_t nonce[VALUE_SEAL_NONCE] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2,
                                                3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4};

static void value_keys(struct value_seal_keys *ret, bool is_v1)
{
    static const uint8_t app[REGISTRY_ID] = {[REGISTRY_ID - 1] = 7};
    struct root_keyring *roots = snapshot_roots(snapshot_domain, 2);
    SECRET32(key);
    value_seal_keys_init(ret, snapshot_domain, tenant);
    root_values_key(root_keyring_root(roots, 1), tenant, &key);
    value_seal_keys_add(ret, 1, &key);
    if (is_v1) {
        app_keys_v1_data(&master, app, &key);
        value_seal_keys_v1(ret, &key, true);
    }
    root_keyring_close(&roots);
}

static struct record value_record(unsigned flags)
{
    struct record record = {
        .key = BYTES_LITERAL("an/artefact"),
        .clock = BYTES_ARRAY(clock_bytes),
        .seen = BYTES_ARRAY(clock_bytes),
        .updated_at_ms = made_ms,
        .ttl_ms = 60000,
        .flags = (uint8_t)flags,
    };
    if ((flags & RECORD_TOMBSTONE) == 0) {
        memcpy(record.tie, nonce, sizeof record.tie);
    }
    return record;
}

static struct bytes value_content(unsigned flags)
{
    return (flags & RECORD_TOMBSTONE) != 0 ? (struct bytes){NULL, 0} : bytes_of(content);
}

static void make_value(unsigned flags, struct buf *out)
{
    SECRET(value_seal_keys, keys);
    value_keys(&keys, (flags & RECORD_V1) != 0);
    const struct record record = value_record(flags);
    struct bytes plaintext = value_content(flags);
    uint8_t *blob = buf_reserve(out, value_seal_sealed_len((uint8_t)flags, plaintext.len));
    assert_status(OK, value_seal_seal(&keys, &record, plaintext, nonce, blob));
}

static bool opens_value(unsigned flags, struct bytes in)
{
    uint8_t out[ARTEFACT_MAX];
    SECRET(value_seal_keys, keys);
    value_keys(&keys, (flags & RECORD_V1) != 0);
    struct record record = value_record(flags);
    record.blob = in;
    struct bytes plaintext = value_content(flags);
    return status_is_ok(value_seal_open(&keys, &record, out)) &&
           bytes_equal(plaintext, (struct bytes){out, value_seal_plaintext_len(&record)});
}

static void make_value_2(struct buf *out)
{
    make_value(0, out);
}

static bool opens_value_2(struct bytes in)
{
    return opens_value(0, in);
}

static void make_value_1(struct buf *out)
{
    make_value(RECORD_V1, out);
}

static bool opens_value_1(struct bytes in)
{
    return opens_value(RECORD_V1, in);
}

static void make_tombstone(struct buf *out)
{
    make_value(RECORD_TOMBSTONE, out);
}

static bool opens_tombstone(struct bytes in)
{
    return opens_value(RECORD_TOMBSTONE, in);
}

/* --- a snapshot ------------------------------------------------------------------------------- */

static struct bytes take_part(struct reader *reader)
{
    return reader_take(reader, reader_u16(reader));
}

static void put_part(struct buf *out, struct bytes part)
{
    buf_put_u16(out, (uint16_t)part.len);
    buf_put(out, part);
}

/* Its name and content, of each object. */
static void make_snapshot(struct buf *out)
{
    assert_int_equal(0, set_up(NULL));
    put(1, "a", content, 0);
    put(1, "b", content, 0);
    drop(1, "b");
    put(2, "c", "with an end", 1u << 31);
    put(0, "d", "of the system", 0);
    (void)snapshot();
    for (size_t i = 0; i < storage->count; i++) {
        put_part(out, bytes_of(storage->objects[i].name.text));
        put_part(out, (struct bytes){storage->objects[i].bytes, storage->objects[i].len});
    }
    assert_int_equal(0, tear_down(NULL));
}

static bool read_storage(struct bytes in, struct storage *to)
{
    struct reader reader = reader_over(in);
    while (!reader.failed && reader.rest.len != 0) {
        struct blob_name name = {0};
        struct bytes text = take_part(&reader);
        struct bytes object = take_part(&reader);
        if (reader.failed || text.len >= sizeof name.text) {
            return false;
        }
        memcpy(name.text, text.ptr, text.len);
        if (!status_is_ok(storage_put(to, &name, object))) {
            return false;
        }
    }
    return reader_done(&reader);
}

static bool has_value(struct kv *from, uint8_t space, const char *key, const char *expected)
{
    uint8_t memory[64];
    struct buf value = buf_over(memory, sizeof memory);
    SECRET(value_seal_keys, keys);
    world_keys(&world, space, &keys);
    struct kv_at at = {&keys, made_ms + 60000, space == 0};
    const struct kv_read read = {.key = bytes_of(key)};
    struct status status = kv_get(from, &at, &read, &value, NULL);
    return expected == NULL
               ? status.code == STATUS_VALUE_NOT_FOUND
               : status_is_ok(status) && bytes_equal(bytes_of(expected), buf_bytes(&value));
}

static bool opens_snapshot(struct bytes in)
{
    assert_int_equal(0, set_up(NULL));
    struct kv *into = world_store(&world, &limits);
    struct world_run run = {.storage = storage, .kv = into};
    struct record buried;
    const uint8_t space[DOMAIN_TENANT_ID] = {0x7e, 1};
    bool is_good = read_storage(in, storage) && status_is_ok(world_restore(&world, &run)) &&
                   has_value(into, 1, "a", content) && has_value(into, 1, "b", NULL) &&
                   kv_peek(into, space, BYTES_LITERAL("b"), &buried) &&
                   has_value(into, 2, "c", "with an end") &&
                   has_value(into, 0, "d", "of the system") && kv_stats(into).records == 3;
    kv_close(&into);
    assert_int_equal(0, tear_down(NULL));
    return is_good;
}

/* --- hand-off --------------------------------------------------------------------------------- */

static struct simulated_module module = {.measurement = {7}, .wall_ms = 1700000000000};
static const struct handoff_ends ends = {
    .domain = {1}, .asker = {{2}}, .holder = {{3}}, .nonce = {4}};
static const struct handoff_epochs epochs = {.count = 2, .list = {0, 3}};

static struct handoff_ports handoff_with(void)
{
    return (struct handoff_ports){entropy_system(), simulated_port(&module)};
}

static const struct handoff_other other = {module.measurement, 1700000000000};

/* The asker's key of this exchange, request and answer. */
static void make_handoff(struct buf *out)
{
    static uint8_t memory[2][HANDOFF_ANSWER_MAX];
    struct buf request = buf_over(memory[0], HANDOFF_REQUEST_MAX);
    struct buf answer = buf_over(memory[1], HANDOFF_ANSWER_MAX);
    const struct handoff_ports ports = handoff_with();
    struct handoff_asking asking;
    struct handoff_request read;
    struct handoff_roots roots = {.count = 2, .list = {{0, master}, {3, master}}};
    roots.list[1].master.b[31] = 3;
    assert_status(OK, handoff_ask(&ports, &ends, &epochs, &request, &asking));
    assert_status(OK, handoff_read_request(&ports, &ends, &other, buf_bytes(&request), &read));
    assert_status(OK, handoff_answer(&ports, &read, &roots, &answer));
    put_part(out, BYTES_ARRAY(asking.key.d));
    put_part(out, buf_bytes(&request));
    put_part(out, buf_bytes(&answer));
}

static bool opens_handoff(struct bytes in)
{
    struct reader reader = reader_over(in);
    struct bytes key = take_part(&reader);
    struct bytes request = take_part(&reader);
    struct bytes answer = take_part(&reader);
    const struct handoff_ports ports = handoff_with();
    struct handoff_asking asking = {.epochs = epochs};
    struct handoff_request read;
    struct handoff_roots roots;
    if (!reader_done(&reader) || key.len != P384_BYTES ||
        !status_is_ok(p384_key_from(key.ptr, &asking.key)) ||
        !status_is_ok(handoff_read_request(&ports, &ends, &other, request, &read))) {
        return false;
    }
    memcpy(asking.digest, read.digest, sizeof asking.digest);
    return status_is_ok(handoff_open(&ports, &asking, &other, answer, &roots)) &&
           roots.count == 2 && roots.list[1].epoch == 3 &&
           bytes_equal(BYTES_ARRAY(roots.list[0].master.b), BYTES_ARRAY(master.b)) &&
           roots.list[1].master.b[31] == 3;
}

/* --- files of a data folder ------------------------------------------------------------------- */

static char data_path[64];

static int open_data(void)
{
    (void)snprintf(data_path, sizeof data_path, "/tmp/coffer-test-artefact-XXXXXX");
    assert_non_null(mkdtemp(data_path));
    int data = open(data_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(data >= 0);
    return data;
}

static void close_data(int data)
{
    char command[128];
    close(data);
    (void)snprintf(command, sizeof command, "rm -rf %s", data_path);
    assert_int_equal(0, system(command)); /* NOLINT */
}

static void write_in(int folder, const char *name, struct bytes bytes)
{
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(bytes.len, write(file, bytes.ptr, bytes.len));
    close(file);
}

static struct bytes read_in(int folder, const char *name, uint8_t memory[static ARTEFACT_MAX])
{
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t len = file < 0 ? -1 : read(file, memory, ARTEFACT_MAX);
    assert_in_range(len, 0, ARTEFACT_MAX - 1);
    close(file);
    return (struct bytes){memory, (size_t)len};
}

/* The one file that is there. */
static void find_in(int folder, char ret_name[static 256])
{
    DIR *list = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(ret_name, 256, "%s", entry->d_name);
        }
    }
    (void)closedir(list);
}

static struct root_folder *open_roots(int data, struct root_seal_dev **ret_keys)
{
    static struct entropy entropy;
    struct root_folder *folder = NULL;
    entropy = entropy_system();
    const struct seed_dev_folder own = {.directory = data, .entropy = &entropy};
    *ret_keys = NULL;
    if (!status_is_ok(root_seal_dev_open(&own, ret_keys))) {
        return NULL;
    }
    struct root_folder_setup setup = {.directory = data,
                                      .name = "roots",
                                      .seal = root_seal_dev_port(*ret_keys),
                                      .entropy = entropy};
    memcpy(setup.domain, snapshot_domain, sizeof setup.domain);
    assert_status(OK, root_folder_open(&setup, &folder));
    return folder;
}

/* The key above it with its commitment, and a stored root; its name is for people. */
static void make_carrier(struct buf *out)
{
    static uint8_t memory[ARTEFACT_MAX];
    char name[256] = "";
    struct root_seal_dev *keys;
    int data = open_data();
    struct root_folder *folder = open_roots(data, &keys);
    const struct root_carrier carrier = root_folder_port(folder);
    const struct handoff_roots roots = {.count = 1, .list = {{3, master}}};
    assert_status(OK, root_carrier_write(&carrier, &roots));
    put_part(out, read_in(data, ROOT_SEAL_DEV_NAME, memory));
    put_part(out, read_in(data, ROOT_SEAL_DEV_NAME SEED_DEV_COMMITMENT, memory));
    int inner = openat(data, "roots", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    find_in(inner, name);
    put_part(out, read_in(inner, name, memory));
    close(inner);
    root_folder_close(&folder);
    root_seal_dev_close(&keys);
    close_data(data);
}

static bool opens_carrier(struct bytes in)
{
    struct reader reader = reader_over(in);
    struct bytes parts[3];
    struct root_seal_dev *keys = NULL;
    struct root_start_found found;
    for (size_t i = 0; i < 3; i++) {
        parts[i] = take_part(&reader);
    }
    if (!reader_done(&reader)) {
        return false;
    }
    int data = open_data();
    write_in(data, ROOT_SEAL_DEV_NAME, parts[0]);
    write_in(data, ROOT_SEAL_DEV_NAME SEED_DEV_COMMITMENT, parts[1]);
    assert_int_equal(0, mkdirat(data, "roots", 0700));
    int inner = openat(data, "roots", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    write_in(inner, "root", parts[2]);
    close(inner);
    struct root_folder *folder = open_roots(data, &keys);
    bool is_good = folder != NULL;
    if (is_good) {
        const struct root_carrier carrier = root_folder_port(folder);
        is_good = status_is_ok(root_carrier_read(&carrier, &found)) && found.count == 1 &&
                  found.list[0].epoch == 3 &&
                  bytes_equal(BYTES_ARRAY(found.list[0].master.b), BYTES_ARRAY(master.b));
    }
    root_folder_close(&folder);
    root_seal_dev_close(&keys);
    close_data(data);
    return is_good;
}

/* The seed as it lies there, and its commitment. */
static void make_seed(struct buf *out)
{
    static uint8_t memory[ARTEFACT_MAX];
    const struct entropy entropy = entropy_system();
    int data = open_data();
    const struct seed_dev_folder own = {.directory = data, .entropy = &entropy};
    assert_status(OK, seed_dev_bind(&own, SEED_DEV_SEED, &master));
    put_part(out, BYTES_ARRAY(master.b));
    put_part(out, read_in(data, SEED_DEV_SEED SEED_DEV_COMMITMENT, memory));
    close_data(data);
}

static bool opens_seed(struct bytes in)
{
    struct reader reader = reader_over(in);
    struct bytes seed = take_part(&reader);
    struct bytes commitment = take_part(&reader);
    const struct entropy entropy = entropy_system();
    struct secret32 found;
    bool is_new;
    if (!reader_done(&reader)) {
        return false;
    }
    int data = open_data();
    const struct seed_dev_folder own = {.directory = data, .entropy = &entropy};
    write_in(data, SEED_DEV_SEED, seed);
    write_in(data, SEED_DEV_SEED SEED_DEV_COMMITMENT, commitment);
    struct status status = seed_dev_open(&own, SEED_DEV_SEED, &found, &is_new);
    close_data(data);
    return status_is_ok(status) && !is_new &&
           bytes_equal(BYTES_ARRAY(found.b), BYTES_ARRAY(master.b));
}

/* --- all of them ------------------------------------------------------------------------------ */

static const struct kind {
    const char *name;
    void (*make)(struct buf *out);
    bool (*opens)(struct bytes in); /* and has what it was made from */
    size_t stride;                  /* of the bytes that are changed, one after another */
} kinds[] = {
    {"value-2", make_value_2, opens_value_2, 1},
    {"value-1", make_value_1, opens_value_1, 1},
    {"tombstone-2", make_tombstone, opens_tombstone, 1},
    {"snapshot", make_snapshot, opens_snapshot, 61},
    {"handoff", make_handoff, opens_handoff, 17},
    {"carrier", make_carrier, opens_carrier, 7},
    {"dev-seed", make_seed, opens_seed, 7},
};

/* One byte after another is wrong, the first and the last too. */
static void check_spoiled(const struct kind *kind, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len;
         i = i + kind->stride < len || i == len - 1 ? i + kind->stride : len - 1) {
        bytes[i] ^= 1;
        if (kind->opens((struct bytes){bytes, len})) {
            fail_msg("%s opens with another byte at %zu", kind->name, i);
        }
        bytes[i] ^= 1;
    }
    if (kind->opens((struct bytes){bytes, len - 1})) {
        fail_msg("%s opens without its end", kind->name);
    }
}

/* What tests/artefacts/check opens. */
static bool is_for_others(const char *name)
{
    return strcmp(name, "audit.jsonl") == 0 || strcmp(name, "attested.json") == 0;
}

static size_t check_version(const char *version)
{
    static uint8_t memory[ARTEFACT_MAX];
    char path[128];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder_of_all, version);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder >= 0);
    DIR *list = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
        const struct kind *kind = NULL;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            kind = strcmp(entry->d_name, kinds[i].name) == 0 ? &kinds[i] : kind;
        }
        if (entry->d_name[0] == '.' || is_for_others(entry->d_name)) {
            continue;
        }
        if (kind == NULL) {
            fail_msg("nothing here opens %s/%s", path, entry->d_name);
        }
        struct bytes in = read_in(folder, entry->d_name, memory);
        if (!kind->opens(in)) {
            fail_msg("%s/%s does not open, or is something else", path, entry->d_name);
        }
        check_spoiled(kind, memory, in.len);
        count++;
    }
    (void)closedir(list);
    close(folder);
    return count;
}

static void every_version_opens(void **state)
{
    (void)state;
    DIR *list = opendir(folder_of_all);
    size_t count = 0;
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') {
            size_t files = check_version(entry->d_name);
            assert_true(files != 0);
            count += files;
        }
    }
    (void)closedir(list);
    assert_true(count >= sizeof kinds / sizeof kinds[0]);
}

/* What this tree makes now, which the next release keeps. */
static void this_version_opens(void **state)
{
    (void)state;
    static uint8_t memory[ARTEFACT_MAX];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        kinds[i].make(&out);
        assert_status(OK, buf_check(&out));
        if (!kinds[i].opens(buf_bytes(&out))) {
            fail_msg("%s does not open", kinds[i].name);
        }
    }
}

static int make_all(const char *path)
{
    static uint8_t memory[ARTEFACT_MAX];
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return 1;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        kinds[i].make(&out);
        write_in(folder, kinds[i].name, buf_bytes(&out));
    }
    close(folder);
    return 0;
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_version_opens),
        cmocka_unit_test(every_version_opens),
    };
    secret_allow_unlocked();
    return count == 2 ? make_all(words[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
