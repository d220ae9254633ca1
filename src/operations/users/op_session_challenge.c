#include "base/utc.h"
#include "codec/hex.h"
#include "operations/users/session_form.h"
#include "operations/users/session_op.h"
#include "sessions/challenge.h"

static const char *const members[] = {"tenant", "username", "client_key", "purpose"};

static struct status read_purpose(const struct json_in *root, struct session_form *form)
{
    struct json_in member;
    struct bytes word;
    if (!json_in_find(root, "purpose", &member)) {
        return OK;
    }
    TRY(json_in_string(&member, &word));
    bool is_step_up = bytes_equal(word, BYTES_LITERAL("step-up"));
    form->login.purpose = is_step_up ? AUTH_STEP_UP : AUTH_LOGIN;
    bool is_good = is_step_up || bytes_equal(word, BYTES_LITERAL("login"));
    return is_good ? OK : JSON_IN_FAIL(&member, BAD_REQUEST);
}

static void answer_out(struct work *work, const struct permit *permit,
                       const struct session_form *form)
{
    uint8_t memory[2 * AUTH_TEXT_HASH];
    struct buf text = buf_over(memory, sizeof memory);
    uint8_t time_memory[UTC_TEXT];
    struct buf time = buf_over(time_memory, sizeof time_memory);
    struct json_out *out = &work->out;
    json_out_object(out);
    json_out_member_bool(out, "success", true);
    hex_put(&text, BYTES_ARRAY(form->challenge));
    json_out_member_string(out, "challenge", buf_bytes(&text));
    text = buf_over(memory, sizeof memory);
    hex_put(&text, (struct bytes){users_domain(permit_users(permit)), AUTH_TEXT_HASH});
    json_out_member_string(out, "domain_id", buf_bytes(&text));
    text = buf_over(memory, sizeof memory);
    hex_put(&text, BYTES_ARRAY(form->tenant));
    json_out_member_string(out, "tenant", buf_bytes(&text));
    utc_put(&time, work->now.lo_ms + CHALLENGE_LIFE_MS);
    json_out_member_string(out, "expires_at", buf_bytes(&time));
    json_out_object_end(out);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct session_form *form = arena_alloc(work->arena, sizeof *form);
    struct json_in root = json_in_root(&work->doc);
    struct sessions *sessions;
    if (form == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(permit_logins(permit, &sessions));
    TRY(json_in_members(&root, members, sizeof members / sizeof members[0]));
    TRY(session_form_who(work, permit, &root, form));
    TRY(read_purpose(&root, form));
    TRY(session_form_limit(work, sessions, LOGIN_LIMITS_CHALLENGE, form));
    TRY(sessions_challenge(sessions, &form->login, form->challenge));
    answer_out(work, permit, form);
    return OK;
}

const struct operation session_op_challenge = {.perform = perform};
