#include "tenant/tenant.h"

#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "keys/root.h"
#include "keys/seed.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"
#include "tenant/tenant_internal.h"
#include "tenant/tenant_rules_internal.h"

struct tenant_set {
    uint8_t domain[DOMAIN_ID];
    struct mem *mem;
    struct key_cache *cache;
    struct trust trust; /* a copy: names stay as long as the set */
    struct account_class defined[TRUST_CLASSES_MAX];
    struct tenant tenants[TRUST_TENANTS_MAX];
    struct account_class classes[TRUST_TENANTS_MAX][TENANT_CLASSES_MAX]; /* of each */
    size_t count;
    struct tenant_secrets *secrets; /* [count], locked */
};

/* Where in the configuration something is wrong. */
struct place {
    const char *list;
    size_t index;
    const char *member;
    size_t item; /* of the member, or SIZE_MAX */
};

static void put_place(const struct place *place, char ret_where[static CONFIG_WHERE_MAX])
{
    struct buf text = buf_over((uint8_t *)ret_where, CONFIG_WHERE_MAX - 1);
    buf_put_text(&text, place->list);
    buf_put_text(&text, "[");
    buf_put_decimal(&text, place->index);
    buf_put_text(&text, "].");
    buf_put_text(&text, place->member);
    if (place->item != SIZE_MAX) {
        buf_put_text(&text, "[");
        buf_put_decimal(&text, place->item);
        buf_put_text(&text, "]");
    }
}

/* The classes of the configuration. A Braavos class needs its implementation, others have none. */
static struct status read_class(const struct trust_class *from, struct account_class *ret,
                                const char **ret_member)
{
    size_t known;
    const struct account_class *classes = account_class_known(&known);
    ret->name = from->name.text;
    *ret_member = "name";
    if (account_class_by_name(classes, known, bytes_of(ret->name)) != NULL) {
        return FAIL(CONFIG_INVALID);
    }
    *ret_member = "kind";
    TRY(account_class_kind_read(bytes_of(from->kind.text), &ret->kind));
    *ret_member = "hash";
    if (!felt_from_be(from->hash, &ret->hash) || felt_is_zero(&ret->hash)) {
        return FAIL(FELT_RANGE);
    }
    *ret_member = "implementation";
    if (!felt_from_be(from->implementation, &ret->implementation)) {
        return FAIL(FELT_RANGE);
    }
    ret->encoding = from->cairo_version == 0 ? CALL_CAIRO0 : CALL_CAIRO1;
    bool braavos = ret->kind == ACCOUNT_CLASS_BRAAVOS;
    return felt_is_zero(&ret->implementation) != braavos ? OK : FAIL(CONFIG_INVALID);
}

static struct status read_classes(struct tenant_set *set, struct place *place)
{
    place->list = "account_classes";
    for (size_t i = 0; i < set->trust.class_count; i++) {
        place->index = i;
        TRY(read_class(&set->trust.classes[i], &set->defined[i], &place->member));
    }
    return OK;
}

/* A class by name, known or of the configuration; NULL when there is none. */
static const struct account_class *find_class(const struct tenant_set *set, const char *name)
{
    size_t known;
    const struct account_class *classes = account_class_known(&known);
    const struct account_class *found = account_class_by_name(classes, known, bytes_of(name));
    return found != NULL
               ? found
               : account_class_by_name(set->defined, set->trust.class_count, bytes_of(name));
}

static void add_class(struct tenant_set *set, struct tenant *tenant,
                      const struct account_class *class)
{
    INVARIANT(tenant->class_count < TENANT_CLASSES_MAX);
    struct account_class *classes = set->classes[tenant - set->tenants];
    classes[tenant->class_count++] = *class;
    tenant->classes = classes;
}

/* All that there are, but the default, which is there already. */
static void add_all_classes(struct tenant_set *set, struct tenant *tenant)
{
    size_t known;
    const struct account_class *classes = account_class_known(&known);
    for (size_t i = 0; i < known + set->trust.class_count; i++) {
        const struct account_class *class = i < known ? &classes[i] : &set->defined[i - known];
        if (!bytes_equal(bytes_of(class->name), bytes_of(tenant->classes[0].name))) {
            add_class(set, tenant, class);
        }
    }
}

static struct status set_classes(struct tenant_set *set, const struct trust_tenant *from,
                                 struct tenant *tenant, struct place *place)
{
    place->member = "account_class";
    const struct account_class *class = find_class(set, from->account_class.text);
    if (class == NULL) {
        return FAIL(UNKNOWN_ACCOUNT_CLASS);
    }
    add_class(set, tenant, class);
    if (from->account_class_count == 0) {
        add_all_classes(set, tenant);
        return OK;
    }
    bool has_default = false;
    for (size_t i = 0; i < from->account_class_count; i++) {
        const struct account_class *other = find_class(set, from->account_classes[i].text);
        if (other == NULL) {
            place->member = "account_classes";
            place->item = i;
            return FAIL(UNKNOWN_ACCOUNT_CLASS);
        }
        has_default = has_default || other == class;
        if (other != class) {
            add_class(set, tenant, other);
        }
    }
    return has_default ? OK : FAIL(CONFIG_INVALID);
}

static struct status set_chains(const struct trust_tenant *from, struct tenant *tenant,
                                struct place *place)
{
    place->member = "chains";
    for (size_t i = 0; i < from->chain_count; i++) {
        place->item = i;
        TRY(chain_read(bytes_of(from->chains[i].text), &tenant->chains[i]));
    }
    place->item = SIZE_MAX;
    return OK;
}

static void set_rules(const struct trust_tenant *from, struct tenant *tenant)
{
    tenant->rules = (struct policy_rules){
        .chains = tenant->chains,
        .chain_count = from->chain_count,
        .opaque = from->opaque,
        .declare = from->declare,
        .typed_data = from->typed_data,
        .session = from->session,
        .query = from->query,
        .sender_override = from->sender_override,
    };
    memcpy(tenant->rules.fee_ceiling, from->fee_ceiling, sizeof from->fee_ceiling);
    tenant->fees = (struct fee_table){
        .l1_gas_divisor = from->fees.l1_gas_divisor,
        .l1_gas_price = from->fees.l1_gas_price,
        .l1_data_gas_divisor = from->fees.l1_data_gas_divisor,
        .l1_data_gas_price = from->fees.l1_data_gas_price,
        .l2_gas_price = from->fees.l2_gas_price,
        .l2_gas_amount_max = from->fees.l2_gas_amount_max,
    };
}

static struct status set_tenant(struct tenant_set *set, const struct trust_tenant *from,
                                struct tenant *tenant, struct place *place)
{
    place->member = "name";
    TRY(domain_local_tenant(set->domain, bytes_of(from->name.text), tenant->id));
    tenant->name = from->name;
    tenant->kind = TENANT_LOCAL;
    tenant->seed = from->seed;
    tenant->derivation = from->derivation;
    tenant->seed_epoch = (uint32_t)from->seed_epoch;
    tenant->assurance = from->assurance;
    tenant->export = from->export;
    tenant->plain_nonce = from->plain_nonce;
    set_rules(from, tenant);
    TRY(set_chains(from, tenant, place));
    return set_classes(set, from, tenant, place);
}

static struct status set_tenants(struct tenant_set *set, struct place *place)
{
    place->list = "tenants";
    for (size_t i = 0; i < set->count; i++) {
        place->index = i;
        TRY(tenant_rules_check(&set->trust, i, &place->member));
        TRY(set_tenant(set, &set->trust.tenants[i], &set->tenants[i], place));
        set->tenants[i].secrets = &set->secrets[i];
    }
    return OK;
}

struct domain tenant_domain(const struct trust *trust)
{
    struct domain domain = {.profile = (uint8_t)trust->profile, .chain_id = trust->chain_id};
    memcpy(domain.genesis, trust->genesis, sizeof domain.genesis);
    memcpy(domain.registry, trust->registry, sizeof domain.registry);
    memcpy(domain.kms_registry, trust->kms_registry, sizeof domain.kms_registry);
    memcpy(domain.kms_app_id, trust->kms_app_id, sizeof domain.kms_app_id);
    return domain;
}

struct status tenant_set_open(const struct trust *trust, struct mem *mem, struct key_cache *cache,
                              struct tenant_set **ret, char ret_where[static CONFIG_WHERE_MAX])
{
    *ret = NULL;
    memset(ret_where, 0, CONFIG_WHERE_MAX);
    INVARIANT(trust->tenant_count != 0 && trust->tenant_count <= TRUST_TENANTS_MAX);
    INVARIANT((uint8_t)trust->profile == domain_profile());
    void *block;
    TRY(mem_alloc(mem, sizeof(struct tenant_set), &block));
    struct tenant_set *set = block;
    set->mem = mem;
    set->cache = cache;
    set->trust = *trust;
    set->count = trust->tenant_count;
    struct domain domain = tenant_domain(trust);
    domain_id(&domain, set->domain);
    void *secrets;
    struct status status = secret_alloc(set->count * sizeof *set->secrets, &secrets);
    set->secrets = secrets;
    struct place place = {.item = SIZE_MAX};
    if (status_is_ok(status)) {
        status = read_classes(set, &place);
        if (status_is_ok(status)) {
            status = set_tenants(set, &place);
        }
        if (!status_is_ok(status)) {
            put_place(&place, ret_where);
        }
    }
    if (!status_is_ok(status)) {
        tenant_set_close(&set);
    }
    *ret = set;
    return status;
}

void tenant_set_close(struct tenant_set **set)
{
    if (*set == NULL) {
        return;
    }
    void *secrets = (*set)->secrets;
    secret_free(&secrets, (*set)->count * sizeof *(*set)->secrets);
    struct mem *mem = (*set)->mem;
    void *block = *set;
    mem_free(mem, &block);
    *set = NULL;
}

/* Returns: OK; SEED_TAKEN. */
static struct status install_seed(struct tenant_set *set, size_t index, const struct secret32 *seed)
{
    uint8_t commitment[32];
    seed_commitment(seed, commitment);
    for (size_t i = 0; i < set->count; i++) {
        const struct tenant_secrets *other = &set->secrets[i];
        if (other->has_seed && ct_equal(other->commitment, commitment, sizeof commitment) == 1) {
            return FAIL(SEED_TAKEN);
        }
    }
    struct tenant_secrets *secrets = &set->secrets[index];
    const struct tenant *tenant = &set->tenants[index];
    memcpy(secrets->commitment, commitment, sizeof commitment);
    user_keys_init(&secrets->keys, tenant->id,
                   tenant->derivation == TRUST_V1 ? USER_KEYS_V1 : USER_KEYS_V2, seed, set->cache);
    secrets->has_seed = true;
    return OK;
}

void tenant_set_root(struct tenant_set *set, const struct secret32 *master, uint32_t epoch)
{
    SECRET(root, root);
    root_init(&root, master, set->domain, epoch);
    for (size_t i = 0; i < set->count; i++) {
        const struct tenant *tenant = &set->tenants[i];
        SECRET32(bytes);
        INVARIANT(tenant->seed == TRUST_IMPORTED || !set->secrets[i].has_seed);
        root_pseudonym_key(&root, tenant->id, &bytes);
        tenant_set_pseudonym(&set->secrets[i], tenant->id, &bytes, set->cache);
        if (tenant->seed == TRUST_NATIVE && tenant->seed_epoch == epoch) {
            root_tenant_seed(&root, tenant->id, &bytes);
            INVARIANT(status_is_ok(install_seed(set, i, &bytes)));
        }
    }
}

struct status tenant_set_seed(struct tenant_set *set, struct bytes name,
                              const struct secret32 *seed)
{
    size_t i = 0;
    while (i < set->count && !bytes_equal(bytes_of(set->tenants[i].name.text), name)) {
        i++;
    }
    if (i == set->count || set->tenants[i].seed != TRUST_IMPORTED) {
        return FAIL(NOT_FOUND);
    }
    if (set->secrets[i].has_seed) {
        return FAIL(SEED_TAKEN);
    }
    uint8_t commitment[32];
    seed_commitment(seed, commitment);
    const struct trust_tenant *from = &set->trust.tenants[i];
    if (from->has_commitment && ct_equal(from->commitment, commitment, sizeof commitment) == 0) {
        return FAIL(SEED_COMMITMENT);
    }
    return install_seed(set, i, seed);
}

struct status tenant_set_ready(const struct tenant_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!set->secrets[i].has_seed || !set->secrets[i].has_pseudonym) {
            return FAIL(UNAVAILABLE);
        }
    }
    return OK;
}

const uint8_t *tenant_set_domain(const struct tenant_set *set)
{
    return set->domain;
}

size_t tenant_set_count(const struct tenant_set *set)
{
    return set->count;
}

const struct tenant *tenant_set_at(const struct tenant_set *set, size_t index)
{
    INVARIANT(index < set->count);
    return &set->tenants[index];
}

const struct tenant *tenant_find(const struct tenant_set *set,
                                 const uint8_t id[static DOMAIN_TENANT_ID])
{
    for (size_t i = 0; i < set->count; i++) {
        if (bytes_equal(BYTES_ARRAY(set->tenants[i].id), (struct bytes){id, DOMAIN_TENANT_ID})) {
            return &set->tenants[i];
        }
    }
    return NULL;
}

const struct tenant *tenant_find_local(const struct tenant_set *set, struct bytes name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (bytes_equal(bytes_of(set->tenants[i].name.text), name)) {
            return &set->tenants[i];
        }
    }
    return NULL;
}

const struct user_keys *tenant_keys(const struct tenant *tenant)
{
    INVARIANT(tenant->secrets->has_seed);
    return &tenant->secrets->keys;
}

enum { PSEUDONYM_PARTS = 2 };

static void pseudonym_parts(const struct tenant_secrets *secrets, const uint8_t *id,
                            struct bytes ret[static PSEUDONYM_PARTS])
{
    ret[0] = (struct bytes){id, DOMAIN_TENANT_ID};
    ret[1] = (struct bytes){(const uint8_t *)&secrets->pseudonym, sizeof secrets->pseudonym};
}

void tenant_set_pseudonym(struct tenant_secrets *secrets, const uint8_t id[static DOMAIN_TENANT_ID],
                          const struct secret32 *bytes, const struct key_cache *cache)
{
    struct bytes parts[PSEUDONYM_PARTS];
    hmac_sha256_key_init(&secrets->pseudonym, BYTES_ARRAY(bytes->b));
    pseudonym_parts(secrets, id, parts);
    secrets->sum_key = key_cache_sum_key(cache);
    secrets->pseudonym_sum = keyed_sum_of(secrets->sum_key, parts, PSEUDONYM_PARTS);
    secrets->has_pseudonym = true;
}

struct status tenant_pseudonym_key(const struct tenant *tenant, const struct hmac_sha256_key **ret)
{
    const struct tenant_secrets *secrets = tenant->secrets;
    struct bytes parts[PSEUDONYM_PARTS];
    INVARIANT(secrets->has_pseudonym);
    pseudonym_parts(secrets, tenant->id, parts);
    *ret = NULL;
    TRY(keyed_sum_check(secrets->sum_key, parts, PSEUDONYM_PARTS, &secrets->pseudonym_sum));
    *ret = &secrets->pseudonym;
    return OK;
}

struct status tenant_class(const struct tenant *tenant, struct bytes name,
                           const struct account_class **ret)
{
    const struct account_class *classes = tenant->classes;
    struct felt hash;
    if (name.len == 0) {
        *ret = &classes[0];
    } else if (status_is_ok(felt_text_read(name, &hash))) {
        *ret = account_class_by_hash(classes, tenant->class_count, &hash);
    } else {
        *ret = account_class_by_name(classes, tenant->class_count, name);
    }
    return *ret != NULL ? OK : FAIL(UNKNOWN_ACCOUNT_CLASS);
}
