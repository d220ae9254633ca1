/* The code of a message of version 1, in its header X-Sync-Signature.
 *
 * HMAC-SHA-256 under a key of M_0 over the canonical form of the body as it is on the wire, which
 * is the envelope. So any spelling of the same body has the same code. It shows that the sender
 * knows the root, and nothing else: not which request it belongs to, nor when.
 * Used by who sends and takes messages of v1_sync.h.
 * Source: the reference of the Nova KMS, section 6.3. */
#ifndef COFFER_CLUSTER_V1_V1_CODE_H
#define COFFER_CLUSTER_V1_V1_CODE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"

/* Bytes that the canonical form may have more than the body: an envelope has at most a few. */
enum { V1_CODE_GROWS = 4096 };

/* Append the canonical form of a body, which is what is sent, and its code in hex. In: master, M_0,
 * *secret*; arena, scratch, for twice the body. Returns: OK; as json_in_parse; NO_MEMORY;
 * BUFFER_FULL. On failure: both are unspecified. Timing: depends on the body. */
struct status v1_code_put(const struct secret32 *master, struct bytes body, struct arena *arena,
                          struct buf *canonical, struct buf *code);

/* Check the code of a body. In: master, M_0, *secret*; code, the header: 64 digits of any case, or
 * empty. Returns: OK; SYNC_CODE, also for a body that grows by more; as json_in_parse; NO_MEMORY.
 * Timing: depends on the body and the answer. */
struct status v1_code_check(const struct secret32 *master, struct bytes body, struct bytes code,
                            struct arena *arena);

#endif
