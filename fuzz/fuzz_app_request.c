/* covers: src/operations/app/app_form.c src/pipeline/query.c src/operations/app/op_*.c */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fixtures/app_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct app_fixture *fixture;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static const struct app_ask asks[] = {
    {.method = "POST", .target = "/kms/derive", .is_v1 = true},
    {.method = "PUT", .target = "/kms/data", .is_v1 = true},
    {.method = "DELETE", .target = "/kms/data", .is_v1 = true},
    {.method = "POST", .target = "/v1/app/keys"},
    {.method = "PUT", .target = "/v1/app/values"},
    {.method = "DELETE", .target = "/v1/app/values"},
    {.method = "POST", .target = "/v1/app/values/get"},
    {.method = "POST", .target = "/v1/app/values/list"},
};

/* What comes after these is the input. */
static const struct app_ask gets[] = {
    {.method = "GET", .target = "/kms/data/", .is_v1 = true},
    {.method = "GET", .target = "/kms/data?", .is_v1 = true},
    {.method = "GET", .target = "/v1/app/values/"},
    {.method = "GET", .target = "/v1/app/values?"},
};

enum {
    ASKS = sizeof asks / sizeof asks[0],
    GETS = sizeof gets / sizeof gets[0],
    FIRST_GET = 200,
    TEXT_MAX = 65536,
    TARGET_MAX = 4096,
};

/* Everything that came back is JSON with a stable code, and no fault of ours. */
static void check_answer(void)
{
    const struct answer *answer = &fixture->service->answer;
    struct json_in_doc doc;
    require(answer->http_status >= 200 && answer->http_status < 600);
    require(answer->http_status != 500);
    struct bytes body = fixture->inner.ptr != NULL ? fixture->inner : answer->body;
    require(status_is_ok(json_in_parse(&fixture->arena, body, &doc)));
    struct json_in root = json_in_root(&doc);
    struct json_in member;
    require(answer->code == STATUS_OK || json_in_find(&root, "error_code", &member));
    require(answer->ticket != 0 && fixture->service->may_leave);
}

/* What the HTTP layer lets through. */
static bool is_target(const char *text)
{
    for (const char *at = strchr(text, '%'); at != NULL; at = strchr(at + 1, '%')) {
        if (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2])) {
            return false;
        }
    }
    return text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "-._~!$&'()*+,;=:@/?%")] == '\0';
}

static void send(struct app_ask *ask)
{
    ask->who = ask->is_v1 ? 2 : 0; /* an app that uses version 2 has no version 1 */
    service_fixture_clear(fixture->service);
    app_fixture_ask(fixture, ask);
    if (fixture->service->answer.code == STATUS_NOT_FOUND) {
        return; /* the end of a target made it another path */
    }
    require(ask->is_v1 ? fixture->is_signed == (fixture->service->answer.http_status == 200)
                       : fixture->is_signed);
    check_answer();
}

/* Both apps have a value. */
static void open_fixture(void)
{
    struct app_ask put = {.method = "PUT",
                          .target = "/kms/data",
                          .is_v1 = true,
                          .inner = "{\"key\":\"k\",\"value\":\"AA==\"}"};
    fixture = app_fixture_open();
    send(&put);
    put = (struct app_ask){
        .method = "PUT", .target = "/v1/app/values", .inner = "{\"key\":\"k\",\"value\":\"AA==\"}"};
    send(&put);
}

static void get(uint8_t which, const char *text)
{
    static char target[TARGET_MAX];
    struct app_ask ask = gets[which % GETS];
    ask.target = target;
    int len = snprintf(target, sizeof target, "%s%s", gets[which % GETS].target, text);
    if (is_target(text) && len < TARGET_MAX) {
        send(&ask);
    }
}

/* What an app may send with a good proof: the text inside the envelope, or the end of a target. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char text[TEXT_MAX];
    if (fixture == NULL) {
        open_fixture();
    }
    if (len < 2 || len >= sizeof text || memchr(data + 1, 0, len - 1) != NULL) {
        return 0;
    }
    memcpy(text, data + 1, len - 1);
    text[len - 1] = '\0';
    if (data[0] >= FIRST_GET) {
        get(data[0], text);
        return 0;
    }
    struct app_ask ask = asks[data[0] % ASKS];
    ask.inner = text;
    send(&ask);
    return 0;
}
