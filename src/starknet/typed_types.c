#include "base/invariant.h"
#include "starknet/typed_types_internal.h"

/* Basic types. Revision 0 knows the first five of SNIP-12 and takes the other names for felts
 * unless the request defines them, as starknet.js does. */
static const struct {
    const char *name;
    bool is_rev0;
    enum typed_kind rev0;
    enum typed_kind rev1;
} basics[] = {
    {"felt", true, TYPED_TEXT, TYPED_TEXT},
    {"bool", true, TYPED_BOOL, TYPED_BOOL},
    {"string", true, TYPED_TEXT, TYPED_STRING},
    {"selector", true, TYPED_SELECTOR, TYPED_SELECTOR},
    {"merkletree", true, TYPED_TREE, TYPED_TREE},
    {"enum", false, TYPED_UNKNOWN, TYPED_ENUM},
    {"shortstring", false, TYPED_TEXT, TYPED_TEXT},
    {"u128", false, TYPED_TEXT, TYPED_U128},
    {"i128", false, TYPED_TEXT, TYPED_I128},
    {"timestamp", false, TYPED_TEXT, TYPED_U128},
    {"ContractAddress", false, TYPED_TEXT, TYPED_ADDRESS},
    {"ClassHash", false, TYPED_TEXT, TYPED_NUMBER},
};

enum { BASICS = sizeof basics / sizeof basics[0], PRESET_FIELDS = 2 };

/* Structs that revision 1 knows without a definition. */
static const struct {
    const char *name;
    const char *fields[PRESET_FIELDS][2];
} presets[TYPED_PRESETS] = {
    {"u256", {{"low", "u128"}, {"high", "u128"}}},
    {"TokenAmount", {{"token_address", "ContractAddress"}, {"amount", "u256"}}},
    {"NftId", {{"collection_address", "ContractAddress"}, {"token_id", "u256"}}},
};

static size_t basic_of(struct bytes name)
{
    size_t i = 0;
    while (i < BASICS && !bytes_equal(bytes_of(basics[i].name), name)) {
        i++;
    }
    return i;
}

/* Names that the revision keeps for itself. */
static bool is_reserved(struct bytes name, unsigned revision)
{
    size_t basic = basic_of(name);
    if (basic < BASICS) {
        return revision == 1 || basics[basic].is_rev0;
    }
    for (size_t i = 0; revision == 1 && i < TYPED_PRESETS; i++) {
        if (bytes_equal(bytes_of(presets[i].name), name)) {
            return true;
        }
    }
    return false;
}

static bool has_any(struct bytes text, struct bytes unwanted)
{
    for (size_t i = 0; i < text.len; i++) {
        if (bytes_find(unwanted, text.ptr[i]) != unwanted.len) {
            return true;
        }
    }
    return false;
}

/* No name may say something else inside a type string. Type names are ASCII, because their order
 * is that of UTF-16 in starknet.js. */
static struct status check_name(struct bytes name, bool is_type, unsigned revision)
{
    if (name.len > LIMIT_TYPED_DATA_NAME) {
        return FAIL(TYPED_DATA_TOO_LARGE);
    }
    if (name.len == 0 || has_any(name, BYTES_LITERAL("\"\\")) ||
        ((is_type || revision == 0) && has_any(name, BYTES_LITERAL("(),:*")))) {
        return FAIL(TYPED_DATA_INVALID);
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < ' ' || name.ptr[i] == 0x7f || (is_type && name.ptr[i] > 0x7f)) {
            return FAIL(TYPED_DATA_INVALID);
        }
    }
    return OK;
}

/* Keeps the definitions sorted. */
static void insert(struct typed_types *types, struct bytes name)
{
    size_t at = types->count++;
    while (at > 0 && bytes_compare(types->definitions[at - 1].name, name) > 0) {
        types->definitions[at] = types->definitions[at - 1];
        at--;
    }
    types->definitions[at] = (struct typed_definition){.name = name};
}

static struct status read_names(struct arena *arena, const struct json_in *at,
                                struct typed_types *types)
{
    size_t count;
    TRY(json_in_count(at, &count));
    if (count > LIMIT_TYPED_DATA_TYPES) {
        return JSON_IN_FAIL(at, TYPED_DATA_TOO_LARGE);
    }
    types->definitions = arena_array(arena, count + TYPED_PRESETS, sizeof *types->definitions);
    if (types->definitions == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; types->revision == 1 && i < TYPED_PRESETS; i++) {
        insert(types, bytes_of(presets[i].name));
    }
    struct json_in member;
    for (void *state = NULL; json_in_next(at, &state, &member);) {
        if (is_reserved(member.name, types->revision)) {
            return JSON_IN_FAIL(&member, TYPED_DATA_SHADOWED);
        }
        TRY(json_in_about(&member, check_name(member.name, true, types->revision)));
        insert(types, member.name);
    }
    return OK;
}

struct typed_definition *typed_types_find(const struct typed_types *types, struct bytes name)
{
    size_t low = 0;
    size_t high = types->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(types->definitions[middle].name, name);
        if (order == 0) {
            return &types->definitions[middle];
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return NULL;
}

/* A name without stars: a definition, or a basic type that needs no more than its name. */
static struct status resolve_name(const struct typed_types *types, struct bytes name,
                                  struct typed_ref *ret)
{
    const struct typed_definition *found = typed_types_find(types, name);
    if (found != NULL) {
        ret->kind = TYPED_STRUCT;
        ret->target = (uint16_t)(found - types->definitions);
        return OK;
    }
    size_t basic = basic_of(name);
    enum typed_kind kind = TYPED_UNKNOWN;
    if (basic < BASICS) {
        kind = types->revision == 0 ? basics[basic].rev0 : basics[basic].rev1;
    }
    ret->kind = (uint8_t)kind;
    return kind == TYPED_UNKNOWN ? FAIL(TYPED_DATA_UNKNOWN_TYPE) : OK;
}

/* Enums and trees say in contains what they are of, so they stand as a field's type and nowhere
 * else. */
static struct status resolve_element(const struct typed_types *types, struct bytes text,
                                     struct typed_ref *ret)
{
    *ret = (struct typed_ref){0};
    while (text.len > 0 && text.ptr[text.len - 1] == '*') {
        ret->stars++;
        text.len--;
    }
    TRY(resolve_name(types, text, ret));
    return ret->kind == TYPED_ENUM || ret->kind == TYPED_TREE ? FAIL(TYPED_DATA_INVALID) : OK;
}

static struct status resolve_contained(const struct typed_types *types, struct bytes contains,
                                       struct typed_ref *ret)
{
    struct typed_ref inner;
    TRY(resolve_element(types, contains, &inner));
    if (inner.stars != 0 || (ret->kind == TYPED_ENUM && inner.kind != TYPED_STRUCT)) {
        return FAIL(TYPED_DATA_INVALID);
    }
    ret->leaf = inner.kind;
    ret->target = inner.target;
    return OK;
}

bool typed_types_is_tuple(struct bytes text)
{
    return text.len >= 2 && text.ptr[0] == '(' && text.ptr[text.len - 1] == ')';
}

/* The elements of a variant: (), or types between commas. */
static struct status resolve_tuple(struct arena *arena, const struct typed_types *types,
                                   struct typed_field *field)
{
    struct bytes rest = bytes_slice(field->type, 1, field->type.len - 2);
    struct typed_ref *refs = arena_array(arena, rest.len / 2 + 1, sizeof *refs);
    if (refs == NULL) {
        return FAIL(NO_MEMORY);
    }
    field->refs = refs;
    bool is_more = rest.len > 0;
    while (is_more) {
        size_t comma = bytes_find(rest, ',');
        TRY(resolve_element(types, bytes_slice(rest, 0, comma), &refs[field->ref_count]));
        field->ref_count++;
        is_more = comma < rest.len;
        rest = bytes_slice(rest, comma + 1, SIZE_MAX);
    }
    return OK;
}

static struct status resolve_field(struct arena *arena, const struct typed_types *types,
                                   struct typed_field *field, const struct bytes *contains)
{
    if (types->revision == 1 && typed_types_is_tuple(field->type)) {
        return contains == NULL ? resolve_tuple(arena, types, field) : FAIL(TYPED_DATA_INVALID);
    }
    struct typed_ref *ref = arena_alloc(arena, sizeof *ref);
    if (ref == NULL) {
        return FAIL(NO_MEMORY);
    }
    field->refs = ref;
    field->ref_count = 1;
    if (contains == NULL) {
        return resolve_element(types, field->type, ref);
    }
    TRY(resolve_name(types, field->type, ref));
    if (ref->kind != TYPED_ENUM && ref->kind != TYPED_TREE) {
        return FAIL(TYPED_DATA_INVALID);
    }
    TRY(resolve_contained(types, *contains, ref));
    /* The type string of revision 1 names the enum; the type of a tree's leaves is in neither. */
    field->type = ref->kind == TYPED_ENUM ? *contains : field->type;
    return OK;
}

static struct status read_field(struct arena *arena, const struct json_in *at,
                                const struct typed_types *types, struct typed_field *field)
{
    static const char *const names[] = {"name", "type", "contains"};
    struct json_in name;
    struct json_in type;
    struct json_in contains;
    struct bytes inner;
    TRY(json_in_members(at, names, sizeof names / sizeof names[0]));
    TRY(json_in_member(at, "name", &name));
    TRY(json_in_string(&name, &field->name));
    TRY(json_in_about(&name, check_name(field->name, false, types->revision)));
    TRY(json_in_member(at, "type", &type));
    TRY(json_in_string(&type, &field->type));
    bool is_holder = json_in_find(at, "contains", &contains);
    if (is_holder) {
        TRY(json_in_string(&contains, &inner));
    }
    if (field->type.len > LIMIT_TYPED_DATA_NAME) {
        return JSON_IN_FAIL(&type, TYPED_DATA_TOO_LARGE);
    }
    return json_in_about(at, resolve_field(arena, types, field, is_holder ? &inner : NULL));
}

/* A definition is an enum when its first field is a variant; then all are. */
static struct status check_fields(const struct json_in *at, struct typed_definition *definition)
{
    const struct typed_field *fields = definition->fields;
    definition->is_enum = definition->field_count > 0 && typed_types_is_tuple(fields[0].type);
    for (size_t i = 0; i < definition->field_count; i++) {
        struct json_in field = json_in_item(at, i);
        if (typed_types_is_tuple(fields[i].type) != definition->is_enum) {
            return JSON_IN_FAIL(&field, TYPED_DATA_INVALID);
        }
        for (size_t j = 0; j < i; j++) {
            if (bytes_equal(fields[i].name, fields[j].name)) {
                return JSON_IN_FAIL(&field, TYPED_DATA_INVALID);
            }
        }
    }
    return OK;
}

static struct status read_fields(struct arena *arena, const struct json_in *at,
                                 const struct typed_types *types, size_t *left)
{
    struct typed_definition *definition = typed_types_find(types, at->name);
    size_t count;
    INVARIANT(definition != NULL);
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    TRY(json_in_count(at, &count));
    if (count > *left) {
        return JSON_IN_FAIL(at, TYPED_DATA_TOO_LARGE);
    }
    *left -= count;
    definition->fields = arena_array(arena, count, sizeof *definition->fields);
    if (definition->fields == NULL) {
        return FAIL(NO_MEMORY);
    }
    definition->field_count = count;
    for (size_t i = 0; i < count; i++) {
        struct json_in field = json_in_item(at, i);
        TRY(read_field(arena, &field, types, &definition->fields[i]));
    }
    return check_fields(at, definition);
}

static struct status read_presets(struct arena *arena, const struct typed_types *types)
{
    for (size_t i = 0; i < TYPED_PRESETS; i++) {
        struct typed_definition *definition = typed_types_find(types, bytes_of(presets[i].name));
        INVARIANT(definition != NULL);
        definition->fields = arena_array(arena, PRESET_FIELDS, sizeof *definition->fields);
        if (definition->fields == NULL) {
            return FAIL(NO_MEMORY);
        }
        definition->field_count = PRESET_FIELDS;
        for (size_t j = 0; j < PRESET_FIELDS; j++) {
            struct typed_field *field = &definition->fields[j];
            field->name = bytes_of(presets[i].fields[j][0]);
            field->type = bytes_of(presets[i].fields[j][1]);
            TRY(resolve_field(arena, types, field, NULL));
        }
    }
    return OK;
}

/* The definition that a reference needs, or NULL. */
static struct typed_definition *target_of(const struct typed_types *types,
                                          const struct typed_ref *ref)
{
    bool is_named = ref->kind == TYPED_STRUCT || ref->kind == TYPED_ENUM ||
                    (ref->kind == TYPED_TREE && ref->leaf == TYPED_STRUCT);
    return is_named ? &types->definitions[ref->target] : NULL;
}

enum verdict { WAITS, GROUNDED, MISUSED };

/* Whether all that a definition refers to is grounded and used as what it is. */
static enum verdict judge(const struct typed_types *types,
                          const struct typed_definition *definition)
{
    enum verdict verdict = GROUNDED;
    for (size_t i = 0; i < definition->field_count; i++) {
        for (size_t j = 0; j < definition->fields[i].ref_count; j++) {
            const struct typed_ref *ref = &definition->fields[i].refs[j];
            const struct typed_definition *target = target_of(types, ref);
            if (target == NULL) {
                continue;
            }
            if (target->is_enum != (ref->kind == TYPED_ENUM)) {
                return MISUSED;
            }
            verdict = target->is_grounded ? verdict : WAITS;
        }
    }
    return verdict;
}

/* Ground definitions whose references are, until none is left or none moves. Types that refer to
 * themselves could be hashed, but every library does it in a way of its own. */
static struct status check_graph(const struct typed_types *types)
{
    size_t grounded = 0;
    for (size_t before = SIZE_MAX; before != grounded;) {
        before = grounded;
        for (size_t i = 0; i < types->count; i++) {
            struct typed_definition *definition = &types->definitions[i];
            if (definition->is_grounded) {
                continue;
            }
            enum verdict verdict = judge(types, definition);
            if (verdict == MISUSED) {
                return FAIL(TYPED_DATA_INVALID);
            }
            definition->is_grounded = verdict == GROUNDED;
            grounded += definition->is_grounded;
        }
    }
    return grounded == types->count ? OK : FAIL(TYPED_DATA_CYCLE);
}

/* Of each type the definitions of all that it includes are hashed: at most all of them. */
static struct status check_text(const struct typed_types *types)
{
    size_t bytes = 0;
    for (size_t i = 0; i < types->count; i++) {
        const struct typed_definition *definition = &types->definitions[i];
        bytes += definition->name.len;
        for (size_t k = 0; k < definition->field_count; k++) {
            bytes += definition->fields[k].name.len + definition->fields[k].type.len;
        }
    }
    return bytes * types->count > LIMIT_TYPED_DATA_TEXT ? FAIL(TYPED_DATA_TOO_LARGE) : OK;
}

struct status typed_types_read(struct arena *arena, const struct json_in *at, unsigned revision,
                               struct typed_types *ret)
{
    *ret = (struct typed_types){.revision = revision};
    TRY(read_names(arena, at, ret));
    if (revision == 1) {
        TRY(read_presets(arena, ret));
    }
    size_t left = LIMIT_TYPED_DATA_FIELDS;
    struct json_in member;
    for (void *state = NULL; json_in_next(at, &state, &member);) {
        TRY(read_fields(arena, &member, ret, &left));
    }
    TRY(json_in_about(at, check_text(ret)));
    return json_in_about(at, check_graph(ret));
}

void typed_types_reach(const struct typed_types *types, struct typed_definition *from)
{
    struct typed_definition *queue[LIMIT_TYPED_DATA_TYPES + TYPED_PRESETS];
    size_t end = 0;
    if (!from->is_reached) {
        from->is_reached = true;
        queue[end++] = from;
    }
    for (size_t next = 0; next < end; next++) {
        const struct typed_definition *definition = queue[next];
        for (size_t i = 0; i < definition->field_count; i++) {
            for (size_t j = 0; j < definition->fields[i].ref_count; j++) {
                struct typed_definition *target = target_of(types, &definition->fields[i].refs[j]);
                if (target != NULL && !target->is_reached) {
                    target->is_reached = true;
                    queue[end++] = target;
                }
            }
        }
    }
}

struct status typed_types_all_reached(const struct json_in *at, const struct typed_types *types)
{
    struct json_in member;
    for (void *state = NULL; json_in_next(at, &state, &member);) {
        const struct typed_definition *definition = typed_types_find(types, member.name);
        INVARIANT(definition != NULL);
        if (!definition->is_reached) {
            return JSON_IN_FAIL(&member, TYPED_DATA_DANGLING);
        }
    }
    return OK;
}
