#include "snapshot/snapshot_header.h"

#include <string.h>

#include "base/buf.h"
#include "base/ct.h"
#include "base/invariant.h"
#include "base/reader.h"
#include "codec/hex.h"
#include "digest/hkdf_sha256.h"

enum { CODE = 32, NAME = 1 + 16 + 1 + 2 * SNAPSHOT_DIGEST };

_Static_assert((int)NAME <= (int)BLOB_NAME_MAX, "a header has a name");

static const uint8_t magic[4] = {'C', 'F', 'S', 'H'};

static struct status code_of(const struct root *root, struct bytes covered,
                             uint8_t out[static CODE])
{
    SECRET32(key);
    SECRET(hmac_sha256_key, prk);
    SECRET(hmac_sha256_key, own);
    root_snapshot_key(root, &key);
    hmac_sha256_key_init(&prk, BYTES_ARRAY(key.b));
    TRY(hkdf_sha256_expand(&prk, BYTES_LITERAL("coffer/snapshot/1 header"), key.b, sizeof key.b));
    hmac_sha256_key_init(&own, BYTES_ARRAY(key.b));
    hmac_sha256_mac(&own, covered, out);
    return OK;
}

struct status snapshot_header_make(const struct root *root, const struct snapshot_header *header,
                                   uint8_t out[static SNAPSHOT_HEADER],
                                   struct snapshot_point *ret_point)
{
    struct buf buf = buf_over(out, SNAPSHOT_HEADER);
    INVARIANT(header->epoch == root->epoch && header->height != 0);
    buf_put(&buf, BYTES_ARRAY(magic));
    buf_put(&buf, BYTES_ARRAY(root->domain));
    buf_put_u32(&buf, header->epoch);
    buf_put(&buf, BYTES_ARRAY(header->incarnation));
    buf_put_u64(&buf, header->height);
    buf_put(&buf, BYTES_ARRAY(header->prev));
    buf_put(&buf, BYTES_ARRAY(header->root));
    buf_put_u64(&buf, header->block);
    buf_put_u64(&buf, header->time_ms);
    buf_put_u64(&buf, header->records);
    TRY(code_of(root, buf_bytes(&buf), buf.ptr + buf.len));
    INVARIANT(buf.len + CODE == SNAPSHOT_HEADER);
    ret_point->height = header->height;
    sha256_hash((struct bytes){out, SNAPSHOT_HEADER}, ret_point->digest);
    return OK;
}

/* Field after field. Returns: whether it is one of this deployment, and of this height. */
static bool read_fields(const uint8_t domain[static DOMAIN_ID], struct bytes from,
                        struct snapshot_header *ret)
{
    struct reader reader = reader_over(from);
    struct bytes begin = reader_take(&reader, sizeof magic);
    struct bytes of = reader_take(&reader, DOMAIN_ID);
    ret->epoch = reader_u32(&reader);
    struct bytes incarnation = reader_take(&reader, SNAPSHOT_INCARNATION);
    ret->height = reader_u64(&reader);
    struct bytes prev = reader_take(&reader, SNAPSHOT_DIGEST);
    struct bytes root = reader_take(&reader, SNAPSHOT_DIGEST);
    ret->block = reader_u64(&reader);
    ret->time_ms = reader_u64(&reader);
    ret->records = reader_u64(&reader);
    if (reader.failed || reader.rest.len != CODE || !bytes_equal(begin, BYTES_ARRAY(magic)) ||
        !bytes_equal(of, (struct bytes){domain, DOMAIN_ID})) {
        return false;
    }
    memcpy(ret->incarnation, incarnation.ptr, sizeof ret->incarnation);
    memcpy(ret->prev, prev.ptr, sizeof ret->prev);
    memcpy(ret->root, root.ptr, sizeof ret->root);
    return true;
}

struct status snapshot_header_open(const struct root_keyring *roots,
                                   const uint8_t domain[static DOMAIN_ID],
                                   const struct snapshot_point *point, struct bytes from,
                                   struct snapshot_header *ret_header)
{
    struct snapshot_header header = {0};
    uint8_t digest[SNAPSHOT_DIGEST];
    uint8_t code[CODE];
    *ret_header = (struct snapshot_header){0};
    sha256_hash(from, digest);
    if (!read_fields(domain, from, &header) || header.height != point->height ||
        header.height == 0 || !bytes_equal(BYTES_ARRAY(digest), BYTES_ARRAY(point->digest))) {
        return FAIL(SNAPSHOT_INVALID);
    }
    const struct root *root = root_keyring_root(roots, header.epoch);
    if (root == NULL) {
        return FAIL(VALUE_EPOCH);
    }
    struct bytes covered = {from.ptr, from.len - CODE};
    TRY(code_of(root, covered, code));
    if (ct_declassify(ct_equal(code, from.ptr + covered.len, CODE)) != 1) {
        return FAIL(SNAPSHOT_INVALID);
    }
    *ret_header = header;
    return OK;
}

int snapshot_point_order(const struct snapshot_point *a, const struct snapshot_point *b)
{
    int order = (a->height > b->height) - (a->height < b->height);
    return order != 0 ? order : bytes_compare(BYTES_ARRAY(a->digest), BYTES_ARRAY(b->digest));
}

struct blob_name snapshot_header_name(const struct snapshot_point *point)
{
    struct blob_name name = {{0}};
    uint8_t height[8];
    struct buf number = buf_over(height, sizeof height);
    struct buf out = buf_over((uint8_t *)name.text, BLOB_NAME_MAX);
    buf_put_u64(&number, point->height);
    buf_put_text(&out, "h");
    hex_put(&out, BYTES_ARRAY(height));
    buf_put_text(&out, "-");
    hex_put(&out, BYTES_ARRAY(point->digest));
    return name;
}

bool snapshot_header_point(const struct blob_name *name, struct snapshot_point *ret_point)
{
    uint8_t height[8];
    struct bytes text = bytes_of(name->text);
    *ret_point = (struct snapshot_point){0};
    if (text.len != NAME ||
        !status_is_ok(hex_read(bytes_slice(text, 1, 16), sizeof height, height)) ||
        !status_is_ok(hex_read(bytes_slice(text, 18, NAME), SNAPSHOT_DIGEST, ret_point->digest))) {
        *ret_point = (struct snapshot_point){0};
        return false;
    }
    struct reader reader = reader_over(BYTES_ARRAY(height));
    ret_point->height = reader_u64(&reader);
    struct blob_name back = snapshot_header_name(ret_point);
    bool is_one = ret_point->height != 0 && strcmp(back.text, name->text) == 0;
    if (!is_one) {
        *ret_point = (struct snapshot_point){0};
    }
    return is_one;
}
