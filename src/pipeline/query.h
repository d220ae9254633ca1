/* What a request says outside its body: the variable of its path, and its query.
 * Used by the pipeline and the operations. */
#ifndef COFFER_PIPELINE_QUERY_H
#define COFFER_PIPELINE_QUERY_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "pipeline/context/work.h"

/* Refuse names that the route does not have, where its form is strict.
 * Returns: OK; UNKNOWN_FIELD, with the name in work->doc.where when it is plain. */
struct status query_check(struct work *work);

/* The variable of the path, decoded; it lives as long as the request.
 * Returns: OK; BAD_HTTP as http1_decode; INVALID_UTF8; NO_MEMORY. On failure: *ret is empty. */
struct status query_tail(struct work *work, struct bytes *ret);

/* A text of the query, decoded; ptr NULL when it is missing. In: name, of the route.
 * Returns: OK; BAD_REQUEST when it is there twice; BAD_HTTP; INVALID_UTF8; NO_MEMORY. On failure:
 * *ret is empty and work->doc.where is name. */
struct status query_text(struct work *work, const char *name, struct bytes *ret);

/* Say that a failure is about a name of the query. Returns: status. */
struct status query_about(struct work *work, const char *name, struct status status);

/* A number from min to max. In: *ret, what it is when it is missing.
 * Returns: OK; BAD_REQUEST when it is there twice; INVALID_DECIMAL; NUMBER_RANGE. On failure: *ret
 * is as before and work->doc.where is name. */
struct status query_u64(struct work *work, const char *name, uint64_t min, uint64_t max,
                        uint64_t *ret);

#endif
