#include "keys/root_gate.h"

#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/ct.h"
#include "base/thread.h"
#include "codec/hex.h"
#include "digest/keccak256.h"

_Static_assert((int)ROOT_GATE_HASH == (int)KECCAK256_BYTES, "it is the hash");
_Static_assert((int)ROOT_GATE_HASH == (int)REGISTRY_HASH, "and what is published");

struct root_gate {
    struct root_gate_setup setup;
    struct thread_lock lock; /* of hash, while it is made, and of what is logged */
    _Atomic bool has_hash;
    uint8_t hash[ROOT_GATE_HASH];
    _Atomic unsigned state; /* the last that was logged, of enum root_gate_state */
    _Atomic bool is_told;
};

struct status root_gate_open(const struct root_gate_setup *setup, struct root_gate **ret)
{
    void *memory = NULL;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &memory));
    struct root_gate *gate = memory;
    gate->setup = *setup;
    thread_lock_init(&gate->lock);
    *ret = gate;
    return OK;
}

void root_gate_close(struct root_gate **gate)
{
    if (*gate != NULL) {
        struct mem *mem = (*gate)->setup.mem;
        void *memory = *gate;
        thread_lock_deinit(&(*gate)->lock);
        mem_free(mem, &memory);
        *gate = NULL;
    }
}

const char *root_gate_state_name(enum root_gate_state state)
{
    static const char *const names[] = {
        [ROOT_GATE_NONE] = "none",
        [ROOT_GATE_UNKNOWN] = "unknown",
        [ROOT_GATE_UNPUBLISHED] = "not published",
        [ROOT_GATE_EQUAL] = "equal",
        [ROOT_GATE_DIFFERENT] = "different",
        [ROOT_GATE_CONFLICT] = "conflict",
    };
    return names[state];
}

bool root_gate_hash(struct root_gate *gate, uint8_t ret_hash[static ROOT_GATE_HASH])
{
    if (!atomic_load(&gate->has_hash)) {
        thread_lock_take(&gate->lock);
        const struct secret32 *master = root_keyring_master(gate->setup.roots, 0);
        if (master != NULL && !atomic_load(&gate->has_hash)) {
            keccak256_hash(BYTES_ARRAY(master->b), gate->hash);
            ct_public(gate->hash, sizeof gate->hash);
            atomic_store(&gate->has_hash, true);
        }
        thread_lock_give(&gate->lock);
        if (master == NULL) {
            return false;
        }
    }
    memcpy(ret_hash, gate->hash, sizeof gate->hash);
    return true;
}

static void log_state(struct root_gate *gate, enum root_gate_state state, uint64_t now_ms)
{
    const struct log *log = gate->setup.log;
    const char *is = root_gate_state_name(state);
    uint8_t memory[2 * ROOT_GATE_HASH];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, BYTES_ARRAY(gate->hash));
    struct log_field hash = LOG_TOKEN("root", buf_bytes(&text));
    if (state == ROOT_GATE_EQUAL) {
        LOG_EVENT(log, INFO, "published hash of the root", LOG_TEXT("is", is), hash);
    } else if (state == ROOT_GATE_UNPUBLISHED) {
        /* Without a chain there is nowhere to publish it. */
        if (!registry_health(gate->setup.registry, now_ms).is_static) {
            LOG_EVENT(log, WARN, "published hash of the root", LOG_TEXT("is", is), hash);
        }
    } else {
        LOG_EVENT(log, ERROR, "NOTHING THAT NEEDS THE ROOT IS SERVED until the node starts anew",
                  LOG_TEXT("published_hash", is), hash);
    }
}

/* Note what was found, and say it if that is new. What is for ever is not overwritten. */
static void note(struct root_gate *gate, enum root_gate_state state, uint64_t now_ms)
{
    if (atomic_load(&gate->state) == (unsigned)state) {
        return;
    }
    thread_lock_take(&gate->lock);
    unsigned before = atomic_load(&gate->state);
    if (before != (unsigned)state && before < ROOT_GATE_DIFFERENT) {
        atomic_store(&gate->state, (unsigned)state);
        log_state(gate, state, now_ms);
    }
    thread_lock_give(&gate->lock);
}

/* What is for ever. */
static struct status closed(const struct root_gate *gate)
{
    switch (atomic_load(&gate->state)) {
    case ROOT_GATE_DIFFERENT:
        return FAIL(ROOT_MISMATCH);
    case ROOT_GATE_CONFLICT:
        return FAIL(ROOT_CONFLICT);
    default:
        return OK;
    }
}

struct status root_gate_check(struct root_gate *gate, enum registry_use use, uint64_t now_ms)
{
    uint8_t hash[ROOT_GATE_HASH];
    struct registry_root published;
    TRY(closed(gate));
    if (!root_gate_hash(gate, hash)) {
        return FAIL(UNAVAILABLE);
    }
    struct status status = registry_root(gate->setup.registry, use, now_ms, &published);
    if (status.code == STATUS_ROOT_CONFLICT) {
        note(gate, ROOT_GATE_CONFLICT, now_ms);
    } else if (status_is_ok(status) && !published.is_published) {
        note(gate, ROOT_GATE_UNPUBLISHED, now_ms);
        status = gate->setup.needs_hash ? FAIL(ROOT_UNPUBLISHED) : OK;
    } else if (status_is_ok(status)) {
        bool same = bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(published.hash));
        note(gate, same ? ROOT_GATE_EQUAL : ROOT_GATE_DIFFERENT, now_ms);
    }
    TRY(status);
    return closed(gate);
}

enum root_gate_state root_gate_state(struct root_gate *gate, uint64_t now_ms)
{
    struct status status = root_gate_check(gate, REGISTRY_SERVE, now_ms);
    bool is_known = status_is_ok(status) || status.code == STATUS_ROOT_UNPUBLISHED ||
                    !status_is_ok(closed(gate));
    if (is_known) {
        return (enum root_gate_state)atomic_load(&gate->state);
    }
    return status.code == STATUS_UNAVAILABLE ? ROOT_GATE_NONE : ROOT_GATE_UNKNOWN;
}

bool root_gate_news(const struct root_gate *gate, struct status *ret_why)
{
    *ret_why = closed(gate);
    return !status_is_ok(*ret_why) && !atomic_load(&gate->is_told);
}

void root_gate_told(struct root_gate *gate)
{
    atomic_store(&gate->is_told, true);
}
