#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "fixtures/unit.h"

static void a_full_arena_gives_null_and_stays_usable(void **state)
{
    (void)state;
    struct arena arena;
    assert_status(OK, arena_init(&arena, 4096));
    assert_null(arena_alloc(&arena, 4097));
    volatile size_t huge = SIZE_MAX;
    assert_null(arena_alloc(&arena, huge));
    assert_null(arena_array(&arena, huge / 2, 3));
    assert_non_null(arena_alloc(&arena, 4096));
    assert_null(arena_alloc(&arena, 1));
    arena_deinit(&arena);
    assert_null(arena_alloc(&arena, 1));
    arena_deinit(&arena);
}

static void memory_is_aligned_and_zero_after_every_reset(void **state)
{
    (void)state;
    struct arena arena;
    assert_status(OK, arena_init(&arena, 4 << 20));
    const size_t lengths[] = {1, 17, 100, 70000, 1 << 20};
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            uint8_t *memory = arena_alloc(&arena, lengths[i]);
            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % 16, 0);
            for (size_t k = 0; k < lengths[i]; k++) {
                assert_int_equal(memory[k], 0);
            }
            memset(memory, 0xa5, lengths[i]);
        }
        arena_reset(&arena);
    }
    arena_deinit(&arena);
}

static void an_open_block_keeps_what_was_written(void **state)
{
    (void)state;
    struct arena arena;
    assert_status(OK, arena_init(&arena, 4096));
    struct buf buf = arena_open(&arena);
    assert_int_equal(buf.cap, 4096);
    buf_put_text(&buf, "abc");
    arena_close(&arena, &buf);
    uint8_t *next = arena_alloc(&arena, 1);
    assert_true(next == arena.base + 16);
    assert_bytes(BYTES_LITERAL("abc"), buf_bytes(&buf));
    struct bytes copy;
    assert_status(OK, arena_copy(&arena, BYTES_LITERAL("xyz"), &copy));
    assert_bytes(BYTES_LITERAL("xyz"), copy);
    arena_deinit(&arena);
}

enum { ARENA_LEN = 16 << 20 };

/* 77: what must be locked is more than this process may. */
static int reuse_locked_memory(void)
{
    struct arena arena;
    const size_t len = 8 << 20;
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
        return 77;
    }
    if (!status_is_ok(arena_init(&arena, ARENA_LEN))) {
        struct rlimit limit = {0};
        return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur <= ARENA_LEN ? 77 : 1;
    }
    for (int round = 0; round < 3; round++) {
        uint8_t *memory = arena_alloc(&arena, len);
        for (size_t i = 0; memory != NULL && i < len; i++) {
            if (memory[i] != 0) {
                return 2;
            }
        }
        memset(memory, 0xaa, len);
        arena_reset(&arena);
    }
    unsigned char resident[2048];
    size_t pages = 0;
    if (mincore(arena.base, len, resident) != 0) {
        return 3;
    }
    for (size_t i = 0; i < sizeof resident; i++) {
        pages += resident[i] & 1;
    }
    return pages < 1024 ? 0 : 4;
}

/* As all of a production node's is. */
static void locked_memory_is_given_back_too(void **state)
{
    (void)state;
    unit_skip_where_emulated();
    pid_t child = fork();
    if (child == 0) {
        _exit(reuse_locked_memory());
    }
    int code = 0;
    assert_int_equal(child, waitpid(child, &code, 0));
    assert_true(WIFEXITED(code));
    if (WEXITSTATUS(code) == 77) {
        print_message("not run: memory cannot be locked here\n");
        skip();
    }
    assert_int_equal(0, WEXITSTATUS(code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_arena_gives_null_and_stays_usable),
        cmocka_unit_test(memory_is_aligned_and_zero_after_every_reset),
        cmocka_unit_test(an_open_block_keeps_what_was_written),
        cmocka_unit_test(locked_memory_is_given_back_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
