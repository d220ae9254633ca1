#include "wire/auth_text.h"

#include <string.h>

#include "codec/hex.h"
#include "digest/sha256.h"

_Static_assert(2 * AUTH_TEXT_USER + 1024 < AUTH_TEXT_MAX, "every text fits");

static const char *const schemes[AUTH_SCHEMES] = {
    "bearer", "p256", "eip191", "stark", "ed25519", "passkey", "snip12", "oidc", "totp", "service",
};

const char *auth_text_scheme(unsigned scheme)
{
    return schemes[scheme < AUTH_SCHEMES ? scheme : 0];
}

struct status auth_text_scheme_read(struct bytes word, enum auth_scheme *ret)
{
    for (unsigned i = AUTH_P256; i < AUTH_SCHEMES; i++) {
        if (bytes_equal(word, bytes_of(schemes[i]))) {
            *ret = (enum auth_scheme)i;
            return OK;
        }
    }
    *ret = AUTH_SCHEMES;
    return FAIL(BAD_REQUEST);
}

static bool is_piece(struct bytes text, size_t most)
{
    bool is_good = text.len != 0 && text.len <= most;
    for (size_t i = 0; i < text.len; i++) {
        is_good = is_good && text.ptr[i] > 0x20 && text.ptr[i] < 0x7f;
    }
    return is_good;
}

static void put_label(struct buf *out, const char *label, const struct auth_place *place)
{
    buf_put_text(out, label);
    buf_put_u8(out, '\n');
    hex_put(out, (struct bytes){place->domain, AUTH_TEXT_HASH});
    buf_put_u8(out, '\n');
    hex_put(out, (struct bytes){place->tenant, AUTH_TEXT_HASH});
}

static void put_line(struct buf *out, struct bytes text)
{
    buf_put_u8(out, '\n');
    buf_put(out, text);
}

/* In: NULL stands for nothing. */
static void put_hex_line(struct buf *out, const uint8_t *bytes, size_t len)
{
    buf_put_u8(out, '\n');
    if (bytes == NULL) {
        buf_put_u8(out, '-');
    } else {
        hex_put(out, (struct bytes){bytes, len});
    }
}

static void put_number_line(struct buf *out, uint64_t number)
{
    buf_put_u8(out, '\n');
    buf_put_decimal(out, number);
}

struct status auth_text_put(const struct auth_text *text, struct buf *out)
{
    struct bytes user = text->user.len == 0 ? BYTES_LITERAL("-") : text->user;
    if (!is_piece(user, AUTH_TEXT_USER)) {
        return FAIL(BAD_REQUEST);
    }
    put_label(out, "CofferAuth/1", &text->place);
    put_line(out, text->purpose == AUTH_LOGIN ? BYTES_LITERAL("login") : BYTES_LITERAL("step-up"));
    put_line(out, user);
    put_number_line(out, text->cnf_type);
    buf_put_u8(out, ':');
    hex_put(out, (struct bytes){text->cnf, AUTH_TEXT_HASH});
    put_hex_line(out, text->challenge, AUTH_TEXT_CHALLENGE);
    put_hex_line(out, text->detail, AUTH_TEXT_HASH);
    return buf_check(out);
}

struct status auth_text_put_statement(const struct auth_statement *text, struct buf *out)
{
    if (!is_piece(text->op, AUTH_TEXT_OP) || !is_piece(text->scope, AUTH_TEXT_SCOPE)) {
        return FAIL(BAD_REQUEST);
    }
    put_label(out, "CofferState/1", &text->place);
    put_line(out, text->op);
    put_line(out, text->scope);
    if (text->is_apart) {
        put_line(out, BYTES_LITERAL("-"));
    } else {
        put_number_line(out, text->seq);
    }
    put_hex_line(out, text->prev, AUTH_TEXT_HASH);
    put_number_line(out, text->not_before_ms);
    put_hex_line(out, text->body, AUTH_TEXT_HASH);
    put_hex_line(out, text->salt, AUTH_TEXT_SALT);
    return buf_check(out);
}

struct status auth_text_put_ticket(const struct auth_ticket *text, struct buf *out)
{
    if (!is_piece(text->user, AUTH_TEXT_USER)) {
        return FAIL(BAD_REQUEST);
    }
    put_label(out, "CofferTicket/1", &text->place);
    put_line(out, text->user);
    put_hex_line(out, text->authenticator, AUTH_TEXT_ID);
    put_number_line(out, text->issued_ms);
    put_number_line(out, text->not_after_ms);
    put_hex_line(out, text->salt, AUTH_TEXT_SALT);
    return buf_check(out);
}

void auth_text_cnf(const struct auth_client_key *key, uint8_t ret[static AUTH_TEXT_HASH])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, (struct bytes){&key->type, 1});
    sha256_update(&sha, key->key);
    sha256_final(&sha, ret);
}

/* SHA-256 of label, tenant, scheme and key, cut. */
static void make_id(const char *label, const uint8_t *tenant, enum auth_scheme scheme,
                    struct bytes key, uint8_t ret[static AUTH_TEXT_ID])
{
    uint8_t digest[SHA256_BYTES];
    const uint8_t number = (uint8_t)scheme;
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, bytes_of(label));
    sha256_update(&sha, (struct bytes){tenant, AUTH_TEXT_HASH});
    sha256_update(&sha, (struct bytes){&number, 1});
    sha256_update(&sha, key);
    sha256_final(&sha, digest);
    memcpy(ret, digest, AUTH_TEXT_ID);
}

void auth_text_authenticator(const uint8_t *tenant, enum auth_scheme scheme, struct bytes key,
                             uint8_t ret[static AUTH_TEXT_ID])
{
    make_id("coffer/auth/1", tenant, scheme, key, ret);
}

void auth_text_service(const uint8_t *tenant, enum auth_scheme scheme, struct bytes key,
                       uint8_t ret[static AUTH_TEXT_ID])
{
    make_id("coffer/service/1", tenant, scheme, key, ret);
}

/* Bits of a random UUID of version 4. Source: RFC 9562, section 5.4. */
void auth_text_sid(const uint8_t proof[static AUTH_TEXT_HASH], uint8_t ret[static AUTH_TEXT_ID])
{
    uint8_t digest[SHA256_BYTES];
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("coffer/sid/1"));
    sha256_update(&sha, (struct bytes){proof, AUTH_TEXT_HASH});
    sha256_final(&sha, digest);
    memcpy(ret, digest, AUTH_TEXT_ID);
    ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x40);
    ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}

enum { SID_GROUPS = 5 };

/* Bytes of the groups of a UUID. */
static const uint8_t sid_groups[SID_GROUPS] = {4, 2, 2, 2, 6};

void auth_text_sid_put(const uint8_t sid[static AUTH_TEXT_ID], struct buf *out)
{
    for (size_t i = 0, at = 0; i < SID_GROUPS; at += sid_groups[i++]) {
        buf_put_text(out, i == 0 ? "" : "-");
        hex_put(out, (struct bytes){sid + at, sid_groups[i]});
    }
}

struct status auth_text_sid_read(struct bytes text, uint8_t ret[static AUTH_TEXT_ID])
{
    uint8_t spelled[AUTH_TEXT_SID_TEXT];
    struct buf out = buf_over(spelled, sizeof spelled);
    bool is_good = text.len == AUTH_TEXT_SID_TEXT;
    for (size_t i = 0, at = 0, from = 0; i < SID_GROUPS && is_good; at += sid_groups[i++]) {
        struct bytes group = bytes_slice(text, from, (size_t)2 * sid_groups[i]);
        is_good = status_is_ok(hex_read(group, sid_groups[i], ret + at));
        from += group.len + 1;
    }
    if (is_good) {
        auth_text_sid_put(ret, &out);
        is_good = bytes_equal(buf_bytes(&out), text); /* its hyphens, and lower case */
    }
    if (!is_good) {
        memset(ret, 0, AUTH_TEXT_ID);
        return FAIL(BAD_REQUEST);
    }
    return OK;
}

struct status auth_text_jit_user(struct bytes prefix, struct bytes key, struct buf *out)
{
    uint8_t digest[SHA256_BYTES];
    sha256_hash(key, digest);
    buf_put(out, prefix);
    hex_put(out, (struct bytes){digest, AUTH_TEXT_ID});
    return buf_check(out);
}
