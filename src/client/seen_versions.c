#include "client/seen_versions.h"

#include <string.h>

#include "digest/sha256.h"

/* Where a key is; the maximum when it is nowhere. */
static size_t find_key(const struct seen_versions *seen, const uint8_t key[static SEEN_VERSION_KEY])
{
    const struct bytes wanted = {key, SEEN_VERSION_KEY};
    for (size_t i = 0; i < SEEN_VERSIONS_MAX; i++) {
        if (seen->list[i].version[0] != '\0' &&
            bytes_equal(BYTES_ARRAY(seen->list[i].key), wanted)) {
            return i;
        }
    }
    return SEEN_VERSIONS_MAX;
}

void seen_versions_note(struct seen_versions *seen, struct bytes key, struct bytes version,
                        uint64_t now_ms)
{
    uint8_t name[SHA256_BYTES];
    if (version.len != SEEN_VERSION_TEXT) {
        return;
    }
    struct bytes before = bytes_of(seen_versions_of(seen, key, now_ms));
    if (bytes_compare(before, version) > 0) {
        return;
    }
    sha256_hash(key, name);
    size_t at = find_key(seen, name);
    if (at == SEEN_VERSIONS_MAX) {
        at = seen->next;
        seen->next = (seen->next + 1) % SEEN_VERSIONS_MAX;
    }
    memcpy(seen->list[at].key, name, SEEN_VERSION_KEY);
    memcpy(seen->list[at].version, version.ptr, SEEN_VERSION_TEXT);
    seen->list[at].since_ms = now_ms;
}

void seen_versions_forget(struct seen_versions *seen, struct bytes key)
{
    uint8_t name[SHA256_BYTES];
    sha256_hash(key, name);
    size_t at = find_key(seen, name);
    if (at != SEEN_VERSIONS_MAX) {
        memset(&seen->list[at], 0, sizeof seen->list[at]);
    }
}

const char *seen_versions_of(const struct seen_versions *seen, struct bytes key, uint64_t now_ms)
{
    uint8_t name[SHA256_BYTES];
    sha256_hash(key, name);
    size_t at = find_key(seen, name);
    bool is_there = at != SEEN_VERSIONS_MAX && now_ms - seen->list[at].since_ms < SEEN_VERSIONS_MS;
    return is_there ? seen->list[at].version : "";
}
