#include "registry/registry_rules.h"

#include <string.h>

#include "base/reader.h"

static bool same(const uint8_t a[static REGISTRY_ID], const uint8_t b[static REGISTRY_ID])
{
    return bytes_equal((struct bytes){a, REGISTRY_ID}, (struct bytes){b, REGISTRY_ID});
}

static bool is_zero(const uint8_t id[static REGISTRY_ID])
{
    static const uint8_t zero[REGISTRY_ID];
    return same(id, zero);
}

/* The number of an id; false when it has more than 64 bits. */
static bool small_id(const uint8_t id[static REGISTRY_ID], uint64_t *ret)
{
    struct reader reader = reader_over((struct bytes){id, REGISTRY_ID});
    uint64_t high = 0;
    for (unsigned i = 0; i < 3; i++) {
        high |= reader_u64(&reader);
    }
    *ret = reader_u64(&reader);
    return high == 0;
}

/* Ids from 2^63 on are kept for other uses. */
static bool is_reserved(const uint8_t id[static REGISTRY_ID], const struct registry_asked *asked)
{
    uint64_t number = 0;
    bool is_small = small_id(id, &number);
    return !is_small || number == 0 || number > INT64_MAX || same(id, asked->kms_app_id);
}

/* No node is a peer while the service's own id is not known. */
static struct status check_role(const struct registry_instance *instance,
                                const struct registry_asked *asked)
{
    if (asked->role == REGISTRY_APP) {
        return is_reserved(instance->app_id, asked) ? FAIL(APP_RESERVED) : OK;
    }
    return !is_zero(asked->kms_app_id) && same(instance->app_id, asked->kms_app_id)
               ? OK
               : FAIL(NOT_A_PEER);
}

struct status registry_rules_instance(const struct registry_instance *instance,
                                      const struct registry_asked *asked)
{
    uint64_t number = 0;
    if (is_zero(instance->id)) {
        return FAIL(INSTANCE_NOT_FOUND);
    }
    if (!small_id(instance->id, &number) || !small_id(instance->version_id, &number) ||
        !eth_address_equal(&instance->wallet, &asked->wallet) ||
        eth_address_is_zero(&instance->wallet)) {
        return FAIL(REGISTRY_MISMATCH);
    }
    if (instance->status != REGISTRY_RULES_ACTIVE) {
        return FAIL(INSTANCE_NOT_ACTIVE);
    }
    if (!instance->zk_verified) {
        return FAIL(INSTANCE_NOT_VERIFIED);
    }
    TRY(check_role(instance, asked));
    return instance->has_tee_point ? OK : FAIL(INSTANCE_KEY_INVALID);
}

static struct status check_app(const struct registry_facts *facts)
{
    if (is_zero(facts->app.id)) {
        return FAIL(APP_NOT_FOUND);
    }
    if (!same(facts->app.id, facts->instance.app_id)) {
        return FAIL(REGISTRY_MISMATCH);
    }
    return facts->app.status == REGISTRY_RULES_ACTIVE ? OK : FAIL(APP_NOT_ACTIVE);
}

static struct status check_version(const struct registry_facts *facts)
{
    if (is_zero(facts->version.id)) {
        return FAIL(VERSION_NOT_FOUND);
    }
    if (!same(facts->version.id, facts->instance.version_id)) {
        return FAIL(REGISTRY_MISMATCH);
    }
    return facts->version.status == REGISTRY_RULES_ENROLLED ? OK : FAIL(VERSION_NOT_ENROLLED);
}

struct status registry_rules_judge(const struct registry_facts *facts,
                                   const struct registry_asked *asked,
                                   struct registry_grant *ret_grant)
{
    *ret_grant = (struct registry_grant){0};
    TRY(registry_rules_instance(&facts->instance, asked));
    TRY(check_app(facts));
    TRY(check_version(facts));
    ret_grant->wallet = asked->wallet;
    memcpy(ret_grant->app_id, facts->app.id, REGISTRY_ID);
    (void)small_id(facts->version.id, &ret_grant->version_id);
    (void)small_id(facts->instance.id, &ret_grant->instance_id);
    ret_grant->tee_point = facts->instance.tee_point;
    memcpy(ret_grant->measurement, facts->version.measurement, REGISTRY_HASH);
    return OK;
}

void registry_rules_url(struct bytes url, char ret_url[static REGISTRY_URL_MAX])
{
    memset(ret_url, 0, REGISTRY_URL_MAX);
    bool valid = url.len < REGISTRY_URL_MAX && (bytes_starts(url, BYTES_LITERAL("http://")) ||
                                                bytes_starts(url, BYTES_LITERAL("https://")));
    for (size_t i = 0; valid && i < url.len; i++) {
        valid = url.ptr[i] > ' ' && url.ptr[i] <= '~';
    }
    if (valid) {
        memcpy(ret_url, url.ptr, url.len);
    }
}
