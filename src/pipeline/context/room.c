#include "pipeline/context/room.h"

#include "base/invariant.h"
#include "base/limits.h"

size_t room_owner(uint64_t app)
{
    return 1 + app % ROOM_OWNERS;
}

bool room_is_full(const struct room *room)
{
    return room->all.requests >= LIMIT_WAITING || room->all.bytes >= LIMIT_PARKED_BYTES;
}

bool room_has(const struct room *room, size_t owner, size_t bytes)
{
    const struct room_share *own = &room->of[owner];
    return own->requests + 1 + room->all.requests <= LIMIT_WAITING &&
           own->bytes + bytes + room->all.bytes <= LIMIT_PARKED_BYTES;
}

void room_take(struct room *room, size_t owner, size_t bytes)
{
    struct room_share *own = &room->of[owner];
    own->requests++;
    own->bytes += (uint32_t)bytes;
    room->all.requests++;
    room->all.bytes += (uint32_t)bytes;
}

void room_give(struct room *room, size_t owner, size_t bytes)
{
    struct room_share *own = &room->of[owner];
    INVARIANT(own->requests != 0 && own->bytes >= bytes);
    own->requests--;
    own->bytes -= (uint32_t)bytes;
    room->all.requests--;
    room->all.bytes -= (uint32_t)bytes;
}
