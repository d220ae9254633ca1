/* The first stage: is this a request that the route takes at all? Judged by its head alone.
 * Used by the pipeline. */
#ifndef COFFER_PIPELINE_ADMIT_H
#define COFFER_PIPELINE_ADMIT_H

#include "base/status.h"
#include "pipeline/context/work.h"

/* Shows that a request was admitted; comes from admit_request and from nowhere else. */
struct admitted;

/* True for a request of a web page. */
bool admit_is_page(const struct http1_head *head);

/* True for a request that deletes and has no body: it has nothing to say but what its path does. */
bool admit_is_empty(const struct work *work);

/* In: work with its route.
 * Returns: OK; NOT_FOUND when the route is not on this listener, or is for peers and the node
 * is alone; HOST_DENIED in a development build
 * for a Host other than localhost, 127.0.0.1 and [::1]; ORIGIN_DENIED for a request of a web page;
 * MEDIA_TYPE when a body is not called JSON; CONTENT_ENCODING when it is called compressed.
 * On failure: *ret_admitted is NULL. */
struct status admit_request(const struct work *work, const struct admitted **ret_admitted);

#endif
