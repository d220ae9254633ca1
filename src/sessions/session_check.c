#include "sessions/session_check.h"

#include <string.h>

#include "base/secret.h"

static struct status read_token(const struct session_judge *judge, struct bytes text,
                                struct session_token *ret)
{
    SECRET(hmac_sha256_key, key);
    uint32_t epoch;
    TRY(session_token_epoch(text, &epoch));
    TRY(session_keys_of(judge->keys, epoch, &key));
    return session_token_read(&key, judge->domain, text, ret);
}

/* A token that is over is renewed as long as its user was not idle for too long. */
static struct status check_time(const struct session_judge *judge,
                                const struct session_token *token)
{
    struct session_token renewed = *token;
    if (judge->is_renewal) {
        renewed.exp_ms = token->iat_ms + SESSION_IDLE_MS;
    }
    return session_token_check_time(&renewed, judge->now.lo_ms, judge->now.hi_ms);
}

/* Whoever made the token knew the user: who does not has not heard of it yet. */
static struct status check_user(const struct session_judge *judge,
                                const struct session_token *token)
{
    struct session_user user;
    struct bytes name = {token->user, token->user_len};
    TRY(judge->port->user(judge->port->context, token->tenant, name, &user));
    if (!user.is_known || token->auth_epoch > user.auth_epoch) {
        return FAIL(BEHIND);
    }
    if (token->auth_epoch < user.auth_epoch) {
        return FAIL(SESSION_REVOKED);
    }
    return user.is_frozen ? FAIL(FROZEN) : OK;
}

static struct status check(const struct session_judge *judge, struct bytes text,
                           struct session_token *ret)
{
    TRY(read_token(judge, text, ret));
    TRY(judge->port->tenant(judge->port->context, ret->tenant));
    TRY(check_time(judge, ret));
    TRY(check_user(judge, ret));
    return judge->port->is_revoked(judge->port->context, ret) ? FAIL(SESSION_REVOKED) : OK;
}

struct status session_check(const struct session_judge *judge, struct bytes text,
                            struct session_token *ret)
{
    struct status status = check(judge, text, ret);
    if (!status_is_ok(status)) {
        *ret = (struct session_token){0};
    }
    return status;
}

struct status session_check_client(const struct session_token *token,
                                   const struct auth_client_key *key)
{
    uint8_t hash[AUTH_TEXT_HASH];
    auth_text_cnf(key, hash);
    bool is_its =
        token->cnf_type != 0 && bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(token->client));
    return is_its ? OK : FAIL(AUTH_FAILED);
}

struct status session_check_scope(const struct session_token *token, uint32_t scopes)
{
    return (token->scope & scopes) == scopes ? OK : FAIL(SCOPE);
}
