#include <string.h>

#include "base/limits.h"
#include "codec/hex.h"
#include "operations/users/session_form.h"
#include "operations/users/session_op.h"
#include "pipeline/trail.h"

static const char *const members[] = {"tenant",    "username", "client_key",
                                      "challenge", "proofs",   "scopes"};
static const char *const proof_members[] = {"scheme", "key", "proof"};

/* From its preparing to its performing. */
struct logging_in {
    struct sessions *sessions;
    struct session_form form;
    uint32_t scope;
    struct sessions_login made;
};

static struct status read_proof(struct work *work, const struct json_in *at,
                                struct login_proof *ret)
{
    TRY(json_in_members(at, proof_members, sizeof proof_members / sizeof proof_members[0]));
    TRY(session_form_scheme(at, &ret->scheme));
    bool has_key = ret->scheme != AUTH_OIDC && ret->scheme != AUTH_PASSKEY;
    TRY(session_form_bytes(work, at, "key", has_key, &ret->key));
    TRY(session_form_bytes(work, at, "proof", true, &ret->proof));
    return ret->proof.len <= LIMIT_SESSION_PROOF ? OK : JSON_IN_FAIL(at, BAD_REQUEST);
}

static struct status read_proofs(struct work *work, const struct json_in *root, struct login *login)
{
    struct json_in list;
    TRY(json_in_member(root, "proofs", &list));
    TRY(json_in_count(&list, &login->count));
    if (login->count == 0 || login->count > LOGIN_PROOFS) {
        return JSON_IN_FAIL(&list, BAD_REQUEST);
    }
    for (size_t i = 0; i < login->count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(read_proof(work, &item, &login->proofs[i]));
    }
    return OK;
}

static struct status read_challenge(const struct json_in *root, struct session_form *form)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(root, "challenge", &member));
    TRY(json_in_string(&member, &text));
    return json_in_about(&member, hex_read(text, sizeof form->challenge, form->challenge));
}

/* What was proven, in the trail. */
static struct status note(struct work *work, const struct session_token *token)
{
    uint8_t *memory = arena_alloc(work->arena, AUTH_TEXT_SID_TEXT);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf sid = buf_over(memory, AUTH_TEXT_SID_TEXT);
    auth_text_sid_put(token->sid, &sid);
    work->record.sid = buf_bytes(&sid);
    work->record.assurance = token->assurance;
    work->record.factors = session_form_factors(work, token->factors);
    work->record.ip = session_form_address(work);
    return OK;
}

/* What is no fault of whoever asks does not count against him. */
static bool is_his(struct status status)
{
    enum status_class class = status_class((enum status_code)status.code);
    return class != STATUS_CLASS_OK && class != STATUS_CLASS_UNAVAILABLE &&
           class != STATUS_CLASS_INTERNAL && class != STATUS_CLASS_RATE;
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct json_in root = json_in_root(&work->doc);
    struct logging_in *in = arena_alloc(work->arena, sizeof *in);
    if (in == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = in;
    TRY(permit_logins(permit, &in->sessions));
    TRY(json_in_members(&root, members, sizeof members / sizeof members[0]));
    TRY(session_form_who(work, permit, &root, &in->form));
    TRY(read_challenge(&root, &in->form));
    TRY(read_proofs(work, &root, &in->form.login));
    TRY(session_form_scopes(&root, &in->scope));
    TRY(session_form_limit(work, in->sessions, LOGIN_LIMITS_TRY, &in->form));
    struct status status =
        sessions_prove(in->sessions, work->arena, &in->form.login, in->scope, &in->made);
    work->waits = in->made.proven.waits;
    if (is_his(status)) {
        sessions_failed(in->sessions, &in->form.who);
    }
    TRY(status);
    return note(work, &in->made.token);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    const struct logging_in *in = work->state;
    struct session_records_by by;
    (void)permit;
    trail_origin(work, by.op, by.cause);
    TRY(sessions_begin(in->sessions, work->arena, &in->made, in->form.who.address, &by));
    return session_form_token_out(work, in->sessions, &in->made.token, in->form.who.address);
}

const struct operation session_op_login = {.prepare = prepare, .perform = perform};
