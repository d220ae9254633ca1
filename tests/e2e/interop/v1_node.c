/* A node beside nodes of version 1, driven over standard input and output with the time, the
 * messages and the writes of whoever runs it. For tests/e2e/interop/sync_v1.py, which lists the
 * commands: one on each line, one line of answer each. */
#include <stdio.h>
#include <stdlib.h>

#include "codec/hex.h"
#include "fixtures/v1_one.h"

enum { LINE = 4 << 20 };

static struct v1_one one;
static bool is_open;
static bool repairs; /* or none, to show what happens without */
static uint8_t answer[V1_MESSAGE_MAX];
static uint8_t decoded_memory[LINE];
static struct buf decoded; /* bytes of the line */
static const uint8_t cause[RECORD_CAUSE] = {0xca};

/* Cut the next word off a line. */
static char *word(char **line)
{
    char *from = *line;
    char *space = strchr(from, ' ');
    *line = space == NULL ? from + strlen(from) : space + 1;
    if (space != NULL) {
        *space = 0;
    }
    return from;
}

static uint64_t number(char **line)
{
    return strtoull(word(line), NULL, 10);
}

static struct eth_address wallet(char **line)
{
    struct eth_address ret;
    v1_one_must(eth_address_read(bytes_of(word(line)), &ret));
    return ret;
}

/* The bytes that a word stands for, until the next line; a hyphen is no bytes. */
static struct bytes hex(char **line)
{
    const char *text = word(line);
    size_t len = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
    uint8_t *to = buf_reserve(&decoded, len);
    INVARIANT(to != NULL);
    if (len != 0) {
        v1_one_must(hex_read(bytes_of(text), len, to));
    }
    return (struct bytes){to, len};
}

static void say_status(struct status status)
{
    puts(status_is_ok(status) ? "ok" : status_name(status.code));
}

static void say(const char *head, struct bytes text)
{
    fputs(head, stdout);
    fwrite(text.ptr, 1, text.len, stdout);
    putchar('\n');
}

static void command_reset(char *line)
{
    if (is_open) {
        v1_one_close(&one);
    }
    uint64_t random = number(&line);
    struct eth_address own = wallet(&line);
    v1_one_open(&one, &own, random, number(&line) != 0);
    repairs = number(&line) != 0;
    is_open = true;
    puts("ok");
}

static void command_peers(char *line)
{
    one.listed = 0;
    while (*line != 0) {
        INVARIANT(one.listed < V1_ONE_PEERS);
        one.peers[one.listed++] = wallet(&line);
    }
    puts("ok");
}

static void command_now(char *line)
{
    one.now.ms = number(&line);
    one.now.wall_ms = number(&line);
    one.seen_ms = one.now.ms;
    puts("ok");
}

static void command_put(char *line)
{
    uint64_t app = number(&line);
    struct bytes key = hex(&line);
    struct bytes value = hex(&line);
    say_status(v1_one_write(&one, app, key, value, number(&line)));
}

static void command_delete(char *line)
{
    uint64_t app = number(&line);
    say_status(v1_one_write(&one, app, hex(&line), (struct bytes){NULL, 0}, 0));
}

static void command_get(char *line)
{
    SECRET(value_seal_keys, keys);
    uint64_t app = number(&line);
    struct kv_read read = {.key = hex(&line)};
    struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
    struct buf value = buf_over(answer, sizeof answer);
    static uint8_t text[2 * LIMIT_KV_VALUE];
    struct buf out = buf_over(text, sizeof text);
    v1_one_keys(&one, app, &keys);
    if (!status_is_ok(kv_get(one.kv, &at, &read, &value, NULL))) {
        puts("-");
        return;
    }
    hex_put(&out, buf_bytes(&value));
    say("=", buf_bytes(&out));
}

static void command_peek(char *line)
{
    uint64_t app = number(&line);
    static const struct v1_names names;
    struct record record;
    struct buf out = buf_over(answer, sizeof answer);
    if (!v1_one_peek(&one, app, hex(&line), &record)) {
        puts("-");
        return;
    }
    v1_record_put(&out, &names, &record);
    say("", buf_bytes(&out));
}

/* Repairs are done at once, as where intents are durable in no time. What waits for its time is
 * merged, as the node does each half second. */
static void command_next(void)
{
    struct v1_sync_action action;
    while (v1_one_next(&one, &action)) {
        if (action.kind == V1_SYNC_SEND) {
            char head[128];
            char to[ETH_ADDRESS_TEXT + 1] = {0};
            struct buf text = buf_over((uint8_t *)to, ETH_ADDRESS_TEXT);
            eth_address_put(&text, &action.peer->grant.wallet);
            snprintf(head, sizeof head, "send %llu %s ", (unsigned long long)action.id, to);
            say(head, action.message);
            return;
        }
        if (repairs) {
            (void)status_is_ok(v1_sync_repair(one.sync, &one.now, action.id, cause));
        }
    }
    puts("none");
}

static void command_tick(void)
{
    struct kv_feed_item item;
    kv_tick(one.kv, one.now.wall_ms, 256);
    while (kv_waiting_next(one.kv, one.now.wall_ms, &item)) {
        SECRET(value_seal_keys, keys);
        const struct namespace_keys from = {one.roots, v1_one_domain, one.apps};
        uint8_t nonce[VALUE_SEAL_NONCE];
        enum kv_merged merged;
        namespace_keys_of(&from, item.tenant.ptr, &keys);
        v1_one_must(v1_one_fill(&one, nonce, sizeof nonce));
        struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
        (void)status_is_ok(kv_waiting_merge(one.kv, &at, nonce, &merged));
    }
    puts("ok");
}

static void command_answer(char *line)
{
    struct v1_sync_answer got = {.id = number(&line), .cause = cause};
    if (strcmp(line, "-") != 0) {
        got.message = bytes_of(line);
    }
    v1_sync_answered(one.sync, &one.now, &got);
    puts("ok");
}

static void command_serve(char *line)
{
    struct v1_sync_request request = {.from = wallet(&line), .cause = cause};
    request.message = bytes_of(line);
    struct buf out = buf_over(answer, sizeof answer);
    struct status status = v1_sync_serve(one.sync, &one.now, &request, &out);
    if (status_is_ok(status)) {
        say("ok ", buf_bytes(&out));
    } else {
        puts(status_name(status.code));
    }
}

/* All records, as nodes of version 2 hand them to each other; and the reverse. */
static void command_dump(void)
{
    struct kv_feed feed;
    struct kv_feed_item item;
    static uint8_t memory[LINE / 2];
    static uint8_t text[LINE];
    struct buf records = buf_over(memory, sizeof memory);
    struct buf out = buf_over(text, sizeof text);
    kv_feed_open(one.kv, &feed, true);
    while (kv_feed_next(one.kv, &feed, &item)) {
        const struct sync_record record = {item.tenant, item.is_system, item.record};
        sync_message_put_record(&records, &record);
    }
    kv_feed_close(&feed);
    hex_put(&out, buf_bytes(&records));
    say("=", buf_bytes(&out));
}

static void command_merge(char *line)
{
    struct reader body = reader_over(hex(&line));
    struct sync_record record;
    while (sync_message_next_record(&body, &record)) {
        SECRET(value_seal_keys, keys);
        const struct namespace_keys from = {one.roots, v1_one_domain, one.apps};
        uint8_t nonce[VALUE_SEAL_NONCE];
        enum kv_merged merged;
        namespace_keys_of(&from, record.tenant.ptr, &keys);
        v1_one_must(v1_one_fill(&one, nonce, sizeof nonce));
        struct kv_at at = {.keys = &keys, .now_ms = one.now.wall_ms};
        (void)status_is_ok(kv_merge(one.kv, &at, &record.record, nonce, &merged));
    }
    INVARIANT(reader_done(&body));
    puts("ok");
}

/* The canonical form of a body and its code; or whether a code is good. */
static void command_code(char *line)
{
    static struct arena arena;
    static uint8_t code_memory[64];
    struct buf out = buf_over(answer, sizeof answer);
    struct buf code = buf_over(code_memory, sizeof code_memory);
    if (arena.base == NULL) {
        v1_one_must(arena_init(&arena, (size_t)64 << 20));
    }
    arena_reset(&arena);
    const char *given = word(&line);
    if (strcmp(given, "-") != 0) {
        say_status(v1_code_check(&one.master, bytes_of(line), bytes_of(given), &arena));
        return;
    }
    v1_one_must(v1_code_put(&one.master, bytes_of(line), &arena, &out, &code));
    fwrite(code.ptr, 1, code.len, stdout);
    say(" ", buf_bytes(&out));
}

static void command_stats(void)
{
    struct v1_sync_stats stats = v1_sync_stats(one.sync);
    printf("{\"is_whole\":%d,\"pulls\":%llu,\"repairs\":%llu,\"buried\":%llu,\"refused\":%llu,"
           "\"failures\":%llu,\"too_large\":%llu,\"pushes\":%llu,\"taken\":%llu}\n",
           stats.is_whole, (unsigned long long)stats.pulls, (unsigned long long)stats.repairs,
           (unsigned long long)stats.buried, (unsigned long long)stats.refused,
           (unsigned long long)stats.failures, (unsigned long long)stats.too_large,
           (unsigned long long)stats.pushes, (unsigned long long)stats.taken);
}

static void command_other(const char *name)
{
    if (strcmp(name, "next") == 0) {
        command_next();
    } else if (strcmp(name, "tick") == 0) {
        command_tick();
    } else if (strcmp(name, "dump") == 0) {
        command_dump();
    } else if (strcmp(name, "stats") == 0) {
        command_stats();
    } else {
        say_status(strcmp(name, "check") == 0 ? v1_sync_check(one.sync) : FAIL(UNKNOWN_OPERATION));
    }
}

static void obey(char *line)
{
    static const struct {
        const char *name;
        void (*command)(char *line);
    } commands[] = {
        {"reset", command_reset}, {"peers", command_peers},   {"now", command_now},
        {"put", command_put},     {"delete", command_delete}, {"get", command_get},
        {"peek", command_peek},   {"answer", command_answer}, {"serve", command_serve},
        {"code", command_code},   {"merge", command_merge},
    };
    decoded = buf_over(decoded_memory, sizeof decoded_memory);
    const char *name = word(&line);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            commands[i].command(line);
            return;
        }
    }
    command_other(name);
}

int main(void)
{
    static char line[LINE];
    secret_allow_unlocked();
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        obey(line);
        fflush(stdout);
    }
    if (is_open) {
        v1_one_close(&one);
    }
    return 0;
}
