#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "coffer-node/setup.h"
#include "config/trust_dev.h"
#include "keys/seed_dev.h"

struct bytes setup_default_trust(void)
{
    return trust_dev_text();
}

static void warn_created(const struct setup *setup, const char *name)
{
    LOG_EVENT(&setup->log, WARN, "DEVELOPMENT SEED MADE: never put real money on its keys",
              LOG_TEXT("file", name), LOG_TEXT("folder", setup->config.data_dir.text));
}

/* Where the options say that a seed is, or else its name in the data folder. */
struct source {
    const char *file; /* NULL: not in a file that is named */
    int fd;           /* below 0: nor in a descriptor */
    const char *name;
};

/* A file that somebody named must be there. */
static struct status read_named(struct setup *setup, const char *file, struct secret32 *ret_seed)
{
    struct status status = seed_read_file(AT_FDCWD, file, ret_seed);
    if (status.code != STATUS_NOT_FOUND) {
        return status;
    }
    (void)snprintf(setup->about, sizeof setup->about, "%.300s: no such file", file);
    return FAIL(IO);
}

/* Out: *ret_created, that it was made now. */
static struct status read_any(struct setup *setup, const struct seed_dev_folder *folder,
                              const struct source *source, struct secret32 *ret_seed,
                              bool *ret_created)
{
    *ret_created = false;
    if (source->file != NULL) {
        (void)snprintf(setup->about, sizeof setup->about, "%s", source->file);
        TRY(read_named(setup, source->file, ret_seed));
    } else if (source->fd >= 0) {
        (void)snprintf(setup->about, sizeof setup->about, "descriptor %d", source->fd);
        TRY(seed_read_descriptor(source->fd, ret_seed));
    } else if (folder->directory >= 0) {
        return seed_dev_open(folder, source->name, ret_seed, ret_created);
    } else { /* a look at what is still to be made */
        return entropy_fill(folder->entropy, ret_seed->b, sizeof ret_seed->b);
    }
    return folder->directory < 0 ? OK : seed_dev_bind(folder, source->name, ret_seed);
}

static struct status read_seed(struct setup *setup, const struct source *source,
                               struct secret32 *ret_seed, bool *ret_created)
{
    const struct seed_dev_folder folder = {.directory = setup->folder,
                                           .entropy = &setup->entropy,
                                           .has_history = setup->has_history,
                                           .is_look = setup->is_look};
    (void)snprintf(setup->about, sizeof setup->about, "%s/%s", setup->config.data_dir.text,
                   source->name);
    TRY(read_any(setup, &folder, source, ret_seed, ret_created));
    if (*ret_created) {
        warn_created(setup, source->name);
    }
    return OK;
}

struct status setup_seeds(struct setup *setup, const struct options *options)
{
    SECRET32(root);
    SECRET32(seed);
    bool created = false;
    const struct source of_root = {options->root_file, options->root_fd, SEED_DEV_ROOT};
    const struct source of_seed = {options->seed_file, options->seed_fd, SEED_DEV_SEED};
    if (setup->trust.write_holders == 0) { /* otherwise the cluster has it */
        TRY(read_seed(setup, &of_root, &root, &created));
        setup->root_source = created ? "generated" : "file";
        tenant_set_root(setup->tenants, &root, 0);
        TRY(root_keyring_install(setup->roots, 0, &root));
    }
    const struct tenant *tenant = tenant_find_local(setup->tenants, BYTES_LITERAL(TENANT_DEFAULT));
    if (tenant == NULL || tenant->seed != TRUST_IMPORTED) {
        return OK;
    }
    TRY(read_seed(setup, &of_seed, &seed, &created));
    return tenant_set_seed(setup->tenants, BYTES_LITERAL(TENANT_DEFAULT), &seed);
}
