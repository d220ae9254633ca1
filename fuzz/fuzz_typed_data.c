/* covers: src/starknet/typed_*.c src/starknet/outside_execution.c */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "codec/json_in.h"
#include "starknet/outside_execution.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* Both ways to the hash of an outside execution agree, and its calldata holds every felt. */
static void check_outside(const struct json_in *at, const struct typed_data *typed)
{
    const struct felt account = {{1, 2, 3, 4}};
    struct outside_execution outside;
    struct felt of_data;
    struct felt of_fields;
    if (status_is_ok(outside_execution_decode(&arena, at, typed, &outside))) {
        typed_data_hash(typed, &account, &of_data);
        outside_execution_hash(&outside, &typed->chain, &account, &of_fields);
        require(felt_equal(&of_data, &of_fields));
        size_t count = 6;
        for (size_t i = 0; i < outside.call_count; i++) {
            count += 3 + outside.calls[i].calldata.len;
        }
        struct felts calldata;
        struct status status =
            outside_execution_calldata(&arena, &outside, (struct felts){NULL, 0}, &calldata);
        require(status_is_ok(status) ? calldata.len == count : count > LIMIT_FELTS);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (arena.base == NULL) {
        if (!status_is_ok(arena_init(&arena, 64 << 20))) {
            return 0;
        }
    }
    arena_reset(&arena);
    struct json_in_doc doc;
    if (!status_is_ok(json_in_parse(&arena, (struct bytes){data, len}, &doc))) {
        return 0;
    }
    struct json_in root = json_in_root(&doc);
    struct typed_data typed;
    struct outside_execution outside;
    if (status_is_ok(typed_data_read(&arena, &root, &typed))) {
        require(typed.revision <= 1 && typed.primary_type.len != 0);
        require(doc.where[0] == '\0');
        if (outside_execution_is(&typed)) {
            check_outside(&root, &typed);
        }
    } else {
        require(typed.primary_type.ptr == NULL && felt_is_zero(&typed.domain_hash));
    }
    require(status_is_ok(outside_execution_read(&arena, &root, &outside)) || outside.version == 0);
    return 0;
}
