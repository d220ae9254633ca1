/* Secret memory: wiping that the compiler keeps, and guarded memory for what lives long.
 *
 * Secrets are their own struct types, passed by pointer, declared with SECRET so that they start
 * as zeros and are wiped when their scope ends. Used wherever a key or a seed passes. */
#ifndef COFFER_BASE_SECRET_H
#define COFFER_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* 32 secret bytes: a seed, a root, a pseudorandom key, a private key in big-endian form. */
struct secret32 {
    uint8_t b[32];
};

/* Overwrite memory with zeros; never optimised away. memory may be NULL when len is 0. */
void secret_wipe(void *memory, size_t len);

static inline void secret32_wipe(struct secret32 *secret)
{
    secret_wipe(secret, sizeof *secret);
}

/* Declares `struct type name`, zeroed, wiped by type_wipe(&name) at the end of its scope. */
#define SECRET(type, name) __attribute__((cleanup(type##_wipe))) struct type name = {0}

#define SECRET32(name) SECRET(secret32, name)

/* Guarded memory for secrets that outlive a call: zeroed, between two inaccessible pages, never
 * swapped, never in a core dump, zero in a forked child. Costs whole pages: allocate once.
 * In: len in bytes, 1 to 2^40. Out: ret_memory, owned by the caller, freed with secret_free.
 * Returns: OK; NO_MEMORY when the kernel refuses the memory; MEMORY_LOCK when it refuses to lock it
 * (RLIMIT_MEMLOCK), unless that is allowed.
 * On failure: *ret_memory is NULL. */
struct status secret_alloc(size_t len, void **ret_memory);

/* From now on secret_alloc gives memory that the kernel refuses to lock too, so that it may be
 * swapped: for programs that run where nobody can raise the limit. Before other threads. */
void secret_allow_unlocked(void);

/* True when it has given such memory. */
bool secret_is_unlocked(void);

/* Wipe and give back memory of secret_alloc. In: the same len; *memory may be NULL.
 * Out: *memory is NULL. */
void secret_free(void **memory, size_t len);

#endif
