#include "codec/base64.h"
#include "codec/hex.h"
#include "service/op.h"
#include "service/permit.h"
#include "service/service.h"

/* What else a proof of version 2 names. */
static void put_recipient(struct work *work)
{
    const struct service *service = work->worker->service;
    uint8_t memory[2 * DOMAIN_ID];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, (struct bytes){tenant_set_domain(service->setup.tenants), DOMAIN_ID});
    json_out_member_text(&work->out, "recipient", service->node_text);
    json_out_member_string(&work->out, "domain_id", buf_bytes(&text));
}

/* v1 writes a nonce in base64, v2 in hex: each as it stands in the signed text. */
struct status op_nonce(struct work *work, const struct permit *permit)
{
    const struct service_apps *apps = work->worker->service->setup.apps;
    uint8_t nonce[SERVICE_NONCE];
    uint8_t memory[2 * SERVICE_NONCE];
    struct buf text = buf_over(memory, sizeof memory);
    (void)permit;
    if (apps == NULL) {
        return FAIL(UNAVAILABLE);
    }
    TRY(apps->nonces.issue(apps->nonces.context, nonce));
    if (work->route->wire == ROUTES_V1) {
        base64_put(&text, BYTES_ARRAY(nonce));
    } else {
        hex_put(&text, BYTES_ARRAY(nonce));
    }
    json_out_object(&work->out);
    json_out_member_string(&work->out, "nonce", buf_bytes(&text));
    if (work->route->wire != ROUTES_V1) {
        put_recipient(work);
    }
    json_out_object_end(&work->out);
    return OK;
}
