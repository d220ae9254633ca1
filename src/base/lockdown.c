#include "base/lockdown.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* With a finite limit, locking everything now would let later allocations fail. */
static bool is_lock_unlimited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

/* Reserved address space that is never touched must stay free, hence ONFAULT. */
static bool lock_memory(void)
{
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

struct status lockdown_apply(bool require_locked, struct lockdown *ret_applied)
{
    *ret_applied = (struct lockdown){0};
    struct rlimit none = {0, 0};
    bool dumpable = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0;
    ret_applied->no_trace = !dumpable;
    ret_applied->no_core = setrlimit(RLIMIT_CORE, &none) == 0 && !dumpable;
    ret_applied->no_setuid = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    ret_applied->locked = (require_locked || is_lock_unlimited()) && lock_memory();
    if (!ret_applied->no_core || !ret_applied->no_setuid) {
        return FAIL(INTERNAL);
    }
    return require_locked && !ret_applied->locked ? FAIL(NO_MEMORY) : OK;
}
