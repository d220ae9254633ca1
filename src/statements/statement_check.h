/* Who signed a statement: asked once, when it is committed.
 *
 * Which proofs show what, and who is authority, an approver or a service key, is known above:
 * functions that are given. Whether those who signed may say what they said is for the judges of
 * logs (user_judge.h, tenant_judge.h). Public data. Used by the pipeline.
 * Source: formats for users, sections 13, 14 and 16. */
#ifndef COFFER_STATEMENTS_STATEMENT_CHECK_H
#define COFFER_STATEMENTS_STATEMENT_CHECK_H

#include "base/status.h"
#include "statements/statement.h"

/* Scopes of service keys, as bits of their number. */
enum {
    STATEMENT_SCOPE_ENROL = 1 << 4,
    STATEMENT_SCOPE_REVOKE = 1 << 5,
};

/* What those who signed are, besides keys of a user. */
struct statement_roles {
    bool is_authority; /* the app's wallet, or as many operators as it takes */
    bool is_operator;  /* at least one */
    bool is_approver;  /* at least one, now */
    uint64_t scopes;   /* of the service keys among them that may act for the scope now */
};

struct statement_ports {
    void *context;
    /* Whether a proof shows that its key said a text, of which proof_of is SHA-256.
     * Returns: OK, or what the caller is told. */
    struct status (*verify)(void *context, struct bytes text, const uint8_t *proof_of,
                            const struct statement_sig *sig);
    /* What those who signed are together, for a scope. All were verified. */
    void (*roles)(void *context, const struct statement_sigs *sigs,
                  const struct statement_scope *scope, struct statement_roles *ret);
};

/* A statement whose signatures were looked at. */
struct statement_signed {
    const struct statement *statement;
    uint8_t ids[STATEMENT_SIGS_MAX][AUTH_TEXT_ID]; /* of who signed, as authenticators */
    struct statement_roles roles;
    struct auth_text_read_ticket ticket; /* of a user.add that has one */
    struct statement_roles ticket_roles;
};

/* When a statement is judged. */
struct statement_now {
    uint64_t lo_ms;          /* the earliest that it can be */
    uint64_t hi_ms;          /* the latest */
    uint64_t incarnation_ms; /* when this incarnation of the cluster began */
    bool is_resuming; /* after a restore, before authority resumes: what was committed before is
                       * presented again, also what does not follow the last entry */
};

/* Look at who signed a statement. In: place, ours. Out: *ret, which stays where it is.
 * Returns: OK; STATEMENT_SIGNER when it is of another domain or tenant, or a code proves it;
 * TICKET_INVALID likewise, or when it is none; what verify answers. On failure: *ret is zeros. */
struct status statement_check(const struct statement *statement, const struct auth_place *place,
                              const struct statement_ports *ports, struct statement_signed *ret);

/* The place of a proof among those of a statement; its count without it. */
size_t statement_signed_by(const struct statement_signed *by, uint64_t scheme, struct bytes key);

#endif
