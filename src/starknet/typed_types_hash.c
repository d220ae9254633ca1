#include "digest/keccak256.h"
#include "starknet/selector.h"
#include "starknet/typed_types_internal.h"

/* A name, quoted in revision 1. */
static void hash_name(struct keccak256 *keccak, unsigned revision, struct bytes name)
{
    struct bytes quote = revision == 1 ? BYTES_LITERAL("\"") : BYTES_LITERAL("");
    keccak256_update(keccak, quote);
    keccak256_update(keccak, name);
    keccak256_update(keccak, quote);
}

/* A field's type; the elements of a variant are quoted one by one. */
static void hash_type(struct keccak256 *keccak, unsigned revision, struct bytes type)
{
    if (!typed_types_is_tuple(type)) {
        hash_name(keccak, revision, type);
        return;
    }
    struct bytes rest = bytes_slice(type, 1, type.len - 2);
    keccak256_update(keccak, BYTES_LITERAL("("));
    while (rest.len > 0) {
        size_t comma = bytes_find(rest, ',');
        hash_name(keccak, revision, bytes_slice(rest, 0, comma));
        keccak256_update(keccak, bytes_slice(rest, comma, 1));
        rest = bytes_slice(rest, comma + 1, SIZE_MAX);
    }
    keccak256_update(keccak, BYTES_LITERAL(")"));
}

static void hash_definition(struct keccak256 *keccak, unsigned revision,
                            const struct typed_definition *definition)
{
    hash_name(keccak, revision, definition->name);
    keccak256_update(keccak, BYTES_LITERAL("("));
    for (size_t i = 0; i < definition->field_count; i++) {
        const struct typed_field *field = &definition->fields[i];
        keccak256_update(keccak, i == 0 ? BYTES_LITERAL("") : BYTES_LITERAL(","));
        hash_name(keccak, revision, field->name);
        keccak256_update(keccak, BYTES_LITERAL(":"));
        hash_type(keccak, revision, field->type);
    }
    keccak256_update(keccak, BYTES_LITERAL(")"));
}

/* Mark what a type string includes: itself and the structs and enums it refers to, but not behind
 * a second star, as starknet.js strips one only. */
static void mark_dependencies(const struct typed_types *types,
                              const struct typed_definition *definition, bool *marked)
{
    uint16_t queue[LIMIT_TYPED_DATA_TYPES + TYPED_PRESETS];
    size_t end = 0;
    queue[end++] = (uint16_t)(definition - types->definitions);
    marked[queue[0]] = true;
    for (size_t next = 0; next < end; next++) {
        const struct typed_definition *from = &types->definitions[queue[next]];
        for (size_t i = 0; i < from->field_count; i++) {
            for (size_t j = 0; j < from->fields[i].ref_count; j++) {
                const struct typed_ref *ref = &from->fields[i].refs[j];
                bool is_part = ref->kind == TYPED_STRUCT || ref->kind == TYPED_ENUM;
                if (is_part && ref->stars <= 1 && !marked[ref->target]) {
                    marked[ref->target] = true;
                    queue[end++] = ref->target;
                }
            }
        }
    }
}

const struct felt *typed_types_hash(const struct typed_types *types,
                                    struct typed_definition *definition)
{
    if (definition->is_hashed) {
        return &definition->hash;
    }
    bool marked[LIMIT_TYPED_DATA_TYPES + TYPED_PRESETS] = {false};
    mark_dependencies(types, definition, marked);
    struct keccak256 keccak;
    keccak256_init(&keccak);
    hash_definition(&keccak, types->revision, definition);
    for (size_t i = 0; i < types->count; i++) {
        const struct typed_definition *other = &types->definitions[i];
        if (marked[i] && other != definition) {
            hash_definition(&keccak, types->revision, other);
        }
    }
    selector_keccak_final(&keccak, &definition->hash);
    definition->is_hashed = true;
    return &definition->hash;
}
