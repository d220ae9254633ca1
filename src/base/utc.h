/* Instants as text: RFC 3339 in UTC with milliseconds, and as HTTP has them.
 *
 * Used by logs and answers. Source: RFC 3339 section 5.6; RFC 9110 section 5.6.7; the proleptic
 * Gregorian calendar. */
#ifndef COFFER_BASE_UTC_H
#define COFFER_BASE_UTC_H

#include <stdint.h>

#include "base/buf.h"

enum {
    UTC_TEXT = 24, /* bytes of 2026-01-02T03:04:05.678Z */
    UTC_HTTP = 29, /* bytes of Fri, 02 Jan 2026 03:04:05 GMT */
};

/* The last instant with a year of four digits. */
#define UTC_MAX_MS UINT64_C(253402300799999)

/* Append an instant. In: unix_ms, milliseconds since 1970; later than UTC_MAX_MS counts as that. */
void utc_put(struct buf *out, uint64_t unix_ms);

/* The same, to the second, as a header has it. */
void utc_put_http(struct buf *out, uint64_t unix_ms);

#endif
