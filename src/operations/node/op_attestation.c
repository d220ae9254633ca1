#include "codec/base64.h"
#include "operations/node/node_op.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"

static const char *const members[] = {"nonce"};

/* What is too short could be guessed, and a document for it be at hand. */
static struct status read_nonce(struct work *work, struct buf *out)
{
    struct json_in root = json_in_root(&work->doc);
    struct json_in member;
    struct bytes text;
    TRY(json_in_members(&root, members, sizeof members / sizeof members[0]));
    TRY(json_in_member(&root, "nonce", &member));
    TRY(json_in_string(&member, &text));
    struct status status = base64_read(text, out);
    bool is_short = status_is_ok(status) && out->len < ATTESTATION_NONCE_MIN;
    if (is_short || status.code == STATUS_BUFFER_FULL) {
        return JSON_IN_FAIL(&member, BAD_REQUEST);
    }
    return json_in_about(&member, status);
}

static void put_answer(struct json_out *out, const struct service_attestation *attestation,
                       struct bytes document)
{
    json_out_object(out);
    json_out_member_text(out, "kind", attestation_maker_name(attestation->maker));
    json_out_name(out, "binding");
    identity_binding_json(&attestation->binding, out);
    json_out_name(out, "document");
    json_out_base64(out, document);
    json_out_object_end(out);
}

/* Anybody may ask, and each document costs whoever makes it. */
static struct status attest(struct work *work, const struct permit *permit)
{
    const struct service_apps *apps = permit_view(permit)->setup.apps;
    uint8_t memory[LIMIT_ATTEST_NONCE];
    struct buf nonce = buf_over(memory, sizeof memory);
    struct bytes document;
    TRY(read_nonce(work, &nonce));
    if (apps == NULL || apps->attestation.show == NULL) {
        return FAIL(NOT_ATTESTED);
    }
    if (!permit_stranger_take(permit)) {
        return FAIL(RATE_LIMITED);
    }
    TRY(apps->attestation.show(apps->attestation.context, work->arena, buf_bytes(&nonce),
                               &document));
    put_answer(&work->out, &apps->attestation, document);
    return OK;
}

const struct operation node_op_attestation = {.perform = attest, .attests = true};
