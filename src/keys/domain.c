#include "keys/domain.h"

#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "digest/sha256.h"

enum {
    TENANT_APP = 1,
    TENANT_LOCAL = 2,
};

uint8_t domain_profile(void)
{
#ifdef COFFER_PRODUCTION
    return DOMAIN_PROFILE_PRODUCTION;
#else
    return DOMAIN_PROFILE_DEV;
#endif
}

static void hash(const struct buf *text, uint8_t ret_id[static 32])
{
    INVARIANT(status_is_ok(buf_check(text)));
    sha256_hash(buf_bytes(text), ret_id);
}

void domain_id(const struct domain *domain, uint8_t ret_id[static DOMAIN_ID])
{
    uint8_t memory[160];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "coffer/domain/1");
    buf_put_u8(&text, domain->profile);
    buf_put_u64(&text, domain->chain_id);
    buf_put(&text, BYTES_ARRAY(domain->genesis));
    buf_put(&text, BYTES_ARRAY(domain->registry));
    buf_put(&text, BYTES_ARRAY(domain->kms_registry));
    buf_put(&text, BYTES_ARRAY(domain->kms_app_id));
    hash(&text, ret_id);
}

bool domain_tenant_name_valid(struct bytes name)
{
    if (name.len == 0 || name.len > LIMIT_TENANT_NAME) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
            return false;
        }
    }
    return true;
}

struct status domain_local_tenant(const uint8_t domain[static DOMAIN_ID], struct bytes name,
                                  uint8_t ret_id[static DOMAIN_TENANT_ID])
{
    memset(ret_id, 0, DOMAIN_TENANT_ID);
    if (!domain_tenant_name_valid(name)) {
        return FAIL(CONFIG_INVALID);
    }
    uint8_t memory[96];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "coffer/tenant/1");
    buf_put_u8(&text, TENANT_LOCAL);
    buf_put(&text, (struct bytes){domain, DOMAIN_ID});
    buf_put_u8(&text, (uint8_t)name.len);
    buf_put(&text, name);
    hash(&text, ret_id);
    return OK;
}

/* App ids are positive 63-bit numbers: the registry's counter, and what JSON carries. */
static bool is_app_id(const uint8_t app_id[static 32])
{
    uint8_t high = app_id[24] >> 7;
    uint8_t any = 0;
    for (size_t i = 0; i < 32; i++) {
        high |= i < 24 ? app_id[i] : 0;
        any |= app_id[i];
    }
    return high == 0 && any != 0;
}

struct status domain_app_tenant(const struct domain *domain, const uint8_t app_id[static 32],
                                uint8_t ret_id[static DOMAIN_TENANT_ID])
{
    memset(ret_id, 0, DOMAIN_TENANT_ID);
    struct bytes id = {app_id, 32};
    if (!is_app_id(app_id) || bytes_equal(id, BYTES_ARRAY(domain->kms_app_id))) {
        return FAIL(FORBIDDEN);
    }
    uint8_t memory[96];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "coffer/tenant/1");
    buf_put_u8(&text, TENANT_APP);
    buf_put_u64(&text, domain->chain_id);
    buf_put(&text, BYTES_ARRAY(domain->registry));
    buf_put(&text, id);
    hash(&text, ret_id);
    return OK;
}
