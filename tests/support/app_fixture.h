/* A service that serves apps, and their side of it: registered instances with keys of their own,
 * proofs and envelopes of both versions, and answers opened and checked.
 *
 * Instances 0 and 1 are of app 7, 2 is of app 8, 3 is registered nowhere. */
#ifndef COFFER_TESTS_SUPPORT_APP_FIXTURE_H
#define COFFER_TESTS_SUPPORT_APP_FIXTURE_H

#include <poll.h>
#include <stdatomic.h>

#include "codec/base64.h"
#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "identity/node_identity.h"
#include "keys/root_keyring.h"
#include "registry/static_registry_dev.h"
#include "support/service_fixture.h"

enum { APP_FIXTURE_INSTANCES = 4 };

struct app_instance {
    struct k256_key wallet;
    struct eth_address address;
    struct p384_key tee;
    struct p384_point point;
    uint64_t app_id;
};

/* Who has the wallet and the key of version 1 in the place of the node, where a test wants that. */
struct app_remote {
    struct k256_key wallet;
    struct p384_key tee;
    struct p384_point point;
    struct entropy entropy;
    _Atomic bool hangs;    /* calls wait */
    _Atomic unsigned code; /* what check and calls say */
    _Atomic size_t calls;
};

struct app_fixture {
    struct service_fixture *service;
    bool is_remote;
    struct app_remote remote;
    struct app_instance instances[APP_FIXTURE_INSTANCES];
    struct node_identity *identity;
    const struct node_identity_facts *node;
    struct service_apps apps;
    struct registry_port registry; /* the real one */
    struct static_registry_dev *rows;
    struct root_keyring *roots;
    struct arena arena;
    _Atomic bool is_pending; /* the registry is being read */
    _Atomic size_t lookups;
    enum status_code root_code; /* what the registry says of the root's hash */
    struct registry_root root;
    struct envelope_keys shared[APP_FIXTURE_INSTANCES]; /* with the node */
    struct envelope_keys shared_v1[APP_FIXTURE_INSTANCES];
    /* The last request, as it was sent, and what it was signed over. */
    char head[12288];
    struct bytes body;
    uint8_t request_digest[POP_HASH];
    char signature[EIP191_TEXT + 1];
    /* The last answer: what its envelope says, empty without one; whether our node signed it. */
    struct bytes inner;
    bool is_signed;
};

/* A request. What is zero is as it should be. */
struct app_ask {
    const char *method;
    const char *target;
    const char *inner; /* NULL: no body */
    unsigned who;      /* the instance that signs */
    unsigned sealer;   /* 1 + the instance that seals, when it is another one */
    bool is_v1;
    bool is_checksum;     /* version 1: of the node's wallet */
    bool is_nameless;     /* version 1: without X-App-Wallet */
    bool is_plain;        /* the body is inner as it stands */
    int64_t late_ms;      /* how old the proof is */
    const uint8_t *nonce; /* another one than a new one */
    const char *key;      /* Idempotency-Key */
    enum envelope_member member;
    /* Changes what was made, before it is sent. */
    void (*spoil)(struct app_fixture *fixture);
};

static inline struct status app_fixture_lookup(void *context,
                                               const struct registry_question *question,
                                               struct registry_grant *ret_grant)
{
    struct app_fixture *fixture = context;
    fixture->lookups++;
    if (fixture->is_pending) {
        return FAIL(REGISTRY_PENDING);
    }
    return fixture->registry.lookup(fixture->registry.context, question, ret_grant);
}

static inline struct status app_fixture_root(void *context, enum registry_use use, uint64_t now_ms,
                                             struct registry_root *ret_root)
{
    const struct app_fixture *fixture = context;
    *ret_root = fixture->root;
    ret_root->deadline_ms = now_ms + registry_use_ms(use);
    return (struct status){.code = (uint16_t)fixture->root_code};
}

static inline void app_fixture_ok(struct status status)
{
    service_fixture_require(status_is_ok(status), status_name((enum status_code)status.code));
}

static inline size_t app_fixture_peers(void *context, uint64_t now_ms,
                                       struct registry_peer *ret_peers)
{
    struct app_fixture *fixture = context;
    return fixture->registry.peers(fixture->registry.context, now_ms, ret_peers);
}

static inline struct registry_health app_fixture_health(void *context, uint64_t now_ms)
{
    struct app_fixture *fixture = context;
    return fixture->registry.health(fixture->registry.context, now_ms);
}

/* Keys that repeat from run to run. */
static inline void app_fixture_keys(uint8_t number, struct app_instance *instance)
{
    struct secret32 d = {{[31] = number}};
    uint8_t tee[P384_BYTES] = {[P384_BYTES - 1] = number};
    struct k256_public public;
    app_fixture_ok(k256_key_from(&d, &instance->wallet));
    app_fixture_ok(k256_public(&instance->wallet, &public));
    eth_address_of(&public, &instance->address);
    app_fixture_ok(p384_key_from(tee, &instance->tee));
    app_fixture_ok(p384_public(&instance->tee, &instance->point));
}

static inline void app_fixture_row(const struct app_instance *instance, struct buf *out)
{
    uint8_t spki[P384_SPKI];
    buf_put_text(out, "{\"app_id\":");
    buf_put_decimal(out, instance->app_id);
    buf_put_text(out, ",\"wallet\":\"");
    eth_address_put(out, &instance->address);
    buf_put_text(out, "\",\"tee_pubkey\":\"0x");
    p384_point_spki(&instance->point, spki);
    hex_put(out, BYTES_ARRAY(spki));
    buf_put_text(out, "\"}");
}

static inline void app_fixture_register(struct app_fixture *fixture)
{
    uint8_t memory[8192];
    char where[CONFIG_WHERE_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "{\"instances\":[");
    for (size_t i = 0; i < APP_FIXTURE_INSTANCES - 1; i++) {
        buf_put_text(&text, i == 0 ? "" : ",");
        app_fixture_row(&fixture->instances[i], &text);
    }
    buf_put_text(&text, "]}");
    const struct static_registry_dev_setup setup = {
        .text = buf_bytes(&text), .arena = &fixture->arena, .mem = &fixture->service->mem};
    struct status status = static_registry_dev_open(&setup, &fixture->rows, where);
    service_fixture_require(status_is_ok(status), where);
    fixture->registry = static_registry_dev_port(fixture->rows);
    fixture->apps.registry = (struct registry_port){.context = fixture,
                                                    .lookup = app_fixture_lookup,
                                                    .root = app_fixture_root,
                                                    .peers = app_fixture_peers,
                                                    .health = app_fixture_health};
}

static inline struct status app_remote_check(void *context)
{
    const struct app_remote *remote = context;
    return (struct status){.code = (uint16_t)atomic_load(&remote->code)};
}

static inline struct status app_remote_wait(struct app_remote *remote)
{
    atomic_fetch_add(&remote->calls, 1);
    while (atomic_load(&remote->hangs)) {
        (void)poll(NULL, 0, 5);
    }
    return app_remote_check(remote);
}

static inline struct status app_remote_sign(void *context, struct bytes text,
                                            struct k256_signature *ret)
{
    struct app_remote *remote = context;
    TRY(app_remote_wait(remote));
    return eip191_sign(&remote->wallet, text, ret);
}

static inline struct status app_remote_open(void *context, struct arena *arena,
                                            const struct envelope *envelope, struct bytes *ret_text)
{
    struct app_remote *remote = context;
    const struct envelope_form form = {.version = ENVELOPE_V1, .way = ENVELOPE_REQUEST};
    struct envelope_keys keys;
    TRY(app_remote_wait(remote));
    TRY(envelope_keys(&remote->tee, &remote->point, &envelope->sender, ENVELOPE_NODE, &keys));
    return envelope_open(arena, envelope, &keys, &form, ret_text);
}

static inline struct status app_remote_seal(void *context, struct arena *arena,
                                            const struct p384_point *peer, struct bytes text,
                                            struct envelope *ret)
{
    struct app_remote *remote = context;
    struct envelope_keys keys;
    uint8_t *sealed = arena_alloc(arena, text.len + AEAD_TAG);
    TRY(app_remote_wait(remote));
    app_fixture_ok(sealed != NULL ? OK : FAIL(NO_MEMORY));
    TRY(envelope_keys(&remote->tee, &remote->point, peer, ENVELOPE_NODE, &keys));
    TRY(entropy_fill(&remote->entropy, ret->iv, AEAD_IV));
    TRY(aead_seal(&keys.v1, ret->iv, (struct bytes){NULL, 0}, text, sealed));
    ret->sealed = (struct bytes){sealed, text.len + AEAD_TAG};
    return OK;
}

static inline void app_fixture_identity(struct app_fixture *fixture,
                                        const struct app_instance *node)
{
    static const uint8_t boot_id[POP_BOOT_ID] = {5, 6, 7};
    struct app_remote *remote = &fixture->remote;
    if (!fixture->is_remote) {
        app_fixture_ok(node_identity_from(&node->wallet, &node->tee, boot_id, &fixture->identity));
        return;
    }
    *remote = (struct app_remote){.wallet = node->wallet,
                                  .tee = node->tee,
                                  .point = node->point,
                                  .entropy = entropy_system()};
    const struct node_identity_remote port = {.context = remote,
                                              .wallet = node->address,
                                              .point = node->point,
                                              .check = app_remote_check,
                                              .sign = app_remote_sign,
                                              .open = app_remote_open,
                                              .seal = app_remote_seal};
    app_fixture_ok(node_identity_open_remote(&port, &remote->entropy, &fixture->identity));
}

static inline void app_fixture_prepare(void *context, struct service_fixture *service,
                                       struct service_setup *setup)
{
    struct app_fixture *fixture = context;
    const struct secret32 root = {{1, 2, 3}};
    struct app_instance node;
    fixture->service = service;
    service->trust.v1_wire = true;
    for (uint8_t i = 0; i < APP_FIXTURE_INSTANCES; i++) {
        app_fixture_keys((uint8_t)(i + 1), &fixture->instances[i]);
        fixture->instances[i].app_id = i < 2 ? 7 : 8;
    }
    app_fixture_keys(99, &node);
    app_fixture_identity(fixture, &node);
    fixture->node = node_identity_facts(fixture->identity);
    for (unsigned i = 0; i < APP_FIXTURE_INSTANCES; i++) {
        const struct app_instance *mine = &fixture->instances[i];
        app_fixture_ok(envelope_keys(&mine->tee, &mine->point, &fixture->node->point,
                                     ENVELOPE_CLIENT, &fixture->shared[i]));
        app_fixture_ok(envelope_keys(&mine->tee, &mine->point, &fixture->node->point_v1,
                                     ENVELOPE_CLIENT, &fixture->shared_v1[i]));
    }
    app_fixture_ok(arena_init(&fixture->arena, 64u << 20));
    app_fixture_register(fixture);
    app_fixture_ok(root_keyring_open(tenant_set_domain(service->tenants), &fixture->roots));
    app_fixture_ok(root_keyring_install(fixture->roots, 0, &root));
    fixture->apps.identity = fixture->identity;
    fixture->apps.roots = fixture->roots;
    fixture->apps.root_source = "file";
    fixture->apps.limits = kv_limits_default();
    fixture->apps.mem = &service->mem;
    setup->apps = &fixture->apps;
}

static inline void app_fixture_prepare_remote(void *context, struct service_fixture *service,
                                              struct service_setup *setup)
{
    app_fixture_prepare(context, service, setup);
    setup->workers = 2;
}

static inline struct app_fixture *app_fixture_open(void)
{
    struct app_fixture *fixture = calloc(1, sizeof *fixture);
    service_fixture_require(fixture != NULL, "no memory");
    (void)service_fixture_open_with(app_fixture_prepare, fixture);
    return fixture;
}

/* The same with keys that are elsewhere, and a worker for a loop at the back. */
static inline struct app_fixture *app_fixture_open_remote(void)
{
    struct app_fixture *fixture = calloc(1, sizeof *fixture);
    service_fixture_require(fixture != NULL, "no memory");
    fixture->is_remote = true;
    (void)service_fixture_open_with(app_fixture_prepare_remote, fixture);
    return fixture;
}

static inline void app_fixture_close(struct app_fixture *fixture)
{
    struct static_registry_dev *rows = fixture->rows;
    struct root_keyring *roots = fixture->roots;
    struct node_identity *identity = fixture->identity;
    service_close(&fixture->service->service);
    static_registry_dev_close(&rows);
    root_keyring_close(&roots);
    node_identity_close(&identity);
    service_fixture_close(fixture->service);
    arena_deinit(&fixture->arena);
    free(fixture);
}

/* --- requests --------------------------------------------------------------------------------- */

static inline struct bytes app_fixture_node_wallet(const struct app_fixture *fixture,
                                                   bool is_checksum)
{
    return is_checksum ? BYTES_ARRAY(fixture->node->checksum_text)
                       : BYTES_ARRAY(fixture->node->wallet_text);
}

static inline void app_fixture_seal(struct app_fixture *fixture, const struct app_ask *ask,
                                    const uint8_t *digest)
{
    unsigned sealer = ask->sealer == 0 ? ask->who : ask->sealer - 1;
    const struct entropy entropy = entropy_system();
    struct envelope_form form = {.version = ask->is_v1 ? ENVELOPE_V1 : ENVELOPE_V2,
                                 .member = ask->member,
                                 .way = ENVELOPE_REQUEST};
    const struct envelope_sealer parts = {ask->is_v1 ? &fixture->shared_v1[sealer]
                                                     : &fixture->shared[sealer],
                                          &fixture->instances[sealer].point, &entropy};
    fixture->body = (struct bytes){NULL, 0};
    if (ask->inner == NULL) {
        return;
    }
    if (ask->is_plain) {
        fixture->body = bytes_of(ask->inner);
        return;
    }
    memcpy(form.digest, digest, sizeof form.digest);
    app_fixture_ok(
        envelope_seal(&fixture->arena, &parts, &form, bytes_of(ask->inner), &fixture->body));
}

static inline void app_fixture_sign(struct app_fixture *fixture, unsigned who,
                                    const struct buf *text)
{
    struct k256_signature signature;
    struct buf out = buf_over((uint8_t *)fixture->signature, EIP191_TEXT);
    app_fixture_ok(eip191_sign(&fixture->instances[who].wallet, buf_bytes(text), &signature));
    eip191_put(&out, &signature);
}

static inline void app_fixture_head(struct app_fixture *fixture, const struct app_ask *ask,
                                    const struct pop_names *names, const char *values[3])
{
    int len =
        snprintf(fixture->head, sizeof fixture->head,
                 "%s %s HTTP/1.1\r\n%s%s%s%s%s: %s\r\n%s: %s\r\n%s: %s\r\n", ask->method,
                 ask->target, ask->inner == NULL ? "" : "Content-Type: application/json\r\n",
                 ask->key == NULL ? "" : "Idempotency-Key: ", ask->key == NULL ? "" : ask->key,
                 ask->key == NULL ? "" : "\r\n", names->signature, fixture->signature, names->nonce,
                 values[0], names->time, values[1]);
    if (!ask->is_nameless) {
        len += snprintf(fixture->head + len, sizeof fixture->head - (size_t)len, "%s: %s\r\n",
                        names->caller, values[2]);
    }
    service_fixture_require((size_t)len < sizeof fixture->head, "the head is too long");
}

static inline void app_fixture_make_v1(struct app_fixture *fixture, const struct app_ask *ask,
                                       const uint8_t nonce[static 16], uint64_t now_ms)
{
    static const uint8_t no_digest[POP_HASH];
    uint8_t memory[512];
    char nonce_text[POP_NONCE_V1_TEXT + 1] = {0};
    char time_text[24] = {0};
    char caller[POP_WALLET_TEXT + 1] = {0};
    struct buf out = buf_over((uint8_t *)nonce_text, POP_NONCE_V1_TEXT);
    base64_put(&out, (struct bytes){nonce, 16});
    out = buf_over((uint8_t *)caller, POP_WALLET_TEXT);
    eth_address_put(&out, &fixture->instances[ask->who].address);
    (void)snprintf(time_text, sizeof time_text, "%llu", (unsigned long long)(now_ms / 1000));
    out = buf_over(memory, sizeof memory);
    app_fixture_ok(pop_v1_text(POP_APP_V1, bytes_of(nonce_text),
                               app_fixture_node_wallet(fixture, ask->is_checksum),
                               bytes_of(time_text), &out));
    app_fixture_sign(fixture, ask->who, &out);
    app_fixture_seal(fixture, ask, no_digest);
    const char *values[3] = {nonce_text, time_text, caller};
    app_fixture_head(fixture, ask, pop_names(POP_APP_V1), values);
}

static inline void app_fixture_make_v2(struct app_fixture *fixture, const struct app_ask *ask,
                                       const uint8_t nonce[static 16], uint64_t now_ms)
{
    uint8_t memory[POP_TEXT_MAX + LIMIT_HTTP_TARGET];
    uint8_t digest[POP_HASH];
    char nonce_text[POP_NONCE_V2_TEXT + 1] = {0};
    char time_text[24] = {0};
    char caller[POP_WALLET_TEXT + 1] = {0};
    struct buf out = buf_over((uint8_t *)nonce_text, POP_NONCE_V2_TEXT);
    hex_put(&out, (struct bytes){nonce, 16});
    out = buf_over((uint8_t *)caller, POP_WALLET_TEXT);
    eth_address_put(&out, &fixture->instances[ask->who].address);
    (void)snprintf(time_text, sizeof time_text, "%llu", (unsigned long long)now_ms);
    struct pop_request request = {
        .kind = POP_APP,
        .method = bytes_of(ask->method),
        .target = bytes_of(ask->target),
        .domain = tenant_set_domain(fixture->service->tenants),
        .recipient = BYTES_ARRAY(fixture->node->node_text),
        .caller = bytes_of(caller),
        .nonce = bytes_of(nonce_text),
        .time_ms = now_ms,
        .idempotency_key = bytes_of(ask->key == NULL ? "" : ask->key),
    };
    app_fixture_ok(pop_request_digest(&request, digest));
    app_fixture_seal(fixture, ask, digest);
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, fixture->body);
    sha256_final(&sha, digest);
    request.body_hash = digest;
    out = buf_over(memory, sizeof memory);
    app_fixture_ok(pop_request_text(&request, &out));
    app_fixture_ok(pop_request_digest(&request, fixture->request_digest));
    app_fixture_sign(fixture, ask->who, &out);
    const char *values[3] = {nonce_text, time_text, caller};
    app_fixture_head(fixture, ask, pop_names(POP_APP), values);
}

/* --- answers ---------------------------------------------------------------------------------- */

static inline struct bytes app_fixture_header(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->headers_count; i++) {
        if (bytes_equal(answer->headers[i].name, bytes_of(name))) {
            return answer->headers[i].value;
        }
    }
    return (struct bytes){NULL, 0};
}

static inline bool app_fixture_verify(const struct app_fixture *fixture, struct bytes text,
                                      const char *header)
{
    struct k256_signature signature;
    struct eth_address signer;
    struct bytes value = app_fixture_header(&fixture->service->answer, header);
    return status_is_ok(eip191_read(value, &signature)) &&
           status_is_ok(eip191_recover(text, &signature, true, &signer)) &&
           eth_address_equal(&signer, &fixture->node->wallet);
}

static inline bool app_fixture_verify_v1(const struct app_fixture *fixture, bool is_checksum)
{
    uint8_t memory[512];
    struct buf text = buf_over(memory, sizeof memory);
    app_fixture_ok(pop_v1_answer_text(bytes_of(fixture->signature),
                                      app_fixture_node_wallet(fixture, is_checksum), &text));
    return app_fixture_verify(fixture, buf_bytes(&text), POP_V1_APP_ANSWER);
}

static inline bool app_fixture_verify_v2(const struct app_fixture *fixture)
{
    const struct answer *answer = &fixture->service->answer;
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct pop_answer said = {.status = answer->http_status};
    const struct pop_answer_headers headers = {
        .node = app_fixture_header(answer, POP_ANSWER_NODE),
        .block = app_fixture_header(answer, POP_ANSWER_BLOCK),
        .epoch = app_fixture_header(answer, POP_ANSWER_EPOCH),
        .audit = app_fixture_header(answer, POP_ANSWER_AUDIT),
        .time = app_fixture_header(answer, POP_ANSWER_TIME),
    };
    memcpy(said.request, fixture->request_digest, sizeof said.request);
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, answer->body);
    sha256_final(&sha, said.body_hash);
    return status_is_ok(pop_answer_read(&headers, &said)) &&
           status_is_ok(pop_answer_text(&said, &text)) &&
           app_fixture_verify(fixture, buf_bytes(&text), POP_ANSWER_SIGNATURE);
}

static inline void app_fixture_open_answer(struct app_fixture *fixture, const struct app_ask *ask)
{
    struct json_in_doc doc;
    struct envelope envelope;
    struct envelope_form form = {.version = ask->is_v1 ? ENVELOPE_V1 : ENVELOPE_V2,
                                 .way = ENVELOPE_RESPONSE};
    fixture->inner = (struct bytes){NULL, 0};
    if (fixture->service->answer.http_status != 200 || fixture->service->answer.waits) {
        return;
    }
    app_fixture_ok(json_in_parse(&fixture->arena, fixture->service->answer.body, &doc));
    struct json_in root = json_in_root(&doc);
    app_fixture_ok(ask->is_v1 ? envelope_read_v1(&fixture->arena, &root, &envelope)
                              : envelope_read_v2(&fixture->arena, &root, &envelope));
    form.member = envelope.member;
    memcpy(form.digest, fixture->request_digest, sizeof form.digest);
    const struct node_identity_facts *node = fixture->node;
    bool is_right = p384_point_equal(&envelope.sender, ask->is_v1 ? &node->point_v1 : &node->point);
    service_fixture_require(is_right, "sender");
    app_fixture_ok(
        envelope_open(&fixture->arena, &envelope,
                      ask->is_v1 ? &fixture->shared_v1[ask->who] : &fixture->shared[ask->who],
                      &form, &fixture->inner));
}

/* Send what was made. */
static inline void app_fixture_send(struct app_fixture *fixture, const struct app_ask *ask)
{
    service_fixture_ask(fixture->service, fixture->head, fixture->body, false);
    app_fixture_open_answer(fixture, ask);
    fixture->is_signed = ask->is_v1 ? app_fixture_verify_v1(fixture, ask->is_checksum)
                                    : app_fixture_verify_v2(fixture);
}

/* Make a request, spoiled if that is asked for. */
static inline void app_fixture_make(struct app_fixture *fixture, const struct app_ask *ask)
{
    uint8_t nonce[16];
    const struct clock clock = clock_system();
    uint64_t now_ms = clock_wall(&clock).hi_ms - (uint64_t)ask->late_ms;
    arena_reset(&fixture->arena);
    nonces_issue(fixture->service->service->nonces, nonce);
    const uint8_t *used = ask->nonce == NULL ? nonce : ask->nonce;
    if (ask->is_v1) {
        app_fixture_make_v1(fixture, ask, used, now_ms);
    } else {
        app_fixture_make_v2(fixture, ask, used, now_ms);
    }
    if (ask->spoil != NULL) {
        ask->spoil(fixture);
    }
}

static inline void app_fixture_ask(struct app_fixture *fixture, const struct app_ask *ask)
{
    app_fixture_make(fixture, ask);
    app_fixture_send(fixture, ask);
}

#endif
