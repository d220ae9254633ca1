/* covers: src/wire/pop.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/base64.h"
#include "codec/hex.h"
#include "wire/auth_text.h"
#include "wire/pop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* The next line of data; a line that is a single ~ stands for no header. */
static struct bytes next_line(struct bytes *data)
{
    size_t end = bytes_find(*data, '\n');
    struct bytes line = bytes_slice(*data, 0, end);
    *data = bytes_slice(*data, end + 1, data->len);
    if (line.len == 0) {
        return BYTES_LITERAL("");
    }
    return line.len == 1 && line.ptr[0] == '~' ? (struct bytes){NULL, 0} : line;
}

static size_t lines_of(struct bytes text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        require(text.ptr[i] == '\n' || (text.ptr[i] > 0x20 && text.ptr[i] < 0x7f));
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

/* What users and service keys have besides. */
static void check_named(const struct pop *pop, const struct pop_headers *headers)
{
    uint8_t memory[64];
    struct buf caller = buf_over(memory, sizeof memory);
    if (pop->kind == POP_USER) {
        auth_text_sid_put(pop->caller, &caller);
    } else {
        hex_put(&caller, BYTES_ARRAY(pop->caller));
        require(headers->key.ptr == NULL && !pop->is_for_all);
    }
    require(bytes_equal(buf_bytes(&caller), headers->caller));
    require(pop_kind_of(headers->caller) == pop->kind);
    require(headers->recipient.len == (pop->is_for_all ? 8 + 2 * POP_HASH : POP_NODE_TEXT));
    require(headers->signature.len <= (POP_PROOF_MAX * 4 + 2) / 3);
}

/* What was read, written again, is the same text. */
static void check_proof(enum pop_kind kind, const struct pop_headers *headers)
{
    uint8_t memory[64];
    struct pop pop;
    if (!status_is_ok(pop_read(kind, headers, &pop))) {
        require(pop.text.nonce.ptr == NULL && pop.time == 0);
        return;
    }
    struct buf nonce = buf_over(memory, 40);
    struct buf time = buf_over(memory + 40, 24);
    if (kind <= POP_PEER_V1) {
        base64_put(&nonce, BYTES_ARRAY(pop.nonce));
    } else if (kind == POP_USER) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            buf_put_u8(&nonce, (uint8_t) "0123456789abcdef"[pop.counter >> shift & 15]);
        }
    } else {
        hex_put(&nonce, BYTES_ARRAY(pop.nonce));
    }
    buf_put_decimal(&time, pop.time);
    require(bytes_equal(buf_bytes(&nonce), headers->nonce));
    require(bytes_equal(buf_bytes(&time), headers->time));
    if (kind == POP_USER || kind == POP_SERVICE) {
        check_named(&pop, headers);
        return;
    }
    require(pop_is_v1(kind) || headers->caller.len == POP_WALLET_TEXT);
    require(headers->signature.len == 130 || headers->signature.len == 132);
}

/* Whatever the pieces are, a text has as many lines as its form. */
static void check_texts(const struct pop_headers *headers, const struct bytes *more)
{
    static const uint8_t hash[POP_HASH] = {1, 2, 3};
    static uint8_t memory[POP_TEXT_MAX];
    uint8_t digest[POP_HASH];
    struct pop_request request = {.kind = POP_APP,
                                  .method = more[0],
                                  .target = more[1],
                                  .body_hash = hash,
                                  .domain = hash,
                                  .recipient = more[2],
                                  .caller = headers->caller,
                                  .nonce = headers->nonce,
                                  .time_ms = 1,
                                  .idempotency_key = more[3]};
    struct buf out = buf_over(memory, sizeof memory);
    struct status status = pop_request_text(&request, &out);
    require(!status_is_ok(status) || lines_of(buf_bytes(&out)) == 11);
    require(status_is_ok(status) == status_is_ok(pop_request_digest(&request, digest)));
    out = buf_over(memory, sizeof memory);
    status = pop_v1_text(POP_PEER_V1, headers->nonce, headers->caller, headers->time, &out);
    require(!status_is_ok(status) || lines_of(buf_bytes(&out)) == 1);
    out = buf_over(memory, sizeof memory);
    status = pop_v1_answer_text(headers->signature, headers->caller, &out);
    require(!status_is_ok(status) || lines_of(buf_bytes(&out)) == 1);
}

static void check_answer(const struct pop_answer_headers *headers)
{
    static uint8_t memory[POP_TEXT_MAX];
    struct pop_answer answer = {.status = 200};
    if (!status_is_ok(pop_answer_read(headers, &answer))) {
        require(answer.node.ptr == NULL && answer.time_ms == 0 && answer.status == 200);
        return;
    }
    struct buf out = buf_over(memory, sizeof memory);
    pop_answer_put_block(&answer, &out);
    require(bytes_equal(buf_bytes(&out), headers->block));
    out = buf_over(memory, sizeof memory);
    pop_answer_put_audit(&answer, &out);
    require(bytes_equal(buf_bytes(&out), headers->audit));
    out = buf_over(memory, sizeof memory);
    require(status_is_ok(pop_answer_text(&answer, &out)));
    require(lines_of(buf_bytes(&out)) == 9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes rest = {data, len};
    struct bytes line[6];
    for (size_t i = 0; i < 6; i++) {
        line[i] = next_line(&rest);
    }
    struct pop_headers proof = {line[0], line[1], line[2], line[3], line[4], line[5]};
    struct pop_answer_headers answer = {line[0], line[1], line[2], line[3], line[4]};
    for (int kind = POP_APP_V1; kind < POP_KINDS; kind++) {
        check_proof((enum pop_kind)kind, &proof);
    }
    check_texts(&proof, line);
    check_texts(&proof, line + 1);
    check_answer(&answer);
    return 0;
}
