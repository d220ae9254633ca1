/* Documents as a command gets them, made into what the readers of src/starknet take.
 *
 * What comes out of one of our programs goes into the next: a whole answer, a request, a broadcast
 * transaction with its signature. */
#ifndef COFFER_PROGRAM_DOCUMENT_H
#define COFFER_PROGRAM_DOCUMENT_H

#include "base/bytes.h"
#include "codec/json_in.h"
#include "coffer/cli.h"

/* A transaction: the root of doc or its member transaction, without a signature, its type in
 * capitals, and with the chain of --chain, or its own, or that of the answer around it.
 * Out: ret_text, its JSON, and ret_doc, the same parsed; both in the arena.
 * Returns: CLI_DONE, or what is to be returned. */
enum cli_exit document_transaction(struct cli *cli, const struct json_in *root,
                                   struct bytes *ret_text, struct json_in_doc *ret_doc);

/* Any other document: the root of doc, or its member of this name, as JSON. */
enum cli_exit document_plain(struct cli *cli, const struct json_in *root, const char *name,
                             struct bytes *ret_text, struct json_in_doc *ret_doc);

#endif
