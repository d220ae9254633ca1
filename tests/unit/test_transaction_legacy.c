#include "fixtures/starknet_vector.h"
#include "fixtures/vector_file.h"
#include "starknet/transaction_legacy.h"

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

static unsigned run_kind(const char *name, enum transaction_legacy_kind kind, unsigned version)
{
    struct json_in root = vector_file_root("starknet.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    unsigned count = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        if (!bytes_equal(vector_file_text(&vector, "kind"), bytes_of(name))) {
            continue;
        }
        struct json_in in = vector_file_member(&vector, "in");
        struct json_in out = vector_file_member(&vector, "out");
        struct transaction_legacy transaction;
        arena_reset(&arena);
        assert_status(OK, starknet_vector_legacy(&arena, &in, kind, version, &transaction));
        const struct felt expected = felt_in(&out, "hash");
        const struct felt hash = transaction_legacy_hash(&transaction);
        assert_felt(&expected, &hash);
        count++;
    }
    return count;
}

static void hashes_are_those_of_the_vectors(void **state)
{
    (void)state;
    assert_int_equal(6, run_kind("invoke_v1", TRANSACTION_LEGACY_INVOKE, 1));
    assert_int_equal(3, run_kind("deploy_account_v1", TRANSACTION_LEGACY_DEPLOY_ACCOUNT, 1));
    assert_int_equal(3, run_kind("l1_handler", TRANSACTION_LEGACY_L1_HANDLER, 0));
}

/* Their kinds by version: the older ones, then those of version 3 with two bounds. */
static const struct {
    const char *kind;
    enum transaction_legacy_kind legacy;
    enum transaction_kind current;
} onchain_kinds[] = {
    {"Invoke", TRANSACTION_LEGACY_INVOKE, TRANSACTION_INVOKE},
    {"Declare", TRANSACTION_LEGACY_DECLARE, TRANSACTION_DECLARE},
    {"DeployAccount", TRANSACTION_LEGACY_DEPLOY_ACCOUNT, TRANSACTION_DEPLOY_ACCOUNT},
};

static struct felt onchain_hash(const struct json_in *vector, size_t kind, bool is_query)
{
    struct json_in tx = vector_file_member(vector, "tx");
    const struct felt chain = felt_from_short("SN_MAIN");
    unsigned version = (unsigned)vector_file_text(vector, "version").ptr[1] - '0';
    arena_reset(&arena);
    if (version == 3) {
        struct transaction transaction;
        assert_status(OK, starknet_vector_transaction(&arena, &tx, onchain_kinds[kind].current,
                                                      &transaction));
        transaction.chain = chain;
        transaction.is_query = is_query;
        return transaction_legacy_two_bounds(&transaction);
    }
    struct transaction_legacy transaction;
    assert_status(
        OK, starknet_vector_legacy(&arena, &tx, onchain_kinds[kind].legacy, version, &transaction));
    transaction.chain = chain;
    transaction.is_query = is_query;
    return transaction_legacy_hash(&transaction);
}

static void hashes_are_those_on_chain(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("starknet-onchain.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    assert_int_equal(8, vector_file_count(&vectors));
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        size_t kind = 0;
        struct bytes name = vector_file_text(&vector, "kind");
        while (!bytes_equal(name, bytes_of(onchain_kinds[kind].kind))) {
            kind++;
        }
        struct felt expected = felt_in(&vector, "hash");
        struct felt hash = onchain_hash(&vector, kind, false);
        assert_felt(&expected, &hash);
        expected = felt_in(&vector, "query_hash");
        hash = onchain_hash(&vector, kind, true);
        assert_felt(&expected, &hash);
    }
}

/* Two resources of heimdall-txhash.json are in an array each, amount then price. */
static struct fee_bound bound_in(const struct json_in *bounds, const char *name)
{
    struct felts pair;
    assert_status(OK, starknet_vector_felts(&arena, bounds, name, &pair));
    return pair.len == 2 ? (struct fee_bound){pair.ptr[0].limb[0], pair.ptr[1]}
                         : (struct fee_bound){0};
}

static void hashes_are_those_of_the_reference_signer(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("heimdall-txhash.json");
    struct json_in vectors = vector_file_member(&root, "invoke_v3");
    assert_int_equal(8, vector_file_count(&vectors));
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        struct json_in bounds = vector_file_member(&vector, "bounds");
        struct transaction transaction = {.kind = TRANSACTION_INVOKE};
        arena_reset(&arena);
        transaction.chain = felt_in(&vector, "chain_id");
        transaction.sender = felt_in(&vector, "sender");
        transaction.nonce = felt_in(&vector, "nonce");
        transaction.tip = vector_file_u64(&vector, "tip");
        transaction.bounds = (struct fee_bounds){.l1_gas = bound_in(&bounds, "l1"),
                                                 .l2_gas = bound_in(&bounds, "l2"),
                                                 .l1_data_gas = bound_in(&bounds, "l1_data")};
        assert_status(OK,
                      starknet_vector_felts(&arena, &vector, "calldata", &transaction.calldata));
        const struct felt expected = felt_in(&vector, "tx_hash");
        const struct felt hash = vector_file_u64(&vector, "resources") == 2
                                     ? transaction_legacy_two_bounds(&transaction)
                                     : transaction_hash(&transaction);
        assert_felt(&expected, &hash);
    }
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 8 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_vectors),
        cmocka_unit_test(hashes_are_those_on_chain),
        cmocka_unit_test(hashes_are_those_of_the_reference_signer),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
