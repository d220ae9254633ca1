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

/* The same of --public-key, which has to be the x coordinate of a point of the curve. */
enum cli_exit starknet_input_key(struct cli *cli, struct felt *ret);

/* The class that --class names by name or hash; the default class without it. */
enum cli_exit starknet_input_class(struct cli *cli, const struct account_class **ret);

/* A JSON file, or "-". The document lives as long as the command. */
enum cli_exit starknet_input_json(struct cli *cli, const char *path, struct json_in_doc *ret);

/* A transaction in a file, as document.h takes it. Its sender, where it has none, is the account of
 * --public-key and --class, which is put into account. Out: ret_doc, which ret borrows from. */
enum cli_exit starknet_input_transaction(struct cli *cli, const char *path,
                                         struct account *ret_account, struct transaction *ret,
                                         struct json_in_doc *ret_doc);

/* Say a felt or a chain. Addresses are felts, written as the API writes them. */
void starknet_input_put_felt(struct out *out, const char *name, const struct felt *felt);
void starknet_input_put_chain(struct out *out, const char *name, const struct felt *chain);

#endif
