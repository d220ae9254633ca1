/* A registry that is a list of rows, for development without a chain. Not part of a production
 * build.
 *
 * The rows go through the same rules as records of the chain. One JSON object:
 *   {"instances": [{"app_id": 7, "version_id": 1, "instance_id": 1, "wallet": "0x...",
 *                   "tee_pubkey": "0x...", "measurement": "0x...", "url": "http://...",
 *                   "app_status": "active", "version_status": "enrolled",
 *                   "instance_status": "active", "zk_verified": true}],
 *    "anchor": {"height": 7, "header": "0x..."},
 *    "root_hash_file": "/tmp/cluster/root-hash"}
 * Required are app_id (integer or decimal text), wallet and tee_pubkey (DER SPKI or SEC1); the ids
 * are otherwise 1, the statuses as above, the measurement zero. Without anchor nothing is anchored;
 * its height is not 0, its header not zero. With root_hash_file the root's hash is published in
 * that file, and snapshots are anchored beside it (shared_root_dev.h), which nodes share, as are
 * later roots;
 * the rows have no anchor then. Without it neither can be written.
 *
 * A file of rows is read again when it is another one than before, but for root_hash_file, which
 * stays what it was at the start; so instances can be registered, and their registrations ended,
 * while nodes run. What cannot be taken as a whole changes nothing, and is logged: replace the file
 * rather than write into it. Used by programs/coffer-node. */
#ifndef COFFER_REGISTRY_STATIC_REGISTRY_DEV_H
#define COFFER_REGISTRY_STATIC_REGISTRY_DEV_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "config/config.h"
#include "registry/publisher.h"
#include "registry/registry.h"

enum {
    STATIC_REGISTRY_DEV_ROWS_MAX = 256,
    STATIC_REGISTRY_DEV_LOOK_MS = 250, /* between two looks at the file */
};

struct static_registry_dev;

/* What it is made of. */
struct static_registry_dev_setup {
    struct bytes text;     /* unsafe */
    const char *file;      /* where it is from, to be read again; NULL: never. It outlives all */
    const struct log *log; /* of what was read again; NULL: none. It outlives the registry */
    uint8_t kms_app_id[REGISTRY_ID];
    struct arena *arena; /* scratch */
    struct mem *mem;     /* for the rows */
};

/* Read the rows. Out: ret_where, the path of the offending member, or "".
 * Returns: OK; BAD_JSON and the other codes of json_in_parse; UNKNOWN_FIELD; MISSING_FIELD;
 * BAD_TYPE; NUMBER_RANGE; INVALID_DECIMAL; INVALID_HEX; CONFIG_INVALID (a word that is no status, a
 * wallet twice, more than STATIC_REGISTRY_DEV_ROWS_MAX rows, a URL that is none, an anchor that is
 * none, a path that is none); POINT_INVALID; NO_MEMORY. On failure: *ret is NULL. */
struct status static_registry_dev_open(const struct static_registry_dev_setup *setup,
                                       struct static_registry_dev **ret,
                                       char ret_where[static CONFIG_WHERE_MAX]);

/* Free; *registry becomes NULL (it may be NULL). */
void static_registry_dev_close(struct static_registry_dev **registry);

/* What asks it. Any thread. */
struct registry_port static_registry_dev_port(struct static_registry_dev *registry);

/* What publishes and anchors where the rows name a file for it; the registry outlives it.
 * Returns: false where they do not; *ret has no functions then. */
bool static_registry_dev_publisher(struct static_registry_dev *registry,
                                   struct publisher_port *ret);

#endif
