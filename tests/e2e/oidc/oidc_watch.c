/* Asks a reader of issuers' keys, for tests/e2e/oidc/judge.mjs.
 *
 * usage: oidc_watch TRUST-FILE AUTHORITIES-FILE [PROXY]
 * The id of a tenant is its number, as a byte, and zeros. Each line of standard input is a question
 * and gets a line of JSON:
 *   prove TENANT P TOKEN    as soon as there is nothing to wait for
 *   ask TENANT P TOKEN      at once
 *   later MS                its clocks go ahead
 *   wide MS                 how far the bounds of the time are from it, both
 *   facts, metrics
 * The log goes to standard error. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "authenticators/oidc_token.h"
#include "base/arena.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "config/config.h"
#include "net/address/socket_address.h"
#include "oidc/oidc_reader.h"

enum { LINE_MAX = 3 * OIDC_TOKEN_TEXT };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static uint64_t wakes;
static struct oidc_port port;
static struct arena arena;
static struct clock machine;
static _Atomic uint64_t ahead_ms;
static _Atomic uint64_t wide_ms;

static uint64_t monotonic(void *context)
{
    (void)context;
    return clock_monotonic_ns(&machine) + ahead_ms * 1000000;
}

static struct clock_interval wall(void *context)
{
    (void)context;
    struct clock_interval now = clock_wall(&machine);
    uint64_t shift = ahead_ms;
    uint64_t width = wide_ms;
    return (struct clock_interval){now.lo_ms + shift - width, now.hi_ms + shift + width};
}

static void wake(void *context)
{
    (void)context;
    pthread_mutex_lock(&lock);
    wakes++;
    pthread_cond_broadcast(&woken);
    pthread_mutex_unlock(&lock);
}

static uint64_t count_wakes(void)
{
    pthread_mutex_lock(&lock);
    uint64_t count = wakes;
    pthread_mutex_unlock(&lock);
    return count;
}

static void wait_for_more(uint64_t before)
{
    pthread_mutex_lock(&lock);
    while (wakes == before) {
        pthread_cond_wait(&woken, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static void prove(const char *tenant, const char *proof, const char *token, bool is_patient)
{
    uint8_t id[OIDC_PORT_TENANT] = {(uint8_t)strtoul(tenant, NULL, 10)};
    uint8_t proof_of[32] = {0};
    uint8_t memory[OIDC_K_MAX];
    uint8_t hex[2 * OIDC_K_MAX];
    struct buf key = buf_over(memory, sizeof memory);
    struct buf text = buf_over(hex, sizeof hex);
    const struct oidc_question question = {id, proof_of, bytes_of(token)};
    bool waits = true;
    bool has_waited = false;
    struct status status = hex_read(bytes_of(proof), sizeof proof_of, proof_of);
    while (status_is_ok(status) && waits) {
        uint64_t before = count_wakes();
        arena_reset(&arena);
        status = oidc_port_prove(&port, &question, &arena, &key, &waits);
        if (!waits || !is_patient) {
            break;
        }
        has_waited = true;
        wait_for_more(before);
        status = OK;
    }
    hex_put(&text, buf_bytes(&key));
    (void)printf("{\"code\":\"%s\",\"waits\":%s,\"waited\":%s,\"key\":\"%.*s\"}\n",
                 status_name(status.code), waits ? "true" : "false", has_waited ? "true" : "false",
                 (int)text.len, (const char *)hex);
}

static void put_facts(void)
{
    struct oidc_facts facts;
    (void)printf("[");
    for (size_t i = 0; oidc_port_facts(&port, i, &facts); i++) {
        (void)printf("%s{\"tenant\":\"%s\",\"iss\":\"%s\",\"state\":\"%s\",\"last\":\"%s\","
                     "\"keys\":%zu,\"age_ms\":%lld}",
                     i == 0 ? "" : ",", facts.tenant, facts.iss, oidc_port_state_name(facts.state),
                     facts.last, facts.keys, (long long)facts.age_ms);
    }
    (void)printf("]\n");
}

static void put_metrics(void)
{
    static uint8_t text[65536];
    static uint8_t quoted[2 * sizeof text];
    struct buf out = buf_over(text, sizeof text);
    struct buf line = buf_over(quoted, sizeof quoted);
    struct json_out json = json_out_over(&line);
    oidc_port_put_metrics(&port, &out);
    json_out_string(&json, buf_bytes(&out));
    (void)printf("%.*s\n", (int)line.len, (const char *)quoted);
}

static void serve(void)
{
    static char line[LINE_MAX];
    static char token[LINE_MAX];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char word[16] = "";
        char first[32] = "";
        char second[80] = "";
        token[0] = 0;
        (void)sscanf(line, "%15s %31s %79s %24575s", word, first, second, token);
        if (strcmp(word, "prove") == 0 || strcmp(word, "ask") == 0) {
            prove(first, second, token, word[0] == 'p');
        } else if (strcmp(word, "later") == 0) {
            ahead_ms += strtoull(first, NULL, 10);
            (void)printf("{}\n");
        } else if (strcmp(word, "wide") == 0) {
            wide_ms = strtoull(first, NULL, 10);
            (void)printf("{}\n");
        } else if (strcmp(word, "facts") == 0) {
            put_facts();
        } else {
            put_metrics();
        }
        (void)fflush(stdout);
    }
}

static struct status open_reader(char **argv, struct trust *trust, struct oidc_reader **ret,
                                 const char **ret_where)
{
    static uint8_t ids[TRUST_TENANTS_MAX][OIDC_PORT_TENANT];
    static const uint8_t *tenants[TRUST_TENANTS_MAX];
    static struct socket_address proxy;
    static struct log log;
    static struct mem mem;
    struct bytes text;
    static char where[CONFIG_WHERE_MAX];
    *ret_where = where;
    log = (struct log){.fd = 2, .level = LOG_LEVEL_DEBUG, .clock = machine};
    mem_init(&mem, 256u << 20);
    TRY(config_read_file(argv[1], &arena, &text, where));
    TRY(trust_parse(text, &arena, trust, where));
    if (argv[3] != NULL) {
        TRY(socket_address_parse(bytes_of(argv[3]), &proxy));
    }
    for (size_t i = 0; i < TRUST_TENANTS_MAX; i++) {
        ids[i][0] = (uint8_t)i;
        tenants[i] = ids[i];
    }
    const struct oidc_reader_setup setup = {
        .trust = trust,
        .tenants = tenants,
        .proxy = argv[3] != NULL ? &proxy : NULL,
        .authorities = argv[2],
        .clock = {NULL, monotonic, wall},
        .log = &log,
        .mem = &mem,
    };
    return oidc_reader_open(&setup, ret, ret_where);
}

int main(int argc, char **argv)
{
    static struct trust trust;
    struct oidc_reader *reader = NULL;
    const char *where = "";
    machine = clock_system();
    if (argc < 3 || !status_is_ok(arena_init(&arena, 32u << 20))) {
        return 2;
    }
    struct status status = open_reader(argv, &trust, &reader, &where);
    if (status_is_ok(status)) {
        port = oidc_reader_port(reader);
        status = oidc_reader_start(reader, (struct oidc_reader_wake){NULL, wake});
    }
    (void)printf("{\"code\":\"%s\",\"where\":\"%s\"}\n", status_name(status.code), where);
    (void)fflush(stdout);
    if (status_is_ok(status)) {
        serve();
    }
    oidc_reader_close(&reader);
    arena_deinit(&arena);
    return 0;
}
