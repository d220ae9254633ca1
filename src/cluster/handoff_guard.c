#include "cluster/handoff_guard.h"

#include <string.h>

#include "base/invariant.h"

static bool is_so_long_ago(uint64_t since_ms, uint64_t ms, uint64_t now_ms)
{
    return now_ms >= since_ms && now_ms - since_ms >= ms;
}

static const struct handoff_guest *find_guest(const struct handoff_guard *guard,
                                              const struct eth_address *wallet)
{
    for (size_t i = 0; i < HANDOFF_GUARD_WALLETS; i++) {
        if (eth_address_equal(&guard->guests[i].wallet, wallet)) {
            return &guard->guests[i];
        }
    }
    return NULL;
}

/* The guest as one that may be changed. In: guest, of the guard. */
static struct handoff_guest *guest_of(struct handoff_guard *guard, const struct eth_address *wallet)
{
    const struct handoff_guest *guest = find_guest(guard, wallet);
    return guest == NULL ? NULL : &guard->guests[guest - guard->guests];
}

/* A place for somebody new: a free one, or of who was here longest ago. */
static struct handoff_guest *free_place(struct handoff_guard *guard, uint64_t now_ms)
{
    struct handoff_guest *oldest = &guard->guests[0];
    for (size_t i = 0; i < HANDOFF_GUARD_WALLETS; i++) {
        struct handoff_guest *guest = &guard->guests[i];
        if (eth_address_is_zero(&guest->wallet)) {
            return guest;
        }
        oldest = guest->seen_ms < oldest->seen_ms ? guest : oldest;
    }
    return is_so_long_ago(oldest->seen_ms, HANDOFF_GUARD_EVERY_MS, now_ms) ? oldest : NULL;
}

struct status handoff_guard_grant(const struct registry_port *registry,
                                  const struct eth_address *wallet, uint64_t now_ms,
                                  struct registry_grant *ret_grant)
{
    const struct registry_question question = {
        .wallet = *wallet, .role = REGISTRY_PEER, .use = REGISTRY_HAND_OFF, .now_ms = now_ms};
    return registry_lookup(registry, &question, ret_grant);
}

struct status handoff_guard_nonce(struct handoff_guard *guard, const struct entropy *entropy,
                                  const struct eth_address *wallet, uint64_t now_ms,
                                  uint8_t ret_nonce[static HANDOFF_NONCE])
{
    memset(ret_nonce, 0, HANDOFF_NONCE);
    INVARIANT(!eth_address_is_zero(wallet));
    struct handoff_guest *guest = guest_of(guard, wallet);
    if (guest == NULL) {
        guest = free_place(guard, now_ms);
        if (guest == NULL) {
            return FAIL(OVERLOADED);
        }
        *guest = (struct handoff_guest){.wallet = *wallet};
    }
    guest->seen_ms = now_ms;
    if (!guest->has_nonce || is_so_long_ago(guest->asked_ms, HANDOFF_GUARD_YOUNG_MS, now_ms)) {
        guest->has_nonce = false;
        TRY(entropy_fill(entropy, guest->nonce, sizeof guest->nonce));
        guest->has_nonce = true;
        guest->is_answered = false;
        guest->asked_ms = now_ms;
    }
    memcpy(ret_nonce, guest->nonce, HANDOFF_NONCE);
    return OK;
}

/* Whether this request was answered already, and may be once more. */
static bool may_have_again(const struct handoff_guest *guest,
                           const uint8_t request[static SHA256_BYTES])
{
    return guest->is_answered && guest->again < HANDOFF_GUARD_AGAIN &&
           bytes_equal(BYTES_ARRAY(guest->request), (struct bytes){request, SHA256_BYTES});
}

struct status handoff_guard_asked(const struct handoff_guard *guard,
                                  const struct eth_address *wallet,
                                  const uint8_t request[static SHA256_BYTES], uint64_t now_ms,
                                  uint64_t *ret_asked_ms)
{
    const struct handoff_guest *guest = find_guest(guard, wallet);
    *ret_asked_ms = 0;
    bool is_again = guest != NULL && may_have_again(guest, request);
    if (guest == NULL || (!guest->has_nonce && !is_again) ||
        is_so_long_ago(guest->asked_ms, HANDOFF_GUARD_NONCE_MS, now_ms)) {
        return FAIL(HANDOFF_NONCE);
    }
    bool is_rested =
        guest->given == 0 || is_so_long_ago(guest->given_ms, HANDOFF_GUARD_EVERY_MS, now_ms);
    if (!is_again && (guest->given >= HANDOFF_GUARD_TIMES || !is_rested)) {
        return FAIL(HANDOFF_LIMIT);
    }
    *ret_asked_ms = guest->asked_ms;
    return OK;
}

void handoff_guard_spend(struct handoff_guard *guard, const struct eth_address *wallet,
                         const uint8_t request[static SHA256_BYTES],
                         uint8_t ret_nonce[static HANDOFF_NONCE])
{
    struct handoff_guest *guest = guest_of(guard, wallet);
    INVARIANT(guest != NULL && (guest->has_nonce || may_have_again(guest, request)));
    memcpy(ret_nonce, guest->nonce, HANDOFF_NONCE);
    if (!guest->has_nonce) {
        guest->again++;
        return;
    }
    guest->has_nonce = false;
    guest->again = 0;
    memcpy(guest->request, request, sizeof guest->request);
}

void handoff_guard_gave(struct handoff_guard *guard, const struct eth_address *wallet,
                        uint64_t now_ms)
{
    struct handoff_guest *guest = guest_of(guard, wallet);
    INVARIANT(guest != NULL);
    if (!guest->is_answered) {
        guest->is_answered = true;
        guest->given_ms = now_ms;
        guest->given++;
    }
}
