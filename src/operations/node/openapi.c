#include "operations/node/openapi.h"

#include <string.h>

#include "base/invariant.h"
#include "base/version.h"
#include "operations/node/openapi_schemas.h"
#include "operations/node/openapi_schemas_node.h"
#include "operations/node/openapi_schemas_stated.h"
#include "operations/node/openapi_schemas_users.h"
#include "operations/node/openapi_table.h"
#include "pipeline/fail.h"

#define REF "#/components/"

struct described {
    const char *name;
    const char *tag;
    const char *summary;
    const char *request;
    const char *answer;
};

static const struct described operations[] = {
#define ROW(name, tag, summary, request, answer) {name, tag, summary, request, answer},
    OPENAPI_TABLE(ROW)
#undef ROW
};

static const struct {
    const char *name;
    const char *text;
    enum routes_wire wire;
} tags[] = {
#define ROW(name, text, wire) {name, text, wire},
    OPENAPI_TAGS(ROW)
#undef ROW
};

static const struct {
    const char *name;
    enum routes_wire wire;
    const char *schema;
} schemas[] = {
#define ROW(name, wire, schema) {name, wire, schema},
    OPENAPI_SCHEMAS(ROW) OPENAPI_SCHEMAS_NODE(ROW) OPENAPI_SCHEMAS_STATED(ROW)
        OPENAPI_SCHEMAS_USERS(ROW)
#undef ROW
};

/* Of a path, a query or the headers. */
struct parameter {
    const char *name;
    const char *text;
    const char *schema;
};

static const struct parameter parameters[] = {
#define ROW(name, text, schema) {name, text, schema},
    OPENAPI_PARAMETERS(ROW)
#undef ROW
};

static const struct {
    struct parameter what;
    enum openapi_proof proof;
    bool is_required;
} headers[] = {
#define ROW(name, proof, is_required, text, schema) {{name, text, schema}, proof, is_required},
    OPENAPI_HEADERS(ROW)
#undef ROW
};

/* Of failures; 405 is an answer to methods that are not described. */
static const uint16_t refusals[] = {400, 401, 403, 404, 408, 409, 413, 415,
                                    421, 429, 431, 500, 501, 503, 505};

enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

/* The errors of the seed document for enclave apps, and those of all other routes. */
static const struct {
    const char *schema;
    const char *prefix; /* of the names of answers */
    enum routes_form form;
} errors[] = {{"Error", "Error", ROUTES_OURS}, {"KmsError", "KmsError", ROUTES_KMS}};

/* Every operation has its row. */
static const struct described *find_described(const char *name)
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
    return find_described(operation)->summary;
}

static bool is_served(const struct route *route, bool v1_wire)
{
    return route->wire == ROUTES_ALWAYS || v1_wire;
}

/* A string of up to three pieces, none of which needs escapes. */
static void pieces_out(struct json_out *out, const char *a, const char *b, const char *c)
{
    uint8_t memory[96];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, a);
    buf_put_text(&text, b);
    buf_put_text(&text, c);
    INVARIANT(!text.failed);
    json_out_string(out, buf_bytes(&text));
}

/* {"$ref": ...} to a component. */
static void ref_out(struct json_out *out, const char *kind, const char *name)
{
    json_out_object(out);
    json_out_name(out, "$ref");
    pieces_out(out, kind, name, "");
    json_out_object_end(out);
}

/* Whether its caller proves who it is and seals what it says: apps and peers. */
static bool is_proven(const struct route *route)
{
    return route->principal == ROUTES_APP || route->principal == ROUTES_PEER;
}

/* What travels: of an app's or a peer's operation an envelope, which says what is in it. */
static void schema_out(struct json_out *out, const struct route *route, const char *schema)
{
    if (!is_proven(route)) {
        ref_out(out, REF "schemas/", schema);
        return;
    }
    json_out_object(out);
    json_out_name(out, "allOf");
    json_out_array(out);
    ref_out(out, REF "schemas/", route->wire == ROUTES_V1 ? "KmsEnvelope" : "Envelope");
    json_out_array_end(out);
    json_out_name(out, "x-coffer-sealed");
    ref_out(out, REF "schemas/", schema);
    json_out_object_end(out);
}

/* Member content: JSON of a schema, or text without one. */
static void content_member(struct json_out *out, const struct route *route, const char *schema)
{
    bool is_text = schema[0] == '\0';
    json_out_name(out, "content");
    json_out_object(out);
    json_out_name(out, is_text ? "text/plain" : "application/json");
    json_out_object(out);
    json_out_name(out, "schema");
    if (is_text) {
        json_out_raw(out, BYTES_LITERAL("{\"type\":\"string\"}"));
    } else {
        schema_out(out, route, schema);
    }
    json_out_object_end(out);
    json_out_object_end(out);
}

static void parameter_out(struct json_out *out, const struct parameter *parameter, const char *in,
                          bool is_required)
{
    json_out_object(out);
    json_out_member_text(out, "name", parameter->name);
    json_out_member_text(out, "in", in);
    json_out_member_bool(out, "required", is_required);
    json_out_member_text(out, "description", parameter->text);
    json_out_name(out, "schema");
    json_out_raw(out, bytes_of(parameter->schema));
    json_out_object_end(out);
}

/* One of the path or the query; every one has its row. */
static void named_out(struct json_out *out, struct bytes name, const char *in)
{
    size_t i = 0;
    while (!bytes_equal(bytes_of(parameters[i].name), name)) {
        i++;
        INVARIANT(i < sizeof parameters / sizeof parameters[0]);
    }
    parameter_out(out, &parameters[i], in, strcmp(in, "path") == 0);
}

static bool has_header(const struct route *route, enum openapi_proof proof)
{
    switch (proof) {
    case OPENAPI_NO_PROOF:
        return route->body_max != 0;
    case OPENAPI_EFFECT:
        return route->audit == ROUTES_AUDIT_EFFECT && route->principal == ROUTES_APP;
    case OPENAPI_PROOF_V1:
        return route->principal == ROUTES_APP && route->wire == ROUTES_V1;
    case OPENAPI_PROOF_PEER_V1:
        return route->principal == ROUTES_PEER && route->wire == ROUTES_V1;
    case OPENAPI_PROOF_V2:
    default:
        return is_proven(route) && route->wire != ROUTES_V1;
    }
}

static void headers_out(struct json_out *out, const struct route *route)
{
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        bool is_there = has_header(route, headers[i].proof);
        if (is_there) {
            parameter_out(out, &headers[i].what, "header", headers[i].is_required);
        }
    }
}

static void parameters_out(struct json_out *out, const struct route *route)
{
    struct bytes path = bytes_of(route->path);
    struct bytes names = bytes_of(route->query);
    size_t brace = bytes_find(path, '{');
    json_out_name(out, "parameters");
    json_out_array(out);
    if (brace < path.len) {
        named_out(out, bytes_slice(path, brace + 1, path.len - brace - 2), "path");
    }
    while (names.len != 0) {
        struct bytes name = bytes_slice(names, 0, bytes_find(names, ','));
        named_out(out, name, "query");
        names = bytes_slice(names, name.len + 1, SIZE_MAX);
    }
    headers_out(out, route);
    json_out_array_end(out);
}

/* Who may call: anybody; an app; and for users besides apps sessions, bearers, service keys and
 * whoever the node takes for local. */
static void security_out(struct json_out *out, const struct route *route)
{
    struct bytes proofs = BYTES_LITERAL("[]");
    if (is_proven(route) && route->wire == ROUTES_V1) {
        proofs = route->principal == ROUTES_PEER ? BYTES_LITERAL("[{\"proof_peer_v1\":[]}]")
                                                 : BYTES_LITERAL("[{\"proof_v1\":[]}]");
    } else if (is_proven(route)) {
        proofs = BYTES_LITERAL("[{\"proof\":[]}]");
    } else if (route->principal == ROUTES_USER && route->assurance > ROUTES_BEARER) {
        proofs = BYTES_LITERAL("[{\"session\":[],\"session_proof\":[]}]");
    } else if (route->principal == ROUTES_USER && route->assurance == ROUTES_BEARER) {
        proofs = BYTES_LITERAL("[{\"session\":[],\"session_proof\":[]},{\"session\":[]}]");
    } else if (route->principal == ROUTES_USER && route->form == ROUTES_OURS) {
        proofs = BYTES_LITERAL("[{},{\"proof\":[]},{\"session\":[],\"session_proof\":[]},"
                               "{\"session\":[]},{\"session_proof\":[]}]");
    }
    json_out_name(out, "security");
    json_out_raw(out, proofs);
}

/* Whether an operation may end so. What has no caller and no body can do less wrong. */
static bool may_end(const struct route *route, unsigned http)
{
    switch (http) {
    case 401:
        return route->principal != ROUTES_ANYONE && route->form != ROUTES_KMS;
    case 409:
        return route->principal != ROUTES_ANYONE;
    case 415:
        return route->body_max != 0;
    case 421:
        return route->principal == ROUTES_USER && route->form == ROUTES_OURS;
    default:
        return true;
    }
}

static void number_text(unsigned http, char ret[static 4])
{
    ret[0] = (char)('0' + http / 100);
    ret[1] = (char)('0' + http / 10 % 10);
    ret[2] = (char)('0' + http % 10);
    ret[3] = '\0';
}

static void responses_out(struct json_out *out, const struct route *route, const char *answer)
{
    json_out_name(out, "responses");
    json_out_object(out);
    json_out_name(out, "200");
    json_out_object(out);
    json_out_member_text(out, "description", "Done.");
    content_member(out, route, answer);
    json_out_object_end(out);
    if (route->principal == ROUTES_GUEST && route->audit == ROUTES_AUDIT_EFFECT) {
        json_out_name(out, "202");
        json_out_object(out);
        json_out_member_text(out, "description",
                             "Done here; a majority of nodes may not hold it yet: repeat it.");
        content_member(out, route, answer);
        json_out_object_end(out);
    }
    for (size_t i = 0; i < REFUSALS; i++) {
        if (may_end(route, refusals[i])) {
            char number[4];
            number_text(refusals[i], number);
            json_out_name(out, number);
            json_out_object(out);
            json_out_name(out, "$ref");
            pieces_out(out, REF "responses/", errors[route->form == ROUTES_KMS].prefix, number);
            json_out_object_end(out);
        }
    }
    json_out_object_end(out);
}

static void operation_out(struct json_out *out, const struct route *route,
                          const struct described *operation)
{
    json_out_object(out);
    json_out_member_text(out, "operationId", route->operation);
    json_out_member_text(out, "summary", operation->summary);
    json_out_member_text(out, "description", operation->summary);
    json_out_name(out, "tags");
    json_out_array(out);
    json_out_text(out, operation->tag);
    json_out_array_end(out);
    security_out(out, route);
    parameters_out(out, route);
    if (route->body_max != 0) {
        json_out_member_u64(out, "x-body-bytes-max", route->body_max);
        json_out_name(out, "requestBody");
        json_out_object(out);
        bool may_be_empty = strcmp(route->method, "DELETE") == 0 && !is_proven(route);
        json_out_member_bool(out, "required", !may_be_empty);
        content_member(out, route, operation->request);
        json_out_object_end(out);
    }
    responses_out(out, route, operation->answer);
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
        if (!is_served(row, v1_wire)) {
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
        operation_out(out, row, find_described(row->operation));
    }
    json_out_object_end(out);
    json_out_object_end(out);
}

/* The codes that end in this HTTP status, as an enum. */
static void codes_out(struct json_out *out, unsigned http, enum routes_form form)
{
    json_out_object(out);
    json_out_member_text(out, "type", "string");
    json_out_name(out, "enum");
    json_out_array(out);
    for (size_t code = STATUS_OK + 1; code < STATUS_CODES; code++) {
        if (fail_http((enum status_code)code, form) == http) {
            json_out_text(out, status_name((enum status_code)code));
        }
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

static void refusal_out(struct json_out *out, unsigned http, size_t error)
{
    json_out_object(out);
    json_out_member_text(out, "description", "error_code says why, hint what to do next.");
    json_out_name(out, "content");
    json_out_object(out);
    json_out_name(out, "application/json");
    json_out_object(out);
    json_out_name(out, "schema");
    json_out_object(out);
    json_out_name(out, "allOf");
    json_out_array(out);
    ref_out(out, REF "schemas/", errors[error].schema);
    json_out_object(out);
    json_out_member_text(out, "type", "object");
    json_out_name(out, "properties");
    json_out_object(out);
    json_out_name(out, "error_code");
    codes_out(out, http, errors[error].form);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_array_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
}

static bool is_used(const struct routes *routes, bool v1_wire, unsigned http, size_t error)
{
    bool used = false;
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *row = &routes->rows[i];
        used = used || (is_served(row, v1_wire) && may_end(row, http) &&
                        (row->form == ROUTES_KMS) == (errors[error].form == ROUTES_KMS));
    }
    return used;
}

static void refusals_out(struct json_out *out, const struct routes *routes, bool v1_wire)
{
    json_out_name(out, "responses");
    json_out_object(out);
    for (size_t i = 0; i < REFUSALS * 2; i++) {
        unsigned http = refusals[i / 2];
        if (is_used(routes, v1_wire, http, i % 2)) {
            uint8_t memory[16];
            struct buf name = buf_over(memory, sizeof memory);
            char number[4];
            number_text(http, number);
            buf_put_text(&name, errors[i % 2].prefix);
            buf_put_text(&name, number);
            buf_put_u8(&name, 0);
            json_out_name(out, (const char *)memory);
            refusal_out(out, http, i % 2);
        }
    }
    json_out_object_end(out);
}

static void tags_out(struct json_out *out, bool v1_wire)
{
    json_out_name(out, "tags");
    json_out_array(out);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (tags[i].wire == ROUTES_ALWAYS || v1_wire) {
            json_out_object(out);
            json_out_member_text(out, "name", tags[i].name);
            json_out_member_text(out, "description", tags[i].text);
            json_out_object_end(out);
        }
    }
    json_out_array_end(out);
}

static void schemas_out(struct json_out *out, bool v1_wire)
{
    json_out_name(out, "schemas");
    json_out_object(out);
    json_out_name(out, "Error");
    json_out_raw(out, BYTES_LITERAL(OPENAPI_ERROR));
    json_out_name(out, "KmsError");
    json_out_raw(out, BYTES_LITERAL(OPENAPI_ERROR_KMS));
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        if (schemas[i].wire == ROUTES_ALWAYS || v1_wire) {
            json_out_name(out, schemas[i].name);
            json_out_raw(out, bytes_of(schemas[i].schema));
        }
    }
    json_out_object_end(out);
}

static void components_out(struct json_out *out, const struct routes *routes, bool v1_wire)
{
    json_out_name(out, "components");
    json_out_object(out);
    json_out_name(out, "securitySchemes");
    json_out_raw(out, v1_wire ? BYTES_LITERAL("{" OPENAPI_PROOF "," OPENAPI_SESSION
                                              "," OPENAPI_PROOF_OLD "}")
                              : BYTES_LITERAL("{" OPENAPI_PROOF "," OPENAPI_SESSION "}"));
    schemas_out(out, v1_wire);
    refusals_out(out, routes, v1_wire);
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
                         "Starknet accounts and signatures; no private key ever leaves. What apps "
                         "send and get is sealed: x-coffer-sealed names what is inside. A member "
                         "that is null counts as "
                         "left out.");
    json_out_object_end(out);
    json_out_name(out, "servers");
    json_out_raw(out, BYTES_LITERAL("[{\"url\":\"/\",\"description\":\"This node.\"}]"));
    tags_out(out, v1_wire);
    json_out_name(out, "paths");
    paths_out(out, routes, v1_wire);
    components_out(out, routes, v1_wire);
    json_out_object_end(out);
}
