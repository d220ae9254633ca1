#include "keys/derive_v2.h"

#include "digest/hkdf_sha256.h"
#include "keys/label.h"
#include "keys/order_internal.h"
#include "keys/username.h"

void derive_v2_wipe(struct derive_v2 *tenant)
{
    secret_wipe(tenant, sizeof *tenant);
}

void derive_v2_init(struct derive_v2 *tenant, const struct secret32 *seed)
{
    SECRET32(prk);
    hkdf_sha256_extract(BYTES_LITERAL("coffer/v2/tenant"), BYTES_ARRAY(seed->b), &prk);
    hmac_sha256_key_init(&tenant->prk, BYTES_ARRAY(prk.b));
}

struct status derive_v2_key(const struct derive_v2 *tenant, struct bytes user, uint64_t index,
                            struct secret32 *ret_key)
{
    *ret_key = (struct secret32){0};
    TRY(username_check(user));
    struct label label = label_start(LABEL_USER_KEY);
    label_set(&label, LABEL_USER, user);
    label_set_index(&label, index);
    uint8_t wide[ORDER_WIDE];
    struct status status = label_expand(&tenant->prk, &label, wide, sizeof wide);
    if (status_is_ok(status)) {
        order_map(wide, ret_key);
    }
    secret_wipe(wide, sizeof wide);
    return status;
}
