#include "gateway/inward.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/invariant.h"
#include "gateway/forwarded.h"
#include "gateway/gateway_answer.h"
#include "net/http_client.h"

enum {
    NODE_IDLE_MS = 30000, /* less than a node keeps a connection */
    CLASSES = 6,          /* of HTTP status, by their first digit */
    METRICS_MAX = 8192,
};

_Static_assert(NODE_IDLE_MS < LIMIT_HTTP_IDLE_MS, "the node ends none that is about to be used");

/* What belongs to one loop. */
struct worker {
    struct http_client *client;
    uint8_t head[FORWARDED_HEAD_MAX];
    uint8_t metrics[METRICS_MAX];
};

struct inward {
    struct inward_setup setup;
    struct worker *workers;
    size_t workers_count;
    _Atomic uint64_t answers[CLASSES]; /* of the node */
    _Atomic uint64_t refused;          /* by this gateway */
    _Atomic uint64_t failed;           /* the node away or silent */
    _Atomic uint64_t bytes_in;         /* bodies for the node */
    _Atomic uint64_t bytes_out;
};

/* --- answers of our own --- */

static void answer(struct http_request *request, unsigned http, struct bytes type,
                   struct bytes body)
{
    const struct http1_header header = {BYTES_LITERAL("Content-Type"), type};
    const struct http1_response response = {http, false, &header, 1, body};
    http_server_respond(request, &response);
}

static void fail(struct http_request *request, struct status why)
{
    uint8_t memory[GATEWAY_ANSWER_MAX];
    struct buf body = buf_over(memory, sizeof memory);
    gateway_answer_put(why, &body);
    answer(request, status_http((enum status_code)why.code), BYTES_LITERAL("application/json"),
           buf_bytes(&body));
}

static void refuse(void *context, struct http_request *request, struct status why)
{
    struct inward *inward = context;
    atomic_fetch_add(&inward->refused, 1);
    fail(request, why);
}

/* --- the local listener --- */

void inward_put_metric(struct buf *out, const char *name, const char *type, uint64_t value)
{
    buf_put_text(out, "# TYPE coffer_gateway_");
    buf_put_text(out, name);
    buf_put_u8(out, ' ');
    buf_put_text(out, type);
    buf_put_text(out, "\ncoffer_gateway_");
    buf_put_text(out, name);
    buf_put_u8(out, ' ');
    buf_put_decimal(out, value);
    buf_put_u8(out, '\n');
}

static void put_answers(struct inward *inward, struct buf *out)
{
    buf_put_text(out, "# TYPE coffer_gateway_answers_total counter\n");
    for (unsigned i = 2; i < CLASSES; i++) {
        buf_put_text(out, "coffer_gateway_answers_total{class=\"");
        buf_put_decimal(out, i);
        buf_put_text(out, "xx\"} ");
        buf_put_decimal(out, atomic_load(&inward->answers[i]));
        buf_put_u8(out, '\n');
    }
}

static void answer_metrics(struct inward *inward, struct http_request *request)
{
    struct worker *worker = &inward->workers[request->loop];
    struct buf out = buf_over(worker->metrics, sizeof worker->metrics);
    put_answers(inward, &out);
    inward_put_metric(&out, "refused_total", "counter", atomic_load(&inward->refused));
    inward_put_metric(&out, "failed_total", "counter", atomic_load(&inward->failed));
    inward_put_metric(&out, "body_bytes_in_total", "counter", atomic_load(&inward->bytes_in));
    inward_put_metric(&out, "body_bytes_out_total", "counter", atomic_load(&inward->bytes_out));
    inward->setup.metrics(inward->setup.metrics_context, &out);
    INVARIANT(!out.failed);
    answer(request, 200, BYTES_LITERAL("text/plain; version=0.0.4"), buf_bytes(&out));
}

static bool is_local_route(const struct http1_head *head)
{
    return bytes_equal(head->method, BYTES_LITERAL("GET")) &&
           (bytes_equal(head->path, BYTES_LITERAL("/health")) ||
            bytes_equal(head->path, BYTES_LITERAL("/metrics")));
}

static void handle_local(struct inward *inward, struct http_request *request)
{
    if (bytes_equal(request->head->path, BYTES_LITERAL("/metrics"))) {
        answer_metrics(inward, request);
    } else {
        answer(request, 200, BYTES_LITERAL("application/json"),
               BYTES_LITERAL("{\"status\":\"ok\"}"));
    }
}

/* --- requests for the node --- */

static struct status look_at_head(void *context, const struct http_request *request,
                                  size_t *ret_body_max)
{
    const struct inward *inward = context;
    *ret_body_max = 0;
    if (request->listener == inward->setup.status_listener) {
        return is_local_route(request->head) ? OK : FAIL(NOT_FOUND);
    }
    return forwarded_route(request->head->path, ret_body_max);
}

/* A request of which the node's answer is awaited: it has no memory of its own. */
static struct inward *inward_of(struct http_request *request)
{
    return request->user;
}

static void on_answer(void *context, const struct http_client_answer *said)
{
    struct http_request *request = context;
    struct inward *inward = inward_of(request);
    struct http1_header headers[LIMIT_HTTP_HEADERS];
    struct status status = said->status;
    /* Date and Connection of ours are to fit beside what the node says. */
    if (status_is_ok(status) && said->head->len > LIMIT_HTTP_HEADER_BYTES - 256) {
        status = FAIL(NODE_SILENT);
    }
    if (!status_is_ok(status)) {
        atomic_fetch_add(&inward->failed, 1);
        fail(request, status);
        return;
    }
    atomic_fetch_add_explicit(&inward->answers[said->http / 100], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&inward->bytes_out, said->body.len, memory_order_relaxed);
    const struct http1_response response = {
        .status = said->http,
        .headers = headers,
        .headers_count = forwarded_back(said->head, headers),
        .body = said->body,
    };
    http_server_respond(request, &response);
}

static struct status forward(struct inward *inward, struct http_request *request)
{
    struct worker *worker = &inward->workers[request->loop];
    struct buf head = buf_over(worker->head, sizeof worker->head);
    TRY(forwarded_head(request->head, request->body.len, &head));
    const struct http_client_request ours = {
        .head = buf_bytes(&head),
        .body = request->body,
        .is_head = bytes_equal(request->head->method, BYTES_LITERAL("HEAD")),
        .done = on_answer,
        .context = request,
    };
    request->user = inward;
    return http_client_send(worker->client, &ours);
}

static void handle(void *context, struct http_request *request)
{
    struct inward *inward = context;
    if (request->listener == inward->setup.status_listener) {
        handle_local(inward, request);
        return;
    }
    size_t body_len = request->body.len;
    struct status status = forward(inward, request);
    if (status_is_ok(status)) {
        atomic_fetch_add_explicit(&inward->bytes_in, body_len, memory_order_relaxed);
    } else {
        atomic_fetch_add(&inward->failed, 1);
        fail(request, status);
    }
}

struct http_server_handler inward_handler(struct inward *inward)
{
    return (struct http_server_handler){inward, look_at_head, handle, refuse};
}

/* --- start and end --- */

struct status inward_open(const struct inward_setup *setup, struct inward **ret)
{
    void *block = NULL;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct inward), &block));
    struct inward *inward = block;
    inward->setup = *setup;
    *ret = inward;
    TRY(mem_alloc(setup->mem, setup->loops_count * sizeof(struct worker), &block));
    inward->workers = block;
    for (size_t i = 0; i < setup->loops_count; i++) {
        const struct http_client_setup client = {
            .loop = setup->loops[i],
            .address = setup->node,
            .connections = setup->connections,
            .answer_max = INWARD_ANSWER_MAX,
            .connect_ms = setup->connect_ms,
            .answer_ms = setup->answer_ms,
            .idle_ms = NODE_IDLE_MS,
            .mem = setup->mem,
        };
        TRY(http_client_open(&client, &inward->workers[i].client));
        inward->workers_count++;
    }
    return OK;
}

void inward_stop(struct inward *inward)
{
    for (size_t i = 0; i < inward->workers_count; i++) {
        http_client_stop(inward->workers[i].client);
    }
}

void inward_close(struct inward **inward_at)
{
    struct inward *inward = *inward_at;
    if (inward == NULL) {
        return;
    }
    for (size_t i = 0; i < inward->workers_count; i++) {
        http_client_close(&inward->workers[i].client);
    }
    struct mem *mem = inward->setup.mem;
    void *block = inward->workers;
    mem_free(mem, &block);
    block = inward;
    mem_free(mem, &block);
    *inward_at = NULL;
}
