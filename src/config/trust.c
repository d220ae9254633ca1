#include "config/trust.h"

#include <string.h>

#include "codec/json_in.h"
#include "codec/url.h"
#include "config/trust_internal.h"
#include "digest/sha256.h"

#ifdef COFFER_PRODUCTION
static const enum trust_profile profile = TRUST_PRODUCTION;
#else
static const enum trust_profile profile = TRUST_DEV;
#endif

static bool same_name(const struct trust_name *a, const struct trust_name *b)
{
    return bytes_equal(bytes_of(a->text), bytes_of(b->text));
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

static struct status check_servers(const struct json_in *at, const struct trust *trust)
{
    struct json_in list;
    if (!json_in_find(at, "rpc_endpoints", &list)) {
        return OK;
    }
    for (size_t i = 0; i < trust->rpc_endpoint_count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(check_server(&item, trust->rpc_endpoints, i));
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
        return schema_refuse(at, "chain_id");
    }
    if (is_zero(BYTES_ARRAY(trust->genesis))) {
        return schema_refuse(at, "genesis");
    }
    if (is_zero(BYTES_ARRAY(trust->registry))) {
        return schema_refuse(at, "registry");
    }
    if (trust->rpc_quorum > trust->rpc_endpoint_count || (in_production && trust->rpc_quorum < 2)) {
        return schema_refuse(at, "rpc_quorum");
    }
    if (in_production && is_zero(BYTES_ARRAY(trust->registry_code))) {
        return schema_refuse(at, "registry_code");
    }
    if (in_production && !is_zero(BYTES_ARRAY(trust->kms_registry)) &&
        is_zero(BYTES_ARRAY(trust->kms_registry_code))) {
        return schema_refuse(at, "kms_registry_code");
    }
    return OK;
}

/* What a cluster knows its nodes and its root by. */
static struct status check_cluster(const struct json_in *at, const struct trust *trust)
{
    if (trust->write_holders == 0) {
        /* A node alone has one root, and restores nothing. */
        return trust->root_epochs != 1              ? schema_refuse(at, "root_epochs")
               : trust->restore_snapshot[0] != '\0' ? schema_refuse(at, "restore_snapshot")
               : !is_zero(BYTES_ARRAY(trust->restore_anchored))
                   ? schema_refuse(at, "restore_anchored")
                   : OK;
    }
    if (is_zero(BYTES_ARRAY(trust->kms_app_id))) {
        return schema_refuse(at, "kms_app_id");
    }
    if (trust->rpc_endpoint_count != 0 && is_zero(BYTES_ARRAY(trust->kms_registry))) {
        return schema_refuse(at, "kms_registry");
    }
    return OK;
}

static struct status read_tenant(const struct json_in *at, struct trust *trust)
{
    struct json_in member;
    struct trust_tenant *tenant = &trust->tenants[trust->tenant_count];
    TRY(schema_read(at, trust_tenant_table(), tenant));
    const struct json_in *fees = json_in_find(at, "fees", &member) ? &member : NULL;
    TRY(schema_read(fees, trust_fees_table(), &tenant->fees));
    tenant->has_commitment = json_in_find(at, "commitment", &member);
    TRY(trust_users_read(at, trust, tenant));
    trust->tenant_count++;
    return OK;
}

static struct status read_class(const struct json_in *at, struct trust *trust)
{
    struct trust_class *class = &trust->classes[trust->class_count];
    TRY(schema_read(at, trust_class_table(), class));
    for (size_t i = 0; i < trust->class_count; i++) {
        if (same_name(&trust->classes[i].name, &class->name)) {
            return schema_refuse(at, "name");
        }
    }
    trust->class_count++;
    return OK;
}

/* Each item of the array under the name of row, if it is there. */
static struct status read_objects(const struct json_in *root, const struct schema_row *row,
                                  struct trust *trust)
{
    struct json_in list;
    size_t count = 0;
    if (json_in_find(root, row->name, &list)) {
        TRY(schema_open_list(&list, row, &count));
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(row->table == trust_tenant_table()     ? read_tenant(&item, trust)
            : row->table == trust_operator_table() ? trust_operator_read(&item, trust)
                                                   : read_class(&item, trust));
    }
    return OK;
}

static struct status read_top(const struct json_in *root, struct trust *trust)
{
    const struct schema_table *table = trust_table();
    TRY(schema_read(root, table, trust));
    if (trust->profile != profile) {
        return schema_refuse(root, "profile");
    }
    TRY(check_servers(root, trust));
    TRY(check_chain(root, trust));
    TRY(check_cluster(root, trust));
    TRY(trust_gateways_check(root, trust));
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].type == SCHEMA_OBJECTS) {
            TRY(read_objects(root, &table->rows[i], trust));
        }
    }
    return trust_operators_check(root, trust);
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
    } else {
        json_in_note_stop(&doc, text);
    }
    memcpy(ret_where, doc.where, CONFIG_WHERE_MAX);
    if (status_is_ok(status)) {
        sha256_hash(text, ret_trust->digest);
    } else {
        memset(ret_trust, 0, sizeof *ret_trust);
    }
    return status;
}
