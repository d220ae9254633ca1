/* Objects as files of one folder.
 *
 * An object is written under a name of its own that begins with a point, brought to the disk, and
 * linked to its name, which replaces nothing; so after a crash it is there whole or not at all, and
 * at worst a file with a point is left over, which nobody reads. What lies in the folder is as
 * hostile as any storage: links are not followed, and what is no plain file is never opened for
 * long. Names are those of blob.h, so that none leaves the folder.
 * A list reads the whole folder for each page, and opens it anew, since it may have been mounted or
 * made again. Used by the node. */
#ifndef COFFER_BLOB_BLOB_FOLDER_H
#define COFFER_BLOB_BLOB_FOLDER_H

#include "base/entropy.h"
#include "blob/blob.h"

struct blob_folder {
    int folder; /* a descriptor, the caller's */
    struct entropy entropy;
    const char *path; /* of what takes the place of the descriptor with each list; NULL: it stays */
};

/* The port over a folder, which must not move. */
struct blob_port blob_folder_port(struct blob_folder *folder);

#endif
