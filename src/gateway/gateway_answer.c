#include "gateway/gateway_answer.h"

#include "codec/json_out.h"

void gateway_answer_put(struct status why, struct buf *out)
{
    enum status_code code = (enum status_code)why.code;
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_member_bool(&json, "success", false);
    json_out_member_text(&json, "error", status_text(code));
    json_out_member_text(&json, "error_code", status_name(code));
    json_out_member_text(&json, "hint", status_hint(code));
    json_out_object_end(&json);
}
