#include "cluster/v1/v1_give.h"

#include "cluster/v1/v1_message.h"
#include "cluster/v1/v1_secret.h"

static struct status read_question(const struct v1_give_question *question, struct arena *arena,
                                   struct v1_message *ret)
{
    TRY(v1_message_read(question->message, &question->from, arena, ret));
    if (ret->kind != V1_MESSAGE_SECRET) {
        return FAIL(SYNC_INVALID);
    }
    return ret->ecdh_pubkey.len == 0 ? FAIL(POINT_INVALID) : OK;
}

/* The guard's nonce stands for the question here: its answer counts when the registry was read
 * after that, and each time that it is asked counts. Out: ret_nonce, which may be spent. */
static struct status may_give(const struct v1_give *give, const struct v1_give_question *question,
                              uint8_t ret_nonce[static HANDOFF_NONCE])
{
    const struct eth_address *from = &question->from;
    struct registry_grant grant;
    uint64_t asked_ms;
    TRY(root_gate_check(give->gate, REGISTRY_HAND_OFF, question->now_ms));
    if (!root_keyring_has(give->roots, 0)) {
        return FAIL(UNAVAILABLE);
    }
    TRY(handoff_guard_grant(give->registry, from, question->now_ms, &grant));
    TRY(handoff_guard_nonce(give->guard, give->entropy, from, question->now_ms, ret_nonce));
    TRY(handoff_guard_asked(give->guard, from, ret_nonce, question->now_ms, &asked_ms));
    return grant.seen_ms < asked_ms ? FAIL(REGISTRY_PENDING) : OK;
}

struct status v1_give_check(const struct v1_give *give, const struct v1_give_question *question,
                            struct arena *arena)
{
    uint8_t nonce[HANDOFF_NONCE];
    struct v1_message message;
    TRY(read_question(question, arena, &message));
    return may_give(give, question, nonce);
}

struct status v1_give_answer(const struct v1_give *give, const struct v1_give_question *question,
                             struct arena *arena, struct buf *answer)
{
    uint8_t nonce[HANDOFF_NONCE];
    struct v1_message message;
    TRY(read_question(question, arena, &message));
    TRY(may_give(give, question, nonce));
    const struct secret32 *master = root_keyring_master(give->roots, 0);
    if (master == NULL) {
        return FAIL(UNAVAILABLE);
    }
    handoff_guard_spend(give->guard, &question->from, nonce, nonce);
    TRY(v1_secret_answer(give->entropy, message.ecdh_pubkey, master, answer));
    handoff_guard_gave(give->guard, &question->from, question->now_ms);
    return OK;
}
