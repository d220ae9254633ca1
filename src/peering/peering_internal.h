/* What peering is made of. Private to src/peering. */
#ifndef COFFER_PEERING_PEERING_INTERNAL_H
#define COFFER_PEERING_PEERING_INTERNAL_H

#include "base/arena.h"
#include "ethereum/eip191.h"
#include "fetch/fetch_many.h"
#include "peering/peering.h"
#include "peering/peering_url.h"
#include "wire/sealed_call.h"

enum { PEERING_NONCE_V1 = 128 /* with its NUL: 24 characters, and what others may make of it */ };

/* A node, as the registry has it. */
struct link {
    bool is_used;
    struct eth_address wallet;
    struct p384_point registered;
    char url[REGISTRY_URL_MAX];
    char origin[PEERING_ORIGIN_MAX];
    uint64_t used_ms;
    unsigned calls;                 /* messages under way */
    bool is_ahead;                  /* a nonce is being fetched for none of them */
    struct sealed_call_nonce spare; /* for the next message; empty: none */
    uint64_t spare_ms;              /* when it was there */
    char node[POP_NODE_TEXT + 1];   /* of its present start; empty: not known */
    struct p384_point point;        /* of its envelopes; with node, as keys */
    struct envelope_keys *keys;     /* *secret* */
    unsigned form;                  /* of version 1: what it takes, */
    bool is_checksum;               /* and how it spells its wallet; */
    bool is_form_known;             /* it has answered so */
};

enum call_stage {
    CALL_FREE,
    CALL_AHEAD,    /* a nonce for nobody yet */
    CALL_NONCE,    /* a nonce for the message */
    CALL_IDENTITY, /* who the node is since its start */
    CALL_MESSAGE,
};

/* What one place of the fetcher does. */
struct call {
    enum call_stage stage;
    struct link *link;
    uint64_t id;
    const char *target;
    bool is_v1;
    uint64_t deadline_ms;
    bool is_again;
    unsigned http;
    void *message;
    size_t message_len;
    void *body; /* of the request */
    struct sealed_call_nonce nonce;
    struct sealed_call sealed;
    unsigned forms; /* of version 1 that were tried for this message */
    char nonce_v1[PEERING_NONCE_V1];
    uint8_t signature_v1[EIP191_TEXT]; /* which the answer names */
};

struct peering {
    struct peering_setup setup;
    struct fetch_many *fetch;
    size_t answer_max;  /* bytes of the body of an answer of version 2 */
    struct arena arena; /* of the call in work, and the answer it gave */
    struct envelope_keys *keys;
    struct link links[PEERING_LINKS_MAX];
    struct call calls[PEERING_CALLS_MAX];
};

/* --- links --- */

/* The link of a peer, made when there is none. Returns: OK; CONFIG_INVALID for its URL; OVERLOADED
 * when all are in use. On failure: *ret is NULL. */
struct status peering_link(struct peering *peering, const struct registry_peer *peer,
                           struct link **ret);

/* Take the nonce that was kept, if there is one that is good. */
bool peering_link_take(struct link *link, uint64_t now_ms, struct sealed_call_nonce *ret);

/* Have it say again who it is. What is agreed on stays until then, for messages under way. */
void peering_link_doubt(struct link *link);

/* --- stages; fetch is the answer to the one before --- */

struct status peering_ask_nonce(struct peering *peering, struct call *call, uint32_t timeout_ms);
struct status peering_take_nonce(struct peering *peering, struct call *call, struct bytes body);

/* Ask for something of a node. In: what, all but its URL. */
struct status peering_ask(struct peering *peering, const struct call *call, const char *target,
                          const struct fetch_many_request *what);
uint32_t peering_left_ms(const struct peering *peering, const struct call *call);

/* Keep what is sent until there is an answer, which the arena is not for. In and out: body. */
struct status peering_keep_body(struct peering *peering, struct call *call, struct bytes *body);

/* What comes after the nonce: the identity of a node that is new, or the message.
 * Returns: as peering_send. */
struct status peering_go_on(struct peering *peering, struct call *call);

/* Read the identity, and agree on keys. Returns: OK; NODE_UNTRUSTED; of our own as above. */
struct status peering_take_identity(struct peering *peering, struct call *call, struct bytes body);

/* Judge the answer to the message. Out: *ret_text in the arena; *ret_is_stale, the node may have
 * been started anew, or the nonce was not good. Returns: OK; UNAVAILABLE, NODE_UNTRUSTED,
 * BUFFER_FULL; of our own as above. On failure: *ret_text is empty. */
struct status peering_take_answer(struct peering *peering, const struct call *call,
                                  const struct fetch_many_answer *answer, struct bytes *ret_text,
                                  bool *ret_is_stale);

/* --- the same of version 1 --- */

struct status peering_v1_ask_nonce(struct peering *peering, struct call *call);
/* Read the nonce, and send the message. */
struct status peering_v1_take_nonce(struct peering *peering, struct call *call, struct bytes body);
/* Judge the answer. Out: *ret_is_again, it goes again in another form. Returns: as
 * peering_take_answer, and as peering_send. */
struct status peering_v1_take_answer(struct peering *peering, struct call *call,
                                     const struct fetch_many_answer *answer, struct bytes *ret_text,
                                     bool *ret_is_again);

#endif
