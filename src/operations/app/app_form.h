/* What the operations of apps have in common: how they name the app, and where they read from.
 *
 * Version 1 has the members of the seed document, version 2 is strict and says more. */
#ifndef COFFER_OPERATIONS_APP_APP_FORM_H
#define COFFER_OPERATIONS_APP_APP_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/membership/membership.h"
#include "codec/json_in.h"
#include "pipeline/context/work.h"
#include "pipeline/permit.h"
#include "store/kv.h"
#include "store/values.h"

/* True when the request is one of the seed's routes. */
bool app_form_is_v1(const struct work *work);

/* Open the answer's object and name the app: a number in version 1, decimal text in version 2,
 * after success. */
void app_form_open(struct work *work, const struct permit *permit);

/* The root of the request's body; in version 2 with no other members than these [count], in version
 * 1 with none of another route's. Returns: OK; BAD_TYPE; UNKNOWN_FIELD. */
struct status app_form_root(struct work *work, const char *const *names, size_t count,
                            struct json_in *ret_root);

/* A text that may be missing, and is empty then. Returns: OK; BAD_TYPE. */
struct status app_form_text(const struct json_in *root, const char *name, struct bytes *ret);

/* The key of a value: from the body, the path or the query, wherever the route has it; it is
 * what the audit record is about.
 * Returns: OK; MISSING_FIELD; BAD_TYPE; VALUE_KEY; what query.h returns. */
struct status app_form_key(struct work *work, struct bytes *ret_key);

/* The version that a write expects, and the one that it must come after: members if_version,
 * if_absent and after of version 2.
 * Returns: OK; BAD_TYPE; VERSION_INVALID; BAD_REQUEST for the first two at once. */
struct status app_form_condition(const struct json_in *root, struct kv_write *write);

/* Note which write it was, for an answer that may not leave. After the write. */
void app_form_note_version(struct work *work, const struct kv_found *found);

/* Members that say which write a value is from: version and updated_at, in version 1
 * updated_at_ms. */
void app_form_version(struct work *work, const struct kv_found *found);

/* A write from its preparing to its performing. *secret*. */
struct app_form_write {
    struct kv_write write;
    struct value_seal_keys keys;
    struct membership_write shared; /* how it waits for other nodes */
    bool is_again;                  /* another node may have done it */
    struct values_also also;
};

/* Start one in the request's arena, as work->state, with the keys of the namespace, and as many
 * holders as the header X-Replicas asks for; again=true in the query says that another node may
 * have done it. Returns: OK; NO_MEMORY; as permit_space; NUMBER_RANGE, INVALID_DECIMAL of the
 * header; BAD_REQUEST, and those of query_text, of the query. */
struct status app_form_write_start(struct work *work, const struct permit *permit,
                                   struct app_form_write **ret_write);

/* What is to be done along with the write, for values_put and values_delete; NULL on a node that is
 * alone. In: put, whose key is known. */
const struct values_also *app_form_also(const struct permit *permit, struct app_form_write *put);

/* Have a request that has not been done wait, once, for what other nodes hold: what failed may not
 * then. Returns: OK, and work->pause says that it waits, to be performed again; why, when it has
 * waited already, cannot wait, or there are no others; OVERLOADED. */
struct status app_form_catch_up(struct work *work, const struct permit *permit, struct status why);

/* Before a write: where another node may have done it, wait for what those hold. Returns: OK, and
 * work->pause says whether it waits; OVERLOADED. */
struct status app_form_again(struct work *work, const struct permit *permit);

/* Have the answer wait for other nodes, where there are any. After the write. */
void app_form_share(struct work *work, const struct app_form_write *put);

#endif
