#include "starknet/byte_array.h"

#include <string.h>

#include "base/invariant.h"

enum { WORD = 31 };

static void put_word(struct felts_out *out, struct bytes word)
{
    uint8_t padded[32] = {0};
    struct felt felt;
    if (word.len != 0) {
        memcpy(padded + sizeof padded - word.len, word.ptr, word.len);
    }
    INVARIANT(felt_from_be(padded, &felt));
    felts_put(out, &felt);
}

void byte_array_put(struct felts_out *out, struct bytes text)
{
    felts_put_u64(out, text.len / WORD);
    size_t at = 0;
    for (; text.len - at >= WORD && !out->buf.failed; at += WORD) {
        put_word(out, bytes_slice(text, at, WORD));
    }
    size_t rest = text.len % WORD;
    put_word(out, bytes_slice(text, text.len - rest, rest));
    felts_put_u64(out, rest);
}
