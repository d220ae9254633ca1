/* What the files of users share. Used by src/users/ only. */
#ifndef COFFER_USERS_USERS_INTERNAL_H
#define COFFER_USERS_USERS_INTERNAL_H

#include "base/rate_table.h"
#include "base/table.h"
#include "base/thread.h"
#include "digest/sha256.h"
#include "statements/tenant_log.h"
#include "users/users_commit.h"

enum {
    USERS_ARENA = 128 * 1024 * 1024, /* address space, to read what is kept */
    USERS_GRANTS = 6,                /* of a user that are kept; of more the log is asked */
    USERS_SERVED = 16,               /* of other nodes, at once */
    USERS_PAGE = 256,                /* records that are looked at under the lock of the records */
    USERS_KEY = AUTH_TEXT_SCOPE + 1 + AUTH_TEXT_HASH, /* of a record, at most */
};

_Static_assert((int)USERS_KEY <= (int)STRICT_KEY_MAX, "the longest name has statements");

/* One tenant, and what of it is asked about. Borrowed. */
struct users_scope {
    const uint8_t *tenant;
    struct bytes text;          /* t, u:NAME, s:ID, a:ID, o:NAME */
    uint16_t slot;              /* the next two: of users_scope_of */
    uint8_t hash[SHA256_BYTES]; /* of both */
};

/* A statement that there is. */
struct users_entry {
    uint64_t tag;             /* of tenant and scope */
    uint32_t tenant;          /* the beginning of its id */
    uint8_t kind;             /* the first letter of the scope */
    uint8_t id[AUTH_TEXT_ID]; /* of s and a */
    uint8_t name[AUTH_TEXT_HASH];
};

/* What was seen of a slot. */
struct users_slot {
    bool is_read;
    uint64_t changes;
    uint64_t place;
    struct users_entry *entries; /* in the order of coming */
    size_t count;
    size_t room;
};

/* A service key that speaks for a user, by the user's word. */
struct users_grant {
    uint8_t service[AUTH_TEXT_ID];
    uint64_t until_ms;
};

/* What the statements of a scope mean, as far as every request asks. */
struct users_state {
    uint64_t read_ms;    /* monotonic */
    uint64_t changes_ms; /* wall: when it means something else */
    size_t seen;         /* entries of its slot */
    bool is_frozen;
    bool is_known; /* of u; of s and a: there is one that was neither revoked nor contested */
    bool is_forked;
    bool is_too_long;
    bool is_resumed; /* of t */
    uint32_t auth_epoch;
    uint64_t epoch_at_ms;
    union {
        struct users_service service; /* of s */
        struct {
            struct users_grant grants[USERS_GRANTS];
            size_t grant_count; /* may be more than are kept */
        };
    };
};

/* What another node brought. */
struct users_served {
    bool is_used;
    uint64_t id;
    struct users_commit commit;
};

struct users {
    struct users_setup setup;
    uint8_t domain[DOMAIN_ID];
    uint8_t tenants[TRUST_TENANTS_MAX][USERS_TENANT]; /* of the rows of the configuration */
    struct thread_lock lock;                          /* of all below */
    struct arena arena;                               /* of who reads what is kept */
    struct users_slot slots[STRICT_SLOTS];
    size_t statements;
    uint8_t incarnation[STRICT_INCARNATION]; /* of what was seen; zeros: none */
    struct table *states;                    /* users_scope.hash to struct users_state */
    void *states_memory;
    struct thread_lock commits; /* who judges statements and puts them; the lock is taken within */
    struct rate_table *tries;
    struct rate_table *proofs;
    struct rate_table *enrolments;
    struct arena served_arena; /* of worker 0, as what follows */
    struct users_served served[USERS_SERVED];
};

/* In: text, in memory that outlives *ret. */
void users_scope_of(const struct users *users, const uint8_t *tenant, struct bytes text,
                    struct users_scope *ret);

/* u:NAME and the like. In: memory [AUTH_TEXT_SCOPE]. Returns: empty for what is no name. */
struct bytes users_scope_text(char kind, struct bytes name, uint8_t *memory);
/* s:ID and the like, in hex. */
struct bytes users_scope_id(char kind, const uint8_t *id, uint8_t *memory);

static inline bool users_is_id(const uint8_t *a, const uint8_t *b)
{
    return bytes_equal((struct bytes){a, AUTH_TEXT_ID}, (struct bytes){b, AUTH_TEXT_ID});
}

static inline bool users_is_name(const uint8_t *a, const uint8_t *b)
{
    return bytes_equal((struct bytes){a, AUTH_TEXT_HASH}, (struct bytes){b, AUTH_TEXT_HASH});
}

/* --- users_index.c; with the lock --- */

/* See what is new of a slot. Returns: OK; NO_MEMORY. */
struct status users_index_look(struct users *users, uint16_t number);

/* The names of a scope's statements, [AUTH_TEXT_HASH] each, in arena. Returns: OK; NO_MEMORY. */
struct status users_index_names(struct users *users, struct arena *arena,
                                const struct users_scope *scope, struct statement_list *ret);

/* Whether there is one of a scope behind those that were seen. */
bool users_index_has_more(const struct users *users, const struct users_scope *scope, size_t seen);

/* The ids of a tenant's scopes of a kind, s or a, each once, in arena. */
struct status users_index_ids(struct users *users, struct arena *arena, const uint8_t *tenant,
                              char kind, struct statement_list *ret);

/* A statement of a tenant by its name alone, whatever its scope. Out: appended. Returns: OK, also
 * without one; NO_MEMORY. */
struct status users_index_find(struct users *users, const uint8_t *tenant, const uint8_t *name,
                               struct buf *ret_record);

void users_index_forget(struct users *users);

/* --- users_read.c --- */

/* What is read of a scope, and how. */
struct users_reading {
    const struct users_scope *scope;
    struct statement_set set;
    const uint8_t *behind; /* of a log, as in struct user_log_rules */
    enum statement_op op;  /* of a policy */
};

/* Read statements by their names. Needs no lock. In: reading, of a scope. Out: its set. Returns:
 * OK; UNAVAILABLE when one cannot be read: whoever knows less than all may not judge; NO_MEMORY. */
struct status users_read_set(struct users *users, struct arena *arena,
                             const struct statement_list *names, struct users_reading *reading);

/* One record. Out: appended. Returns: false without one. */
bool users_read_record(struct users *users, const struct users_scope *scope, const uint8_t *name,
                       struct buf *ret_record);

/* What a set means, by the rules of the tenant. */
struct status users_read_log(struct users *users, struct arena *arena,
                             const struct users_reading *reading, struct user_log *ret);
struct status users_read_policy(struct users *users, struct arena *arena,
                                const struct users_reading *reading, struct policy_log *ret);

/* When the tenant's delays are over, in milliseconds. */
struct users_delays {
    uint64_t policy_ms;
    uint64_t recovery_ms;
};

struct users_delays users_read_delays(const struct users *users, const uint8_t *tenant);

/* --- users_state.c; with the lock --- */

/* Out: *ret; zeros, which is kept nowhere, where there is no statement. Returns: OK; UNAVAILABLE;
 * NO_MEMORY. On failure: frozen. */
struct status users_state_of(struct users *users, const struct users_scope *scope,
                             struct users_state *ret);

/* Whether the tenant goes on. Out: *ret_began_ms, of the incarnation. Returns: OK, also when it
 * does not; UNAVAILABLE; NO_MEMORY. */
struct status users_state_resumed(struct users *users, const uint8_t *tenant,
                                  uint64_t *ret_began_ms, bool *ret_resumed);

#endif
