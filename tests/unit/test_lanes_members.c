/* Lanes over three nodes: whoever is asked, whoever is the home, whatever is lost on the way. */
#include "cluster/strict/strict_desks.h"
#include "config/trust.h"
#include "fixtures/lanes_world.h"
#include "fixtures/members.h"

/* Longer than anything takes that is to come; of the nodes' clocks. */
enum { PATIENCE_MS = 240000, FIRST = 40, OBJECTS = 60, UNDER_WAY = 6, CUTS = 4 };

#define TRUST                                                                                     \
    "{\"profile\":\"dev\",\"tenants\":[{\"name\":\"default\",\"seed\":\"native\",\"derivation\":" \
    "\"v2\",\"chains\":[\"SN_MAIN\"],\"assurance\":\"proven\"}]}"

static struct mem mem;
static struct arena arena;
static struct trust trust;
static const struct domain domain = {.profile = DOMAIN_PROFILE_DEV};
static struct strict_desks *desks[MEMBERS];
static struct users *users[MEMBERS];
static struct lanes *lanes[MEMBERS];

static const struct strict_port *port(size_t i)
{
    return membership_strict(members[i].membership);
}

static void open_lanes(size_t i)
{
    const struct users_setup parts = {.mem = &mem,
                                      .clock = members_clock,
                                      .entropy = entropy_system(),
                                      .trust = &trust,
                                      .domain = &domain,
                                      .strict = port(i)};
    assert_status(OK, strict_desks_open(&mem, port(i), &desks[i]));
    assert_status(OK, users_open(&parts, &users[i]));
    const struct lanes_setup setup = {.mem = &mem,
                                      .clock = members_clock,
                                      .users = users[i],
                                      .strict = strict_desks_port(desks[i], STRICT_DESK_LANES)};
    assert_status(OK, lanes_open(&setup, &lanes[i]));
}

static int set_up(void **state)
{
    char where[CONFIG_WHERE_MAX];
    (void)state;
    secret_allow_unlocked();
    thread_lock_init(&members_chain_lock);
    members_root = (struct registry_root){0};
    mem_init(&mem, (size_t)256 << 20);
    assert_status(OK, arena_init(&arena, (size_t)16 << 20));
    assert_status(OK, trust_parse(bytes_of(TRUST), &arena, &trust, where));
    for (size_t i = 0; i < MEMBERS; i++) {
        members_open(i);
        open_lanes(i);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEMBERS; i++) {
        membership_stop(members[i].membership);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        lanes_close(&lanes[i]);
        users_close(&users[i]);
        strict_desks_close(&desks[i]);
        members_close(i);
    }
    arena_deinit(&arena);
    assert_int_equal(0, mem_used(&mem));
    thread_lock_deinit(&members_chain_lock);
    return 0;
}

static bool is_whole(size_t i)
{
    return members_is_current(i) && status_is_ok(port(i)->check_fresh(port(i)->context));
}

static void start_all(void)
{
    atomic_store(&members_listed, 1);
    members_start(0);
    assert_true(members_becomes_current(0, PATIENCE_MS));
    atomic_store(&members_listed, MEMBERS);
    for (size_t i = 1; i < MEMBERS; i++) {
        members_start(i);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        for (uint64_t end_ms = members_ms() + PATIENCE_MS; !is_whole(i);) {
            assert_true(members_ms() < end_ms);
            (void)poll(NULL, 0, 5);
        }
    }
}

/* What worker 0 of each does, for a moment. */
static void pass(void)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        lanes_serve(lanes[i]);
    }
    (void)poll(NULL, 0, 1);
}

static struct status wait_for(struct lanes_asked *asked, uint64_t *ret_nonce)
{
    for (uint64_t end_ms = members_ms() + PATIENCE_MS; !lanes_is_over(asked); pass()) {
        assert_true(members_ms() < end_ms);
    }
    return lanes_end(asked, ret_nonce);
}

static struct lanes_ask ask_of(uint8_t object)
{
    return lanes_world_ask(members_tenant, "alice", object, 0);
}

/* A busy machine takes longer than a record waits: again, as clients do. */
static uint64_t get_nonce(size_t i, const struct lanes_ask *ask)
{
    struct lanes_asked asked;
    uint64_t nonce;
    for (uint64_t end_ms = members_ms() + PATIENCE_MS; members_ms() < end_ms;) {
        lanes_start(lanes[i], ask, i, &asked);
        struct status status = wait_for(&asked, &nonce);
        if (status_is_ok(status)) {
            return nonce;
        }
        assert_true(status_class((enum status_code)status.code) == STATUS_CLASS_UNAVAILABLE);
    }
    fail();
    return 0;
}

static void open_lane(void)
{
    struct lanes_ask first = ask_of(255);
    first.wish.is_named = true;
    first.wish.nonce = FIRST;
    assert_int_equal(FIRST, get_nonce(1, &first));
}

static void two_nodes_at_once_get_two_nonces(void **state)
{
    (void)state;
    struct lanes_asked asked[MEMBERS];
    bool is_given[MEMBERS + 1] = {false};
    start_all();
    open_lane();
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct lanes_ask ask = ask_of((uint8_t)(i + 1));
        lanes_start(lanes[i], &ask, i, &asked[i]);
    }
    for (bool is_over = false; !is_over; pass()) {
        is_over = true;
        for (size_t i = 0; i < MEMBERS; i++) {
            is_over = lanes_is_over(&asked[i]) && is_over;
        }
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct lanes_ask ask = ask_of((uint8_t)(i + 1));
        uint64_t nonce = get_nonce((i + 1) % MEMBERS, &ask); /* the same, elsewhere */
        uint64_t before;
        assert_true(nonce > FIRST && nonce <= FIRST + MEMBERS && !is_given[nonce - FIRST]);
        is_given[nonce - FIRST] = true;
        if (status_is_ok(lanes_end(&asked[i], &before))) {
            assert_int_equal(before, nonce);
        }
    }
}

/* --- a random life ---------------------------------------------------------------------------- */

static uint64_t state_of_random = 11;

static unsigned draw(unsigned end)
{
    state_of_random = state_of_random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((state_of_random >> 33) % end);
}

static struct {
    uint64_t nonce[OBJECTS + 1]; /* 0: nobody was told */
    uint8_t object[FIRST + OBJECTS + 1];
    size_t told;
} model;

static void tell(uint8_t object, uint64_t nonce)
{
    assert_true(nonce > FIRST && nonce <= FIRST + OBJECTS);
    assert_true(model.object[nonce] == 0 || model.object[nonce] == object);
    assert_true(model.nonce[object] == 0 || model.nonce[object] == nonce);
    model.told += model.nonce[object] == 0;
    model.object[nonce] = object;
    model.nonce[object] = nonce;
}

struct visit {
    bool is_used;
    uint8_t object;
    struct lanes_ask ask;
    struct lanes_asked asked;
};

/* Some are over, of some nobody waits for the answer. */
static void look_at(struct visit *visit)
{
    uint64_t nonce;
    if (visit->is_used && draw(400) == 0) {
        lanes_give_up(&visit->asked);
        visit->is_used = false;
    }
    if (visit->is_used && lanes_is_over(&visit->asked)) {
        visit->is_used = false;
        if (status_is_ok(lanes_end(&visit->asked, &nonce))) {
            tell(visit->object, nonce);
        }
    }
    if (!visit->is_used) {
        size_t node = draw(MEMBERS);
        visit->is_used = true;
        visit->object = (uint8_t)(1 + draw(OBJECTS));
        visit->ask = ask_of(visit->object);
        lanes_start(lanes[node], &visit->ask, node, &visit->asked);
    }
}

/* One at a time is out of reach, now and then, for longer than it may count. */
static size_t cuts;

static void cut_somebody(uint64_t *until_ms)
{
    if (members_ms() < *until_ms) {
        return;
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        atomic_store(&members[i].is_cut, false);
    }
    if (draw(2) == 0) {
        atomic_store(&members[draw(MEMBERS)].is_cut, true);
        cuts++;
    }
    *until_ms = members_ms() + 2000 + draw(12000);
}

/* All are given one in the end, and none is left out. */
static void whoever_is_home_no_nonce_is_given_twice(void **state)
{
    (void)state;
    static struct visit visits[UNDER_WAY];
    uint64_t until_ms = 0;
    start_all();
    open_lane();
    const uint64_t end_ms = members_ms() + 10 * PATIENCE_MS;
    while (model.told < OBJECTS || cuts < CUTS) {
        assert_true(members_ms() < end_ms);
        cut_somebody(&until_ms);
        for (size_t i = 0; i < UNDER_WAY; i++) {
            look_at(&visits[i]);
        }
        pass();
    }
    for (size_t i = 0; i < UNDER_WAY; i++) {
        if (visits[i].is_used) {
            lanes_give_up(&visits[i].asked);
        }
    }
    for (uint64_t nonce = FIRST + 1; nonce <= FIRST + OBJECTS; nonce++) {
        assert_true(model.object[nonce] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_nodes_at_once_get_two_nonces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_is_home_no_nonce_is_given_twice, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
