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
    uint8_t block[SHA256_BLOCK] = {0};
    *ret = (struct keyed_sum_key){0};
    TRY(entropy_fill(entropy, random.b, sizeof random.b));
    memcpy(block, random.b, sizeof random.b);
    ret->state = sha256_start();
    sha256_compress(&ret->state, block, 1);
    secret_wipe(block, sizeof block);
    return OK;
}

struct keyed_sum keyed_sum_of(const struct keyed_sum_key *key, const struct bytes *parts,
                              size_t count)
{
    struct sha256 sha;
    SECRET32(digest);
    sha256_resume(&sha, &key->state, SHA256_BLOCK);
    for (size_t i = 0; i < count; i++) {
        sha256_update(&sha, parts[i]);
    }
    sha256_final(&sha, digest.b);
    struct keyed_sum sum;
    memcpy(sum.b, digest.b, sizeof sum.b);
    return sum;
}

struct status keyed_sum_check(const struct keyed_sum_key *key, const struct bytes *parts,
                              size_t count, const struct keyed_sum *sum)
{
    struct keyed_sum now = keyed_sum_of(key, parts, count);
    bool same = ct_declassify(ct_equal(&now, sum, sizeof now)) == 1;
    return same ? OK : FAIL(SELF_CHECK);
}
