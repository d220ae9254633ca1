#include <string.h>

#include "codec/hex.h"
#include "keys/root_keyring.h"
#include "pipeline/context/service.h"
#include "pipeline/trail_internal.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

void trail_clear(struct work *work)
{
    work->subject = (struct work_subject){0};
}

struct status trail_user(struct work *work, const struct tenant *tenant, struct bytes name)
{
    const struct hmac_sha256_key *key;
    TRY(tenant_pseudonym_key(tenant, &key));
    pseudonym_make(key, name, work->subject.user);
    work->subject.has_user = true;
    return OK;
}

void trail_key(struct work *work, uint32_t key_index)
{
    work->subject.has_key = true;
    work->subject.key_index = key_index;
}

void trail_chain(struct work *work, const struct felt *chain)
{
    struct buf text = buf_over((uint8_t *)work->subject.chain, sizeof work->subject.chain);
    chain_put(&text, chain);
    work->subject.chain_len = text.len;
}

void trail_account(struct work *work, const struct felt *account)
{
    struct buf text = buf_over((uint8_t *)work->subject.account, sizeof work->subject.account);
    felt_text_put(&text, account);
    work->subject.account_len = text.len;
}

void trail_transaction(struct work *work, const struct felt *nonce, bool is_query)
{
    struct buf text = buf_over((uint8_t *)work->subject.nonce, sizeof work->subject.nonce);
    felt_text_put(&text, nonce);
    work->subject.nonce_len = text.len;
    work->subject.query = is_query ? AUDIT_QUERY_YES : AUDIT_QUERY_NO;
}

void trail_object(struct work *work, const struct felt *object)
{
    struct buf text = buf_over((uint8_t *)work->subject.object, sizeof work->subject.object);
    felt_text_put(&text, object);
    work->subject.object_len = text.len;
}

/* Make the pseudonym key of an app's tenant, once for the request; none before there is a root. */
static struct status make_key(struct work *work, const uint8_t tenant[static DOMAIN_TENANT_ID])
{
    const struct root *root = root_keyring_newest(work->apps->roots);
    SECRET32(secret);
    if (root == NULL) {
        return OK;
    }
    struct hmac_sha256_key *key = arena_alloc(work->arena, sizeof *key);
    if (key == NULL) {
        return FAIL(NO_MEMORY);
    }
    root_pseudonym_key(root, tenant, &secret);
    hmac_sha256_key_init(key, BYTES_ARRAY(secret.b));
    work->pseudonym_key = key;
    return OK;
}

void trail_name(struct work *work, struct bytes name)
{
    struct buf text = buf_over((uint8_t *)work->subject.object, sizeof work->subject.object);
    uint8_t pseudonym[PSEUDONYM_BYTES];
    if (work->pseudonym_key != NULL) {
        pseudonym_name(work->pseudonym_key, name, pseudonym);
        hex_put(&text, BYTES_ARRAY(pseudonym));
        work->subject.object_len = text.len;
    }
}

struct status trail_body(struct work *work, const struct tenant *tenant,
                         const uint8_t id[static DOMAIN_TENANT_ID])
{
    const struct hmac_sha256_key *key;
    if (tenant != NULL) {
        TRY(tenant_pseudonym_key(tenant, &key));
    } else {
        TRY(make_key(work, id));
        key = work->pseudonym_key;
    }
    if (key != NULL) {
        pseudonym_request(key, work->body_hash, work->req);
        work->record.req = work->req;
    }
    return OK;
}

/* A user of a tenant that is not a local one, as far as there is a root. */
static void note_user(struct work *work, struct bytes user)
{
    if (work->pseudonym_key != NULL) {
        pseudonym_make(work->pseudonym_key, user, work->subject.user);
        work->subject.has_user = true;
    }
}

struct status trail_about(struct work *work, const uint8_t *tenant, struct bytes user)
{
    const struct tenant *local = tenant_find(work->worker->service->setup.tenants, tenant);
    work->record.tenant = tenant;
    if (local == NULL && work->apps == NULL) {
        return OK;
    }
    TRY(trail_body(work, local, tenant));
    if (user.len != 0 && local != NULL) {
        return trail_user(work, local, user);
    }
    if (user.len != 0) {
        note_user(work, user);
    }
    return OK;
}

struct status trail_statement(struct work *work, const uint8_t hash[static SHA256_BYTES])
{
    struct buf text = buf_over(arena_alloc(work->arena, 2 * SHA256_BYTES), 2 * SHA256_BYTES);
    if (text.ptr == NULL) {
        return FAIL(NO_MEMORY);
    }
    hex_put(&text, (struct bytes){hash, SHA256_BYTES});
    work->record.ref = buf_bytes(&text);
    return OK;
}

static struct status append(struct work *work, enum audit_outcome outcome, enum status_code code)
{
    const struct work_subject *subject = &work->subject;
    struct audit_record *record = &work->record;
    record->user = subject->has_user ? subject->user : NULL;
    record->has_key = subject->has_key;
    record->key_index = subject->key_index;
    record->chain = (struct bytes){(const uint8_t *)subject->chain, subject->chain_len};
    record->object = (struct bytes){(const uint8_t *)subject->object, subject->object_len};
    record->account = (struct bytes){(const uint8_t *)subject->account, subject->account_len};
    record->nonce = (struct bytes){(const uint8_t *)subject->nonce, subject->nonce_len};
    record->query = subject->query;
    record->has_duration = outcome != AUDIT_INTENT;
    record->duration_us = (clock_monotonic_ns(work->clock) - work->begun_ns) / 1000;
    record->outcome = outcome;
    record->code = code;
    TRY(committer_append(work->lane, record));
    work->recorded = true;
    return OK;
}

struct status trail_intent(struct work *work)
{
    TRY(append(work, AUDIT_INTENT, STATUS_OK));
    work->intent = work->lane->chain.seq - 1;
    return OK;
}

_Static_assert((int)IDEMPOTENCY_OP == (int)RECORD_OP, "a record has the op of its request");

static void put_cause(const struct audit_lane *chain, uint64_t seq,
                      uint8_t ret_cause[static RECORD_CAUSE])
{
    struct buf cause = buf_over(ret_cause, RECORD_CAUSE);
    buf_put(&cause, BYTES_ARRAY(chain->boot));
    buf_put_u16(&cause, (uint16_t)chain->lane);
    buf_put_u64(&cause, seq);
}

void trail_cause(const struct work *work, uint8_t ret_cause[static RECORD_CAUSE])
{
    put_cause(&work->lane->chain, work->intent, ret_cause);
}

void trail_origin(const struct work *work, uint8_t ret_op[static RECORD_OP],
                  uint8_t ret_cause[static RECORD_CAUSE])
{
    memcpy(ret_op, work->op, RECORD_OP);
    trail_cause(work, ret_cause);
}

void trail_op(struct work *work, const char *op)
{
    work->record.op = op;
}

struct status trail_ok(struct work *work)
{
    return append(work, AUDIT_OK, STATUS_OK);
}

struct status trail_refused(struct work *work, struct status why)
{
    return append(work, AUDIT_REFUSED, (enum status_code)why.code);
}

struct status trail_unsettled(struct work *work, struct status why)
{
    return append(work, AUDIT_UNSETTLED, (enum status_code)why.code);
}

struct status trail_repeat(struct work *work, const struct answer *answer)
{
    uint8_t memory[2 * SHA256_BYTES];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, BYTES_ARRAY(answer->record));
    work->record.ref = answer->is_recorded ? buf_bytes(&text) : (struct bytes){NULL, 0};
    struct status status =
        append(work, answer->code == STATUS_OK ? AUDIT_OK : AUDIT_REFUSED, answer->code);
    work->record.ref = (struct bytes){NULL, 0};
    return status;
}

struct status trail_event(struct worker *worker, const char *op, struct status why)
{
    const struct audit_record record = {
        .at = clock_wall(worker->clock),
        .principal = "node",
        .op = op,
        .outcome = status_is_ok(why) ? AUDIT_OK : AUDIT_REFUSED,
        .code = (enum status_code)why.code,
    };
    return committer_append(worker->lane, &record);
}

/* The pseudonym of a name of an app's own, in hex; none before there is a root. */
static void put_name(const struct worker *worker, const uint8_t tenant[static DOMAIN_TENANT_ID],
                     struct bytes name, struct buf *out)
{
    SECRET32(secret);
    SECRET(hmac_sha256_key, key);
    uint8_t pseudonym[PSEUDONYM_BYTES];
    const struct root *root = root_keyring_newest(worker->service->setup.apps->roots);
    if (root != NULL) {
        root_pseudonym_key(root, tenant, &secret);
        hmac_sha256_key_init(&key, BYTES_ARRAY(secret.b));
        pseudonym_name(&key, name, pseudonym);
        hex_put(out, BYTES_ARRAY(pseudonym));
    }
}

struct status trail_effect(struct worker *worker, const struct membership_effect *effect,
                           uint8_t ret_cause[static RECORD_CAUSE])
{
    uint8_t memory[2 * PSEUDONYM_BYTES];
    struct buf name = buf_over(memory, sizeof memory);
    struct committer_lane *lane = worker->lane;
    struct audit_record record = {
        .at = clock_wall(worker->clock),
        .principal = "node",
        .op = effect->op,
        .tenant = effect->tenant,
        .outcome = AUDIT_INTENT,
        .code = (enum status_code)effect->status.code,
    };
    if (effect->is_over) {
        record.outcome = status_is_ok(effect->status) ? AUDIT_OK : AUDIT_REFUSED;
    }
    if (effect->tenant != NULL) {
        put_name(worker, effect->tenant, effect->key, &name);
        record.object = buf_bytes(&name);
    }
    TRY(committer_append(lane, &record));
    put_cause(&lane->chain, lane->chain.seq - 1, ret_cause);
    return OK;
}
