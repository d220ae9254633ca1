#include "crypto/poseidon.h"
#include "fixtures/unit.h"

#define ZERO  "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE   "0000000000000000000000000000000000000000000000000000000000000001"
#define TWO   "0000000000000000000000000000000000000000000000000000000000000002"
#define THREE "0000000000000000000000000000000000000000000000000000000000000003"
#define P_1   "0800000000000011000000000000000000000000000000000000000000000000"
#define LIST1 "03affdbf0c083ce4f95fae336ac782ae80e12f0212763f39c7ae056be979d1f2"
#define LIST2 "0511e892d9f4de9998e23561f22b67967b6f12f4e592d9ea36df822ac458f7f1"
#define LIST3 "01f09efc880b98a5da9e8259e9896c069acbfb814f435ea4902f5c30a037fafb"

static struct felt from_hex(const char *hex)
{
    struct felt felt;
    assert_true(felt_from_be(unit_hex(hex).ptr, &felt));
    return felt;
}

static void assert_felt(const struct felt *expected, const struct felt *actual)
{
    uint8_t wanted[32];
    uint8_t got[32];
    felt_to_be(expected, wanted);
    felt_to_be(actual, got);
    assert_memory_equal(wanted, got, 32);
}

static void assert_felt_hex(const char *expected, const struct felt *actual)
{
    struct felt felt = from_hex(expected);
    assert_felt(&felt, actual);
}

/* A felt that differs for every number; all sizes of value occur. */
static struct felt scattered(uint64_t number)
{
    uint64_t mixed = number * 0x9e3779b97f4a7c15u;
    struct felt felt = {{mixed, mixed >> 7 ^ number, ~mixed, mixed >> 5}};
    for (size_t i = 3; i > number % 5; i--) {
        felt.limb[i] = 0;
    }
    return felt;
}

static void permutation_of_known_states(void **state)
{
    (void)state;
    static const char *const known[][6] = {
        {ZERO, ZERO, ZERO, "079e8d1e78258000a28fc9d49e233bc6852357968577b1e386550ed6a9086133",
         "03840d003d0f3f96dbb796ff6aa6a63be5b5404b91ccaabca256154cbb6fb984",
         "01eb39da3f7d3b04142d0ac83d9da00c9325a61fb2ef326e50b70eaa8a3c7cc7"},
        {ONE, TWO, THREE, "00fa8c9b6742b6176139365833d001e30e932a9bf7456d009b1b174f36d558c5",
         "04f04deca4cb7f9f2bd16b1d25b817ca2d16fba2151e4252a2e2111cde08bfe6",
         "058dde0a2a785b395ee2dc7b60b79e9472ab826e9bb5383a8018b59772964892"},
        {P_1, P_1, P_1, "005a5f2203787ca729e974a3156ebf02128c355cebc22cb6371c94c6d8eb1b78",
         "0323000fe60b1ef090b2301b817be26aaf097e9aa3390daeee7466f7bf85850e",
         "01670112bd02cdc30ea05e8a310389ac1f61c2fcf5f645db052a8bddc9a6df7a"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct felt lanes[3];
        for (size_t lane = 0; lane < 3; lane++) {
            lanes[lane] = from_hex(known[i][lane]);
        }
        poseidon_permute(lanes);
        for (size_t lane = 0; lane < 3; lane++) {
            assert_felt_hex(known[i][3 + lane], &lanes[lane]);
        }
    }
}

static void hashes_of_one_and_of_two(void **state)
{
    (void)state;
    struct felt a = FELT_ZERO;
    struct felt b;
    struct felt hash;
    poseidon_hash1(&a, &hash);
    assert_felt_hex("060009f680a43e6f760790f76214b26243464cdd4f31fdc460baf66d32897c1b", &hash);
    a = from_hex(ONE);
    b = from_hex(TWO);
    poseidon_hash2(&a, &b, &hash);
    assert_felt_hex("05d44a3decb2b2e0cc71071f7b802f45dd792d064f0fc7316c46514f70f9891a", &hash);
    a = b = from_hex(P_1);
    poseidon_hash2(&a, &b, &hash);
    assert_felt_hex("008240c823e0ce7f8300da42d6a28931c23f7e2eec7dd8d7e4caae97f1fd28cf", &hash);
    poseidon_hash2(&a, &b, &a); /* the result may lie over an input */
    assert_felt(&hash, &a);
}

static void lists_of_known_hash(void **state)
{
    (void)state;
    struct felt hash;
    poseidon_hash_many(NULL, 0, &hash);
    assert_felt(&poseidon_empty, &hash);
    assert_felt_hex("02272be0f580fd156823304800919530eaa97430e972d7213ee13f4fbf7a5dbc", &hash);
    const struct felt one[1] = {
        from_hex("0620636a088c58987b775048af81246fc70d750a422b3806d5b685a6aaf515fd")};
    poseidon_hash_many(one, 1, &hash);
    assert_felt_hex("065f855146e497cdda5f25ad64cd3a8d5b57e9a9fc50ecd7a30169889ee164bc", &hash);
    const struct felt three[3] = {from_hex(LIST1), from_hex(LIST2), from_hex(LIST3)};
    poseidon_hash_many(three, 3, &hash);
    assert_felt_hex("035dadb89de5921bbb2f48b9b7cf04b53da75e04000869f6748ab1096a729644", &hash);
}

/* The list as the definition has it: padded by hand, permuted by the public permutation. */
static void hash_by_definition(const struct felt *in, size_t count, struct felt *ret)
{
    struct felt padded[16] = {0};
    assert_true(count <= 14);
    memcpy(padded, in, count * sizeof *in);
    padded[count] = felt_from_u64(1);
    struct stark_fe sum[3] = {STARK_FE_ZERO, STARK_FE_ZERO, STARK_FE_ZERO};
    struct felt lanes[3];
    for (size_t at = 0; at <= count; at += 2) {
        for (size_t lane = 0; lane < 3; lane++) {
            struct stark_fe term = STARK_FE_ZERO;
            if (lane < 2) {
                stark_fe_from_felt(&padded[at + lane], &term);
            }
            stark_fe_add(&sum[lane], &term, &sum[lane]);
            stark_fe_to_felt(&sum[lane], &lanes[lane]);
        }
        poseidon_permute(lanes);
        for (size_t lane = 0; lane < 3; lane++) {
            stark_fe_from_felt(&lanes[lane], &sum[lane]);
        }
    }
    *ret = lanes[0];
}

static void streaming_is_one_shot_for_every_split(void **state)
{
    (void)state;
    struct felt list[14];
    for (size_t i = 0; i < 14; i++) {
        list[i] = scattered(i + 3);
    }
    for (size_t count = 0; count <= 14; count++) {
        struct felt expected;
        struct felt hash;
        hash_by_definition(list, count, &expected);
        poseidon_hash_many(list, count, &hash);
        assert_felt(&expected, &hash);
        for (size_t first = 0; first <= count; first++) {
            for (size_t second = first; second <= count; second++) {
                struct poseidon sponge;
                poseidon_init(&sponge);
                poseidon_absorb_many(&sponge, list, first);
                poseidon_absorb_many(&sponge, list + first, second - first);
                for (size_t i = second; i < count; i++) {
                    poseidon_absorb(&sponge, &list[i]);
                }
                poseidon_finish(&sponge, &hash);
                assert_felt(&expected, &hash);
            }
        }
    }
}

static void prepared_sponges_are_those_of_their_prefix(void **state)
{
    (void)state;
    const struct poseidon *const prepared[] = {&poseidon_invoke_v3, &poseidon_deploy_account_v3,
                                               &poseidon_declare_v3};
    static const char *const tags[] = {"invoke", "deploy_account", "declare"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t more = 0; more < 4; more++) {
            struct felt list[5] = {felt_from_short(tags[i]), felt_from_u64(3), scattered(20),
                                   scattered(21), scattered(22)};
            struct felt expected;
            struct felt hash;
            poseidon_hash_many(list, 2 + more, &expected);
            struct poseidon sponge = *prepared[i];
            poseidon_absorb_many(&sponge, list + 2, more);
            poseidon_finish(&sponge, &hash);
            assert_felt(&expected, &hash);
        }
    }
}

static void any_change_of_a_list_changes_its_hash(void **state)
{
    (void)state;
    struct felt list[4] = {scattered(1), scattered(2), FELT_ZERO, FELT_ZERO};
    struct felt hash[4];
    for (size_t count = 1; count <= 4; count++) { /* trailing zeros are not lost */
        poseidon_hash_many(list, count, &hash[count - 1]);
        for (size_t i = 0; i + 1 < count; i++) {
            assert_false(felt_equal(&hash[i], &hash[count - 1]));
        }
    }
    struct felt swapped[2] = {list[1], list[0]};
    struct felt other;
    poseidon_hash_many(swapped, 2, &other);
    assert_false(felt_equal(&hash[1], &other));
}

static void assembly_and_portable_code_agree(void **state)
{
    (void)state;
    bool was_assembly = stark_fe_assembly;
    if (!stark_fe_select(true)) {
        skip();
    }
    const struct felt edges[] = {from_hex(ZERO), from_hex(ONE), from_hex(P_1),
                                 felt_from_u128(UINT64_MAX, UINT64_MAX)};
    for (size_t i = 0; i < 20000; i++) {
        struct felt lanes[2][3];
        for (size_t lane = 0; lane < 3; lane++) {
            lanes[0][lane] = i < 64 ? edges[i >> 2 * lane & 3] : scattered(3 * i + lane);
            lanes[1][lane] = lanes[0][lane];
        }
        for (size_t path = 0; path < 2; path++) {
            stark_fe_select(path == 1);
            poseidon_permute(lanes[path]);
        }
        for (size_t lane = 0; lane < 3; lane++) {
            assert_felt(&lanes[0][lane], &lanes[1][lane]);
        }
    }
    stark_fe_select(was_assembly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_change_of_a_list_changes_its_hash),
        cmocka_unit_test(permutation_of_known_states),
        cmocka_unit_test(hashes_of_one_and_of_two),
        cmocka_unit_test(lists_of_known_hash),
        cmocka_unit_test(streaming_is_one_shot_for_every_split),
        cmocka_unit_test(prepared_sponges_are_those_of_their_prefix),
        cmocka_unit_test(assembly_and_portable_code_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
