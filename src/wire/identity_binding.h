/* What an attestation of a node's identity is bound to: one encoding of all that is to be believed
 * of the node because of the document.
 *
 * The bytes are, in this order and without anything between: version u8 (1), domain id 32, wallet
 * 20, key of envelopes of version 2 as 97 bytes of SEC1, key of version 1 likewise, boot id 16,
 * digest of the trust configuration 32. The user data of the document has their SHA-256
 * (attestation/attestation.h). In JSON each has a member of its own, from which whoever verifies
 * makes the bytes. Public data only. Used by nodes and by who verifies them.
 * Source: formats, section 8. */
#ifndef COFFER_WIRE_IDENTITY_BINDING_H
#define COFFER_WIRE_IDENTITY_BINDING_H

#include <stdint.h>

#include "base/status.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"
#include "wire/pop.h"

enum {
    IDENTITY_BINDING_TRUST = 32,
    IDENTITY_BINDING =
        1 + POP_HASH + ETH_ADDRESS_BYTES + 2 * P384_SEC1 + POP_BOOT_ID + IDENTITY_BINDING_TRUST,
};

struct identity_binding {
    uint8_t domain[POP_HASH];
    struct eth_address wallet;
    struct p384_point envelope_key; /* of envelopes of version 2 */
    struct p384_point tee_pubkey;   /* the registered one, of version 1 */
    uint8_t boot_id[POP_BOOT_ID];
    uint8_t trust_digest[IDENTITY_BINDING_TRUST]; /* of the configuration that the node runs with */
};

/* The bytes. */
void identity_binding_put(const struct identity_binding *binding,
                          uint8_t out[static IDENTITY_BINDING]);

/* An object with a member of each name above. Hex; tee_pubkey in DER, as the registry has it. */
void identity_binding_json(const struct identity_binding *binding, struct json_out *out);

/* Read such an object, which has no other members: nobody shall believe what is not bound.
 * Returns: OK; BAD_TYPE, MISSING_FIELD, UNKNOWN_FIELD, INVALID_HEX, INVALID_ADDRESS,
 * POINT_INVALID; NO_MEMORY. On failure: *ret is zero. */
struct status identity_binding_read(const struct json_in *at, struct identity_binding *ret);

#endif
