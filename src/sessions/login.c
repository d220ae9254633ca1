#include "sessions/login.h"

#include <string.h>

#include "authenticators/oidc_token.h"
#include "authenticators/passkey.h"
#include "base/limits.h"
#include "base/secret.h"
#include "digest/sha256.h"
#include "sessions/challenge.h"

enum {
    BEARER = 3,
    PROVEN = 4,
    SECOND_FACTOR = 5,
};

/* A key of nobody's, so that who has no passkey costs as much as who has. */
static const uint8_t no_key[] = {0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc,
                                 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
                                 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96};

/* --- the challenge --- */

static uint64_t life_of(const struct login *login)
{
    for (size_t i = 0; i < login->count; i++) {
        if (login->proofs[i].scheme == AUTH_OIDC) {
            return CHALLENGE_LIFE_OIDC_MS;
        }
    }
    return CHALLENGE_LIFE_MS;
}

/* Nodes come to use a new root one after the other, so that any that is here may have made it. */
static struct status check_challenge(const struct login_judge *judge, const struct login *login,
                                     uint64_t *ret_issued_ms)
{
    const struct challenge_about about = {.place = {judge->domain, login->tenant},
                                          .purpose = login->purpose,
                                          .user = login->user,
                                          .cnf_type = login->cnf_type,
                                          .cnf = login->cnf};
    const struct challenge_time time = {judge->now.hi_ms, life_of(login)};
    struct status status = FAIL(UNAVAILABLE);
    *ret_issued_ms = 0;
    for (uint32_t epoch = LIMIT_ROOT_EPOCHS; epoch-- > 0;) {
        SECRET(hmac_sha256_key, key);
        if (!root_keyring_has(judge->keys->roots, epoch)) {
            continue;
        }
        TRY(session_keys_of(judge->keys, epoch, &key));
        status = challenge_check(&key, &about, login->challenge, &time, ret_issued_ms);
        if (status.code != STATUS_AUTH_FAILED) {
            return status;
        }
    }
    return status;
}

/* --- proofs --- */

static struct status make_text(const struct login_judge *judge, const struct login *login,
                               struct login_proven *ret)
{
    const struct auth_text text = {.place = {judge->domain, login->tenant},
                                   .purpose = login->purpose,
                                   .user = login->user,
                                   .cnf_type = login->cnf_type,
                                   .cnf = login->cnf,
                                   .challenge = login->challenge,
                                   .detail = login->detail};
    struct buf out = buf_over(ret->text, sizeof ret->text);
    TRY(auth_text_put(&text, &out));
    ret->text_len = out.len;
    sha256_hash(buf_bytes(&out), ret->proof_of);
    return OK;
}

/* The enrolled passkey of this name. */
static struct bytes key_of_passkey(const struct user_log *log, struct bytes cred)
{
    for (size_t i = 0; log != NULL && i < log->key_count; i++) {
        const struct statement_key *key = &log->keys[i].by->body.key;
        if (key->scheme == AUTH_PASSKEY && bytes_equal(key->cred, cred)) {
            return key->key;
        }
    }
    return BYTES_ARRAY(no_key);
}

static struct authenticator_said said_of(const struct login *login,
                                         const struct login_proven *proven)
{
    return (struct authenticator_said){
        .text = {proven->text, proven->text_len},
        .proof_of = proven->proof_of,
        .purpose = login->purpose == AUTH_LOGIN ? BYTES_LITERAL("login") : BYTES_LITERAL("step-up"),
        .is_login = true,
    };
}

static struct status prove_by_token(struct arena *arena, const struct login_judge *judge,
                                    const struct login *login, size_t at,
                                    struct login_proven *proven)
{
    static const struct oidc_port none;
    const struct login_proof *proof = &login->proofs[at];
    const struct oidc_question question = {login->tenant, proven->proof_of, proof->proof};
    uint8_t *memory = arena_alloc(arena, OIDC_K_MAX);
    struct buf key = buf_over(memory, OIDC_K_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (proof->key.len != 0) {
        return FAIL(BAD_REQUEST);
    }
    TRY(oidc_port_prove(judge->oidc == NULL ? &none : judge->oidc, &question, arena, &key,
                        &proven->waits));
    proven->shown[at].key = buf_bytes(&key);
    return OK;
}

/* Of a passkey only what it says now: what it said before is asked when it is found. */
static struct status prove_by_key(struct arena *arena, const struct login_judge *judge,
                                  const struct login *login, size_t at, struct login_proven *proven)
{
    const struct login_proof *proof = &login->proofs[at];
    struct authenticator_passkey *passkey = &proven->shown[at].passkey;
    const struct authenticator_said said = said_of(login, proven);
    const struct authenticator_claim claim = {proof->scheme, proven->shown[at].key, proof->proof,
                                              passkey};
    if (proof->scheme == AUTH_PASSKEY) {
        TRY(passkey_read(arena, proof->proof, passkey));
        passkey->is_new = true;
    }
    return authenticator_check(arena, &said, &judge->rules, &claim);
}

/* The key that a proof is to be of, as far as it is known before. */
static struct status find_key(struct arena *arena, const struct login_proof *proof,
                              const struct user_log *log, struct bytes *ret)
{
    struct authenticator_passkey passkey;
    *ret = proof->key;
    if (proof->scheme == AUTH_PASSKEY && proof->key.len == 0) {
        TRY(passkey_read(arena, proof->proof, &passkey));
        *ret = key_of_passkey(log, passkey.cred);
    }
    bool is_scheme = proof->scheme >= AUTH_P256 && proof->scheme <= AUTH_OIDC;
    return is_scheme ? OK : FAIL(BAD_REQUEST);
}

static struct status prove_one(struct arena *arena, const struct login_judge *judge,
                               const struct login *login, size_t at, struct login_proven *proven)
{
    struct login_shown *shown = &proven->shown[at];
    TRY(shown->scheme == AUTH_OIDC ? prove_by_token(arena, judge, login, at, proven)
                                   : prove_by_key(arena, judge, login, at, proven));
    auth_text_authenticator(login->tenant, shown->scheme, shown->key, shown->id);
    proven->factors |= (uint16_t)(1u << (shown->scheme - 1));
    proven->count++;
    bool is_again =
        at != 0 && bytes_equal(BYTES_ARRAY(shown->id), BYTES_ARRAY(proven->shown[0].id));
    return is_again ? FAIL(BAD_REQUEST) : OK;
}

struct status login_prove(struct arena *arena, const struct login_judge *judge,
                          const struct login *login, const struct user_log *log,
                          struct login_proven *ret)
{
    *ret = (struct login_proven){.count = 0};
    if (login->count == 0 || login->count > LOGIN_PROOFS || login->user.len == 0) {
        return FAIL(BAD_REQUEST);
    }
    for (size_t i = 0; i < login->count; i++) {
        ret->shown[i].scheme = login->proofs[i].scheme;
        TRY(find_key(arena, &login->proofs[i], log, &ret->shown[i].key));
    }
    TRY(check_challenge(judge, login, &ret->issued_ms));
    TRY(make_text(judge, login, ret));
    for (size_t i = 0; i < login->count; i++) {
        TRY(prove_one(arena, judge, login, i, ret));
    }
    return OK;
}

/* --- the user --- */

/* What a passkey said of itself when it was enrolled, if it said anything then: by recovery others
 * have. */
static struct status read_enrolled(struct arena *arena, const struct user_log_key *key,
                                   struct authenticator_passkey *ret)
{
    const struct statement_sigs *sigs = &key->by->parts.sigs;
    *ret = (struct authenticator_passkey){.is_new = true};
    for (size_t i = 0; i < sigs->count && ret->is_new; i++) {
        uint8_t id[AUTH_TEXT_ID];
        statement_sig_id(key->by, &sigs->list[i], id);
        if (bytes_equal(BYTES_ARRAY(id), BYTES_ARRAY(key->id))) {
            TRY(passkey_read(arena, sigs->list[i].proof, ret));
        }
    }
    ret->cred = key->by->body.key.cred;
    return OK;
}

static struct status check_passkey(struct arena *arena, const struct login_user *user,
                                   const struct user_log_key *key, const struct login_shown *shown)
{
    struct authenticator_passkey before;
    TRY(read_enrolled(arena, key, &before));
    uint32_t counter = user->counter(user->context, shown->id);
    before.counter = counter > before.counter ? counter : before.counter;
    return passkey_check_known(&shown->passkey, &before);
}

static struct status admit_one(struct arena *arena, const struct login_user *user,
                               const struct login_shown *shown)
{
    const struct user_log_key *key = user_log_key(user->log, shown->id);
    if (key == NULL) {
        return FAIL(AUTH_FAILED);
    }
    return shown->scheme == AUTH_PASSKEY ? check_passkey(arena, user, key, shown) : OK;
}

struct status login_admit(struct arena *arena, const struct login_proven *proven,
                          const struct login_user *user)
{
    for (size_t i = 0; i < proven->count; i++) {
        TRY(admit_one(arena, user, &proven->shown[i]));
    }
    if (user->is_frozen) {
        return FAIL(FROZEN);
    }
    bool is_later = user->log->auth_epoch == 0 || proven->issued_ms > user->log->epoch_at_ms;
    return is_later ? OK : FAIL(CHALLENGE_STALE);
}

/* --- the token --- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What a token says of when and where it was made. */
static void date(const struct login_judge *judge, const struct login_session *session,
                 struct session_token *token)
{
    token->epoch = session->epoch;
    token->iat_ms = judge->now.lo_ms;
    token->exp_ms = least(token->iat_ms + SESSION_LIFE_MS, token->abs_exp_ms);
    memcpy(token->issuer, session->issuer, sizeof token->issuer);
}

static bool has_several(uint16_t factors)
{
    return (factors & (factors - 1)) != 0;
}

void login_token(const struct login_judge *judge, const struct login *login,
                 const struct login_proven *proven, const struct login_session *session,
                 struct session_token *ret)
{
    *ret = (struct session_token){
        .user_len = (uint8_t)login->user.len,
        .auth_epoch = session->auth_epoch,
        .assurance = login->cnf_type == 0           ? BEARER
                     : has_several(proven->factors) ? SECOND_FACTOR
                                                    : PROVEN,
        .factors = proven->factors,
        .cnf_type = login->cnf_type,
        .scope = session->scope,
        .abs_exp_ms = proven->issued_ms + SESSION_LONGEST_MS,
    };
    auth_text_sid(proven->proof_of, ret->sid);
    memcpy(ret->tenant, login->tenant, sizeof ret->tenant);
    memcpy(ret->user, login->user.ptr, login->user.len);
    memcpy(ret->client, login->cnf, sizeof ret->client);
    date(judge, session, ret);
}

void login_renew(const struct login_judge *judge, const struct login_session *session,
                 struct session_token *token)
{
    token->assurance = token->assurance < PROVEN ? token->assurance : PROVEN;
    date(judge, session, token);
}

uint8_t login_stepped_up(const struct session_token *token, const struct login_proven *proven)
{
    bool is_second = token->assurance >= PROVEN && (proven->factors != 0) &&
                     has_several(token->factors | proven->factors);
    return is_second ? SECOND_FACTOR : token->assurance;
}
