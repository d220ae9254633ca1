#include "support/view_chain.h"

#include <string.h>

#include "base/buf.h"
#include "base/reader.h"
#include "digest/keccak256.h"
#include "digest/sha256.h"
#include "ethereum/nova_abi.h"
#include "support/unit.h"

static const char *const generator = "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e0825"
                                     "42a385502f25dbf55296c3a545e3872760a"
                                     "b73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f"
                                     "0b8c00a60b1ce1d7e819d7a431d7c90ea0e"
                                     "5f";

static const uint8_t code[] = "code of the app registry";
static const uint8_t kms_code[] = "code of the kms registry";

static struct bytes code_of(const struct eth_address *to)
{
    return to->b[0] == 0xaa ? BYTES_ARRAY(code) : BYTES_ARRAY(kms_code);
}

static void name_block(struct view_chain *chain, uint64_t number, uint8_t fork)
{
    uint8_t memory[9];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_u8(&text, fork);
    buf_put_u64(&text, number);
    sha256_hash(buf_bytes(&text), chain->block[number].hash);
}

void view_chain_init(struct view_chain *chain)
{
    memset(chain, 0, sizeof *chain);
    chain->now_ms = 1000000;
    chain->wall_ms = 1800000000000;
    chain->block_ms = 2000;
    chain->next_block_ms = chain->now_ms + chain->block_ms;
    struct registry_facts *facts = &chain->block[0].state.facts;
    facts->instance.id[31] = 5;
    facts->instance.app_id[31] = 7;
    facts->instance.version_id[31] = 2;
    facts->instance.zk_verified = true;
    facts->app.id[31] = 7;
    facts->version.id[31] = 2;
    memset(facts->version.measurement, 0x77, sizeof facts->version.measurement);
    memcpy(facts->instance.tee_point.sec1, unit_hex(generator).ptr, 97);
    memcpy(facts->instance.url, "https://node.example:4000", 25);
    chain->block[0].time = chain->wall_ms / 1000 - 40;
    name_block(chain, 0, 0);
    while (chain->head < 20) {
        view_chain_mine(chain);
        chain->block[chain->head].time = chain->wall_ms / 1000 - 40 + 2 * chain->head;
    }
}

struct registry_view_setup view_chain_setup(struct mem *mem)
{
    struct registry_view_setup setup = {
        .endpoints = VIEW_CHAIN_ENDPOINTS,
        .quorum = 2,
        .chain_id = 31337,
        .kms_app_id = {[31] = 9},
        .confirmations = 6,
        .grants = 64,
        .strangers = 64,
        .mem = mem,
        .entropy = entropy_system(),
    };
    uint8_t zero[9] = {0};
    sha256_hash(BYTES_ARRAY(zero), setup.genesis);
    memset(setup.registry.b, 0xaa, sizeof setup.registry.b);
    memset(setup.kms_registry.b, 0xbb, sizeof setup.kms_registry.b);
    keccak256_hash(BYTES_ARRAY(code), setup.registry_code);
    keccak256_hash(BYTES_ARRAY(kms_code), setup.kms_registry_code);
    return setup;
}

struct view_chain_state *view_chain_state(struct view_chain *chain)
{
    return &chain->block[chain->head].state;
}

void view_chain_mine(struct view_chain *chain)
{
    assert_true(chain->head + 1 < VIEW_CHAIN_BLOCKS);
    chain->block[chain->head + 1] = chain->block[chain->head];
    chain->head++;
    chain->block[chain->head].time = chain->wall_ms / 1000;
    name_block(chain, chain->head, 0);
}

void view_chain_fork(struct view_chain *chain, uint64_t number)
{
    for (; number <= chain->head; number++) {
        chain->block[number].state = chain->block[number - 1].state;
        name_block(chain, number, 1);
    }
}

/* --- what the contracts answer --- */

static void put_zeros(struct buf *out, size_t len)
{
    uint8_t *zeros = buf_reserve(out, len);
    if (zeros != NULL) {
        memset(zeros, 0, len);
    }
}

static void put_number(struct buf *out, uint64_t number)
{
    put_zeros(out, 24);
    buf_put_u64(out, number);
}

static void put_address(struct buf *out, const struct eth_address *address)
{
    put_zeros(out, 12);
    buf_put(out, BYTES_ARRAY(address->b));
}

static void put_text(struct buf *out, struct bytes text)
{
    put_number(out, text.len);
    buf_put(out, text);
    put_zeros(out, (32 - text.len % 32) % 32);
}

static void put_instance(struct buf *out, const struct view_chain_state *state,
                         const struct eth_address *wallet)
{
    static const struct view_chain_state nothing = {.has_no_key = true};
    static const struct eth_address nobody;
    bool is_registered = wallet->b[0] == 0x11;
    const struct view_chain_state *said = is_registered ? state : &nothing;
    const struct registry_instance *instance = &said->facts.instance;
    struct bytes url = bytes_of(instance->url);
    size_t key_len = said->has_no_key ? 0 : 97;
    put_number(out, 32);
    buf_put(out, BYTES_ARRAY(instance->id));
    buf_put(out, BYTES_ARRAY(instance->app_id));
    buf_put(out, BYTES_ARRAY(instance->version_id));
    put_address(out, &nobody);
    put_number(out, 320);
    put_number(out, 320 + 32 + (url.len + 31) / 32 * 32);
    put_address(out, is_registered ? wallet : &nobody);
    put_number(out, instance->zk_verified);
    put_number(out, instance->status);
    put_number(out, 1700000000);
    put_text(out, url);
    put_text(out, (struct bytes){instance->tee_point.sec1, key_len});
}

static void put_app(struct buf *out, const struct view_chain_state *state,
                    const uint8_t id[static REGISTRY_ID])
{
    static const struct registry_app nothing;
    const struct registry_app *app = &state->facts.app;
    bool is_it =
        bytes_equal((struct bytes){id, REGISTRY_ID}, BYTES_ARRAY(app->id)) ||
        bytes_equal((struct bytes){id, REGISTRY_ID}, BYTES_ARRAY(state->facts.instance.app_id));
    app = is_it ? app : &nothing;
    put_number(out, 32);
    buf_put(out, BYTES_ARRAY(app->id));
    put_zeros(out, 96);
    put_number(out, 256);
    put_zeros(out, 64);
    put_number(out, app->status);
    put_text(out, (struct bytes){NULL, 0});
}

static void put_version(struct buf *out, const struct view_chain_state *state)
{
    const struct registry_version *version = &state->facts.version;
    put_number(out, 32);
    buf_put(out, BYTES_ARRAY(version->id));
    put_number(out, 320);
    buf_put(out, BYTES_ARRAY(version->measurement));
    put_number(out, 352);
    put_number(out, 384);
    put_number(out, 416);
    put_number(out, 448);
    put_number(out, version->status);
    put_zeros(out, 64);
    put_zeros(out, 160);
}

static void put_peers(struct buf *out, const uint8_t app_id[static REGISTRY_ID],
                      const struct view_chain_state *state)
{
    struct eth_address wallet = {{0x11, 0xcc}};
    bool is_it =
        bytes_equal((struct bytes){app_id, REGISTRY_ID}, BYTES_ARRAY(state->facts.instance.app_id));
    put_number(out, 32);
    put_number(out, is_it ? 1 : 0);
    if (is_it) {
        put_address(out, &wallet);
    }
}

/* The state of a block by its hash; NULL when the endpoint does not have it. */
static const struct view_chain_state *state_at(const struct view_chain *chain, uint64_t head,
                                               const struct registry_read *read)
{
    for (uint64_t i = 0; i <= head; i++) {
        if (bytes_equal(BYTES_ARRAY(chain->block[i].hash), BYTES_ARRAY(read->hash))) {
            return &chain->block[i].state;
        }
    }
    return NULL;
}

static bool call(const struct view_chain_state *state, const struct registry_read *read,
                 struct buf *out)
{
    struct reader data = reader_over((struct bytes){read->data, read->data_len});
    uint32_t selector = reader_u32(&data);
    struct eth_address wallet;
    if (selector == nova_abi_selector(NOVA_ABI_GET_INSTANCE_BY_WALLET)) {
        memcpy(wallet.b, read->data + 16, sizeof wallet.b);
        put_instance(out, state, &wallet);
    } else if (selector == nova_abi_selector(NOVA_ABI_GET_APP)) {
        put_app(out, state, read->data + 4);
    } else if (selector == nova_abi_selector(NOVA_ABI_GET_VERSION)) {
        put_version(out, state);
    } else if (selector == nova_abi_selector(NOVA_ABI_GET_ACTIVE_INSTANCES)) {
        put_peers(out, read->data + 4, state);
    } else {
        assert_true(selector == nova_abi_selector(NOVA_ABI_MASTER_SECRET_HASH));
        buf_put(out, BYTES_ARRAY(state->root));
    }
    return !state->reverts;
}

static void answer_call(const struct view_chain *chain, const struct view_chain_endpoint *endpoint,
                        const struct registry_read *read, struct registry_answer *answer,
                        struct buf *memory)
{
    const struct view_chain_state *state = state_at(chain, chain->head - endpoint->behind, read);
    if (state == NULL) {
        return;
    }
    struct view_chain_state lie = *state;
    lie.facts.instance.status = state->facts.instance.status == 0;
    memset(lie.root, 0x66, sizeof lie.root);
    size_t start = memory->len;
    bool lies = endpoint->fault == VIEW_CHAIN_LIES;
    bool returned = call(lies ? &lie : state, read, memory);
    answer->kind = returned ? REGISTRY_ANSWER_BYTES : REGISTRY_ANSWER_REVERT;
    answer->data = returned ? bytes_slice(buf_bytes(memory), start, SIZE_MAX) : answer->data;
    if (endpoint->fault == VIEW_CHAIN_GARBAGE) {
        answer->data = BYTES_LITERAL("garbage");
    }
}

static void answer_block(const struct view_chain *chain, uint64_t number,
                         const struct view_chain_endpoint *endpoint, struct registry_answer *answer)
{
    if (number > chain->head - endpoint->behind) {
        return;
    }
    answer->kind = REGISTRY_ANSWER_BLOCK;
    answer->number = number;
    answer->time = chain->block[number].time;
    memcpy(answer->hash, chain->block[number].hash, sizeof answer->hash);
    bool is_genesis = number == 0;
    if ((endpoint->fault == VIEW_CHAIN_WRONG_GENESIS && is_genesis) ||
        (endpoint->fault == VIEW_CHAIN_OTHER_HASHES && !is_genesis)) {
        answer->hash[7] ^= 1;
    }
}

static void answer_read(const struct view_chain *chain, struct view_chain_endpoint *endpoint,
                        const struct registry_read *read, struct registry_answer *answer,
                        struct buf *memory)
{
    uint64_t head = chain->head - endpoint->behind;
    switch (read->kind) {
    case REGISTRY_READ_CHAIN_ID:
        answer->kind = REGISTRY_ANSWER_NUMBER;
        answer->number = endpoint->fault == VIEW_CHAIN_WRONG_CHAIN ? 1 : 31337;
        break;
    case REGISTRY_READ_BLOCK:
        answer_block(chain, read->number, endpoint, answer);
        break;
    case REGISTRY_READ_LATEST:
        answer_block(chain, head, endpoint, answer);
        break;
    case REGISTRY_READ_SAFE:
        answer_block(chain, head - 10, endpoint, answer);
        break;
    case REGISTRY_READ_FINALIZED:
        answer_block(chain, head - 15, endpoint, answer);
        break;
    case REGISTRY_READ_CODE:
        endpoint->code_reads++;
        answer->kind = REGISTRY_ANSWER_BYTES;
        answer->data = endpoint->fault == VIEW_CHAIN_OTHER_CODE ? BYTES_LITERAL("other")
                       : endpoint->fault == VIEW_CHAIN_NO_CODE  ? (struct bytes){NULL, 0}
                                                                : code_of(&read->to);
        break;
    case REGISTRY_READ_CALL:
    default:
        answer_call(chain, endpoint, read, answer, memory);
        break;
    }
}

/* Wallets that start with 0x77 have records that are too large for an answer. */
static bool asks_large(const struct registry_work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        if (work->reads[i].kind == REGISTRY_READ_CALL && work->reads[i].data[16] == 0x77) {
            return true;
        }
    }
    return false;
}

static void answer(struct view_chain *chain, size_t index, const struct registry_work *work)
{
    static uint8_t memory[REGISTRY_VIEW_READS_MAX * 1024];
    struct registry_answer list[REGISTRY_VIEW_READS_MAX];
    struct view_chain_endpoint *endpoint = &chain->endpoint[index];
    struct registry_answers answers = {
        .work = work->id, .endpoint = index, .is_new = endpoint->reconnects, .list = list};
    struct buf data = buf_over(memory, sizeof memory);
    bool has_large = asks_large(work);
    answers.is_too_large = has_large;
    bool is_dead = has_large || endpoint->fault == VIEW_CHAIN_DEAD;
    for (size_t i = 0; i < work->count && !is_dead; i++) {
        if ((work->reads[i].endpoints >> index & 1) == 0) {
            continue;
        }
        endpoint->reads++;
        if (endpoint->fault == VIEW_CHAIN_PARTIAL && answers.count == 1) {
            continue;
        }
        struct registry_answer *one = &list[answers.count++];
        *one = (struct registry_answer){.read = i};
        answer_read(chain, endpoint, &work->reads[i], one, &data);
    }
    assert_false(data.failed);
    struct registry_view_now now = {chain->now_ms, {chain->wall_ms, chain->wall_ms}};
    registry_view_answer(chain->view, &now, &answers);
}

static bool step(struct view_chain *chain)
{
    struct registry_work work;
    uint64_t due_ms = 0;
    struct registry_view_now now = {chain->now_ms, {chain->wall_ms, chain->wall_ms}};
    bool has_answered = false;
    if (!registry_view_work(chain->view, &now, &work, &due_ms)) {
        return false;
    }
    if (work.id != chain->work) {
        chain->work = work.id;
        chain->work_ms = chain->now_ms;
    }
    for (size_t i = 0; i < VIEW_CHAIN_ENDPOINTS; i++) {
        struct view_chain_endpoint *endpoint = &chain->endpoint[i];
        bool is_due = chain->now_ms >= chain->work_ms + endpoint->delay_ms;
        if ((work.endpoints >> i & 1) != 0 && endpoint->answered != work.id && is_due &&
            endpoint->fault != VIEW_CHAIN_SILENT) {
            endpoint->answered = work.id;
            endpoint->works++;
            answer(chain, i, &work);
            has_answered = true;
        }
    }
    return has_answered;
}

void view_chain_run(struct view_chain *chain, uint64_t ms)
{
    for (uint64_t i = 0; i <= ms; i += 10) {
        while (step(chain)) {
        }
        if (i == ms) {
            break;
        }
        chain->now_ms += 10;
        chain->wall_ms += 10;
        if (chain->block_ms != 0 && chain->now_ms >= chain->next_block_ms) {
            chain->next_block_ms += chain->block_ms;
            view_chain_mine(chain);
        }
    }
}
