/* covers: src/wire/node_key.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "wire/node_key.h"
#include "wire/pop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static const uint8_t domain[32] = {1};
static const struct k256_key wallet = {{[31] = 5}};

static void open_owner(struct node_key_owner *owner)
{
    static const struct p384_key key = {{[47] = 5}};
    struct k256_public public;
    *owner =
        (struct node_key_owner){.domain = domain,
                                .node = BYTES_LITERAL("0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a:"
                                                      "00112233445566778899aabbccddeeff")};
    require(status_is_ok(k256_public(&wallet, &public)));
    eth_address_of(&public, &owner->wallet);
    require(status_is_ok(p384_public(&key, &owner->registered)));
}

/* The digits of a member, as a point. Returns: whether it is one. */
static bool find_point(struct json_in_doc *doc, struct bytes *ret_digits, struct p384_point *ret)
{
    struct json_in root = json_in_root(doc);
    struct json_in member;
    uint8_t memory[P384_SPKI];
    *ret_digits = (struct bytes){NULL, 0};
    if (!status_is_ok(json_in_member(&root, "envelope_key", &member)) ||
        !status_is_ok(json_in_string(&member, ret_digits)) ||
        (ret_digits->len != 2 * P384_SEC1 && ret_digits->len != 2 * P384_SPKI)) {
        return false;
    }
    size_t len = ret_digits->len / 2;
    return status_is_ok(hex_read(*ret_digits, len, memory)) &&
           status_is_ok(p384_point_parse((struct bytes){memory, len}, ret));
}

/* The same key with the right signature. */
static void sign_anew(const struct node_key_owner *owner, struct bytes digits,
                      const struct p384_point *point, struct buf *out)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    require(status_is_ok(pop_key_text(domain, owner->node, BYTES_ARRAY(point->sec1), &text)));
    require(status_is_ok(eip191_sign(&wallet, buf_bytes(&text), &signature)));
    buf_put_text(out, "{\"tee_pubkey\":\"");
    hex_put(out, BYTES_ARRAY(owner->registered.sec1));
    buf_put_text(out, "\",\"envelope_key\":\"");
    buf_put(out, digits);
    buf_put_text(out, "\",\"envelope_key_signature\":\"");
    eip191_put(out, &signature);
    buf_put_text(out, "\"}");
    require(status_is_ok(buf_check(out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena arena;
    const struct p384_point none = {{0}};
    struct node_key_owner owner;
    struct p384_point point;
    struct p384_point expected;
    struct json_in_doc doc;
    struct bytes digits;
    uint8_t memory[2048];
    struct buf out = buf_over(memory, sizeof memory);
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, 16u << 20)));
    }
    arena_reset(&arena);
    open_owner(&owner);
    if (!status_is_ok(json_in_parse(&arena, (struct bytes){data, len}, &doc))) {
        return 0;
    }
    /* Who can sign for the wallet is not in the input. */
    require(node_key_read(&doc, &owner, &point).code == STATUS_NODE_UNTRUSTED);
    require(memcmp(&point, &none, sizeof none) == 0);
    if (find_point(&doc, &digits, &expected)) {
        sign_anew(&owner, digits, &expected, &out);
        require(status_is_ok(json_in_parse(&arena, buf_bytes(&out), &doc)));
        require(status_is_ok(node_key_read(&doc, &owner, &point)));
        require(p384_point_equal(&expected, &point));
    }
    return 0;
}
