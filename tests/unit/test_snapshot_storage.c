/* What storage may do to snapshots: change, mix, hide, roll back, lie, fill up, die. */
#include "fixtures/snapshot_one.h"

/* Two snapshots, the second one of few changes. Out: points, their two storages in world order. */
static struct storage *first;
static struct snapshot_point points[2];

static int set_up_two(void **state)
{
    set_up(state);
    put_many(60, "value");
    points[0] = snapshot().point;
    first = storage_copy(storage);
    put(1, "key-0", "another", 0);
    points[1] = snapshot().point;
    return 0;
}

static int tear_down_two(void **state)
{
    storage_free(first);
    return tear_down(state);
}

static size_t object_at(const struct storage *of, const char *name)
{
    bool is_there;
    size_t at = storage_find(of, name, &is_there);
    assert_true(is_there);
    return at;
}

static size_t header_at(const struct storage *of, const struct snapshot_point *point)
{
    struct blob_name name = snapshot_header_name(point);
    return object_at(of, name.text);
}

/* What is restored is the newest one, or nothing. */
static void is_newest_or_refused(struct status status, const uint8_t digest[static KV_DIGEST])
{
    uint8_t here[KV_DIGEST];
    kv_digest_root(kv, here);
    if (status_is_ok(status)) {
        assert_memory_equal(here, digest, sizeof here);
    } else {
        assert_true(status.code == STATUS_SNAPSHOT_INVALID || status.code == STATUS_SNAPSHOT_OLD ||
                    status.code == STATUS_VALUE_EPOCH || status.code == STATUS_BLOB_ABSENT ||
                    status.code == STATUS_BLOB_FOREIGN);
    }
}

/* A bit of every byte of a header, and here and there of all objects. That every bit of an object
 * counts, test_snapshot_object and test_snapshot_header tell. */
static void no_bit_may_change(void **state)
{
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    size_t refused = 0;
    (void)state;
    world.anchored = points[1];
    for (size_t i = 0; i < storage->count; i++) {
        struct storage_object *object = &storage->objects[i];
        size_t step = object->len == SNAPSHOT_HEADER ? 1 : 1 + object->len / 16;
        for (size_t at = 0; at < object->len; at += step) {
            object->bytes[at] ^= (uint8_t)(1u << at % 8);
            struct status status = restore(storage, digest, &run);
            is_newest_or_refused(status, digest);
            refused += !status_is_ok(status);
            object->bytes[at] ^= (uint8_t)(1u << at % 8);
        }
    }
    assert_true(refused > SNAPSHOT_HEADER + 200);
    restores_to_this(storage);
}

static void no_object_may_be_cut_or_missing(void **state)
{
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    (void)state;
    world.anchored = points[1];
    size_t needed = 0;
    for (size_t i = 0; i < storage->count; i++) {
        struct storage *other = storage_copy(storage);
        other->objects[i].len--;
        struct status status = restore(other, digest, &run);
        is_newest_or_refused(status, digest);
        other->objects[i].len = 0;
        assert_int_equal(status_is_ok(status), status_is_ok(restore(other, digest, &run)));
        storage_delete(other, i);
        assert_int_equal(status_is_ok(status), status_is_ok(restore(other, digest, &run)));
        needed += !status_is_ok(status);
        storage_free(other);
    }
    assert_true(needed >= 5 && needed < storage->count); /* the rest is of the first one */
}

/* Any object under the name of any other. */
static void no_object_may_take_the_place_of_another(void **state)
{
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    (void)state;
    world.anchored = points[1];
    for (size_t i = 0; i < storage->count; i++) {
        for (size_t j = 0; j < storage->count; j++) {
            struct storage_object kept = storage->objects[i];
            storage->objects[i].bytes = storage->objects[j].bytes;
            storage->objects[i].len = storage->objects[j].len;
            struct status status = restore(storage, digest, &run);
            is_newest_or_refused(status, digest);
            storage->objects[i] = kept;
        }
    }
}

static void nothing_is_rolled_back(void **state)
{
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    (void)state;
    assert_status(OK, restore(first, digest, &run)); /* who knows nothing cannot tell */
    assert_memory_equal(&points[0], &run.point, sizeof run.point);
    world.known = points[1];
    assert_status(SNAPSHOT_OLD, try_restore(first));
    restores_to_this(storage);
    world.known = (struct snapshot_point){0};
    world.anchored = points[1];
    assert_status(SNAPSHOT_OLD, try_restore(first));
    restores_to_this(storage);
    world.anchored = points[0];
    assert_status(OK, try_restore(first));
    restores_to_this(storage); /* it follows the anchored one */
    storage->lists_nothing = true;
    assert_status(SNAPSHOT_OLD, try_restore(storage));
}

/* Old objects with the new header, and the reverse. */
static void old_and_new_do_not_mix(void **state)
{
    (void)state;
    world.anchored = points[1];
    struct storage *mixed = storage_copy(first);
    const struct storage_object *header = &storage->objects[header_at(storage, &points[1])];
    storage_insert(mixed, &header->name, (struct bytes){header->bytes, header->len});
    assert_status(BLOB_ABSENT, try_restore(mixed));
    storage_free(mixed);
    mixed = storage_copy(storage);
    struct storage_object *newer = &mixed->objects[header_at(mixed, &points[1])];
    const struct storage_object *older = &first->objects[header_at(first, &points[0])];
    memcpy(newer->bytes, older->bytes, older->len);
    assert_status(SNAPSHOT_OLD, try_restore(mixed));
    storage_free(mixed);
}

/* A header above the anchor counts only if it follows the anchored one. */
static void a_fork_does_not_pass_the_anchor(void **state)
{
    (void)state;
    struct storage *fork = storage_copy(first);
    struct kv *ours = kv;
    struct storage *our_storage = storage;
    kv = world_store(&world, &limits);
    put_many(3, "of the fork");
    storage = fork;
    struct snapshot_point lost = snapshot().point; /* of the same height */
    struct snapshot_point after = snapshot().point;
    assert_memory_equal(&lost, &after, sizeof lost); /* nothing changed */
    put_many(4, "of the fork");
    after = snapshot().point;
    assert_int_equal(points[1].height + 1, after.height);
    kv_close(&kv);
    kv = ours;
    storage = our_storage;
    for (size_t i = 0; i < our_storage->count; i++) { /* the host has both */
        bool is_there;
        storage_find(fork, our_storage->objects[i].name.text, &is_there);
        if (!is_there) {
            const struct storage_object *object = &our_storage->objects[i];
            storage_insert(fork, &object->name, (struct bytes){object->bytes, object->len});
        }
    }
    world.anchored = points[1];
    restores_to_this(fork);
    struct storage *ordered = fork;
    world.ordered = after; /* operators may say otherwise */
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    assert_status(OK, restore(ordered, digest, &run));
    assert_memory_equal(&after, &run.point, sizeof after);
    world.ordered.digest[0] ^= 1;
    assert_status(SNAPSHOT_OLD, try_restore(ordered));
    world.ordered = (struct snapshot_point){0};
    storage_delete(fork, header_at(fork, &points[1]));
    assert_status(SNAPSHOT_OLD, try_restore(fork));
    storage_free(fork);
}

/* Two nodes write one height: the anchor, or the greater digest, decides; the next one follows. */
static void two_writers_of_one_height(void **state)
{
    struct kv *ours = kv;
    struct world_run runs[2];
    struct snapshot_writer *writers[2];
    (void)state;
    world.has_chain = true;
    kv = world_store(&world, &limits);
    put_many(70, "value of the other");
    put(1, "other", "x", 0);
    struct kv *stores[2] = {ours, kv};
    kv = ours;
    put(1, "mine", "x", 0);
    for (size_t i = 0; i < 2; i++) {
        runs[i] = (struct world_run){.storage = storage, .kv = stores[i]};
        writers[i] = world_writer(&world);
    }
    for (bool is_going = true; is_going;) {
        is_going = false;
        for (size_t i = 0; i < 2; i++) {
            is_going =
                (!runs[i].is_ended && world_write_step(&world, writers[i], &runs[i])) || is_going;
        }
    }
    assert_int_equal(runs[0].point.height, runs[1].point.height);
    size_t winner = status_is_ok(runs[0].status) ? 0 : 1;
    assert_status(OK, runs[winner].status);
    assert_status(SNAPSHOT_LOST, runs[1 - winner].status);
    assert_memory_equal(&world.anchored, &runs[winner].point, sizeof world.anchored);
    kv = stores[winner];
    restores_to_this(storage);
    world.anchored = (struct snapshot_point){0}; /* without a chain */
    kv = stores[snapshot_point_order(&runs[0].point, &runs[1].point) > 0 ? 0 : 1];
    restores_to_this(storage);
    world.anchored = runs[winner].point;
    kv = stores[1 - winner];
    struct world_run next = snapshot(); /* the one that lost follows the winner */
    assert_int_equal(runs[winner].point.height + 1, next.point.height);
    assert_memory_equal(&world.anchored, &next.point, sizeof next.point);
    restores_to_this(storage);
    world.anchored = runs[winner].point;
    restores_to_this(storage);
    for (size_t i = 0; i < 2; i++) {
        snapshot_writer_close(&writers[i]);
    }
    kv_close(&stores[1]);
    kv = stores[0];
}

/* A height that rises is not enough: what was anchored meanwhile may have more. */
static void what_does_not_follow_the_anchor_is_lost(void **state)
{
    struct world_run run = {.storage = storage, .kv = kv};
    (void)state;
    world.anchored = points[1];
    put(1, "mine", "x", 0);
    (void)snapshot(); /* stored, and anchored by nobody */
    world.has_chain = true;
    put(1, "mine", "y", 0);
    struct snapshot_writer *writer = world_writer(&world);
    const struct snapshot_point other = {points[1].height + 1, {1}};
    world.anchored = other; /* by a node that saw no more than the one before both */
    while (world_write_step(&world, writer, &run)) {
    }
    assert_status(SNAPSHOT_LOST, run.status);
    assert_int_equal(other.height + 1, run.point.height);
    assert_memory_equal(&other, &world.anchored, sizeof other);
    snapshot_writer_close(&writer);
    struct world_run next = snapshot(); /* it takes the winner as its base, though it is away */
    assert_memory_equal(&world.anchored, &next.point, sizeof next.point);
    restores_to_this(storage);
}

/* Killed after each action: the one before is there, or the new one; and the next one goes well. */
static void a_writer_may_die_at_any_step(void **state)
{
    uint8_t old[KV_DIGEST];
    uint8_t here[KV_DIGEST];
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    size_t newer = 0;
    (void)state;
    kv_digest_root(kv, old);
    put(1, "key-1", "third", 0);
    put(2, "new", "third", 0);
    kv_digest_root(kv, here);
    world.has_chain = true;
    world.anchored = points[1];
    for (size_t actions = 1;; actions++) {
        struct storage *copy = storage_copy(storage);
        struct world_run killed = {.storage = copy, .kv = kv, .actions = actions};
        struct status status = world_write(&world, &killed);
        assert_status(OK, restore(copy, digest, &run));
        bool is_new = memcmp(digest, here, sizeof here) == 0;
        assert_true(is_new || memcmp(digest, old, sizeof old) == 0);
        assert_true(!is_new || run.point.height == points[1].height + 1);
        newer += is_new;
        struct world_run again = {.storage = copy, .kv = kv};
        assert_status(OK, world_write(&world, &again));
        restores_to_this(copy);
        storage_free(copy);
        world.anchored = points[1];
        if (killed.is_ended) {
            assert_status(OK, status);
            break;
        }
        assert_true(actions < 100);
    }
    assert_true(newer >= 3); /* the header, its check, the anchor */
}

static void a_full_storage_is_told_and_loses_nothing(void **state)
{
    (void)state;
    struct kv *ours = kv;
    kv = world_store(&world, &limits);
    struct world_run back = {.storage = storage, .kv = kv};
    assert_status(OK, world_restore(&world, &back));
    put(1, "key-1", "third", 0);
    for (size_t room = storage->count;; room++) {
        struct storage *copy = storage_copy(storage);
        struct world_run run = run_over(copy);
        copy->room = room;
        struct status status = world_write(&world, &run);
        struct kv *kept = kv;
        kv = status_is_ok(status) ? kept : ours;
        restores_to_this(copy);
        kv = kept;
        storage_free(copy);
        if (status_is_ok(status)) {
            break;
        }
        assert_status(BLOB_FULL, status);
        assert_true(room < storage->count + 10);
    }
    kv_close(&kv);
    kv = ours;
}

/* It says that it has what it has not. */
static void a_lying_storage_is_found_out(void **state)
{
    (void)state;
    put(1, "key-1", "third", 0);
    world.has_chain = true;
    world.anchored = points[1];
    size_t lost = 0;
    for (size_t put_at = 1;; put_at++) {
        struct storage *copy = storage_copy(storage);
        struct world_run run = run_over(copy);
        copy->drop_put = put_at;
        struct status status = world_write(&world, &run);
        bool is_past = put_at > copy->puts;
        if (status.code == STATUS_BLOB_ABSENT) { /* the header: it was not anchored */
            assert_memory_equal(&points[1], &world.anchored, sizeof points[1]);
        } else if (!is_past) {
            assert_status(OK, status);
            assert_status(BLOB_ABSENT, try_restore(copy));
            lost++;
            world.is_full = true; /* all of it anew */
            struct world_run again = run_over(copy);
            assert_status(OK, world_write(&world, &again));
            restores_to_this(copy);
            world.is_full = false;
        }
        storage_free(copy);
        world.anchored = points[1];
        if (is_past) {
            break;
        }
    }
    assert_true(lost >= 2);
}

/* The header is spoilt right after it was put. */
static void spoil_header(void *context)
{
    const struct snapshot_point next = {points[1].height + 1, {0}};
    struct blob_name name = snapshot_header_name(&next);
    (void)context;
    for (size_t i = 0; i < storage->count; i++) {
        struct storage_object *object = &storage->objects[i];
        if (memcmp(object->name.text, name.text, 18) == 0) {
            object->bytes[100] = 0xff;
        }
    }
}

static void a_spoilt_header_is_not_anchored(void **state)
{
    (void)state;
    put(1, "key-1", "third", 0);
    world.has_chain = true;
    world.anchored = points[1];
    struct world_run run = run_over(storage);
    run.between = spoil_header;
    assert_status(SNAPSHOT_INVALID, world_write(&world, &run));
    assert_memory_equal(&points[1], &world.anchored, sizeof points[1]);
    snapshot();
    restores_to_this(storage);
}

/* One that claims to follow the anchored one, and is not above it. */
static void heights_fall_along_the_chain(void **state)
{
    (void)state;
    world.anchored = points[1];
    const struct root *root = root_keyring_newest(world.roots);
    for (uint64_t height = points[1].height - 1; height <= points[1].height; height++) {
        struct snapshot_header header = {.epoch = root->epoch, .height = height};
        uint8_t bytes[SNAPSHOT_HEADER];
        struct snapshot_point point;
        memcpy(header.prev, points[1].digest, sizeof header.prev);
        assert_status(OK, snapshot_header_make(root, &header, bytes, &point));
        struct storage *other = storage_copy(first);
        struct blob_name name = snapshot_header_name(&point);
        storage_insert(other, &name, BYTES_ARRAY(bytes));
        assert_status(SNAPSHOT_OLD, try_restore(other));
        storage_free(other);
    }
}

/* A storage that is away for a while is not an empty one. */
static void who_is_away_is_waited_for(void **state)
{
    (void)state;
    world.anchored = points[1];
    storage->fails = 5;
    restores_to_this(storage);
    put(1, "key-1", "third", 0);
    struct world_run run = run_over(storage);
    storage->fails = 5;
    assert_status(OK, world_write(&world, &run));
    restores_to_this(storage);
    put(1, "key-1", "fourth", 0);
    storage->fails = 1000;
    run = run_over(storage);
    assert_status(IO, world_write(&world, &run));
    storage->fails = 200;
    struct kv *into = world_store(&world, &limits);
    run = (struct world_run){.storage = storage, .kv = into};
    assert_status(OK, world_restore(&world, &run)); /* it asks for ever */
    kv_close(&into);
}

/* The nodes of the one before are gone or spoilt: it costs their records again. */
static void a_spoilt_base_costs_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < storage->count; i++) {
        struct storage_object *object = &storage->objects[i];
        if (object->name.text[0] == 'p') {
            object->bytes[object->len - 1] ^= 1;
        }
    }
    put(1, "key-1", "third", 0);
    snapshot();
    restores_to_this(storage);
}

/* Names of headers that are none, or are not there. */
static void junk_is_passed_over(void **state)
{
    (void)state;
    for (uint8_t i = 1; i < 20; i++) {
        struct snapshot_point junk = {.height = points[1].height + i, .digest = {i}};
        struct blob_name name = snapshot_header_name(&junk);
        storage_insert(storage, &name, BYTES_ARRAY(junk.digest));
    }
    struct blob_name other;
    assert_status(OK, blob_name_of("h1", &other));
    storage_insert(storage, &other, bytes_of("x"));
    restores_to_this(storage);
    world.anchored = points[1];
    restores_to_this(storage);
    put(1, "key-1", "third", 0);
    assert_int_equal(points[1].height + 1, snapshot().point.height);
    restores_to_this(storage);
}

/* Storage of another deployment, and of another root. */
static void nothing_of_others_is_taken(void **state)
{
    const uint8_t other[DOMAIN_ID] = {0xd0, 2};
    (void)state;
    struct root_keyring *ours = world.roots;
    world.roots = snapshot_roots(other, 2);
    assert_status(SNAPSHOT_OLD, try_restore(storage));
    root_keyring_close(&world.roots);
    struct secret32 master = {{0x99}};
    struct entropy entropy = {&world.random, snapshot_random};
    assert_status(OK, root_keyring_open(snapshot_domain, &entropy, &world.roots));
    assert_status(OK, root_keyring_install(world.roots, 1, &master));
    assert_status(SNAPSHOT_OLD, try_restore(storage));
    root_keyring_close(&world.roots);
    world.roots = ours;
}

/* After all nodes were lost: what is written next is of the new cluster, and follows. */
static void a_restored_cluster_goes_on(void **state)
{
    (void)state;
    world.has_chain = true;
    world.anchored = points[1];
    struct kv *into = world_store(&world, &limits);
    struct world_run run = {.storage = storage, .kv = into};
    assert_status(OK, world_restore(&world, &run));
    strict_incarnation(snapshot_domain, run.point.digest, world.incarnation);
    struct kv *ours = kv;
    kv = into;
    struct world_run next = snapshot(); /* nothing changed but the name of the cluster */
    assert_int_equal(points[1].height + 1, next.point.height);
    restores_to_this(storage);
    put(1, "key-5", "new", 0);
    next = snapshot();
    assert_memory_equal(&next.point, &world.anchored, sizeof next.point);
    restores_to_this(storage);
    kv_close(&into);
    kv = ours;
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up_two, tear_down_two)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TWO(no_bit_may_change),
        WITH_TWO(no_object_may_be_cut_or_missing),
        WITH_TWO(no_object_may_take_the_place_of_another),
        WITH_TWO(nothing_is_rolled_back),
        WITH_TWO(old_and_new_do_not_mix),
        WITH_TWO(a_fork_does_not_pass_the_anchor),
        WITH_TWO(what_does_not_follow_the_anchor_is_lost),
        WITH_TWO(two_writers_of_one_height),
        WITH_TWO(a_writer_may_die_at_any_step),
        WITH_TWO(a_full_storage_is_told_and_loses_nothing),
        WITH_TWO(a_lying_storage_is_found_out),
        WITH_TWO(a_spoilt_header_is_not_anchored),
        WITH_TWO(heights_fall_along_the_chain),
        WITH_TWO(who_is_away_is_waited_for),
        WITH_TWO(a_spoilt_base_costs_only),
        WITH_TWO(junk_is_passed_over),
        WITH_TWO(nothing_of_others_is_taken),
        WITH_TWO(a_restored_cluster_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
