/* A record under another key, in its place. */
#include <string.h>

#include "base/invariant.h"
#include "store/kv_internal.h"

/* Both texts of one record, of kv's memory, which wipes what it gets back. */
static struct status seal_again(struct kv *kv, const struct kv_at *at, struct kv_record *record,
                                const uint8_t nonce[static VALUE_SEAL_NONCE])
{
    const struct record view = kv_record_view(record);
    struct bytes plaintext = {NULL, value_seal_plaintext_len(&view)};
    void *memory;
    TRY(mem_alloc(kv->mem, view.blob.len + plaintext.len + 1, &memory));
    uint8_t *sealed = memory;
    plaintext.ptr = sealed + view.blob.len;
    struct status status = value_seal_open(at->keys, &view, sealed + view.blob.len);
    if (status_is_ok(status)) {
        status = value_seal_seal(at->keys, &view, plaintext, nonce, sealed);
    }
    if (status_is_ok(status)) {
        memcpy(kv_record_blob(record), sealed, view.blob.len);
    }
    mem_free(kv->mem, &memory);
    return status;
}

struct status kv_reseal(struct kv *kv, const struct kv_at *at, struct bytes key,
                        const uint8_t nonce[static VALUE_SEAL_NONCE], bool *ret_changed)
{
    const struct kv_space *space = kv_space_find(kv, at->keys->tenant);
    struct kv_record *record = space == NULL ? NULL : kv_space_record(space, key);
    uint32_t epoch;
    *ret_changed = false;
    if (record == NULL || record->state == KV_SPENT) {
        return OK;
    }
    const struct record view = kv_record_view(record);
    if (!value_seal_epoch_of(&view, &epoch) || epoch >= value_seal_keys_epoch(at->keys)) {
        return OK;
    }
    TRY(seal_again(kv, at, record, nonce));
    *ret_changed = true;
    return OK;
}
