/* Hand-off, version 2: how a node gets the roots of its cluster from one that holds them.
 *
 * The asker fetches a nonce from the holder, makes a key pair E_a for this one exchange, and has
 * its security module attest to it, bound to the nonce, the deployment and both wallets. The holder
 * verifies that and seals the roots to E_a under a key pair E_b of its own, attested and bound to
 * the whole request. So only the trusted code that made the request reads the roots, and it knows
 * that trusted code gave them. Whether they are the right ones the chain says (root_start.h).
 *
 * Messages: CFH2, type u8, then, with integers big-endian:
 *   ask      domain 32
 *   have     what the answerer holds u8, nonce 32 (zeros unless it is a root)
 *   request  domain 32, count u8, epochs u32 ascending, E_a 97, document after its length u16
 *   answer   E_b 97, document after its length u16, sealed
 * Bindings: `req`, domain, nonce, wallet of the asker, of the holder, E_a; and `ans`, SHA-256 of
 * the request, E_b. The nonce of the first document is the holder's, of the second SHA-256 of the
 * request. Sealed is AES-256-GCM over (epoch u32, M 32) of each epoch of the request, in its order,
 * under HKDF(ECDH, salt coffer/handoff/2, info SHA-256 of the request, SHA-256 of the answer up to
 * what is sealed). Each key seals once, so its IV is zeros.
 *
 * Used by root_start.h. Any thread. Source: formats, section 8; what it leaves open is decided in
 * docs/decisions/066-messages-of-hand-off.md. */
#ifndef COFFER_CLUSTER_HANDOFF_H
#define COFFER_CLUSTER_HANDOFF_H

#include <stddef.h>
#include <stdint.h>

#include "attestation/document.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/p384.h"
#include "digest/sha256.h"
#include "ethereum/eth_address.h"
#include "keys/domain.h"

enum {
    HANDOFF_NONCE = 32,
    HANDOFF_MEASUREMENT = 32,
    HANDOFF_HEAD = 5, /* bytes of every message before its body */
    HANDOFF_ASK = HANDOFF_HEAD + DOMAIN_ID,
    HANDOFF_HAVE = HANDOFF_HEAD + 1 + HANDOFF_NONCE,
    HANDOFF_ROOT = 4 + 32, /* one of what is sealed */
    HANDOFF_REQUEST_MAX = HANDOFF_ASK + 1 + 4 * LIMIT_ROOT_EPOCHS + P384_SEC1 + 2 + DOCUMENT_MAX,
    HANDOFF_ANSWER_MAX =
        HANDOFF_HEAD + P384_SEC1 + 2 + DOCUMENT_MAX + HANDOFF_ROOT * LIMIT_ROOT_EPOCHS + AEAD_TAG,
};

enum handoff_type {
    HANDOFF_TYPE_ASK = 1,
    HANDOFF_TYPE_HAVE = 2,
    HANDOFF_TYPE_REQUEST = 3,
    HANDOFF_TYPE_ANSWER = 4,
};

/* What a node says that it holds. */
enum handoff_holds {
    HANDOFF_NOTHING = 0,
    HANDOFF_CANDIDATE = 1, /* a root whose hash is not final on the chain */
    HANDOFF_ROOTS = 2,     /* and it may give them */
};

/* What a live document of the other side must be, besides genuine and made for hand-off. */
struct handoff_expected {
    struct bytes binding;
    struct bytes nonce;         /* the one that it must answer */
    const uint8_t *measurement; /* [HANDOFF_MEASUREMENT] of its code, as the registry knows it */
    uint64_t wall_ms;           /* now, Unix */
};

/* The security module, as far as hand-off needs it. */
struct handoff_attest {
    void *context;
    /* Append a document of this enclave, without a public key, up to DOCUMENT_MAX bytes.
     * Returns: OK; why there is none. */
    struct status (*attest)(void *context, struct bytes user_data, struct bytes nonce,
                            struct buf *document);
    /* As attestation_verify_live, with purpose ATTESTATION_HANDOFF. Returns: OK; as there. */
    struct status (*verify_live)(void *context, struct bytes document,
                                 const struct handoff_expected *expected);
};

struct handoff_ports {
    struct entropy entropy;
    struct handoff_attest attest;
};

/* Between whom, and for which nonce of the holder. */
struct handoff_ends {
    uint8_t domain[DOMAIN_ID];
    struct eth_address asker;
    struct eth_address holder;
    uint8_t nonce[HANDOFF_NONCE];
};

/* What the registry says of the other side, and when. */
struct handoff_other {
    const uint8_t *measurement; /* [HANDOFF_MEASUREMENT] */
    uint64_t wall_ms;
};

/* Ascending. */
struct handoff_epochs {
    size_t count; /* 1 to LIMIT_ROOT_EPOCHS */
    uint32_t list[LIMIT_ROOT_EPOCHS];
};

/* M of one epoch. *secret*, but for the epoch. */
struct handoff_root {
    uint32_t epoch;
    struct secret32 master;
};

/* By epoch, ascending. *secret*, but for count and epochs. */
struct handoff_roots {
    size_t count; /* up to LIMIT_ROOT_EPOCHS */
    struct handoff_root list[LIMIT_ROOT_EPOCHS];
};

/* What the asker keeps until the answer comes. *secret*: the private half of E_a. */
struct handoff_asking {
    struct p384_key key;
    uint8_t digest[SHA256_BYTES]; /* of the request */
    struct handoff_epochs epochs;
};

/* What the holder has read and verified. */
struct handoff_request {
    uint8_t digest[SHA256_BYTES];
    struct handoff_epochs epochs;
    struct p384_point point; /* E_a */
};

static inline void handoff_roots_wipe(struct handoff_roots *roots)
{
    secret_wipe(roots, sizeof *roots);
}

static inline void handoff_asking_wipe(struct handoff_asking *asking)
{
    secret_wipe(asking, sizeof *asking);
}

/* What a message says that it is; HANDOFF_TYPE_*, or 0 for no message of hand-off. */
unsigned handoff_message_type(struct bytes message);

/* The question what a node holds. Returns of read: OK; HANDOFF_INVALID; HANDOFF_DOMAIN. */
void handoff_put_ask(const uint8_t domain[static DOMAIN_ID], struct buf *message);
struct status handoff_read_ask(struct bytes message, const uint8_t domain[static DOMAIN_ID]);

/* And the answer to it. Returns of read: OK; HANDOFF_INVALID. On failure: *ret_holds is
 * HANDOFF_NOTHING, ret_nonce zeros. */
void handoff_put_have(enum handoff_holds holds, const uint8_t nonce[static HANDOFF_NONCE],
                      struct buf *message);
struct status handoff_read_have(struct bytes message, enum handoff_holds *ret_holds,
                                uint8_t ret_nonce[static HANDOFF_NONCE]);

/* Ask for the roots of those epochs. Out: message, with room for HANDOFF_REQUEST_MAX; *ret_asking,
 * *secret*. Returns: OK; ENTROPY; NO_MEMORY; INTERNAL; as attest. On failure: message is as it was,
 * *ret_asking zero. Timing: as p384_key_generate. */
struct status handoff_ask(const struct handoff_ports *ports, const struct handoff_ends *ends,
                          const struct handoff_epochs *epochs, struct buf *message,
                          struct handoff_asking *ret_asking);

/* Read and verify a request. Returns: OK; HANDOFF_INVALID; HANDOFF_DOMAIN; POINT_INVALID; as
 * verify_live; NO_MEMORY. On failure: *ret is zero. */
struct status handoff_read_request(const struct handoff_ports *ports,
                                   const struct handoff_ends *ends,
                                   const struct handoff_other *asker, struct bytes message,
                                   struct handoff_request *ret);

/* Answer it. In: roots, *secret*, of exactly its epochs. Out: message, with room for
 * HANDOFF_ANSWER_MAX. Returns: OK; ENTROPY; NO_MEMORY; INTERNAL; as attest. On failure: message is
 * as it was. Timing: as p384_key_generate. */
struct status handoff_answer(const struct handoff_ports *ports,
                             const struct handoff_request *request,
                             const struct handoff_roots *roots, struct buf *message);

/* Open the answer to what was asked. In: asking, *secret*. Out: *ret_roots, *secret*, of exactly
 * the epochs that were asked for; they are nobody's roots before their hashes were compared.
 * Returns: OK; HANDOFF_INVALID; POINT_INVALID; as verify_live; AEAD_INVALID; NO_MEMORY; INTERNAL.
 * On failure: *ret_roots is zero. Timing: depends on the message and on the outcome. */
struct status handoff_open(const struct handoff_ports *ports, const struct handoff_asking *asking,
                           const struct handoff_other *holder, struct bytes message,
                           struct handoff_roots *ret_roots);

#endif
