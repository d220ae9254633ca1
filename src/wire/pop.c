#include "wire/pop.h"

#include <string.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "digest/sha256.h"
#include "wire/auth_text.h"

enum {
    SIGNATURE_DIGITS = 130,
    PIECE_MAX = 128, /* of a line but for the target and the key */
    LINES_MAX = 11,
};

_Static_assert(LIMIT_HTTP_TARGET + LIMIT_IDEMPOTENCY_KEY + LINES_MAX * (PIECE_MAX + 1) <=
                   POP_TEXT_MAX,
               "every text fits");

const struct pop_names *pop_names(enum pop_kind kind)
{
#define V2 "coffer-pop-signature", "coffer-pop-nonce", "coffer-pop-time", "coffer-pop-caller"
    static const struct pop_names names[POP_KINDS] = {
        [POP_APP_V1] = {"x-app-signature", "x-app-nonce", "x-app-timestamp", "x-app-wallet", NULL,
                        NULL},
        [POP_PEER_V1] = {"x-kms-signature", "x-kms-nonce", "x-kms-timestamp", "x-kms-wallet", NULL,
                         NULL},
        [POP_APP] = {V2, NULL, NULL},
        [POP_PEER] = {V2, NULL, NULL},
        [POP_USER] = {V2, "coffer-pop-recipient", "coffer-pop-key"},
        [POP_SERVICE] = {V2, "coffer-pop-recipient", "coffer-pop-key"},
    };
#undef V2
    return &names[kind];
}

/* Visible ASCII has no line end, so that a piece never becomes two lines. */
static bool is_visible(struct bytes text)
{
    bool visible = text.len != 0;
    for (size_t i = 0; i < text.len; i++) {
        visible = visible && text.ptr[i] > 0x20 && text.ptr[i] < 0x7f;
    }
    return visible;
}

static bool are_visible(const struct bytes *pieces, size_t count)
{
    bool visible = true;
    for (size_t i = 0; i < count; i++) {
        visible = visible && is_visible(pieces[i]);
    }
    return visible;
}

/* Lower case as well: what is signed has one spelling. */
static bool read_lower_hex(struct bytes text, size_t len, uint8_t *ret)
{
    bool lower = true;
    for (size_t i = 0; i < text.len; i++) {
        lower = lower && (text.ptr[i] < 'A' || text.ptr[i] > 'F');
    }
    return lower && status_is_ok(hex_read(text, len, ret));
}

static bool is_wallet(struct bytes text)
{
    uint8_t address[20];
    return bytes_starts(text, BYTES_LITERAL("0x")) &&
           read_lower_hex(bytes_slice(text, 2, text.len), sizeof address, address);
}

static bool is_signature(struct bytes text)
{
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        text = bytes_slice(text, 2, text.len);
    }
    bool digits = text.len == SIGNATURE_DIGITS;
    for (size_t i = 0; i < text.len && digits; i++) {
        digits = hex_digit(text.ptr[i]) != HEX_NO_DIGIT;
    }
    return digits;
}

/* wallet:boot_id. */
static bool is_node(struct bytes text)
{
    uint8_t boot_id[POP_BOOT_ID];
    return text.len == POP_NODE_TEXT && text.ptr[POP_WALLET_TEXT] == ':' &&
           is_wallet(bytes_slice(text, 0, POP_WALLET_TEXT)) &&
           read_lower_hex(bytes_slice(text, POP_WALLET_TEXT + 1, SIZE_MAX), POP_BOOT_ID, boot_id);
}

/* cluster:tenant. */
static bool is_cluster(struct bytes text)
{
    const struct bytes prefix = BYTES_LITERAL("cluster:");
    uint8_t tenant[POP_HASH];
    return bytes_starts(text, prefix) &&
           read_lower_hex(bytes_slice(text, prefix.len, SIZE_MAX), POP_HASH, tenant);
}

/* From 1 byte to max. */
static bool is_base64_url(struct bytes text, size_t max)
{
    BUF_LOCAL uint8_t memory[POP_PROOF_MAX];
    struct buf out = buf_over(memory, max);
    return text.len != 0 && status_is_ok(base64_read_url(text, &out));
}

static bool read_nonce(enum pop_kind kind, struct bytes text, uint8_t ret[static POP_NONCE])
{
    if (kind > POP_PEER_V1) {
        return read_lower_hex(text, POP_NONCE, ret);
    }
    struct buf buf = buf_over(ret, POP_NONCE);
    return text.len == POP_NONCE_V1_TEXT && status_is_ok(base64_read(text, &buf)) &&
           buf.len == POP_NONCE;
}

enum pop_kind pop_kind_of(struct bytes caller)
{
    switch (caller.len) {
    case AUTH_TEXT_SID_TEXT:
        return POP_USER;
    case 2 * POP_ID:
        return POP_SERVICE;
    default:
        return POP_APP;
    }
}

/* A counter has 8 bytes. */
static bool read_counter(struct bytes text, uint64_t *ret)
{
    uint8_t bytes[POP_COUNTER_TEXT / 2] = {0};
    bool is_read = read_lower_hex(text, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        *ret = *ret << 8 | bytes[i];
    }
    return is_read;
}

static bool read_user(struct pop *pop)
{
    const struct pop_headers *text = &pop->text;
    pop->is_for_all = is_cluster(text->recipient);
    return (pop->is_for_all || is_node(text->recipient)) &&
           is_base64_url(text->signature, POP_PROOF_MAX) && is_base64_url(text->key, POP_KEY_MAX) &&
           read_counter(text->nonce, &pop->counter) &&
           status_is_ok(auth_text_sid_read(text->caller, pop->caller));
}

static bool read_service(struct pop *pop)
{
    const struct pop_headers *text = &pop->text;
    return is_node(text->recipient) && text->key.ptr == NULL &&
           is_base64_url(text->signature, POP_PROOF_MAX) &&
           read_nonce(POP_SERVICE, text->nonce, pop->nonce) &&
           read_lower_hex(text->caller, POP_ID, pop->caller);
}

/* An app or a peer. */
static bool read_wallet(struct pop *pop)
{
    const struct pop_headers *text = &pop->text;
    return is_signature(text->signature) && read_nonce(pop->kind, text->nonce, pop->nonce) &&
           (pop_is_v1(pop->kind) || is_wallet(text->caller));
}

static bool read_rest(struct pop *pop)
{
    if (pop->kind == POP_USER) {
        return read_user(pop);
    }
    return pop->kind == POP_SERVICE ? read_service(pop) : read_wallet(pop);
}

struct status pop_read(enum pop_kind kind, const struct pop_headers *headers, struct pop *ret)
{
    struct pop read = {.kind = kind, .text = *headers};
    bool is_named = kind == POP_USER || kind == POP_SERVICE;
    *ret = (struct pop){0};
    if (headers->signature.ptr == NULL || headers->nonce.ptr == NULL || headers->time.ptr == NULL ||
        (!pop_is_v1(kind) && headers->caller.ptr == NULL) ||
        (is_named && headers->recipient.ptr == NULL) ||
        (kind == POP_USER && headers->key.ptr == NULL)) {
        return FAIL(POP_MISSING);
    }
    if (!status_is_ok(decimal_u64(headers->time, &read.time)) || !read_rest(&read)) {
        return FAIL(POP_MALFORMED);
    }
    *ret = read;
    return OK;
}

struct status pop_v1_text(enum pop_kind kind, struct bytes nonce, struct bytes wallet,
                          struct bytes time, struct buf *out)
{
    const struct bytes pieces[] = {nonce, wallet, time};
    if (kind > POP_PEER_V1 || !are_visible(pieces, 3)) {
        return FAIL(POP_MALFORMED);
    }
    buf_put_text(out, kind == POP_APP_V1 ? "NovaKMS:AppAuth" : "NovaKMS:Auth");
    for (size_t i = 0; i < 3; i++) {
        buf_put_u8(out, ':');
        buf_put(out, pieces[i]);
    }
    return buf_check(out);
}

struct status pop_v1_answer_text(struct bytes signature, struct bytes wallet, struct buf *out)
{
    if (!is_visible(signature) || !is_visible(wallet)) {
        return FAIL(POP_MALFORMED);
    }
    buf_put_text(out, "NovaKMS:Response:");
    buf_put(out, signature);
    buf_put_u8(out, ':');
    buf_put(out, wallet);
    return buf_check(out);
}

struct status pop_node_text(struct bytes wallet, const uint8_t boot_id[static POP_BOOT_ID],
                            struct buf *out)
{
    if (!is_wallet(wallet)) {
        return FAIL(POP_MALFORMED);
    }
    buf_put(out, wallet);
    buf_put_u8(out, ':');
    hex_put(out, (struct bytes){boot_id, POP_BOOT_ID});
    return buf_check(out);
}

static void put_line(struct buf *out, struct bytes text)
{
    buf_put_u8(out, '\n');
    buf_put(out, text);
}

static void put_hex_line(struct buf *out, const uint8_t *data)
{
    buf_put_u8(out, '\n');
    hex_put(out, (struct bytes){data, POP_HASH});
}

static void put_decimal_line(struct buf *out, uint64_t value)
{
    buf_put_u8(out, '\n');
    buf_put_decimal(out, value);
}

static const char *role_of(enum pop_kind kind)
{
    static const char *const roles[] = {
        [POP_APP] = "app", [POP_PEER] = "peer", [POP_USER] = "user", [POP_SERVICE] = "service"};
    return kind > POP_PEER_V1 && kind < POP_KINDS ? roles[kind] : NULL;
}

/* Longer ones are not served anyway, and are told before there is a text to sign. */
static bool are_short(const struct pop_request *request)
{
    return request->target.len <= LIMIT_HTTP_TARGET &&
           request->idempotency_key.len <= LIMIT_IDEMPOTENCY_KEY &&
           request->method.len <= PIECE_MAX && request->recipient.len <= PIECE_MAX &&
           request->caller.len <= PIECE_MAX && request->nonce.len <= PIECE_MAX;
}

struct status pop_request_text(const struct pop_request *request, struct buf *out)
{
    const struct bytes none = BYTES_LITERAL("-");
    const char *role = role_of(request->kind);
    struct bytes key = request->idempotency_key.len == 0 ? none : request->idempotency_key;
    const struct bytes pieces[] = {request->method, request->target, request->recipient,
                                   request->caller, request->nonce,  key};
    if (role == NULL || !are_visible(pieces, sizeof pieces / sizeof pieces[0]) ||
        !are_short(request) || bytes_equal(request->idempotency_key, none)) {
        return FAIL(POP_MALFORMED);
    }
    buf_put_text(out, "CofferPoP/2");
    put_line(out, bytes_of(role));
    put_line(out, request->method);
    put_line(out, request->target);
    if (request->body_hash == NULL) {
        put_line(out, none);
    } else {
        put_hex_line(out, request->body_hash);
    }
    put_hex_line(out, request->domain);
    put_line(out, request->recipient);
    put_line(out, request->caller);
    put_line(out, request->nonce);
    put_decimal_line(out, request->time_ms);
    put_line(out, key);
    return buf_check(out);
}

struct status pop_request_digest(const struct pop_request *request,
                                 uint8_t ret_digest[static POP_HASH])
{
    BUF_LOCAL uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    memset(ret_digest, 0, POP_HASH);
    TRY(pop_request_text(request, &text));
    sha256_hash(buf_bytes(&text), ret_digest);
    return OK;
}

void pop_answer_put_block(const struct pop_answer *answer, struct buf *out)
{
    buf_put_decimal(out, answer->block_number);
    buf_put_u8(out, ':');
    hex_put(out, BYTES_ARRAY(answer->block_hash));
}

void pop_answer_put_audit(const struct pop_answer *answer, struct buf *out)
{
    if (!answer->is_audited) {
        buf_put_u8(out, '-');
        return;
    }
    buf_put_decimal(out, answer->audit_lane);
    buf_put_u8(out, ':');
    buf_put_decimal(out, answer->audit_seq);
    buf_put_u8(out, ':');
    hex_put(out, BYTES_ARRAY(answer->audit_hash));
}

struct status pop_answer_text(const struct pop_answer *answer, struct buf *out)
{
    if (!is_visible(answer->node)) {
        return FAIL(POP_MALFORMED);
    }
    buf_put_text(out, "CofferResp/2");
    put_hex_line(out, answer->request);
    put_decimal_line(out, answer->status);
    put_hex_line(out, answer->body_hash);
    put_line(out, answer->node);
    buf_put_u8(out, '\n');
    pop_answer_put_block(answer, out);
    put_decimal_line(out, answer->epoch);
    buf_put_u8(out, '\n');
    pop_answer_put_audit(answer, out);
    put_decimal_line(out, answer->time_ms);
    return buf_check(out);
}

struct status pop_key_text(const uint8_t domain[static POP_HASH], struct bytes node,
                           struct bytes point, struct buf *out)
{
    if (!is_node(node) || point.len != POP_POINT) {
        return FAIL(POP_MALFORMED);
    }
    buf_put_text(out, "CofferKey/2");
    put_hex_line(out, domain);
    put_line(out, node);
    buf_put_u8(out, '\n');
    hex_put(out, point);
    return buf_check(out);
}

/* A decimal number and the colon after it. */
static bool take_number(struct bytes *text, uint64_t max, uint64_t *ret)
{
    size_t len = bytes_find(*text, ':');
    struct bytes number = bytes_slice(*text, 0, len);
    bool good = len < text->len && status_is_ok(decimal_u64(number, ret)) && *ret <= max;
    *text = bytes_slice(*text, len + 1, text->len);
    return good;
}

static bool read_audit(struct bytes text, struct pop_answer *ret)
{
    uint64_t lane = 0;
    ret->is_audited = !bytes_equal(text, BYTES_LITERAL("-"));
    if (!ret->is_audited) {
        return true;
    }
    bool good = take_number(&text, UINT32_MAX, &lane) &&
                take_number(&text, UINT64_MAX, &ret->audit_seq) &&
                read_lower_hex(text, POP_HASH, ret->audit_hash);
    ret->audit_lane = (uint32_t)lane;
    return good;
}

static bool read_answer(const struct pop_answer_headers *headers, struct pop_answer *ret)
{
    struct bytes block = headers->block;
    uint64_t epoch = 0;
    bool good = is_node(headers->node) && take_number(&block, UINT64_MAX, &ret->block_number) &&
                read_lower_hex(block, POP_HASH, ret->block_hash) &&
                status_is_ok(decimal_u64(headers->epoch, &epoch)) && epoch <= UINT32_MAX &&
                read_audit(headers->audit, ret) &&
                status_is_ok(decimal_u64(headers->time, &ret->time_ms));
    ret->node = headers->node;
    ret->epoch = (uint32_t)epoch;
    return good;
}

struct status pop_answer_read(const struct pop_answer_headers *headers, struct pop_answer *ret)
{
    struct pop_answer read = {.status = ret->status};
    memcpy(read.request, ret->request, POP_HASH);
    memcpy(read.body_hash, ret->body_hash, POP_HASH);
    *ret = read;
    if (headers->node.ptr == NULL || headers->block.ptr == NULL || headers->epoch.ptr == NULL ||
        headers->audit.ptr == NULL || headers->time.ptr == NULL) {
        return FAIL(POP_MISSING);
    }
    if (!read_answer(headers, &read)) {
        return FAIL(POP_MALFORMED);
    }
    *ret = read;
    return OK;
}
