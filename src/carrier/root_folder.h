/* Roots in a folder: one file for each, sealed, for a host that may read and lose but not change
 * them.
 *
 * A file holds, with integers big-endian: CFRC, version 1 u8, domain 32, epoch u32, length u16 and
 * the key of this file as the port sealed it, IV 12, then the root under that key by AES-256-GCM
 * with tag; all before the IV goes with it as associated data. The port binds the key to
 * `coffer/carrier/1`, version, domain and epoch. The name says which root it is, for people:
 * root-EPOCH-HASH.sealed with the hash that is published of it; what counts is what is inside.
 *
 * Written under another name, made durable, then linked to its own, which replaces nothing; what
 * is left of a write that was cut off begins with a dot and is not looked at. Everything else in
 * the folder is a stored root: what is no file of this user alone, or does not open, is told.
 * Used by programs/coffer-node. */
#ifndef COFFER_CARRIER_ROOT_FOLDER_H
#define COFFER_CARRIER_ROOT_FOLDER_H

#include "base/entropy.h"
#include "base/status.h"
#include "carrier/root_seal.h"
#include "cluster/root_carrier.h"
#include "keys/domain.h"

/* All of it outlives the folder. */
struct root_folder_setup {
    int directory;    /* an open descriptor of what the folder is in: the node's data folder */
    const char *name; /* its name there; made with mode 0700 when there is none */
    uint8_t domain[DOMAIN_ID];
    struct root_seal seal;
    struct entropy entropy;
};

struct root_folder;

/* Returns: OK; DATA_FOLDER when it is no folder of this user alone; IO;
 * NO_MEMORY; MEMORY_LOCK. On failure: *ret is NULL. */
struct status root_folder_open(const struct root_folder_setup *setup, struct root_folder **ret);

/* Wipe and give back; *folder becomes NULL (it may be NULL). */
void root_folder_close(struct root_folder **folder);

/* The carrier. The folder outlives it. */
struct root_carrier root_folder_port(struct root_folder *folder);

#endif
