/* What users ask for, as metrics and answers name it. Used by the operations. */
#ifndef COFFER_OPERATIONS_STARKNET_ITEMS_H
#define COFFER_OPERATIONS_STARKNET_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "pipeline/context/work.h"
#include "pipeline/permit.h"
#include "starknet/account.h"

/* The values of the label kind. */
enum items_kind {
    ITEMS_UNREAD, /* refused before it was known what it is */
    ITEMS_ACCOUNT,
    ITEMS_INVOKE,
    ITEMS_DEPLOY_ACCOUNT,
    ITEMS_DECLARE,
    ITEMS_TYPED_DATA,
    ITEMS_OUTSIDE_EXECUTION,
    ITEMS_HASH,
    ITEMS_QUERY, /* a transaction of the query version, of any kind */
    ITEMS_KINDS,
};

extern const char *const items_metric_names[ITEMS_KINDS];

/* Which of an account's keys the user's is. */
enum items_role {
    ITEMS_ALONE,
    ITEMS_OWNER,    /* there is a guardian besides */
    ITEMS_GUARDIAN, /* of somebody else's account */
};

/* Whose key an item is about, and of which account. */
struct items_user {
    struct bytes name; /* valid */
    uint32_t index;
    bool has_index;                    /* one is named */
    const struct account_class *class; /* the tenant's default where none is named */
    bool has_class;                    /* one is named */
    enum items_role role;
    struct felt other; /* public key of the other one, where there are two */
};

/* The keys of the user's account. In: public_key, the user's. */
struct account_keys items_keys(const struct items_user *user, const struct felt *public_key);

/* Read username, key_index (0 when it is missing) and account_class from an object; what it does
 * not have comes from otherwise, which may be NULL. A session need not name its user. The audit
 * subject is set as far as it is known.
 * Returns: OK; MISSING_FIELD, BAD_TYPE, INVALID_USERNAME, INVALID_KEY_INDEX,
 * UNKNOWN_ACCOUNT_CLASS; as permit_user. On failure: *ret_user is unspecified. */
struct status items_user(struct work *work, const struct permit *permit, const struct json_in *at,
                         const struct json_in *otherwise, struct items_user *ret_user);

/* Read guardian or owner, the public key of the account's other key, in the same way into a user.
 * Not on the routes of the seed document, which know no such members.
 * Returns: OK; GUARDIAN when both are there, for 0, and for a named class that has none; as
 * felt_text_json. */
struct status items_other(const struct json_in *at, const struct json_in *otherwise,
                          struct items_user *user);

#endif
