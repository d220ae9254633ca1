/* covers: src/attestation/document.c */
#include <stddef.h>
#include <stdint.h>

#include "attestation/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_inside(struct bytes part, const uint8_t *data, size_t len)
{
    return part.len == 0 || (part.ptr >= data && part.ptr + part.len <= data + len);
}

/* What is read lies in the input and in its bounds; what is not leaves nothing behind. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct document document;
    if (!status_is_ok(document_read((struct bytes){data, len}, &document))) {
        require(document.module_id.len == 0 && document.signature == NULL);
        require(document.bundle_count == 0 && document.certificate.len == 0);
        return 0;
    }
    require(is_inside(document.payload, data, len) && document.timestamp_ms != 0);
    require(is_inside((struct bytes){document.signature, ES384_SIGNATURE}, data, len));
    require(document.bundle_count >= 1 && document.bundle_count <= X509_CHAIN_MAX);
    for (size_t i = 0; i < document.bundle_count; i++) {
        require(is_inside(document.bundle[i], data, len) && document.bundle[i].len != 0);
    }
    for (size_t i = 0; i < DOCUMENT_PCRS; i++) {
        require(document.pcrs[i] == NULL ||
                is_inside((struct bytes){document.pcrs[i], DOCUMENT_PCR}, data, len));
    }
    require(document.nonce.is_there || document.nonce.content.len == 0);
    require(document.user_data.content.len <= DOCUMENT_DATA_MAX);
    uint8_t memory[DOCUMENT_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    document_put_signed(&document, &text);
    require(status_is_ok(buf_check(&text)));
    return 0;
}
