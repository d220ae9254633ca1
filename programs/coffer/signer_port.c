#include "coffer/signer_port.h"

#include <string.h>

#include "crypto/ed25519.h"
#include "ethereum/eip191.h"

static struct status recover(void *context, struct bytes text,
                             const uint8_t bytes[static AUDIT_WALLET_SIGNATURE],
                             uint8_t ret_wallet[static AUDIT_WALLET])
{
    struct k256_signature signature = {.v = bytes[AUDIT_WALLET_SIGNATURE - 1]};
    struct eth_address address;
    (void)context;
    memcpy(signature.rs, bytes, sizeof signature.rs);
    struct status status = eip191_recover(text, &signature, true, &address);
    memcpy(ret_wallet, address.b, AUDIT_WALLET);
    return status;
}

static struct status verify_note(void *context, const uint8_t public[static TLOG_NOTE_PUBLIC],
                                 struct bytes text,
                                 const uint8_t signature[static TLOG_NOTE_SIGNATURE])
{
    (void)context;
    return ed25519_verify(public, text, signature);
}

struct tlog_note_port signer_port_notes(void)
{
    return (struct tlog_note_port){.verify = verify_note};
}

struct audit_verify_port signer_port(void)
{
    return (struct audit_verify_port){.recover = recover, .notes = signer_port_notes()};
}
