#include <stdio.h>

#include "attestation/document.h"
#include "coffer-node/setup.h"
#include "keys/key_life.h"

static void about(struct setup *setup)
{
    (void)snprintf(setup->about, sizeof setup->about, "Odyn at %.64s", setup->trust.odyn_url);
}

/* The time in it is the security module's, which the host has no say in. Odyn runs beside the node
 * in its enclave, so that nobody is between them. */
static void take_time(void *context, struct bytes document, uint64_t asked_ms, uint64_t answered_ms)
{
    struct setup *setup = context;
    struct document read;
    if (status_is_ok(document_read(document, &read))) {
        (void)wall_clock_attested(&setup->wall, asked_ms, answered_ms, read.timestamp_ms);
    }
}

struct status setup_odyn(struct setup *setup)
{
    if (setup->trust.identity != TRUST_ODYN) {
        return OK;
    }
    const struct odyn_keys_setup parts = {
        .url = setup->trust.odyn_url,
        .callers = (size_t)setup->config.odyn_threads + 1, /* and what signs the audit trail */
        .attest_ms = LIMIT_ODYN_ATTEST_MS,
        .made = {setup, take_time},
        .clock = setup->clock,
        .entropy = setup->entropy,
        .log = &setup->log,
        .mem = &setup->mem,
    };
    about(setup);
    TRY(odyn_keys_open(&parts, &setup->odyn));
    setup->entropy = odyn_keys_entropy(setup->odyn);
    return odyn_keys_start(setup->odyn);
}

struct status setup_odyn_identity(struct setup *setup)
{
    const struct node_identity_remote remote = odyn_keys_port(setup->odyn);
    about(setup);
    return node_identity_open_remote(&remote, &setup->entropy, &setup->identity);
}

struct status setup_odyn_life(struct setup *setup)
{
    bool is_first = false;
    if (setup->odyn == NULL || setup->identity == NULL || !setup->trust.v1_wire) {
        return OK;
    }
    const struct node_identity_facts *facts = node_identity_facts(setup->identity);
    (void)snprintf(setup->about, sizeof setup->about, "the mark of Odyn's key beside %.128s",
                   setup->config.audit_file.text);
    TRY(key_life_begin(setup->config.audit_file.text, &facts->point_v1, &is_first));
    setup->apps.is_key_old = !is_first;
    if (!is_first) {
        LOG_EVENT(&setup->log, WARN,
                  "Odyn's key was in use before this start: version 1 writes nothing",
                  LOG_TEXT("url", setup->trust.odyn_url));
    }
    return OK;
}

void setup_odyn_close(struct setup *setup)
{
    odyn_keys_close(&setup->odyn);
}
