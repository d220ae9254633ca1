/* The types of typed data: read, checked, resolved, and their type strings hashed.
 *
 * Used by typed_data.c only. Source: SNIP-12, "Types". */
#ifndef COFFER_STARKNET_TYPED_TYPES_INTERNAL_H
#define COFFER_STARKNET_TYPED_TYPES_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"

/* Structs that revision 1 knows without a definition: u256, TokenAmount, NftId. */
#define TYPED_PRESETS 3

/* How a value is encoded. */
enum typed_kind {
    TYPED_UNKNOWN,
    TYPED_TEXT,   /* a number or a short string */
    TYPED_NUMBER, /* a felt, never text */
    TYPED_ADDRESS,
    TYPED_U128,
    TYPED_I128,
    TYPED_BOOL,
    TYPED_SELECTOR,
    TYPED_STRING, /* as ByteArray */
    TYPED_STRUCT,
    TYPED_ENUM,
    TYPED_TREE,
};

/* A resolved type. */
struct typed_ref {
    uint8_t kind;    /* enum typed_kind, of the innermost element where there are stars */
    uint8_t leaf;    /* of a tree: the kind of its leaves */
    uint16_t stars;  /* how often it is an array */
    uint16_t target; /* index of the definition: of a struct, an enum, a tree's leaves */
};

/* A field of a struct or a variant of an enum. */
struct typed_field {
    struct bytes name;
    struct bytes type;            /* as it stands in the type string */
    const struct typed_ref *refs; /* one for a field, one for each element of a variant */
    size_t ref_count;
};

struct typed_definition {
    struct bytes name;
    struct typed_field *fields;
    size_t field_count;
    bool is_enum;
    bool is_grounded; /* everything that it refers to ends */
    bool is_reached;  /* the domain or the message can have values of it */
    bool is_hashed;
    struct felt hash;
};

/* The definitions in the order of their names, presets included. */
struct typed_types {
    unsigned revision;
    struct typed_definition *definitions;
    size_t count;
};

/* Read the types of typed data. Returns and on failure: as typed_data_read. */
struct status typed_types_read(struct arena *arena, const struct json_in *at, unsigned revision,
                               struct typed_types *ret);

/* Mark a definition and all that values of it may hold. */
void typed_types_reach(const struct typed_types *types, struct typed_definition *from);

/* Returns: OK when every type of the request is marked; TYPED_DATA_DANGLING, with the place in the
 * document. In: at, where the types were read from. */
struct status typed_types_all_reached(const struct json_in *at, const struct typed_types *types);

/* True for the type of a variant: something between brackets. */
bool typed_types_is_tuple(struct bytes type);

/* The definition of this name, or NULL. */
struct typed_definition *typed_types_find(const struct typed_types *types, struct bytes name);

/* The hash of the type string; computed at the first call. */
const struct felt *typed_types_hash(const struct typed_types *types,
                                    struct typed_definition *definition);

#endif
