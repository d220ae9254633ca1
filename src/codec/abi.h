/* The ABI of Ethereum contracts: call data with static arguments, and answers read by offset.
 *
 * An answer comes from outside. Every offset and length is checked; parts must follow the heads
 * and each other in the order of their fields without overlapping, gaps are allowed, so that a
 * struct to which fields were appended is still read. Nothing recurses: a level is a struct abi_in.
 * Used by the calls of the registries. Source: Solidity's contract ABI specification. */
#ifndef COFFER_CODEC_ABI_H
#define COFFER_CODEC_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    ABI_WORD = 32,
    ABI_SELECTOR = 4,
    ABI_ADDRESS = 20,
};

/* Append to call data: the selector, then one word for each argument. */
void abi_put_selector(struct buf *buf, uint32_t selector);
void abi_put_word(struct buf *buf, const uint8_t word[static ABI_WORD]); /* uint256, bytes32 */
void abi_put_u64(struct buf *buf, uint64_t number);
void abi_put_address(struct buf *buf, const uint8_t address[static ABI_ADDRESS]);

/* The fields of an answer, a tuple or an array, read by position. Stays failed once failed; a
 * failed one gives zeros and nothing. Borrows. */
struct abi_in {
    struct bytes frame; /* offsets count from its start */
    size_t words;       /* of heads */
    size_t end;         /* of the last part that was taken: the next begins there or behind it */
    struct status status;
};

/* An answer of words heads. */
struct abi_in abi_in_over(struct bytes data, size_t words);

/* Read the field at index, below words. A word that is not of the type fails with ABI_INVALID:
 * bytes above the type are zero, a bool is 0 or 1. Out: big-endian. */
void abi_in_word(struct abi_in *in, size_t index, uint8_t ret[static ABI_WORD]);
uint64_t abi_in_u64(struct abi_in *in, size_t index);
uint8_t abi_in_u8(struct abi_in *in, size_t index);
bool abi_in_bool(struct abi_in *in, size_t index);
void abi_in_address(struct abi_in *in, size_t index, uint8_t ret[static ABI_ADDRESS]);

/* A string or bytes of at most max; the padding must be zero. Fails with ABI_INVALID, ABI_LIMIT. */
struct bytes abi_in_bytes(struct abi_in *in, size_t index, size_t max);

/* An array of at most max elements of one word each; ret.words is how many there are.
 * Fails with ABI_INVALID, ABI_LIMIT. */
struct abi_in abi_in_array(struct abi_in *in, size_t index, size_t max);

/* A tuple with a dynamic field, of at least words heads. It takes all that is left: no part may
 * follow it. Fails with ABI_INVALID. */
struct abi_in abi_in_tuple(struct abi_in *in, size_t index, size_t words);

/* Returns: OK, ABI_INVALID, ABI_LIMIT: the first failure of this level or of those above. */
struct status abi_in_check(const struct abi_in *in);

#endif
