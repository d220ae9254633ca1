/* Bytes that stand for themselves in a JSON string. Private to codec. */
#ifndef COFFER_CODEC_JSON_PLAIN_INTERNAL_H
#define COFFER_CODEC_JSON_PLAIN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Printable ASCII without quotes and backslashes. */
static inline bool json_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* True when eight bytes are plain: no high bit in any byte of what would have one for a control
 * character, a quote, a backslash, DEL or more. A byte that is not plain may make its neighbour
 * above look like one too, which changes nothing. */
static inline bool json_plain_eight(const uint8_t *at)
{
    const uint64_t each = 0x0101010101010101;
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t control = word - each * ' ';
    uint64_t quote = (word ^ each * '"') - each;
    uint64_t backslash = (word ^ each * '\\') - each;
    uint64_t high = word | (word + each);
    return ((control | quote | backslash | high) & each * 0x80) == 0;
}

#endif
