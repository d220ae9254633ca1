/* The audit records of one request. Every record goes to the lane of the worker; the answer waits
 * for the batch that holds the last of them.
 * Used by the pipeline and by the operations. Source: formats, section 10. */
#ifndef COFFER_PIPELINE_TRAIL_H
#define COFFER_PIPELINE_TRAIL_H

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "pipeline/work.h"
#include "tenant/tenant.h"

/* Forget whom and what the records are about. */
void trail_clear(struct work *work);

/* Say it, as far as it is known. name: a valid username. */
void trail_user(struct work *work, const struct tenant *tenant, struct bytes name);
void trail_key(struct work *work, uint32_t key_index);
void trail_chain(struct work *work, const struct felt *chain);
void trail_object(struct work *work, const struct felt *object);

/* Say what a name of an app's own is about, as its pseudonym. In: tenant, the app's. */
void trail_name(struct work *work, const uint8_t tenant[static DOMAIN_TENANT_ID],
                struct bytes name);

/* Before a key is used. Returns: OK; OVERLOADED: then the key must not be used. */
struct status trail_intent(struct work *work);

/* What came of it, or why it was refused. Returns: OK; OVERLOADED: then nothing may be released. */
struct status trail_ok(struct work *work);
struct status trail_refused(struct work *work, struct status why);

/* A refusal that no request asked for. In: op, a literal. Returns: OK; OVERLOADED. */
struct status trail_event(struct worker *worker, const char *op, struct status why);

#endif
