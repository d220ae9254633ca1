#include "starknet/address_text.h"

#include "digest/keccak256.h"
#include "starknet/felt_text.h"

/* Append with the checksum over the last len of the 32 bytes. */
static void put_checksummed(struct buf *buf, const struct felt *address, size_t len)
{
    uint8_t raw[32];
    uint8_t hash[KECCAK256_BYTES];
    felt_to_be(address, raw);
    keccak256_hash((struct bytes){raw + sizeof raw - len, len}, hash);
    size_t start = buf->len;
    felt_text_put_padded(buf, address);
    for (size_t i = 0; !buf->failed && i < 64; i++) {
        uint8_t *c = buf->ptr + start + 2 + i;
        unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15u;
        if (*c >= 'a' && nibble >= 8) {
            *c = (uint8_t)(*c - 'a' + 'A');
        }
    }
}

void address_text_put(struct buf *buf, const struct felt *address)
{
    size_t significant = (felt_bits(address) + 7) / 8;
    put_checksummed(buf, address, significant == 0 ? 1 : significant);
}

static bool is_mixed(struct bytes text)
{
    bool upper = false;
    bool lower = false;
    for (size_t i = 2; i < text.len; i++) {
        upper |= text.ptr[i] >= 'A' && text.ptr[i] <= 'F';
        lower |= text.ptr[i] >= 'a' && text.ptr[i] <= 'f';
    }
    return upper && lower;
}

/* In: address, what text is as a number. */
static bool is_checksummed(struct bytes text, const struct felt *address)
{
    uint8_t memory[2][FELT_TEXT_MAX];
    struct buf common = buf_over(memory[0], sizeof memory[0]);
    struct buf padded = buf_over(memory[1], sizeof memory[1]);
    address_text_put(&common, address);
    put_checksummed(&padded, address, 32);
    return bytes_equal(buf_bytes(&common), text) || bytes_equal(buf_bytes(&padded), text);
}

static struct status check(struct bytes text, struct felt *ret)
{
    if (is_checksummed(text, ret)) {
        return OK;
    }
    *ret = FELT_ZERO;
    return FAIL(CHECKSUM_ADDRESS);
}

static struct status read_number(struct bytes text, struct felt *ret)
{
    *ret = FELT_ZERO;
    return bytes_starts(text, BYTES_LITERAL("strk")) ? FAIL(ADDRESS_FORM)
                                                     : felt_text_read(text, ret);
}

struct status address_text_read(struct bytes text, struct felt *ret)
{
    TRY(read_number(text, ret));
    return is_mixed(text) ? check(text, ret) : OK;
}

struct status address_text_felt(struct bytes text, struct felt *ret)
{
    enum { ETHEREUM_BITS = 160 };
    TRY(read_number(text, ret));
    bool is_address = text.len == FELT_TEXT_MAX && is_mixed(text) && felt_bits(ret) > ETHEREUM_BITS;
    return is_address ? check(text, ret) : OK;
}

static struct status read_json(const struct json_in *at,
                               struct status (*read)(struct bytes text, struct felt *ret),
                               struct felt *ret)
{
    struct bytes text;
    if (json_in_kind(at) != JSON_IN_STRING) {
        return felt_text_json(at, ret);
    }
    TRY(json_in_string(at, &text));
    return json_in_about(at, read(text, ret));
}

struct status address_text_json(const struct json_in *at, struct felt *ret)
{
    return read_json(at, address_text_read, ret);
}

struct status address_text_json_felt(const struct json_in *at, struct felt *ret)
{
    return read_json(at, address_text_felt, ret);
}
