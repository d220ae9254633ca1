#include <stdio.h>
#include <string.h>

#include "coffer-node/setup.h"
#include "registry/static_registry_dev.h"

struct status setup_rows(struct setup *setup, const struct options *options)
{
    struct bytes text;
    char where[CONFIG_WHERE_MAX] = "";
    if (options->registry_file == NULL) {
        return OK;
    }
    (void)snprintf(setup->about, sizeof setup->about, "%.300s", options->registry_file);
    TRY(config_read_file(options->registry_file, &setup->arena, &text));
    struct static_registry_dev_setup parts = {
        .text = text, .arena = &setup->arena, .mem = &setup->mem};
    memcpy(parts.kms_app_id, setup->trust.kms_app_id, sizeof parts.kms_app_id);
    struct status status = static_registry_dev_open(&parts, &setup->rows, where);
    (void)snprintf(setup->about, sizeof setup->about, "%.200s: %.150s", options->registry_file,
                   where);
    arena_reset(&setup->arena);
    TRY(status);
    setup->registry = static_registry_dev_port(setup->rows);
    setup->has_registry = true;
    LOG_EVENT(&setup->log, WARN, "DEVELOPMENT REGISTRY: rows of a file say who is registered",
              LOG_TEXT("file", options->registry_file));
    return OK;
}

void setup_rows_close(struct setup *setup)
{
    static_registry_dev_close(&setup->rows);
}
