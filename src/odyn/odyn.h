/* The local API of the Nova platform's supervisor (Odyn): bodies of requests and answers.
 *
 * Odyn holds a wallet and a P-384 key of its own and uses them for the program beside it, over
 * HTTP on loopback. Nothing here does I/O. Answers are outside bytes: the host can write them.
 * Used by the identity of a node that runs under Odyn, and by clients that do.
 * Source: reference of the Nova protocol, section 4.6. */
#ifndef COFFER_ODYN_ODYN_H
#define COFFER_ODYN_ODYN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"

#define ODYN_PATH_ADDRESS     "/v1/eth/address"
#define ODYN_PATH_SIGN        "/v1/eth/sign"
#define ODYN_PATH_SIGN_TX     "/v1/eth/sign-tx"
#define ODYN_PATH_RANDOM      "/v1/random"
#define ODYN_PATH_PUBLIC_KEY  "/v1/encryption/public_key"
#define ODYN_PATH_ENCRYPT     "/v1/encryption/encrypt"
#define ODYN_PATH_DECRYPT     "/v1/encryption/decrypt"
#define ODYN_PATH_ATTESTATION "/v1/attestation"

enum {
    ODYN_ADDRESS = 20,
    ODYN_SIGNATURE = 65, /* r, s, v */
    ODYN_RANDOM = 32,
    ODYN_SPKI = 120, /* of a P-384 key */
    ODYN_NONCE_MIN = 12,
    ODYN_NONCE_MAX = 32,
};

/* A type 2 transaction, as Odyn takes it apart. Quantities are integers; data and to are bytes. */
struct odyn_transaction {
    uint64_t chain_id;
    uint64_t nonce;
    uint64_t max_priority_fee_per_gas;
    uint64_t max_fee_per_gas;
    uint64_t gas_limit;
    uint8_t to[ODYN_ADDRESS];
    struct bytes data;
};

/* Request bodies. A body that does not fit leaves out failed. */

/* In: text, UTF-8, not empty: signed as EIP-191 has it. */
void odyn_sign_body(struct buf *out, struct bytes text);
void odyn_sign_transaction_body(struct buf *out, const struct odyn_transaction *transaction);

/* In: plaintext, UTF-8, *secret* but for its length; peer, the SPKI of the receiver. */
void odyn_encrypt_body(struct buf *out, struct bytes plaintext,
                       const uint8_t peer[static ODYN_SPKI]);

/* In: nonce, ODYN_NONCE_MIN bytes; sealed, ciphertext and tag. */
void odyn_decrypt_body(struct buf *out, const uint8_t peer[static ODYN_SPKI],
                       const uint8_t nonce[static ODYN_NONCE_MIN], struct bytes sealed);

/* In: binding, what the document shall attest; it stands in base64 in the member coffer of
 * user_data. nonce may be empty. */
void odyn_attestation_body(struct buf *out, struct bytes nonce, struct bytes binding);

/* Answers. Each is read from a parsed document; members that are not named are ignored.
 * All return: OK; BAD_TYPE, MISSING_FIELD; INVALID_HEX for text that is no hex of the right
 * length. On failure: outputs are zero. */

/* The wallet. */
struct status odyn_read_address(struct json_in_doc *doc, uint8_t ret_address[static ODYN_ADDRESS]);

/* A signature, v as Odyn sent it. Whether it is right is for the caller to check. */
struct status odyn_read_signature(struct json_in_doc *doc,
                                  uint8_t ret_signature[static ODYN_SIGNATURE]);

/* The raw signed transaction, appended to out. Also returns: BUFFER_FULL. */
struct status odyn_read_transaction(struct json_in_doc *doc, struct buf *out);

/* *secret*: what is made of it must be. */
struct status odyn_read_random(struct json_in_doc *doc, uint8_t ret_random[static ODYN_RANDOM]);

struct status odyn_read_public_key(struct json_in_doc *doc, uint8_t ret_spki[static ODYN_SPKI]);

/* What odyn_encrypt_body asked for. The nonce is cut to what the cipher uses.
 * Out: out, ciphertext and tag appended. Also returns: BUFFER_FULL. */
struct status odyn_read_encrypted(struct json_in_doc *doc, uint8_t ret_nonce[static ODYN_NONCE_MIN],
                                  struct buf *out);

/* The plaintext, *secret*; it lives as long as the document. */
struct status odyn_read_plaintext(struct json_in_doc *doc, struct bytes *ret_text);

#endif
