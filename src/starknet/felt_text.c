#include "starknet/felt_text.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/decimal.h"
#include "codec/hex.h"

/* More digits than fit are a number that is too large, unless they begin with a zero: that is a
 * form which nobody writes. */
static struct status read_hex(struct bytes digits, uint64_t ret_limb[static 4])
{
    if (status_is_ok(hex_u256(digits, ret_limb))) {
        return OK;
    }
    bool is_number = digits.len > 64 && digits.ptr[0] != '0';
    for (size_t at = 0; is_number && at < digits.len; at += 64) {
        is_number = status_is_ok(hex_u256(bytes_slice(digits, at, 64), ret_limb));
    }
    memset(ret_limb, 0, 4 * sizeof ret_limb[0]);
    return is_number ? FAIL(U256_RANGE) : FAIL(INVALID_FELT);
}

struct status felt_text_u256(struct bytes text, uint64_t ret_limb[static 4])
{
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        return read_hex(bytes_slice(text, 2, SIZE_MAX), ret_limb);
    }
    struct status status = decimal_u256(text, ret_limb);
    if (status.code == STATUS_NUMBER_RANGE) {
        return FAIL(U256_RANGE);
    }
    return status_is_ok(status) ? OK : FAIL(INVALID_FELT);
}

static struct status in_field(const uint64_t limb[static 4], struct felt *ret)
{
    return felt_from_limbs(limb, ret) ? OK : FAIL(FELT_RANGE);
}

/* Who asked for a felt is told the range of felts. */
static struct status as_felt(struct status status)
{
    return status.code == STATUS_U256_RANGE ? FAIL(FELT_RANGE) : status;
}

struct status felt_text_read(struct bytes text, struct felt *ret)
{
    uint64_t limb[4];
    *ret = FELT_ZERO;
    TRY(as_felt(felt_text_u256(text, limb)));
    return in_field(limb, ret);
}

struct status felt_text_json_u256(const struct json_in *at, uint64_t ret_limb[static 4])
{
    memset(ret_limb, 0, 4 * sizeof ret_limb[0]);
    if (json_in_kind(at) == JSON_IN_INTEGER) {
        int64_t value = json_in_integer(at);
        if (!json_in_is_exact(at)) {
            return JSON_IN_FAIL(at, JSON_NUMBER_RANGE);
        }
        if (value < 0) {
            return JSON_IN_FAIL(at, INVALID_FELT);
        }
        ret_limb[0] = (uint64_t)value;
        return OK;
    }
    struct bytes text;
    TRY(json_in_string(at, &text));
    return json_in_about(at, felt_text_u256(text, ret_limb));
}

struct status felt_text_json(const struct json_in *at, struct felt *ret)
{
    uint64_t limb[4];
    *ret = FELT_ZERO;
    TRY(as_felt(felt_text_json_u256(at, limb)));
    return json_in_about(at, in_field(limb, ret));
}

struct status felt_text_json_bits(const struct json_in *at, unsigned bits, struct felt *ret)
{
    INVARIANT(bits >= 1 && bits <= 251);
    TRY(felt_text_json(at, ret));
    if (felt_bits(ret) > bits) {
        *ret = FELT_ZERO;
        return JSON_IN_FAIL(at, NUMBER_RANGE);
    }
    return OK;
}

struct status felt_text_json_u64(const struct json_in *at, uint64_t *ret)
{
    struct felt felt;
    struct status status = felt_text_json_bits(at, 64, &felt);
    *ret = felt.limb[0];
    return status;
}

void felt_text_halves(const uint64_t limb[static 4], struct felt *ret_low, struct felt *ret_high)
{
    *ret_low = felt_from_u128(limb[1], limb[0]);
    *ret_high = felt_from_u128(limb[3], limb[2]);
}

static void put_digits(struct buf *buf, const struct felt *felt, size_t count)
{
    uint8_t digits[64];
    uint8_t *to = buf_reserve(buf, 2 + count);
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        hex_digits(felt->limb[3 - i], digits + 16 * i);
    }
    to[0] = '0';
    to[1] = 'x';
    memcpy(to + 2, digits + sizeof digits - count, count);
}

void felt_text_put(struct buf *buf, const struct felt *felt)
{
    size_t count = (felt_bits(felt) + 3) / 4;
    put_digits(buf, felt, count == 0 ? 1 : count);
}

void felt_text_put_padded(struct buf *buf, const struct felt *felt)
{
    put_digits(buf, felt, 64);
}

void felt_text_out(struct json_out *out, const struct felt *felt)
{
    uint8_t memory[FELT_TEXT_MAX + 2];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_u8(&text, '"');
    felt_text_put(&text, felt);
    buf_put_u8(&text, '"');
    json_out_raw(out, buf_bytes(&text));
}

void felt_text_member(struct json_out *out, const char *name, const struct felt *felt)
{
    json_out_name(out, name);
    felt_text_out(out, felt);
}
