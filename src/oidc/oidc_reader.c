#include "oidc/oidc_reader.h"

#include <string.h>

#include "base/invariant.h"
#include "oidc/oidc_reader_internal.h"

enum {
    ARENA = 4 * 1024 * 1024, /* for reading a set of any size that is taken */
    WAIT_MS_MAX = 1000,
};

_Static_assert((int)OIDC_RS256 == (int)TRUST_RS256 && (int)OIDC_PS256 == (int)TRUST_PS256 &&
                   (int)OIDC_ES256 == (int)TRUST_ES256 && (int)OIDC_EDDSA == (int)TRUST_EDDSA,
               "bits of the configuration are bits of the checks");
_Static_assert(OIDC_PORT_WAIT_MS > OIDC_READER_FETCH_MS + WAIT_MS_MAX, "it is over by then");
size_t oidc_reader_issuers(const struct trust *trust)
{
    size_t count = 0;
    for (size_t i = 0; i < trust->tenant_count; i++) {
        count += trust->tenants[i].issuer_count;
    }
    return count;
}

bool oidc_reader_is_needed(const struct trust *trust)
{
    bool is_needed = false;
    for (size_t i = 0; i < trust->tenant_count; i++) {
        for (size_t j = 0; j < trust->tenants[i].issuer_count; j++) {
            is_needed = is_needed || trust->tenants[i].issuers[j].keys[0] == '\0';
        }
    }
    return is_needed;
}

/* --- start and end --- */

static void prepare_tls(void *context, size_t place, void *ssl_context)
{
    struct oidc_reader *reader = context;
    tls_roots_demand(&reader->issuers[place].guard, ssl_context);
}

/* An address in brackets is one without them in a certificate. */
static void name_host(struct url_server *server)
{
    size_t len = strlen(server->host);
    if (server->host[0] == '[') {
        memmove(server->host, server->host + 1, len - 2);
        server->host[len - 2] = '\0';
    }
}

static struct status open_issuer(struct oidc_reader *reader, struct oidc_reader_issuer *issuer)
{
    const struct trust_issuer *row = issuer->row;
    oidc_cache_init(&issuer->cache);
    if (row->keys[0] != '\0') {
        arena_reset(&reader->arena);
        return oidc_cache_pin(&issuer->cache, bytes_of(row->keys), &reader->arena);
    }
    if (!fetch_many_url_valid(row->jwks_uri)) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(url_server_read(bytes_of(row->jwks_uri), &issuer->server));
    name_host(&issuer->server);
    for (size_t i = 0; i < row->root_count; i++) {
        memcpy(issuer->roots[i].hash, row->roots[i], sizeof issuer->roots[i].hash);
    }
    issuer->guard.rule = (struct tls_roots_rule){.keys = issuer->roots,
                                                 .key_count = row->root_count,
                                                 .pool = &reader->pool,
                                                 .host = issuer->server.host};
    issuer->guard.clock = reader->setup.clock;
    return OK;
}

static void open_row(struct oidc_reader_tenant *tenant, size_t index,
                     const struct trust_issuer *row)
{
    for (size_t i = 0; i < row->aud_count; i++) {
        tenant->auds[index][i] = bytes_of(row->auds[i]);
    }
    tenant->rows[index] = (struct oidc_issuer){.iss = bytes_of(row->iss),
                                               .auds = tenant->auds[index],
                                               .aud_count = row->aud_count,
                                               .algs = row->algs,
                                               .is_pairwise = row->sub == TRUST_PAIRWISE};
}

static struct status open_issuers(struct oidc_reader *reader, const char **ret_where)
{
    const struct trust *trust = reader->setup.trust;
    for (size_t i = 0; i < trust->tenant_count; i++) {
        struct oidc_reader_tenant *tenant = &reader->tenants[i];
        const struct trust_tenant *of = &trust->tenants[i];
        tenant->id = reader->setup.tenants[i];
        tenant->first = reader->count;
        tenant->count = of->issuer_count;
        for (size_t j = 0; j < of->issuer_count; j++) {
            struct oidc_reader_issuer *issuer = &reader->issuers[reader->count++];
            issuer->row = &of->issuers[j];
            issuer->tenant = of->name.text;
            open_row(tenant, j, issuer->row);
            *ret_where = issuer->row->iss;
            TRY(open_issuer(reader, issuer));
        }
    }
    *ret_where = "";
    return OK;
}

/* Certificates of all roots of all issuers. Without them there are those that servers send. */
static struct status open_pool(struct oidc_reader *reader)
{
    const char *path = reader->setup.authorities;
    struct tls_pool_key *keys =
        arena_array(&reader->arena, reader->count * TRUST_ROOTS_MAX, sizeof *keys);
    size_t count = 0;
    if (keys == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < reader->count; i++) {
        for (size_t j = 0; j < reader->issuers[i].row->root_count; j++) {
            keys[count++] = reader->issuers[i].roots[j];
        }
    }
    struct status status = count == 0 ? OK : tls_pool_open(path, keys, count, &reader->pool);
    if (status.code == STATUS_IO) {
        LOG_EVENT(reader->setup.log, WARN,
                  "no file of authorities: issuers must send the certificates of their roots",
                  LOG_TEXT("file", path));
        return OK;
    }
    return status;
}

static struct status open_parts(struct oidc_reader *reader, const char **ret_where)
{
    const struct fetch_many_tls tls = {reader, prepare_tls};
    void *block = NULL;
    size_t issuers = oidc_reader_issuers(reader->setup.trust);
    TRY(arena_init(&reader->arena, ARENA));
    TRY(mem_alloc(reader->setup.mem, issuers * sizeof *reader->issuers, &block));
    reader->issuers = block;
    TRY(mem_alloc(reader->setup.mem, reader->setup.trust->tenant_count * sizeof *reader->tenants,
                  &block));
    reader->tenants = block;
    TRY(open_issuers(reader, ret_where));
    TRY(open_pool(reader));
    const struct fetch_many_setup many = {.count = issuers,
                                          .tls = &tls,
                                          .proxy = reader->setup.proxy,
                                          .answer_max = OIDC_KEYS_TEXT,
                                          .mem = reader->setup.mem};
    return fetch_many_open(&many, &reader->many);
}

struct status oidc_reader_open(const struct oidc_reader_setup *setup, struct oidc_reader **ret,
                               const char **ret_where)
{
    void *block = NULL;
    *ret = NULL;
    *ret_where = "";
    INVARIANT(oidc_reader_issuers(setup->trust) != 0);
    TRY(mem_alloc(setup->mem, sizeof(struct oidc_reader), &block));
    struct oidc_reader *reader = block;
    reader->setup = *setup;
    thread_lock_init(&reader->lock);
    struct status status = open_parts(reader, ret_where);
    if (!status_is_ok(status)) {
        oidc_reader_close(&reader);
        return status;
    }
    *ret = reader;
    return OK;
}

void oidc_reader_close(struct oidc_reader **reader)
{
    struct oidc_reader *one = *reader;
    if (one == NULL) {
        return;
    }
    oidc_reader_stop(one);
    struct mem *mem = one->setup.mem;
    void *issuers = one->issuers;
    void *tenants = one->tenants;
    void *block = one;
    fetch_many_close(&one->many);
    tls_pool_close(&one->pool);
    arena_deinit(&one->arena);
    thread_lock_deinit(&one->lock);
    mem_free(mem, &issuers);
    mem_free(mem, &tenants);
    mem_free(mem, &block);
    *reader = NULL;
}

/* --- what came of a fetch --- */

const char *oidc_reader_outcome_name(enum oidc_reader_outcome outcome)
{
    static const char *const names[OIDC_READER_OUTCOMES] = {
        [OIDC_READER_FETCHED] = "ok",
        [OIDC_READER_AWAY] = "away",
        [OIDC_READER_LATE] = "late",
        [OIDC_READER_ROOT] = "root",
        [OIDC_READER_TIME] = "time",
        [OIDC_READER_NAME] = "name",
        [OIDC_READER_CERTIFICATE] = "certificate",
        [OIDC_READER_ANSWER] = "answer",
        [OIDC_READER_LARGE] = "large",
        [OIDC_READER_KEYS] = "keys",
        [OIDC_READER_BROKEN] = "broken",
    };
    return names[outcome];
}

static enum oidc_reader_outcome outcome_of_failure(struct status status,
                                                   enum tls_roots_verdict verdict)
{
    static const enum oidc_reader_outcome of_verdict[] = {
        [TLS_ROOTS_UNLISTED] = OIDC_READER_ROOT,
        [TLS_ROOTS_TIME] = OIDC_READER_TIME,
        [TLS_ROOTS_NAME] = OIDC_READER_NAME,
        [TLS_ROOTS_INVALID] = OIDC_READER_CERTIFICATE,
    };
    if (verdict != TLS_ROOTS_UNASKED && verdict != TLS_ROOTS_GOOD) {
        return of_verdict[verdict];
    }
    return status.code == STATUS_UNAVAILABLE       ? OIDC_READER_AWAY
           : status.code == STATUS_REQUEST_TIMEOUT ? OIDC_READER_LATE
           : status.code == STATUS_BUFFER_FULL     ? OIDC_READER_LARGE
                                                   : OIDC_READER_BROKEN;
}

/* An answer counts when this server's certificates were judged, and good. */
static enum oidc_reader_outcome outcome_of(const struct fetch_many_answer *answer,
                                           enum tls_roots_verdict verdict)
{
    if (!status_is_ok(answer->status) || verdict != TLS_ROOTS_GOOD) {
        return outcome_of_failure(answer->status, verdict);
    }
    return answer->http == 200 ? OIDC_READER_FETCHED : OIDC_READER_ANSWER;
}

static void end_fetch(struct oidc_reader *reader, const struct fetch_many_answer *answer)
{
    struct oidc_reader_issuer *issuer = &reader->issuers[answer->place];
    enum oidc_reader_outcome outcome = outcome_of(answer, issuer->guard.verdict);
    arena_reset(&reader->arena);
    thread_lock_take(&reader->lock);
    if (outcome != OIDC_READER_FETCHED) {
        oidc_cache_failed(&issuer->cache);
    } else if (!status_is_ok(oidc_cache_fetched(&issuer->cache, answer->body, &reader->arena))) {
        outcome = OIDC_READER_KEYS;
    }
    issuer->has_outcome = true;
    issuer->outcome = outcome;
    issuer->fetches[outcome]++;
    bool is_awaited = issuer->is_awaited;
    issuer->is_awaited = false;
    thread_lock_give(&reader->lock);
    fetch_many_drop(reader->many, answer->place);
    if (is_awaited) {
        reader->wake.call(reader->wake.context);
    }
}

/* --- how the keys are --- */

uint64_t oidc_reader_age(const struct oidc_reader_issuer *issuer, uint64_t now_ms)
{
    const struct oidc_cache *cache = &issuer->cache;
    return cache->is_pinned || cache->keys.count == 0 ? UINT64_MAX : now_ms - cache->keys_ms;
}

enum oidc_port_state oidc_reader_state(const struct oidc_reader_issuer *issuer, uint64_t now_ms)
{
    const struct oidc_cache *cache = &issuer->cache;
    return cache->is_pinned                                        ? OIDC_PORT_PINNED
           : cache->keys.count == 0                                ? OIDC_PORT_NONE
           : oidc_reader_age(issuer, now_ms) >= OIDC_CACHE_DEAD_MS ? OIDC_PORT_DEAD
           : cache->has_failed                                     ? OIDC_PORT_OLD
                                                                   : OIDC_PORT_FRESH;
}

/* What came of fetches, whenever that changes. */
static void log_issuer(struct oidc_reader *reader, struct oidc_reader_issuer *issuer)
{
    const struct log *log = reader->setup.log;
    uint64_t now_ms = clock_monotonic_ms(&reader->setup.clock);
    thread_lock_take(&reader->lock);
    enum oidc_reader_outcome outcome = issuer->outcome;
    enum oidc_port_state state = oidc_reader_state(issuer, now_ms);
    uint64_t age_ms = oidc_reader_age(issuer, now_ms);
    uint64_t keys = issuer->cache.keys.count;
    bool is_new = issuer->has_outcome &&
                  (!issuer->is_told || outcome != issuer->told || state != issuer->told_state);
    thread_lock_give(&reader->lock);
    if (!is_new) {
        return;
    }
    issuer->is_told = true;
    issuer->told = outcome;
    issuer->told_state = state;
    const struct log_field fields[] = {
        LOG_TEXT("tenant", issuer->tenant),
        LOG_TEXT("issuer", issuer->row->iss),
        LOG_TEXT("outcome", oidc_reader_outcome_name(outcome)),
        LOG_TEXT("state", oidc_port_state_name(state)),
        LOG_U64("keys", keys),
        LOG_U64("age_s", age_ms == UINT64_MAX ? 0 : age_ms / 1000),
    };
    enum log_level level = state == OIDC_PORT_DEAD          ? LOG_LEVEL_ERROR
                           : outcome != OIDC_READER_FETCHED ? LOG_LEVEL_WARN
                                                            : LOG_LEVEL_INFO;
    log_write(log, level, "keys of an issuer", fields, sizeof fields / sizeof fields[0]);
}

/* --- the thread --- */

/* Send a fetch if one is due. Returns: how long none is, in ms. */
static uint64_t look_at(struct oidc_reader *reader, size_t index)
{
    struct oidc_reader_issuer *issuer = &reader->issuers[index];
    uint64_t now_ms = clock_monotonic_ms(&reader->setup.clock);
    thread_lock_take(&reader->lock);
    uint64_t due_ms = oidc_cache_due_in(&issuer->cache, now_ms);
    if (due_ms == 0) {
        oidc_cache_sent(&issuer->cache, now_ms);
    }
    thread_lock_give(&reader->lock);
    log_issuer(reader, issuer);
    if (due_ms != 0) {
        return due_ms;
    }
    /* There are servers that take no request without this line. */
    static const char *const lines[] = {"User-Agent: coffer"};
    const struct fetch_many_request request = {.url = issuer->row->jwks_uri,
                                               .lines = lines,
                                               .line_count = 1,
                                               .timeout_ms = OIDC_READER_FETCH_MS};
    issuer->guard.verdict = TLS_ROOTS_UNASKED;
    struct fetch_many_answer none = {.place = index};
    none.status = fetch_many_start(reader->many, index, &request);
    if (!status_is_ok(none.status)) {
        end_fetch(reader, &none);
    }
    return WAIT_MS_MAX;
}

static void read_keys(void *context)
{
    struct oidc_reader *reader = context;
    while (!reader->is_stopping) {
        struct fetch_many_answer answer;
        uint64_t wait_ms = WAIT_MS_MAX;
        for (size_t i = 0; i < reader->count; i++) {
            uint64_t due_ms = look_at(reader, i);
            wait_ms = due_ms < wait_ms ? due_ms : wait_ms;
        }
        if (fetch_many_wait(reader->many, (uint32_t)wait_ms, &answer)) {
            end_fetch(reader, &answer);
        }
    }
    for (size_t i = 0; i < reader->count; i++) {
        fetch_many_drop(reader->many, i);
    }
}

struct status oidc_reader_start(struct oidc_reader *reader, struct oidc_reader_wake wake)
{
    reader->wake = wake;
    reader->is_stopping = false;
    return oidc_reader_is_needed(reader->setup.trust)
               ? thread_start(&reader->thread, "issuers", read_keys, reader)
               : OK;
}

void oidc_reader_stop(struct oidc_reader *reader)
{
    reader->is_stopping = true;
    if (reader->thread.is_started) {
        fetch_many_wake(reader->many);
        thread_join(&reader->thread);
    }
}
