/* What the files of the peer share: a command taken apart, and answers put together. */
#ifndef COFFER_TESTS_ETHERS_PEER_H
#define COFFER_TESTS_ETHERS_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "ethereum/eth_address.h"

enum { PEER_WORDS_MAX = 32, PEER_LINE = 1 << 20 };

/* A command taken apart; what hex stands for is written behind what came before. */
struct peer_command {
    struct bytes word[PEER_WORDS_MAX];
    size_t count;
    struct buf memory;
};

/* Bytes and numbers of a text of ours; anything else ends the program. */
struct bytes peer_hex(struct peer_command *command, struct bytes text);
uint64_t peer_number(struct bytes text);
void peer_copy_hex(struct peer_command *command, struct bytes text, uint8_t *to, size_t len);

/* Append a word to an answer. */
void peer_put_text(struct buf *out, const char *text);
void peer_put_hex(struct buf *out, struct bytes data);
void peer_put_number(struct buf *out, uint64_t number);
void peer_put_address(struct buf *out, const struct eth_address *address);

/* In peer_rpc.c. */
struct status peer_request(struct peer_command *command, struct buf *out);
struct status peer_answer(struct peer_command *command, struct buf *out);

/* In peer_proof.c. */
struct status peer_proof(struct peer_command *command, struct buf *out);

#endif
