#include "operations/starknet/price.h"

#include "starknet/felt_text.h"

enum {
    SMALL = 64,           /* values of an item that cost nothing: a transfer has 25 */
    POSEIDON_VALUES = 20, /* read, hashed and checked in the time of a plain signature */
    PEDERSEN_VALUES = 5,
    ACCOUNT_UNITS = 3, /* a key, made twice and compared, an address and two records */
};

/* What is not known by its form to be hashed with Poseidon is not. */
static bool is_poseidon(const struct json_in *item)
{
    struct json_in source;
    struct json_in member;
    uint64_t version = 0;
    if (json_in_find(item, "typed_data", &source)) {
        return json_in_find(&source, "types", &member) &&
               json_in_find(&member, "StarknetDomain", &source);
    }
    return !json_in_find(item, "outside_execution", &source) ||
           (json_in_find(&source, "version", &member) &&
            status_is_ok(felt_text_json_u64(&member, &version)) && version == 2);
}

uint64_t price_signature(const struct json_in *item)
{
    size_t size = json_in_size(item);
    size_t more = size <= SMALL ? 0 : size - SMALL;
    return more == 0 ? 0 : more / (is_poseidon(item) ? POSEIDON_VALUES : PEDERSEN_VALUES);
}

uint64_t price_accounts(uint64_t count)
{
    return count * ACCOUNT_UNITS;
}
