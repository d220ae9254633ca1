/* Cases of what keeps roots. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/entropy.h"
#include "base/invariant.h"
#include "carrier/root_folder.h"
#include "carrier/root_seal_dev.h"
#include "tools/ctime/ctime.h"

static void succeed(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static void keep(const struct root_carrier *carrier)
{
    static struct root_start_found found;
    struct handoff_roots roots = {.count = 2};
    for (uint32_t epoch = 0; epoch < 2; epoch++) {
        roots.list[epoch].epoch = epoch;
        ctime_secret(roots.list[epoch].master.b, sizeof roots.list[epoch].master.b);
    }
    succeed(root_carrier_write(carrier, &roots));
    /* Now they are compared with what is there. */
    succeed(root_carrier_write(carrier, &roots));
    succeed(root_carrier_read(carrier, &found));
    INVARIANT(found.count == 2);
}

static void keeps(void)
{
    char path[] = "/tmp/coffer-ctime-XXXXXX";
    char command[64];
    const struct entropy kernel = entropy_system();
    struct root_seal_dev *keys;
    struct root_folder *folder;
    INVARIANT(mkdtemp(path) != NULL);
    const struct seed_dev_folder data = {.directory = open(path, O_RDONLY | O_DIRECTORY),
                                         .entropy = &kernel};
    succeed(root_seal_dev_open(&data, &keys));
    struct root_folder_setup setup = {.directory = data.directory,
                                      .name = "roots",
                                      .seal = root_seal_dev_port(keys),
                                      .entropy = kernel};
    succeed(root_folder_open(&setup, &folder));
    struct root_carrier carrier = root_folder_port(folder);
    keep(&carrier);
    root_folder_close(&folder);
    root_seal_dev_close(&keys);
    close(data.directory);
    (void)snprintf(command, sizeof command, "rm -rf %s", path);
    INVARIANT(system(command) == 0);
}

const struct ctime_case ctime_carrier[] = {
    {"root_carrier_read root_carrier_write root_seal_dev_port", keeps},
    {NULL, NULL},
};
