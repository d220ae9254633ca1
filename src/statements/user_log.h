/* What the statements of a user mean: who speaks for the user, and what they have said.
 *
 * Copies of a log are merged as sets, and meaning is a function of the set, of the rules and of the
 * time: order, repeats, and who is asked do not matter. Statements in it were committed: who had to
 * sign has signed. So only what other statements can take back is looked at here.
 *
 * Chain. user.add, user.recover, user.grant, foreign.add and lane.set follow one another. The first
 * has number 1; every other one names an entry, or a join, and has the number after it (after the
 * greatest of what is joined). What follows nothing that is there is loose, and means nothing.
 *
 * Fork. Heads are entries that none follows. When there are several the log is forked: only what
 * all heads have behind them counts, until a join of exactly these heads counts. Then all does.
 *
 * Join. user.join of authority counts at once; that of an authenticator which was enrolled behind
 * all these heads after 24 h, unless it is vetoed, or its key is revoked before, or it is void.
 *
 * Void is an entry whose signers all are: not enrolled behind it by what is not void; or voided
 * from its number on, by the since of a revocation. The first entry
 * is never void, nor a recovery that nobody vetoed. What is void keeps its place.
 *
 * user.revoke and user.veto always win, whenever they come: an id that was ever revoked is none of
 * the user's, and ends a grant to the service key of that id; a vetoed statement adds nothing.
 * A recovery counts after its delay. Of entries about one thing (grants to one service key, one
 * lane, one account) the last counts; of two with one number that differ, none.
 *
 * Public data. Used by sessions and the pipeline. Source: formats for users, sections 16 and 21;
 * where they are silent, docs/decisions/083-identity-logs.md. */
#ifndef COFFER_STATEMENTS_USER_LOG_H
#define COFFER_STATEMENTS_USER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "statements/statement.h"

enum {
    USER_LOG_KEYS = 16, /* authenticators, with those that are pending */
    USER_LOG_CHAIN = 256,
    USER_LOG_REVOCATIONS = 1024, /* with vetoes; beyond, only those that change something */
    USER_LOG_FOREIGN = 16,
    USER_LOG_PENDING = 16,
    USER_LOG_CHAIN_READ = 2 * USER_LOG_CHAIN, /* two copies that were written apart, merged */
    USER_LOG_JOIN_MS = 24 * 3600 * 1000,
};

struct user_log_rules {
    struct auth_place place;
    struct bytes scope;    /* u:NAME */
    uint64_t recovery_ms;  /* delay */
    uint64_t now_ms;       /* the earliest that it can be */
    const uint8_t *behind; /* [AUTH_TEXT_HASH]: read only as far as this entry, or join; NULL: all.
                            * For what is presented again after a restore and need not follow the
                            * last entry */
};

/* Statements, in any order, any number of times, of any scope: others are passed over. */
struct statement_set {
    const struct statement *const *list;
    size_t count;
};

/* An authenticator. */
struct user_log_key {
    uint8_t id[AUTH_TEXT_ID];
    const struct statement *by; /* user.add or user.recover: scheme, K, credential, label */
    uint64_t from_ms;           /* when it counts; 0 for what is added */
};

/* What will count, unless it is vetoed: a recovery, or a join. */
struct user_log_pending {
    const struct statement *statement;
    uint64_t from_ms;
};

/* An id that is not to be enrolled again. */
struct user_log_id {
    uint8_t id[AUTH_TEXT_ID];
    uint32_t number; /* of the entry that enrolled it; 0: none has */
    bool is_revoked;
    uint64_t since;      /* from where on what it signed is void */
    uint64_t revoked_ms; /* when it was revoked first */
};

struct user_log {
    bool is_known; /* there is some entry: the name is taken */
    bool is_forked;
    bool has_join;                /* the next entry follows a join */
    uint32_t number;              /* of the head; 0 without one */
    uint8_t head[AUTH_TEXT_HASH]; /* what the next entry names; zeros when there is none, or many */
    struct statement_list heads;  /* all, ascending, of AUTH_TEXT_HASH: what a join names */
    size_t chain_count;
    size_t loose_count;

    const struct user_log_key *keys; /* that count now, ascending */
    size_t key_count;
    const struct user_log_pending *pending;
    size_t pending_count;
    const struct statement *const *grants; /* also those whose time is over */
    size_t grant_count;
    const struct statement *const *foreign;
    size_t foreign_count;
    const struct statement *const *lanes;
    size_t lane_count;

    uint32_t auth_epoch;           /* how many revocations there are */
    uint64_t epoch_at_ms;          /* the latest time of one; 0 without */
    const struct user_log_id *ids; /* ascending */
    size_t id_count;
    struct statement_list vetoed; /* ascending, of AUTH_TEXT_HASH */
    size_t idle_count;            /* revocations and vetoes that name nothing that is there */
    uint64_t changes_ms; /* when it means something else though nothing is added; or UINT64_MAX */
};

/* Read what a set means. In: arena: some 100 bytes for each statement, and for n entries n / 8
 * bytes for each of them. *ret borrows from it and from the statements.
 * Returns: OK; LIMIT_EXCEEDED for more than USER_LOG_CHAIN_READ entries; NO_MEMORY. On failure:
 * *ret is zeros, which speaks for nobody. Timing: n log n in the number of statements. */
struct status user_log_read(struct arena *arena, const struct statement_set *set,
                            const struct user_log_rules *rules, struct user_log *ret);

/* An authenticator that counts now; NULL without. */
const struct user_log_key *user_log_key(const struct user_log *log,
                                        const uint8_t id[static AUTH_TEXT_ID]);

/* Whether an id was enrolled or revoked; NULL if not. */
const struct user_log_id *user_log_id(const struct user_log *log,
                                      const uint8_t id[static AUTH_TEXT_ID]);

/* What was granted to a service key, and counts unless its time is over; NULL without. */
const struct statement *user_log_grant(const struct user_log *log,
                                       const uint8_t service[static AUTH_TEXT_ID]);

#endif
