#include "starknet/list_hash_internal.h"

void list_hash_start(struct list_hash *hash, unsigned revision)
{
    hash->revision = revision;
    hash->pedersen = PEDERSEN_INIT;
    poseidon_init(&hash->poseidon);
}

void list_hash_add(struct list_hash *hash, const struct felt *felt)
{
    list_hash_add_all(hash, felt, 1);
}

void list_hash_add_all(struct list_hash *hash, const struct felt *felts, size_t count)
{
    if (hash->revision == 0) {
        pedersen_absorb_many(&hash->pedersen, felts, count);
    } else {
        poseidon_absorb_many(&hash->poseidon, felts, count);
    }
}

struct felt list_hash_end(struct list_hash *hash)
{
    struct felt result;
    if (hash->revision == 0) {
        pedersen_finish(&hash->pedersen, &result);
    } else {
        poseidon_finish(&hash->poseidon, &result);
    }
    return result;
}
