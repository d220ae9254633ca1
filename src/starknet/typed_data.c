#include "starknet/typed_data.h"

#include "crypto/pedersen.h"
#include "crypto/poseidon.h"
#include "starknet/typed_struct_internal.h"
#include "starknet/typed_value_internal.h"

/* "StarkNet Message", in both revisions with this capital N. */
static const struct felt message_prefix = {{0x204d657373616765, 0x537461726b4e6574, 0, 0}};

/* Which revision the types and the domain agree on. */
static struct status read_revision(const struct json_in *types, const struct json_in *domain,
                                   unsigned *ret)
{
    struct json_in found;
    struct felt said = FELT_ZERO;
    bool is_legacy = json_in_find(types, "StarkNetDomain", &found);
    bool is_active = json_in_find(types, "StarknetDomain", &found);
    *ret = is_active;
    if (json_in_find(domain, "revision", &found)) {
        TRY(typed_value_text(&found, &said));
    }
    struct felt expected = felt_from_u64(is_active);
    if (is_legacy == is_active || !felt_equal(&said, &expected)) {
        return JSON_IN_FAIL(domain, TYPED_DATA_REVISION);
    }
    return OK;
}

/* A member of the domain as it is hashed. Only felts and short strings say what they stand for. */
static struct status read_member(const struct typed_definition *definition,
                                 const struct json_in *domain, const char *name, struct felt *ret)
{
    struct json_in value;
    for (size_t i = 0; i < definition->field_count; i++) {
        const struct typed_field *field = &definition->fields[i];
        if (bytes_equal(field->name, bytes_of(name)) && field->refs[0].kind == TYPED_TEXT &&
            field->refs[0].stars == 0) {
            TRY(json_in_member(domain, name, &value));
            return typed_value_text(&value, ret);
        }
    }
    return FAIL(MISSING_FIELD);
}

/* The definition of a struct by its name. */
static struct status find_struct(const struct typed_types *types, struct bytes name,
                                 struct typed_definition **ret)
{
    *ret = typed_types_find(types, name);
    if (*ret == NULL) {
        return FAIL(TYPED_DATA_UNKNOWN_TYPE);
    }
    return (*ret)->is_enum ? FAIL(TYPED_DATA_INVALID) : OK;
}

static struct status read_domain(const struct typed_types *types, struct typed_struct *walk,
                                 const struct json_in *at, struct typed_data *ret)
{
    struct bytes name = bytes_of(ret->revision == 0 ? "StarkNetDomain" : "StarknetDomain");
    struct typed_definition *definition;
    TRY(json_in_about(at, find_struct(types, name, &definition)));
    TRY(typed_struct_hash(walk, at, definition, ret->revision == 0, &ret->domain_hash));
    struct status status = read_member(definition, at, "chainId", &ret->chain);
    return status.code == STATUS_MISSING_FIELD ? JSON_IN_FAIL(at, TYPED_DATA_INVALID) : status;
}

static struct status read_all(struct arena *arena, const struct json_in *at, struct typed_data *ret)
{
    static const char *const names[] = {"types", "primaryType", "domain", "message"};
    struct json_in member[4];
    struct typed_types types;
    TRY(json_in_members(at, names, 4));
    for (size_t i = 0; i < 4; i++) {
        TRY(json_in_member(at, names[i], &member[i]));
        if (i != 1 && json_in_kind(&member[i]) != JSON_IN_OBJECT) {
            return JSON_IN_FAIL(&member[i], BAD_TYPE);
        }
    }
    TRY(read_revision(&member[0], &member[2], &ret->revision));
    TRY(typed_types_read(arena, &member[0], ret->revision, &types));
    struct typed_struct *walk;
    TRY(typed_struct_open(arena, &types, &walk));
    TRY(read_domain(&types, walk, &member[2], ret));
    struct typed_definition *primary;
    TRY(json_in_string(&member[1], &ret->primary_type));
    TRY(json_in_about(&member[1], find_struct(&types, ret->primary_type, &primary)));
    ret->primary_hash = *typed_types_hash(&types, primary);
    return typed_struct_hash(walk, &member[3], primary, false, &ret->message_hash);
}

struct status typed_data_read(struct arena *arena, const struct json_in *at, struct typed_data *ret)
{
    *ret = (struct typed_data){0};
    struct status status = read_all(arena, at, ret);
    if (!status_is_ok(status)) {
        *ret = (struct typed_data){0};
    }
    return status;
}

void typed_data_hash(const struct typed_data *data, const struct felt *account, struct felt *ret)
{
    const struct felt list[] = {message_prefix, data->domain_hash, *account, data->message_hash};
    size_t count = sizeof list / sizeof list[0];
    if (data->revision == 0) {
        pedersen_array(list, count, ret);
    } else {
        poseidon_hash_many(list, count, ret);
    }
}
