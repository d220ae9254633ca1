/* What the start of the root wants, carried out: what the chain says goes in, messages, errands and
 * news come out. */
#include <string.h>

#include "cluster/membership/membership_internal.h"

/* Later roots, behind the first. Returns: as registry_epochs. */
static struct status add_epochs(const struct membership *membership, uint64_t now_ms,
                                struct root_start_chain *chain)
{
    struct registry_epochs epochs;
    TRY(registry_epochs(membership->setup.registry, REGISTRY_SERVE, now_ms, &epochs));
    memcpy(chain->hashes[1], epochs.list, epochs.count * sizeof epochs.list[0]);
    chain->count = 1 + epochs.count;
    chain->next = (struct root_start_proposed){
        .is_there = epochs.next != REGISTRY_NEXT_NONE,
        .is_committed = epochs.next == REGISTRY_NEXT_COMMITTED,
        .is_due = epochs.is_due,
        .proposal = epochs.proposal,
    };
    memcpy(chain->next.hash, epochs.commitment, sizeof chain->next.hash);
    return OK;
}

/* As the registry's port tells it: nothing of blocks that are not final, but of the next root. */
static struct root_start_chain chain_of(const struct membership *membership, uint64_t now_ms)
{
    _Static_assert((int)REGISTRY_EPOCHS_MAX + 1 == (int)LIMIT_ROOT_EPOCHS, "all have room");
    struct root_start_chain chain = {.kind = ROOT_CHAIN_UNKNOWN};
    struct registry_root root;
    struct status status = registry_root(membership->setup.registry, REGISTRY_SERVE, now_ms, &root);
    if (status.code == STATUS_ROOT_CONFLICT) {
        chain.kind = ROOT_CHAIN_CONFLICT;
    }
    uint64_t until_ms = root.deadline_ms - registry_use_ms(REGISTRY_SERVE) + ROOT_START_CHAIN_MS;
    if (!status_is_ok(status) || now_ms > until_ms) {
        return chain;
    }
    chain.kind = root.is_published ? ROOT_CHAIN_FINAL : ROOT_CHAIN_UNPUBLISHED;
    chain.count = root.is_published;
    memcpy(chain.hashes[0], root.hash, sizeof chain.hashes[0]);
    status = root.is_published ? add_epochs(membership, now_ms, &chain) : OK;
    if (!status_is_ok(status)) {
        chain.kind = status.code == STATUS_ROOT_CONFLICT ? ROOT_CHAIN_CONFLICT : ROOT_CHAIN_UNKNOWN;
    }
    return chain;
}

static void send_hand_off(const struct membership *membership,
                          const struct root_start_action *action)
{
    const struct membership_mail *mail = &membership->setup.ports->mail;
    const struct membership_message message = {
        .id = membership_mail_id(action->id, MAIL_HAND_OFF),
        .peer = action->peer,
        .target = MEMBERSHIP_HAND_OFF,
        .bytes = action->message,
        .deadline_ms = action->deadline_ms,
    };
    mail->send(mail->context, &message);
}

void membership_tell_news(struct membership *membership, unsigned news)
{
    atomic_fetch_or(&membership->news, news);
    membership->tell.wake(membership->tell.context, 0);
}

static void install(struct membership *membership, const struct root_start_action *action)
{
    membership->is_joining = true;
    membership->is_own = action->is_own;
    LOG_EVENT(membership->setup.log, INFO, "root installed", LOG_BOOL("own", action->is_own));
    membership->tell.installed(membership->tell.context);
    membership_tell_news(membership, NEWS_OPEN);
}

/* Of the next root. */
static void tell_turn(struct membership *membership, const struct root_start_action *action,
                      const char *what, unsigned news)
{
    LOG_EVENT(membership->setup.log, INFO, "next root", LOG_TEXT("is", what),
              LOG_U64("epoch", action->number));
    membership_tell_news(membership, news);
}

static void note_turned(struct membership *membership, const struct root_start_action *action)
{
    membership->turned = (uint32_t)action->number;
    membership->turned_ms = clock_monotonic_ms(&membership->setup.clock);
    tell_turn(membership, action, "installed", NEWS_TURNED);
}

/* With the lock: what it consists of may go with the next call, also of the other thread. */
static void begin_action(struct membership *membership, const struct root_start_action *action)
{
    if (action->kind == ROOT_START_SEND) {
        send_hand_off(membership, action);
    } else {
        membership_errand(membership, action);
    }
}

/* Without it. */
static void tell_action(struct membership *membership, const struct root_start_action *action)
{
    switch (action->kind) {
    case ROOT_START_INSTALLED:
        install(membership, action);
        break;
    case ROOT_START_WIPED:
        LOG_EVENT(membership->setup.log, WARN, "root", LOG_TEXT("wiped", "another one won"));
        membership_tell_news(membership, NEWS_WIPED);
        break;
    case ROOT_START_STOPPED:
        LOG_EVENT(membership->setup.log, ERROR, "root", LOG_TEXT("stopped", "two final hashes"));
        membership_tell_news(membership, NEWS_STOPPED);
        break;
    case ROOT_START_MADE:
        tell_turn(membership, action, "made and stored", NEWS_MADE);
        break;
    case ROOT_START_TURNED:
        note_turned(membership, action);
        break;
    case ROOT_START_REJECTED:
        tell_turn(membership, action, "rejected, and its candidate wiped", NEWS_REJECTED);
        break;
    case ROOT_START_SEND:
    case ROOT_START_READ:
    case ROOT_START_WRITE:
    case ROOT_START_PUBLISH:
    case ROOT_START_PROPOSE:
    case ROOT_START_EXECUTE:
    default:
        break;
    }
}

static void log_state(struct membership *membership, enum root_start_state state)
{
    if (state != membership->told) {
        membership->told = state;
        LOG_EVENT(membership->setup.log, INFO, "root",
                  LOG_TEXT("state", root_start_state_name(state)));
    }
}

uint64_t membership_act_for_root(struct membership *membership)
{
    struct cluster_now now = membership_now(membership);
    struct root_start_chain chain = chain_of(membership, now.ms);
    struct root_start_action action;
    uint64_t due_ms = UINT64_MAX;
    bool is_there = true;
    thread_lock_take(&membership->lock);
    root_start_chain(membership->start, &now, &chain);
    thread_lock_give(&membership->lock);
    while (is_there) {
        thread_lock_take(&membership->lock);
        is_there = root_start_next(membership->start, &now, &action, &due_ms);
        enum root_start_state state = root_start_state(membership->start);
        if (is_there) {
            begin_action(membership, &action);
        }
        thread_lock_give(&membership->lock);
        log_state(membership, state);
        if (is_there) {
            tell_action(membership, &action);
        }
    }
    uint64_t ask_ms = membership_beside_ask(membership, membership->told, &chain);
    return ask_ms < due_ms ? ask_ms : due_ms;
}
