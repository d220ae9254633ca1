/* Asks a chain reader about wallets, for tests/e2e/chain/registry.py.
 *
 * usage: chain_watch TRUST-FILE [ENTRIES [BATCH]]
 * Each line of standard input is a question, each gets a line of JSON:
 *   lookup app|peer serve|sign|hand_off 0xWALLET   as soon as it is no longer pending, 5 s at most
 *   ask app|peer serve|sign|hand_off 0xWALLET      at once
 *   root, anchor, health, peers, metrics
 * The log goes to standard error. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "rpc/chain_reader.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static uint64_t wakes;
static struct registry_port port;
static struct clock clocks;

static void wake(void *context)
{
    (void)context;
    pthread_mutex_lock(&lock);
    wakes++;
    pthread_cond_broadcast(&woken);
    pthread_mutex_unlock(&lock);
}

static void print(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
    (void)printf("\n");
    (void)fflush(stdout);
}

static const char *hex_of(struct bytes data)
{
    static char text[4][256];
    static unsigned next;
    char *at = text[next++ % 4];
    struct buf out = buf_over((uint8_t *)at, 255);
    buf_put_text(&out, "0x");
    hex_put(&out, data);
    at[out.len] = 0;
    return at;
}

static struct status ask(struct registry_question *question, bool waits, struct registry_grant *ret)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 5;
    for (;;) {
        pthread_mutex_lock(&lock);
        uint64_t before = wakes;
        pthread_mutex_unlock(&lock);
        question->now_ms = clock_monotonic_ms(&clocks);
        struct status status = registry_lookup(&port, question, ret);
        if (status.code != STATUS_REGISTRY_PENDING || !waits) {
            return status;
        }
        int timeout = 0;
        pthread_mutex_lock(&lock);
        while (wakes == before && timeout == 0) {
            timeout = pthread_cond_timedwait(&woken, &lock, &end);
        }
        pthread_mutex_unlock(&lock);
        if (timeout != 0) {
            return status;
        }
    }
}

static void lookup(const char *role, const char *use, const char *wallet, bool waits)
{
    struct registry_question question = {
        .role = strcmp(role, "peer") == 0 ? REGISTRY_PEER : REGISTRY_APP,
        .use = strcmp(use, "sign") == 0    ? REGISTRY_SIGN
               : strcmp(use, "serve") == 0 ? REGISTRY_SERVE
                                           : REGISTRY_HAND_OFF,
    };
    struct registry_grant grant;
    if (!status_is_ok(hex_read_0x(bytes_of(wallet), sizeof question.wallet.b, question.wallet.b))) {
        print("{\"error\":\"wallet\"}");
        return;
    }
    uint64_t began_ms = clock_monotonic_ms(&clocks);
    struct status status = ask(&question, waits, &grant);
    uint64_t now_ms = clock_monotonic_ms(&clocks);
    if (!status_is_ok(status)) {
        print("{\"code\":\"%s\",\"took_ms\":%llu}", status_name(status.code),
              (unsigned long long)(now_ms - began_ms));
        return;
    }
    print("{\"code\":\"OK\",\"took_ms\":%llu,\"app_id\":\"%s\",\"version_id\":%llu,"
          "\"instance_id\":%llu,\"tee_point\":\"%s\",\"measurement\":\"%s\",\"block\":%llu,"
          "\"block_hash\":\"%s\",\"age_ms\":%llu}",
          (unsigned long long)(now_ms - began_ms), hex_of(BYTES_ARRAY(grant.app_id)),
          (unsigned long long)grant.version_id, (unsigned long long)grant.instance_id,
          hex_of(BYTES_ARRAY(grant.tee_point.sec1)), hex_of(BYTES_ARRAY(grant.measurement)),
          (unsigned long long)grant.block_number, hex_of(BYTES_ARRAY(grant.block_hash)),
          (unsigned long long)(now_ms - grant.seen_ms));
}

static void root(void)
{
    struct registry_root is;
    struct status status = registry_root(&port, REGISTRY_SERVE, clock_monotonic_ms(&clocks), &is);
    print("{\"code\":\"%s\",\"is_published\":%s,\"hash\":\"%s\",\"block\":%llu}",
          status_name(status.code), is.is_published ? "true" : "false",
          hex_of(BYTES_ARRAY(is.hash)), (unsigned long long)is.block_number);
}

static void anchor(void)
{
    struct registry_anchor is;
    uint64_t now_ms = clock_monotonic_ms(&clocks);
    struct status status = registry_anchor(&port, REGISTRY_SERVE, now_ms, &is);
    print("{\"code\":\"%s\",\"height\":%llu,\"header\":\"%s\",\"block\":%llu}",
          status_name(status.code), (unsigned long long)is.height, hex_of(BYTES_ARRAY(is.header)),
          (unsigned long long)is.block_number);
}

static void health(void)
{
    struct registry_health is = registry_health(&port, clock_monotonic_ms(&clocks));
    print("{\"is_lost\":%s,\"head\":%llu,\"age_ms\":%lld,\"endpoints\":%llu,\"good\":%llu}",
          is.is_lost ? "true" : "false", (unsigned long long)is.head_number, (long long)is.age_ms,
          (unsigned long long)is.endpoints, (unsigned long long)is.endpoints_good);
}

static void peers(void)
{
    static struct registry_peer list[REGISTRY_PEERS_MAX];
    size_t count = registry_peers(&port, clock_monotonic_ms(&clocks), list);
    (void)printf("{\"peers\":[");
    for (size_t i = 0; i < count; i++) {
        (void)printf("%s{\"wallet\":\"%s\",\"operator\":\"%s\",\"url\":\"%s\",\"block\":%llu}",
                     i == 0 ? "" : ",", hex_of(BYTES_ARRAY(list[i].grant.wallet.b)),
                     hex_of(BYTES_ARRAY(list[i].operator.b)), list[i].url,
                     (unsigned long long)list[i].grant.block_number);
    }
    print("]}");
}

static void metrics(void)
{
    static uint8_t text[65536];
    static uint8_t quoted[2 * sizeof text];
    struct buf out = buf_over(text, sizeof text);
    struct buf line = buf_over(quoted, sizeof quoted);
    struct json_out json = json_out_over(&line);
    registry_put_metrics(&port, &out);
    json_out_string(&json, buf_bytes(&out));
    print("%.*s", (int)line.len, (const char *)quoted);
}

static void serve(void)
{
    char line[512];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char word[4][128] = {{0}};
        (void)sscanf(line, "%127s %127s %127s %127s", word[0], word[1], word[2], word[3]);
        if (strcmp(word[0], "lookup") == 0 || strcmp(word[0], "ask") == 0) {
            lookup(word[1], word[2], word[3], word[0][0] == 'l');
        } else if (strcmp(word[0], "root") == 0) {
            root();
        } else if (strcmp(word[0], "anchor") == 0) {
            anchor();
        } else if (strcmp(word[0], "health") == 0) {
            health();
        } else if (strcmp(word[0], "peers") == 0) {
            peers();
        } else if (strcmp(word[0], "metrics") == 0) {
            metrics();
        } else {
            print("{\"error\":\"question\"}");
        }
    }
}

int main(int argc, char **argv)
{
    static struct trust trust;
    static struct mem mem;
    static struct arena arena;
    struct bytes text;
    struct chain_reader *reader;
    char where[CONFIG_WHERE_MAX] = "";
    const char *endpoint = "";
    clocks = clock_system();
    struct log log = {.fd = 2, .level = LOG_LEVEL_DEBUG, .clock = clocks};
    mem_init(&mem, 256u << 20);
    if (argc < 2 || !status_is_ok(arena_init(&arena, 32u << 20)) ||
        !status_is_ok(config_read_file(argv[1], &arena, &text, where))) {
        return 2;
    }
    struct status status = trust_parse(text, &arena, &trust, where);
    struct chain_reader_setup setup = {
        .trust = &trust,
        .entries = argc > 2 ? strtoul(argv[2], NULL, 10) : 64,
        .batch = argc > 3 ? strtoul(argv[3], NULL, 10) : 100,
        .clock = clocks,
        .entropy = entropy_system(),
        .log = &log,
        .mem = &mem,
    };
    if (status_is_ok(status)) {
        status = chain_reader_open(&setup, &reader, &endpoint);
    }
    if (!status_is_ok(status)) {
        print("{\"error\":\"%s\",\"where\":\"%s%s\"}", status_name(status.code), where, endpoint);
        return 1;
    }
    port = chain_reader_port(reader);
    status = chain_reader_start(reader, (struct chain_reader_wake){NULL, wake});
    print("{\"started\":%s}", status_is_ok(status) ? "true" : "false");
    serve();
    chain_reader_close(&reader);
    arena_deinit(&arena);
    return mem_used(&mem) == 0 ? 0 : 3;
}
