/* The part of the trust configuration that says how users of a tenant log in. Private to
 * src/config. */
#ifndef COFFER_CONFIG_TRUST_INTERNAL_H
#define COFFER_CONFIG_TRUST_INTERNAL_H

#include "codec/json_in.h"
#include "config/trust.h"

/* Check the names of gateways: hosts as codec/url.h has them. In: root, the document.
 * Returns: OK; CONFIG_INVALID, about the name. */
struct status trust_gateways_check(const struct json_in *root, const struct trust *trust);

/* Read the next operator. In: at, its object. Returns: as trust_parse. */
struct status trust_operator_read(const struct json_in *at, struct trust *trust);

/* Check how many must sign. In: root, the document, of which the operators were read. */
struct status trust_operators_check(const struct json_in *root, const struct trust *trust);

/* Read delays and issuers of a tenant, and check them with what its table has read of the rest.
 * In: at, the tenant; trust, with profile and gateways. Returns: as trust_parse. */
struct status trust_users_read(const struct json_in *at, const struct trust *trust,
                               struct trust_tenant *tenant);

#endif
