/* The audit records of a request. Every record goes to the lane of the worker; the answer waits for
 * the batch that holds the last of them.
 * Private to the pipeline, so that no operation writes a record or forgets one.
 * Source: formats, section 10. */
#ifndef COFFER_PIPELINE_TRAIL_INTERNAL_H
#define COFFER_PIPELINE_TRAIL_INTERNAL_H

#include "pipeline/trail.h"

/* Forget whom and what the records are about: the next item begins. */
void trail_clear(struct work *work);

/* Before a key is used or something is changed. Returns: OK; OVERLOADED: then it must not be. */
struct status trail_intent(struct work *work);

/* Say whose the body is, so that the records can have its pseudonym. In: tenant, or NULL for an
 * app's own of this id, whose key then serves trail_name too.
 * Returns: as tenant_pseudonym_key; NO_MEMORY. */
struct status trail_body(struct work *work, const struct tenant *tenant,
                         const uint8_t id[static DOMAIN_TENANT_ID]);

/* An answer that was given before is given again. Returns: as trail_ok. */
struct status trail_repeat(struct work *work, const struct answer *answer);

/* What came of it, or why it was refused. Returns: OK; OVERLOADED: then nothing may be released. */
struct status trail_ok(struct work *work);
struct status trail_refused(struct work *work, struct status why);

/* The same of what was done and is not held or recorded as it should be. */
struct status trail_unsettled(struct work *work, struct status why);

#endif
