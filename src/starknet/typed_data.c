#include "starknet/typed_data.h"

#include "crypto/pedersen.h"
#include "crypto/poseidon.h"
#include "starknet/typed_struct_internal.h"
#include "starknet/typed_value_internal.h"

/* "StarkNet Message", in both revisions with this capital N. */
static const struct felt message_prefix = {{0x204d657373616765, 0x537461726b4e6574, 0, 0}};

/* Whether a domain says this revision, as 1 or "1": nobody reads other forms. */
static struct status read_said(const struct json_in *at, bool is_active, bool *ret)
{
    struct bytes text;
    if (json_in_kind(at) == JSON_IN_INTEGER) {
        *ret = json_in_integer(at) == is_active;
        return OK;
    }
    TRY(json_in_string(at, &text));
    *ret = bytes_equal(text, bytes_of(is_active ? "1" : "0"));
    return OK;
}

/* Which revision the types and the domain agree on. */
static struct status read_revision(const struct json_in *types, const struct json_in *domain,
                                   unsigned *ret)
{
    struct json_in found;
    bool is_legacy = json_in_find(types, "StarkNetDomain", &found);
    bool is_active = json_in_find(types, "StarknetDomain", &found);
    *ret = is_active;
    bool is_said = !is_active;
    if (json_in_find(domain, "revision", &found)) {
        TRY(read_said(&found, is_active, &is_said));
    }
    return is_legacy != is_active && is_said ? OK : JSON_IN_FAIL(domain, TYPED_DATA_REVISION);
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

/* The domain's type. That of revision 1 is a constant of SNIP-12: with other members contracts
 * would hash another domain than the one that is shown. */
static struct status find_domain(const struct typed_types *types, const struct json_in *at,
                                 unsigned revision, struct typed_definition **ret)
{
    static const struct felt domain_type1 = {
        {0x1266e140d8b0a210, 0x3d640751d71d1631, 0x14d405a94f75e8a9, 0x1ff2f602e421680}};
    const char *name = revision == 0 ? "StarkNetDomain" : "StarknetDomain";
    TRY(json_in_about(at, find_struct(types, bytes_of(name), ret)));
    if (revision == 1 && !felt_equal(typed_types_hash(types, *ret), &domain_type1)) {
        struct json_in member;
        TRY(json_in_member(at, name, &member));
        return JSON_IN_FAIL(&member, TYPED_DATA_DOMAIN);
    }
    return OK;
}

/* SNIP-12 names the chain chain_id in revision 0, and most write chainId there too; not both. */
static struct status read_chain(const struct typed_definition *definition, const struct json_in *at,
                                unsigned revision, struct felt *ret)
{
    struct felt other;
    struct status status = read_member(definition, at, "chainId", ret);
    if (revision == 0) {
        struct status snip = read_member(definition, at, "chain_id", &other);
        if (status_is_ok(status) && snip.code != STATUS_MISSING_FIELD) {
            return JSON_IN_FAIL(at, TYPED_DATA_INVALID);
        }
        if (status.code == STATUS_MISSING_FIELD) {
            status = snip;
            *ret = other;
        }
    }
    return status.code == STATUS_MISSING_FIELD ? JSON_IN_FAIL(at, TYPED_DATA_INVALID) : status;
}

/* Where the values are, and what they are of. */
struct typed_data_rest {
    struct json_in domain_at;
    struct json_in message_at;
    struct typed_types types;
    struct typed_definition *domain;
    struct typed_definition *primary;
    struct typed_struct *walk;
};

static struct status read_types(struct arena *arena, const struct json_in *at,
                                const struct json_in *name, struct typed_data *ret)
{
    struct typed_data_rest *rest = ret->rest;
    TRY(typed_types_read(arena, at, ret->revision, &rest->types));
    TRY(find_domain(&rest->types, at, ret->revision, &rest->domain));
    TRY(json_in_string(name, &ret->primary_type));
    TRY(json_in_about(name, find_struct(&rest->types, ret->primary_type, &rest->primary)));
    typed_types_reach(&rest->types, rest->domain);
    typed_types_reach(&rest->types, rest->primary);
    TRY(typed_types_all_reached(at, &rest->types));
    ret->primary_hash = *typed_types_hash(&rest->types, rest->primary);
    ret->domain_type = *typed_types_hash(&rest->types, rest->domain);
    return OK;
}

static struct status open_all(struct arena *arena, const struct json_in *at, struct typed_data *ret)
{
    static const char *const names[] = {"types", "primaryType", "domain", "message"};
    struct json_in member[4];
    TRY(json_in_members(at, names, 4));
    for (size_t i = 0; i < 4; i++) {
        TRY(json_in_member(at, names[i], &member[i]));
        if (i != 1 && json_in_kind(&member[i]) != JSON_IN_OBJECT) {
            return JSON_IN_FAIL(&member[i], BAD_TYPE);
        }
    }
    ret->rest = arena_alloc(arena, sizeof *ret->rest);
    if (ret->rest == NULL) {
        return FAIL(NO_MEMORY);
    }
    ret->rest->domain_at = member[2];
    ret->rest->message_at = member[3];
    TRY(read_revision(&member[0], &member[2], &ret->revision));
    TRY(read_types(arena, &member[0], &member[1], ret));
    TRY(read_chain(ret->rest->domain, &member[2], ret->revision, &ret->chain));
    return typed_struct_open(arena, &ret->rest->types, &ret->rest->walk);
}

struct status typed_data_open(struct arena *arena, const struct json_in *at, struct typed_data *ret)
{
    *ret = (struct typed_data){0};
    struct status status = open_all(arena, at, ret);
    if (!status_is_ok(status)) {
        *ret = (struct typed_data){0};
    }
    return status;
}

static struct status hash_values(struct typed_data *data)
{
    const struct typed_data_rest *rest = data->rest;
    TRY(typed_struct_hash(rest->walk, &rest->domain_at, rest->domain, data->revision == 0,
                          &data->domain_hash));
    return typed_struct_hash(rest->walk, &rest->message_at, rest->primary, false,
                             &data->message_hash);
}

struct status typed_data_finish(struct typed_data *data)
{
    struct status status = hash_values(data);
    if (!status_is_ok(status)) {
        *data = (struct typed_data){0};
    }
    return status;
}

struct status typed_data_read(struct arena *arena, const struct json_in *at, struct typed_data *ret)
{
    TRY(typed_data_open(arena, at, ret));
    return typed_data_finish(ret);
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
