#include <string.h>

#include "base/buf.h"
#include "ethereum/nova_abi.h"
#include "registry/registry_records_internal.h"

_Static_assert((int)NOVA_ABI_CALL <= (int)REGISTRY_VIEW_CALL_MAX, "every call fits");

static struct buf start(struct registry_read *read)
{
    *read = (struct registry_read){.kind = REGISTRY_READ_CALL};
    return buf_over(read->data, sizeof read->data);
}

void registry_records_ask_instance(const struct eth_address *wallet, struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put_wallet(&data, NOVA_ABI_GET_INSTANCE_BY_WALLET, wallet);
    ret->data_len = (uint8_t)data.len;
}

void registry_records_ask_app(const uint8_t app_id[static REGISTRY_ID], struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put_word(&data, NOVA_ABI_GET_APP, app_id);
    ret->data_len = (uint8_t)data.len;
}

void registry_records_ask_version(const uint8_t app_id[static REGISTRY_ID],
                                  const uint8_t version_id[static REGISTRY_ID],
                                  struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put_words(&data, NOVA_ABI_GET_VERSION, app_id, version_id);
    ret->data_len = (uint8_t)data.len;
}

void registry_records_ask_instances(const uint8_t app_id[static REGISTRY_ID],
                                    struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put_word(&data, NOVA_ABI_GET_ACTIVE_INSTANCES, app_id);
    ret->data_len = (uint8_t)data.len;
}

void registry_records_ask_root(struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put(&data, NOVA_ABI_MASTER_SECRET_HASH);
    ret->data_len = (uint8_t)data.len;
}

void registry_records_ask_anchor(struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put(&data, NOVA_ABI_ANCHORED);
    ret->data_len = (uint8_t)data.len;
}

void registry_records_ask_epoch(uint32_t epoch, struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put_number(&data, NOVA_ABI_EPOCH_COMMITMENT, epoch);
    ret->data_len = (uint8_t)data.len;
}

void registry_records_ask_proposal(struct registry_read *ret)
{
    struct buf data = start(ret);
    nova_abi_put_number(&data, NOVA_ABI_PENDING_PROPOSAL, NOVA_ABI_PROPOSAL_EPOCH);
    ret->data_len = (uint8_t)data.len;
}

struct status registry_records_instance(const struct registry_answer *answer,
                                        struct registry_instance *ret)
{
    struct nova_abi_instance read;
    *ret = (struct registry_instance){0};
    if (answer->kind == REGISTRY_ANSWER_REVERT) {
        return OK;
    }
    if (!status_is_ok(nova_abi_read_instance(answer->data, &read))) {
        return FAIL(REGISTRY_MISMATCH);
    }
    struct status point = p384_point_parse(read.tee_pubkey, &ret->tee_point);
    if (status_is_shortage(point)) {
        return point;
    }
    memcpy(ret->id, read.id, sizeof ret->id);
    memcpy(ret->app_id, read.app_id, sizeof ret->app_id);
    memcpy(ret->version_id, read.version_id, sizeof ret->version_id);
    ret->operator= read.operator;
    ret->wallet = read.tee_wallet;
    ret->has_tee_point = status_is_ok(point);
    ret->zk_verified = read.zk_verified;
    ret->status = read.status;
    ret->registered_at = read.registered_at;
    registry_rules_url(read.instance_url, ret->url);
    return OK;
}

struct status registry_records_app(const struct registry_answer *answer, struct registry_app *ret)
{
    struct nova_abi_app read;
    *ret = (struct registry_app){0};
    if (answer->kind == REGISTRY_ANSWER_REVERT) {
        return OK;
    }
    if (!status_is_ok(nova_abi_read_app(answer->data, &read))) {
        return FAIL(REGISTRY_MISMATCH);
    }
    memcpy(ret->id, read.id, sizeof ret->id);
    ret->status = read.status;
    return OK;
}

struct status registry_records_version(const struct registry_answer *answer,
                                       struct registry_version *ret)
{
    struct nova_abi_version read;
    *ret = (struct registry_version){0};
    if (answer->kind == REGISTRY_ANSWER_REVERT) {
        return OK;
    }
    if (!status_is_ok(nova_abi_read_version(answer->data, &read))) {
        return FAIL(REGISTRY_MISMATCH);
    }
    memcpy(ret->id, read.id, sizeof ret->id);
    memcpy(ret->measurement, read.code_measurement, sizeof ret->measurement);
    ret->status = read.status;
    return OK;
}

struct status registry_records_root(const struct registry_answer *answer,
                                    uint8_t ret[static REGISTRY_HASH])
{
    memset(ret, 0, REGISTRY_HASH);
    if (answer->kind == REGISTRY_ANSWER_REVERT ||
        !status_is_ok(nova_abi_read_word(answer->data, ret))) {
        return FAIL(REGISTRY_MISMATCH);
    }
    return OK;
}

/* The contract sets both members or neither. */
struct status registry_records_anchor(const struct registry_answer *answer,
                                      struct registry_anchor *ret)
{
    static const uint8_t none[NOVA_ABI_HASH];
    struct nova_abi_anchor read;
    *ret = (struct registry_anchor){0};
    if (answer->kind == REGISTRY_ANSWER_REVERT ||
        !status_is_ok(nova_abi_read_anchor(answer->data, &read))) {
        return FAIL(REGISTRY_MISMATCH);
    }
    bool is_anchored = read.height != 0;
    if (is_anchored == bytes_equal(BYTES_ARRAY(read.header), BYTES_ARRAY(none))) {
        return FAIL(REGISTRY_MISMATCH);
    }
    ret->is_anchored = is_anchored;
    ret->height = read.height;
    memcpy(ret->header, read.header, sizeof ret->header);
    return OK;
}

struct status registry_records_epoch(const struct registry_answer *answer,
                                     uint8_t ret[static REGISTRY_HASH])
{
    memset(ret, 0, REGISTRY_HASH);
    if (answer->kind == REGISTRY_ANSWER_REVERT) {
        return OK;
    }
    return status_judged(nova_abi_read_word(answer->data, ret), FAIL(REGISTRY_MISMATCH));
}

struct status registry_records_proposal(const struct registry_answer *answer,
                                        struct nova_abi_proposal *ret)
{
    *ret = (struct nova_abi_proposal){0};
    if (answer->kind == REGISTRY_ANSWER_REVERT) {
        return OK;
    }
    return status_judged(nova_abi_read_proposal(answer->data, ret), FAIL(REGISTRY_MISMATCH));
}

size_t registry_records_wallets(const struct registry_answer *answer, size_t max,
                                struct eth_address *ret)
{
    struct nova_abi_list list;
    if (answer->kind == REGISTRY_ANSWER_REVERT ||
        !status_is_ok(nova_abi_read_wallets(answer->data, &list))) {
        return 0;
    }
    size_t count = list.count < max ? list.count : max;
    for (size_t i = 0; i < count; i++) {
        nova_abi_wallet_at(&list, i, &ret[i]);
    }
    return count;
}
