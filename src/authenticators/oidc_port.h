/* Who checks ID tokens for those who log people in: it has the issuers of every tenant, and their
 * keys as they are now.
 *
 * A key that is not there may be on its way. Then the answer is OIDC_KEYS_STALE and to wait: the
 * fetch is over within OIDC_PORT_WAIT_MS, everybody who waits is woken, and asks again; then there
 * is nothing to wait for. Any thread; nothing blocks. Used by sessions, statements and what tells
 * about the node. Source: formats for users, section 15. */
#ifndef COFFER_AUTHENTICATORS_OIDC_PORT_H
#define COFFER_AUTHENTICATORS_OIDC_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    OIDC_PORT_WAIT_MS = 12 * 1000,
    OIDC_PORT_TENANT = 32, /* bytes of a tenant's id */
};

/* Somebody says that the token shows who they are. */
struct oidc_question {
    const uint8_t *tenant;   /* its id: [OIDC_PORT_TENANT] */
    const uint8_t *proof_of; /* P: [AUTH_TEXT_HASH], of the text with the challenge */
    struct bytes token;      /* from outside */
};

/* How the keys of an issuer are. */
enum oidc_port_state {
    OIDC_PORT_NONE,   /* none so far */
    OIDC_PORT_FRESH,  /* the last fetch brought them */
    OIDC_PORT_OLD,    /* they count, and fetches fail at present */
    OIDC_PORT_DEAD,   /* too old to count */
    OIDC_PORT_PINNED, /* of the trust configuration */
};

/* What is told about an issuer. Texts are borrowed for as long as the port is there. */
struct oidc_facts {
    const char *tenant; /* its name */
    const char *iss;
    enum oidc_port_state state;
    const char
        *last; /* what came of the last fetch: ok, or a word about what was wrong; "": none */
    size_t keys;
    uint64_t age_ms; /* of the keys; UINT64_MAX without, or pinned */
};

/* Everything NULL: there are no issuers. */
struct oidc_port {
    void *context;
    struct status (*prove)(void *context, const struct oidc_question *question, struct arena *arena,
                           struct buf *ret_key, bool *ret_waits);
    bool (*facts)(void *context, size_t index, struct oidc_facts *ret);
    void (*put_metrics)(void *context, struct buf *out);
};

/* Whether the token shows somebody. In: arena, with 512 KiB free.
 * Out: K of scheme OIDC, appended to ret_key, up to OIDC_K_MAX; *ret_waits, see above.
 * Returns: as oidc_prove; OIDC_ISSUER for a tenant without issuers.
 * On failure: nothing is appended. */
struct status oidc_port_prove(const struct oidc_port *port, const struct oidc_question *question,
                              struct arena *arena, struct buf *ret_key, bool *ret_waits);

/* The issuers of all tenants by their index from 0. Returns: false when there is no such one. */
bool oidc_port_facts(const struct oidc_port *port, size_t index, struct oidc_facts *ret);

/* Append the metrics, if there are issuers. */
void oidc_port_put_metrics(const struct oidc_port *port, struct buf *out);

/* A word for a state, as /status has it. */
const char *oidc_port_state_name(enum oidc_port_state state);

#endif
