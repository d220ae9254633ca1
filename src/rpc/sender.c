#include "rpc/sender.h"

#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "rpc/sender_internal.h"

_Static_assert((int)SENDER_RAW <= (int)ETH_TRANSACTION_MAX, "no call is longer than others");

/* --- start and end ---------------------------------------------------------------------------- */

struct status sender_open(const struct sender_setup *setup, struct sender **ret)
{
    void *block = NULL;
    *ret = NULL;
    INVARIANT(setup->endpoints >= 1 && setup->endpoints <= SENDER_ENDPOINTS_MAX);
    INVARIANT(setup->quorum >= 1 && setup->quorum <= setup->endpoints);
    INVARIANT(setup->batch >= 1 && setup->batch <= LIMIT_ETH_RPC_BATCH);
    INVARIANT(setup->limits.fee >= 1 && setup->limits.gas >= SENDER_GAS_MIN);
    INVARIANT(setup->limits.fee <= UINT64_MAX / setup->limits.gas);
    TRY(mem_alloc(setup->mem, sizeof(struct sender), &block));
    struct sender *sender = block;
    sender->setup = *setup;
    sender->next_id = setup->first_id;
    struct status status = arena_init(&sender->arena, LIMIT_ARENA);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &block);
        return status;
    }
    *ret = sender;
    return OK;
}

void sender_close(struct sender **sender)
{
    if (*sender != NULL) {
        void *block = *sender;
        arena_deinit(&(*sender)->arena);
        mem_free((*sender)->setup.mem, &block);
        *sender = NULL;
    }
}

/* --- states ----------------------------------------------------------------------------------- */

static void put_data(struct sender *sender)
{
    const struct sender_purpose *purpose = &sender->purpose;
    struct buf data = buf_over(sender->data, sizeof sender->data);
    if (purpose->kind == SENDER_ANCHOR) {
        nova_abi_put_anchor(&data, purpose->height, purpose->hash, purpose->follows);
    } else if (purpose->kind == SENDER_ROOT_HASH) {
        nova_abi_put_word(&data, NOVA_ABI_SET_MASTER_SECRET_HASH, purpose->hash);
    } else {
        bool proposes = purpose->kind == SENDER_PROPOSE;
        nova_abi_put_numbered(&data, proposes ? NOVA_ABI_PROPOSE_EPOCH : NOVA_ABI_EXECUTE,
                              purpose->height, purpose->hash);
    }
    INVARIANT(!data.failed);
    sender->data_len = data.len;
}

void sender_read(struct sender *sender, uint64_t now_ms)
{
    static const enum sender_call_kind calls[] = {
        SENDER_CALL_CHAIN, SENDER_CALL_BLOCK,   SENDER_CALL_COUNT,   SENDER_CALL_TIP,
        SENDER_CALL_VALUE, SENDER_CALL_BALANCE, SENDER_CALL_ESTIMATE};
    sender->tries++;
    sender->missing = 0;
    sender->state = SENDER_READING;
    sender_round_begin(sender, now_ms, calls, sizeof calls / sizeof calls[0]);
}

void sender_send(struct sender *sender, uint64_t now_ms)
{
    static const enum sender_call_kind calls[] = {SENDER_CALL_SEND};
    sender->state = SENDER_SENDING;
    sender_round_begin(sender, now_ms, calls, 1);
}

void sender_follow(struct sender *sender, uint64_t now_ms)
{
    sender->state = SENDER_FOLLOWING;
    sender->look_ms = now_ms + SENDER_LOOK_MS;
}

static void look_for_receipts(struct sender *sender, uint64_t now_ms)
{
    enum sender_call_kind calls[SENDER_CALLS_MAX] = {SENDER_CALL_CHAIN, SENDER_CALL_BLOCK,
                                                     SENDER_CALL_COUNT, SENDER_CALL_TIP};
    size_t count = 4;
    for (size_t i = 0; i < sender->versions_count; i++) {
        calls[count++] = (enum sender_call_kind)(SENDER_CALL_RECEIPT + i);
    }
    sender_round_begin(sender, now_ms, calls, count);
}

void sender_end(struct sender *sender, struct status status)
{
    sender->state = SENDER_IDLE;
    sender->has_round = false;
    sender->is_sent = false;
    sender->has_outcome = true;
    sender->outcome = status;
    sender->changes++;
}

bool sender_is_same(const struct sender_purpose *a, const struct sender_purpose *b)
{
    return a->kind == b->kind && a->height == b->height &&
           bytes_equal(BYTES_ARRAY(a->hash), BYTES_ARRAY(b->hash)) &&
           bytes_equal(BYTES_ARRAY(a->follows), BYTES_ARRAY(b->follows));
}

struct status sender_ask(struct sender *sender, uint64_t now_ms,
                         const struct sender_purpose *purpose)
{
    bool is_same = sender->has_purpose && sender_is_same(&sender->purpose, purpose);
    if (sender->state != SENDER_IDLE) {
        bool is_stuck =
            sender->state == SENDER_FOLLOWING && now_ms - sender->first_ms >= SENDER_STUCK_MS;
        if (is_same || !is_stuck) {
            return !is_same ? FAIL(OVERLOADED) : sender->is_sent ? OK : FAIL(REGISTRY_PENDING);
        }
    } else if (is_same && sender->has_outcome) {
        sender->has_outcome = false;
        return sender->outcome;
    }
    sender->purpose = *purpose;
    sender->has_purpose = true;
    sender->has_outcome = false;
    sender->is_sent = false;
    sender->is_reverted = false;
    sender->tries = 0;
    sender->state = SENDER_READING;
    /* Who asks is not who posts: bodies of before may be on their way. */
    sender->has_round = false;
    sender->is_to_read = true;
    put_data(sender);
    return FAIL(REGISTRY_PENDING);
}

static void end_round(struct sender *sender, uint64_t now_ms)
{
    sender->has_round = false;
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        sender->places[i].is_busy = false;
        sender->places[i].is_to_post = false;
    }
    if (sender->state == SENDER_READING) {
        sender_judge_read(sender, now_ms);
    } else if (sender->state == SENDER_SENDING) {
        sender_judge_sent(sender, now_ms);
    } else {
        sender_judge_look(sender, now_ms);
    }
}

/* --- actions ---------------------------------------------------------------------------------- */

static struct eth_transaction transaction_of(const struct sender *sender)
{
    return (struct eth_transaction){
        .chain_id = sender->setup.chain_id,
        .nonce = sender->nonce,
        .max_priority_fee_per_gas = sender->fees.tip,
        .max_fee_per_gas = sender->fees.fee,
        .gas_limit = sender->gas,
        .to = sender->setup.registry,
        .data = {sender->data, sender->data_len},
    };
}

bool sender_next(struct sender *sender, uint64_t now_ms, struct sender_action *ret_action,
                 uint64_t *ret_due_ms)
{
    if (sender->is_to_read) {
        sender->is_to_read = false;
        sender_read(sender, now_ms);
    }
    while (sender->has_round && sender_round_is_over(sender, now_ms)) {
        end_round(sender, now_ms);
    }
    bool follows = sender->state == SENDER_FOLLOWING;
    if (follows && !sender->has_round && now_ms >= sender->look_ms) {
        look_for_receipts(sender, now_ms);
    }
    *ret_due_ms = sender->has_round ? sender->deadline_ms : follows ? sender->look_ms : UINT64_MAX;
    if (sender->is_to_sign) {
        sender->is_to_sign = false;
        *ret_action =
            (struct sender_action){.kind = SENDER_SIGN, .transaction = transaction_of(sender)};
        return true;
    }
    return sender->has_round && sender_round_post(sender, now_ms, ret_action);
}

/* What came back must be what was asked for, by our wallet: nothing else is sent. */
static struct status check_signed(const struct sender *sender, struct bytes raw)
{
    struct eth_address who;
    const struct eth_transaction transaction = transaction_of(sender);
    if (raw.len > SENDER_RAW) {
        return FAIL(SELF_CHECK);
    }
    TRY(status_judged(eth_transaction_signer(&transaction, raw, &who), FAIL(SELF_CHECK)));
    return eth_address_equal(&who, &sender->setup.wallet) ? OK : FAIL(SELF_CHECK);
}

void sender_signed(struct sender *sender, uint64_t now_ms, struct status status, struct bytes raw)
{
    if (sender->state != SENDER_SIGNING) {
        return;
    }
    if (status_is_ok(status)) {
        status = check_signed(sender, raw);
    }
    if (!status_is_ok(status) && sender->is_sent) {
        sender->sent_ms = now_ms;
        sender_follow(sender, now_ms);
        return;
    }
    if (!status_is_ok(status)) {
        sender_end(sender, status);
        return;
    }
    struct sender_version *version = &sender->versions[sender->versions_count++];
    eth_transaction_hash(raw, version->hash);
    version->fees = sender->fees;
    sender->versions_nonce = sender->nonce;
    sender->versions_purpose = sender->purpose;
    memcpy(sender->raw, raw.ptr, raw.len);
    sender->raw_len = raw.len;
    sender->tries++;
    sender_send(sender, now_ms);
}

enum sender_state sender_state(const struct sender *sender)
{
    return sender->state;
}

uint64_t sender_changes(const struct sender *sender)
{
    return sender->changes;
}

/* --- words ------------------------------------------------------------------------------------ */

/* In: word, lower case. */
static bool has_word(struct bytes text, const char *word)
{
    size_t len = strlen(word);
    for (size_t at = 0; at + len <= text.len; at++) {
        size_t same = 0;
        while (same < len) {
            uint8_t c = text.ptr[at + same];
            c = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
            if (c != (uint8_t)word[same]) {
                break;
            }
            same++;
        }
        if (same == len) {
            return true;
        }
    }
    return false;
}

/* Of geth, Nethermind, Besu, Erigon, Reth and anvil; there is no code that tells them apart. */
enum sender_verdict sender_verdict_of(struct bytes message)
{
    static const struct {
        const char *word;
        enum sender_verdict verdict;
    } rows[] = {
        {"already known", SENDER_ACCEPTED},
        {"alreadyknown", SENDER_ACCEPTED},
        {"already imported", SENDER_ACCEPTED},
        {"known transaction", SENDER_ACCEPTED},
        {"nonce too low", SENDER_STALE},
        {"nonce is too low", SENDER_STALE},
        {"nonce below", SENDER_STALE},
        {"oldnonce", SENDER_STALE},
        {"underpriced", SENDER_CHEAP},
        {"fee too low", SENDER_CHEAP},
        {"feetoolow", SENDER_CHEAP},
        {"less than block base fee", SENDER_CHEAP},
        {"gas price too low", SENDER_CHEAP},
        {"gas price below", SENDER_CHEAP},
        {"replacement not allowed", SENDER_CHEAP},
        {"insufficient funds", SENDER_POOR},
        {"insufficientfunds", SENDER_POOR},
        {"insufficient balance", SENDER_POOR},
        {"upfront cost exceeds", SENDER_POOR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (has_word(message, rows[i].word)) {
            return rows[i].verdict;
        }
    }
    return SENDER_REFUSED;
}

/* --- reports ---------------------------------------------------------------------------------- */

struct sender_report *sender_report(struct sender *sender, enum sender_report_kind kind)
{
    if (sender->reports_count == SENDER_REPORTS) {
        sender->reports_first = (sender->reports_first + 1) % SENDER_REPORTS;
        sender->reports_count--;
    }
    size_t at = (sender->reports_first + sender->reports_count++) % SENDER_REPORTS;
    sender->reports[at] = (struct sender_report){.kind = kind};
    return &sender->reports[at];
}

bool sender_take_report(struct sender *sender, struct sender_report *ret)
{
    if (sender->reports_count == 0) {
        return false;
    }
    *ret = sender->reports[sender->reports_first];
    sender->reports_first = (sender->reports_first + 1) % SENDER_REPORTS;
    sender->reports_count--;
    return true;
}
