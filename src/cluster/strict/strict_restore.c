/* What is left when nodes were lost: reading all that was held, and beginning with what a snapshot
 * had. */
#include <string.h>

#include "cluster/strict/strict_internal.h"
#include "digest/sha256.h"

enum { BEGUN_VALUE = 8 + 8 };

/* --- all that a majority has ------------------------------------------------------------------ */

uint64_t strict_collect(struct strict *strict, uint64_t now_ms)
{
    now_ms = strict_step(strict, now_ms);
    strict->collect_ms = now_ms + 1; /* what was asked before is too old */
    return strict->collect_ms;
}

bool strict_has_collected(const struct strict *strict, uint64_t since_ms)
{
    if (!strict->is_ready) {
        return false;
    }
    uint64_t read = (uint64_t)1 << strict->self;
    for (size_t i = 0; i < STRICT_PEERS_MAX; i++) {
        const struct peer *peer = &strict->peers[i];
        size_t member = peer->is_used ? strict_index(&strict->set, &peer->member) : SIZE_MAX;
        if (member != SIZE_MAX && peer->whole_number == strict->set.number &&
            peer->whole_ms >= since_ms) {
            read |= (uint64_t)1 << member;
        }
    }
    return strict_is_majority(strict, read);
}

/* Who does not vote yet is asked again after a while. */
bool strict_collects(const struct strict *strict, uint64_t now_ms, const struct peer *peer)
{
    bool is_read = peer->whole_number == strict->set.number && peer->whole_ms >= strict->collect_ms;
    return strict->collect_ms != 0 && now_ms >= strict->collect_ms &&
           now_ms < strict->collect_ms + STRICT_COLLECT_MS &&
           now_ms >= peer->sums_ms + STRICT_RETRY_MS && !is_read && !peer->is_pulling &&
           peer->number == strict->set.number &&
           strict_index(&strict->set, &peer->member) != SIZE_MAX && strict->is_ready &&
           !strict_has_collected(strict, strict->collect_ms);
}

struct strict_table *strict_records(const struct strict *strict)
{
    return strict->table;
}

/* --- beginning -------------------------------------------------------------------------------- */

static struct strict_record begun_record(const uint8_t origin[static STRICT_ORIGIN])
{
    return (struct strict_record){.kind = STRICT_BEGUN, .key = {origin, STRICT_ORIGIN}};
}

struct status strict_begin(struct strict *strict, uint64_t now_ms, uint64_t wall_ms,
                           const uint8_t origin[static STRICT_ORIGIN])
{
    uint8_t memory[BEGUN_VALUE];
    struct buf value = buf_over(memory, sizeof memory);
    struct strict_record record = begun_record(origin);
    const struct set first = {.number = 1, .count = 1, .members = {strict->setup.self}};
    const struct set none = {0};
    now_ms = strict_step(strict, now_ms);
    if (strict->set.number != 0) {
        return OK;
    }
    uint64_t term = strict_table_term(strict->table);
    buf_put_u64(&value, wall_ms);
    buf_put_u64(&value, term);
    record.version.value = buf_bytes(&value);
    TRY(strict_table_merge(strict->table, &record, wall_ms));
    for (size_t i = 0; i < SLOTS; i++) {
        strict->slots[i].seen.term = term; /* what is written from now on is newer */
    }
    strict_enter(strict, now_ms, &first, &none);
    return OK;
}

bool strict_begun(struct strict *strict, const uint8_t origin[static STRICT_ORIGIN],
                  struct strict_begun *ret)
{
    struct strict_record named = begun_record(origin);
    struct strict_record record;
    *ret = (struct strict_begun){0};
    if (!strict_get(strict, &named, &record)) {
        return false;
    }
    struct reader reader = reader_over(record.version.value);
    ret->wall_ms = reader_u64(&reader);
    ret->term = reader_u64(&reader);
    return true;
}

void strict_incarnation(const uint8_t domain[static STRICT_DOMAIN],
                        const uint8_t digest[static STRICT_DIGEST],
                        uint8_t ret[static STRICT_INCARNATION])
{
    struct sha256 sha;
    uint8_t whole[SHA256_BYTES];
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("coffer/incarnation/1"));
    sha256_update(&sha, (struct bytes){domain, STRICT_DOMAIN});
    sha256_update(&sha, (struct bytes){digest, STRICT_DIGEST});
    sha256_final(&sha, whole);
    memcpy(ret, whole, STRICT_INCARNATION);
}

bool strict_is_restored(const struct strict_begun *begun, const struct strict_record *record)
{
    return strict_kind_has_home(record->kind) && record->version.ballot.term <= begun->term;
}
