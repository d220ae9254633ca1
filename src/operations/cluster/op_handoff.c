#include "base/limits.h"
#include "cluster/membership/membership.h"
#include "operations/cluster/cluster_op.h"
#include "pipeline/permit.h"

_Static_assert((ROOT_START_MESSAGE_MAX + 16) / 3 * 4 + 1024 <= LIMIT_BODY_HANDOFF,
               "a message fits");

static struct status hand_off(struct work *work, const struct permit *permit)
{
    return membership_hand_off(permit_membership(permit), permit_peer(permit), work->text,
                               &work->body);
}

const struct operation cluster_op_handoff = {.perform = hand_off};
