/* covers: src/registry/registry_look.c src/registry/registry_evidence.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/reader.h"
#include "digest/keccak256.h"
#include "registry/registry_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ENDPOINTS = 3, WALLETS = 24, STEPS = 4096, RECORD = 640 };

/* The first byte says which endpoints say whatever the input says; the others fail or, when it says
 * so, are silent. Two must agree. */
struct world {
    struct registry_view *view;
    struct reader input;
    uint32_t hostile;
    uint64_t now_ms;
    uint64_t answered[ENDPOINTS];
};

static struct mem mem;
static const uint8_t code[] = "code";

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* The same bytes each time, so that an input repeats. */
static struct status fill(void *context, uint8_t *data, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(i * 7 + 1);
    }
    return OK;
}

static void start(struct world *world)
{
    struct registry_view_setup setup = {
        .endpoints = ENDPOINTS,
        .quorum = 2,
        .chain_id = 5,
        .genesis = {1},
        .registry = {{0xaa}},
        .kms_registry = {{0xbb}},
        .kms_app_id = {[31] = 9},
        .confirmations = 2,
        .grants = 4,
        .strangers = 4,
        .mem = &mem,
        .entropy = {NULL, fill},
    };
    uint8_t flags = reader_u8(&world->input);
    world->hostile = flags & 7;
    setup.has_finality = (flags & 8) != 0;
    world->now_ms = 1000;
    keccak256_hash(BYTES_ARRAY(code), setup.registry_code);
    keccak256_hash(BYTES_ARRAY(code), setup.kms_registry_code);
    mem_init(&mem, 4u << 20);
    require(status_is_ok(registry_view_open(&setup, world->now_ms, &world->view)));
}

static struct registry_view_now now_of(const struct world *world)
{
    uint64_t wall_ms = 1700000000000 + world->now_ms;
    return (struct registry_view_now){world->now_ms, {wall_ms, wall_ms + 10}};
}

static void put_word(struct buf *out, uint64_t number)
{
    memset(buf_reserve(out, 24), 0, 24);
    buf_put_u64(out, number);
}

/* Good records, so that the input need not find them: an app of id 7, version 1, or of id 9. */
static struct bytes good_record(const struct registry_read *read, uint8_t how,
                                uint8_t memory[static RECORD])
{
    static const char point[] = "\x04\xaa\x87\xca\x22\xbe\x8b\x05\x37\x8e\xb1\xc7\x1e\xf3\x20\xad"
                                "\x74\x6e\x1d\x3b\x62\x8b\xa7\x9b\x98"
                                "\x59\xf7\x41\xe0\x82\x54\x2a\x38\x55\x02\xf2\x5d\xbf\x55\x29\x6c"
                                "\x3a\x54\x5e\x38\x72\x76\x0a\xb7"
                                "\x36\x17\xde\x4a\x96\x26\x2c\x6f\x5d\x9e\x98\xbf\x92\x92\xdc\x29"
                                "\xf8\xf4\x1d\xbd\x28\x9a\x14\x7c"
                                "\xe9\xda\x31\x13\xb5\xf0\xb8\xc0\x0a\x60\xb1\xce\x1d\x7e\x81\x9d"
                                "\x7a\x43\x1d\x7c\x90\xea\x0e\x5f";
    struct buf out = buf_over(memory, RECORD);
    uint64_t id = read->data[35] == 9 || (how & 4) != 0 ? 9 : 7;
    put_word(&out, 32);
    if (read->data[0] == 0x98) {
        const uint64_t words[] = {3, id, 1, 0, 320, 352, 0, 1, 0, 5, 0, 97};
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            put_word(&out, words[i]);
        }
        memcpy(memory + 32 * 7 + 12, read->data + 16, 20);
        buf_put(&out, (struct bytes){(const uint8_t *)point, 97});
        memset(buf_reserve(&out, 31), 0, 31);
    } else if (read->data[0] == 0x24) {
        const uint64_t words[] = {id, 0, 0, 0, 256, 1, 0, 0, 0};
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            put_word(&out, words[i]);
        }
    } else if (read->data[0] == 0x69) {
        const uint64_t words[] = {1, 320, 0, 352, 384, 416, 448, 0, 0, 0, 0, 0, 0, 0, 0};
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            put_word(&out, words[i]);
        }
    } else {
        put_word(&out, 1);
        put_word(&out, how & 1);
    }
    return buf_bytes(&out);
}

/* What passes the checks of an endpoint, unless the input wants otherwise; blocks are near. */
static void answer_one(struct world *world, const struct registry_read *read,
                       struct registry_answer *answer)
{
    static uint8_t memories[REGISTRY_VIEW_READS_MAX][RECORD];
    uint8_t *memory = memories[answer->read % REGISTRY_VIEW_READS_MAX];
    uint8_t how = reader_u8(&world->input);
    answer->time = 1700000000 + world->now_ms / 1000;
    answer->hash[0] = how & 3;
    switch (read->kind) {
    case REGISTRY_READ_CHAIN_ID:
        answer->kind = REGISTRY_ANSWER_NUMBER;
        answer->number = 5;
        break;
    case REGISTRY_READ_CODE:
        answer->kind = REGISTRY_ANSWER_BYTES;
        answer->data = BYTES_ARRAY(code);
        break;
    case REGISTRY_READ_CALL:
        answer->kind = REGISTRY_ANSWER_BYTES;
        answer->data = how < 0x80 ? good_record(read, how, memory)
                                  : reader_take(&world->input, (size_t)reader_u8(&world->input));
        if (how < 0x20 && answer->data.len != 0) {
            memory[reader_u16(&world->input) % answer->data.len] ^= reader_u8(&world->input);
        }
        break;
    case REGISTRY_READ_BLOCK:
        answer->kind = REGISTRY_ANSWER_BLOCK;
        answer->number = read->number;
        answer->hash[0] = read->number == 0 ? 1 : answer->hash[0];
        break;
    case REGISTRY_READ_LATEST:
    case REGISTRY_READ_SAFE:
    case REGISTRY_READ_FINALIZED:
    default:
        answer->kind = REGISTRY_ANSWER_BLOCK;
        answer->number = 10 + world->now_ms / 1000 + (how >> 2 & 3);
        break;
    }
    if (how >= 0xe0) {
        answer->kind = (enum registry_answer_kind)(how & 7) % 5;
        answer->number = reader_u64(&world->input);
        answer->time = reader_u64(&world->input);
    }
}

static void answer(struct world *world, const struct registry_work *work, size_t endpoint)
{
    static struct registry_answer list[REGISTRY_VIEW_READS_MAX];
    uint8_t how = reader_u8(&world->input);
    struct registry_answers answers = {
        .work = work->id - (how == 1),
        .endpoint = endpoint,
        .is_new = (how & 2) != 0,
        .is_too_large = how == 255,
        .list = list,
    };
    bool speaks = (world->hostile >> endpoint & 1) != 0 && how < 0xf0;
    for (size_t i = 0; i < work->count && speaks; i++) {
        if ((work->reads[i].endpoints >> endpoint & 1) != 0) {
            struct registry_answer *one = &list[answers.count++];
            *one = (struct registry_answer){.read = i + (how == 0xe0)};
            answer_one(world, &work->reads[i], one);
        }
    }
    struct registry_view_now now = now_of(world);
    registry_view_answer(world->view, &now, &answers);
}

static void work(struct world *world)
{
    struct registry_work todo;
    uint64_t due_ms = 0;
    struct registry_view_now now = now_of(world);
    bool has_work = registry_view_work(world->view, &now, &todo, &due_ms);
    require(has_work || due_ms >= world->now_ms || due_ms == 0);
    require(has_work == (todo.count != 0) && todo.count <= REGISTRY_VIEW_READS_MAX);
    for (size_t i = 0; i < ENDPOINTS && has_work; i++) {
        if ((todo.endpoints >> i & 1) != 0 && world->answered[i] != todo.id) {
            world->answered[i] = todo.id;
            answer(world, &todo, i);
        }
    }
}

/* One endpoint that says whatever it wants makes no grant, no root, no anchor and no peer. */
static void check(const struct world *world, enum registry_role role,
                  const struct registry_grant *grant)
{
    struct p384_point point;
    require(__builtin_popcount(world->hostile) >= 2);
    require(grant->deadline_ms > world->now_ms && grant->seen_ms <= world->now_ms);
    static const uint8_t kms[REGISTRY_ID] = {[31] = 9};
    require((memcmp(grant->app_id, kms, sizeof kms) == 0) == (role == REGISTRY_PEER));
    require(status_is_ok(p384_point_parse(BYTES_ARRAY(grant->tee_point.sec1), &point)));
}

static void ask(struct world *world)
{
    uint8_t which = reader_u8(&world->input);
    struct registry_grant grant = {0};
    struct registry_question question = {
        .wallet = {{0x11, which % WALLETS}},
        .role = which >= 128 ? REGISTRY_PEER : REGISTRY_APP,
        .use = (enum registry_use)(which % 3),
        .now_ms = world->now_ms,
    };
    if (status_is_ok(registry_view_lookup(world->view, &question, &grant))) {
        require(memcmp(grant.wallet.b, question.wallet.b, sizeof grant.wallet.b) == 0);
        check(world, question.role, &grant);
    }
}

static void ask_others(struct world *world)
{
    static struct registry_peer peers[REGISTRY_PEERS_MAX];
    struct registry_root root = {0};
    struct registry_anchor anchor = {0};
    struct registry_report report;
    size_t count = registry_view_peers(world->view, world->now_ms, peers);
    require(count <= REGISTRY_PEERS_MAX);
    for (size_t i = 0; i < count; i++) {
        check(world, REGISTRY_PEER, &peers[i].grant);
    }
    struct status status = registry_view_root(world->view, REGISTRY_SERVE, world->now_ms, &root);
    require(!status_is_ok(status) || __builtin_popcount(world->hostile) >= 2);
    status = registry_view_anchor(world->view, REGISTRY_SERVE, world->now_ms, &anchor);
    require(!status_is_ok(status) || __builtin_popcount(world->hostile) >= 2);
    require(!status_is_ok(status) || anchor.is_anchored == (anchor.height != 0));
    while (registry_view_report(world->view, &report)) {
        require(report.endpoint < ENDPOINTS);
    }
    struct registry_view_stats stats = registry_view_stats(world->view);
    require(stats.granted <= 4 && stats.strangers <= 4 && stats.waiting <= 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct world world = {.input = reader_over((struct bytes){data, len})};
    start(&world);
    for (unsigned i = 0; i < STEPS && world.input.rest.len != 0; i++) {
        uint8_t what = reader_u8(&world.input);
        if (what < 100) {
            work(&world);
        } else if (what < 200) {
            ask(&world);
        } else if (what < 240) {
            world.now_ms += (uint64_t)(what - 199) * 100;
        } else if (what < 250) {
            world.now_ms += (uint64_t)(what - 239) * 30000;
        } else {
            ask_others(&world);
        }
    }
    registry_view_close(&world.view);
    require(mem_used(&mem) == 0);
    return 0;
}
