#include "cluster/handoff.h"

#include <string.h>

#include "attestation/attestation.h"
#include "base/ct.h"
#include "base/invariant.h"
#include "base/reader.h"
#include "digest/hkdf_sha256.h"

enum {
    REQUEST_BINDING = 3 + DOMAIN_ID + HANDOFF_NONCE + 2 * ETH_ADDRESS_BYTES + P384_SEC1,
    ANSWER_BINDING = 3 + SHA256_BYTES + P384_SEC1,
    PLAIN_MAX = HANDOFF_ROOT * LIMIT_ROOT_EPOCHS,
};

/* What was sealed in one message. *secret*. */
struct plain {
    uint8_t b[PLAIN_MAX];
};

static void plain_wipe(struct plain *plain)
{
    secret_wipe(plain, sizeof *plain);
}

/* --- form ------------------------------------------------------------------------------------- */

#define MAGIC "CFH2"

static void put_message_head(struct buf *message, enum handoff_type type)
{
    buf_put(message, BYTES_LITERAL(MAGIC));
    buf_put_u8(message, (uint8_t)type);
}

unsigned handoff_message_type(struct bytes message)
{
    struct reader reader = reader_over(message);
    bool is_ours = bytes_equal(reader_take(&reader, 4), BYTES_LITERAL(MAGIC));
    uint8_t type = reader_u8(&reader);
    return is_ours && type <= HANDOFF_TYPE_ANSWER ? type : 0;
}

static struct reader message_body(struct bytes message, enum handoff_type type)
{
    struct reader reader = reader_over(message);
    (void)reader_take(&reader, HANDOFF_HEAD);
    reader.failed = reader.failed || handoff_message_type(message) != (unsigned)type;
    return reader;
}

static void put_document_len(struct buf *message, size_t len)
{
    buf_put_u16(message, (uint16_t)len);
}

static struct bytes take_document(struct reader *reader)
{
    return reader_take(reader, reader_u16(reader));
}

void handoff_put_ask(const uint8_t domain[static DOMAIN_ID], struct buf *message)
{
    put_message_head(message, HANDOFF_TYPE_ASK);
    buf_put(message, (struct bytes){domain, DOMAIN_ID});
}

static struct status check_deployment(struct bytes found, const uint8_t domain[static DOMAIN_ID])
{
    return bytes_equal(found, (struct bytes){domain, DOMAIN_ID}) ? OK : FAIL(HANDOFF_DOMAIN);
}

struct status handoff_read_ask(struct bytes message, const uint8_t domain[static DOMAIN_ID])
{
    struct reader reader = message_body(message, HANDOFF_TYPE_ASK);
    struct bytes found = reader_take(&reader, DOMAIN_ID);
    return reader_done(&reader) ? check_deployment(found, domain) : FAIL(HANDOFF_INVALID);
}

void handoff_put_have(enum handoff_holds holds, const uint8_t nonce[static HANDOFF_NONCE],
                      struct buf *message)
{
    put_message_head(message, HANDOFF_TYPE_HAVE);
    buf_put_u8(message, (uint8_t)holds);
    buf_put(message, (struct bytes){nonce, HANDOFF_NONCE});
}

struct status handoff_read_have(struct bytes message, enum handoff_holds *ret_holds,
                                uint8_t ret_nonce[static HANDOFF_NONCE])
{
    struct reader reader = message_body(message, HANDOFF_TYPE_HAVE);
    uint8_t holds = reader_u8(&reader);
    struct bytes nonce = reader_take(&reader, HANDOFF_NONCE);
    *ret_holds = HANDOFF_NOTHING;
    memset(ret_nonce, 0, HANDOFF_NONCE);
    if (!reader_done(&reader) || holds > HANDOFF_ROOTS) {
        return FAIL(HANDOFF_INVALID);
    }
    *ret_holds = (enum handoff_holds)holds;
    memcpy(ret_nonce, nonce.ptr, HANDOFF_NONCE);
    return OK;
}

static void put_epoch_list(struct buf *message, const struct handoff_epochs *epochs)
{
    buf_put_u8(message, (uint8_t)epochs->count);
    for (size_t i = 0; i < epochs->count; i++) {
        buf_put_u32(message, epochs->list[i]);
    }
}

/* Returns: false when there are none, too many, or they do not ascend. */
static bool take_epoch_list(struct reader *reader, struct handoff_epochs *ret)
{
    size_t count = reader_u8(reader);
    if (count == 0 || count > LIMIT_ROOT_EPOCHS) {
        return false;
    }
    ret->count = count;
    for (size_t i = 0; i < count; i++) {
        ret->list[i] = reader_u32(reader);
        if (ret->list[i] >= LIMIT_ROOT_EPOCHS || (i != 0 && ret->list[i] <= ret->list[i - 1])) {
            return false;
        }
    }
    return !reader->failed;
}

/* --- what documents are bound to -------------------------------------------------------------- */

static struct bytes request_binding(const struct handoff_ends *ends, const struct p384_point *point,
                                    uint8_t memory[static REQUEST_BINDING])
{
    struct buf out = buf_over(memory, REQUEST_BINDING);
    buf_put_text(&out, "req");
    buf_put(&out, BYTES_ARRAY(ends->domain));
    buf_put(&out, BYTES_ARRAY(ends->nonce));
    buf_put(&out, BYTES_ARRAY(ends->asker.b));
    buf_put(&out, BYTES_ARRAY(ends->holder.b));
    buf_put(&out, BYTES_ARRAY(point->sec1));
    INVARIANT(!out.failed && out.len == REQUEST_BINDING);
    return buf_bytes(&out);
}

static struct bytes answer_binding(const uint8_t digest[static SHA256_BYTES],
                                   const struct p384_point *point,
                                   uint8_t memory[static ANSWER_BINDING])
{
    struct buf out = buf_over(memory, ANSWER_BINDING);
    buf_put_text(&out, "ans");
    buf_put(&out, (struct bytes){digest, SHA256_BYTES});
    buf_put(&out, BYTES_ARRAY(point->sec1));
    INVARIANT(!out.failed && out.len == ANSWER_BINDING);
    return buf_bytes(&out);
}

/* Append the document of this side, after its length. */
static struct status attest_to(const struct handoff_attest *port, struct bytes binding,
                               struct bytes nonce, struct buf *message)
{
    uint8_t user_data[ATTESTATION_USER_DATA];
    size_t at = message->len;
    attestation_user_data(ATTESTATION_HANDOFF, binding, user_data);
    put_document_len(message, 0);
    TRY(port->attest(port->context, BYTES_ARRAY(user_data), nonce, message));
    TRY(buf_check(message));
    struct buf len = buf_over(message->ptr + at, 2);
    put_document_len(&len, message->len - at - 2);
    return message->len - at - 2 <= DOCUMENT_MAX ? OK : FAIL(BUFFER_FULL);
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct status put_question(const struct handoff_ports *ports,
                                  const struct handoff_ends *ends, struct buf *message,
                                  struct handoff_asking *asking)
{
    struct p384_point point;
    uint8_t memory[REQUEST_BINDING];
    TRY(p384_key_generate(&ports->entropy, &asking->key));
    TRY(p384_public(&asking->key, &point));
    put_message_head(message, HANDOFF_TYPE_REQUEST);
    buf_put(message, BYTES_ARRAY(ends->domain));
    put_epoch_list(message, &asking->epochs);
    buf_put(message, BYTES_ARRAY(point.sec1));
    return attest_to(&ports->attest, request_binding(ends, &point, memory),
                     BYTES_ARRAY(ends->nonce), message);
}

struct status handoff_ask(const struct handoff_ports *ports, const struct handoff_ends *ends,
                          const struct handoff_epochs *epochs, struct buf *message,
                          struct handoff_asking *ret_asking)
{
    struct buf before = *message;
    INVARIANT(epochs->count >= 1 && epochs->count <= LIMIT_ROOT_EPOCHS);
    memset(ret_asking, 0, sizeof *ret_asking);
    ret_asking->epochs = *epochs;
    struct status status = put_question(ports, ends, message, ret_asking);
    if (!status_is_ok(status)) {
        *message = before;
        handoff_asking_wipe(ret_asking);
        return status;
    }
    sha256_hash((struct bytes){message->ptr + before.len, message->len - before.len},
                ret_asking->digest);
    return OK;
}

static struct status verify_request(const struct handoff_ports *ports,
                                    const struct handoff_ends *ends,
                                    const struct handoff_other *asker, struct bytes message,
                                    struct handoff_request *ret)
{
    uint8_t memory[REQUEST_BINDING];
    struct reader reader = message_body(message, HANDOFF_TYPE_REQUEST);
    struct bytes domain = reader_take(&reader, DOMAIN_ID);
    bool has_epochs = take_epoch_list(&reader, &ret->epochs);
    struct bytes point = reader_take(&reader, P384_SEC1);
    struct bytes document = take_document(&reader);
    if (!reader_done(&reader) || !has_epochs) {
        return FAIL(HANDOFF_INVALID);
    }
    TRY(check_deployment(domain, ends->domain));
    TRY(p384_point_parse(point, &ret->point));
    sha256_hash(message, ret->digest);
    const struct handoff_expected expected = {
        .binding = request_binding(ends, &ret->point, memory),
        .nonce = BYTES_ARRAY(ends->nonce),
        .measurement = asker->measurement,
        .wall_ms = asker->wall_ms,
    };
    return ports->attest.verify_live(ports->attest.context, document, &expected);
}

struct status handoff_read_request(const struct handoff_ports *ports,
                                   const struct handoff_ends *ends,
                                   const struct handoff_other *asker, struct bytes message,
                                   struct handoff_request *ret)
{
    *ret = (struct handoff_request){0};
    struct status status = verify_request(ports, ends, asker, message, ret);
    if (!status_is_ok(status)) {
        *ret = (struct handoff_request){0};
    }
    return status;
}

/* --- answering -------------------------------------------------------------------------------- */

/* The key of one answer. In: head, the answer up to what is sealed. */
static struct status sealing_key(const struct p384_key *own, const struct p384_point *other,
                                 const uint8_t request[static SHA256_BYTES], struct bytes head,
                                 struct secret32 *ret_key)
{
    SECRET(p384_shared, shared);
    SECRET32(prk);
    SECRET(hmac_sha256_key, key);
    uint8_t answer[SHA256_BYTES];
    TRY(p384_ecdh(own, other, &shared));
    sha256_hash(head, answer);
    const struct bytes info[] = {{request, SHA256_BYTES}, BYTES_ARRAY(answer)};
    hkdf_sha256_extract(BYTES_LITERAL("coffer/handoff/2"), BYTES_ARRAY(shared.x), &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    return hkdf_sha256_expand_parts(&key, info, 2, ret_key->b, sizeof ret_key->b);
}

static const uint8_t zero_iv[AEAD_IV];

static struct status seal_roots(const struct secret32 *key, const struct handoff_roots *roots,
                                struct buf *message)
{
    SECRET(plain, plain);
    struct buf text = buf_over(plain.b, sizeof plain.b);
    for (size_t i = 0; i < roots->count; i++) {
        buf_put_u32(&text, roots->list[i].epoch);
        buf_put(&text, BYTES_ARRAY(roots->list[i].master.b));
    }
    TRY(buf_check(&text));
    uint8_t *out = buf_reserve(message, text.len + AEAD_TAG);
    return out == NULL ? FAIL(BUFFER_FULL)
                       : aead_seal(key, zero_iv, (struct bytes){NULL, 0}, buf_bytes(&text), out);
}

static struct status put_sealed_answer(const struct handoff_ports *ports,
                                       const struct handoff_request *request,
                                       const struct handoff_roots *roots, struct buf *message)
{
    SECRET(p384_key, own);
    SECRET32(key);
    struct p384_point point;
    uint8_t memory[ANSWER_BINDING];
    size_t start = message->len;
    TRY(p384_key_generate(&ports->entropy, &own));
    TRY(p384_public(&own, &point));
    put_message_head(message, HANDOFF_TYPE_ANSWER);
    buf_put(message, BYTES_ARRAY(point.sec1));
    TRY(attest_to(&ports->attest, answer_binding(request->digest, &point, memory),
                  BYTES_ARRAY(request->digest), message));
    struct bytes head = {message->ptr + start, message->len - start};
    TRY(sealing_key(&own, &request->point, request->digest, head, &key));
    return seal_roots(&key, roots, message);
}

static bool are_epochs(const struct handoff_roots *roots, const struct handoff_epochs *epochs)
{
    bool same = roots->count == epochs->count;
    for (size_t i = 0; same && i < epochs->count; i++) {
        same = roots->list[i].epoch == epochs->list[i];
    }
    return same;
}

struct status handoff_answer(const struct handoff_ports *ports,
                             const struct handoff_request *request,
                             const struct handoff_roots *roots, struct buf *message)
{
    struct buf before = *message;
    INVARIANT(are_epochs(roots, &request->epochs));
    struct status status = put_sealed_answer(ports, request, roots, message);
    if (!status_is_ok(status)) {
        *message = before;
    }
    return status;
}

/* --- opening ---------------------------------------------------------------------------------- */

static struct status unseal_roots(const struct secret32 *key, const struct handoff_epochs *epochs,
                                  struct bytes sealed, struct handoff_roots *ret_roots)
{
    SECRET(plain, plain);
    if (sealed.len != epochs->count * HANDOFF_ROOT + AEAD_TAG) {
        return FAIL(HANDOFF_INVALID);
    }
    TRY(aead_open(key, zero_iv, (struct bytes){NULL, 0}, sealed, plain.b));
    struct reader reader = reader_over((struct bytes){plain.b, sealed.len - AEAD_TAG});
    ret_roots->count = epochs->count;
    for (size_t i = 0; i < epochs->count; i++) {
        struct handoff_root *root = &ret_roots->list[i];
        root->epoch = reader_u32(&reader);
        memcpy(root->master.b, reader_take(&reader, sizeof root->master.b).ptr,
               sizeof root->master.b);
        ct_public(&root->epoch, sizeof root->epoch);
    }
    return are_epochs(ret_roots, epochs) ? OK : FAIL(HANDOFF_INVALID);
}

static struct status verify_and_open(const struct handoff_ports *ports,
                                     const struct handoff_asking *asking,
                                     const struct handoff_other *holder, struct bytes message,
                                     struct handoff_roots *ret_roots)
{
    SECRET32(key);
    struct p384_point point;
    uint8_t memory[ANSWER_BINDING];
    struct reader reader = message_body(message, HANDOFF_TYPE_ANSWER);
    struct bytes sec1 = reader_take(&reader, P384_SEC1);
    struct bytes document = take_document(&reader);
    if (reader.failed) {
        return FAIL(HANDOFF_INVALID);
    }
    TRY(p384_point_parse(sec1, &point));
    const struct handoff_expected expected = {
        .binding = answer_binding(asking->digest, &point, memory),
        .nonce = BYTES_ARRAY(asking->digest),
        .measurement = holder->measurement,
        .wall_ms = holder->wall_ms,
    };
    TRY(ports->attest.verify_live(ports->attest.context, document, &expected));
    struct bytes head = {message.ptr, message.len - reader.rest.len};
    TRY(sealing_key(&asking->key, &point, asking->digest, head, &key));
    return unseal_roots(&key, &asking->epochs, reader.rest, ret_roots);
}

struct status handoff_open(const struct handoff_ports *ports, const struct handoff_asking *asking,
                           const struct handoff_other *holder, struct bytes message,
                           struct handoff_roots *ret_roots)
{
    memset(ret_roots, 0, sizeof *ret_roots);
    struct status status = verify_and_open(ports, asking, holder, message, ret_roots);
    if (!status_is_ok(status)) {
        handoff_roots_wipe(ret_roots);
    }
    return status;
}
