#include "odyn/odyn.h"

#include <string.h>

#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_out.h"

static void put_hex_member(struct json_out *out, const char *name, const char *prefix,
                           struct bytes data)
{
    json_out_name(out, name);
    json_out_raw(out, BYTES_LITERAL("\""));
    buf_put_text(out->buf, prefix);
    hex_put(out->buf, data);
    buf_put_text(out->buf, "\"");
}

/* Without leading zeros, as Ethereum writes quantities. */
static void put_quantity(struct json_out *out, const char *name, uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    unsigned shift = 60;
    while (shift != 0 && value >> shift == 0) {
        shift -= 4;
    }
    json_out_name(out, name);
    json_out_raw(out, BYTES_LITERAL("\"0x"));
    for (; shift != 0; shift -= 4) {
        buf_put_u8(out->buf, (uint8_t)digits[value >> shift & 15]);
    }
    buf_put_u8(out->buf, (uint8_t)digits[value & 15]);
    buf_put_text(out->buf, "\"");
}

static void put_base64_member(struct json_out *out, const char *name, struct bytes data)
{
    json_out_name(out, name);
    json_out_raw(out, BYTES_LITERAL("\""));
    base64_put(out->buf, data);
    buf_put_text(out->buf, "\"");
}

void odyn_sign_body(struct buf *out, struct bytes text)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_member_string(&json, "message", text);
    json_out_member_bool(&json, "include_attestation", false);
    json_out_object_end(&json);
}

void odyn_sign_transaction_body(struct buf *out, const struct odyn_transaction *transaction)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_name(&json, "payload");
    json_out_object(&json);
    json_out_member_text(&json, "kind", "structured");
    put_quantity(&json, "chain_id", transaction->chain_id);
    put_quantity(&json, "nonce", transaction->nonce);
    put_quantity(&json, "max_priority_fee_per_gas", transaction->max_priority_fee_per_gas);
    put_quantity(&json, "max_fee_per_gas", transaction->max_fee_per_gas);
    put_quantity(&json, "gas_limit", transaction->gas_limit);
    put_hex_member(&json, "to", "0x", (struct bytes){transaction->to, ODYN_ADDRESS});
    put_quantity(&json, "value", 0);
    put_hex_member(&json, "data", "0x", transaction->data);
    json_out_object_end(&json);
    json_out_member_bool(&json, "include_attestation", false);
    json_out_object_end(&json);
}

void odyn_encrypt_body(struct buf *out, struct bytes plaintext,
                       const uint8_t peer[static ODYN_SPKI])
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_member_string(&json, "plaintext", plaintext);
    put_hex_member(&json, "client_public_key", "0x", (struct bytes){peer, ODYN_SPKI});
    json_out_object_end(&json);
}

void odyn_decrypt_body(struct buf *out, const uint8_t peer[static ODYN_SPKI],
                       const uint8_t nonce[static ODYN_NONCE_MIN], struct bytes sealed)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    put_hex_member(&json, "nonce", "0x", (struct bytes){nonce, ODYN_NONCE_MIN});
    put_hex_member(&json, "client_public_key", "0x", (struct bytes){peer, ODYN_SPKI});
    put_hex_member(&json, "encrypted_data", "0x", sealed);
    json_out_object_end(&json);
}

void odyn_attestation_body(struct buf *out, struct bytes nonce, struct bytes binding)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    if (nonce.len != 0) {
        put_base64_member(&json, "nonce", nonce);
    }
    json_out_name(&json, "user_data");
    json_out_object(&json);
    put_base64_member(&json, "coffer", binding);
    json_out_object_end(&json);
    json_out_object_end(&json);
}

/* Hex with or without its prefix: Odyn writes both. Returns the digits. */
static struct status find_hex(const struct json_in *root, const char *name, struct json_in *ret_at,
                              struct bytes *ret_digits)
{
    *ret_digits = (struct bytes){NULL, 0};
    TRY(json_in_member(root, name, ret_at));
    TRY(json_in_string(ret_at, ret_digits));
    if (bytes_starts(*ret_digits, BYTES_LITERAL("0x"))) {
        *ret_digits = bytes_slice(*ret_digits, 2, ret_digits->len - 2);
    }
    return OK;
}

static struct status read_fixed(struct json_in_doc *doc, const char *name, size_t len,
                                uint8_t *ret_data)
{
    struct json_in root = json_in_root(doc);
    struct json_in at;
    struct bytes digits;
    memset(ret_data, 0, len);
    TRY(find_hex(&root, name, &at, &digits));
    return json_in_about(&at, hex_read(digits, len, ret_data));
}

static struct status read_open(struct json_in_doc *doc, const char *name, struct buf *out)
{
    struct json_in root = json_in_root(doc);
    struct json_in at;
    struct bytes digits;
    TRY(find_hex(&root, name, &at, &digits));
    if (digits.len == 0 || digits.len % 2 != 0) {
        return JSON_IN_FAIL(&at, INVALID_HEX);
    }
    size_t before = out->len;
    uint8_t *memory = buf_reserve(out, digits.len / 2);
    if (memory == NULL) {
        return FAIL(BUFFER_FULL);
    }
    struct status status = hex_read(digits, digits.len / 2, memory);
    if (!status_is_ok(status)) {
        out->len = before;
    }
    return json_in_about(&at, status);
}

struct status odyn_read_address(struct json_in_doc *doc, uint8_t ret_address[static ODYN_ADDRESS])
{
    return read_fixed(doc, "address", ODYN_ADDRESS, ret_address);
}

struct status odyn_read_signature(struct json_in_doc *doc,
                                  uint8_t ret_signature[static ODYN_SIGNATURE])
{
    return read_fixed(doc, "signature", ODYN_SIGNATURE, ret_signature);
}

struct status odyn_read_transaction(struct json_in_doc *doc, struct buf *out)
{
    return read_open(doc, "raw_transaction", out);
}

struct status odyn_read_random(struct json_in_doc *doc, uint8_t ret_random[static ODYN_RANDOM])
{
    return read_fixed(doc, "random_bytes", ODYN_RANDOM, ret_random);
}

struct status odyn_read_public_key(struct json_in_doc *doc, uint8_t ret_spki[static ODYN_SPKI])
{
    return read_fixed(doc, "public_key_der", ODYN_SPKI, ret_spki);
}

struct status odyn_read_encrypted(struct json_in_doc *doc, uint8_t ret_nonce[static ODYN_NONCE_MIN],
                                  struct buf *out)
{
    uint8_t nonce[ODYN_NONCE_MAX];
    struct buf memory = buf_over(nonce, sizeof nonce);
    memset(ret_nonce, 0, ODYN_NONCE_MIN);
    TRY(read_open(doc, "nonce", &memory));
    if (memory.len < ODYN_NONCE_MIN) {
        return FAIL(INVALID_HEX);
    }
    TRY(read_open(doc, "encrypted_data", out));
    memcpy(ret_nonce, nonce, ODYN_NONCE_MIN);
    return OK;
}

struct status odyn_read_plaintext(struct json_in_doc *doc, struct bytes *ret_text)
{
    struct json_in root = json_in_root(doc);
    struct json_in at;
    *ret_text = (struct bytes){NULL, 0};
    TRY(json_in_member(&root, "plaintext", &at));
    return json_in_string(&at, ret_text);
}
