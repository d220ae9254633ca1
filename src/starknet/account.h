/* Accounts: the address of a class and its keys, and what it takes to deploy it.
 *
 * The salt of an address is the owner's public key, and the account deploys itself. Used by the
 * operations of the service and by the command line. Public data only.
 * Source: Starknet documentation, "Contract address"; the account contracts of OpenZeppelin, Ready
 * and Braavos. */
#ifndef COFFER_STARKNET_ACCOUNT_H
#define COFFER_STARKNET_ACCOUNT_H

#include <stddef.h>

#include "crypto/felt.h"
#include "starknet/account_class.h"
#include "starknet/felts.h"

enum {
    ACCOUNT_CONSTRUCTOR_MAX = 5,
    ACCOUNT_SIGNATURE_MAX = 15,
};

/* Whose signatures an account wants: x coordinates. A guardian only under a class that
 * account_class_has_guardian says so of. */
struct account_keys {
    struct felt owner;
    struct felt guardian; /* 0: none */
};

struct account {
    const struct account_class *class;
    struct account_keys keys;
    struct felt constructor[ACCOUNT_CONSTRUCTOR_MAX];
    size_t constructor_len;
    struct felt address;
};

/* The account of a key, or of an owner and a guardian, under a class, which must outlive it. */
struct account account_of(const struct account_class *class, const struct felt *public_key);
struct account account_of_keys(const struct account_class *class, const struct account_keys *keys);

/* The same with an address that was computed before. */
struct account account_at(const struct account_class *class, const struct account_keys *keys,
                          const struct felt *address);

/* A view of the constructor's calldata. */
struct felts account_constructor(const struct account *account);

/* The address of any contract. deployer is 0 for one that deploys itself. */
struct felt account_contract_address(const struct felt *deployer, const struct felt *salt,
                                     const struct felt *class_hash, struct felts constructor);

/* Which of classes [count] makes address the account of these keys: the first, or NULL when none
 * does. Cost: one address for each class. */
const struct account_class *account_find(const struct account_class *classes, size_t count,
                                         const struct account_keys *keys,
                                         const struct felt *address);

/* True when deploying an account of this kind needs a second signature, over account_braavos_hash,
 * by the same key. */
bool account_needs_second(const struct account_class *class);

/* The second hash to be signed when a Braavos account is deployed: what the account becomes.
 * In: a class of the kind Braavos. */
struct felt account_braavos_hash(const struct account_class *class, const struct felt *chain);

/* The signature of the transaction that deploys an account of this class: r and s, and for Braavos
 * what its constructor reads, with the second signature at its end.
 * In: second is NULL unless account_needs_second. Out: ret. Returns: number of felts, 2 or 15. */
size_t account_deploy_signature(const struct account_class *class, const struct felt *chain,
                                const struct felt rs[static 2], const struct felt *second,
                                struct felt ret[static ACCOUNT_SIGNATURE_MAX]);

#endif
