#include "gateway/outward.h"

#include "gateway/gateway_answer.h"

static const struct token_bucket_rule lines = {1, 20};

void outward_init(struct outward *outward, const struct log *log, const struct clock *clock)
{
    *outward = (struct outward){.log = log, .clock = *clock};
    token_bucket_init(&outward->lines, &lines, clock_monotonic_ns(clock));
}

static struct status admit(void *context, struct bytes authority, struct tunnels_target *ret)
{
    const struct outward *outward = context;
    return allow_list_admit(&outward->allowed, authority, ret);
}

static struct status check(void *context, const struct socket_address *address)
{
    const struct outward *outward = context;
    return allow_list_check(&outward->allowed, address);
}

/* A node that asks again and again does not fill the log. */
static void refuse(void *context, const struct tunnels_target *target, struct status why,
                   struct buf *body)
{
    struct outward *outward = context;
    gateway_answer_put(why, body);
    if (!token_bucket_take(&outward->lines, &lines, clock_monotonic_ns(&outward->clock))) {
        outward->untold++;
        return;
    }
    LOG_EVENT(outward->log, WARN, "no tunnel", LOG_TOKEN("host", bytes_of(target->host)),
              LOG_U64("port", target->port), LOG_U64("untold", outward->untold), LOG_STATUS(why));
    outward->untold = 0;
}

struct tunnels_policy outward_policy(struct outward *outward)
{
    return (struct tunnels_policy){outward, admit, check, refuse};
}
