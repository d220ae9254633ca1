/* Statements and tickets in the making: who says them signs one after the other, each where the key
 * is, and the last one sends them to a node.
 *
 * A file is {"text","body","sigs"}, of a ticket {"text","sigs"}: the text that is signed as a JSON
 * string, the body in base64 of URLs, sigs a list of [n,K,proof], empty at first. Public data.
 * Used by the command line. Source: formats for users, sections 14 and 16. */
#ifndef COFFER_CLIENT_USER_STATEMENT_H
#define COFFER_CLIENT_USER_STATEMENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "client/user_key.h"
#include "codec/json_in.h"
#include "statements/statement.h"

struct user_statement {
    struct bytes text;
    struct bytes body; /* ptr NULL: it is a ticket */
    struct statement_sig sigs[STATEMENT_SIGS_MAX];
    size_t sig_count;
};

static inline bool user_statement_is_ticket(const struct user_statement *statement)
{
    return statement->body.ptr == NULL;
}

/* Make one that nobody has signed. In: about, all but the hash of the body, which is filled in, and
 * is_apart, which follows from op. Out: *ret, in the arena.
 * Returns: OK; RECORD_INVALID when it says what none may say: limits, scope, place in the chain;
 * NO_MEMORY. On failure: *ret is zeros. */
struct status user_statement_make(struct arena *arena, const struct auth_statement *about,
                                  enum statement_op op, const union statement_body *body,
                                  struct user_statement *ret);

/* The same of a ticket. Returns: OK; BAD_REQUEST; NO_MEMORY. */
struct status user_statement_make_ticket(struct arena *arena, const struct auth_ticket *about,
                                         struct user_statement *ret);

/* Read a file. Out: *ret, in the arena; its form alone is checked.
 * Returns: OK; those of json_in_parse; RECORD_INVALID; NO_MEMORY. On failure: *ret is zeros. */
struct status user_statement_read(struct arena *arena, struct bytes file,
                                  struct user_statement *ret);

/* Append a file. Returns: OK; BUFFER_FULL. */
struct status user_statement_put(const struct user_statement *statement, struct buf *out);

/* What it says. Returns: OK; RECORD_INVALID; NO_MEMORY. On failure: *ret is NULL. */
struct status user_statement_open(struct arena *arena, const struct user_statement *statement,
                                  struct statement **ret);

/* A record of a node as it stands in an answer: {"v","text","body","sigs","t","block"}, in whatever
 * spelling. Returns: OK; RECORD_INVALID; NO_MEMORY. On failure: *ret is NULL. */
struct status user_statement_take(struct arena *arena, const struct json_in *at,
                                  struct statement **ret);

/* What a ticket says. Returns: OK; RECORD_INVALID. */
struct status user_statement_open_ticket(const struct user_statement *statement,
                                         struct auth_text_read_ticket *ret);

/* Sign it, and check what was signed. Returns: OK; STATEMENT_SIGNER when the key has signed it
 * already, or it is full; those of user_key_sign; NO_MEMORY. */
struct status user_statement_sign(struct arena *arena, struct user_statement *statement,
                                  const struct user_key *key);

/* Add a proof that was made elsewhere, as user_key_proof takes it, and check it.
 * Returns: as user_statement_sign; AUTH_FAILED when the key did not sign this text; BAD_REQUEST. */
struct status user_statement_add(struct arena *arena, struct user_statement *statement,
                                 const struct user_public *public, struct bytes made);

/* Whether a scheme is one whose signatures show something by themselves: those of user_key.h. Of a
 * passkey or a wallet's page one has to know which origins the tenant lists. */
bool user_statement_is_plain(enum auth_scheme scheme);

/* Whether a signature of such a scheme is one of its key over the text. In: arena, with 256 KiB
 * free. Returns: as authenticator_check; AUTH_FAILED for other schemes. */
struct status user_statement_check(struct arena *arena, const struct user_statement *statement,
                                   const struct statement_sig *sig);

#endif
