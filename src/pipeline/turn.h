/* Turns: how long a request may have its loop at once.
 * Used by the pipeline, and by operations whose one item takes longer. */
#ifndef COFFER_PIPELINE_TURN_H
#define COFFER_PIPELINE_TURN_H

#include <stdbool.h>

#include "pipeline/context/work.h"

/* True once this turn of a request has lasted for LIMIT_TURN_US. */
bool turn_is_over(const struct work *work);

#endif
