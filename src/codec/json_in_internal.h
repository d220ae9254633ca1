/* The values of a document as the parser lays them out; private to codec.
 *
 * A document is arrays of nodes in its arena: the items of an array, or name and value by turns of
 * the members of an object, lie side by side. Text is in a copy that was unescaped in place. */
#ifndef COFFER_CODEC_JSON_IN_INTERNAL_H
#define COFFER_CODEC_JSON_IN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "codec/json_in.h"

struct json_in_node {
    union {
        const uint8_t *text;               /* of a string, a name or a real */
        const struct json_in_node *inside; /* of an object or an array */
        int64_t integer;
        bool truth;
    };
    uint32_t len;  /* bytes of text, number of members or items */
    uint32_t kind; /* enum json_in_kind */
};

_Static_assert(sizeof(struct json_in_node) == 16, "two nodes for each member");

/* Objects with more members than this have an index behind them: uint32_t [len], the members by
 * JSON_IN_INDEXED order of their names. */
#define JSON_IN_INDEXED 16

static inline struct bytes json_in_node_text(const struct json_in_node *node)
{
    return (struct bytes){node->text, node->len};
}

/* True when a double can hold a number of JSON's grammar, rounded to the nearest. */
bool json_in_is_finite(struct bytes number);

/* Sort the members of an object into its index, by length and bytes of the name. n log n.
 * In: members, 2 * count nodes. Out: index [count]; scratch [count] is overwritten. */
void json_in_index(const struct json_in_node *members, size_t count, uint32_t *index,
                   uint32_t *scratch);

/* True when two members of an object have the same name. In: the object, its index made. */
bool json_in_duplicate(const struct json_in_node *object);

/* The value of the member with this name, or NULL. Takes log n for n members. */
const struct json_in_node *json_in_lookup(const struct json_in_node *object, struct bytes name);

#endif
