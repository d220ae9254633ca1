#include "digest/keyed_sum.h"

#include <string.h>

#include "base/ct.h"
#include "base/secret.h"

void keyed_sum_key_wipe(struct keyed_sum_key *key)
{
    secret_wipe(key, sizeof *key);
}

struct status keyed_sum_key_make(const struct entropy *entropy, struct keyed_sum_key *ret)
{
    SECRET32(random);
    *ret = (struct keyed_sum_key){0};
    TRY(entropy_fill(entropy, random.b, sizeof random.b));
    hmac_sha256_key_init(&ret->hmac, BYTES_ARRAY(random.b));
    return OK;
}

struct keyed_sum keyed_sum_of(const struct keyed_sum_key *key, const struct bytes *parts,
                              size_t count)
{
    SECRET(hmac_sha256, hmac);
    SECRET32(code);
    hmac_sha256_init(&hmac, &key->hmac);
    for (size_t i = 0; i < count; i++) {
        hmac_sha256_update(&hmac, parts[i]);
    }
    hmac_sha256_final(&hmac, code.b);
    struct keyed_sum sum;
    memcpy(sum.b, code.b, sizeof sum.b);
    return sum;
}

struct status keyed_sum_check(const struct keyed_sum_key *key, const struct bytes *parts,
                              size_t count, const struct keyed_sum *sum)
{
    struct keyed_sum now = keyed_sum_of(key, parts, count);
    bool same = ct_declassify(ct_equal(&now, sum, sizeof now)) == 1;
    return same ? OK : FAIL(SELF_CHECK);
}
