#include <stdio.h>
#include <string.h>

#include "rpc/sender_internal.h"

enum {
    GAS_UNKNOWN = 300000,     /* where no endpoint estimates: enough for the largest records */
    TIP_UNKNOWN = 1000000000, /* where none names one */
};

static bool has_fact(const struct sender_place *place, enum sender_call_kind kind)
{
    return place->is_good && (place->facts.has & 1u << kind) != 0;
}

/* --- what a quorum says ----------------------------------------------------------------------- */

/* A number: the greatest that so many say, or exceed. In: offset, in the facts. Returns: how many
 * said one; *ret is 0 when none did. */
static size_t quorum_number(const struct sender *sender, enum sender_call_kind kind, size_t offset,
                            uint64_t *ret)
{
    uint64_t sorted[SENDER_ENDPOINTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        const struct sender_place *place = &sender->places[i];
        if (!has_fact(place, kind)) {
            continue;
        }
        uint64_t value;
        memcpy(&value, (const uint8_t *)&place->facts + offset, sizeof value);
        size_t at = count++;
        for (; at > 0 && sorted[at - 1] < value; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = value;
    }
    size_t wanted = count < sender->setup.quorum ? count : sender->setup.quorum;
    *ret = wanted == 0 ? 0 : sorted[wanted - 1];
    return count;
}

#define QUORUM_NUMBER(sender, kind, member, ret) \
    quorum_number((sender), (kind), offsetof(struct sender_facts, member), (ret))

/* How many transactions the wallet has in blocks: the same for a quorum, since with less than the
 * truth a transaction would be signed for a place that is taken. */
static bool quorum_count(const struct sender *sender, uint64_t *ret)
{
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        size_t same = 0;
        for (size_t j = 0; j < sender->setup.endpoints; j++) {
            same += has_fact(&sender->places[i], SENDER_CALL_COUNT) &&
                    has_fact(&sender->places[j], SENDER_CALL_COUNT) &&
                    sender->places[i].facts.count == sender->places[j].facts.count;
        }
        if (same >= sender->setup.quorum) {
            *ret = sender->places[i].facts.count;
            return true;
        }
    }
    return false;
}

static bool is_same_value(const struct sender_facts *a, const struct sender_facts *b)
{
    return a->is_value_bad == b->is_value_bad &&
           (a->is_value_bad ||
            (a->value.height == b->value.height &&
             bytes_equal(BYTES_ARRAY(a->value.header), BYTES_ARRAY(b->value.header))));
}

/* What the contract has now, as a quorum says it; NULL when there is none. */
static const struct sender_facts *quorum_value(const struct sender *sender)
{
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        const struct sender_facts *one = &sender->places[i].facts;
        size_t same = 0;
        for (size_t j = 0; j < sender->setup.endpoints; j++) {
            same += has_fact(&sender->places[i], SENDER_CALL_VALUE) &&
                    has_fact(&sender->places[j], SENDER_CALL_VALUE) &&
                    is_same_value(one, &sender->places[j].facts);
        }
        if (same >= sender->setup.quorum) {
            return one;
        }
    }
    return NULL;
}

/* Why the contract would refuse, as a quorum says it: "" when they differ, NULL when it would not.
 */
static const char *quorum_refusal(const struct sender *sender)
{
    size_t refusals = 0;
    const char *reason = "";
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        const struct sender_place *one = &sender->places[i];
        size_t same = 0;
        if (!has_fact(one, SENDER_CALL_ESTIMATE) || !one->facts.is_revert) {
            continue;
        }
        refusals++;
        for (size_t j = 0; j < sender->setup.endpoints; j++) {
            const struct sender_place *other = &sender->places[j];
            same += has_fact(other, SENDER_CALL_ESTIMATE) && other->facts.is_revert &&
                    strcmp(one->facts.reason, other->facts.reason) == 0;
        }
        reason = same >= sender->setup.quorum ? one->facts.reason : reason;
    }
    return refusals >= sender->setup.quorum ? reason : NULL;
}

/* --- what is there ---------------------------------------------------------------------------- */

static struct status judge_chain(struct sender *sender)
{
    size_t wrong = 0;
    size_t good = 0;
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        const struct sender_place *place = &sender->places[i];
        good += place->is_good;
        if (!place->is_good && (place->facts.has & 1u << SENDER_CALL_CHAIN) != 0) {
            wrong++;
            sender_report(sender, SENDER_REPORT_CHAIN)->endpoint = i;
        }
    }
    if (good >= sender->setup.quorum) {
        return OK;
    }
    bool is_wrong = wrong > sender->setup.endpoints - sender->setup.quorum;
    return is_wrong ? FAIL(WRONG_CHAIN) : FAIL(REGISTRY_LOST);
}

/* Returns: OK, with *ret_is_there when nothing is to be written. */
static struct status judge_value(const struct sender *sender, bool *ret_is_there)
{
    static const uint8_t none[REGISTRY_HASH];
    const struct sender_purpose *purpose = &sender->purpose;
    const struct sender_facts *facts = quorum_value(sender);
    *ret_is_there = false;
    if (facts == NULL || facts->is_value_bad) {
        return facts == NULL ? FAIL(REGISTRY_LOST) : FAIL(REGISTRY_MISMATCH);
    }
    const struct nova_abi_anchor *value = &facts->value;
    *ret_is_there = value->height == purpose->height &&
                    bytes_equal(BYTES_ARRAY(value->header), BYTES_ARRAY(purpose->hash));
    if (purpose->kind == SENDER_EXECUTE) {
        *ret_is_there = !*ret_is_there; /* what is proposed no more is done, or never will be */
        return OK;
    }
    if (*ret_is_there || purpose->kind == SENDER_PROPOSE) {
        return OK; /* whether another one may be proposed now says the contract */
    }
    if (purpose->kind == SENDER_ANCHOR) {
        bool is_base = bytes_equal(BYTES_ARRAY(value->header), BYTES_ARRAY(purpose->follows));
        return value->height >= purpose->height ? FAIL(ANCHOR_HEIGHT)
               : is_base                        ? OK
                                                : FAIL(ANCHOR_MOVED);
    }
    bool is_none = bytes_equal(BYTES_ARRAY(value->header), BYTES_ARRAY(none));
    return is_none ? OK : FAIL(ALREADY_PUBLISHED);
}

static struct status of_reason(const char *reason)
{
    static const struct {
        const char *reason;
        enum status_code code;
    } rows[] = {
        {"MasterSecretHashAlreadySet()", STATUS_ALREADY_PUBLISHED},
        {"NotAuthorizedToSetHash()", STATUS_NOT_A_PEER},
        {"NotEligible()", STATUS_NOT_A_PEER},
        {"WrongHeight()", STATUS_ANCHOR_HEIGHT},
        {"WrongPredecessor()", STATUS_ANCHOR_MOVED},
        {"ProposalPending()", STATUS_ALREADY_PUBLISHED},
        {"WrongEpoch()", STATUS_ALREADY_PUBLISHED},
    };
    struct status status = FAIL(CALL_REVERTED);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].reason, reason) == 0) {
            status.code = (uint16_t)rows[i].code;
        }
    }
    return status;
}

static struct status judge_refusal(struct sender *sender)
{
    const char *reason = quorum_refusal(sender);
    if (reason == NULL) {
        return sender->is_reverted ? FAIL(CALL_REVERTED) : OK;
    }
    struct sender_report *report = sender_report(sender, SENDER_REPORT_REFUSED);
    (void)snprintf(report->text, sizeof report->text, "%s", reason);
    return of_reason(reason);
}

/* --- what it costs ---------------------------------------------------------------------------- */

/* What one endpoint says to be needed is given, up to the limit: what is not used costs nothing. */
static struct status choose_gas(struct sender *sender)
{
    uint64_t agreed = 0;
    uint64_t most = 0;
    uint64_t limit = sender->setup.limits.gas;
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        const struct sender_place *place = &sender->places[i];
        bool is_more = has_fact(place, SENDER_CALL_ESTIMATE) && place->facts.gas > most;
        most = is_more ? place->facts.gas : most;
    }
    (void)QUORUM_NUMBER(sender, SENDER_CALL_ESTIMATE, gas, &agreed);
    most = most == 0 ? GAS_UNKNOWN : most;
    sender->gas = most >= limit || most + most / 4 >= limit ? limit : most + most / 4;
    if (agreed > limit) {
        sender_report(sender, SENDER_REPORT_FEE)->gas = agreed;
        return FAIL(FEE_LIMIT);
    }
    return OK;
}

/* The base fee may double before it is too low. */
static struct status choose_fees(struct sender *sender, struct sender_fees *ret)
{
    const struct sender_limits *limits = &sender->setup.limits;
    uint64_t base = 0;
    uint64_t tip = 0;
    *ret = (struct sender_fees){0, 0};
    if (QUORUM_NUMBER(sender, SENDER_CALL_BLOCK, base_fee, &base) < sender->setup.quorum) {
        return FAIL(REGISTRY_LOST);
    }
    if (base >= limits->fee) {
        sender_report(sender, SENDER_REPORT_FEE)->fee = base;
        return FAIL(FEE_LIMIT);
    }
    if (QUORUM_NUMBER(sender, SENDER_CALL_TIP, tip, &tip) == 0) {
        tip = TIP_UNKNOWN;
    }
    tip = tip < limits->tip ? tip : limits->tip;
    tip = tip < limits->fee - base ? tip : limits->fee - base;
    uint64_t rest = limits->fee - tip;
    ret->tip = tip;
    ret->fee = tip + (base <= rest / 2 ? 2 * base : rest);
    return OK;
}

static struct status judge_balance(struct sender *sender, const struct sender_fees *fees)
{
    uint64_t has = 0;
    uint64_t needs = sender->gas * fees->fee;
    if (QUORUM_NUMBER(sender, SENDER_CALL_BALANCE, balance, &has) < sender->setup.quorum) {
        return FAIL(REGISTRY_LOST);
    }
    if (has >= needs) {
        return OK;
    }
    struct sender_report *report = sender_report(sender, SENDER_REPORT_FUNDS);
    report->has = has;
    report->needs = needs;
    return FAIL(WALLET_FUNDS);
}

/* --- versions --------------------------------------------------------------------------------- */

/* A quarter more, and one. */
static uint64_t raised(uint64_t amount)
{
    return amount + amount / 4 + 1;
}

/* Endpoints take another one in the same place if both fees are a tenth higher, at least. */
static bool is_enough_above(uint64_t amount, uint64_t before)
{
    return amount >= before + before / 10 + 1;
}

bool sender_sign(struct sender *sender, struct sender_fees fees)
{
    if (sender->versions_count != 0) {
        uint64_t limit = sender->setup.limits.fee;
        struct sender_fees last = sender->versions[sender->versions_count - 1].fees;
        struct sender_fees more = {raised(last.fee), raised(last.tip)};
        fees.fee = fees.fee > more.fee ? fees.fee : more.fee;
        fees.tip = fees.tip > more.tip ? fees.tip : more.tip;
        fees.fee = fees.fee < limit ? fees.fee : limit;
        fees.tip = fees.tip < fees.fee ? fees.tip : fees.fee;
        if (sender->versions_count == SENDER_VERSIONS_MAX || !is_enough_above(fees.fee, last.fee) ||
            !is_enough_above(fees.tip, last.tip)) {
            return false;
        }
    }
    sender->fees = fees;
    sender->is_to_sign = true;
    sender->state = SENDER_SIGNING;
    return true;
}

/* Something in this place may be out there: the same is sent again, unless it is too cheap by now;
 * anything else has to be dearer. */
static struct status sign_or_send(struct sender *sender, uint64_t now_ms,
                                  const struct sender_fees *fees)
{
    if (sender->versions_nonce != sender->nonce) {
        sender->versions_count = 0;
    }
    bool is_same =
        sender->versions_count != 0 && sender_is_same(&sender->versions_purpose, &sender->purpose);
    if (is_same && fees->fee <= sender->versions[sender->versions_count - 1].fees.fee) {
        sender_send(sender, now_ms);
        return OK;
    }
    if (sender_sign(sender, *fees)) {
        return OK;
    }
    if (is_same) {
        sender_send(sender, now_ms);
        return OK;
    }
    sender_report(sender, SENDER_REPORT_FEE)->fee = raised(fees->fee);
    return FAIL(FEE_LIMIT);
}

/* --- the ends of rounds ----------------------------------------------------------------------- */

/* Out: *ret_is_over, when there is nothing to be done. */
static struct status judge_facts(struct sender *sender, uint64_t now_ms, bool *ret_is_over)
{
    struct sender_fees fees;
    *ret_is_over = false;
    TRY(judge_chain(sender));
    TRY(judge_value(sender, ret_is_over));
    if (*ret_is_over) {
        return OK;
    }
    TRY(judge_refusal(sender));
    if (!quorum_count(sender, &sender->nonce)) {
        return FAIL(REGISTRY_LOST);
    }
    TRY(choose_gas(sender));
    TRY(choose_fees(sender, &fees));
    TRY(judge_balance(sender, &fees));
    return sign_or_send(sender, now_ms, &fees);
}

void sender_judge_read(struct sender *sender, uint64_t now_ms)
{
    bool is_over = false;
    struct status status = judge_facts(sender, now_ms, &is_over);
    if (is_over || !status_is_ok(status)) {
        sender_end(sender, status);
    }
}

static bool has_verdict(const struct sender *sender, enum sender_verdict verdict)
{
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        if (sender->places[i].facts.verdict == verdict) {
            return true;
        }
    }
    return false;
}

static void report_verdicts(struct sender *sender)
{
    for (size_t i = 0; i < sender->setup.endpoints; i++) {
        const struct sender_facts *facts = &sender->places[i].facts;
        if (facts->verdict != SENDER_ACCEPTED && facts->verdict != SENDER_SILENT) {
            struct sender_report *report = sender_report(sender, SENDER_REPORT_ENDPOINT);
            report->endpoint = i;
            memcpy(report->text, facts->text, sizeof report->text);
        }
    }
}

/* Nobody took it. One that was sent before stays out there. */
static void end_or_follow(struct sender *sender, uint64_t now_ms, struct status status)
{
    if (sender->is_sent) {
        sender->sent_ms = now_ms;
        sender_follow(sender, now_ms);
    } else {
        sender_end(sender, status);
    }
}

static void judge_not_sent(struct sender *sender, uint64_t now_ms)
{
    bool may_try = sender->tries < SENDER_TRIES_MAX;
    report_verdicts(sender);
    if (has_verdict(sender, SENDER_STALE)) {
        if (may_try) {
            sender_read(sender, now_ms);
        } else {
            sender_end(sender, FAIL(RPC_ERROR));
        }
    } else if (has_verdict(sender, SENDER_CHEAP)) {
        if (!may_try || !sender_sign(sender, (struct sender_fees){0, 0})) {
            end_or_follow(sender, now_ms, FAIL(FEE_LIMIT));
        }
    } else if (has_verdict(sender, SENDER_POOR)) {
        end_or_follow(sender, now_ms, FAIL(WALLET_FUNDS));
    } else if (has_verdict(sender, SENDER_REFUSED)) {
        end_or_follow(sender, now_ms, FAIL(RPC_ERROR));
    } else {
        end_or_follow(sender, now_ms, FAIL(REGISTRY_LOST));
    }
}

void sender_judge_sent(struct sender *sender, uint64_t now_ms)
{
    const struct sender_version *last = &sender->versions[sender->versions_count - 1];
    if (!has_verdict(sender, SENDER_ACCEPTED)) {
        judge_not_sent(sender, now_ms);
        return;
    }
    struct sender_report *report =
        sender_report(sender, sender->is_sent ? SENDER_REPORT_DEARER : SENDER_REPORT_SENT);
    memcpy(report->transaction, last->hash, sizeof report->transaction);
    report->nonce = sender->nonce;
    report->fee = last->fees.fee;
    report->gas = sender->gas;
    if (!sender->is_sent) {
        sender->is_sent = true;
        sender->first_ms = now_ms;
        sender->changes++;
    }
    sender->tries = 0;
    sender->sent_ms = now_ms;
    sender_follow(sender, now_ms);
}

/* A version of which a quorum says that a block has it, with that outcome. */
static bool find_receipt(const struct sender *sender, enum sender_receipt receipt,
                         size_t *ret_version, uint64_t *ret_block)
{
    for (size_t version = 0; version < sender->versions_count; version++) {
        size_t same = 0;
        for (size_t i = 0; i < sender->setup.endpoints; i++) {
            const struct sender_place *place = &sender->places[i];
            if (place->is_good && place->facts.receipts[version] == receipt) {
                same++;
                *ret_block = place->facts.blocks[version];
            }
        }
        if (same >= sender->setup.quorum) {
            *ret_version = version;
            return true;
        }
    }
    return false;
}

static bool report_receipt(struct sender *sender, enum sender_receipt receipt)
{
    size_t version;
    uint64_t block = 0;
    if (!find_receipt(sender, receipt, &version, &block)) {
        return false;
    }
    struct sender_report *report = sender_report(
        sender, receipt == SENDER_DONE ? SENDER_REPORT_MINED : SENDER_REPORT_REVERTED);
    memcpy(report->transaction, sender->versions[version].hash, sizeof report->transaction);
    report->block = block;
    return true;
}

/* Not in a block for a while: the same again, dearer if that is allowed. */
static void send_again(struct sender *sender, uint64_t now_ms)
{
    struct sender_fees fees;
    bool has_fees = status_is_ok(choose_fees(sender, &fees));
    if (!has_fees || !sender_sign(sender, fees)) {
        sender_send(sender, now_ms);
    }
}

void sender_judge_look(struct sender *sender, uint64_t now_ms)
{
    uint64_t count = 0;
    if (report_receipt(sender, SENDER_DONE)) {
        sender_end(sender, OK);
        return;
    }
    if (report_receipt(sender, SENDER_REVERTED)) {
        sender->is_reverted = true;
        sender_read(sender, now_ms);
        return;
    }
    bool is_known = QUORUM_NUMBER(sender, SENDER_CALL_COUNT, count, &count) >= sender->setup.quorum;
    if (is_known && count > sender->versions_nonce) {
        sender->missing++;
    }
    if (sender->missing >= SENDER_MISSING_MAX) {
        sender_read(sender, now_ms);
    } else if (is_known && count <= sender->versions_nonce &&
               now_ms - sender->sent_ms >= sender->setup.limits.dearer_ms) {
        send_again(sender, now_ms);
    } else {
        sender_follow(sender, now_ms);
    }
}
