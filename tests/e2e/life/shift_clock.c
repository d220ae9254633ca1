/* Preloaded into a node: its clock is ahead by what the file COFFER_CLOCK_SHIFT says, in 8 bytes of
 * nanoseconds, as after a sleep of the machine: the clock that counts those goes on, the one that
 * does not and the wall clock are not touched. So two minutes pass when the test says so. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef int (*getter)(clockid_t clock, struct timespec *out);

static getter real;
static const volatile int64_t *shift_ns;

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("COFFER_CLOCK_SHIFT");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shift_ns, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        abort();
    }
    shift_ns = page;
    close(fd);
    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = real(clock, out);
    if (result == 0 && shift_ns != NULL && clock == CLOCK_BOOTTIME) {
        out->tv_sec += (time_t)(*shift_ns / 1000000000);
    }
    return result;
}
