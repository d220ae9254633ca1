/* An answer to a request to sign, checked on this machine without believing the node.
 *
 * The account is that of the key, the hash that of the document, the transaction to be broadcast
 * the one that was meant, and the signature verifies with two implementations of the curve. */
#ifndef COFFER_PROGRAM_ANSWER_CHECK_H
#define COFFER_PROGRAM_ANSWER_CHECK_H

#include "codec/json_in.h"
#include "coffer/asked.h"
#include "coffer/cli.h"

/* In: answer, as POST /v1/starknet/sign gives it; asked, what was to be signed; NULL when only the
 * answer is known, whose hash is then that of its own transaction, or taken as it is.
 * Returns: CLI_DONE; otherwise it has said what does not fit. */
enum cli_exit answer_check(struct cli *cli, const struct json_in *answer, struct asked *asked);

/* Verify one signature with our arithmetic and with OpenSSL's, which must agree.
 * Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit answer_check_signature(struct cli *cli, const struct felt *key,
                                     const struct felt *hash, const struct felt rs[static 2]);

#endif
