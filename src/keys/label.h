/* Derivation labels v2: what a key is for, spelled so that two purposes can never share a key.
 *
 * A label is the info of HKDF-Expand: CFR2, purpose u8, alg u8, out_len u16, then fields (tag u8,
 * len u16, value) with ascending tags. Which fields a purpose has is exact, in one table in
 * label.c. Used by the root, tenant seeds and user keys. Source: formats, section 4. */
#ifndef COFFER_KEYS_LABEL_H
#define COFFER_KEYS_LABEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"

/* The purposes and their fields. */
enum label_purpose {
    LABEL_TENANT_SEED = 0x01, /* domain, epoch, tenant */
    LABEL_USER_KEY = 0x02,    /* user, index; 48 bytes for a key of the Stark curve */
    LABEL_APP_KEY = 0x03,     /* domain, epoch, app, path, context, measurement if bound to one */
    LABEL_VALUES = 0x10,      /* domain, epoch, tenant */
    LABEL_SNAPSHOT = 0x12,    /* domain, epoch */
    LABEL_SYNC = 0x13,        /* domain, epoch */
    LABEL_SESSION = 0x20,     /* domain, epoch, incarnation */
    LABEL_PSEUDONYM = 0x30,   /* domain, epoch, tenant */
    LABEL_WRAP = 0x40,        /* domain, epoch */
    LABEL_ROOT_CHECK = 0x41,  /* domain, epoch */
};

/* What the derived bytes are. */
enum label_alg {
    LABEL_BYTES = 0,
    LABEL_STARK = 1,
    LABEL_SECP256K1 = 2,
    LABEL_P256 = 3,
};

enum label_tag {
    LABEL_DOMAIN = 1,       /* 32 bytes */
    LABEL_EPOCH = 2,        /* u32, of the root */
    LABEL_TENANT = 3,       /* 32 bytes */
    LABEL_APP = 4,          /* u256 */
    LABEL_USER = 5,         /* raw */
    LABEL_INDEX = 6,        /* u64 */
    LABEL_PATH = 7,         /* raw */
    LABEL_CONTEXT = 8,      /* raw */
    LABEL_MEASUREMENT = 9,  /* 32 bytes */
    LABEL_INCARNATION = 10, /* 16 bytes */
    LABEL_TAGS,
};

/* The longest label that label_expand takes. */
#define LABEL_MAX (LIMIT_APP_PATH + LIMIT_APP_CONTEXT + 256)

/* A label in the making: start with label_start, then set fields in any order. Borrows values. */
struct label {
    enum label_purpose purpose;
    enum label_alg alg; /* preset by the purpose; of LABEL_APP_KEY the caller sets both */
    uint16_t out_len;
    unsigned present; /* bit n: tag n is set */
    uint32_t epoch;
    uint64_t index;
    struct bytes value[LABEL_TAGS];
};

/* A label without fields. */
struct label label_start(enum label_purpose purpose);

/* Set a field of bytes: any tag but the epoch and the index. An empty value is set, not absent. */
void label_set(struct label *label, enum label_tag tag, struct bytes value);
void label_set_epoch(struct label *label, uint32_t epoch);
void label_set_index(struct label *label, uint64_t index);

/* Write the label. Returns: OK; INTERNAL when a field is missing, not of this purpose or not of
 * its size, or out_len is 0; BUFFER_FULL. On failure: out is unspecified. */
struct status label_encode(const struct label *label, struct buf *out);

/* Derive the label's out_len bytes. In: prk, *secret*; len equal to the label's out_len.
 * Out: out, *secret*. Returns: as label_encode; INTERNAL when len differs; BUFFER_FULL when the
 * label is longer than LABEL_MAX. On failure: out is all zeros. Timing: depends on lengths. */
struct status label_expand(const struct hmac_sha256_key *prk, const struct label *label,
                           uint8_t *out, size_t len);

#endif
