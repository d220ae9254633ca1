/* What is to be signed, read on this machine: so that what is wrong with it is said before a node
 * is asked, and an answer can be checked against it without believing the node. All public data. */
#ifndef COFFER_PROGRAM_ASKED_H
#define COFFER_PROGRAM_ASKED_H

#include <stdbool.h>

#include "base/bytes.h"
#include "codec/json_in.h"
#include "coffer/cli.h"
#include "crypto/felt.h"
#include "starknet/account.h"
#include "starknet/outside_execution.h"
#include "starknet/transaction.h"
#include "starknet/typed_data.h"

/* The options that say it; a command that uses asked_read has all of them. */
#define ASKED_OPTIONS                                                                           \
    {"--transaction", "FILE", "a transaction, as starknet hash takes it; - is standard input"}, \
        {"--typed-data", "FILE", "SNIP-12 typed data"},                                         \
        {"--outside-execution", "FILE", "a SNIP-9 outside execution by its fields"},            \
        {"--message-hash", "FELT", "a bare hash, where the tenant allows it; - reads it"},      \
    {                                                                                           \
        "--chain", "NAME", "the chain, where the document does not say it"                      \
    }

enum asked_kind { ASKED_TRANSACTION, ASKED_TYPED_DATA, ASKED_OUTSIDE, ASKED_HASH };

/* Borrows from the arena of the command; doc has to stay where it is. */
struct asked {
    enum asked_kind kind;
    const char *path;   /* of the document */
    const char *member; /* its name in a request */
    struct bytes text;  /* its JSON there */
    struct json_in_doc doc;
    struct transaction transaction;
    struct typed_data typed;
    struct outside_execution outside;
    struct felt chain; /* of an outside execution */
    struct felt hash;  /* of a bare one */
};

/* Read what the options name. Returns: CLI_DONE, or what is to be returned. */
enum cli_exit asked_read(struct cli *cli, struct asked *ret);

/* The hash that is signed for this account. Returns: OK; what transaction_use_account returns. */
struct status asked_hash(struct asked *asked, const struct account *account, struct felt *ret);

#endif
