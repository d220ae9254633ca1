#include "snapshot/snapshot_object.h"

#include "base/buf.h"
#include "base/invariant.h"
#include "base/reader.h"
#include "codec/hex.h"
#include "crypto/aead.h"
#include "digest/hkdf_sha256.h"

enum {
    VERSION = 1,
    SALT = 12, /* of the nonce's bytes, for the subkey; the others are the IV */
    AAD_MAX = 32 + DOMAIN_ID + 4 + 1 + 1 + 2 + 2,
};

_Static_assert(SNAPSHOT_NONCE == SALT + AEAD_IV, "the nonce is cut in two");
_Static_assert(SNAPSHOT_OVERHEAD == SNAPSHOT_HEAD + AEAD_TAG, "what an object has besides");

static const char label[] = "coffer/snapshot/1";

/* The key that one nonce has for itself. */
static struct status subkey_of(const struct root *root, const uint8_t *nonce,
                               struct secret32 *ret_key)
{
    SECRET32(key);
    SECRET(hmac_sha256_key, prk);
    const struct bytes info[] = {bytes_of(label), {nonce, SALT}};
    root_snapshot_key(root, &key);
    hmac_sha256_key_init(&prk, BYTES_ARRAY(key.b));
    return hkdf_sha256_expand_parts(&prk, info, 2, ret_key->b, sizeof ret_key->b);
}

static struct bytes associated(const struct root *root, const struct snapshot_place *place,
                               uint8_t memory[static AAD_MAX])
{
    struct buf out = buf_over(memory, AAD_MAX);
    buf_put_text(&out, label);
    buf_put(&out, BYTES_ARRAY(root->domain));
    buf_put_u32(&out, root->epoch);
    buf_put_u8(&out, (uint8_t)(place->kind + (place->is_strict ? SNAPSHOT_RECORDS : 0)));
    buf_put_u8(&out, place->level);
    buf_put_u16(&out, place->index);
    buf_put_u16(&out, place->part);
    INVARIANT(status_is_ok(buf_check(&out)));
    return buf_bytes(&out);
}

struct status snapshot_object_seal(const struct root *root,
                                   const uint8_t nonce[static SNAPSHOT_NONCE],
                                   struct bytes plaintext, uint8_t *out,
                                   struct snapshot_object *object)
{
    SECRET32(subkey);
    uint8_t aad[AAD_MAX];
    struct buf head = buf_over(out, SNAPSHOT_HEAD);
    buf_put_u8(&head, VERSION);
    buf_put_u32(&head, root->epoch);
    buf_put(&head, (struct bytes){nonce, SNAPSHOT_NONCE});
    TRY(subkey_of(root, nonce, &subkey));
    TRY(aead_seal(&subkey, nonce + SALT, associated(root, &object->place, aad), plaintext,
                  out + SNAPSHOT_HEAD));
    sha256_hash((struct bytes){out, plaintext.len + SNAPSHOT_OVERHEAD}, object->digest);
    return OK;
}

struct status snapshot_object_open(const struct root_keyring *roots,
                                   const struct snapshot_object *object, struct bytes sealed,
                                   uint8_t *out)
{
    SECRET32(subkey);
    uint8_t aad[AAD_MAX];
    uint8_t digest[SNAPSHOT_DIGEST];
    sha256_hash(sealed, digest);
    if (!bytes_equal(BYTES_ARRAY(digest), BYTES_ARRAY(object->digest))) {
        return FAIL(SNAPSHOT_INVALID);
    }
    struct reader reader = reader_over(sealed);
    uint8_t version = reader_u8(&reader);
    uint32_t epoch = reader_u32(&reader);
    const uint8_t *nonce = reader_take(&reader, SNAPSHOT_NONCE).ptr;
    if (reader.failed || version != VERSION || reader.rest.len < AEAD_TAG) {
        return FAIL(SNAPSHOT_INVALID);
    }
    const struct root *root = root_keyring_root(roots, epoch);
    if (root == NULL) {
        return FAIL(VALUE_EPOCH);
    }
    TRY(subkey_of(root, nonce, &subkey));
    struct bytes bound = associated(root, &object->place, aad);
    struct status status = aead_open(&subkey, nonce + SALT, bound, reader.rest, out);
    return status.code == STATUS_AEAD_INVALID ? FAIL(SNAPSHOT_INVALID) : status;
}

struct blob_name snapshot_object_name(const uint8_t digest[static SNAPSHOT_DIGEST])
{
    struct blob_name name = {{0}};
    struct buf out = buf_over((uint8_t *)name.text, BLOB_NAME_MAX);
    buf_put_text(&out, "p");
    hex_put(&out, (struct bytes){digest, SNAPSHOT_DIGEST});
    return name;
}
