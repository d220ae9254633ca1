#include "sessions/challenge.h"

#include <string.h>

#include "base/buf.h"
#include "base/ct.h"
#include "base/reader.h"
#include "base/secret.h"

enum {
    VERSION = 1,
    RANDOM = 8,
    HEAD = 1 + 1 + 6 + RANDOM,
    CODE = AUTH_TEXT_CHALLENGE - HEAD,
    AHEAD_MS = 5000, /* of another node's clock */
};

static void make_code(const struct hmac_sha256_key *key, const struct challenge_about *about,
                      const uint8_t *head, uint8_t ret[static CODE])
{
    uint8_t code[SHA256_BYTES];
    const uint8_t length[] = {(uint8_t)(about->user.len >> 8), (uint8_t)about->user.len};
    struct hmac_sha256 hmac;
    hmac_sha256_init(&hmac, key);
    hmac_sha256_update(&hmac, BYTES_LITERAL("coffer/challenge/1"));
    hmac_sha256_update(&hmac, (struct bytes){about->place.domain, AUTH_TEXT_HASH});
    hmac_sha256_update(&hmac, (struct bytes){about->place.tenant, AUTH_TEXT_HASH});
    hmac_sha256_update(&hmac, BYTES_ARRAY(length));
    hmac_sha256_update(&hmac, about->user);
    hmac_sha256_update(&hmac, (struct bytes){&about->cnf_type, 1});
    hmac_sha256_update(&hmac, (struct bytes){about->cnf, AUTH_TEXT_HASH});
    hmac_sha256_update(&hmac, (struct bytes){head, HEAD});
    hmac_sha256_final(&hmac, code);
    memcpy(ret, code, CODE);
    secret_wipe(code, sizeof code);
}

struct status challenge_make(const struct hmac_sha256_key *key, const struct challenge_about *about,
                             const struct entropy *entropy, uint64_t now_ms,
                             uint8_t ret[static AUTH_TEXT_CHALLENGE])
{
    uint8_t random[RANDOM];
    struct buf out = buf_over(ret, AUTH_TEXT_CHALLENGE);
    memset(ret, 0, AUTH_TEXT_CHALLENGE);
    TRY(entropy_fill(entropy, random, sizeof random));
    buf_put_u8(&out, VERSION);
    buf_put_u8(&out, (uint8_t)about->purpose);
    buf_put_u16(&out, (uint16_t)(now_ms >> 32));
    buf_put_u32(&out, (uint32_t)now_ms);
    buf_put(&out, BYTES_ARRAY(random));
    make_code(key, about, ret, ret + HEAD);
    ct_public(ret + HEAD, CODE);
    return OK;
}

struct status challenge_check(const struct hmac_sha256_key *key,
                              const struct challenge_about *about,
                              const uint8_t challenge[static AUTH_TEXT_CHALLENGE],
                              const struct challenge_time *time, uint64_t *ret_issued_ms)
{
    uint8_t code[CODE];
    struct reader reader = reader_over((struct bytes){challenge, AUTH_TEXT_CHALLENGE});
    uint8_t version = reader_u8(&reader);
    uint8_t purpose = reader_u8(&reader);
    uint64_t issued_ms = (uint64_t)reader_u16(&reader) << 32;
    issued_ms |= reader_u32(&reader);
    *ret_issued_ms = 0;
    make_code(key, about, challenge, code);
    bool is_ours = ct_declassify(ct_equal(code, challenge + HEAD, CODE)) != 0;
    secret_wipe(code, sizeof code);
    if (!is_ours || version != VERSION || purpose != (uint8_t)about->purpose) {
        return FAIL(AUTH_FAILED);
    }
    if (time->now_ms + AHEAD_MS < issued_ms || time->now_ms >= issued_ms + time->life_ms) {
        return FAIL(CHALLENGE_STALE);
    }
    *ret_issued_ms = issued_ms;
    return OK;
}
