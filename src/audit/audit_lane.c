#include "audit/audit_lane.h"

#include <string.h>

#include "audit/audit_lane_internal.h"
#include "base/limits.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "tlog/tlog_tree.h"

const char *const audit_lane_outcomes[AUDIT_LANE_OUTCOMES] = {
    [AUDIT_INTENT] = "intent",
    [AUDIT_OK] = "ok",
    [AUDIT_REFUSED] = "refused",
    [AUDIT_UNSETTLED] = "unsettled",
};

const char *const audit_lane_dropped[AUDIT_DROPPED_REASONS] = {
    [AUDIT_DROPPED_FULL] = "full",
    [AUDIT_DROPPED_RATE] = "rate",
    [AUDIT_DROPPED_OVERLOADED] = "overloaded",
};

void audit_lane_init(struct audit_lane *lane, const uint8_t boot[static AUDIT_BOOT_BYTES],
                     uint32_t index)
{
    *lane = (struct audit_lane){.lane = index};
    memcpy(lane->boot, boot, AUDIT_BOOT_BYTES);
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

static inline void put_json(struct json_out *json, const char *name, struct bytes value)
{
    json_out_name(json, name);
    if (value.len == 0) {
        json_out_null(json);
    } else {
        json_out_raw(json, value);
    }
}

/* What every line starts with. type: of a record that is not about a request; NULL otherwise. */
static void put_head(struct json_out *json, const struct audit_lane *lane, const char *type,
                     struct clock_interval at)
{
    json_out_object(json);
    json_out_member_u64(json, "v", AUDIT_VERSION);
    put_hex(json, "boot", lane->boot, AUDIT_BOOT_BYTES);
    json_out_member_u64(json, "lane", lane->lane);
    json_out_member_u64(json, "seq", lane->seq);
    put_hex(json, "prev", lane->prev, SHA256_BYTES);
    if (type != NULL) {
        json_out_member_text(json, "type", type);
    }
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
    tlog_tree_leaf(line, lane->prev);
    lane->seq++;
    return OK;
}

static void put_query(struct json_out *json, enum audit_query query)
{
    json_out_name(json, "query");
    if (query == AUDIT_QUERY_NONE) {
        json_out_null(json);
    } else {
        json_out_bool(json, query == AUDIT_QUERY_YES);
    }
}

/* Who asked for what. */
static void put_request(struct json_out *json, const struct audit_record *record)
{
    put_hex(json, "tenant", record->tenant, SHA256_BYTES);
    put_hex(json, "user", record->user, SHA256_BYTES);
    put_text(json, "principal", record->principal);
    put_number(json, "assurance", record->assurance != 0, record->assurance);
    put_string(json, "sid", record->sid);
    put_string(json, "ip", record->ip);
    put_text(json, "op", record->op);
    put_text(json, "route", record->route);
    put_number(json, "key_index", record->has_key, record->key_index);
    put_number(json, "key_epoch", record->has_key, record->key_epoch);
    put_string(json, "chain", record->chain);
    put_string(json, "account", record->account);
    put_string(json, "nonce", record->nonce);
    put_query(json, record->query);
    put_string(json, "object", record->object);
    put_hex(json, "req", record->req, SHA256_BYTES);
}

/* What came of it, and why. */
static void put_result(struct json_out *json, const struct audit_record *record)
{
    put_hex(json, "policy", record->policy, SHA256_BYTES);
    json_out_member_text(json, "outcome", audit_lane_outcomes[record->outcome]);
    json_out_member_text(json, "code", status_name(record->code));
    put_string(json, "rid", record->rid);
    put_string(json, "crid", record->crid);
    put_string(json, "block", record->block);
    put_json(json, "auth", record->auth);
    put_json(json, "factors", record->factors);
    put_json(json, "layers", record->layers);
    put_string(json, "rule", record->rule);
    put_json(json, "spend", record->spend);
    put_string(json, "approval", record->approval);
    put_hex(json, "plan", record->plan, SHA256_BYTES);
    put_number(json, "term", record->has_term, record->term);
    put_string(json, "ref", record->ref);
    put_number(json, "duration_us", record->has_duration, record->duration_us);
}

struct status audit_lane_append(struct audit_lane *lane, const struct audit_record *record,
                                struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    put_head(&json, lane, NULL, record->at);
    put_request(&json, record);
    put_result(&json, record);
    return finish(lane, &json, start);
}

static void put_key(struct json_out *json, const struct tlog_note_key *key)
{
    uint8_t memory[TLOG_NOTE_VKEY];
    struct buf text = buf_over(memory, sizeof memory);
    if (key != NULL) {
        tlog_note_key_put(key, &text);
    }
    put_string(json, "vkey", buf_bytes(&text));
}

static void put_0x(struct json_out *json, const char *name, const uint8_t *bytes, size_t len)
{
    uint8_t memory[2 + 2 * AUDIT_WALLET_SIGNATURE];
    struct buf text = buf_over(memory, sizeof memory);
    if (bytes != NULL) {
        buf_put_text(&text, "0x");
        hex_put(&text, (struct bytes){bytes, len});
    }
    put_string(json, name, buf_bytes(&text));
}

static void put_previous(struct json_out *json, const struct audit_previous *previous)
{
    json_out_name(json, "previous");
    json_out_array(json);
    for (size_t i = 0; previous != NULL && i < previous->count; i++) {
        json_out_string(json, (struct bytes){previous->notes[i].text, previous->notes[i].len});
    }
    json_out_array_end(json);
}

struct status audit_lane_boot(struct audit_lane *lane, const struct audit_boot *boot,
                              struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    const struct audit_voucher *voucher = boot->voucher;
    put_head(&json, lane, "boot", boot->at);
    json_out_member_null(&json, "attestation");
    json_out_member_null(&json, "pcrs");
    json_out_member_text(&json, "profile", boot->profile);
    put_hex(&json, "domain", boot->domain, SHA256_BYTES);
    put_key(&json, boot->key);
    put_0x(&json, "wallet", voucher == NULL ? NULL : voucher->wallet, AUDIT_WALLET);
    put_0x(&json, "signature", voucher == NULL ? NULL : voucher->signature, AUDIT_WALLET_SIGNATURE);
    put_previous(&json, boot->previous);
    return finish(lane, &json, start);
}

struct status audit_lane_mark(struct audit_lane *lane, const struct audit_mark *mark,
                              struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    put_head(&json, lane, "mark", mark->at);
    put_string(&json, "block", mark->block);
    json_out_name(&json, "peers");
    json_out_array(&json);
    json_out_array_end(&json);
    json_out_name(&json, "dropped");
    json_out_object(&json);
    for (size_t i = 0; i < AUDIT_DROPPED_REASONS; i++) {
        json_out_member_u64(&json, audit_lane_dropped[i], mark->dropped[i]);
    }
    json_out_object_end(&json);
    return finish(lane, &json, start);
}

struct status audit_lane_end(struct audit_lane *lane, struct clock_interval at, struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    put_head(&json, lane, "end", at);
    return finish(lane, &json, start);
}

struct status audit_lane_drop(struct audit_lane *lane, const struct audit_record *record,
                              struct audit_gap *gap)
{
    uint8_t memory[LIMIT_AUDIT_LINE + 1];
    struct buf line = buf_over(memory, sizeof memory);
    struct audit_lane before = *lane;
    TRY(audit_lane_append(lane, record, &line));
    if (gap->count == 0) {
        gap->from = before.seq;
        memcpy(gap->prev, before.prev, sizeof gap->prev);
        sha256_init(&gap->hashes);
    }
    sha256_update(&gap->hashes, BYTES_ARRAY(lane->prev));
    gap->count++;
    return OK;
}

struct status audit_lane_gap(struct audit_lane *lane, struct clock_interval at,
                             struct audit_gap *gap, struct buf *out)
{
    size_t start = out->len;
    struct json_out json = json_out_over(out);
    struct audit_lane before = *lane;
    struct sha256 sha = gap->hashes;
    uint8_t hashes[SHA256_BYTES];
    sha256_final(&sha, hashes);
    memcpy(lane->prev, gap->prev, sizeof lane->prev);
    put_head(&json, lane, "gap", at);
    json_out_member_u64(&json, "from", gap->from);
    json_out_member_u64(&json, "to", lane->seq - 1);
    json_out_member_u64(&json, "count", gap->count);
    put_hex(&json, "hashes", hashes, sizeof hashes);
    struct status status = finish(lane, &json, start);
    if (status_is_ok(status)) {
        *gap = (struct audit_gap){.count = 0};
    } else {
        *lane = before;
    }
    return status;
}
