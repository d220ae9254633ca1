#include "cluster/v1/v1_code.h"

#include "base/ct.h"
#include "codec/hex.h"
#include "codec/json_canonical.h"
#include "codec/json_in.h"
#include "digest/hmac_sha256.h"
#include "keys/app_keys.h"

static struct status canonical_of(struct bytes body, struct arena *arena, struct buf *canonical)
{
    struct json_in_doc doc;
    TRY(json_in_parse(arena, body, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(json_canonical_put(&root, arena, canonical));
    return buf_check(canonical);
}

static void mac_of(const struct secret32 *master, struct bytes canonical,
                   uint8_t ret_mac[static SHA256_BYTES])
{
    SECRET32(secret);
    SECRET(hmac_sha256_key, key);
    app_keys_v1_sync(master, &secret);
    hmac_sha256_key_init(&key, BYTES_ARRAY(secret.b));
    hmac_sha256_mac(&key, canonical, ret_mac);
}

struct status v1_code_put(const struct secret32 *master, struct bytes body, struct arena *arena,
                          struct buf *canonical, struct buf *code)
{
    uint8_t mac[SHA256_BYTES];
    size_t from = canonical->len;
    TRY(canonical_of(body, arena, canonical));
    mac_of(master, bytes_slice(buf_bytes(canonical), from, SIZE_MAX), mac);
    ct_public(mac, sizeof mac);
    hex_put(code, BYTES_ARRAY(mac));
    return buf_check(code);
}

struct status v1_code_check(const struct secret32 *master, struct bytes body, struct bytes code,
                            struct arena *arena)
{
    uint8_t expected[SHA256_BYTES];
    uint8_t given[SHA256_BYTES];
    if (!status_is_ok(hex_read(code, sizeof given, given))) {
        return FAIL(SYNC_CODE);
    }
    size_t mark = arena->used;
    size_t room = body.len + V1_CODE_GROWS;
    uint8_t *memory = arena_alloc(arena, room);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf canonical = buf_over(memory, room);
    struct status status = canonical_of(body, arena, &canonical);
    if (status_is_ok(status)) {
        mac_of(master, buf_bytes(&canonical), expected);
        status = ct_declassify(ct_equal(expected, given, sizeof given)) ? OK : FAIL(SYNC_CODE);
    } else if (status.code == STATUS_BUFFER_FULL) {
        status = FAIL(SYNC_CODE);
    }
    arena_rewind(arena, mark);
    return status;
}
