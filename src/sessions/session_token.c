#include "sessions/session_token.h"

#include <string.h>

#include "base/ct.h"
#include "base/reader.h"
#include "base/secret.h"
#include "codec/base64.h"

enum {
    VERSION = 1,
    CODE_TEXT = 43,
    BODY_MIN = SESSION_TOKEN_BODY_MAX - AUTH_TEXT_USER,
    AHEAD_MS = 5000, /* of another node's clock */
};

#define PREFIX BYTES_LITERAL("cfs1.")

static void make_code(const struct hmac_sha256_key *key, const uint8_t *domain, struct bytes body,
                      uint8_t ret[static SHA256_BYTES])
{
    struct hmac_sha256 hmac;
    hmac_sha256_init(&hmac, key);
    hmac_sha256_update(&hmac, BYTES_LITERAL("coffer/session/1"));
    hmac_sha256_update(&hmac, (struct bytes){domain, AUTH_TEXT_HASH});
    hmac_sha256_update(&hmac, body);
    hmac_sha256_final(&hmac, ret);
}

static void put_body(const struct session_token *token, struct buf *out)
{
    buf_put_u8(out, VERSION);
    buf_put_u32(out, token->epoch);
    buf_put(out, BYTES_ARRAY(token->sid));
    buf_put(out, BYTES_ARRAY(token->tenant));
    buf_put_u8(out, token->user_len);
    buf_put(out, (struct bytes){token->user, token->user_len});
    buf_put_u32(out, token->auth_epoch);
    buf_put_u8(out, token->assurance);
    buf_put_u16(out, token->factors);
    buf_put_u8(out, token->cnf_type);
    buf_put(out, BYTES_ARRAY(token->client));
    buf_put_u32(out, token->scope);
    buf_put(out, BYTES_ARRAY(token->policy));
    buf_put_u64(out, token->iat_ms);
    buf_put_u64(out, token->exp_ms);
    buf_put_u64(out, token->abs_exp_ms);
    buf_put(out, BYTES_ARRAY(token->issuer));
}

struct status session_token_put(const struct hmac_sha256_key *key, const uint8_t *domain,
                                const struct session_token *token, struct buf *out)
{
    uint8_t memory[SESSION_TOKEN_BODY_MAX];
    uint8_t code[SHA256_BYTES];
    struct buf body = buf_over(memory, sizeof memory);
    put_body(token, &body);
    make_code(key, domain, buf_bytes(&body), code);
    ct_public(code, sizeof code);
    buf_put(out, PREFIX);
    base64_put_url(out, buf_bytes(&body));
    buf_put_u8(out, '.');
    base64_put_url(out, BYTES_ARRAY(code));
    secret_wipe(code, sizeof code);
    return buf_check(out);
}

/* The two parts of a text. */
struct parts {
    uint8_t memory[SESSION_TOKEN_BODY_MAX];
    struct bytes body;
    uint8_t code[SHA256_BYTES];
};

static bool split(struct bytes text, struct parts *ret)
{
    struct buf body = buf_over(ret->memory, sizeof ret->memory);
    struct buf code = buf_over(ret->code, sizeof ret->code);
    if (text.len > SESSION_TOKEN_TEXT_MAX || text.len <= PREFIX.len + 1 + CODE_TEXT ||
        !bytes_starts(text, PREFIX)) {
        return false;
    }
    size_t point = text.len - CODE_TEXT - 1;
    struct bytes first = bytes_slice(text, PREFIX.len, point - PREFIX.len);
    bool is_good = text.ptr[point] == '.' && status_is_ok(base64_read_url(first, &body)) &&
                   status_is_ok(base64_read_url(bytes_slice(text, point + 1, CODE_TEXT), &code));
    ret->body = buf_bytes(&body);
    return is_good && ret->body.len >= BODY_MIN && ret->body.ptr[0] == VERSION;
}

struct status session_token_epoch(struct bytes text, uint32_t *ret_epoch)
{
    struct parts parts;
    *ret_epoch = 0;
    if (!split(text, &parts)) {
        return FAIL(AUTH_FAILED);
    }
    struct reader reader = reader_over(bytes_slice(parts.body, 1, 4));
    *ret_epoch = reader_u32(&reader);
    return OK;
}

static void copy_out(struct reader *reader, uint8_t *ret, size_t len)
{
    struct bytes part = reader_take(reader, len);
    if (!reader->failed) {
        memcpy(ret, part.ptr, len);
    }
}

static bool read_body(struct bytes body, struct session_token *ret)
{
    struct reader reader = reader_over(body);
    (void)reader_u8(&reader);
    ret->epoch = reader_u32(&reader);
    copy_out(&reader, ret->sid, sizeof ret->sid);
    copy_out(&reader, ret->tenant, sizeof ret->tenant);
    ret->user_len = reader_u8(&reader);
    copy_out(&reader, ret->user, ret->user_len);
    ret->auth_epoch = reader_u32(&reader);
    ret->assurance = reader_u8(&reader);
    ret->factors = reader_u16(&reader);
    ret->cnf_type = reader_u8(&reader);
    copy_out(&reader, ret->client, sizeof ret->client);
    ret->scope = reader_u32(&reader);
    copy_out(&reader, ret->policy, sizeof ret->policy);
    ret->iat_ms = reader_u64(&reader);
    ret->exp_ms = reader_u64(&reader);
    ret->abs_exp_ms = reader_u64(&reader);
    copy_out(&reader, ret->issuer, sizeof ret->issuer);
    return reader_done(&reader);
}

struct status session_token_read(const struct hmac_sha256_key *key, const uint8_t *domain,
                                 struct bytes text, struct session_token *ret)
{
    struct parts parts;
    uint8_t code[SHA256_BYTES];
    *ret = (struct session_token){0};
    if (!split(text, &parts)) {
        return FAIL(AUTH_FAILED);
    }
    make_code(key, domain, parts.body, code);
    bool is_ours = ct_declassify(ct_equal(code, parts.code, sizeof code)) != 0;
    secret_wipe(code, sizeof code);
    if (!is_ours || !read_body(parts.body, ret)) {
        *ret = (struct session_token){0};
        return FAIL(AUTH_FAILED);
    }
    return OK;
}

struct status session_token_check_time(const struct session_token *token, uint64_t lo_ms,
                                       uint64_t hi_ms)
{
    if (hi_ms >= token->exp_ms || hi_ms >= token->abs_exp_ms || lo_ms + AHEAD_MS < token->iat_ms) {
        return FAIL(SESSION_EXPIRED);
    }
    return OK;
}
