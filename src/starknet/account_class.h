/* Account contract classes: how the constructor of each kind takes a public key, and the published
 * classes that are known without configuration.
 *
 * A class hash depends on the compiler that made it, so the hashes are data. The salt of an address
 * is by convention the public key. Used by addresses, tenants and the command line.
 * Source: the release notes of OpenZeppelin's Cairo contracts; the published classes of Ready
 * (formerly Argent) and Braavos. */
#ifndef COFFER_STARKNET_ACCOUNT_CLASS_H
#define COFFER_STARKNET_ACCOUNT_CLASS_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "starknet/call.h"

/* The constructor's calldata, without and with a guardian: a second key that has to sign too. */
enum account_class_kind {
    ACCOUNT_CLASS_OPENZEPPELIN, /* [key] */
    ACCOUNT_CLASS_ARGENT,       /* [key, guardian or 0]: Argent up to 0.3 */
    ACCOUNT_CLASS_READY,        /* [0, key, 1] or [0, key, 0, 0, guardian]: Ready from 0.4 */
    ACCOUNT_CLASS_BRAAVOS,      /* [key], and a second signature when it is deployed */
    ACCOUNT_CLASS_KINDS,
};

struct account_class {
    const char *name; /* such as "openzeppelin-1.0.0"; stays as long as the table it is from */
    enum account_class_kind kind;
    enum call_encoding encoding; /* how its accounts read their calldata */
    struct felt hash;
    struct felt implementation; /* of Braavos, the class behind the base class; otherwise 0 */
};

/* True when accounts of this class may have a guardian. */
bool account_class_has_guardian(const struct account_class *class);

/* The classes known without configuration. Out: *ret_count. Two versions may share a hash. */
const struct account_class *account_class_known(size_t *ret_count);

/* The class that the service uses where nobody chose one: OpenZeppelin 1.0.0. */
const struct account_class *account_class_default(void);

/* The first of classes [count] with this name or hash; NULL when there is none. A name that a class
 * had before, such as argent-0.4.0 of ready-0.4.0, means that class. */
const struct account_class *account_class_by_name(const struct account_class *classes, size_t count,
                                                  struct bytes name);
const struct account_class *account_class_by_hash(const struct account_class *classes, size_t count,
                                                  const struct felt *hash);

/* The kind of a name: openzeppelin, argent, ready, braavos.
 * Returns: OK, UNKNOWN_ACCOUNT_CLASS. On failure: *ret_kind is ACCOUNT_CLASS_OPENZEPPELIN. */
struct status account_class_kind_read(struct bytes name, enum account_class_kind *ret_kind);
const char *account_class_kind_name(enum account_class_kind kind);

#endif
