#include "cluster/v1/v1_names.h"

static bool has_capitals(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F') {
            return true;
        }
    }
    return false;
}

static bool is_noted(const struct v1_names *names, const struct eth_address *wallet)
{
    size_t count = names->count < LIMIT_CLOCK_NODES ? names->count : LIMIT_CLOCK_NODES;
    for (size_t i = 0; i < count; i++) {
        if (eth_address_equal(&names->list[i], wallet)) {
            return true;
        }
    }
    return false;
}

struct status v1_names_read(struct v1_names *names, struct bytes text, struct eth_address *ret)
{
    TRY(eth_address_read(text, ret));
    if (has_capitals(text) && !is_noted(names, ret)) {
        names->list[names->count++ % LIMIT_CLOCK_NODES] = *ret;
    }
    return OK;
}

void v1_names_put(const struct v1_names *names, const struct eth_address *wallet, struct buf *out)
{
    if (is_noted(names, wallet)) {
        eth_address_put_checksum(out, wallet);
    } else {
        eth_address_put(out, wallet);
    }
}
