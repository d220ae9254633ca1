#include <openssl/sha.h>

#include "crypto/pedersen.h"
#include "crypto/stark_point.h"
#include "fixtures/unit.h"
#include "unit/stark_oracle_fe.h"

#define ZERO    "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE     "0000000000000000000000000000000000000000000000000000000000000001"
#define LOW_MAX "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define HIGH_1  "0100000000000000000000000000000000000000000000000000000000000000"
#define HIGH_8  "0800000000000000000000000000000000000000000000000000000000000000"
#define MAX_251 "07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define P_1     "0800000000000011000000000000000000000000000000000000000000000000"
#define SPREAD1 "07624cd233c48946ebddecb0f6c1a5594aed3eb7b46c4d77aba90725f23f670f"
#define SPREAD2 "039e05731cb3b63702cac6fc5baaa773afdd576c45ab6137c663586eb1ab5191"

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

static void hashes_of_known_pairs(void **state)
{
    (void)state;
    static const char *const known[][3] = {
        {ZERO, ZERO, "049ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804"},
        {ONE, ZERO, "0268a9d47dde48af4b6e2c33932ed1c13adec25555abaa837c376af4ea2f8a94"},
        {ZERO, ONE, "046c9aeb066cc2f41c7124af30514f9e607137fbac950524f5fdace5788f9d43"},
        {ONE, ONE, "02ebbd6878f81e49560ae863bd4ef327a417037bf57b63a016130ad0a94c8eac"},
        {P_1, P_1, "07258fccaf3371fad51b117471d9d888a1786c5694c3e6099160477b593a576e"},
        {P_1, ZERO, "03b25dd3405caa75da76abdb4e670cc51481d19c4254fd11ae44b7b6e111f854"},
        {ZERO, P_1, "0156f006187d5dad61af128a83d2ca30676ab61cfe2b77dd867db907f4e3b25e"},
        {LOW_MAX, HIGH_1, "05e30b6a09b4534a3be6623be4d70fb8415e4471685d0990456fc9efa9653c6f"},
        {HIGH_1, HIGH_8, "008c70c30b98fa61c878feaa1486571fecd77eea2180c6e938b6616638ad7998"},
        {MAX_251, HIGH_8, "03862e0572f46ebcce37f5e00b338723e12da7d78c59c1b15771c45c3a3ab844"},
        {SPREAD1, SPREAD2, "0491e30e6740ef0245de557174d94bb5a6c5fabe4332412b030fb65c86efdd06"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct felt a = from_hex(known[i][0]);
        struct felt b = from_hex(known[i][1]);
        struct felt expected = from_hex(known[i][2]);
        struct felt hash;
        pedersen_hash(&a, &b, &hash);
        assert_felt(&expected, &hash);
        pedersen_hash(&a, &b, &a); /* the result may lie over an input */
        assert_felt(&expected, &a);
    }
}

/* The points of the definition, for an oracle that adds bit by bit and needs no table. */
static const char *const base_text[5][2] = {
    {"049ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804",
     "03ca0cfe4b3bc6ddf346d49d06ea0ed34e621062c0e056c1d0405d266e10268a"},
    {"0234287dcbaffe7f969c748655fca9e58fa8120b6d56eb0c1080d17957ebe47b",
     "03b056f100f96fb21e889527d41f4e39940135dd7a6c94cc6ed0268ee89e5615"},
    {"04fa56f376c83db33f9dab2656558f3399099ec1de5e3018b7a6932dba8aa378",
     "03fa0984c931c9e38113e0c0e47e4401562761f92a7a23b45168f4e80ff5b54d"},
    {"04ba4cc166be8dec764910f75b45f74b40c690c74709e90f3aa372f0bd2d6997",
     "0040301cf5c1751f4b971e46c4ede85fcac5c59a5ce5ae7c48151f27b24b219c"},
    {"054302dcb0e6cc1c6e44cca8f61a63bb2ca65048d53fb325d36ff12c49a58202",
     "01b77b3e37d13504b348046268d8ae25ce98ad783c25561a879dcc77e99c2426"},
};

static struct stark_point base_point(size_t i)
{
    struct stark_affine affine;
    struct stark_point point;
    struct felt x = from_hex(base_text[i][0]);
    struct felt y = from_hex(base_text[i][1]);
    stark_fe_from_felt(&x, &affine.x);
    stark_fe_from_felt(&y, &affine.y);
    assert_true(stark_point_on_curve(&affine) == 1);
    stark_point_from_affine(&affine, &point);
    return point;
}

static void hash_by_definition(const struct felt *const in[2], struct felt *ret)
{
    struct stark_point sum = base_point(0);
    for (size_t part = 0; part < 4; part++) {
        struct stark_point unit = base_point(1 + part);
        for (unsigned bit = part % 2 == 0 ? 0 : 248; bit < (part % 2 == 0 ? 248 : 252); bit++) {
            if ((in[part / 2]->limb[bit / 64] >> bit % 64 & 1) != 0) {
                stark_point_add_var(&sum, &unit, &sum);
            }
            stark_point_double(&unit, &unit);
        }
    }
    struct stark_affine affine;
    stark_point_to_affine(&sum, &affine);
    stark_fe_to_felt(&affine.x, ret);
}

/* A felt of spread bits that differs for every number. */
static struct felt spread(uint32_t number)
{
    uint8_t bytes[32];
    struct felt felt;
    SHA256((const uint8_t *)&number, sizeof number, bytes);
    bytes[0] &= 7;
    assert_true(felt_from_be(bytes, &felt));
    return felt;
}

static void assert_by_definition(const struct felt *a, const struct felt *b)
{
    struct felt expected;
    struct felt hash;
    hash_by_definition((const struct felt *const[2]){a, b}, &expected);
    pedersen_hash(a, b, &hash);
    assert_felt(&expected, &hash);
}

static void hashes_are_those_of_the_definition(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i += unit_step()) {
        struct felt a = spread(2 * i);
        struct felt b = spread(2 * i + 1);
        struct felt small = felt_from_u64(b.limb[0] % 1000);
        assert_by_definition(&a, &b);
        assert_by_definition(&a, &small);
        assert_by_definition(&small, &b);
    }
    for (unsigned bit = 0; bit < 252; bit += unit_step()) {
        struct felt one_bit = FELT_ZERO;
        one_bit.limb[bit / 64] = (uint64_t)1 << bit % 64;
        assert_by_definition(&one_bit, &FELT_ZERO);
        assert_by_definition(&FELT_ZERO, &one_bit);
    }
}

/* digit*2^at, if it is below p. */
static bool shifted(unsigned digit, unsigned at, struct felt *ret)
{
    struct felt felt = FELT_ZERO;
    uint8_t bytes[32];
    felt.limb[at / 64] = (uint64_t)digit << at % 64;
    if (at % 64 != 0 && at / 64 < 3) {
        felt.limb[at / 64 + 1] = (uint64_t)digit >> (64 - at % 64);
    }
    felt_to_be(&felt, bytes);
    return felt_from_be(bytes, ret);
}

static void every_digit_and_carry_is_right(void **state)
{
    (void)state;
    for (unsigned digit = 0; digit < 514; digit++) {
        for (unsigned at = 0; at < 250; at += 9) {
            struct felt in;
            bool is_edge = digit >= 255 && digit <= 257;
            bool is_tried = digit % unit_step() == 0 && digit % 28 == at / 9;
            if ((is_edge || is_tried) && shifted(digit, at, &in)) {
                assert_by_definition(&in, &FELT_ZERO);
                assert_by_definition(&FELT_ZERO, &in);
            }
        }
    }
}

/* Equal and different second arguments, and the first one of addresses, which has a sum of its
 * own. */
static void two_at_once_are_those_of_the_definition(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 60; i += unit_step()) {
        struct felt a[2] = {i % 3 == 0 ? pedersen_contract_zero.fold : spread(4 * i),
                            i % 4 == 0 ? FELT_ZERO : spread(4 * i + 1)};
        const struct felt b[2] = {spread(4 * i + 2), i % 2 == 0 ? spread(4 * i + 2) : FELT_ZERO};
        struct felt expected[2];
        for (size_t j = 0; j < 2; j++) {
            hash_by_definition((const struct felt *const[2]){&a[j], &b[j]}, &expected[j]);
            assert_by_definition(&a[j], &b[j]);
        }
        pedersen_hash_two(a, b, a);
        assert_felt(&expected[0], &a[0]);
        assert_felt(&expected[1], &a[1]);
    }
}

/* 0, 1, p - 1, and what lies at both sides of the low 248 bits: each with each, in both places. */
static void two_at_once_are_right_at_the_ends(void **state)
{
    (void)state;
    enum { ENDS = 7 };
    const struct felt ends[ENDS] = {
        FELT_ZERO,
        {{1}},
        {{0, 0, 0, 0x0800000000000011}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x00ffffffffffffff}},
        {{0, 0, 0, 0x0100000000000000}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x07ffffffffffffff}},
        pedersen_contract_zero.fold,
    };
    struct felt expected[ENDS * ENDS];
    for (size_t i = 0; i < ENDS * ENDS; i++) {
        const struct felt *const pair[2] = {&ends[i / ENDS], &ends[i % ENDS]};
        hash_by_definition(pair, &expected[i]);
    }
    for (size_t i = 0; i < ENDS * ENDS * ENDS * ENDS; i += unit_step()) {
        size_t first = i / (ENDS * ENDS);
        size_t second = i % (ENDS * ENDS);
        const struct felt a[2] = {ends[first / ENDS], ends[second / ENDS]};
        const struct felt b[2] = {ends[first % ENDS], ends[second % ENDS]};
        struct felt ret[2];
        pedersen_hash_two(a, b, ret);
        assert_felt(&expected[first], &ret[0]);
        assert_felt(&expected[second], &ret[1]);
    }
}

static void lists_of_known_hash(void **state)
{
    (void)state;
    struct felt hash;
    struct felt expected =
        from_hex("049ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804");
    pedersen_array(NULL, 0, &hash);
    assert_felt(&expected, &hash);
    const struct felt two[2] = {
        from_hex("06c3773d38e3fc2b4610df151814ccba28666502ddbaad9807ef26f6ee95e22c"),
        from_hex("067524e0b350eae97403a898133598d2756ee2ccf4b65b645e4e65900b7eb97a")};
    expected = from_hex("05010b601f668efa08d779541606fa0c86059263eb8b4e12275e1cf669b28d83");
    pedersen_array(two, 2, &hash);
    assert_felt(&expected, &hash);
    struct pedersen list = PEDERSEN_INIT;
    pedersen_absorb(&list, &two[0]);
    pedersen_absorb(&list, &two[1]);
    pedersen_finish(&list, &hash);
    assert_felt(&expected, &hash);
}

static void prepared_folds_are_those_of_their_prefix(void **state)
{
    (void)state;
    const struct felt contract[4] = {felt_from_short("STARKNET_CONTRACT_ADDRESS"), FELT_ZERO,
                                     felt_from_u64(7), from_hex(SPREAD1)};
    const struct felt message[3] = {felt_from_short("StarkNet Message"), felt_from_u64(7),
                                    from_hex(SPREAD1)};
    const struct {
        const struct pedersen *fold;
        const struct felt *list;
        size_t skip, count;
    } cases[] = {{&pedersen_contract, contract, 1, 4},
                 {&pedersen_contract_zero, contract, 2, 4},
                 {&pedersen_message, message, 1, 3}};
    for (size_t i = 0; i < 3; i++) {
        struct felt expected;
        struct felt hash;
        pedersen_array(cases[i].list, cases[i].count, &expected);
        struct pedersen list = *cases[i].fold;
        pedersen_absorb_many(&list, cases[i].list + cases[i].skip, cases[i].count - cases[i].skip);
        pedersen_finish(&list, &hash);
        assert_felt(&expected, &hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_known_pairs),
        cmocka_unit_test(hashes_are_those_of_the_definition),
        cmocka_unit_test(every_digit_and_carry_is_right),
        cmocka_unit_test(two_at_once_are_those_of_the_definition),
        cmocka_unit_test(two_at_once_are_right_at_the_ends),
        cmocka_unit_test(lists_of_known_hash),
        cmocka_unit_test(prepared_folds_are_those_of_their_prefix),
    };
    int failed = cmocka_run_group_tests_name("portable", tests, oracle_portable, NULL);
    return failed + cmocka_run_group_tests_name("assembly", tests, oracle_assembly, NULL);
}
