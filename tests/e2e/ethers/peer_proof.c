/* Proofs of users, judged by us: proof SCHEME login|other KEY TEXT PURPOSE ORIGIN PROOF is answered
 * with true, where ORIGIN is the one that the tenant lists. */
#include "authenticators/authenticator.h"
#include "base/invariant.h"
#include "digest/sha256.h"
#include "e2e/ethers/peer.h"

struct status peer_proof(struct peer_command *command, struct buf *out)
{
    static struct arena arena;
    uint8_t proof_of[SHA256_BYTES];
    INVARIANT(arena.base != NULL || status_is_ok(arena_init(&arena, 1 << 20)));
    arena_reset(&arena);
    const struct authenticator_said said = {
        .text = peer_hex(command, command->word[4]),
        .proof_of = proof_of,
        .purpose = command->word[5],
        .is_login = bytes_equal(command->word[2], BYTES_LITERAL("login"))};
    const struct authenticator_rules rules = {.origins = &command->word[6], .origin_count = 1};
    const struct authenticator_claim claim = {.scheme =
                                                  (enum auth_scheme)peer_number(command->word[1]),
                                              .key = peer_hex(command, command->word[3]),
                                              .proof = peer_hex(command, command->word[7])};
    sha256_hash(said.text, proof_of);
    TRY(authenticator_check(&arena, &said, &rules, &claim));
    peer_put_text(out, "true");
    return OK;
}
