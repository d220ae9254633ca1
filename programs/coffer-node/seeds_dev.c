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

/* From where the options say, or else from the data folder. */
static struct status read_seed(struct setup *setup, const char *file, int fd, const char *name,
                               struct secret32 *ret_seed)
{
    const char *folder = setup->config.data_dir.text;
    (void)snprintf(setup->about, sizeof setup->about, "%s/%s", folder, name);
    if (file != NULL) {
        (void)snprintf(setup->about, sizeof setup->about, "%s", file);
        return seed_read_file(AT_FDCWD, file, ret_seed);
    }
    if (fd >= 0) {
        (void)snprintf(setup->about, sizeof setup->about, "descriptor %d", fd);
        return seed_read_descriptor(fd, ret_seed);
    }
    bool created = false;
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return FAIL(IO);
    }
    struct status status = seed_dev_open(directory, name, &setup->entropy, ret_seed, &created);
    close(directory);
    if (created) {
        warn_created(setup, name);
    }
    return status;
}

struct status setup_seeds(struct setup *setup, const struct options *options)
{
    SECRET32(root);
    SECRET32(seed);
    TRY(read_seed(setup, options->root_file, options->root_fd, SEED_DEV_ROOT, &root));
    tenant_set_root(setup->tenants, &root, 0);
    TRY(root_keyring_install(setup->roots, 0, &root));
    const struct tenant *tenant = tenant_find_local(setup->tenants, BYTES_LITERAL(TENANT_DEFAULT));
    if (tenant == NULL || tenant->seed != TRUST_IMPORTED) {
        return OK;
    }
    TRY(read_seed(setup, options->seed_file, options->seed_fd, SEED_DEV_SEED, &seed));
    return tenant_set_seed(setup->tenants, BYTES_LITERAL(TENANT_DEFAULT), &seed);
}
