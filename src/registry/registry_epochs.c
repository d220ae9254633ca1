/* Roots after the first: one look at a time asks for the next one, so that each that is final was
 * read with a quorum of its own. */
#include <string.h>

#include "registry/registry_view_internal.h"

static const uint8_t none[REGISTRY_HASH];

static bool is_none(const uint8_t hash[static REGISTRY_HASH])
{
    return bytes_equal((struct bytes){hash, REGISTRY_HASH}, BYTES_ARRAY(none));
}

static void ask_part(struct registry_view *view, enum registry_epoch_part part,
                     enum registry_depth depth)
{
    struct registry_read read;
    uint32_t next = (uint32_t)view->epochs.count + 1;
    if (part == REGISTRY_EPOCH_PROPOSAL) {
        registry_records_ask_proposal(&read);
    } else {
        registry_records_ask_epoch(part == REGISTRY_EPOCH_LAST ? next - 1 : next, &read);
    }
    registry_view_call(
        view, &read, &view->setup.kms_registry, depth,
        (struct registry_purpose){.topic = REGISTRY_TOPIC_EPOCH, .part = (uint8_t)part});
}

void registry_view_ask_epochs(struct registry_view *view)
{
    if (eth_address_is_zero(&view->setup.kms_registry) || view->now.ms < view->epochs_due_ms) {
        return;
    }
    view->epochs_due_ms = view->now.ms + REGISTRY_VIEW_BLOCK_MS;
    view->epoch_look = (struct registry_epoch_look){0};
    if (view->epochs.count == 0) {
        view->epoch_look.has = 1u << REGISTRY_EPOCH_LAST; /* that of the first root */
    } else {
        ask_part(view, REGISTRY_EPOCH_LAST, REGISTRY_DEPTH_FINAL);
    }
    ask_part(view, REGISTRY_EPOCH_FINAL, REGISTRY_DEPTH_FINAL);
    ask_part(view, REGISTRY_EPOCH_NEWEST, REGISTRY_DEPTH_LATEST);
    ask_part(view, REGISTRY_EPOCH_PROPOSAL, REGISTRY_DEPTH_LATEST);
}

/* What the newest block has of the next one. A proposal that is past its time is none. */
static void take_next(struct registry_view *view)
{
    struct registry_epochs *epochs = &view->epochs;
    const struct registry_epoch_look *look = &view->epoch_look;
    const struct nova_abi_proposal *proposal = &look->proposal;
    bool is_proposed = proposal->id != 0 && proposal->epoch == epochs->count + 1 &&
                       view->head_time <= proposal->executable_at + NOVA_ABI_PROPOSAL_WINDOW_S;
    epochs->next = REGISTRY_NEXT_NONE;
    memcpy(epochs->commitment, none, sizeof none);
    epochs->proposal = epochs->executable_at = epochs->vetoes = 0;
    if (!is_none(look->commitments[REGISTRY_EPOCH_NEWEST])) {
        epochs->next = REGISTRY_NEXT_COMMITTED;
        memcpy(epochs->commitment, look->commitments[REGISTRY_EPOCH_NEWEST], REGISTRY_HASH);
    } else if (is_proposed) {
        epochs->next = REGISTRY_NEXT_PROPOSED;
        memcpy(epochs->commitment, proposal->commitment, REGISTRY_HASH);
        epochs->proposal = proposal->id;
        epochs->executable_at = proposal->executable_at;
        epochs->vetoes = proposal->vetoes;
    }
}

/* All of a look are there. */
static void take_look(struct registry_view *view)
{
    struct registry_epochs *epochs = &view->epochs;
    const struct registry_epoch_look *look = &view->epoch_look;
    const uint8_t *last = look->commitments[REGISTRY_EPOCH_LAST];
    const uint8_t *final = look->commitments[REGISTRY_EPOCH_FINAL];
    if (epochs->count != 0 && !is_none(last) &&
        !bytes_equal((struct bytes){last, REGISTRY_HASH},
                     BYTES_ARRAY(epochs->list[epochs->count - 1]))) {
        registry_view_root_conflict(view);
        return;
    }
    bool is_more = !is_none(final) && epochs->count < REGISTRY_EPOCHS_MAX;
    if (is_more) {
        memcpy(epochs->list[epochs->count++], final, REGISTRY_HASH);
        epochs->next = REGISTRY_NEXT_NONE;
    } else {
        take_next(view);
        view->has_epochs = true;
    }
    view->epochs_seen_ms = view->seen_ms;
    view->epochs_due_ms = is_more ? view->now.ms : view->now.ms + REGISTRY_VIEW_ROOT_MS;
    view->changes++;
}

void registry_view_take_epoch(struct registry_view *view, enum registry_epoch_part part,
                              const struct registry_answer *answer)
{
    struct registry_epoch_look *look = &view->epoch_look;
    struct status status = part == REGISTRY_EPOCH_PROPOSAL
                               ? registry_records_proposal(answer, &look->proposal)
                               : registry_records_epoch(answer, look->commitments[part]);
    if (status_is_ok(status)) {
        look->has |= 1u << part;
    }
    if (look->has == (1u << REGISTRY_EPOCH_PARTS) - 1) {
        look->has = 0;
        take_look(view);
    }
}
