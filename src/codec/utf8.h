/* Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
 * Source: RFC 3629, section 4. */
#ifndef COFFER_CODEC_UTF8_H
#define COFFER_CODEC_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* Bytes of the character at the start of text: 1 to 4, or 0 when there is none that is well-formed
 * (or text is empty). */
size_t utf8_width(struct bytes text);

/* True when all of text is well-formed. */
bool utf8_valid(struct bytes text);

#endif
