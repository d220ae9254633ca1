/* When a machine has something to do next: the least of several times. */
#ifndef COFFER_BASE_DUE_H
#define COFFER_BASE_DUE_H

#include <stdint.h>

/* *due_ms becomes ms, where that is earlier. */
static inline void due_sooner(uint64_t *due_ms, uint64_t ms)
{
    *due_ms = ms < *due_ms ? ms : *due_ms;
}

#endif
