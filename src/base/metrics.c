#include "base/metrics.h"

#include <stdbool.h>

#include "base/invariant.h"

enum kind {
    KIND_COUNTER,
    KIND_HISTOGRAM,
};

enum dimension {
    DIMENSION_NONE,
    DIMENSION_OPERATION,
    DIMENSION_ITEM,
    DIMENSION_CODE,
};

/* How many values a dimension has, for the layout of a slot. */
#define SIZE_NONE      1
#define SIZE_OPERATION METRICS_OPERATIONS
#define SIZE_ITEM      METRICS_ITEMS_MAX
#define SIZE_CODE      STATUS_CODES
/* Cells of one series: a histogram has its buckets and its sum in nanoseconds. */
#define CELLS_COUNTER   1
#define CELLS_HISTOGRAM (METRICS_BUCKETS + 1)

struct family {
    const char *name;
    const char *help;
    enum kind kind;
    enum dimension label[2];
};

static const struct family families[METRICS_COUNT] = {
#define FAMILY(id, kind_, name_, label1, label2, help_) \
    [METRICS_##id] = {name_, help_, KIND_##kind_, {DIMENSION_##label1, DIMENSION_##label2}},
    METRICS_TABLE(FAMILY)
#undef FAMILY
};

/* The layout as a struct, so that the compiler does the sums. */
struct layout {
#define MEMBER(id, kind, name, label1, label2, help) \
    uint64_t id[SIZE_##label1][SIZE_##label2][CELLS_##kind];
    METRICS_TABLE(MEMBER)
#undef MEMBER
};

_Static_assert(sizeof(struct layout) <= sizeof(uint64_t) * METRICS_SLOT_CELLS, "a slot is enough");

static const size_t starts[METRICS_COUNT] = {
#define START(id, kind, name, label1, label2, help) \
    [METRICS_##id] = offsetof(struct layout, id) / sizeof(uint64_t),
    METRICS_TABLE(START)
#undef START
};

static const size_t sizes[] = {
    [DIMENSION_NONE] = SIZE_NONE,
    [DIMENSION_OPERATION] = SIZE_OPERATION,
    [DIMENSION_ITEM] = SIZE_ITEM,
    [DIMENSION_CODE] = SIZE_CODE,
};

/* Upper ends of the buckets, in units of 10 microseconds, and how they are written in seconds. */
static const struct {
    uint64_t end_10us;
    const char *seconds;
} buckets[METRICS_BUCKETS - 1] = {
    {1, "0.00001"}, {2, "0.00002"}, {5, "0.00005"}, {10, "0.0001"}, {20, "0.0002"}, {50, "0.0005"},
    {100, "0.001"}, {200, "0.002"}, {500, "0.005"}, {1000, "0.01"}, {2000, "0.02"}, {5000, "0.05"},
    {10000, "0.1"}, {20000, "0.2"}, {50000, "0.5"}, {100000, "1"},  {500000, "5"},
};

static size_t index_of(enum metrics_id id, size_t label1, size_t label2)
{
    const struct family *family = &families[id];
    INVARIANT(label1 < sizes[family->label[0]] && label2 < sizes[family->label[1]]);
    size_t cells = family->kind == KIND_COUNTER ? CELLS_COUNTER : CELLS_HISTOGRAM;
    return starts[id] + (label1 * sizes[family->label[1]] + label2) * cells;
}

/* One writer: a plain load and store, without the cost of a locked instruction. */
static void bump(_Atomic uint64_t *cell, uint64_t amount)
{
    uint64_t value = atomic_load_explicit(cell, memory_order_relaxed);
    atomic_store_explicit(cell, value + amount, memory_order_relaxed);
}

void metrics_add(struct metrics_slot *slot, enum metrics_id id, size_t label1, size_t label2,
                 uint64_t amount)
{
    INVARIANT(families[id].kind == KIND_COUNTER);
    bump(&slot->cell[index_of(id, label1, label2)], amount);
}

void metrics_observe(struct metrics_slot *slot, enum metrics_id id, size_t label1,
                     uint64_t duration_ns)
{
    INVARIANT(families[id].kind == KIND_HISTOGRAM);
    size_t start = index_of(id, label1, 0);
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS - 1 && duration_ns > buckets[bucket].end_10us * 10000) {
        bucket++;
    }
    bump(&slot->cell[start + bucket], 1);
    bump(&slot->cell[start + METRICS_BUCKETS], duration_ns);
}

static uint64_t sum(const struct metrics_slot *slots, size_t count, size_t index)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += atomic_load_explicit(&slots[i].cell[index], memory_order_relaxed);
    }
    return total;
}

uint64_t metrics_read(const struct metrics_slot *slots, size_t count, enum metrics_id id,
                      size_t label1, size_t label2)
{
    INVARIANT(families[id].kind == KIND_COUNTER);
    return sum(slots, count, index_of(id, label1, label2));
}

/* What one text needs at hand. */
struct report {
    const struct metrics_slot *slots;
    size_t count;
    const struct metrics_names *names;
    struct buf *out;
};

static void put_label(struct buf *out, const char *name, const char *value, bool *first)
{
    buf_put_text(out, *first ? "{" : ",");
    *first = false;
    buf_put_text(out, name);
    buf_put_text(out, "=\"");
    buf_put_text(out, value);
    buf_put_text(out, "\"");
}

static void put_dimension(const struct report *report, enum dimension dimension, size_t value,
                          bool *first)
{
    const struct metrics_names *names = report->names;
    switch (dimension) {
    case DIMENSION_NONE:
        return;
    case DIMENSION_OPERATION:
        INVARIANT(value < names->operations_count);
        put_label(report->out, "operation", names->operations[value], first);
        return;
    case DIMENSION_ITEM:
        INVARIANT(value < names->items_count);
        put_label(report->out, "kind", names->items[value], first);
        return;
    case DIMENSION_CODE:
        put_label(report->out, "code", status_name((enum status_code)value), first);
        return;
    }
}

/* Name, suffix and labels of one series. end: of the bucket, or NULL. */
static void put_series(const struct report *report, enum metrics_id id, const char *suffix,
                       const size_t label[2], const char *end)
{
    const struct family *family = &families[id];
    bool first = true;
    buf_put_text(report->out, family->name);
    buf_put_text(report->out, suffix);
    put_dimension(report, family->label[0], label[0], &first);
    put_dimension(report, family->label[1], label[1], &first);
    if (end != NULL) {
        put_label(report->out, "le", end, &first);
    }
    buf_put_text(report->out, first ? " " : "} ");
}

static void put_number_line(struct buf *out, uint64_t value)
{
    buf_put_decimal(out, value);
    buf_put_u8(out, '\n');
}

static void put_seconds_line(struct buf *out, uint64_t ns)
{
    buf_put_decimal(out, ns / 1000000000);
    buf_put_u8(out, '.');
    for (uint64_t unit = 100000000; unit != 0; unit /= 10) {
        buf_put_u8(out, (uint8_t)('0' + ns / unit % 10));
    }
    buf_put_u8(out, '\n');
}

static void put_counter(const struct report *report, enum metrics_id id, const size_t label[2])
{
    uint64_t value = sum(report->slots, report->count, index_of(id, label[0], label[1]));
    bool is_plain = families[id].label[0] == DIMENSION_NONE;
    if (value != 0 || is_plain) {
        put_series(report, id, "", label, NULL);
        put_number_line(report->out, value);
    }
}

static void put_histogram(const struct report *report, enum metrics_id id, const size_t label[2])
{
    size_t start = index_of(id, label[0], label[1]);
    uint64_t total = 0;
    uint64_t below[METRICS_BUCKETS];
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        total += sum(report->slots, report->count, start + i);
        below[i] = total;
    }
    if (total == 0) {
        return;
    }
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        put_series(report, id, "_bucket", label,
                   i == METRICS_BUCKETS - 1 ? "+Inf" : buckets[i].seconds);
        put_number_line(report->out, below[i]);
    }
    put_series(report, id, "_sum", label, NULL);
    put_seconds_line(report->out, sum(report->slots, report->count, start + METRICS_BUCKETS));
    put_series(report, id, "_count", label, NULL);
    put_number_line(report->out, total);
}

static void put_family_head(struct buf *out, const char *name, const char *type, const char *help)
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

static void put_family(const struct report *report, enum metrics_id id)
{
    const struct family *family = &families[id];
    bool is_counter = family->kind == KIND_COUNTER;
    put_family_head(report->out, family->name, is_counter ? "counter" : "histogram", family->help);
    for (size_t a = 0; a < sizes[family->label[0]]; a++) {
        for (size_t b = 0; b < sizes[family->label[1]]; b++) {
            const size_t label[2] = {a, b};
            if (is_counter) {
                put_counter(report, id, label);
            } else {
                put_histogram(report, id, label);
            }
        }
    }
}

void metrics_put(const struct metrics_slot *slots, size_t count, const struct metrics_names *names,
                 struct buf *out)
{
    struct report report = {slots, count, names, out};
    for (unsigned id = 0; id < METRICS_COUNT; id++) {
        put_family(&report, (enum metrics_id)id);
    }
}

void metrics_put_one(struct buf *out, const char *name, const char *type, const char *help,
                     uint64_t value)
{
    put_family_head(out, name, type, help);
    buf_put_text(out, name);
    buf_put_u8(out, ' ');
    put_number_line(out, value);
}
