/* A node's document about its keys: asked for, and held against what is trusted. */
#ifndef COFFER_PROGRAM_ATTESTED_NODE_H
#define COFFER_PROGRAM_ATTESTED_NODE_H

#include "coffer/attested_answer.h"
#include "coffer/node_api.h"
#include "coffer/verify_trust.h"

enum { ATTESTED_NODE_NONCE = 32, ATTESTED_NODE_MAX_AGE_MS = 60000 };

/* Ask for a document with this nonce. Returns: as node_api_call, whatever the node answers. */
struct status attested_node_ask(struct node_api *api,
                                const uint8_t nonce[static ATTESTED_NODE_NONCE],
                                struct node_api_answer *ret_answer);

/* In: moment, of a live answer, or NULL. Out: *ret_document borrows from the answer.
 * Returns: as attestation_verify_live or attestation_verify_evidence. */
struct status attested_node_judge(const struct verify_trust *trust,
                                  const struct attestation_moment *moment,
                                  const struct attested_answer *answer,
                                  struct document *ret_document);

#endif
