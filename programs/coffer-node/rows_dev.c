#include <stdio.h>
#include <string.h>

#include "coffer-node/setup.h"
#include "registry/static_registry_dev.h"

static void warn_rows(const struct setup *setup, const char *file)
{
    LOG_EVENT(&setup->log, WARN, "DEVELOPMENT REGISTRY: rows of a file say who is registered",
              LOG_TEXT("file", file));
}

/* Without a file nobody is registered. */
struct status setup_rows(struct setup *setup, const struct options *options)
{
    struct bytes text = BYTES_LITERAL("{\"instances\":[]}");
    char where[CONFIG_WHERE_MAX] = "";
    const char *file = options->registry_file == NULL ? "no rows" : options->registry_file;
    (void)snprintf(setup->about, sizeof setup->about, "%.300s", file);
    setup->hint = "docs/apps.md shows how rows are made";
    if (options->registry_file != NULL) {
        struct status status = config_read_file(file, &setup->arena, &text, where);
        (void)snprintf(setup->about, sizeof setup->about, "%.250s: %.150s", file, where);
        TRY(status);
        warn_rows(setup, file);
    }
    struct static_registry_dev_setup parts = {.text = text,
                                              .file = options->registry_file,
                                              .log = &setup->log,
                                              .arena = &setup->arena,
                                              .mem = &setup->mem};
    memcpy(parts.kms_app_id, setup->trust.kms_app_id, sizeof parts.kms_app_id);
    struct status status = static_registry_dev_open(&parts, &setup->rows, where);
    (void)snprintf(setup->about, sizeof setup->about, "%.200s: %.150s", file, where);
    arena_reset(&setup->arena);
    TRY(status);
    setup->hint = NULL;
    setup->registry = static_registry_dev_port(setup->rows);
    setup->has_registry = true;
    return OK;
}

void setup_rows_close(struct setup *setup)
{
    static_registry_dev_close(&setup->rows);
}
