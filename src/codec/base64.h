/* Base64 with the standard alphabet and padding, or with that of URLs and none, each in its one
 * canonical form.
 *
 * Used for bytes in JSON, tokens and statements. Reading is for public data only.
 * Source: RFC 4648, sections 3.5, 4 and 5. */
#ifndef COFFER_CODEC_BASE64_H
#define COFFER_CODEC_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

/* Append data in base64, padded. In: data, *secret*. Timing: depends on its length only. */
void base64_put(struct buf *buf, struct bytes data);

/* Append the bytes that text stands for: 3 for 4 characters, less the padding.
 * Returns: OK; INVALID_BASE64 for a wrong length, foreign characters, white space, missing padding,
 * bits that the padding leaves unused and that are not zero; BUFFER_FULL.
 * On failure: nothing is appended. */
struct status base64_read(struct bytes text, struct buf *out);

/* True when base64_read would take text. */
bool base64_valid(struct bytes text);

/* The same with the alphabet of URLs and without padding. Timing of put: as above. */
void base64_put_url(struct buf *buf, struct bytes data);
struct status base64_read_url(struct bytes text, struct buf *out);

#endif
