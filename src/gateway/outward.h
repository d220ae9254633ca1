/* The way out of a node: tunnels to the hosts and ports of an allow-list, and nowhere else. */
#ifndef COFFER_GATEWAY_OUTWARD_H
#define COFFER_GATEWAY_OUTWARD_H

#include "base/clock.h"
#include "base/log.h"
#include "base/token_bucket.h"
#include "gateway/allow_list.h"
#include "net/tunnels.h"

/* What the tunnels' policy is about. Its members are its own. */
struct outward {
    struct allow_list allowed;
    const struct log *log;
    struct clock clock;
    struct token_bucket lines; /* of refusals in the log */
    uint64_t untold;           /* refusals since the last line */
};

/* Nothing is allowed so far. */
void outward_init(struct outward *outward, const struct log *log, const struct clock *clock);

/* For tunnels_open; outward outlives the tunnels. */
struct tunnels_policy outward_policy(struct outward *outward);

#endif
