#include "starknet/transaction.h"
#include "support/starknet_vector.h"
#include "support/vector_file.h"

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

/* The hash of a vector's input, as it is and after it was written and read again. */
static void run_hash(const struct json_in *vector, enum transaction_kind kind)
{
    struct json_in in = vector_file_member(vector, "in");
    struct json_in out = vector_file_member(vector, "out");
    struct felt expected = felt_in(&out, "hash");
    struct transaction first;
    struct transaction again;
    arena_reset(&arena);
    assert_status(OK, starknet_vector_transaction(&arena, &in, kind, &first));
    struct felt hash = transaction_hash(&first);
    assert_felt(&expected, &hash);
    assert_status(OK, starknet_vector_reread(&arena, &first, &again));
    hash = transaction_hash(&again);
    assert_felt(&expected, &hash);
}

static unsigned run_kind(const char *name, enum transaction_kind kind)
{
    struct json_in root = vector_file_root("starknet.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    unsigned count = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        if (bytes_equal(vector_file_text(&vector, "kind"), bytes_of(name))) {
            run_hash(&vector, kind);
            count++;
        }
    }
    return count;
}

static void hashes_are_those_of_the_vectors(void **state)
{
    (void)state;
    assert_int_equal(27, run_kind("invoke_v3", TRANSACTION_INVOKE));
    assert_int_equal(4, run_kind("signer_e2e", TRANSACTION_INVOKE));
    assert_int_equal(10, run_kind("deploy_account_v3", TRANSACTION_DEPLOY_ACCOUNT));
    assert_int_equal(6, run_kind("declare_v3", TRANSACTION_DECLARE));
}

int main(void)
{
    json_in_setup(1);
    if (!status_is_ok(arena_init(&arena, 64 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_vectors),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
