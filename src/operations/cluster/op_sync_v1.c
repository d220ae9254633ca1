#include "base/limits.h"
#include "cluster/membership/membership.h"
#include "operations/cluster/cluster_op.h"
#include "pipeline/permit.h"
#include "pipeline/trail.h"

/* Sealed, in hex, with what an envelope has around it. */
_Static_assert(2 * (V1_MESSAGE_MAX + 16) + 512 <= LIMIT_BODY_SYNC_V1, "a message fits");

static struct membership_v1 message_of(const struct work *work, const struct permit *permit)
{
    const struct request *request = work->request;
    return (struct membership_v1){
        .from = permit_peer(permit),
        .body = request->body,
        .code = http1_header(request->head, BYTES_LITERAL("x-sync-signature")),
        .message = work->text,
        .arena = work->arena,
    };
}

static struct status judge_message(struct work *work, const struct permit *permit)
{
    const struct membership_v1 message = message_of(work, permit);
    bool is_root = false;
    struct status status = membership_v1_check(permit_membership(permit), &message, &is_root);
    if (is_root) {
        trail_op(work, "kms.root");
    }
    return status;
}

static struct status answer_message(struct work *work, const struct permit *permit)
{
    struct membership_v1 message = message_of(work, permit);
    uint8_t cause[RECORD_CAUSE];
    trail_cause(work, cause);
    message.cause = cause;
    return membership_v1_answer(permit_membership(permit), &message, &work->body);
}

const struct operation cluster_op_sync_v1 = {.prepare = judge_message, .perform = answer_message};
