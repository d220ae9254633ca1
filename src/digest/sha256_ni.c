#include "digest/sha256_internal.h"

#if defined(__x86_64__)

#    include <cpuid.h>
#    include <immintrin.h>

#    define TARGET_NI __attribute__((target("sha,ssse3,sse4.1")))
#    define INLINE_NI TARGET_NI __attribute__((always_inline)) static inline

bool sha256_ni_present(void)
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

/* The instructions want the eight words in two registers: a, b, e, f and c, d, g, h. */
struct lane {
    __m128i abef;
    __m128i cdgh;
};

INLINE_NI __m128i load(const void *at)
{
    return _mm_loadu_si128((const __m128i *)at);
}

INLINE_NI struct lane lane_of(const struct sha256_state *state)
{
    __m128i badc = _mm_shuffle_epi32(load(state->h), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(load(state->h + 4), 0x1b);
    return (struct lane){_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xf0)};
}

INLINE_NI void lane_store(struct lane lane, struct sha256_state *state)
{
    __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state->h, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state->h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Rounds 4i to 4i + 3. w holds the last sixteen words of the schedule, w[i % 4] the ones in turn:
 * from the fifth group on they are computed in the place of the oldest. */
INLINE_NI struct lane four_rounds(struct lane lane, __m128i w[static 4], size_t i)
{
    if (i >= 4) {
        __m128i last = w[(i - 1) % 4];
        __m128i sum = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
        sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, w[(i - 2) % 4], 4));
        w[i % 4] = _mm_sha256msg2_epu32(sum, last);
    }
    __m128i wk = _mm_add_epi32(w[i % 4], load(sha256_constants + 4 * i));
    lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, wk);
    lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(wk, 0x0e));
    return lane;
}

INLINE_NI struct lane lane_add(struct lane a, struct lane b)
{
    return (struct lane){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

INLINE_NI void load_block(const uint8_t *block, __m128i w[static 4])
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    for (size_t i = 0; i < 4; i++) {
        w[i] = _mm_shuffle_epi8(load(block + 16 * i), swap);
    }
}

TARGET_NI void sha256_compress_ni(struct sha256_state *state, const uint8_t *blocks, size_t count)
{
    struct lane lane = lane_of(state);
    for (size_t n = 0; n < count; n++) {
        __m128i w[4];
        load_block(blocks + SHA256_BLOCK * n, w);
        struct lane before = lane;
#    pragma GCC unroll 16
        for (size_t i = 0; i < 16; i++) {
            lane = four_rounds(lane, w, i);
        }
        lane = lane_add(lane, before);
    }
    lane_store(lane, state);
}

/* The rounds of one chain wait for each other, so two chains side by side take little longer than
 * one. */
INLINE_NI void compress_two(struct lane lanes[static 2], __m128i a[static 4], __m128i b[static 4])
{
    struct lane first = lanes[0];
    struct lane second = lanes[1];
#    pragma GCC unroll 16
    for (size_t i = 0; i < 16; i++) {
        first = four_rounds(first, a, i);
        second = four_rounds(second, b, i);
    }
    lanes[0] = lane_add(lanes[0], first);
    lanes[1] = lane_add(lanes[1], second);
}

/* The digest of a lane as the first words of a block, then the end mark and the length of a block
 * and a digest in bits. */
INLINE_NI void last_block(struct lane lane, __m128i w[static 4])
{
    __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
    w[0] = _mm_blend_epi16(feba, dchg, 0xf0);
    w[1] = _mm_alignr_epi8(dchg, feba, 8);
    w[2] = _mm_set_epi32(0, 0, 0, (int)0x80000000);
    w[3] = _mm_set_epi32(0x300, 0, 0, 0);
}

TARGET_NI void sha256_nested_pair_ni(const struct sha256_state *inner,
                                     const struct sha256_state *outer,
                                     const uint8_t blocks[static 128],
                                     struct sha256_state ret[static 2])
{
    __m128i a[4];
    __m128i b[4];
    load_block(blocks, a);
    load_block(blocks + SHA256_BLOCK, b);
    struct lane lanes[2] = {lane_of(inner), lane_of(inner)};
    compress_two(lanes, a, b);
    last_block(lanes[0], a);
    last_block(lanes[1], b);
    lanes[0] = lane_of(outer);
    lanes[1] = lanes[0];
    compress_two(lanes, a, b);
    lane_store(lanes[0], &ret[0]);
    lane_store(lanes[1], &ret[1]);
}

#else

bool sha256_ni_present(void)
{
    return false;
}

void sha256_compress_ni(struct sha256_state *state, const uint8_t *blocks, size_t count)
{
    sha256_compress_portable(state, blocks, count);
}

void sha256_nested_pair_ni(const struct sha256_state *inner, const struct sha256_state *outer,
                           const uint8_t blocks[static 128], struct sha256_state ret[static 2])
{
    sha256_nested_pair_portable(inner, outer, blocks, ret);
}

#endif
