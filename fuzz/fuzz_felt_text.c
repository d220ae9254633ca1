/* covers: src/starknet/felt_text.c src/starknet/address_text.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "starknet/address_text.h"
#include "starknet/felt_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_below_prime(const uint64_t limb[4])
{
    const uint64_t top = 0x0800000000000011u;
    return limb[3] < top || (limb[3] == top && limb[2] == 0 && limb[1] == 0 && limb[0] == 0);
}

static bool is_zero(const uint64_t limb[4])
{
    return (limb[0] | limb[1] | limb[2] | limb[3]) == 0;
}

/* A felt is written in one way, padded or not, and is read as itself in every form. */
static void check_round_trip(const struct felt *felt)
{
    uint8_t memory[FELT_TEXT_MAX];
    struct felt again;
    struct buf out = buf_over(memory, sizeof memory);
    felt_text_put(&out, felt);
    require(status_is_ok(buf_check(&out)) && status_is_ok(felt_text_read(buf_bytes(&out), &again)));
    require(felt_equal(felt, &again) && (memory[2] != '0' || out.len == 3));
    out = buf_over(memory, sizeof memory);
    felt_text_put_padded(&out, felt);
    require(out.len == FELT_TEXT_MAX && status_is_ok(felt_text_read(buf_bytes(&out), &again)));
    require(felt_equal(felt, &again));
    out = buf_over(memory, sizeof memory);
    address_text_put(&out, felt);
    require(out.len == FELT_TEXT_MAX && status_is_ok(address_text_read(buf_bytes(&out), &again)));
    require(felt_equal(felt, &again));
}

/* In JSON: a member, and a value. */
static void check_written(const struct felt *felt)
{
    uint8_t memory[2 * FELT_TEXT_MAX + 16];
    struct buf out = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&out);
    struct felt again;
    json_out_object(&json);
    felt_text_member(&json, "a", felt);
    json_out_object_end(&json);
    require(status_is_ok(buf_check(&out)) && out.len > 8);
    struct bytes text = {memory + 6, out.len - 8};
    require(status_is_ok(felt_text_read(text, &again)) && felt_equal(felt, &again));
}

static void check_text(struct bytes text)
{
    uint64_t limb[4];
    struct felt felt;
    struct felt address;
    struct status wide = felt_text_u256(text, limb);
    struct status status = felt_text_read(text, &felt);
    struct status checked = address_text_read(text, &address);
    if (!status_is_ok(wide)) {
        bool is_too_wide = wide.code == STATUS_U256_RANGE;
        require(is_zero(limb) && status.code == (is_too_wide ? STATUS_FELT_RANGE : wide.code));
    } else {
        bool fits = is_below_prime(limb);
        require(status.code == (fits ? STATUS_OK : STATUS_FELT_RANGE));
    }
    require(status_is_ok(status) || !status_is_ok(checked));
    require(checked.code == status.code || checked.code == STATUS_CHECKSUM_ADDRESS ||
            checked.code == STATUS_ADDRESS_FORM);
    if (status_is_ok(status)) {
        check_round_trip(&felt);
        check_written(&felt);
    }
    require(!status_is_ok(checked) || felt_equal(&felt, &address));
}

/* As a JSON value: strings as the text itself, integers as their digits. */
static void check_json(struct bytes text)
{
    static struct arena arena;
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, (size_t)1 << 24)));
    }
    arena_reset(&arena);
    struct json_in_doc doc;
    if (text.len > 4096 || !status_is_ok(json_in_parse(&arena, text, &doc))) {
        return;
    }
    struct json_in root = json_in_root(&doc);
    size_t count = 0;
    if (json_in_kind(&root) != JSON_IN_ARRAY || !status_is_ok(json_in_count(&root, &count))) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&root, i);
        uint64_t limb[4];
        uint64_t number = 0;
        struct felt felt;
        struct felt small;
        struct felt low;
        struct felt high;
        bool fits = status_is_ok(felt_text_json(&item, &felt));
        require(status_is_ok(felt_text_json_u256(&item, limb)) || !fits);
        felt_text_halves(limb, &low, &high);
        bool fits_64 = status_is_ok(felt_text_json_u64(&item, &number));
        bool fits_128 = status_is_ok(felt_text_json_bits(&item, 128, &small));
        require(fits_64 == (fits && (limb[1] | limb[2] | limb[3]) == 0));
        require(fits_128 == (fits && (limb[2] | limb[3]) == 0));
        require(!fits_64 || number == limb[0]);
        require(!fits_128 || (felt_equal(&small, &low) && felt_equal(&small, &felt)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_text((struct bytes){data, len});
    check_json((struct bytes){data, len});
    return 0;
}
