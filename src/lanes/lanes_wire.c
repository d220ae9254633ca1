/* Wishes on their way to a home: kind u8, version u8, tenant, user after its length u8, chain,
 * account, lane u32, flags u8, nonce u64, object, key. Answers: kind, version, name of the code
 * after its length u8, nonce u64. */
#include <string.h>

#include "base/reader.h"
#include "cluster/strict/strict_desks.h"
#include "lanes/lanes_internal.h"

enum { VERSION = 1, NAMED = 1, REPLACES = 2, ONLY_LOOKS = 4 };

void lanes_wire_put(const struct lanes_ask *ask, struct buf *out)
{
    const struct lane_wish *wish = &ask->wish;
    buf_put_u8(out, STRICT_DESK_LANES);
    buf_put_u8(out, VERSION);
    buf_put(out, (struct bytes){ask->tenant, USERS_TENANT});
    buf_put_u8(out, (uint8_t)ask->user.len);
    buf_put(out, ask->user);
    buf_put(out, BYTES_ARRAY(ask->chain));
    buf_put(out, BYTES_ARRAY(ask->account));
    buf_put_u32(out, ask->lane);
    buf_put_u8(out, (uint8_t)((wish->is_named ? NAMED : 0) | (wish->replaces ? REPLACES : 0) |
                              (ask->only_looks ? ONLY_LOOKS : 0)));
    buf_put_u64(out, wish->nonce);
    buf_put(out, BYTES_ARRAY(wish->object));
    buf_put(out, BYTES_ARRAY(wish->key));
}

static void copy(struct reader *reader, uint8_t *to, size_t len)
{
    struct bytes bytes = reader_take(reader, len);
    if (!reader->failed) {
        memcpy(to, bytes.ptr, len);
    }
}

bool lanes_wire_read(struct bytes request, struct lanes_ask *ret)
{
    struct reader reader = reader_over(request);
    struct lane_wish *wish = &ret->wish;
    *ret = (struct lanes_ask){0};
    uint8_t kind = reader_u8(&reader);
    uint8_t version = reader_u8(&reader);
    ret->tenant = reader_take(&reader, USERS_TENANT).ptr;
    ret->user = reader_take(&reader, reader_u8(&reader));
    copy(&reader, ret->chain, sizeof ret->chain);
    copy(&reader, ret->account, sizeof ret->account);
    ret->lane = reader_u32(&reader);
    uint8_t flags = reader_u8(&reader);
    wish->is_named = (flags & NAMED) != 0;
    wish->replaces = (flags & REPLACES) != 0;
    ret->only_looks = (flags & ONLY_LOOKS) != 0;
    wish->nonce = reader_u64(&reader);
    copy(&reader, wish->object, sizeof wish->object);
    copy(&reader, wish->key, sizeof wish->key);
    return reader_done(&reader) && kind == STRICT_DESK_LANES && version == VERSION;
}

void lanes_wire_answer(struct status status, uint64_t nonce, struct buf *out)
{
    struct bytes name = bytes_of(status_name((enum status_code)status.code));
    buf_put_u8(out, STRICT_DESK_LANES);
    buf_put_u8(out, VERSION);
    buf_put_u8(out, (uint8_t)name.len);
    buf_put(out, name);
    buf_put_u64(out, nonce);
}

/* Codes have names between nodes: their numbers may differ. */
static struct status status_of(struct bytes name)
{
    struct status status = FAIL(UNAVAILABLE);
    for (unsigned code = 0; code < STATUS_CODES; code++) {
        if (bytes_equal(name, bytes_of(status_name((enum status_code)code)))) {
            status.code = (uint16_t)code;
        }
    }
    return status;
}

struct status lanes_wire_answered(struct bytes answer, uint64_t *ret_nonce)
{
    struct reader reader = reader_over(answer);
    uint8_t kind = reader_u8(&reader);
    uint8_t version = reader_u8(&reader);
    struct bytes name = reader_take(&reader, reader_u8(&reader));
    uint64_t nonce = reader_u64(&reader);
    *ret_nonce = 0;
    if (!reader_done(&reader) || kind != STRICT_DESK_LANES || version != VERSION) {
        return FAIL(WRITE_UNSETTLED);
    }
    TRY(status_of(name));
    *ret_nonce = nonce;
    return OK;
}
