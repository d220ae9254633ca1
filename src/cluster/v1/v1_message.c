#include "cluster/v1/v1_message.h"

#include <string.h>

#include "cluster/v1/v1_record.h"
#include "codec/decimal.h"

enum { APP_NAME = 20 + 6 }; /* "id":[ and ], with the comma */

static const char *const types[] = {
    [V1_MESSAGE_DELTA] = "\"delta\"",
    [V1_MESSAGE_SNAPSHOT] = "\"snapshot_request\"",
    [V1_MESSAGE_SECRET] = "\"master_secret_request\"",
};

/* The message as an object. */
static bool take_object(struct bytes text, struct bytes *ret)
{
    struct v1_scan scan;
    return v1_scan_text(text, ret) && v1_scan_enter(*ret, '{', &scan);
}

static struct status kind_of(struct bytes object, enum v1_message_kind *ret_kind)
{
    struct bytes type;
    if (!v1_scan_member(object, "type", &type)) {
        return FAIL(SYNC_INVALID);
    }
    for (unsigned kind = 0; kind < sizeof types / sizeof types[0]; kind++) {
        if (bytes_equal(type, bytes_of(types[kind]))) {
            *ret_kind = (enum v1_message_kind)kind;
            return OK;
        }
    }
    return FAIL(SYNC_INVALID);
}

struct status v1_message_kind(struct bytes text, enum v1_message_kind *ret_kind)
{
    struct bytes object;
    *ret_kind = V1_MESSAGE_DELTA;
    return take_object(text, &object) ? kind_of(object, ret_kind) : FAIL(SYNC_INVALID);
}

/* An empty sender is none. */
static struct status check_sender(struct bytes object, const struct eth_address *from,
                                  struct arena *arena)
{
    struct bytes value;
    struct bytes text;
    struct eth_address sender;
    if (!v1_scan_member(object, "sender_wallet", &value)) {
        return OK;
    }
    TRY(status_judged(v1_scan_string(value, arena, &text), FAIL(SYNC_INVALID)));
    if (text.len == 0) {
        return OK;
    }
    if (!status_is_ok(eth_address_read(text, &sender)) || !eth_address_equal(&sender, from)) {
        return FAIL(FORBIDDEN);
    }
    return OK;
}

static bool is_ours(struct bytes object)
{
    struct bytes version;
    return v1_scan_member(object, "coffer", &version) && bytes_equal(version, BYTES_LITERAL("2"));
}

static bool take_data(struct bytes object, struct bytes *ret_data)
{
    struct v1_scan scan;
    return v1_scan_member(object, "data", ret_data) && v1_scan_enter(*ret_data, '{', &scan);
}

static struct status read_message(struct bytes text, const struct eth_address *from,
                                  struct arena *arena, struct v1_message *ret)
{
    struct bytes object;
    struct bytes value;
    if (!take_object(text, &object)) {
        return FAIL(SYNC_INVALID);
    }
    TRY(kind_of(object, &ret->kind));
    TRY(check_sender(object, from, arena));
    ret->is_ours = is_ours(object);
    if (ret->kind == V1_MESSAGE_DELTA && !take_data(object, &ret->data)) {
        return FAIL(SYNC_INVALID);
    }
    if (ret->kind == V1_MESSAGE_SECRET && v1_scan_member(object, "ecdh_pubkey", &value)) {
        TRY(status_judged(v1_scan_string(value, arena, &ret->ecdh_pubkey), FAIL(SYNC_INVALID)));
    }
    return OK;
}

struct status v1_message_read(struct bytes text, const struct eth_address *from,
                              struct arena *arena, struct v1_message *ret)
{
    *ret = (struct v1_message){.kind = V1_MESSAGE_DELTA};
    struct status status = read_message(text, from, arena, ret);
    if (!status_is_ok(status)) {
        *ret = (struct v1_message){.kind = V1_MESSAGE_DELTA};
    }
    return status;
}

static bool is_success(struct bytes object)
{
    struct bytes status;
    return v1_scan_member(object, "status", &status) &&
           bytes_equal(status, BYTES_LITERAL("\"ok\""));
}

struct status v1_message_read_answer(struct bytes text, enum v1_message_kind kind,
                                     struct v1_message *ret)
{
    struct bytes object;
    *ret = (struct v1_message){.kind = kind};
    if (!take_object(text, &object) || !is_success(object) ||
        (kind == V1_MESSAGE_SNAPSHOT && !take_data(object, &ret->data))) {
        *ret = (struct v1_message){.kind = V1_MESSAGE_DELTA};
        return FAIL(SYNC_INVALID);
    }
    ret->is_ours = is_ours(object);
    return OK;
}

/* --- records ---------------------------------------------------------------------------------- */

struct v1_message_walk v1_message_walk(struct bytes data)
{
    struct v1_message_walk walk = {.records = {.is_done = true}};
    v1_scan_enter(data, '{', &walk.apps);
    return walk;
}

static bool take_app(const struct v1_scan_item *item, uint8_t ret_app[static V1_APPS_ID])
{
    uint64_t id;
    struct bytes digits = bytes_slice(item->name, 1, item->name.len - 2);
    struct buf out = buf_over(ret_app + V1_APPS_ID - sizeof id, sizeof id);
    memset(ret_app, 0, V1_APPS_ID);
    bool is_id = status_is_ok(decimal_u64(digits, &id));
    buf_put_u64(&out, id);
    return is_id;
}

bool v1_message_next(struct v1_message_walk *walk, struct bytes *ret_record)
{
    struct v1_scan_item item;
    while (!v1_scan_next(&walk->records, &item)) {
        walk->bad_apps += walk->records.failed;
        walk->records = (struct v1_scan){.is_done = true};
        if (!v1_scan_next(&walk->apps, &item)) {
            *ret_record = (struct bytes){NULL, 0};
            return false;
        }
        if (!take_app(&item, walk->app) || !v1_scan_enter(item.value, '[', &walk->records)) {
            walk->records = (struct v1_scan){.failed = true};
        }
    }
    *ret_record = item.value;
    return true;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_sender(struct buf *buf, const struct eth_address *sender)
{
    buf_put_text(buf, "\"sender_wallet\":\"");
    eth_address_put(buf, sender);
    buf_put_text(buf, "\"");
}

struct v1_message_out v1_message_push(struct buf *buf, const struct v1_names *names,
                                      const struct eth_address *sender)
{
    buf_put_text(buf, "{\"coffer\":2,\"type\":\"delta\",");
    put_sender(buf, sender);
    buf_put_text(buf, ",\"data\":{");
    return (struct v1_message_out){.buf = buf, .names = names};
}

struct v1_message_out v1_message_snapshot(struct buf *buf, const struct v1_names *names)
{
    buf_put_text(buf, "{\"coffer\":2,\"status\":\"ok\",\"data\":{");
    return (struct v1_message_out){.buf = buf, .names = names};
}

void v1_message_put(struct v1_message_out *out, const uint8_t app[static V1_APPS_ID],
                    const struct record *record)
{
    struct bytes next = {app, V1_APPS_ID};
    if (!out->has_app || !bytes_equal(BYTES_ARRAY(out->app), next)) {
        buf_put_text(out->buf, out->has_app ? "],\"" : "\"");
        buf_put_decimal_u256(out->buf, app);
        buf_put_text(out->buf, "\":[");
        memcpy(out->app, app, sizeof out->app);
        out->has_app = true;
        out->has_record = false;
    }
    if (out->has_record) {
        buf_put_text(out->buf, ",");
    }
    v1_record_put(out->buf, out->names, record);
    out->has_record = true;
}

size_t v1_message_put_max(const struct record *record)
{
    return APP_NAME + 1 + v1_record_len_max(record);
}

void v1_message_end(struct v1_message_out *out)
{
    buf_put_text(out->buf, out->has_app ? "]}}" : "}}");
}

void v1_message_put_request(struct buf *buf, const struct eth_address *sender)
{
    buf_put_text(buf, "{\"coffer\":2,\"type\":\"snapshot_request\",");
    put_sender(buf, sender);
    buf_put_text(buf, "}");
}

void v1_message_put_merged(struct buf *buf, size_t merged)
{
    buf_put_text(buf, "{\"coffer\":2,\"status\":\"ok\",\"merged\":");
    buf_put_decimal(buf, merged);
    buf_put_text(buf, "}");
}
