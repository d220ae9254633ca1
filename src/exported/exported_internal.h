/* What the files of the exported client share. The contract is include/coffer/client.h. */
#ifndef COFFER_EXPORTED_EXPORTED_INTERNAL_H
#define COFFER_EXPORTED_EXPORTED_INTERNAL_H

#include "base/arena.h"
#include "client/client.h"
#include "client/seen_versions.h"
#include "codec/json_out.h"
#include "coffer/client.h"

/* In guarded memory. */
struct coffer_client {
    struct client *client;
    struct arena arena;   /* of the request in work and of what its answer became */
    struct buf body;      /* the request's, in the arena */
    struct json_out json; /* writes to body: an open object */
    struct seen_versions seen;
};

/* Say what went wrong. In: about, or NULL; ret, or NULL.
 * Returns: -1 after a failure, otherwise 0. */
int exported_end(struct status status, const char *about, coffer_client_error *ret);

/* Forget the last answer and open the object of a request. Returns: OK, NO_MEMORY. */
struct status exported_begin(struct coffer_client *client);

/* Write a text member; nothing when text is NULL. Returns: OK, INVALID_UTF8. */
struct status exported_text(struct coffer_client *client, const char *name, const char *text);

/* Close the object, send it, and require success. Out: *ret, until the next call.
 * Returns: as a function of the contract. */
int exported_send(struct coffer_client *client, const char *method, const char *target,
                  struct client_answer *ret, coffer_client_error *ret_error);

/* The same for a request that is complete. */
int exported_call(struct coffer_client *client, const struct client_request *request,
                  struct client_answer *ret, coffer_client_error *ret_error);

#endif
