/* Committing a statement: who signed it, whether they may say it, and that a majority has it.
 *
 * Any node takes a statement. What can be said of it without the others is said here, cheap things
 * first: its form, place and scope, whether it is there already, how many were tried lately, who
 * signed. Then the home of its scope judges it, one after the other, so that two devices at once do
 * not fork a log; another node brings it there. A statement that is there already is not judged
 * again: it is put once more, and whoever brings it is told what became of it, as often as he asks.
 *
 * Of who has no part in a scope nothing is told about it but STATEMENT_SIGNER. Tries are limited by
 * the address that they come from, so that nobody keeps others from revoking by trying what fails;
 * where none is known, by tenant. What revokes or freezes is counted apart. All together are
 * limited by the signatures that are to be checked, local tenants and those of apps apart. What
 * another node brings it has counted. First enrolments are limited by tenant. A document is taken
 * only when it is USERS_POLICY_DEFAULT.
 *
 * Used by the operation on statements, one request each, and by worker 0 for other nodes.
 * Source: formats for users, sections 16 and 18. */
#ifndef COFFER_USERS_USERS_COMMIT_H
#define COFFER_USERS_USERS_COMMIT_H

#include "statements/statement_check.h"
#include "users/users.h"

enum {
    USERS_COMMIT_HOME_MS = 3000, /* that a home is waited for */
    USERS_COMMIT_TRIES = 20,     /* in a second, from an address; of what denies likewise */
    USERS_COMMIT_BURST = 400,
    USERS_COMMIT_FAILED = 20,  /* tries that a failed one costs besides */
    USERS_COMMIT_PROOFS = 500, /* in a second, from all: about a tenth of a core */
    USERS_COMMIT_PROOFS_BURST = 2000,
    USERS_COMMIT_ENROLMENTS = 20, /* in a second, of a tenant */
    USERS_COMMIT_ENROLMENTS_BURST = 2000,
};

enum users_commit_stage {
    USERS_COMMIT_NONE,
    USERS_COMMIT_CHECKED,
    USERS_COMMIT_SEEKS,    /* a home */
    USERS_COMMIT_PUTS,     /* and waits for a majority */
    USERS_COMMIT_FORWARDS, /* and waits for the home's answer */
    USERS_COMMIT_OVER,
};

/* Whoever brings a statement, and whom it is to be of. */
struct users_commit_from {
    const uint8_t *tenant; /* [USERS_TENANT] */
    struct bytes address;  /* of a client, as text; empty, or none: not known */
    bool is_node;          /* another node, for the home of the scope */
};

/* A statement on its way. Stays where it is. Fields after the first group are users_commit.c's. */
struct users_commit {
    uint8_t statement[AUTH_TEXT_HASH]; /* P; known once it is checked */
    uint8_t tenant[USERS_TENANT];
    enum statement_op op;
    struct bytes user; /* that it is about, or empty; in the arena */
    bool is_stranger;  /* who signed has no part in its scope, as far as it is known here */

    enum users_commit_stage stage;
    struct users *users;
    struct arena *arena; /* of the request: 32 MiB free */
    struct statement_signed *by;
    uint64_t limit; /* whose tries these are */
    bool is_known;  /* it was there before */
    bool may_forward;
    struct status unknown; /* why it is not known whether somebody is authority; OK: it is */
    struct status status;  /* once it is over; OK: it is here */
    bool is_held;          /* and a majority has it */
    bool has_head;
    uint64_t seq;
    uint8_t head[AUTH_TEXT_HASH];
    size_t worker;
    size_t wait;
    uint64_t until_ms;
};

/* What came of it. seq and head are of the log of a user, as it stands: what clients pin. */
struct users_committed {
    bool is_held; /* false: it is here, and a majority may get it or not: present it again */
    bool has_head;
    uint64_t seq;
    uint8_t head[AUTH_TEXT_HASH];
};

/* Check what can be checked here; nothing changes. In: parts, of which t_ms and block are not
 * looked at; arena, which outlives *ret.
 * Returns: OK; RECORD_INVALID; STATEMENT_SIGNER also for another domain or tenant; TICKET_INVALID;
 * POLICY_INVALID; RATE_LIMITED; what a proof is refused with (authenticator_check);
 * REGISTRY_PENDING when who signed is being looked up, and it can be asked again, as for the other
 * codes of registry_lookup that say that it is not known; NO_MEMORY. On failure: *ret holds
 * nothing. */
struct status users_commit_check(struct users *users, struct arena *arena,
                                 const struct users_commit_from *from,
                                 const struct statement_parts *parts, struct users_commit *ret);

/* Begin to commit what was checked. In: worker, who is woken. */
void users_commit_start(struct users_commit *commit, size_t worker);

/* Whether it is over; goes on with it. */
bool users_commit_is_over(struct users_commit *commit);

/* Nobody waits for it any more; it may be over. */
void users_commit_give_up(struct users_commit *commit);

/* What came of one that is over. Returns: OK; as user_judge and tenant_judge; FROZEN;
 * STATEMENT_SIGNER also for whoever has no part in the scope; NOT_CURRENT when there is no home, or
 * it cannot be reached; WRITE_UNSETTLED when it did not answer: it may have been done, and can be
 * repeated; OVERLOADED, UNAVAILABLE, NO_MEMORY; of a home as users_commit_check. */
struct status users_commit_end(const struct users_commit *commit, struct users_committed *ret);

/* Serve what other nodes bring, and go on with what was brought: worker 0, whenever it is woken. */
void users_commit_serve(struct users *users);

#endif
