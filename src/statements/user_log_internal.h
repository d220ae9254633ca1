/* What reading a user's log and saying what it means share. Used by src/statements/user_log*.c. */
#ifndef COFFER_STATEMENTS_USER_LOG_INTERNAL_H
#define COFFER_STATEMENTS_USER_LOG_INTERNAL_H

#include <string.h>

#include "statements/user_log.h"

enum { WORD = 64 };

/* An entry of the chain. Entries are sorted by number, so that what is behind one comes first. */
struct user_log_node {
    const struct statement *statement;
    uint64_t *behind; /* a bit for each node that it has behind itself, and itself */
    bool is_placed;
    bool is_valid;
    bool is_followed;
};

/* What an entry enrols, whether it counts or not. */
struct user_log_enrolled {
    uint8_t id[AUTH_TEXT_ID];
    size_t node;
};

struct user_log_work {
    struct arena *arena;
    const struct user_log_rules *rules;
    const struct statement **sorted; /* each once, by P */
    size_t count;
    struct user_log_node *nodes;
    size_t node_count;
    size_t *by_name; /* of the statement at the same place in sorted: its node, if it is one */
    size_t words;
    struct user_log_enrolled *enrolled; /* by id */
    size_t enrolled_count;
    uint64_t *settled; /* a bit for each node that counts, if it is valid */
    uint64_t *scratch;
    struct user_log_id *ids; /* those of log, as long as they are written */
    struct user_log *log;
};

static inline struct bytes bytes_id(const uint8_t *id)
{
    return (struct bytes){id, AUTH_TEXT_ID};
}

static inline struct bytes bytes_hash(const uint8_t *hash)
{
    return (struct bytes){hash, AUTH_TEXT_HASH};
}

static inline bool has_bit(const uint64_t *bits, size_t at)
{
    return (bits[at / WORD] >> at % WORD & 1) != 0;
}

static inline void set_bit(uint64_t *bits, size_t at)
{
    bits[at / WORD] |= UINT64_C(1) << at % WORD;
}

static inline uint64_t number_of(const struct statement *statement)
{
    return statement->read.text.seq;
}

static inline uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* By P; the place in sorted, count without it. */
size_t user_log_find(const struct user_log_work *work, const uint8_t *name);

/* The first place of an id among what is enrolled; enrolled_count without it. */
size_t user_log_find_enrolled(const struct user_log_work *work, const uint8_t *id);

/* When a join counts; UINT64_MAX: never. */
uint64_t user_log_join_from(const struct user_log_work *work, const struct statement *join);

/* Whether a join names the heads, and no others. */
bool user_log_joins_heads(const struct user_log_work *work, const struct statement *statement);

/* Gather what is revoked and vetoed, before entries have their places; and what entries mean, once
 * it is known which of them count. Returns: OK; NO_MEMORY. */
struct status user_log_gather_revoked(struct user_log_work *work);
struct status user_log_gather(struct user_log_work *work);

bool user_log_is_revoked(const struct user_log *log, const uint8_t *id);
bool user_log_is_vetoed(const struct user_log *log, const struct statement *statement);

#endif
