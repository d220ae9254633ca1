/* What a client has seen of values, so that it never sees less of them on another node: of its last
 * 256 keys the newest version, for ten minutes. By then nodes that run have it; for longer it would
 * ask for what all of them have forgotten, such as a tombstone.
 * Used by the exported library. Source: formats, section 11. */
#ifndef COFFER_CLIENT_SEEN_VERSIONS_H
#define COFFER_CLIENT_SEEN_VERSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    SEEN_VERSIONS_MAX = 256,
    SEEN_VERSIONS_MS = 600000,
    SEEN_VERSION_TEXT = 40, /* characters, whose order is that of versions */
    SEEN_VERSION_KEY = 16,
};

/* Zeros: nothing was seen. */
struct seen_versions {
    size_t next; /* gives way to the next key */
    struct {
        uint8_t key[SEEN_VERSION_KEY]; /* of SHA-256 of the value's */
        uint64_t since_ms;
        char version[SEEN_VERSION_TEXT + 1]; /* "": none */
    } list[SEEN_VERSIONS_MAX];
};

/* Note a version of a key; an older one than is there changes nothing, one that is none is ignored.
 * In: now_ms, monotonic, for all calls. */
void seen_versions_note(struct seen_versions *seen, struct bytes key, struct bytes version,
                        uint64_t now_ms);

/* Forget a key. */
void seen_versions_forget(struct seen_versions *seen, struct bytes key);

/* The version, until the next call that changes anything; "" for none. */
const char *seen_versions_of(const struct seen_versions *seen, struct bytes key, uint64_t now_ms);

#endif
