#include "fixtures/vector_file.h"
#include "keys/domain.h"

static struct domain domain_of(const struct json_in *vector)
{
    struct domain domain = {
        .profile = (uint8_t)vector_file_u64(vector, "profile"),
        .chain_id = vector_file_u64(vector, "chain_id"),
    };
    memcpy(domain.genesis, vector_file_hex(vector, "genesis").ptr, 32);
    memcpy(domain.registry, vector_file_hex(vector, "registry").ptr, 20);
    memcpy(domain.kms_registry, vector_file_hex(vector, "kms_registry").ptr, 20);
    memcpy(domain.kms_app_id, vector_file_hex(vector, "kms_app_id").ptr, 32);
    return domain;
}

static bool check_vector(const struct json_in *vector)
{
    struct bytes kind = vector_file_text(vector, "kind");
    uint8_t id[32];
    if (bytes_equal(kind, BYTES_LITERAL("domain"))) {
        struct domain domain = domain_of(vector);
        domain_id(&domain, id);
    } else if (bytes_equal(kind, BYTES_LITERAL("local_tenant"))) {
        assert_status(OK, domain_local_tenant(vector_file_hex(vector, "domain").ptr,
                                              vector_file_text(vector, "name"), id));
    } else if (bytes_equal(kind, BYTES_LITERAL("app_tenant"))) {
        struct domain domain = {.chain_id = vector_file_u64(vector, "chain_id")};
        memcpy(domain.registry, vector_file_hex(vector, "registry").ptr, 20);
        assert_status(OK, domain_app_tenant(&domain, vector_file_hex(vector, "app_id").ptr, id));
    } else {
        return false;
    }
    assert_bytes(vector_file_hex(vector, "id"), BYTES_ARRAY(id));
    return true;
}

static void the_vectors_agree(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("labels-v2.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    size_t ids = 0;
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        ids += check_vector(&vector);
    }
    assert_int_equal(5, ids);
}

static void app_ids_that_no_tenant_has_are_refused(void **state)
{
    (void)state;
    struct domain domain = {.chain_id = 1, .kms_app_id = {[31] = 49}};
    static const char *const rows[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000031",
        "0000000000000000000000000000000000000000000000008000000000000000",
        "0000000000000000000000000000000000000000000000010000000000000001",
        "8000000000000000000000000000000000000000000000000000000000000001",
    };
    const uint8_t zero[32] = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t id[32] = {1};
        assert_status(FORBIDDEN, domain_app_tenant(&domain, unit_hex(rows[i]).ptr, id));
        assert_memory_equal(zero, id, 32);
    }
}

static void names_that_no_tenant_has_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",   "Default", "a_b", "a b", "a.b",
        "\n", "{",       "`",   "/",   "123456789012345678901234567890123"};
    const uint8_t zero[32] = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t id[32] = {1};
        assert_status(CONFIG_INVALID, domain_local_tenant(zero, bytes_of(rows[i]), id));
        assert_memory_equal(zero, id, 32);
    }
    assert_true(domain_tenant_name_valid(BYTES_LITERAL("-09az678901234567890123456789012")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(app_ids_that_no_tenant_has_are_refused),
        cmocka_unit_test(names_that_no_tenant_has_are_refused),
        cmocka_unit_test(the_vectors_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
