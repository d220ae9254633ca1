/* A view of a simulated chain for each test, and short ways to ask it. */
#ifndef COFFER_TESTS_SUPPORT_VIEW_FIXTURE_H
#define COFFER_TESTS_SUPPORT_VIEW_FIXTURE_H

#include "support/unit.h"
#include "support/view_chain.h"

static struct view_chain chain;
static struct mem mem;
static struct registry_grant grant;
static const struct eth_address app = {{0x11, 1}};
static const struct eth_address stranger = {{0x99}};

static inline void open_with(const struct registry_view_setup *setup)
{
    assert_status(OK, registry_view_open(setup, chain.now_ms, &chain.view));
}

static inline int start(void **state)
{
    (void)state;
    mem_init(&mem, 16u << 20);
    view_chain_init(&chain);
    view_chain_state(&chain)->has_no_key = false;
    struct registry_view_setup setup = view_chain_setup(&mem);
    open_with(&setup);
    return 0;
}

static inline int stop(void **state)
{
    (void)state;
    registry_view_close(&chain.view);
    return mem_used(&mem) == 0 ? 0 : -1;
}

static inline void open_again(void (*change)(struct registry_view_setup *setup))
{
    struct registry_view_setup setup = view_chain_setup(&mem);
    registry_view_close(&chain.view);
    change(&setup);
    open_with(&setup);
}

static inline struct status ask_as(const struct eth_address *wallet, enum registry_role role,
                                   enum registry_use use)
{
    struct registry_question question = {
        .wallet = *wallet, .role = role, .use = use, .now_ms = chain.now_ms};
    return registry_view_lookup(chain.view, &question, &grant);
}

static inline struct status ask(const struct eth_address *wallet)
{
    return ask_as(wallet, REGISTRY_APP, REGISTRY_SERVE);
}

/* Ask, let the view read, ask again. */
static inline struct status settle(const struct eth_address *wallet)
{
    struct status status = ask(wallet);
    for (unsigned i = 0; status.code == STATUS_REGISTRY_PENDING && i < 1000; i++) {
        view_chain_run(&chain, 10);
        status = ask(wallet);
    }
    return status;
}

/* How often something was reported; empties the list. */
static inline unsigned count_reports(enum registry_report_kind kind, size_t endpoint)
{
    struct registry_report report;
    unsigned count = 0;
    while (registry_view_report(chain.view, &report)) {
        count += report.kind == kind && report.endpoint == endpoint;
    }
    return count;
}
static inline void set_all(enum view_chain_fault fault)
{
    for (size_t i = 0; i < VIEW_CHAIN_ENDPOINTS; i++) {
        chain.endpoint[i].fault = fault;
    }
}

static inline struct eth_address numbered(uint8_t first, unsigned number)
{
    struct eth_address wallet = {{first, (uint8_t)(number >> 8), (uint8_t)number, 7}};
    return wallet;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif
