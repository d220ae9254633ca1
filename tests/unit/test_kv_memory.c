/* Every allocation of a change fails once: the answer is NO_MEMORY and nothing has changed. */
#include "fixtures/store_nodes.h"

enum { STEP = 16, ROOM = 4096 };

/* What is tried: OK when it was done. */
typedef struct status attempt(void);

static struct status put_new(void)
{
    struct kv_at at = here();
    struct kv_write write = write_of("new", "value");
    return kv_put(nodes[1], &at, &write, NULL);
}

static struct status put_over(void)
{
    struct kv_at at = here();
    struct kv_write write = write_of("k", "value");
    write.ttl_ms = 50;
    return kv_put(nodes[1], &at, &write, NULL);
}

static struct status delete (void)
{
    struct kv_at at = here();
    struct kv_write write = write_of("k", "");
    return kv_delete(nodes[1], &at, &write, NULL);
}

static struct status merge_key(const char *key)
{
    enum kv_merged merged;
    struct record record = peek(0, key);
    struct status status = merge(1, &record, &merged);
    assert_true(status_is_ok(status) == (merged != KV_KEPT));
    return status;
}

static struct status merge_new(void)
{
    return merge_key("other");
}

static struct status merge_over(void)
{
    return merge_key("k");
}

static struct status join(void)
{
    return merge_key("older");
}

/* Two deletes of one millisecond, sealed again. */
static struct status join_deletes(void)
{
    return merge_key("gone");
}

static struct status wait_for_it(void)
{
    return merge_key("future");
}

static void try_with_little(attempt *change)
{
    uint64_t seq = kv_seq(nodes[1]);
    struct kv_stats before = kv_stats(nodes[1]);
    size_t cap = mem.cap;
    bool failed = false;
    struct status status;
    for (size_t room = 0; room < ROOM; room += STEP) {
        mem.cap = mem_used(&mem) + room;
        status = change();
        if (status_is_ok(status)) {
            break;
        }
        assert_status(NO_MEMORY, status);
        struct kv_stats after = kv_stats(nodes[1]);
        assert_int_equal(seq, kv_seq(nodes[1]));
        assert_memory_equal(&before, &after, sizeof before);
        store_check(nodes[1]);
        failed = true;
    }
    mem.cap = cap;
    assert_true(failed);
    assert_status(OK, status);
}

static void no_memory_is_no_memory(void **state)
{
    (void)state;
    put(0, "other", "v", 0);
    put(0, "older", "v", 0);
    put(0, "gone", "v", 0);
    assert_int_equal(KV_REPLACED, hand(0, 1, "gone"));
    drop(0, "gone");
    drop(1, "gone");
    now_ms += 5;
    put(1, "older", "newer", 0);
    put(1, "k", "v", 0);
    now_ms += 5;
    put(0, "k", "theirs", 0);
    now_ms += 500;
    put(0, "future", "v", 0);
    now_ms -= 500;
    attempt *const all[] = {put_new, merge_new,    merge_over,  put_over,
                            delete,  join_deletes, wait_for_it, join};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        try_with_little(all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_memory_is_no_memory, open_stores, close_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
