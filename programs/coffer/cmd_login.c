#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "coffer/commands.h"
#include "coffer/key_path.h"
#include "coffer/node_trust.h"
#include "coffer/place_option.h"
#include "coffer/say_json.h"
#include "coffer/session_call.h"
#include "coffer/verify_trust.h"

enum { BODY_MAX = 16384, PROOF_MAX = 2048 };

/* From the first question to the session. */
struct logging_in {
    struct session_call call;
    const char *key_path[2];
    uint8_t challenge[AUTH_TEXT_CHALLENGE];
    struct buf body;
    struct json_out json;
};

static void put_key(struct json_out *json, const struct user_public *public)
{
    json_out_member_text(json, "scheme", user_key_scheme_name(public->scheme));
    json_out_name(json, "key");
    json_out_base64(json, user_public_bytes(public));
}

/* What both questions begin with. */
static enum cli_exit begin(struct cli *cli, struct logging_in *in)
{
    uint8_t *memory = arena_alloc(&cli->arena, BODY_MAX);
    if (memory == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    in->body = buf_over(memory, BODY_MAX);
    in->json = json_out_over(&in->body);
    json_out_object(&in->json);
    json_out_name(&in->json, "tenant");
    json_out_hex(&in->json, BYTES_ARRAY(in->call.session.place.tenant));
    json_out_member_text(&in->json, "username", in->call.session.user);
    json_out_name(&in->json, "client_key");
    json_out_object(&in->json);
    put_key(&in->json, &in->call.session.key.public);
    json_out_object_end(&in->json);
    return CLI_DONE;
}

static enum cli_exit send(struct cli *cli, struct logging_in *in, const char *path,
                          struct node_api_answer *ret)
{
    json_out_object_end(&in->json);
    struct status status = buf_check(&in->body);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "");
    }
    status = node_api_call(&in->call.api, path, buf_bytes(&in->body), ret);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, in->call.session.url);
    }
    bool is_good = ret->http == 200 && ret->json.root != NULL;
    return is_good ? CLI_DONE : node_api_refused(cli, ret);
}

static enum cli_exit ask_challenge(struct cli *cli, struct logging_in *in)
{
    struct node_api_answer answer;
    enum cli_exit result = begin(cli, in);
    result = result == CLI_DONE ? send(cli, in, "/v1/sessions/challenge", &answer) : result;
    if (result != CLI_DONE) {
        return result;
    }
    struct bytes text = node_api_text(&answer, "challenge");
    return status_is_ok(hex_read(text, sizeof in->challenge, in->challenge))
               ? CLI_DONE
               : cli_fail_text(cli, "IO", "the answer has no challenge",
                               "check that --node names a Coffer node");
}

static enum cli_exit put_proof(struct cli *cli, struct logging_in *in, const char *path)
{
    uint8_t memory[PROOF_MAX];
    struct buf proof = buf_over(memory, sizeof memory);
    const struct clock clock = clock_system();
    const struct user_session *session = &in->call.session;
    SECRET(user_key, key);
    const struct user_session_login login = {.place = &session->place,
                                             .user = bytes_of(session->user),
                                             .client = &session->key.public,
                                             .challenge = in->challenge,
                                             .origin = bytes_of(cli_value(cli, "--origin", ""))};
    enum cli_exit result = key_path_read(cli, "--key", path, &key);
    if (result != CLI_DONE) {
        return result;
    }
    if (key.public.scheme == AUTH_EIP191 && login.origin.len == 0) {
        return cli_usage(cli, "a wallet says at which page it logs in: one of the tenant's origins",
                         "--origin");
    }
    struct status status = user_session_prove(&login, &key, clock_wall(&clock).hi_ms, &proof);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, path);
    }
    json_out_object(&in->json);
    put_key(&in->json, &key.public);
    json_out_name(&in->json, "proof");
    json_out_base64(&in->json, buf_bytes(&proof));
    json_out_object_end(&in->json);
    return CLI_DONE;
}

static void put_scopes(struct json_out *json, const char *list)
{
    struct bytes rest = bytes_of(list);
    json_out_name(json, "scopes");
    json_out_array(json);
    while (rest.len != 0) {
        size_t comma = bytes_find(rest, ',');
        json_out_string(json, bytes_slice(rest, 0, comma));
        rest = bytes_slice(rest, comma + 1, rest.len);
    }
    json_out_array_end(json);
}

static enum cli_exit prove(struct cli *cli, struct logging_in *in, struct node_api_answer *ret)
{
    enum cli_exit result = begin(cli, in);
    json_out_name(&in->json, "challenge");
    json_out_hex(&in->json, BYTES_ARRAY(in->challenge));
    json_out_name(&in->json, "proofs");
    json_out_array(&in->json);
    for (size_t i = 0; i < 2 && result == CLI_DONE; i++) {
        result = in->key_path[i] == NULL ? CLI_DONE : put_proof(cli, in, in->key_path[i]);
    }
    json_out_array_end(&in->json);
    if (cli_has(cli, "--scopes")) {
        put_scopes(&in->json, cli_value(cli, "--scopes", ""));
    }
    return result == CLI_DONE ? send(cli, in, "/v1/sessions", ret) : result;
}

/* The node, the tenant, the user, and a new key for the session. */
static enum cli_exit prepare(struct cli *cli, struct logging_in *in)
{
    struct user_session *session = &in->call.session;
    const char *url = cli_value(cli, "--node", NODE_API_DEFAULT);
    const struct entropy entropy = entropy_system();
    struct node_trust trust;
    if (strlen(url) >= sizeof session->url || strlen(cli->arguments[0]) >= sizeof session->user) {
        return cli_usage(cli, "a value is too long", "--node or USERNAME");
    }
    memcpy(session->url, url, strlen(url) + 1);
    memcpy(session->user, cli->arguments[0], strlen(cli->arguments[0]) + 1);
    struct status status = node_api_open(&in->call.api, &cli->arena, session->url);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, url);
    }
    enum cli_exit result = node_trust_find(cli, &in->call.api, url, &trust);
    if (result != CLI_DONE) {
        return result;
    }
    memcpy(session->node, trust.node, sizeof session->node);
    memcpy(session->place.domain, trust.domain, sizeof session->place.domain);
    result = place_option_tenant(cli, &session->place);
    status = user_key_generate(&entropy, AUTH_P256, &session->key);
    return result != CLI_DONE || status_is_ok(status) ? result : cli_fail(cli, status, "");
}

static enum cli_exit log_in(struct cli *cli, struct logging_in *in)
{
    struct node_api_answer answer;
    enum cli_exit result = prepare(cli, in);
    result = result == CLI_DONE ? ask_challenge(cli, in) : result;
    result = result == CLI_DONE ? prove(cli, in, &answer) : result;
    if (result != CLI_DONE) {
        return result;
    }
    if (!session_call_take(&in->call.session, &answer)) {
        return cli_fail_text(cli, "IO", "the answer has no token",
                             "check that --node names a Coffer node");
    }
    result = session_call_keep(cli, in->call.path, &in->call.session);
    if (result != CLI_DONE) {
        return result;
    }
    out_string(&cli->out, "file", in->call.path);
    out_string(&cli->out, "user", in->call.session.user);
    out_text(&cli->out, "session", node_api_text(&answer, "session_id"));
    out_text(&cli->out, "expires_at", node_api_text(&answer, "expires_at"));
    out_string(&cli->out, "node", in->call.session.node);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_login(struct cli *cli)
{
    char path[SESSION_CALL_PATH];
    struct logging_in *in = arena_alloc(&cli->arena, sizeof *in);
    if (in == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    in->key_path[0] = cli_value(cli, "--key", NULL);
    in->key_path[1] = cli_value(cli, "--second", NULL);
    if (in->key_path[0] == NULL) {
        return cli_usage(cli, "the key of the user is missing", "--key or COFFER_KEY");
    }
    enum cli_exit result = session_call_path(cli, true, path);
    if (result != CLI_DONE) {
        return result;
    }
    in->call.path = path;
    result = log_in(cli, in);
    session_call_close(&in->call);
    return result;
}

static const struct cli_option options[] = {
    NODE_API_OPTION,
    {"--key", "FILE", "a key of the user, as key new or openssl writes it"},
    {"--second", "FILE", "and one of another scheme, for what wants two"},
    PLACE_OPTION_TENANT_ROW,
    {"--session", "FILE", "to keep it in; session.json of the config folder"},
    {"--scopes", "LIST", "what it may do: read, accounts, sign, lanes, revoke, with commas"},
    {"--origin", "URL", "for a wallet: the page of the tenant that it logs in at"},
    VERIFY_TRUST_OPTIONS,
    VERIFY_TRUST_DEV_OPTION};

const struct cli_command cmd_login = {
    .name = "login",
    .arguments = "USERNAME",
    .summary = "Log in as a user, and keep the session",
    .help =
        "Makes a key for the session, has the node make a token for it, and keeps both in a file\n"
        "of mode 0600. The key of the user is asked for nothing else. Which node this is has to\n"
        "be known first: a node of this machine, one of a deployment that names its nodes, or one\n"
        "that shows which code it runs (coffer verify says more about that).\n\n"
        "Examples:\n"
        "  coffer login alice --key alice.pem\n"
        "  coffer login alice --key alice.pem --node https://kms.example.org --pcrs pcrs.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_login,
};
