/* Canonical JSON: one spelling for each document, so that two sides can authenticate what they
 * parsed, however it was written.
 *
 * Members sorted by the code points of their names, no space, text in ASCII with escapes, integers
 * in full, reals with the fewest digits that mean the same double. Used by messages between nodes
 * in the form of the Nova KMS.
 * Source: the reference of the Nova KMS, section 6.3: Python's json.dumps with sort_keys. */
#ifndef COFFER_CODEC_JSON_CANONICAL_H
#define COFFER_CODEC_JSON_CANONICAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "codec/json_in.h"

/* Append a document, or a value of one. In: arena, scratch: 48 bytes for each member, given back at
 * the end. Returns: OK; NO_MEMORY; BUFFER_FULL. On failure: out is unspecified.
 * Timing: n log n in the size of the document. */
struct status json_canonical_put(const struct json_in *at, struct arena *arena, struct buf *out);

#endif
