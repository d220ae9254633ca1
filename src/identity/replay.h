/* Envelopes of version 1 that were opened before, so that none is opened twice.
 *
 * Version 1 binds nothing to an envelope: whoever recorded one could send it again under the
 * headers of another request. So the sender and IV of each are remembered, for ever, by app, up to
 * a bound; beyond it the app has to use version 2 until the node starts anew (with other keys).
 * Kept is a keyed fingerprint of 8 bytes: two envelopes that share one, of a million a chance of
 * 2^-44, cost a request. One thread at a time. Used where bodies are opened.
 * Source: formats, section 5; Nova reference, section 10.2, finding 2. */
#ifndef COFFER_IDENTITY_REPLAY_H
#define COFFER_IDENTITY_REPLAY_H

#include <stdint.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/p384.h"

enum { REPLAY_APP = 32 /* an app id */ };

struct replay;

/* An empty memory. In: per_app, from 1 to 2^26 envelopes of one app; mem, for nothing else, bounds
 * all together, and no app holds more of it than is free.
 * Returns: OK; ENTROPY; NO_MEMORY. On failure: *ret is NULL. */
struct status replay_open(uint32_t per_app, const struct entropy *entropy, struct mem *mem,
                          struct replay **ret);

/* Give back; *replay becomes NULL (it may be NULL). */
void replay_close(struct replay **replay);

/* Remember an envelope that opened. In: all public.
 * Returns: OK, once; ENVELOPE_REPLAYED; V1_EXHAUSTED when the app has too many, or as much of the
 * memory as is left for others; NO_MEMORY; SELF_CHECK when the key of the memory is not what it
 * was, until the node is started again. On failure: what is remembered is as before. */
struct status replay_remember(struct replay *replay, const uint8_t app[static REPLAY_APP],
                              const struct p384_point *sender, const uint8_t iv[static AEAD_IV]);

#endif
