#include "base/limits.h"
#include "cluster/membership/membership.h"
#include "operations/cluster/cluster_op.h"
#include "pipeline/permit.h"

/* Sealed, in base64, with what an envelope has around it. */
_Static_assert((SYNC_MESSAGE_MAX + 16) / 3 * 4 + 1024 <= LIMIT_BODY_SYNC, "a message fits");

static struct status answer_sync(struct work *work, const struct permit *permit)
{
    return membership_sync(permit_membership(permit), permit_peer(permit), work->text, &work->body);
}

const struct operation cluster_op_sync = {.perform = answer_sync};
