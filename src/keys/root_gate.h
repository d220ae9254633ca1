/* Whether the root that a node holds is the one of its deployment: keccak256 of it against the hash
 * that the chain publishes.
 *
 * Nothing that depends on the root is done before that is known. Where none is published a
 * development build goes on, a production build waits. Another hash than ours, or two of them,
 * close the gate for as long as the node runs: the root is kept, and the operator decides.
 * Used by the pipeline for each request, and by the node at every news from the chain. Any thread.
 * Source: formats, sections 3 and 9; nova reference, section 7.2. */
#ifndef COFFER_KEYS_ROOT_GATE_H
#define COFFER_KEYS_ROOT_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "keys/root_keyring.h"
#include "registry/registry.h"

enum { ROOT_GATE_HASH = 32 };

enum root_gate_state {
    ROOT_GATE_NONE,        /* there is no root yet */
    ROOT_GATE_UNKNOWN,     /* the chain was not read yet, or not lately */
    ROOT_GATE_UNPUBLISHED, /* no hash is published, or there is no chain */
    ROOT_GATE_EQUAL,       /* ours is */
    ROOT_GATE_DIFFERENT,   /* another one is; this and the next stay */
    ROOT_GATE_CONFLICT,    /* two different ones were */
};

/* Open data. All of it outlives the gate. */
struct root_gate_setup {
    const struct registry_port *registry;
    const struct root_keyring *roots;
    const struct log *log;
    struct mem *mem;
    bool needs_hash; /* without a published one the gate is closed */
};

struct root_gate;

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status root_gate_open(const struct root_gate_setup *setup, struct root_gate **ret);

/* Free; *gate becomes NULL (it may be NULL). */
void root_gate_close(struct root_gate **gate);

/* Whether the root may be used now. The first time that a state is found it is logged.
 * In: use, which says how old the view of the chain may be; now_ms, monotonic.
 * Returns: OK; UNAVAILABLE while there is no root; ROOT_UNPUBLISHED; ROOT_MISMATCH and
 * ROOT_CONFLICT, for ever; REGISTRY_PENDING, REGISTRY_LOST. */
struct status root_gate_check(struct root_gate *gate, enum registry_use use, uint64_t now_ms);

/* The same for people, as of uses that take the oldest view. */
enum root_gate_state root_gate_state(struct root_gate *gate, uint64_t now_ms);
const char *root_gate_state_name(enum root_gate_state state);

/* The hash of the root, which is public. Returns: false while there is no root; ret_hash is
 * unspecified then. */
bool root_gate_hash(struct root_gate *gate, uint8_t ret_hash[static ROOT_GATE_HASH]);

/* Whether the gate was closed for ever and nobody has said so yet in the audit trail; call
 * root_gate_told when that is done. Out: *ret_why. */
bool root_gate_news(const struct root_gate *gate, struct status *ret_why);
void root_gate_told(struct root_gate *gate);

#endif
