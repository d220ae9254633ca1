/* Signing one thing: from its decoded form to a signature that passed its checks.
 *
 * Preparing judges it and says what it is; performing signs and checks. The intent is written
 * between the two. Used by the signing operations.
 * Source: formats, sections 6, 10 and 11. */
#ifndef COFFER_OPERATIONS_STARKNET_SIGN_H
#define COFFER_OPERATIONS_STARKNET_SIGN_H

#include <stdbool.h>

#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/stark_ecdsa.h"
#include "keys/user_keys.h"
#include "lanes/lanes.h"
#include "operations/starknet/items.h"
#include "pipeline/context/work.h"
#include "pipeline/permit.h"
#include "starknet/account.h"
#include "starknet/advice.h"
#include "starknet/felts.h"
#include "starknet/outside_execution.h"
#include "starknet/transaction.h"
#include "starknet/typed_data.h"

/* A thing to be signed. The caller sets the first three, for an outside execution that is not in
 * the form of typed data the chain, and what the caller of the service expects; sign_read does the
 * rest. What at is in lives as long as the item. */
struct sign_item {
    enum items_kind kind; /* ITEMS_INVOKE for any transaction; sign_read says which */
    struct json_in at;    /* where it is read from, and read again */
    bool is_seed;         /* a transaction in the form of the seed */
    bool is_typed;        /* it came as typed data */
    bool is_session;      /* typed data that is a grant of a session key */
    bool has_address;     /* the account has to be this one */
    struct felt address;
    bool has_expected; /* the hash has to be this one */
    struct felt expected;
    bool has_lane; /* the nonce is of this lane; also without it, when it is the next or replaces */
    uint32_t lane;
    bool replaces;  /* what has the nonce that is named */
    bool has_other; /* the signature of the account's other key is there */
    struct felt other[2];
    struct felt chain; /* 0 for ITEMS_HASH */
    struct felt hash;  /* of ITEMS_HASH as given; otherwise once the account is known */
    struct transaction transaction;
    struct typed_data typed;
    struct outside_execution outside;
};

/* What came out. */
struct sign_result {
    struct account account;
    struct felt public_key;
    struct felt hash;
    struct felt own[2];                           /* of the user's key over hash */
    struct felt signature[ACCOUNT_SIGNATURE_MAX]; /* as the account reads it */
    size_t signature_len;
    advice_set advice;
};

/* Where the nonce of an item comes from, from step to step. */
struct sign_number {
    struct felt object; /* hash of the transaction with nonce 0 */
    bool is_intended;   /* the intent is durable, so that it may be asked for */
    bool is_asked;
    struct lanes_asked asked;
};

/* What one signature is made of, from preparing to performing. Lies in the request's arena, zeroed
 * at first; *secret*. */
struct sign_job {
    struct json_in root;  /* of the request; what follows has it as a parent */
    struct json_in items; /* of a batch */
    struct json_in at;    /* this item */
    struct items_user user;
    struct sign_item item;
    struct user_key key;
    struct sign_result result;
    struct sign_number number;
    bool is_searched; /* for an address that was neither kept nor of the first class */
};

/* Decode an item, judge kind, chain and fee, and only then what is dear: hash values, derive the
 * key, choose the account, hash. All but signing. In: job->user and of the item what its caller
 * sets. Lists of the item live in the request's arena.
 * Out: work->items.kind, also on failure as far as it is known; job->key, and of the result
 * account, public key and hash; what the records are about.
 * Returns: OK; what the reader of that kind returns, with the place in the document; what
 * policy_judge returns; SENDER_MISMATCH; ACCOUNT_MISMATCH; CAIRO_VERSION; GUARDIAN; HASH_MISMATCH;
 * SIGNATURE_INVALID (of the other key); MESSAGE_HASH_RANGE; SELF_CHECK. */
struct status sign_prepare(struct work *work, const struct permit *permit, struct sign_job *job);

/* Whether the nonce of an item is one of a lane. */
bool sign_uses_lane(const struct sign_item *item);

/* Have the nonce given, if it is one of a lane: nothing is signed for a nonce that a majority does
 * not hold as this one's. Called until it does not pause. Out: work->pause; at the end the item's
 * transaction with its nonce, its hash, and what the records are about.
 * Returns: OK; SCOPE, UNAVAILABLE of permit_lane; as lanes_end; of a transaction whose nonce was
 * not known before HASH_MISMATCH, SIGNATURE_INVALID. */
struct status sign_number_take(struct work *work, const struct permit *permit,
                               struct sign_job *job);

/* Sign what was prepared, after its intent. The result may be released only with its outcome.
 * Returns: OK; SELF_CHECK; ENTROPY; MESSAGE_HASH_RANGE. On failure: job->result is zero. */
struct status sign_perform(struct work *work, const struct permit *permit, struct sign_job *job);

#endif
