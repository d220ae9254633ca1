#include "digest/sha256.h"

#include <stdatomic.h>
#include <string.h>

#include "base/secret.h"
#include "digest/sha256_internal.h"

void sha256_wipe(struct sha256 *sha)
{
    secret_wipe(sha, sizeof *sha);
}

void sha256_state_wipe(struct sha256_state *state)
{
    secret_wipe(state, sizeof *state);
}

struct sha256_state sha256_start(void)
{
    return (struct sha256_state){{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                  0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

/* Asking the processor is slow (a trap under virtualisation), so the answer is kept. Threads that
 * race here all store the same value. */
static bool use_ni(void)
{
    static _Atomic(int) known; /* 0 not asked yet, 1 portable, 2 SHA instructions */
    int path = atomic_load_explicit(&known, memory_order_relaxed);
    if (path == 0) {
        path = sha256_ni_present() ? 2 : 1;
        atomic_store_explicit(&known, path, memory_order_relaxed);
    }
    return path == 2;
}

const char *sha256_path(void)
{
    return use_ni() ? "sha-ni" : "portable";
}

void sha256_compress(struct sha256_state *state, const uint8_t *blocks, size_t count)
{
    if (use_ni()) {
        sha256_compress_ni(state, blocks, count);
    } else {
        sha256_compress_portable(state, blocks, count);
    }
}

void sha256_nested_pair(const struct sha256_state *inner, const struct sha256_state *outer,
                        const uint8_t blocks[static 128], struct sha256_state ret[static 2])
{
    if (use_ni()) {
        sha256_nested_pair_ni(inner, outer, blocks, ret);
    } else {
        sha256_nested_pair_portable(inner, outer, blocks, ret);
    }
}

void sha256_state_bytes(const struct sha256_state *state, uint8_t out[static SHA256_BYTES])
{
    for (size_t i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(state->h[i]);
        memcpy(out + 4 * i, &word, 4);
    }
}

void sha256_init(struct sha256 *sha)
{
    *sha = (struct sha256){.state = sha256_start()};
}

void sha256_resume(struct sha256 *sha, const struct sha256_state *state, uint64_t len)
{
    *sha = (struct sha256){.state = *state, .len = len};
}

void sha256_update(struct sha256 *sha, struct bytes data)
{
    size_t held = sha->len % SHA256_BLOCK;
    sha->len += data.len;
    if (held != 0) {
        struct bytes head = bytes_slice(data, 0, SHA256_BLOCK - held);
        if (head.len != 0) {
            memcpy(sha->block + held, head.ptr, head.len);
        }
        if (held + head.len < SHA256_BLOCK) {
            return;
        }
        sha256_compress(&sha->state, sha->block, 1);
        data = bytes_slice(data, head.len, SIZE_MAX);
    }
    size_t whole = data.len / SHA256_BLOCK;
    if (whole != 0) {
        sha256_compress(&sha->state, data.ptr, whole);
    }
    struct bytes tail = bytes_slice(data, whole * SHA256_BLOCK, SIZE_MAX);
    if (tail.len != 0) {
        memcpy(sha->block, tail.ptr, tail.len);
    }
}

void sha256_final(struct sha256 *sha, uint8_t out[static SHA256_BYTES])
{
    size_t held = sha->len % SHA256_BLOCK;
    sha->block[held++] = 0x80;
    if (held > SHA256_BLOCK - 8) {
        memset(sha->block + held, 0, SHA256_BLOCK - held);
        sha256_compress(&sha->state, sha->block, 1);
        held = 0;
    }
    memset(sha->block + held, 0, SHA256_BLOCK - 8 - held);
    uint64_t bits = __builtin_bswap64(sha->len * 8);
    memcpy(sha->block + SHA256_BLOCK - 8, &bits, 8);
    sha256_compress(&sha->state, sha->block, 1);
    sha256_state_bytes(&sha->state, out);
    sha256_wipe(sha);
}

void sha256_hash(struct bytes data, uint8_t out[static SHA256_BYTES])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, data);
    sha256_final(&sha, out);
}
