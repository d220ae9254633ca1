/* Keys that registered apps ask for, in two forms.
 *
 * v1 is what apps of the Nova KMS have: HKDF-SHA-256 of M_0 with a salt for each app and
 * path:context as info, for ever. Different pairs of path and context can mean the same key, and
 * `data_key` is both a path like any other and what an app's stored values of v1 are sealed under:
 * an app can have the key of its own values. v2 is a typed label under the root of an epoch, where
 * neither is so. Which app it is comes from the registry, never from a request, and which apps are
 * served is decided by the caller. Used by the operations of apps and by the store.
 * Source: the reference of the Nova KMS, section 2; formats, section 4. */
#ifndef COFFER_KEYS_APP_KEYS_H
#define COFFER_KEYS_APP_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "keys/label.h"
#include "keys/root.h"

/* What a key is for. Public. */
struct app_keys_request {
    const uint8_t *app; /* 32 bytes: the app id, big-endian */
    struct bytes path;
    struct bytes context; /* may be empty */
    /* of v2 alone: */
    const uint8_t *measurement; /* 32 bytes: the code that the key is bound to; or NULL */
    enum label_alg alg;
};

/* A key of v1. In: master, M_0, *secret*; len, 1 to HKDF_SHA256_MAX. Out: out [len], *secret*.
 * Returns: OK; INVALID_PATH when path and context have more than LIMIT_APP_V1_INFO bytes;
 * NUMBER_RANGE. On failure: out is all zeros. Timing: depends on the lengths and the app only. */
struct status app_keys_v1(const struct secret32 *master, const struct app_keys_request *request,
                          uint8_t *out, size_t len);

/* What an app's values are sealed under in the form v1. In: master, M_0, *secret*; app, its id.
 * Timing: as app_keys_v1. */
void app_keys_v1_data(const struct secret32 *master, const uint8_t app[static 32],
                      struct secret32 *ret_key);

/* What nodes authenticate messages to each other with in the form v1. In: master, M_0, *secret*.
 * Timing: constant. */
void app_keys_v1_sync(const struct secret32 *master, struct secret32 *ret_key);

/* A key of v2: with LABEL_BYTES as many bytes as asked for, otherwise a private key of the curve, 1
 * to n-1, of 32 bytes, big-endian, made of 48 bytes so that it is within 2^-128 of uniform.
 * In: root, *secret*; len, 1 to LIMIT_APP_KEY, or 32 for a curve. Out: out [len], *secret*.
 * Returns: OK; INVALID_PATH when the path has more than LIMIT_APP_PATH bytes or the context more
 * than LIMIT_APP_CONTEXT; NUMBER_RANGE. On failure: out is all zeros.
 * Timing: depends on the lengths only. */
struct status app_keys_v2(const struct root *root, const struct app_keys_request *request,
                          uint8_t *out, size_t len);

#endif
