/* Room for the requests of a loop that wait in the middle, and whose they are.
 *
 * Nobody may hold more than is free then: an app alone leaves half of it to others, two leave a
 * third. Apps whose numbers are the same modulo ROOM_OWNERS share what one has; who is no app, and
 * who is not known yet, are one owner too. One thread. Part of a worker; asked by the pipeline,
 * kept by the node. */
#ifndef COFFER_PIPELINE_CONTEXT_ROOM_H
#define COFFER_PIPELINE_CONTEXT_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROOM_OWNERS = 1024 };

/* What somebody has in it. */
struct room_share {
    uint32_t requests;
    uint32_t bytes;
};

/* Open data, zeroed at first. */
struct room {
    struct room_share all; /* up to LIMIT_WAITING, LIMIT_PARKED_BYTES and a request */
    struct room_share of[ROOM_OWNERS + 1];
};

/* The owner of an app, by its number; 0 is that of all who are no apps. */
size_t room_owner(uint64_t app);

/* True when no request that may have to wait should be begun, whosever it is. */
bool room_is_full(const struct room *room);

/* True when an owner may have one more request of so many bytes wait. */
bool room_has(const struct room *room, size_t owner, size_t bytes);

/* A request begins to wait, and goes on. */
void room_take(struct room *room, size_t owner, size_t bytes);
void room_give(struct room *room, size_t owner, size_t bytes);

#endif
