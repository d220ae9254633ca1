/* What a cluster costs: nodes are the machine and the store, the network is memory and takes
 * DELAY_MS one way in virtual time; bytes are those of messages, without envelopes.
 *
 *   repair COUNT       two nodes with so many records, of which ten differ, until they agree
 *   write NODES        a write on the first, until all have it and until it is settled
 *   idle NODES COUNT   a minute in which nothing is written
 *   attest FILE        a document's certificates and signature, under the root that it names
 *
 * Keys of 16 bytes, values of 100. usage: bench_cluster repair|write|idle|attest WHAT [COUNT] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attestation/attestation.h"
#include "cluster/cluster.h"
#include "keys/root.h"
#include "record/namespace_keys.h"

enum { NODES_MAX = 16, MAIL_MAX = 1024, VALUE = 100, DELAY_MS = 10, DIFFER = 10 };

struct node {
    struct mem mem;
    struct kv *kv;
    struct cluster *cluster;
    struct registry_port registry;
    struct eth_address wallet;
    uint64_t wake_ms;
};

struct letter {
    uint64_t at_ms;
    size_t from;
    size_t to;
    uint64_t id;
    bool is_answer;
    size_t len;
    uint8_t *bytes;
};

static struct {
    struct root_keyring *roots;
    struct node nodes[NODES_MAX];
    size_t count;
    struct letter mail[MAIL_MAX]; /* in the order of arrival */
    size_t mail_count;
    struct cluster_now now;
    uint64_t random;
    uint64_t bytes;
    uint64_t messages;
    uint64_t settled_ms;
} bench = {.now = {1000, 1700000000000}};

static const uint8_t domain[DOMAIN_ID] = {1};
static const uint8_t tenant[DOMAIN_TENANT_ID] = {2};
static struct value_seal_keys keys;

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void require(struct status status)
{
    if (!status_is_ok(status)) {
        fprintf(stderr, "%s\n", status_name(status.code));
        exit(1);
    }
}

static struct status fill(void *context, uint8_t *out, size_t len)
{
    uint64_t *state = context;
    for (size_t i = 0; i < len; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(*state >> 56);
    }
    return OK;
}

static size_t list_peers(void *context, uint64_t now_ms, struct registry_peer *ret)
{
    (void)context;
    for (size_t i = 0; i < bench.count; i++) {
        ret[i] = (struct registry_peer){
            .grant = {.wallet = bench.nodes[i].wallet, .deadline_ms = now_ms + 60000}};
    }
    return bench.count;
}

/* --- the network ------------------------------------------------------------------------------ */

static void post(size_t from, size_t to, uint64_t id, bool is_answer, struct bytes bytes)
{
    if (bench.mail_count == MAIL_MAX) {
        fprintf(stderr, "too much mail\n");
        exit(1);
    }
    struct letter *letter = &bench.mail[bench.mail_count++];
    *letter = (struct letter){bench.now.ms + DELAY_MS, from, to, id, is_answer, bytes.len,
                              malloc(bytes.len + 1)};
    memcpy(letter->bytes, bytes.ptr, bytes.len);
    bench.bytes += bytes.len;
    bench.messages++;
}

static size_t node_of(const struct eth_address *wallet)
{
    size_t i = 0;
    while (!eth_address_equal(&bench.nodes[i].wallet, wallet)) {
        i++;
    }
    return i;
}

static void act(size_t at)
{
    struct node *node = &bench.nodes[at];
    struct cluster_action action;
    while (cluster_next(node->cluster, &bench.now, &action, &node->wake_ms)) {
        if (action.kind == CLUSTER_SEND) {
            post(at, node_of(&action.peer->grant.wallet), action.id, false, action.message);
        } else if (action.kind == CLUSTER_SETTLED) {
            bench.settled_ms = bench.now.ms;
        }
    }
}

static void deliver(const struct letter *letter)
{
    static uint8_t memory[SYNC_MESSAGE_MAX];
    struct node *node = &bench.nodes[letter->to];
    struct bytes bytes = {letter->bytes, letter->len};
    if (letter->is_answer) {
        cluster_answered(node->cluster, &bench.now, letter->id, bytes);
    } else {
        struct buf answer = buf_over(memory, sizeof memory);
        require(cluster_serve(node->cluster, &bench.now, &bench.nodes[letter->from].wallet, bytes,
                              &answer));
        post(letter->to, letter->from, letter->id, true, buf_bytes(&answer));
    }
    free(letter->bytes);
    act(letter->to);
}

/* To the next moment at which anything happens, and let it. */
static void step(void)
{
    uint64_t next_ms = bench.mail_count != 0 ? bench.mail[0].at_ms : UINT64_MAX;
    for (size_t i = 0; i < bench.count; i++) {
        next_ms = bench.nodes[i].wake_ms < next_ms ? bench.nodes[i].wake_ms : next_ms;
    }
    uint64_t passes = next_ms > bench.now.ms ? next_ms - bench.now.ms : 0;
    bench.now.ms += passes;
    bench.now.wall_ms += passes;
    while (bench.mail_count != 0 && bench.mail[0].at_ms <= bench.now.ms) {
        struct letter letter = bench.mail[0];
        memmove(bench.mail, bench.mail + 1, --bench.mail_count * sizeof letter);
        deliver(&letter);
    }
    for (size_t i = 0; i < bench.count; i++) {
        if (bench.nodes[i].wake_ms <= bench.now.ms) {
            act(i);
        }
    }
}

static void pass(uint64_t ms)
{
    uint64_t end_ms = bench.now.ms + ms;
    while (bench.now.ms < end_ms) {
        step();
    }
}

/* --- nodes ------------------------------------------------------------------------------------ */

static void open_nodes(size_t count)
{
    static const struct secret32 master = {{9}};
    struct entropy entropy = {&bench.random, fill};
    struct kv_limits limits = kv_limits_default();
    limits.app_bytes = limits.all_apps_bytes = (size_t)4 << 30;
    require(root_keyring_open(domain, &entropy, &bench.roots));
    require(root_keyring_install(bench.roots, 0, &master));
    const struct namespace_keys from = {.roots = bench.roots, .domain = domain};
    namespace_keys_of(&from, tenant, &keys);
    bench.count = count;
    for (size_t i = 0; i < count; i++) {
        struct node *node = &bench.nodes[i];
        node->wallet.b[0] = (uint8_t)(i + 1);
        node->registry.peers = list_peers;
        mem_init(&node->mem, (size_t)5 << 30);
        require(kv_open(&limits, node->wallet.b, &node->mem, &node->kv));
    }
}

static void join(void)
{
    for (size_t i = 0; i < bench.count; i++) {
        struct node *node = &bench.nodes[i];
        struct cluster_setup setup = {.mem = &node->mem,
                                      .entropy = {&bench.random, fill},
                                      .kv = node->kv,
                                      .roots = bench.roots,
                                      .registry = &node->registry,
                                      .wallet = node->wallet,
                                      .boot = {(uint8_t)(i + 1)},
                                      .holders = 2,
                                      .is_first = i == 0};
        memcpy(setup.domain, domain, sizeof setup.domain);
        require(cluster_open(&setup, &bench.now, &node->cluster));
    }
}

static struct bytes key_of(uint64_t number, char text[static 24])
{
    (void)snprintf(text, 24, "key-%012" PRIu64, number);
    return bytes_of(text);
}

static void put(size_t at, uint64_t number)
{
    static const uint8_t value[VALUE];
    char text[24];
    struct kv_at where = {.keys = &keys, .now_ms = bench.now.wall_ms};
    struct kv_write write = {.key = key_of(number, text), .value = BYTES_ARRAY(value)};
    (void)fill(&bench.random, write.nonce, sizeof write.nonce);
    write.cause[0] = (uint8_t)(at + 1);
    write.cause[RECORD_CAUSE - 1] = 1;
    require(kv_put(bench.nodes[at].kv, &where, &write, NULL));
}

/* What the first has the others have too. */
static void copy_records(void)
{
    struct kv_feed feed;
    struct kv_feed_item item;
    enum kv_merged merged;
    uint8_t nonce[VALUE_SEAL_NONCE] = {0};
    struct kv_at where = {.keys = &keys, .now_ms = bench.now.wall_ms};
    kv_feed_open(bench.nodes[0].kv, &feed, true);
    while (kv_feed_next(bench.nodes[0].kv, &feed, &item)) {
        for (size_t i = 1; i < bench.count; i++) {
            require(kv_merge(bench.nodes[i].kv, &where, &item.record, nonce, &merged));
        }
    }
    kv_feed_close(&feed);
}

static bool all_agree(void)
{
    uint8_t first[KV_DIGEST];
    uint8_t other[KV_DIGEST];
    bool agree = true;
    kv_digest_root(bench.nodes[0].kv, first);
    for (size_t i = 1; i < bench.count; i++) {
        kv_digest_root(bench.nodes[i].kv, other);
        agree = agree && memcmp(first, other, sizeof first) == 0;
    }
    return agree;
}

static void start(size_t nodes, uint64_t records)
{
    open_nodes(nodes);
    for (uint64_t i = 0; i < records; i++) {
        put(0, i);
    }
    copy_records();
    join();
}

static void count_anew(void)
{
    bench.bytes = 0;
    bench.messages = 0;
}

/* --- what is measured ------------------------------------------------------------------------- */

/* Written while the other was away, so that no push has them. */
static void repair(uint64_t records)
{
    start(2, records);
    for (uint64_t i = 0; i < DIFFER; i++) {
        put(0, i * (records / DIFFER));
    }
    cluster_close(&bench.nodes[1].cluster);
    cluster_close(&bench.nodes[0].cluster);
    join();
    count_anew();
    uint64_t begin_ms = bench.now.ms;
    uint64_t begin_ns = cpu_ns();
    while (!all_agree()) {
        step();
    }
    printf("repair of %d in %" PRIu64 ": %" PRIu64 " bytes, %" PRIu64 " messages, %" PRIu64
           " ms, %" PRIu64 " us of processor time\n",
           (int)DIFFER, records, bench.bytes, bench.messages, bench.now.ms - begin_ms,
           (cpu_ns() - begin_ns) / 1000);
}

static void write_to_all(size_t nodes)
{
    enum { WRITES = 1000 };
    uint64_t visible_ms = 0;
    uint64_t settled_ms = 0;
    uint64_t own_ns = 0;
    start(nodes, 1000);
    pass(5000);
    count_anew();
    for (uint64_t i = 0; i < WRITES; i++) {
        char text[24];
        uint64_t ticket;
        struct cluster_written written = {.key = key_of(i, text)};
        memcpy(written.tenant, tenant, sizeof tenant);
        bench.settled_ms = 0;
        uint64_t begin_ms = bench.now.ms;
        uint64_t begin_ns = cpu_ns();
        put(0, i);
        require(cluster_write(bench.nodes[0].cluster, &bench.now, &written, &ticket));
        act(0);
        while (!all_agree()) {
            step();
        }
        visible_ms += bench.now.ms - begin_ms;
        while (bench.settled_ms == 0) {
            step();
        }
        settled_ms += bench.settled_ms - begin_ms;
        pass(2 * DELAY_MS);
        own_ns += cpu_ns() - begin_ns;
    }
    printf("write on %zu nodes: visible on all after %.1f ms, settled after %.1f ms; %.1f messages,"
           " %.0f bytes, %.0f us of processor time of all nodes\n",
           nodes, (double)visible_ms / WRITES, (double)settled_ms / WRITES,
           (double)bench.messages / WRITES, (double)bench.bytes / WRITES,
           (double)own_ns / WRITES / 1000);
}

static void idle(size_t nodes, uint64_t records)
{
    enum { MINUTE_MS = 60000 };
    start(nodes, records);
    pass(5000);
    count_anew();
    uint64_t begin_ns = cpu_ns();
    pass(MINUTE_MS);
    printf("idle, %zu nodes, %" PRIu64 " records: each node %.1f messages, %.0f bytes and %.2f ms"
           " of processor time a minute; memory %zu kB\n",
           nodes, records, (double)bench.messages / (double)nodes,
           (double)bench.bytes / (double)nodes, (double)(cpu_ns() - begin_ns) / 1e6 / (double)nodes,
           mem_used(&bench.nodes[0].mem) >> 10);
}

/* It fails for its measurement, which is looked at last but for its user data. */
static void attest(const char *path)
{
    enum { TIMES = 200 };
    static uint8_t memory[16384];
    struct document document;
    struct attestation_expected what = {.purpose = ATTESTATION_IDENTITY};
    struct status status = OK;
    FILE *file = fopen(path, "rb");
    size_t len = file == NULL ? 0 : fread(memory, 1, sizeof memory, file);
    struct bytes in = {memory, len};
    require(document_read(in, &document));
    (void)fclose(file);
    what.root = document.bundle[0];
    uint64_t begin_ns = cpu_ns();
    for (size_t i = 0; i < TIMES; i++) {
        status = attestation_verify_evidence(in, &what, &document);
    }
    printf("attestation: %.2f ms of processor time, ends with %s\n",
           (double)(cpu_ns() - begin_ns) / TIMES / 1e6, status_name(status.code));
}

int main(int argc, char **argv)
{
    uint64_t number = argc < 3 ? 0 : strtoull(argv[2], NULL, 10);
    uint64_t records = argc < 4 ? 1000 : strtoull(argv[3], NULL, 10);
    bool is_file = argc == 3 && strcmp(argv[1], "attest") == 0;
    if (argc < 3 || (number < 2 && !is_file)) {
        fprintf(stderr, "usage: bench_cluster repair|write|idle|attest WHAT [COUNT]\n");
        return 2;
    }
    secret_allow_unlocked();
    if (is_file) {
        attest(argv[2]);
    } else if (strcmp(argv[1], "repair") == 0) {
        repair(number);
    } else if (number <= NODES_MAX) {
        strcmp(argv[1], "write") == 0 ? write_to_all(number) : idle(number, records);
    }
    return 0;
}
