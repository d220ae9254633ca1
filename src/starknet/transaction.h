/* Version 3 transactions: from a request to the hash, and to the JSON that a Starknet node takes.
 *
 * A request in our form has the members of the JSON-RPC's broadcasted transaction without
 * signature, and
 *   chain_id       name or felt, required
 *   calls          instead of calldata: see starknet/call.h
 *   cairo_version  0 or 1: how calls are encoded and calldata is read. The account's class knows
 *                  it; a request that says another is refused (transaction_use_account)
 *   sender_address may be missing: it is then the address of the key
 * For deploy_account class_hash, contract_address_salt and constructor_calldata may be missing
 * together; declare needs class_hash and compiled_class_hash, and the class itself is the caller's
 * to add before broadcasting. tip, paymaster_data, account_deployment_data, proof_facts, proof,
 * version ("0x3", or 2^128 + 3 for a fee estimation) and the DA modes may be missing.
 * Source: SNIP-8, SNIP-36; Starknet JSON-RPC 0.10, BROADCASTED_TXN; starknet.js 10.8. */
#ifndef COFFER_STARKNET_TRANSACTION_H
#define COFFER_STARKNET_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "crypto/felt.h"
#include "starknet/account.h"
#include "starknet/call.h"
#include "starknet/fee.h"
#include "starknet/felts.h"

enum transaction_kind {
    TRANSACTION_INVOKE,
    TRANSACTION_DEPLOY_ACCOUNT,
    TRANSACTION_DECLARE,
};

/* Where data is made available. */
enum transaction_da {
    TRANSACTION_DA_L1,
    TRANSACTION_DA_L2,
};

/* Lists borrow from the arena of the request, or from the account. */
struct transaction {
    enum transaction_kind kind;
    bool is_query;   /* version 2^128 + 3: for a fee estimation, never executed */
    bool has_sender; /* the request says which account; otherwise transaction_use_account says it */
    struct felt chain;
    struct felt sender; /* of deploy_account: the address of the new account */
    struct felt nonce;
    bool is_nonce_assumed; /* 0, because the request says none */
    bool is_nonce_next;    /* 0, because the request wants the next one, whichever that is */
    uint64_t tip;
    struct fee_bounds bounds;
    enum transaction_da nonce_da;
    enum transaction_da fee_da;
    struct felts paymaster_data;
    struct felts account_deployment_data; /* invoke and declare */
    /* invoke */
    enum call_encoding encoding;
    struct calls calls;    /* always what calldata stands for */
    struct felts calldata; /* as the account gets it */
    struct felts proof_facts;
    struct bytes proof; /* base64 text, handed through; not part of the hash */
    /* deploy_account and declare */
    struct felt class_hash;
    struct felt salt;
    struct felts constructor_calldata;
    struct felt compiled_class_hash;
};

/* Read a request in our form; unknown members are refused. In: encoding, of the account's class.
 * Returns: OK; MISSING_FIELD, UNKNOWN_FIELD, BAD_TYPE, INVALID_FELT, FELT_RANGE, NUMBER_RANGE,
 * JSON_NUMBER_RANGE, CHECKSUM_ADDRESS, ADDRESS_FORM, UNKNOWN_CHAIN, TRANSACTION_VERSION,
 * INVALID_TRANSACTION (type, or members that exclude each other), RESOURCE_BOUNDS,
 * CALLDATA_TOO_LARGE (calldata and proof facts together over LIMIT_FELTS), INVALID_CALLDATA,
 * INVALID_SELECTOR, SHORT_STRING, NO_MEMORY. The place is noted in the document. On failure: *ret
 * is zero. */
struct status transaction_json(struct arena *arena, const struct json_in *at,
                               enum call_encoding encoding, struct transaction *ret);

/* As transaction_json, but the nonce may be "next". */
struct status transaction_json_next(struct arena *arena, const struct json_in *at,
                                    enum call_encoding encoding, struct transaction *ret);

/* Read the seed's transaction_payload, one call: {contract_address (the contract called),
 * function_name, calldata, nonce (0), chain_id, max_fee or resource_bounds}, and of our form tip,
 * paymaster_data, account_deployment_data and the DA modes. Other members are ignored. Bounds go
 * before max_fee, which table splits. The sender is left open.
 * Returns: as transaction_json; FEE_TOO_LOW; RESOURCE_BOUNDS when there are neither bounds nor
 * max_fee. On failure: *ret is zero. */
struct status transaction_seed_json(struct arena *arena, const struct json_in *at,
                                    const struct fee_table *table, enum call_encoding encoding,
                                    struct transaction *ret);

/* Make the account the sender, and of deploy_account what is deployed, unless the request says it
 * (has_sender). The account must outlive the transaction.
 * Returns: OK; CAIRO_VERSION when the calls of an invoke are encoded in another way than the
 * account's class reads them: it would execute others. */
struct status transaction_use_account(struct transaction *transaction,
                                      const struct account *account);

/* The hash that is signed. Depends on the struct alone, so that it can be computed again from a
 * second reading of the request. Cost of an invoke with n felts of calldata: 9 + n / 2
 * permutations. */
struct felt transaction_hash(const struct transaction *transaction);

/* The hash of the tip and bounds that were hashed last: clients send the same ones again and again,
 * and it is a fourth of the hash of a small transaction. Zeros: none yet. Public data. */
struct transaction_fee_memory {
    bool has_any;
    uint64_t tip;
    struct fee_bounds bounds;
    struct felt hash;
};

/* The same hash with a memory, which is brought up to date. */
struct felt transaction_hash_remembering(const struct transaction *transaction,
                                         struct transaction_fee_memory *memory);

/* Write the members of the broadcasted transaction without signature into an open object. */
void transaction_members_out(struct json_out *out, const struct transaction *transaction);

/* Write the broadcasted transaction as an object: all that a node needs, but a declare's class. */
void transaction_out(struct json_out *out, const struct transaction *transaction,
                     struct felts signature);

/* INVOKE, DEPLOY_ACCOUNT or DECLARE. */
const char *transaction_kind_name(enum transaction_kind kind);

#endif
