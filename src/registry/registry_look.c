#include <string.h>

#include "digest/keccak256.h"
#include "registry/registry_view_internal.h"

static bool same_hash(const uint8_t a[static REGISTRY_HASH], const uint8_t b[static REGISTRY_HASH])
{
    return bytes_equal((struct bytes){a, REGISTRY_HASH}, (struct bytes){b, REGISTRY_HASH});
}

static bool is_zero(const uint8_t hash[static REGISTRY_HASH])
{
    static const uint8_t zero[REGISTRY_HASH];
    return same_hash(hash, zero);
}

/* --- heads: where each endpoint is, and whether it is on the right chain --- */

/* Those that are not left out; everybody when they are too few for a quorum, and after they came to
 * nothing or contradicted each other: one of them may be bad now, and who was left out well
 * again. */
static uint32_t whom_to_ask(const struct registry_view *view)
{
    uint32_t mask = 0;
    uint32_t all = 0;
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        const struct registry_endpoint *endpoint = &view->endpoint[i];
        all |= 1u << i;
        if (endpoint->is_good || view->now.ms >= endpoint->until_ms) {
            mask |= 1u << i;
        }
    }
    bool are_enough = registry_view_count(mask) >= view->setup.quorum;
    return are_enough && view->failed == 0 && !view->was_split ? mask : all;
}

static void ask(struct registry_view *view, enum registry_read_kind kind,
                const struct eth_address *to, uint32_t endpoints)
{
    struct registry_read read = {.kind = kind};
    if (to != NULL) {
        read.to = *to;
    }
    if (endpoints != 0) {
        registry_view_add(view, &read, endpoints,
                          (struct registry_purpose){.topic = REGISTRY_TOPIC_BLOCK});
    }
}

void registry_view_start_heads(struct registry_view *view)
{
    uint32_t mask = whom_to_ask(view);
    uint32_t check = 0;
    view->was_split = false;
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        view->endpoint[i].has_heads = false;
        check |= view->endpoint[i].needs_check ? mask & 1u << i : 0;
    }
    registry_view_begin(view, REGISTRY_STAGE_HEADS);
    view->look_ms = view->now.ms;
    ask(view, REGISTRY_READ_CHAIN_ID, NULL, mask);
    ask(view, REGISTRY_READ_LATEST, NULL, mask);
    if (view->setup.has_finality) {
        ask(view, REGISTRY_READ_SAFE, NULL, mask);
        ask(view, REGISTRY_READ_FINALIZED, NULL, mask);
    }
    ask(view, REGISTRY_READ_BLOCK, NULL, check);
    ask(view, REGISTRY_READ_CODE, &view->setup.registry, check);
    if (!eth_address_is_zero(&view->setup.kms_registry)) {
        ask(view, REGISTRY_READ_CODE, &view->setup.kms_registry, check);
    }
}

/* Without an expected hash there must only be some code. */
static bool is_right_code(const struct registry_view *view, const struct registry_read *read,
                          struct bytes code)
{
    bool is_kms = eth_address_equal(&read->to, &view->setup.kms_registry);
    const uint8_t *expected = is_kms ? view->setup.kms_registry_code : view->setup.registry_code;
    uint8_t hash[REGISTRY_HASH];
    keccak256_hash(code, hash);
    return code.len != 0 && (is_zero(expected) || same_hash(hash, expected));
}

/* What an answer says against its endpoint; REGISTRY_REPORT_GOOD: nothing. */
static enum registry_report_kind fault_of(const struct registry_view *view,
                                          const struct registry_read *read,
                                          const struct registry_answer *answer)
{
    switch (read->kind) {
    case REGISTRY_READ_CHAIN_ID:
        return answer->kind == REGISTRY_ANSWER_NUMBER && answer->number == view->setup.chain_id
                   ? REGISTRY_REPORT_GOOD
                   : REGISTRY_REPORT_WRONG_CHAIN;
    case REGISTRY_READ_BLOCK:
        return answer->kind == REGISTRY_ANSWER_BLOCK && answer->number == 0 &&
                       same_hash(answer->hash, view->setup.genesis)
                   ? REGISTRY_REPORT_GOOD
                   : REGISTRY_REPORT_WRONG_GENESIS;
    case REGISTRY_READ_CODE:
        return answer->kind == REGISTRY_ANSWER_BYTES && is_right_code(view, read, answer->data)
                   ? REGISTRY_REPORT_GOOD
                   : REGISTRY_REPORT_WRONG_CODE;
    case REGISTRY_READ_LATEST:
    case REGISTRY_READ_SAFE:
    case REGISTRY_READ_FINALIZED:
    case REGISTRY_READ_CALL:
    default:
        return answer->kind == REGISTRY_ANSWER_BLOCK ? REGISTRY_REPORT_GOOD
                                                     : REGISTRY_REPORT_UNREACHABLE;
    }
}

static void take_head(struct registry_endpoint *endpoint, const struct registry_read *read,
                      const struct registry_answer *answer)
{
    if (read->kind == REGISTRY_READ_LATEST) {
        endpoint->head[REGISTRY_DEPTH_LATEST] = answer->number;
    } else if (read->kind == REGISTRY_READ_SAFE) {
        endpoint->head[REGISTRY_DEPTH_SAFE] = answer->number;
    } else if (read->kind == REGISTRY_READ_FINALIZED) {
        endpoint->head[REGISTRY_DEPTH_FINAL] = answer->number;
    }
}

/* Everything that the endpoint was asked must be there and right. */
static enum registry_report_kind check_heads(struct registry_view *view,
                                             const struct registry_answers *answers)
{
    uint32_t bit = 1u << answers->endpoint;
    for (size_t i = 0; i < answers->count; i++) {
        const struct registry_answer *answer = &answers->list[i];
        if (answer->read >= view->count || answer->kind == REGISTRY_ANSWER_NONE ||
            (view->read[answer->read].endpoints & bit) == 0) {
            continue;
        }
        enum registry_report_kind fault = fault_of(view, &view->read[answer->read], answer);
        if (fault != REGISTRY_REPORT_GOOD) {
            return fault;
        }
        view->tally[answer->read].answered |= bit;
        take_head(&view->endpoint[answers->endpoint], &view->read[answer->read], answer);
    }
    for (size_t i = 0; i < view->count; i++) {
        if ((view->read[i].endpoints & ~view->tally[i].answered & bit) != 0) {
            return REGISTRY_REPORT_UNREACHABLE;
        }
    }
    return REGISTRY_REPORT_GOOD;
}

void registry_view_take_heads(struct registry_view *view, const struct registry_answers *answers)
{
    struct registry_endpoint *endpoint = &view->endpoint[answers->endpoint];
    enum registry_report_kind fault = check_heads(view, answers);
    if (fault != REGISTRY_REPORT_GOOD) {
        registry_view_suspend(view, answers->endpoint, fault);
        return;
    }
    /* What was checked came over the very connection that is new. */
    endpoint->needs_check = answers->is_new && !endpoint->needs_check;
    endpoint->has_heads = true;
    endpoint->failures = 0;
    if (!endpoint->is_good) {
        endpoint->is_good = true;
        endpoint->reported = REGISTRY_REPORT_GOOD;
        registry_view_note(view, REGISTRY_REPORT_GOOD, answers->endpoint, 0);
    }
}

/* The highest number that the quorum has reached, at most limit. */
static uint64_t reached(const struct registry_view *view, enum registry_depth depth, uint64_t limit)
{
    uint64_t best = 0;
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        size_t others = 0;
        uint64_t number = view->endpoint[i].head[depth];
        for (size_t j = 0; j < view->setup.endpoints; j++) {
            others += view->endpoint[j].has_heads && view->endpoint[j].head[depth] >= number;
        }
        if (view->endpoint[i].has_heads && others >= view->setup.quorum && number > best) {
            best = number;
        }
    }
    return best < limit ? best : limit;
}

static void choose_readers(struct registry_view *view, uint64_t latest)
{
    view->readers = 0;
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        const struct registry_endpoint *endpoint = &view->endpoint[i];
        uint64_t head = endpoint->head[REGISTRY_DEPTH_LATEST];
        if (endpoint->has_heads && head >= latest) {
            view->readers |= 1u << i;
        } else if (endpoint->has_heads && latest - head > REGISTRY_VIEW_LAG_BLOCKS) {
            registry_view_suspend(view, i, REGISTRY_REPORT_LAGS);
        }
    }
}

static void ask_number(struct registry_view *view, uint64_t number)
{
    for (size_t i = 0; i < view->count; i++) {
        if (view->read[i].number == number) {
            return;
        }
    }
    struct registry_read read = {.kind = REGISTRY_READ_BLOCK, .number = number};
    registry_view_add(view, &read, view->readers,
                      (struct registry_purpose){.topic = REGISTRY_TOPIC_BLOCK});
}

void registry_view_end_heads(struct registry_view *view)
{
    size_t heads = 0;
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        heads += view->endpoint[i].has_heads;
    }
    if (heads < view->setup.quorum) {
        registry_view_rest_failed(view);
        return;
    }
    uint64_t latest = reached(view, REGISTRY_DEPTH_LATEST, UINT64_MAX);
    uint64_t depth = view->setup.confirmations < latest ? view->setup.confirmations : latest;
    bool tags = view->setup.has_finality;
    const uint64_t numbers[REGISTRY_DEPTHS] = {
        [REGISTRY_DEPTH_LATEST] = latest,
        [REGISTRY_DEPTH_GRANT] = latest - depth,
        [REGISTRY_DEPTH_SAFE] = tags ? reached(view, REGISTRY_DEPTH_SAFE, latest) : latest - depth,
        [REGISTRY_DEPTH_FINAL] =
            tags ? reached(view, REGISTRY_DEPTH_FINAL, latest) : latest - depth,
    };
    choose_readers(view, latest);
    view->has_blocks = false;
    registry_view_begin(view, REGISTRY_STAGE_BLOCKS);
    memset(view->named, 0, sizeof view->named);
    for (size_t i = 0; i < REGISTRY_DEPTHS; i++) {
        view->block[i] = (struct registry_block){.number = numbers[i]};
        ask_number(view, numbers[i]);
    }
    for (size_t i = 0; i < REGISTRY_DEPTHS; i++) {
        if (view->used[i].is_known && view->used[i].number <= latest) {
            ask_number(view, view->used[i].number);
        }
    }
}

/* --- blocks: what the quorum calls them --- */

void registry_view_take_block(struct registry_view *view, size_t item,
                              const struct registry_answer *answer)
{
    uint64_t number = view->read[item].number;
    if (answer->kind == REGISTRY_ANSWER_BLOCK && answer->number == number) {
        view->named[item] = (struct registry_block){true, number, {0}, answer->time};
        memcpy(view->named[item].hash, answer->hash, REGISTRY_HASH);
    }
}

/* The item about a number; count when there is none. */
static size_t item_of(const struct registry_view *view, uint64_t number)
{
    size_t item = 0;
    while (item < view->count && view->read[item].number != number) {
        item++;
    }
    return item;
}

/* At the tip endpoints may differ for a moment; about a deep block they do not, unless they follow
 * another chain. */
static void judge_forks(struct registry_view *view)
{
    size_t item = item_of(view, view->block[REGISTRY_DEPTH_GRANT].number);
    uint32_t differ = registry_tally_differ(&view->tally[item]);
    uint32_t agree = registry_tally_agree(&view->tally[item]);
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        struct registry_endpoint *endpoint = &view->endpoint[i];
        endpoint->forked += differ >> i & 1;
        if (agree >> i & 1) {
            endpoint->forked = 0;
        } else if (endpoint->forked >= REGISTRY_VIEW_FORKED_MAX) {
            endpoint->forked = 0;
            registry_view_suspend(view, i, REGISTRY_REPORT_LIES);
        }
    }
}

/* Give the blocks of this look their hashes, and keep the readers that gave the same.
 * Returns: false when one has none or too few readers know them all. */
static bool name_blocks(struct registry_view *view)
{
    for (size_t i = 0; i < REGISTRY_DEPTHS; i++) {
        size_t item = item_of(view, view->block[i].number);
        if (!view->named[item].is_known) {
            return false;
        }
        view->block[i] = view->named[item];
        view->readers &= registry_tally_agree(&view->tally[item]);
    }
    return registry_view_count(view->readers) >= view->setup.quorum;
}

enum canonical {
    CANONICAL_YES,
    CANONICAL_NO,
    CANONICAL_UNKNOWN,
};

/* Whether a block that records were read at is still in the chain. The newest of each depth is
 * enough: it was read at while the one before it was known to be in. */
static enum canonical is_canonical(const struct registry_view *view, enum registry_depth depth)
{
    const struct registry_block *used = &view->used[depth];
    if (!used->is_known) {
        return CANONICAL_YES;
    }
    size_t item = item_of(view, used->number);
    if (item == view->count || !view->named[item].is_known) {
        return CANONICAL_UNKNOWN;
    }
    return same_hash(view->named[item].hash, used->hash) ? CANONICAL_YES : CANONICAL_NO;
}

static uint64_t in_use_since(const struct registry_view *view)
{
    uint64_t now_ms = view->now.ms;
    return now_ms > REGISTRY_VIEW_IN_USE_MS ? now_ms - REGISTRY_VIEW_IN_USE_MS : 0;
}

static void forget_blocks(struct registry_view *view, enum registry_depth depth)
{
    registry_view_note(view, REGISTRY_REPORT_REORG, 0, view->used[depth].number);
    registry_table_drop_grants(&view->table, in_use_since(view));
    memset(view->used, 0, sizeof view->used);
    view->has_head = false;
    view->seen_ms = 0;
    view->changes++;
}

/* Drop what stands on blocks that left the chain. Returns: false while that cannot be said, or
 * when the chain has nothing newer than what is known. */
static bool check_chain(struct registry_view *view)
{
    for (enum registry_depth depth = REGISTRY_DEPTH_GRANT; depth < REGISTRY_DEPTHS; depth++) {
        enum canonical canonical = is_canonical(view, depth);
        if (canonical == CANONICAL_UNKNOWN) {
            return false;
        }
        if (canonical == CANONICAL_NO) {
            forget_blocks(view, depth);
            return true;
        }
    }
    /* What is read at an older block is as old as that, even where nothing was read since. */
    if (view->has_head && view->block[REGISTRY_DEPTH_LATEST].number < view->head_number) {
        return false;
    }
    enum canonical tip = is_canonical(view, REGISTRY_DEPTH_LATEST);
    if (tip == CANONICAL_NO) {
        /* The new tip may deny what the old one allowed. */
        registry_table_refresh(&view->table, in_use_since(view), UINT64_MAX, UINT64_MAX);
    }
    return tip != CANONICAL_UNKNOWN;
}

/* So old is the newest block by its own time. */
static uint64_t block_age_ms(const struct registry_view *view, const struct registry_block *block)
{
    uint64_t wall_ms = view->now.wall.hi_ms;
    bool is_past = block->time < wall_ms / 1000;
    return is_past ? wall_ms - block->time * 1000 : 0;
}

/* A newest block that was known before makes nothing newer: a chain that stopped ages. */
static void note_head(struct registry_view *view)
{
    const struct registry_block *latest = &view->block[REGISTRY_DEPTH_LATEST];
    uint64_t confirmed_time = view->block[REGISTRY_DEPTH_GRANT].time;
    view->confirmed_time =
        confirmed_time > view->confirmed_time ? confirmed_time : view->confirmed_time;
    view->has_blocks = true;
    view->failed = 0;
    view->blocks_ms = view->now.ms;
    if (view->has_head && latest->number <= view->head_number) {
        return;
    }
    uint64_t age_ms = block_age_ms(view, latest);
    uint64_t made_ms = age_ms < view->now.ms ? view->now.ms - age_ms : 0;
    uint64_t seen_ms = made_ms < view->look_ms ? made_ms : view->look_ms;
    view->seen_ms = seen_ms > view->seen_ms ? seen_ms : view->seen_ms;
    view->has_head = true;
    view->head_number = latest->number;
    view->head_time = latest->time;
}

void registry_view_end_blocks(struct registry_view *view)
{
    judge_forks(view);
    if (!name_blocks(view) || !check_chain(view)) {
        registry_view_rest_failed(view);
        return;
    }
    note_head(view);
    uint64_t now_ms = view->now.ms;
    uint64_t old_ms = now_ms > REGISTRY_VIEW_REFRESH_MS ? now_ms - REGISTRY_VIEW_REFRESH_MS : 0;
    registry_table_refresh(&view->table, in_use_since(view), old_ms,
                           view->block[REGISTRY_DEPTH_LATEST].number);
    if (view->is_again) {
        view->is_again = false;
        registry_view_want_peers(view, view->block[REGISTRY_DEPTH_LATEST].number);
    }
    registry_view_start_records(view);
}

bool registry_view_has_blocks(const struct registry_view *view)
{
    return view->has_blocks && view->now.ms - view->blocks_ms < REGISTRY_VIEW_BLOCK_MS &&
           registry_view_count(view->readers) >= view->setup.quorum;
}
