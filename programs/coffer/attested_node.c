#include "coffer/attested_node.h"

#include "coffer/verify_trust.h"

enum { BODY = 128 };

struct status attested_node_ask(struct node_api *api,
                                const uint8_t nonce[static ATTESTED_NODE_NONCE],
                                struct node_api_answer *ret_answer)
{
    uint8_t memory[BODY];
    struct buf body = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&body);
    json_out_object(&json);
    json_out_name(&json, "nonce");
    json_out_base64(&json, (struct bytes){nonce, ATTESTED_NODE_NONCE});
    json_out_object_end(&json);
    TRY(buf_check(&body));
    return node_api_call(api, "/v1/attestation", buf_bytes(&body), ret_answer);
}

struct status attested_node_judge(const struct verify_trust *trust,
                                  const struct attestation_moment *moment,
                                  const struct attested_answer *answer,
                                  struct document *ret_document)
{
    uint8_t bound[IDENTITY_BINDING];
    identity_binding_put(&answer->binding, bound);
    const struct attestation_expected expected = {
        .root = trust->root,
        .purpose = ATTESTATION_IDENTITY,
        .maker = trust->maker,
        .binding = BYTES_ARRAY(bound),
        .allowed = &trust->measurement,
        .allowed_count = trust->measurement_count,
        .codes = &trust->code,
        .code_count = trust->code_count,
    };
    return moment != NULL
               ? attestation_verify_live(answer->document, &expected, moment, ret_document)
               : attestation_verify_evidence(answer->document, &expected, ret_document);
}
