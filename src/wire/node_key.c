#include "wire/node_key.h"

#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "wire/pop.h"

static bool is_ours(struct status status)
{
    return status.code == STATUS_NO_MEMORY || status.code == STATUS_INTERNAL;
}

static struct status read_text(const struct json_in *root, const char *name, struct bytes *ret)
{
    struct json_in member;
    TRY(json_in_member(root, name, &member));
    return json_in_string(&member, ret);
}

/* Of either form that keys are written in. */
static struct status read_point(const struct json_in *root, const char *name,
                                struct p384_point *ret)
{
    uint8_t memory[P384_SPKI];
    struct bytes digits;
    TRY(read_text(root, name, &digits));
    size_t len = digits.len == 2 * P384_SEC1 ? P384_SEC1 : P384_SPKI;
    TRY(hex_read(digits, len, memory));
    return p384_point_parse((struct bytes){memory, len}, ret);
}

/* The text that the wallet signed is made here again, of what is known and the point. */
static struct status check_signature(const struct json_in *root, const struct node_key_owner *owner,
                                     const struct p384_point *point)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct bytes given;
    struct k256_signature signature;
    struct eth_address signer;
    TRY(read_text(root, "envelope_key_signature", &given));
    TRY(eip191_read(given, &signature));
    TRY(pop_key_text(owner->domain, owner->node, BYTES_ARRAY(point->sec1), &text));
    TRY(eip191_recover(buf_bytes(&text), &signature, true, &signer));
    return eth_address_equal(&signer, &owner->wallet) ? OK : FAIL(NODE_UNTRUSTED);
}

static struct status read_all(struct json_in_doc *doc, const struct node_key_owner *owner,
                              struct p384_point *ret)
{
    struct json_in root = json_in_root(doc);
    struct p384_point registered;
    TRY(read_point(&root, "tee_pubkey", &registered));
    if (!p384_point_equal(&registered, &owner->registered)) {
        return FAIL(NODE_UNTRUSTED);
    }
    TRY(read_point(&root, "envelope_key", ret));
    return check_signature(&root, owner, ret);
}

struct status node_key_read(struct json_in_doc *doc, const struct node_key_owner *owner,
                            struct p384_point *ret)
{
    *ret = (struct p384_point){{0}};
    struct status status = read_all(doc, owner, ret);
    if (status_is_ok(status)) {
        return OK;
    }
    *ret = (struct p384_point){{0}};
    return is_ours(status) ? status : FAIL(NODE_UNTRUSTED);
}
