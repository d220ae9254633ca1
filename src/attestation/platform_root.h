/* The root of the platform's security modules.
 *
 * Public; every document of AWS Nitro begins with it. Used by who verifies documents.
 * Source: AWS_NitroEnclaves_Root-G1.zip, as the documentation of AWS Nitro Enclaves names it, with
 * the SHA-256 fingerprint 64:1A:03:21:A3:E2:44:EF:E4:56:46:31:95:D6:06:31:7E:D7:CD:CC:3C:17:56:E0:
 * 98:93:F3:C6:8F:79:BB:5B. */
#ifndef COFFER_ATTESTATION_PLATFORM_ROOT_H
#define COFFER_ATTESTATION_PLATFORM_ROOT_H

#include "base/bytes.h"

/* The certificate in DER, valid until 2049. */
struct bytes platform_root_der(void);

#endif
