#include "ethereum/eip191.h"

#include <string.h>

#include "codec/hex.h"
#include "digest/keccak256.h"

void eip191_digest(struct bytes text, uint8_t ret_digest[static EIP191_DIGEST])
{
    uint8_t memory[64];
    struct buf prefix = buf_over(memory, sizeof memory);
    buf_put_text(&prefix, "\x19"
                          "Ethereum Signed Message:\n");
    buf_put_decimal(&prefix, text.len);
    struct keccak256 keccak;
    keccak256_init(&keccak);
    keccak256_update(&keccak, buf_bytes(&prefix));
    keccak256_update(&keccak, text);
    keccak256_final(&keccak, ret_digest);
}

struct status eip191_sign(const struct k256_key *key, struct bytes text,
                          struct k256_signature *ret_signature)
{
    uint8_t digest[EIP191_DIGEST];
    eip191_digest(text, digest);
    return k256_sign(key, digest, ret_signature);
}

struct status eip191_recover(struct bytes text, const struct k256_signature *signature,
                             bool require_low_s, struct eth_address *ret_address)
{
    uint8_t digest[EIP191_DIGEST];
    struct k256_public public;
    *ret_address = (struct eth_address){{0}};
    eip191_digest(text, digest);
    TRY(k256_recover(digest, signature, require_low_s, &public));
    eth_address_of(&public, ret_address);
    return OK;
}

static void put(struct buf *buf, const struct k256_signature *signature, uint8_t v)
{
    buf_put_text(buf, "0x");
    hex_put(buf, BYTES_ARRAY(signature->rs));
    hex_put(buf, (struct bytes){&v, 1});
}

static uint8_t parity(const struct k256_signature *signature)
{
    return (uint8_t)(signature->v < 27 ? signature->v : signature->v - 27);
}

void eip191_put(struct buf *buf, const struct k256_signature *signature)
{
    put(buf, signature, (uint8_t)(parity(signature) + 27));
}

void eip191_put_parity(struct buf *buf, const struct k256_signature *signature)
{
    put(buf, signature, parity(signature));
}

struct status eip191_read(struct bytes text, struct k256_signature *ret_signature)
{
    uint8_t raw[EIP191_BYTES];
    bool prefixed = bytes_starts(text, BYTES_LITERAL("0x"));
    struct bytes digits = prefixed ? bytes_slice(text, 2, SIZE_MAX) : text;
    *ret_signature = (struct k256_signature){{0}, 0};
    if (!status_is_ok(hex_read(digits, sizeof raw, raw))) {
        return FAIL(SIGNATURE_INVALID);
    }
    return eip191_read_bytes(raw, ret_signature);
}

struct status eip191_read_bytes(const uint8_t raw[static EIP191_BYTES],
                                struct k256_signature *ret_signature)
{
    uint8_t v = raw[64] >= 27 ? (uint8_t)(raw[64] - 27) : raw[64];
    *ret_signature = (struct k256_signature){{0}, 0};
    if (v > 1) {
        return FAIL(SIGNATURE_INVALID);
    }
    memcpy(ret_signature->rs, raw, sizeof ret_signature->rs);
    ret_signature->v = v;
    return OK;
}
