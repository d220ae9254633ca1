#include <string.h>

#include "base/invariant.h"
#include "base/secret.h"
#include "ethereum/eip191.h"
#include "identity/node_identity_internal.h"

/* What the sum is made of. */
enum { SUM_PARTS = 2 };

static void sum_parts(const struct node_identity *identity, struct bytes ret[static SUM_PARTS])
{
    ret[0] = BYTES_ARRAY(identity->wallet.d);
    ret[1] = BYTES_ARRAY(identity->key.d);
}

/* The keys are there by now. */
static struct status make_sum(struct node_identity *identity, const struct entropy *entropy)
{
    struct bytes parts[SUM_PARTS];
    sum_parts(identity, parts);
    TRY(keyed_sum_key_make(entropy, &identity->sum_key));
    identity->sum = keyed_sum_of(&identity->sum_key, parts, SUM_PARTS);
    return OK;
}

/* After a key was used and before what it made is given out, so that it covers the use too. */
static struct status check_sum(const struct node_identity *identity)
{
    struct bytes parts[SUM_PARTS];
    sum_parts(identity, parts);
    return keyed_sum_check(&identity->sum_key, parts, SUM_PARTS, &identity->sum);
}

static struct status put_texts(struct node_identity_facts *facts)
{
    struct buf lower = buf_over(facts->wallet_text, sizeof facts->wallet_text);
    struct buf checksum = buf_over(facts->checksum_text, sizeof facts->checksum_text);
    struct buf node = buf_over(facts->node_text, sizeof facts->node_text);
    eth_address_put(&lower, &facts->wallet);
    eth_address_put_checksum(&checksum, &facts->wallet);
    TRY(buf_check(&lower));
    TRY(buf_check(&checksum));
    return pop_node_text(BYTES_ARRAY(facts->wallet_text), facts->boot_id, &node);
}

/* The wallet is known by now. */
static struct status fill(struct node_identity *identity, const uint8_t *boot_id)
{
    struct node_identity_facts *facts = &identity->facts;
    TRY(p384_public(&identity->key, &facts->point));
    facts->point_v1 = node_identity_is_remote(identity) ? identity->remote.point : facts->point;
    memcpy(facts->boot_id, boot_id, sizeof facts->boot_id);
    return put_texts(facts);
}

static struct status fill_own(struct node_identity *identity, const uint8_t *boot_id)
{
    struct k256_public public;
    TRY(k256_public(&identity->wallet, &public));
    eth_address_of(&public, &identity->facts.wallet);
    return fill(identity, boot_id);
}

struct status node_identity_from(const struct k256_key *wallet, const struct p384_key *key,
                                 const uint8_t boot_id[static POP_BOOT_ID],
                                 const struct entropy *entropy, struct node_identity **ret)
{
    void *memory;
    *ret = NULL;
    TRY(secret_alloc(sizeof(struct node_identity), &memory));
    struct node_identity *identity = memory;
    identity->wallet = *wallet;
    identity->key = *key;
    struct status status = make_sum(identity, entropy);
    if (status_is_ok(status)) {
        status = fill_own(identity, boot_id);
    }
    if (!status_is_ok(status)) {
        node_identity_close(&identity);
        return status;
    }
    *ret = identity;
    return OK;
}

struct status node_identity_open(const struct entropy *entropy, struct node_identity **ret)
{
    SECRET(k256_key, wallet);
    SECRET(p384_key, key);
    uint8_t boot_id[POP_BOOT_ID];
    *ret = NULL;
    TRY(k256_key_generate(entropy, &wallet));
    TRY(p384_key_generate(entropy, &key));
    TRY(entropy_fill(entropy, boot_id, sizeof boot_id));
    return node_identity_from(&wallet, &key, boot_id, entropy, ret);
}

struct status node_identity_open_remote(const struct node_identity_remote *remote,
                                        const struct entropy *entropy, struct node_identity **ret)
{
    SECRET(p384_key, key);
    uint8_t boot_id[POP_BOOT_ID];
    void *memory;
    *ret = NULL;
    TRY(p384_key_generate(entropy, &key));
    TRY(entropy_fill(entropy, boot_id, sizeof boot_id));
    TRY(secret_alloc(sizeof(struct node_identity), &memory));
    struct node_identity *identity = memory;
    identity->key = key;
    identity->remote = *remote;
    identity->facts.wallet = remote->wallet;
    struct status status = make_sum(identity, entropy);
    if (status_is_ok(status)) {
        status = fill(identity, boot_id);
    }
    if (!status_is_ok(status)) {
        node_identity_close(&identity);
        return status;
    }
    *ret = identity;
    return OK;
}

void node_identity_close(struct node_identity **identity)
{
    void *memory = *identity;
    secret_free(&memory, sizeof(struct node_identity));
    *identity = NULL;
}

const struct node_identity_facts *node_identity_facts(const struct node_identity *identity)
{
    return &identity->facts;
}

bool node_identity_is_remote(const struct node_identity *identity)
{
    return identity->remote.sign != NULL;
}

struct status node_identity_check(const struct node_identity *identity)
{
    const struct node_identity_remote *remote = &identity->remote;
    return node_identity_is_remote(identity) ? remote->check(remote->context) : OK;
}

struct status node_identity_sign(const struct node_identity *identity, struct bytes text,
                                 struct k256_signature *ret)
{
    const struct node_identity_remote *remote = &identity->remote;
    if (!node_identity_is_remote(identity)) {
        struct status made = eip191_sign(&identity->wallet, text, ret);
        struct status same = check_sum(identity);
        if (!status_is_ok(same)) {
            *ret = (struct k256_signature){0};
        }
        return status_is_ok(same) ? made : same;
    }
    *ret = (struct k256_signature){0};
    return remote->sign(remote->context, text, ret);
}

/* With our own key. */
static struct status sign_own(const struct node_identity *identity,
                              const struct eth_transaction *transaction, struct buf *raw)
{
    uint8_t hash[ETH_TRANSACTION_HASH];
    struct status made = eth_transaction_sign(transaction, &identity->wallet, raw, hash);
    struct status same = check_sum(identity);
    return status_is_ok(same) ? made : same;
}

struct status node_identity_sign_transaction(const struct node_identity *identity,
                                             const struct eth_transaction *transaction,
                                             struct buf *raw)
{
    const struct node_identity_remote *remote = &identity->remote;
    INVARIANT(raw->len == 0);
    struct status status = node_identity_is_remote(identity)
                               ? remote->sign_transaction(remote->context, transaction, raw)
                               : sign_own(identity, transaction, raw);
    if (!status_is_ok(status)) {
        raw->len = 0;
    }
    return status;
}

struct status node_identity_open_v1(const struct node_identity *identity, struct arena *arena,
                                    const struct envelope *envelope, struct bytes *ret_text)
{
    const struct node_identity_remote *remote = &identity->remote;
    INVARIANT(node_identity_is_remote(identity));
    *ret_text = (struct bytes){NULL, 0};
    return remote->open(remote->context, arena, envelope, ret_text);
}

struct status node_identity_seal_v1(const struct node_identity *identity, struct arena *arena,
                                    const struct envelope *to, struct bytes text,
                                    struct bytes *ret_json)
{
    const struct node_identity_remote *remote = &identity->remote;
    struct envelope answer = {.version = ENVELOPE_V1, .member = to->member};
    INVARIANT(node_identity_is_remote(identity));
    *ret_json = (struct bytes){NULL, 0};
    TRY(remote->seal(remote->context, arena, &to->sender, text, &answer));
    answer.sender = remote->point;
    return envelope_write_v1(arena, &answer, ret_json);
}

struct status node_identity_key_text(const struct node_identity *identity,
                                     const uint8_t domain[static POP_HASH], struct buf *out)
{
    const struct node_identity_facts *facts = &identity->facts;
    return pop_key_text(domain, BYTES_ARRAY(facts->node_text), BYTES_ARRAY(facts->point.sec1), out);
}

struct status node_identity_keys(const struct node_identity *identity,
                                 const struct p384_point *peer, enum envelope_end end,
                                 struct envelope_keys *ret)
{
    struct status made = envelope_keys(&identity->key, &identity->facts.point, peer, end, ret);
    struct status same = check_sum(identity);
    if (!status_is_ok(same)) {
        secret_wipe(ret, sizeof *ret);
    }
    return status_is_ok(same) ? made : same;
}

struct status node_identity_answer_v1(const struct node_identity *identity, struct bytes signature,
                                      bool is_checksum, struct buf *out)
{
    BUF_LOCAL uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    const struct node_identity_facts *facts = &identity->facts;
    struct k256_signature made;
    TRY(pop_v1_answer_text(
        signature,
        is_checksum ? BYTES_ARRAY(facts->checksum_text) : BYTES_ARRAY(facts->wallet_text), &text));
    TRY(node_identity_sign(identity, buf_bytes(&text), &made));
    eip191_put_parity(out, &made);
    return buf_check(out);
}

struct status node_identity_answer(const struct node_identity *identity,
                                   const struct pop_answer *answer, struct buf *out)
{
    BUF_LOCAL uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct pop_answer ours = *answer;
    ours.node = BYTES_ARRAY(identity->facts.node_text);
    struct k256_signature made;
    TRY(pop_answer_text(&ours, &text));
    TRY(node_identity_sign(identity, buf_bytes(&text), &made));
    eip191_put(out, &made);
    return buf_check(out);
}
