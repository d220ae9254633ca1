#include "starknet/chain.h"

#include "starknet/felt_text.h"

/* "SN_MAIN" and "SN_SEPOLIA" as short strings. */
const struct felt chain_main = {{0x534e5f4d41494e, 0, 0, 0}};
const struct felt chain_sepolia = {{0x5f5345504f4c4941, 0x534e, 0, 0}};

static const struct {
    const char *name;
    const struct felt *chain;
} names[] = {
    {"mainnet", &chain_main},       {"SN_MAIN", &chain_main},    {"sepolia", &chain_sepolia},
    {"SN_SEPOLIA", &chain_sepolia}, {"testnet", &chain_sepolia},
};

struct status chain_read(struct bytes text, struct felt *ret)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (bytes_equal(text, bytes_of(names[i].name))) {
            *ret = *names[i].chain;
            return OK;
        }
    }
    struct status status = felt_text_read(text, ret);
    return status_is_ok(status) && !felt_is_zero(ret) ? OK : FAIL(UNKNOWN_CHAIN);
}

struct status chain_json(const struct json_in *at, struct felt *ret)
{
    struct bytes text;
    *ret = FELT_ZERO;
    TRY(json_in_string(at, &text));
    return json_in_about(at, chain_read(text, ret));
}

void chain_put(struct buf *buf, const struct felt *chain)
{
    if (felt_equal(chain, &chain_main)) {
        buf_put_text(buf, "SN_MAIN");
    } else if (felt_equal(chain, &chain_sepolia)) {
        buf_put_text(buf, "SN_SEPOLIA");
    } else {
        felt_text_put(buf, chain);
    }
}
