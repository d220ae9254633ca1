/* What endpoints say: the chain's blocks and the contracts in the state of each, or something else.
 * A block's hash begins with its number and the number of the fork that it is on. */
#include "base/invariant.h"
#include "base/reader.h"
#include "digest/keccak256.h"
#include "fixtures/contract_answers.h"
#include "sim/endpoints.h"
#include "sim/start.h"

enum { CHAIN_ID = 31337, OTHER_CODE = 2, OUR_CODE = 1, EPOCH_S = 1700000000 };

static const uint8_t registry_code[] = "code of the app registry";
static const uint8_t kms_code[] = "code of the kms registry";
static const uint8_t app_id[REGISTRY_ID] = {[31] = 9};

static void name_block(uint64_t number, uint64_t fork, uint8_t ret[static REGISTRY_HASH])
{
    struct buf name = buf_over(ret, REGISTRY_HASH);
    buf_put_u64(&name, number);
    buf_put_u64(&name, fork);
    memset(ret + name.len, 0xb1, REGISTRY_HASH - name.len);
}

void sim_endpoints_setup(struct registry_view_setup *ret)
{
    *ret = (struct registry_view_setup){
        .endpoints = SIM_ENDPOINTS,
        .quorum = SIM_ENDPOINTS_QUORUM,
        .chain_id = CHAIN_ID,
        .registry = {{0xaa}},
        .kms_registry = {{0xbb}},
        .confirmations = SIM_DEEP_BLOCKS,
        .grants = SIM_INSTANCES_MAX,
        .strangers = SIM_INSTANCES_MAX,
    };
    name_block(0, 0, ret->genesis);
    memcpy(ret->kms_app_id, app_id, sizeof app_id);
    keccak256_hash(BYTES_ARRAY(registry_code), ret->registry_code);
    keccak256_hash(BYTES_ARRAY(kms_code), ret->kms_registry_code);
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* How an endpoint sees the chain. */
struct sight {
    uint64_t head_ms; /* so far it has blocks, */
    uint64_t fork_ms; /* and forks */
    enum sim_mood mood;
};

static struct sight sight_of(const struct sim_node *node, size_t endpoint)
{
    const struct sim *sim = node->sim;
    enum sim_mood mood = sim->endpoints->moods[endpoint];
    uint64_t lag_ms = mood == SIM_MOOD_LAGS ? sim->endpoints->lag_ms : 0;
    uint64_t head_ms = sim_chain_view_ms(node) - lag_ms;
    uint64_t back_ms = mood == SIM_MOOD_FORKED ? 20 * SIM_BLOCK_MS : 0;
    return (struct sight){head_ms, head_ms - back_ms, mood};
}

/* The fork on which an endpoint has a block. */
static uint64_t fork_of(const struct sim *sim, const struct sight *sight, uint64_t number)
{
    const struct sim_endpoints *endpoints = sim->endpoints;
    for (uint64_t i = endpoints->fork_count; i != 0; i--) {
        if (endpoints->forks[i].first <= number && endpoints->forks[i].at_ms <= sight->fork_ms) {
            return i;
        }
    }
    return 0;
}

static void answer_block(const struct sim *sim, const struct sight *sight, uint64_t number,
                         struct registry_answer *ret)
{
    if (number > sight->head_ms / SIM_BLOCK_MS) {
        return;
    }
    ret->kind = REGISTRY_ANSWER_BLOCK;
    ret->number = number;
    ret->time = EPOCH_S + number * SIM_BLOCK_MS / 1000;
    name_block(number, fork_of(sim, sight, number), ret->hash);
    ret->hash[REGISTRY_HASH - 1] ^= sight->mood == SIM_MOOD_BLOCKS && number != 0;
}

/* The time whose state a block has. */
static uint64_t made_ms(const struct sim *sim, uint64_t number, uint64_t fork)
{
    uint64_t at_ms = number * SIM_BLOCK_MS;
    uint64_t fork_ms = fork == 0 ? 0 : sim->endpoints->forks[fork].at_ms;
    return at_ms > fork_ms ? at_ms : fork_ms;
}

/* Returns: the time whose state a block has; 0: the endpoint does not have the block. */
static uint64_t time_of(const struct sim *sim, const struct sight *sight,
                        const uint8_t hash[static REGISTRY_HASH])
{
    struct reader reader = reader_over((struct bytes){hash, REGISTRY_HASH});
    uint64_t number = reader_u64(&reader);
    uint64_t fork = reader_u64(&reader);
    if (number > sight->head_ms / SIM_BLOCK_MS || fork != fork_of(sim, sight, number)) {
        return 0;
    }
    return made_ms(sim, number, fork);
}

uint64_t sim_endpoints_made_ms(const struct sim *sim, uint64_t number)
{
    const struct sight sight = {.fork_ms = sim->now_ms};
    return made_ms(sim, number, fork_of(sim, &sight, number));
}

/* --- contracts -------------------------------------------------------------------------------- */

/* The state that a call is made in, as an endpoint tells it. */
struct state {
    const struct sim *sim;
    uint64_t at_ms;
    enum sim_mood mood;
};

static bool is_active(const struct state *state, const struct sim_instance *instance)
{
    bool is_it = instance->since_ms <= state->at_ms && state->at_ms < instance->until_ms;
    return state->mood == SIM_MOOD_GRANTS || (is_it && state->mood != SIM_MOOD_DENIES);
}

static void put_key(uint64_t number, struct p384_point *ret)
{
    uint8_t sec1[P384_SEC1] = {4};
    uint64_t word = number + 7;
    for (size_t at = 1; at < sizeof sec1; at += sizeof word) {
        memcpy(sec1 + at, &word, sizeof word);
    }
    INVARIANT(status_is_ok(p384_point_parse(BYTES_ARRAY(sec1), ret)));
}

/* Number 0: no such instance. */
static void put_instance(const struct state *state, const struct eth_address *wallet,
                         struct buf *out)
{
    const struct sim *sim = state->sim;
    struct registry_instance record = {0};
    uint64_t number = 0;
    for (size_t i = 0; i < sim->instance_count; i++) {
        const struct sim_instance *one = &sim->instances[i];
        if (eth_address_equal(&one->wallet, wallet) && one->since_ms <= state->at_ms) {
            number = i + 1;
            record.status = !is_active(state, one);
        }
    }
    if (eth_address_equal(&sim->roots->evil, wallet)) {
        number = SIM_INSTANCES_MAX + 1;
        record.status = state->mood == SIM_MOOD_DENIES;
    }
    if (number != 0) {
        record.id[30] = (uint8_t)(number >> 8);
        record.id[31] = (uint8_t)number;
        memcpy(record.app_id, app_id, sizeof app_id);
        record.version_id[31] = number > SIM_INSTANCES_MAX ? OTHER_CODE : OUR_CODE;
        record.zk_verified = true;
        memcpy(record.url, "https://node.example", 21);
        put_key(number, &record.tee_point);
    }
    put_instance_record(out, &record, number != 0 ? *wallet : (struct eth_address){{0}},
                        number != 0);
}

static void put_version(const struct state *state, uint8_t number, struct buf *out)
{
    struct registry_version version = {.measurement = {SIM_ENROLLED}};
    version.id[31] = number;
    if (number == OTHER_CODE) {
        version.measurement[0] = SIM_ENROLLED + 1;
        version.status =
            state->mood != SIM_MOOD_GRANTS && !sim_chain_evil(state->sim, state->at_ms);
    }
    put_version_record(out, &version);
}

static void put_peers(const struct state *state, struct buf *out)
{
    const struct sim *sim = state->sim;
    uint64_t count = 0;
    for (size_t i = 0; i < sim->instance_count; i++) {
        count += is_active(state, &sim->instances[i]);
    }
    count = count < REGISTRY_PEERS_MAX ? count : REGISTRY_PEERS_MAX;
    put_number(out, 32);
    put_number(out, count);
    for (size_t i = 0; i < sim->instance_count && count != 0; i++) {
        if (is_active(state, &sim->instances[i])) {
            put_address(out, &sim->instances[i].wallet);
            count--;
        }
    }
}

static void put_root(const struct state *state, struct buf *out)
{
    uint8_t hash[ROOT_GATE_HASH] = {0};
    bool is_set = sim_chain_hash(state->sim, state->at_ms, hash);
    if (state->mood == SIM_MOOD_GRANTS) {
        memset(hash, 0x66, sizeof hash);
    } else if (!is_set || state->mood == SIM_MOOD_HIDES) {
        memset(hash, 0, sizeof hash);
    }
    buf_put(out, BYTES_ARRAY(hash));
}

static void put_commitment(const struct state *state, uint8_t epoch, struct buf *out)
{
    struct sim_next next = sim_epochs_at(state->sim, state->at_ms);
    bool is_there = epoch == 1 && next.is_committed && state->mood != SIM_MOOD_HIDES;
    if (is_there) {
        buf_put(out, BYTES_ARRAY(next.hash));
    } else {
        put_zeros(out, REGISTRY_HASH);
    }
}

static void put_pending(const struct state *state, struct buf *out)
{
    struct sim_next next = sim_epochs_at(state->sim, state->at_ms);
    struct nova_abi_proposal proposal = {0};
    if (next.is_there && !next.is_committed && state->mood != SIM_MOOD_HIDES) {
        proposal.id = next.proposal;
        proposal.epoch = 1;
        proposal.executable_at = EPOCH_S + (next.due_ms + 999) / 1000;
        memcpy(proposal.commitment, next.hash, sizeof next.hash);
    }
    put_proposal(out, &proposal);
}

static void answer_call(const struct state *state, const struct registry_read *read,
                        struct buf *out)
{
    struct reader data = reader_over((struct bytes){read->data, read->data_len});
    uint32_t selector = reader_u32(&data);
    if (selector == nova_abi_selector(NOVA_ABI_GET_INSTANCE_BY_WALLET)) {
        struct eth_address wallet;
        memcpy(wallet.b, read->data + 16, sizeof wallet.b);
        put_instance(state, &wallet, out);
    } else if (selector == nova_abi_selector(NOVA_ABI_GET_APP)) {
        struct registry_app app = {0};
        memcpy(app.id, app_id, sizeof app.id);
        put_app_record(out, &app);
    } else if (selector == nova_abi_selector(NOVA_ABI_GET_VERSION)) {
        put_version(state, read->data[4 + 32 + 31], out);
    } else if (selector == nova_abi_selector(NOVA_ABI_GET_ACTIVE_INSTANCES)) {
        put_peers(state, out);
    } else if (selector == nova_abi_selector(NOVA_ABI_EPOCH_COMMITMENT)) {
        put_commitment(state, read->data[4 + 31], out);
    } else if (selector == nova_abi_selector(NOVA_ABI_PENDING_PROPOSAL)) {
        put_pending(state, out);
    } else if (selector == nova_abi_selector(NOVA_ABI_ANCHORED)) {
        put_zeros(out, 64);
    } else {
        INVARIANT(selector == nova_abi_selector(NOVA_ABI_MASTER_SECRET_HASH));
        put_root(state, out);
    }
}

void sim_endpoints_answer(const struct sim_node *node, size_t endpoint,
                          const struct registry_read *read, struct buf *memory,
                          struct registry_answer *ret)
{
    const struct sim *sim = node->sim;
    const struct sight sight = sight_of(node, endpoint);
    struct state state = {.sim = sim, .mood = sight.mood};
    size_t start = memory->len;
    switch (read->kind) {
    case REGISTRY_READ_CHAIN_ID:
        ret->kind = REGISTRY_ANSWER_NUMBER;
        ret->number = sight.mood == SIM_MOOD_CHAIN ? 1 : CHAIN_ID;
        break;
    case REGISTRY_READ_BLOCK:
        answer_block(sim, &sight, read->number, ret);
        break;
    case REGISTRY_READ_CODE:
        ret->kind = REGISTRY_ANSWER_BYTES;
        ret->data = read->to.b[0] == 0xaa ? BYTES_ARRAY(registry_code) : BYTES_ARRAY(kms_code);
        break;
    case REGISTRY_READ_CALL:
        state.at_ms = time_of(sim, &sight, read->hash);
        if (state.at_ms != 0) {
            answer_call(&state, read, memory);
            ret->kind = REGISTRY_ANSWER_BYTES;
            ret->data = sight.mood == SIM_MOOD_GARBAGE
                            ? BYTES_LITERAL("garbage")
                            : bytes_slice(buf_bytes(memory), start, SIZE_MAX);
        }
        break;
    case REGISTRY_READ_LATEST:
    case REGISTRY_READ_SAFE:
    case REGISTRY_READ_FINALIZED:
    default:
        answer_block(sim, &sight, sight.head_ms / SIM_BLOCK_MS, ret);
        break;
    }
}
