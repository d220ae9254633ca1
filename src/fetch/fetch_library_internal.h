/* The start of libcurl, the same for all clients. Private to src/fetch. */
#ifndef COFFER_FETCH_FETCH_LIBRARY_INTERNAL_H
#define COFFER_FETCH_FETCH_LIBRARY_INTERNAL_H

#include "base/status.h"

/* Make libcurl ready, with memory that is wiped when it is given back: bodies pass through it that
 * are secret. Fine many times, from any thread. Returns: OK, NO_MEMORY. */
struct status fetch_library_start(void);

#endif
