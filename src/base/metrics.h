/* Metrics: counters and histograms counted without locks, one slot per loop, read by anyone.
 *
 * A slot has one writer. Readers add up all slots and may see an update of one number before that
 * of another. Used by the service; the names are in base/metrics_table.h.
 * Source of the text form: Prometheus text exposition format 0.0.4. */
#ifndef COFFER_BASE_METRICS_H
#define COFFER_BASE_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/metrics_table.h"
#include "base/status.h"

enum metrics_id {
#define METRICS_ENUM(id, kind, name, label1, label2, help) METRICS_##id,
    METRICS_TABLE(METRICS_ENUM)
#undef METRICS_ENUM
        METRICS_COUNT
};

enum {
    METRICS_OPERATIONS = 48, /* values of the label operation, at most */
    METRICS_ITEMS_MAX = 12,  /* values of the label kind, at most */
    METRICS_BUCKETS = 18,    /* of a histogram, the last one without an upper end */
    METRICS_SLOT_CELLS = 16384,
};

/* The numbers of one loop. All zeros at the start. */
struct metrics_slot {
    _Alignas(64) _Atomic uint64_t cell[METRICS_SLOT_CELLS];
};

/* Names of the label values that the service defines. */
struct metrics_names {
    const char *const *operations;
    size_t operations_count;
    const char *const *items;
    size_t items_count;
};

/* Add to a counter. In: label values, 0 where the metric has no such label; a value beyond its
 * dimension is a bug. */
void metrics_add(struct metrics_slot *slot, enum metrics_id id, size_t label1, size_t label2,
                 uint64_t amount);

/* Count a duration into a histogram. */
void metrics_observe(struct metrics_slot *slot, enum metrics_id id, size_t label1,
                     uint64_t duration_ns);

/* The sum of a counter over slots [count]. */
uint64_t metrics_read(const struct metrics_slot *slots, size_t count, enum metrics_id id,
                      size_t label1, size_t label2);

/* Append all metrics of slots [count] as text: HELP, TYPE and every series that is not zero
 * (counters without labels always). */
void metrics_put(const struct metrics_slot *slots, size_t count, const struct metrics_names *names,
                 struct buf *out);

/* Append one metric that is not in the table, such as a gauge read from elsewhere.
 * In: type, gauge or counter. */
void metrics_put_one(struct buf *out, const char *name, const char *type, const char *help,
                     uint64_t value);

#endif
