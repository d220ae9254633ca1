#include "wire/identity_binding.h"

#include "base/buf.h"
#include "base/invariant.h"
#include "codec/hex.h"

enum { VERSION = 1 };

void identity_binding_put(const struct identity_binding *binding,
                          uint8_t out[static IDENTITY_BINDING])
{
    struct buf buf = buf_over(out, IDENTITY_BINDING);
    buf_put_u8(&buf, VERSION);
    buf_put(&buf, BYTES_ARRAY(binding->domain));
    buf_put(&buf, BYTES_ARRAY(binding->wallet.b));
    buf_put(&buf, BYTES_ARRAY(binding->envelope_key.sec1));
    buf_put(&buf, BYTES_ARRAY(binding->tee_pubkey.sec1));
    buf_put(&buf, BYTES_ARRAY(binding->boot_id));
    buf_put(&buf, BYTES_ARRAY(binding->trust_digest));
    INVARIANT(buf.len == IDENTITY_BINDING && !buf.failed);
}

static void put_hex(struct json_out *out, const char *name, struct bytes data)
{
    json_out_name(out, name);
    json_out_hex(out, data);
}

void identity_binding_json(const struct identity_binding *binding, struct json_out *out)
{
    uint8_t spki[P384_SPKI];
    uint8_t wallet[ETH_ADDRESS_TEXT];
    struct buf text = buf_over(wallet, sizeof wallet);
    p384_point_spki(&binding->tee_pubkey, spki);
    eth_address_put(&text, &binding->wallet);
    json_out_object(out);
    put_hex(out, "domain_id", BYTES_ARRAY(binding->domain));
    json_out_member_string(out, "wallet", buf_bytes(&text));
    put_hex(out, "envelope_key", BYTES_ARRAY(binding->envelope_key.sec1));
    put_hex(out, "tee_pubkey", BYTES_ARRAY(spki));
    put_hex(out, "boot_id", BYTES_ARRAY(binding->boot_id));
    put_hex(out, "trust_digest", BYTES_ARRAY(binding->trust_digest));
    json_out_object_end(out);
}

static struct status read_hex(const struct json_in *at, const char *name, size_t len, uint8_t *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(at, name, &member));
    TRY(json_in_string(&member, &text));
    return json_in_about(&member, hex_read(text, len, ret));
}

/* In: len, of the one form that it has here. */
static struct status read_point(const struct json_in *at, const char *name, size_t len,
                                struct p384_point *ret)
{
    uint8_t memory[P384_SPKI];
    struct json_in member;
    TRY(read_hex(at, name, len, memory));
    TRY(json_in_member(at, name, &member));
    return json_in_about(&member, p384_point_parse((struct bytes){memory, len}, ret));
}

static struct status read_wallet(const struct json_in *at, struct eth_address *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(at, "wallet", &member));
    TRY(json_in_string(&member, &text));
    return json_in_about(&member, eth_address_read(text, ret));
}

static struct status read_members(const struct json_in *at, struct identity_binding *ret)
{
    static const char *const names[] = {"domain_id",  "wallet",  "envelope_key",
                                        "tee_pubkey", "boot_id", "trust_digest"};
    TRY(json_in_members(at, names, sizeof names / sizeof names[0]));
    TRY(read_hex(at, "domain_id", sizeof ret->domain, ret->domain));
    TRY(read_wallet(at, &ret->wallet));
    TRY(read_point(at, "envelope_key", P384_SEC1, &ret->envelope_key));
    TRY(read_point(at, "tee_pubkey", P384_SPKI, &ret->tee_pubkey));
    TRY(read_hex(at, "boot_id", sizeof ret->boot_id, ret->boot_id));
    return read_hex(at, "trust_digest", sizeof ret->trust_digest, ret->trust_digest);
}

struct status identity_binding_read(const struct json_in *at, struct identity_binding *ret)
{
    struct status status;
    *ret = (struct identity_binding){0};
    status = read_members(at, ret);
    if (!status_is_ok(status)) {
        *ret = (struct identity_binding){0};
    }
    return status;
}
