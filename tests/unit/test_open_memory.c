/* What a node opens at its start and holds: each of its allocations fails, and the answer is
 * NO_MEMORY, nothing is lost and it opens when it is tried again. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit_sink.h"
#include "config/data_folder.h"
#include "fixtures/scarce.h"
#include "fixtures/vector_file.h"
#include "identity/agreements.h"
#include "identity/log_key.h"
#include "identity/nonces.h"
#include "keys/root_gate.h"
#include "keys/seed_dev.h"
#include "net/address/socket_address.h"
#include "oidc/oidc_reader.h"
#include "peering/peering.h"
#include "registry/static_registry_dev.h"
#include "tenant/app_tenants.h"
#include "tenant/tenant.h"

static char folder[] = "/tmp/coffer-open-memory-XXXXXX";
static char file[sizeof folder + 8];
static char authorities[sizeof folder + 16];
static struct entropy entropy;
static struct mem mem;
static struct arena arena;
static struct trust trust;
static struct root root;
static struct node_identity *node;
static char where[CONFIG_WHERE_MAX];

static struct status open_cache(void)
{
    struct key_cache *cache = NULL;
    struct status status = key_cache_open(64, &mem, &entropy, &cache);
    key_cache_close(&cache);
    return status;
}

static struct status open_ring(void)
{
    static const uint8_t domain[DOMAIN_ID] = {7};
    const struct secret32 master = {{1}};
    struct root_keyring *ring = NULL;
    TRY(root_keyring_open(domain, &entropy, &ring));
    struct status status = root_keyring_install(ring, 0, &master);
    root_keyring_close(&ring);
    return status;
}

static struct status open_gate(void)
{
    static const struct log log = {.fd = -1};
    static const struct registry_port registry;
    const struct root_gate_setup setup = {.registry = &registry, .log = &log, .mem = &mem};
    struct root_gate *gate = NULL;
    struct status status = root_gate_open(&setup, &gate);
    root_gate_close(&gate);
    return status;
}

static struct status use_node(struct node_identity *made)
{
    const struct p384_point peer = node_identity_facts(made)->point;
    struct envelope_keys keys;
    struct k256_signature signature;
    TRY(node_identity_sign(made, BYTES_LITERAL("text"), &signature));
    return node_identity_keys(made, &peer, ENVELOPE_NODE, &keys);
}

static struct status open_node(void)
{
    struct node_identity *made = NULL;
    TRY(node_identity_open(&entropy, &made));
    struct status status = use_node(made);
    node_identity_close(&made);
    return status;
}

static struct status open_agreements(void)
{
    struct agreements *agreements = NULL;
    struct envelope_keys keys;
    enum envelope_derivation derivation;
    TRY(agreements_open(node, 4, ENVELOPE_STATIC, &entropy, &agreements));
    const struct p384_point peer = node_identity_facts(node)->point;
    struct status status = agreements_get(agreements, &peer, &keys, &derivation);
    agreements_close(&agreements);
    return status;
}

static struct status open_peering(void)
{
    struct peering *peering = NULL;
    const struct socket_address proxy = {.kind = SOCKET_UNIX, .path = "/nowhere"};
    const struct peering_setup setup = {.identity = node,
                                        .proxy = &proxy,
                                        .may_be_private = true,
                                        .message_max = 1000,
                                        .clock = clock_system(),
                                        .entropy = entropy,
                                        .mem = &mem};
    const struct registry_peer peer = {.url = "http://127.0.0.1:1"};
    const struct peering_message message = {.peer = &peer,
                                            .target = "/v1/sync",
                                            .message = BYTES_LITERAL("text"),
                                            .deadline_ms = UINT64_MAX};
    TRY(peering_open(&setup, &peering));
    struct status status = peering_send(peering, &message);
    peering_close(&peering);
    return status;
}

/* One issuer whose keys are fetched, one whose keys are here. */
static struct status open_issuers(void)
{
    static const struct log log = {.fd = -1};
    static const uint8_t tenant[OIDC_PORT_TENANT] = {1};
    static const uint8_t *const tenants[] = {tenant};
    struct oidc_reader *reader = NULL;
    const char *issuer = "";
    const struct oidc_reader_setup setup = {.trust = &trust,
                                            .tenants = tenants,
                                            .authorities = authorities,
                                            .clock = clock_system(),
                                            .log = &log,
                                            .mem = &mem};
    struct status status = oidc_reader_open(&setup, &reader, &issuer);
    oidc_reader_close(&reader);
    return status;
}

static struct status open_log_key(void)
{
    struct log_key *key = NULL;
    uint8_t signature[ED25519_SIGNATURE];
    TRY(log_key_open(&entropy, &key));
    struct status status = log_key_sign(key, BYTES_LITERAL("text"), signature);
    log_key_close(&key);
    return status;
}

static struct status use_nonces(struct nonces *nonces)
{
    static const uint8_t app[NONCE_APP] = {1};
    const struct p384_point sender = node_identity_facts(node)->point;
    uint8_t nonce[NONCE_BYTES];
    uint8_t iv[AEAD_IV];
    TRY(nonces_issue(nonces, nonce));
    TRY(nonces_check(nonces, nonce));
    TRY(nonces_spend(nonces, nonce, app));
    TRY(entropy_fill(&entropy, iv, sizeof iv));
    return nonces_remember(nonces, app, &sender, iv);
}

static struct status open_nonces(void)
{
    const struct clock clock = clock_system();
    struct nonces *nonces = NULL;
    TRY(nonces_open(&clock, &entropy, &mem, &nonces));
    struct status status = use_nonces(nonces);
    nonces_close(&nonces);
    return status;
}

#define POINT                                                                  \
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f2" \
    "5dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a14" \
    "7ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"

static struct status open_registry(void)
{
    const struct static_registry_dev_setup setup = {
        .text = BYTES_LITERAL(
            "{\"instances\":[{\"app_id\":7,\"wallet\":"
            "\"0x1563915e194d8cfba1943570603f7606a3115508\",\"tee_pubkey\":\"0x" POINT "\"}]}"),
        .kms_app_id = {[31] = 9},
        .arena = &arena,
        .mem = &mem};
    struct static_registry_dev *registry = NULL;
    arena_reset(&arena);
    struct status status = static_registry_dev_open(&setup, &registry, where);
    static_registry_dev_close(&registry);
    return status;
}

static struct status open_tenants(void)
{
    struct key_cache *cache = NULL;
    struct tenant_set *set = NULL;
    TRY(key_cache_open(64, &mem, &entropy, &cache));
    struct status status = tenant_set_open(&trust, &mem, cache, &set, where);
    tenant_set_close(&set);
    key_cache_close(&cache);
    return status;
}

static struct status open_app_tenants(void)
{
    static const struct domain domain = {.profile = DOMAIN_PROFILE_DEV};
    static const uint8_t app[32] = {[31] = 1};
    struct key_cache *cache = NULL;
    struct app_tenants *table = NULL;
    const struct tenant *tenant;
    TRY(key_cache_open(64, &mem, &entropy, &cache));
    struct status status = app_tenants_open(&domain, &root, cache, &mem, &table);
    status = status_is_ok(status) ? app_tenants_get(table, app, &tenant) : status;
    app_tenants_close(&table);
    key_cache_close(&cache);
    return status;
}

static struct status open_sink(void)
{
    struct audit_sink sink;
    bool torn;
    TRY(audit_sink_open(file, &sink, &torn));
    audit_sink_close(&sink);
    return OK;
}

static struct status open_folder(void)
{
    char why[DATA_FOLDER_WHY_MAX];
    int opened = -1;
    TRY(data_folder_open(folder, true, &opened, why));
    const struct seed_dev_folder seeds = {.directory = opened, .entropy = &entropy};
    struct secret32 seed;
    bool created;
    struct status status = seed_dev_open(&seeds, "seed", &seed, &created);
    close(opened);
    return status;
}

/* A trust configuration with an issuer below a root of the vectors, whose certificate goes into a
 * file, and one whose keys are in it. */
static void read_trust(void)
{
    static char text[2048];
    struct json_in list = vector_file_root("tls-chains.json");
    list = vector_file_member(&list, "certificates");
    struct json_in one = json_in_item(&list, 0);
    struct bytes pem = vector_file_text(&one, "pem");
    struct bytes key = vector_file_text(&one, "key");
    (void)snprintf(authorities, sizeof authorities, "%s/authorities", folder);
    FILE *out = fopen(authorities, "w");
    assert_non_null(out);
    assert_int_equal(pem.len, fwrite(pem.ptr, 1, pem.len, out));
    assert_int_equal(0, fclose(out));
    int len = snprintf(
        text, sizeof text,
        "{\"profile\":\"dev\",\"tenants\":[{\"name\":\"default\",\"seed\":\"imported\","
        "\"derivation\":\"v1\",\"chains\":[\"SN_MAIN\"],\"assurance\":\"asserted\",\"issuers\":["
        "{\"iss\":\"https://a.test\",\"jwks_uri\":\"https://a.test/keys\",\"roots\":[\"0x%.64s\"],"
        "\"algs\":[\"RS256\"],\"auds\":[\"a\"],\"sub\":\"public\"},"
        "{\"iss\":\"https://b.test\",\"algs\":[\"EdDSA\"],\"auds\":[\"a\"],\"sub\":\"public\","
        "\"keys\":\"{\\\"keys\\\":[{\\\"kty\\\":\\\"OKP\\\",\\\"crv\\\":\\\"Ed25519\\\","
        "\\\"kid\\\":"
        "\\\"a\\\",\\\"x\\\":\\\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\\\"}]}\"}]}]}",
        (const char *)key.ptr);
    assert_status(
        OK, trust_parse((struct bytes){(const uint8_t *)text, (size_t)len}, &arena, &trust, where));
}

static int start(void **state)
{
    static const uint8_t domain[DOMAIN_ID] = {7};
    const struct secret32 master = {{1}};
    (void)state;
    entropy = entropy_system();
    assert_non_null(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "%s/audit", folder);
    mem_init(&mem, 64u << 20);
    assert_status(OK, arena_init(&arena, 32u << 20));
    read_trust();
    root_init(&root, &master, domain, 0);
    assert_status(OK, node_identity_open(&entropy, &node));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    char command[128];
    node_identity_close(&node);
    arena_deinit(&arena);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(0, system(command));
    return mem_used(&mem) == 0 ? 0 : -1;
}

static void no_memory_is_no_memory(void **state)
{
    (void)state;
    scarce_attempt *const all[] = {open_cache,   open_ring,        open_gate,   open_node,
                                   open_log_key, open_agreements,  open_nonces, open_registry,
                                   open_tenants, open_app_tenants, open_sink,   open_folder,
                                   open_peering, open_issuers};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(scarce_try(all[i]) > 0);
        assert_int_equal(0, mem_used(&mem));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_no_memory),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
