#include "authenticators/oidc_token.h"

#include "codec/base64.h"

enum { NONCE_TEXT = 43 };

_Static_assert(4 * AUTH_TEXT_HASH / 3 + 1 == NONCE_TEXT, "base64 without padding");

static bool find_text(const struct json_in *at, const char *name, struct bytes *ret)
{
    struct json_in member;
    *ret = (struct bytes){NULL, 0};
    return json_in_find(at, name, &member) && status_is_ok(json_in_string(&member, ret));
}

/* A part of a token up to its point, which is taken from rest. */
static struct bytes next_part(struct bytes *rest)
{
    struct bytes part = bytes_slice(*rest, 0, bytes_find(*rest, '.'));
    *rest = bytes_slice(*rest, part.len + 1, SIZE_MAX);
    return part;
}

static struct status decode(struct bytes text, struct arena *arena, struct bytes *ret)
{
    uint8_t *memory = arena_alloc(arena, OIDC_TOKEN_TEXT);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, OIDC_TOKEN_TEXT);
    struct status status = base64_read_url(text, &out);
    *ret = buf_bytes(&out);
    return status_is_ok(status) ? OK : FAIL(AUTH_FAILED);
}

/* A part that is one JSON object. */
static struct status read_object(struct bytes text, struct arena *arena, struct json_in_doc *ret)
{
    struct bytes json;
    TRY(decode(text, arena, &json));
    struct status status = json_in_parse(arena, json, ret);
    if (!status_is_ok(status)) {
        return status.code == STATUS_NO_MEMORY ? status : FAIL(AUTH_FAILED);
    }
    struct json_in root = json_in_root(ret);
    return json_in_kind(&root) == JSON_IN_OBJECT ? OK : FAIL(AUTH_FAILED);
}

static struct status read_header(struct bytes text, struct arena *arena, struct oidc_token *token)
{
    static const char *const names[] = {"alg", "kid", "typ"};
    struct json_in_doc doc;
    struct json_in member;
    struct bytes alg;
    struct bytes typ;
    TRY(read_object(text, arena, &doc));
    struct json_in root = json_in_root(&doc);
    if (!status_is_ok(json_in_members(&root, names, sizeof names / sizeof names[0])) ||
        !find_text(&root, "alg", &alg) || !find_text(&root, "kid", &token->kid)) {
        return FAIL(OIDC_ALG);
    }
    bool has_type = json_in_find(&root, "typ", &member);
    if (has_type && !(find_text(&root, "typ", &typ) && bytes_equal(typ, BYTES_LITERAL("JWT")))) {
        return FAIL(OIDC_ALG);
    }
    return oidc_keys_alg(alg, &token->alg);
}

struct status oidc_token_read(struct bytes text, struct arena *arena, struct oidc_token *ret)
{
    struct bytes rest = text;
    struct bytes header = next_part(&rest);
    struct bytes payload = next_part(&rest);
    *ret = (struct oidc_token){0};
    /* Two points: the third part has none. */
    if (text.len > OIDC_TOKEN_TEXT || header.len + payload.len + 2 + rest.len != text.len ||
        bytes_find(rest, '.') != rest.len) {
        return FAIL(AUTH_FAILED);
    }
    ret->signed_text = bytes_slice(text, 0, header.len + 1 + payload.len);
    TRY(read_header(header, arena, ret));
    TRY(read_object(payload, arena, &ret->payload));
    TRY(decode(rest, arena, &ret->signature));
    struct json_in root = json_in_root(&ret->payload);
    (void)find_text(&root, "iss", &ret->iss);
    return OK;
}

struct status oidc_token_issuer(const struct oidc_token *token, const struct oidc_issuer *issuers,
                                size_t count, const struct oidc_issuer **ret)
{
    *ret = NULL;
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(issuers[i].iss, token->iss)) {
            *ret = &issuers[i];
            return OK;
        }
    }
    return FAIL(OIDC_ISSUER);
}

static bool is_listed(const struct oidc_issuer *issuer, struct bytes aud)
{
    for (size_t i = 0; i < issuer->aud_count; i++) {
        if (bytes_equal(issuer->auds[i], aud)) {
            return true;
        }
    }
    return false;
}

static struct status read_audience(const struct json_in *claims, const struct oidc_issuer *issuer,
                                   struct bytes *ret)
{
    struct json_in aud;
    struct json_in azp;
    struct bytes party;
    size_t count = 0;
    if (!json_in_find(claims, "aud", &aud)) {
        return FAIL(OIDC_AUDIENCE);
    }
    struct json_in only = aud;
    if (json_in_kind(&aud) == JSON_IN_ARRAY) {
        if (!status_is_ok(json_in_count(&aud, &count)) || count != 1) {
            return FAIL(OIDC_AUDIENCE);
        }
        only = json_in_item(&aud, 0);
    }
    if (!status_is_ok(json_in_string(&only, ret)) || !is_listed(issuer, *ret)) {
        return FAIL(OIDC_AUDIENCE);
    }
    bool is_ours = !json_in_find(claims, "azp", &azp) ||
                   (status_is_ok(json_in_string(&azp, &party)) && is_listed(issuer, party));
    return is_ours ? OK : FAIL(OIDC_AUDIENCE);
}

/* A claim that is a time, in milliseconds. */
static bool find_time(const struct json_in *claims, const char *name, uint64_t *ret)
{
    struct json_in member;
    uint64_t seconds = 0;
    bool is_there = json_in_find(claims, name, &member) &&
                    status_is_ok(json_in_u64(&member, 0, INT64_MAX, &seconds));
    *ret = is_there ? seconds * 1000 : 0;
    return is_there;
}

static struct status check_times(const struct json_in *claims, const struct clock_interval *now)
{
    struct json_in member;
    uint64_t until = 0;
    uint64_t issued = 0;
    uint64_t from = 0;
    uint64_t latest = now->hi_ms + (uint64_t)OIDC_AHEAD_S * 1000;
    if (!find_time(claims, "exp", &until) || until <= now->hi_ms ||
        !find_time(claims, "iat", &issued) || issued > latest) {
        return FAIL(OIDC_EXPIRED);
    }
    if (json_in_find(claims, "nbf", &member) &&
        (!find_time(claims, "nbf", &from) || from > latest)) {
        return FAIL(OIDC_EXPIRED);
    }
    return OK;
}

static struct status check_nonce(const struct json_in *claims, const uint8_t *proof_of)
{
    uint8_t memory[NONCE_TEXT];
    struct buf expected = buf_over(memory, sizeof memory);
    struct bytes nonce;
    base64_put_url(&expected, (struct bytes){proof_of, AUTH_TEXT_HASH});
    bool is_there = find_text(claims, "nonce", &nonce);
    return is_there && bytes_equal(nonce, buf_bytes(&expected)) ? OK : FAIL(OIDC_NONCE);
}

static struct status read_subject(const struct json_in *claims, struct bytes *ret)
{
    bool is_good = find_text(claims, "sub", ret) && ret->len != 0 && ret->len <= OIDC_SUB_MAX;
    for (size_t i = 0; is_good && i < ret->len; i++) {
        is_good = ret->ptr[i] >= ' ' && ret->ptr[i] <= '~';
    }
    return is_good ? OK : FAIL(AUTH_FAILED);
}

static void put_counted(struct buf *out, struct bytes text)
{
    buf_put_u16(out, (uint16_t)text.len);
    buf_put(out, text);
}

struct status oidc_token_check(struct oidc_token *token, const struct oidc_key *key,
                               const struct oidc_expected *expected, struct buf *ret_key)
{
    const struct oidc_issuer *issuer = expected->issuer;
    struct json_in claims = json_in_root(&token->payload);
    struct bytes aud;
    struct bytes sub;
    if (token->alg != key->alg || (issuer->algs & 1u << token->alg) == 0) {
        return FAIL(OIDC_ALG);
    }
    TRY(oidc_keys_verify(key, token->signed_text, token->signature));
    TRY(read_audience(&claims, issuer, &aud));
    TRY(check_times(&claims, &expected->now));
    TRY(check_nonce(&claims, expected->proof_of));
    TRY(read_subject(&claims, &sub));
    uint8_t BUF_LOCAL memory[OIDC_K_MAX];
    struct buf made = buf_over(memory, sizeof memory);
    put_counted(&made, issuer->iss);
    put_counted(&made, issuer->is_pairwise ? aud : (struct bytes){NULL, 0});
    put_counted(&made, sub);
    TRY(buf_check(&made));
    buf_put(ret_key, buf_bytes(&made));
    return buf_check(ret_key);
}
