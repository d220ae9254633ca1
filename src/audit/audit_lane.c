#include "audit/audit_lane.h"

#include <string.h>

#include "audit/audit_lane_internal.h"
#include "base/limits.h"
#include "codec/json_out.h"

const char *const audit_lane_outcomes[AUDIT_LANE_OUTCOMES] = {
    [AUDIT_INTENT] = "intent",
    [AUDIT_OK] = "ok",
    [AUDIT_REFUSED] = "refused",
};

void audit_lane_init(struct audit_lane *lane, const uint8_t boot[static AUDIT_BOOT_BYTES],
                     uint32_t index)
{
    *lane = (struct audit_lane){.lane = index};
    memcpy(lane->boot, boot, AUDIT_BOOT_BYTES);
}

void audit_lane_hash(struct bytes line, uint8_t out[static SHA256_BYTES])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("\0"));
    sha256_update(&sha, line);
    sha256_final(&sha, out);
}

static inline void put_hex(struct json_out *json, const char *name, const uint8_t *bytes,
                           size_t len)
{
    json_out_name(json, name);
    if (bytes == NULL) {
        json_out_null(json);
    } else {
        json_out_hex(json, (struct bytes){bytes, len});
    }
}

static inline void put_string(struct json_out *json, const char *name, struct bytes text)
{
    if (text.len == 0) {
        json_out_member_null(json, name);
    } else {
        json_out_member_string(json, name, text);
    }
}

static inline void put_text(struct json_out *json, const char *name, const char *text)
{
    put_string(json, name, text == NULL ? (struct bytes){NULL, 0} : bytes_of(text));
}

static inline void put_number(struct json_out *json, const char *name, bool present, uint64_t value)
{
    if (present) {
        json_out_member_u64(json, name, value);
    } else {
        json_out_member_null(json, name);
    }
}

/* What every line starts with. */
static void put_head(struct json_out *json, const struct audit_lane *lane, struct clock_interval at)
{
    json_out_object(json);
    json_out_member_u64(json, "v", AUDIT_VERSION);
    put_hex(json, "boot", lane->boot, AUDIT_BOOT_BYTES);
    json_out_member_u64(json, "lane", lane->lane);
    json_out_member_u64(json, "seq", lane->seq);
    put_hex(json, "prev", lane->prev, SHA256_BYTES);
    json_out_member_u64(json, "t_lo", at.lo_ms);
    json_out_member_u64(json, "t_hi", at.hi_ms);
}

/* Close the line that started at start and move the chain on, or take everything back. */
static struct status finish(struct audit_lane *lane, struct json_out *json, size_t start)
{
    struct buf *out = json->buf;
    json_out_object_end(json);
    struct bytes line = bytes_slice(buf_bytes(out), start, SIZE_MAX);
    buf_put_u8(out, '\n');
    if (out->failed || line.len > LIMIT_AUDIT_LINE) {
        out->len = start;
        out->failed = true;
        return FAIL(BUFFER_FULL);
    }
    audit_lane_hash(line, lane->prev);
    lane->seq++;
    return OK;
}

struct status audit_lane_append(struct audit_lane *lane, const struct audit_record *record,
                                struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    put_head(&json, lane, record->at);
    put_hex(&json, "tenant", record->tenant, SHA256_BYTES);
    put_hex(&json, "user", record->user, SHA256_BYTES);
    put_text(&json, "principal", record->principal);
    put_number(&json, "assurance", record->assurance != 0, record->assurance);
    put_string(&json, "sid", record->sid);
    put_text(&json, "op", record->op);
    put_text(&json, "route", record->route);
    put_number(&json, "key_index", record->has_key, record->key_index);
    put_number(&json, "key_epoch", record->has_key, record->key_epoch);
    put_string(&json, "chain", record->chain);
    put_string(&json, "object", record->object);
    put_hex(&json, "req", record->req, SHA256_BYTES);
    put_hex(&json, "policy", record->policy, SHA256_BYTES);
    json_out_member_text(&json, "outcome", audit_lane_outcomes[record->outcome]);
    json_out_member_text(&json, "code", status_name(record->code));
    put_string(&json, "rid", record->rid);
    put_string(&json, "crid", record->crid);
    put_string(&json, "block", record->block);
    return finish(lane, &json, start);
}

struct status audit_lane_boot(struct audit_lane *lane, const struct audit_boot *boot,
                              struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    put_head(&json, lane, boot->at);
    json_out_member_text(&json, "op", "boot");
    json_out_member_null(&json, "attestation");
    json_out_member_null(&json, "pcrs");
    json_out_member_text(&json, "profile", boot->profile);
    put_hex(&json, "domain", boot->domain, SHA256_BYTES);
    json_out_name(&json, "checkpoints");
    json_out_array(&json);
    json_out_array_end(&json);
    return finish(lane, &json, start);
}

struct status audit_lane_end(struct audit_lane *lane, struct clock_interval at, struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    put_head(&json, lane, at);
    json_out_member_text(&json, "op", "end");
    return finish(lane, &json, start);
}
