#include "oidc/oidc_reader_internal.h"

/* Whose keys are asked about, and what is found on the way. */
struct search {
    struct oidc_reader *reader;
    const struct oidc_reader_tenant *tenant;
    bool waits;
};

/* In a copy: the thread may replace the keys while a token is checked. */
static struct status find(void *context, size_t issuer, struct bytes kid, struct oidc_key *ret)
{
    struct search *search = context;
    struct oidc_reader *reader = search->reader;
    struct oidc_reader_issuer *at = &reader->issuers[search->tenant->first + issuer];
    struct oidc_cache *cache = &at->cache;
    const struct oidc_key *key = NULL;
    uint64_t now_ms = clock_monotonic_ms(&reader->setup.clock);
    thread_lock_take(&reader->lock);
    struct status status = oidc_cache_find(cache, kid, now_ms, &key);
    if (status_is_ok(status)) {
        *ret = *key;
    }
    bool is_due = oidc_cache_due_in(cache, now_ms) == 0;
    bool is_coming = is_due || cache->is_fetching;
    search->waits = status.code == STATUS_OIDC_KEYS_STALE && is_coming && !reader->is_stopping;
    at->is_awaited = at->is_awaited || search->waits;
    thread_lock_give(&reader->lock);
    if (search->waits && is_due) {
        fetch_many_wake(reader->many);
    }
    return status;
}

static const struct oidc_reader_tenant *find_tenant(const struct oidc_reader *reader,
                                                    const uint8_t *id)
{
    for (size_t i = 0; i < reader->setup.trust->tenant_count; i++) {
        struct bytes one = {reader->tenants[i].id, OIDC_PORT_TENANT};
        if (bytes_equal(one, (struct bytes){id, OIDC_PORT_TENANT})) {
            return &reader->tenants[i];
        }
    }
    return NULL;
}

static struct status prove(void *context, const struct oidc_question *question, struct arena *arena,
                           struct buf *ret_key, bool *ret_waits)
{
    struct oidc_reader *reader = context;
    struct search search = {reader, find_tenant(reader, question->tenant), false};
    if (search.tenant == NULL) {
        return FAIL(OIDC_ISSUER);
    }
    const struct oidc_issuers issuers = {search.tenant->rows, search.tenant->count, &search, find};
    const struct oidc_said said = {question->proof_of, clock_wall(&reader->setup.clock)};
    struct status status = oidc_prove(&issuers, &said, question->token, arena, ret_key);
    enum oidc_reader_said outcome = status_is_ok(status)                    ? OIDC_READER_SHOWN
                                    : search.waits                          ? OIDC_READER_WAITS
                                    : status.code == STATUS_OIDC_KEYS_STALE ? OIDC_READER_STALE
                                                                            : OIDC_READER_REFUSED;
    reader->said[outcome]++;
    *ret_waits = search.waits;
    return status;
}

static bool facts(void *context, size_t index, struct oidc_facts *ret)
{
    struct oidc_reader *reader = context;
    if (index >= reader->count) {
        return false;
    }
    const struct oidc_reader_issuer *issuer = &reader->issuers[index];
    uint64_t now_ms = clock_monotonic_ms(&reader->setup.clock);
    thread_lock_take(&reader->lock);
    *ret = (struct oidc_facts){
        .tenant = issuer->tenant,
        .iss = issuer->row->iss,
        .state = oidc_reader_state(issuer, now_ms),
        .last = issuer->has_outcome ? oidc_reader_outcome_name(issuer->outcome) : "",
        .keys = issuer->cache.keys.count,
        .age_ms = oidc_reader_age(issuer, now_ms),
    };
    thread_lock_give(&reader->lock);
    return true;
}

static void put_metrics(void *context, struct buf *out)
{
    oidc_reader_put_metrics(context, out);
}

struct oidc_port oidc_reader_port(struct oidc_reader *reader)
{
    return (struct oidc_port){reader, prove, facts, put_metrics};
}
