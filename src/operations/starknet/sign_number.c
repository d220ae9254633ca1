/* Nonces of lanes: what is asked for one, and what becomes of the transaction when it is there. */
#include <string.h>

#include "digest/sha256.h"
#include "operations/starknet/sign_internal.h"
#include "pipeline/trail.h"

bool sign_uses_lane(const struct sign_item *item)
{
    return sign_is_transaction(item) &&
           (item->transaction.is_nonce_next || item->has_lane || item->replaces);
}

static struct status expect_hash(const struct sign_job *job)
{
    const struct sign_item *item = &job->item;
    bool is_expected = !item->has_expected || felt_equal(&item->expected, &item->hash);
    return is_expected ? OK : FAIL(HASH_MISMATCH);
}

static void say_account(struct work *work, const struct sign_job *job)
{
    const struct sign_item *item = &job->item;
    if (sign_is_transaction(item)) {
        trail_account(work, &item->transaction.sender);
        trail_transaction(work, &item->transaction.nonce, item->transaction.is_query);
    } else if (item->kind != ITEMS_HASH) {
        trail_account(work, &job->result.account.address);
    }
}

/* For good. */
static struct status hash_whole(struct work *work, const struct permit *permit,
                                struct sign_job *job)
{
    struct sign_item *item = &job->item;
    TRY(sign_hash(item, &job->result.account, permit_fees(permit)));
    job->result.hash = item->hash;
    trail_object(work, &job->result.hash);
    say_account(work, job);
    TRY(expect_hash(job));
    return sign_check_other(job);
}

/* What is the same whichever nonce it gets. */
static struct status hash_object(struct work *work, const struct permit *permit,
                                 struct sign_job *job)
{
    struct sign_item *item = &job->item;
    struct transaction *transaction = &item->transaction;
    const struct felt nonce = transaction->nonce;
    if (transaction->is_nonce_next && item->replaces) {
        return JSON_IN_FAIL(&item->at, BAD_REQUEST);
    }
    if (nonce.limb[1] != 0 || nonce.limb[2] != 0 || nonce.limb[3] != 0 ||
        nonce.limb[0] >= LANE_NONCES) {
        return JSON_IN_FAIL(&item->at, NUMBER_RANGE);
    }
    transaction->nonce = FELT_ZERO;
    TRY(sign_hash(item, &job->result.account, permit_fees(permit)));
    transaction->nonce = nonce;
    job->number.object = item->hash;
    trail_object(work, &item->hash);
    trail_account(work, &transaction->sender);
    return OK;
}

struct status sign_number_prepare(struct work *work, const struct permit *permit,
                                  struct sign_job *job)
{
    if (!sign_uses_lane(&job->item)) {
        return hash_whole(work, permit, job);
    }
    TRY(hash_object(work, permit, job));
    return job->item.transaction.is_nonce_next ? OK : hash_whole(work, permit, job);
}

/* --- asking ----------------------------------------------------------------------------------- */

/* Of an Idempotency-Key; in a batch one for each item. */
static void key_of(const struct work *work, uint8_t ret[static LANE_KEY])
{
    static const uint8_t none[IDEMPOTENCY_OP];
    _Static_assert((int)LANE_KEY == (int)IDEMPOTENCY_OP, "one is the other");
    uint8_t digest[SHA256_BYTES];
    uint8_t index = (uint8_t)work->items.index;
    struct sha256 sha;
    _Static_assert(LIMIT_SIGN_ITEMS <= 256, "a byte is the number of an item");
    memcpy(ret, work->op, LANE_KEY);
    if (!work->items.is_batch || bytes_equal(BYTES_ARRAY(work->op), BYTES_ARRAY(none))) {
        return;
    }
    sha256_init(&sha);
    sha256_update(&sha, BYTES_ARRAY(work->op));
    sha256_update(&sha, (struct bytes){&index, 1});
    sha256_final(&sha, digest);
    memcpy(ret, digest, LANE_KEY);
}

static struct status ask(const struct work *work, const struct permit *permit, struct sign_job *job)
{
    const struct sign_item *item = &job->item;
    const struct transaction *transaction = &item->transaction;
    struct lanes_ask wanted = {
        .user = job->user.name, .lane = item->lane, .only_looks = transaction->is_query};
    wanted.wish.is_named = !transaction->is_nonce_next;
    wanted.wish.replaces = item->replaces;
    wanted.wish.nonce = transaction->nonce.limb[0];
    felt_to_be(&transaction->chain, wanted.chain);
    felt_to_be(&transaction->sender, wanted.account);
    felt_to_be(&job->number.object, wanted.wish.object);
    key_of(work, wanted.wish.key);
    return permit_lane(permit, &wanted, &job->number.asked);
}

static bool is_over(void *context)
{
    return lanes_is_over(context);
}

static void give_up(void *context)
{
    lanes_give_up(context);
}

static struct status number(struct work *work, const struct permit *permit, struct sign_job *job)
{
    uint64_t nonce;
    TRY(lanes_end(&job->number.asked, &nonce));
    if (!job->item.transaction.is_nonce_next) {
        return OK; /* it is the one that was hashed */
    }
    job->item.transaction.nonce = felt_from_u64(nonce);
    job->result.advice |= advice_of(&job->item.transaction);
    return hash_whole(work, permit, job);
}

struct status sign_number_take(struct work *work, const struct permit *permit, struct sign_job *job)
{
    struct sign_number *own = &job->number;
    if (!sign_uses_lane(&job->item)) {
        return OK;
    }
    if (!own->is_intended && !job->item.transaction.is_query) {
        own->is_intended = true;
        work->pause = WORK_RECORDS;
        return OK;
    }
    if (!own->is_asked) {
        TRY(ask(work, permit, job));
        own->is_asked = true;
    }
    if (!lanes_is_over(&own->asked)) {
        work->waiting = (struct work_waiting){&own->asked, is_over, give_up};
        work->pause = WORK_SETTLES;
        return OK;
    }
    return number(work, permit, job);
}
