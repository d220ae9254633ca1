/* covers: src/authenticators/oidc_token.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "authenticators/oidc_token.h"
#include "codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 5000 };

static struct arena arena;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_of_claims(enum status_code code)
{
    return code == STATUS_OIDC_AUDIENCE || code == STATUS_OIDC_EXPIRED ||
           code == STATUS_OIDC_NONCE || code == STATUS_AUTH_FAILED;
}

/* What is read lies in the text; nobody signed it, so it is refused by every key. */
static void check_read(struct bytes text)
{
    static const uint8_t proof[AUTH_TEXT_HASH];
    static const struct oidc_key keys[] = {{.alg = OIDC_RS256}, {.alg = OIDC_EDDSA}};
    const struct bytes auds[] = {BYTES_LITERAL("a")};
    const struct oidc_issuer issuers[] = {{BYTES_LITERAL("i"), auds, 1, 15, true}};
    struct oidc_expected expected = {issuers, proof, {1000000, 1000000}};
    struct oidc_token token;
    const struct oidc_issuer *found;
    uint8_t memory[OIDC_K_MAX];
    struct buf key = buf_over(memory, sizeof memory);
    arena_reset(&arena);
    struct status status = oidc_token_read(text, &arena, &token);
    if (!status_is_ok(status)) {
        require(status.code == STATUS_OIDC_ALG || status.code == STATUS_AUTH_FAILED);
        return;
    }
    require(token.signed_text.ptr == text.ptr && token.signed_text.len < text.len);
    struct status listed = oidc_token_issuer(&token, issuers, 1, &found);
    require(status_is_ok(listed) == bytes_equal(token.iss, issuers[0].iss));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        status = oidc_token_check(&token, &keys[i], &expected, &key);
        require(status.code == STATUS_OIDC_ALG || is_of_claims(status.code));
        require(key.len == 0);
    }
}

static void put_part(struct buf *out, struct bytes text)
{
    base64_put_url(out, text);
    buf_put_u8(out, '.');
}

/* As a token as it stands; and the text up to its first line's end as a header, the rest as claims,
 * so that something gets through base64. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t memory[2 * OIDC_TOKEN_TEXT];
    struct bytes text = {data, len};
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, 1u << 20)));
    }
    check_read(text);
    if (len > LONGEST) {
        return 0;
    }
    struct buf out = buf_over(memory, sizeof memory);
    struct bytes header = bytes_slice(text, 0, bytes_find(text, '\n'));
    put_part(&out, header);
    base64_put_url(&out, bytes_slice(text, header.len + 1, SIZE_MAX));
    buf_put_text(&out, ".AAAA");
    check_read(buf_bytes(&out));
    return 0;
}
