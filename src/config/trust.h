/* Trust configuration: what a deployment is bound to, and the tenants it serves. Measured.
 *
 * One JSON object; the SHA-256 of its exact bytes names it. Every member has a row in one of seven
 * tables with its type, range and help; any other member stops the start. What tenants and classes
 * mean, and whether that goes together, is for tenant/tenant.h.
 * Used by the programs at start. Source: formats, sections 2, 3 and 11. */
#ifndef COFFER_CONFIG_TRUST_H
#define COFFER_CONFIG_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/config.h"

enum {
    TRUST_FILE_MAX = CONFIG_FILE_MAX,
    TRUST_DIGEST = 32,
    TRUST_NAME_MAX = 80,              /* of a name, with its NUL */
    TRUST_ARN_MAX = 256,              /* with its NUL */
    TRUST_URL_MAX = 512,              /* with its NUL */
    TRUST_ODYN_URL_MAX = 64,          /* with its NUL */
    TRUST_SNAPSHOT = 1 + 16 + 1 + 64, /* characters of the name of a header */
    TRUST_ENDPOINTS_MAX = 8,
    TRUST_TENANTS_MAX = 16,
    TRUST_CHAINS_MAX = 8,
    TRUST_ROOT_EPOCHS_MAX = 8, /* values of so many can be open at a time */
    TRUST_CLASSES_MAX = 32,    /* defined here, and used by a tenant */
    TRUST_GATEWAYS_MAX = 8,
    TRUST_HOST_MAX = 256,     /* of a host, with its NUL */
    TRUST_ORIGIN_MAX = 272,   /* with its NUL */
    TRUST_ORIGINS_MAX = 8,    /* of a tenant */
    TRUST_PREFIX_MAX = 33,    /* of names, with its NUL */
    TRUST_ISSUERS_MAX = 8,    /* of a tenant */
    TRUST_AUDIENCE_MAX = 129, /* with its NUL */
    TRUST_AUDIENCES_MAX = 8,  /* of an issuer */
    TRUST_ROOTS_MAX = 8,      /* of an issuer */
    TRUST_ROOT_TEXT = 67,     /* 0x and 64 digits, with its NUL */
    TRUST_KEYS_MAX = 2049,    /* of an issuer's key set, with its NUL */
    TRUST_OPERATORS_MAX = 16,
    TRUST_OPERATOR_KEY = 33, /* bytes, at most */
};

/* A name, NUL-terminated, without NUL inside. */
struct trust_name {
    char text[TRUST_NAME_MAX];
};

/* An URL, NUL-terminated, without NUL inside. */
struct trust_url {
    char text[TRUST_URL_MAX];
};

enum trust_profile {
    TRUST_DEV = 1, /* as DOMAIN_PROFILE_DEV and DOMAIN_PROFILE_PRODUCTION */
    TRUST_PRODUCTION = 2,
};

/* Who holds the keys of a node. */
enum trust_identity {
    TRUST_OWN,  /* itself: they are made at the start */
    TRUST_ODYN, /* the supervisor of the Nova platform, beside it in the enclave */
};

enum trust_seed {
    TRUST_NATIVE,   /* derived from the root */
    TRUST_IMPORTED, /* from AWS KMS; in a development build a file */
};

enum trust_derivation {
    TRUST_V1,
    TRUST_V2,
};

/* How the supervisor beside an app makes envelopes of version 1, by its release. The first is the
 * newest, which is meant when nothing is said. */
enum trust_envelope {
    TRUST_ENVELOPE_CAPSULE,
    TRUST_ENVELOPE_CAPSULE_API,
    TRUST_ENVELOPE_ENCLAVER,
    TRUST_ENVELOPE_STATIC,
};

/* How sure it must be who asks, weakest first. */
enum trust_assurance {
    TRUST_ASSERTED = 1, /* by the gateway; in a development build by the loopback caller */
    TRUST_ASSERTED_APP = 2,
    TRUST_BEARER = 3,
    TRUST_PROVEN = 4,
    TRUST_PROVEN_SECOND_FACTOR = 5,
};

/* How max_fee of a request without resource bounds is split, as struct fee_table of
 * starknet/fee.h has it. Prices in fri per unit. */
struct trust_fees {
    uint64_t l1_gas_divisor;
    uint64_t l1_gas_price;
    uint64_t l1_data_gas_divisor;
    uint64_t l1_data_gas_price;
    uint64_t l2_gas_price;
    uint64_t l2_gas_amount_max;
};

/* An account class besides the known ones (starknet/account_class.h). */
struct trust_class {
    struct trust_name name;
    struct trust_name kind;
    uint8_t hash[32];
    uint8_t implementation[32]; /* of Braavos; otherwise zero */
    uint64_t cairo_version;     /* 0 or 1: how its accounts read their calldata */
};

/* Host, with the forms of codec/url.h; NUL-terminated. */
struct trust_host {
    char text[TRUST_HOST_MAX];
};

/* Scheme, host and port as browsers write them; NUL-terminated. */
struct trust_origin {
    char text[TRUST_ORIGIN_MAX];
};

/* How an issuer signs, in the order of the words RS256, PS256, ES256, EdDSA. */
enum trust_alg {
    TRUST_RS256,
    TRUST_PS256,
    TRUST_ES256,
    TRUST_EDDSA,
    TRUST_ALGS,
};

/* Whether an issuer calls a user the same whoever asks. */
enum trust_subject {
    TRUST_PUBLIC,
    TRUST_PAIRWISE,
};

/* An issuer of ID tokens. It has either pinned keys, or an address with roots. */
struct trust_issuer {
    char iss[TRUST_HOST_MAX];
    char jwks_uri[TRUST_HOST_MAX]; /* "": keys are pinned */
    char root_texts[TRUST_ROOTS_MAX][TRUST_ROOT_TEXT];
    size_t root_count;                  /* 0: keys are pinned */
    uint8_t roots[TRUST_ROOTS_MAX][32]; /* SHA-256 of public keys, SubjectPublicKeyInfo */
    char alg_texts[TRUST_ALGS][TRUST_NAME_MAX];
    size_t alg_count;
    unsigned algs; /* bits 1u << enum trust_alg */
    char auds[TRUST_AUDIENCES_MAX][TRUST_AUDIENCE_MAX];
    size_t aud_count;
    enum trust_subject sub;
    char keys[TRUST_KEYS_MAX]; /* a JWK set; "": keys are fetched */
};

/* How long what a user or an authority changes waits until it counts, in seconds. */
struct trust_delays {
    uint64_t policy;
    uint64_t recovery;
};

struct trust_tenant {
    struct trust_name name; /* [a-z0-9-]{1,32} */
    enum trust_seed seed;
    enum trust_derivation derivation;
    uint64_t seed_epoch;
    bool has_commitment; /* of an imported seed; required in a production build */
    uint8_t commitment[32];
    char arn[TRUST_ARN_MAX]; /* of an imported seed's KMS key; may be "" in a development build */
    struct trust_name chains[TRUST_CHAINS_MAX];
    size_t chain_count;
    enum trust_assurance assurance; /* the least */
    bool opaque;
    bool declare;
    bool typed_data; /* of kinds other than outside execution */
    bool session;    /* grants of session keys */
    bool query;      /* transactions of the query version */
    bool export;
    bool sender_override;
    bool plain_nonce;        /* signatures without extra entropy (RFC 6979 as it stands) */
    uint64_t fee_ceiling[4]; /* the most that one transaction may cost in fri; limbs, least
                                significant first */
    struct trust_fees fees;
    struct trust_name account_class;                      /* where a request names none */
    struct trust_name account_classes[TRUST_CLASSES_MAX]; /* those that a request may name */
    size_t account_class_count;                           /* 0: all known and all defined ones */
    char rp_id[TRUST_HOST_MAX];                           /* of passkeys; "": there are none */
    struct trust_origin origins[TRUST_ORIGINS_MAX];       /* where users log in */
    size_t origin_count;
    struct trust_origin approver_origins[TRUST_ORIGINS_MAX];
    size_t approver_origin_count;
    struct trust_issuer issuers[TRUST_ISSUERS_MAX];
    size_t issuer_count;
    char jit[TRUST_PREFIX_MAX]; /* of the names of users who enrol by logging in; "": nobody */
    bool sealed;                /* requests must be */
    struct trust_delays delays;
};

/* How an operator signs: as enum auth_scheme of wire/auth_text.h. */
enum trust_alg_operator {
    TRUST_OPERATOR_P256 = 1,
    TRUST_OPERATOR_EIP191,
    TRUST_OPERATOR_STARK,
    TRUST_OPERATOR_ED25519,
};

/* A key of those who operate the deployment. */
struct trust_operator {
    enum trust_alg_operator alg;
    char text[2 + 2 * TRUST_OPERATOR_KEY + 1];
    uint8_t key[TRUST_OPERATOR_KEY];
    size_t key_len; /* of alg */
};

/* Open data; ranges are checked when it is read. Too large for the stack. With rpc_endpoints there
 * are a chain, its first block and a registry, and no more must agree than there are endpoints; a
 * production build wants two to agree and both contracts' code, if it has both contracts. A
 * cluster has the app id that its nodes are registered under and, with a chain, the contract for
 * the root's hash. */
struct trust {
    enum trust_profile profile;
    uint64_t chain_id; /* of the registry's chain; this and the next five are zero without one */
    uint8_t genesis[32];
    uint8_t registry[20];
    uint8_t kms_registry[20];
    uint8_t kms_app_id[32];
    uint8_t
        registry_code[32]; /* Keccak-256 of the contract's code; zero: any code, in a dev build */
    uint8_t kms_registry_code[32];
    struct trust_url rpc_endpoints[TRUST_ENDPOINTS_MAX]; /* whom the chain is read from */
    size_t rpc_endpoint_count;                           /* 0: there is no chain */
    uint64_t rpc_quorum;                                 /* so many must agree */
    char rpc_ca_file[TRUST_URL_MAX]; /* authorities to trust about them; "": the system's */
    uint64_t confirmations;          /* blocks on top of the one that grants are made at */
    uint64_t write_holders;          /* of a cluster; 0: the node is alone */
    uint64_t root_epochs;            /* so many roots a cluster shall have: 1 to 8 */
    char restore_snapshot[TRUST_SNAPSHOT + 1]; /* as snapshot_header_name; "": none */
    uint8_t restore_anchored[32];
    bool v1_wire;
    enum trust_envelope v1_envelope; /* of an app that has sent none yet */
    enum trust_identity identity;
    char odyn_url[TRUST_ODYN_URL_MAX];                    /* of Odyn's local API */
    struct trust_operator operators[TRUST_OPERATORS_MAX]; /* authority of local tenants */
    size_t operator_count;                                /* 0: they have none */
    uint64_t operators_needed; /* so many must sign; up to their count, if there are any */
    struct trust_host gateway_names[TRUST_GATEWAYS_MAX]; /* where TLS ends outside of the node */
    size_t gateway_count;
    struct trust_class classes[TRUST_CLASSES_MAX];
    size_t class_count;
    struct trust_tenant tenants[TRUST_TENANTS_MAX];
    size_t tenant_count;
    uint8_t digest[TRUST_DIGEST]; /* SHA-256 of the text */
};

/* The table, and those of the objects in it, for help texts and documentation. */
const struct schema_table *trust_table(void);
const struct schema_table *trust_tenant_table(void);
const struct schema_table *trust_fees_table(void);
const struct schema_table *trust_class_table(void);
const struct schema_table *trust_operator_table(void);
const struct schema_table *trust_issuer_table(void);
const struct schema_table *trust_delays_table(void);

/* Read a document. In: text, up to TRUST_FILE_MAX bytes; arena, scratch.
 * Out: ret_where, the path of the offending member, the line of what is no JSON, or "".
 * Returns: OK; BAD_JSON and the other codes of json_in_parse; UNKNOWN_FIELD; MISSING_FIELD;
 * BAD_TYPE; NUMBER_RANGE; INVALID_HEX; CONFIG_INVALID (a word that is no choice, a text or list of
 * the wrong length, a name twice, another profile than that of this build, members that exclude
 * each other); NO_MEMORY, never when 32 MiB are free in arena.
 * On failure: *ret_trust is zero. */
struct status trust_parse(struct bytes text, struct arena *arena, struct trust *ret_trust,
                          char ret_where[static CONFIG_WHERE_MAX]);

/* The words of the file for these values. */
const char *trust_profile_name(enum trust_profile profile);
const char *trust_seed_name(enum trust_seed seed);
const char *trust_derivation_name(enum trust_derivation derivation);
const char *trust_assurance_name(enum trust_assurance assurance);

#endif
