#include <string.h>

#include "base/buf.h"
#include "digest/sha256.h"
#include "registry/registry_tally_internal.h"

/* What two endpoints must have in common. */
static void digest(const struct registry_answer *answer, uint8_t ret[static REGISTRY_HASH])
{
    uint8_t memory[1 + 8 + 8 + REGISTRY_HASH];
    struct buf head = buf_over(memory, sizeof memory);
    buf_put_u8(&head, (uint8_t)answer->kind);
    buf_put_u64(&head, answer->number);
    buf_put_u64(&head, answer->time);
    buf_put(&head, BYTES_ARRAY(answer->hash));
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, buf_bytes(&head));
    sha256_update(&sha, answer->data);
    sha256_final(&sha, ret);
}

static bool same(const uint8_t a[static REGISTRY_HASH], const uint8_t b[static REGISTRY_HASH])
{
    return bytes_equal((struct bytes){a, REGISTRY_HASH}, (struct bytes){b, REGISTRY_HASH});
}

static uint32_t who_said(const struct registry_tally *tally,
                         const uint8_t said[static REGISTRY_HASH])
{
    uint32_t who = 0;
    for (size_t i = 0; i < REGISTRY_VIEW_ENDPOINTS_MAX; i++) {
        if ((tally->answered >> i & 1) != 0 && same(tally->digest[i], said)) {
            who |= 1u << i;
        }
    }
    return who;
}

bool registry_tally_add(struct registry_tally *tally, size_t endpoint,
                        const struct registry_answer *answer, size_t quorum)
{
    if ((tally->answered >> endpoint & 1) != 0) {
        return false;
    }
    digest(answer, tally->digest[endpoint]);
    tally->answered |= 1u << endpoint;
    uint32_t who = who_said(tally, tally->digest[endpoint]);
    if (tally->is_decided || (size_t)__builtin_popcount(who) < quorum) {
        return false;
    }
    tally->is_decided = true;
    memcpy(tally->decided, tally->digest[endpoint], REGISTRY_HASH);
    return true;
}

uint32_t registry_tally_agree(const struct registry_tally *tally)
{
    return tally->is_decided ? who_said(tally, tally->decided) : 0;
}

uint32_t registry_tally_differ(const struct registry_tally *tally)
{
    return tally->is_decided ? tally->answered & ~who_said(tally, tally->decided) : 0;
}
