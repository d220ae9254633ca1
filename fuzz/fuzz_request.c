/* covers: src/operations/starknet/[a-z]*.c src/operations/compat/[a-z]*.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/json_in.h"
#include "config/trust_dev.h"
#include "operations/operations.h"
#include "pipeline/context/service.h"
#include "pipeline/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static struct mem memory;
static struct arena arena;
static struct trust trust;
static struct log no_log = {.fd = -1};
static struct service *service;
static struct job *job;
static uint64_t audited;

static struct status write_nowhere(void *context, const struct bytes *parts, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        audited += parts[i].len;
    }
    return OK;
}

/* A whole service over one worker, with the trust of a development build and no network. */
static void open_service(void)
{
    static struct key_cache *cache;
    static struct tenant_set *tenants;
    char where[CONFIG_WHERE_MAX];
    struct entropy entropy = entropy_system();
    SECRET32(seed);
    memset(seed.b, 0x5a, sizeof seed.b);
    mem_init(&memory, (size_t)1 << 30);
    require(status_is_ok(arena_init(&arena, (size_t)256 << 20)));
    require(status_is_ok(trust_parse(trust_dev_text(), &arena, &trust, where)));
    require(status_is_ok(key_cache_open(64, &memory, &entropy, &cache)));
    require(status_is_ok(tenant_set_open(&trust, &memory, cache, &tenants, where)));
    tenant_set_root(tenants, &seed, 0);
    seed.b[0] = 1;
    require(status_is_ok(tenant_set_seed(tenants, BYTES_LITERAL("default"), &seed)));
    const struct service_setup setup = {
        .routes = operations_routes(),
        .clock = clock_system(),
        .entropy = entropy,
        .log = &no_log,
        .mem = &memory,
        .trust = &trust,
        .tenants = tenants,
        .cache = cache,
        .audit = {NULL, write_nowhere},
        .workers = 1,
        .idempotency_entries = 16,
    };
    require(status_is_ok(service_open(&setup, &service)) && service->is_ready);
    require(status_is_ok(job_open(&memory, &job)));
}

static const char *const paths[] = {
    "/v1/starknet/sign", "/v1/starknet/accounts", "/sign", "/account", "/derive",
};
enum { PATHS = sizeof paths / sizeof paths[0] };

static void read_head(const char *path, size_t body_len, struct http1_head *head)
{
    static uint8_t text[512];
    struct buf out = buf_over(text, sizeof text);
    struct http1_progress progress = {0};
    buf_put_text(&out, "POST ");
    buf_put_text(&out, path);
    buf_put_text(&out, " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                       "Content-Length: ");
    buf_put_decimal(&out, body_len);
    buf_put_text(&out, "\r\n\r\n");
    require(status_is_ok(http1_read(&progress, buf_bytes(&out), head)) && head->len != 0);
}

/* Whatever came in: valid JSON goes out, with a stable code and not with a fault of ours. */
static void check_answer(const struct answer *answer)
{
    struct json_in_doc doc;
    arena_reset(&arena);
    require(answer->http_status >= 200 && answer->http_status < 600);
    require(answer->http_status != 500);
    require(answer->request_id.len != 0 && answer->request_id.len <= LIMIT_REQUEST_ID);
    require(status_is_ok(json_in_parse(&arena, answer->body, &doc)));
    struct json_in root = json_in_root(&doc);
    struct json_in member;
    require(answer->code == STATUS_OK || json_in_find(&root, "error_code", &member));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct http1_head head;
    if (service == NULL) {
        open_service();
    }
    if (len == 0) {
        return 0;
    }
    struct bytes body = {data + 1, len - 1};
    read_head(paths[data[0] % PATHS], body.len, &head);
    size_t body_max = 0;
    require(status_is_ok(pipeline_body_max(&service->workers[0], &head, &body_max)));
    if (body.len > body_max) {
        return 0;
    }
    const struct request request = {
        .head = &head,
        .body = body,
        .listeners = REQUEST_PUBLIC | REQUEST_LOCAL,
        .is_loopback = true,
    };
    uint64_t before = audited;
    struct worker *worker = &service->workers[0];
    enum pipeline_state state = pipeline_run(worker, job, &request);
    while (state == PIPELINE_YIELDS) {
        state = pipeline_resume(worker, job, OK);
    }
    require(state == PIPELINE_ANSWERED);
    check_answer(&job->answer);

    /* Nothing leaves without a record, refusals neither. */
    struct committer_news news;
    require(job->answer.ticket != 0);
    committer_submit(worker->lane);
    committer_round(&service->committer);
    require(committer_collect(worker->lane, &news));
    require(status_is_ok(news.status) && audited > before);
    return 0;
}
