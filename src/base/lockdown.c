#include "base/lockdown.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

/* The capability that passes the limit on locked memory; asked of the kernel, because a root
 * without it is usual in containers. */
static bool has_lock_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    return syscall(SYS_capget, &header, data) == 0 &&
           (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

struct lockdown_memory lockdown_memory(void)
{
    struct rlimit limit = {0, 0};
    bool is_known = getrlimit(RLIMIT_MEMLOCK, &limit) == 0;
    bool is_unlimited = is_known && limit.rlim_cur == RLIM_INFINITY;
    return (struct lockdown_memory){
        .is_unlimited = is_unlimited || has_lock_capability(),
        .limit_kib = is_unlimited ? UINT64_MAX : (uint64_t)limit.rlim_cur / 1024,
    };
}

void lockdown_put_memory(struct buf *out)
{
    struct lockdown_memory memory = lockdown_memory();
    buf_put_text(out, "RLIMIT_MEMLOCK is ");
    if (memory.limit_kib == UINT64_MAX) {
        buf_put_text(out, "unlimited");
    } else {
        buf_put_decimal(out, memory.limit_kib);
        buf_put_text(out, " KiB");
    }
    buf_put_text(out, has_lock_capability() ? ", with CAP_IPC_LOCK" : ", without CAP_IPC_LOCK");
}

/* Reserved address space that is never touched must stay free, hence ONFAULT. */
static bool lock_memory(void)
{
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

static void close_to_others(struct lockdown *applied)
{
    struct rlimit none = {0, 0};
    bool dumpable = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0;
    applied->no_trace = !dumpable;
    applied->no_core = setrlimit(RLIMIT_CORE, &none) == 0 && !dumpable;
}

struct status lockdown_apply(enum lockdown_mode mode, struct lockdown *ret_applied)
{
    bool is_closed = mode != LOCKDOWN_DEBUGGABLE;
    bool is_required = mode == LOCKDOWN_REQUIRED;
    *ret_applied = (struct lockdown){0};
    if (is_closed) {
        close_to_others(ret_applied);
    }
    ret_applied->no_setuid = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    /* With a finite limit, locking everything now would let later allocations fail. */
    ret_applied->locked = (is_required || lockdown_memory().is_unlimited) && lock_memory();
    if ((is_closed && !ret_applied->no_core) || !ret_applied->no_setuid) {
        return FAIL(INTERNAL);
    }
    return is_required && !ret_applied->locked ? FAIL(MEMORY_LOCK) : OK;
}

bool lockdown_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        /* Children have it too. The lowest that is free is taken, which is this one. */
        int way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", way) != fd) {
            return false;
        }
    }
    return true;
}
