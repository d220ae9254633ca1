/* To whom a holder gave nonces and roots: what keeps a hand-off fresh, single and rare.
 *
 * A nonce belongs to one wallet, is spent by the first request that it is looked up for, and dies
 * after a minute. Asking again while it is young gives the same one, so that a question that the
 * network repeats does not spoil it. Roots go to one instance once a minute and ten times in all.
 * The same request, byte for byte, may be answered twice more while its nonce lives, without
 * counting: its answer was lost, or changed on the way. What it may be given is sealed to the same
 * key of the same verified code, so that nobody gets more by it.
 * Only wallets with a grant come here, so the table is as large as several full registries; when it
 * is full, whoever was here longest ago is forgotten, unless that was less than a minute ago.
 * Used by root_start.h. One owner at a time. Source: formats, sections 8 and 9. */
#ifndef COFFER_CLUSTER_HANDOFF_GUARD_H
#define COFFER_CLUSTER_HANDOFF_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/status.h"
#include "cluster/handoff.h"
#include "registry/registry.h"

enum {
    HANDOFF_GUARD_WALLETS = 256,
    HANDOFF_GUARD_NONCE_MS = 60000, /* that a nonce lives */
    HANDOFF_GUARD_YOUNG_MS = 30000, /* that it is given again */
    HANDOFF_GUARD_EVERY_MS = 60000, /* between two hand-offs to one instance */
    HANDOFF_GUARD_TIMES = 10,       /* that one instance gets roots */
    HANDOFF_GUARD_AGAIN = 2,        /* that one request is answered again */
};

struct handoff_guest {
    struct eth_address wallet; /* zero: free */
    bool has_nonce;
    uint8_t nonce[HANDOFF_NONCE];
    uint64_t asked_ms; /* when the nonce was made */
    bool is_answered;  /* the request that has spent it, */
    unsigned again;    /* so often since */
    uint8_t request[SHA256_BYTES];
    uint64_t seen_ms;  /* last here */
    uint64_t given_ms; /* roots, last */
    uint32_t given;    /* how often */
};

/* All zero at the start. Times are monotonic. */
struct handoff_guard {
    struct handoff_guest guests[HANDOFF_GUARD_WALLETS];
};

/* The grant of a wallet as a node of this service, for the root. Returns: as registry_lookup.
 * On failure: *ret_grant is zero. */
struct status handoff_guard_grant(const struct registry_port *registry,
                                  const struct eth_address *wallet, uint64_t now_ms,
                                  struct registry_grant *ret_grant);

/* A nonce for a wallet. Returns: OK; OVERLOADED; ENTROPY. On failure: ret_nonce is zeros. */
struct status handoff_guard_nonce(struct handoff_guard *guard, const struct entropy *entropy,
                                  const struct eth_address *wallet, uint64_t now_ms,
                                  uint8_t ret_nonce[static HANDOFF_NONCE]);

/* When this wallet asked for the nonce that it may use now, which is not spent by this.
 * In: request, its digest. Returns: OK; HANDOFF_NONCE; HANDOFF_LIMIT when it may get no roots now.
 * On failure: *ret_asked_ms is 0. */
struct status handoff_guard_asked(const struct handoff_guard *guard,
                                  const struct eth_address *wallet,
                                  const uint8_t request[static SHA256_BYTES], uint64_t now_ms,
                                  uint64_t *ret_asked_ms);

/* Spend it. In: what handoff_guard_asked is OK for, now. */
void handoff_guard_spend(struct handoff_guard *guard, const struct eth_address *wallet,
                         const uint8_t request[static SHA256_BYTES],
                         uint8_t ret_nonce[static HANDOFF_NONCE]);

/* Roots were given for what was spent last. In: wallet, as above. */
void handoff_guard_gave(struct handoff_guard *guard, const struct eth_address *wallet,
                        uint64_t now_ms);

#endif
