#include <string.h>

#include "attestation/attestation.h"
#include "coffer-node/setup.h"

_Static_assert((int)ODYN_KEYS_BINDING == (int)ATTESTATION_USER_DATA, "what Odyn is given");
_Static_assert(LIMIT_ATTEST_NONCE <= SECURITY_MODULE_DATA, "what callers may give");
_Static_assert((int)IDENTITY_BINDING_TRUST == (int)TRUST_DIGEST, "what is bound");

static struct identity_binding binding_of(const struct setup *setup)
{
    const struct node_identity_facts *facts = node_identity_facts(setup->identity);
    struct identity_binding binding = {
        .wallet = facts->wallet, .envelope_key = facts->point, .tee_pubkey = facts->point_v1};
    memcpy(binding.domain, tenant_set_domain(setup->tenants), sizeof binding.domain);
    memcpy(binding.boot_id, facts->boot_id, sizeof binding.boot_id);
    memcpy(binding.trust_digest, setup->trust.digest, sizeof binding.trust_digest);
    return binding;
}

static struct status ask_odyn(void *context, struct arena *arena, struct bytes nonce,
                              struct bytes *ret_document)
{
    const struct setup *setup = context;
    return odyn_keys_attest(setup->odyn, arena, nonce, ret_document);
}

static struct status ask_module(void *context, struct arena *arena, struct bytes nonce,
                                struct bytes *ret_document)
{
    const struct setup *setup = context;
    const struct security_module_request request = {.nonce = nonce,
                                                    .user_data = BYTES_ARRAY(setup->user_data)};
    struct buf out = arena_open(arena);
    struct status status = security_module_attest(&setup->module, &request, &out);
    arena_close(arena, &out);
    *ret_document = buf_bytes(&out);
    return status;
}

struct status setup_attestation(struct setup *setup)
{
    uint8_t bound[IDENTITY_BINDING];
    struct service_attestation *attestation = &setup->apps.attestation;
    attestation->context = setup;
    attestation->binding = binding_of(setup);
    identity_binding_put(&attestation->binding, bound);
    attestation_user_data(ATTESTATION_IDENTITY, BYTES_ARRAY(bound), setup->user_data);
    if (setup->odyn != NULL) {
        attestation->maker = ATTESTATION_ODYN;
        attestation->show = ask_odyn;
        struct status status = odyn_keys_bind(setup->odyn, &setup->arena, setup->user_data);
        arena_reset(&setup->arena);
        return status;
    }
    TRY(setup_module(setup));
    attestation->show = setup->module.attest == NULL ? NULL : ask_module;
    return OK;
}
