/* The key that signs the checkpoints of a node's audit log: made at its start, in guarded memory,
 * never to leave it. The wallet vouches for it once, so that the wallet is not asked each second.
 * Used by the service. Immutable once made, so any thread may use it.
 * Source: formats, section 10. */
#ifndef COFFER_IDENTITY_LOG_KEY_H
#define COFFER_IDENTITY_LOG_KEY_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/status.h"
#include "crypto/ed25519.h"

/* The private half lies behind it. */
struct log_key;

/* Make a key. Out: *ret, to be closed. Returns: OK; ENTROPY; NO_MEMORY; INTERNAL.
 * On failure: *ret is NULL. */
struct status log_key_open(const struct entropy *entropy, struct log_key **ret);

/* Wipe and give back; *key becomes NULL (it may be NULL). */
void log_key_close(struct log_key **key);

/* The public half, ED25519_PUBLIC bytes, as long as the key. */
const uint8_t *log_key_public(const struct log_key *key);

/* Sign a text. Returns: as ed25519_sign. On failure: out is zeros. */
struct status log_key_sign(const struct log_key *key, struct bytes text,
                           uint8_t out[static ED25519_SIGNATURE]);

#endif
