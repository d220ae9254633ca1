#include <string.h>

#include "oidc/oidc_reader_internal.h"

static void put_family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_put_text(out, "# HELP ");
    buf_put_text(out, name);
    buf_put_text(out, " ");
    buf_put_text(out, help);
    buf_put_text(out, "\n# TYPE ");
    buf_put_text(out, name);
    buf_put_text(out, " ");
    buf_put_text(out, type);
    buf_put_text(out, "\n");
}

/* Of an issuer, by its number in the trust configuration: its name may be long. */
static void put_of_issuer(struct buf *out, const char *name, size_t index,
                          const struct oidc_facts *facts)
{
    buf_put_text(out, name);
    buf_put_text(out, "{tenant=\"");
    buf_put_text(out, facts->tenant);
    buf_put_text(out, "\",issuer=\"");
    buf_put_decimal(out, index);
    buf_put_text(out, "\"");
}

static void put_number(struct buf *out, uint64_t number)
{
    buf_put_text(out, "} ");
    buf_put_decimal(out, number);
    buf_put_text(out, "\n");
}

/* Facts of an issuer, and its number among those of its tenant. */
static struct oidc_facts facts_of(struct oidc_reader *reader, size_t index, size_t *ret_number)
{
    struct oidc_port port = oidc_reader_port(reader);
    struct oidc_facts facts;
    (void)oidc_port_facts(&port, index, &facts);
    for (size_t i = 0; i < reader->setup.trust->tenant_count; i++) {
        const struct oidc_reader_tenant *tenant = &reader->tenants[i];
        if (index >= tenant->first && index < tenant->first + tenant->count) {
            *ret_number = index - tenant->first;
        }
    }
    return facts;
}

static void put_ages(struct oidc_reader *reader, struct buf *out)
{
    static const char *const age = "coffer_oidc_keys_age_ms";
    static const char *const state = "coffer_oidc_keys_state";
    size_t number = 0;
    put_family(out, state, "gauge",
               "Keys of an issuer: 0 none, 1 fresh, 2 fetches fail, 3 too old to count, 4 pinned");
    for (size_t i = 0; i < reader->count; i++) {
        struct oidc_facts facts = facts_of(reader, i, &number);
        put_of_issuer(out, state, number, &facts);
        put_number(out, facts.state);
    }
    put_family(out, age, "gauge", "Time since the fetch was sent that brought the keys");
    for (size_t i = 0; i < reader->count; i++) {
        struct oidc_facts facts = facts_of(reader, i, &number);
        if (facts.age_ms != UINT64_MAX) {
            put_of_issuer(out, age, number, &facts);
            put_number(out, facts.age_ms);
        }
    }
}

static void put_fetches(struct oidc_reader *reader, struct buf *out)
{
    static const char *const name = "coffer_oidc_fetches_total";
    put_family(out, name, "counter", "Fetches of an issuer's keys, by outcome");
    for (size_t i = 0; i < reader->count; i++) {
        size_t number = 0;
        uint64_t fetches[OIDC_READER_OUTCOMES];
        struct oidc_facts facts = facts_of(reader, i, &number);
        thread_lock_take(&reader->lock);
        memcpy(fetches, reader->issuers[i].fetches, sizeof fetches);
        thread_lock_give(&reader->lock);
        for (size_t j = 0; j < OIDC_READER_OUTCOMES; j++) {
            if (fetches[j] != 0) {
                put_of_issuer(out, name, number, &facts);
                buf_put_text(out, ",outcome=\"");
                buf_put_text(out, oidc_reader_outcome_name((enum oidc_reader_outcome)j));
                buf_put_text(out, "\"");
                put_number(out, fetches[j]);
            }
        }
    }
}

void oidc_reader_put_metrics(struct oidc_reader *reader, struct buf *out)
{
    static const char *const names[OIDC_READER_SAID] = {
        [OIDC_READER_SHOWN] = "shown",
        [OIDC_READER_REFUSED] = "refused",
        [OIDC_READER_WAITS] = "waits",
        [OIDC_READER_STALE] = "stale",
    };
    static const char *const tokens = "coffer_oidc_tokens_total";
    put_ages(reader, out);
    put_fetches(reader, out);
    put_family(out, tokens, "counter", "ID tokens that were looked at, by outcome");
    for (size_t i = 0; i < OIDC_READER_SAID; i++) {
        buf_put_text(out, tokens);
        buf_put_text(out, "{outcome=\"");
        buf_put_text(out, names[i]);
        buf_put_text(out, "\"");
        put_number(out, reader->said[i]);
    }
}
