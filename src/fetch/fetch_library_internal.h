/* What all clients on libcurl share: its start, and what it does not check. Private to
 * src/fetch. */
#ifndef COFFER_FETCH_FETCH_LIBRARY_INTERNAL_H
#define COFFER_FETCH_FETCH_LIBRARY_INTERNAL_H

#include <stdbool.h>

#include "base/status.h"

/* Make libcurl ready, with memory that is wiped when it is given back: bodies pass through it that
 * are secret. Fine many times, from any thread. Returns: OK, NO_MEMORY. */
struct status fetch_library_start(void);

/* True for a header line that can be sent: a name, a colon, all of it visible ASCII and spaces.
 * libcurl would send a line break as it is. */
bool fetch_line_valid(const char *line);

#endif
