/* covers: src/pipeline/user_proof.c src/pipeline/step_up.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fixtures/app_fixture.h"

static struct app_fixture *fixture;

#include "fixtures/user_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TEXT_MAX = 9000 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_visible(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < 0x20 || *at > 0x7e) {
            return false;
        }
    }
    return true;
}

/* Everything that came back has a stable code, and is no fault of ours. */
static void check_answer(void)
{
    const struct answer *answer = &fixture->service->answer;
    struct json_in_doc doc;
    struct json_in member;
    require(answer->http_status >= 200 && answer->http_status < 500);
    require(status_is_ok(json_in_parse(&fixture->arena, answer->body, &doc)));
    struct json_in root = json_in_root(&doc);
    require(answer->code == STATUS_OK || json_in_find(&root, "error_code", &member));
}

/* What a request says that no signature covers before it is read: its token, what it shows besides,
 * and the proof of a passkey. */
static void ask(char kind, const char *text)
{
    struct user_ask ask = {.target = "/v1/starknet/accounts", .body = "{}"};
    switch (kind) {
    case 'T':
        ask.token = text;
        break;
    case 'B':
        ask.token = text;
        ask.is_bearer = true;
        break;
    case 'S':
        ask.step = text;
        break;
    case 'P':
        ask.key = USER_FIXTURE_PASSKEY;
        world.keys[USER_FIXTURE_PASSKEY].proof = bytes_of(text);
        break;
    default:
        return;
    }
    world.counts = 0;
    service_fixture_clear(fixture->service);
    user_ask(&ask);
    /* Nothing but a step-up can be right: no token and no proof are made by chance. */
    require((kind == 'S' && world.steps != 0) || fixture->service->answer.http_status != 200);
    require(fixture->service->answer.http_status == 200 || world.counts == 0);
    check_answer();
    world.steps = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char text[TEXT_MAX];
    if (fixture == NULL) {
        fixture = app_fixture_open();
        user_world_open();
    }
    if (len < 1 || len >= sizeof text || memchr(data + 1, 0, len - 1) != NULL) {
        return 0;
    }
    memcpy(text, data + 1, len - 1);
    text[len - 1] = '\0';
    size_t most = data[0] == 'P' ? POP_PROOF_MAX : data[0] == 'S' ? 5000 : sizeof text;
    if (len - 1 <= most && (data[0] == 'S' || data[0] == 'P' || is_visible(text))) {
        ask((char)data[0], text);
    }
    return 0;
}
