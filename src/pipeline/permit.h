/* Leave to do one operation for one tenant. A permit comes from permit_authorise and from nowhere
 * else: the struct is known to permit.c only. What an operation may reach it reaches through its
 * permit, which has the part of its family and no other: keys of users, an app's own keys and
 * values, what nodes say to each other, or what a node tells about itself.
 * Used by the pipeline and every operation. Source: formats, sections 3 and 6. */
#ifndef COFFER_PIPELINE_PERMIT_H
#define COFFER_PIPELINE_PERMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "pipeline/caller.h"
#include "pipeline/context/work.h"
#include "pipeline/exchange.h"
#include "record/value_seal.h"
#include "tenant/tenant.h"

struct permit;
struct lanes_ask;
struct lanes_asked;
struct users_foreign;
struct users_foreign_found;
struct membership;
struct membership_write;
struct root_keyring;
struct session_token;
struct service;
struct sessions;
struct transaction_fee_memory;
struct users;
struct values;

/* For a route that anyone may use: a permit without a tenant.
 * In: admitted, which shows that the request was admitted.
 * INVARIANT that the route is such a one.
 * Returns: OK; NO_MEMORY. On failure: *ret_permit is NULL. */
struct status permit_anyone(struct work *work, const struct admitted *admitted,
                            const struct permit **ret_permit);

/* For a caller whose body was opened. The tenant is never one named by a header or body: an app
 * has its own and no other, a session or service key that of its token or id, the loopback caller
 * the local tenant "default". How sure a service key is, is judged for each user (permit_user).
 * Returns: OK; FORBIDDEN when the caller's assurance is below that of the route or of the tenant,
 * or the principal is not the route's; SCOPE when a session or service key does not have the
 * route's, or a bearer would sign or change something; UNAVAILABLE when there is no such tenant or
 * it has no seed yet; NO_MEMORY. On failure: *ret_permit is NULL. */
struct status permit_authorise(struct work *work, const struct caller *caller,
                               const struct opened *opened, const struct permit **ret_permit);

/* The tenant, and its id. In: a permit of permit_authorise; for the first, on a route of users. */
const struct tenant *permit_tenant(const struct permit *permit);
const uint8_t *permit_tenant_id(const struct permit *permit);

/* The app. In: a permit of permit_authorise on a route of apps. */
const struct caller_app *permit_app(const struct permit *permit);

/* --- of a route of users ---------------------------------------------------------------------- */

/* The user of a session, whom requests need not name; empty for all other callers. */
struct bytes permit_user_name(const struct permit *permit);

/* The session that asks, with or without its key; NULL for all other callers. */
const struct session_token *permit_session(const struct permit *permit);

/* Leave to act for one user; to be asked for each that a request names, before anything of it is
 * used. Out: what the records say of how sure that is. In: name, valid.
 * Returns: OK; FORBIDDEN when it is not the session's own, and for a service key without the
 * user's word where the route or the tenant wants more; what speakers.h says of a service key. */
struct status permit_user(struct work *work, const struct permit *permit, struct bytes name);

/* The worker that waits for what the request waits for; of a route of guests as well. */
size_t permit_worker(const struct permit *permit);

/* Begin to give a nonce of a lane of a user, whom permit_user has judged. In: ask, whose tenant is
 * set here. Out: *ret, which lanes.h goes on with. Returns: OK; SCOPE for a session or service key
 * without that of lanes; UNAVAILABLE when the node has none. On failure: nothing has begun. */
struct status permit_lane(const struct permit *permit, struct lanes_ask *ask,
                          struct lanes_asked *ret);

/* As users_foreign_find, of a user whom permit_user has judged. In: of, whose tenant is set here.
 * Returns: as it does; SENDER_MISMATCH also where the tenant does not let users add accounts. */
struct status permit_foreign(struct work *work, const struct permit *permit,
                             struct users_foreign *of, struct users_foreign_found *ret);

/* What signatures take random bytes from. */
const struct entropy *permit_entropy(const struct permit *permit);

/* What is remembered of the last transaction's fee. */
struct transaction_fee_memory *permit_fees(const struct permit *permit);

#ifdef COFFER_CHECKED
/* What a test spoils, of enum service_fault. */
unsigned permit_fault(const struct permit *permit);
#endif

/* --- of a route of apps ----------------------------------------------------------------------- */

/* The roots that an app's keys are derived from, and the store that its values are in. */
const struct root_keyring *permit_roots(const struct permit *permit);
struct values *permit_values(const struct permit *permit);

/* How a write waits for the other nodes of the cluster. Out: write, of which its membership, tenant
 * and worker are set. Returns: false when the node is alone. */
bool permit_share(const struct permit *permit, struct membership_write *write);

/* The keys of the app's namespace. Out: *ret_keys, *secret*. Returns: OK; UNAVAILABLE. */
struct status permit_space(const struct permit *permit, struct value_seal_keys *ret_keys);

/* --- of a route of peers ---------------------------------------------------------------------- */

/* The node's part in its cluster, and the wallet of the node that asks. */
struct membership *permit_membership(const struct permit *permit);
const struct eth_address *permit_peer(const struct permit *permit);

/* Whether the caller is its tenant, and nobody of it: an app, or a program of this machine. */
bool permit_is_tenant(const struct permit *permit);

/* --- of a route of users or guests ------------------------------------------------------------ */

/* Users, service keys and what is stated. */
struct users *permit_users(const struct permit *permit);

/* Logins, and the sessions that come of them; of a route of users as well. Returns: OK; UNAVAILABLE
 * on a node that has no root to make them with. */
struct status permit_logins(const struct permit *permit, struct sessions **ret);

/* --- of a route for anyone -------------------------------------------------------------------- */

/* What a node tells about itself. */
const struct service *permit_view(const struct permit *permit);

/* As service_stranger_take, for what costs more than telling; of a route of guests as well. */
bool permit_stranger_take(const struct permit *permit);

#endif
