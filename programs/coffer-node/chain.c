#include <stdio.h>

#include "coffer-node/setup.h"

static void wake(void *context)
{
    node_wake(context);
}

/* Chains of development run ahead of the time: each block is a second later than the one before,
 * however soon it comes, and tests set their time. So only those of production say what is past. */
static struct status open_reader(struct setup *setup)
{
    const char *where = "";
    const struct chain_reader_setup parts = {
        .trust = &setup->trust,
        .proxy = setup_proxy(setup),
        .entries = (size_t)setup->config.registry_entries,
        .batch = (size_t)setup->config.rpc_batch,
        .clock = setup->clock,
        .wall = setup->trust.profile == TRUST_PRODUCTION ? &setup->wall : NULL,
        .entropy = setup->entropy,
        .log = &setup->log,
        .mem = &setup->mem,
    };
    struct status status = chain_reader_open(&parts, &setup->reader, &where);
    (void)snprintf(setup->about, sizeof setup->about, "rpc_endpoints: %.200s", where);
    return status;
}

struct status setup_registry(struct setup *setup, const struct options *options)
{
    if (setup->trust.rpc_endpoint_count == 0) {
        return setup_rows(setup, options);
    }
    if (options->registry_file != NULL) {
        (void)snprintf(setup->about, sizeof setup->about,
                       "--registry-file with a trust configuration that has rpc_endpoints");
        return FAIL(CONFIG_INVALID);
    }
    TRY(open_reader(setup));
    setup->registry = chain_reader_port(setup->reader);
    setup->has_registry = true;
    return OK;
}

struct status setup_registry_start(struct setup *setup)
{
    if (setup->reader == NULL) {
        return OK;
    }
    (void)snprintf(setup->about, sizeof setup->about, "the reader of the chain");
    return chain_reader_start(setup->reader, (struct chain_reader_wake){setup->node, wake});
}

void setup_registry_stop(struct setup *setup)
{
    if (setup->reader != NULL) {
        chain_reader_stop(setup->reader);
    }
}

void setup_registry_close(struct setup *setup)
{
    chain_reader_close(&setup->reader);
    setup_rows_close(setup);
    setup->has_registry = false;
}
