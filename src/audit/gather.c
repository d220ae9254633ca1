#include "audit/gather.h"

#include "base/limits.h"

struct gather gather_start(uint64_t now_ns)
{
    return (struct gather){.since_ns = now_ns};
}

bool gather_more(struct gather *gather, uint64_t requests, uint64_t now_ns)
{
    bool found = !gather->has_looked || requests != gather->seen;
    gather->has_looked = true;
    gather->seen = requests;
    return found && now_ns - gather->since_ns < (uint64_t)LIMIT_AUDIT_GATHER_US * 1000;
}
