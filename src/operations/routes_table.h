/* The rows of the table of routes: what the service does, and for whom. The whole security policy.
 * Included by operations.c only, which names the listeners. */
#ifndef COFFER_OPERATIONS_ROUTES_TABLE_H
#define COFFER_OPERATIONS_ROUTES_TABLE_H

/* clang-format off */
#define ROUTES_TABLE(X) \
    /* method  path                    query                 operation            body limit                listener principal    registry        least assurance     form         wire           audit                 operate */ \
    X("GET",    "/",                    "",                   "overview",          0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_KMS,  ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_overview)       \
    X("GET",    "/health",              "",                   "health",            0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_KMS,  ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_health)         \
    X("GET",    "/ready",               "",                   "ready",             0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_ready)          \
    X("GET",    "/status",              "",                   "status",            0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_KMS,  ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_status)         \
    X("GET",    "/nodes",               "",                   "nodes",             0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_KMS,  ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_nodes)          \
    X("GET",    "/nonce",               "",                   "kms.nonce",         0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_KMS,  ROUTES_V1,     ROUTES_AUDIT_NONE,    &node_op_nonce)          \
    X("POST",   "/kms/derive",          "",                   "kms.derive",        LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SIGN,  TRUST_ASSERTED_APP, ROUTES_KMS,  ROUTES_V1,     ROUTES_AUDIT_KEY,     &app_op_derive)     \
    X("GET",    "/kms/data/{key}",      "",                   "kms.get",           0,                        ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_KMS,  ROUTES_V1,     ROUTES_AUDIT_OUTCOME, &app_op_values_get)     \
    X("GET",    "/kms/data",            "key",                "kms.list",          0,                        ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_KMS,  ROUTES_V1,     ROUTES_AUDIT_OUTCOME, &app_op_values_list)    \
    X("PUT",    "/kms/data",            "",                   "kms.put",           LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_KMS,  ROUTES_V1,     ROUTES_AUDIT_EFFECT,  &app_op_values_put)     \
    X("DELETE", "/kms/data",            "",                   "kms.delete",        LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_KMS,  ROUTES_V1,     ROUTES_AUDIT_EFFECT,  &app_op_values_delete)  \
    X("POST",   "/sync",                "",                   "kms.sync",          LIMIT_BODY_SYNC_V1,       ANY,     ROUTES_PEER,   REGISTRY_SERVE, TRUST_PROVEN,       ROUTES_KMS,  ROUTES_V1,     ROUTES_AUDIT_EFFECT,  &cluster_op_sync_v1)    \
    X("GET",    "/v1/nonce",            "",                   "nonce",             0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_nonce)          \
    X("GET",    "/v1/identity",         "nonce",              "identity",          0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_identity)       \
    X("POST",   "/v1/attestation",      "",                   "attestation",       LIMIT_BODY_NONCE,         ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_attestation)    \
    X("POST",   "/v1/app/keys",         "",                   "app.derive",        LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SIGN,  TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_KEY,     &app_op_derive)     \
    X("GET",    "/v1/app/values/{key}", "min_version",        "app.values.get",    0,                        ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_OUTCOME, &app_op_values_get)     \
    X("POST",   "/v1/app/values/get",   "",                   "app.values.read",   LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_OUTCOME, &app_op_values_get)     \
    X("POST",   "/v1/app/values/list",  "",                   "app.values.names",  LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_OUTCOME, &app_op_values_list)    \
    X("GET",    "/v1/app/values",       "limit,cursor,prefix","app.values.list",   0,                        ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_OUTCOME, &app_op_values_list)    \
    X("PUT",    "/v1/app/values",       "again",              "app.values.put",    LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_EFFECT,  &app_op_values_put)     \
    X("DELETE", "/v1/app/values",       "again",              "app.values.delete", LIMIT_BODY_APP,           ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_EFFECT,  &app_op_values_delete)  \
    X("GET",    "/v1/app/usage",        "",                   "app.usage",         0,                        ANY,     ROUTES_APP,    REGISTRY_SERVE, TRUST_ASSERTED_APP, ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_OUTCOME, &app_op_usage)          \
    X("POST",   "/v1/sync",             "",                   "cluster.sync",      LIMIT_BODY_SYNC,          ANY,     ROUTES_PEER,   REGISTRY_SERVE, TRUST_PROVEN,       ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &cluster_op_sync)       \
    X("POST",   "/v1/handoff",          "",                   "root.handoff",      LIMIT_BODY_HANDOFF,       ANY,     ROUTES_PEER,   REGISTRY_HAND_OFF, TRUST_PROVEN,    ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_KEY,     &cluster_op_handoff)    \
    X("GET",    "/metrics",             "",                   "metrics",           0,                        LOCAL,   ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_metrics)        \
    X("GET",    "/openapi.json",        "",                   "openapi",           0,                        ANY,     ROUTES_ANYONE, REGISTRY_SERVE, 0,                  ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_NONE,    &node_op_openapi)        \
    X("POST",   "/v1/starknet/accounts","",                   "starknet.accounts", LIMIT_BODY_LEGACY,        ANY,     ROUTES_USER,   REGISTRY_SIGN,  TRUST_ASSERTED,     ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_KEY,     &starknet_op_accounts)       \
    X("POST",   "/v1/starknet/sign",    "",                   "starknet.sign",     LIMIT_BODY_STARKNET_SIGN, ANY,     ROUTES_USER,   REGISTRY_SIGN,  TRUST_ASSERTED,     ROUTES_OURS, ROUTES_ALWAYS, ROUTES_AUDIT_KEY,     &starknet_op_sign)           \
    X("POST",   "/sign",                "",                   "seed.sign",         LIMIT_BODY_LEGACY,        LOCAL,   ROUTES_USER,   REGISTRY_SIGN,  TRUST_ASSERTED,     ROUTES_SEED, ROUTES_ALWAYS, ROUTES_AUDIT_KEY,     &compat_op_sign)      \
    X("POST",   "/account",             "",                   "seed.account",      LIMIT_BODY_LEGACY,        LOCAL,   ROUTES_USER,   REGISTRY_SIGN,  TRUST_ASSERTED,     ROUTES_SEED, ROUTES_ALWAYS, ROUTES_AUDIT_KEY,     &compat_op_account)   \
    X("POST",   "/derive",              "",                   "seed.derive",       LIMIT_BODY_LEGACY,        LOCAL,   ROUTES_USER,   REGISTRY_SIGN,  TRUST_ASSERTED,     ROUTES_SEED, ROUTES_ALWAYS, ROUTES_AUDIT_KEY,     &compat_op_account)
/* clang-format on */

#endif
