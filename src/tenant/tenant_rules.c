#include "base/bytes.h"
#include "tenant/tenant_rules_internal.h"

/* What a production build wants besides. */
static struct status check_production(const struct trust_tenant *tenant, const char **ret_member)
{
    bool imported = tenant->seed == TRUST_IMPORTED;
    *ret_member = "commitment";
    if (imported && !tenant->has_commitment) {
        return FAIL(CONFIG_INVALID);
    }
    *ret_member = "arn";
    if (imported && tenant->arn[0] == 0) {
        return FAIL(CONFIG_INVALID);
    }
    *ret_member = "assurance";
    return tenant->assurance < TRUST_PROVEN ? FAIL(CONFIG_INVALID) : OK;
}

/* A native seed comes from the root: it has no other form of keys, and nothing names it. */
static struct status check_native(const struct trust_tenant *tenant, const char **ret_member)
{
    *ret_member = "derivation";
    if (tenant->derivation == TRUST_V1) {
        return FAIL(CONFIG_INVALID);
    }
    *ret_member = "commitment";
    if (tenant->has_commitment) {
        return FAIL(CONFIG_INVALID);
    }
    *ret_member = "arn";
    return tenant->arn[0] != 0 ? FAIL(CONFIG_INVALID) : OK;
}

static struct status check_pair(const struct trust_tenant *one, const struct trust_tenant *other,
                                const char **ret_member)
{
    *ret_member = "name";
    if (bytes_equal(bytes_of(one->name.text), bytes_of(other->name.text))) {
        return FAIL(CONFIG_INVALID);
    }
    *ret_member = "commitment";
    bool is_same_seed = one->has_commitment && other->has_commitment &&
                        bytes_equal(BYTES_ARRAY(one->commitment), BYTES_ARRAY(other->commitment));
    return is_same_seed ? FAIL(CONFIG_INVALID) : OK;
}

struct status tenant_rules_check(const struct trust *trust, size_t index, const char **ret_member)
{
    const struct trust_tenant *tenant = &trust->tenants[index];
    if (tenant->seed == TRUST_NATIVE) {
        TRY(check_native(tenant, ret_member));
    }
    if (trust->profile == TRUST_PRODUCTION) {
        TRY(check_production(tenant, ret_member));
    }
    for (size_t i = 0; i < index; i++) {
        TRY(check_pair(&trust->tenants[i], tenant, ret_member));
    }
    return OK;
}
