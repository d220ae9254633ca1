/* covers: src/starknet/transaction_json.c src/starknet/call.c src/starknet/calldata.c */
#include <stddef.h>
#include <stdint.h>

#include "codec/json_in.h"
#include "starknet/felt_text.h"
#include "starknet/transaction.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool same_calls(struct calls a, struct calls b)
{
    bool same = a.len == b.len;
    for (size_t i = 0; same && i < a.len; i++) {
        same = felt_equal(&a.ptr[i].to, &b.ptr[i].to) &&
               felt_equal(&a.ptr[i].selector, &b.ptr[i].selector) &&
               felts_equal(a.ptr[i].calldata, b.ptr[i].calldata);
    }
    return same;
}

/* What calls are encoded as decodes to the same calls, in both forms. */
static void check_calls(struct calls calls)
{
    for (int i = 0; i < 2; i++) {
        enum call_encoding encoding = i == 0 ? CALL_CAIRO1 : CALL_CAIRO0;
        struct felts encoded;
        struct calls decoded;
        if (status_is_ok(call_encode(&arena, calls, encoding, &encoded))) {
            require(status_is_ok(call_decode(&arena, encoded, encoding, &decoded)));
            require(same_calls(calls, decoded));
        }
    }
}

/* A transaction that was written and read again has the same hash. */
static void check_writing(struct transaction *transaction)
{
    const struct felt key = felt_from_u64(7);
    struct account_class class = *account_class_default();
    class.encoding = transaction->encoding;
    const struct account account = account_of(&class, &key);
    require(status_is_ok(transaction_use_account(transaction, &account)));
    struct json_in_doc doc;
    struct transaction again;
    struct buf text = arena_open(&arena);
    struct json_out out = json_out_over(&text);
    json_out_object(&out);
    felt_text_member(&out, "chain_id", &transaction->chain);
    if (transaction->kind == TRANSACTION_INVOKE) {
        json_out_member_u64(&out, "cairo_version", transaction->encoding == CALL_CAIRO1 ? 1 : 0);
    }
    transaction_members_out(&out, transaction);
    json_out_object_end(&out);
    arena_close(&arena, &text);
    require(status_is_ok(buf_check(&text)));
    require(status_is_ok(json_in_parse(&arena, buf_bytes(&text), &doc)));
    struct json_in root = json_in_root(&doc);
    struct status status = transaction_json(&arena, &root, CALL_CAIRO1, &again);
    require(status_is_ok(status));
    struct felt first = transaction_hash(transaction);
    struct felt second = transaction_hash(&again);
    require(felt_equal(&first, &second) && same_calls(transaction->calls, again.calls));
}

/* The input is read as a request in our form, and as the seed's payload. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, 64 << 20)));
    }
    arena_reset(&arena);
    struct json_in_doc doc;
    struct transaction transaction;
    if (len > 65536 || !status_is_ok(json_in_parse(&arena, (struct bytes){data, len}, &doc))) {
        return 0;
    }
    struct json_in root = json_in_root(&doc);
    if (status_is_ok(transaction_json(&arena, &root, CALL_CAIRO1, &transaction))) {
        check_calls(transaction.calls);
        check_writing(&transaction);
    }
    if (status_is_ok(
            transaction_seed_json(&arena, &root, &fee_table_default, CALL_CAIRO1, &transaction))) {
        check_writing(&transaction);
    }
    return 0;
}
