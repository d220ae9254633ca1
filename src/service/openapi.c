#include "service/openapi.h"

#include <string.h>

#include "base/invariant.h"
#include "base/version.h"
#include "service/openapi_table.h"
#include "service/routes.h"

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

static const struct openapi_operation *find(const char *name)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operations[i].name, name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
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

static void operation_out(struct json_out *out, const struct route *route,
                          const struct openapi_operation *operation)
{
    bool is_text = operation->answer[0] == '\0';
    json_out_object(out);
    json_out_member_text(out, "operationId", route->operation);
    json_out_member_text(out, "summary", operation->summary);
    if (route->body_max != 0) {
        json_out_member_u64(out, "x-body-bytes-max", route->body_max);
        json_out_name(out, "parameters");
        json_out_raw(out, BYTES_LITERAL(OPENAPI_PARAMETERS));
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
               "application/json", "{\"$ref\":\"#/components/schemas/Error\"}");
    json_out_object_end(out);
    json_out_object_end(out);
}

static void paths_out(struct json_out *out)
{
    size_t count = 0;
    const struct route *routes = routes_all(&count);
    json_out_object(out);
    for (size_t i = 0; i < count; i++) {
        const struct openapi_operation *operation = find(routes[i].operation);
        INVARIANT(operation != NULL);
        json_out_name(out, routes[i].path);
        json_out_object(out);
        json_out_name(out, strcmp(routes[i].method, "GET") == 0 ? "get" : "post");
        operation_out(out, &routes[i], operation);
        json_out_object_end(out);
    }
    json_out_object_end(out);
}

static void error_schema_out(struct json_out *out)
{
    json_out_object(out);
    json_out_member_text(out, "type", "object");
    json_out_name(out, "required");
    json_out_raw(out, BYTES_LITERAL("[\"success\",\"error\",\"error_code\",\"hint\","
                                    "\"timestamp\",\"request_id\"]"));
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
    json_out_object_end(out);
    json_out_object_end(out);
}

void openapi_out(struct json_out *out)
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
    paths_out(out);
    json_out_name(out, "components");
    json_out_object(out);
    json_out_name(out, "schemas");
    json_out_object(out);
    json_out_name(out, "Error");
    error_schema_out(out);
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        json_out_name(out, schemas[i].name);
        json_out_raw(out, bytes_of(schemas[i].text));
    }
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
}
