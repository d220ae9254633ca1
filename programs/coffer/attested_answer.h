/* What a node answers to POST /v1/attestation, from the network or from a file. Nothing of it is
 * checked but its form. */
#ifndef COFFER_PROGRAM_ATTESTED_ANSWER_H
#define COFFER_PROGRAM_ATTESTED_ANSWER_H

#include "attestation/attestation.h"
#include "base/arena.h"
#include "codec/json_in.h"
#include "wire/identity_binding.h"

struct attested_answer {
    enum attestation_maker maker;
    struct identity_binding binding;
    struct bytes document_text; /* in base64 */
    struct bytes document;
};

/* Read it; members that are not named are ignored. Out: *ret borrows from doc and arena.
 * Returns: OK; MISSING_FIELD, BAD_TYPE, INVALID_BASE64, BAD_REQUEST (a kind that is none);
 * ATTESTATION_INVALID (too long); those of identity_binding_read; NO_MEMORY. */
struct status attested_answer_read(struct arena *arena, struct json_in_doc *doc,
                                   struct attested_answer *ret);

/* The same from a file; "-" is standard input. Also returns: IO, BODY_TOO_LARGE, and those of
 * json_in_parse. */
struct status attested_answer_load(struct arena *arena, const char *path, struct json_in_doc *doc,
                                   struct attested_answer *ret);

#endif
