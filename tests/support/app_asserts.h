/* Tests over support/app_fixture.h: one fixture for each test, and what its last answer was. */
#ifndef COFFER_TESTS_SUPPORT_APP_ASSERTS_H
#define COFFER_TESTS_SUPPORT_APP_ASSERTS_H

#include "support/app_fixture.h"
#include "support/unit.h"

static struct app_fixture *fixture;

static inline int setup(void **state)
{
    (void)state;
    fixture = app_fixture_open();
    service_fixture_clear(fixture->service);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    app_fixture_close(fixture);
    return 0;
}

#define assert_answer(name, http)                                                    \
    do {                                                                             \
        const struct answer *answer_ = &fixture->service->answer;                    \
        assert_string_equal(status_name(STATUS_##name), status_name(answer_->code)); \
        assert_int_equal(http, answer_->http_status);                                \
    } while (0)

static inline bool inner_has(const char *text)
{
    return memmem(fixture->inner.ptr, fixture->inner.len, text, strlen(text)) != NULL;
}

static inline bool body_has(const char *text)
{
    struct bytes body = fixture->service->answer.body;
    return memmem(body.ptr, body.len, text, strlen(text)) != NULL;
}

static inline size_t count_lines(const char *text)
{
    size_t count = 0;
    for (const char *at = fixture->service->lines; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

/* A request of instance 0, of the version that its path says. inner may be NULL. */
static inline void values(const char *method, const char *target, const char *inner)
{
    const struct app_ask ask = {
        .method = method, .target = target, .inner = inner, .is_v1 = target[1] == 'k'};
    app_fixture_ask(fixture, &ask);
}

#endif
