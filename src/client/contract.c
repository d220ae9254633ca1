#include "client/contract.h"

#include <string.h>

#include "digest/keccak256.h"
#include "ethereum/nova_abi.h"
#include "rpc/rpc_rounds.h"

enum {
    BATCH = 64,
    TRIES = 3,
    SAID_MAX = 64 + 32 * CONTRACT_OPERATORS_MAX, /* bytes of an answer: a list of all */
};

/* What is asked of the contract. */
enum question { TRUSTED, APP_ID, DELAY, THRESHOLD, LATEST, ROOT_HASH, GUARDIANS, OPERATORS, CALLS };

static const enum nova_abi_call calls[CALLS] = {
    [TRUSTED] = NOVA_ABI_NOVA_APP_REGISTRY,
    [APP_ID] = NOVA_ABI_KMS_APP_ID,
    [DELAY] = NOVA_ABI_DELAY,
    [THRESHOLD] = NOVA_ABI_VETO_THRESHOLD,
    [LATEST] = NOVA_ABI_LATEST_EPOCH,
    [ROOT_HASH] = NOVA_ABI_MASTER_SECRET_HASH,
    [GUARDIANS] = NOVA_ABI_GET_GUARDIANS,
    [OPERATORS] = NOVA_ABI_GET_OPERATORS,
};

enum { READS = 1 + CALLS };

/* What one endpoint said to one question. */
struct said {
    enum registry_answer_kind kind; /* NONE: nothing, or something longer */
    uint64_t number;
    uint8_t hash[DEPLOYMENT_HASH]; /* of a block; of code, the Keccak-256 */
    size_t len;
    uint8_t data[SAID_MAX];
};

struct reading {
    const struct directory_setup *setup;
    struct rpc_rounds *rounds;
    uint64_t until_ms;
    uint64_t works; /* begun */
    size_t count;   /* of questions in this one */
    struct registry_read read[READS];
    struct said said[DEPLOYMENT_RPC_MAX][READS];
};

static uint64_t now_ms(const struct reading *reading)
{
    return clock_monotonic_ms(&reading->setup->clock);
}

static void keep_answer(struct reading *reading, size_t endpoint,
                        const struct registry_answer *answer)
{
    if (answer->read >= reading->count || answer->data.len > SAID_MAX) {
        return;
    }
    struct said *said = &reading->said[endpoint][answer->read];
    *said = (struct said){.kind = answer->kind, .number = answer->number};
    memcpy(said->hash, answer->hash, sizeof said->hash);
    said->len = answer->data.len;
    if (said->len != 0) {
        memcpy(said->data, answer->data.ptr, said->len);
    }
}

/* Of code only its hash counts. */
static void keep_code(struct reading *reading, size_t endpoint,
                      const struct registry_answer *answer)
{
    struct said *said = &reading->said[endpoint][answer->read];
    *said = (struct said){.kind = answer->kind};
    keccak256_hash(answer->data, said->hash);
}

static void keep_answers(struct reading *reading, const struct registry_answers *answers)
{
    for (size_t i = 0; i < answers->count; i++) {
        const struct registry_answer *answer = &answers->list[i];
        bool is_code = answer->read < reading->count && answer->kind == REGISTRY_ANSWER_BYTES &&
                       reading->read[answer->read].kind == REGISTRY_READ_CODE;
        if (is_code) {
            keep_code(reading, answers->endpoint, answer);
        } else {
            keep_answer(reading, answers->endpoint, answer);
        }
    }
}

/* Ask all endpoints, and wait for all of them or for the end of the work. */
static void ask(struct reading *reading)
{
    size_t endpoints = reading->setup->deployment->rpc_count;
    size_t through = 0;
    struct rpc_rounds_done done;
    uint64_t end_ms = now_ms(reading) + REGISTRY_VIEW_WORK_MS;
    end_ms = end_ms < reading->until_ms ? end_ms : reading->until_ms;
    memset(reading->said, 0, sizeof reading->said);
    const struct registry_work work = {
        .id = ++reading->works,
        .deadline_ms = end_ms,
        .endpoints = (1U << endpoints) - 1,
        .count = reading->count,
        .reads = reading->read,
    };
    rpc_rounds_begin(reading->rounds, &work);
    for (uint64_t now = now_ms(reading); through < endpoints && now < end_ms;
         now = now_ms(reading)) {
        if (rpc_rounds_wait(reading->rounds, (uint32_t)(end_ms - now), &done)) {
            keep_answers(reading, &done.answers);
            through++;
        }
    }
}

static void add_read(struct reading *reading, enum registry_read_kind kind)
{
    struct registry_read *read = &reading->read[reading->count++];
    *read = (struct registry_read){.kind = kind,
                                   .endpoints = (1U << reading->setup->deployment->rpc_count) - 1};
}

static bool is_same(const struct said *a, const struct said *b)
{
    return a->kind == b->kind && a->number == b->number && a->len == b->len &&
           bytes_equal(BYTES_ARRAY(a->hash), BYTES_ARRAY(b->hash)) &&
           bytes_equal((struct bytes){a->data, a->len}, (struct bytes){b->data, b->len});
}

/* What a quorum says, or NULL. */
static const struct said *agreed(const struct reading *reading, size_t read)
{
    const struct deployment *deployment = reading->setup->deployment;
    for (size_t i = 0; i < deployment->rpc_count; i++) {
        const struct said *one = &reading->said[i][read];
        size_t same = 0;
        for (size_t j = 0; j < deployment->rpc_count; j++) {
            same += is_same(one, &reading->said[j][read]);
        }
        if (one->kind != REGISTRY_ANSWER_NONE && same >= deployment->rpc_quorum) {
            return one;
        }
    }
    return NULL;
}

/* --- the block -------------------------------------------------------------------------------- */

/* The greatest number that a quorum has reached. */
static bool find_height(const struct reading *reading, uint64_t *ret)
{
    const struct deployment *deployment = reading->setup->deployment;
    bool is_found = false;
    *ret = 0;
    for (size_t i = 0; i < deployment->rpc_count; i++) {
        const struct said *one = &reading->said[i][0];
        size_t reached = 0;
        for (size_t j = 0; j < deployment->rpc_count; j++) {
            const struct said *other = &reading->said[j][0];
            reached += other->kind == REGISTRY_ANSWER_BLOCK && other->number >= one->number;
        }
        if (one->kind == REGISTRY_ANSWER_BLOCK && reached >= deployment->rpc_quorum) {
            *ret = one->number > *ret ? one->number : *ret;
            is_found = true;
        }
    }
    return is_found;
}

/* The block at which the contract is read. Returns: OK, REGISTRY_LOST. */
static struct status find_block(struct reading *reading, struct said *ret)
{
    const struct deployment *deployment = reading->setup->deployment;
    uint64_t height;
    reading->count = 0;
    add_read(reading, deployment->has_finality ? REGISTRY_READ_SAFE : REGISTRY_READ_LATEST);
    ask(reading);
    if (!find_height(reading, &height)) {
        return FAIL(REGISTRY_LOST);
    }
    uint64_t depth = deployment->has_finality ? 0 : deployment->confirmations;
    reading->count = 0;
    add_read(reading, REGISTRY_READ_BLOCK);
    reading->read[0].number = height > depth ? height - depth : 0;
    ask(reading);
    const struct said *block = agreed(reading, 0);
    if (block == NULL || block->kind != REGISTRY_ANSWER_BLOCK) {
        return FAIL(REGISTRY_LOST);
    }
    *ret = *block;
    return OK;
}

/* --- the contract ----------------------------------------------------------------------------- */

static struct status read_list(struct bytes data, size_t max, size_t *ret_count,
                               struct eth_address ret[])
{
    struct nova_abi_list list;
    TRY(nova_abi_read_wallets(data, &list));
    if (list.count > max) {
        return FAIL(ABI_LIMIT);
    }
    for (size_t i = 0; i < list.count; i++) {
        nova_abi_wallet_at(&list, i, &ret[i]);
    }
    *ret_count = list.count;
    return OK;
}

static struct status read_answer(enum question question, struct bytes data,
                                 struct contract_facts *ret)
{
    switch (question) {
    case TRUSTED:
        return nova_abi_read_wallet(data, &ret->registry);
    case APP_ID:
        return nova_abi_read_word(data, ret->kms_app_id);
    case DELAY:
        return nova_abi_read_u64(data, &ret->delay_s);
    case THRESHOLD:
        return nova_abi_read_u64(data, &ret->veto_threshold);
    case LATEST:
        return nova_abi_read_u64(data, &ret->latest_epoch);
    case ROOT_HASH:
        return nova_abi_read_word(data, ret->root_hash);
    case GUARDIANS:
        return read_list(data, CONTRACT_GUARDIANS_MAX, &ret->guardian_count, ret->guardians);
    case OPERATORS:
        return read_list(data, CONTRACT_OPERATORS_MAX, &ret->operator_count, ret->operators);
    case CALLS:
        break;
    }
    return FAIL(INTERNAL);
}

/* Returns: OK, REGISTRY_LOST, REGISTRY_MISMATCH. */
static struct status ask_contract(struct reading *reading, const struct eth_address *contract,
                                  const struct said *block, struct contract_facts *ret)
{
    reading->count = 0;
    add_read(reading, REGISTRY_READ_CODE);
    reading->read[0].to = *contract;
    for (size_t i = 0; i < CALLS; i++) {
        add_read(reading, REGISTRY_READ_CALL);
        struct registry_read *read = &reading->read[1 + i];
        struct buf data = buf_over(read->data, sizeof read->data);
        read->to = *contract;
        memcpy(read->hash, block->hash, sizeof read->hash);
        nova_abi_put(&data, calls[i]);
        read->data_len = (uint8_t)data.len;
    }
    ask(reading);
    const struct said *code = agreed(reading, 0);
    if (code == NULL) {
        return FAIL(REGISTRY_LOST);
    }
    memcpy(ret->code, code->hash, sizeof ret->code);
    for (size_t i = 0; i < CALLS; i++) {
        const struct said *said = agreed(reading, 1 + i);
        if (said == NULL) {
            return FAIL(REGISTRY_LOST);
        }
        struct status status =
            read_answer((enum question)i, (struct bytes){said->data, said->len}, ret);
        if (said->kind != REGISTRY_ANSWER_BYTES || !status_is_ok(status)) {
            return FAIL(REGISTRY_MISMATCH);
        }
    }
    ret->block_number = block->number;
    return OK;
}

static struct status read_in_time(struct reading *reading, const struct eth_address *contract,
                                  struct contract_facts *ret)
{
    struct status status = FAIL(REGISTRY_LOST);
    for (size_t i = 0;
         i < TRIES && status.code == STATUS_REGISTRY_LOST && now_ms(reading) < reading->until_ms;
         i++) {
        struct said block;
        *ret = (struct contract_facts){0};
        status = find_block(reading, &block);
        status = status_is_ok(status) ? ask_contract(reading, contract, &block, ret) : status;
    }
    if (!status_is_ok(status)) {
        *ret = (struct contract_facts){0};
    }
    return status;
}

struct status contract_read(const struct directory_setup *setup, const struct eth_address *contract,
                            uint32_t limit_ms, struct contract_facts *ret)
{
    void *block = NULL;
    const char *where;
    *ret = (struct contract_facts){0};
    TRY(mem_alloc(setup->mem, sizeof(struct reading), &block));
    struct reading *reading = block;
    *reading = (struct reading){.setup = setup};
    reading->until_ms = now_ms(reading) + limit_ms;
    struct status status = directory_open_rounds(setup, &reading->rounds, &where);
    if (status_is_ok(status)) {
        status = read_in_time(reading, contract, ret);
    }
    rpc_rounds_close(&reading->rounds);
    mem_free(setup->mem, &block);
    return status;
}
