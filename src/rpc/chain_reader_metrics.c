#include <string.h>

#include "base/metrics.h"
#include "rpc/chain_reader_internal.h"

/* A family with one series for each value of a label. */
static void put_series(struct buf *out, const char *name, const char *label, const char *value,
                       uint64_t number)
{
    buf_put_text(out, name);
    buf_put_text(out, "{");
    buf_put_text(out, label);
    buf_put_text(out, "=\"");
    buf_put_text(out, value);
    buf_put_text(out, "\"} ");
    buf_put_decimal(out, number);
    buf_put_text(out, "\n");
}

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

static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7"};
_Static_assert(sizeof digits / sizeof digits[0] == REGISTRY_VIEW_ENDPOINTS_MAX, "one for each");

static void put_endpoints(const struct chain_reader *reader,
                          const struct registry_view_stats *stats, struct buf *out)
{
    static const char *const errors = "coffer_rpc_endpoint_errors_total";
    static const char *const behind = "coffer_rpc_endpoint_behind_blocks";
    static const char *const good = "coffer_rpc_endpoint_good";
    put_family(out, errors, "counter", "Failures and faults of an RPC endpoint");
    for (size_t i = 0; i < reader->endpoints; i++) {
        put_series(out, errors, "endpoint", digits[i], stats->errors[i]);
    }
    put_family(out, behind, "gauge", "Blocks that an RPC endpoint is behind the agreed newest one");
    for (size_t i = 0; i < reader->endpoints; i++) {
        put_series(out, behind, "endpoint", digits[i], stats->behind[i]);
    }
    put_family(out, good, "gauge", "Whether an RPC endpoint is used at present");
    for (size_t i = 0; i < reader->endpoints; i++) {
        put_series(out, good, "endpoint", digits[i], stats->is_good[i]);
    }
}

static void put_lookups(const uint64_t lookups[static CHAIN_READER_OUTCOMES], struct buf *out)
{
    static const char *const outcomes[] = {
        [CHAIN_READER_GRANTED] = "granted",
        [CHAIN_READER_DENIED] = "denied",
        [CHAIN_READER_PENDING] = "pending",
        [CHAIN_READER_LOST] = "lost",
    };
    static const char *const name = "coffer_registry_lookups_total";
    put_family(out, name, "counter", "Lookups of wallets, by outcome");
    for (size_t i = 0; i < CHAIN_READER_OUTCOMES; i++) {
        put_series(out, name, "outcome", outcomes[i], lookups[i]);
    }
}

void chain_reader_put_metrics(struct chain_reader *reader, struct buf *out)
{
    uint64_t lookups[CHAIN_READER_OUTCOMES];
    uint64_t now_ms = clock_monotonic_ms(&reader->setup.clock);
    thread_lock_take(&reader->lock);
    struct registry_health health = registry_view_health(reader->view, now_ms);
    struct registry_view_stats stats = registry_view_stats(reader->view);
    memcpy(lookups, reader->lookups, sizeof lookups);
    thread_lock_give(&reader->lock);
    if (health.age_ms != UINT64_MAX) {
        metrics_put_one(out, "coffer_registry_age_ms", "gauge",
                        "Age of the newest block that the RPC endpoints agreed on", health.age_ms);
    }
    metrics_put_one(out, "coffer_registry_block", "gauge", "Number of that block",
                    health.head_number);
    metrics_put_one(out, "coffer_registry_lost", "gauge",
                    "Whether the registry cannot be read at present", health.is_lost);
    metrics_put_one(out, "coffer_registry_lease", "gauge",
                    "What may be done by the age of the view: 0 everything, 1 everything, it is "
                    "stale, 2 no hand-off, 3 no keys either, 4 nothing",
                    registry_lease(&health));
    metrics_put_one(out, "coffer_registry_granted", "gauge", "Wallets with a grant", stats.granted);
    metrics_put_one(out, "coffer_registry_strangers", "gauge",
                    "Wallets without a grant that are remembered", stats.strangers);
    metrics_put_one(out, "coffer_registry_waiting", "gauge", "Wallets that wait to be read",
                    stats.waiting);
    metrics_put_one(out, "coffer_registry_evicted_total", "counter",
                    "Wallets that were forgotten to make room", stats.evicted);
    metrics_put_one(out, "coffer_registry_works_total", "counter",
                    "Rounds of reads from the RPC endpoints", stats.works);
    put_lookups(lookups, out);
    put_endpoints(reader, &stats, out);
}
