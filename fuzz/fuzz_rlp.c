/* covers: src/codec/rlp.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/rlp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 4096, DEEPEST = 16 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* What is read as a number is written as the same item. */
static void check_number(const struct rlp_item *item)
{
    uint8_t number[32];
    uint8_t memory[40];
    struct status status = rlp_number(item, sizeof number, number);
    bool is_number = !item->is_list && item->content.len <= sizeof number &&
                     (item->content.len == 0 || item->content.ptr[0] != 0);
    require(status_is_ok(status) == is_number);
    if (is_number) {
        struct buf out = buf_over(memory, sizeof memory);
        rlp_put_number(&out, BYTES_ARRAY(number));
        struct bytes rest = buf_bytes(&out);
        struct rlp_item again;
        require(status_is_ok(rlp_next(&rest, &again)) && rest.len == 0);
        require(bytes_equal(again.content, item->content));
    }
}

/* Copy a sequence of items, level by level. Returns: false when it is not well-formed. */
static bool copy(struct bytes data, struct buf *out)
{
    struct bytes rest[DEEPEST] = {data};
    size_t start[DEEPEST];
    size_t depth = 0;
    while (true) {
        struct rlp_item item;
        if (rest[depth].len == 0) {
            if (depth == 0) {
                return true;
            }
            depth--;
            rlp_list_end(out, start[depth]);
            continue;
        }
        if (!status_is_ok(rlp_next(&rest[depth], &item))) {
            require(item.content.len == 0 && !item.is_list);
            return false;
        }
        check_number(&item);
        if (!item.is_list) {
            rlp_put_bytes(out, item.content);
        } else if (depth + 1 == DEEPEST) {
            return false;
        } else {
            start[depth] = rlp_list_begin(out);
            rest[++depth] = item.content;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t memory[LONGEST];
    struct bytes text = {data, len < LONGEST ? len : LONGEST};
    struct buf out = buf_over(memory, sizeof memory);

    /* What is read is written the same: there is one form of everything. */
    if (copy(text, &out)) {
        require(!out.failed && bytes_equal(buf_bytes(&out), text));
    }
    return 0;
}
