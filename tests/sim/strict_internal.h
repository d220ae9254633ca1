/* What the files of clients of strict records share. */
#ifndef COFFER_TESTS_SIM_STRICT_INTERNAL_H
#define COFFER_TESTS_SIM_STRICT_INTERNAL_H

#include "sim/strict.h"

enum {
    STRICT_NUMBERS = 4096, /* of a lane */
    STRICT_BUCKET_MS = 15000,
    STRICT_ASKED_MAX = 512,
    STRICT_HOT = 4,
    STRICT_VISIT_MS = 100, /* between two visits of clients */
};

enum what {
    SPEND,
    NUMBER,
    FIX,
    WHATS,
};

/* What a client asks for: on the way to a home, these bytes. */
struct ask {
    uint8_t what;
    uint8_t scope;
    uint16_t object;
};

/* One that is under way at a node. */
struct asked {
    bool is_used;
    bool is_forwarded; /* ticket is of that */
    bool is_others;    /* reply is wanted */
    size_t at;
    uint64_t boot;
    uint64_t ticket;
    uint64_t reply;
    uint64_t value; /* what the client is told when it is held */
    struct ask ask;
};

struct revoking {
    uint64_t held_ms; /* 0: nobody said so */
    size_t at;
    uint64_t boot;
    uint64_t ticket;
};

/* A home that is cut off when a client was told of what one node has never heard of. */
struct lost_home {
    size_t home;
    size_t without;
    struct ask ask;
    bool is_told;      /* from then on the home is cut off */
    uint64_t back_ms;  /* until then the one without is */
    uint64_t until_ms; /* 0: none yet */
};

/* What clients were told. */
struct sim_strict {
    struct asked asked[STRICT_ASKED_MAX];
    size_t asked_most; /* at a time; the places behind were never used */
    uint64_t spent[STRICT_SCOPES][STRICT_BUCKETS];
    uint64_t start_ms;
    bool is_given[STRICT_SCOPES][STRICT_NUMBERS];
    uint64_t last_given[STRICT_SCOPES];
    uint64_t fixed[STRICT_SCOPES][STRICT_OBJECTS]; /* 0: nobody was told */
    uint64_t values;
    struct sim_strict_told kept; /* of what clients were told, what this incarnation has */
    struct revoking revoked[STRICT_REVOCATIONS];
    size_t revoked_count;
    uint64_t done[WHATS][STRICT_SCOPES]; /* when it was last done */
    uint64_t longer_ms;                  /* the end of a pause, made longer */
    struct ask hot[STRICT_HOT]; /* what was asked of homes that were held up, the last one first */
    uint64_t hot_ms;            /* until then that one is asked for all the time */
    struct lost_home lost;
};

/* strict.c: what a node read of the clock for the step that it takes; the slot of a scope; a client
 * asks a node. */
uint64_t sim_strict_clock(const struct sim *sim, size_t at);
uint16_t sim_strict_slot(enum what what, size_t scope);
void sim_strict_ask(struct sim *sim, size_t at, const struct ask *ask);

/* strict.c: the record of what is asked for, and of a revocation; the last number of a value; what
 * was spent in a bucket. */
void sim_strict_name_record(const struct ask *ask, struct strict_record *ret);
void sim_strict_name_revoked(size_t number, struct strict_record *ret);
uint64_t sim_strict_last_u64(struct bytes bytes);
uint64_t sim_strict_sum_in(struct bytes value, uint64_t bucket);

/* strict_lost.c: what a client does with what was restored. Whether a budget is full; the next
 * number of a lane, which is set anew from the chain. */
bool sim_strict_is_full(struct sim *sim, size_t at, uint64_t bucket);
uint64_t sim_strict_lane(struct sim *sim, size_t at, const struct ask *ask,
                         const struct strict_record *there);

/* strict_held.c: whether a home that is asked is held up first; it is asked again when it goes on.
 * One that has just written ends its turn: at once, or paused while that is on its way. */
bool sim_strict_home_held_up(struct sim *sim, size_t at, const struct ask *ask);
void sim_strict_home_wrote(struct sim *sim, size_t at, const struct ask *ask);

/* strict_held.c: whether clients leave a slot alone, until who knows less of it is asked. */
bool sim_strict_is_kept_away(const struct sim *sim, const struct ask *ask);

#endif
