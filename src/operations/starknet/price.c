#include "operations/starknet/price.h"

#include "starknet/felt_text.h"

enum {
    SMALL = 64,           /* values of an item that cost nothing: a transfer has 25 */
    POSEIDON_VALUES = 20, /* read, hashed and checked in the time of a plain signature */
    PEDERSEN_TIMES = 4,   /* so much longer does Pedersen take, of the first value on */
    ACCOUNT_UNITS = 3,    /* a key, made twice and compared, an address and two records */
    SEARCHED_CLASSES = 2, /* under which an address is looked for: three hashes each */
    OTHER_UNITS = 1,      /* a signature of somebody else, verified: half of a plain one */
    DERIVED_UNITS = 1,    /* a key that is not kept, and the address of its account */
    FIRST_UNITS = 3,      /* both of them again, and a signature verified in full */
};

/* The values that are hashed with Pedersen: those of what is not known by its form to be hashed
 * with Poseidon. Of types it is the text that is hashed, with neither. */
static size_t pedersen_values(const struct json_in *item)
{
    struct json_in source;
    struct json_in member;
    uint64_t version = 0;
    if (json_in_find(item, "typed_data", &source)) {
        size_t size = json_in_size(&source);
        if (!json_in_find(&source, "types", &member)) {
            return size;
        }
        size_t types = json_in_size(&member);
        return json_in_find(&member, "StarknetDomain", &source) ? 0 : size - types;
    }
    if (!json_in_find(item, "outside_execution", &source)) {
        return 0;
    }
    bool is_new = json_in_find(&source, "version", &member) &&
                  status_is_ok(felt_text_json_u64(&member, &version)) && version == 2;
    return is_new ? 0 : json_in_size(&source);
}

uint64_t price_signature(const struct json_in *item)
{
    size_t size = json_in_size(item);
    size_t more = size <= SMALL ? 0 : size - SMALL;
    return (more + (PEDERSEN_TIMES - 1) * pedersen_values(item)) / POSEIDON_VALUES;
}

uint64_t price_other(const struct json_in *item)
{
    struct json_in member;
    return json_in_find(item, "other_signature", &member) ? OTHER_UNITS : 0;
}

uint64_t price_key(const struct user_key *key)
{
    return key->account.which == 0 ? DERIVED_UNITS : 0;
}

uint64_t price_first(const struct user_key *key, const struct json_in *item)
{
    bool is_first = (key->notes & KEY_CACHE_VERIFIED) == 0;
    return is_first ? FIRST_UNITS + price_signature(item) : 0;
}

uint64_t price_accounts(uint64_t count)
{
    return count * ACCOUNT_UNITS;
}

uint64_t price_searches(uint64_t count, uint64_t classes)
{
    return (count * classes + SEARCHED_CLASSES - 1) / SEARCHED_CLASSES;
}
