/* What a tenant lets its users sign, judged on decoded requests. Pure: no state, clock or I/O.
 *
 * The caller decodes; nothing is judged by its name or its bytes. Typed data that is an outside
 * execution comes as POLICY_OUTSIDE_EXECUTION with its calls, never as POLICY_TYPED_DATA.
 * Used by the pipeline between authorisation and the audit of the intent. Source: formats,
 * sections 3 and 6. */
#ifndef COFFER_POLICY_POLICY_H
#define COFFER_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/felt.h"

struct call;

enum { POLICY_DIGEST_BYTES = 32 };

enum policy_kind {
    POLICY_INVOKE,
    POLICY_DEPLOY_ACCOUNT,
    POLICY_DECLARE,
    POLICY_OUTSIDE_EXECUTION,
    POLICY_TYPED_DATA, /* of any other kind */
    POLICY_SESSION,    /* typed data by which an account lets another key act for it */
    POLICY_OPAQUE,     /* a felt that stands for nothing we can read */
};

/* Borrowed from the tenant's record. All false and empty allows nothing. */
struct policy_rules {
    const struct felt *chains;
    size_t chain_count;
    uint64_t fee_ceiling[4]; /* fri; limbs, least significant first */
    bool opaque;
    bool declare;
    bool typed_data;      /* kinds other than outside execution and grants of session keys */
    bool session;         /* grants of session keys; typed_data too */
    bool query;           /* transactions of the query version, for fee estimations */
    bool sender_override; /* transactions of accounts that are not derived from the key */
    /* Stands for all rules in tokens, permits and the audit trail. Zero for the rules above, which
     * belong to the tenant. */
    uint8_t digest[POLICY_DIGEST_BYTES];
};

/* A decoded request. */
struct policy_request {
    enum policy_kind kind;
    struct felt chain;   /* not for POLICY_OPAQUE */
    bool is_own_account; /* the account is derived from the key; not for POLICY_OPAQUE */
    bool is_query;       /* of transactions: can be estimated and never executed */
    uint64_t fee_max[4]; /* fri; of transactions: all that their bounds and tip let them cost */
    const struct call *calls; /* of POLICY_INVOKE and POLICY_OUTSIDE_EXECUTION */
    size_t call_count;
};

/* Returns: OK; OPAQUE_DENIED, DECLARE_DENIED, TYPED_DATA_UNLISTED, SESSION_DENIED, QUERY_DENIED for
 * what is off; CHAIN_DENIED
 * (DOMAIN_CHAIN for typed data and outside execution); SENDER_MISMATCH; FEE_CEILING;
 * POLICY_DENIED for an unknown kind. The first that applies, in this order. */
struct status policy_judge(const struct policy_rules *rules, const struct policy_request *request);

#endif
