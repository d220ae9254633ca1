#include "starknet/selector.h"

#include "base/invariant.h"

static void masked(uint8_t hash[static KECCAK256_BYTES], struct felt *ret)
{
    hash[0] &= 0x03;
    INVARIANT(felt_from_be(hash, ret));
}

void selector_keccak(struct bytes data, struct felt *ret)
{
    uint8_t hash[KECCAK256_BYTES];
    keccak256_hash(data, hash);
    masked(hash, ret);
}

void selector_keccak_final(struct keccak256 *keccak, struct felt *ret)
{
    uint8_t hash[KECCAK256_BYTES];
    keccak256_final(keccak, hash);
    masked(hash, ret);
}

struct status selector_of_name(struct bytes name, struct felt *ret)
{
    *ret = FELT_ZERO;
    bool visible = name.len != 0;
    for (size_t i = 0; i < name.len; i++) {
        visible &= name.ptr[i] > ' ' && name.ptr[i] < 0x7f;
    }
    if (!visible) {
        return FAIL(INVALID_SELECTOR);
    }
    selector_keccak(name, ret);
    return OK;
}
