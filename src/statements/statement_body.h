/* What statements say: the body of every operation.
 *
 * A body is one JSON object, members as below and in this order, none missing, no spaces, bytes in
 * base64 of URLs, numbers below 2^53, lists ascending and without repeats: what does not print as
 * it was read is none. So every body has one spelling. Documents are texts, so that their exact
 * bytes are what is signed. Public data. Used by statements. Source: formats for users, section 16;
 * where they are silent, docs/decisions/083-identity-logs.md. */
#ifndef COFFER_STATEMENTS_STATEMENT_BODY_H
#define COFFER_STATEMENTS_STATEMENT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "statements/statement_op.h"
#include "wire/auth_text.h"

enum {
    STATEMENT_TEXT_MAX = 2048,
    STATEMENT_BODY_MAX = 4096,
    STATEMENT_BODY_DOCUMENT_MAX = 65536, /* of a body that has a document */
    STATEMENT_SIGS_MAX = 16,
    STATEMENT_KEY_MAX = 2048,
    STATEMENT_PROOF_MAX = 16384,
    STATEMENT_CRED_MAX = 1024,
    STATEMENT_LABEL_MAX = 64,
    STATEMENT_NAME_MAX = 64, /* of groups and classes */
    STATEMENT_LIST_MAX = 256,
    STATEMENT_FELT = 32,
};

/* A revocation that voids nothing of what was signed. */
#define STATEMENT_SINCE_NEVER UINT64_MAX

/* One proof of a text: [n,K,proof]. */
struct statement_sig {
    enum auth_scheme scheme;
    struct bytes key;
    struct bytes proof;
};

struct statement_sigs {
    const struct statement_sig *list;
    size_t count;
};

/* Items of one length, one after the other. */
struct statement_list {
    const uint8_t *items;
    size_t count;
};

struct statement_names {
    const struct bytes *list;
    size_t count;
    bool is_all; /* null: whoever there is */
};

/* {"text","sigs"}, or null: text is empty then. */
struct statement_ticket {
    struct bytes text;
    struct statement_sigs sigs;
};

/* user.add {n,K,cred,label,ticket}; user.recover {n,K,cred,label} */
struct statement_key {
    uint64_t scheme;
    struct bytes key;
    struct bytes cred;  /* of a passkey; else empty */
    struct bytes label; /* UTF-8 without control characters, may be empty */
    struct statement_ticket ticket;
};

/* user.grant {service,document,not_after} */
struct statement_grant {
    uint8_t service[AUTH_TEXT_ID];
    struct bytes document; /* ptr NULL: null, the default */
    uint64_t not_after_ms;
};

/* foreign.add {chain,address,class,index} */
struct statement_foreign {
    uint8_t chain[STATEMENT_FELT];
    uint8_t address[STATEMENT_FELT];
    struct bytes class; /* its name or hash, of visible ASCII */
    uint64_t index;
};

/* lane.set {chain,account,lane,next} */
struct statement_lane {
    uint8_t chain[STATEMENT_FELT];
    uint8_t account[STATEMENT_FELT];
    uint64_t lane;
    uint64_t next;
};

/* user.revoke {ids,since}: a number from 1, or null */
struct statement_revoke {
    struct statement_list ids; /* of AUTH_TEXT_ID */
    uint64_t since;
};

/* user.veto {of} */
struct statement_veto {
    uint8_t of[AUTH_TEXT_HASH];
};

/* user.join {heads} */
struct statement_join {
    struct statement_list heads; /* of AUTH_TEXT_HASH, at least two */
};

/* service.add {alg,K,scopes,users,document,not_before,not_after} */
struct statement_service {
    uint64_t alg;
    struct bytes key;
    uint64_t scopes; /* bits 0 to 7 */
    struct statement_names users;
    struct bytes document; /* ptr NULL: null */
    uint64_t not_before_ms;
    uint64_t not_after_ms;
};

/* approver.add {n,K,groups} */
struct statement_approver {
    uint64_t scheme;
    struct bytes key;
    struct statement_names groups;
};

/* policy.set, tenant.set {version,document}: from 1 */
struct statement_version {
    uint64_t version;
    struct bytes document;
};

/* policy.freeze {version} */
struct statement_freeze {
    uint64_t version;
};

/* identity.resume {incarnation,policies,spent}: hashes of the statements of policies that must be
 * there; whether what was spent before is known again, so that windows begin empty */
struct statement_resume {
    uint8_t incarnation[AUTH_TEXT_ID];
    struct statement_list policies; /* of AUTH_TEXT_HASH */
    bool is_spent_known;
};

union statement_body {
    struct statement_key key;
    struct statement_grant grant;
    struct statement_foreign foreign;
    struct statement_lane lane;
    struct statement_revoke revoke;
    struct statement_veto veto;
    struct statement_join join;
    struct statement_service service;
    struct statement_approver approver;
    struct statement_version version;
    struct statement_freeze freeze;
    struct statement_resume resume;
};

/* Read a body. In: arena, which holds what *ret borrows. Out: *ret.
 * Returns: OK; RECORD_INVALID when it is none of this operation; NO_MEMORY.
 * On failure: *ret is zeros. Timing: n log n in its length. */
struct status statement_body_read(struct arena *arena, enum statement_op op, struct bytes text,
                                  union statement_body *ret);

/* Append a body: what clients make. Returns: OK; BUFFER_FULL. What is put need not be readable:
 * limits are looked at when it is read. */
struct status statement_body_put(enum statement_op op, const union statement_body *body,
                                 struct buf *out);

#endif
