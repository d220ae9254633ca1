/* Who is registered: the contract of whatever answers that, and what it answers with.
 *
 * Behind the port stands a view of the chain (registry_view.h, kept up to date by a thread of the
 * service), or in development builds a list of rows (static_registry_dev.h). Every request asks
 * anew and nobody keeps a grant beyond its deadline; unknown means no.
 * Used by the authenticators and the operations. Source: formats, sections 5 and 9. */
#ifndef COFFER_REGISTRY_REGISTRY_H
#define COFFER_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/status.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"

enum {
    REGISTRY_ID = 32, /* an app id: 256 bits, big-endian */
    REGISTRY_HASH = 32,
    REGISTRY_URL_MAX = 256, /* with its NUL */
    REGISTRY_PEERS_MAX = 64,
    REGISTRY_EPOCHS_MAX = LIMIT_ROOT_EPOCHS - 1, /* roots after the first */

    /* How old a view may be for each use, since its newest block was first seen. What is older than
     * the first is read anew before it is used, as long as there is a newer block to read. */
    REGISTRY_FRESH_MS = 30000,
    REGISTRY_SERVE_MS = 300000,
    REGISTRY_SIGN_MS = 120000,
    REGISTRY_HAND_OFF_MS = 60000,
};

/* What a wallet is asked about as. */
enum registry_role {
    REGISTRY_APP,  /* an instance of any app but this service's own */
    REGISTRY_PEER, /* an instance of this service */
};

/* What the grant is for, which decides how old it may be. */
enum registry_use {
    REGISTRY_SERVE,    /* values and everything else */
    REGISTRY_SIGN,     /* sign and derive */
    REGISTRY_HAND_OFF, /* give the root away */
};

struct registry_question {
    struct eth_address wallet;
    enum registry_role role;
    enum registry_use use;
    uint64_t now_ms; /* monotonic */
};

/* An instance that is registered, active, proven and of an enrolled version of an active app, and
 * whose records match each other and the wallet that was asked about. */
struct registry_grant {
    struct eth_address wallet;
    uint8_t app_id[REGISTRY_ID]; /* as APP: not 0, not the service's own, below 2^63 */
    uint64_t version_id;
    uint64_t instance_id;
    struct p384_point tee_point; /* its registered key; never missing */
    uint8_t measurement[REGISTRY_HASH];
    uint64_t block_number; /* where it was granted; zero, as the hash, without a chain */
    uint8_t block_hash[REGISTRY_HASH];
    uint64_t seen_ms;     /* monotonic: so new is the view that it comes from */
    uint64_t deadline_ms; /* monotonic: not to be used from then on */
};

/* A node of this service, for lists. */
struct registry_peer {
    struct registry_grant grant;
    struct eth_address operator;
    uint64_t registered_at; /* Unix seconds */
    char url[REGISTRY_URL_MAX];
};

/* What the newest block has of the root after the final ones. */
enum registry_next {
    REGISTRY_NEXT_NONE,
    REGISTRY_NEXT_PROPOSED,
    REGISTRY_NEXT_COMMITTED, /* and it is not final yet */
};

/* The root's published hash, keccak256(M_0). */
struct registry_root {
    bool is_published;
    uint8_t hash[REGISTRY_HASH];
    uint64_t block_number; /* where it was read */
    uint64_t deadline_ms;
};

/* The newest snapshot of the cluster that a node has anchored: nothing below it is restored. As the
 * newest block has it, because it only refuses: the contract's height never falls, so no block
 * before that one has a greater height. */
struct registry_anchor {
    bool is_anchored;
    uint64_t height;               /* in the chain of snapshots; 0 when none is anchored only */
    uint8_t header[REGISTRY_HASH]; /* digest of its header; zero likewise */
    uint64_t block_number;         /* where it was read; zero without a chain */
    uint64_t deadline_ms;
};

/* Roots after the first, by what is published of them: SHA-256 of their checks. What is final
 * stays; what the newest block has of the next one may go away again: vetoed, expired or
 * reorganised. */
struct registry_epochs {
    size_t count; /* of final ones: that of epoch i + 1 is list[i] */
    uint8_t list[REGISTRY_EPOCHS_MAX][REGISTRY_HASH];
    enum registry_next next;           /* of epoch count + 1, */
    uint8_t commitment[REGISTRY_HASH]; /* whose commitment this is, zero without one */
    uint64_t proposal;                 /* its id, when it is proposed; likewise the next two */
    uint64_t executable_at;            /* Unix seconds */
    uint64_t vetoes;
    bool is_due; /* it may be executed, by the time of the newest block */
    uint64_t deadline_ms;
};

/* How the view of the chain is doing, for status and metrics. All zero without a chain. */
struct registry_health {
    bool is_static; /* rows, no chain */
    bool is_lost;   /* nothing newer can be read at present */
    uint64_t head_number;
    uint64_t head_time;      /* Unix seconds */
    uint64_t confirmed_time; /* likewise, of the block of grants: the time is not before that */
    uint64_t age_ms; /* since the newest block was first seen; UINT64_MAX before the first */
    uint64_t endpoints;
    uint64_t endpoints_good;
};

/* What may still be done with a view of this age, from everything to nothing. */
enum registry_lease {
    REGISTRY_LEASE_FRESH,       /* everything; also where there is no chain */
    REGISTRY_LEASE_STALE,       /* everything: older than REGISTRY_FRESH_MS */
    REGISTRY_LEASE_NO_HAND_OFF, /* roots are not given away */
    REGISTRY_LEASE_NO_KEYS,     /* nothing is derived or signed either */
    REGISTRY_LEASE_NONE,        /* nobody is served; also before the chain was first read */
    REGISTRY_LEASES,
};

struct registry_port {
    void *context;
    struct status (*lookup)(void *context, const struct registry_question *question,
                            struct registry_grant *ret_grant);
    struct status (*root)(void *context, enum registry_use use, uint64_t now_ms,
                          struct registry_root *ret_root);
    struct status (*anchor)(void *context, enum registry_use use, uint64_t now_ms,
                            struct registry_anchor *ret_anchor); /* NULL: nothing ever is */
    struct status (*epochs)(void *context, enum registry_use use, uint64_t now_ms,
                            struct registry_epochs *ret_epochs); /* NULL: there is one root */
    size_t (*peers)(void *context, uint64_t now_ms, struct registry_peer *ret_peers);
    struct registry_health (*health)(void *context, uint64_t now_ms);
    void (*put_metrics)(void *context, struct buf *out); /* NULL: it has none */
    void (*look_again)(void *context, uint64_t now_ms);  /* NULL: it always knows all */
};

/* How old a view may be for this use. */
uint64_t registry_use_ms(enum registry_use use);

enum registry_lease registry_lease(const struct registry_health *health);
const char *registry_lease_name(enum registry_lease lease);

/* Whether the view is young enough for this use, where no grant is asked for.
 * Returns: OK, also without a chain; REGISTRY_PENDING before the first block; REGISTRY_LOST. */
struct status registry_check_age(const struct registry_port *port, enum registry_use use,
                                 uint64_t now_ms);

/* Ask about a wallet. Never waits: where the chain must be read first it starts that.
 * Returns: OK; the reason for which the wallet has no grant:
 *   INSTANCE_NOT_FOUND, INSTANCE_NOT_ACTIVE, INSTANCE_NOT_VERIFIED, INSTANCE_KEY_INVALID,
 *   APP_NOT_FOUND, APP_NOT_ACTIVE, APP_RESERVED, VERSION_NOT_FOUND, VERSION_NOT_ENROLLED,
 *   NOT_A_PEER (role PEER, another app's instance), REGISTRY_MISMATCH (records that contradict
 *   each other or the question, or cannot be read);
 * or why it is not known:
 *   REGISTRY_CHANGING (good at the newest block, and not, or not the same, at the one that is deep
 *   enough: ask again in a few blocks),
 *   REGISTRY_PENDING (being read; ask again when the owner of the port says so),
 *   REGISTRY_LOST (no quorum, or the newest block is too old for this use),
 *   OVERLOADED (too many unknown wallets wait already).
 * On failure: *ret_grant is zero. */
struct status registry_lookup(const struct registry_port *port,
                              const struct registry_question *question,
                              struct registry_grant *ret_grant);

/* What the chain says the root's hash is.
 * Returns: OK, also when none is published; REGISTRY_PENDING; REGISTRY_LOST; ROOT_CONFLICT, for
 * ever, once two different ones were seen. On failure: *ret_root is zero. */
struct status registry_root(const struct registry_port *port, enum registry_use use,
                            uint64_t now_ms, struct registry_root *ret_root);

/* What the chain says was anchored.
 * Returns: OK, also when nothing is anchored; REGISTRY_PENDING; REGISTRY_LOST; REGISTRY_MISMATCH,
 * where the contract has no anchors or answers with what is none. On failure: *ret_anchor is zero,
 * and nothing may be restored. */
struct status registry_anchor(const struct registry_port *port, enum registry_use use,
                              uint64_t now_ms, struct registry_anchor *ret_anchor);

/* What the chain says of later roots. Returns: OK, also when there is none, or where the contract
 * knows of none; REGISTRY_PENDING; REGISTRY_LOST; ROOT_CONFLICT, for ever, once two different final
 * ones of an epoch were seen. On failure: *ret_epochs is zero. */
struct status registry_epochs(const struct registry_port *port, enum registry_use use,
                              uint64_t now_ms, struct registry_epochs *ret_epochs);

/* The nodes of this service that have a grant now, this one included, in the registry's order.
 * Out: ret_peers. Returns: their number, 0 when it is not known, about a single one of those that
 * are listed too: who takes a part for the whole believes that nobody else has anything. */
size_t registry_peers(const struct registry_port *port, uint64_t now_ms,
                      struct registry_peer ret_peers[static REGISTRY_PEERS_MAX]);

/* The peers may have changed: one does not answer, or this node waits to be listed. They are read
 * anew soon, not more often than every 2 s however often this is called. Never waits. */
void registry_look_again(const struct registry_port *port, uint64_t now_ms);

/* Append its metrics as text, if it has any. */
void registry_put_metrics(const struct registry_port *port, struct buf *out);

struct registry_health registry_health(const struct registry_port *port, uint64_t now_ms);

#endif
