/* Values at rest: sealed to the place, the time and the clock of their record.
 *
 * v2: 0x02, epoch u32, nonce 24, ciphertext, tag 16. Subkey = HKDF-Expand(value key of the epoch,
 * "coffer/value/2", nonce[0..12], 32), IV = nonce[12..24], associated data = domain, tenant, key,
 * the record's clock, updated_at, ttl (u64), flags (u8) and tie, each after its length as u32. A
 * tombstone is the seal of nothing. v1: IV 12, ciphertext, tag 16, no associated data; a tombstone
 * has no blob. Which of the two a blob is, the flags of its record say, never the blob.
 * Used by kv.h. Source: formats, section 7; for v1 the reference's section 5.2. */
#ifndef COFFER_RECORD_VALUE_SEAL_H
#define COFFER_RECORD_VALUE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"
#include "keys/domain.h"
#include "record/record.h"

enum {
    VALUE_SEAL_NONCE = 24,
    VALUE_SEAL_OVERHEAD = 1 + 4 + VALUE_SEAL_NONCE + 16,
    VALUE_SEAL_V1_OVERHEAD = 12 + 16,
    VALUE_SEAL_EPOCHS = 8, /* of the root that one node can open at a time */
};

/* A value key, prepared. *secret*. */
struct value_seal_epoch {
    struct hmac_sha256_key key;
    uint32_t epoch;
};

/* The keys of one namespace: of the epochs that are here, of which one seals; and the v1 data key
 * while v1 is served. *secret*. */
struct value_seal_keys {
    uint8_t domain[DOMAIN_ID];
    uint8_t tenant[DOMAIN_TENANT_ID];
    struct value_seal_epoch epochs[VALUE_SEAL_EPOCHS];
    size_t count;
    size_t sealing; /* the place of the key that seals: the last one added, or the one chosen */
    struct secret32 v1;
    bool opens_v1;
    bool seals_v1; /* new values are sealed as v1, which all nodes of a mixed cluster can read */
};

void value_seal_keys_wipe(struct value_seal_keys *keys);

/* Keys of a namespace, so far none. */
void value_seal_keys_init(struct value_seal_keys *keys, const uint8_t domain[static DOMAIN_ID],
                          const uint8_t tenant[static DOMAIN_TENANT_ID]);

/* Add the key of an epoch, at most VALUE_SEAL_EPOCHS; this one seals from now on. In: key,
 * *secret*. Timing: constant. */
void value_seal_keys_add(struct value_seal_keys *keys, uint32_t epoch, const struct secret32 *key);

/* Have the key of this epoch seal, if it was added. Timing: depends on the epochs. */
void value_seal_keys_seal_with(struct value_seal_keys *keys, uint32_t epoch);

/* The epoch whose key seals; 0 also where there is no key. */
uint32_t value_seal_keys_epoch(const struct value_seal_keys *keys);

/* The epoch of the root that the blob of a record is sealed under. Returns: false for a blob of
 * version 1, and for none. */
bool value_seal_epoch_of(const struct record *record, uint32_t *ret_epoch);

/* Open v1 blobs too, and seal new values so if seals. In: key, *secret*. Timing: constant. */
void value_seal_keys_v1(struct value_seal_keys *keys, const struct secret32 *key, bool seals);

/* Bytes of the blob of so many bytes under these flags, and the reverse; that is 0 for a blob too
 * short to be one. */
size_t value_seal_sealed_len(uint8_t flags, size_t plaintext_len);
size_t value_seal_plaintext_len(const struct record *record);

/* Seal a value for a record, of which everything but the blob counts. In: keys, *secret*;
 * plaintext, *secret*, up to LIMIT_KV_VALUE, empty for a tombstone; nonce, fresh random bytes (v1
 * takes the first 12). Out: out, value_seal_sealed_len bytes.
 * Returns: OK; VALUE_EPOCH when there is no key; INTERNAL when the cipher fails.
 * On failure: out is all zeros. Timing: depends on lengths. */
struct status value_seal_seal(const struct value_seal_keys *keys, const struct record *record,
                              struct bytes plaintext, const uint8_t nonce[static VALUE_SEAL_NONCE],
                              uint8_t *out);

/* Open the blob of a record from outside. In: keys, *secret*; record, its key and clocks checked by
 * record_check. Out: out, value_seal_plaintext_len bytes, *secret*. Returns: OK; VALUE_EPOCH when
 * its key is not here; VALUE_SEAL when anything about the record was changed or its blob cannot be.
 * Nothing proves a v1 tombstone, which opens while v1 is served.
 * On failure: out is all zeros. Timing: depends on lengths and on the answer. */
struct status value_seal_open(const struct value_seal_keys *keys, const struct record *record,
                              uint8_t *out);

#endif
