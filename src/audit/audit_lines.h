/* The lines of a file of the audit trail, one after another, in bounded memory.
 * Used by everything that reads such files. */
#ifndef COFFER_AUDIT_AUDIT_LINES_H
#define COFFER_AUDIT_AUDIT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"

/* A file that is read. Large. */
struct audit_lines {
    int fd;
    bool ended;
    size_t from;
    size_t len;
    uint8_t memory[16 * (LIMIT_AUDIT_LINE + 1)];
};

/* From where fd stands. */
void audit_lines_init(struct audit_lines *lines, int fd);

/* The next line without its end, until false. Out: *ret_whole, whether it had an end: only the last
 * may have none. It lives until the next call. A line of more than LIMIT_AUDIT_LINE bytes comes in
 * pieces that are longer than that.
 * Returns: OK; IO. On failure, and at the end: *ret_line is empty and *ret_more false. */
struct status audit_lines_next(struct audit_lines *lines, bool *ret_more, struct bytes *ret_line,
                               bool *ret_whole);

#endif
