/* covers: src/odyn/odyn.c */
#include <stddef.h>
#include <stdint.h>

#include "odyn/odyn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 16384 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_expected(struct status status)
{
    return status_is_ok(status) || status.code == STATUS_BAD_TYPE ||
           status.code == STATUS_MISSING_FIELD || status.code == STATUS_INVALID_HEX ||
           status.code == STATUS_BUFFER_FULL;
}

/* What failed left nothing. */
static void check(struct status status, struct bytes out)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < out.len; i++) {
        seen |= out.ptr[i];
    }
    require(is_expected(status) && (status_is_ok(status) || seen == 0));
}

static void read_fixed(struct json_in_doc *doc)
{
    uint8_t address[ODYN_ADDRESS] = {1};
    uint8_t signature[ODYN_SIGNATURE] = {1};
    uint8_t random[ODYN_RANDOM] = {1};
    uint8_t spki[ODYN_SPKI] = {1};
    check(odyn_read_address(doc, address), BYTES_ARRAY(address));
    check(odyn_read_signature(doc, signature), BYTES_ARRAY(signature));
    check(odyn_read_random(doc, random), BYTES_ARRAY(random));
    check(odyn_read_public_key(doc, spki), BYTES_ARRAY(spki));
}

/* Of any length, into little and into enough room: what fits into little is the same. */
static void read_open(struct json_in_doc *doc)
{
    uint8_t memory[3][LONGEST];
    uint8_t nonce[ODYN_NONCE_MIN] = {1};
    struct buf raw = buf_over(memory[0], LONGEST);
    struct buf sealed = buf_over(memory[1], LONGEST);
    struct buf little = buf_over(memory[2], 24);
    struct bytes text = {nonce, 1};
    struct status status = odyn_read_transaction(doc, &raw);
    require(is_expected(status) && (status_is_ok(status) ? raw.len != 0 : raw.len == 0));
    check(odyn_read_plaintext(doc, &text), text);
    status = odyn_read_encrypted(doc, nonce, &sealed);
    require(is_expected(status) && (status_is_ok(status) ? sealed.len != 0 : sealed.len == 0));
    check(status, BYTES_ARRAY(nonce));
    struct status again = odyn_read_encrypted(doc, nonce, &little);
    bool fits = status_is_ok(status) && sealed.len <= little.cap;
    require(fits == status_is_ok(again));
    require(!fits || bytes_equal(buf_bytes(&sealed), buf_bytes(&little)));
}

/* The member of a body of ours is the text that went in. */
static void write_and_read(struct arena *arena, struct bytes text)
{
    static const uint8_t peer[ODYN_SPKI];
    uint8_t memory[6 * LONGEST + 1024];
    struct buf body = buf_over(memory, sizeof memory);
    struct json_in_doc doc;
    struct bytes again;
    odyn_encrypt_body(&body, text, peer);
    require(status_is_ok(buf_check(&body)));
    require(status_is_ok(json_in_parse(arena, buf_bytes(&body), &doc)));
    require(status_is_ok(odyn_read_plaintext(&doc, &again)) && bytes_equal(text, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena arena;
    struct json_in_doc doc;
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, (size_t)64 << 20)));
    }
    arena_reset(&arena);
    struct bytes body = {data, len < LONGEST ? len : LONGEST};
    if (status_is_ok(json_in_parse(&arena, body, &doc))) {
        read_fixed(&doc);
        read_open(&doc);
        struct bytes text;
        if (status_is_ok(odyn_read_plaintext(&doc, &text))) {
            write_and_read(&arena, text);
        }
    }
    return 0;
}
