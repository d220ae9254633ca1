#include "config/trust.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "codec/url.h"
#include "digest/sha256.h"

#ifdef COFFER_PRODUCTION
static const enum trust_profile profile = TRUST_PRODUCTION;
#else
static const enum trust_profile profile = TRUST_DEV;
#endif

/* In: room, with the NUL. Returns: false when the text is empty, does not fit or holds a NUL. */
static bool set_text(char *to, size_t room, struct bytes text)
{
    if (text.len == 0 || text.len >= room || bytes_find(text, 0) != text.len) {
        return false;
    }
    memset(to, 0, room);
    memcpy(to, text.ptr, text.len);
    return true;
}

static struct status read_text(const struct json_in *at, char *to, size_t room)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return set_text(to, room, text) ? OK : JSON_IN_FAIL(at, CONFIG_INVALID);
}

/* The word at a position of a list of words with single spaces between them; empty after the last.
 */
static struct bytes word_at(const char *words, unsigned position)
{
    struct bytes rest = bytes_of(words);
    for (; position != 0; position--) {
        rest = bytes_slice(rest, bytes_find(rest, ' ') + 1, SIZE_MAX);
    }
    return bytes_slice(rest, 0, bytes_find(rest, ' '));
}

static struct status read_choice(const struct json_in *at, const struct trust_row *row,
                                 unsigned *to)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    unsigned position = 0;
    while (word_at(row->choices, position).len != 0) {
        if (bytes_equal(word_at(row->choices, position), text)) {
            *to = (unsigned)row->min + position;
            return OK;
        }
        position++;
    }
    return JSON_IN_FAIL(at, CONFIG_INVALID);
}

static struct status integer_of(struct bytes text, uint64_t to[static 4])
{
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        return hex_u256(bytes_slice(text, 2, SIZE_MAX), to);
    }
    return decimal_u256(text, to);
}

static struct status read_integer(const struct json_in *at, uint64_t to[static 4])
{
    if (json_in_kind(at) == JSON_IN_INTEGER) {
        memset(to, 0, 4 * sizeof to[0]);
        return json_in_u64(at, 0, INT64_MAX, &to[0]);
    }
    struct bytes text;
    TRY(json_in_string(at, &text));
    return json_in_about(at, integer_of(text, to));
}

static struct status read_hex(const struct json_in *at, const struct trust_row *row, uint8_t *to)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return json_in_about(at, hex_read_0x(text, row->max, to));
}

/* Require an array of the right length. */
static struct status open_list(const struct json_in *at, const struct trust_row *row,
                               size_t *ret_count)
{
    TRY(json_in_count(at, ret_count));
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    return *ret_count >= row->min && *ret_count <= row->max ? OK : JSON_IN_FAIL(at, CONFIG_INVALID);
}

static bool same_name(const struct trust_name *a, const struct trust_name *b)
{
    return bytes_equal(bytes_of(a->text), bytes_of(b->text));
}

static struct status read_names(const struct json_in *at, const struct trust_row *row,
                                struct trust_name *to, size_t *ret_count)
{
    TRY(open_list(at, row, ret_count));
    for (size_t i = 0; i < *ret_count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(read_text(&item, to[i].text, sizeof to[i].text));
        for (size_t j = 0; j < i; j++) {
            if (same_name(&to[i], &to[j])) {
                return JSON_IN_FAIL(&item, CONFIG_INVALID);
            }
        }
    }
    return OK;
}

/* Endpoints are only as many as they are different servers; in a production build nobody on the way
 * may answer for them. */
static struct status check_server(const struct json_in *at, const struct trust_url *urls,
                                  size_t index)
{
    struct url_server server;
    struct url_server other;
    TRY(json_in_about(at, url_server_read(bytes_of(urls[index].text), &server)));
    if (profile == TRUST_PRODUCTION && !server.is_https) {
        return JSON_IN_FAIL(at, CONFIG_INVALID);
    }
    for (size_t i = 0; i < index; i++) {
        TRY(url_server_read(bytes_of(urls[i].text), &other));
        if (url_server_equal(&server, &other)) {
            return JSON_IN_FAIL(at, CONFIG_INVALID);
        }
    }
    return OK;
}

static struct status read_urls(const struct json_in *at, const struct trust_row *row,
                               struct trust_url *to, size_t *ret_count)
{
    TRY(open_list(at, row, ret_count));
    for (size_t i = 0; i < *ret_count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(read_text(&item, to[i].text, sizeof to[i].text));
        TRY(check_server(&item, to, i));
    }
    return OK;
}

static struct status read_row(const struct json_in *at, const struct trust_row *row, uint8_t *base)
{
    void *to = base + row->offset;
    switch (row->type) {
    case TRUST_NUMBER:
        return json_in_u64(at, row->min, row->max, to);
    case TRUST_BOOL:
        return json_in_bool(at, to);
    case TRUST_CHOICE:
        return read_choice(at, row, to);
    case TRUST_TEXT:
        return read_text(at, to, row->max + 1);
    case TRUST_HEX:
        return read_hex(at, row, to);
    case TRUST_INTEGER:
        return read_integer(at, to);
    case TRUST_NAMES:
        return read_names(at, row, to, (size_t *)(void *)(base + row->count));
    case TRUST_URLS:
        return read_urls(at, row, to, (size_t *)(void *)(base + row->count));
    case TRUST_OBJECT:
    case TRUST_OBJECTS:
    default:
        return OK;
    }
}

static void set_default(const struct trust_row *row, uint8_t *base)
{
    void *to = base + row->offset;
    if (row->type == TRUST_NUMBER) {
        *(uint64_t *)to = row->number;
    } else if (row->type == TRUST_BOOL) {
        *(bool *)to = row->number != 0;
    } else if (row->type == TRUST_INTEGER) {
        INVARIANT(status_is_ok(integer_of(bytes_of(row->text), to)));
    } else if (row->text != NULL) {
        INVARIANT(set_text(to, row->max + 1, bytes_of(row->text)));
    }
}

/* Everything of an object but the objects in it. base is zeroed. at may be NULL: all defaults. */
static struct status read_table(const struct json_in *at, enum trust_table table, void *base)
{
    const char *names[TRUST_ROWS_MAX];
    size_t count;
    const struct trust_row *rows = trust_rows(table, &count);
    for (size_t i = 0; i < count; i++) {
        names[i] = rows[i].name;
        set_default(&rows[i], base);
    }
    if (at == NULL) {
        return OK;
    }
    TRY(json_in_members(at, names, count));
    for (size_t i = 0; i < count; i++) {
        struct json_in member;
        if (json_in_find(at, rows[i].name, &member)) {
            TRY(read_row(&member, &rows[i], base));
        } else if (rows[i].is_required) {
            TRY(json_in_member(at, rows[i].name, &member));
            return JSON_IN_FAIL(&member, BAD_TYPE);
        }
    }
    return OK;
}

/* Fail about the member of this name, or about the object when it is not there. */
static struct status refuse(const struct json_in *at, const char *name)
{
    struct json_in member;
    return JSON_IN_FAIL(json_in_find(at, name, &member) ? &member : at, CONFIG_INVALID);
}

/* Members that exclude or require each other. */
static struct status check_tenant(const struct json_in *at, const struct trust_tenant *tenant)
{
    bool imported = tenant->seed == TRUST_IMPORTED;
    if (!imported && tenant->derivation == TRUST_V1) {
        return refuse(at, "derivation");
    }
    if (!imported && tenant->has_commitment) {
        return refuse(at, "commitment");
    }
    if (!imported && tenant->arn[0] != 0) {
        return refuse(at, "arn");
    }
    if (profile == TRUST_PRODUCTION && imported && !tenant->has_commitment) {
        return refuse(at, "commitment");
    }
    if (profile == TRUST_PRODUCTION && imported && tenant->arn[0] == 0) {
        return refuse(at, "arn");
    }
    if (profile == TRUST_PRODUCTION && tenant->assurance < TRUST_PROVEN) {
        return refuse(at, "assurance");
    }
    return OK;
}

static bool is_zero(struct bytes data)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < data.len; i++) {
        seen |= data.ptr[i];
    }
    return seen == 0;
}

/* What a chain is read with must be there and make sense. */
static struct status check_chain(const struct json_in *at, const struct trust *trust)
{
    bool in_production = profile == TRUST_PRODUCTION;
    if (trust->rpc_endpoint_count == 0) {
        return OK;
    }
    if (trust->chain_id == 0) {
        return refuse(at, "chain_id");
    }
    if (is_zero(BYTES_ARRAY(trust->genesis))) {
        return refuse(at, "genesis");
    }
    if (is_zero(BYTES_ARRAY(trust->registry))) {
        return refuse(at, "registry");
    }
    if (trust->rpc_quorum > trust->rpc_endpoint_count || (in_production && trust->rpc_quorum < 2)) {
        return refuse(at, "rpc_quorum");
    }
    if (in_production && is_zero(BYTES_ARRAY(trust->registry_code))) {
        return refuse(at, "registry_code");
    }
    if (in_production && !is_zero(BYTES_ARRAY(trust->kms_registry)) &&
        is_zero(BYTES_ARRAY(trust->kms_registry_code))) {
        return refuse(at, "kms_registry_code");
    }
    return OK;
}

/* A name serves one tenant, and so does a seed. */
static struct status check_unique(const struct json_in *at, const struct trust *trust,
                                  const struct trust_tenant *tenant)
{
    for (size_t i = 0; i < trust->tenant_count; i++) {
        const struct trust_tenant *other = &trust->tenants[i];
        if (same_name(&other->name, &tenant->name)) {
            return refuse(at, "name");
        }
        if (other->has_commitment && tenant->has_commitment &&
            bytes_equal(BYTES_ARRAY(other->commitment), BYTES_ARRAY(tenant->commitment))) {
            return refuse(at, "commitment");
        }
    }
    return OK;
}

static struct status read_tenant(const struct json_in *at, struct trust *trust)
{
    struct json_in member;
    struct trust_tenant *tenant = &trust->tenants[trust->tenant_count];
    TRY(read_table(at, TRUST_TENANT, tenant));
    TRY(read_table(json_in_find(at, "fees", &member) ? &member : NULL, TRUST_FEES, &tenant->fees));
    tenant->has_commitment = json_in_find(at, "commitment", &member);
    TRY(check_tenant(at, tenant));
    TRY(check_unique(at, trust, tenant));
    trust->tenant_count++;
    return OK;
}

static struct status read_class(const struct json_in *at, struct trust *trust)
{
    struct trust_class *class = &trust->classes[trust->class_count];
    TRY(read_table(at, TRUST_CLASS, class));
    for (size_t i = 0; i < trust->class_count; i++) {
        if (same_name(&trust->classes[i].name, &class->name)) {
            return refuse(at, "name");
        }
    }
    trust->class_count++;
    return OK;
}

/* Each item of the array under the name of row, if it is there. */
static struct status read_objects(const struct json_in *root, const struct trust_row *row,
                                  struct trust *trust,
                                  struct status (*read)(const struct json_in *, struct trust *))
{
    struct json_in list;
    size_t count = 0;
    if (json_in_find(root, row->name, &list)) {
        TRY(open_list(&list, row, &count));
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(read(&item, trust));
    }
    return OK;
}

static struct status read_top(const struct json_in *root, struct trust *trust)
{
    TRY(read_table(root, TRUST_TOP, trust));
    if (trust->profile != profile) {
        return refuse(root, "profile");
    }
    TRY(check_chain(root, trust));
    size_t count;
    const struct trust_row *rows = trust_rows(TRUST_TOP, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == TRUST_OBJECTS) {
            bool tenants = rows[i].offset == offsetof(struct trust, tenants);
            TRY(read_objects(root, &rows[i], trust, tenants ? read_tenant : read_class));
        }
    }
    return OK;
}

struct status trust_parse(struct bytes text, struct arena *arena, struct trust *ret_trust,
                          char ret_where[static CONFIG_WHERE_MAX])
{
    struct json_in_doc doc;
    memset(ret_trust, 0, sizeof *ret_trust);
    memset(ret_where, 0, CONFIG_WHERE_MAX);
    if (text.len > TRUST_FILE_MAX) {
        return FAIL(CONFIG_INVALID);
    }
    struct status status = json_in_parse(arena, text, &doc);
    if (status_is_ok(status)) {
        struct json_in root = json_in_root(&doc);
        status = read_top(&root, ret_trust);
    }
    memcpy(ret_where, doc.where, CONFIG_WHERE_MAX);
    if (status_is_ok(status)) {
        sha256_hash(text, ret_trust->digest);
    } else {
        memset(ret_trust, 0, sizeof *ret_trust);
    }
    return status;
}
