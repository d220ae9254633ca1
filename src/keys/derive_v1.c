#include "keys/derive_v1.h"

#include <string.h>

#include "base/buf.h"
#include "base/ct.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "digest/hkdf_sha256.h"
#include "keys/order_internal.h"
#include "keys/username.h"

enum {
    INDEX_DIGITS = 78, /* those of 2^256 */
    PREFIX = 32,       /* length of attempt_prefix */
    TEXT_MAX = 40 + LIMIT_USERNAME + 1 + INDEX_DIGITS,
};

static const char attempt_prefix[PREFIX + 1] = "starknet_private_key_v1_attempt_";

_Static_assert(LIMIT_V1_ATTEMPTS <= 1000, "an attempt has at most three digits");

void derive_v1_wipe(struct derive_v1 *derived)
{
    secret_wipe(derived, sizeof *derived);
}

static bool is_decimal(struct bytes text)
{
    if (text.len == 0 || text.len > INDEX_DIGITS || (text.len > 1 && text.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

/* prefix user "_" index: injective, because an index holds no underscore. */
static void put_pair(struct buf *buf, const char *prefix, struct bytes user, struct bytes index)
{
    buf_put_text(buf, prefix);
    buf_put(buf, user);
    buf_put_u8(buf, '_');
    buf_put(buf, index);
    INVARIANT(!buf->failed);
}

/* The salt depends on the pair and not on the attempt, so extraction happens once. */
static void extract(const struct secret32 *seed, struct bytes user, struct bytes index,
                    struct hmac_sha256_key *ret_prk)
{
    uint8_t memory[TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    put_pair(&text, "starknet_user_", user, index);
    uint8_t salt[SHA256_BYTES];
    sha256_hash(buf_bytes(&text), salt);
    SECRET32(prk);
    hkdf_sha256_extract(BYTES_ARRAY(salt), BYTES_ARRAY(seed->b), &prk);
    hmac_sha256_key_init(ret_prk, BYTES_ARRAY(prk.b));
}

/* Write the digits of attempt, the counter of HKDF-Expand, the end mark and the length into a
 * padded block. Attempts only grow, so what stood there before is covered. */
static void set_attempt(uint8_t block[static SHA256_BLOCK], unsigned attempt)
{
    uint8_t *at = block + PREFIX;
    if (attempt >= 100) {
        *at++ = (uint8_t)('0' + attempt / 100);
    }
    if (attempt >= 10) {
        *at++ = (uint8_t)('0' + attempt / 10 % 10);
    }
    *at++ = (uint8_t)('0' + attempt % 10);
    *at++ = 0x01;
    *at = 0x80;
    unsigned bits = 8 * (SHA256_BLOCK + (unsigned)(at - block));
    block[SHA256_BLOCK - 2] = (uint8_t)(bits >> 8);
    block[SHA256_BLOCK - 1] = (uint8_t)bits;
}

/* Draw candidates in pairs until one is accepted. Whether it is leaves constant time: the count of
 * attempts is a property of the draw and independent of the accepted value.
 * Returns: true with *ret set. */
static bool draw(const struct hmac_sha256_key *prk, unsigned attempts_max, struct derive_v1 *ret)
{
    uint8_t blocks[2 * SHA256_BLOCK];
    hmac_sha256_pad((struct bytes){(const uint8_t *)attempt_prefix, PREFIX}, blocks);
    hmac_sha256_pad((struct bytes){(const uint8_t *)attempt_prefix, PREFIX}, blocks + SHA256_BLOCK);
    struct sha256_state codes[2];
    bool found = false;
    for (unsigned attempt = 0; attempt < attempts_max && !found; attempt += 2) {
        set_attempt(blocks, attempt);
        set_attempt(blocks + SHA256_BLOCK, attempt + 1);
        hmac_sha256_pair(prk, blocks, codes);
        uint64_t first = ct_declassify(order_accepts(&codes[0]));
        uint64_t second = ct_declassify(order_accepts(&codes[1]));
        second &= (uint64_t)(attempt + 1 < attempts_max);
        if ((first | second) != 0) {
            found = true;
            ret->attempt = attempt + (unsigned)(first ^ 1);
            sha256_state_bytes(&codes[first ^ 1], ret->key.b);
        }
    }
    secret_wipe(codes, sizeof codes);
    return found;
}

static void fall_back(const struct hmac_sha256_key *prk, struct bytes user, struct bytes index,
                      struct secret32 *ret_key)
{
    uint8_t memory[TEXT_MAX];
    struct buf info = buf_over(memory, sizeof memory);
    put_pair(&info, "starknet_private_key_v1_fallback_", user, index);
    uint8_t wide[ORDER_WIDE] = {0};
    struct status expanded = hkdf_sha256_expand(prk, buf_bytes(&info), wide + ORDER_WIDE - 32, 32);
    INVARIANT(status_is_ok(expanded));
    order_map(wide, ret_key);
    secret_wipe(wide, sizeof wide);
}

struct status derive_v1_limited(const struct secret32 *seed, struct bytes user, struct bytes index,
                                unsigned attempts_max, struct derive_v1 *ret)
{
    *ret = (struct derive_v1){0};
    INVARIANT(attempts_max <= LIMIT_V1_ATTEMPTS);
    TRY(username_check(user));
    if (!is_decimal(index)) {
        return FAIL(INVALID_KEY_INDEX);
    }
    SECRET(hmac_sha256_key, prk);
    extract(seed, user, index, &prk);
    if (!draw(&prk, attempts_max, ret)) {
        fall_back(&prk, user, index, &ret->key);
        ret->attempt = attempts_max;
    }
    return OK;
}

struct status derive_v1_key(const struct secret32 *seed, struct bytes user, uint64_t index,
                            struct derive_v1 *ret)
{
    uint8_t memory[20];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_decimal(&text, index);
    return derive_v1_limited(seed, user, buf_bytes(&text), LIMIT_V1_ATTEMPTS, ret);
}
