/* How the command line reads the signatures of audit checkpoints: EIP-191, as nodes write them. */
#ifndef COFFER_PROGRAM_SIGNER_PORT_H
#define COFFER_PROGRAM_SIGNER_PORT_H

#include "audit/audit_verify.h"

/* A port of audit_verify that notes no signers. Only the low form of a signature counts. */
struct audit_verify_port signer_port(void);

#endif
