/* covers: src/service/app_form.c src/service/op_app_derive.c src/service/op_values_*.c */
#include <stddef.h>
#include <stdint.h>

#include "support/app_fixture.h"

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

enum { ASKS = sizeof asks / sizeof asks[0], INNER_MAX = 65536 };

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

/* What an app may send: the text inside the envelope of a good proof. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char inner[INNER_MAX];
    if (fixture == NULL) {
        fixture = app_fixture_open();
    }
    if (len < 2 || len >= sizeof inner || memchr(data + 1, 0, len - 1) != NULL) {
        return 0;
    }
    memcpy(inner, data + 1, len - 1);
    inner[len - 1] = '\0';
    struct app_ask ask = asks[data[0] % ASKS];
    ask.inner = inner;
    ask.who = ask.is_v1 ? 2 : 0; /* an app that uses version 2 has no version 1 */
    service_fixture_clear(fixture->service);
    app_fixture_ask(fixture, &ask);
    require(ask.is_v1 ? fixture->is_signed == (fixture->service->answer.http_status == 200)
                      : fixture->is_signed);
    check_answer();
    return 0;
}
