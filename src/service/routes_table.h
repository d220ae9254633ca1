/* The rows of the table of routes. Included by service/routes.c only, which names the listeners. */
#ifndef COFFER_SERVICE_ROUTES_TABLE_H
#define COFFER_SERVICE_ROUTES_TABLE_H

/* clang-format off */
#define ROUTES_TABLE(X) \
    /* method path                    query operation             body limit                listener principal    least assurance form         wire           operate */ \
    X("GET",  "/",                    "",  "overview",            0,                        ANY,     ROUTES_ANYONE, 0,             ROUTES_KMS,  ROUTES_ALWAYS, op_overview)       \
    X("GET",  "/health",              "",  "health",              0,                        ANY,     ROUTES_ANYONE, 0,             ROUTES_KMS,  ROUTES_ALWAYS, op_health)         \
    X("GET",  "/status",              "",  "status",              0,                        ANY,     ROUTES_ANYONE, 0,             ROUTES_KMS,  ROUTES_ALWAYS, op_status)         \
    X("GET",  "/nodes",               "",  "nodes",               0,                        ANY,     ROUTES_ANYONE, 0,             ROUTES_KMS,  ROUTES_ALWAYS, op_nodes)          \
    X("GET",  "/nonce",               "",  "kms.nonce",           0,                        ANY,     ROUTES_ANYONE, 0,             ROUTES_KMS,  ROUTES_V1,     op_nonce)          \
    X("GET",  "/v1/nonce",            "",  "nonce",               0,                        ANY,     ROUTES_ANYONE, 0,             ROUTES_OURS, ROUTES_ALWAYS, op_nonce)          \
    X("GET",  "/metrics",             "",  "metrics",             0,                        LOCAL,   ROUTES_ANYONE, 0,             ROUTES_OURS, ROUTES_ALWAYS, op_metrics)        \
    X("GET",  "/openapi.json",        "",  "openapi",             0,                        ANY,     ROUTES_ANYONE, 0,             ROUTES_OURS, ROUTES_ALWAYS, op_openapi)        \
    X("POST", "/v1/starknet/accounts","",  "starknet.accounts",   LIMIT_BODY_LEGACY,        ANY,     ROUTES_USER,  TRUST_ASSERTED, ROUTES_OURS, ROUTES_ALWAYS, op_accounts)       \
    X("POST", "/v1/starknet/sign",    "",  "starknet.sign",       LIMIT_BODY_STARKNET_SIGN, ANY,     ROUTES_USER,  TRUST_ASSERTED, ROUTES_OURS, ROUTES_ALWAYS, op_sign)           \
    X("POST", "/sign",                "",  "seed.sign",           LIMIT_BODY_LEGACY,        LOCAL,   ROUTES_USER,  TRUST_ASSERTED, ROUTES_SEED, ROUTES_ALWAYS, op_seed_sign)      \
    X("POST", "/account",             "",  "seed.account",        LIMIT_BODY_LEGACY,        LOCAL,   ROUTES_USER,  TRUST_ASSERTED, ROUTES_SEED, ROUTES_ALWAYS, op_seed_account)   \
    X("POST", "/derive",              "",  "seed.derive",         LIMIT_BODY_LEGACY,        LOCAL,   ROUTES_USER,  TRUST_ASSERTED, ROUTES_SEED, ROUTES_ALWAYS, op_seed_account)
/* clang-format on */

#endif
