#include "starknet/outside_execution.h"

#include "base/invariant.h"
#include "base/limits.h"
#include "starknet/address_text.h"
#include "starknet/felt_text.h"
#include "starknet/list_hash_internal.h"
#include "starknet/typed_value_internal.h"

const struct felt outside_execution_any_caller = {{0x595f43414c4c4552, 0x414e, 0x0, 0x0}};

/* What typed data says by version: its domain and its members. */
static const struct form {
    const char *caller;
    const char *nonce;
    const char *after;
    const char *before;
    const char *calls;
    const char *calls_len; /* NULL: none */
    const char *to;
    const char *selector;
    const char *calldata;
    const char *calldata_len; /* NULL: none */
    struct felt domain_type;
    struct felt struct_type;
    struct felt call_type;
} forms[] = {
    {"caller",
     "nonce",
     "execute_after",
     "execute_before",
     "calls",
     "calls_len",
     "to",
     "selector",
     "calldata",
     "calldata_len",
     {{0x8755765416b8e288, 0x3f50624ca5fdf5e1, 0xdfa1a50a4f524120, 0x1bfc207425a47a5}},
     {{0xfbeb2af1d03f7050, 0x47141a2c96f87fdc, 0x6f3d60bbd94a3b9d, 0x11ff76fe3f640fa}},
     {{0x11ccdc82c8bebb3a, 0x6b1deea42a5c485c, 0xf9a020ba8821ee93, 0xf00de1fccbb286}}},
    {"Caller",
     "Nonce",
     "Execute After",
     "Execute Before",
     "Calls",
     NULL,
     "To",
     "Selector",
     "Calldata",
     NULL,
     {{0x1266e140d8b0a210, 0x3d640751d71d1631, 0x14d405a94f75e8a9, 0x1ff2f602e421680}},
     {{0xcdc2192c3c2f1f0f, 0x5afc305071c0ca3, 0x66ddbda31c016d8d, 0x312b56c05a79650}},
     {{0x86a781fc3f0c2ca9, 0x35ab90f7c39d00f1, 0x44c0d064e18e487f, 0x3635c7f2a7ba938}}},
};

static const struct form *form_of(unsigned version)
{
    INVARIANT(version == 1 || version == 2);
    return &forms[version - 1];
}

static struct felt domain_name(void)
{
    return felt_from_short("Account.execute_from_outside");
}

/* Version 1 is revision 0 of SNIP-12, version 2 is revision 1, which says so in its domain. */
static struct felt domain_hash(unsigned version, const struct felt *chain)
{
    struct list_hash hash;
    struct felt name = domain_name();
    struct felt number = felt_from_u64(version);
    struct felt revision = felt_from_u64(1);
    list_hash_start(&hash, version - 1);
    list_hash_add(&hash, &form_of(version)->domain_type);
    list_hash_add(&hash, &name);
    list_hash_add(&hash, &number);
    list_hash_add(&hash, chain);
    list_hash_add_all(&hash, &revision, version - 1);
    return list_hash_end(&hash);
}

bool outside_execution_is(const struct typed_data *data)
{
    INVARIANT(data->revision <= 1);
    return felt_equal(&data->primary_hash, &forms[data->revision].struct_type);
}

/* A member that is a felt on its own terms. */
static struct status read_text(const struct json_in *at, const char *name, struct felt *ret)
{
    struct json_in value;
    TRY(json_in_member(at, name, &value));
    return typed_value_text(&value, ret);
}

static struct status read_time(const struct json_in *at, const char *name, uint64_t *ret)
{
    struct json_in value;
    struct felt felt;
    TRY(json_in_member(at, name, &value));
    TRY(typed_value_bits(&value, 64, &felt));
    *ret = felt.limb[0];
    return OK;
}

/* A length that is said beside its list has to be that of the list. */
static struct status check_length(const struct json_in *at, const char *name, size_t length)
{
    struct felt said;
    struct felt expected = felt_from_u64(length);
    if (name == NULL) {
        return OK;
    }
    TRY(read_text(at, name, &said));
    return felt_equal(&said, &expected) ? OK : JSON_IN_FAIL(at, TYPED_DATA_INVALID);
}

static struct status decode_call(struct arena *arena, const struct json_in *at,
                                 const struct form *form, struct call *ret)
{
    struct json_in value;
    size_t count;
    TRY(read_text(at, form->to, &ret->to));
    TRY(json_in_member(at, form->selector, &value));
    TRY(form == &forms[0] ? typed_value_text(&value, &ret->selector)
                          : typed_value_selector(&value, &ret->selector));
    TRY(json_in_member(at, form->calldata, &value));
    TRY(json_in_count(&value, &count));
    TRY(check_length(at, form->calldata_len, count));
    struct felt *felts = arena_array(arena, count, sizeof *felts);
    if (felts == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&value, i);
        TRY(typed_value_text(&item, &felts[i]));
    }
    ret->calldata = (struct felts){felts, count};
    return OK;
}

static struct status decode_calls(struct arena *arena, const struct json_in *message,
                                  const struct form *form, struct outside_execution *ret)
{
    struct json_in list;
    size_t count;
    TRY(json_in_member(message, form->calls, &list));
    TRY(json_in_count(&list, &count));
    TRY(check_length(message, form->calls_len, count));
    if (count > LIMIT_CALLS) {
        return JSON_IN_FAIL(&list, CALLDATA_TOO_LARGE);
    }
    struct call *calls = arena_array(arena, count, sizeof *calls);
    if (calls == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(decode_call(arena, &item, form, &calls[i]));
    }
    ret->calls = calls;
    ret->call_count = count;
    return OK;
}

/* Accounts know one domain; under any other, or other types in it, this is something else. */
static struct status check_domain(const struct json_in *at, const struct typed_data *data,
                                  unsigned version)
{
    struct json_in domain;
    struct felt name = domain_name();
    struct felt number = felt_from_u64(version);
    struct felt said_name;
    struct felt said_number;
    TRY(json_in_member(at, "domain", &domain));
    if (!felt_equal(&data->domain_type, &form_of(version)->domain_type)) {
        return JSON_IN_FAIL(at, TYPED_DATA_INVALID);
    }
    TRY(read_text(&domain, "name", &said_name));
    TRY(read_text(&domain, "version", &said_number));
    bool is_known = felt_equal(&said_name, &name) && felt_equal(&said_number, &number);
    return is_known ? OK : JSON_IN_FAIL(at, TYPED_DATA_INVALID);
}

static struct status decode(struct arena *arena, const struct json_in *at,
                            const struct typed_data *data, struct outside_execution *ret)
{
    struct json_in message;
    ret->version = data->revision + 1;
    const struct form *form = form_of(ret->version);
    TRY(json_in_member(at, "message", &message));
    TRY(check_domain(at, data, ret->version));
    TRY(read_text(&message, form->caller, &ret->caller));
    TRY(read_text(&message, form->nonce, &ret->nonce));
    TRY(read_time(&message, form->after, &ret->execute_after));
    TRY(read_time(&message, form->before, &ret->execute_before));
    return decode_calls(arena, &message, form, ret);
}

struct status outside_execution_decode(struct arena *arena, const struct json_in *at,
                                       const struct typed_data *data, struct outside_execution *ret)
{
    *ret = (struct outside_execution){0};
    struct status status = decode(arena, at, data, ret);
    if (!status_is_ok(status)) {
        *ret = (struct outside_execution){0};
    }
    return status;
}

/* An address, or the word for everybody. */
static struct status read_caller(const struct json_in *at, struct felt *ret)
{
    struct bytes text = {0};
    *ret = outside_execution_any_caller;
    bool is_text = json_in_kind(at) == JSON_IN_STRING;
    TRY(is_text ? json_in_string(at, &text) : OK);
    return is_text && bytes_equal(text, BYTES_LITERAL("ANY_CALLER")) ? OK
                                                                     : address_text_json(at, ret);
}

/* All calls together, each with what is hashed beside its calldata: as much as typed data of the
 * same revision may have. */
static struct status check_size(const struct json_in *at, const struct outside_execution *outside)
{
    size_t most = outside->version == 1 ? LIMIT_TYPED_DATA_OLD : LIMIT_FELTS;
    size_t felts = 0;
    for (size_t i = 0; i < outside->call_count; i++) {
        felts += outside->calls[i].calldata.len + 4;
    }
    return felts > most ? JSON_IN_FAIL(at, CALLDATA_TOO_LARGE) : OK;
}

static struct status read_fields(struct arena *arena, const struct json_in *at,
                                 struct outside_execution *ret)
{
    static const char *const names[] = {"version",       "caller",         "nonce",
                                        "execute_after", "execute_before", "calls"};
    struct json_in value;
    uint64_t version;
    TRY(json_in_members(at, names, sizeof names / sizeof names[0]));
    TRY(json_in_member(at, "version", &value));
    TRY(felt_text_json_u64(&value, &version));
    if (version != 1 && version != 2) {
        return JSON_IN_FAIL(&value, OUTSIDE_VERSION);
    }
    ret->version = (unsigned)version;
    TRY(json_in_member(at, "caller", &value));
    TRY(read_caller(&value, &ret->caller));
    TRY(json_in_member(at, "nonce", &value));
    TRY(felt_text_json(&value, &ret->nonce));
    TRY(read_time(at, "execute_after", &ret->execute_after));
    TRY(read_time(at, "execute_before", &ret->execute_before));
    TRY(json_in_member(at, "calls", &value));
    struct calls calls;
    TRY(call_list_json(arena, &value, true, &calls));
    ret->calls = calls.ptr;
    ret->call_count = calls.len;
    return check_size(&value, ret);
}

struct status outside_execution_read(struct arena *arena, const struct json_in *at,
                                     struct outside_execution *ret)
{
    *ret = (struct outside_execution){0};
    struct status status = read_fields(arena, at, ret);
    if (!status_is_ok(status)) {
        *ret = (struct outside_execution){0};
    }
    return status;
}

static struct felt list_of(unsigned version, struct felts felts)
{
    struct list_hash hash;
    list_hash_start(&hash, version - 1);
    list_hash_add_all(&hash, felts.ptr, felts.len);
    return list_hash_end(&hash);
}

static struct felt call_hash(unsigned version, const struct call *call)
{
    struct list_hash hash;
    struct felt length = felt_from_u64(call->calldata.len);
    struct felt calldata = list_of(version, call->calldata);
    list_hash_start(&hash, version - 1);
    list_hash_add(&hash, &form_of(version)->call_type);
    list_hash_add(&hash, &call->to);
    list_hash_add(&hash, &call->selector);
    list_hash_add_all(&hash, &length, form_of(version)->calldata_len != NULL);
    list_hash_add(&hash, &calldata);
    return list_hash_end(&hash);
}

static struct felt message_hash(const struct outside_execution *outside)
{
    unsigned version = outside->version;
    struct list_hash calls;
    list_hash_start(&calls, version - 1);
    for (size_t i = 0; i < outside->call_count; i++) {
        struct felt call = call_hash(version, &outside->calls[i]);
        list_hash_add(&calls, &call);
    }
    struct felt all = list_hash_end(&calls);
    struct felt length = felt_from_u64(outside->call_count);
    const struct felt head[] = {form_of(version)->struct_type, outside->caller, outside->nonce,
                                felt_from_u64(outside->execute_after),
                                felt_from_u64(outside->execute_before)};
    struct list_hash hash;
    list_hash_start(&hash, version - 1);
    list_hash_add_all(&hash, head, sizeof head / sizeof head[0]);
    list_hash_add_all(&hash, &length, form_of(version)->calls_len != NULL);
    list_hash_add(&hash, &all);
    return list_hash_end(&hash);
}

void outside_execution_hash(const struct outside_execution *outside, const struct felt *chain,
                            const struct felt *account, struct felt *ret)
{
    INVARIANT(outside->version == 1 || outside->version == 2);
    struct typed_data data = {.revision = outside->version - 1,
                              .domain_hash = domain_hash(outside->version, chain),
                              .message_hash = message_hash(outside)};
    typed_data_hash(&data, account, ret);
}

struct status outside_execution_calldata(struct arena *arena,
                                         const struct outside_execution *outside,
                                         struct felts signature, struct felts *ret)
{
    struct felts_out out = felts_open(arena);
    felts_put(&out, &outside->caller);
    felts_put(&out, &outside->nonce);
    felts_put_u64(&out, outside->execute_after);
    felts_put_u64(&out, outside->execute_before);
    felts_put_u64(&out, outside->call_count);
    for (size_t i = 0; i < outside->call_count; i++) {
        const struct call *call = &outside->calls[i];
        felts_put(&out, &call->to);
        felts_put(&out, &call->selector);
        felts_put_u64(&out, call->calldata.len);
        felts_put_all(&out, call->calldata);
    }
    felts_put_u64(&out, signature.len);
    felts_put_all(&out, signature);
    return felts_close(&out, ret);
}
