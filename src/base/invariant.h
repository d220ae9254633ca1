/* Invariants: conditions that only a bug of ours can break.
 *
 * Never for input, peers, disk, chain or time: those return a status. Used by every module. */
#ifndef COFFER_BASE_INVARIANT_H
#define COFFER_BASE_INVARIANT_H

/* Aborts the process with the place of the broken invariant on standard error. In an enclave a
 * crash means no answer, which is the safe outcome.
 * In: file and text are string literals. */
_Noreturn void invariant_broken(const char *file, int line, const char *text);

/* Always on. */
#define INVARIANT(condition) \
    ((condition) ? (void)0 : invariant_broken(__FILE_NAME__, __LINE__, #condition))

/* Expensive invariants: on in test builds (COFFER_CHECKED), compiled but never run otherwise. */
#ifdef COFFER_CHECKED
#    define CHECKED(condition) INVARIANT(condition)
#else
#    define CHECKED(condition) ((void)sizeof(condition))
#endif

#endif
