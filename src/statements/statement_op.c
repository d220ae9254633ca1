#include "statements/statement_op.h"

#include "base/limits.h"
#include "codec/hex.h"
#include "statements/statement_internal.h"

_Static_assert(LIMIT_USERNAME == AUTH_TEXT_USER, "texts have room for names");

struct op {
    const char *name;
    enum statement_shape shape;
    uint8_t scopes;
    bool is_chained;
    uint8_t who;
};

static const struct op ops[STATEMENT_OPS_COUNT] = {
#define STATEMENT_OP_ROW(name, text, shape, scopes, is_chained, who) \
    {text, SHAPE_##shape, scopes, is_chained, who},
    STATEMENT_OPS(STATEMENT_OP_ROW)
#undef STATEMENT_OP_ROW
};

const char *statement_op_name(enum statement_op op)
{
    return ops[op].name;
}

enum statement_shape statement_op_shape(enum statement_op op)
{
    return ops[op].shape;
}

unsigned statement_op_scopes(enum statement_op op)
{
    return ops[op].scopes;
}

bool statement_op_is_chained(enum statement_op op)
{
    return ops[op].is_chained;
}

unsigned statement_op_who(enum statement_op op)
{
    return ops[op].who;
}

struct status statement_op_read(struct bytes name, enum statement_op *ret)
{
    for (size_t i = 0; i < STATEMENT_OPS_COUNT; i++) {
        *ret = (enum statement_op)i;
        if (bytes_equal(bytes_of(ops[i].name), name)) {
            return OK;
        }
    }
    return FAIL(RECORD_INVALID);
}

bool statement_user_is_valid(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        bool is_good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '_' || c == '.' || c == '-';
        if (!is_good) {
            return false;
        }
    }
    return name.len != 0 && name.len <= AUTH_TEXT_USER;
}

/* An id in hex, in lower case. */
static bool read_id(struct bytes text, uint8_t ret[static AUTH_TEXT_ID])
{
    uint8_t memory[2 * AUTH_TEXT_ID];
    struct buf again = buf_over(memory, sizeof memory);
    if (!status_is_ok(hex_read(text, AUTH_TEXT_ID, ret))) {
        return false;
    }
    hex_put(&again, (struct bytes){ret, AUTH_TEXT_ID});
    return bytes_equal(buf_bytes(&again), text);
}

struct status statement_scope_read(struct bytes text, struct statement_scope *ret)
{
    struct bytes rest = bytes_slice(text, 2, text.len);
    *ret = (struct statement_scope){.kind = STATEMENT_TENANT};
    if (bytes_equal(text, BYTES_LITERAL("t"))) {
        return OK;
    }
    bool is_good = text.len > 2 && text.ptr[1] == ':';
    switch (is_good ? text.ptr[0] : 0) {
    case 'u':
    case 'o':
        ret->kind = text.ptr[0] == 'u' ? STATEMENT_USER : STATEMENT_OWN;
        ret->user = rest;
        is_good = statement_user_is_valid(rest);
        break;
    case 's':
    case 'a':
        ret->kind = text.ptr[0] == 's' ? STATEMENT_SERVICE : STATEMENT_APPROVER;
        is_good = read_id(rest, ret->id);
        break;
    default:
        is_good = false;
    }
    return is_good ? OK : FAIL(RECORD_INVALID);
}

bool statement_key_fits(uint64_t scheme, struct bytes key)
{
    static const uint8_t lens[AUTH_SCHEMES] = {
        [AUTH_P256] = 33,    [AUTH_EIP191] = 20, [AUTH_STARK] = 32, [AUTH_ED25519] = 32,
        [AUTH_PASSKEY] = 33, [AUTH_SNIP12] = 32, [AUTH_TOTP] = 16,  [AUTH_SERVICE] = 16,
    };
    if (scheme == AUTH_OIDC) { /* three lengths of two bytes, a name and a sub */
        return key.len > 8 && key.len <= STATEMENT_KEY_MAX;
    }
    return scheme > 0 && scheme < AUTH_SCHEMES && key.len == lens[scheme];
}
