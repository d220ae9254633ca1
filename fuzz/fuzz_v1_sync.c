/* covers: src/cluster/v1/v1_*.c */
#include "cluster/v1/v1_secret.h"
#include "fixtures/v1_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static struct v1_one one;
static uint8_t memory[V1_MESSAGE_MAX];
static const struct eth_address self = {{0xaa}};
static const struct eth_address peer = {{0xbb}};
static const uint8_t cause[RECORD_CAUSE] = {0xca};

/* A few records under the key that the inputs use, so that there is something to meet. */
static void fill(void)
{
    struct status status = v1_one_write(&one, 7, BYTES_LITERAL("k"), BYTES_LITERAL("v"), 0);
    require(status_is_ok(status));
    status = v1_one_write(&one, 7, BYTES_LITERAL("wallet/k"), BYTES_LITERAL("v"), 50);
    require(status_is_ok(status));
}

/* What is written is read again as the same. */
static void read_again(const struct record *record, struct v1_record_memory *room)
{
    static uint8_t blob[V1_RECORD_BLOB];
    struct v1_record_memory other = {.arena = room->arena, .names = room->names, .blob = blob};
    struct record again;
    struct buf out = buf_over(memory, sizeof memory);
    v1_record_put(&out, room->names, record);
    require(out.len <= v1_record_len_max(record));
    struct status status = v1_record_read(buf_bytes(&out), &other, &again);
    require(status_is_ok(status) && bytes_equal(record->key, again.key));
    require(bytes_equal(record->clock, again.clock) && bytes_equal(record->blob, again.blob));
    require(record->updated_at_ms == again.updated_at_ms && record->ttl_ms == again.ttl_ms);
    require(record->flags == again.flags);
}

static void read_record(struct bytes text)
{
    static struct arena arena;
    static uint8_t blob[V1_RECORD_BLOB];
    struct v1_names names = {0};
    struct v1_record_memory room = {.arena = &arena, .names = &names, .blob = blob};
    struct record record;
    if (arena.base == NULL) {
        v1_one_must(arena_init(&arena, V1_MESSAGE_ARENA));
    }
    arena_reset(&arena);
    if (status_is_ok(v1_record_read(text, &room, &record))) {
        struct status status = record_check(&record);
        require(status_is_ok(status));
        read_again(&record, &room);
    }
}

/* The same text as a request of a peer, and as the answer to all that the node says to it. */
static void speak(struct bytes text)
{
    struct v1_sync_action action;
    const struct v1_sync_request request = {.from = peer, .message = text, .cause = cause};
    struct buf answer = buf_over(memory, sizeof memory);
    struct status status = v1_sync_serve(one.sync, &one.now, &request, &answer);
    require(status_is_ok(status) ? answer.len != 0 : answer.len == 0);
    for (size_t i = 0; i < 8 && v1_one_next(&one, &action); i++) {
        if (action.kind == V1_SYNC_REPAIR) {
            (void)status_is_ok(v1_sync_repair(one.sync, &one.now, action.id, cause));
            continue;
        }
        require(action.message.len <= V1_MESSAGE_MAX);
        const struct v1_sync_answer said = {.id = action.id, .message = text, .cause = cause};
        v1_sync_answered(one.sync, &one.now, &said);
        one.now.ms += V1_SYNC_RETRY_MAX_MS;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena arena;
    static const struct p384_key key = {{1}};
    static const uint8_t hash[V1_SECRET_HASH];
    struct secret32 master;
    struct bytes text = {data, len};
    if (len > 16384) {
        return 0;
    }
    if (arena.base == NULL) {
        v1_one_must(arena_init(&arena, V1_MESSAGE_ARENA));
    }
    secret_allow_unlocked();
    arena_reset(&arena);
    read_record(text);
    struct status status = v1_secret_open(&key, text, hash, &arena, &master);
    require(!status_is_ok(status));
    v1_one_open(&one, &self, 7, len % 2 == 0);
    one.listed = 2;
    one.peers[0] = self;
    one.peers[1] = peer;
    fill();
    speak(text);
    v1_one_close(&one);
    return 0;
}
