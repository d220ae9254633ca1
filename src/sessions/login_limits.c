#include "sessions/login_limits.h"

#include "base/limits.h"
#include "base/rate_table.h"
#include "base/reader.h"
#include "base/thread.h"
#include "codec/ip_network.h"
#include "digest/sha256.h"

enum { KINDS = LOGIN_LIMITS_TRY + 1 };

static const struct token_bucket_rule user_rule = {LIMIT_LOGIN_USER, LIMIT_LOGIN_USER_BURST};
static const struct token_bucket_rule address_rule = {LIMIT_LOGIN_ADDRESS,
                                                      LIMIT_LOGIN_ADDRESS_BURST};
static const struct token_bucket_rule all_rule = {LIMIT_LOGIN_ALL, LIMIT_LOGIN_ALL_BURST};

struct login_limits {
    struct mem *mem;
    struct rate_table *users; /* at an address */
    struct rate_table *addresses;
    struct thread_lock lock; /* of what follows */
    bool is_begun[KINDS];
    struct token_bucket all[KINDS];
};

struct status login_limits_open(struct mem *mem, const struct entropy *entropy,
                                struct login_limits **ret)
{
    void *memory = NULL;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof **ret, &memory));
    struct login_limits *limits = memory;
    limits->mem = mem;
    thread_lock_init(&limits->lock);
    struct status status = rate_table_new(mem, &user_rule, entropy, &limits->users);
    if (status_is_ok(status)) {
        status = rate_table_new(mem, &address_rule, entropy, &limits->addresses);
    }
    if (!status_is_ok(status)) {
        login_limits_close(&limits);
    }
    *ret = limits;
    return status;
}

void login_limits_close(struct login_limits **limits)
{
    if (*limits == NULL) {
        return;
    }
    struct mem *mem = (*limits)->mem;
    rate_table_free(mem, &(*limits)->users);
    rate_table_free(mem, &(*limits)->addresses);
    thread_lock_deinit(&(*limits)->lock);
    void *memory = *limits;
    mem_free(mem, &memory);
    *limits = NULL;
}

static uint64_t number_of(const uint8_t hash[static SHA256_BYTES])
{
    struct reader reader = reader_over((struct bytes){hash, sizeof(uint64_t)});
    return reader_u64(&reader);
}

static void add_part(struct sha256 *sha, struct bytes part)
{
    const uint8_t length[] = {(uint8_t)(part.len >> 8), (uint8_t)part.len};
    sha256_update(sha, BYTES_ARRAY(length));
    sha256_update(sha, part);
}

static struct rate_table_key key_of_user(enum login_limits_kind kind,
                                         const struct login_limits_who *who)
{
    uint8_t hash[SHA256_BYTES];
    struct sha256 sha;
    sha256_init(&sha);
    add_part(&sha, (struct bytes){who->tenant, AUTH_TEXT_HASH});
    add_part(&sha, who->user);
    add_part(&sha, who->address);
    sha256_final(&sha, hash);
    return (struct rate_table_key){number_of(hash), kind};
}

static struct rate_table_key key_of_address(enum login_limits_kind kind,
                                            const struct login_limits_who *who)
{
    uint8_t hash[SHA256_BYTES];
    sha256_hash(who->address, hash);
    return (struct rate_table_key){number_of(hash), kind};
}

static uint64_t take_of_all(struct login_limits *limits, enum login_limits_kind kind,
                            uint64_t now_ns)
{
    const struct token_bucket_price one = {1, 0};
    thread_lock_take(&limits->lock);
    if (!limits->is_begun[kind]) {
        limits->is_begun[kind] = true;
        token_bucket_init(&limits->all[kind], &all_rule, now_ns);
    }
    uint64_t wait_ns = token_bucket_charge(&limits->all[kind], &all_rule, one, now_ns);
    thread_lock_give(&limits->lock);
    return wait_ns;
}

/* Addresses that one customer has are one. In: memory, [IP_NETWORK]. */
static struct login_limits_who whose(const struct login_limits_who *who, uint8_t *memory)
{
    return (struct login_limits_who){who->tenant, who->user, ip_network(who->address, memory)};
}

uint64_t login_limits_take(struct login_limits *limits, enum login_limits_kind kind,
                           const struct login_limits_who *who, uint64_t now_ns)
{
    const struct token_bucket_price one = {1, 0};
    uint8_t memory[IP_NETWORK];
    const struct login_limits_who from = whose(who, memory);
    uint64_t wait_ns = rate_table_charge(limits->users, key_of_user(kind, &from), one, now_ns);
    if (wait_ns == 0 && from.address.len != 0) {
        wait_ns = rate_table_charge(limits->addresses, key_of_address(kind, &from), one, now_ns);
    }
    return wait_ns == 0 ? take_of_all(limits, kind, now_ns) : wait_ns;
}

void login_limits_failed(struct login_limits *limits, const struct login_limits_who *who,
                         uint64_t now_ns)
{
    uint8_t memory[IP_NETWORK];
    const struct login_limits_who from = whose(who, memory);
    if (from.address.len != 0) {
        rate_table_owe(limits->addresses, key_of_address(LOGIN_LIMITS_TRY, &from),
                       LIMIT_LOGIN_FAILED, now_ns);
        rate_table_owe(limits->users, key_of_user(LOGIN_LIMITS_TRY, &from), LIMIT_LOGIN_FAILED,
                       now_ns);
    }
}
