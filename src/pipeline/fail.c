#include "pipeline/fail.h"

#include <string.h>

#include "base/utc.h"
#include "pipeline/kms_form.h"

unsigned fail_http(enum status_code code, enum routes_form form)
{
    return form == ROUTES_KMS ? kms_form_http(code) : status_http(code);
}

/* Table texts name no member; where does. Both are printable. */
static void text_out(struct json_out *out, const char *name, const char *what, const char *where)
{
    uint8_t memory[512];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, what);
    if (where[0] != '\0') {
        buf_put_text(&text, ": ");
        buf_put_text(&text, where);
    }
    json_out_member_string(out, name, buf_bytes(&text));
}

void fail_members_out(struct json_out *out, struct status why, const char *where)
{
    enum status_code code = (enum status_code)why.code;
    json_out_member_bool(out, "success", false);
    text_out(out, "error", status_text(code), where);
    json_out_member_text(out, "error_code", status_name(code));
    json_out_member_text(out, "hint", status_hint(code));
}

/* The members that the seed's clients look at. */
static void kms_members_out(struct json_out *out, enum status_code code,
                            const struct fail_context *context)
{
    const char *detail = kms_form_detail(code, context->is_peer);
    const char *shown = detail == NULL ? context->where : "";
    detail = detail == NULL ? status_text(code) : detail;
    if (kms_form_http(code) == 503) {
        json_out_name(out, "detail");
        json_out_object(out);
        json_out_member_text(out, "error", "Service unavailable");
        text_out(out, "reason", detail, shown);
        json_out_object_end(out);
    } else {
        text_out(out, "detail", detail, shown);
    }
    text_out(out, "message", detail, shown);
    json_out_member_text(out, "code", kms_form_slug(code));
}

void fail_out(struct json_out *out, struct status why, const struct fail_context *context)
{
    json_out_object(out);
    fail_members_out(out, why, context->where);
    if (context->form == ROUTES_KMS) {
        kms_members_out(out, (enum status_code)why.code, context);
    }
    if (why.code == STATUS_WRITE_UNSETTLED && context->version.len != 0) {
        json_out_member_string(out, "version", context->version);
    }
    if (context->form == ROUTES_SEED) {
        json_out_member_u64(out, "timestamp", context->now_ms / 1000);
    } else {
        uint8_t memory[UTC_TEXT];
        struct buf text = buf_over(memory, sizeof memory);
        utc_put(&text, context->now_ms);
        json_out_member_string(out, "timestamp", buf_bytes(&text));
    }
    json_out_member_string(out, "request_id", context->request_id);
    json_out_object_end(out);
}
