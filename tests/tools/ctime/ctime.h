/* What the constant-time cases share. Secrets are marked as undefined memory, for valgrind's
 * memcheck or for clang's memory sanitizer; a branch or an address that depends on them is then an
 * error. */
#ifndef COFFER_TESTS_CTIME_CTIME_H
#define COFFER_TESTS_CTIME_CTIME_H

#include <stddef.h>
#include <stdint.h>

/* functions: the names that the case covers, separated by blanks. */
struct ctime_case {
    const char *functions;
    void (*run)(void);
};

/* Each list ends with an empty case. */
extern const struct ctime_case ctime_digest[];
extern const struct ctime_case ctime_field[];
extern const struct ctime_case ctime_curve[];
extern const struct ctime_case ctime_keys[];
extern const struct ctime_case ctime_library[];
extern const struct ctime_case ctime_identity[];
extern const struct ctime_case ctime_store[];   /* calls other libraries too */
extern const struct ctime_case ctime_cluster[]; /* likewise */
extern const struct ctime_case ctime_carrier[]; /* likewise */
extern const struct ctime_case ctime_v1[];      /* likewise */

/* Fill memory with changing bytes and mark it as secret. */
void ctime_secret(void *memory, size_t len);

/* The other way round: what is public from here on. */
void ctime_public(void *memory, size_t len);

#endif
