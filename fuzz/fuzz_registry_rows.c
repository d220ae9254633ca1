/* covers: src/registry/static_registry_dev.c src/registry/registry_rules.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/hex.h"
#include "registry/static_registry_dev.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;
static struct mem mem;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    return memcmp(a, b, len) == 0;
}

/* Whatever has a grant is what was asked about and has what every grant must have. */
static void check_grant(const struct registry_question *question,
                        const struct registry_grant *grant)
{
    static const uint8_t kms[REGISTRY_ID] = {[31] = 9};
    static const uint8_t zero[REGISTRY_ID];
    struct p384_point point;
    bool is_own = is_same(grant->app_id, kms, sizeof kms);
    require(is_same(grant->wallet.b, question->wallet.b, sizeof grant->wallet.b));
    require(is_own == (question->role == REGISTRY_PEER));
    require(!is_same(grant->app_id, zero, sizeof zero) && is_same(grant->app_id, zero, 24));
    require(grant->app_id[24] < 0x80 && grant->version_id != 0 && grant->instance_id != 0);
    require(status_is_ok(p384_point_parse(BYTES_ARRAY(grant->tee_point.sec1), &point)));
    require(grant->deadline_ms == question->now_ms + registry_use_ms(question->use));
}

static void ask(const struct registry_port *port, const uint8_t wallet[static 20])
{
    struct registry_grant grant;
    struct registry_question question = {.use = REGISTRY_SIGN, .now_ms = 7};
    memcpy(question.wallet.b, wallet, sizeof question.wallet.b);
    unsigned grants = 0;
    for (unsigned role = REGISTRY_APP; role <= REGISTRY_PEER; role++) {
        question.role = (enum registry_role)role;
        if (status_is_ok(registry_lookup(port, &question, &grant))) {
            check_grant(&question, &grant);
            grants++;
        }
    }
    require(grants <= 1);
}

/* Ask about whatever in the text could be a wallet. */
static void ask_all(const struct registry_port *port, struct bytes text)
{
    uint8_t wallet[20];
    for (size_t i = 0; i + 42 <= text.len; i++) {
        if (status_is_ok(hex_read_0x(bytes_slice(text, i, 42), sizeof wallet, wallet))) {
            ask(port, wallet);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct registry_peer peers[REGISTRY_PEERS_MAX];
    char where[CONFIG_WHERE_MAX];
    struct static_registry_dev *registry;
    if (arena.base == NULL) {
        mem_init(&mem, 4u << 20);
        require(status_is_ok(arena_init(&arena, 64u << 20)));
    }
    arena_reset(&arena);
    struct static_registry_dev_setup setup = {
        .text = {data, len}, .kms_app_id = {[31] = 9}, .arena = &arena, .mem = &mem};
    struct status status = static_registry_dev_open(&setup, &registry, where);
    require(status_is_ok(status) == (registry != NULL));
    if (registry != NULL) {
        struct registry_port port = static_registry_dev_port(registry);
        ask_all(&port, setup.text);
        require(registry_peers(&port, 7, peers) <= REGISTRY_PEERS_MAX);
        static_registry_dev_close(&registry);
    }
    require(mem_used(&mem) == 0);
    return 0;
}
