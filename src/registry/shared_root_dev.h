/* The root's hash, and the anchor of snapshots, in files that nodes of one machine share, in place
 * of a chain. Not part of a production build.
 *
 * The file of the hash appears whole or not at all, with 0x, 64 hex digits and a line end, and is
 * never replaced: the first hash wins, as it does in the contract. The anchor lies beside, under
 * the same name with .anchor behind: 20 digits of the height, a space, 0x, 64 hex digits and a line
 * end, written in place under a lock of the file by the contract's rules. What was read once stays,
 * whatever becomes of the files.
 *
 * Later roots lie beside it, each file whole or not at all too: PATH.epoch-E is the commitment of
 * root E, PATH.proposal-E.N the Nth proposal of it, with a space and the Unix second from which it
 * may be executed behind the digits, and PATH.proposal-E.N.veto, whatever is in it, ends that one:
 * there is one guardian, who may write in this folder. Used by the registry of rows
 * (static_registry_dev.h) and by
 * programs/coffer-node. Any thread but for open and close. */
#ifndef COFFER_REGISTRY_SHARED_ROOT_DEV_H
#define COFFER_REGISTRY_SHARED_ROOT_DEV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/status.h"
#include "registry/publisher.h"
#include "registry/registry.h"

enum {
    SHARED_ROOT_DEV_PATH = 512,         /* with its NUL */
    SHARED_ROOT_DEV_LOOK_MS = 250,      /* between two looks for the files */
    SHARED_ROOT_DEV_DELAY_S = 10,       /* from a proposal to its execution */
    SHARED_ROOT_DEV_PROPOSALS_MAX = 64, /* of one root */
};

struct shared_root_dev;

/* In: path, absolute, or from where the program was started.
 * Returns: OK; CONFIG_INVALID when it is empty, too long or has a NUL; NO_MEMORY.
 * On failure: *ret is NULL. */
struct status shared_root_dev_open(struct bytes path, struct mem *mem,
                                   struct shared_root_dev **ret);

/* Free; *root becomes NULL (it may be NULL). */
void shared_root_dev_close(struct shared_root_dev **root);

/* What the file says. In: now_ms, monotonic. Out: ret_hash, zeros unless *ret_is_there.
 * Returns: OK, also when there is no file; REGISTRY_LOST when it cannot be read, or holds something
 * else. */
struct status shared_root_dev_hash(struct shared_root_dev *root, uint64_t now_ms,
                                   bool *ret_is_there, uint8_t ret_hash[static REGISTRY_HASH]);

/* What is anchored, as the contract's answer; without block and deadline. Returns: as
 * shared_root_dev_hash. On failure: *ret_anchor is zero. */
struct status shared_root_dev_anchor(struct shared_root_dev *root, uint64_t now_ms,
                                     struct registry_anchor *ret_anchor);

/* What the files of later roots say, but for the deadline. Returns: OK; REGISTRY_LOST when one
 * cannot be read, or holds something else; then *ret is what it was before. */
struct status shared_root_dev_epochs(struct shared_root_dev *root, uint64_t now_ms,
                                     struct registry_epochs *ret);

/* What writes them: the answer of the first call is the last. */
struct publisher_port shared_root_dev_port(struct shared_root_dev *root);

#endif
