#include "keys/app_keys.h"

#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "digest/hkdf_sha256.h"
#include "keys/order_internal.h"

/* The prepared pseudorandom key of an app: its id in decimal is in the salt. */
static void extract(const struct secret32 *master, const uint8_t app[static 32],
                    struct hmac_sha256_key *ret)
{
    uint8_t memory[96];
    struct buf salt = buf_over(memory, sizeof memory);
    buf_put_text(&salt, "nova-kms:app:");
    buf_put_decimal_u256(&salt, app);
    INVARIANT(status_is_ok(buf_check(&salt)));
    SECRET32(prk);
    hkdf_sha256_extract(buf_bytes(&salt), BYTES_ARRAY(master->b), &prk);
    hmac_sha256_key_init(ret, BYTES_ARRAY(prk.b));
}

struct status app_keys_v1(const struct secret32 *master, const struct app_keys_request *request,
                          uint8_t *out, size_t len)
{
    secret_wipe(out, len);
    struct bytes path = request->path;
    struct bytes context = request->context;
    if (path.len > LIMIT_APP_V1_INFO || context.len > LIMIT_APP_V1_INFO - path.len) {
        return FAIL(INVALID_PATH);
    }
    if (len == 0) {
        return FAIL(NUMBER_RANGE);
    }
    SECRET(hmac_sha256_key, prk);
    extract(master, request->app, &prk);
    struct bytes info[] = {path, BYTES_LITERAL(":"), context};
    return hkdf_sha256_expand_parts(&prk, info, context.len == 0 ? 1 : 3, out, len);
}

static void named_v1(const struct secret32 *master, const uint8_t app[static 32], const char *path,
                     struct secret32 *ret_key)
{
    struct app_keys_request request = {.app = app, .path = bytes_of(path)};
    struct status status = app_keys_v1(master, &request, ret_key->b, sizeof ret_key->b);
    INVARIANT(status_is_ok(status));
}

void app_keys_v1_data(const struct secret32 *master, const uint8_t app[static 32],
                      struct secret32 *ret_key)
{
    named_v1(master, app, "data_key", ret_key);
}

void app_keys_v1_sync(const struct secret32 *master, struct secret32 *ret_key)
{
    static const uint8_t no_app[32] = {0};
    named_v1(master, no_app, "sync_hmac_key", ret_key);
}

static struct label label_of(const struct root *root, const struct app_keys_request *request)
{
    struct label label = label_start(LABEL_APP_KEY);
    label.alg = request->alg;
    label_set(&label, LABEL_DOMAIN, BYTES_ARRAY(root->domain));
    label_set_epoch(&label, root->epoch);
    label_set(&label, LABEL_APP, (struct bytes){request->app, 32});
    label_set(&label, LABEL_PATH, request->path);
    label_set(&label, LABEL_CONTEXT, request->context);
    if (request->measurement != NULL) {
        label_set(&label, LABEL_MEASUREMENT, (struct bytes){request->measurement, 32});
    }
    return label;
}

static enum order_curve curve_of(enum label_alg alg)
{
    INVARIANT(alg == LABEL_STARK || alg == LABEL_SECP256K1 || alg == LABEL_P256);
    return alg == LABEL_STARK ? ORDER_STARK : alg == LABEL_P256 ? ORDER_P256 : ORDER_SECP256K1;
}

static struct status scalar(const struct root *root, struct label *label, enum order_curve curve,
                            uint8_t out[static 32])
{
    uint8_t wide[ORDER_WIDE];
    SECRET32(key);
    label->out_len = sizeof wide;
    struct status status = label_expand(&root->prk, label, wide, sizeof wide);
    if (status_is_ok(status)) {
        order_map_of(curve, wide, &key);
        memcpy(out, key.b, sizeof key.b);
    }
    secret_wipe(wide, sizeof wide);
    return status;
}

struct status app_keys_v2(const struct root *root, const struct app_keys_request *request,
                          uint8_t *out, size_t len)
{
    secret_wipe(out, len);
    if (request->path.len > LIMIT_APP_PATH || request->context.len > LIMIT_APP_CONTEXT) {
        return FAIL(INVALID_PATH);
    }
    struct label label = label_of(root, request);
    if (request->alg != LABEL_BYTES) {
        enum order_curve curve = curve_of(request->alg);
        return len == 32 ? scalar(root, &label, curve, out) : FAIL(NUMBER_RANGE);
    }
    if (len == 0 || len > LIMIT_APP_KEY) {
        return FAIL(NUMBER_RANGE);
    }
    label.out_len = (uint16_t)len;
    return label_expand(&root->prk, &label, out, len);
}
