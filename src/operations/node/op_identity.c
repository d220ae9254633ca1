#include "codec/base64.h"
#include "codec/hex.h"
#include "operations/node/node_op.h"
#include "pipeline/permit.h"
#include "pipeline/service.h"

enum { TEXT_MAX = 2 * P384_SPKI };

static void hex_member(struct json_out *out, const char *name, struct bytes data)
{
    uint8_t memory[TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, data);
    json_out_member_string(out, name, buf_bytes(&text));
}

static void attestation_member(struct json_out *out, struct bytes document)
{
    if (document.len == 0) {
        json_out_member_null(out, "attestation");
        return;
    }
    json_out_name(out, "attestation");
    json_out_raw(out, BYTES_LITERAL("\""));
    base64_put(out->buf, document);
    json_out_raw(out, BYTES_LITERAL("\""));
}

/* The wallet vouches for the key of version 2; the registry names the wallet. */
static struct status put_identity(struct work *work, const struct permit *permit)
{
    const struct service *service = work->worker->service;
    const struct service_apps *apps = service->setup.apps;
    struct json_out *out = &work->out;
    uint8_t spki[P384_SPKI];
    (void)permit;
    if (apps == NULL) {
        return FAIL(UNAVAILABLE);
    }
    const struct node_identity_facts *facts = node_identity_facts(apps->identity);
    p384_point_spki(&facts->point_v1, spki);
    json_out_object(out);
    json_out_member_string(out, "node", BYTES_ARRAY(facts->node_text));
    hex_member(out, "domain_id",
               (struct bytes){tenant_set_domain(service->setup.tenants), DOMAIN_ID});
    hex_member(out, "tee_pubkey", BYTES_ARRAY(spki));
    hex_member(out, "envelope_key", BYTES_ARRAY(facts->point.sec1));
    json_out_member_string(out, "envelope_key_signature", BYTES_ARRAY(service->key_signature));
    attestation_member(out, apps->attestation);
    json_out_object_end(out);
    return OK;
}

const struct operation node_op_identity = {.perform = put_identity};
