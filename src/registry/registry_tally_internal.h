/* Counts equal answers to one read. Private to registry. */
#ifndef COFFER_REGISTRY_REGISTRY_TALLY_INTERNAL_H
#define COFFER_REGISTRY_REGISTRY_TALLY_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/registry_view.h"

struct registry_tally {
    uint32_t answered; /* bit i: endpoint i said something */
    bool is_decided;
    uint8_t decided[REGISTRY_HASH];
    uint8_t digest[REGISTRY_VIEW_ENDPOINTS_MAX][REGISTRY_HASH];
};

/* Count an endpoint's answer; a second one is dropped.
 * Returns: true when it is the one that makes the quorum. */
bool registry_tally_add(struct registry_tally *tally, size_t endpoint,
                        const struct registry_answer *answer, size_t quorum);

/* The endpoints that said what was decided, and those that said something else. */
uint32_t registry_tally_agree(const struct registry_tally *tally);
uint32_t registry_tally_differ(const struct registry_tally *tally);

#endif
