#include "codec/base64.h"
#include "codec/hex.h"
#include "service/op.h"
#include "service/permit.h"
#include "service/service.h"

/* v1 writes a nonce in base64, v2 in hex: each as it stands in the signed text. */
struct status op_nonce(struct work *work, const struct permit *permit)
{
    const struct service_nonces *nonces = &work->worker->service->setup.nonces;
    uint8_t nonce[SERVICE_NONCE];
    uint8_t memory[2 * SERVICE_NONCE];
    struct buf text = buf_over(memory, sizeof memory);
    (void)permit;
    if (nonces->issue == NULL) {
        return FAIL(UNAVAILABLE);
    }
    TRY(nonces->issue(nonces->context, work->worker->index, nonce));
    if (work->route->wire == ROUTES_V1) {
        base64_put(&text, BYTES_ARRAY(nonce));
    } else {
        hex_put(&text, BYTES_ARRAY(nonce));
    }
    json_out_object(&work->out);
    json_out_member_string(&work->out, "nonce", buf_bytes(&text));
    json_out_object_end(&work->out);
    return OK;
}
