#include <stdio.h>

#include "coffer-node/setup.h"

static void wake(void *context)
{
    node_wake(context);
}

struct status setup_issuers(struct setup *setup)
{
    const char *where = "";
    if (oidc_reader_issuers(&setup->trust) == 0) {
        return OK;
    }
    for (size_t i = 0; i < setup->trust.tenant_count; i++) {
        setup->tenant_ids[i] = tenant_set_at(setup->tenants, i)->id;
    }
    const struct oidc_reader_setup parts = {
        .trust = &setup->trust,
        .tenants = setup->tenant_ids,
        .proxy = setup_proxy(setup),
        .authorities = setup->config.authorities_file.text,
        .clock = setup->clock,
        .log = &setup->log,
        .mem = &setup->mem,
    };
    struct status status = oidc_reader_open(&parts, &setup->issuers, &where);
    (void)snprintf(setup->about, sizeof setup->about, "issuers: %.200s", where);
    return status;
}

struct oidc_port setup_issuers_port(const struct setup *setup)
{
    return setup->issuers == NULL ? (struct oidc_port){0} : oidc_reader_port(setup->issuers);
}

struct status setup_issuers_start(struct setup *setup)
{
    if (setup->issuers == NULL) {
        return OK;
    }
    (void)snprintf(setup->about, sizeof setup->about, "the reader of issuers' keys");
    return oidc_reader_start(setup->issuers, (struct oidc_reader_wake){setup->node, wake});
}

void setup_issuers_stop(struct setup *setup)
{
    if (setup->issuers != NULL) {
        oidc_reader_stop(setup->issuers);
    }
}

void setup_issuers_close(struct setup *setup)
{
    oidc_reader_close(&setup->issuers);
}
