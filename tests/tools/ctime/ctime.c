/* Runs the constant-time cases.
 *
 * usage: ctime list | ctime run [FUNCTION ...]; without functions, all cases, with the portable
 * field and then with the assembly. Prints the paths that run, and each case with its errors when
 * the tool counts them. Exit 1 when there were any (the memory sanitizer ends the program itself).
 * The cases that call other libraries are left to valgrind: the sanitizer does not see what those
 * write. */
#include "tools/ctime/ctime.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/stark_fe.h"
#include "crypto/stark_mul.h"
#include "crypto/stark_x64_internal.h"
#include "digest/sha256.h"

#if defined(__has_feature)
#    if __has_feature(memory_sanitizer)
#        include <sanitizer/msan_interface.h>
#        define TOOL              "memory sanitizer"
#        define HIDE(at, len)     __msan_poison((at), (len))
#        define SHOW(at, len)     __msan_unpoison((at), (len))
#        define ERRORS_SO_FAR()   0u
#        define TOOL_IS_RUNNING() true
#        define SEES_LIBRARIES    false
#    endif
#endif
#ifndef TOOL
#    include <valgrind/memcheck.h>
#    define TOOL              "valgrind"
#    define HIDE(at, len)     ((void)VALGRIND_MAKE_MEM_UNDEFINED((at), (len)))
#    define SHOW(at, len)     ((void)VALGRIND_MAKE_MEM_DEFINED((at), (len)))
#    define ERRORS_SO_FAR()   ((unsigned)VALGRIND_COUNT_ERRORS)
#    define TOOL_IS_RUNNING() (RUNNING_ON_VALGRIND != 0)
#    define SEES_LIBRARIES    true
#endif

void ctime_secret(void *memory, size_t len)
{
    static uint64_t state = 3;
    uint8_t *bytes = memory;
    for (size_t i = 0; i < len; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(state >> 56);
    }
    HIDE(memory, len);
}

void ctime_public(void *memory, size_t len)
{
    SHOW(memory, len);
    (void)memory;
    (void)len;
}

uint64_t ct_declassify(uint64_t value)
{
    SHOW(&value, sizeof value);
    return value;
}

void ct_public(const void *memory, size_t len)
{
    SHOW(memory, len);
    (void)memory;
    (void)len;
}

void ct_secret(void *memory, size_t len)
{
    HIDE(memory, len);
    (void)memory;
    (void)len;
}

static const struct ctime_case *const lists[] = {
    ctime_digest, ctime_field,    ctime_curve,   ctime_keys,    ctime_library,
    ctime_store,  ctime_identity, ctime_cluster, ctime_carrier, ctime_v1};

static bool is_wanted(const struct ctime_case *one, int count, char **names)
{
    for (int i = 0; i < count; i++) {
        if (strstr(one->functions, names[i]) != NULL) {
            return true;
        }
    }
    return count == 0;
}

static bool calls_libraries(const struct ctime_case *list)
{
    return list == ctime_library || list == ctime_store || list == ctime_identity ||
           list == ctime_cluster || list == ctime_carrier || list == ctime_v1;
}

static void list_cases(void)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (const struct ctime_case *one = lists[i]; one->functions != NULL; one++) {
            printf("%s\n", one->functions);
        }
    }
}

/* Returns: whether cases ran, and none had errors. */
static bool run_cases(int count, char **names)
{
    unsigned cases = 0;
    unsigned bad = 0;
    printf("path: %s, field %s, sha-256 %s, scan %s\n", TOOL,
           stark_x64_used() ? "assembly" : "portable", sha256_path(),
           stark_mul_scans_wide() ? "avx2" : "baseline");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (const struct ctime_case *one = lists[i]; one->functions != NULL; one++) {
            if (!is_wanted(one, count, names) || (calls_libraries(lists[i]) && !SEES_LIBRARIES)) {
                continue;
            }
            unsigned before = ERRORS_SO_FAR();
            one->run();
            unsigned errors = ERRORS_SO_FAR() - before;
            cases++;
            bad += errors != 0;
            if (errors != 0) {
                printf("LEAK %s: %u\n", one->functions, errors);
            }
        }
    }
    printf("%u cases, %u with leaks\n", cases, bad);
    return cases != 0 && bad == 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        list_cases();
        return 0;
    }
    if (argc < 2 || strcmp(argv[1], "run") != 0 || !TOOL_IS_RUNNING()) {
        fprintf(stderr, "usage: ctime list | ctime run [FUNCTION ...], under " TOOL "\n");
        return 2;
    }
    stark_fe_select(false);
    bool good = run_cases(argc - 2, argv + 2);
#if STARK_X64
    /* valgrind has the instructions, and does not announce them. */
    stark_fe_assembly = true;
    good = run_cases(argc - 2, argv + 2) && good;
#endif
    return good ? 0 : 1;
}
