/* What is deleted of snapshots, and what never is. */
#include "fixtures/snapshot_one.h"
#include "snapshot/snapshot_sweep.h"

static struct snapshot_sweep *sweep;
static struct snapshot_point newest;
static size_t killed_after; /* actions; 0: no end */

/* Ten snapshots, each of a change. */
static int set_up_ten(void **state)
{
    set_up(state);
    put_many(60, "value");
    for (size_t i = 0; i < 10; i++) {
        char value[8];
        (void)snprintf(value, sizeof value, "%zu", i);
        put(1, "key-0", value, 0);
        newest = snapshot().point;
    }
    struct status status = snapshot_sweep_open(&world.mem, world.roots, snapshot_domain, &sweep);
    killed_after = 0;
    return status_is_ok(status) ? 0 : -1;
}

static int tear_down_ten(void **state)
{
    snapshot_sweep_close(&sweep);
    return tear_down(state);
}

static struct status go_over(struct storage *over)
{
    static struct blob_list list;
    struct snapshot_action action;
    struct snapshot_answer answer;
    uint64_t due_ms;
    snapshot_sweep_begin(sweep, &world.now, &world.anchored, &newest);
    for (size_t done = 0; killed_after == 0 || done < killed_after;) {
        if (!snapshot_sweep_next(sweep, &world.now, &action, &due_ms)) {
            assert_true(due_ms != UINT64_MAX);
            world.now.ms = due_ms;
            continue;
        }
        done++;
        if (action.kind == SNAPSHOT_ENDED) {
            return action.status;
        }
        storage_do(over, &action, &list, &answer);
        snapshot_sweep_answered(sweep, &world.now, action.id, &answer);
    }
    return FAIL(UNAVAILABLE);
}

static struct status go_over_later(struct storage *over)
{
    world.now.ms += SNAPSHOT_GRACE_MS;
    return go_over(over);
}

static size_t headers_of(const struct storage *of)
{
    size_t count = 0;
    for (size_t i = 0; i < of->count; i++) {
        count += of->objects[i].name.text[0] == 'h';
    }
    return count;
}

static void what_is_old_goes_in_the_end(void **state)
{
    (void)state;
    size_t before = storage->count;
    assert_status(OK, go_over(storage));
    assert_int_equal(before, storage->count);
    size_t waiting = snapshot_sweep_stats(sweep).waiting;
    assert_int_equal(2 + 2 * 2, waiting); /* two headers, their roots and their records */
    assert_int_equal(before - waiting, snapshot_sweep_stats(sweep).needed);
    assert_status(OK, go_over(storage)); /* too soon */
    assert_int_equal(before, storage->count);
    world.now.ms += SNAPSHOT_GRACE_MS - 1;
    assert_status(OK, go_over(storage));
    assert_int_equal(before, storage->count);
    assert_status(OK, go_over_later(storage));
    assert_int_equal(before - waiting, storage->count);
    assert_int_equal(waiting, snapshot_sweep_stats(sweep).deleted);
    assert_int_equal(SNAPSHOT_KEEP, headers_of(storage));
    assert_int_equal(0, snapshot_sweep_stats(sweep).missing);
    restores_to_this(storage);
    put(1, "key-1", "on and on", 0);
    snapshot();
    restores_to_this(storage);
}

static void the_anchored_one_stays(void **state)
{
    struct snapshot_point oldest;
    (void)state;
    bool is_header = false;
    for (size_t i = 0; i < storage->count && !is_header; i++) {
        is_header = snapshot_header_point(&storage->objects[i].name, &oldest);
    }
    world.anchored = oldest;
    assert_status(OK, go_over(storage));
    assert_status(OK, go_over_later(storage));
    assert_int_equal(SNAPSHOT_KEEP + 1, headers_of(storage));
    world.ordered = oldest;
    assert_status(OK, try_restore(storage));
}

/* Nothing goes on the word of a storage that does not show the newest one. */
static void what_is_hidden_lets_nothing_go(void **state)
{
    (void)state;
    assert_status(OK, go_over(storage));
    struct storage *hides = storage_copy(storage);
    struct blob_name name = snapshot_header_name(&newest);
    bool is_there;
    storage_delete(hides, storage_find(hides, name.text, &is_there));
    size_t before = hides->count;
    assert_status(SNAPSHOT_OLD, go_over_later(hides));
    assert_int_equal(before, hides->count);
    hides->lists_nothing = true;
    assert_status(SNAPSHOT_OLD, go_over_later(hides));
    storage_free(hides);
    world.anchored = (struct snapshot_point){newest.height + 1, {1}};
    assert_status(SNAPSHOT_OLD, go_over_later(storage));
    world.anchored = (struct snapshot_point){0};
    newest = world.anchored; /* who knows of none */
    assert_status(SNAPSHOT_OLD, go_over_later(storage));
}

/* Every object of those that stay, gone or spoilt in turn: if it is a node nothing goes, if it is
 * records that is told. */
static void what_cannot_be_read_lets_nothing_go(void **state)
{
    size_t told = 0;
    size_t refused = 0;
    (void)state;
    assert_status(OK, go_over(storage));
    assert_status(OK, go_over_later(storage));
    struct storage *swept = storage_copy(storage);
    struct blob_name junk;
    assert_status(OK, blob_name_of("p00000000000000000000000000000000000000000000000000000000"
                                   "00000abc",
                                   &junk));
    storage_insert(swept, &junk, bytes_of("x"));
    assert_status(OK, go_over_later(swept)); /* it would go next time */
    for (size_t i = 0; i < swept->count; i++) {
        if (swept->objects[i].name.text[0] == 'h' ||
            strcmp(swept->objects[i].name.text, junk.text) == 0) {
            continue;
        }
        struct storage *other = storage_copy(swept);
        storage_delete(other, i);
        size_t before = other->count;
        struct status status = go_over(other); /* not later, so that what waits stays known */
        assert_int_equal(before, other->count);
        if (status_is_ok(status)) {
            assert_int_equal(1, snapshot_sweep_stats(sweep).missing);
            told++;
        } else {
            assert_status(BLOB_ABSENT, status);
            refused++;
        }
        storage_free(other);
    }
    assert_int_equal(SNAPSHOT_KEEP, refused); /* the roots */
    assert_true(told >= SNAPSHOT_KEEP);
    storage_free(swept);
}

/* A sweep at any moment of a snapshot that is being written, an hour after one before it. */
static void what_is_being_written_stays(void **state)
{
    (void)state;
    put(1, "key-0", "changed", 0);
    put(2, "key-1", "changed", 0);
    for (size_t actions = 1; actions < 60; actions++) {
        struct storage *copy = storage_copy(storage);
        assert_status(OK, go_over(copy));
        struct snapshot_writer *writer = world_writer(&world);
        struct world_run run = run_over(copy);
        while (run.done < actions && !run.is_ended && world_write_step(&world, writer, &run)) {
        }
        uint64_t now_ms = world.now.ms;
        assert_status(OK, go_over_later(copy));
        world.now.ms = now_ms; /* the writer would have given up */
        while (!run.is_ended && world_write_step(&world, writer, &run)) {
        }
        assert_status(OK, run.status);
        restores_to_this(copy);
        snapshot_writer_close(&writer);
        storage_free(copy);
    }
}

/* Killed after any action: what is left restores. */
static void a_sweep_may_die_at_any_step(void **state)
{
    (void)state;
    for (killed_after = 1;; killed_after++) {
        struct storage *copy = storage_copy(storage);
        size_t after = killed_after;
        killed_after = 0;
        assert_status(OK, go_over(copy));
        killed_after = after;
        struct status status = go_over_later(copy);
        restores_to_this(copy);
        storage_free(copy);
        if (status_is_ok(status)) {
            break;
        }
        assert_true(killed_after < 200);
    }
    killed_after = 0;
}

static void other_names_are_left_alone(void **state)
{
    static const char *const names[] = {"h1", "p12", "x", "readme", NULL};
    const struct snapshot_point greatest = {UINT64_MAX, {1}};
    const struct blob_name header = snapshot_header_name(&greatest);
    (void)state;
    storage_insert(storage, &header, bytes_of("x"));
    for (size_t i = 0; names[i] != NULL; i++) {
        struct blob_name name;
        assert_status(OK, blob_name_of(names[i], &name));
        storage_insert(storage, &name, bytes_of("x"));
    }
    assert_status(OK, go_over(storage));
    assert_status(OK, go_over_later(storage));
    bool is_there;
    storage_find(storage, header.text, &is_there);
    assert_true(is_there);
    for (size_t i = 0; names[i] != NULL; i++) {
        storage_find(storage, names[i], &is_there);
        assert_true(is_there);
    }
    restores_to_this(storage);
}

static void a_storage_that_is_away_is_asked_again(void **state)
{
    (void)state;
    storage->fails = 5;
    assert_status(OK, go_over(storage));
    storage->fails = 1000;
    assert_status(IO, go_over_later(storage));
    storage->fails = 0;
    restores_to_this(storage);
}

/* A page of names that are those of objects, which nobody wrote: of digests that differ where sets
 * look first, or only behind that. */
static void make_up_page(size_t number, bool is_alike, bool is_last, struct blob_list *list)
{
    *list = (struct blob_list){.count = BLOB_LIST_MAX, .more = !is_last};
    for (size_t i = 0; i < BLOB_LIST_MAX; i++) {
        size_t is = number * BLOB_LIST_MAX + i + 1;
        (void)snprintf(list->names[i].text, sizeof list->names[i].text, "p%016zx%048zx",
                       is_alike ? 0 : is, is);
    }
}

/* Go over a storage that lists so many pages. */
static void go_over_made_up(size_t pages, bool is_alike)
{
    static struct blob_list list;
    struct snapshot_action action;
    struct snapshot_answer answer;
    size_t page = 0;
    uint64_t due_ms;
    snapshot_sweep_begin(sweep, &world.now, &world.anchored, &newest);
    while (snapshot_sweep_next(sweep, &world.now, &action, &due_ms) &&
           action.kind != SNAPSHOT_ENDED) {
        storage_do(storage, &action, &list, &answer);
        if (action.kind == SNAPSHOT_LIST && action.name.text[0] == '\0') {
            make_up_page(page, is_alike, page + 1 == pages, &list);
            page++;
        }
        snapshot_sweep_answered(sweep, &world.now, action.id, &answer);
    }
    assert_int_equal(SNAPSHOT_ENDED, action.kind);
    assert_status(OK, action.status);
    assert_int_equal(pages, page);
    assert_int_equal(pages * BLOB_LIST_MAX, snapshot_sweep_stats(sweep).waiting);
}

static void a_list_without_end_takes_no_memory_without_end(void **state)
{
    size_t before = mem_used(&world.mem);
    (void)state;
    go_over_made_up(SNAPSHOT_UNNEEDED_MAX / BLOB_LIST_MAX * 3 / 2, false);
    assert_true(mem_used(&world.mem) - before <= (size_t)17 << 20);
    assert_status(OK, go_over_later(storage));
    restores_to_this(storage);
}

/* Whoever makes up names may choose them so that a set looks long for each. */
static void names_that_are_alike_are_noted_by_few(void **state)
{
    size_t before = mem_used(&world.mem);
    (void)state;
    go_over_made_up(16, true);
    assert_true(mem_used(&world.mem) - before <= (size_t)40 << 10);
    assert_status(OK, go_over_later(storage));
    restores_to_this(storage);
}

#define WITH_TEN(test) cmocka_unit_test_setup_teardown(test, set_up_ten, tear_down_ten)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TEN(what_is_old_goes_in_the_end),
        WITH_TEN(the_anchored_one_stays),
        WITH_TEN(what_is_hidden_lets_nothing_go),
        WITH_TEN(what_cannot_be_read_lets_nothing_go),
        WITH_TEN(what_is_being_written_stays),
        WITH_TEN(a_sweep_may_die_at_any_step),
        WITH_TEN(other_names_are_left_alone),
        WITH_TEN(a_storage_that_is_away_is_asked_again),
        WITH_TEN(a_list_without_end_takes_no_memory_without_end),
        WITH_TEN(names_that_are_alike_are_noted_by_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
