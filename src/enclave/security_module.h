/* The security module of an enclave, as a port: it measures, and it signs what it measured.
 *
 * Registers 0 to 15 are what was measured before the enclave started and do not change; from 16 on
 * they are the program's, until they are locked. A document has those that are locked. Used by
 * programs/coffer-node. Any thread. Source: the documentation of the platform's security module. */
#ifndef COFFER_ENCLAVE_SECURITY_MODULE_H
#define COFFER_ENCLAVE_SECURITY_MODULE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    SECURITY_MODULE_DOCUMENT = 16384,  /* bytes of a document at most */
    SECURITY_MODULE_DATA = 512,        /* of a nonce, and of user data */
    SECURITY_MODULE_PUBLIC_KEY = 1024, /* of a public key */
    SECURITY_MODULE_REGISTERS = 32,
    SECURITY_MODULE_OURS = 16, /* the first register that a program may extend */
    SECURITY_MODULE_PCR = 48,  /* bytes of a register */
};

/* What shall be in a document. Empty: not there. */
struct security_module_request {
    struct bytes nonce;
    struct bytes user_data;
    struct bytes public_key;
};

struct security_module {
    void *context;
    struct status (*attest)(void *context, const struct security_module_request *request,
                            struct buf *out);
    struct status (*extend)(void *context, unsigned index, struct bytes data);
    struct status (*lock)(void *context, unsigned index);
};

/* Append a document that was made now. In: out, with room for SECURITY_MODULE_DOCUMENT.
 * Returns: OK; BAD_REQUEST for a part that is longer than may be; SECURITY_MODULE when the module
 * refuses or fails; ENTROPY; NO_MEMORY; BUFFER_FULL. On failure: nothing is appended. */
struct status security_module_attest(const struct security_module *module,
                                     const struct security_module_request *request,
                                     struct buf *out);

/* Make a register the SHA-384 of what it was and data. In: index, from SECURITY_MODULE_OURS; data,
 * 1 to SECURITY_MODULE_DATA bytes. Returns: OK; BAD_REQUEST; SECURITY_MODULE, also for one that is
 * locked. On failure: the register is as it was. */
struct status security_module_extend(const struct security_module *module, unsigned index,
                                     struct bytes data);

/* Have it stay as it is. In: index, likewise. Returns: OK; BAD_REQUEST; SECURITY_MODULE. */
struct status security_module_lock(const struct security_module *module, unsigned index);

#endif
