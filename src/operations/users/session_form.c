#include "operations/users/session_form.h"

#include "authenticators/authenticator.h"
#include "base/utc.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "keys/domain.h"
#include "keys/username.h"
#include "pipeline/trail.h"

static const char *const schemes[AUTH_SCHEMES] = {
    [AUTH_P256] = "p256",       [AUTH_EIP191] = "eip191",   [AUTH_STARK] = "stark",
    [AUTH_ED25519] = "ed25519", [AUTH_PASSKEY] = "passkey", [AUTH_SNIP12] = "snip12",
    [AUTH_OIDC] = "oidc",
};

static const struct {
    uint32_t bit;
    const char *name;
} scopes[] = {
    {SESSION_SCOPE_READ, "read"},     {SESSION_SCOPE_ACCOUNTS, "accounts"},
    {SESSION_SCOPE_SIGN, "sign"},     {SESSION_SCOPE_LANES, "lanes"},
    {SESSION_SCOPE_REVOKE, "revoke"},
};

/* --- requests --------------------------------------------------------------------------------- */

struct status session_form_scheme(const struct json_in *at, enum auth_scheme *ret)
{
    struct json_in member;
    struct bytes word;
    *ret = AUTH_SCHEMES;
    TRY(json_in_member(at, "scheme", &member));
    TRY(json_in_string(&member, &word));
    for (unsigned i = AUTH_P256; i <= AUTH_OIDC; i++) {
        if (bytes_equal(word, bytes_of(schemes[i]))) {
            *ret = (enum auth_scheme)i;
            return OK;
        }
    }
    return JSON_IN_FAIL(&member, BAD_REQUEST);
}

struct status session_form_bytes(struct work *work, const struct json_in *at, const char *name,
                                 bool is_needed, struct bytes *ret)
{
    struct json_in member;
    struct bytes text;
    *ret = (struct bytes){NULL, 0};
    if (!is_needed && !json_in_find(at, name, &member)) {
        return OK;
    }
    TRY(json_in_member(at, name, &member));
    TRY(json_in_string(&member, &text));
    uint8_t *memory = arena_alloc(work->arena, text.len + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, text.len + 1);
    TRY(json_in_about(&member, base64_read(text, &out)));
    *ret = buf_bytes(&out);
    return OK;
}

/* Without one it is the local tenant "default". */
static struct status read_tenant(const struct permit *permit, const struct json_in *root,
                                 uint8_t ret[static AUTH_TEXT_HASH])
{
    struct json_in member;
    struct bytes text;
    const struct users *users = permit_users(permit);
    if (!json_in_find(root, "tenant", &member)) {
        return domain_local_tenant(users_domain(users), BYTES_LITERAL(TENANT_DEFAULT), ret);
    }
    TRY(json_in_string(&member, &text));
    TRY(json_in_about(&member, hex_read(text, AUTH_TEXT_HASH, ret)));
    bool is_there = users_tenant(users, ret) != NULL;
    return is_there ? OK : JSON_IN_FAIL(&member, BAD_REQUEST);
}

/* The key that will sign the requests of a session; none: it is a bearer's. */
static struct status read_client(struct work *work, const struct json_in *root,
                                 struct session_form *form)
{
    struct json_in member;
    struct auth_client_key client = {0, {NULL, 0}};
    enum auth_scheme scheme;
    static const char *const names[] = {"scheme", "key"};
    if (json_in_find(root, "client_key", &member) && json_in_kind(&member) != JSON_IN_NULL) {
        TRY(json_in_members(&member, names, sizeof names / sizeof names[0]));
        TRY(session_form_scheme(&member, &scheme));
        TRY(session_form_bytes(work, &member, "key", true, &client.key));
        if (scheme > AUTH_PASSKEY) {
            return JSON_IN_FAIL(&member, BAD_REQUEST);
        }
        TRY(json_in_about(&member, authenticator_key_check(scheme, client.key)));
        client.type = (uint8_t)scheme;
    }
    auth_text_cnf(&client, form->cnf);
    form->login.cnf_type = client.type;
    form->login.cnf = form->cnf;
    return OK;
}

struct status session_form_who(struct work *work, const struct permit *permit,
                               const struct json_in *root, struct session_form *ret)
{
    struct json_in member;
    *ret = (struct session_form){.login = {.purpose = AUTH_LOGIN}};
    ret->login.tenant = ret->tenant;
    ret->login.challenge = ret->challenge;
    TRY(read_tenant(permit, root, ret->tenant));
    TRY(json_in_member(root, "username", &member));
    TRY(json_in_string(&member, &ret->login.user));
    TRY(json_in_about(&member, username_check(ret->login.user)));
    ret->who = (struct login_limits_who){ret->tenant, ret->login.user, session_form_address(work)};
    TRY(trail_about(work, ret->tenant, ret->login.user));
    return read_client(work, root, ret);
}

struct status session_form_user(struct work *work, const struct permit *permit)
{
    return trail_user(work, permit_tenant(permit), permit_user_name(permit));
}

static struct status read_scope(const struct json_in *item, uint32_t *scope)
{
    struct bytes word;
    TRY(json_in_string(item, &word));
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        if (bytes_equal(word, bytes_of(scopes[i].name)) && (*scope & scopes[i].bit) == 0) {
            *scope |= scopes[i].bit;
            return OK;
        }
    }
    return JSON_IN_FAIL(item, BAD_REQUEST);
}

struct status session_form_scopes(const struct json_in *root, uint32_t *ret)
{
    struct json_in list;
    size_t count;
    *ret = SESSION_SCOPES;
    if (!json_in_find(root, "scopes", &list)) {
        return OK;
    }
    *ret = 0;
    TRY(json_in_count(&list, &count));
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(read_scope(&item, ret));
    }
    return count != 0 ? OK : JSON_IN_FAIL(&list, BAD_REQUEST);
}

struct status session_form_wait(struct work *work, uint64_t wait_ns)
{
    const uint64_t second = 1000000000;
    work->retry_after_s = (uint32_t)(wait_ns / second + 1);
    return wait_ns == 0 ? OK : FAIL(RATE_LIMITED);
}

struct status session_form_limit(struct work *work, struct sessions *sessions,
                                 enum login_limits_kind kind, const struct session_form *form)
{
    return session_form_wait(work, sessions_limit(sessions, kind, &form->who));
}

static bool is_of_address(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' ||
           c == ':';
}

struct bytes session_form_address(const struct work *work)
{
    struct bytes list = http1_header(work->request->head, BYTES_LITERAL("x-forwarded-for"));
    size_t begin = list.len;
    while (begin > 0 && is_of_address(list.ptr[begin - 1])) {
        begin--;
    }
    struct bytes last = bytes_slice(list, begin, SIZE_MAX);
    bool is_item = begin == 0 || list.ptr[begin - 1] == ' ' || list.ptr[begin - 1] == ',';
    return is_item && last.len <= SESSION_RECORDS_ADDRESS ? last : (struct bytes){NULL, 0};
}

/* --- answers ---------------------------------------------------------------------------------- */

static void time_out(struct json_out *out, const char *name, uint64_t ms)
{
    uint8_t memory[UTC_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    utc_put(&text, ms);
    json_out_member_string(out, name, buf_bytes(&text));
}

static void hash_out(struct json_out *out, const char *name, const uint8_t *hash)
{
    uint8_t memory[2 * AUTH_TEXT_HASH];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, (struct bytes){hash, AUTH_TEXT_HASH});
    json_out_member_string(out, name, buf_bytes(&text));
}

static void client_out(struct json_out *out, const struct session_record *record)
{
    if (record->cnf_type == 0 || record->cnf_type >= AUTH_SCHEMES) {
        json_out_member_null(out, "client_key");
        return;
    }
    json_out_name(out, "client_key");
    json_out_object(out);
    json_out_member_text(out, "scheme", schemes[record->cnf_type]);
    hash_out(out, "hash", record->cnf);
    json_out_object_end(out);
}

static void factors_out(struct json_out *out, uint16_t factors)
{
    json_out_array(out);
    for (unsigned n = AUTH_P256; n <= AUTH_OIDC; n++) {
        if ((factors >> (n - 1) & 1) != 0) {
            json_out_text(out, schemes[n]);
        }
    }
    json_out_array_end(out);
}

struct bytes session_form_factors(struct work *work, uint16_t factors)
{
    enum { TEXT = 128 };
    uint8_t *memory = arena_alloc(work->arena, TEXT);
    struct buf text = buf_over(memory, memory == NULL ? 0 : TEXT);
    struct json_out out = json_out_over(&text);
    factors_out(&out, factors);
    return status_is_ok(buf_check(&text)) ? buf_bytes(&text) : (struct bytes){NULL, 0};
}

static void metadata_out(struct json_out *out, const struct session_form_shown *shown)
{
    const struct session_record *record = shown->record;
    json_out_name(out, "metadata");
    json_out_object(out);
    hash_out(out, "tenant", shown->tenant);
    json_out_member_u64(out, "assurance", record->assurance);
    json_out_name(out, "factors");
    factors_out(out, record->factors);
    json_out_name(out, "scopes");
    json_out_array(out);
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        if ((record->scope & scopes[i].bit) != 0) {
            json_out_text(out, scopes[i].name);
        }
    }
    json_out_array_end(out);
    client_out(out, record);
    time_out(out, "ends_at", record->abs_exp_ms);
    if (shown->has_current) {
        json_out_member_bool(out, "is_current", shown->is_current);
    }
    json_out_object_end(out);
}

void session_form_out(struct json_out *out, const struct session_form_shown *shown)
{
    const struct session_record *record = shown->record;
    uint8_t memory[AUTH_TEXT_SID_TEXT];
    struct buf sid = buf_over(memory, sizeof memory);
    auth_text_sid_put(record->sid, &sid);
    json_out_member_string(out, "session_id", buf_bytes(&sid));
    json_out_member_string(out, "username", shown->user);
    time_out(out, "timestamp", record->created_ms);
    time_out(out, "expires_at", shown->expires_ms);
    if (record->address_len == 0) {
        json_out_member_null(out, "ip_address");
    } else {
        json_out_member_string(out, "ip_address",
                               (struct bytes){record->address, record->address_len});
    }
    metadata_out(out, shown);
}

struct status session_form_token_out(struct work *work, struct sessions *sessions,
                                     const struct session_token *token, struct bytes address)
{
    struct session_record record;
    uint8_t memory[SESSION_TOKEN_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    const struct session_form_shown shown = {.tenant = token->tenant,
                                             .user = {token->user, token->user_len},
                                             .record = &record,
                                             .expires_ms = token->exp_ms};
    TRY(sessions_put_token(sessions, token, &text));
    session_records_from(token, address, &record);
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    session_form_out(&work->out, &shown);
    json_out_member_string(&work->out, "token", buf_bytes(&text));
    json_out_object_end(&work->out);
    return OK;
}
