/* covers: src/operations/users/session_form.c src/sessions/session_token.c src/sessions/login.c */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fixtures/app_fixture.h"
#include "sessions/session_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct app_fixture *fixture;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* What came back is JSON with a stable code, and no fault of ours; nobody is enrolled. */
static void check_answer(bool is_login)
{
    const struct answer *answer = &fixture->service->answer;
    struct json_in_doc doc;
    require(answer->http_status >= 200 && answer->http_status < 500);
    require(!is_login || answer->code != STATUS_OK);
    arena_reset(&fixture->arena);
    require(status_is_ok(json_in_parse(&fixture->arena, answer->body, &doc)));
    struct json_in root = json_in_root(&doc);
    struct json_in member;
    require(answer->code == STATUS_OK || json_in_find(&root, "error_code", &member));
}

static void post(const char *path, struct bytes body)
{
    char head[128];
    (void)snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nContent-Type: application/json\r\n",
                   path);
    service_fixture_clear(fixture->service);
    service_fixture_ask(fixture->service, head, body, true);
    check_answer(strcmp(path, "/v1/sessions") == 0);
}

/* A good code makes the text of a body; only that text is read, and as that body. */
static void read_token(struct bytes body)
{
    static const uint8_t domain[AUTH_TEXT_HASH] = {1};
    static const struct session_token nothing;
    uint8_t memory[2 * SESSION_TOKEN_TEXT_MAX];
    uint8_t again_memory[SESSION_TOKEN_TEXT_MAX];
    uint8_t code[SHA256_BYTES];
    struct buf text = buf_over(memory, sizeof memory);
    struct buf again = buf_over(again_memory, sizeof again_memory);
    struct hmac_sha256_key key;
    struct hmac_sha256 hmac;
    struct session_token token;
    hmac_sha256_key_init(&key, BYTES_ARRAY(domain));
    hmac_sha256_init(&hmac, &key);
    hmac_sha256_update(&hmac, BYTES_LITERAL("coffer/session/1"));
    hmac_sha256_update(&hmac, BYTES_ARRAY(domain));
    hmac_sha256_update(&hmac, body);
    hmac_sha256_final(&hmac, code);
    buf_put_text(&text, "cfs1.");
    base64_put_url(&text, body);
    buf_put_u8(&text, '.');
    base64_put_url(&text, BYTES_ARRAY(code));
    if (text.failed) {
        return;
    }
    if (status_is_ok(session_token_read(&key, domain, buf_bytes(&text), &token))) {
        require(status_is_ok(session_token_put(&key, domain, &token, &again)));
        require(bytes_equal(buf_bytes(&text), buf_bytes(&again)));
    } else {
        require(memcmp(&token, &nothing, sizeof token) == 0);
    }
}

/* T: the body of a token; L: of a login; else of a question for a challenge. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes rest = {data + 1, len - 1};
    if (fixture == NULL) {
        fixture = app_fixture_open();
    }
    if (len < 2 || len > LIMIT_BODY_SESSION) {
        return 0;
    }
    if (data[0] == 'T') {
        read_token(rest);
    } else {
        post(data[0] == 'L' ? "/v1/sessions" : "/v1/sessions/challenge", rest);
    }
    return 0;
}
