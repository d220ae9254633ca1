/* covers: src/snapshot/snapshot_header.c src/snapshot/snapshot_node.c */
#include "fixtures/snapshot_world.h"
#include "snapshot/snapshot_node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static struct world world;

/* Put an object with a good seal, as a node that has turned bad would. */
static struct snapshot_object put_sealed(struct storage *storage, struct snapshot_place place,
                                         struct bytes plaintext)
{
    static uint8_t sealed[1 << 16];
    uint8_t nonce[SNAPSHOT_NONCE] = {(uint8_t)place.kind, place.level, (uint8_t)place.index};
    struct snapshot_object object = {.place = place};
    struct status status =
        snapshot_object_seal(root_keyring_newest(world.roots), nonce, plaintext, sealed, &object);
    require(status_is_ok(status));
    struct blob_name name = snapshot_object_name(object.digest);
    storage_insert(storage, &name, (struct bytes){sealed, plaintext.len + SNAPSHOT_OVERHEAD});
    return object;
}

static void put_header(struct storage *storage, const struct snapshot_object *root,
                       uint64_t records)
{
    uint8_t bytes[SNAPSHOT_HEADER];
    struct snapshot_point point;
    struct snapshot_header header = {.epoch = 1, .height = 1, .records = records};
    memcpy(header.root, root->digest, sizeof header.root);
    struct status status =
        snapshot_header_make(root_keyring_newest(world.roots), &header, bytes, &point);
    require(status_is_ok(status));
    struct blob_name name = snapshot_header_name(&point);
    storage_insert(storage, &name, BYTES_ARRAY(bytes));
}

/* A root node over one object of such records. */
static void put_records(struct storage *storage, struct bytes records)
{
    uint8_t memory[KV_DIGEST_FAN * SNAPSHOT_ENTRY + SNAPSHOT_DIGEST];
    struct buf out = buf_over(memory, sizeof memory);
    static const struct snapshot_entry nothing;
    const struct snapshot_place place = {SNAPSHOT_RECORDS, false, 1, 0, 0};
    struct snapshot_object object = put_sealed(storage, place, records);
    struct snapshot_entry entry = {
        .kind = SNAPSHOT_RECORDS, .records = 1, .names = BYTES_ARRAY(object.digest)};
    snapshot_node_put(&out, &entry);
    for (size_t i = 1; i < KV_DIGEST_FAN; i++) {
        snapshot_node_put(&out, &nothing);
    }
    const struct snapshot_place at = {.kind = SNAPSHOT_NODE};
    struct snapshot_object root = put_sealed(storage, at, buf_bytes(&out));
    put_header(storage, &root, 1);
}

/* What lies in storage as it is, without a code. */
static void read_raw(struct bytes from)
{
    struct snapshot_header header;
    struct snapshot_point point = {.height = 1};
    struct snapshot_object object = {.place = {.kind = SNAPSHOT_NODE}};
    struct blob_name name = {{0}};
    static uint8_t out[1 << 16];
    sha256_hash(from, point.digest);
    memcpy(object.digest, point.digest, sizeof object.digest);
    require(
        !status_is_ok(snapshot_header_open(world.roots, snapshot_domain, &point, from, &header)));
    require(!status_is_ok(snapshot_object_open(world.roots, &object, from, out)));
    memcpy(name.text, from.ptr, from.len < BLOB_NAME_MAX ? from.len : BLOB_NAME_MAX);
    if (snapshot_header_point(&name, &point)) {
        struct blob_name back = snapshot_header_name(&point);
        require(strcmp(back.text, name.text) == 0);
    }
}

/* The input as a root node, as records below one, or as it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2 || len > 8192) {
        return 0;
    }
    secret_allow_unlocked();
    world_open(&world, 2);
    struct bytes from = {data + 1, len - 1};
    const struct kv_limits limits = {1 << 20, 1 << 21, 1 << 20, 1000, 1000, 1000, 4096};
    struct kv *kv = world_store(&world, &limits);
    struct storage *storage = storage_make();
    if (data[0] % 3 == 0) {
        const struct snapshot_place at = {.kind = SNAPSHOT_NODE};
        struct snapshot_object root = put_sealed(storage, at, from);
        put_header(storage, &root, data[0] / 3);
    } else if (data[0] % 3 == 1) {
        put_records(storage, from);
    } else {
        read_raw(from);
    }
    struct world_run run = {.storage = storage, .kv = kv};
    struct status status = world_restore(&world, &run);
    require(!status_is_ok(status) || data[0] % 3 == 1 || data[0] < 3);
    store_check(kv);
    kv_close(&kv);
    storage_free(storage);
    require(world_close(&world));
    return 0;
}
