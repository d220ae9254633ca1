/* Whatever set of statements there is, in whatever order and how often: it means what the model
 * says. */
#include "fixtures/unit.h"
#include "fixtures/user_log_model.h"

enum { STATEMENTS = 18, KEYS = 6, SERVICE = 200, AUTHORITY = 100, NOW = 2000 * 1000 };

#define DAY_MS ((uint64_t)24 * 3600 * 1000)

static struct arena arena;
static uint64_t seed;

static uint64_t below(uint64_t end)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % end;
}

/* How often something was met, so that the test says when it looks at nothing. */
static struct {
    size_t forks, joins, void_entries, pending, revoked, loose, split, keys, delayed_joins,
        after_join;
} met;

static void sort_hashes(uint8_t (*hashes)[32], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            if (memcmp(hashes[i], hashes[k], 32) > 0) {
                uint8_t kept[32];
                memcpy(kept, hashes[i], 32);
                memcpy(hashes[i], hashes[k], 32);
                memcpy(hashes[k], kept, 32);
            }
        }
    }
}

static void random_heads(struct model *model, union statement_body *body)
{
    static uint8_t hashes[3][32];
    size_t count = 0;
    struct model_end end = model_end(model);
    bool is_right = below(4) != 0;
    for (size_t i = 0; i < model->count && count < 3; i++) {
        bool named = is_right ? model_has(end.heads, i) : model_chained(model, i) && below(3) == 0;
        if (named) {
            memcpy(hashes[count++], model->all[i]->proof_of, 32);
        }
    }
    while (count < 2) { /* of nothing that is there */
        memset(hashes[count], (int)(0xf0 + count), 32);
        count++;
    }
    sort_hashes(hashes, count);
    body->join.heads = (struct statement_list){hashes[0], count};
}

/* An op, mostly one of the chain. */
static enum statement_op random_op(const struct model *model)
{
    static const enum statement_op ops[] = {
        STATEMENT_USER_ADD,    STATEMENT_USER_ADD,     STATEMENT_USER_ADD,    STATEMENT_USER_ADD,
        STATEMENT_USER_GRANT,  STATEMENT_USER_RECOVER, STATEMENT_USER_GRANT,  STATEMENT_USER_GRANT,
        STATEMENT_FOREIGN_ADD, STATEMENT_LANE_SET,     STATEMENT_USER_REVOKE, STATEMENT_USER_VETO,
        STATEMENT_USER_JOIN,   STATEMENT_USER_JOIN};
    if (model->count == 0) {
        return STATEMENT_USER_ADD;
    }
    if (model_end(model).is_forked && below(3) == 0) {
        return STATEMENT_USER_JOIN;
    }
    return ops[below(sizeof ops / sizeof ops[0])];
}

/* Follow something: mostly a head, sometimes a join, sometimes nothing. */
static void random_place(struct model *model, struct maker *maker)
{
    struct model_end end = model_end(model);
    bool is_first = model->count == 0 || below(60) == 0;
    for (size_t tries = 0; tries < 200 && !is_first; tries++) {
        size_t at = below(model->count);
        const struct statement *one = model->all[at];
        bool is_end =
            end.join != MODEL_MAX ? at == end.join : model_has(end.heads, at) && !end.is_forked;
        if (is_end ||
            (below(60) == 0 && (model_chained(model, at) || one->op == STATEMENT_USER_JOIN))) {
            maker->prev = one->proof_of;
            maker->seq = model_chained(model, at) ? one->read.text.seq + 1
                                                  : model_after(model, model_named(model, at));
            break;
        }
    }
    maker->seq = maker->prev == NULL                 ? 1
                 : below(60) == 0 || maker->seq == 1 ? 2 + below(3)
                                                     : maker->seq;
}

/* Signed by some of the keys and by who is none. */
static size_t random_signers(const struct maker *maker, unsigned added, uint8_t *signers)
{
    size_t count = 0;
    bool is_add = maker->op == STATEMENT_USER_ADD;
    bool by_authority = maker->op == STATEMENT_USER_RECOVER ||
                        (!statement_op_is_chained(maker->op) && below(3) == 0);
    if (is_add) {
        signers[count++] = (uint8_t)added;
    }
    if (by_authority) {
        signers[count++] = AUTHORITY;
    } else if (maker->prev != NULL || !is_add) {
        unsigned one = below(12) == 0 ? SERVICE : (unsigned)below(below(3) != 0 ? 2 : KEYS);
        if (count == 0 || signers[0] != one) {
            signers[count++] = (uint8_t)one;
        }
    }
    return count;
}

static void random_body(struct model *model, enum statement_op op, const struct maker_key *key,
                        union statement_body *body)
{
    static uint8_t ids[2][AUTH_TEXT_ID];
    if (op == STATEMENT_USER_ADD || op == STATEMENT_USER_RECOVER) {
        *body = maker_add(key);
    } else if (op == STATEMENT_USER_GRANT) {
        maker_id(below(2) == 0 ? SERVICE : 0, body->grant.service);
        body->grant.not_after_ms = below(3);
    } else if (op == STATEMENT_FOREIGN_ADD) {
        body->foreign.class = BYTES_LITERAL("oz");
        body->foreign.index = below(3);
    } else if (op == STATEMENT_LANE_SET) {
        body->lane.lane = below(2);
        body->lane.next = below(3);
    } else if (op == STATEMENT_USER_REVOKE) {
        maker_id((unsigned)below(KEYS), ids[0]);
        maker_id(below(2) == 0 ? SERVICE : AUTHORITY, ids[1]);
        bool is_pair = memcmp(ids[0], ids[1], sizeof ids[0]) < 0;
        uint64_t since = below(2) == 0 ? 1 + below(5) : STATEMENT_SINCE_NEVER;
        body->revoke = (struct statement_revoke){{ids[0], is_pair ? 2 : 1}, since};
    } else if (op == STATEMENT_USER_VETO) {
        memset(body->veto.of, 0xee, sizeof body->veto.of);
        for (size_t i = 0; i < model->count; i++) {
            if (model->all[i]->op == STATEMENT_USER_RECOVER ||
                (model->all[i]->op == STATEMENT_USER_JOIN && below(3) == 0)) {
                memcpy(body->veto.of, model->all[i]->proof_of, sizeof body->veto.of);
            }
        }
    } else {
        random_heads(model, body);
    }
}

static const struct statement *random_statement(struct model *model, uint8_t salt)
{
    union statement_body body = {0};
    uint8_t signers[STATEMENT_SIGS_MAX];
    struct maker maker = {.arena = &arena,
                          .op = random_op(model),
                          .scope = "u:alice",
                          .body = &body,
                          .signers = signers,
                          .salt = salt};
    unsigned added = model->count == 0 ? 0 : below(10) == 0 ? SERVICE : (unsigned)below(KEYS);
    struct maker_key key = maker_key(added);
    maker.t_ms = below(2) == 0 ? below(NOW) : NOW + DAY_MS / 2 - below(DAY_MS);
    maker.t_ms = maker.t_ms > NOW + DAY_MS ? below(NOW) : maker.t_ms;
    maker.not_before_ms = below(8) == 0 ? below(2 * (uint64_t)NOW) : 0;
    if (statement_op_is_chained(maker.op)) {
        random_place(model, &maker);
    }
    random_body(model, maker.op, &key, &body);
    maker.signer_count = random_signers(&maker, added, signers);
    return maker_statement(&maker);
}

static struct user_log_rules rules_of(const struct model *model)
{
    return (struct user_log_rules){.place = maker_place,
                                   .scope = BYTES_LITERAL("u:alice"),
                                   .recovery_ms = model->recovery_ms,
                                   .now_ms = model->now_ms};
}

static bool is_before(const struct statement *a, const struct statement *b)
{
    return a->read.text.seq != b->read.text.seq
               ? a->read.text.seq < b->read.text.seq
               : memcmp(a->proof_of, b->proof_of, sizeof a->proof_of) < 0;
}

static bool is_in(const struct user_log *log, const struct statement *statement, uint64_t from_ms)
{
    for (size_t i = 0; i < log->pending_count; i++) {
        if (log->pending[i].statement == statement && log->pending[i].from_ms == from_ms) {
            return true;
        }
    }
    return false;
}

/* Keys and recoveries. Returns: how many are pending; *changes_ms, the first. */
static size_t check_keys(struct model *model, const struct model_end *end,
                         const struct user_log *log, uint64_t *changes_ms)
{
    size_t keys = 0;
    size_t pending = 0;
    for (size_t i = 0; i < model->count; i++) {
        uint8_t id[AUTH_TEXT_ID];
        uint64_t ms;
        uint64_t since;
        const struct statement *one = model->all[i];
        if (!model_has(end->counts, i) || !model_adds(model, i)) {
            continue;
        }
        model_id_of(model->all[i], id);
        const struct user_log_id *known = user_log_id(log, id);
        bool is_revoked = model_revoked(model, id, &ms, &since);
        assert_non_null(known);
        assert_true(known->is_revoked == is_revoked && known->since == since);
        assert_true(known->number <= one->read.text.seq && known->number != 0);
        bool is_first = model_valid(model, i);
        for (size_t k = 0; k < model->count; k++) {
            uint8_t other[AUTH_TEXT_ID];
            if (k != i && model_has(end->counts, k) && model_adds(model, k) &&
                is_before(model->all[k], one)) {
                model_id_of(model->all[k], other);
                is_first = is_first && (memcmp(id, other, 16) != 0 || !model_valid(model, k));
            }
        }
        const struct user_log_key *key = user_log_key(log, id);
        met.void_entries += !model_valid(model, i);
        met.revoked += is_revoked;
        if (is_revoked) {
            assert_null(key);
        } else if (is_first) {
            uint64_t from = one->parts.t_ms + model->recovery_ms;
            from = from < one->read.text.not_before_ms ? one->read.text.not_before_ms : from;
            from = one->op == STATEMENT_USER_ADD ? 0 : from;
            if (from <= model->now_ms) {
                keys++;
                assert_true(key != NULL && key->by == one && key->from_ms == from);
            } else {
                pending++;
                assert_null(key);
                assert_true(is_in(log, one, from));
                *changes_ms = from < *changes_ms ? from : *changes_ms;
            }
        }
    }
    met.keys += keys;
    met.pending += pending;
    assert_int_equal(keys, log->key_count);
    return pending;
}

static void check_joins(struct model *model, const struct model_end *end,
                        const struct user_log *log, size_t pending, uint64_t changes_ms)
{
    for (size_t i = 0; i < model->count && end->is_forked; i++) {
        if (model->all[i]->op == STATEMENT_USER_JOIN && model_named(model, i) == end->heads) {
            uint64_t from = model_join_from(model, i);
            if (from != UINT64_MAX) {
                pending++;
                met.delayed_joins++;
                assert_true(is_in(log, model->all[i], from));
                changes_ms = from < changes_ms ? from : changes_ms;
            }
        }
    }
    assert_int_equal(pending, log->pending_count);
    assert_true(changes_ms == log->changes_ms);
}

static bool is_one_subject(const struct statement *a, const struct statement *b)
{
    if (a->op != b->op) {
        return false;
    }
    if (a->op == STATEMENT_USER_GRANT) {
        return memcmp(a->body.grant.service, b->body.grant.service, 16) == 0;
    }
    if (a->op == STATEMENT_FOREIGN_ADD) {
        return memcmp(a->body.foreign.address, b->body.foreign.address, 32) == 0;
    }
    return a->op == STATEMENT_LANE_SET && a->body.lane.lane == b->body.lane.lane;
}

static bool is_listed(const struct user_log *log, const struct statement *one)
{
    for (size_t i = 0; i < log->grant_count; i++) {
        if (log->grants[i] == one) {
            return true;
        }
    }
    for (size_t i = 0; i < log->foreign_count; i++) {
        if (log->foreign[i] == one) {
            return true;
        }
    }
    for (size_t i = 0; i < log->lane_count; i++) {
        if (log->lanes[i] == one) {
            return true;
        }
    }
    return false;
}

static void check_entries(struct model *model, const struct model_end *end,
                          const struct user_log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct statement *one = model->all[i];
        uint64_t ms;
        uint64_t since;
        bool is_good =
            model_has(end->counts, i) && model_valid(model, i) && is_one_subject(one, one);
        bool is_split = false;
        for (size_t k = 0; k < model->count && is_good; k++) {
            const struct statement *other = model->all[k];
            if (k == i || !is_one_subject(one, other) || !model_has(end->counts, k) ||
                !model_valid(model, k)) {
                continue;
            }
            is_good = other->read.text.seq <= one->read.text.seq;
            if (is_good && other->read.text.seq == one->read.text.seq) {
                is_split = !bytes_equal(one->parts.body, other->parts.body);
                is_good = !is_split && is_before(one, other);
            }
        }
        met.split += is_split;
        if (is_good && one->op == STATEMENT_USER_GRANT) {
            is_good = !model_revoked(model, one->body.grant.service, &ms, &since);
        }
        assert_true(is_listed(log, one) == is_good);
        count += is_good;
    }
    assert_int_equal(count, log->grant_count + log->foreign_count + log->lane_count);
}

static void check_apart(struct model *model, const struct user_log *log)
{
    uint32_t epoch = 0;
    uint64_t at_ms = 0;
    size_t vetoes = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct statement *one = model->all[i];
        vetoes += one->op == STATEMENT_USER_VETO;
        epoch += one->op == STATEMENT_USER_REVOKE;
        if (one->op == STATEMENT_USER_REVOKE && one->parts.t_ms > at_ms) {
            at_ms = one->parts.t_ms;
        }
    }
    assert_true(epoch == log->auth_epoch && at_ms == log->epoch_at_ms);
    assert_int_equal(vetoes, log->vetoed.count);
}

static void check_log(struct model *model, const struct user_log *log)
{
    struct model_end end = model_end(model);
    size_t heads = (size_t)__builtin_popcountll(end.heads);
    size_t chained = 0;
    size_t placed = 0;
    uint64_t changes_ms = UINT64_MAX;
    assert_int_equal(heads, log->heads.count);
    for (size_t i = 0; i < log->heads.count; i++) {
        assert_true(model_has(end.heads, model_index(model, log->heads.items + 32 * i)));
        assert_true(i == 0 ||
                    memcmp(log->heads.items + 32 * (i - 1), log->heads.items + 32 * i, 32) < 0);
    }
    for (size_t i = 0; i < model->count; i++) {
        chained += model_chained(model, i);
        placed += model_placed(model, i);
        met.after_join += model_chained(model, i) && model_placed(model, i) &&
                          model->all[i]->read.text.prev != NULL &&
                          !model_chained(model, model_index(model, model->all[i]->read.text.prev));
    }
    met.forks += end.is_forked;
    met.joins += end.join != MODEL_MAX;
    met.loose += chained - placed;
    assert_int_equal(chained, log->chain_count);
    assert_int_equal(chained - placed, log->loose_count);
    assert_true(log->is_known == (chained != 0) && log->is_forked == end.is_forked);
    assert_true(log->has_join == (end.join != MODEL_MAX));
    if (end.join != MODEL_MAX) {
        assert_memory_equal(model->all[end.join]->proof_of, log->head, 32);
    } else if (heads == 1) {
        assert_memory_equal(log->heads.items, log->head, 32);
    }
    assert_int_equal(end.is_forked || heads == 0 ? 0 : model_after(model, end.heads) - 1,
                     log->number);
    size_t pending = check_keys(model, &end, log, &changes_ms);
    check_joins(model, &end, log, pending, changes_ms);
    check_entries(model, &end, log);
    check_apart(model, log);
}

/* The same statements, shuffled and some of them repeated, with others among them. */
static void check_any_order(struct model *model)
{
    const struct statement *list[2 * MODEL_MAX];
    size_t count = 0;
    struct user_log log;
    struct user_log_rules rules = rules_of(model);
    for (size_t i = 0; i < model->count; i++) {
        for (size_t times = 1 + (below(3) == 0); times > 0; times--) {
            list[count++] = model->all[i];
        }
    }
    for (size_t i = count; i > 1; i--) {
        size_t k = below(i);
        const struct statement *kept = list[k];
        list[k] = list[i - 1];
        list[i - 1] = kept;
    }
    const struct statement_set set = {list, count};
    size_t mark = arena.used;
    assert_status(OK, user_log_read(&arena, &set, &rules, &log));
    check_log(model, &log);
    arena_rewind(&arena, mark);
}

static void live(uint64_t number)
{
    struct model model = {.now_ms = NOW, .recovery_ms = NOW / 2};
    struct model part = model;
    seed = number;
    size_t size = 1 + below(STATEMENTS);
    model.now_ms += below(4) == 0 ? 2 * DAY_MS : 0;
    part.now_ms = model.now_ms;
    for (size_t i = 0; i < size; i++) {
        model.all[i] = random_statement(&model, (uint8_t)i);
        model.count++;
    }
    check_any_order(&model);
    for (size_t i = 0; i < size; i++) {
        if (below(6) != 0) {
            part.all[part.count++] = model.all[i];
        }
    }
    check_any_order(&part);
    arena_reset(&arena);
}

static void a_set_means_what_the_model_says(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 6000; number += unit_step()) {
        live(number * 1000003);
    }
    print_message(
        "forks %zu joins %zu void %zu pending %zu revoked %zu loose %zu split %zu keys %zu "
        "delayed %zu after %zu\n",
        met.forks, met.joins, met.void_entries, met.pending, met.revoked, met.loose, met.split,
        met.keys, met.delayed_joins, met.after_join);
    if (unit_step() == 1) {
        assert_true(met.forks > 300 && met.joins > 100 && met.void_entries > 300);
        assert_true(met.pending > 100 && met.revoked > 300 && met.loose > 300 && met.split > 8);
        assert_true(met.delayed_joins > 30 && met.after_join > 30);
    }
}

static int set_up(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 256 << 20)) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_means_what_the_model_says),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
