/* Hand-off, version 1: the root of epoch 0, sealed to a key that the asker made for it.
 *
 *   request  {"type": "master_secret_request", "sender_wallet": wallet, "ecdh_pubkey": hex}
 *   answer   {"status": "ok", "sealed": {"ephemeral_pubkey": hex, "encrypted_data": hex,
 *            "nonce": hex}}; also with "ciphertext", and below "data"
 *
 * Points are DER or SEC1, hex with or without 0x. Sealed is AES-256-GCM without associated data
 * under HKDF(ECDH, salt nova-kms:sealed-master-secret, info aes-gcm-key) over M_0 alone; longer
 * ones are cut to 32 bytes. Nothing in it is bound to anybody: that is left to the envelope around
 * it, whose key is the registered one of the wallet that the proof recovered. What was received is
 * nobody's root before its hash was compared with the chain's.
 * Used by v1_sync.h and by the start of a node. Any thread.
 * Source: the reference of the Nova KMS, sections 6.1 and 6.4. */
#ifndef COFFER_CLUSTER_V1_V1_SECRET_H
#define COFFER_CLUSTER_V1_V1_SECRET_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"

enum {
    V1_SECRET_REQUEST_MAX = 512,
    V1_SECRET_ANSWER_MAX = 1024,
    V1_SECRET_HASH = 32,
};

/* Ask. Out: message, with room for V1_SECRET_REQUEST_MAX; *ret_key, *secret*, until the answer
 * comes. Returns: OK; ENTROPY; NO_MEMORY; INTERNAL. On failure: message is as it was, *ret_key
 * zero. */
struct status v1_secret_ask(const struct entropy *entropy, const struct eth_address *sender,
                            struct buf *message, struct p384_key *ret_key);

/* Answer a request. In: ecdh_pubkey, hex as it came; master, M_0, *secret*. Out: answer, with room
 * for V1_SECRET_ANSWER_MAX. Returns: OK; POINT_INVALID, also without a point; ENTROPY; NO_MEMORY;
 * INTERNAL. On failure: answer is as it was. Timing: as p384_key_generate. */
struct status v1_secret_answer(const struct entropy *entropy, struct bytes ecdh_pubkey,
                               const struct secret32 *master, struct buf *answer);

/* Open an answer. In: key, *secret*, of the request; hash, keccak256 of M_0 as the chain has it.
 * Out: *ret_master, *secret*. Returns: OK; HANDOFF_INVALID; POINT_INVALID; AEAD_INVALID;
 * ROOT_MISMATCH when it is another root; NO_MEMORY; INTERNAL. On failure: *ret_master is zero.
 * Timing: depends on the message and on the outcome. */
struct status v1_secret_open(const struct p384_key *key, struct bytes answer,
                             const uint8_t hash[static V1_SECRET_HASH], struct arena *arena,
                             struct secret32 *ret_master);

#endif
