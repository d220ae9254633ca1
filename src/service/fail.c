#include "service/fail.h"

#include <string.h>

#include "base/utc.h"

/* Table texts name no member; where does. Both are printable. */
static void error_out(struct json_out *out, struct status why, const char *where)
{
    uint8_t memory[512];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, status_text((enum status_code)why.code));
    if (where[0] != '\0') {
        buf_put_text(&text, ": ");
        buf_put_text(&text, where);
    }
    json_out_member_string(out, "error", buf_bytes(&text));
}

void fail_members_out(struct json_out *out, struct status why, const char *where)
{
    enum status_code code = (enum status_code)why.code;
    json_out_member_bool(out, "success", false);
    error_out(out, why, where);
    json_out_member_text(out, "error_code", status_name(code));
    json_out_member_text(out, "hint", status_hint(code));
}

void fail_out(struct json_out *out, struct status why, const struct fail_context *context)
{
    json_out_object(out);
    fail_members_out(out, why, context->where);
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
