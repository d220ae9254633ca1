/* Files of keys as options and arguments name them, and what is said when one is of no use. */
#ifndef COFFER_PROGRAM_KEY_PATH_H
#define COFFER_PROGRAM_KEY_PATH_H

#include "client/user_key.h"
#include "coffer/cli.h"

/* Read the key that the file has. In: about, of the option or argument. Out: *ret, *secret*.
 * Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit key_path_read(struct cli *cli, const char *about, const char *path,
                            struct user_key *ret);

/* The same of a public key, or of the public key of such a file. */
enum cli_exit key_path_read_public(struct cli *cli, const char *about, const char *path,
                                   struct user_public *ret);

/* Say why a file of keys could not be made. In: status, after which errno is that of the call that
 * failed. Returns: CLI_FAILED, to be returned. */
enum cli_exit key_path_fail_write(struct cli *cli, struct status status, const char *path);

/* Say why a file of keys could not be read, where its mode or kind is the reason.
 * Returns: CLI_FAILED, to be returned. */
enum cli_exit key_path_fail(struct cli *cli, struct status status, const char *path);

/* True for what is a key itself where the name of a file belongs: it must not be repeated. */
bool key_path_is_key(const char *path);

#endif
