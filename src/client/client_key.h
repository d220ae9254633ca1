/* The two keys of an app: a wallet that signs, and a P-384 key that opens what is sealed to it.
 *
 * In a file of mode 0600, which the app's instance is registered with. Used by client.h and by the
 * command line. */
#ifndef COFFER_CLIENT_CLIENT_KEY_H
#define COFFER_CLIENT_CLIENT_KEY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/entropy.h"
#include "base/status.h"
#include "client/client_identity.h"
#include "crypto/k256.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"

enum { CLIENT_KEY_FILE_MAX = 4096 };

/* *secret* but for address and point. */
struct client_key {
    struct k256_key wallet;
    struct p384_key tee;
    struct eth_address address;
    struct p384_point point;
};

void client_key_wipe(struct client_key *key);

/* New keys. Returns: OK; ENTROPY, NO_MEMORY, INTERNAL. On failure: *ret is zero. */
struct status client_key_generate(const struct entropy *entropy, struct client_key *ret);

/* An identity that holds a copy of these keys, in guarded memory until it is closed.
 * Returns: OK, NO_MEMORY. On failure: *ret is closed. */
struct status client_key_identity(const struct client_key *key, struct client_identity *ret);

/* Read {"wallet_key": 0x and 32 bytes, "tee_key": 0x and 48 bytes}. In: path, of a regular file
 * that nobody else may read; arena, scratch, which is rewound.
 * Returns: OK; KEY_FILE for a file that is not there, not private or not of this form;
 * KEY_INVALID; NO_MEMORY. On failure: *ret is zero. */
struct status client_key_read(const char *path, struct arena *arena, struct client_key *ret);

/* Write such a file; it must not exist. Returns: OK; KEY_FILE. On failure: there is no file. */
struct status client_key_write(const char *path, const struct client_key *key);

#endif
