/* Lanes: the next nonce of an account, given once, by any node.
 *
 * What is given is a strict record (lane_record.h) of the user's scope, whose home alone gives.
 * Any other node brings the wish there and takes the answer back. A nonce leaves when a majority
 * holds the record; until then who asks waits, and who does not hear may ask again: the same wish
 * gets the same nonce. Who may sign for the user was looked at before.
 *
 * A user has up to LANES_OF_USER lanes. Nothing here is secret. Any thread; a lock, within which
 * those of users and of strict records are taken. Used by the signing operation, one item each, and
 * by worker 0 for other nodes. Source: formats for users, sections 16 to 19; where they are silent,
 * docs/decisions/089-lanes-of-nonces.md. */
#ifndef COFFER_LANES_LANES_H
#define COFFER_LANES_LANES_H

#include "base/clock.h"
#include "base/mem.h"
#include "cluster/strict/strict_port.h"
#include "lanes/lane_record.h"
#include "users/users.h"

enum {
    LANES_FELT = 32,
    LANES_USER = 255,     /* bytes of a name, at most */
    LANES_OF_USER = 64,   /* lanes that one user may have */
    LANES_SERVED = 16,    /* wishes of other nodes at once */
    LANES_HOME_MS = 3000, /* that a home is waited for */
};

/* All of it outlives the lanes. */
struct lanes_setup {
    struct mem *mem;
    struct clock clock;
    struct users *users;
    const struct strict_port *strict; /* whose requests are those of STRICT_DESK_LANES */
    uint64_t since_ms; /* what users said before does not count, Unix; 0: all does. For a node whose
                        * records go when it ends */
};

struct lanes;

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status lanes_open(const struct lanes_setup *setup, struct lanes **ret);

/* It may be NULL. Nobody may use it any more. */
void lanes_close(struct lanes **lanes);

/* What is wanted. */
struct lanes_ask {
    const uint8_t *tenant;       /* [USERS_TENANT]; it and the next outlive the asking */
    struct bytes user;           /* a name */
    uint8_t chain[LANES_FELT];   /* as the next: a felt, big-endian */
    uint8_t account[LANES_FELT]; /* its address */
    uint32_t lane;
    bool only_looks; /* nothing is given: what would be */
    struct lane_wish wish;
};

enum lanes_stage {
    LANES_NONE,
    LANES_SEEKS,    /* a home */
    LANES_PUTS,     /* and waits for a majority */
    LANES_FORWARDS, /* and waits for the home's answer */
    LANES_OVER,
};

/* A wish on its way. Stays where it is; its fields are lanes.c's. */
struct lanes_asked {
    enum lanes_stage stage;
    struct lanes *lanes;
    struct lanes_ask ask;
    bool may_forward;
    size_t worker;
    size_t wait; /* 0: nothing is waited for */
    uint64_t until_ms;
    struct status status; /* once it is over */
    uint64_t nonce;
};

/* Begin. In: ask, copied; worker, who is woken. Each must come to lanes_end or lanes_give_up. */
void lanes_start(struct lanes *lanes, const struct lanes_ask *ask, size_t worker,
                 struct lanes_asked *ret);

/* Whether it is over; goes on with it. */
bool lanes_is_over(struct lanes_asked *asked);

/* Nobody waits for it any more; it may be over. */
void lanes_give_up(struct lanes_asked *asked);

/* What came of one that is over. Returns: OK; LANE_UNSET, LANE_CONFLICT, LIMIT_EXCEEDED of
 * lane_record_give, the last also for too many lanes; INVALID_USERNAME; NOT_CURRENT when there is
 * no home, or it cannot be reached; WRITE_UNSETTLED when a majority did not take it in time, or the
 * home did not answer: the same wish may be tried again; UNAVAILABLE, RESUME_REQUIRED, OVERLOADED,
 * NO_MEMORY. On failure: *ret_nonce is 0. */
struct status lanes_end(const struct lanes_asked *asked, uint64_t *ret_nonce);

/* Serve what other nodes bring: worker 0, whenever it is woken. */
void lanes_serve(struct lanes *lanes);

#endif
