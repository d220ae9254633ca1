/* The roots that a node holds, by epoch, in guarded memory, for as long as it runs.
 *
 * A root is never replaced: keys depend on it. M itself is kept beside what is prepared from it,
 * because keys in the form that apps already use are extracted from M_0 with a salt of their own.
 * Roots are installed by one thread; what is installed may be used by every thread.
 * Used by the node, app_keys.h and tenants. Source: formats, sections 4 and 7. */
#ifndef COFFER_KEYS_ROOT_KEYRING_H
#define COFFER_KEYS_ROOT_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"
#include "keys/domain.h"
#include "keys/root.h"

struct root_keyring;

/* An empty keyring. In: domain, the id of the deployment; entropy, of the sums that roots are
 * compared with. Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status root_keyring_open(const uint8_t domain[static DOMAIN_ID],
                                const struct entropy *entropy, struct root_keyring **ret);

/* Wipe and free; *ring becomes NULL (it may be NULL). */
void root_keyring_close(struct root_keyring **ring);

/* Add the root of an epoch. In: epoch, below LIMIT_ROOT_EPOCHS; master, M of it, *secret*.
 * Returns: OK, also when the same root is there already; ROOT_CONFLICT when another one is;
 * NUMBER_RANGE. On failure: nothing changed. Timing: constant but for the outcome. */
struct status root_keyring_install(struct root_keyring *ring, uint32_t epoch,
                                   const struct secret32 *master);

/* Keep the roots of this epoch and later ones, installed or not, out of use: they open and are
 * derived from where they are named, but none of them is the newest. Nodes do not get a root at
 * the same moment, and what one makes with it the others could not read. Until
 * root_keyring_use_all; by the thread that installs. */
void root_keyring_hold_back(struct root_keyring *ring, uint32_t epoch);
void root_keyring_use_all(struct root_keyring *ring);

/* Whether the root of an epoch was installed, and which was that of the newest epoch in use, 0 also
 * before any was. Public: nothing of a root is looked at. */
bool root_keyring_has(const struct root_keyring *ring, uint32_t epoch);
uint32_t root_keyring_newest_epoch(const struct root_keyring *ring);

/* For what uses a root that it was given before: whether all that were installed are what they were
 * then. Returns: OK, also of none; SELF_CHECK, until the node is started again.
 * In: ring, *secret*. Timing: depends on which are installed, and on the answer. */
struct status root_keyring_check(const struct root_keyring *ring);

/* What was installed; NULL before that, and when it is not what was installed: compared each time,
 * so ask once for each use. What root_keyring_has and is NULL is SELF_CHECK.
 * Owned by the keyring. *secret*. */
const struct root *root_keyring_root(const struct root_keyring *ring, uint32_t epoch);
const struct secret32 *root_keyring_master(const struct root_keyring *ring, uint32_t epoch);

/* The roots of the newest epoch in use and of the oldest epoch, NULL before one was installed, or
 * when that one is not what was installed: no other takes its place. The newest is the
 * node's own; the oldest is the one that whatever is pinned for ever is pinned to. *secret*. */
const struct root *root_keyring_newest(const struct root_keyring *ring);
const struct root *root_keyring_oldest(const struct root_keyring *ring);

#endif
