#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "coffer-node/setup.h"
#include "config/trust_dev.h"
#include "keys/seed.h"
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

/* Out: *ret_created, that it was made now. */
static struct status read_seed(struct setup *setup, const struct source *source,
                               struct secret32 *ret_seed, bool *ret_created)
{
    const char *folder = setup->config.data_dir.text;
    *ret_created = false;
    (void)snprintf(setup->about, sizeof setup->about, "%s/%s", folder, source->name);
    if (source->file != NULL) {
        (void)snprintf(setup->about, sizeof setup->about, "%s", source->file);
        return seed_read_file(AT_FDCWD, source->file, ret_seed);
    }
    if (source->fd >= 0) {
        (void)snprintf(setup->about, sizeof setup->about, "descriptor %d", source->fd);
        return seed_read_descriptor(source->fd, ret_seed);
    }
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return FAIL(IO);
    }
    struct status status =
        seed_dev_open(directory, source->name, &setup->entropy, ret_seed, ret_created);
    close(directory);
    if (*ret_created) {
        warn_created(setup, source->name);
    }
    return status;
}

struct status setup_seeds(struct setup *setup, const struct options *options)
{
    SECRET32(root);
    SECRET32(seed);
    bool created = false;
    const struct source of_root = {options->root_file, options->root_fd, SEED_DEV_ROOT};
    const struct source of_seed = {options->seed_file, options->seed_fd, SEED_DEV_SEED};
    TRY(read_seed(setup, &of_root, &root, &created));
    setup->root_source = created ? "generated" : "file";
    tenant_set_root(setup->tenants, &root, 0);
    TRY(root_keyring_install(setup->roots, 0, &root));
    const struct tenant *tenant = tenant_find_local(setup->tenants, BYTES_LITERAL(TENANT_DEFAULT));
    if (tenant == NULL || tenant->seed != TRUST_IMPORTED) {
        return OK;
    }
    TRY(read_seed(setup, &of_seed, &seed, &created));
    return tenant_set_seed(setup->tenants, BYTES_LITERAL(TENANT_DEFAULT), &seed);
}
