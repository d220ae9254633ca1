#include "base/invariant.h"
#include "base/reader.h"
#include "snapshot/snapshot_strict_internal.h"

enum { LEAVES = 4096, SLOT_LEAVES = LEAVES / STRICT_SLOTS };

static void put_sum(const struct strict_sum *sum, uint8_t ret[static KV_DIGEST])
{
    struct buf out = buf_over(ret, KV_DIGEST);
    buf_put_u64(&out, sum->halves[0]);
    buf_put_u64(&out, sum->halves[1]);
}

void snapshot_strict_add(uint8_t sum[static KV_DIGEST], const uint8_t other[static KV_DIGEST])
{
    struct reader a = reader_over((struct bytes){sum, KV_DIGEST});
    struct reader b = reader_over((struct bytes){other, KV_DIGEST});
    struct strict_sum both;
    both.halves[0] = reader_u64(&a) + reader_u64(&b);
    both.halves[1] = reader_u64(&a) + reader_u64(&b);
    put_sum(&both, sum);
}

struct snapshot_strict_at snapshot_strict_begin(const struct snapshot_place *place)
{
    INVARIANT(place->is_strict && place->level >= 1 && place->level <= KV_DIGEST_LEVELS);
    uint32_t leaves = (uint32_t)1 << 4 * (KV_DIGEST_LEVELS - place->level);
    uint32_t first = place->index * leaves;
    INVARIANT(first + leaves <= LEAVES);
    return (struct snapshot_strict_at){
        .slot = (first + SLOT_LEAVES - 1) / SLOT_LEAVES,
        .end = (first + leaves + SLOT_LEAVES - 1) / SLOT_LEAVES,
    };
}

bool snapshot_strict_next(struct strict_table *table, struct snapshot_strict_at *at,
                          struct strict_record *ret, uint8_t ret_digest[static KV_DIGEST])
{
    for (; at->slot < at->end; at->slot++, at->place = 0) {
        if (strict_table_next(table, (uint16_t)at->slot, &at->place, ret)) {
            struct strict_sum sum = strict_record_sum(ret);
            put_sum(&sum, ret_digest);
            return true;
        }
    }
    return false;
}

void snapshot_strict_sum(const struct strict_table *table, const struct snapshot_place *place,
                         uint8_t ret[static KV_DIGEST])
{
    struct snapshot_strict_at at = snapshot_strict_begin(place);
    struct strict_sum sum = {{0, 0}};
    for (; at.slot < at.end; at.slot++) {
        struct strict_sum of = strict_table_sum(table, (uint16_t)at.slot);
        sum.halves[0] += of.halves[0];
        sum.halves[1] += of.halves[1];
    }
    put_sum(&sum, ret);
}
