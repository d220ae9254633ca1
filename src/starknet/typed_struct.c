#include "base/invariant.h"
#include "crypto/pedersen.h"
#include "crypto/poseidon.h"
#include "starknet/byte_array.h"
#include "starknet/list_hash_internal.h"
#include "starknet/typed_struct_internal.h"
#include "starknet/typed_value_internal.h"

/* A struct, list, tree or variant whose values are being read. */
struct frame {
    struct json_in at;                /* holds the values */
    struct json_in outer;             /* the object of an enum, whose only member at is */
    const struct typed_field *fields; /* of a struct */
    const struct typed_ref *elements; /* of a variant */
    struct typed_ref item;            /* of a list or tree */
    struct felt *leaves;              /* of a tree */
    size_t next;
    size_t count;
    struct list_hash hash;
};

/* Values nest no deeper than JSON does, so the stack is explicit and bounded. */
struct typed_struct {
    struct arena *arena;
    const struct typed_types *types;
    struct frame frames[LIMIT_JSON_DEPTH + 1];
    size_t depth;
    size_t values_left;
    bool may_say_revision;
    struct felt result;
};

/* Hand a finished value to what it is part of. */
static struct status deliver(struct typed_struct *walk, const struct felt *value)
{
    if (walk->depth == 0) {
        walk->result = *value;
        return OK;
    }
    struct frame *top = &walk->frames[walk->depth - 1];
    if (walk->values_left == 0) {
        return JSON_IN_FAIL(&top->at, TYPED_DATA_TOO_LARGE);
    }
    walk->values_left--;
    if (top->leaves != NULL) {
        top->leaves[top->next - 1] = *value;
    } else {
        list_hash_add(&top->hash, value);
    }
    return OK;
}

static struct frame *push(struct typed_struct *walk, const struct json_in *at)
{
    INVARIANT(walk->depth < sizeof walk->frames / sizeof walk->frames[0]);
    struct frame *frame = &walk->frames[walk->depth];
    frame->at = *at;
    frame->fields = NULL;
    frame->elements = NULL;
    frame->leaves = NULL;
    frame->next = 0;
    frame->count = 0;
    list_hash_start(&frame->hash, walk->types->revision);
    return frame;
}

/* Every member of an object is one of the fields; a domain of revision 0 may say its revision. */
static struct status check_members(const struct typed_struct *walk, const struct json_in *at,
                                   const struct typed_definition *definition)
{
    struct json_in member;
    for (void *state = NULL; json_in_next(at, &state, &member);) {
        bool is_known = walk->may_say_revision && walk->depth == 0 &&
                        bytes_equal(member.name, BYTES_LITERAL("revision"));
        for (size_t i = 0; i < definition->field_count && !is_known; i++) {
            is_known = bytes_equal(definition->fields[i].name, member.name);
        }
        if (!is_known) {
            return JSON_IN_FAIL(&member, UNKNOWN_FIELD);
        }
    }
    return OK;
}

static struct status open_struct(struct typed_struct *walk, const struct json_in *at,
                                 struct typed_definition *definition)
{
    size_t count;
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    TRY(json_in_count(at, &count));
    if (count > definition->field_count) {
        TRY(check_members(walk, at, definition));
    }
    struct frame *frame = push(walk, at);
    frame->fields = definition->fields;
    frame->count = definition->field_count;
    walk->depth++;
    return deliver(walk, typed_types_hash(walk->types, definition));
}

static struct status open_list(struct typed_struct *walk, const struct json_in *at,
                               struct typed_ref item)
{
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    struct frame *frame = push(walk, at);
    TRY(json_in_count(at, &frame->count));
    frame->item = item;
    walk->depth++;
    return OK;
}

static struct status open_tree(struct typed_struct *walk, const struct json_in *at,
                               const struct typed_ref *ref)
{
    TRY(open_list(walk, at, (struct typed_ref){.kind = ref->leaf, .target = ref->target}));
    struct frame *frame = &walk->frames[walk->depth - 1];
    if (frame->count == 0) {
        return JSON_IN_FAIL(at, TYPED_DATA_INVALID);
    }
    if (frame->count > walk->values_left) {
        return JSON_IN_FAIL(at, TYPED_DATA_TOO_LARGE);
    }
    frame->leaves = arena_array(walk->arena, frame->count, sizeof *frame->leaves);
    return frame->leaves == NULL ? FAIL(NO_MEMORY) : OK;
}

/* An object of one member: the variant's name and the list of its elements. */
static struct status open_enum(struct typed_struct *walk, const struct json_in *at,
                               const struct typed_definition *definition)
{
    size_t count;
    struct json_in list;
    void *state = NULL;
    if (json_in_kind(at) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    TRY(json_in_count(at, &count));
    if (count != 1 || !json_in_next(at, &state, &list)) {
        return JSON_IN_FAIL(at, TYPED_DATA_INVALID);
    }
    size_t index = 0;
    while (index < definition->field_count &&
           !bytes_equal(definition->fields[index].name, list.name)) {
        index++;
    }
    if (index == definition->field_count) {
        return JSON_IN_FAIL(&list, UNKNOWN_FIELD);
    }
    const struct typed_field *variant = &definition->fields[index];
    TRY(open_list(walk, &list, (struct typed_ref){0}));
    struct frame *frame = &walk->frames[walk->depth - 1];
    frame->outer = *at;
    frame->at.parent = &frame->outer;
    if (frame->count != variant->ref_count) {
        return JSON_IN_FAIL(&list, TYPED_DATA_INVALID);
    }
    frame->elements = variant->refs;
    struct felt felt = felt_from_u64(index);
    TRY(deliver(walk, &felt));
    /* A unit variant has one empty element, which counts as zero. */
    return variant->ref_count == 0 ? deliver(walk, &FELT_ZERO) : OK;
}

static struct status read_string(struct typed_struct *walk, const struct json_in *at,
                                 struct felt *ret)
{
    struct bytes text;
    struct felts felts;
    TRY(json_in_string(at, &text));
    struct felts_out out = felts_open(walk->arena);
    byte_array_put(&out, text);
    struct status status = felts_close(&out, &felts);
    if (status.code == STATUS_CALLDATA_TOO_LARGE || felts.len > walk->values_left) {
        return JSON_IN_FAIL(at, TYPED_DATA_TOO_LARGE);
    }
    TRY(status);
    walk->values_left -= felts.len;
    poseidon_hash_many(felts.ptr, felts.len, ret);
    return OK;
}

static struct status read_leaf(struct typed_struct *walk, const struct json_in *at,
                               enum typed_kind kind, struct felt *ret)
{
    *ret = FELT_ZERO;
    switch (kind) {
    case TYPED_TEXT:
        return typed_value_text(at, ret);
    case TYPED_NUMBER:
        return typed_value_number(at, ret);
    case TYPED_ADDRESS:
        return typed_value_address(at, ret);
    case TYPED_U128:
        return typed_value_bits(at, 128, ret);
    case TYPED_I128:
        return typed_value_i128(at, ret);
    case TYPED_SELECTOR:
        return typed_value_selector(at, ret);
    case TYPED_STRING:
        return read_string(walk, at, ret);
    case TYPED_BOOL:
        /* Revision 0 has no rule of its own for it. */
        return json_in_kind(at) == JSON_IN_BOOL || walk->types->revision == 1
                   ? typed_value_bool(at, ret)
                   : typed_value_text(at, ret);
    case TYPED_UNKNOWN:
    case TYPED_STRUCT:
    case TYPED_ENUM:
    case TYPED_TREE:
        break;
    }
    INVARIANT(false);
    return FAIL(INTERNAL);
}

/* Read a single value, or open what holds several. */
static struct status enter(struct typed_struct *walk, const struct json_in *at,
                           struct typed_ref ref)
{
    if (ref.stars > 0) {
        ref.stars--;
        return open_list(walk, at, ref);
    }
    struct typed_definition *target = &walk->types->definitions[ref.target];
    if (ref.kind == TYPED_STRUCT) {
        return open_struct(walk, at, target);
    }
    if (ref.kind == TYPED_ENUM) {
        return open_enum(walk, at, target);
    }
    if (ref.kind == TYPED_TREE) {
        return open_tree(walk, at, &ref);
    }
    struct felt value;
    TRY(read_leaf(walk, at, (enum typed_kind)ref.kind, &value));
    return deliver(walk, &value);
}

/* Enter the next value of a frame. */
static struct status enter_next(struct typed_struct *walk, struct frame *frame)
{
    size_t i = frame->next++;
    if (frame->fields == NULL) {
        struct json_in item = json_in_item(&frame->at, i);
        return enter(walk, &item, frame->elements != NULL ? frame->elements[i] : frame->item);
    }
    const struct typed_field *field = &frame->fields[i];
    struct json_in value;
    if (!json_in_find_bytes(&frame->at, field->name, &value)) {
        struct json_in missing = {frame->at.doc, &frame->at, NULL, field->name, 0};
        return JSON_IN_FAIL(&missing, MISSING_FIELD);
    }
    return enter(walk, &value, field->refs[0]);
}

/* Pairs in the order of numbers; an odd one is paired with zero. Uses up the leaves. */
static struct felt root_of(struct felt *leaves, size_t count, unsigned revision)
{
    while (count > 1) {
        for (size_t i = 0; i < count; i += 2) {
            struct felt a = leaves[i];
            struct felt b = i + 1 < count ? leaves[i + 1] : FELT_ZERO;
            bool is_sorted = felt_compare(&a, &b) <= 0;
            const struct felt *low = is_sorted ? &a : &b;
            const struct felt *high = is_sorted ? &b : &a;
            if (revision == 0) {
                pedersen_hash(low, high, &leaves[i / 2]);
            } else {
                poseidon_hash2(low, high, &leaves[i / 2]);
            }
        }
        count = (count + 1) / 2;
    }
    return leaves[0];
}

static struct status leave(struct typed_struct *walk)
{
    struct frame *top = &walk->frames[--walk->depth];
    unsigned revision = walk->types->revision;
    struct felt value = top->leaves != NULL ? root_of(top->leaves, top->count, revision)
                                            : list_hash_end(&top->hash);
    return deliver(walk, &value);
}

struct status typed_struct_open(struct arena *arena, const struct typed_types *types,
                                struct typed_struct **ret)
{
    *ret = arena_alloc(arena, sizeof **ret);
    if (*ret == NULL) {
        return FAIL(NO_MEMORY);
    }
    (*ret)->arena = arena;
    (*ret)->types = types;
    (*ret)->values_left = types->revision == 0 ? LIMIT_TYPED_DATA_OLD : LIMIT_TYPED_DATA_VALUES;
    return OK;
}

struct status typed_struct_hash(struct typed_struct *walk, const struct json_in *at,
                                struct typed_definition *definition, bool may_say_revision,
                                struct felt *ret)
{
    *ret = FELT_ZERO;
    walk->depth = 0;
    walk->may_say_revision = may_say_revision;
    TRY(open_struct(walk, at, definition));
    while (walk->depth > 0) {
        struct frame *top = &walk->frames[walk->depth - 1];
        TRY(top->next < top->count ? enter_next(walk, top) : leave(walk));
    }
    *ret = walk->result;
    return OK;
}
