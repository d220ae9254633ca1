#include "ethereum/eth_transaction.h"

#include <string.h>

#include "codec/rlp.h"
#include "digest/keccak256.h"

enum { TYPE = 2, UNSIGNED_FIELDS = 9 };

/* Without a signature: what is signed. */
static struct status put(struct buf *out, const struct eth_transaction *transaction,
                         const struct k256_signature *signature)
{
    if (transaction->data.len > LIMIT_ETH_DATA) {
        return FAIL(BUFFER_FULL);
    }
    buf_put_u8(out, TYPE);
    size_t list = rlp_list_begin(out);
    rlp_put_u64(out, transaction->chain_id);
    rlp_put_u64(out, transaction->nonce);
    rlp_put_u64(out, transaction->max_priority_fee_per_gas);
    rlp_put_u64(out, transaction->max_fee_per_gas);
    rlp_put_u64(out, transaction->gas_limit);
    rlp_put_bytes(out, BYTES_ARRAY(transaction->to.b));
    rlp_put_number(out, BYTES_ARRAY(transaction->value));
    rlp_put_bytes(out, transaction->data);
    rlp_list_end(out, rlp_list_begin(out)); /* the access list */
    if (signature != NULL) {
        rlp_put_u64(out, signature->v);
        rlp_put_number(out, (struct bytes){signature->rs, 32});
        rlp_put_number(out, (struct bytes){signature->rs + 32, 32});
    }
    rlp_list_end(out, list);
    return buf_check(out);
}

struct status eth_transaction_signing_hash(const struct eth_transaction *transaction,
                                           uint8_t ret_hash[static ETH_TRANSACTION_HASH])
{
    uint8_t memory[ETH_TRANSACTION_MAX];
    struct buf payload = buf_over(memory, sizeof memory);
    memset(ret_hash, 0, ETH_TRANSACTION_HASH);
    TRY(put(&payload, transaction, NULL));
    keccak256_hash(buf_bytes(&payload), ret_hash);
    return OK;
}

struct status eth_transaction_sign(const struct eth_transaction *transaction,
                                   const struct k256_key *key, struct buf *raw,
                                   uint8_t ret_hash[static ETH_TRANSACTION_HASH])
{
    struct k256_signature signature;
    uint8_t hash[ETH_TRANSACTION_HASH];
    memset(ret_hash, 0, ETH_TRANSACTION_HASH);
    TRY(eth_transaction_signing_hash(transaction, hash));
    TRY(k256_sign(key, hash, &signature));
    TRY(put(raw, transaction, &signature));
    keccak256_hash(buf_bytes(raw), ret_hash);
    return OK;
}

void eth_transaction_hash(struct bytes raw, uint8_t ret_hash[static ETH_TRANSACTION_HASH])
{
    keccak256_hash(raw, ret_hash);
}

/* The signature of a raw transaction of whatever content. */
static struct status read_signature(struct bytes raw, struct k256_signature *ret)
{
    struct bytes rest = bytes_slice(raw, 1, SIZE_MAX);
    struct rlp_item item;
    TRY(rlp_next(&rest, &item));
    rest = item.content;
    for (size_t i = 0; i < UNSIGNED_FIELDS; i++) {
        TRY(rlp_next(&rest, &item));
    }
    TRY(rlp_next(&rest, &item));
    TRY(rlp_number(&item, 1, &ret->v));
    TRY(rlp_next(&rest, &item));
    TRY(rlp_number(&item, 32, ret->rs));
    TRY(rlp_next(&rest, &item));
    TRY(rlp_number(&item, 32, ret->rs + 32));
    return ret->v <= 1 ? OK : FAIL(RLP_INVALID);
}

struct status eth_transaction_signer(const struct eth_transaction *transaction, struct bytes raw,
                                     struct eth_address *ret_signer)
{
    uint8_t memory[ETH_TRANSACTION_MAX];
    struct buf expected = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    struct k256_public public;
    uint8_t hash[ETH_TRANSACTION_HASH];
    *ret_signer = (struct eth_address){{0}};
    if (!status_is_ok(read_signature(raw, &signature))) {
        return FAIL(INVALID_TRANSACTION);
    }
    TRY(put(&expected, transaction, &signature));
    if (!bytes_equal(buf_bytes(&expected), raw)) {
        return FAIL(INVALID_TRANSACTION);
    }
    TRY(eth_transaction_signing_hash(transaction, hash));
    TRY(k256_recover(hash, &signature, true, &public));
    eth_address_of(&public, ret_signer);
    return OK;
}
