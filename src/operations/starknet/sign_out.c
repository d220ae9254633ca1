#include "operations/starknet/sign_out.h"

#include "operations/starknet/sign_internal.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

/* The account that the signature is for. */
static const struct felt *address_of(const struct sign_item *item, const struct sign_result *result)
{
    return sign_is_transaction(item) ? &item->transaction.sender : &result->account.address;
}

static void chain_member(struct json_out *out, const struct felt *chain)
{
    uint8_t memory[FELT_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    chain_put(&text, chain);
    json_out_member_string(out, "chain_id", buf_bytes(&text));
}

static void user_members(struct json_out *out, const struct items_user *user)
{
    json_out_member_string(out, "username", user->name);
    json_out_member_u64(out, "key_index", user->index);
}

static void transaction_member(struct json_out *out, const struct sign_item *item,
                               const struct sign_result *result)
{
    const struct felts signature = {result->signature, result->signature_len};
    json_out_name(out, "transaction");
    transaction_out(out, &item->transaction, signature);
}

void sign_out_members(struct json_out *out, const struct items_user *user,
                      const struct sign_item *item, const struct sign_result *result)
{
    const struct felts signature = {result->signature, result->signature_len};
    user_members(out, user);
    json_out_member_text(out, "type", items_metric_names[item->kind]);
    felt_text_member(out, "account_address", address_of(item, result));
    json_out_member_text(out, "account_class", result->account.class->name);
    felt_text_member(out, "public_key", &result->public_key);
    if (item->kind != ITEMS_HASH) {
        chain_member(out, &item->chain);
    }
    felt_text_member(out, sign_is_transaction(item) ? "transaction_hash" : "message_hash",
                     &result->hash);
    felts_member(out, "signature", signature);
    if (sign_is_transaction(item)) {
        if (sign_uses_lane(item)) {
            json_out_member_u64(out, "lane", item->lane);
            felt_text_member(out, "nonce", &item->transaction.nonce);
        }
        json_out_member_bool(out, "query", item->transaction.is_query);
        transaction_member(out, item, result);
    }
    advice_out(out, result->advice);
}

/* r and s in one text, as the seed has them. */
static void signed_member(struct json_out *out, const struct sign_result *result)
{
    uint8_t memory[2 * FELT_TEXT_MAX + 1];
    struct buf text = buf_over(memory, sizeof memory);
    felt_text_put(&text, &result->signature[0]);
    buf_put_u8(&text, ',');
    felt_text_put(&text, &result->signature[1]);
    json_out_member_string(out, "transaction_signed", buf_bytes(&text));
}

void sign_out_seed_members(struct json_out *out, const struct items_user *user,
                           const struct sign_item *item, const struct sign_result *result)
{
    user_members(out, user);
    felt_text_member(out, "account_address", address_of(item, result));
    felt_text_member(out, "transaction_hash", &result->hash);
    signed_member(out, result);
    chain_member(out, &item->chain);
    felt_text_member(out, "public_key", &result->public_key);
    json_out_member_text(out, "account_class", result->account.class->name);
    transaction_member(out, item, result);
    advice_out(out, result->advice);
}
