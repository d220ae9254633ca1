#include "client/user_session.h"

#include <stdio.h>
#include <string.h>

#include "authenticators/eip4361.h"
#include "base/secret.h"
#include "base/utc.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "crypto/k256.h"
#include "digest/sha256.h"
#include "ethereum/eip191.h"

enum { WALLET_CHAIN = 1 };

void user_session_wipe(struct user_session *session)
{
    secret_wipe(session, sizeof *session);
}

/* --- logging in ----------------------------------------------------------------------------- */

static struct status put_text(const struct user_session_login *login, struct buf *out)
{
    uint8_t cnf[AUTH_TEXT_HASH];
    const struct auth_client_key client = {(uint8_t)login->client->scheme,
                                           user_public_bytes(login->client)};
    auth_text_cnf(&client, cnf);
    const struct auth_text text = {.place = user_place_of(login->place),
                                   .purpose = AUTH_LOGIN,
                                   .user = login->user,
                                   .cnf_type = client.type,
                                   .cnf = cnf,
                                   .challenge = login->challenge};
    return auth_text_put(&text, out);
}

/* A wallet signs a message that says for which page it logs in. */
static struct status prove_wallet(const struct user_session_login *login,
                                  const struct user_key *key, struct bytes text, uint64_t now_ms,
                                  struct buf *out)
{
    uint8_t proof_of[AUTH_TEXT_HASH];
    uint8_t instant_memory[UTC_TEXT];
    uint8_t message_memory[EIP4361_TEXT];
    uint8_t proof_memory[USER_KEY_PROOF];
    struct buf instant = buf_over(instant_memory, sizeof instant_memory);
    struct buf message = buf_over(message_memory, sizeof message_memory);
    struct buf proof = buf_over(proof_memory, sizeof proof_memory);
    struct json_out json = json_out_over(out);
    struct k256_signature signature;
    struct eth_address address;
    if (login->origin.len == 0) {
        return FAIL(BAD_REQUEST);
    }
    sha256_hash(text, proof_of);
    utc_put(&instant, now_ms);
    memcpy(address.b, key->public.key, sizeof address.b);
    const struct authenticator_said said = {text, proof_of, BYTES_LITERAL("login"), true};
    const struct eip4361 what = {
        .origin = login->origin, .chain_id = WALLET_CHAIN, .issued_at = buf_bytes(&instant)};
    TRY(eip4361_put(&what, &address, &said, &message));
    TRY(user_key_sign(key, buf_bytes(&message), &proof));
    TRY(eip191_read_bytes(proof_memory, &signature));
    json_out_object(&json);
    json_out_member_string(&json, "origin", login->origin);
    json_out_member_u64(&json, "chain_id", WALLET_CHAIN);
    json_out_member_string(&json, "issued_at", buf_bytes(&instant));
    json_out_name(&json, "sig");
    json_out_raw(&json, BYTES_LITERAL("\""));
    eip191_put(out, &signature);
    buf_put_u8(out, '"');
    json_out_object_end(&json);
    return buf_check(out);
}

struct status user_session_prove(const struct user_session_login *login, const struct user_key *key,
                                 uint64_t now_ms, struct buf *out)
{
    uint8_t memory[AUTH_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    TRY(put_text(login, &text));
    return key->public.scheme == AUTH_EIP191
               ? prove_wallet(login, key, buf_bytes(&text), now_ms, out)
               : user_key_sign(key, buf_bytes(&text), out);
}

/* --- requests ------------------------------------------------------------------------------- */

/* Add a line to those that there are. */
static struct status put_line(struct arena *arena, const char *name, struct bytes value,
                              const char **lines, size_t *count)
{
    char *memory = arena_alloc(arena, USER_SESSION_LINE);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over((uint8_t *)memory, USER_SESSION_LINE - 1);
    buf_put_text(&out, name);
    buf_put_text(&out, ": ");
    buf_put(&out, value);
    lines[(*count)++] = memory;
    return buf_check(&out);
}

static struct status put_base64_line(struct arena *arena, const char *name, struct bytes data,
                                     const char **lines, size_t *count)
{
    uint8_t memory[USER_SESSION_LINE];
    struct buf text = buf_over(memory, sizeof memory);
    base64_put_url(&text, data);
    TRY(buf_check(&text));
    return put_line(arena, name, buf_bytes(&text), lines, count);
}

/* Fill in what is signed. */
static struct status prepare(const struct user_session *session,
                             struct user_session_request *request)
{
    struct sealed_call *call = &request->call;
    struct buf sid = buf_over((uint8_t *)request->sid, AUTH_TEXT_SID_TEXT);
    auth_text_sid_put(session->sid, &sid);
    request->sid[AUTH_TEXT_SID_TEXT] = '\0';
    (void)snprintf(request->counter, sizeof request->counter, "%016llx",
                   (unsigned long long)request->number);
    sha256_hash(request->body, call->body_hash);
    call->proof = (struct pop_request){.kind = POP_USER,
                                       .method = bytes_of(request->method),
                                       .target = bytes_of(request->target),
                                       .body_hash = call->body_hash,
                                       .domain = session->place.domain,
                                       .recipient = bytes_of(session->node),
                                       .caller = bytes_of(request->sid),
                                       .nonce = bytes_of(request->counter),
                                       .time_ms = request->now_ms,
                                       .idempotency_key = request->idempotency};
    return pop_request_digest(&call->proof, call->digest);
}

static struct status make_lines(struct arena *arena, const struct user_session *session,
                                const struct user_session_request *request, const char **lines,
                                size_t *count)
{
    const struct pop_names *names = pop_names(POP_USER);
    uint8_t text_memory[POP_TEXT_MAX];
    uint8_t proof_memory[USER_KEY_PROOF];
    char bearer[USER_SESSION_TOKEN + 8];
    char time[24];
    struct buf text = buf_over(text_memory, sizeof text_memory);
    struct buf proof = buf_over(proof_memory, sizeof proof_memory);
    TRY(pop_request_text(&request->call.proof, &text));
    TRY(user_key_sign(&session->key, buf_bytes(&text), &proof));
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", session->token);
    (void)snprintf(time, sizeof time, "%llu", (unsigned long long)request->now_ms);
    TRY(put_line(arena, "authorization", bytes_of(bearer), lines, count));
    TRY(put_line(arena, names->caller, bytes_of(request->sid), lines, count));
    TRY(put_line(arena, names->nonce, bytes_of(request->counter), lines, count));
    TRY(put_line(arena, names->time, bytes_of(time), lines, count));
    TRY(put_line(arena, names->recipient, bytes_of(session->node), lines, count));
    TRY(put_base64_line(arena, names->key, user_public_bytes(&session->key.public), lines, count));
    TRY(put_base64_line(arena, names->signature, buf_bytes(&proof), lines, count));
    return request->idempotency.len == 0
               ? OK
               : put_line(arena, "idempotency-key", request->idempotency, lines, count);
}

struct status user_session_sign(struct arena *arena, const struct user_session *session,
                                struct user_session_request *request,
                                const char *ret_lines[static USER_SESSION_LINES], size_t *ret_count)
{
    size_t count = 0;
    *ret_count = 0;
    TRY(prepare(session, request));
    TRY(make_lines(arena, session, request, ret_lines, &count));
    *ret_count = count;
    return OK;
}

struct status user_session_wallet(const char *node, struct eth_address *ret)
{
    struct bytes text = bytes_of(node);
    size_t colon = bytes_find(text, ':');
    *ret = (struct eth_address){0};
    return colon == POP_WALLET_TEXT
               ? status_judged(eth_address_read(bytes_slice(text, 0, colon), ret),
                               FAIL(POP_MALFORMED))
               : FAIL(POP_MALFORMED);
}
