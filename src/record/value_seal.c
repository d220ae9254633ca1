#include "record/value_seal.h"

#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "base/reader.h"
#include "crypto/aead.h"
#include "digest/hkdf_sha256.h"
#include "record/vector_clock.h"

enum {
    VERSION = 2,
    SALT = 12,           /* of the nonce's bytes, for the subkey; the others are the IV */
    NUMBERS = 8 + 8 + 1, /* bytes of times and flags */
    PARTS = 8,
    AAD_MAX = PARTS * 4 + DOMAIN_ID + DOMAIN_TENANT_ID + LIMIT_KV_KEY + VECTOR_CLOCK_BYTES +
              NUMBERS + RECORD_TIE,
};

_Static_assert(VALUE_SEAL_OVERHEAD == 5 + VALUE_SEAL_NONCE + AEAD_TAG, "what a blob has besides");
_Static_assert(VALUE_SEAL_V1_OVERHEAD == AEAD_IV + AEAD_TAG, "what a v1 blob has besides");
_Static_assert(VALUE_SEAL_NONCE == SALT + AEAD_IV, "the nonce is cut in two");

static const char label[] = "coffer/value/2";

void value_seal_keys_wipe(struct value_seal_keys *keys)
{
    secret_wipe(keys, sizeof *keys);
}

void value_seal_keys_init(struct value_seal_keys *keys, const uint8_t domain[static DOMAIN_ID],
                          const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    value_seal_keys_wipe(keys);
    memcpy(keys->domain, domain, DOMAIN_ID);
    memcpy(keys->tenant, tenant, DOMAIN_TENANT_ID);
}

void value_seal_keys_add(struct value_seal_keys *keys, uint32_t epoch, const struct secret32 *key)
{
    INVARIANT(keys->count < VALUE_SEAL_EPOCHS);
    keys->sealing = keys->count;
    struct value_seal_epoch *added = &keys->epochs[keys->count++];
    added->epoch = epoch;
    hmac_sha256_key_init(&added->key, BYTES_ARRAY(key->b));
}

void value_seal_keys_seal_with(struct value_seal_keys *keys, uint32_t epoch)
{
    for (size_t i = 0; i < keys->count; i++) {
        keys->sealing = keys->epochs[i].epoch == epoch ? i : keys->sealing;
    }
}

uint32_t value_seal_keys_epoch(const struct value_seal_keys *keys)
{
    return keys->count == 0 ? 0 : keys->epochs[keys->sealing].epoch;
}

bool value_seal_epoch_of(const struct record *record, uint32_t *ret_epoch)
{
    struct reader in = reader_over(record->blob);
    bool is_ours = (record->flags & RECORD_V1) == 0 && reader_u8(&in) == VERSION;
    *ret_epoch = is_ours ? reader_u32(&in) : 0;
    return is_ours && record->blob.len >= VALUE_SEAL_OVERHEAD;
}

void value_seal_keys_v1(struct value_seal_keys *keys, const struct secret32 *key, bool seals)
{
    keys->v1 = *key;
    keys->opens_v1 = true;
    keys->seals_v1 = seals;
}

size_t value_seal_sealed_len(uint8_t flags, size_t plaintext_len)
{
    if ((flags & RECORD_V1) == 0) {
        return VALUE_SEAL_OVERHEAD + plaintext_len;
    }
    return (flags & RECORD_TOMBSTONE) != 0 ? 0 : VALUE_SEAL_V1_OVERHEAD + plaintext_len;
}

size_t value_seal_plaintext_len(const struct record *record)
{
    size_t overhead = value_seal_sealed_len(record->flags, 0);
    bool is_tombstone = (record->flags & RECORD_TOMBSTONE) != 0;
    return is_tombstone || record->blob.len < overhead ? 0 : record->blob.len - overhead;
}

static void put_part(struct buf *out, struct bytes part)
{
    buf_put_u32(out, (uint32_t)part.len);
    buf_put(out, part);
}

static void put_part_u64(struct buf *out, uint64_t value)
{
    buf_put_u32(out, 8);
    buf_put_u64(out, value);
}

/* The associated data of a record. Returns: a view of memory. */
static struct bytes associated(const struct value_seal_keys *keys, const struct record *record,
                               uint8_t memory[static AAD_MAX])
{
    struct buf out = buf_over(memory, AAD_MAX);
    put_part(&out, BYTES_ARRAY(keys->domain));
    put_part(&out, BYTES_ARRAY(keys->tenant));
    put_part(&out, record->key);
    put_part(&out, record->clock);
    put_part_u64(&out, record->updated_at_ms);
    put_part_u64(&out, record->ttl_ms);
    buf_put_u32(&out, 1);
    buf_put_u8(&out, record->flags);
    put_part(&out, BYTES_ARRAY(record->tie));
    INVARIANT(status_is_ok(buf_check(&out)));
    return buf_bytes(&out);
}

/* The key that one nonce has for itself. */
static struct status subkey_of(const struct value_seal_epoch *epoch, const uint8_t *nonce,
                               struct secret32 *ret_key)
{
    uint8_t memory[sizeof label + SALT];
    struct buf info = buf_over(memory, sizeof memory);
    buf_put_text(&info, label);
    buf_put(&info, (struct bytes){nonce, SALT});
    return hkdf_sha256_expand(&epoch->key, buf_bytes(&info), ret_key->b, sizeof ret_key->b);
}

static struct status seal_v2(const struct value_seal_keys *keys, const struct record *record,
                             struct bytes plaintext, const uint8_t *nonce, uint8_t *out)
{
    if (keys->count == 0) {
        return FAIL(VALUE_EPOCH);
    }
    const struct value_seal_epoch *epoch = &keys->epochs[keys->sealing];
    VECTOR_CLOCK_LOCAL uint8_t aad[AAD_MAX];
    SECRET32(subkey);
    TRY(subkey_of(epoch, nonce, &subkey));
    struct buf head = buf_over(out, VALUE_SEAL_OVERHEAD);
    buf_put_u8(&head, VERSION);
    buf_put_u32(&head, epoch->epoch);
    buf_put(&head, (struct bytes){nonce, VALUE_SEAL_NONCE});
    return aead_seal(&subkey, nonce + SALT, associated(keys, record, aad), plaintext,
                     out + head.len);
}

static struct status seal_v1(const struct value_seal_keys *keys, const struct record *record,
                             struct bytes plaintext, const uint8_t *nonce, uint8_t *out)
{
    if (!keys->opens_v1) {
        return FAIL(VALUE_EPOCH);
    }
    if ((record->flags & RECORD_TOMBSTONE) != 0) {
        return OK;
    }
    memcpy(out, nonce, AEAD_IV);
    return aead_seal(&keys->v1, nonce, (struct bytes){NULL, 0}, plaintext, out + AEAD_IV);
}

struct status value_seal_seal(const struct value_seal_keys *keys, const struct record *record,
                              struct bytes plaintext, const uint8_t nonce[static VALUE_SEAL_NONCE],
                              uint8_t *out)
{
    INVARIANT((record->flags & RECORD_TOMBSTONE) == 0 || plaintext.len == 0);
    bool is_v1 = (record->flags & RECORD_V1) != 0;
    struct status status = is_v1 ? seal_v1(keys, record, plaintext, nonce, out)
                                 : seal_v2(keys, record, plaintext, nonce, out);
    if (!status_is_ok(status)) {
        secret_wipe(out, value_seal_sealed_len(record->flags, plaintext.len));
    }
    return status;
}

static struct status open_v2(const struct value_seal_keys *keys, const struct record *record,
                             uint8_t *out)
{
    struct reader reader = reader_over(record->blob);
    uint8_t version = reader_u8(&reader);
    uint32_t epoch = reader_u32(&reader);
    struct bytes nonce = reader_take(&reader, VALUE_SEAL_NONCE);
    if (reader.failed || version != VERSION) {
        return FAIL(VALUE_SEAL);
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->epochs[i].epoch == epoch) {
            VECTOR_CLOCK_LOCAL uint8_t aad[AAD_MAX];
            SECRET32(subkey);
            TRY(subkey_of(&keys->epochs[i], nonce.ptr, &subkey));
            return aead_open(&subkey, nonce.ptr + SALT, associated(keys, record, aad), reader.rest,
                             out);
        }
    }
    return FAIL(VALUE_EPOCH);
}

static struct status open_v1(const struct value_seal_keys *keys, const struct record *record,
                             uint8_t *out)
{
    if (!keys->opens_v1) {
        return FAIL(VALUE_EPOCH);
    }
    if ((record->flags & RECORD_TOMBSTONE) != 0) {
        return OK;
    }
    return aead_open(&keys->v1, record->blob.ptr, (struct bytes){NULL, 0},
                     bytes_slice(record->blob, AEAD_IV, SIZE_MAX), out);
}

struct status value_seal_open(const struct value_seal_keys *keys, const struct record *record,
                              uint8_t *out)
{
    size_t len = value_seal_plaintext_len(record);
    secret_wipe(out, len);
    if (record->blob.len != value_seal_sealed_len(record->flags, len)) {
        return FAIL(VALUE_SEAL);
    }
    bool is_v1 = (record->flags & RECORD_V1) != 0;
    struct status status = is_v1 ? open_v1(keys, record, out) : open_v2(keys, record, out);
    if (status.code == STATUS_AEAD_INVALID) {
        return FAIL(VALUE_SEAL);
    }
    return status;
}
