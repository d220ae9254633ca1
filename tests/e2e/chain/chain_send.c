/* Publishes and anchors by a wallet's transactions, for tests/e2e/chain/publish.py.
 *
 * usage: chain_send TRUST-FILE KEY FEE TIP GAS DEARER-MS
 * KEY is the wallet's in hex with 0x, FEE and TIP are limits in wei. Each line of standard input is
 * a question, each gets a line of JSON:
 *   publish 0xHASH                    until it is no longer being sent, 30 s at most
 *   anchor HEIGHT 0xHEADER 0xFOLLOWS  likewise
 * The log goes to standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/thread.h"
#include "codec/hex.h"
#include "identity/node_identity.h"
#include "rpc/chain_writer.h"

static struct thread_lock lock;
static struct thread_signal woken;
static uint64_t wakes;
static struct publisher_port port;

static void wake(void *context)
{
    (void)context;
    thread_lock_take(&lock);
    wakes++;
    thread_signal_all(&woken);
    thread_lock_give(&lock);
}

static struct status sign(void *context, const struct eth_transaction *transaction, struct buf *raw)
{
    return node_identity_sign_transaction(context, transaction, raw);
}

/* An anchor of height 0 is a hash. */
static struct status ask_once(const struct publisher_anchor *what)
{
    return what->height != 0 ? publisher_anchor(&port, what)
                             : publisher_root_hash(&port, what->header);
}

static struct status ask(const struct publisher_anchor *what)
{
    struct thread_moment end = thread_in_ns(30000000000u);
    for (;;) {
        thread_lock_take(&lock);
        uint64_t before = wakes;
        thread_lock_give(&lock);
        struct status status = ask_once(what);
        if (status.code != STATUS_REGISTRY_PENDING) {
            return status;
        }
        bool is_time = true;
        thread_lock_take(&lock);
        while (wakes == before && is_time) {
            is_time = thread_wait_until(&woken, &lock, end);
        }
        thread_lock_give(&lock);
        if (!is_time) {
            return status;
        }
    }
}

static void serve(void)
{
    char line[512];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char word[4][128] = {{0}};
        struct publisher_anchor what = {0};
        (void)sscanf(line, "%127s %127s %127s %127s", word[0], word[1], word[2], word[3]);
        bool is_anchor = strcmp(word[0], "anchor") == 0;
        struct status status =
            hex_read_0x(bytes_of(word[is_anchor ? 2 : 1]), sizeof what.header, what.header);
        if (status_is_ok(status) && is_anchor) {
            what.height = strtoull(word[1], NULL, 10);
            status = hex_read_0x(bytes_of(word[3]), sizeof what.follows, what.follows);
        }
        if (status_is_ok(status)) {
            status = ask(&what);
        }
        (void)printf("{\"code\":\"%s\"}\n", status_name(status.code));
        (void)fflush(stdout);
    }
}

static struct status open_wallet(const char *text, struct node_identity **ret)
{
    struct secret32 bytes;
    struct k256_key wallet;
    const struct p384_key key = {{[47] = 1}};
    const uint8_t boot[POP_BOOT_ID] = {0};
    const struct entropy entropy = entropy_system();
    TRY(hex_read_0x(bytes_of(text), sizeof bytes.b, bytes.b));
    TRY(k256_key_from(&bytes, &wallet));
    return node_identity_from(&wallet, &key, boot, &entropy, ret);
}

int main(int argc, char **argv)
{
    static struct trust trust;
    static struct mem mem;
    static struct arena arena;
    struct bytes text;
    struct node_identity *identity;
    struct chain_writer *writer;
    char where[CONFIG_WHERE_MAX] = "";
    const char *endpoint = "";
    struct log log = {.fd = 2, .level = LOG_LEVEL_DEBUG, .clock = clock_system()};
    mem_init(&mem, 256u << 20);
    thread_lock_init(&lock);
    thread_signal_init(&woken);
    if (argc != 7 || !status_is_ok(arena_init(&arena, 32u << 20)) ||
        !status_is_ok(config_read_file(argv[1], &arena, &text, where)) ||
        !status_is_ok(trust_parse(text, &arena, &trust, where)) ||
        !status_is_ok(open_wallet(argv[2], &identity))) {
        return 2;
    }
    struct chain_writer_setup setup = {
        .trust = &trust,
        .wallet = {identity, node_identity_facts(identity)->wallet, sign},
        .limits = {strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10),
                   strtoull(argv[5], NULL, 10), (uint32_t)strtoul(argv[6], NULL, 10)},
        .batch = 100,
        .clock = clock_system(),
        .entropy = entropy_system(),
        .log = &log,
        .mem = &mem,
    };
    struct status status = chain_writer_open(&setup, &writer, &endpoint);
    if (!status_is_ok(status)) {
        (void)printf("{\"error\":\"%s\"}\n", status_name(status.code));
        return 1;
    }
    port = chain_writer_port(writer);
    status = chain_writer_start(writer, (struct chain_writer_wake){NULL, wake});
    (void)printf("{\"started\":%s}\n", status_is_ok(status) ? "true" : "false");
    (void)fflush(stdout);
    serve();
    chain_writer_close(&writer);
    node_identity_close(&identity);
    arena_deinit(&arena);
    return mem_used(&mem) == 0 ? 0 : 3;
}
