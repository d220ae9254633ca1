#include "pipeline/step_up.h"

#include "base/arena.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "net/http1.h"
#include "pipeline/context/service.h"

/* Text in base64, in the arena. */
static struct status read_base64(struct arena *arena, struct bytes text, bool is_url,
                                 struct bytes *ret)
{
    struct buf out = buf_over(arena_alloc(arena, text.len + 1), text.len + 1);
    *ret = (struct bytes){NULL, 0};
    if (out.ptr == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(is_url ? base64_read_url(text, &out) : base64_read(text, &out));
    *ret = buf_bytes(&out);
    return OK;
}

static struct status read_member(struct arena *arena, const struct json_in *at, const char *name,
                                 struct bytes *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(at, name, &member));
    TRY(json_in_string(&member, &text));
    return read_base64(arena, text, false, ret);
}

/* The key may be left out, where its proof says it. */
static struct status read_proof(struct arena *arena, const struct json_in *at,
                                struct login_proof *ret)
{
    static const char *const members[] = {"scheme", "key", "proof"};
    struct json_in member;
    struct bytes word;
    TRY(json_in_members(at, members, sizeof members / sizeof members[0]));
    TRY(json_in_member(at, "scheme", &member));
    TRY(json_in_string(&member, &word));
    TRY(auth_text_scheme_read(word, &ret->scheme));
    if (json_in_find(at, "key", &member)) {
        TRY(read_member(arena, at, "key", &ret->key));
    }
    return read_member(arena, at, "proof", &ret->proof);
}

static struct status read_step(struct arena *arena, struct bytes text, uint8_t *challenge,
                               struct login *ret)
{
    static const char *const members[] = {"challenge", "proofs"};
    struct json_in_doc doc;
    struct json_in member;
    struct bytes json;
    struct bytes word;
    TRY(text.len <= STEP_UP_TEXT ? OK : FAIL(BAD_REQUEST));
    TRY(read_base64(arena, text, true, &json));
    TRY(json_in_parse(arena, json, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(json_in_members(&root, members, sizeof members / sizeof members[0]));
    TRY(json_in_member(&root, "challenge", &member));
    TRY(json_in_string(&member, &word));
    TRY(hex_read(word, AUTH_TEXT_CHALLENGE, challenge));
    TRY(json_in_member(&root, "proofs", &member));
    TRY(json_in_count(&member, &ret->count));
    if (json_in_kind(&member) != JSON_IN_ARRAY || ret->count == 0 || ret->count > LOGIN_PROOFS) {
        return FAIL(BAD_REQUEST);
    }
    for (size_t i = 0; i < ret->count; i++) {
        struct json_in item = json_in_item(&member, i);
        TRY(read_proof(arena, &item, &ret->proofs[i]));
    }
    return OK;
}

struct status step_up_check(struct work *work, const uint8_t *digest, struct session_token *session)
{
    const struct speakers *speakers = &work->worker->service->speakers;
    struct bytes text = http1_header(work->request->head, BYTES_LITERAL(STEP_UP_HEADER));
    uint8_t challenge[AUTH_TEXT_CHALLENGE];
    struct login step = {
        .purpose = AUTH_STEP_UP,
        .tenant = session->tenant,
        .user = {session->user, session->user_len},
        .cnf_type = session->cnf_type,
        .cnf = session->client,
        .challenge = challenge,
        .detail = digest,
    };
    uint8_t assurance = 0;
    if (text.ptr == NULL) {
        return OK;
    }
    TRY(status_judged(read_step(work->arena, text, challenge, &step), FAIL(POP_MALFORMED)));
    work->owed += STEP_UP_UNITS;
    TRY(speakers->step_up(speakers->context, work->arena, &step, session, &assurance));
    session->assurance = assurance > session->assurance ? assurance : session->assurance;
    return OK;
}
