/* Whom and what the audit records of a request are about. Operations say it; the records themselves
 * are the pipeline's (trail_internal.h).
 * Used by the operations, and by the node for records that no request asked for. */
#ifndef COFFER_PIPELINE_TRAIL_H
#define COFFER_PIPELINE_TRAIL_H

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/membership/membership.h"
#include "crypto/felt.h"
#include "pipeline/context/work.h"
#include "store/kv.h"
#include "tenant/tenant.h"

/* Say it, as far as it is known. name: a valid username. Returns: as tenant_pseudonym_key. */
struct status trail_user(struct work *work, const struct tenant *tenant, struct bytes name);
void trail_key(struct work *work, uint32_t key_index);
void trail_chain(struct work *work, const struct felt *chain);
void trail_object(struct work *work, const struct felt *object);

/* Of a transaction: the account that it is of, its nonce, and whether it is of a query version. */
void trail_account(struct work *work, const struct felt *account);
void trail_transaction(struct work *work, const struct felt *nonce, bool is_query);

/* Say what a name of an app's own is about, as its pseudonym, once the app is permitted. */
void trail_name(struct work *work, struct bytes name);

/* Say what a guest's request is about, once its body has been read: the tenant, and of it a user,
 * or none where the name is empty. In: tenant, its id, [DOMAIN_TENANT_ID], which stays as long as
 * the request. Returns: as tenant_pseudonym_key; NO_MEMORY. */
struct status trail_about(struct work *work, const uint8_t *tenant, struct bytes user);

/* Say which statement is made, or named. In: its hash. Returns: OK; NO_MEMORY. */
struct status trail_statement(struct work *work, const uint8_t hash[static SHA256_BYTES]);

/* Say in a write to the store which request it is of, and where its intent is: see record.h; or the
 * latter alone. In: work, of an item whose intent is written. */
void trail_origin(const struct work *work, uint8_t ret_op[static RECORD_OP],
                  uint8_t ret_cause[static RECORD_CAUSE]);
void trail_cause(const struct work *work, uint8_t ret_cause[static RECORD_CAUSE]);

/* Say what is asked for, where one route does several things. In: op, a literal. */
void trail_op(struct work *work, const char *op);

/* What no request asked for, and how it ended. In: op, a literal. Returns: OK; OVERLOADED. */
struct status trail_event(struct worker *worker, const char *op, struct status why);

/* An effect of the cluster's own: its intent, or what came of it. Out: ret_cause, which names that
 * record. Returns: OK; OVERLOADED. */
struct status trail_effect(struct worker *worker, const struct membership_effect *effect,
                           uint8_t ret_cause[static RECORD_CAUSE]);

#endif
