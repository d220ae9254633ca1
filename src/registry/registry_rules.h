/* Whether the registry's records, as they stood at one block, make a grant: the rules, pure.
 *
 * Nothing of a record is believed because it was asked for: every id and the wallet must be the one
 * in question. Used by the view of the chain and by the static registry.
 * Source: nova reference 8.1 and 8.3, whose gaps are closed; formats, section 3. */
#ifndef COFFER_REGISTRY_REGISTRY_RULES_H
#define COFFER_REGISTRY_REGISTRY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "registry/registry.h"

enum {
    /* The one good value of each status; every other number refuses. */
    REGISTRY_RULES_ACTIVE = 0,   /* of an app and of an instance */
    REGISTRY_RULES_ENROLLED = 0, /* of a version */
};

/* Records as they were read. All zero: there is none. */
struct registry_instance {
    uint8_t id[REGISTRY_ID];
    uint8_t app_id[REGISTRY_ID];
    uint8_t version_id[REGISTRY_ID];
    struct eth_address operator;
    struct eth_address wallet;
    bool has_tee_point; /* the registered key is a point of the curve */
    struct p384_point tee_point;
    bool zk_verified;
    uint8_t status;
    uint64_t registered_at;
    char url[REGISTRY_URL_MAX]; /* "" when it is none that can be shown */
};

struct registry_app {
    uint8_t id[REGISTRY_ID];
    uint8_t status;
};

struct registry_version {
    uint8_t id[REGISTRY_ID];
    uint8_t measurement[REGISTRY_HASH];
    uint8_t status;
};

struct registry_facts {
    struct registry_instance instance; /* of the wallet */
    struct registry_app app;           /* of the instance's app id */
    struct registry_version version;   /* of the instance's version id in that app */
};

/* Who asks. */
struct registry_asked {
    struct eth_address wallet;
    enum registry_role role;
    uint8_t kms_app_id[REGISTRY_ID]; /* this service's own */
};

/* Check what can be checked without the records of app and version.
 * Returns: OK, or INSTANCE_NOT_FOUND, REGISTRY_MISMATCH, INSTANCE_NOT_ACTIVE,
 * INSTANCE_NOT_VERIFIED, APP_RESERVED, NOT_A_PEER, INSTANCE_KEY_INVALID, in this order. */
struct status registry_rules_instance(const struct registry_instance *instance,
                                      const struct registry_asked *asked);

/* Check all. Out: ret_grant without block and times.
 * Returns: OK; as registry_rules_instance; then APP_NOT_FOUND, REGISTRY_MISMATCH, APP_NOT_ACTIVE,
 * VERSION_NOT_FOUND, REGISTRY_MISMATCH, VERSION_NOT_ENROLLED. On failure: *ret_grant is zero. */
struct status registry_rules_judge(const struct registry_facts *facts,
                                   const struct registry_asked *asked,
                                   struct registry_grant *ret_grant);

/* Take over a URL if it is 1 to REGISTRY_URL_MAX - 1 printable ASCII characters without space that
 * start with http:// or https://. Out: ret_url, NUL-terminated; "" otherwise. */
void registry_rules_url(struct bytes url, char ret_url[static REGISTRY_URL_MAX]);

#endif
