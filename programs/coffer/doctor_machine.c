#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/limits.h"
#include "base/lockdown.h"
#include "coffer/doctor.h"
#include "crypto/stark_fe.h"

enum {
    MEMORY_LOCK_MIN_KIB =
        4 * 1024, /* the key cache, the seeds and what is agreed with apps, twice */
    FILES_SPARE = 64,
    CLOCK_EARLIEST = 1767225600, /* 2026-01-01: before this code was written */
};

#ifdef COFFER_PRODUCTION
static const bool in_production = true;
#else
static const bool in_production = false;
#endif

struct doctor_finding doctor_random(const struct doctor *doctor)
{
    (void)doctor;
    struct entropy entropy = entropy_system();
    uint8_t drawn[32];
    if (!status_is_ok(entropy_fill(&entropy, drawn, sizeof drawn))) {
        return doctor_say(DOCTOR_FAILED,
                          "check that the kernel is 3.17 or newer and no filter stops getrandom",
                          "the random generator of the kernel does not work");
    }
    return doctor_say(DOCTOR_OK, "", "the random generator of the kernel works");
}

struct doctor_finding doctor_processor(const struct doctor *doctor)
{
    (void)doctor;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (!stark_fe_assembly) {
        return doctor_say(
            DOCTOR_WARN, "use an x86-64 processor from 2015 or later for full speed",
            "%ld processors without BMI2 and ADX: the portable path is used, which is slower",
            processors);
    }
    return doctor_say(DOCTOR_OK, "", "%ld processors with BMI2 and ADX", processors);
}

/* In a child, because it cannot be taken back: exit code 0 to 3, bit 0 no core, bit 1 no trace. */
static int try_lockdown(void)
{
    pid_t child = fork();
    if (child == 0) {
        struct lockdown applied;
        struct status status = lockdown_apply(LOCKDOWN_TRIED, &applied);
        _exit((status_is_ok(status) && applied.no_core ? 1 : 0) | (applied.no_trace ? 2 : 0));
    }
    int state = 0;
    if (child < 0 || waitpid(child, &state, 0) != child || !WIFEXITED(state)) {
        return 0;
    }
    return WEXITSTATUS(state);
}

struct doctor_finding doctor_lockdown(const struct doctor *doctor)
{
    (void)doctor;
    if (try_lockdown() != 3) {
        return doctor_say(
            DOCTOR_FAILED,
            "allow prctl and setrlimit where the node runs; a seccomp filter may stop them",
            "a process here cannot switch off core dumps and debuggers for itself");
    }
    return doctor_say(DOCTOR_OK, "", "the node can switch off core dumps and debuggers for itself");
}

struct doctor_finding doctor_memory_lock(const struct doctor *doctor)
{
    (void)doctor;
    struct lockdown_memory memory = lockdown_memory();
    uint8_t text[80] = {0};
    struct buf limit = buf_over(text, sizeof text - 1);
    lockdown_put_memory(&limit);
    if (memory.is_unlimited) {
        return doctor_say(DOCTOR_OK, "", "all memory of the node can be kept out of swap (%s)",
                          (const char *)text);
    }
    /* A development node runs all the same and says so; one for production needs all locked. */
    bool is_enough = memory.limit_kib >= MEMORY_LOCK_MIN_KIB;
    enum doctor_state state = in_production ? DOCTOR_FAILED : DOCTOR_WARN;
    return doctor_say(state, status_hint(STATUS_MEMORY_LOCK), "%s: %s", (const char *)text,
                      is_enough ? "enough for seeds and cached keys, not for all"
                                : "too little even for seeds and cached keys");
}

struct doctor_finding doctor_files(const struct doctor *doctor)
{
    (void)doctor;
    struct rlimit limit;
    unsigned long long wanted = LIMIT_HTTP_CONNECTIONS + FILES_SPARE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return doctor_say(DOCTOR_FAILED, "", "the limit on open files cannot be read");
    }
    if (limit.rlim_cur < wanted) {
        return doctor_say(DOCTOR_WARN,
                          "raise it with ulimit -n, or lower connections in the configuration",
                          "%llu open files: fewer than the %llu that all connections need",
                          (unsigned long long)limit.rlim_cur, wanted);
    }
    return doctor_say(DOCTOR_OK, "", "%llu open files", (unsigned long long)limit.rlim_cur);
}

struct doctor_finding doctor_clock(const struct doctor *doctor)
{
    (void)doctor;
    struct timex state = {0};
    struct clock clock = clock_system();
    if (clock_wall(&clock).hi_ms / 1000 < CLOCK_EARLIEST) {
        return doctor_say(DOCTOR_FAILED, "set the clock", "the clock stands before 2026");
    }
    if (adjtimex(&state) == TIME_ERROR) {
        return doctor_say(DOCTOR_WARN, "start a time service, such as systemd-timesyncd or chrony",
                          "the kernel says that the clock is not synchronised");
    }
    return doctor_say(DOCTOR_OK, "", "the clock is synchronised");
}
