/* A service without a network, for tests and fuzzers: the development tenant on fixed seeds, an
 * audit trail in memory, requests from bytes, and the committer run by hand. */
#ifndef COFFER_TESTS_SUPPORT_SERVICE_FIXTURE_H
#define COFFER_TESTS_SUPPORT_SERVICE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/trust_dev.h"
#include "service/pipeline.h"
#include "service/service.h"

struct service_fixture {
    struct mem mem;
    struct arena arena;
    struct trust trust;
    struct log log;
    struct key_cache *cache;
    struct tenant_set *tenants;
    struct service *service;
    struct worker *worker;
    bool fails;    /* the audit trail cannot be written */
    bool may_wait; /* requests may */
    uint8_t entropy_state;
    /* The last answer, and whether its records are durable. */
    struct answer answer;
    bool may_leave;
    size_t lines_len;
    char lines[1 << 20]; /* of the audit trail, since service_fixture_clear */
};

static inline void service_fixture_require(bool truth, const char *what)
{
    if (!truth) {
        (void)fprintf(stderr, "service fixture: %s\n", what);
        abort();
    }
}

/* Bytes that repeat from run to run, and are never all the same. */
static inline struct status service_fixture_fill(void *context, uint8_t *out, size_t len)
{
    struct service_fixture *fixture = context;
    for (size_t i = 0; i < len; i++) {
        out[i] = fixture->entropy_state++;
    }
    return OK;
}

static inline struct status service_fixture_write(void *context, const struct bytes *parts,
                                                  size_t count)
{
    struct service_fixture *fixture = context;
    if (fixture->fails) {
        return FAIL(IO);
    }
    for (size_t i = 0; i < count; i++) {
        size_t room = sizeof fixture->lines - 1 - fixture->lines_len;
        size_t len = parts[i].len < room ? parts[i].len : room;
        memcpy(fixture->lines + fixture->lines_len, parts[i].ptr, len);
        fixture->lines_len += len;
        fixture->lines[fixture->lines_len] = '\0';
    }
    return OK;
}

static inline void service_fixture_clear(struct service_fixture *fixture)
{
    fixture->lines_len = 0;
    fixture->lines[0] = '\0';
}

static inline void service_fixture_tenants(struct service_fixture *fixture,
                                           const struct entropy *entropy)
{
    char where[CONFIG_WHERE_MAX];
    const struct secret32 root = {{1, 2, 3}};
    const struct secret32 seed = {{4, 5, 6}};
    struct bytes name = BYTES_LITERAL(TENANT_DEFAULT);
    struct status status = arena_init(&fixture->arena, 64u << 20);
    service_fixture_require(status_is_ok(status), "no memory");
    status = trust_parse(trust_dev_text(), &fixture->arena, &fixture->trust, where);
    service_fixture_require(status_is_ok(status), where);
    status = key_cache_open(64, &fixture->mem, entropy, &fixture->cache);
    service_fixture_require(status_is_ok(status), "no key cache");
    status =
        tenant_set_open(&fixture->trust, &fixture->mem, fixture->cache, &fixture->tenants, where);
    service_fixture_require(status_is_ok(status), where);
    tenant_set_root(fixture->tenants, &root, 0);
    status = tenant_set_seed(fixture->tenants, name, &seed);
    service_fixture_require(status_is_ok(status), "no seed");
}

/* prepare may be NULL, and changes what the service is made of. */
static inline struct service_fixture *service_fixture_open_with(
    void (*prepare)(void *context, struct service_fixture *fixture, struct service_setup *setup),
    void *context)
{
    struct service_fixture *fixture = calloc(1, sizeof *fixture);
    service_fixture_require(fixture != NULL, "no memory");
    mem_init(&fixture->mem, (size_t)512 << 20);
    fixture->log = (struct log){.fd = -1, .clock = clock_system()};
    const struct entropy entropy = {fixture, service_fixture_fill};
    service_fixture_tenants(fixture, &entropy);
    struct service_setup setup = {
        .clock = clock_system(),
        .entropy = entropy,
        .log = &fixture->log,
        .mem = &fixture->mem,
        .trust = &fixture->trust,
        .tenants = fixture->tenants,
        .cache = fixture->cache,
        .audit = {fixture, service_fixture_write},
        .workers = 1,
        .idempotency_entries = 16,
    };
    if (prepare != NULL) {
        prepare(context, fixture, &setup);
    }
    struct status status = service_open(&setup, &fixture->service);
    service_fixture_require(status_is_ok(status), status_name((enum status_code)status.code));
    fixture->worker = &fixture->service->workers[0];
    return fixture;
}

static inline struct service_fixture *service_fixture_open(void)
{
    return service_fixture_open_with(NULL, NULL);
}

static inline void service_fixture_sign(void *context, struct service_fixture *fixture,
                                        struct service_setup *setup)
{
    const struct checkpoint_signer *signer = context;
    (void)fixture;
    setup->signer = *signer;
}

/* In: signer, of the audit trail. */
static inline struct service_fixture *service_fixture_open_signed(struct checkpoint_signer *signer)
{
    return service_fixture_open_with(service_fixture_sign, signer);
}

static inline void service_fixture_close(struct service_fixture *fixture)
{
    service_close(&fixture->service);
    tenant_set_close(&fixture->tenants);
    key_cache_close(&fixture->cache);
    arena_deinit(&fixture->arena);
    free(fixture);
}

/* What the node does after the pipeline: commit, and then let the answer go or not. */
static inline void service_fixture_commit(struct service_fixture *fixture)
{
    struct committer_news news;
    committer_submit(fixture->worker->lane);
    committer_round(&fixture->service->committer);
    bool wrote = committer_collect(fixture->worker->lane, &news);
    fixture->may_leave =
        fixture->answer.ticket == 0 || (wrote && news.durable >= fixture->answer.ticket);
    if (fixture->answer.entry != 0) {
        idempotency_settle(fixture->service->idempotency, fixture->answer.entry,
                           fixture->may_leave);
    }
}

/* One request. In: head, request line and headers, each with its line end, without Host and
 * Content-Length. */
static inline void service_fixture_ask(struct service_fixture *fixture, const char *head,
                                       struct bytes body, bool is_loopback)
{
    char text[16384];
    int len = snprintf(text, sizeof text, "%sHost: localhost\r\nContent-Length: %zu\r\n\r\n", head,
                       body.len);
    struct http1_progress progress = {0};
    struct http1_head parsed;
    struct status status =
        http1_read(&progress, (struct bytes){(const uint8_t *)text, (size_t)len}, &parsed);
    service_fixture_require(status_is_ok(status) && parsed.len != 0, "the head is not whole");
    const struct request request = {
        .head = &parsed,
        .body = body,
        .listeners = REQUEST_PUBLIC | REQUEST_LOCAL,
        .is_loopback = is_loopback,
        .may_wait = fixture->may_wait,
    };
    pipeline_run(fixture->worker, &request, &fixture->answer);
    service_fixture_commit(fixture);
}

/* A POST of JSON from this machine. */
static inline void service_fixture_post(struct service_fixture *fixture, const char *path,
                                        const char *body)
{
    char head[1024];
    (void)snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nContent-Type: application/json\r\n",
                   path);
    service_fixture_ask(fixture, head, bytes_of(body), true);
}

#endif
