/* Walking through JSON value by value, without a document of it.
 *
 * A snapshot has more values than a document may have, and one record of it that is no record must
 * not take the others with it. So a message is cut into the texts of its values, and each is read
 * where it is needed: nothing is copied, nothing is kept. What is skipped is held to brackets and
 * quotes alone. Names and strings stay as they are written. Used by the messages of version 1.
 * Source: RFC 8259. */
#ifndef COFFER_CLUSTER_V1_V1_SCAN_H
#define COFFER_CLUSTER_V1_V1_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

enum { V1_SCAN_DEPTH = 32 };

/* A place inside an object or an array. */
struct v1_scan {
    struct bytes rest;
    uint8_t close;
    bool is_first;
    bool is_done;
    bool failed; /* what follows is not JSON; it stays so */
};

/* One of its values. */
struct v1_scan_item {
    struct bytes name;  /* with its quotes; empty in an array */
    struct bytes value; /* from its first character to its last */
};

/* The one value that a text is, without the space around it. Returns: false when it is none, or
 * anything stands behind it. */
bool v1_scan_text(struct bytes text, struct bytes *ret_value);

/* Enter a value. In: open, { or [. Returns: false when it is no such one. */
bool v1_scan_enter(struct bytes value, uint8_t open, struct v1_scan *ret);

/* The next value. Returns: false at the end, and when it fails. */
bool v1_scan_next(struct v1_scan *scan, struct v1_scan_item *ret);

/* The last member of that name, which is written without escapes. Returns: false when there is
 * none or it is null. */
bool v1_scan_member(struct bytes object, const char *name, struct bytes *ret_value);

/* What a string says; where there are escapes in it, in arena. Returns: OK; BAD_TYPE; BAD_JSON and
 * INVALID_UTF8 where an escape is none; NO_MEMORY. On failure: *ret is empty. */
struct status v1_scan_string(struct bytes value, struct arena *arena, struct bytes *ret);

#endif
