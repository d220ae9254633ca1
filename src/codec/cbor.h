/* CBOR in its definite, shortest form: what attestation documents and the security module speak.
 *
 * Read item by item, without memory: an array or a map says how many items follow it, and whoever
 * reads a map looks for names that occur twice. Every item has exactly one encoding; tags, floats,
 * undefined and indefinite lengths are refused. Used by attestation. Public data only.
 * Source: RFC 8949, sections 3 and 4.2.1. */
#ifndef COFFER_CODEC_CBOR_H
#define COFFER_CODEC_CBOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    CBOR_DEPTH = 8, /* arrays and maps within each other that cbor_skip follows */
};

enum cbor_kind {
    CBOR_NULL,
    CBOR_UINT,     /* value */
    CBOR_NEGATIVE, /* -1 - value */
    CBOR_BYTES,    /* content */
    CBOR_TEXT,     /* content, valid UTF-8 */
    CBOR_ARRAY,    /* value items follow */
    CBOR_MAP,      /* value pairs of a name and an item follow */
    CBOR_BOOL,     /* value is 0 or 1 */
};

struct cbor_item {
    enum cbor_kind kind;
    uint64_t value;
    struct bytes content;
};

/* Take the next item off *rest; of an array or a map its head alone. Out: ret borrows.
 * Returns: OK; CBOR_INVALID when it is cut off, in another than its shortest form, a text that is
 * no UTF-8, of a kind that is not listed, or a count of more items than bytes are left.
 * On failure: *rest is as it was, *ret is CBOR_NULL. Cost: the length of the item. */
struct status cbor_next(struct bytes *rest, struct cbor_item *ret);

/* The same for an item that must be of that kind. Returns: OK; CBOR_INVALID, also for others. */
struct status cbor_expect(struct bytes *rest, enum cbor_kind kind, struct cbor_item *ret);

/* Take a whole item with all that is in it. Returns: OK; CBOR_INVALID, also where it is nested more
 * than CBOR_DEPTH deep. On failure: *rest is as it was. Cost: the length of the item. */
struct status cbor_skip(struct bytes *rest);

/* Append an item; of an array or a map the head, and the caller appends what is in it. */
void cbor_put_null(struct buf *buf);
void cbor_put_uint(struct buf *buf, uint64_t value);
void cbor_put_negative(struct buf *buf, uint64_t value); /* -1 - value */
void cbor_put_bytes(struct buf *buf, struct bytes content);
void cbor_put_text(struct buf *buf, const char *text); /* of our own */
void cbor_put_array(struct buf *buf, uint64_t count);
void cbor_put_map(struct buf *buf, uint64_t pairs);
void cbor_put_bool(struct buf *buf, bool value);

#endif
