#include "codec/base64.h"
#include "codec/hex.h"
#include "operations/node/node_op.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"

/* What else a proof of version 2 names. */
static void put_node(struct work *work, const struct service *service)
{
    uint8_t memory[2 * DOMAIN_ID];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, (struct bytes){tenant_set_domain(service->setup.tenants), DOMAIN_ID});
    json_out_member_string(
        &work->out, "node",
        BYTES_ARRAY(node_identity_facts(service->setup.apps->identity)->node_text));
    json_out_member_string(&work->out, "domain_id", buf_bytes(&text));
}

/* v1 writes a nonce in base64, v2 in hex: each as it stands in the signed text. */
static struct status put_nonce(struct work *work, const struct permit *permit)
{
    const struct service *service = permit_view(permit);
    uint8_t nonce[NONCE_BYTES];
    uint8_t memory[2 * NONCE_BYTES];
    struct buf text = buf_over(memory, sizeof memory);
    if (service->nonces == NULL) {
        return FAIL(UNAVAILABLE);
    }
    TRY(nonces_issue(service->nonces, nonce));
    if (work->route->wire == ROUTES_V1) {
        base64_put(&text, BYTES_ARRAY(nonce));
    } else {
        hex_put(&text, BYTES_ARRAY(nonce));
    }
    json_out_object(&work->out);
    json_out_member_string(&work->out, "nonce", buf_bytes(&text));
    if (work->route->wire != ROUTES_V1) {
        put_node(work, service);
    }
    json_out_object_end(&work->out);
    return OK;
}

const struct operation node_op_nonce = {.perform = put_nonce};
