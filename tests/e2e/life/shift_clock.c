/* Preloaded into a node: its clocks are ahead by what the file COFFER_CLOCK_SHIFT says, twice 8
 * bytes of nanoseconds. The first is for the clock that counts sleep, as after one: the one that
 * does not is not touched. So two minutes pass when the test says so. The second is for the wall
 * clock, as when somebody sets it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
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
    size_t size = 2 * sizeof *shift_ns;
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
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
    bool is_shifted = clock == CLOCK_BOOTTIME || clock == CLOCK_REALTIME;
    if (result == 0 && shift_ns != NULL && is_shifted) {
        out->tv_sec += (time_t)(shift_ns[clock == CLOCK_REALTIME] / 1000000000);
    }
    return result;
}
