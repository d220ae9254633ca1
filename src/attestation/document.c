#include "attestation/document.h"

#include <string.h>

#include "codec/cbor.h"

/* The protected header: a map of one pair, the algorithm (1) and ES384 (-35). */
static const uint8_t protected_header[] = {0xa1, 0x01, 0x38, 0x22};

enum { MEMBERS = 9, COSE_PARTS = 4 };

/* Bounds first, so that the caller never sees what is too long. */
static struct status read_bytes(struct bytes *rest, size_t min, size_t max, struct bytes *ret)
{
    struct cbor_item item;
    struct status status = cbor_expect(rest, CBOR_BYTES, &item);
    if (!status_is_ok(status) || item.content.len < min || item.content.len > max) {
        return FAIL(ATTESTATION_INVALID);
    }
    *ret = item.content;
    return OK;
}

static struct status read_optional(struct bytes *rest, size_t min, size_t max,
                                   struct document_optional *ret)
{
    struct cbor_item item;
    if (status_is_ok(cbor_expect(rest, CBOR_NULL, &item))) {
        return OK;
    }
    ret->is_there = true;
    return read_bytes(rest, min, max, &ret->content);
}

static struct status read_module_id(struct bytes *rest, struct document *ret)
{
    struct cbor_item item;
    struct status status = cbor_expect(rest, CBOR_TEXT, &item);
    ret->module_id = item.content;
    return status_is_ok(status) && item.content.len != 0 ? OK : FAIL(ATTESTATION_INVALID);
}

static struct status read_digest(struct bytes *rest, struct document *ret)
{
    struct cbor_item item;
    (void)ret;
    if (!status_is_ok(cbor_expect(rest, CBOR_TEXT, &item))) {
        return FAIL(ATTESTATION_INVALID);
    }
    return bytes_equal(item.content, BYTES_LITERAL("SHA384")) ? OK : FAIL(ATTESTATION_ALGORITHM);
}

static struct status read_timestamp(struct bytes *rest, struct document *ret)
{
    struct cbor_item item;
    struct status status = cbor_expect(rest, CBOR_UINT, &item);
    ret->timestamp_ms = item.value;
    bool is_time = item.value != 0 && item.value <= INT64_MAX;
    return status_is_ok(status) && is_time ? OK : FAIL(ATTESTATION_INVALID);
}

static struct status read_pcr(struct bytes *rest, struct document *ret)
{
    struct cbor_item index;
    struct bytes content;
    if (!status_is_ok(cbor_expect(rest, CBOR_UINT, &index)) || index.value >= DOCUMENT_PCRS ||
        ret->pcrs[index.value] != NULL) {
        return FAIL(ATTESTATION_INVALID);
    }
    TRY(read_bytes(rest, DOCUMENT_PCR, DOCUMENT_PCR, &content));
    ret->pcrs[index.value] = content.ptr;
    return OK;
}

static struct status read_pcrs(struct bytes *rest, struct document *ret)
{
    struct cbor_item map;
    if (!status_is_ok(cbor_expect(rest, CBOR_MAP, &map)) || map.value == 0) {
        return FAIL(ATTESTATION_INVALID);
    }
    for (uint64_t i = 0; i < map.value; i++) {
        TRY(read_pcr(rest, ret));
    }
    return OK;
}

static struct status read_certificate(struct bytes *rest, struct document *ret)
{
    return read_bytes(rest, 1, DOCUMENT_CERTIFICATE_MAX, &ret->certificate);
}

static struct status read_bundle(struct bytes *rest, struct document *ret)
{
    struct cbor_item array;
    if (!status_is_ok(cbor_expect(rest, CBOR_ARRAY, &array)) || array.value == 0 ||
        array.value > X509_CHAIN_MAX) {
        return FAIL(ATTESTATION_INVALID);
    }
    for (; ret->bundle_count < array.value; ret->bundle_count++) {
        TRY(read_bytes(rest, 1, DOCUMENT_CERTIFICATE_MAX, &ret->bundle[ret->bundle_count]));
    }
    return OK;
}

static struct status read_public_key(struct bytes *rest, struct document *ret)
{
    return read_optional(rest, 1, DOCUMENT_PUBLIC_KEY_MAX, &ret->public_key);
}

static struct status read_user_data(struct bytes *rest, struct document *ret)
{
    return read_optional(rest, 0, DOCUMENT_DATA_MAX, &ret->user_data);
}

static struct status read_nonce(struct bytes *rest, struct document *ret)
{
    return read_optional(rest, 0, DOCUMENT_DATA_MAX, &ret->nonce);
}

static const struct member {
    const char *name;
    struct status (*read)(struct bytes *rest, struct document *ret);
} members[MEMBERS] = {
    {"module_id", read_module_id},
    {"digest", read_digest},
    {"timestamp", read_timestamp},
    {"pcrs", read_pcrs},
    {"certificate", read_certificate},
    {"cabundle", read_bundle},
    {"public_key", read_public_key},
    {"user_data", read_user_data},
    {"nonce", read_nonce},
};

/* seen: a bit for each member, none of which may come twice. */
static struct status read_member(struct bytes *rest, unsigned *seen, struct document *ret)
{
    struct cbor_item name;
    if (!status_is_ok(cbor_expect(rest, CBOR_TEXT, &name))) {
        return FAIL(ATTESTATION_INVALID);
    }
    size_t i = 0;
    while (i < MEMBERS && !bytes_equal(name.content, bytes_of(members[i].name))) {
        i++;
    }
    if (i == MEMBERS || (*seen & 1U << i) != 0) {
        return FAIL(ATTESTATION_INVALID);
    }
    *seen |= 1U << i;
    return members[i].read(rest, ret);
}

static struct status read_payload(struct bytes payload, struct document *ret)
{
    struct cbor_item map;
    unsigned seen = 0;
    if (!status_is_ok(cbor_expect(&payload, CBOR_MAP, &map)) || map.value != MEMBERS) {
        return FAIL(ATTESTATION_INVALID);
    }
    for (int i = 0; i < MEMBERS; i++) {
        TRY(read_member(&payload, &seen, ret));
    }
    return payload.len == 0 ? OK : FAIL(ATTESTATION_INVALID);
}

/* Untagged, as the security module writes it. */
static struct status read_cose(struct bytes in, struct document *ret)
{
    struct cbor_item item;
    struct bytes header;
    struct bytes signature;
    if (!status_is_ok(cbor_expect(&in, CBOR_ARRAY, &item)) || item.value != COSE_PARTS) {
        return FAIL(ATTESTATION_INVALID);
    }
    TRY(read_bytes(&in, 0, DOCUMENT_MAX, &header));
    if (!bytes_equal(header, BYTES_ARRAY(protected_header))) {
        return FAIL(ATTESTATION_ALGORITHM);
    }
    if (!status_is_ok(cbor_expect(&in, CBOR_MAP, &item)) || item.value != 0) {
        return FAIL(ATTESTATION_INVALID);
    }
    TRY(read_bytes(&in, 1, DOCUMENT_MAX, &ret->payload));
    TRY(read_bytes(&in, ES384_SIGNATURE, ES384_SIGNATURE, &signature));
    ret->signature = signature.ptr;
    return in.len == 0 ? OK : FAIL(ATTESTATION_INVALID);
}

struct status document_read(struct bytes in, struct document *ret)
{
    *ret = (struct document){0};
    struct status status = read_cose(in, ret);
    if (status_is_ok(status)) {
        status = read_payload(ret->payload, ret);
    }
    if (!status_is_ok(status)) {
        *ret = (struct document){0};
    }
    return status;
}

void document_put_signed(const struct document *document, struct buf *text)
{
    cbor_put_array(text, COSE_PARTS);
    cbor_put_text(text, "Signature1");
    cbor_put_bytes(text, BYTES_ARRAY(protected_header));
    cbor_put_bytes(text, (struct bytes){NULL, 0});
    cbor_put_bytes(text, document->payload);
}
