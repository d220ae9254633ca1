/* The signature vectors of tests/vectors, for the tests of nonces and of ECDSA. */
#ifndef COFFER_TESTS_UNIT_STARK_VECTORS_H
#define COFFER_TESTS_UNIT_STARK_VECTORS_H

#include "crypto/stark_key.h"
#include "fixtures/vector_file.h"

static inline struct felt vector_felt(const struct json_in *at, const char *name)
{
    uint8_t bytes[32];
    struct felt felt;
    vector_file_number(at, name, bytes);
    assert_true(felt_from_be(bytes, &felt));
    return felt;
}

static inline struct stark_key vector_key(const struct json_in *at, const char *name)
{
    struct secret32 bytes;
    struct stark_key key;
    vector_file_number(at, name, bytes.b);
    assert_status(OK, stark_key_from_bytes(&bytes, &key));
    return key;
}

/* The member "seed" in as few bytes as possible; none for 0. */
static inline struct bytes vector_extra(const struct json_in *at, uint8_t memory[static 32])
{
    size_t zeros = 0;
    vector_file_number(at, "seed", memory);
    while (zeros < 32 && memory[zeros] == 0) {
        zeros++;
    }
    return (struct bytes){memory + zeros, 32 - zeros};
}

/* Runs check on every vector of this kind. Returns how many there were. */
static inline size_t vectors_of_kind(const char *kind, void (*check)(const struct json_in *in,
                                                                     const struct json_in *out))
{
    struct json_in root = vector_file_root("starknet.json");
    struct json_in list = vector_file_member(&root, "vectors");
    size_t found = 0;
    for (size_t i = 0; i < vector_file_count(&list); i++) {
        struct json_in vector = json_in_item(&list, i);
        if (bytes_equal(vector_file_text(&vector, "kind"), bytes_of(kind))) {
            struct json_in in = vector_file_member(&vector, "in");
            struct json_in out = vector_file_member(&vector, "out");
            check(&in, &out);
            found++;
        }
    }
    return found;
}

#endif
