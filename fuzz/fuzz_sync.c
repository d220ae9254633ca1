/* covers: src/cluster/sync_message.c src/cluster/sync_push.c src/cluster/sync_walk.c */
#include "fixtures/cluster_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static struct cluster_one one;
static uint8_t said[SYNC_MESSAGE_MAX];
static uint8_t memory[SYNC_MESSAGE_MAX];

/* A few records, so that there is something to compare and to send. */
static void fill(void)
{
    SECRET(value_seal_keys, keys);
    SECRET32(key);
    static const uint8_t tenant[DOMAIN_TENANT_ID] = {7};
    root_values_key(root_keyring_newest(one.roots), tenant, &key);
    value_seal_keys_init(&keys, one_domain, tenant);
    value_seal_keys_add(&keys, 0, &key);
    struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
    for (uint8_t i = 0; i < 20; i++) {
        uint8_t name[] = {'k', (uint8_t)('a' + i)};
        struct kv_write write = {.key = BYTES_ARRAY(name), .value = BYTES_ARRAY(name)};
        write.nonce[0] = (uint8_t)(i + 1);
        write.cause[0] = 1;
        struct status status = kv_put(one.kv, &at, &write, NULL);
        require(status_is_ok(status));
    }
}

/* The same body as a request, and as the answer to whatever the node asks now: what a member that
 * has turned bad can say, code and all. Each must be answered or refused, and cost nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 1 || len > 8192) {
        return 0;
    }
    secret_allow_unlocked();
    one_open(&one, 2, true);
    fill();
    struct bytes body = {data + 1, len - 1};
    struct sync_head head = {.type = 1 + data[0] % 4, .boot = {9}, .sequence = 5};
    struct buf message = buf_over(said, sizeof said);
    one_say(&one, &head, body, &message);
    struct buf answer = buf_over(memory, sizeof memory);
    struct status status =
        cluster_serve(one.cluster, &one.now, &one_peer, buf_bytes(&message), &answer);
    require(status_is_ok(status) ? answer.len >= SYNC_HEAD + SYNC_CODE : answer.len == 0);
    struct cluster_action action;
    for (size_t i = 0; i < 4 && one_next(&one, &action); i++) {
        require(action.kind == CLUSTER_SEND && action.message.len <= SYNC_MESSAGE_MAX);
        struct reader asked = reader_over(action.message);
        reader_take(&asked, 4);
        head.type = reader_u8(&asked) == SYNC_PUSH ? SYNC_ACK : action.message.ptr[4];
        reader_take(&asked, SYNC_BOOT);
        head.sequence = reader_u64(&asked);
        one_say(&one, &head, body, &message);
        cluster_answered(one.cluster, &one.now, action.id, buf_bytes(&message));
        one.now.ms += 20000;
    }
    one_close(&one);
    return 0;
}
