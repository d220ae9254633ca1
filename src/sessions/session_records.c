#include "sessions/session_records.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "codec/hex.h"
#include "digest/sha256.h"
#include "record/namespace_keys.h"

enum {
    VERSION = 1,
    KEY_MAX = 3 + AUTH_TEXT_USER + 1 + 2 * AUTH_TEXT_ID,
    VALUE_MAX = 1 + 1 + AUTH_TEXT_HASH + 1 + 2 + 4 + 8 + 8 + 1 + SESSION_RECORDS_ADDRESS,
    PAGE = 4 * LIMIT_SESSIONS_USER, /* more than a user has: nodes may have added some at once */
};

#define SESSIONS BYTES_LITERAL("coffer/sessions/1")
#define COUNTERS BYTES_LITERAL("coffer/counters/1")

/* The keys of a namespace that belongs to a tenant. */
static void open_space(const struct session_records *records, struct bytes label,
                       const uint8_t *tenant, struct value_seal_keys *ret)
{
    const struct namespace_keys from = {records->roots, records->domain, NULL};
    uint8_t id[SHA256_BYTES];
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, label);
    sha256_update(&sha, (struct bytes){tenant, AUTH_TEXT_HASH});
    sha256_final(&sha, id);
    namespace_keys_of(&from, id, ret);
}

/* In: memory [KEY_MAX]; id NULL: what all keys of the user begin with. */
static struct bytes make_key(const char *kind, struct bytes user, const uint8_t *id,
                             uint8_t *memory)
{
    struct buf key = buf_over(memory, KEY_MAX);
    buf_put_text(&key, kind);
    buf_put_u8(&key, '/');
    buf_put(&key, user);
    buf_put_u8(&key, '/');
    if (id != NULL) {
        hex_put(&key, (struct bytes){id, AUTH_TEXT_ID});
    }
    return buf_bytes(&key);
}

/* --- values --- */

/* An address may be empty, and nowhere then. */
static void copy_address(struct session_record *record, struct bytes address)
{
    record->address_len = (uint8_t)address.len;
    if (address.len != 0) {
        memcpy(record->address, address.ptr, address.len);
    }
}

static struct bytes put_value(const struct session_record *record, uint8_t *memory)
{
    struct buf out = buf_over(memory, VALUE_MAX);
    buf_put_u8(&out, VERSION);
    buf_put_u8(&out, record->cnf_type);
    buf_put(&out, BYTES_ARRAY(record->cnf));
    buf_put_u8(&out, record->assurance);
    buf_put_u16(&out, record->factors);
    buf_put_u32(&out, record->scope);
    buf_put_u64(&out, record->created_ms);
    buf_put_u64(&out, record->abs_exp_ms);
    buf_put_u8(&out, record->address_len);
    buf_put(&out, (struct bytes){record->address, record->address_len});
    return buf_bytes(&out);
}

static bool read_value(struct bytes value, struct session_record *ret)
{
    struct reader reader = reader_over(value);
    uint8_t version = reader_u8(&reader);
    ret->cnf_type = reader_u8(&reader);
    struct bytes cnf = reader_take(&reader, AUTH_TEXT_HASH);
    ret->assurance = reader_u8(&reader);
    ret->factors = reader_u16(&reader);
    ret->scope = reader_u32(&reader);
    ret->created_ms = reader_u64(&reader);
    ret->abs_exp_ms = reader_u64(&reader);
    struct bytes address = reader_take(&reader, reader_u8(&reader));
    if (!reader_done(&reader) || version != VERSION || address.len > sizeof ret->address) {
        return false;
    }
    memcpy(ret->cnf, cnf.ptr, sizeof ret->cnf);
    copy_address(ret, address);
    return true;
}

void session_records_from(const struct session_token *token, struct bytes address,
                          struct session_record *ret)
{
    *ret = (struct session_record){
        .cnf_type = token->cnf_type,
        .assurance = token->assurance,
        .factors = token->factors,
        .scope = token->scope,
        .created_ms = token->abs_exp_ms - SESSION_LONGEST_MS,
        .abs_exp_ms = token->abs_exp_ms,
    };
    memcpy(ret->sid, token->sid, sizeof ret->sid);
    memcpy(ret->cnf, token->client, sizeof ret->cnf);
    copy_address(ret, bytes_slice(address, 0, sizeof ret->address));
}

/* --- reading --- */

/* What a key names, if it is there and can be read. */
static bool read_record(const struct session_records *records, struct value_seal_keys *keys,
                        struct bytes key, struct session_record *ret)
{
    uint8_t memory[VALUE_MAX] BUF_LOCAL;
    struct buf value = buf_over(memory, sizeof memory);
    struct kv_found found;
    const struct kv_read read = {.key = key};
    const struct bytes id = bytes_slice(key, key.len - 2 * AUTH_TEXT_ID, SIZE_MAX);
    *ret = (struct session_record){0};
    return status_is_ok(values_get(records->values, keys, &read, &value, &found)) &&
           status_is_ok(hex_read(id, AUTH_TEXT_ID, ret->sid)) && read_value(buf_bytes(&value), ret);
}

static int compare(const void *a, const void *b)
{
    const struct session_record *x = a;
    const struct session_record *y = b;
    int order = (x->created_ms < y->created_ms) - (x->created_ms > y->created_ms);
    return order != 0 ? order : bytes_compare(BYTES_ARRAY(x->sid), BYTES_ARRAY(y->sid));
}

static struct status list(const struct session_records *records, struct arena *arena,
                          struct value_seal_keys *keys, struct bytes user,
                          struct values_page *ret_page)
{
    uint8_t memory[KEY_MAX];
    const struct kv_list all = {.prefix = make_key("se", user, NULL, memory), .max = PAGE};
    return values_list(records->values, keys, &all, arena, ret_page);
}

struct status session_records_list(const struct session_records *records, struct arena *arena,
                                   const struct session_records_of *of, struct session_record **ret,
                                   size_t *ret_count)
{
    SECRET(value_seal_keys, keys);
    struct values_page page;
    *ret_count = 0;
    *ret = arena_array(arena, PAGE, sizeof **ret);
    if (*ret == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (records->values == NULL) {
        return OK;
    }
    open_space(records, SESSIONS, of->tenant, &keys);
    TRY(list(records, arena, &keys, of->user, &page));
    for (size_t i = 0; i < page.count; i++) {
        bool is_read = read_record(records, &keys, page.found[i].key, &(*ret)[*ret_count]);
        *ret_count += is_read;
    }
    qsort(*ret, *ret_count, sizeof **ret, compare);
    return OK;
}

bool session_records_find(const struct session_records *records,
                          const struct session_records_of *of,
                          const uint8_t sid[static AUTH_TEXT_ID], struct session_record *ret)
{
    SECRET(value_seal_keys, keys);
    uint8_t memory[KEY_MAX];
    if (records->values == NULL) {
        return false;
    }
    open_space(records, SESSIONS, of->tenant, &keys);
    return read_record(records, &keys, make_key("se", of->user, sid, memory), ret);
}

/* --- writing --- */

static struct kv_write write_of(const struct session_records_by *by, struct bytes key)
{
    struct kv_write write = {.key = key, .condition = KV_ALWAYS};
    memcpy(write.op, by->op, sizeof write.op);
    memcpy(write.cause, by->cause, sizeof write.cause);
    return write;
}

static struct status forget_key(const struct session_records *records, struct value_seal_keys *keys,
                                struct bytes key, const struct session_records_by *by)
{
    struct kv_found found;
    struct kv_write gone = write_of(by, key);
    struct status status = values_delete(records->values, keys, &gone, NULL, &found);
    return status.code == STATUS_VALUE_NOT_FOUND ? OK : status;
}

/* As many go as are too many beside one more. A record is written once, so that the time of its
 * version is that of its login. */
static struct status make_room(const struct session_records *records, struct arena *arena,
                               struct value_seal_keys *keys, struct bytes user,
                               const struct session_records_by *by)
{
    struct values_page page;
    TRY(list(records, arena, keys, user, &page));
    for (size_t left = page.count; left >= LIMIT_SESSIONS_USER; left--) {
        size_t oldest = 0;
        for (size_t i = 1; i < left; i++) {
            if (page.found[i].version.updated_at_ms < page.found[oldest].version.updated_at_ms) {
                oldest = i;
            }
        }
        TRY(forget_key(records, keys, page.found[oldest].key, by));
        page.found[oldest] = page.found[left - 1];
    }
    return OK;
}

struct status session_records_put(const struct session_records *records, struct arena *arena,
                                  const struct session_records_of *of,
                                  const struct session_record *record,
                                  const struct session_records_by *by)
{
    SECRET(value_seal_keys, keys);
    uint8_t key[KEY_MAX];
    uint8_t value[VALUE_MAX];
    struct session_record before;
    struct kv_found found;
    if (records->values == NULL) {
        return OK;
    }
    open_space(records, SESSIONS, of->tenant, &keys);
    struct kv_write write = write_of(by, make_key("se", of->user, record->sid, key));
    if (read_record(records, &keys, write.key, &before)) {
        return OK;
    }
    TRY(make_room(records, arena, &keys, of->user, by));
    write.value = put_value(record, value);
    write.ttl_ms = SESSION_LONGEST_MS;
    write.evictable = true;
    return values_put(records->values, &keys, &write, NULL, &found);
}

struct status session_records_forget(const struct session_records *records,
                                     const struct session_records_of *of,
                                     const uint8_t sid[static AUTH_TEXT_ID],
                                     const struct session_records_by *by)
{
    SECRET(value_seal_keys, keys);
    uint8_t key[KEY_MAX];
    if (records->values == NULL) {
        return OK;
    }
    open_space(records, SESSIONS, of->tenant, &keys);
    return forget_key(records, &keys, make_key("se", of->user, sid, key), by);
}

/* --- counters --- */

/* Out: also the condition under which what is written next comes behind what was read. */
static struct status read_counter(const struct session_records *records,
                                  struct value_seal_keys *keys, struct kv_write *write,
                                  uint32_t *ret)
{
    uint8_t memory[sizeof *ret];
    struct buf value = buf_over(memory, sizeof memory);
    struct kv_found found;
    const struct kv_read read = {.key = write->key};
    struct status status = values_get(records->values, keys, &read, &value, &found);
    struct reader reader = reader_over(buf_bytes(&value));
    *ret = status_is_ok(status) ? reader_u32(&reader) : 0;
    write->condition = status_is_ok(status) ? KV_IF_VERSION : KV_IF_ABSENT;
    write->version = found.version;
    return status.code == STATUS_VALUE_NOT_FOUND ? OK : status;
}

struct status session_records_counter(const struct session_records *records,
                                      const struct session_records_of *of,
                                      const uint8_t id[static AUTH_TEXT_ID], uint32_t *ret)
{
    SECRET(value_seal_keys, keys);
    uint8_t key[KEY_MAX];
    struct kv_write named = {.key = make_key("wc", of->user, id, key)};
    *ret = 0;
    if (records->values == NULL) {
        return OK;
    }
    open_space(records, COUNTERS, of->tenant, &keys);
    return read_counter(records, &keys, &named, ret);
}

struct status session_records_count(const struct session_records *records,
                                    const struct session_records_of *of,
                                    const uint8_t id[static AUTH_TEXT_ID], uint32_t counter,
                                    const struct session_records_by *by)
{
    SECRET(value_seal_keys, keys);
    uint8_t key[KEY_MAX];
    uint8_t value[sizeof counter];
    uint32_t before;
    struct buf out = buf_over(value, sizeof value);
    struct kv_found found;
    if (records->values == NULL) {
        return OK;
    }
    open_space(records, COUNTERS, of->tenant, &keys);
    struct kv_write write = write_of(by, make_key("wc", of->user, id, key));
    TRY(read_counter(records, &keys, &write, &before));
    if (counter <= before) {
        return FAIL(WEBAUTHN_COUNTER);
    }
    buf_put_u32(&out, counter);
    write.value = buf_bytes(&out);
    struct status status = values_put_system(records->values, &keys, &write, &found);
    return status.code == STATUS_VERSION_CONFLICT ? FAIL(WEBAUTHN_COUNTER) : status;
}
