#include "coffer/call_words.h"

#include <string.h>

#include "coffer/starknet_input.h"
#include "starknet/felt_text.h"
#include "starknet/selector.h"

enum { NAME_SIZE = 96, PARTIES_MAX = 2 };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A function that is known. parties: what its first arguments are; has_amount: a u256 follows, and
 * nothing else. Source: EIP-20 and OpenZeppelin's ERC-20 for Cairo, in both of its spellings. */
static const struct {
    const char *name;
    const char *parties[PARTIES_MAX];
    bool has_amount;
} known[] = {
    {"transfer", {"recipient"}, true},
    {"transfer_from", {"sender", "recipient"}, true},
    {"transferFrom", {"sender", "recipient"}, true},
    {"approve", {"spender"}, true},
    {"increase_allowance", {"spender"}, true},
    {"increaseAllowance", {"spender"}, true},
    {"decrease_allowance", {"spender"}, true},
    {"decreaseAllowance", {"spender"}, true},
    {"mint", {"recipient"}, true},
    {"burn", {"account"}, true},
    /* What gives an account away. */
    {"upgrade", {"class_hash"}, false},
    {"set_public_key", {NULL}, false},
    {"setPublicKey", {NULL}, false},
    {"change_owner", {NULL}, false},
    {"deposit", {NULL}, false},
    {"withdraw", {NULL}, false},
    {"swap", {NULL}, false},
    {"multi_route_swap", {NULL}, false},
    {"claim", {NULL}, false},
};

static bool has_selector(const char *name, const struct felt *selector)
{
    struct felt own;
    return status_is_ok(selector_of_name(bytes_of(name), &own)) && felt_equal(&own, selector);
}

/* A u256 from its two halves. False: they are none. */
static bool read_amount(const struct felt *low, const struct felt *high, uint8_t ret[static 32])
{
    if (low->limb[2] != 0 || low->limb[3] != 0 || high->limb[2] != 0 || high->limb[3] != 0) {
        return false;
    }
    const uint64_t limb[4] = {high->limb[1], high->limb[0], low->limb[1], low->limb[0]};
    for (size_t i = 0; i < 32; i++) {
        ret[i] = (uint8_t)(limb[i / 8] >> (56 - 8 * (i % 8)));
    }
    return true;
}

static void put_amount(struct out *out, const struct felt *halves)
{
    uint8_t number[32];
    uint8_t memory[80];
    struct buf text = buf_over(memory, sizeof memory);
    if (read_amount(&halves[0], &halves[1], number)) {
        buf_put_decimal_u256(&text, number);
        out_text(out, "amount", buf_bytes(&text));
    }
}

/* Whom a known function concerns, when it has as many arguments as it must have. */
static void put_arguments(struct out *out, size_t row, const struct call *call)
{
    size_t parties = 0;
    while (parties < PARTIES_MAX && known[row].parties[parties] != NULL) {
        parties++;
    }
    if (call->calldata.len != parties + (known[row].has_amount ? 2 : 0)) {
        return;
    }
    for (size_t i = 0; i < parties; i++) {
        starknet_input_put_felt(out, known[row].parties[i], &call->calldata.ptr[i]);
    }
    if (known[row].has_amount) {
        put_amount(out, &call->calldata.ptr[parties]);
    }
}

/* The name that the request itself has, when it is that of the selector. */
static bool read_name(const struct json_in *named, size_t index, const struct felt *selector,
                      char ret[static NAME_SIZE])
{
    struct json_in member;
    struct bytes name;
    size_t count = 0;
    if (named == NULL || json_in_kind(named) != JSON_IN_ARRAY ||
        !status_is_ok(json_in_count(named, &count)) || index >= count) {
        return false;
    }
    struct json_in item = json_in_item(named, index);
    if (!json_in_find(&item, "entrypoint", &member) ||
        !status_is_ok(json_in_string(&member, &name)) || name.len >= NAME_SIZE) {
        return false;
    }
    memcpy(ret, name.ptr, name.len);
    ret[name.len] = '\0';
    return has_selector(ret, selector);
}

static void put_call(struct out *out, const struct json_in *named, size_t index,
                     const struct call *call)
{
    size_t row = 0;
    char name[NAME_SIZE];
    while (row < COUNT(known) && !has_selector(known[row].name, &call->selector)) {
        row++;
    }
    bool is_named = row < COUNT(known) || read_name(named, index, &call->selector, name);
    starknet_input_put_felt(out, "to", &call->to);
    if (is_named) {
        out_string(out, "function", row < COUNT(known) ? known[row].name : name);
    }
    starknet_input_put_felt(out, "selector", &call->selector);
    if (row < COUNT(known)) {
        put_arguments(out, row, call);
    }
    out_u64(out, "felts", call->calldata.len);
}

void call_words_put(struct out *out, const struct json_in *named, struct calls calls)
{
    out_list(out, "calls");
    for (size_t i = 0; i < calls.len; i++) {
        out_item(out, NULL, "call");
        put_call(out, named, i, &calls.ptr[i]);
        out_item_end(out);
    }
    out_list_end(out);
}
