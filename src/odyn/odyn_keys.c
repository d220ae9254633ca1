#include "odyn/odyn_keys.h"

#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/thread.h"
#include "identity/mixed_entropy.h"
#include "odyn/odyn_link.h"

/* One for each caller, and the last one for the thread and the start. */
enum { LINKS_MAX = LIMIT_ODYN_THREADS + 2 };
enum { ARENA = 4 * LIMIT_ODYN_DOCUMENT }; /* of the thread */

struct odyn_keys {
    struct odyn_keys_setup setup;
    struct odyn_link_keys facts; /* of the start */
    struct mixed_entropy mixed;
    struct odyn_link links[LINKS_MAX];
    uint8_t binding[ODYN_KEYS_BINDING]; /* once there is a document it does not change */
    struct arena arena;                 /* of the thread */
    struct thread thread;
    _Atomic unsigned state;  /* enum status_code */
    struct thread_lock lock; /* of all below */
    struct thread_signal changed;
    bool is_stopping;
    bool is_suspect; /* a call failed since the last look */
    uint64_t looked_ns;
    size_t free_count;
    struct odyn_link *free[LINKS_MAX];
    uint64_t attested_ns;
    size_t document_len; /* of the last attestation; 0: none */
    uint8_t document[LIMIT_ODYN_DOCUMENT];
};

static struct odyn_link *own_link(struct odyn_keys *keys)
{
    return &keys->links[keys->setup.callers];
}

/* --- calls ------------------------------------------------------------------------------------ */

/* What is known of Odyn now. */
static struct status check(void *context)
{
    struct odyn_keys *keys = context;
    switch (atomic_load(&keys->state)) {
    case STATUS_OK:
        return OK;
    case STATUS_ODYN_INVALID:
        return FAIL(ODYN_INVALID);
    case STATUS_IDENTITY_CHANGED:
        return FAIL(IDENTITY_CHANGED);
    default:
        return FAIL(ODYN_UNAVAILABLE);
    }
}

static struct status take_link(struct odyn_keys *keys, struct odyn_link **ret_link)
{
    TRY(check(keys));
    thread_lock_take(&keys->lock);
    bool is_there = keys->free_count != 0;
    *ret_link = is_there ? keys->free[--keys->free_count] : NULL;
    thread_lock_give(&keys->lock);
    return is_there ? OK : FAIL(OVERLOADED);
}

/* Nobody waits for an Odyn that has just failed somebody; but an envelope that does not open may be
 * the fault of whoever sealed it, and only makes the thread look. */
static struct status give(struct odyn_keys *keys, struct odyn_link *link, struct status status,
                          bool is_envelope)
{
    unsigned good = STATUS_OK;
    bool is_silent = status.code == STATUS_ODYN_UNAVAILABLE;
    bool is_wrong = status.code == STATUS_ODYN_INVALID;
    bool is_suspect = is_silent || is_wrong || status.code == STATUS_AEAD_INVALID;
    if (is_silent || (is_wrong && !is_envelope)) {
        (void)atomic_compare_exchange_strong(&keys->state, &good, status.code);
    }
    thread_lock_take(&keys->lock);
    keys->free[keys->free_count++] = link;
    if (is_suspect) {
        keys->is_suspect = true;
        thread_signal_one(&keys->changed);
    }
    thread_lock_give(&keys->lock);
    return status;
}

static struct status sign(void *context, struct bytes text, struct k256_signature *ret)
{
    struct odyn_keys *keys = context;
    struct odyn_link *link = NULL;
    TRY(take_link(keys, &link));
    return give(keys, link, odyn_link_sign(link, &keys->facts.wallet, text, ret), false);
}

static struct status sign_transaction(void *context, const struct eth_transaction *transaction,
                                      struct buf *raw)
{
    struct odyn_keys *keys = context;
    struct odyn_link *link = NULL;
    TRY(take_link(keys, &link));
    return give(keys, link, odyn_link_sign_transaction(link, &keys->facts.wallet, transaction, raw),
                false);
}

static struct status open(void *context, struct arena *arena, const struct envelope *envelope,
                          struct bytes *ret_text)
{
    struct odyn_keys *keys = context;
    struct odyn_link *link = NULL;
    struct odyn_link_sealed in = {.peer = envelope->sender, .sealed = envelope->sealed};
    if (envelope->sealed.len < AEAD_TAG) {
        return FAIL(AEAD_INVALID);
    }
    memcpy(in.iv, envelope->iv, sizeof in.iv);
    TRY(take_link(keys, &link));
    return give(keys, link, odyn_link_decrypt(link, arena, &in, ret_text), true);
}

static struct status seal(void *context, struct arena *arena, const struct p384_point *peer,
                          struct bytes text, struct envelope *ret)
{
    struct odyn_keys *keys = context;
    struct odyn_link *link = NULL;
    struct odyn_link_sealed sealed;
    TRY(take_link(keys, &link));
    TRY(give(keys, link, odyn_link_encrypt(link, arena, peer, text, &sealed), false));
    memcpy(ret->iv, sealed.iv, sizeof ret->iv);
    ret->sealed = sealed.sealed;
    return OK;
}

struct node_identity_remote odyn_keys_port(struct odyn_keys *keys)
{
    return (struct node_identity_remote){
        .context = keys,
        .wallet = keys->facts.wallet,
        .point = keys->facts.point,
        .check = check,
        .sign = sign,
        .sign_transaction = sign_transaction,
        .open = open,
        .seal = seal,
    };
}

struct entropy odyn_keys_entropy(struct odyn_keys *keys)
{
    return mixed_entropy_port(&keys->mixed);
}

/* Over a link that is the caller's. What is bound does not change once it is. */
static struct status ask_document(struct odyn_keys *keys, struct odyn_link *link,
                                  struct arena *arena, struct bytes nonce,
                                  struct bytes *ret_document)
{
    const struct odyn_keys_setup *setup = &keys->setup;
    uint64_t asked_ms = clock_monotonic_ms(&setup->clock);
    TRY(odyn_link_attest(link, arena, nonce, BYTES_ARRAY(keys->binding), ret_document));
    if (setup->made.call != NULL) {
        setup->made.call(setup->made.context, *ret_document, asked_ms,
                         clock_monotonic_ms(&setup->clock));
    }
    return OK;
}

static struct status copy_kept(struct odyn_keys *keys, struct arena *arena,
                               struct bytes *ret_document)
{
    thread_lock_take(&keys->lock);
    struct bytes kept = {keys->document, keys->document_len};
    struct status status =
        kept.len == 0 ? FAIL(ODYN_UNAVAILABLE) : arena_copy(arena, kept, ret_document);
    thread_lock_give(&keys->lock);
    return status;
}

struct status odyn_keys_attest(struct odyn_keys *keys, struct arena *arena, struct bytes nonce,
                               struct bytes *ret_document)
{
    struct odyn_link *link = NULL;
    *ret_document = (struct bytes){NULL, 0};
    if (nonce.len == 0) {
        return copy_kept(keys, arena, ret_document);
    }
    TRY(take_link(keys, &link));
    return give(keys, link, ask_document(keys, link, arena, nonce, ret_document), false);
}

/* A new one to keep. */
static struct status renew(struct odyn_keys *keys, struct odyn_link *link, struct arena *arena)
{
    struct bytes document;
    TRY(ask_document(keys, link, arena, (struct bytes){NULL, 0}, &document));
    thread_lock_take(&keys->lock);
    memcpy(keys->document, document.ptr, document.len);
    keys->document_len = document.len;
    keys->attested_ns = clock_monotonic_ns(&keys->setup.clock);
    thread_lock_give(&keys->lock);
    return OK;
}

struct status odyn_keys_bind(struct odyn_keys *keys, struct arena *arena,
                             const uint8_t binding[static ODYN_KEYS_BINDING])
{
    struct odyn_link *link = NULL;
    TRY(take_link(keys, &link));
    memcpy(keys->binding, binding, ODYN_KEYS_BINDING);
    return give(keys, link, renew(keys, link, arena), false);
}

/* --- the look --------------------------------------------------------------------------------- */

static bool same(const struct odyn_link_keys *a, const struct odyn_link_keys *b)
{
    return eth_address_equal(&a->wallet, &b->wallet) && p384_point_equal(&a->point, &b->point);
}

/* Whose keys it has, and that the wallet signs. */
static struct status ask(struct odyn_keys *keys, struct odyn_link_keys *ret_facts)
{
    struct k256_signature signature;
    TRY(odyn_link_keys(own_link(keys), ret_facts));
    return odyn_link_sign(own_link(keys), &ret_facts->wallet, BYTES_LITERAL("CofferCheck/1"),
                          &signature);
}

static void log_state(const struct odyn_keys *keys, struct status status)
{
    if (status.code == STATUS_IDENTITY_CHANGED) {
        LOG_EVENT(keys->setup.log, ERROR, "Odyn has other keys: nothing is signed any more",
                  LOG_STATUS(status));
    } else if (status_is_ok(status)) {
        LOG_EVENT(keys->setup.log, INFO, "Odyn answers again", LOG_TEXT("url", keys->setup.url));
    } else {
        LOG_EVENT(keys->setup.log, WARN, "Odyn cannot be used", LOG_STATUS(status));
    }
}

static struct status look(struct odyn_keys *keys)
{
    struct odyn_link_keys facts;
    TRY(ask(keys, &facts));
    return same(&facts, &keys->facts) ? OK : FAIL(IDENTITY_CHANGED);
}

/* Under the lock: whether the document that is kept has to be replaced. */
static bool is_document_old(const struct odyn_keys *keys)
{
    uint64_t age_ns = clock_monotonic_ns(&keys->setup.clock) - keys->attested_ns;
    return keys->document_len != 0 && age_ns >= (uint64_t)keys->setup.attest_ms * 1000000;
}

/* What fails now is tried again with the next look, while the old one is shown. */
static void renew_document(struct odyn_keys *keys)
{
    arena_reset(&keys->arena);
    struct status status = renew(keys, own_link(keys), &keys->arena);
    if (!status_is_ok(status)) {
        LOG_EVENT(keys->setup.log, WARN, "there is no new attestation", LOG_STATUS(status));
    }
}

/* Until when there is nothing to do. Under the lock. */
static uint64_t due_ns(const struct odyn_keys *keys)
{
    bool is_well = atomic_load(&keys->state) == STATUS_OK && !keys->is_suspect;
    uint64_t ms = is_well ? LIMIT_ODYN_IDLE_MS : LIMIT_ODYN_PROBE_MS;
    return keys->looked_ns + ms * 1000000;
}

static void wait_locked(struct odyn_keys *keys, uint64_t until_ns)
{
    if (atomic_load(&keys->state) == STATUS_IDENTITY_CHANGED) {
        thread_wait(&keys->changed, &keys->lock);
    } else {
        (void)thread_wait_until(&keys->changed, &keys->lock, (struct thread_moment){until_ns});
    }
}

/* Under the lock, which is open while Odyn is asked. Out: said, the state that was logged last. */
static void turn_locked(struct odyn_keys *keys, unsigned *said)
{
    uint64_t until_ns = due_ns(keys);
    if (atomic_load(&keys->state) == STATUS_IDENTITY_CHANGED ||
        clock_monotonic_ns(&keys->setup.clock) < until_ns) {
        wait_locked(keys, until_ns);
        return;
    }
    bool is_old = is_document_old(keys);
    keys->is_suspect = false;
    thread_lock_give(&keys->lock);
    struct status status = look(keys);
    atomic_store(&keys->state, status.code);
    if (*said != status.code) {
        *said = status.code;
        log_state(keys, status);
    }
    if (status_is_ok(status) && is_old) {
        renew_document(keys);
    }
    thread_lock_take(&keys->lock);
    keys->looked_ns = clock_monotonic_ns(&keys->setup.clock);
}

static void watch_odyn(void *context)
{
    struct odyn_keys *keys = context;
    unsigned said = STATUS_OK;
    thread_lock_take(&keys->lock);
    while (!keys->is_stopping) {
        turn_locked(keys, &said);
    }
    thread_lock_give(&keys->lock);
}

/* --- start and end ---------------------------------------------------------------------------- */

static struct status open_links(struct odyn_keys *keys)
{
    for (size_t i = 0; i <= keys->setup.callers; i++) {
        TRY(odyn_link_init(&keys->links[i], keys->setup.url, LIMIT_ODYN_MS));
        if (i != keys->setup.callers) {
            keys->free[keys->free_count++] = &keys->links[i];
        }
    }
    return OK;
}

static struct status meet(struct odyn_keys *keys)
{
    SECRET32(random);
    TRY(ask(keys, &keys->facts));
    TRY(odyn_link_random(own_link(keys), &random));
    keys->looked_ns = clock_monotonic_ns(&keys->setup.clock);
    return mixed_entropy_init(&keys->setup.entropy, &random, &keys->mixed);
}

struct status odyn_keys_open(const struct odyn_keys_setup *setup, struct odyn_keys **ret)
{
    void *memory = NULL;
    *ret = NULL;
    INVARIANT(setup->callers >= 1 && setup->callers < LINKS_MAX);
    TRY(secret_alloc(sizeof(struct odyn_keys), &memory));
    struct odyn_keys *keys = memory;
    keys->setup = *setup;
    thread_lock_init(&keys->lock);
    thread_signal_init(&keys->changed);
    struct status status = arena_init(&keys->arena, ARENA);
    if (status_is_ok(status)) {
        status = open_links(keys);
    }
    if (status_is_ok(status)) {
        status = meet(keys);
    }
    if (!status_is_ok(status)) {
        odyn_keys_close(&keys);
        return status;
    }
    *ret = keys;
    return OK;
}

struct status odyn_keys_start(struct odyn_keys *keys)
{
    keys->is_stopping = false;
    return thread_start(&keys->thread, "odyn", watch_odyn, keys);
}

void odyn_keys_stop(struct odyn_keys *keys)
{
    if (!keys->thread.is_started) {
        return;
    }
    thread_lock_take(&keys->lock);
    keys->is_stopping = true;
    thread_signal_one(&keys->changed);
    thread_lock_give(&keys->lock);
    thread_join(&keys->thread);
}

void odyn_keys_close(struct odyn_keys **keys)
{
    struct odyn_keys *one = *keys;
    if (one == NULL) {
        return;
    }
    odyn_keys_stop(one);
    for (size_t i = 0; i <= one->setup.callers; i++) {
        odyn_link_deinit(&one->links[i]);
    }
    arena_deinit(&one->arena);
    mixed_entropy_wipe(&one->mixed);
    thread_signal_deinit(&one->changed);
    thread_lock_deinit(&one->lock);
    void *memory = one;
    secret_free(&memory, sizeof *one);
    *keys = NULL;
}
