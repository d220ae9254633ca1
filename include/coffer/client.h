/* A client of Coffer for enclave apps: keys, small secret values, and Starknet signatures for the
 * users of an app.
 *
 * What it needs is the deployment, a file that the operator of the service publishes, and the app's
 * keys, which `coffer app keygen` makes and with which the app's instance is registered. It finds
 * the nodes, proves to them who it is, seals what it asks, and believes only answers that a node of
 * the deployment has signed and sealed. A node that fails makes way for the next one. A write whose
 * answer was lost is sent again so that it is carried out once, and counts as done only when a node
 * says so. What a client has written or read of a value it sees on every node, or something later:
 * of its last 256 keys, for ten minutes; not of values with a ttl, which may give way at any time.
 * A node that cannot show as much is passed over, and VERSION_BEHIND is what all of them said.
 *
 * Functions return 0, or -1 after saying why in *ret_error, which may be NULL. Calls block: at most
 * 10 seconds for each message to each node, and 12 seconds where the chain must be read first. A
 * client is for one thread at a time; several clients are independent. The library writes nothing
 * and changes no signal. Its first client sets libcurl up for the process, unless
 * that is done already: libcurl's memory is then wiped when it is given back, and 256 MiB at most.
 *
 * Link with: pkg-config --cflags --libs coffer-client
 * C99 or later, C++11 or later. */
#ifndef COFFER_CLIENT_H
#define COFFER_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    COFFER_CLIENT_KEY_MAX = 64,        /* bytes of a derived key */
    COFFER_CLIENT_VALUE_MAX = 1048576, /* bytes of a value */
    COFFER_CLIENT_NAME_MAX = 1024,     /* bytes of the key of a value, UTF-8 */
    COFFER_CLIENT_VERSION_SIZE = 41,   /* the text of a version, with its NUL */
    COFFER_CLIENT_PAGE_MAX = 1000,     /* names in a page */
    COFFER_CLIENT_BODY_MAX = 2097152,  /* bytes of a request's body */
    COFFER_CLIENT_TEXT_SIZE = 256      /* texts of an error, each with its NUL */
};

/* Keys in guarded memory, connections, and the last answer. */
typedef struct coffer_client coffer_client;

/* What went wrong. Texts are for people and may change; codes are stable. */
typedef struct coffer_client_error {
    char code[64];                       /* such as "VALUE_NOT_FOUND" */
    char text[COFFER_CLIENT_TEXT_SIZE];  /* what it means */
    char hint[COFFER_CLIENT_TEXT_SIZE];  /* what to do next */
    char about[COFFER_CLIENT_TEXT_SIZE]; /* which file, node, endpoint or member; or "" */
    /* The status of a refusal that the node signed. 0: it is none, also where code and text came
     * from there unsigned: who we are, or that it cannot now, which nobody vouches for. */
    unsigned http;
} coffer_client_error;

/* --- a client ---------------------------------------------------------------------------- */

/* Read both files and make a client. In: paths, NUL-terminated; the key file is of mode 0600.
 * Out: *ret, for coffer_client_close. Codes: KEY_FILE, CONFIG_INVALID and those of what the
 * deployment's members must be, NO_MEMORY. On failure: *ret is NULL. Sends nothing. */
int coffer_client_open(const char *deployment_path, const char *key_path, coffer_client **ret,
                       coffer_client_error *ret_error);

/* The same for an app under Odyn: its requests are signed by Odyn's wallet. With that, and with the
 * P-384 key of the key file, the instance is registered. In: odyn_url, such as
 * http://127.0.0.1:18000; it must be on loopback. Codes besides: ODYN_UNAVAILABLE, ODYN_INVALID,
 * here, where Odyn is asked for its wallet, and of every call. */
int coffer_client_open_odyn(const char *deployment_path, const char *key_path, const char *odyn_url,
                            coffer_client **ret, coffer_client_error *ret_error);

/* Wipe and give everything back. *client may be NULL, and is afterwards. */
void coffer_client_close(coffer_client **client);

/* Codes that every call below may have, besides those of the service (GET /openapi.json lists
 * them): UNAVAILABLE, no node answers or is ready, or the
 * answer to a write was lost, which may be done; NODE_UNTRUSTED, none could show that it is of
 * the deployment; NO_NODES, the chain names none; REGISTRY_LOST, the chain cannot be read;
 * BAD_REQUEST, INVALID_UTF8, BODY_TOO_LARGE, an argument beyond its bounds; NO_MEMORY, ENTROPY. */

/* --- keys -------------------------------------------------------------------------------- */

/* Members that are NULL or 0 have their default. */
typedef struct coffer_client_key_request {
    const char *path;    /* what the key is for; UTF-8, required */
    const char *context; /* another key for the same path */
    const char *curve;   /* "stark", "secp256k1", "p256": a private key, big-endian; NULL: bytes */
    size_t length;       /* bytes of a key of no curve, 1 to COFFER_CLIENT_KEY_MAX; 32 by default */
    const uint32_t *epoch; /* the root to derive from; the newest by default */
} coffer_client_key_request;

/* *secret*: wipe it with coffer_client_wipe. */
typedef struct coffer_client_key {
    uint8_t bytes[COFFER_CLIENT_KEY_MAX];
    size_t length;
    uint32_t epoch; /* ask for this one to get the same key after the root was rotated */
} coffer_client_key;

/* Derive a key of this app: the same for the same request, from every node, and no other app's.
 * On failure: *ret is zero. */
int coffer_client_derive(coffer_client *client, const coffer_client_key_request *request,
                         coffer_client_key *ret, coffer_client_error *ret_error);

/* --- values ------------------------------------------------------------------------------ */

typedef struct coffer_client_put_request {
    const char *key;        /* 1 to COFFER_CLIENT_NAME_MAX bytes; slashes allowed */
    const void *value;      /* *secret* */
    size_t length;          /* 0 to COFFER_CLIENT_VALUE_MAX */
    uint64_t ttl_ms;        /* until it is gone; 0: it stays */
    const char *if_version; /* only if the value has this version; NULL: whatever is there */
    int if_absent;          /* not 0: only if there is no value */
} coffer_client_put_request;

/* Store a value. Out: ret_version, COFFER_CLIENT_VERSION_SIZE bytes, of what was written; may be
 * NULL. Codes: VERSION_CONFLICT, and those of quotas. On failure: *ret_version is "". */
int coffer_client_put(coffer_client *client, const coffer_client_put_request *request,
                      char *ret_version, coffer_client_error *ret_error);

typedef struct coffer_client_value {
    const uint8_t *bytes; /* *secret*; the client's, wiped at its next call */
    size_t length;
    char version[COFFER_CLIENT_VERSION_SIZE];
} coffer_client_value;

/* Read a value. In: min_version, refuse an older one (VERSION_BEHIND); or NULL.
 * Codes: VALUE_NOT_FOUND. On failure: *ret is zero. */
int coffer_client_get(coffer_client *client, const char *key, const char *min_version,
                      coffer_client_value *ret, coffer_client_error *ret_error);

/* Delete a value. In: if_version, only if it has this version; or NULL. Codes: VALUE_NOT_FOUND,
 * VERSION_CONFLICT. */
int coffer_client_delete(coffer_client *client, const char *key, const char *if_version,
                         coffer_client_error *ret_error);

typedef struct coffer_client_names {
    size_t count;
    const char *const *name; /* NUL-terminated; the client's until its next call */
    const char *next;        /* the cursor of the next page; NULL at the end */
} coffer_client_names;

typedef struct coffer_client_list_request {
    const char *prefix; /* NULL for all */
    const char *cursor; /* next of the page before; NULL for the first */
    unsigned limit;     /* 1 to COFFER_CLIENT_PAGE_MAX; 0: 100 */
} coffer_client_list_request;

/* List the keys of values, in the order of their bytes. A page may be shorter than limit while
 * there are more. On failure: *ret is zero. */
int coffer_client_list(coffer_client *client, const coffer_client_list_request *request,
                       coffer_client_names *ret, coffer_client_error *ret_error);

/* --- everything else --------------------------------------------------------------------- */

typedef struct coffer_client_request {
    const char *method;          /* "GET", "POST", "PUT", "DELETE" */
    const char *target;          /* path and query, such as "/v1/starknet/sign" */
    const char *body;            /* JSON, NUL-terminated; NULL for none. *secret* */
    const char *idempotency_key; /* 1 to 255 visible ASCII characters other than a single -; NULL:
                                    one of the client's own for PUT and DELETE, none for others */
} coffer_client_request;

typedef struct coffer_client_answer {
    const char *body; /* JSON, NUL-terminated; the client's, wiped at its next call */
    size_t length;
    const char *node; /* the URL of the node that answered */
} coffer_client_answer;

/* Call any route that apps may call, such as POST /v1/starknet/accounts and /v1/starknet/sign for
 * the app's own users. A refusal is a failure with the node's code. On failure: *ret is zero. */
int coffer_client_call(coffer_client *client, const coffer_client_request *request,
                       coffer_client_answer *ret, coffer_client_error *ret_error);

/* Overwrite a secret; never optimised away. */
void coffer_client_wipe(void *memory, size_t length);

#ifdef __cplusplus
}
#endif

#endif
