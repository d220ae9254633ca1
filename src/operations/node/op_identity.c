#include "codec/base64.h"
#include "codec/hex.h"
#include "operations/node/node_op.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"
#include "pipeline/query.h"

enum { TEXT_MAX = 2 * P384_SPKI };

static void hex_member(struct json_out *out, const char *name, struct bytes data)
{
    uint8_t memory[TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, data);
    json_out_member_string(out, name, buf_bytes(&text));
}

/* A caller's nonce, to be sure that what is attested is so now: hex. */
static struct status read_nonce(struct work *work, const struct permit *permit, struct buf *out)
{
    struct bytes text;
    TRY(query_text(work, "nonce", &text));
    if (text.ptr == NULL) {
        return OK;
    }
    uint8_t *nonce = buf_reserve(out, text.len / 2);
    if (text.len < 2 || nonce == NULL || !status_is_ok(hex_read(text, text.len / 2, nonce))) {
        return query_about(work, "nonce", FAIL(INVALID_HEX));
    }
    /* Anybody may ask, and each costs a call of the one who attests. */
    return permit_stranger_take(permit) ? OK : FAIL(RATE_LIMITED);
}

static struct status read_document(struct work *work, const struct permit *permit,
                                   struct bytes *ret_document)
{
    const struct service_attestation *attestation = &permit_view(permit)->setup.apps->attestation;
    uint8_t memory[LIMIT_ATTEST_NONCE];
    struct buf nonce = buf_over(memory, sizeof memory);
    *ret_document = (struct bytes){NULL, 0};
    TRY(read_nonce(work, permit, &nonce));
    return attestation->show == NULL ? OK
                                     : attestation->show(attestation->context, work->arena,
                                                         buf_bytes(&nonce), ret_document);
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
    const struct service *service = permit_view(permit);
    const struct service_apps *apps = service->setup.apps;
    struct json_out *out = &work->out;
    uint8_t spki[P384_SPKI];
    struct bytes document;
    if (apps == NULL) {
        return FAIL(UNAVAILABLE);
    }
    TRY(read_document(work, permit, &document));
    const struct node_identity_facts *facts = node_identity_facts(apps->identity);
    p384_point_spki(&facts->point_v1, spki);
    json_out_object(out);
    json_out_member_string(out, "node", BYTES_ARRAY(facts->node_text));
    hex_member(out, "domain_id",
               (struct bytes){tenant_set_domain(service->setup.tenants), DOMAIN_ID});
    hex_member(out, "tee_pubkey", BYTES_ARRAY(spki));
    hex_member(out, "envelope_key", BYTES_ARRAY(facts->point.sec1));
    json_out_member_string(out, "envelope_key_signature", BYTES_ARRAY(service->key_signature));
    attestation_member(out, document);
    json_out_object_end(out);
    return OK;
}

const struct operation node_op_identity = {.perform = put_identity};
