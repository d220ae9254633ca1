/* An attestation document as it is written: a COSE_Sign1 with a map of nine members.
 *
 * Reading it says nothing about who made it; attestation.h does. Public data only. Any thread.
 * Source: RFC 9052, section 4.2; the documentation of the security module, with the bounds that its
 * own tools check. */
#ifndef COFFER_ATTESTATION_DOCUMENT_H
#define COFFER_ATTESTATION_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/es384.h"
#include "crypto/x509_chain.h"

enum {
    DOCUMENT_MAX = 16384, /* bytes of a whole document */
    DOCUMENT_PCRS = 32,   /* registers that there can be */
    DOCUMENT_PCR = 48,    /* bytes of one, by SHA-384 */
    DOCUMENT_CERTIFICATE_MAX = 1024,
    DOCUMENT_PUBLIC_KEY_MAX = 1024,
    DOCUMENT_DATA_MAX = 512,               /* of user data and of the nonce */
    DOCUMENT_TEXT_MAX = DOCUMENT_MAX + 32, /* of what is signed */
};

/* What may be null. */
struct document_optional {
    bool is_there;
    struct bytes content;
};

/* All of it borrows from the bytes that were read. */
struct document {
    struct bytes payload;     /* what is signed, besides constants */
    const uint8_t *signature; /* [ES384_SIGNATURE] */
    struct bytes module_id;
    uint64_t timestamp_ms;
    const uint8_t *pcrs[DOCUMENT_PCRS]; /* [DOCUMENT_PCR] each; NULL: not there */
    struct bytes certificate;
    struct bytes bundle[X509_CHAIN_MAX]; /* the root first */
    size_t bundle_count;
    struct document_optional public_key;
    struct document_optional user_data;
    struct document_optional nonce;
};

/* Read a document. Every member must be there once, in its bounds, in the one form that it has.
 * Returns: OK; ATTESTATION_INVALID for everything else, ATTESTATION_ALGORITHM for a signature or a
 * digest of another kind. On failure: *ret is empty. Cost: the length. */
struct status document_read(struct bytes in, struct document *ret);

/* Append the text that is signed. In: text, with room for DOCUMENT_TEXT_MAX. */
void document_put_signed(const struct document *document, struct buf *text);

#endif
