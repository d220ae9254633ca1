#include "operations/node/openapi.h"

#include <string.h>

#include "base/invariant.h"
#include "base/version.h"
#include "operations/node/openapi_table.h"

static const struct openapi_operation operations[] = {
#define ROW(name, summary, request, answer) {name, summary, request, answer},
    OPENAPI_TABLE(ROW)
#undef ROW
};

static const struct {
    const char *name;
    const char *text;
} schemas[] = {
#define ROW(name, text) {name, text},
    OPENAPI_SCHEMAS(ROW)
#undef ROW
};

/* Every operation has its row. */
static const struct openapi_operation *find(const char *name)
{
    size_t i = 0;
    while (strcmp(operations[i].name, name) != 0) {
        i++;
        INVARIANT(i < sizeof operations / sizeof operations[0]);
    }
    return &operations[i];
}

const char *openapi_summary(const char *operation)
{
    return find(operation)->summary;
}

/* {"content": {"application/json": {"schema": {"$ref": ...}}}} in an open object. */
static void content_member(struct json_out *out, const char *media_type, const char *schema)
{
    json_out_name(out, "content");
    json_out_object(out);
    json_out_name(out, media_type);
    json_out_object(out);
    json_out_name(out, "schema");
    json_out_raw(out, bytes_of(schema));
    json_out_object_end(out);
    json_out_object_end(out);
}

static void answer_out(struct json_out *out, const char *description, const char *media_type,
                       const char *schema)
{
    json_out_object(out);
    json_out_member_text(out, "description", description);
    content_member(out, media_type, schema);
    json_out_object_end(out);
}

/* One parameter of the path or the query: a string, as all of them arrive. */
static void parameter_out(struct json_out *out, struct bytes name, const char *in)
{
    json_out_object(out);
    json_out_member_string(out, "name", name);
    json_out_member_text(out, "in", in);
    json_out_member_bool(out, "required", strcmp(in, "path") == 0);
    json_out_name(out, "schema");
    json_out_raw(out, BYTES_LITERAL("{\"type\":\"string\"}"));
    json_out_object_end(out);
}

static void parameters_out(struct json_out *out, const struct route *route)
{
    struct bytes path = bytes_of(route->path);
    struct bytes names = bytes_of(route->query);
    size_t brace = bytes_find(path, '{');
    json_out_name(out, "parameters");
    json_out_array(out);
    if (brace < path.len) {
        parameter_out(out, bytes_slice(path, brace + 1, path.len - brace - 2), "path");
    }
    while (names.len != 0) {
        struct bytes name = bytes_slice(names, 0, bytes_find(names, ','));
        parameter_out(out, name, "query");
        names = bytes_slice(names, name.len + 1, SIZE_MAX);
    }
    if (route->body_max != 0) {
        json_out_raw(out, BYTES_LITERAL(OPENAPI_PARAMETERS));
    }
    json_out_array_end(out);
}

static void operation_out(struct json_out *out, const struct route *route,
                          const struct openapi_operation *operation)
{
    bool is_text = operation->answer[0] == '\0';
    json_out_object(out);
    json_out_member_text(out, "operationId", route->operation);
    json_out_member_text(out, "summary", operation->summary);
    parameters_out(out, route);
    if (route->body_max != 0) {
        json_out_member_u64(out, "x-body-bytes-max", route->body_max);
        json_out_name(out, "requestBody");
        json_out_object(out);
        json_out_member_bool(out, "required", true);
        content_member(out, "application/json", operation->request);
        json_out_object_end(out);
    }
    json_out_name(out, "responses");
    json_out_object(out);
    json_out_name(out, "200");
    answer_out(out, "Done.", is_text ? "text/plain" : "application/json",
               is_text ? "{\"type\":\"string\"}" : operation->answer);
    json_out_name(out, "default");
    answer_out(out, "Refused or failed; error_code says why, hint what to do next.",
               "application/json",
               route->form == ROUTES_KMS ? "{\"$ref\":\"#/components/schemas/KmsError\"}"
                                         : "{\"$ref\":\"#/components/schemas/Error\"}");
    json_out_object_end(out);
    json_out_object_end(out);
}

static const char *method_name(const struct route *route)
{
    static const char *const names[][2] = {
        {"GET", "get"}, {"POST", "post"}, {"PUT", "put"}, {"DELETE", "delete"}};
    size_t i = 0;
    while (strcmp(names[i][0], route->method) != 0) {
        i++;
        INVARIANT(i < sizeof names / sizeof names[0]);
    }
    return names[i][1];
}

/* Rows of one path are beside each other. */
static void paths_out(struct json_out *out, const struct routes *routes, bool v1_wire)
{
    const char *open = "";
    json_out_object(out);
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *row = &routes->rows[i];
        if (row->wire == ROUTES_V1 && !v1_wire) {
            continue;
        }
        if (strcmp(open, row->path) != 0) {
            if (open[0] != '\0') {
                json_out_object_end(out);
            }
            open = row->path;
            json_out_name(out, open);
            json_out_object(out);
        }
        json_out_name(out, method_name(row));
        operation_out(out, row, find(row->operation));
    }
    json_out_object_end(out);
    json_out_object_end(out);
}

static void error_schema_out(struct json_out *out, bool is_kms)
{
    json_out_object(out);
    json_out_member_text(out, "type", "object");
    json_out_name(out, "required");
    json_out_raw(out, is_kms ? BYTES_LITERAL(OPENAPI_ERROR_KMS) : BYTES_LITERAL(OPENAPI_ERROR));
    json_out_name(out, "properties");
    json_out_object(out);
    json_out_name(out, "success");
    json_out_raw(out, BYTES_LITERAL("{\"type\":\"boolean\",\"enum\":[false]}"));
    json_out_name(out, "error_code");
    json_out_object(out);
    json_out_member_text(out, "type", "string");
    json_out_name(out, "enum");
    json_out_array(out);
    for (size_t code = STATUS_OK + 1; code < STATUS_CODES; code++) {
        json_out_text(out, status_name((enum status_code)code));
    }
    json_out_array_end(out);
    json_out_object_end(out);
    json_out_name(out, "error");
    json_out_raw(out, BYTES_LITERAL("{\"type\":\"string\"}"));
    json_out_name(out, "hint");
    json_out_raw(out, BYTES_LITERAL("{\"type\":\"string\"}"));
    json_out_name(out, "timestamp");
    json_out_raw(out, BYTES_LITERAL("{\"oneOf\":[{\"type\":\"string\",\"format\":\"date-time\"},"
                                    "{\"type\":\"integer\"}]}"));
    json_out_name(out, "request_id");
    json_out_raw(out, BYTES_LITERAL("{\"type\":\"string\"}"));
    if (is_kms) {
        json_out_name(out, "detail");
        json_out_raw(out, BYTES_LITERAL("{\"oneOf\":[{\"type\":\"string\"},"
                                        "{\"type\":\"object\"}]}"));
        json_out_name(out, "message");
        json_out_raw(out, BYTES_LITERAL("{\"type\":\"string\"}"));
        json_out_name(out, "code");
        json_out_raw(out, BYTES_LITERAL("{\"type\":\"string\"}"));
    }
    json_out_object_end(out);
    json_out_object_end(out);
}

void openapi_out(struct json_out *out, const struct routes *routes, bool v1_wire)
{
    json_out_object(out);
    json_out_member_text(out, "openapi", "3.0.3");
    json_out_name(out, "info");
    json_out_object(out);
    json_out_member_text(out, "title", "Coffer");
    json_out_member_text(out, "version", VERSION_TEXT);
    json_out_member_text(out, "description",
                         "Starknet accounts and signatures; no private key ever leaves.");
    json_out_object_end(out);
    json_out_name(out, "paths");
    paths_out(out, routes, v1_wire);
    json_out_name(out, "components");
    json_out_object(out);
    json_out_name(out, "schemas");
    json_out_object(out);
    json_out_name(out, "Error");
    error_schema_out(out, false);
    json_out_name(out, "KmsError");
    error_schema_out(out, true);
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        json_out_name(out, schemas[i].name);
        json_out_raw(out, bytes_of(schemas[i].text));
    }
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
}
