#include "rpc/chain_writer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/invariant.h"
#include "base/thread.h"
#include "fetch/fetch_many.h"

enum {
    WAIT_MS_MAX = 1000,
    ANSWER_MAX = 256 * 1024, /* bytes of one answer */
    TRANSACTION_TEXT = 2 * ETH_TRANSACTION_HASH,
    GWEI = 1000000000, /* wei */
};

struct chain_writer {
    struct chain_writer_setup setup;
    struct chain_writer_wake wake;
    struct fetch_many *fetch;
    struct thread thread;
    _Atomic bool is_stopping;
    uint64_t changes; /* the thread's own, as what follows */
    uint8_t raw[ETH_TRANSACTION_MAX];

    struct thread_lock lock; /* of the sender */
    struct sender *sender;
};

/* --- start and end ---------------------------------------------------------------------------- */

struct sender_limits chain_writer_limits(const struct config *config)
{
    return (struct sender_limits){
        .fee = config->tx_fee_gwei * GWEI,
        .tip = config->tx_tip_gwei * GWEI,
        .gas = config->tx_gas,
        .dearer_ms = (uint32_t)config->tx_again_ms,
    };
}

static struct status open_fetch(struct chain_writer *writer, const char **ret_where)
{
    const struct trust *trust = writer->setup.trust;
    const char *urls[TRUST_ENDPOINTS_MAX];
    for (size_t i = 0; i < trust->rpc_endpoint_count; i++) {
        urls[i] = trust->rpc_endpoints[i].text;
        *ret_where = urls[i];
        if (!fetch_many_url_valid(urls[i]) ||
            (trust->profile != TRUST_DEV && !fetch_many_url_private(urls[i]))) {
            return FAIL(CONFIG_INVALID);
        }
    }
    *ret_where = "";
    const struct fetch_many_setup fetch = {
        .count = trust->rpc_endpoint_count,
        .urls = urls,
        .ca_file = trust->rpc_ca_file[0] != '\0' ? trust->rpc_ca_file : NULL,
        .proxy = writer->setup.proxy,
        .answer_max = ANSWER_MAX,
        .mem = writer->setup.mem,
    };
    return fetch_many_open(&fetch, &writer->fetch);
}

static struct status open_sender(struct chain_writer *writer)
{
    const struct chain_writer_setup *setup = &writer->setup;
    struct sender_setup parts = {
        .endpoints = setup->trust->rpc_endpoint_count,
        .quorum = (size_t)setup->trust->rpc_quorum,
        .batch = setup->batch,
        .chain_id = setup->trust->chain_id,
        .wallet = setup->wallet.address,
        .limits = setup->limits,
        .mem = setup->mem,
    };
    memcpy(parts.registry.b, setup->trust->kms_registry, sizeof parts.registry.b);
    uint8_t *id = (uint8_t *)&parts.first_id;
    TRY(entropy_fill(&setup->entropy, id, sizeof parts.first_id));
    return sender_open(&parts, &writer->sender);
}

struct status chain_writer_open(const struct chain_writer_setup *setup, struct chain_writer **ret,
                                const char **ret_where)
{
    void *block = NULL;
    *ret = NULL;
    *ret_where = "";
    INVARIANT(setup->trust->rpc_endpoint_count != 0);
    TRY(mem_alloc(setup->mem, sizeof(struct chain_writer), &block));
    struct chain_writer *writer = block;
    writer->setup = *setup;
    thread_lock_init(&writer->lock);
    struct status status = open_fetch(writer, ret_where);
    if (status_is_ok(status)) {
        status = open_sender(writer);
    }
    if (!status_is_ok(status)) {
        chain_writer_close(&writer);
        return status;
    }
    *ret = writer;
    return OK;
}

void chain_writer_close(struct chain_writer **writer)
{
    struct chain_writer *one = *writer;
    if (one == NULL) {
        return;
    }
    chain_writer_stop(one);
    struct mem *mem = one->setup.mem;
    void *block = one;
    fetch_many_close(&one->fetch);
    sender_close(&one->sender);
    thread_lock_deinit(&one->lock);
    mem_free(mem, &block);
    *writer = NULL;
}

/* --- reports ---------------------------------------------------------------------------------- */

/* A hash as its digits: with 0x before them they would be too long for a token. */
static struct bytes digits_of(const uint8_t hash[static ETH_TRANSACTION_HASH],
                              uint8_t ret_text[static TRANSACTION_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ETH_TRANSACTION_HASH; i++) {
        ret_text[2 * i] = (uint8_t)digits[hash[i] >> 4];
        ret_text[2 * i + 1] = (uint8_t)digits[hash[i] & 15];
    }
    return (struct bytes){ret_text, TRANSACTION_TEXT};
}

static void log_sent(const struct log *log, const struct sender_report *report)
{
    uint8_t memory[TRANSACTION_TEXT];
    LOG_EVENT(log, INFO, "transaction sent",
              LOG_BOOL("again", report->kind == SENDER_REPORT_DEARER),
              LOG_TOKEN("transaction", digits_of(report->transaction, memory)),
              LOG_U64("nonce", report->nonce), LOG_U64("max_fee_wei", report->fee),
              LOG_U64("gas", report->gas));
}

static void log_mined(const struct log *log, const struct sender_report *report)
{
    uint8_t memory[TRANSACTION_TEXT];
    bool is_good = report->kind == SENDER_REPORT_MINED;
    const struct log_field fields[] = {
        LOG_TOKEN("transaction", digits_of(report->transaction, memory)),
        LOG_U64("block", report->block), LOG_BOOL("success", is_good)};
    log_write(log, is_good ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "transaction in a block", fields,
              sizeof fields / sizeof fields[0]);
}

static void log_funds(const struct chain_writer *writer, const struct sender_report *report)
{
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf wallet = buf_over(memory, sizeof memory);
    eth_address_put_checksum(&wallet, &writer->setup.wallet.address);
    LOG_EVENT(writer->setup.log, WARN, "the wallet cannot pay: send it what is missing",
              LOG_TOKEN("wallet", buf_bytes(&wallet)), LOG_U64("has_wei", report->has),
              LOG_U64("needs_wei", report->needs),
              LOG_U64("missing_wei", report->needs - report->has));
}

static void log_report(const struct chain_writer *writer, const struct sender_report *report)
{
    const struct log *log = writer->setup.log;
    const char *url = writer->setup.trust->rpc_endpoints[report->endpoint].text;
    switch (report->kind) {
    case SENDER_REPORT_REFUSED:
        LOG_EVENT(log, WARN, "the contract refuses a transaction",
                  LOG_TEXT("reason", report->text[0] == '\0' ? "unknown" : report->text));
        break;
    case SENDER_REPORT_FUNDS:
        log_funds(writer, report);
        break;
    case SENDER_REPORT_FEE:
        LOG_EVENT(log, WARN, "a transaction would cost more than is allowed",
                  LOG_U64("fee_wei", report->fee), LOG_U64("gas", report->gas));
        break;
    case SENDER_REPORT_ENDPOINT:
        LOG_EVENT(log, WARN, "RPC endpoint refuses a transaction",
                  LOG_TOKEN("reason", bytes_of(report->text)),
                  LOG_U64("endpoint", report->endpoint),
                  LOG_TOKEN("origin", fetch_many_origin(url)));
        break;
    case SENDER_REPORT_CHAIN:
        LOG_EVENT(log, WARN, "RPC endpoint", LOG_TEXT("reason", "is on another chain"),
                  LOG_U64("endpoint", report->endpoint),
                  LOG_TOKEN("origin", fetch_many_origin(url)));
        break;
    case SENDER_REPORT_SENT:
    case SENDER_REPORT_DEARER:
        log_sent(log, report);
        break;
    case SENDER_REPORT_MINED:
    case SENDER_REPORT_REVERTED:
    default:
        log_mined(log, report);
        break;
    }
}

static void log_reports(struct chain_writer *writer)
{
    struct sender_report report;
    bool is_there = true;
    while (is_there) {
        thread_lock_take(&writer->lock);
        is_there = sender_take_report(writer->sender, &report);
        thread_lock_give(&writer->lock);
        if (is_there) {
            log_report(writer, &report);
        }
    }
}

/* --- the thread ------------------------------------------------------------------------------- */

static uint64_t now_of(const struct chain_writer *writer)
{
    return clock_monotonic_ms(&writer->setup.clock);
}

static void hand_answer(struct chain_writer *writer, size_t endpoint, struct bytes body)
{
    uint64_t now_ms = now_of(writer);
    thread_lock_take(&writer->lock);
    sender_answered(writer->sender, now_ms, endpoint, body);
    thread_lock_give(&writer->lock);
}

/* The wallet may be far away: nobody waits for it but this thread. */
static void have_signed(struct chain_writer *writer, const struct eth_transaction *transaction)
{
    const struct chain_writer_wallet *wallet = &writer->setup.wallet;
    struct buf raw = buf_over(writer->raw, sizeof writer->raw);
    struct status status = wallet->sign(wallet->context, transaction, &raw);
    if (status_is_ok(status)) {
        status = buf_check(&raw);
    }
    uint64_t now_ms = now_of(writer);
    thread_lock_take(&writer->lock);
    sender_signed(writer->sender, now_ms, status, buf_bytes(&raw));
    thread_lock_give(&writer->lock);
}

static void carry_out(struct chain_writer *writer, const struct sender_action *action)
{
    const struct fetch_many_request request = {.body = action->body,
                                               .timeout_ms = action->timeout_ms};
    if (action->kind == SENDER_SIGN) {
        have_signed(writer, &action->transaction);
    } else if (!status_is_ok(fetch_many_start(writer->fetch, action->endpoint, &request))) {
        hand_answer(writer, action->endpoint, (struct bytes){NULL, 0});
    }
}

/* Do all that is due. Returns: how long nothing else is, in ms. */
static uint32_t turn(struct chain_writer *writer)
{
    struct sender_action action;
    uint64_t due_ms = 0;
    uint64_t now_ms = 0;
    uint64_t changes = 0;
    bool is_more = true;
    while (is_more && !writer->is_stopping) {
        now_ms = now_of(writer);
        thread_lock_take(&writer->lock);
        is_more = sender_next(writer->sender, now_ms, &action, &due_ms);
        changes = sender_changes(writer->sender);
        thread_lock_give(&writer->lock);
        if (is_more) {
            carry_out(writer, &action);
        }
    }
    log_reports(writer);
    if (changes != writer->changes) {
        writer->changes = changes;
        writer->wake.call(writer->wake.context);
    }
    uint64_t wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    return (uint32_t)(wait_ms < WAIT_MS_MAX ? wait_ms : WAIT_MS_MAX);
}

static void write_chain(void *context)
{
    struct chain_writer *writer = context;
    while (!writer->is_stopping) {
        struct fetch_many_answer answer;
        uint32_t wait_ms = turn(writer);
        if (fetch_many_wait(writer->fetch, wait_ms, &answer)) {
            bool is_answer = status_is_ok(answer.status) && answer.http == 200;
            hand_answer(writer, answer.place, is_answer ? answer.body : (struct bytes){NULL, 0});
        }
    }
}

struct status chain_writer_start(struct chain_writer *writer, struct chain_writer_wake wake)
{
    writer->wake = wake;
    writer->is_stopping = false;
    return thread_start(&writer->thread, "wallet", write_chain, writer);
}

void chain_writer_stop(struct chain_writer *writer)
{
    if (writer->thread.is_started) {
        writer->is_stopping = true;
        fetch_many_wake(writer->fetch);
        thread_join(&writer->thread);
    }
}

/* --- the port --------------------------------------------------------------------------------- */

static struct status ask_for(struct chain_writer *writer, const struct sender_purpose *purpose)
{
    uint64_t now_ms = now_of(writer);
    thread_lock_take(&writer->lock);
    struct status status = sender_ask(writer->sender, now_ms, purpose);
    thread_lock_give(&writer->lock);
    if (status.code == STATUS_REGISTRY_PENDING) {
        fetch_many_wake(writer->fetch);
    }
    return status;
}

static struct status publish_root(void *context, const uint8_t hash[static REGISTRY_HASH])
{
    struct sender_purpose purpose = {.kind = SENDER_ROOT_HASH};
    memcpy(purpose.hash, hash, sizeof purpose.hash);
    return ask_for(context, &purpose);
}

static struct status publish_anchor(void *context, const struct publisher_anchor *anchor)
{
    struct sender_purpose purpose = {.kind = SENDER_ANCHOR, .height = anchor->height};
    memcpy(purpose.hash, anchor->header, sizeof purpose.hash);
    memcpy(purpose.follows, anchor->follows, sizeof purpose.follows);
    return ask_for(context, &purpose);
}

static struct status propose_epoch(void *context, uint32_t epoch,
                                   const uint8_t commitment[static REGISTRY_HASH])
{
    struct sender_purpose purpose = {.kind = SENDER_PROPOSE, .height = epoch};
    memcpy(purpose.hash, commitment, sizeof purpose.hash);
    return ask_for(context, &purpose);
}

static struct status execute_epoch(void *context, uint64_t proposal,
                                   const uint8_t commitment[static REGISTRY_HASH])
{
    struct sender_purpose purpose = {.kind = SENDER_EXECUTE, .height = proposal};
    memcpy(purpose.hash, commitment, sizeof purpose.hash);
    return ask_for(context, &purpose);
}

struct publisher_port chain_writer_port(struct chain_writer *writer)
{
    return (struct publisher_port){writer, publish_root, publish_anchor, propose_epoch,
                                   execute_epoch};
}
