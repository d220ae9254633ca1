/* How the command line reads the signatures of audit trails: EIP-191 of wallets, Ed25519 of logs.
 */
#ifndef COFFER_PROGRAM_SIGNER_PORT_H
#define COFFER_PROGRAM_SIGNER_PORT_H

#include "audit/audit_verify.h"

/* A port of audit_verify that tells nobody. Only the low form of a wallet's signature counts. */
struct audit_verify_port signer_port(void);

/* The part of it that checks notes. */
struct tlog_note_port signer_port_notes(void);

#endif
