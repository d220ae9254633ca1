#include "coffer/signer_port.h"

#include <string.h>

#include "ethereum/eip191.h"

static struct status recover(void *context, struct bytes text,
                             const uint8_t bytes[static CHECKPOINT_SIGNATURE],
                             uint8_t ret_node[static CHECKPOINT_NODE])
{
    struct k256_signature signature = {.v = bytes[CHECKPOINT_SIGNATURE - 1]};
    struct eth_address address;
    (void)context;
    memcpy(signature.rs, bytes, sizeof signature.rs);
    struct status status = eip191_recover(text, &signature, true, &address);
    memcpy(ret_node, address.b, CHECKPOINT_NODE);
    return status;
}

struct audit_verify_port signer_port(void)
{
    return (struct audit_verify_port){.recover = recover};
}
