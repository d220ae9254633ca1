#include <string.h>

#include "codec/hex.h"
#include "keys/root_keyring.h"
#include "pipeline/service.h"
#include "pipeline/trail_internal.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

void trail_clear(struct work *work)
{
    work->subject = (struct work_subject){0};
}

void trail_user(struct work *work, const struct tenant *tenant, struct bytes name)
{
    pseudonym_make(tenant_pseudonym_key(tenant), name, work->subject.user);
    work->subject.has_user = true;
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

void trail_object(struct work *work, const struct felt *object)
{
    struct buf text = buf_over((uint8_t *)work->subject.object, sizeof work->subject.object);
    felt_text_put(&text, object);
    work->subject.object_len = text.len;
}

void trail_name(struct work *work, const uint8_t tenant[static DOMAIN_TENANT_ID], struct bytes name)
{
    const struct root *root = root_keyring_newest(work->worker->service->setup.apps->roots);
    struct buf text = buf_over((uint8_t *)work->subject.object, sizeof work->subject.object);
    uint8_t pseudonym[PSEUDONYM_BYTES];
    SECRET32(secret);
    SECRET(hmac_sha256_key, key);
    if (root == NULL) {
        return;
    }
    root_pseudonym_key(root, tenant, &secret);
    hmac_sha256_key_init(&key, BYTES_ARRAY(secret.b));
    pseudonym_name(&key, name, pseudonym);
    hex_put(&text, BYTES_ARRAY(pseudonym));
    work->subject.object_len = text.len;
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
    record->outcome = outcome;
    record->code = code;
    TRY(committer_append(work->worker->lane, record));
    work->recorded = true;
    return OK;
}

struct status trail_intent(struct work *work)
{
    return append(work, AUDIT_INTENT, STATUS_OK);
}

struct status trail_ok(struct work *work)
{
    return append(work, AUDIT_OK, STATUS_OK);
}

struct status trail_refused(struct work *work, struct status why)
{
    return append(work, AUDIT_REFUSED, (enum status_code)why.code);
}

struct status trail_event(struct worker *worker, const char *op, struct status why)
{
    const struct audit_record record = {
        .at = clock_wall(&worker->service->setup.clock),
        .principal = "node",
        .op = op,
        .outcome = AUDIT_REFUSED,
        .code = (enum status_code)why.code,
    };
    return committer_append(worker->lane, &record);
}
