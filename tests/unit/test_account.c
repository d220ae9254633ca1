#include "crypto/pedersen.h"
#include "fixtures/starknet_vector.h"
#include "fixtures/vector_file.h"
#include "starknet/account.h"

static struct arena arena;

static struct felt felt_in(const struct json_in *at, const char *name)
{
    struct felt felt;
    assert_status(OK, starknet_vector_felt(at, name, &felt));
    return felt;
}

static void assert_felt(const struct felt *expected, const struct felt *actual)
{
    assert_memory_equal(expected, actual, sizeof *expected);
}

/* The known class under which an address is of a key without guardian. */
static const struct account_class *find(const struct felt *key, const struct felt *address)
{
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    const struct account_keys keys = {*key, FELT_ZERO};
    return account_find(known, count, &keys, address);
}

static void another_key_or_address_has_no_class(void **state)
{
    (void)state;
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    const struct account_keys keys = {felt_from_u64(5), FELT_ZERO};
    const struct felt key = felt_from_u64(5);
    const struct felt other = felt_from_u64(6);
    struct account account = account_of(account_class_default(), &key);
    assert_null(find(&other, &account.address));
    assert_null(account_find(known, 0, &keys, &account.address));
    account.address.limb[0] ^= 1;
    assert_null(find(&key, &account.address));
}

/* A guardian makes another account, and only under the classes that have guardians. */
static void guardians_are_part_of_the_address(void **state)
{
    (void)state;
    size_t count = 0;
    size_t with = 0;
    const struct account_class *known = account_class_known(&count);
    const struct account_keys keys = {felt_from_u64(5), felt_from_u64(6)};
    const struct account_keys other = {felt_from_u64(5), felt_from_u64(7)};
    for (size_t i = 0; i < count; i++) {
        struct account alone = account_of(&known[i], &keys.owner);
        assert_null(account_find(known, count, &keys, &alone.address));
        if (!account_class_has_guardian(&known[i])) {
            continue;
        }
        struct account account = account_of_keys(&known[i], &keys);
        assert_true(account_find(known, count, &keys, &account.address) == &known[i]);
        assert_null(account_find(known, count, &other, &account.address));
        assert_null(find(&keys.owner, &account.address));
        with++;
    }
    assert_int_equal(4, with);
}

static void assert_address_of_contract(const struct account_class *class,
                                       const struct account_keys *keys)
{
    struct account account = account_of_keys(class, keys);
    struct felt expected = account_contract_address(&FELT_ZERO, &keys->owner, &class->hash,
                                                    account_constructor(&account));
    assert_felt(&expected, &account.address);
    struct account at = account_at(class, keys, &expected);
    assert_memory_equal(&account, &at, sizeof at);
}

/* The address of an account is computed in another order than that of any contract. */
static void addresses_are_those_of_contracts(void **state)
{
    (void)state;
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    for (uint64_t i = 0; i < 8 * count; i++) {
        const struct account_class *class = &known[i / 8];
        bool has_guardian = account_class_has_guardian(class) && i % 2 == 1;
        const struct account_keys keys = {
            {{(i + 1) * 0x9e3779b97f4a7c15u, i, ~i, (i * 0x6a09e667f3bcc909u) >> 6}},
            has_guardian ? felt_from_u64(i + 9) : FELT_ZERO};
        assert_address_of_contract(class, &keys);
    }
}

/* Keys and class hashes that a search for mistakes begins with: 0, 1, p - 1, and equal ones. */
static void addresses_at_the_ends_are_those_of_contracts(void **state)
{
    (void)state;
    enum { ENDS = 5 };
    const struct felt ends[ENDS] = {FELT_ZERO,
                                    {{1}},
                                    {{0, 0, 0, 0x0800000000000011}},
                                    {{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x07ffffffffffffff}},
                                    pedersen_contract_zero.fold};
    struct account_class classes[ACCOUNT_CLASS_KINDS * ENDS];
    size_t count = 0;
    for (unsigned kind = 0; kind < ACCOUNT_CLASS_KINDS; kind++) {
        for (size_t i = 0; i < ENDS; i++) {
            classes[count++] = (struct account_class){
                .name = "end", .kind = (enum account_class_kind)kind, .hash = ends[i]};
        }
    }
    for (size_t i = 0; i < count * ENDS * ENDS; i++) {
        const struct account_class *class = &classes[i / ENDS / ENDS];
        const struct account_keys keys = {ends[i / ENDS % ENDS], ends[i % ENDS]};
        if (felt_is_zero(&keys.guardian) || account_class_has_guardian(class)) {
            assert_address_of_contract(class, &keys);
            struct account account = account_of_keys(class, &keys);
            const struct account_class *found =
                account_find(classes, count, &keys, &account.address);
            assert_non_null(found);
            assert_felt(&class->hash, &found->hash);
        }
    }
}

static void every_class_finds_its_own_address(void **state)
{
    (void)state;
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    const struct felt key = felt_from_u64(5);
    for (size_t i = 0; i < count; i++) {
        struct account account = account_of(&known[i], &key);
        const struct account_class *found = find(&key, &account.address);
        assert_non_null(found);
        assert_felt(&known[i].hash, &found->hash);
        assert_int_equal(known[i].kind, found->kind);
    }
}

/* Vectors of a contract or of another signer have a constructor of their own. */
static bool is_plain(const struct json_in *in, const struct account_class *class,
                     struct felts constructor, unsigned *guarded, struct account *ret)
{
    if (class == NULL) {
        return false;
    }
    const struct felt salt = felt_in(in, "salt");
    struct account_keys keys = {salt, FELT_ZERO};
    if (account_class_has_guardian(class) && constructor.len != 3) {
        keys.guardian = constructor.ptr[constructor.len - 1];
    }
    *ret = account_of_keys(class, &keys);
    *guarded += !felt_is_zero(&keys.guardian);
    return felts_equal(constructor, account_constructor(ret));
}

static void addresses_are_those_of_the_vectors(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("starknet.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    size_t known_count = 0;
    const struct account_class *known = account_class_known(&known_count);
    unsigned all = 0;
    unsigned plain = 0;
    unsigned guarded = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        if (!bytes_equal(vector_file_text(&vector, "kind"), BYTES_LITERAL("address"))) {
            continue;
        }
        struct json_in in = vector_file_member(&vector, "in");
        struct json_in out = vector_file_member(&vector, "out");
        const struct felt expected = felt_in(&out, "address");
        const struct felt deployer = felt_in(&in, "deployer");
        const struct felt salt = felt_in(&in, "salt");
        const struct felt hash = felt_in(&in, "class_hash");
        struct felts constructor;
        arena_reset(&arena);
        assert_status(OK, starknet_vector_felts(&arena, &in, "constructor_calldata", &constructor));
        struct felt address = account_contract_address(&deployer, &salt, &hash, constructor);
        assert_felt(&expected, &address);
        struct account account;
        if (is_plain(&in, account_class_by_hash(known, known_count, &hash), constructor, &guarded,
                     &account)) {
            assert_felt(&expected, &account.address);
            plain++;
        }
        all++;
    }
    assert_int_equal(25, all);
    assert_true(plain >= 14);
    assert_int_equal(4, guarded);
}

static void run_braavos(const struct json_in *in, const struct json_in *out)
{
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    const struct felt hash = felt_in(in, "class_hash");
    const struct account_class *class = account_class_by_hash(known, count, &hash);
    assert_non_null(class);
    assert_true(account_needs_second(class));
    const struct felt chain = felt_in(in, "chain_id");
    const struct felt expected = felt_in(out, "aux_hash");
    const struct felt second_hash = account_braavos_hash(class, &chain);
    assert_felt(&expected, &second_hash);
    struct json_in signature = vector_file_member(out, "signature");
    struct json_in aux = vector_file_member(out, "aux_signature");
    const struct felt rs[2] = {felt_in(&signature, "r"), felt_in(&signature, "s")};
    const struct felt second[2] = {felt_in(&aux, "r"), felt_in(&aux, "s")};
    struct felt made[ACCOUNT_SIGNATURE_MAX];
    struct felts full;
    assert_status(OK, starknet_vector_felts(&arena, out, "full_signature", &full));
    size_t len = account_deploy_signature(class, &chain, rs, second, made);
    assert_true(felts_equal(full, (struct felts){made, len}));
}

static void braavos_has_a_second_hash_and_a_long_signature(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("starknet.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    unsigned count = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        struct json_in out = vector_file_member(&vector, "out");
        struct json_in aux;
        if (json_in_find(&out, "aux_hash", &aux)) {
            struct json_in in = vector_file_member(&vector, "in");
            run_braavos(&in, &out);
            count++;
        }
    }
    assert_int_equal(2, count);
}

static void other_accounts_sign_with_two_felts(void **state)
{
    (void)state;
    const struct felt rs[2] = {felt_from_u64(1), felt_from_u64(2)};
    struct felt made[ACCOUNT_SIGNATURE_MAX];
    assert_false(account_needs_second(account_class_default()));
    assert_int_equal(2, account_deploy_signature(account_class_default(), &rs[0], rs, NULL, made));
    assert_memory_equal(rs, made, sizeof rs);
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 8 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_key_or_address_has_no_class),
        cmocka_unit_test(guardians_are_part_of_the_address),
        cmocka_unit_test(addresses_are_those_of_contracts),
        cmocka_unit_test(addresses_at_the_ends_are_those_of_contracts),
        cmocka_unit_test(every_class_finds_its_own_address),
        cmocka_unit_test(addresses_are_those_of_the_vectors),
        cmocka_unit_test(braavos_has_a_second_hash_and_a_long_signature),
        cmocka_unit_test(other_accounts_sign_with_two_felts),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
