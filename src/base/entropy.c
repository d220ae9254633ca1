#include "base/entropy.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/random.h>

#include "base/secret.h"

static struct status system_fill(void *context, uint8_t *out, size_t len)
{
    (void)context;
    while (len > 0) {
        ssize_t got = getrandom(out, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return FAIL(ENTROPY);
        }
        out += got;
        len -= (size_t)got;
    }
    return OK;
}

struct entropy entropy_system(void)
{
    return (struct entropy){NULL, system_fill};
}

/* A stuck source repeats one byte; 16 random bytes do so once in 2^120. */
static bool is_stuck(const uint8_t *out, size_t len)
{
    uint8_t difference = 0;
    for (size_t i = 1; i < len; i++) {
        difference |= out[i] ^ out[0];
    }
    return len >= 16 && difference == 0;
}

struct status entropy_fill(const struct entropy *entropy, uint8_t *out, size_t len)
{
    struct status status = entropy->fill(entropy->context, out, len);
    if (status_is_ok(status) && is_stuck(out, len)) {
        status = FAIL(ENTROPY);
    }
    if (!status_is_ok(status)) {
        secret_wipe(out, len);
    }
    return status;
}
