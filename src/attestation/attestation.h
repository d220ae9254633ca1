/* What an attestation document proves: verified in one of two ways, neither of which leaves a check
 * out.
 *
 * Live: the document answers our nonce and was made just now. Evidence: it was made at the time
 * that it says, as of an archived record of a start, and answers no nonce of ours. Both check
 * form, chain to the pinned root, signature, measurements, purpose and binding. There is no way to
 * verify less. Used between nodes and by clients. Public data only. Any thread. */
#ifndef COFFER_ATTESTATION_ATTESTATION_H
#define COFFER_ATTESTATION_ATTESTATION_H

#include <stddef.h>
#include <stdint.h>

#include "attestation/document.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"

enum {
    ATTESTATION_MEASURED = 3,    /* the registers that say which code runs: 0, 1, 2 */
    ATTESTATION_CODE = 32,       /* bytes of a code measurement */
    ATTESTATION_USER_DATA = 34,  /* bytes: version, purpose, digest of what is bound */
    ATTESTATION_SKEW_MS = 30000, /* that a document may seem to be from the future */
    ATTESTATION_NONCE_MIN = 16,  /* bytes of a nonce that nobody can guess */
};

/* What a document is made for; one made for another purpose is refused. */
enum attestation_purpose {
    ATTESTATION_IDENTITY = 1,
    ATTESTATION_HANDOFF = 2,
    ATTESTATION_KMS = 3,
    ATTESTATION_AUDIT_BOOT = 4,
    ATTESTATION_RECOVERY = 5,
};

/* Who asks the security module for documents, and so how user data stands in them. Each enclave has
 * one, which whoever trusts its code knows; what a document looks like does not decide it. */
enum attestation_maker {
    ATTESTATION_MODULE, /* the node itself: as it is */
    ATTESTATION_ODYN,   /* Odyn: in base64, in the member coffer of a JSON object */
};

/* Code that is trusted: by its registers, or by its code measurement, as the registry has it. */
struct attestation_measurement {
    uint8_t pcrs[ATTESTATION_MEASURED][DOCUMENT_PCR];
};
struct attestation_code {
    uint8_t keccak[ATTESTATION_CODE];
};

struct attestation_expected {
    struct bytes root; /* the pinned root in DER */
    enum attestation_purpose purpose;
    enum attestation_maker maker;
    struct bytes binding; /* the struct that the document must be bound to */
    /* Code that is trusted, in both ways together; none: nothing passes. */
    const struct attestation_measurement *allowed; /* [allowed_count] */
    size_t allowed_count;
    const struct attestation_code *codes; /* [code_count] */
    size_t code_count;
};

/* What a live document must be beside that. */
struct attestation_moment {
    struct clock_interval now; /* Unix ms; judged at both ends */
    uint64_t max_age_ms;
    struct bytes nonce; /* that was sent for this document alone; ATTESTATION_NONCE_MIN and more */
};

/* Verify a document that was asked for. Out: *ret borrows from in.
 * Returns: OK; ATTESTATION_INVALID, ATTESTATION_ALGORITHM (form); CERTIFICATE_ROOT, _INVALID,
 * _CHAIN, _TIME (at either end of now); ATTESTATION_SIGNATURE; ATTESTATION_DEBUG (registers of a
 * debugged enclave, all zero); ATTESTATION_MEASUREMENT; ATTESTATION_PURPOSE, ATTESTATION_BINDING
 * (user data); ATTESTATION_PUBLIC_KEY (one where the purpose has none, or none where it has one);
 * ATTESTATION_FUTURE, ATTESTATION_STALE, ATTESTATION_NONCE; NO_MEMORY. On failure: *ret is empty.
 * Cost: a signature for each certificate and one more, about 3 ms. */
struct status attestation_verify_live(struct bytes in, const struct attestation_expected *expected,
                                      const struct attestation_moment *moment,
                                      struct document *ret);

/* Verify a document of a record, at the time that it was signed. Out and returns: as above, without
 * those of the moment. It proves that this code said so then; not that it is still so. */
struct status attestation_verify_evidence(struct bytes in,
                                          const struct attestation_expected *expected,
                                          struct document *ret);

/* The user data of a document with that purpose, bound to that struct. */
void attestation_user_data(enum attestation_purpose purpose, struct bytes binding,
                           uint8_t out[static ATTESTATION_USER_DATA]);

/* The code measurement that the registry knows: Keccak-256 of registers 0, 1 and 2. In: a document
 * that has them, as every one that was verified. */
void attestation_code_measurement(const struct document *document,
                                  uint8_t out[static ATTESTATION_CODE]);

/* How makers are called in our API: "module", "odyn". */
const char *attestation_maker_name(enum attestation_maker maker);

#endif
