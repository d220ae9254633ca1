/* What the other files of net see of a loop. */
#ifndef COFFER_NET_LOOP_INTERNAL_H
#define COFFER_NET_LOOP_INTERNAL_H

#include <uv.h>

#include "net/loop.h"

/* libuv's loop of this loop, for handles of net. */
uv_loop_t *loop_uv(struct loop *loop);

#endif
