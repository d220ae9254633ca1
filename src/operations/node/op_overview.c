#include "operations/node/node_op.h"
#include "operations/node/openapi.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"

static void docs_out(struct json_out *out)
{
    json_out_name(out, "docs");
    json_out_object(out);
    json_out_member_text(out, "openapi_json", "/openapi.json");
    json_out_member_null(out, "swagger_ui");
    json_out_member_null(out, "redoc");
    json_out_object_end(out);
}

/* What the seed's clients look for. No header makes anybody an app by being sent. */
static void auth_out(struct json_out *out, bool v1_wire)
{
    static const char *const v1[] = {"X-App-Signature", "X-App-Nonce", "X-App-Timestamp",
                                     "X-App-Wallet"};
    static const char *const v2[] = {"Coffer-Pop-Signature", "Coffer-Pop-Nonce", "Coffer-Pop-Time",
                                     "Coffer-Pop-Caller"};
    const char *const *headers = v1_wire ? v1 : v2;
    json_out_name(out, "auth");
    json_out_object(out);
    json_out_name(out, "app_pop_headers");
    json_out_array(out);
    for (size_t i = 0; i < sizeof v1 / sizeof v1[0]; i++) {
        json_out_text(out, headers[i]);
    }
    json_out_array_end(out);
    json_out_name(out, "dev_identity_headers");
    json_out_array(out);
    json_out_array_end(out);
    json_out_member_text(out, "mutual_response_header",
                         v1_wire ? "X-KMS-Response-Signature" : "Coffer-Resp-Signature");
    json_out_object_end(out);
}

static const char *auth_name(enum routes_principal principal)
{
    switch (principal) {
    case ROUTES_USER:
        return "user";
    case ROUTES_APP:
        return "app";
    case ROUTES_PEER:
        return "peer";
    case ROUTES_GUEST:
        return "body";
    case ROUTES_ANYONE:
    default:
        return "none";
    }
}

static void endpoints_out(struct json_out *out, const struct routes *routes, bool v1_wire)
{
    json_out_name(out, "endpoints");
    json_out_array(out);
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *row = &routes->rows[i];
        if (row->wire == ROUTES_V1 && !v1_wire) {
            continue;
        }
        json_out_object(out);
        json_out_member_text(out, "method", row->method);
        json_out_member_text(out, "path", row->path);
        json_out_member_text(out, "auth", auth_name(row->principal));
        json_out_member_text(out, "description", openapi_summary(row->operation));
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static struct status put_overview(struct work *work, const struct permit *permit)
{
    const struct service_setup *setup = &permit_view(permit)->setup;
    bool v1_wire = setup->trust->v1_wire;
    json_out_object(&work->out);
    json_out_member_text(&work->out, "service", "Nova KMS");
    json_out_member_text(&work->out, "implementation", "Coffer");
    docs_out(&work->out);
    auth_out(&work->out, v1_wire);
    endpoints_out(&work->out, setup->routes, v1_wire);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation node_op_overview = {.perform = put_overview};
