/* The stage that runs an operation, item by item, with the records around each.
 *
 * intent → perform → outcome, as the route's column audit says. It stops in the middle where an
 * intent must be durable before its effect, where other nodes must hold that effect, and after an
 * item when the turn has lasted too long; called again it goes on.
 * Private to the pipeline. Source: formats, section 10. */
#ifndef COFFER_PIPELINE_OPERATE_INTERNAL_H
#define COFFER_PIPELINE_OPERATE_INTERNAL_H

#include "pipeline/context/work.h"

/* Begin, or go on where work->pause says that it stopped. In: work->permit. Out: work->pause: when
 * it is not WORK_GOES_ON, call again.
 * Returns: OK; what the operation's steps return; OVERLOADED when no record can be taken. */
struct status operate_run(struct work *work);

#endif
