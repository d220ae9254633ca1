/* The folder in which a node keeps seeds, its audit trail and what others believe of it.
 *
 * Who can write there chooses keys, settings and what clients trust, so it and all in it must
 * belong to the user of the program and be writable by nobody else. It never ends up in a git
 * repository: it has a .gitignore that names everything. Used by the programs at start. */
#ifndef COFFER_CONFIG_DATA_FOLDER_H
#define COFFER_CONFIG_DATA_FOLDER_H

#include <stdbool.h>

#include "base/status.h"

enum { DATA_FOLDER_WHY_MAX = 384 };

/* Open the folder, after it was looked at. In: path; is_made, make it with mode 0700, and its
 * .gitignore, when they are not there; otherwise nothing is written, and a folder that is not there
 * must be one that can be made.
 * Out: *ret_folder, a descriptor to be closed; -1 when the folder is not there and not to be made;
 * ret_why, what is wrong with what, with the system's words.
 * Returns: OK; DATA_FOLDER (belongs to or may be written by others, or is the top of a git
 * repository); IO (cannot be made, read or written); NO_MEMORY. On failure: *ret_folder is -1. */
struct status data_folder_open(const char *path, bool is_made, int *ret_folder,
                               char ret_why[static DATA_FOLDER_WHY_MAX]);

#endif
