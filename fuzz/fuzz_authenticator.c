/* covers: src/authenticators/authenticator.c src/authenticators/[es]*.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "authenticators/eip4361.h"
#include "authenticators/snip12_login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

static const struct bytes origins[] = {
    {(const uint8_t *)"https://app.example", 19},
    {(const uint8_t *)"android:apk-key-hash:abc", 24},
};
static const struct authenticator_rules rules = {.origins = origins, .origin_count = 2};

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static size_t lines_of(struct bytes text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        require(text.ptr[i] == '\n' || (text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f));
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

/* Whatever the proof is, the message has its lines, of this page. */
static void check_message(const struct authenticator_said *said, struct bytes proof)
{
    static uint8_t memory[EIP4361_TEXT];
    const struct eth_address wallet = {{1, 2, 3}};
    struct buf out = buf_over(memory, sizeof memory);
    struct eip4361 read;
    arena_reset(&arena);
    if (status_is_ok(eip4361_read(&arena, proof, &rules, &read))) {
        require(bytes_equal(read.origin, origins[0]));
        require(read.chain_id != 0 && read.chain_id >> 53 == 0 && read.signature.v <= 1);
        require(status_is_ok(eip4361_put(&read, &wallet, said, &out)));
        require(lines_of(buf_bytes(&out)) == 10);
        require(bytes_starts(buf_bytes(&out), BYTES_LITERAL("app.example wants you to sign in ")));
    }
}

/* Whatever the proof is, its data has a hash, which is of this account. */
static void check_typed_data(const struct authenticator_said *said, struct bytes proof)
{
    struct snip12_login read;
    struct felt hash;
    struct felt other;
    arena_reset(&arena);
    if (status_is_ok(snip12_login_read(&arena, proof, &rules, &read))) {
        require(status_is_ok(snip12_login_hash(&arena, &read, said, &hash)));
        read.account.limb[0] ^= 1;
        require(status_is_ok(snip12_login_hash(&arena, &read, said, &other)));
        require(!felt_equal(&hash, &other));
    }
}

/* A byte with the scheme and what it is used for, the length of the key, the key, the proof. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t proof_of[AUTH_TEXT_HASH] = {1, 2, 3};
    struct authenticator_passkey passkey = {.counter = 1};
    if (arena.base == NULL && !status_is_ok(arena_init(&arena, 1 << 20))) {
        return 0;
    }
    if (len < 2 || data[1] > len - 2) {
        return 0;
    }
    const struct authenticator_said said = {.text = BYTES_LITERAL("CofferAuth/1\nlogin"),
                                            .proof_of = proof_of,
                                            .purpose = BYTES_LITERAL("login"),
                                            .is_login = (data[0] & 0x10) != 0};
    const struct authenticator_claim claim = {.scheme = (enum auth_scheme)(data[0] & 0x0f),
                                              .key = {data + 2, data[1]},
                                              .proof = {data + 2 + data[1], len - 2 - data[1]},
                                              .passkey = &passkey};
    arena_reset(&arena);
    if (status_is_ok(authenticator_check(&arena, &said, &rules, &claim))) {
        require(status_is_ok(authenticator_key_check(claim.scheme, claim.key)));
    } else {
        (void)status_is_ok(authenticator_key_check(claim.scheme, claim.key));
    }
    check_message(&said, claim.proof);
    check_typed_data(&said, claim.proof);
    return 0;
}
