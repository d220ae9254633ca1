/* Which node it is that will be asked: what it has to be before a request is signed for it.
 *
 * Attested code, where the command says which code is trusted; a node of a deployment that the
 * command names; or one on this machine, with nobody in between. Anything else would sign for
 * whatever somebody on the way answers. */
#ifndef COFFER_PROGRAM_NODE_TRUST_H
#define COFFER_PROGRAM_NODE_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#include "coffer/cli.h"
#include "coffer/node_api.h"
#include "wire/auth_text.h"
#include "wire/pop.h"

struct node_trust {
    uint8_t domain[AUTH_TEXT_HASH];
    char node[POP_NODE_TEXT + 1]; /* wallet:boot_id */
};

/* Ask the node, and check it, by the options of verify_trust.h that the command has.
 * In: url, as --node has it. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit node_trust_find(struct cli *cli, struct node_api *api, const char *url,
                              struct node_trust *ret);

/* True for an address of this machine. */
bool node_trust_is_local(const char *url);

#endif
