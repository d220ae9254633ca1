#include <string.h>

#include "base/buf.h"
#include "registry/registry_view_internal.h"

static bool same(const uint8_t a[static REGISTRY_ID], const uint8_t b[static REGISTRY_ID])
{
    return bytes_equal((struct bytes){a, REGISTRY_ID}, (struct bytes){b, REGISTRY_ID});
}

static enum registry_depth depth_of(const struct registry_entry *entry, enum registry_side side)
{
    if (side == REGISTRY_SIDE_LATEST) {
        return REGISTRY_DEPTH_LATEST;
    }
    return entry->role == REGISTRY_PEER ? REGISTRY_DEPTH_SAFE : REGISTRY_DEPTH_GRANT;
}

void registry_view_call(struct registry_view *view, struct registry_read *read,
                        const struct eth_address *to, enum registry_depth depth,
                        struct registry_purpose purpose)
{
    read->to = *to;
    read->number = view->block[depth].number;
    memcpy(read->hash, view->block[depth].hash, REGISTRY_HASH);
    registry_view_add(view, read, view->readers, purpose);
}

static void ask_part(struct registry_view *view, size_t slot, enum registry_side side,
                     enum registry_part part)
{
    struct registry_read read;
    struct registry_slot *one = &view->slot[slot];
    const struct registry_evidence *evidence = &one->side[side];
    if (part == REGISTRY_PART_INSTANCE) {
        registry_records_ask_instance(&one->entry->wallet, &read);
    } else if (part == REGISTRY_PART_APP) {
        registry_records_ask_app(evidence->app_id, &read);
    } else {
        registry_records_ask_version(evidence->app_id, evidence->version_id, &read);
    }
    registry_view_call(view, &read, &view->setup.registry, depth_of(one->entry, side),
                       (struct registry_purpose){REGISTRY_TOPIC_RECORD, (uint8_t)slot,
                                                 (uint8_t)side, (uint8_t)part});
}

static void ask_details(struct registry_view *view, size_t slot, enum registry_side side)
{
    struct registry_evidence *evidence = &view->slot[slot].side[side];
    evidence->is_known[REGISTRY_PART_APP] = false;
    evidence->is_known[REGISTRY_PART_VERSION] = false;
    ask_part(view, slot, side, REGISTRY_PART_APP);
    ask_part(view, slot, side, REGISTRY_PART_VERSION);
}

static void put_number(uint64_t number, uint8_t ret_id[static REGISTRY_ID])
{
    memset(ret_id, 0, REGISTRY_ID);
    struct buf out = buf_over(ret_id + REGISTRY_ID - 8, 8);
    buf_put_u64(&out, number);
}

/* Read the instance of a wallet on both sides, and of one that has a grant also the app and the
 * version that it had: most of the time they are still the ones. */
static void open_slot(struct registry_view *view, struct registry_entry *entry)
{
    size_t slot = view->slots++;
    view->slot[slot] = (struct registry_slot){.entry = entry};
    for (enum registry_side side = 0; side < REGISTRY_SIDES; side++) {
        ask_part(view, slot, side, REGISTRY_PART_INSTANCE);
        if (entry->kind == REGISTRY_TABLE_GRANTED) {
            struct registry_evidence *evidence = &view->slot[slot].side[side];
            memcpy(evidence->app_id, entry->grant.app_id, REGISTRY_ID);
            put_number(entry->grant.version_id, evidence->version_id);
            ask_details(view, slot, side);
        }
    }
}

static void open_slots(struct registry_view *view, enum registry_table_kind kind, size_t max)
{
    while (view->slots < max) {
        struct registry_entry *entry = registry_table_next(&view->table, kind);
        if (entry == NULL) {
            return;
        }
        open_slot(view, entry);
    }
}

static void ask_root(struct registry_view *view)
{
    struct registry_read read;
    if (eth_address_is_zero(&view->setup.kms_registry) || view->now.ms < view->root_due_ms) {
        return;
    }
    view->root_due_ms = view->now.ms + REGISTRY_VIEW_BLOCK_MS;
    registry_records_ask_root(&read);
    registry_view_call(view, &read, &view->setup.kms_registry, REGISTRY_DEPTH_FINAL,
                       (struct registry_purpose){.topic = REGISTRY_TOPIC_ROOT});
}

/* At the newest block: it only denies, and that early. */
static void ask_anchor(struct registry_view *view)
{
    struct registry_read read;
    if (eth_address_is_zero(&view->setup.kms_registry) || view->now.ms < view->anchor_due_ms) {
        return;
    }
    view->anchor_due_ms = view->now.ms + REGISTRY_VIEW_BLOCK_MS;
    registry_records_ask_anchor(&read);
    registry_view_call(view, &read, &view->setup.kms_registry, REGISTRY_DEPTH_LATEST,
                       (struct registry_purpose){.topic = REGISTRY_TOPIC_ANCHOR});
}

static void ask_peers(struct registry_view *view)
{
    static const uint8_t none[REGISTRY_ID];
    struct registry_read read;
    if (same(view->setup.kms_app_id, none) || view->now.ms < view->peers_due_ms) {
        return;
    }
    view->peers_due_ms = view->now.ms + REGISTRY_VIEW_BLOCK_MS;
    registry_records_ask_instances(view->setup.kms_app_id, &read);
    registry_view_call(view, &read, &view->setup.registry, REGISTRY_DEPTH_SAFE,
                       (struct registry_purpose){.topic = REGISTRY_TOPIC_PEERS});
}

/* Both kinds in turn come first, and neither leaves nothing to the other. */
static void open_all_slots(struct registry_view *view)
{
    bool is_odd = (view->id & 1) != 0;
    enum registry_table_kind first = is_odd ? REGISTRY_TABLE_STRANGER : REGISTRY_TABLE_GRANTED;
    enum registry_table_kind other = is_odd ? REGISTRY_TABLE_GRANTED : REGISTRY_TABLE_STRANGER;
    open_slots(view, first, (view->slots_max * 3 + 3) / 4);
    open_slots(view, other, view->slots_max);
    open_slots(view, first, view->slots_max);
}

/* A record that is too large takes those that are read with it along: read fewer at once, until it
 * is alone. */
static void fit_slots(struct registry_view *view)
{
    if (view->is_too_large) {
        view->slots_max = view->slots_max > 1 ? view->slots_max / 2 : 1;
    } else if (view->slots == view->slots_max && view->slots_max < REGISTRY_VIEW_SLOTS) {
        view->slots_max *= 2;
    }
    view->is_too_large = false;
}

void registry_view_start_records(struct registry_view *view)
{
    registry_view_begin(view, REGISTRY_STAGE_RECORDS);
    view->slots = 0;
    ask_root(view);
    ask_anchor(view);
    registry_view_ask_epochs(view);
    ask_peers(view);
    open_all_slots(view);
    if (view->count == 0) {
        registry_view_rest(view, view->look_ms + REGISTRY_VIEW_HEAD_MS);
        return;
    }
    memcpy(view->used, view->block, sizeof view->used);
}

/* --- answers that the quorum gave --- */

static void take_part(struct registry_view *view, const struct registry_purpose *purpose,
                      const struct registry_answer *answer)
{
    struct registry_evidence *evidence = &view->slot[purpose->slot].side[purpose->side];
    struct registry_facts *facts = &evidence->facts;
    struct status status;
    if (purpose->part == REGISTRY_PART_INSTANCE) {
        status = registry_records_instance(answer, &facts->instance);
    } else if (purpose->part == REGISTRY_PART_APP) {
        status = registry_records_app(answer, &facts->app);
    } else {
        status = registry_records_version(answer, &facts->version);
    }
    /* What could not be looked at is as good as not answered, and asked again soon. */
    evidence->is_known[purpose->part] = !status_is_shortage(status);
    evidence->is_broken[purpose->part] = !status_is_ok(status);
}

void registry_view_root_conflict(struct registry_view *view)
{
    if (!view->is_root_conflict) {
        view->is_root_conflict = true;
        view->changes++;
        registry_view_note(view, REGISTRY_REPORT_ROOT_CONFLICT, 0, view->head_number);
    }
}

/* Once published, a hash neither changes nor goes away. */
static void take_root(struct registry_view *view, const struct registry_answer *answer)
{
    static const uint8_t none[REGISTRY_HASH];
    uint8_t hash[REGISTRY_HASH];
    if (!status_is_ok(registry_records_root(answer, hash))) {
        return;
    }
    bool is_published = !same(hash, none);
    if (view->root.is_published && !same(hash, view->root.hash)) {
        if (is_published) {
            registry_view_root_conflict(view);
        }
        return;
    }
    view->has_root = true;
    view->root.is_published = is_published;
    memcpy(view->root.hash, hash, sizeof hash);
    view->root.block_number = view->block[REGISTRY_DEPTH_FINAL].number;
    view->root_seen_ms = view->seen_ms;
    view->root_due_ms = view->now.ms + REGISTRY_VIEW_ROOT_MS;
    view->changes++;
}

/* Unlike the root's hash it changes, and falls where the newest blocks are replaced. */
static void take_anchor(struct registry_view *view, const struct registry_answer *answer)
{
    view->has_anchor = true;
    view->is_anchor_broken = !status_is_ok(registry_records_anchor(answer, &view->anchor));
    view->anchor.block_number = view->block[REGISTRY_DEPTH_LATEST].number;
    view->anchor_seen_ms = view->seen_ms;
    view->anchor_due_ms = view->now.ms + REGISTRY_VIEW_ROOT_MS;
    view->changes++;
}

static struct registry_peer *find_peer(struct registry_view *view, const struct eth_address *wallet)
{
    for (size_t i = 0; i < view->peers; i++) {
        if (eth_address_equal(&view->peer[i].grant.wallet, wallet)) {
            return &view->peer[i];
        }
    }
    return NULL;
}

void registry_view_want_peers(struct registry_view *view, uint64_t latest_number)
{
    for (size_t i = 0; i < view->peers; i++) {
        struct registry_entry *entry =
            registry_table_find(&view->table, &view->peer[i].grant.wallet, REGISTRY_PEER);
        if (entry != NULL && entry->kind == REGISTRY_TABLE_GRANTED &&
            entry->latest_number < latest_number) {
            registry_table_want(&view->table, entry);
        }
    }
}

/* Take the list over; whoever is on it is looked up like everybody else. */
static void take_peers(struct registry_view *view, const struct registry_answer *answer)
{
    struct eth_address wallet[REGISTRY_PEERS_MAX];
    struct registry_peer list[REGISTRY_PEERS_MAX] = {0};
    size_t count = registry_records_wallets(answer, REGISTRY_PEERS_MAX, wallet);
    for (size_t i = 0; i < count; i++) {
        const struct registry_peer *known = find_peer(view, &wallet[i]);
        struct registry_entry *entry = registry_table_find(&view->table, &wallet[i], REGISTRY_PEER);
        if (known != NULL) {
            list[i] = *known;
        } else if (entry != NULL && entry->kind == REGISTRY_TABLE_GRANTED) {
            registry_table_want(&view->table, entry); /* for its URL */
        }
        list[i].grant.wallet = wallet[i];
    }
    memcpy(view->peer, list, sizeof list);
    view->has_peers = true;
    view->peers = count;
    view->peers_due_ms = view->now.ms + REGISTRY_VIEW_PEERS_MS;
    struct registry_question question = {
        .role = REGISTRY_PEER, .use = REGISTRY_SERVE, .now_ms = view->now.ms};
    for (size_t i = 0; i < count; i++) {
        struct registry_grant grant;
        question.wallet = wallet[i];
        struct status ignored = registry_view_lookup(view, &question, &grant);
        (void)ignored;
    }
}

void registry_view_take_record(struct registry_view *view, size_t item,
                               const struct registry_answer *answer)
{
    const struct registry_purpose *purpose = &view->purpose[item];
    switch (purpose->topic) {
    case REGISTRY_TOPIC_RECORD:
        take_part(view, purpose, answer);
        break;
    case REGISTRY_TOPIC_ROOT:
        take_root(view, answer);
        break;
    case REGISTRY_TOPIC_ANCHOR:
        take_anchor(view, answer);
        break;
    case REGISTRY_TOPIC_EPOCH:
        registry_view_take_epoch(view, (enum registry_epoch_part)purpose->part, answer);
        break;
    case REGISTRY_TOPIC_PEERS:
        take_peers(view, answer);
        break;
    case REGISTRY_TOPIC_BLOCK:
    default:
        break;
    }
}

/* --- what it comes to --- */

enum outcome {
    OUTCOME_DECIDED,
    OUTCOME_UNKNOWN, /* something could not be read */
    OUTCOME_NEEDS_DETAILS,
};

struct verdict {
    enum outcome outcome;
    struct status status;
    struct registry_grant grant;
};

static struct registry_asked asked_of(const struct registry_view *view,
                                      const struct registry_entry *entry)
{
    struct registry_asked asked = {.wallet = entry->wallet, .role = entry->role};
    memcpy(asked.kms_app_id, view->setup.kms_app_id, REGISTRY_ID);
    return asked;
}

/* In: evidence whose instance is good. */
static bool has_details(const struct registry_evidence *evidence)
{
    const struct registry_instance *instance = &evidence->facts.instance;
    return same(evidence->app_id, instance->app_id) &&
           same(evidence->version_id, instance->version_id);
}

static void judge_side(const struct registry_evidence *evidence, const struct registry_asked *asked,
                       struct verdict *ret)
{
    *ret = (struct verdict){.outcome = OUTCOME_UNKNOWN, .status = FAIL(REGISTRY_LOST)};
    if (!evidence->is_known[REGISTRY_PART_INSTANCE]) {
        return;
    }
    ret->outcome = OUTCOME_DECIDED;
    ret->status = evidence->is_broken[REGISTRY_PART_INSTANCE]
                      ? FAIL(REGISTRY_MISMATCH)
                      : registry_rules_instance(&evidence->facts.instance, asked);
    if (!status_is_ok(ret->status)) {
        return;
    }
    if (!has_details(evidence)) {
        ret->outcome = OUTCOME_NEEDS_DETAILS;
    } else if (!evidence->is_known[REGISTRY_PART_APP] ||
               !evidence->is_known[REGISTRY_PART_VERSION]) {
        ret->outcome = OUTCOME_UNKNOWN;
    } else if (evidence->is_broken[REGISTRY_PART_APP] ||
               evidence->is_broken[REGISTRY_PART_VERSION]) {
        ret->status = FAIL(REGISTRY_MISMATCH);
    } else {
        ret->status = registry_rules_judge(&evidence->facts, asked, &ret->grant);
    }
}

/* The same registration on both sides. */
static bool is_settled(const struct registry_grant *latest, const struct registry_grant *deep)
{
    return same(latest->app_id, deep->app_id) && latest->version_id == deep->version_id &&
           latest->instance_id == deep->instance_id &&
           same(latest->measurement, deep->measurement) &&
           p384_point_equal(&latest->tee_point, &deep->tee_point);
}

/* A denial at the newest block needs nothing else, a grant needs both sides. What is good at the
 * newest one and denied deep down, or is another there, changed a moment ago: that passes. */
static void judge(const struct registry_view *view, const struct registry_slot *slot,
                  struct verdict *ret)
{
    struct verdict latest;
    struct registry_asked asked = asked_of(view, slot->entry);
    judge_side(&slot->side[REGISTRY_SIDE_LATEST], &asked, &latest);
    if (latest.outcome == OUTCOME_DECIDED && !status_is_ok(latest.status)) {
        *ret = latest;
        return;
    }
    judge_side(&slot->side[REGISTRY_SIDE_DEEP], &asked, ret);
    bool is_denied = ret->outcome == OUTCOME_DECIDED && !status_is_ok(ret->status);
    if (ret->outcome == OUTCOME_UNKNOWN || (is_denied && latest.outcome == OUTCOME_UNKNOWN)) {
        return;
    }
    if (latest.outcome != OUTCOME_DECIDED) {
        *ret = latest;
    } else if (is_denied ||
               (ret->outcome == OUTCOME_DECIDED && !is_settled(&latest.grant, &ret->grant))) {
        ret->status = FAIL(REGISTRY_CHANGING);
    }
}

/* How long a refusal is kept: one that passes, until the chain may have gone on. */
static uint64_t kept_ms(const struct registry_entry *entry, struct status refusal)
{
    bool passes = refusal.code == STATUS_REGISTRY_CHANGING || entry->role == REGISTRY_PEER;
    return passes ? REGISTRY_VIEW_CHANGING_MS : REGISTRY_VIEW_DENIED_MS;
}

/* Who has a grant and is not on the list was registered after that was read. */
static void keep_peer(struct registry_view *view, const struct registry_instance *instance)
{
    struct registry_peer *peer = find_peer(view, &instance->wallet);
    if (peer == NULL) {
        view->peers_due_ms = view->now.ms;
    } else {
        peer->operator= instance->operator;
        peer->registered_at = instance->registered_at;
        memcpy(peer->url, instance->url, sizeof peer->url);
    }
}

static void settle(struct registry_view *view, struct registry_slot *slot, struct verdict *verdict)
{
    struct registry_entry *entry = slot->entry;
    uint64_t now_ms = view->now.ms;
    slot->entry = NULL;
    view->changes++;
    if (verdict->outcome != OUTCOME_DECIDED) {
        registry_table_fail(&view->table, entry, now_ms + REGISTRY_VIEW_FAILED_MS);
    } else if (!status_is_ok(verdict->status)) {
        registry_table_refuse(&view->table, entry, verdict->status,
                              now_ms + kept_ms(entry, verdict->status));
    } else {
        const struct registry_block *deep = &view->block[depth_of(entry, REGISTRY_SIDE_DEEP)];
        verdict->grant.block_number = deep->number;
        memcpy(verdict->grant.block_hash, deep->hash, REGISTRY_HASH);
        verdict->grant.seen_ms = view->seen_ms;
        if (entry->role == REGISTRY_PEER) {
            keep_peer(view, &slot->side[REGISTRY_SIDE_DEEP].facts.instance);
        }
        registry_table_grant(&view->table, entry, &verdict->grant,
                             view->block[REGISTRY_DEPTH_LATEST].number);
    }
}

/* Ask for app and version as the instance of each side names them. */
static void dig(struct registry_view *view, size_t slot)
{
    for (enum registry_side side = 0; side < REGISTRY_SIDES; side++) {
        struct registry_evidence *evidence = &view->slot[slot].side[side];
        if (!has_details(evidence)) {
            memcpy(evidence->app_id, evidence->facts.instance.app_id, REGISTRY_ID);
            memcpy(evidence->version_id, evidence->facts.instance.version_id, REGISTRY_ID);
            ask_details(view, slot, side);
        }
    }
}

/* Wait for the next look, or go on while wallets wait, or the list of peers does, and the blocks
 * are new. */
static void go_on(struct registry_view *view)
{
    if (!registry_view_is_asked(view) && view->now.ms < view->peers_due_ms) {
        registry_view_rest(view, view->look_ms + REGISTRY_VIEW_HEAD_MS);
    } else if (registry_view_has_blocks(view)) {
        registry_view_start_records(view);
    } else {
        registry_view_rest(view, view->now.ms);
    }
}

void registry_view_end_records(struct registry_view *view)
{
    bool may_dig = view->stage == REGISTRY_STAGE_RECORDS &&
                   registry_view_count(view->readers) >= view->setup.quorum;
    bool digs = false;
    fit_slots(view);
    for (size_t i = 0; i < view->slots; i++) {
        struct verdict verdict;
        if (view->slot[i].entry == NULL) {
            continue;
        }
        judge(view, &view->slot[i], &verdict);
        if (verdict.outcome != OUTCOME_NEEDS_DETAILS || !may_dig) {
            settle(view, &view->slot[i], &verdict);
            continue;
        }
        if (!digs) {
            registry_view_begin(view, REGISTRY_STAGE_DETAILS);
            digs = true;
        }
        dig(view, i);
    }
    if (!digs) {
        go_on(view);
    }
}
