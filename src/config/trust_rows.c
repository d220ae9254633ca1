#include "config/trust.h"

#define TOP(member)      offsetof(struct trust, member)
#define TENANT(member)   offsetof(struct trust_tenant, member)
#define FEES(member)     offsetof(struct trust_fees, member)
#define CLASS(member)    offsetof(struct trust_class, member)
#define ISSUER(member)   offsetof(struct trust_issuer, member)
#define OPERATOR(member) offsetof(struct trust_operator, member)
#define DELAYS(member)   offsetof(struct trust_delays, member)

#define ANY_NUMBER 9007199254740991 /* 2^53 - 1: what every JSON reader keeps exact */
#define NAME       (TRUST_NAME_MAX - 1)
#define HOUR       3600
#define MONTH      (30 * 24 * HOUR)

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static const struct schema_row fees_rows[] = {
    {.name = "l1_gas_divisor",
     .type = SCHEMA_NUMBER,
     .offset = FEES(l1_gas_divisor),
     .max = ANY_NUMBER,
     .help = "max_fee divided by this goes to L1 gas; 0: none"},
    {.name = "l1_gas_price",
     .type = SCHEMA_NUMBER,
     .offset = FEES(l1_gas_price),
     .min = 1,
     .max = ANY_NUMBER,
     .number = 1000000000000,
     .help = "price of a unit of L1 gas, in fri"},
    {.name = "l1_data_gas_divisor",
     .type = SCHEMA_NUMBER,
     .offset = FEES(l1_data_gas_divisor),
     .max = ANY_NUMBER,
     .number = 10,
     .help = "max_fee divided by this goes to L1 data gas; 0: none"},
    {.name = "l1_data_gas_price",
     .type = SCHEMA_NUMBER,
     .offset = FEES(l1_data_gas_price),
     .min = 1,
     .max = ANY_NUMBER,
     .number = 1000000000000,
     .help = "price of a unit of L1 data gas, in fri"},
    {.name = "l2_gas_price",
     .type = SCHEMA_NUMBER,
     .offset = FEES(l2_gas_price),
     .min = 1,
     .max = ANY_NUMBER,
     .number = 12000000000,
     .help = "price of a unit of L2 gas, in fri"},
    {.name = "l2_gas_amount_max",
     .type = SCHEMA_NUMBER,
     .offset = FEES(l2_gas_amount_max),
     .min = 1,
     .max = ANY_NUMBER,
     .number = 1210000000,
     .help = "units of L2 gas at most"},
};

static const struct schema_table fees_table = {fees_rows, COUNT(fees_rows)};

static const struct schema_row issuer_rows[] = {
    {.name = "iss",
     .type = SCHEMA_TEXT,
     .offset = ISSUER(iss),
     .is_required = true,
     .min = 1,
     .max = TRUST_HOST_MAX - 1,
     .help = "the claim iss of its tokens, byte for byte: https, or http to localhost in a "
             "development build"},
    {.name = "jwks_uri",
     .type = SCHEMA_TEXT,
     .offset = ISSUER(jwks_uri),
     .min = 1,
     .max = TRUST_HOST_MAX - 1,
     .help = "where its key set is, https; nothing else of it is looked at, and no redirect is "
             "followed"},
    {.name = "roots",
     .type = SCHEMA_TEXTS,
     .room = TRUST_ROOT_TEXT,
     .offset = ISSUER(root_texts),
     .count = ISSUER(root_count),
     .min = 1,
     .max = TRUST_ROOTS_MAX,
     .help = "SHA-256 of the public keys (SubjectPublicKeyInfo) of the authorities to trust about "
             "jwks_uri, 0x and 64 digits each; no others are trusted"},
    {.name = "algs",
     .type = SCHEMA_TEXTS,
     .room = TRUST_NAME_MAX,
     .offset = ISSUER(alg_texts),
     .count = ISSUER(alg_count),
     .is_required = true,
     .min = 1,
     .max = TRUST_ALGS,
     .help = "how it may sign: RS256, PS256, ES256, EdDSA"},
    {.name = "auds",
     .type = SCHEMA_TEXTS,
     .room = TRUST_AUDIENCE_MAX,
     .offset = ISSUER(auds),
     .count = ISSUER(aud_count),
     .is_required = true,
     .min = 1,
     .max = TRUST_AUDIENCES_MAX,
     .help = "client ids that its tokens may be for"},
    {.name = "sub",
     .type = SCHEMA_CHOICE,
     .offset = ISSUER(sub),
     .is_required = true,
     .min = TRUST_PUBLIC,
     .choices = "public pairwise",
     .help = "whether it calls a user the same for all client ids; part of who the user is"},
    {.name = "keys",
     .type = SCHEMA_TEXT,
     .offset = ISSUER(keys),
     .min = 1,
     .max = TRUST_KEYS_MAX - 1,
     .help = "its key set itself, the text of a JWK set, in place of jwks_uri and roots; nothing "
             "is fetched then"},
};

static const struct schema_table issuer_table = {issuer_rows, COUNT(issuer_rows)};

static const struct schema_row delays_rows[] = {
    {.name = "policy",
     .type = SCHEMA_NUMBER,
     .offset = DELAYS(policy),
     .max = MONTH,
     .number = 24 * HOUR,
     .help = "seconds until a new policy; 3600 at least in a production build"},
    {.name = "recovery",
     .type = SCHEMA_NUMBER,
     .offset = DELAYS(recovery),
     .max = MONTH,
     .number = 72 * HOUR,
     .help = "seconds until a key that the authority adds for a user, who can object until then; "
             "3600 at least in a production build"},
};

static const struct schema_table delays_table = {delays_rows, COUNT(delays_rows)};

static const struct schema_row tenant_rows[] = {
    {.name = "name",
     .type = SCHEMA_TEXT,
     .offset = TENANT(name),
     .is_required = true,
     .min = 1,
     .max = NAME,
     .help = "1 to 32 of a-z 0-9 -; the keys depend on it (derivation v2 of native seeds)"},
    {.name = "seed",
     .type = SCHEMA_CHOICE,
     .offset = TENANT(seed),
     .is_required = true,
     .min = TRUST_NATIVE,
     .choices = "native imported",
     .help =
         "native: derived from the root; imported: from AWS KMS, in a development build a file"},
    {.name = "derivation",
     .type = SCHEMA_CHOICE,
     .offset = TENANT(derivation),
     .is_required = true,
     .min = TRUST_V1,
     .choices = "v1 v2",
     .help = "how keys come from the seed; never to be changed; v1 for imported seeds only"},
    {.name = "seed_epoch",
     .type = SCHEMA_NUMBER,
     .offset = TENANT(seed_epoch),
     .max = UINT32_MAX,
     .help = "epoch of the seed"},
    {.name = "commitment",
     .type = SCHEMA_HEX,
     .offset = TENANT(commitment),
     .max = 32,
     .help = "HMAC-SHA-256(seed, coffer/seed-commit/1): what an imported seed is recognised by"},
    {.name = "arn",
     .type = SCHEMA_TEXT,
     .offset = TENANT(arn),
     .min = 1,
     .max = TRUST_ARN_MAX - 1,
     .help = "the KMS key that an imported seed is encrypted with"},
    {.name = "chains",
     .type = SCHEMA_TEXTS,
     .room = TRUST_NAME_MAX,
     .offset = TENANT(chains),
     .count = TENANT(chain_count),
     .is_required = true,
     .min = 1,
     .max = TRUST_CHAINS_MAX,
     .help = "Starknet chains that may be signed for: names or felts"},
    {.name = "assurance",
     .type = SCHEMA_CHOICE,
     .offset = TENANT(assurance),
     .is_required = true,
     .min = TRUST_ASSERTED,
     .choices = "asserted asserted-app bearer proven proven-second-factor",
     .help = "how sure it must be who asks; proven at least in a production build"},
    {.name = "opaque",
     .type = SCHEMA_BOOL,
     .offset = TENANT(opaque),
     .help = "sign hashes that stand for nothing the service can read"},
    {.name = "declare",
     .type = SCHEMA_BOOL,
     .offset = TENANT(declare),
     .help = "sign declare transactions"},
    {.name = "typed_data",
     .type = SCHEMA_BOOL,
     .offset = TENANT(typed_data),
     .help = "sign typed data of other kinds than outside execution"},
    {.name = "session",
     .type = SCHEMA_BOOL,
     .offset = TENANT(session),
     .help = "with typed_data: sign grants of session keys, which then act without the service"},
    {.name = "query",
     .type = SCHEMA_BOOL,
     .offset = TENANT(query),
     .number = 1,
     .help = "sign transactions of the query version, for fee estimations; true if not given"},
    {.name = "export",
     .type = SCHEMA_BOOL,
     .offset = TENANT(export),
     .help = "let users take their private keys out"},
    {.name = "sender_override",
     .type = SCHEMA_BOOL,
     .offset = TENANT(sender_override),
     .help = "sign for accounts whose address is not derived from the key"},
    {.name = "plain_nonce",
     .type = SCHEMA_BOOL,
     .offset = TENANT(plain_nonce),
     .help = "sign without extra entropy, as RFC 6979 stands"},
    {.name = "fee_ceiling",
     .type = SCHEMA_INTEGER,
     .offset = TENANT(fee_ceiling),
     .text = "100000000000000000000",
     .help = "the most that one transaction may cost, in fri; 100 STRK if not given"},
    {.name = "fees",
     .type = SCHEMA_OBJECT,
     .offset = TENANT(fees),
     .table = &fees_table,
     .help = "how max_fee is split where a request has no resource bounds"},
    {.name = "account_class",
     .type = SCHEMA_TEXT,
     .offset = TENANT(account_class),
     .min = 1,
     .max = NAME,
     .text = "openzeppelin-1.0.0",
     .help = "class of the accounts where a request names none"},
    {.name = "account_classes",
     .type = SCHEMA_TEXTS,
     .room = TRUST_NAME_MAX,
     .offset = TENANT(account_classes),
     .count = TENANT(account_class_count),
     .min = 1,
     .max = TRUST_CLASSES_MAX,
     .help = "the classes that a request may name; all that there are if not given"},
    {.name = "rp_id",
     .type = SCHEMA_TEXT,
     .offset = TENANT(rp_id),
     .min = 1,
     .max = TRUST_HOST_MAX - 1,
     .help = "the relying party that passkeys are made for, such as example.com; no passkeys if "
             "not given"},
    {.name = "origins",
     .type = SCHEMA_TEXTS,
     .room = TRUST_ORIGIN_MAX,
     .offset = TENANT(origins),
     .count = TENANT(origin_count),
     .min = 1,
     .max = TRUST_ORIGINS_MAX,
     .help = "where users log in, such as https://app.example.com, as browsers write it; https "
             "only, but for localhost in a development build; none on a host of gateway_names"},
    {.name = "approver_origins",
     .type = SCHEMA_TEXTS,
     .room = TRUST_ORIGIN_MAX,
     .offset = TENANT(approver_origins),
     .count = TENANT(approver_origin_count),
     .min = 1,
     .max = TRUST_ORIGINS_MAX,
     .help = "the same, where approvers use their passkeys"},
    {.name = "issuers",
     .type = SCHEMA_OBJECTS,
     .offset = TENANT(issuers),
     .table = &issuer_table,
     .max = TRUST_ISSUERS_MAX,
     .help = "whose ID tokens users may log in with"},
    {.name = "jit",
     .type = SCHEMA_TEXT,
     .offset = TENANT(jit),
     .min = 1,
     .max = TRUST_PREFIX_MAX - 1,
     .help = "1 to 32 of A-Z a-z 0-9 _ . -: a first login enrols, under a name of this and a hash "
             "of the key; nobody else gets such a name; off if not given"},
    {.name = "sealed",
     .type = SCHEMA_BOOL,
     .offset = TENANT(sealed),
     .help = "take no request of users that is not sealed for the node"},
    {.name = "delays",
     .type = SCHEMA_OBJECT,
     .offset = TENANT(delays),
     .table = &delays_table,
     .help = "how long what loosens something waits until it counts"},
};

static const struct schema_table tenant_table = {tenant_rows, COUNT(tenant_rows)};

static const struct schema_row class_rows[] = {
    {.name = "name",
     .type = SCHEMA_TEXT,
     .offset = CLASS(name),
     .is_required = true,
     .min = 1,
     .max = NAME,
     .help = "what requests and answers call it"},
    {.name = "kind",
     .type = SCHEMA_TEXT,
     .offset = CLASS(kind),
     .is_required = true,
     .min = 1,
     .max = NAME,
     .help = "how its constructor takes a key: openzeppelin, argent, ready, braavos"},
    {.name = "hash",
     .type = SCHEMA_HEX,
     .offset = CLASS(hash),
     .is_required = true,
     .max = 32,
     .help = "class hash, all 64 digits"},
    {.name = "implementation",
     .type = SCHEMA_HEX,
     .offset = CLASS(implementation),
     .max = 32,
     .help = "of a Braavos account: the class behind the base class"},
    {.name = "cairo_version",
     .type = SCHEMA_NUMBER,
     .offset = CLASS(cairo_version),
     .max = 1,
     .number = 1,
     .help = "0 for accounts written in Cairo 0, which read their calls in another encoding"},
};

static const struct schema_table class_table = {class_rows, COUNT(class_rows)};

static const struct schema_row operator_rows[] = {
    {.name = "alg",
     .type = SCHEMA_CHOICE,
     .offset = OPERATOR(alg),
     .is_required = true,
     .min = TRUST_OPERATOR_P256,
     .choices = "p256 eip191 stark ed25519",
     .help = "how it signs"},
    {.name = "key",
     .type = SCHEMA_TEXT,
     .offset = OPERATOR(text),
     .is_required = true,
     .min = 2 + 2 * 20,
     .max = 2 + 2 * TRUST_OPERATOR_KEY,
     .help = "the public key, 0x and hex: of p256 the compressed point, 33 bytes; of eip191 the "
             "address, 20; of stark the x coordinate, of ed25519 the key, 32"},
};

static const struct schema_table operator_table = {operator_rows, COUNT(operator_rows)};

/* The deployment. The members without tenants and classes make the domain id. */
static const struct schema_row top_rows[] = {
    {.name = "profile",
     .type = SCHEMA_CHOICE,
     .offset = TOP(profile),
     .is_required = true,
     .min = TRUST_DEV,
     .choices = "dev production",
     .help = "must be the profile that the program was built for"},
    {.name = "chain_id",
     .type = SCHEMA_NUMBER,
     .offset = TOP(chain_id),
     .max = ANY_NUMBER,
     .help = "chain of the app registry; 0, as all below, without one"},
    {.name = "genesis",
     .type = SCHEMA_HEX,
     .offset = TOP(genesis),
     .max = 32,
     .help = "hash of that chain's first block"},
    {.name = "registry",
     .type = SCHEMA_HEX,
     .offset = TOP(registry),
     .max = 20,
     .help = "address of the app registry"},
    {.name = "kms_registry",
     .type = SCHEMA_HEX,
     .offset = TOP(kms_registry),
     .max = 20,
     .help = "address of the registry of this service"},
    {.name = "kms_app_id",
     .type = SCHEMA_HEX,
     .offset = TOP(kms_app_id),
     .max = 32,
     .help = "app id of this service in the app registry"},
    {.name = "registry_code",
     .type = SCHEMA_HEX,
     .offset = TOP(registry_code),
     .max = 32,
     .help = "Keccak-256 of the app registry's code; a development build takes any if not given"},
    {.name = "kms_registry_code",
     .type = SCHEMA_HEX,
     .offset = TOP(kms_registry_code),
     .max = 32,
     .help = "the same of the registry of this service"},
    {.name = "rpc_endpoints",
     .type = SCHEMA_TEXTS,
     .room = TRUST_URL_MAX,
     .offset = TOP(rpc_endpoints),
     .count = TOP(rpc_endpoint_count),
     .min = 1,
     .max = TRUST_ENDPOINTS_MAX,
     .help = "JSON-RPC endpoints that the chain is read from, each another server; https only in a "
             "production build"},
    {.name = "rpc_quorum",
     .type = SCHEMA_NUMBER,
     .offset = TOP(rpc_quorum),
     .min = 1,
     .max = TRUST_ENDPOINTS_MAX,
     .number = 2,
     .help = "so many endpoints must give equal answers; 2 at least in a production build"},
    {.name = "rpc_ca_file",
     .type = SCHEMA_TEXT,
     .offset = TOP(rpc_ca_file),
     .min = 1,
     .max = TRUST_URL_MAX - 1,
     .help = "file of the authorities to trust about endpoints; the system's list if not given"},
    {.name = "confirmations",
     .type = SCHEMA_NUMBER,
     .offset = TOP(confirmations),
     .max = 256,
     .number = 6,
     .help = "blocks on top of the one that a grant is made at"},
    {.name = "write_holders",
     .type = SCHEMA_NUMBER,
     .offset = TOP(write_holders),
     .max = 64,
     .help = "nodes that must hold a write before it is acknowledged; 0: this node is alone, and "
             "keeps its root and values to itself"},
    {.name = "root_epochs",
     .needs = "write_holders",
     .type = SCHEMA_NUMBER,
     .offset = TOP(root_epochs),
     .min = 1,
     .max = TRUST_ROOT_EPOCHS_MAX,
     .number = 1,
     .help = "so many roots the service shall have: where the chain has fewer, this node makes the "
             "next one and proposes it"},
    {.name = "restore_snapshot",
     .needs = "write_holders",
     .type = SCHEMA_TEXT,
     .offset = TOP(restore_snapshot),
     .min = TRUST_SNAPSHOT,
     .max = TRUST_SNAPSHOT,
     .help =
         "name of a header in the folder of snapshots that is restored in place of the anchored "
         "one, where all nodes are lost and no newer one can be restored"},
    {.name = "restore_anchored",
     .needs = "write_holders",
     .type = SCHEMA_HEX,
     .offset = TOP(restore_anchored),
     .max = 32,
     .help = "the anchored header that restore_snapshot stands for: with any other one it counts "
             "for nothing"},
    {.name = "v1_wire",
     .type = SCHEMA_BOOL,
     .offset = TOP(v1_wire),
     .help = "serve the wire format of the first version beside the second"},
    {.name = "v1_envelope",
     .type = SCHEMA_CHOICE,
     .offset = TOP(v1_envelope),
     .min = TRUST_ENVELOPE_CAPSULE,
     .choices = "capsule capsule-api enclaver static",
     .help = "how an app that has sent no envelope of the first version yet makes them: by its "
             "supervisor from v1.8.0 on, of v1.7.2, from v1.4.2 to v1.7.1, up to v1.4.1; capsule "
             "if not given"},
    {.name = "identity",
     .type = SCHEMA_CHOICE,
     .offset = TOP(identity),
     .min = TRUST_OWN,
     .choices = "own odyn",
     .help = "who holds the node's keys: itself, or Odyn beside it; own if not given"},
    {.name = "odyn_url",
     .type = SCHEMA_TEXT,
     .offset = TOP(odyn_url),
     .min = 1,
     .max = TRUST_ODYN_URL_MAX - 1,
     .text = "http://127.0.0.1:18000",
     .help = "where Odyn listens: http to 127.0.0.1 or [::1]"},
    {.name = "operators",
     .type = SCHEMA_OBJECTS,
     .offset = TOP(operators),
     .table = &operator_table,
     .min = 1,
     .max = TRUST_OPERATORS_MAX,
     .help = "keys of those who enrol users and service keys of local tenants, set their policies "
             "and revoke; without any nobody does"},
    {.name = "operators_needed",
     .needs = "operators",
     .type = SCHEMA_NUMBER,
     .offset = TOP(operators_needed),
     .min = 1,
     .max = TRUST_OPERATORS_MAX,
     .number = 1,
     .help = "so many of them must sign together"},
    {.name = "gateway_names",
     .type = SCHEMA_TEXTS,
     .room = TRUST_HOST_MAX,
     .offset = TOP(gateway_names),
     .count = TOP(gateway_count),
     .min = 1,
     .max = TRUST_GATEWAYS_MAX,
     .help = "hosts under which gateways serve, in lower case: they could change what a page of "
             "theirs says, so no origin of a tenant is there"},
    {.name = "account_classes",
     .type = SCHEMA_OBJECTS,
     .offset = TOP(classes),
     .table = &class_table,
     .max = TRUST_CLASSES_MAX,
     .help = "account classes besides the known ones"},
    {.name = "tenants",
     .type = SCHEMA_OBJECTS,
     .offset = TOP(tenants),
     .table = &tenant_table,
     .is_required = true,
     .min = 1,
     .max = TRUST_TENANTS_MAX,
     .help = "the local tenants; the routes of the Starknet seed document reach \"default\""},
};

static const struct schema_table top_table = {top_rows, COUNT(top_rows)};

const struct schema_table *trust_table(void)
{
    return &top_table;
}

const struct schema_table *trust_tenant_table(void)
{
    return &tenant_table;
}

const struct schema_table *trust_fees_table(void)
{
    return &fees_table;
}

const struct schema_table *trust_class_table(void)
{
    return &class_table;
}

const struct schema_table *trust_operator_table(void)
{
    return &operator_table;
}

const struct schema_table *trust_issuer_table(void)
{
    return &issuer_table;
}

const struct schema_table *trust_delays_table(void)
{
    return &delays_table;
}

static const char *const profile_names[] = {[TRUST_DEV] = "dev", [TRUST_PRODUCTION] = "production"};
static const char *const seed_names[] = {[TRUST_NATIVE] = "native", [TRUST_IMPORTED] = "imported"};
static const char *const derivation_names[] = {[TRUST_V1] = "v1", [TRUST_V2] = "v2"};
static const char *const assurance_names[] = {[TRUST_ASSERTED] = "asserted",
                                              [TRUST_ASSERTED_APP] = "asserted-app",
                                              [TRUST_BEARER] = "bearer",
                                              [TRUST_PROVEN] = "proven",
                                              [TRUST_PROVEN_SECOND_FACTOR] =
                                                  "proven-second-factor"};

const char *trust_profile_name(enum trust_profile profile)
{
    return profile_names[profile];
}

const char *trust_seed_name(enum trust_seed seed)
{
    return seed_names[seed];
}

const char *trust_derivation_name(enum trust_derivation derivation)
{
    return derivation_names[derivation];
}

const char *trust_assurance_name(enum trust_assurance assurance)
{
    return assurance_names[assurance];
}
