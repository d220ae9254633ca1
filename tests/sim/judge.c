/* What must hold of every answer of a node, whoever asked and whatever it was. */
#include "base/reader.h"
#include "sim/start.h"

/* What went wrong inside is no answer to anybody, and neither is silence. */
static bool is_code(unsigned code)
{
    return code > STATUS_OK && code < STATUS_CODES && code != STATUS_INTERNAL;
}

static bool is_sync_refusal(struct status status)
{
    return status.code == STATUS_SYNC_INVALID || status.code == STATUS_SYNC_CODE ||
           status.code == STATUS_UNAVAILABLE;
}

/* An acknowledgement names each record that was not taken, with the reason. */
static void judge_ack(struct sim *sim, struct bytes answer)
{
    struct reader reader = reader_over((struct bytes){answer.ptr, answer.len - SYNC_CODE});
    reader_take(&reader, SYNC_HEAD);
    size_t count = reader_u16(&reader);
    for (size_t i = 0; i < count; i++) {
        reader_u64(&reader);
        unsigned code = reader_u16(&reader);
        sim_seen(sim, SIM_RECORD_REFUSED);
        if (!is_code(code)) {
            sim_violated(sim, "a record is refused without a reason", "%u", code);
        }
    }
    if (!reader_done(&reader)) {
        sim_violated(sim, "an acknowledgement is malformed", "%zu bytes", answer.len);
    }
}

void sim_judge_answer(struct sim *sim, struct status status, struct bytes answer)
{
    if (!status_is_ok(status)) {
        if (answer.len != 0 || !is_sync_refusal(status)) {
            sim_violated(sim, "a refusal has no code, or an answer", "%d, %zu bytes",
                         (int)status.code, answer.len);
        }
    } else if (answer.len < SYNC_HEAD + SYNC_CODE || answer.len > SYNC_MESSAGE_MAX) {
        sim_violated(sim, "an answer is none", "%zu bytes", answer.len);
    } else if (answer.ptr[4] == SYNC_ACK) {
        judge_ack(sim, answer);
    }
}

void sim_judge_handoff(struct sim *sim, struct status status, struct bytes answer)
{
    if (status_is_ok(status) == (answer.len == 0) ||
        (!status_is_ok(status) && !is_code((unsigned)status.code))) {
        sim_violated(sim, "a refusal of hand-off has no code, or an answer", "%d, %zu bytes",
                     (int)status.code, answer.len);
    }
}
