/* What the commands under "coffer starknet" have in common: options, documents, answers. All
 * public data. */
#ifndef COFFER_PROGRAM_STARKNET_INPUT_H
#define COFFER_PROGRAM_STARKNET_INPUT_H

#include <stdbool.h>

#include "codec/json_in.h"
#include "coffer/cli.h"
#include "crypto/felt.h"
#include "starknet/account.h"
#include "starknet/transaction.h"

/* The value of an option as a felt, an address with its checksum when it has one.
 * Out: *ret; zero when the option was not given. Returns: CLI_DONE, or what is to be returned. */
enum cli_exit starknet_input_felt(struct cli *cli, const char *option, struct felt *ret);

/* The class that --class names by name or hash; the default class without it. */
enum cli_exit starknet_input_class(struct cli *cli, const struct account_class **ret);

/* A JSON file, or "-". The document lives as long as the command. */
enum cli_exit starknet_input_json(struct cli *cli, const char *path, struct json_in_doc *ret);

/* A transaction request in a file. Its sender, where it has none, is the account of --public-key
 * and --class, which is put into account. */
enum cli_exit starknet_input_transaction(struct cli *cli, const char *path,
                                         struct account *ret_account, struct transaction *ret);

/* Say a felt, an address in checksum form, or a chain. */
void starknet_input_put_felt(struct out *out, const char *name, const struct felt *felt);
void starknet_input_put_address(struct out *out, const char *name, const struct felt *address);
void starknet_input_put_chain(struct out *out, const char *name, const struct felt *chain);

/* Say a list of calls: {to, selector, felts}. */
void starknet_input_put_calls(struct out *out, const struct call *calls, size_t count);

#endif
