#include "cluster/handoff.h"
#include "cluster/handoff_guard.h"
#include "digest/hkdf_sha256.h"
#include "fixtures/simulated_module.h"
#include "fixtures/unit.h"

enum { WALL_MS = 1700000000, SEALED = 2 * HANDOFF_ROOT + AEAD_TAG };

static const uint8_t zero_iv[AEAD_IV];

/* An asker, a holder, and what passes between them. */
static struct simulated_module asker_module;
static struct simulated_module holder_module;
static struct handoff_ports asker;
static struct handoff_ports holder;
static struct handoff_ends ends;
static struct handoff_other other;
static struct handoff_roots roots;
static struct handoff_epochs epochs;
static struct handoff_asking asking;
static uint8_t request_memory[HANDOFF_REQUEST_MAX];
static uint8_t answer_memory[HANDOFF_ANSWER_MAX];
static struct buf request;
static struct buf answer;

static int set_up(void **state)
{
    (void)state;
    asker_module = (struct simulated_module){.measurement = {7}, .wall_ms = WALL_MS};
    holder_module = asker_module;
    asker = (struct handoff_ports){entropy_system(), simulated_port(&asker_module)};
    holder = (struct handoff_ports){entropy_system(), simulated_port(&holder_module)};
    ends = (struct handoff_ends){.domain = {1}, .asker = {{2}}, .holder = {{3}}, .nonce = {4}};
    other = (struct handoff_other){asker_module.measurement, WALL_MS};
    epochs = (struct handoff_epochs){.count = 2, .list = {0, 1}};
    roots = (struct handoff_roots){.count = 2};
    for (uint32_t i = 0; i < 2; i++) {
        roots.list[i].epoch = i;
        memset(roots.list[i].master.b, (int)(0xa0 + i), 32);
    }
    request = buf_over(request_memory, sizeof request_memory);
    answer = buf_over(answer_memory, sizeof answer_memory);
    assert_status(OK, handoff_ask(&asker, &ends, &epochs, &request, &asking));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    handoff_asking_wipe(&asking);
    return 0;
}

static struct status read_it(struct bytes message, struct handoff_request *ret)
{
    return handoff_read_request(&holder, &ends, &other, message, ret);
}

static void answer_it(void)
{
    struct handoff_request read;
    assert_status(OK, read_it(buf_bytes(&request), &read));
    answer = buf_over(answer_memory, sizeof answer_memory);
    assert_status(OK, handoff_answer(&holder, &read, &roots, &answer));
}

static struct status open_it(struct bytes message, struct handoff_roots *ret)
{
    memset(ret, 0x5a, sizeof *ret);
    return handoff_open(&asker, &asking, &other, message, ret);
}

static void assert_zero(const void *memory, size_t len)
{
    const uint8_t *bytes = memory;
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(0, bytes[i]);
    }
}

/* --- what is refused -------------------------------------------------------------------------- */

static void every_byte_of_a_request_counts(void **state)
{
    (void)state;
    struct handoff_request read;
    for (size_t i = 0; i < request.len; i++) {
        request.ptr[i] ^= (uint8_t)(1u << i % 8);
        /* Another list of epochs is another request, which its asker does not open: see below. */
        bool is_epoch = i > HANDOFF_ASK && i < HANDOFF_ASK + 1 + 8;
        struct status status = read_it(buf_bytes(&request), &read);
        if (!is_epoch) {
            assert_int_not_equal(STATUS_OK, status.code);
        }
        if (!status_is_ok(status)) {
            assert_zero(&read, sizeof read);
        }
        request.ptr[i] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t len = 0; len < request.len; len++) {
        assert_int_not_equal(STATUS_OK, read_it((struct bytes){request.ptr, len}, &read).code);
    }
    buf_put_u8(&request, 0);
    assert_status(HANDOFF_INVALID, read_it(buf_bytes(&request), &read));
}

static void every_byte_of_an_answer_counts(void **state)
{
    (void)state;
    struct handoff_roots got;
    answer_it();
    for (size_t i = 0; i < answer.len; i++) {
        answer.ptr[i] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(STATUS_OK, open_it(buf_bytes(&answer), &got).code);
        assert_zero(&got, sizeof got);
        answer.ptr[i] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t len = 0; len < answer.len; len++) {
        assert_int_not_equal(STATUS_OK, open_it((struct bytes){answer.ptr, len}, &got).code);
        assert_zero(&got, sizeof got);
    }
    assert_status(OK, open_it(buf_bytes(&answer), &got));
    buf_put_u8(&answer, 0);
    assert_status(HANDOFF_INVALID, open_it(buf_bytes(&answer), &got));
    assert_zero(&got, sizeof got);
}

static void a_request_is_for_one_nonce_deployment_and_pair_of_wallets(void **state)
{
    (void)state;
    struct handoff_request read;
    struct handoff_ends right = ends;
    ends.nonce[31] ^= 1;
    assert_status(ATTESTATION_NONCE, read_it(buf_bytes(&request), &read));
    ends = right;
    ends.domain[0] ^= 1;
    assert_status(HANDOFF_DOMAIN, read_it(buf_bytes(&request), &read));
    ends = right;
    ends.asker.b[0] ^= 1;
    assert_status(ATTESTATION_BINDING, read_it(buf_bytes(&request), &read));
    ends = right;
    ends.holder.b[0] ^= 1;
    assert_status(ATTESTATION_BINDING, read_it(buf_bytes(&request), &read));
    ends = right;
    other.wall_ms += SIMULATED_AGE_MS + 1;
    assert_status(ATTESTATION_STALE, read_it(buf_bytes(&request), &read));
}

static void code_that_is_not_registered_gets_nothing(void **state)
{
    (void)state;
    struct handoff_request read;
    uint8_t enrolled[HANDOFF_MEASUREMENT] = {8};
    other.measurement = enrolled;
    assert_status(ATTESTATION_MEASUREMENT, read_it(buf_bytes(&request), &read));
}

static void code_that_is_not_registered_gives_nothing(void **state)
{
    (void)state;
    struct handoff_roots got;
    answer_it();
    uint8_t enrolled[HANDOFF_MEASUREMENT] = {8};
    other.measurement = enrolled;
    assert_status(ATTESTATION_MEASUREMENT, open_it(buf_bytes(&answer), &got));
    assert_zero(&got, sizeof got);
}

/* A host that puts a key of its own in the place of the asker's, or of the holder's. */
static void a_key_between_them_is_refused(void **state)
{
    (void)state;
    struct p384_key key;
    struct p384_point point;
    struct handoff_request read;
    struct handoff_roots got;
    struct entropy entropy = entropy_system();
    assert_status(OK, p384_key_generate(&entropy, &key));
    assert_status(OK, p384_public(&key, &point));
    answer_it();
    memcpy(answer.ptr + HANDOFF_HEAD, point.sec1, sizeof point.sec1);
    assert_status(ATTESTATION_BINDING, open_it(buf_bytes(&answer), &got));
    memcpy(request.ptr + HANDOFF_ASK + 1 + 8, point.sec1, sizeof point.sec1);
    assert_status(ATTESTATION_BINDING, read_it(buf_bytes(&request), &read));
}

static void an_answer_to_another_request_is_refused(void **state)
{
    (void)state;
    struct handoff_asking before = asking;
    struct handoff_roots got;
    answer_it();
    request = buf_over(request_memory, sizeof request_memory);
    assert_status(OK, handoff_ask(&asker, &ends, &epochs, &request, &asking));
    assert_status(ATTESTATION_NONCE, open_it(buf_bytes(&answer), &got));
    assert_zero(&got, sizeof got);
    /* Neither with the key of one and the digest of the other. */
    memcpy(asking.digest, before.digest, sizeof asking.digest);
    assert_status(AEAD_INVALID, open_it(buf_bytes(&answer), &got));
    assert_zero(&got, sizeof got);
}

/* The host leaves an epoch out of the request: the holder cannot tell, the asker can. */
static void an_answer_for_other_epochs_is_refused(void **state)
{
    (void)state;
    struct handoff_roots got;
    struct handoff_request read;
    uint8_t memory[HANDOFF_REQUEST_MAX];
    struct buf less = buf_over(memory, sizeof memory);
    buf_put(&less, (struct bytes){request.ptr, HANDOFF_ASK});
    buf_put_u8(&less, 1);
    buf_put_u32(&less, 0);
    buf_put(&less, (struct bytes){request.ptr + HANDOFF_ASK + 9, request.len - HANDOFF_ASK - 9});
    assert_status(OK, read_it(buf_bytes(&less), &read));
    roots.count = 1;
    assert_status(OK, handoff_answer(&holder, &read, &roots, &answer));
    assert_status(ATTESTATION_NONCE, open_it(buf_bytes(&answer), &got));
    assert_zero(&got, sizeof got);
}

static void epochs_ascend_and_are_few(void **state)
{
    (void)state;
    static const uint32_t wrong[][2] = {{1, 0}, {1, 1}, {0, LIMIT_ROOT_EPOCHS}};
    struct handoff_request read;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memcpy(epochs.list, wrong[i], sizeof wrong[i]);
        request = buf_over(request_memory, sizeof request_memory);
        assert_status(OK, handoff_ask(&asker, &ends, &epochs, &request, &asking));
        assert_status(HANDOFF_INVALID, read_it(buf_bytes(&request), &read));
    }
}

static void a_module_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct handoff_request read;
    struct handoff_asking again;
    assert_status(OK, read_it(buf_bytes(&request), &read));
    holder_module.is_failing = true;
    assert_status(IO, handoff_answer(&holder, &read, &roots, &answer));
    assert_int_equal(0, answer.len);
    asker_module.is_failing = true;
    request = buf_over(request_memory, sizeof request_memory);
    assert_status(IO, handoff_ask(&asker, &ends, &epochs, &request, &again));
    assert_int_equal(0, request.len);
    assert_zero(&again, sizeof again);
    /* Without room. */
    holder_module.is_failing = false;
    answer = buf_over(answer_memory, 200);
    assert_status(BUFFER_FULL, handoff_answer(&holder, &read, &roots, &answer));
    assert_int_equal(0, answer.len);
}

/* --- what is right ---------------------------------------------------------------------------- */

static void roots_arrive(void **state)
{
    (void)state;
    struct handoff_roots got;
    answer_it();
    assert_status(OK, open_it(buf_bytes(&answer), &got));
    assert_memory_equal(&roots, &got, sizeof roots);
    for (size_t i = 0; i + 32 <= answer.len; i++) {
        assert_memory_not_equal(answer.ptr + i, roots.list[0].master.b, 32);
    }
    /* No two answers are the same, but for their head. */
    static uint8_t before[HANDOFF_ANSWER_MAX];
    memcpy(before, answer.ptr, answer.len);
    answer_it();
    assert_memory_not_equal(before + HANDOFF_HEAD, answer.ptr + HANDOFF_HEAD, P384_SEC1);
}

/* The key, made again from the text of the format: as somebody else would. Out: sealed, the last
 * part of the answer. */
static struct bytes key_of_answer(struct secret32 *ret_key)
{
    struct p384_point point;
    struct p384_shared shared;
    struct secret32 prk;
    struct hmac_sha256_key prepared;
    uint8_t info[2 * SHA256_BYTES];
    struct bytes sealed = {answer.ptr + answer.len - SEALED, SEALED};
    assert_status(OK, p384_point_parse((struct bytes){answer.ptr + 5, P384_SEC1}, &point));
    assert_status(OK, p384_ecdh(&asking.key, &point, &shared));
    sha256_hash(buf_bytes(&request), info);
    sha256_hash((struct bytes){answer.ptr, answer.len - SEALED}, info + SHA256_BYTES);
    hkdf_sha256_extract(BYTES_LITERAL("coffer/handoff/2"), BYTES_ARRAY(shared.x), &prk);
    hmac_sha256_key_init(&prepared, BYTES_ARRAY(prk.b));
    assert_status(OK, hkdf_sha256_expand(&prepared, BYTES_ARRAY(info), ret_key->b, 32));
    return sealed;
}

static void the_answer_is_sealed_as_the_format_says(void **state)
{
    (void)state;
    struct secret32 key;
    uint8_t plain[2 * HANDOFF_ROOT];
    answer_it();
    struct bytes sealed = key_of_answer(&key);
    assert_status(OK, aead_open(&key, zero_iv, (struct bytes){NULL, 0}, sealed, plain));
    assert_bytes(unit_hex("00000000"), ((struct bytes){plain, 4}));
    assert_memory_equal(roots.list[0].master.b, plain + 4, 32);
    assert_bytes(unit_hex("00000001"), ((struct bytes){plain + 36, 4}));
    assert_memory_equal(roots.list[1].master.b, plain + 40, 32);
}

/* Sealed by who has the key, but not what was asked for. */
static void roots_of_other_epochs_are_refused(void **state)
{
    (void)state;
    struct secret32 key;
    struct handoff_roots got;
    uint8_t plain[2 * HANDOFF_ROOT];
    answer_it();
    struct bytes sealed = key_of_answer(&key);
    assert_status(OK, aead_open(&key, zero_iv, (struct bytes){NULL, 0}, sealed, plain));
    plain[HANDOFF_ROOT + 3] = 2;
    assert_status(OK, aead_seal(&key, zero_iv, (struct bytes){NULL, 0}, BYTES_ARRAY(plain),
                                answer.ptr + answer.len - SEALED));
    assert_status(HANDOFF_INVALID, open_it(buf_bytes(&answer), &got));
    assert_zero(&got, sizeof got);
}

static void questions_have_one_form(void **state)
{
    (void)state;
    uint8_t memory[HANDOFF_HAVE];
    uint8_t nonce[HANDOFF_NONCE];
    enum handoff_holds holds;
    struct buf out = buf_over(memory, sizeof memory);
    handoff_put_ask(ends.domain, &out);
    assert_int_equal(HANDOFF_ASK, out.len);
    assert_status(OK, handoff_read_ask(buf_bytes(&out), ends.domain));
    assert_status(HANDOFF_DOMAIN, handoff_read_ask(buf_bytes(&out), ends.nonce));
    out.len--;
    assert_status(HANDOFF_INVALID, handoff_read_ask(buf_bytes(&out), ends.domain));
    out = buf_over(memory, sizeof memory);
    handoff_put_have(HANDOFF_ROOTS, ends.nonce, &out);
    assert_status(OK, handoff_read_have(buf_bytes(&out), &holds, nonce));
    assert_int_equal(HANDOFF_ROOTS, holds);
    assert_memory_equal(ends.nonce, nonce, sizeof nonce);
    memory[HANDOFF_HEAD] = 3;
    assert_status(HANDOFF_INVALID, handoff_read_have(buf_bytes(&out), &holds, nonce));
    assert_int_equal(HANDOFF_NOTHING, holds);
    assert_int_equal(0, handoff_message_type(BYTES_LITERAL("CFH2\x05")));
    assert_int_equal(0, handoff_message_type(BYTES_LITERAL("CFS2\x01")));
    assert_int_equal(0, handoff_message_type(BYTES_LITERAL("CFH2")));
}

/* --- nonces and limits ------------------------------------------------------------------------ */

static struct handoff_guard guard;
static const struct eth_address one = {{1}};
static const uint8_t question[SHA256_BYTES] = {1};

static struct status guard_nonce(uint64_t now_ms, uint8_t ret[static HANDOFF_NONCE])
{
    struct entropy entropy = entropy_system();
    return handoff_guard_nonce(&guard, &entropy, &one, now_ms, ret);
}

static void a_nonce_is_single_and_short_lived(void **state)
{
    (void)state;
    uint8_t first[HANDOFF_NONCE];
    uint8_t again[HANDOFF_NONCE];
    uint64_t asked_ms;
    memset(&guard, 0, sizeof guard);
    assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &one, question, 1000, &asked_ms));
    assert_status(OK, guard_nonce(1000, first));
    assert_status(OK, guard_nonce(1000 + HANDOFF_GUARD_YOUNG_MS - 1, again));
    assert_memory_equal(first, again, sizeof first);
    assert_status(OK, handoff_guard_asked(&guard, &one, question, 60999, &asked_ms));
    assert_int_equal(1000, asked_ms);
    assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &one, question, 61000, &asked_ms));
    assert_status(OK, guard_nonce(61000, again));
    assert_memory_not_equal(first, again, sizeof first);
    handoff_guard_spend(&guard, &one, question, first);
    assert_memory_equal(again, first, sizeof first);
    assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &one, question, 61000, &asked_ms));
}

static void roots_are_given_once_a_minute_and_ten_times(void **state)
{
    (void)state;
    uint8_t nonce[HANDOFF_NONCE];
    uint64_t asked_ms;
    uint64_t now_ms = 1000;
    memset(&guard, 0, sizeof guard);
    for (int i = 0; i < HANDOFF_GUARD_TIMES; i++) {
        assert_status(OK, guard_nonce(now_ms, nonce));
        assert_status(OK, handoff_guard_asked(&guard, &one, question, now_ms, &asked_ms));
        handoff_guard_spend(&guard, &one, question, nonce);
        handoff_guard_gave(&guard, &one, now_ms);
        assert_status(OK, guard_nonce(now_ms + HANDOFF_GUARD_EVERY_MS - 1, nonce));
        assert_status(HANDOFF_LIMIT,
                      handoff_guard_asked(&guard, &one, question,
                                          now_ms + HANDOFF_GUARD_EVERY_MS - 1, &asked_ms));
        now_ms += HANDOFF_GUARD_EVERY_MS;
    }
    now_ms += 100 * HANDOFF_GUARD_EVERY_MS;
    assert_status(OK, guard_nonce(now_ms, nonce));
    assert_status(HANDOFF_LIMIT, handoff_guard_asked(&guard, &one, question, now_ms, &asked_ms));
}

/* Its answer may have been lost. It counts once. */
static void the_same_request_may_be_answered_again(void **state)
{
    (void)state;
    static const uint8_t another[SHA256_BYTES] = {2};
    uint8_t first[HANDOFF_NONCE];
    uint8_t nonce[HANDOFF_NONCE];
    uint64_t asked_ms;
    memset(&guard, 0, sizeof guard);
    assert_status(OK, guard_nonce(1000, first));
    handoff_guard_spend(&guard, &one, question, nonce);
    /* Not before there was an answer. */
    assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &one, question, 1000, &asked_ms));
    handoff_guard_gave(&guard, &one, 1000);
    for (int i = 0; i < HANDOFF_GUARD_AGAIN; i++) {
        assert_status(OK, handoff_guard_asked(&guard, &one, question, 60999, &asked_ms));
        assert_int_equal(1000, asked_ms);
        assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &one, question, 61000, &asked_ms));
        assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &one, another, 2000, &asked_ms));
        handoff_guard_spend(&guard, &one, question, nonce);
        assert_memory_equal(first, nonce, sizeof first);
        handoff_guard_gave(&guard, &one, 2000);
    }
    assert_int_equal(1, guard.guests[0].given);
    assert_int_equal(1000, guard.guests[0].given_ms);
    assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &one, question, 2000, &asked_ms));
    /* With a new nonce it is another one, which comes too soon. */
    assert_status(OK, guard_nonce(3000, nonce));
    assert_status(HANDOFF_LIMIT, handoff_guard_asked(&guard, &one, another, 3000, &asked_ms));
}

static void the_table_is_bounded(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    struct eth_address wallet = {{0}};
    uint8_t nonce[HANDOFF_NONCE];
    memset(&guard, 0, sizeof guard);
    for (unsigned i = 0; i < HANDOFF_GUARD_WALLETS; i++) {
        wallet.b[0] = 9;
        wallet.b[1] = (uint8_t)i;
        assert_status(OK, handoff_guard_nonce(&guard, &entropy, &wallet, 1000 + i, nonce));
    }
    assert_status(OVERLOADED, guard_nonce(1000 + HANDOFF_GUARD_EVERY_MS - 1, nonce));
    assert_zero(nonce, sizeof nonce);
    /* Whoever was here longest ago gives its place. */
    uint64_t asked_ms;
    uint64_t now_ms = 1000 + HANDOFF_GUARD_EVERY_MS;
    assert_status(OK, guard_nonce(now_ms, nonce));
    wallet.b[1] = 0;
    assert_status(HANDOFF_NONCE, handoff_guard_asked(&guard, &wallet, question, now_ms, &asked_ms));
    wallet.b[1] = 1;
    assert_status(OK, handoff_guard_asked(&guard, &wallet, question, now_ms, &asked_ms));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(every_byte_of_a_request_counts),
        CASE(every_byte_of_an_answer_counts),
        CASE(a_request_is_for_one_nonce_deployment_and_pair_of_wallets),
        CASE(code_that_is_not_registered_gets_nothing),
        CASE(code_that_is_not_registered_gives_nothing),
        CASE(a_key_between_them_is_refused),
        CASE(an_answer_to_another_request_is_refused),
        CASE(an_answer_for_other_epochs_is_refused),
        CASE(epochs_ascend_and_are_few),
        CASE(a_module_that_fails_leaves_nothing),
        CASE(roots_arrive),
        CASE(the_answer_is_sealed_as_the_format_says),
        CASE(roots_of_other_epochs_are_refused),
        CASE(questions_have_one_form),
        CASE(a_nonce_is_single_and_short_lived),
        CASE(roots_are_given_once_a_minute_and_ten_times),
        CASE(the_same_request_may_be_answered_again),
        CASE(the_table_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
