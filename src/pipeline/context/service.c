#include "pipeline/context/service.h"

#include <string.h>

#include "base/invariant.h"
#include "base/profile.h"
#include "base/reader.h"

enum { USER_PART = 4 };

static void open_worker(struct service *service, size_t index)
{
    struct worker *worker = &service->workers[index];
    worker->service = service;
    worker->index = index;
    worker->lane = &service->committer.lanes[index];
    worker->metrics = &service->metrics[index];
    worker->clock = &service->setup.clock;
    token_bucket_init(&worker->strangers, &service->setup.strangers,
                      clock_monotonic_ns(worker->clock));
}

static struct status write_boot(struct service *service)
{
    const struct audit_boot boot = {
        .at = clock_wall(&service->setup.clock),
        .profile = PROFILE_TEXT,
        .domain = tenant_set_domain(service->setup.tenants),
        .previous = service->setup.audit_previous,
    };
    TRY(committer_boot(&service->committer, &boot));
    service->is_open = true;
    return OK;
}

/* The wallet vouches for the key of envelopes, which is not the registered one everywhere. */
static struct status vouch(struct service *service)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct buf out = buf_over(service->key_signature, sizeof service->key_signature);
    struct k256_signature signature;
    const struct node_identity *identity = service->setup.apps->identity;
    TRY(node_identity_key_text(identity, tenant_set_domain(service->setup.tenants), &text));
    TRY(node_identity_sign(identity, buf_bytes(&text), &signature));
    eip191_put(&out, &signature);
    return buf_check(&out);
}

enum envelope_derivation service_envelope(enum trust_envelope envelope)
{
    static const enum envelope_derivation derivations[] = {
        [TRUST_ENVELOPE_CAPSULE] = ENVELOPE_CAPSULE,
        [TRUST_ENVELOPE_CAPSULE_API] = ENVELOPE_CAPSULE_API,
        [TRUST_ENVELOPE_ENCLAVER] = ENVELOPE_ENCLAVER,
        [TRUST_ENVELOPE_STATIC] = ENVELOPE_STATIC,
    };
    return derivations[envelope];
}

static struct status open_membership(struct service *service)
{
    static const struct token_bucket_rule rate = {LIMIT_PEER_UNITS, LIMIT_PEER_UNITS_BURST};
    const struct service_setup *setup = &service->setup;
    const struct service_apps *apps = setup->apps;
    if (apps->cluster == NULL) {
        return OK;
    }
    struct membership_setup parts = {
        .ports = apps->cluster,
        .mem = apps->mem,
        .log = setup->log,
        .clock = setup->clock,
        .entropy = setup->entropy,
        .values = service->values,
        .roots = apps->roots,
        .registry = &apps->registry,
        .gate = service->root_gate,
        .deployment = &service->domain,
        .has_v1 = setup->trust->v1_wire,
        .wallet = node_identity_facts(apps->identity)->wallet,
    };
    memcpy(parts.domain, tenant_set_domain(setup->tenants), sizeof parts.domain);
    memcpy(parts.boot, service->boot, sizeof parts.boot);
    TRY(rate_table_new(setup->mem, &rate, &setup->entropy, &service->peer_rates));
    return membership_open(&parts, &service->membership);
}

/* A tenant has as much as an app, and one user of it a part of that. */
static struct status open_user_rates(struct service *service)
{
    const struct service_setup *setup = &service->setup;
    struct token_bucket_rule rule = setup->apps->rate;
    TRY(rate_table_new(setup->mem, &rule, &setup->entropy, &service->tenant_rates));
    rule.rate = rule.rate / USER_PART + (rule.rate % USER_PART != 0);
    return rate_table_new(setup->mem, &rule, &setup->entropy, &service->user_rates);
}

static struct status open_apps(struct service *service)
{
    const struct service_setup *setup = &service->setup;
    const struct service_apps *apps = setup->apps;
    if (apps == NULL) {
        return OK;
    }
    const struct values_setup values = {
        .limits = apps->limits,
        .node = node_identity_facts(apps->identity)->wallet.b,
        .mem = apps->mem,
        .clock = setup->clock,
        .entropy = setup->entropy,
    };
    TRY(vouch(service));
    TRY(values_open(&values, &service->values));
    const struct root_gate_setup gate = {
        .registry = &apps->registry,
        .roots = apps->roots,
        .log = setup->log,
        .mem = setup->mem,
        .needs_hash = setup->trust->profile == TRUST_PRODUCTION || apps->cluster != NULL,
    };
    TRY(root_gate_open(&gate, &service->root_gate));
    TRY(open_membership(service));
    TRY(agreements_open(apps->identity, LIMIT_PEER_KEYS,
                        service_envelope(setup->trust->v1_envelope), &setup->entropy,
                        &service->agreements));
    TRY(nonces_open(&setup->clock, &setup->entropy, apps->mem, &service->nonces));
    TRY(open_user_rates(service));
    return rate_table_new(setup->mem, &apps->rate, &setup->entropy, &service->app_rates);
}

/* The strict records of a node alone, or those of its cluster. */
static struct status open_strict(struct service *service, struct mem *mem,
                                 const struct strict_port **ret)
{
    const struct service_setup *setup = &service->setup;
    struct strict_alone_setup parts = {.mem = mem,
                                       .clock = setup->clock,
                                       .entropy = setup->entropy,
                                       .bytes_max = LIMIT_STRICT_BYTES};
    *ret = NULL;
    if (service->membership != NULL) {
        *ret = membership_strict(service->membership);
        return OK;
    }
    memcpy(parts.domain, tenant_set_domain(setup->tenants), sizeof parts.domain);
    memcpy(parts.self.boot, service->boot, sizeof parts.self.boot);
    TRY(strict_alone_open(&parts, &service->strict_alone));
    *ret = strict_alone_port(service->strict_alone);
    return OK;
}

/* Their keys are of the root. */
static struct status open_sessions(struct service *service, const struct users_setup *users)
{
    const struct service_setup *setup = &service->setup;
    struct sessions_setup parts = {
        .mem = users->mem,
        .clock = setup->clock,
        .entropy = setup->entropy,
        .users = service->users,
        .oidc = &setup->issuers,
        .strict = users->strict,
        .values = service->values,
    };
    if (setup->apps == NULL) {
        return OK;
    }
    parts.roots = setup->apps->roots;
    memcpy(parts.boot, service->boot, sizeof parts.boot);
    return sessions_open(&parts, &service->sessions);
}

/* What a node alone was told is gone when it ends, and could be brought again: what users said
 * before it began does not count, where that matters. */
static struct status open_lanes(struct service *service, struct mem *mem)
{
    const struct service_setup *setup = &service->setup;
    bool is_old_void = service->membership == NULL && setup->trust->profile == TRUST_PRODUCTION;
    const struct lanes_setup parts = {
        .mem = mem,
        .clock = setup->clock,
        .users = service->users,
        .strict = strict_desks_port(service->desks, STRICT_DESK_LANES),
        .since_ms = is_old_void ? clock_wall(&setup->clock).hi_ms : 0,
    };
    return lanes_open(&parts, &service->lanes);
}

static struct status open_users(struct service *service)
{
    const struct service_setup *setup = &service->setup;
    const struct service_apps *apps = setup->apps;
    const struct strict_port *strict;
    struct users_setup parts = {
        .mem = apps == NULL ? setup->mem : apps->mem,
        .clock = setup->clock,
        .entropy = setup->entropy,
        .trust = setup->trust,
        .domain = &service->domain,
        .registry = apps == NULL ? NULL : &apps->registry,
        .oidc = &setup->issuers,
    };
    TRY(open_strict(service, parts.mem, &strict));
    TRY(strict_desks_open(parts.mem, strict, &service->desks));
    parts.strict = strict_desks_port(service->desks, STRICT_DESK_STATEMENTS);
    TRY(users_open(&parts, &service->users));
    TRY(open_lanes(service, parts.mem));
    service->speakers = speakers_of(service);
    return open_sessions(service, &parts);
}

static struct status sign_log(void *context, struct bytes text,
                              uint8_t ret_signature[static TLOG_NOTE_SIGNATURE])
{
    return log_key_sign(context, text, ret_signature);
}

/* The wallet vouches for the key of the log. */
static struct status vouch_for_log(const struct node_identity *identity,
                                   struct committer_signer *signer)
{
    uint8_t memory[TLOG_NOTE_VKEY + 32];
    struct buf text = buf_over(memory, sizeof memory);
    struct audit_voucher *voucher = &signer->voucher;
    struct k256_signature signature;
    tlog_note_key_binding(&signer->key, &text);
    TRY(buf_check(&text));
    TRY(node_identity_sign(identity, buf_bytes(&text), &signature));
    memcpy(voucher->wallet, node_identity_facts(identity)->wallet.b, sizeof voucher->wallet);
    memcpy(voucher->signature, signature.rs, sizeof signature.rs);
    voucher->signature[AUDIT_WALLET_SIGNATURE - 1] = (uint8_t)(signature.v + 27);
    signer->has_voucher = true;
    return OK;
}

/* The trail of this start: lanes for all workers, and a key that signs it. */
static struct status open_log(struct service *service)
{
    const struct service_setup *setup = &service->setup;
    const struct node_identity *identity = setup->apps == NULL ? NULL : setup->apps->identity;
    uint8_t memory[TLOG_NOTE_NAME];
    struct buf origin = buf_over(memory, sizeof memory);
    if (identity != NULL) {
        memcpy(service->boot, node_identity_facts(identity)->boot_id, sizeof service->boot);
    } else {
        TRY(entropy_fill(&setup->entropy, service->boot, sizeof service->boot));
    }
    const struct committer_setup parts = {
        .port = setup->audit,
        .clock = setup->clock,
        .mem = setup->mem,
        .lanes = setup->workers,
        .boot = service->boot,
    };
    TRY(committer_init(&service->committer, &parts));
    TRY(log_key_open(&setup->entropy, &service->log_key));
    struct committer_signer signer = {.context = service->log_key, .sign = sign_log};
    tlog_note_origin(tenant_set_domain(setup->tenants), service->boot, &origin);
    TRY(tlog_note_key_make(buf_bytes(&origin), log_key_public(service->log_key), &signer.key));
    if (identity != NULL) {
        TRY(vouch_for_log(identity, &signer));
    }
    committer_sign(&service->committer, &signer);
    return OK;
}

static struct status open_parts(struct service *service)
{
    const struct service_setup *setup = &service->setup;
    void *metrics = NULL;
    TRY(open_log(service));
    TRY(mem_alloc(setup->mem, setup->workers * sizeof(struct metrics_slot) + 64, &metrics));
    service->metrics_block = metrics;
    service->metrics = (struct metrics_slot *)(((uintptr_t)metrics + 63) & ~(uintptr_t)63);
    const struct idempotency_setup answers = {.entries = setup->idempotency_entries,
                                              .bytes = LIMIT_IDEMPOTENCY_BYTES,
                                              .entropy = &setup->entropy};
    TRY(idempotency_open(&answers, setup->mem, &service->idempotency));
    for (size_t i = 0; i < setup->workers; i++) {
        open_worker(service, i);
    }
    service->tenant = tenant_find_local(setup->tenants, bytes_of(TENANT_DEFAULT));
    if (service->tenant == NULL) {
        return FAIL(UNAVAILABLE);
    }
    service->is_ready = status_is_ok(tenant_set_ready(setup->tenants));
    service->domain = tenant_domain(setup->trust);
    TRY(open_apps(service));
    TRY(open_users(service));
    return write_boot(service);
}

struct status service_open(const struct service_setup *setup, struct service **ret_service)
{
    void *memory = NULL;
    *ret_service = NULL;
    INVARIANT(setup->workers >= 1 && setup->workers <= LIMIT_LOOPS);
    TRY(mem_alloc(setup->mem, sizeof **ret_service, &memory));
    struct service *service = memory;
    service->setup = *setup;
    service->started_ns = clock_monotonic_ns(&setup->clock);
    struct status status = open_parts(service);
    if (!status_is_ok(status)) {
        service_close(&service);
        return status;
    }
    *ret_service = service;
    return OK;
}

void service_close(struct service **service)
{
    if (*service == NULL) {
        return;
    }
    struct service *closing = *service;
    struct mem *mem = closing->setup.mem;
    if (closing->is_open) {
        committer_stop(&closing->committer);
        struct status status =
            committer_end(&closing->committer, clock_wall(&closing->setup.clock));
        if (!status_is_ok(status)) {
            LOG_EVENT(closing->setup.log, ERROR, "audit end record lost", LOG_STATUS(status));
        }
    }
    for (size_t i = 0; i < closing->setup.workers; i++) {
        app_tenants_close(&closing->workers[i].tenants);
    }
    idempotency_close(&closing->idempotency);
    sessions_close(&closing->sessions);
    lanes_close(&closing->lanes);
    users_close(&closing->users);
    strict_desks_close(&closing->desks);
    strict_alone_close(&closing->strict_alone);
    membership_close(&closing->membership);
    rate_table_free(mem, &closing->peer_rates);
    root_gate_close(&closing->root_gate);
    rate_table_free(mem, &closing->app_rates);
    rate_table_free(mem, &closing->user_rates);
    rate_table_free(mem, &closing->tenant_rates);
    nonces_close(&closing->nonces);
    agreements_close(&closing->agreements);
    values_close(&closing->values);
    mem_free(mem, &closing->metrics_block);
    if (closing->committer.lanes_count != 0) {
        committer_deinit(&closing->committer);
    }
    log_key_close(&closing->log_key);
    void *memory = closing;
    mem_free(mem, &memory);
    *service = NULL;
}

const struct tenant *service_default_tenant(const struct service *service)
{
    return service->tenant;
}

/* The root may come after the start, so that each loop makes its table when it needs it. The seed
 * of an app's tenant is pinned: a newer root does not change its users' keys. */
static struct status open_tenants(struct worker *worker)
{
    const struct service *service = worker->service;
    const struct service_setup *setup = &service->setup;
    const struct root *root = root_keyring_oldest(setup->apps->roots);
    if (root == NULL) {
        return FAIL(UNAVAILABLE);
    }
    return app_tenants_open(&service->domain, root, setup->cache, setup->mem, &worker->tenants);
}

struct status service_app_tenant(struct worker *worker, const uint8_t app_id[static REGISTRY_ID],
                                 const struct tenant **ret_tenant)
{
    const struct service_apps *apps = worker->service->setup.apps;
    *ret_tenant = NULL;
    /* A table of tenants uses the root for as long as it is there. */
    TRY(root_keyring_check(apps->roots));
    if (worker->tenants == NULL) {
        TRY(open_tenants(worker));
    }
    return app_tenants_get(worker->tenants, app_id, ret_tenant);
}

uint64_t service_app_number(const uint8_t app_id[static REGISTRY_ID])
{
    struct reader reader = reader_over((struct bytes){app_id + REGISTRY_ID - 8, 8});
    return reader_u64(&reader);
}

struct wall_clock_health service_time(const struct service *service)
{
    const struct service_setup *setup = &service->setup;
    return setup->wall != NULL ? wall_clock_health(setup->wall)
                               : (struct wall_clock_health){.now = clock_wall(&setup->clock)};
}

bool service_stranger_take(struct worker *worker)
{
    return token_bucket_take(&worker->strangers, &worker->service->setup.strangers,
                             clock_monotonic_ns(worker->clock));
}

static struct rate_table_key key_of_app(const uint8_t app_id[static REGISTRY_ID])
{
    return (struct rate_table_key){service_app_number(app_id), 1};
}

uint64_t service_app_charge(struct service *service, const uint8_t app_id[static REGISTRY_ID],
                            struct token_bucket_price price)
{
    return rate_table_charge(service->app_rates, key_of_app(app_id), price,
                             clock_monotonic_ns(&service->setup.clock));
}

void service_app_owe(struct service *service, const uint8_t app_id[static REGISTRY_ID],
                     uint32_t units)
{
    rate_table_owe(service->app_rates, key_of_app(app_id), units,
                   clock_monotonic_ns(&service->setup.clock));
}

/* A wallet is an image of a hash: its first bytes tell nodes apart. */
static struct rate_table_key key_of_peer(const struct eth_address *wallet)
{
    struct reader reader = reader_over((struct bytes){wallet->b, 8});
    return (struct rate_table_key){reader_u64(&reader), 1};
}

uint64_t service_peer_charge(struct service *service, const struct eth_address *wallet,
                             struct token_bucket_price price)
{
    return rate_table_charge(service->peer_rates, key_of_peer(wallet), price,
                             clock_monotonic_ns(&service->setup.clock));
}

void service_peer_owe(struct service *service, const struct eth_address *wallet, uint32_t units)
{
    rate_table_owe(service->peer_rates, key_of_peer(wallet), units,
                   clock_monotonic_ns(&service->setup.clock));
}

/* Of two names that are the same here both are bounded by one bucket: nobody can choose his. */
static struct rate_table_key key_of_payer(const struct service_payer *payer)
{
    uint8_t hash[SHA256_BYTES];
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, (struct bytes){payer->tenant, DOMAIN_TENANT_ID});
    sha256_update(&sha, payer->name);
    sha256_final(&sha, hash);
    struct reader reader = reader_over(BYTES_ARRAY(hash));
    return (struct rate_table_key){reader_u64(&reader), 1};
}

/* A tenant's id is a hash. */
static struct rate_table_key key_of_tenant(const uint8_t *tenant)
{
    struct reader reader = reader_over((struct bytes){tenant, DOMAIN_TENANT_ID});
    return (struct rate_table_key){reader_u64(&reader), 2};
}

static struct rate_table *rates_of(struct service *service, const struct service_payer *payer)
{
    return payer->is_service ? service->tenant_rates : service->user_rates;
}

uint64_t service_user_charge(struct service *service, const struct service_payer *payer,
                             struct token_bucket_price price)
{
    uint64_t now_ns = clock_monotonic_ns(&service->setup.clock);
    struct rate_table *rates = rates_of(service, payer);
    uint64_t wait_ns = rate_table_charge(rates, key_of_payer(payer), price, now_ns);
    return wait_ns != 0 ? wait_ns
                        : rate_table_charge(service->tenant_rates, key_of_tenant(payer->tenant),
                                            price, now_ns);
}

void service_user_owe(struct service *service, const struct service_payer *payer, uint32_t units)
{
    uint64_t now_ns = clock_monotonic_ns(&service->setup.clock);
    rate_table_owe(rates_of(service, payer), key_of_payer(payer), units, now_ns);
    rate_table_owe(service->tenant_rates, key_of_tenant(payer->tenant), units, now_ns);
}

void service_root_came(struct service *service)
{
    struct tenant_set *tenants = service->setup.tenants;
    const struct secret32 *master = root_keyring_master(service->setup.apps->roots, 0);
    if (master != NULL && !atomic_load(&service->is_ready)) {
        tenant_set_root(tenants, master, 0);
        atomic_store(&service->is_ready, status_is_ok(tenant_set_ready(tenants)));
    }
}
