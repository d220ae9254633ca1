#include "ethereum/eth_address.h"

#include <string.h>

#include "codec/hex.h"
#include "digest/keccak256.h"

bool eth_address_is_zero(const struct eth_address *address)
{
    static const struct eth_address zero;
    return eth_address_equal(address, &zero);
}

bool eth_address_equal(const struct eth_address *a, const struct eth_address *b)
{
    return bytes_equal(BYTES_ARRAY(a->b), BYTES_ARRAY(b->b));
}

void eth_address_of(const struct k256_public *key, struct eth_address *ret)
{
    uint8_t hash[KECCAK256_BYTES];
    keccak256_hash(BYTES_ARRAY(key->xy), hash);
    memcpy(ret->b, hash + sizeof hash - sizeof ret->b, sizeof ret->b);
}

void eth_address_put(struct buf *buf, const struct eth_address *address)
{
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "0x");
    hex_put(&text, BYTES_ARRAY(address->b));
    buf_put(buf, buf_bytes(&text));
}

void eth_address_put_checksum(struct buf *buf, const struct eth_address *address)
{
    uint8_t hash[KECCAK256_BYTES];
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    eth_address_put(&text, address);
    keccak256_hash(bytes_slice(buf_bytes(&text), 2, SIZE_MAX), hash);
    for (size_t i = 0; i < ETH_ADDRESS_TEXT - 2; i++) {
        uint8_t *c = &memory[2 + i];
        unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15u;
        if (*c >= 'a' && nibble >= 8) {
            *c = (uint8_t)(*c - 'a' + 'A');
        }
    }
    buf_put(buf, buf_bytes(&text));
}

struct status eth_address_read(struct bytes text, struct eth_address *ret)
{
    bool prefixed =
        bytes_starts(text, BYTES_LITERAL("0x")) || bytes_starts(text, BYTES_LITERAL("0X"));
    struct bytes digits = prefixed ? bytes_slice(text, 2, SIZE_MAX) : text;
    return status_is_ok(hex_read(digits, sizeof ret->b, ret->b)) ? OK : FAIL(INVALID_ADDRESS);
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

struct status eth_address_read_checksum(struct bytes text, struct eth_address *ret)
{
    if (!status_is_ok(hex_read_0x(text, sizeof ret->b, ret->b))) {
        return FAIL(INVALID_ADDRESS);
    }
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf expected = buf_over(memory, sizeof memory);
    eth_address_put_checksum(&expected, ret);
    if (is_mixed(text) && !bytes_equal(buf_bytes(&expected), text)) {
        *ret = (struct eth_address){{0}};
        return FAIL(CHECKSUM_ADDRESS);
    }
    return OK;
}
