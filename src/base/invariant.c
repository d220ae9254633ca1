#include "base/invariant.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void invariant_broken(const char *file, int line, const char *text)
{
    (void)fprintf(stderr, "coffer: invariant broken at %s:%d: %s\n", file, line, text);
    abort();
}
