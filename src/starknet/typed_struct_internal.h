/* The hash of a struct of typed data, with everything inside it.
 *
 * Values nest as deep as the request says, so this walks with a stack of its own, bounded by the
 * depth of JSON. Used by typed_data.c only. Source: SNIP-12, "Hashing", as starknet.js has it. */
#ifndef COFFER_STARKNET_TYPED_STRUCT_INTERNAL_H
#define COFFER_STARKNET_TYPED_STRUCT_INTERNAL_H

#include "starknet/typed_types_internal.h"

/* What is common to the structs of one typed data: the number of values left among it. */
struct typed_struct;

/* types must outlive it. Returns: OK, NO_MEMORY. */
struct status typed_struct_open(struct arena *arena, const struct typed_types *types,
                                struct typed_struct **ret);

/* In: definition, no enum; may_say_revision, when the member revision is allowed without a field.
 * Returns: as typed_data_read. On failure: *ret is 0. */
struct status typed_struct_hash(struct typed_struct *walk, const struct json_in *at,
                                struct typed_definition *definition, bool may_say_revision,
                                struct felt *ret);

#endif
