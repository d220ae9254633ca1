/* Typed data as the commands under "coffer starknet" take it. */
#ifndef COFFER_PROGRAM_TYPED_INPUT_H
#define COFFER_PROGRAM_TYPED_INPUT_H

#include "codec/json_in.h"
#include "coffer/cli.h"
#include "crypto/felt.h"
#include "starknet/typed_data.h"

/* Typed data in a file, and its hash for the account that --account names. ret_data lives as long
 * as ret_doc. */
enum cli_exit typed_input_read(struct cli *cli, const char *path, struct json_in_doc *ret_doc,
                               struct typed_data *ret_data, struct felt *ret_hash);

#endif
