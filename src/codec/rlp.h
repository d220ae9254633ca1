/* RLP, the encoding of Ethereum's transactions: byte strings and lists of them.
 *
 * Written in one pass: the header of a list is put before its items once they are there. Read
 * strictly: every item has exactly one encoding. Used by transactions. Public data only.
 * Source: Ethereum Yellow Paper, appendix B. */
#ifndef COFFER_CODEC_RLP_H
#define COFFER_CODEC_RLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

/* Append a byte string, or a number without leading zero bytes. In: number, big-endian. */
void rlp_put_bytes(struct buf *buf, struct bytes data);
void rlp_put_u64(struct buf *buf, uint64_t number);
void rlp_put_number(struct buf *buf, struct bytes number);

/* Begin a list; what is appended until rlp_list_end with the same start is in it. Lists nest. */
size_t rlp_list_begin(const struct buf *buf);
void rlp_list_end(struct buf *buf, size_t start);

struct rlp_item {
    bool is_list;
    struct bytes content; /* the string, or the encoded items of the list */
};

/* Take the next item off *rest. Out: ret_item borrows.
 * Returns: OK; RLP_INVALID when it is cut off, longer than *rest or not in its shortest form.
 * On failure: *rest is as it was, *ret_item is empty. */
struct status rlp_next(struct bytes *rest, struct rlp_item *ret_item);

/* The number that a string stands for. Out: ret [len], big-endian with leading zeros.
 * Returns: OK; RLP_INVALID for a list, a leading zero byte or more than len bytes.
 * On failure: ret is zeros. */
struct status rlp_number(const struct rlp_item *item, size_t len, uint8_t *ret);

#endif
