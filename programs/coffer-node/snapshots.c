/* Where a cluster's snapshots lie: a folder that nobody trusts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coffer-node/setup.h"
#include "snapshot/snapshot_header.h"

static struct status open_storage(struct setup *setup)
{
    const char *path = setup->config.snapshot_dir.text;
    bool is_there = mkdir(path, 0700) == 0 || errno == EEXIST;
    int folder = is_there ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder < 0) {
        (void)snprintf(setup->about, sizeof setup->about, "snapshot_dir: %.300s: %s", path,
                       strerror(errno));
        return FAIL(IO);
    }
    setup->snapshots = (struct blob_folder){folder, setup->entropy, path};
    setup->ports.snapshots.storage = blob_folder_port(&setup->snapshots);
    return OK;
}

/* What operators named in the trust configuration. */
static struct status read_order(struct setup *setup)
{
    const struct trust *trust = &setup->trust;
    struct membership_snapshots *snapshots = &setup->ports.snapshots;
    struct blob_name name;
    if (trust->restore_snapshot[0] == '\0') {
        return OK;
    }
    (void)snprintf(setup->about, sizeof setup->about, "restore_snapshot: %.100s",
                   trust->restore_snapshot);
    if (!status_is_ok(blob_name_of(trust->restore_snapshot, &name)) ||
        !snapshot_header_point(&name, &snapshots->ordered)) {
        return FAIL(CONFIG_INVALID);
    }
    memcpy(snapshots->ordered_for, trust->restore_anchored, sizeof snapshots->ordered_for);
    return OK;
}

struct status setup_snapshots(struct setup *setup)
{
    setup->ports.snapshots.interval_ms = setup->config.snapshot_seconds * 1000;
    TRY(read_order(setup));
    if (setup->is_look || setup->config.snapshot_dir.text[0] == '\0') {
        return OK;
    }
    return open_storage(setup);
}

void setup_snapshots_close(struct setup *setup)
{
    if (setup->ports.snapshots.storage.get != NULL) {
        close(setup->snapshots.folder);
    }
}
