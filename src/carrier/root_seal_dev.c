#include "carrier/root_seal_dev.h"

#include "base/secret.h"
#include "crypto/aead.h"

enum { SEALED = AEAD_IV + sizeof(struct secret32) + AEAD_TAG };

/* In guarded memory. */
struct root_seal_dev {
    struct entropy entropy;
    struct secret32 key;
};

struct status root_seal_dev_open(const struct seed_dev_folder *folder, struct root_seal_dev **ret)
{
    void *memory;
    bool is_made = false;
    *ret = NULL;
    TRY(secret_alloc(sizeof(struct root_seal_dev), &memory));
    struct root_seal_dev *seal = memory;
    seal->entropy = *folder->entropy;
    struct status status = seed_dev_open(folder, ROOT_SEAL_DEV_NAME, &seal->key, &is_made);
    if (!status_is_ok(status)) {
        root_seal_dev_close(&seal);
        return status;
    }
    *ret = seal;
    return OK;
}

void root_seal_dev_close(struct root_seal_dev **seal)
{
    void *memory = *seal;
    secret_free(&memory, sizeof(struct root_seal_dev));
    *seal = NULL;
}

static struct status seal_key(void *context, struct bytes about, const struct secret32 *key,
                              struct buf *sealed)
{
    const struct root_seal_dev *seal = context;
    uint8_t *out = buf_reserve(sealed, SEALED);
    TRY(buf_check(sealed));
    TRY(entropy_fill(&seal->entropy, out, AEAD_IV));
    return aead_seal(&seal->key, out, about, BYTES_ARRAY(key->b), out + AEAD_IV);
}

static struct status open_key(void *context, struct bytes about, struct bytes sealed,
                              struct secret32 *ret_key)
{
    const struct root_seal_dev *seal = context;
    *ret_key = (struct secret32){{0}};
    if (sealed.len != SEALED) {
        return FAIL(AEAD_INVALID);
    }
    return aead_open(&seal->key, sealed.ptr, about, bytes_slice(sealed, AEAD_IV, SIZE_MAX),
                     ret_key->b);
}

struct root_seal root_seal_dev_port(struct root_seal_dev *seal)
{
    return (struct root_seal){seal, seal_key, open_key};
}
